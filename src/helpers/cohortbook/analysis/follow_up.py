"""How complete follow-up is: who left it before the cut-off, and Clark's C."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ..cohort.cohort import Cohort
from ..cohort.derive.dates import read_dates
from ..results import frame, row
from ..study.parts import DEFAULT_READING
from .rules import GRACE


def completeness(cohort: Cohort) -> pd.DataFrame:
    """Count who left follow-up before the cut-off without the event, and give Clark's C.

    Needs the study's `cutoff` and the dates at which patients began (the endpoint's
    `start`, or `enrolled.column`); otherwise, and where small counts are withheld, no row.

    Returns
    -------
    DataFrame
        Tidy results, analysis "survival", per arm and overall: `lost` (estimate = patients whose
        follow-up ended more than a month before the cut-off without the event; `n` patients with
        a date) and `completeness` (per cent: the months that were observed of those that could have
        been, up to the event or the cut-off; Clark, Altman and De Stavola, Lancet 2002; 359:1309).
    """
    study, name = cohort.study, cohort.study.followed_endpoint
    # who left follow-up is a count for which `small_cells` has no rule
    if not name or study.cutoff is None or study.privacy.smallest_count:
        return frame([])
    column = study.endpoints[name].start or study.enrolled.column
    if not column or column not in cohort.patients:
        return frame([])
    reading = study.tables.reading.get("patients", DEFAULT_READING)
    begun = read_dates(cohort.patients[column].astype("object"), reading.dates).values
    days = (pd.Timestamp(study.cutoff) - begun).dt.days
    patients = pd.DataFrame(
        {
            "arm": cohort.patients["arm"].astype("object"),
            "time": cohort.patients[f"{name}_time"].astype(float),
            "event": cohort.patients[f"{name}_event"].astype(float),
            "possible": days / study.statistics.days_per_month,
        }
    ).dropna()
    return frame(_rows(cohort, name, patients))


def _rows(cohort: Cohort, name: str, patients: pd.DataFrame) -> Iterator[dict]:
    groups = {"overall": patients}
    if cohort.study.compares:
        groups |= {code: patients[patients["arm"] == code] for code in cohort.study.arm_codes}
    for group, part in groups.items():
        keys = {
            "endpoint": name,
            "population": cohort.population,
            "group": group,
            "n": len(part),
            "n_events": int(part["event"].sum()),
        }
        possible = part["possible"].where(part["event"] == 0, part["time"])
        possible = possible.clip(lower=part["time"])
        early = (part["event"] == 0) & (part["time"] < part["possible"] - GRACE)
        yield row("survival", "lost", int(early.sum()), **keys)
        if possible.sum() > 0:
            share = 100 * part["time"].sum() / possible.sum()
            yield row("survival", "completeness", share, method="Clark's C", **keys)

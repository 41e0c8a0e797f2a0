"""How complete follow-up is: who left it before the cut-off, and Clark's C."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ..cohort.cohort import Cohort
from ..cohort.derive.dates import read_dates
from ..results import frame, row
from .rules import GRACE

FOLLOWED = ["patient_id", "arm", "time", "event", "possible", "entry", "early"]


def completeness(cohort: Cohort) -> pd.DataFrame:
    """Count who left follow-up before the cut-off without the event, and give Clark's C.

    Needs the study's `cutoff` and the dates at which patients began (the endpoint's
    `start`, or `enrolled.column`); otherwise no row.

    Returns
    -------
    DataFrame
        Tidy results, analysis "survival", per arm and overall: `lost` (estimate = patients whose
        follow-up ended more than a month before the cut-off without the event; `n` patients with
        a date) and `completeness` (per cent: the months that were observed of those that could have
        been, up to the event or the cut-off; Clark, Altman and De Stavola, Lancet 2002; 359:1309).
    """
    name = cohort.study.followed_endpoint
    patients = followed(cohort, name)
    return frame(_rows(cohort, name, patients) if len(patients) else [])


def followed(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Give who was followed from a date on: patient_id, arm, time, event, possible (months), early.

    `entry` is when observation began (months; 0 = at time zero). `early`: follow-up ended more than
    a month before the cut-off without the event. No row where the study has no cut-off or no such
    date.
    """
    study, none = cohort.study, pd.DataFrame(columns=FOLLOWED)
    if not endpoint or study.cutoff is None:
        return none
    column = study.endpoints[endpoint].start or study.enrolled.column
    if not column or column not in cohort.patients:
        return none
    reading = study.reading("patients")
    begun = read_dates(cohort.patients[column].astype("object"), reading.dates).values
    # what could have been observed: from the own first day to the one cut-off
    days = (pd.Timestamp(study.cutoff) - begun).dt.days
    patients = pd.DataFrame(
        {
            "patient_id": cohort.patients["patient_id"],
            "arm": cohort.patients["arm"].astype("object"),
            "time": cohort.patients[f"{endpoint}_time"].astype(float),
            "event": cohort.patients[f"{endpoint}_event"].astype(float),
            "possible": days / study.statistics.days_per_month,
            "entry": cohort.patients[f"{endpoint}_entry"] if study.entry else 0.0,
        }
    ).dropna()
    # a month of grace: a visit a few days before the cut-off is no loss
    early = (patients["event"] == 0) & (patients["time"] < patients["possible"] - GRACE)
    return patients.assign(early=early)


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
        # nobody could be followed beyond the event
        possible = part["possible"].where(part["event"] == 0, part["time"])
        # a last contact after the cut-off was observed, whatever the study file says
        possible = possible.clip(lower=part["time"]) - part["entry"]
        yield row("survival", "lost", int(part["early"].sum()), **keys)
        if possible.sum() > 0:
            share = 100 * (part["time"] - part["entry"]).sum() / possible.sum()
            yield row("survival", "completeness", share, method="Clark's C", **keys)

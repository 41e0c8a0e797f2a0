"""Does a single patient decide? The model without each patient in turn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...cohort.cohort import Cohort
from ...results import frame, pick, row
from ..rules import MOST_LEFT_OUT
from .model import TreatmentModel, batch_hr, models

MOST = MOST_LEFT_OUT
"""Patients left out one by one; in a larger cohort those with the largest influence, and fewer of
them the longer a model takes."""
AT_ONCE = 20_000_000
"""Weights, patients x refits, held at once."""
NOBODY = "0"


def leave_one_out(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Refit the treatment alone and fully adjusted without each patient in turn.

    Returns
    -------
    DataFrame
        Tidy results, analysis "leave_one_out", statistic "hr", level "crude" or "adjusted", and
        term = number of the patient left out ("0" = nobody), counted from 1 in the table's order.
        In a cohort of more than 1,000 only the patients with the largest dfbeta are left out, at
        least 20, and the note says how many.
    """
    rows: list[dict] = []
    for level, model in models(cohort, endpoint).items():
        rows += _without_each(model, level)
    return frame(rows)


def _without_each(model: TreatmentModel, level: str) -> Iterator[dict]:
    left_out, note = _candidates(model)
    places = [None, *left_out]
    found = _refits(model, places)
    events, counts = model.data.event, model.counts
    for number, place in enumerate(places):
        gone = 0 if place is None else 1
        yield row(
            "leave_one_out",
            "hr",
            level=level,
            note=note,
            term=NOBODY if place is None else str(model.data.rows[place] + 1),
            method=f"Cox model, {model.cohort.study.statistics.ties.title()} ties",
            n=counts["n"] - gone,
            n_events=counts["n_events"] - (int(events[place]) if gone else 0),
            **{name: values[number] for name, values in found.items()},
            **model.keys,
        )


def _refits(model: TreatmentModel, places: list[int | None]) -> dict[str, np.ndarray]:
    """Give the treatment's results without the patient at each place, or without nobody."""
    n = len(model.data.time)
    step, parts = max(1, AT_ONCE // max(n, 1)), []
    for start in range(0, len(places), step):
        part = places[start : start + step]
        weights = np.ones((len(part), n))
        for number, place in enumerate(part):
            if place is not None:
                weights[number, place] = 0
        parts.append(batch_hr(model, model.refit(weights=weights)))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _candidates(model: TreatmentModel) -> tuple[np.ndarray, str]:
    """Give the rows to leave out: all, or in a large cohort those that could matter."""
    n = len(model.data.time)
    if n <= MOST:
        return np.arange(n), ""
    count = model.left_out(MOST)
    influence = np.abs(model.estimate_and_influence()[1])
    # dfbeta ranks them for nearly nothing; only those who could turn a result are fitted again
    largest = np.sort(np.argsort(-influence, kind="stable")[:count])
    return largest, f"only the {count} patients with the largest influence were left out"


def leave_one_out_summary(results: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    """Summarise `leave_one_out` per endpoint and model.

    Returns
    -------
    DataFrame
        Tidy results, analysis "leave_one_out_summary", level "crude" or "adjusted": `hr_range` and
        `p_range` (estimate = with everybody, limits = smallest and largest without one patient),
        and `decides` (estimate = number of patients without any one of whom the side of the
        significance level changes; term = the number of the one with whom P moves furthest).
    """
    rows: list[dict] = []
    for (endpoint, level), part in results.groupby(["endpoint", "level"], sort=False):
        keys = {
            "endpoint": endpoint,
            "level": level,
            "population": cohort.population,
            "group": "difference",
        }
        rows += _summary(part, cohort.study.statistics.alpha, keys)
    return frame(rows)


def _summary(part: pd.DataFrame, alpha: float, keys: dict) -> Iterator[dict]:
    whole, rest = pick(part, term=NOBODY).iloc[0], part[part["term"] != NOBODY]
    rest = rest.dropna(subset=["p_value"])
    about = {"n": len(rest), "note": whole["note"], **keys}
    for statistic, column in (("hr_range", "estimate"), ("p_range", "p_value")):
        yield row(
            "leave_one_out_summary",
            statistic,
            whole[column],
            conf_low=rest[column].min(),
            conf_high=rest[column].max(),
            p_value=whole["p_value"],
            **about,
        )
    # a side of the level, though P of 0.049 and 0.051 say the same: this is what readers ask
    turned = rest[(rest["p_value"] < alpha) != (whole["p_value"] < alpha)]
    # on the log scale: from 0.04 to 0.06 is less far than from 0.06 to 0.001
    far = (np.log(turned["p_value"]) - np.log(whole["p_value"])).abs()
    most = turned.loc[far.idxmax()] if len(turned) else None
    yield row(
        "leave_one_out_summary",
        "decides",
        len(turned),
        term="" if most is None else most["term"],
        p_value=np.nan if most is None else most["p_value"],
        **about,
    )

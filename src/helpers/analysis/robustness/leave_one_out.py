"""Does a single patient decide? The model without each patient in turn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...cohort import Cohort
from ...results import frame, pick, row
from ..cox import fit_model
from .model import TreatmentModel, batch_hr, models

MOST = 1000
"""Patients left out one by one; in a larger cohort those with the largest influence."""
NOBODY = "0"


def leave_one_out(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Refit the treatment alone and fully adjusted without each patient in turn.

    Returns
    -------
    DataFrame
        Tidy results, analysis "leave_one_out", statistic "hr", level "crude" or "adjusted", and
        term = number of the patient left out ("0" = nobody), counted from 1 in the table's order.
        In a cohort of more than 1,000 only the patients with the largest dfbeta are left out, and
        the note says so.
    """
    rows: list[dict] = []
    for level, model in models(cohort, endpoint).items():
        rows += _without_each(model, level)
    return frame(rows)


def _without_each(model: TreatmentModel, level: str) -> Iterator[dict]:
    n = len(model.data.time)
    left_out, note = _candidates(model)
    weights = np.ones((len(left_out) + 1, n))
    weights[np.arange(1, len(left_out) + 1), left_out] = 0
    found = batch_hr(model, model.refit(weights=weights))
    numbers = [NOBODY, *(str(model.data.rows[place] + 1) for place in left_out)]
    for place, number in enumerate(numbers):
        kept = weights[place] > 0
        yield row("leave_one_out", "hr", term=number, level=level, note=note,
                  method=f"Cox model, {model.cohort.study.statistics.ties} ties",
                  n=int(kept.sum()), n_events=int(model.data.event[kept].sum()),
                  **{name: values[place] for name, values in found.items()}, **model.keys)


def _candidates(model: TreatmentModel) -> tuple[np.ndarray, str]:
    """Give the rows to leave out: all, or in a large cohort those that could matter."""
    n = len(model.data.time)
    if n <= MOST:
        return np.arange(n), ""
    influence = np.abs(fit_model(model.cohort, model.data).dfbeta()[:, model.arm])
    largest = np.sort(np.argsort(-influence, kind="stable")[:MOST])
    return largest, f"only the {MOST} patients with the largest influence were left out"


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
        keys = {"endpoint": endpoint, "level": level, "population": cohort.population,
                "group": "difference"}
        rows += _summary(part, cohort.study.statistics.alpha, keys)
    return frame(rows)


def _summary(part: pd.DataFrame, alpha: float, keys: dict) -> Iterator[dict]:
    whole, rest = pick(part, term=NOBODY).iloc[0], part[part["term"] != NOBODY]
    rest = rest.dropna(subset=["p_value"])
    about = {"n": len(rest), "note": whole["note"], **keys}
    for statistic, column in (("hr_range", "estimate"), ("p_range", "p_value")):
        yield row("leave_one_out_summary", statistic, whole[column], conf_low=rest[column].min(),
                  conf_high=rest[column].max(), p_value=whole["p_value"], **about)
    turned = rest[(rest["p_value"] < alpha) != (whole["p_value"] < alpha)]
    far = (np.log(turned["p_value"]) - np.log(whole["p_value"])).abs()
    most = turned.loc[far.idxmax()] if len(turned) else None
    yield row("leave_one_out_summary", "decides", len(turned),
              term="" if most is None else most["term"],
              p_value=np.nan if most is None else most["p_value"], **about)

"""How well the model of all factors predicts, for those who ask."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..results import frame, row
from ..stats.cox import CoxFit, cox_fit
from ..stats.prediction import calibration, decision_curve, predicted_risk, validate
from .design import Design, design, model_terms

ANALYSIS = "prediction"
RESAMPLES, GROUPS = 200, 5
THRESHOLDS = tuple(np.round(np.arange(0.05, 0.96, 0.05), 2))
NAMES = {"harrell_c": "Harrell's C", "uno_c": "Uno's C", "slope": "calibration slope",
         "brier": "Brier score"}  # fmt: skip


def prediction(
    cohort: Cohort, endpoint: str, months: float, resamples: int = RESAMPLES
) -> pd.DataFrame:
    """Judge the Cox model of all covariates and the treatment by its prediction at a time.

    Parameters
    ----------
    months : float
        Horizon of the risks, Uno's C and the Brier score.
    resamples : int
        Of the optimism bootstrap.

    Returns
    -------
    DataFrame
        Tidy results, analysis "prediction", level = months: `harrell_c`, `uno_c`, `slope`, `brier`,
        with term "apparent" and "corrected" (for optimism); `predicted` and `observed` (percent,
        with limits) for groups of like risk (group = its number, from the lowest). Empty without
        covariates.
    """
    if not cohort.study.covariates:
        return frame([])
    data, fit = _model(cohort, endpoint)
    keys = {"endpoint": endpoint, "population": cohort.population, "level": f"{months:g}"}
    if not fit.events or fit.infinite.any():
        note = fit.note or "no finite estimate"
        return frame([row(ANALYSIS, "harrell_c", term="apparent", note=note, **keys)])
    return frame([*_measures(cohort, data, months, resamples, keys),
                  *_groups(cohort, data, fit, months, keys)])  # fmt: skip


def decision_curves(cohort: Cohort, endpoint: str, months: float) -> pd.DataFrame:
    """Give the net benefit of acting on the model, on everybody, and on nobody (0).

    Returns
    -------
    DataFrame
        Columns endpoint, population, threshold, model, everybody.
    """
    columns = ["endpoint", "population", "threshold", "model", "everybody"]
    if not cohort.study.covariates:
        return pd.DataFrame(columns=columns)
    data, fit = _model(cohort, endpoint)
    if not fit.events or fit.infinite.any():
        return pd.DataFrame(columns=columns)
    curve = decision_curve(data.time, data.event, predicted_risk(fit, data.x, months), months,
                           THRESHOLDS)  # fmt: skip
    keys = {"endpoint": endpoint, "population": cohort.population}
    return pd.DataFrame(vars(curve)).assign(**keys)[columns]


def _model(cohort: Cohort, endpoint: str) -> tuple[Design, CoxFit]:
    data = design(cohort, endpoint, model_terms(cohort, cohort.study.covariates))
    return data, cox_fit(data.time, data.event, data.x, [t.name for t in data.terms],
                         ties=cohort.study.statistics.ties)  # fmt: skip


def _measures(cohort, data: Design, months, resamples, keys) -> Iterator[dict]:
    found = validate(
        data.time,
        data.event,
        data.x,
        months,
        resamples=resamples,
        seed=cohort.study.robustness.seed,
        ties=cohort.study.statistics.ties,
    )
    n, events = len(data.time), int(data.event.sum())
    # side by side: what a model promises of the data that made it is too good
    for term, values in (("apparent", found.apparent), ("corrected", found.corrected)):
        for statistic, value in values.items():
            method = NAMES[statistic] + (", optimism bootstrap" if term == "corrected" else "")
            yield row(ANALYSIS, statistic, value, term=term, n=n, n_events=events, method=method,
                      note=found.note, **keys)  # fmt: skip


def _groups(cohort, data: Design, fit: CoxFit, months, keys) -> Iterator[dict]:
    risk = predicted_risk(fit, data.x, months)
    groups = calibration(data.time, data.event, risk, months, GROUPS,
                         cohort.study.statistics.conf_level)  # fmt: skip
    for number, one in enumerate(groups, start=1):
        own = keys | {"group": str(number), "n": one.n}
        yield row(ANALYSIS, "predicted", 100 * one.predicted, **own)
        yield row(ANALYSIS, "observed", 100 * one.observed, conf_low=100 * one.conf_low,
                  conf_high=100 * one.conf_high, method="Kaplan-Meier", **own)  # fmt: skip

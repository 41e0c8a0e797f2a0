"""The points of a nomogram: what each value of a covariate adds, and the risk of their sum."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..stats.prediction import RiskModel
from .design import ARM, Design, reference_level

COLUMNS = ["term", "level", "value", "points"]
TOTAL, RISK = "total points", "risk"
RISKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
MARKS = 6  # of a continuous covariate, about


def nomogram(cohort: Cohort, data: Design, model: RiskModel, at: float) -> pd.DataFrame:
    """Turn a model into points from 0 to 100.

    Parameters
    ----------
    cohort : Cohort
    data : Design
    model : RiskModel
        Of the columns of `data`.
    at : float
        Month of the risk.

    Returns
    -------
    DataFrame
        Columns term, level, value, points. Of each covariate a row for each level that somebody
        has, or for values (in its own unit) from the least to the most observed, between which
        points are straight;
        the covariate with the widest range has 100. Rows "total points" have the ends of the sum;
        rows "risk" the sum that gives the risk `value` (0 to 1): log(-log(1 - risk)) is straight in
        the points. Empty where no covariate moves the risk.
    """
    coef = np.where(model.aliased, 0.0, model.coef)
    marks = [
        _marks(cohort, data, coef, variable, columns) for variable, columns in data.factors.items()
    ]
    widest = max((effect.max() - effect.min() for _, _, _, effect in marks), default=0.0)
    if not widest > 0:
        return pd.DataFrame(columns=COLUMNS)
    scale, rows, least = 100 / widest, [], 0.0
    for variable, levels, values, effect in marks:
        least += effect.min()
        for level, value, one in zip(levels, values, effect, strict=True):
            rows.append((variable, level, value, scale * (one - effect.min())))
    most = scale * sum(effect.max() - effect.min() for _, _, _, effect in marks)
    rows += [(TOTAL, "", end, end) for end in (0.0, most)]
    steps, hazard = model.baseline_hazard()
    base = np.r_[0.0, hazard][np.searchsorted(steps, at, side="right")]
    shown = [1 - np.exp(-base * np.exp(least + points / scale)) for points in (0.0, most)]
    inside = [risk for risk in RISKS if shown[0] < risk < shown[1]]
    for risk in [shown[0], *inside, shown[1]]:
        points = scale * (np.log(-np.log1p(-risk) / base) - least) if base > 0 else np.nan
        rows.append((RISK, "", risk, points))
    return pd.DataFrame(rows, columns=COLUMNS)


def _marks(cohort: Cohort, data: Design, coef: np.ndarray, variable: str, columns: list[int]):
    """Give the levels or values of a covariate, and what each adds to the linear predictor."""
    term = data.terms[columns[0]]
    if term.level:
        effects = {data.terms[column].level: coef[column] for column in columns}
        known = {c.variable: c for c in cohort.study.predictors}
        if variable == ARM:
            levels, reference = cohort.study.arm_codes, cohort.study.reference_arm
        else:
            levels = cohort.study.levels(variable)
            reference = reference_level(cohort, known[variable])
        effects[reference] = 0.0
        here = {data.terms[column].level for column in columns if data.x[:, column].any()}
        here |= set() if variable in data.adrift else {reference}
        levels = [level for level in levels if level in here]
        return variable, levels, [np.nan] * len(levels), np.array([effects[one] for one in levels])
    values = data.x[:, columns[0]] * term.per
    low, high = values.min(), values.max()
    step = _step((high - low) / MARKS)
    inside = np.arange(np.floor(low / step) + 1, np.ceil(high / step)) * step
    values = np.r_[low, inside, high]
    return variable, [""] * values.size, values, coef[columns[0]] * values / term.per


def _step(about: float) -> float:
    """Give a round number near a width: 1, 2 or 5 times a power of ten."""
    if not about > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(about))
    return float(power * min((1, 2, 5, 10), key=lambda one: abs(np.log(one * power / about))))

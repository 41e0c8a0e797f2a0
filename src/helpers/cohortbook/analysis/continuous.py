"""Continuous covariates whose effect need not be a straight line, and cut-points that hide one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..results import frame, row
from ..stats.cox import CoxFit, cox_fit
from ..stats.splines import nonlinearity, spline_basis, spline_curve, spline_knots
from .design import Design, Term, design, model_terms

ANALYSIS = "splines"
KNOTS, POINTS = 4, 60
CURVE = ["x", "hr", "conf_low", "conf_high", "band_low", "band_high"]


def spline_effects(cohort: Cohort, endpoint: str, knots: int = KNOTS) -> pd.DataFrame:
    """Test each continuous covariate for an effect that is not straight, beside all the others.

    Parameters
    ----------
    cohort : Cohort
    endpoint : str
    knots : {3, 4, 5}
        Of each restricted cubic spline, at fixed quantiles.

    Returns
    -------
    DataFrame
        Tidy results, analysis "splines", term = the covariate: `nonlinearity` and `spline` (Wald
        tests of all columns but the linear one, and of all) of the continuous ones; for those cut
        from a continuous variable `slope_within_levels`, the likelihood ratio test of that variable
        beside its own levels: a small P says that the cut-points hide a slope.
    """
    rows: list[dict] = []
    for covariate in cohort.study.covariates:
        name = covariate.variable
        variable = cohort.study.variables[name]
        if variable.kind == "continuous":
            rows += _tests(cohort, endpoint, name, knots)
        elif variable.cut:
            rows += _hidden_slope(cohort, endpoint, name, variable.cut)
    return frame(rows)


def spline_effect_curve(
    cohort: Cohort, endpoint: str, variable: str, knots: int = KNOTS,
    reference: float | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Give the hazard ratio over a continuous covariate against a reference value.

    Parameters
    ----------
    reference : float, optional
        By default the median.

    Returns
    -------
    DataFrame
        Columns endpoint, population, variable, x (its values from the 2.5th to the 97.5th
        percentile), hr, conf_low, conf_high (pointwise), band_low, band_high. Empty where there are
        too few distinct values.
    """
    first = ["endpoint", "population", "variable"]
    fitted = _fit(cohort, endpoint, variable, knots)
    if fitted is None:
        return pd.DataFrame(columns=[*first, *CURVE])
    fit, columns, places, values = fitted
    # beyond these a handful of patients, and the spline's straight ends, would be all there is
    low, high = np.quantile(values, [0.025, 0.975])
    at = np.linspace(low, high, POINTS)
    reference = float(np.median(values)) if reference is None else reference
    curve = spline_curve(fit, columns, places, at, reference)
    body = pd.DataFrame({name: getattr(curve, name) for name in CURVE})
    keys = {"endpoint": endpoint, "population": cohort.population, "variable": variable}
    return body.assign(**keys)[[*first, *CURVE]]


def _fit(cohort: Cohort, endpoint: str, name: str, knots: int
         ) -> tuple[CoxFit, list[int], np.ndarray, np.ndarray] | None:  # fmt: skip
    """The model of all covariates with one as a spline: its fit, columns, knots, and values."""
    data = _with_value(cohort, endpoint, name)
    values = data.x[:, 0]
    try:
        places = spline_knots(values, knots)
    except ValueError:
        return None
    basis = spline_basis(values, places)
    settings = cohort.study.statistics
    names = [f"{name}{j}" for j in range(basis.shape[1])] + [t.name for t in data.terms[1:]]
    fit = cox_fit(data.time, data.event, np.hstack([basis, data.x[:, 1:]]), names,
                  ties=settings.ties, conf_level=settings.conf_level)  # fmt: skip
    return fit, list(range(basis.shape[1])), places, values


def _with_value(cohort: Cohort, endpoint: str, name: str) -> Design:
    """The model's data with the covariate itself first, in its own unit."""
    # the linear column is in the spline's basis already
    terms = [t for t in model_terms(cohort, cohort.study.covariates) if t.variable != name]
    return design(cohort, endpoint, [Term(name), *terms])


def _tests(cohort: Cohort, endpoint: str, name: str, knots: int) -> Iterator[dict]:
    keys = {"term": name, "endpoint": endpoint, "population": cohort.population}
    fitted = _fit(cohort, endpoint, name, knots)
    if fitted is None:
        yield row(ANALYSIS, "nonlinearity", note=f"too few distinct values for {knots} knots",
                  **keys)  # fmt: skip
        return
    fit, columns, *_ = fitted
    method = f"restricted cubic spline, {knots} knots, Wald test"
    for statistic, test in (("nonlinearity", nonlinearity(fit, columns)),
                            ("spline", fit.wald(columns))):  # fmt: skip
        note = "no finite estimate" if fit.infinite[columns].any() else ""
        yield row(ANALYSIS, statistic, test.chi2, p_value=test.p, n=fit.n, n_events=fit.events,
                  method=method, note=note, **keys)  # fmt: skip


def _hidden_slope(cohort: Cohort, endpoint: str, name: str, source: str) -> Iterator[dict]:
    terms = model_terms(cohort, cohort.study.covariates)
    # with the source itself among the covariates its slope is no longer hidden
    if any(term.variable == source for term in terms):
        return
    data = design(cohort, endpoint, [*terms, Term(source)])
    without = replace(data, x=data.x[:, :-1], terms=data.terms[:-1])
    settings = cohort.study.statistics
    both = [cox_fit(one.time, one.event, one.x, ties=settings.ties) for one in (without, data)]
    keys = {"term": name, "endpoint": endpoint, "population": cohort.population}
    if any(fit.infinite.any() for fit in both) or not both[1].events:
        yield row(ANALYSIS, "slope_within_levels", note="no finite estimate", **keys)
        return
    test = both[1].lr([data.x.shape[1] - 1])
    yield row(
        ANALYSIS,
        "slope_within_levels",
        test.chi2,
        p_value=test.p,
        n=both[1].n,
        n_events=both[1].events,
        method="likelihood ratio test",
        level=source,
        **keys,
    )

"""Continuous covariates whose effect need not be a straight line, and cut-points that hide one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..formats import counted
from ..results import frame, row
from ..stats.cox import CoxFit, cox_fit
from ..stats.splines import nonlinearity, spline_basis, spline_curve, spline_knots
from ..study.settings import Spline
from .cox import NO_FINITE_ESTIMATE
from .design import Term, design, model_terms
from .rules import FEW_EVENTS

ANALYSIS = "splines"
POINTS = 60
ENDS, QUARTERS = (0.025, 0.975), (0.25, 0.75)
CURVE = ["x", "hr", "conf_low", "conf_high", "band_low", "band_high"]


@dataclass(frozen=True)
class _Fitted:
    """The model of all covariates with one as a spline, and where it stands."""

    fit: CoxFit
    columns: list[int]
    knots: np.ndarray
    values: np.ndarray
    reference: float

    @property
    def finite(self) -> bool:
        """Whether the spline has an estimate."""
        return not (self.fit.infinite[self.columns].any() or self.fit.aliased[self.columns].any())

    def ratios(self, at: np.ndarray, reference: float):
        """Hazard ratios at values against a reference value."""
        return spline_curve(self.fit, self.columns, self.knots, at, reference)


def spline_effects(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Test continuous covariates for an effect that is not straight, beside all the others.

    Parameters
    ----------
    cohort : Cohort
        Whose study file names the covariates (`splines`); one that covariates are cut from stands
        in their place.
    endpoint : str

    Returns
    -------
    DataFrame
        Tidy results, analysis "splines", term = the variable. `knot` (level 1, 2 ...), `reference`
        and `quarter` (level 25, 75) in its unit; `nonlinearity` and `spline`, Wald tests of all
        columns but the linear one, and of all; `hr_quarters`, the hazard ratio of the upper against
        the lower quartile. For each covariate cut from it (level) `slope_within_levels`, the
        likelihood ratio test of the variable beside those levels: a small P says that the
        cut-points hide a slope.
    """
    rows: list[dict] = []
    for name, spec in cohort.study.splines.items():
        rows += _of_spline(cohort, endpoint, name, spec)
        for cut in cohort.study.cut_from(name):
            rows += _hidden_slope(cohort, endpoint, cut, name)
    return frame(rows)


def spline_effect_curve(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Give the hazard ratio over each continuous covariate against its reference value.

    Returns
    -------
    DataFrame
        Columns endpoint, population, variable, x (its values from the 2.5th to the 97.5th
        percentile), hr, conf_low, conf_high (pointwise), band_low, band_high (Scheffé's band of the
        whole curve). A variable with too few distinct values, or without a finite estimate, is
        left out.
    """
    first = ["endpoint", "population", "variable"]
    parts = [pd.DataFrame(columns=[*first, *CURVE])]
    for name, spec in cohort.study.splines.items():
        fitted = _fit(cohort, endpoint, name, spec)
        if fitted is None or not fitted.finite:
            continue
        at = np.linspace(*np.quantile(fitted.values, ENDS), POINTS)
        curve = fitted.ratios(at, fitted.reference)
        body = pd.DataFrame({column: getattr(curve, column) for column in CURVE})
        keys = {"endpoint": endpoint, "population": cohort.population, "variable": name}
        parts.append(body.assign(**keys)[[*first, *CURVE]])
    return pd.concat(parts[1:] or parts, ignore_index=True)


def _fit(cohort: Cohort, endpoint: str, name: str, spec: Spline) -> _Fitted | None:
    """Fit the model of all covariates with one as a spline; None for too few distinct values."""
    instead = {name, *cohort.study.cut_from(name)}
    terms = [t for t in model_terms(cohort, cohort.study.covariates) if t.variable not in instead]
    data = design(cohort, endpoint, [Term(name), *terms], entry=True)  # in its own unit
    values = data.x[:, 0]
    try:
        knots = spline_knots(values, spec.knots)
    except ValueError:
        return None
    basis = spline_basis(values, knots)
    settings = cohort.study.statistics
    names = [f"{name}{j}" for j in range(basis.shape[1])] + [t.name for t in data.terms[1:]]
    fit = cox_fit(data.time, data.event, np.hstack([basis, data.x[:, 1:]]), names,
                  entry=data.entry, ties=settings.ties,
                  conf_level=settings.conf_level)  # fmt: skip
    reference = float(np.median(values)) if spec.reference is None else spec.reference
    return _Fitted(fit, list(range(basis.shape[1])), knots, values, reference)


def _of_spline(cohort: Cohort, endpoint: str, name: str, spec: Spline) -> Iterator[dict]:
    keys = {"term": name, "endpoint": endpoint, "population": cohort.population}
    fitted = _fit(cohort, endpoint, name, spec)
    if fitted is None:
        yield row(ANALYSIS, "nonlinearity", note=f"too few distinct values for {spec.knots} knots",
                  **keys)  # fmt: skip
        return
    for number, knot in enumerate(fitted.knots, 1):
        yield row(ANALYSIS, "knot", knot, level=str(number), **keys)
    yield row(ANALYSIS, "reference", fitted.reference, **keys)
    quarters = np.quantile(fitted.values, QUARTERS)
    for share, value in zip(QUARTERS, quarters, strict=True):
        yield row(ANALYSIS, "quarter", value, level=f"{100 * share:g}", **keys)
    fit = fitted.fit
    keys |= {"n": fit.n, "n_events": fit.events,
             "method": f"restricted cubic spline, {spec.knots} knots"}  # fmt: skip
    if not fitted.finite:
        yield row(ANALYSIS, "nonlinearity", note=NO_FINITE_ESTIMATE, **keys)
        return
    keys["note"] = _few_events(fit)
    for statistic, test in (("nonlinearity", nonlinearity(fit, fitted.columns)),
                            ("spline", fit.wald(fitted.columns))):  # fmt: skip
        yield row(ANALYSIS, statistic, test.chi2, p_value=test.p, **keys)
    curve = fitted.ratios(quarters[1:], quarters[0])
    yield row(ANALYSIS, "hr_quarters", curve.hr[0], conf_low=curve.conf_low[0],
              conf_high=curve.conf_high[0], **keys)  # fmt: skip


def _few_events(fit: CoxFit) -> str:
    if fit.events >= FEW_EVENTS * fit.df:
        return ""
    for_each = f"{counted(fit.events, 'event')} for {counted(fit.df, 'parameter')}"
    return f"{for_each}: with so few, estimates may be unstable and intervals too narrow"


def _hidden_slope(cohort: Cohort, endpoint: str, cut: str, source: str) -> Iterator[dict]:
    """Test a variable beside the levels of a covariate that is cut from it."""
    terms = model_terms(cohort, cohort.study.covariates)
    if any(term.variable == source for term in terms):
        return
    data = design(cohort, endpoint, [*terms, Term(source)], entry=True)
    without = replace(data, x=data.x[:, :-1], terms=data.terms[:-1])
    ties = cohort.study.statistics.ties
    both = [
        cox_fit(one.time, one.event, one.x, entry=one.entry, ties=ties) for one in (without, data)
    ]
    keys = {"term": source, "level": cut, "endpoint": endpoint, "population": cohort.population}
    keys |= {"n": both[1].n, "n_events": both[1].events, "method": "likelihood ratio test"}
    last = data.x.shape[1] - 1
    if any(fit.infinite.any() for fit in both) or both[1].aliased[last] or not both[1].events:
        yield row(ANALYSIS, "slope_within_levels", note=NO_FINITE_ESTIMATE, **keys)
        return
    test = both[1].lr([last])
    yield row(ANALYSIS, "slope_within_levels", test.chi2, p_value=test.p, **keys)

"""Restricted cubic splines: a continuous covariate whose effect need not be a straight line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from .cox import CoxFit, Test
from .times import Array

QUANTILES = {
    3: (0.10, 0.50, 0.90),
    4: (0.05, 0.35, 0.65, 0.95),
    5: (0.05, 0.275, 0.50, 0.725, 0.95),
}
"""Where knots are put (Harrell, Regression Modeling Strategies, table 2.3)."""


def spline_knots(x: ArrayLike, count: int = 4) -> Array:
    """Give 3, 4 or 5 knots at fixed quantiles of the known values.

    Raises
    ------
    ValueError
        Another number of knots, or too few distinct values for them to differ.
    """
    if count not in QUANTILES:
        raise ValueError(f"there are 3, 4 or 5 knots, not {count!r}")
    x = np.asarray(x, dtype=float)
    x = x[np.isfinite(x)]
    knots = np.quantile(x, QUANTILES[count]) if x.size else np.empty(0)
    if np.unique(knots).size < count:
        raise ValueError(f"too few distinct values for {count} knots")
    return knots


def spline_basis(x: ArrayLike, knots: ArrayLike) -> Array:
    """Give the columns of a restricted cubic spline, the linear one first: (n, knots - 1).

    Cubic between the knots, straight beyond the outer ones; the other columns are scaled by the
    squared distance of the outer knots (R: ``Hmisc::rcspline.eval(x, knots, inclx = TRUE)``).
    """
    x, t = np.asarray(x, dtype=float), np.asarray(knots, dtype=float)
    last, before = t[-1], t[-2]

    def cube(knot: float) -> Array:
        return np.maximum(x - knot, 0.0) ** 3

    columns = [x]
    for knot in t[:-2]:
        bent = cube(knot) - cube(before) * (last - knot) / (last - before)
        columns.append((bent + cube(last) * (before - knot) / (last - before)) / (last - t[0]) ** 2)
    return np.column_stack(columns)


@dataclass(frozen=True)
class SplineCurve:
    """Hazard ratio against a reference value at `x` (m,), with pointwise limits and a band.

    The band (Scheffé's) holds the whole curve with the stated confidence.
    """

    x: Array
    hr: Array
    conf_low: Array
    conf_high: Array
    band_low: Array
    band_high: Array
    reference: float


def spline_curve(fit: CoxFit, columns: Sequence[int], knots: ArrayLike, at: ArrayLike,
                 reference: float) -> SplineCurve:  # fmt: skip
    """Draw the hazard ratio of a covariate whose spline columns are in a fit.

    Parameters
    ----------
    fit : CoxFit
    columns : sequence of int
        Where the columns of `spline_basis` are in the fit, in order.
    knots : array
    at : array of shape (m,)
    reference : float
        Value at which the hazard ratio is 1.
    """
    from scipy.special import chdtri

    at = np.atleast_1d(np.asarray(at, dtype=float))
    # a hazard ratio is between two values: at the reference it is 1, without an error
    load = spline_basis(at, knots) - spline_basis(np.array([reference]), knots)
    chosen = list(columns)
    value = load @ fit.coef[chosen]
    cov = fit.covariance[np.ix_(chosen, chosen)]
    se = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", load, cov, load), 0.0))
    near = ndtri((1 + fit.conf_level) / 2) * se
    # Scheffé's multiple: it holds for all contrasts of these coefficients at once
    wide = np.sqrt(chdtri(len(chosen), 1 - fit.conf_level)) * se
    return SplineCurve(at, np.exp(value), np.exp(value - near), np.exp(value + near),
                       np.exp(value - wide), np.exp(value + wide), float(reference))  # fmt: skip


def nonlinearity(fit: CoxFit, columns: Sequence[int]) -> Test:
    """Wald test that all columns of a spline but the first, linear one are zero."""
    return fit.wald(list(columns)[1:])

"""A smooth of scaled Schoenfeld residuals: an effect as a function of time, as R draws it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .cox import CoxFit
from .times import Array
from .zph import ZphTest

DEGREES, POINTS = 4, 40


@dataclass(frozen=True)
class Smooth:
    """A curve of one coefficient: `estimate` (log hazard ratio) and `std_err`, both (points,).

    `transformed` is on the scale of the test's function of time, `time` that in time. Empty where
    there are too few event times for the curve's degrees of freedom.
    """

    time: Array
    transformed: Array
    estimate: Array
    std_err: Array


def smooth_effect(fit: CoxFit, zph: ZphTest, column: int, points: int = POINTS) -> Smooth:
    """Fit a natural cubic spline to the scaled Schoenfeld residuals of one coefficient.

    Parameters
    ----------
    fit, zph : CoxFit, ZphTest
        A model and its test of proportional hazards (which holds the residuals).
    column : int
        Column of the model.
    points : int
        Points of the curve, evenly spaced on the scale of the test's function of time.

    Notes
    -----
    R: ``plot(cox.zph(fit), df = 4)``; its band is two standard errors to each side.
    """
    x, y = zph.transformed, zph.scaled_schoenfeld[:, column]
    if np.unique(x).size <= DEGREES or not np.isfinite(y).all():
        return Smooth(*[np.empty(0)] * 4)
    grid = np.linspace(x.min(), x.max(), points)
    # R's ``plot.cox.zph`` puts the knots at quantiles of the grid and the residuals together
    basis = natural_spline(np.r_[grid, x])
    curve, q_r = basis[:points], np.linalg.qr(basis[points:])
    if np.linalg.matrix_rank(q_r.R) < DEGREES:
        return Smooth(*[np.empty(0)] * 4)
    half = np.linalg.solve(q_r.R.T, curve.T)
    # of one scaled residual, when each event's information is the mean of all
    variance = fit.covariance[column, column] * x.size
    estimate = curve @ np.linalg.solve(q_r.R, q_r.Q.T @ y)
    std_err = np.sqrt(variance * (half**2).sum(axis=0))
    return Smooth(_times(grid, zph), grid, estimate, std_err)


def natural_spline(x: Array) -> Array:
    """Give a basis (n, 4) of natural cubic splines with knots at the ends and thirds of `x`.

    Spans what R's ``ns(x, df = 4, intercept = TRUE)`` spans.
    """
    knots = np.quantile(x, np.linspace(0, 1, DEGREES))
    unit = (x - knots[0]) / (knots[-1] - knots[0])
    knots = (knots - knots[0]) / (knots[-1] - knots[0])

    def bend(i: int) -> Array:
        cubes = [np.maximum(unit - knots[j], 0.0) ** 3 for j in (i, -1)]
        return (cubes[0] - cubes[1]) / max(knots[-1] - knots[i], 1e-12)

    last = bend(DEGREES - 2)
    columns = [np.ones_like(unit), unit, *(bend(i) - last for i in range(DEGREES - 2))]
    return np.column_stack(columns)


def _times(grid: Array, zph: ZphTest) -> Array:
    """Take points on the scale of the function of time back to time."""
    x, first = np.unique(zph.transformed, return_index=True)
    return np.interp(grid, x, zph.time[first])

"""Test of proportional hazards: the score test of R's survival >= 3.0, and what its plot shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from .cox import CoxFit, Test, _test
from .km import kaplan_meier
from .times import Array

Transform = Literal["km", "rank", "identity", "log"]


@dataclass(frozen=True)
class ZphTest:
    """Tests per coefficient, per variable (group of columns) and overall, and plot material.

    `time`, `transformed` (d,) and `scaled_schoenfeld` (d, p) belong to the events in order of time;
    a smooth of the latter against the former estimates each coefficient as a function of time. It
    is made when it is asked for: of a registry it is large, and the tests do without.
    """

    by_coefficient: dict[str, Test]
    by_variable: dict[str, Test]
    overall: Test
    transform: Transform
    time: Array
    transformed: Array
    fit: CoxFit = field(repr=False)
    note: str = ""

    @cached_property
    def scaled_schoenfeld(self) -> Array:
        """Schoenfeld residuals times events times the covariance, plus the coefficient."""
        if not self.time.size:
            return np.empty((0, self.fit.aliased.size))
        residuals, used = self.fit.schoenfeld()[1], np.flatnonzero(~self.fit.aliased)
        out = np.full(residuals.shape, np.nan)
        covariance = self.fit._naive_covariance()[np.ix_(used, used)]
        # Grambsch and Therneau's approximation, for the plot alone: each event's information is
        # taken to be the mean of all. The tests have the exact one.
        scaled = residuals[:, used] @ covariance
        out[:, used] = scaled * residuals.shape[0] + self.fit.coef[used]
        return out


def cox_zph(fit: CoxFit, transform: Transform = "km") -> ZphTest:
    """Score test that no coefficient changes with a function g of time.

    The model is extended by the covariates times g(t) and the extension tested at the fit's
    estimate (Grambsch and Therneau 1994, with the exact information of the extended model rather
    than their constant-variance approximation, as in R's survival from version 3.0).

    Parameters
    ----------
    fit : CoxFit
    transform : {"km", "rank", "identity", "log"}
        g(t): one minus the left-continuous Kaplan-Meier curve (R's default), rank of the time among
        all patients', the time itself, its logarithm.

    Returns
    -------
    ZphTest
        Tests are NaN, with a note, where the extended model is singular (a single event time) or
        nothing was estimated. Aliased coefficients have no entry.

    Notes
    -----
    R: ``cox.zph(fit, transform, terms = TRUE)`` and, per coefficient, ``terms = FALSE``.
    """
    if fit.likelihood is None or fit.aliased.all():
        empty = Test(np.nan, 0, np.nan)
        return ZphTest({}, {}, empty, transform, np.empty(0), np.empty(0), fit, fit.note)
    g_k = _time_function(fit, transform)
    used = np.flatnonzero(~fit.aliased)
    score, info = _extended_score(fit, g_k, used)
    position = {column: i for i, column in enumerate(used)}

    def test(columns) -> Test:
        return _score_test(score, info, [position[j] for j in columns if j in position])

    by_coefficient = {fit.names[j]: test([j]) for j in used}
    by_variable = {
        name: test(columns) for name, columns in fit.groups.items()
        if any(j in position for j in columns)
    }  # fmt: skip
    overall = test(used)
    note = "" if np.isfinite(overall.p) else "the test is not defined: no variation over time"
    rows = fit.likelihood.rows
    return ZphTest(by_coefficient, by_variable, overall, transform,
                   rows.event_times[rows.event_k], g_k[rows.event_k], fit, note)  # fmt: skip


def _time_function(fit: CoxFit, transform: str) -> Array:
    """g at each event time: (K,)."""
    from scipy.stats import rankdata

    rows = fit.likelihood.rows
    times = rows.event_times
    if transform == "identity":
        g = times
    elif transform == "log":
        with np.errstate(divide="ignore"):
            g = np.log(times)
        # an event at time zero has no logarithm
        g = np.where(np.isfinite(g), g, np.nan)
    elif transform == "rank":
        # among all patients' times, censored ones too, as R does
        time = rows.times[rows.group]
        g = rankdata(time)[rows.starts[rows.event_groups]]
    elif transform == "km":
        # R takes the curve of all patients, unweighted and over strata
        # minus infinity marks "no truncation" in a fit; as an entry it would be taken for a
        # missing one
        entry = None if rows.entry is None else np.maximum(rows.entry, 0.0)
        curve = kaplan_meier(rows.times[rows.group], rows.event, entry=entry)
        g = 1 - np.r_[1.0, curve.survival][np.searchsorted(curve.time, times, side="left")]
    else:
        raise ValueError(f"transform must be km, rank, identity or log, not {transform!r}")
    return g


def _extended_score(fit: CoxFit, g: Array, used: Array) -> tuple[Array, Array]:
    """Score of the extension (p,) and information of the extended model (2p, 2p), scaled units."""
    likelihood, p = fit.likelihood, used.size
    rows = likelihood.rows
    weights = likelihood.weights[0][rows.event_rows]
    # the test does not change with the origin of g; centred, the information is far from singular
    center = np.average(g[rows.event_k], weights=weights)
    g = g - center
    score = ((weights * g[rows.event_k]) @ fit.schoenfeld_scaled())[used]
    r, sums = fit._state()
    info = np.empty((2 * p, 2 * p))
    with np.errstate(over="ignore", invalid="ignore"):
        blocks = [
            likelihood.information(r, sums, power)[0][0][np.ix_(used, used)]
            # with x g as further covariates, the blocks of the information weigh each event by 1,
            # g, g^2
            for power in (np.ones_like(g), g, g * g)
        ]
    info[:p, :p], info[p:, p:] = blocks[0], blocks[2]
    info[:p, p:] = info[p:, :p] = blocks[1]
    return score, info


def _score_test(score: Array, info: Array, chosen: list[int]) -> Test:
    """Score test of some columns of the extension, the coefficients themselves profiled out."""
    p = score.size
    if not np.isfinite(info).all() or not chosen:
        return Test(np.nan, len(chosen), np.nan)
    select = np.r_[np.arange(p), p + np.array(chosen)]
    part = info[np.ix_(select, select)]
    # on the scale of a correlation matrix: covariates in units and times in months differ by powers
    scale = np.sqrt(np.maximum(np.diag(part), 0.0))
    if not (scale > 1e-150).all():
        return Test(np.nan, len(chosen), np.nan)
    part = part / np.outer(scale, scale)
    if np.linalg.cond(part) > 1e13:
        return Test(np.nan, len(chosen), np.nan)
    # 0 for the coefficients themselves: their score vanishes at the estimate
    u = np.r_[np.zeros(p), score[chosen]] / scale
    return _test(float(u @ np.linalg.solve(part, u)), len(chosen))

"""How a treatment's effect changes with time: by period, by log time, as a difference of curves.

Cut-points and horizons are chosen in advance, not by what the data show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from .cox import CoxFit, Test, _test, cox_fit
from .cox_likelihood import Ties
from .km import KaplanMeier, kaplan_meier
from .times import Array, counting_arrays, survival_arrays

_MOST_ROWS = 20_000_000


@dataclass(frozen=True)
class Split:
    """Follow-up cut at times: rows (m,) at risk from just after `entry` to `time`.

    `row` numbers the row that each part comes from, `period` the part of time, from 0.
    """

    entry: Array
    time: Array
    event: Array
    row: Array
    period: Array


def split_follow_up(
    time: ArrayLike, event: ArrayLike, cuts: ArrayLike, entry: ArrayLike | None = None
) -> Split:
    """Cut rows at each of some times (R: ``survSplit``); a time equal to a cut is before it.

    Parameters
    ----------
    time, event : arrays of shape (n,)
        Complete and tidied.
    cuts : array, rising
    entry : array of shape (n,), optional
    """
    time, event = np.asarray(time, dtype=float), np.asarray(event).astype(bool)
    start = np.zeros(time.size) if entry is None else np.asarray(entry, dtype=float)
    edges = np.r_[-np.inf, np.asarray(cuts, dtype=float), np.inf]
    first = np.searchsorted(edges, start, side="right") - 1
    # an entry of 0 is no truncation: such a row is at risk at time 0, in the first period
    first = np.where(start <= 0, 0, first)
    last = np.maximum(np.searchsorted(edges, time, side="left") - 1, first)
    count = last - first + 1
    row = np.repeat(np.arange(time.size), count)
    period = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count) + first[row]
    return Split(
        np.maximum(edges[period], start[row]), np.minimum(edges[period + 1], time[row]),
        event[row] & (period == last[row]), row, period,
    )  # fmt: skip


@dataclass(frozen=True)
class PiecewiseEffect:
    """Hazard ratios by period: the fit's last coefficients, one a period, are the treatment's.

    `periods` are (from, to]; `patients` and `events` (periods, 2) count who is at risk in each, and
    the events, by group. `equal` tests that all periods share one ratio.
    """

    fit: CoxFit
    periods: list[tuple[float, float]]
    columns: list[int]
    patients: Array
    events: Array
    equal: Test


def piecewise_hazard_ratios(
    time: ArrayLike,
    event: ArrayLike,
    treated: ArrayLike,
    cuts: Sequence[float],
    x: ArrayLike | None = None,
    *,
    entry: ArrayLike | None = None,
    ties: Ties = "breslow",
    conf_level: float = 0.95,
) -> PiecewiseEffect:
    """Fit a Cox model with a hazard ratio of the treatment for each period of time.

    Parameters
    ----------
    time, event : arrays of shape (n,)
    treated : array of shape (n,)
        1 = experimental group, 0 = reference.
    cuts : sequence of float
        Ends of all periods but the last, rising.
    x : array of shape (n, p), optional
        Covariates, whose coefficients do not change.
    entry : array of shape (n,), optional
        A row is at risk at t where entry < t <= time (left truncation).

    Notes
    -----
    R: ``survSplit`` and ``coxph(... + treated:strata-of-period)``. `equal` is Wald's test.
    """
    late, time, event, treated, x = _complete(time, event, treated, x, entry)
    parts = split_follow_up(time, event, cuts, late)
    size = len(cuts) + 1
    arm = treated[parts.row]
    by_period = arm[:, None] * (parts.period[:, None] == np.arange(size))
    edges = [0.0, *map(float, cuts), np.inf]
    names = [f"x{j + 1}" for j in range(x.shape[1])]
    # One coefficient a period, and no main effect: so each is that period's log hazard ratio
    # itself, with limits of its own.
    names += [f"treated, {a:g} to {b:g}" for a, b in pairwise(edges)]
    fit = cox_fit(parts.time, parts.event, np.hstack([x[parts.row], by_period]), names,
                  entry=parts.entry, ties=ties, conf_level=conf_level)  # fmt: skip
    columns = list(range(x.shape[1], x.shape[1] + size))
    flat = parts.period * 2 + arm.astype(int)
    patients, events = (np.bincount(flat[rows], minlength=2 * size).reshape(size, 2)
                        for rows in (slice(None), parts.event))  # fmt: skip
    return PiecewiseEffect(fit, list(pairwise(edges)), columns, patients,
                           events, _equal(fit, columns))  # fmt: skip


def _equal(fit: CoxFit, columns: list[int]) -> Test:
    """Wald test that the finite ones among some coefficients are the same."""
    used = [j for j in columns if not fit.aliased[j] and not fit.infinite[j]]
    if len(used) < 2:
        return Test(np.nan, 0, np.nan)
    # Differences from the first period. Any other set of contrasts that spans them gives the same
    # chi-squared.
    contrast = np.zeros((len(used) - 1, len(fit.names)))
    contrast[:, used[0]] = -1
    contrast[np.arange(len(used) - 1), used[1:]] = 1
    gap = contrast @ np.where(fit.aliased, 0.0, fit.coef)
    cov = contrast @ np.nan_to_num(fit.covariance) @ contrast.T
    return _test(float(gap @ np.linalg.solve(cov, gap)), len(used) - 1)


def treatment_by_log_time(
    time: ArrayLike,
    event: ArrayLike,
    treated: ArrayLike,
    x: ArrayLike | None = None,
    *,
    entry: ArrayLike | None = None,
    ties: Ties = "breslow",
    conf_level: float = 0.95,
) -> CoxFit:
    """Fit a Cox model in which the treatment's log hazard ratio is linear in log time.

    The last two coefficients are "treated", the log hazard ratio at time 1, and "treated x log
    time". R: ``coxph(... + tt(treated), tt = function(x, t, ...) x * log(t))``. The follow-up is
    cut at every event time, so the work grows with patients times event times. With `entry` (n,) a
    row is at risk at t where entry < t <= time.

    Raises
    ------
    ValueError
        Too many patients times event times.
    """
    late, time, event, treated, x = _complete(time, event, treated, x, entry)
    cuts = np.unique(time[event])
    if cuts.size * time.size > 2 * _MOST_ROWS:
        raise ValueError("too many patients and event times: use `cox_zph(..., 'log')` instead")
    parts = split_follow_up(time, event, cuts[:-1], late)
    at = cuts[np.minimum(parts.period, cuts.size - 1)] if cuts.size else parts.time
    # an event at time zero has no logarithm: half the first later time stands for it
    positive = cuts[cuts > 0]
    log_time = np.log(np.where(at > 0, at, positive.min() / 2 if positive.size else 1.0))
    arm = treated[parts.row]
    names = [f"x{j + 1}" for j in range(x.shape[1])] + ["treated", "treated x log time"]
    columns = np.column_stack([x[parts.row], arm, arm * log_time])
    # only the order of times counts. By number, since a part that begins at time zero would be at
    # risk at zero too, beside the one that ends there
    there = parts.time >= at
    begin = parts.period[there].astype(float)
    return cox_fit(begin + 1, parts.event[there], columns[there], names, entry=begin, ties=ties,
                   conf_level=conf_level)  # fmt: skip


def hazard_ratio_at(fit: CoxFit, times: ArrayLike) -> tuple[Array, Array, Array]:
    """Hazard ratio and pointwise limits at times, of a fit by `treatment_by_log_time`."""
    log_time = np.log(np.atleast_1d(np.asarray(times, dtype=float)))
    load = np.column_stack([np.ones(log_time.size), log_time])
    value = load @ fit.coef[-2:]
    se = np.sqrt(np.einsum("ij,jk,ik->i", load, fit.covariance[-2:, -2:], load))
    reach = ndtri((1 + fit.conf_level) / 2) * se
    return np.exp(value), np.exp(value - reach), np.exp(value + reach)


@dataclass(frozen=True)
class DifferenceOverTime:
    """A difference, second group less first, at `time` (T,): pointwise limits, simultaneous band.

    The band holds the whole difference from the first to the last time with the stated confidence;
    `critical` is its multiple of the standard error, `draws` how many simulated paths it rests on.
    """

    time: Array
    estimate: Array
    std_err: Array
    conf_low: Array
    conf_high: Array
    band_low: Array
    band_high: Array
    critical: float
    draws: int
    conf_level: float


def difference_over_time(
    time: ArrayLike,
    event: ArrayLike,
    treated: ArrayLike,
    *,
    of: str = "survival",
    between: tuple[float, float] | None = None,
    also: ArrayLike = (),
    conf_level: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
    entry: ArrayLike | None = None,
) -> DifferenceOverTime:
    """Difference of two groups' survival, or of their restricted mean survival time, over time.

    Parameters
    ----------
    time, event : arrays of shape (n,)
    treated : array of shape (n,)
        1 = experimental group, 0 = reference.
    of : {"survival", "rmst"}
        At each event time t: S1(t) - S0(t), or the area between the curves from 0 to t.
    between : (float, float), optional
        Times over which the band holds; by default from the first time at which the standard error
        is above 0 to the last at which both groups are at risk.
    also : array, optional
        Times beside those of the events, such as milestones.
    draws, seed
        Simulated paths that the band rests on.
    entry : array of shape (n,), optional
        A row is at risk at t where entry < t <= time (left truncation).

    Notes
    -----
    Parzen, Wei and Ying, Scand J Stat 1997; 24:309 (survival); Zhao et al., Biometrics 2016; 72:215
    (restricted mean). Greenwood-type variances; each event's martingale part is multiplied by a
    normal draw.
    """
    if of not in ("survival", "rmst"):
        raise ValueError(f"of is 'survival' or 'rmst', not {of!r}")
    late, time, event, treated, _ = _complete(time, event, treated, None, entry)
    arms = [
        kaplan_meier(time[own], event[own], entry=None if late is None else late[own])
        for own in (treated == 0, treated == 1)
    ]
    grid = _common_times(time, event, arms, between, also)
    rng = np.random.default_rng(seed)
    estimate, variance, paths = (
        np.zeros(grid.size),
        np.zeros(grid.size),
        np.zeros((draws, grid.size)),
    )
    for sign, curve in zip((-1, 1), arms, strict=True):
        value, load, deviation = _influence(curve, grid, of)
        estimate += sign * value
        variance += (load**2).sum(axis=0)
        paths += sign * (deviation(rng, draws) @ load)
    se = np.sqrt(variance)
    reach = ndtri((1 + conf_level) / 2) * se
    inside = se > 1e-12
    critical = np.nan
    if inside.any() and draws:
        most = np.abs(paths[:, inside] / se[inside]).max(axis=1)
        # "higher": a band must hold at least the stated share of the paths
        critical = float(np.quantile(most, conf_level, method="higher"))
    return DifferenceOverTime(
        grid, estimate, se, estimate - reach, estimate + reach, estimate - critical * se,
        estimate + critical * se, critical, draws, conf_level,
    )  # fmt: skip


def _common_times(time, event, arms: list[KaplanMeier], between, also) -> Array:
    """Event times and others at which both groups are still at risk, within the range asked for."""
    last = min((arm.time[-1] for arm in arms if arm.time.size), default=-np.inf)
    low, high = between if between is not None else (-np.inf, np.inf)
    grid = np.unique(np.r_[time[event], np.asarray(also, dtype=float)])
    return grid[(grid <= last) & (grid >= low) & (grid <= high)]


def _influence(curve: KaplanMeier, grid: Array, of: str):
    """Value at each time of the grid, and how an event's standardised deviation moves it (e, T)."""
    n, d = curve.n_risk, curve.n_event
    # where all at risk have the event the curve is 0, and no longer moves
    dies = (d > 0) & (n > d)
    at, spread = curve.time[dies], np.sqrt(d[dies] / (n[dies] * (n[dies] - d[dies])))
    place = np.searchsorted(curve.time, grid, side="right")
    level = np.r_[1.0, curve.survival][place]
    happened = (at[:, None] <= grid).astype(float)
    if of == "survival":
        load = -happened * level * spread[:, None]
        value = level
    else:
        edges = np.r_[0.0, curve.time]
        area = np.r_[0.0, np.cumsum(np.diff(edges) * np.r_[1.0, curve.survival[:-1]])] if (
            curve.time.size) else np.zeros(1)  # fmt: skip
        value = area[place] + level * (grid - edges[place])
        until = np.searchsorted(curve.time, at, side="right")
        after = np.maximum(value - area[until][:, None], 0.0)
        load = -happened * after * spread[:, None]

    def deviation(rng, draws: int) -> Array:
        return rng.normal(size=(draws, at.size))

    return value, load, deviation


def _complete(time, event, treated, x, entry=None):
    """Entries (None: none) and tidied complete rows; `treated` as 0 and 1."""
    treated = np.asarray(treated, dtype=float)
    x = np.zeros((treated.size, 0)) if x is None else np.asarray(x, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    known = np.isfinite(treated) & np.isfinite(x).all(axis=1)
    event, late = np.where(known, np.asarray(event, float), np.nan), None
    if entry is None:
        time, event, _, kept = survival_arrays(time, event)
    else:
        late, time, event, _, kept = counting_arrays(entry, time, event)
        late = np.maximum(late, 0.0)  # minus infinity marks an entry of 0
    return late, time, event, treated[kept], x[kept]

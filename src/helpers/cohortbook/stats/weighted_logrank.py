"""Tests for hazards that are not proportional: Fleming-Harrington weights and MaxCombo.

The weights are chosen in advance: a test chosen by its P value keeps no level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from .design import is_missing
from .times import Array, counting_arrays, join_notes, left_out_note, survival_arrays

STANDARD = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
"""Log-rank, late, early and middle differences."""
_DRAWS = 400_000


@dataclass(frozen=True)
class MaxCombo:
    """Weighted log-rank tests of two groups together.

    `weights` are the pairs (rho, gamma); `z`, `p_each` (two-sided) one of each. z is positive where
    the second group has more events than expected. `p` is that of the largest |z| under the joint
    normal distribution with `correlation`; `error` its numerical error.
    """

    weights: list[tuple[float, float]]
    z: Array
    p_each: Array
    correlation: Array
    statistic: float
    p: float
    error: float
    groups: list
    note: str = ""


def max_combo(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    weights: Sequence[tuple[float, float]] = STANDARD,
    strata: ArrayLike | None = None,
    *,
    entry: ArrayLike | None = None,
    levels: list | None = None,
) -> MaxCombo:
    """Fleming-Harrington tests G(rho, gamma) of two groups, and the most extreme of them.

    Parameters
    ----------
    time, event, group : arrays of shape (n,)
        1 = event; two labels. Rows with a missing value are left out.
    weights : sequence of (rho, gamma)
        Each event time weighs S(t-)^rho (1 - S(t-))^gamma, S the pooled Kaplan-Meier curve of the
        stratum. (0, 0) is the log-rank test. One pair gives that test alone.
    strata : array of shape (n,), optional
    entry : array of shape (n,), optional
        Left truncation.
    levels : list, optional
        The two groups in order; by default sorted.

    Returns
    -------
    MaxCombo
        NaN with a note where the groups are never at risk together, or there are no events.

    Raises
    ------
    ValueError
        More than two groups; a negative exponent.

    Notes
    -----
    Fleming and Harrington, Commun Stat 1981; 10:763; Karrison, Stata J 2016; 16:678; Lin et al.,
    Stat Biopharm Res 2020; 12:187. Hypergeometric variance: (0, 0) is ``survdiff``, (1, 0) is
    ``survdiff(rho = 1)``.
    """
    if any(min(pair) < 0 for pair in weights):
        raise ValueError("rho and gamma must not be negative")
    label = np.asarray(group, dtype=object)
    within = np.zeros(label.size) if strata is None else np.asarray(strata, dtype=object)
    present = ~is_missing(label) & ~is_missing(within)
    # as a missing event: so these rows are left out with the others, and counted in the note
    masked = np.where(present, np.asarray(event, dtype=float), np.nan)
    if entry is None:
        time, event, _, kept = survival_arrays(time, masked)
        late = np.full(time.size, -np.inf)
    else:
        late, time, event, _, kept = counting_arrays(entry, time, masked)
    label, within = label[kept], within[kept].astype(str)
    levels = sorted(set(label.tolist())) if levels is None else list(levels)
    if len(levels) > 2 or set(label.tolist()) - set(levels):
        raise ValueError(f"two groups are compared, not {sorted(set(label.tolist()))}")
    second = label == levels[-1] if len(levels) == 2 else np.zeros(label.size, dtype=bool)
    score, cov = np.zeros(len(weights)), np.zeros((len(weights), len(weights)))
    for one in np.unique(within):
        mine = within == one
        part = _stratum(time[mine], event[mine], late[mine], second[mine], weights)
        score, cov = score + part[0], cov + part[1]
    return _combined(score, cov, weights, levels, left_out_note(kept))


def _stratum(time, event, late, second, weights) -> tuple[Array, Array]:
    """Weighted observed less expected of the second group, and their covariance."""
    distinct = np.unique(time[event])

    def at_risk(rows) -> Array:
        gone = np.searchsorted(np.sort(time[rows]), distinct, side="left")
        came = np.searchsorted(np.sort(late[rows]), distinct, side="left")
        return (came - gone).astype(float)

    n, n2 = at_risk(slice(None)), at_risk(second)
    d = np.bincount(np.searchsorted(distinct, time[event]), minlength=distinct.size)
    d2 = np.bincount(np.searchsorted(distinct, time[event & second]), minlength=distinct.size)
    before = np.r_[1.0, np.cumprod(1 - d / n)[:-1]] if n.size else n
    # at the first event S(t-) is 1: 0 ** 0 is 1 here, so that (0, 0) weighs all events alike
    w = np.array([before**rho * (1 - before) ** gamma for rho, gamma in weights])
    share = n2 / n
    with np.errstate(divide="ignore", invalid="ignore"):
        v = np.where(n > 1, d * share * (1 - share) * (n - d) / (n - 1), 0.0)
    # all tests weigh the same differences, so their covariance is sum w1 w2 v (Karrison 2016)
    return w @ (d2 - d * share), (w * v) @ w.T


def _combined(score, cov, weights, levels, note) -> MaxCombo:
    scale = np.sqrt(np.diag(cov))
    pairs = [tuple(map(float, pair)) for pair in weights]
    if not (scale > 0).all():
        nan = np.full(len(pairs), np.nan)
        why = "the groups are never at risk together at an event: the test is not defined"
        return MaxCombo(pairs, nan, nan, np.full(cov.shape, np.nan), np.nan, np.nan, np.nan,
                        levels, join_notes(note, why))  # fmt: skip
    z, correlation = score / scale, cov / np.outer(scale, scale)
    top = float(np.abs(z).max())
    p, error = _beyond(top, correlation)
    return MaxCombo(pairs, z, 2 * ndtr(-np.abs(z)), correlation, top, p, error, levels, note)


def _beyond(top: float, correlation: Array) -> tuple[float, float]:
    """Chance that the largest of correlated normal values is beyond +-top, and its error."""
    if len(correlation) == 1:
        return float(2 * ndtr(-top)), 0.0
    # the integral is found with random points: with the seed two builds print the same P
    law = multivariate_normal(
        mean=np.zeros(len(correlation)), cov=correlation, allow_singular=True, seed=1,
        maxpts=_DRAWS, abseps=1e-6, releps=0.0,
    )  # fmt: skip
    inside = float(law.cdf(np.full(len(correlation), top), lower_limit=-top))
    # the P of the best alone is a lower bound, which numerical error must not pass; Bonferroni's
    # is an upper one
    alone = float(2 * ndtr(-top))
    return float(np.clip(1 - inside, alone, min(1.0, len(correlation) * alone))), 1e-5

"""Standardised mean differences between two groups, with or without weights."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .records import Estimate

CONTINUOUS = "standardised mean difference"
CATEGORICAL = "standardised mean difference of all levels together"
_EMPTY = "not estimable: a group has no values"
_NO_SPREAD = "infinite: the groups differ and neither varies"


def smd_continuous(
    reference: ArrayLike,
    other: ArrayLike,
    weights_reference: ArrayLike | None = None,
    weights_other: ArrayLike | None = None,
) -> Estimate:
    """Difference of means, other minus reference, over the root of the mean variance.

    Austin and Stuart (Stat Med 2015; 34:3661). Variances divide by n - 1; weighted ones by
    (sum w)^2 - sum w^2 over sum w, which is n - 1 when the weights are equal. R:
    `tableone::ExtractSmd` without weights (there without sign).

    Parameters
    ----------
    reference, other : array of shape (n,)
        NaN = missing, left out with its weight.
    weights_reference, weights_other : array of shape (n,), optional
        Not negative; 1 if not given.

    Returns
    -------
    Estimate
        Without limits. 0 if neither group varies and the means agree; infinite, with a note, if
        they do not; NaN with a note if a group has fewer than two values.
    """
    mean_ref, variance_ref = _moments(reference, weights_reference)
    mean, variance = _moments(other, weights_other)
    if math.isnan(variance) or math.isnan(variance_ref):
        return _estimate(math.nan, CONTINUOUS, "not estimable: fewer than two values in a group")
    gap, spread = mean - mean_ref, math.sqrt((variance + variance_ref) / 2)
    if spread == 0:
        return _degenerate(gap, CONTINUOUS)
    return _estimate(gap / spread, CONTINUOUS)


def smd_categorical(reference: ArrayLike, other: ArrayLike) -> Estimate:
    """Mahalanobis distance between two groups' proportions over the levels of one variable.

    Yang and Dalton (SAS Global Forum 2012, paper 335): with the first level left out,
    sqrt(d' S^-1 d), d the difference of proportions and S the mean of the two multinomial
    covariance matrices. Two levels give |p - q| over the root of the mean of p(1 - p) and
    q(1 - q). R: `tableone::ExtractSmd`. Which level is left out makes no difference.

    Parameters
    ----------
    reference, other : array of shape (levels,)
        Count, or sum of weights, in each level, in the same order.

    Returns
    -------
    Estimate
        Not negative, without limits. Infinite, with a note, if the groups share no level.
    """
    counts = np.array([reference, other], dtype=float)
    counts = counts[:, counts.sum(axis=0) > 0]
    totals = counts.sum(axis=1, keepdims=True)
    if counts.size == 0 or np.any(totals == 0):
        return _estimate(math.nan, CATEGORICAL, _EMPTY)
    # shares add up to 1: with all of them the covariance is singular
    shares = (counts / totals)[:, 1:]
    gap = shares[1] - shares[0]
    if gap.size == 0:
        return _estimate(0.0, CATEGORICAL)
    # the covariance is then singular along the difference, and the solver would give noise
    if not np.any((counts[0] > 0) & (counts[1] > 0)):
        return _estimate(math.inf, CATEGORICAL, "infinite: the groups share no level")
    covariance = sum(np.diag(p) - np.outer(p, p) for p in shares) / 2
    return _estimate(math.sqrt(max(0.0, gap @ np.linalg.solve(covariance, gap))), CATEGORICAL)


def weighted_counts(
    codes: ArrayLike, levels: ArrayLike, weights: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Sum the weights (1 if not given) in each level; a code that is no level is left out."""
    given = np.asarray(codes, dtype=object)
    each = np.ones(len(given)) if weights is None else np.asarray(weights, dtype=float)
    return np.array([each[given == level].sum() for level in np.asarray(levels, dtype=object)])


def _moments(values: ArrayLike, weights: ArrayLike | None) -> tuple[float, float]:
    """Give weighted mean and variance (NaN where there are fewer than two weighted values)."""
    x = np.asarray(values, dtype=float)
    w = np.ones_like(x) if weights is None else np.asarray(weights, dtype=float)
    keep = ~np.isnan(x) & (w > 0)
    x, w = x[keep], w[keep]
    if x.size < 2:
        return (float(x[0]) if x.size else math.nan), math.nan
    total = w.sum()
    mean = float((w * x).sum() / total)
    # the mean of equal values may differ from them in its last bit: a variance of 1e-34 would make
    # a difference of nothing a distance without bound
    if np.all(x == x[0]):
        return float(x[0]), 0.0
    return mean, float((w * (x - mean) ** 2).sum() / (total - (w**2).sum() / total))


def _degenerate(gap: float, method: str) -> Estimate:
    """Give the distance of groups without spread: none, or infinite."""
    if gap == 0:
        return _estimate(0.0, method)
    return _estimate(math.copysign(math.inf, gap), method, _NO_SPREAD)


def _estimate(value: float, method: str, note: str = "") -> Estimate:
    """Make an estimate without limits."""
    return Estimate(float(value), math.nan, math.nan, math.nan, method, note)

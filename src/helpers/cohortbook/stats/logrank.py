"""The log-rank test, stratified or not, with log-rank or Peto and Peto weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from .design import is_missing
from .times import Array, counting_arrays, join_notes, left_out_note, survival_arrays


@dataclass(frozen=True)
class Logrank:
    """Test result; `observed` and `expected` events follow `groups` (weighted when Peto)."""

    chi2: float
    df: int
    p: float
    groups: list[Any]
    n: Array
    observed: Array
    expected: Array
    variance: Array
    note: str = ""


def logrank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    strata: ArrayLike | None = None,
    *,
    weight: Literal["logrank", "peto"] = "logrank",
    levels: list[Any] | None = None,
    entry: ArrayLike | None = None,
) -> Logrank:
    """Test that groups share one survival curve.

    Parameters
    ----------
    time, event : arrays of shape (n,)
        Follow-up times and 1 = event, 0 = censored; rows with a missing value are left out.
    group : array of shape (n,)
        Any labels; None or NaN = missing.
    strata : array of shape (n,), optional
        Labels within which observed and expected events are compared before they are summed.
    weight : {"logrank", "peto"}
        "peto" weighs each event time by the pooled Kaplan-Meier estimate just before it
        (Peto and Peto 1972; R: ``rho = 1``).
    levels : list, optional
        Order of the groups; by default sorted.
    entry : array of shape (n,), optional
        A row is at risk at t where entry < t <= time: left truncation, or one of several parts of a
        patient's follow-up in different groups.

    Returns
    -------
    Logrank
        With fewer than two groups at risk, or no events, chi2 and p are NaN and the note says why.

    Notes
    -----
    Hypergeometric variance. R: ``survdiff(Surv(time, event) ~ group + strata(strata))``.
    """
    if weight not in ("logrank", "peto"):
        raise ValueError(f"weight must be 'logrank' or 'peto', not {weight!r}")
    time, event, group, strata, entry, kept = _complete(time, event, group, strata, entry)
    levels = sorted(set(group.tolist())) if levels is None else list(levels)
    position = {level: i for i, level in enumerate(levels)}
    code = np.array([position[value] for value in group.tolist()], dtype=int)
    size = len(levels)
    observed, expected = np.zeros(size), np.zeros(size)
    variance = np.zeros((size, size))
    for rows in _strata_rows(strata, time.size):
        late = None if entry is None else entry[rows]
        pieces = _one_stratum(time[rows], event[rows], code[rows], size, weight, late)
        observed, expected, variance = (
            total + piece
            for total, piece in zip((observed, expected, variance), pieces, strict=True)
        )
    chi2, df, note = _quadratic_form(observed, expected, variance)
    p = float(chdtrc(df, chi2)) if df else np.nan
    n = np.bincount(code, minlength=size).astype(float)
    if not event.any():
        note = "no events: the test is not defined"
    note = join_notes(left_out_note(kept), note)
    return Logrank(chi2, df, p, levels, n, observed, expected, variance, note)


def _complete(time, event, group, strata, entry=None):
    """Keep the rows without a missing time, event, group, stratum or entry."""
    group = np.asarray(group, dtype=object)
    present = ~is_missing(group)
    if strata is not None:
        strata = np.asarray(strata, dtype=object)
        present &= ~is_missing(strata)
    if entry is None:
        time, event, _, kept = survival_arrays(time, event)
    else:
        entry, time, event, _, kept = counting_arrays(entry, time, event)
    # times were tidied over all rows with a time, as R does before it drops a group
    both = present[kept]
    rows = np.flatnonzero(kept)[both]
    mask = np.zeros(kept.size, dtype=bool)
    mask[rows] = True
    strata = None if strata is None else strata[rows]
    entry = None if entry is None else entry[both]
    return time[both], event[both], group[rows], strata, entry, mask


def _strata_rows(strata, size: int) -> list[np.ndarray]:
    """Row indices of each stratum."""
    if strata is None:
        return [np.arange(size)]
    # as text: labels of several types have no order
    labels = np.unique(strata.astype(str), return_inverse=True)[1]
    return [np.flatnonzero(labels == label) for label in range(labels.max() + 1 if size else 0)]


def _one_stratum(time, event, code, size: int, weight: str, entry=None
                 ) -> tuple[Array, Array, Array]:  # fmt: skip
    """Weighted observed and expected events and their covariance in one stratum."""
    distinct, at = np.unique(time, return_inverse=True)
    shape = (distinct.size, size)
    here = np.bincount(at * size + code, minlength=shape[0] * size).reshape(shape)
    deaths = np.bincount((at * size + code)[event], minlength=shape[0] * size).reshape(shape)
    at_risk = np.cumsum(here[::-1], axis=0)[::-1].astype(float)
    if entry is not None:
        for group in range(size):  # those who are still to come at each time
            came = np.sort(entry[code == group])
            at_risk[:, group] -= came.size - np.searchsorted(came, distinct, side="left")
    n, d = at_risk.sum(axis=1), deaths.sum(axis=1).astype(float)
    w = np.ones(shape[0])
    if weight == "peto":
        # just before each time: a weight must be known before the event that it weighs
        w = np.r_[1.0, np.cumprod(1 - d / np.maximum(n, 1))[:-1]] if n.size else w
    keep = d > 0
    at_risk, deaths, n, d, w = at_risk[keep], deaths[keep], n[keep], d[keep], w[keep]
    # (n - d) / (n - 1) makes the variance hypergeometric: it is what tells this test, where there
    # are ties, from the score test of a Cox model with Breslow's
    share = at_risk / n[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        # the last patient at risk has the event for sure: no variance
        factor = np.where(n > 1, w**2 * d * (n - d) / (n - 1), 0.0)
    variance = np.diag(factor @ share) - (share * factor[:, None]).T @ share
    return w @ deaths, (w * d) @ share, variance


def _quadratic_form(observed, expected, variance) -> tuple[float, int, str]:
    """(O - E)' V^- (O - E) over the groups that were ever at risk of an event."""
    # a group that was never at risk at an event tells nothing, and R's ``survdiff`` does not give
    # it a degree of freedom either
    used = expected > 0
    if used.sum() < 2:
        return np.nan, 0, "fewer than two groups at risk at an event time: the test is not defined"
    # the differences sum to zero: leave one group out
    keep = np.flatnonzero(used)[1:]
    gap, cov = (observed - expected)[keep], variance[np.ix_(keep, keep)]
    # singular is judged on the scale of a correlation: a group of few has a small variance, no zero
    scale = np.sqrt(np.diag(cov))
    if (scale <= 0).any() or np.linalg.matrix_rank(cov / np.outer(scale, scale)) < keep.size:
        return np.nan, 0, "the variance is singular: the test is not defined"
    return float(gap @ np.linalg.solve(cov, gap)), int(keep.size), ""

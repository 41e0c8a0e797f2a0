"""Harrell's concordance of a risk score with survival, and its standard error."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .times import Array, survival_arrays

_PAIRWISE = 1_500
"""Rows up to which all pairs are compared at once."""
_MOST_COMPARED, _AT_ONCE = 200_000_000, 2_000_000
"""Pairs of an event and a row that are compared at all, and at once, where rows have entries."""


class Concordance(NamedTuple):
    """Share of comparable pairs in which the higher risk fails first; ties in risk count half."""

    c: float
    std_err: float


def concordance(
    time: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> Concordance:
    """Concordance of a risk score (higher = earlier event) with right-censored survival.

    A pair is comparable when the earlier time is an event; at the same time, an event precedes a
    censoring, and two events are not compared.

    Parameters
    ----------
    time, event, risk : arrays of shape (n,)
    weights : array of shape (n,), optional
    strata : integer array of shape (n,), optional
        Pairs are formed within strata.

    Returns
    -------
    Concordance
        NaN when no pair is comparable. The standard error is the infinitesimal jackknife's (R:
        ``concordance``, and what ``summary(coxph)`` prints).
    """
    time, event, weights, kept = survival_arrays(time, event, weights)
    risk = np.asarray(risk, dtype=float)[kept]
    # ranks of whole numbers; scores are tied only if equal, as in R
    risk = np.unique(risk, return_inverse=True)[1].astype(np.int32)
    weights = np.broadcast_to(1.0, time.size) if weights is None else weights
    labels = np.zeros(min(1, time.size)) if strata is None else np.asarray(strata)[kept]
    gain, pairs = np.zeros(time.size), np.zeros(time.size)
    for label in np.unique(labels):
        rows = slice(None) if strata is None else labels == label
        counts = _pairwise if time[rows].size <= _PAIRWISE else _by_partition
        gain[rows], pairs[rows] = counts(time[rows], event[rows], risk[rows], weights[rows])
    return _summed(gain, pairs, weights)


def _pairwise(time, event, risk, weights) -> tuple[Array, Array]:
    """Concordant minus discordant, and comparable, partners of each row: all pairs at once."""
    later = (time[None, :] > time[:, None]) | ((time[None, :] == time[:, None]) & ~event[None, :])
    comparable = event[:, None] & later
    sign = np.sign(risk[:, None] - risk[None, :]) * comparable
    gain = sign @ weights + weights @ sign
    return gain, comparable @ weights + weights @ comparable


def _by_partition(time, event, risk, weights) -> tuple[Array, Array]:
    """The same in n log n, by counting earlier rows of lower risk."""
    down, up = (np.lexsort((key, ~event, time)).astype(np.int32) for key in (-risk, risk))
    gain, source = np.zeros(time.size), weights * event
    # the partners of lower risk, then those of higher, which have lower ranks when turned round;
    # tied events come in falling order of the rank, so that none precedes one that is higher
    for rank, order, back, sign in (
        (risk, down, up[::-1], 1.0),
        (risk.max() - risk, up, down[::-1], -1.0),
    ):
        gain[order] -= sign * _lower_before(rank[order], source[order])
        gain[back] += sign * _lower_before(rank[back], weights[back]) * event[back]
    first, group = np.unique(time, return_inverse=True)
    dies = np.bincount(group, source, first.size)
    alive = np.cumsum(np.bincount(group, weights, first.size)[::-1])[::-1]
    before = np.cumsum(dies)[group] - event * dies[group]
    return gain, before + event * (alive - dies)[group]


def _lower_before(rank: Array, weight: Array) -> Array:
    """For each row in order, the weight of earlier rows with a lower rank (a whole number).

    Ranks are split bit by bit from the top, rows staying in order within each half: a row with the
    bit set has all earlier rows of its half without it below.
    """
    total = np.zeros(rank.size)
    order = np.arange(rank.size, dtype=np.int32)
    places = order.copy()
    for bit in range(max(int(rank.max()), 1).bit_length() - 1, -1, -1):
        value = rank[order]
        low = (value >> bit) & 1 == 0
        value >>= bit + 1
        starts = np.flatnonzero(np.r_[True, np.diff(value) != 0]).astype(np.int32)
        sizes = np.diff(np.r_[starts, np.int32(rank.size)])
        del value  # of a registry every array counts
        running = np.cumsum(np.where(low, weight[order], 0.0))
        running -= np.repeat(np.r_[0.0, running[starts[1:] - 1]], sizes)
        high = ~low
        total[order[high]] += running[high]
        del running
        # a stable partition of each node: rows of the lower half first
        lower = np.cumsum(low, dtype=np.int32)
        ends = lower[np.r_[starts[1:] - 1, rank.size - 1]]
        # one of the upper half passes the lower ones behind it, one of the lower moves up by the
        # upper ones before it
        to = np.where(
            low,
            lower - 1 + np.repeat(starts - np.r_[np.int32(0), ends[:-1]], sizes),
            places + np.repeat(ends, sizes) - lower,
        )
        moved = np.empty_like(order)
        moved[to] = order
        order = moved
    return total


def concordance_entry(entry, time, event, risk, weights, strata=None) -> Concordance:
    """Concordance of rows with entries: an event is compared with those at risk at its time.

    Parameters
    ----------
    entry, time, event, risk, weights : arrays of shape (n,)
        Tidied, as a Cox fit holds them.
    strata : array of shape (n,), optional

    Returns
    -------
    Concordance
        NaN where events times rows are too many to be compared one by one.
    """
    if event.sum() * time.size > _MOST_COMPARED:
        return Concordance(np.nan, np.nan)
    gain, pairs = np.zeros(time.size), np.zeros(time.size)
    step = max(1, _AT_ONCE // max(time.size, 1))
    dies = np.flatnonzero(event)
    for start in range(0, dies.size, step):
        i = dies[start : start + step]
        t = time[i, None]
        at_risk = (entry < t) & ((time > t) | ((time == t) & ~event))
        if strata is not None:
            at_risk &= strata == strata[i, None]
        sign = np.sign(risk[i, None] - risk) * at_risk
        gain[i] += sign @ weights
        pairs[i] += at_risk @ weights
        gain += weights[i] @ sign
        pairs += weights[i] @ at_risk
    return _summed(gain, pairs, weights)


def _summed(gain: Array, pairs: Array, weights: Array) -> Concordance:
    """Concordance from each row's partners, every pair counted once from each side."""
    total = (weights * pairs).sum() / 2
    if total <= 0:
        return Concordance(np.nan, np.nan)
    difference = (weights * gain).sum() / 2 / total
    influence = weights * (gain - difference * pairs) / (2 * total)
    return Concordance(float((1 + difference) / 2), float(np.sqrt((influence**2).sum())))

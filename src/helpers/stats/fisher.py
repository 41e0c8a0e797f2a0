"""Exact enumeration of the r x c tables with given margins, for Fisher's test.

The columns are filled one by one, as in the network of Mehta and Patel (J Am Stat Assoc 1983;
78:427-434): a node is what the columns filled so far took from the row sums, and partial tables
that reach one node with one probability are one. A partial table is settled as soon as all of
its completions are no more likely than the observed table, or all are more likely. The last
columns are filled on their own, and the two parts are joined by sorted probabilities.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

TIE = math.log1p(1e-7)  # tables this close in probability are equally likely, as in R
GRAIN = 1e-10  # log-probabilities closer than this are merged: far below the tie tolerance
LAST_PART = 2_000_000  # at most so many fillings of the columns that are filled on their own
BLOCK = 1_000_000  # partial tables expanded at a time, to bound memory
BOUND_WORK = 60_000_000  # bounds are worth having up to this many operations a column

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class _TooManyTablesError(Exception):
    """The enumeration outgrew its limit."""


@dataclass(frozen=True)
class _Partial:
    """Partial tables: row sums of the columns filled, log of prod 1/x!, how many of them."""

    sums: Ints
    log_weight: Floats
    number: Floats


@dataclass
class _Settler:
    """Takes out the partial tables that need no more filling, and keeps the mass that counts.

    `low` and `high` bound the log weight of the columns from each one on, indexed by all row
    sums to be met but the last, which the column totals settle.
    """

    rows: Ints
    columns: Ints
    low: list[Floats]
    high: list[Floats]
    limit: float
    log_mass: list[float] = field(default_factory=list)

    def __call__(self, stage: int, block: _Partial) -> _Partial:
        """Settle what can be after `stage` columns; give what is still open."""
        at = tuple((self.rows - block.sums)[:, :-1].T)
        counted = block.log_weight + self.high[stage][at] <= self.limit
        dropped = block.log_weight + self.low[stage][at] > self.limit
        if counted.any():
            done = _take(block, counted)
            logs = done.log_weight + np.log(done.number)
            logs = logs + _log_completions(self.rows - done.sums, self.columns[stage:])
            self.log_mass.append(float(logsumexp(logs)))
        return _take(block, ~(counted | dropped))


def fisher_p(counts: Ints, max_work: int) -> float:
    """Give Fisher's two-sided P of a table without empty rows or columns (NaN if infeasible)."""
    table = counts if counts.shape[0] <= counts.shape[1] else counts.T
    rows, columns = np.sort(table.sum(axis=1)), np.sort(table.sum(axis=0))[::-1]
    limit = -float(gammaln(table + 1).sum()) + TIE
    if any(_fillings(int(total), rows) > max_work for total in columns):
        return math.nan
    ways = [_compositions(int(total), rows) for total in columns]
    cut = _cut([len(way) for way in ways])
    settle = _settler(ways, columns, rows, limit)
    try:
        first = _fill(ways[:cut], rows, max_work, settle)
        last = _fill(ways[cut:], rows, max_work)
    except _TooManyTablesError:
        return math.nan
    logs = [*(settle.log_mass if settle else []), *_join(first, last, rows, limit)]
    whole = _log_completions(rows[None, :], columns)[0]
    return min(1.0, float(np.exp(logsumexp(logs) - whole)))


def _fillings(total: int, rows: Ints) -> int:
    """Give an upper bound of the ways to fill one column."""
    return math.prod(min(total, int(most)) + 1 for most in rows[:-1])


def _log_completions(left: Ints, columns: Ints) -> Floats:
    """Give log of the sum of prod 1/x! over all tables with these row sums and columns."""
    return gammaln(columns.sum() + 1) - gammaln(left + 1).sum(axis=1) - gammaln(columns + 1).sum()


def _compositions(total: int, rows: Ints) -> Ints:
    """List the ways to spread one column's total over the rows, none above its row's sum."""
    parts = np.zeros((1, 0), dtype=np.int64)
    for i, most in enumerate(rows[:-1]):
        left = total - parts.sum(axis=1)
        low = np.maximum(0, left - int(rows[i + 1 :].sum()))
        size = np.minimum(most, left) - low + 1
        start = np.repeat(np.cumsum(size) - size, size)
        value = np.arange(size.sum()) - start + np.repeat(low, size)
        parts = np.column_stack([np.repeat(parts, size, axis=0), value])
    return np.column_stack([parts, total - parts.sum(axis=1)])


def _cut(sizes: list[int]) -> int:
    """Give the first of the columns that are filled on their own; at least one is."""
    cut, fillings = len(sizes) - 1, sizes[-1]
    while cut > 1 and fillings * sizes[cut - 1] <= LAST_PART:
        cut -= 1
        fillings *= sizes[cut]
    return cut


def _weights(ways: Ints) -> Floats:
    """Give the log of prod 1/x! of each filling of a column."""
    return -gammaln(ways + 1).sum(axis=1)


def _settler(ways: list[Ints], columns: Ints, rows: Ints, limit: float) -> _Settler | None:
    """Bound what the columns still to be filled can weigh (None where that costs too much)."""
    shape = tuple(int(most) + 1 for most in rows[:-1])
    if math.prod(shape) * sum(map(len, ways)) > BOUND_WORK:
        return None
    low, high = [np.full(shape, math.inf)], [np.full(shape, -math.inf)]
    low[0][(0,) * len(shape)] = high[0][(0,) * len(shape)] = 0.0
    for way in reversed(ways):
        least, most = np.full(shape, math.inf), np.full(shape, -math.inf)
        for filling, weight in zip(way[:, :-1], _weights(way), strict=True):
            to = tuple(slice(int(x), None) for x in filling)
            of = tuple(slice(None, size - int(x)) for x, size in zip(filling, shape, strict=True))
            np.minimum(least[to], low[0][of] + weight, out=least[to])
            np.maximum(most[to], high[0][of] + weight, out=most[to])
        low.insert(0, least)
        high.insert(0, most)
    return _Settler(rows, columns, low, high, limit)


def _fill(ways: list[Ints], rows: Ints, max_work: int, settle: _Settler | None = None) -> _Partial:
    """Fill columns in every way the row sums allow, leaving out what is settled on the way."""
    now = _Partial(np.zeros((1, len(rows)), dtype=np.int64), np.zeros(1), np.ones(1))
    work = 0
    for stage, way in enumerate(ways, start=1):
        work += len(way) * len(now.number)
        if work > max_work:
            raise _TooManyTablesError
        step = max(1, BLOCK // len(way))
        blocks = []
        for begin in range(0, max(1, len(now.number)), step):
            block = _expanded(_take(now, slice(begin, begin + step)), way, rows)
            blocks.append(_merged(settle(stage, block) if settle else block, rows))
        now = _merged(_stacked(blocks), rows)
    return now


def _take(partial: _Partial, which: NDArray[np.bool_] | slice | Ints) -> _Partial:
    """Keep some of the partial tables."""
    return _Partial(partial.sums[which], partial.log_weight[which], partial.number[which])


def _stacked(blocks: list[_Partial]) -> _Partial:
    """Put blocks of partial tables together."""
    return _Partial(
        np.concatenate([block.sums for block in blocks]),
        np.concatenate([block.log_weight for block in blocks]),
        np.concatenate([block.number for block in blocks]),
    )


def _expanded(partial: _Partial, way: Ints, rows: Ints) -> _Partial:
    """Add one column to partial tables in each of its ways that leaves no row too full."""
    sums = (partial.sums[:, None, :] + way[None, :, :]).reshape(-1, len(rows))
    log_weight = (partial.log_weight[:, None] + _weights(way)[None, :]).ravel()
    number = np.repeat(partial.number, len(way))
    return _take(_Partial(sums, log_weight, number), (sums <= rows).all(axis=1))


def _nodes(sums: Ints, rows: Ints) -> Ints:
    """Write all but the last of the row sums as one integer (the last follows from the total)."""
    base = np.concatenate([[1], np.cumprod(rows[:-2] + 1)]) if len(rows) > 1 else np.array([1])
    return sums[..., : len(rows) - 1] @ base


def _merged(partial: _Partial, rows: Ints) -> _Partial:
    """Make one of the partial tables with the same row sums and the same probability.

    They come out sorted by node, and within a node by probability.
    """
    if len(partial.number) == 0:
        return partial
    node = _nodes(partial.sums, rows)
    order = np.lexsort((partial.log_weight, node))
    node, ordered = node[order], _take(partial, order)
    new = np.ones(len(node), dtype=bool)
    new[1:] = (np.diff(node) != 0) | (np.diff(ordered.log_weight) > GRAIN)
    start = np.flatnonzero(new)
    number = np.add.reduceat(ordered.number, start)
    return _Partial(ordered.sums[start], ordered.log_weight[start], number)


def _join(first: _Partial, last: _Partial, rows: Ints, limit: float) -> list[float]:
    """Give log masses of the whole tables, made of both parts, that weigh at most `limit`."""
    nodes, start, size = np.unique(_nodes(last.sums, rows), return_index=True, return_counts=True)
    where = dict(zip(nodes.tolist(), zip(start, start + size, strict=True), strict=True))
    wanted = _nodes(rows - first.sums, rows)
    cuts = np.flatnonzero(np.diff(wanted)) + 1
    logs: list[float] = []
    for begin, end in zip([0, *cuts], [*cuts, len(wanted)], strict=True):
        found = where.get(int(wanted[begin])) if end > begin else None
        if found is None:
            continue
        weight, here = last.log_weight[slice(*found)], first.log_weight[begin:end]
        masses = last.number[slice(*found)] * np.exp(weight - weight[-1])
        log_mass = weight[-1] + np.log(np.cumsum(masses))
        count = np.searchsorted(weight, limit - here, side="right")
        some = count > 0
        logs.extend((here + np.log(first.number[begin:end]))[some] + log_mass[count[some] - 1])
    return logs

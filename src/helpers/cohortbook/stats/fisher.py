"""Exact enumeration of the r x c tables with given margins, for Fisher's test.

The columns are filled one by one, as in the network of Mehta and Patel (J Am Stat Assoc 1983;
78:427-434): a node is what the columns filled so far took from the row sums, and partial tables
that reach one node with one probability are one. A partial table is settled as soon as all of
its completions are no more likely than the observed table, or all are more likely. Columns are
filled from both ends, always at the end where that is less work, and what is still open where the
two ends meet is joined by sorted probabilities: half as deep, either end has far fewer tables.

The weight of a column is its multinomial probability given the shares of the rows. Weights of
tables with the same margins differ from their hypergeometric probabilities by one factor, and
sums of them stay within what floating point can hold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import hypergeom

ROUNDED = 1e-12  # a sum this near to one is one
TIE = math.log1p(1e-7)  # tables this close in probability are equally likely, as in R
GRAIN = 1e-10  # log-probabilities closer than this are merged: far below the tie tolerance
BLOCK = 400_000  # partial tables expanded at a time, to bound memory
MOST_OPEN = 3_000_000  # partial tables kept of each end: about 75 MB
MOST_NODES = 2_500_000  # so many nodes have a place in the tables of bounds
BOUND_WORK = 300_000_000  # bounds are worth having up to this many operations

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class _TooManyTablesError(Exception):
    """The enumeration outgrew its limit."""


@dataclass(frozen=True)
class _Margins:
    """Row sums, and how a node (row sums of some columns but the last row's) is one integer.

    Each digit has room for twice its row's sum, so that an overfull row has a place of its own.
    """

    rows: Ints
    log_share: Floats
    limit: float

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values the filled part of each row but the last can have."""
        return tuple(int(most) + 1 for most in self.rows[:-1])

    @property
    def padded(self) -> tuple[int, ...]:
        return tuple(2 * int(most) + 1 for most in self.rows[:-1])

    def node(self, sums: Ints) -> Ints:
        """Write row sums, shape (n, rows), as nodes."""
        base = np.cumprod([1, *self.padded[:0:-1]])[::-1]
        return sums[:, :-1] @ base

    @property
    def full(self) -> int:
        return int(self.node(self.rows[None, :])[0])

    def by_node(self, values: Floats, outside: float) -> Floats:
        """Spread a table over what is left of the rows to one over what was filled."""
        found = np.full(self.padded, outside)
        found[tuple(slice(0, size) for size in self.shape)] = np.flip(values)
        return found.ravel()


@dataclass(frozen=True)
class _Column:
    """The ways to fill a column: the codes added to a node, and their log weights."""

    ways: Ints
    code: Ints
    log_weight: Floats


@dataclass
class _End:
    """What is known of the columns filled from one end.

    Partial tables that are still open: node, log weight, how many. `settled` is the mass of those
    that count whatever follows, by node; `counted` the mass of all whole tables made of them, which
    is kept at one end only.
    """

    node: Ints
    log_weight: Floats
    number: Floats
    settled: Floats | None
    counted: float = 0.0
    done: int = 0
    filled: int = 0


def fisher_p(counts: Ints, max_work: int) -> float:
    """Give Fisher's two-sided P of a table without empty rows or columns (NaN if infeasible)."""
    if counts.shape == (2, 2):
        return _two_by_two(counts)
    # nodes multiply with the rows: the shorter side are the rows
    table = counts if counts.shape[0] <= counts.shape[1] else counts.T
    # the largest row last, where a node does not have to write it
    rows, totals = np.sort(table.sum(axis=1)), np.sort(table.sum(axis=0))[::-1]
    share = np.log(table.sum(axis=1) / table.sum())
    observed = sum(_log_multinomial(column[None, :], share)[0] for column in table.T)
    margins = _Margins(rows, np.log(rows / rows.sum()), float(observed) + TIE)
    if math.prod(margins.padded) > MOST_NODES:
        return math.nan
    if any(_fillings(int(total), rows) > BLOCK for total in totals):
        return math.nan
    columns = [_column(int(total), margins) for total in totals]
    try:
        first, last = _fill(columns, margins, max_work)
    except _TooManyTablesError:
        return math.nan
    whole = math.exp(_log_multinomial(rows[None, :], margins.log_share)[0])
    found = (first.counted + _join(first, last, margins)) / whole
    return 1.0 if found > 1 - ROUNDED else found


def _two_by_two(counts: Ints) -> float:
    """Sum what is no more likely than a table that its first cell alone decides."""
    whole, row, column = int(counts.sum()), int(counts[0].sum()), int(counts[:, 0].sum())
    cells = np.arange(max(0, row + column - whole), min(row, column) + 1)
    # logarithms: in a large table the probabilities may be 0 where they are compared
    log_p = hypergeom.logpmf(cells, whole, row, column)
    counted = log_p <= log_p[int(counts[0, 0]) - cells[0]] + TIE
    return 1.0 if counted.all() else float(np.exp(log_p[counted]).sum())


def _log_multinomial(counts: Ints, log_share: Floats) -> Floats:
    """Give the log multinomial probability of each row of counts."""
    return gammaln(counts.sum(axis=1) + 1) + counts @ log_share - gammaln(counts + 1).sum(axis=1)


def _fillings(total: int, rows: Ints) -> int:
    """Give an upper bound of the ways to fill one column."""
    return math.prod(min(total, int(most)) + 1 for most in rows[:-1])


def _column(total: int, margins: _Margins) -> _Column:
    ways = _compositions(total, margins.rows)
    return _Column(ways, margins.node(ways), _log_multinomial(ways, margins.log_share))


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


def _fill(columns: list[_Column], margins: _Margins, max_work: int) -> tuple[_End, _End]:
    """Fill the columns from both ends until all are filled."""
    size = math.prod(margins.padded)
    ahead, behind = _bounds(columns, margins), _bounds(columns[::-1], margins)
    first = _End(*_nothing_filled(), None)
    last = _End(*_nothing_filled(), np.zeros(size))
    work, left = 0, list(range(len(columns)))
    while left:
        costs = [len(end.node) * len(columns[at].code)
                 for end, at in ((first, left[0]), (last, left[-1]))]  # fmt: skip
        work += min(costs)
        if work > max_work:
            raise _TooManyTablesError
        if costs[0] <= costs[1]:
            at = left.pop(0)
            first = _expanded(first, columns[at], margins, *ahead[first.done + 1])
        else:
            at = left.pop()
            last = _expanded(last, columns[at], margins, *behind[last.done + 1])
    return first, last


def _nothing_filled() -> tuple[Ints, Floats, Floats]:
    return np.zeros(1, dtype=np.int64), np.zeros(1), np.ones(1)


def _bounds(columns: list[_Column], margins: _Margins) -> list[tuple[Floats, Floats]]:
    """Bound, by node, what the columns from each one on can weigh: least and most.

    Where that costs too much, each row is bounded on its own, and nothing is known of the least.
    """
    shape = margins.shape
    if math.prod(shape) * sum(len(column.code) for column in columns) > BOUND_WORK:
        return [_rows_apart(columns[done:], margins) for done in range(len(columns) + 1)]
    low, high = np.full(shape, math.inf), np.full(shape, -math.inf)
    low[(0,) * len(shape)] = high[(0,) * len(shape)] = 0.0
    found = [(low, high)]
    for column in reversed(columns):
        least, most = np.full(shape, math.inf), np.full(shape, -math.inf)
        for filling, weight in zip(column.ways[:, :-1], column.log_weight, strict=True):
            to = tuple(slice(int(x), None) for x in filling)
            of = tuple(slice(None, size - int(x)) for x, size in zip(filling, shape, strict=True))
            np.minimum(least[to], low[of] + weight, out=least[to])
            np.maximum(most[to], high[of] + weight, out=most[to])
        low, high = least, most
        found.insert(0, (low, high))
    # nothing can be made of a node that cannot be completed: it is dropped, and never counted
    return [(margins.by_node(low, math.inf),
             margins.by_node(np.where(np.isinf(high), math.inf, high), math.inf))
            for low, high in found]  # fmt: skip


def _rows_apart(columns: list[_Column], margins: _Margins) -> tuple[Floats, Floats]:
    """Bound what columns can weigh, by node, from the best filling of each row alone.

    The columns' totals are not kept but priced: a patient in a column costs the log of its share.
    """
    totals = np.array([int(column.ways[0].sum()) for column in columns])
    whole = int(totals.sum())
    price = np.log(totals / whole) if whole else np.zeros(0)
    paid = float((gammaln(totals + 1) - totals * price).sum())
    best = [_best_of_row(int(most), price) + np.arange(int(most) + 1) * share
            for most, share in zip(margins.rows, margins.log_share, strict=True)]  # fmt: skip
    digits = np.stack(np.meshgrid(*map(np.arange, margins.shape), indexing="ij"), axis=-1)
    rest = whole - digits.sum(axis=-1)
    possible = (rest >= 0) & (rest <= margins.rows[-1])
    most = paid + best[-1][np.where(possible, rest, 0)]
    for i, row in enumerate(best[:-1]):
        most = most + row[digits[..., i]]
    high = margins.by_node(np.where(possible, most, math.inf), math.inf)
    low = margins.by_node(np.where(possible, -math.inf, math.inf), math.inf)
    return low, high


def _best_of_row(most: int, price: Floats) -> Floats:
    """Give the largest sum of x * price - log x! over all x that sum to 0, 1, ..., `most`."""
    best = np.full(most + 1, -math.inf)
    best[0] = 0.0
    filled = np.zeros(len(price))
    for total in range(1, most + 1 if len(price) else 0):
        # the terms are concave: what is best to add next is best of all
        gain = price - np.log(filled + 1)
        at = int(np.argmax(gain))
        best[total] = best[total - 1] + gain[at]
        filled[at] += 1
    return best


def _expanded(end: _End, column: _Column, margins: _Margins, least: Floats, most: Floats) -> _End:
    """Fill one more column in every way; take out what is settled, and keep its mass."""
    after = _End(
        *_nothing_filled(),
        _filled(end.settled, column, margins),
        end.counted,
        end.done + 1,
        end.filled + int(column.ways[0].sum()),
    )
    step = max(1, BLOCK // len(column.code))
    nodes, weights, numbers = ([part[:0]] for part in (end.node, end.log_weight, end.number))
    kept = 0
    left = int(margins.rows.sum()) - after.filled
    completions = _log_completions(margins, left) if end.settled is None else None
    for begin in range(0, len(end.node), step):
        part = slice(begin, begin + step)
        node = (end.node[part, None] + column.code).ravel()
        log_weight = (end.log_weight[part, None] + column.log_weight).ravel()
        counts = log_weight + most[node] <= margins.limit
        counted = np.flatnonzero(counts)
        if len(counted):
            where, mass = node[counted], end.number[begin + counted // len(column.code)]
            if completions is not None:
                # whatever follows counts, so all completions are added at once by their known sum
                after.counted += float(mass @ np.exp(log_weight[counted] + completions[where]))
            else:
                mass = mass * np.exp(log_weight[counted])
                after.settled += np.bincount(where, mass, minlength=len(after.settled))
        left_open = np.flatnonzero(~counts)
        possible = log_weight[left_open] + least[node[left_open]] <= margins.limit
        left_open = left_open[possible]
        nodes.append(node[left_open])
        weights.append(log_weight[left_open])
        numbers.append(end.number[begin + left_open // len(column.code)])
        kept += len(left_open)
        if kept > MOST_OPEN:
            raise _TooManyTablesError
    after.node, after.log_weight, after.number = _merged(
        np.concatenate(nodes), np.concatenate(weights), np.concatenate(numbers)
    )
    return after


def _filled(settled: Floats | None, column: _Column, margins: _Margins) -> Floats | None:
    """Carry the mass that counts whatever follows through one more column."""
    if settled is None:
        return None
    after = np.zeros(len(settled))
    if not settled.any():
        return after
    inside = tuple(slice(0, size) for size in margins.shape)
    before, grid = settled.reshape(margins.padded), after.reshape(margins.padded)
    for filling, weight in zip(column.ways[:, :-1], column.log_weight, strict=True):
        to = tuple(slice(int(x), size) for x, size in zip(filling, margins.shape, strict=True))
        of = tuple(slice(0, size - int(x)) for x, size in zip(filling, margins.shape, strict=True))
        grid[inside][to] += before[inside][of] * math.exp(weight)
    return after


def _log_completions(margins: _Margins, left: int) -> Floats:
    """Give, by node, the log weight of all ways together to fill what is left, `left` patients."""
    digits = [np.arange(size) for size in margins.shape]
    parts = np.stack(np.meshgrid(*digits, indexing="ij"), axis=-1).reshape(-1, len(digits))
    rest = left - parts.sum(axis=1)
    possible = (rest >= 0) & (rest <= margins.rows[-1])
    found = np.full(len(parts), -math.inf)
    counts = np.column_stack([parts, rest])[possible]
    found[possible] = _log_multinomial(counts, margins.log_share)
    return margins.by_node(found.reshape(margins.shape), -math.inf)


def _merged(node: Ints, log_weight: Floats, number: Floats) -> tuple[Ints, Floats, Floats]:
    """Make one of the partial tables with the same node and the same probability.

    They come out sorted by node, and within a node by probability.
    """
    if len(node) == 0:
        return node, log_weight, number
    order = np.lexsort((log_weight, node))
    node, log_weight, number = node[order], log_weight[order], number[order]
    new = np.ones(len(node), dtype=bool)
    new[1:] = (np.diff(node) != 0) | (np.diff(log_weight) > GRAIN)
    start = np.flatnonzero(new)
    return node[start], log_weight[start], np.add.reduceat(number, start)


def _join(first: _End, last: _End, margins: _Margins) -> float:
    """Give the mass of the whole tables, made of open ones of `first`, that count."""
    nodes, start, size = np.unique(last.node, return_index=True, return_counts=True)
    where = dict(zip(nodes.tolist(), zip(start, start + size, strict=True), strict=True))
    cuts = np.flatnonzero(np.diff(first.node)) + 1
    found = 0.0
    for begin, end in zip([0, *cuts], [*cuts, len(first.node)], strict=True):
        if begin == end:
            continue
        wanted = margins.full - int(first.node[begin])
        here = first.log_weight[begin:end]
        mass = np.full(len(here), last.settled[wanted])
        if wanted in where:
            part = slice(*where[wanted])
            weight = last.log_weight[part]
            upto = np.concatenate([[0.0], np.cumsum(last.number[part] * np.exp(weight))])
            mass += upto[np.searchsorted(weight, margins.limit - here, side="right")]
        found += float((first.number[begin:end] * np.exp(here)) @ mass)
    return found

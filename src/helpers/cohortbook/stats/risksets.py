"""Sums over risk sets: the only thing a Cox likelihood asks of the data.

Three back ends answer the same five questions. `DenseRiskSets` turns them into matrix products for
many weightings of one small cohort at once, which grow with patients times event times;
`RunningRiskSets` takes running sums over many weightings of a larger one, and `SortedRiskSets` over
the sorted rows of a single fit of any size, in blocks: both grow with the patients alone. `r` is
always the weighted risk w * exp(x b), shape (B, n).
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise

import numpy as np

from .times import Array, are_small_integers

_BLOCK_ROWS, _FEW_ROWS = 16_384, 1_000
_THREAD_FREE = 250_000
_MOST_PAIRS = 1_000_000
"""Products of two covariates, patients x pairs, held for many weightings (8 bytes each)."""


class CoxRows:
    """Rows sorted by stratum and time, and the event times (one per stratum and distinct time).

    At the same time the events stand first. With `entry` (n,) a row is at risk from just after its
    entry to its time, and not before: left truncation, or a part of a patient's follow-up.
    """

    def __init__(self, time: Array, event: Array, strata: Array | None = None,
                 entry: Array | None = None):  # fmt: skip
        stratum = np.zeros(0, dtype=int) if strata is None else strata
        # events first among the rows of a time, so that sums over them are sums of slices
        self.order = _order(time, event) if strata is None else np.lexsort(
            (~event, time, stratum)
        )  # fmt: skip
        time, self.event = time[self.order], event[self.order]
        new = np.ones(time.size, dtype=bool)
        np.not_equal(time[1:], time[:-1], out=new[1:])
        if strata is not None:
            stratum = stratum[self.order]
            new[1:] |= np.diff(stratum) != 0
        self.starts = np.flatnonzero(new)
        # four bytes a row: there may be millions
        group = np.cumsum(new, dtype=np.int32)
        group -= 1
        self.group_stratum = stratum[self.starts] if strata is not None else None
        has_event = np.zeros(self.starts.size, dtype=bool)
        has_event[group[self.event]] = True
        self.event_groups = np.flatnonzero(has_event)
        self.times = time[self.starts]
        self.event_times = self.times[self.event_groups]
        self.event_rows = np.flatnonzero(self.event).astype(np.int32)
        self._number = np.cumsum(has_event, dtype=np.int32) - 1
        self.event_k = self._number[group[self.event_rows]]
        if strata is None:
            self.first_k = np.broadcast_to(0, group.size)
            self.stratum_slices = [slice(0, self.starts.size)]
            self.stratum_events = [slice(0, self.event_groups.size)]
            self.stratum_starts = np.zeros(1, dtype=int)
        else:
            edges = np.flatnonzero(np.r_[True, np.diff(self.group_stratum) != 0, True])
            self.stratum_slices = [slice(a, b) for a, b in pairwise(edges) if b > a]
            before = np.r_[0, np.cumsum(has_event)]
            first = np.empty(self.starts.size, dtype=int)
            number = np.empty(self.starts.size, dtype=int)
            for i, piece in enumerate(self.stratum_slices):
                first[piece], number[piece] = before[piece.start], i
            self.first_k, self.stratum = first[group], number[group]
            self.stratum_events = [
                slice(before[piece.start], before[piece.stop]) for piece in self.stratum_slices
            ]
            self.stratum_starts = self.starts[[piece.start for piece in self.stratum_slices]]
            # each stratum's running sum starts with a zero of its own
            self._place = self.last_k + 1 + self.stratum
        self.entry = None if entry is None else entry[self.order]
        if self.entry is not None:
            self._enter(strata is not None)

    def _enter(self, stratified: bool) -> None:
        """Let each row's first event time be the first after its entry."""
        first = np.empty(self.n, dtype=np.int64)
        ends = np.r_[self.stratum_starts[1:], self.n]
        for events, a, b in zip(self.stratum_events, self.stratum_starts, ends, strict=True):
            # "right": who enters at the time of an event is not at risk of it
            first[a:b] = events.start + np.searchsorted(
                self.event_times[events], self.entry[a:b], side="right"
            )
        self.first_k = first
        number = self.stratum if stratified else 0
        # places in the running sums, which hold a zero before each stratum's first event time
        self.left_place = self.last_k + 1 + number
        self.enter_place = first + number

    # A fit of very many rows with few times asks for neither of these two.
    @cached_property
    def group(self) -> Array:
        """Number of each row's time among all times: (n,)."""
        sizes = np.diff(self.starts, append=self.n)
        return np.repeat(np.arange(self.starts.size, dtype=np.int32), sizes)

    @cached_property
    def last_k(self) -> Array:
        """Position of each row among the event times: how many are <= its own, less one: (n,)."""
        return self._number[self.group]

    @cached_property
    def event_starts(self) -> Array:
        """Place of each event time's first event among the events: (K,)."""
        return np.searchsorted(self.event_k, np.arange(self.k))

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.event.size

    @property
    def k(self) -> int:
        """Number of event times."""
        return self.event_groups.size

    def events_sum(self, values: Array) -> Array:
        """Sum values of event rows, shape (B, events), per event time: (B, K)."""
        return np.add.reduceat(values, self.event_starts, axis=-1)

    def running(self, hazard: Array) -> Array:
        """Sum of the hazard steps (B, K) that each row lived through: (B, n).

        Summed afresh in each stratum: a difference of sums over all strata would lose the small
        hazards of one behind the large ones of another.
        """
        total = np.zeros((hazard.shape[0], hazard.shape[1] + len(self.stratum_slices)))
        for number, piece in enumerate(self.stratum_events):
            np.cumsum(
                hazard[:, piece], axis=1,
                out=total[:, piece.start + number + 1 : piece.stop + number + 1],
            )  # fmt: skip
        lived = self.last_k + 1 if self.group_stratum is None else self._place
        out = np.take(total, lived, axis=1)
        if self.entry is not None:
            out -= np.take(total, self.enter_place, axis=1)
        return out

    def present(self, values: Array) -> Array:
        """Sum values (n,) over those at risk at each event time, where rows have an entry: (K,)."""
        size = self.k + len(self.stratum_slices)
        change = np.bincount(self.left_place, values, size)
        change -= np.bincount(self.enter_place, values, size)
        out = np.empty(self.k)
        for number, piece in enumerate(self.stratum_events):
            part = change[piece.start + number + 1 : piece.stop + number + 1]
            out[piece] = np.cumsum(part[::-1])[::-1]
        return out


def _order(time: Array, event: Array) -> Array:
    """Give the order of the rows by time, events before censorings.

    Few distinct times make 16-bit keys, which are sorted by radix in a tenth of the time; of few
    rows the keys cost more than they save.
    """
    if time.size < _FEW_ROWS:
        return np.lexsort((~event, time)).astype(np.int32)
    if are_small_integers(time, 2**15):
        key = time.astype(np.uint16)
    else:
        distinct = np.unique(time)
        if distinct.size > 2**15:
            return np.lexsort((~event, time))
        key = np.searchsorted(distinct, time).astype(np.uint16)
    key *= 2
    key += ~event
    return np.argsort(key, kind="stable").astype(np.int32)


def product(a: Array, b: Array) -> Array:
    """a @ b for a tall a, in slices too small for BLAS to start threads.

    Such short products gain little from threads, and lose a lot when another process is busy.
    """
    height = max(1, _THREAD_FREE // max(1, b.size))
    whole = a.shape[0] // height * height
    if whole == 0:
        return a @ b
    out = np.empty((a.shape[0], b.shape[1]))
    slices = out[:whole].reshape(-1, height, b.shape[1])
    np.matmul(a[:whole].reshape(-1, height, a.shape[1]), b, out=slices)
    if whole < a.shape[0]:
        np.matmul(a[whole:], b, out=out[whole:])
    return out


class DenseRiskSets:
    """Risk-set sums as matrix products, for (B, n) risks of a small cohort."""

    def __init__(self, rows: CoxRows, x: Array):
        n, p, k = x.shape[0], x.shape[1], rows.k
        numbers = np.arange(k)
        # written out as 0 and 1, a risk set is a column: sums over all of them are one product
        at_risk = (numbers <= rows.last_k[:, None]) & (numbers >= rows.first_k[:, None])
        self.at_risk = at_risk.astype(float)
        self.lives = np.ascontiguousarray(self.at_risk.T)
        self.at_risk_x = (self.at_risk[:, :, None] * x[:, None, :]).reshape(n, k * p)
        dies = (rows.event_k[:, None] == numbers).astype(float)
        self.events_x = (dies[:, :, None] * x[rows.event_rows, None, :]).reshape(-1, k * p)
        # the information is symmetric: half of the products of two covariates do
        self.lower = np.tril_indices(p)
        self.pairs = x[:, self.lower[0]] * x[:, self.lower[1]]
        self.unpack = np.empty((p, p), dtype=int)
        self.unpack[self.lower] = self.unpack.T[self.lower] = np.arange(self.lower[0].size)
        self.p, self.rows, self.x = p, rows, x

    def totals(self, r: Array) -> Array:
        """Risk at each event time: (B, K)."""
        return product(r, self.at_risk)

    def lived(self, hazard: Array) -> Array:
        """Hazard steps that each row lived through: (B, n)."""
        return product(hazard, self.lives)

    def first_moments(self, r: Array) -> Array:
        """Sum of r x over each risk set: (B, K, p)."""
        return product(r, self.at_risk_x).reshape(r.shape[0], self.rows.k, self.p)

    def first_moments_events(self, r_events: Array) -> Array:
        """Sum of r x over the events at each event time: (B, K, p)."""
        moments = product(r_events, self.events_x)
        return moments.reshape(r_events.shape[0], self.rows.k, self.p)

    def cross(self, c: Array) -> Array:
        """X' diag(c) X for each weighting: (B, p, p)."""
        return np.take(product(c, self.pairs), self.unpack, axis=1)


class SortedRiskSets:
    """The same sums by cumulative sums over sorted rows, for one weighting of many rows."""

    def __init__(self, rows: CoxRows, x: Array):
        self.rows, self.x, self.p = rows, x, x.shape[1]
        self.ends = np.r_[rows.starts[1:], rows.n]

    def totals(self, r: Array) -> Array:
        """Risk at each event time: (B, K)."""
        if self.rows.entry is not None:
            return np.stack([self.rows.present(one) for one in r])
        sums = np.add.reduceat(r, self.rows.starts, axis=1)
        self._accumulate(sums, axis=1)
        return sums[:, self.rows.event_groups]

    def lived(self, hazard: Array) -> Array:
        """Hazard steps that each row lived through: (B, n)."""
        return self.rows.running(hazard)

    def first_moments(self, r: Array) -> Array:
        """Sum of r x over each risk set: (B, K, p)."""
        if self.rows.entry is not None:
            out = np.empty((r.shape[0], self.rows.k, self.p))
            for b, one in enumerate(r):
                for j, column in enumerate(self.x.T):
                    out[b, :, j] = self.rows.present(one * column)
            return out
        sums = np.stack([self._group_moments(one) for one in r])
        self._accumulate(sums, axis=1)
        return sums[:, self.rows.event_groups]

    def first_moments_events(self, r_events: Array) -> Array:
        """Sum of r x over the events at each event time: (B, K, p)."""
        rows = self.rows
        starts = rows.event_starts
        out = np.empty((r_events.shape[0], rows.k, self.p))
        if rows.event_rows.size > 64 * rows.k:
            # the events of a time stand together in x
            ends, at = np.r_[starts[1:], rows.event_rows.size], rows.starts[rows.event_groups]
            for k, (a, b, first) in enumerate(zip(starts, ends, at, strict=True)):
                out[:, k] = r_events[:, a:b] @ self.x[first : first + b - a]
            return out
        for j in range(self.p):
            column = self.x[rows.event_rows, j]
            out[:, :, j] = np.add.reduceat(r_events * column, starts, axis=1)
        return out

    def cross(self, c: Array) -> Array:
        """X' diag(c) X for each weighting: (B, p, p)."""
        # in blocks: a weighted copy of all covariates would double what a registry takes
        total = np.zeros((c.shape[0], self.p, self.p))
        for start in range(0, self.rows.n, _BLOCK_ROWS):
            block = self.x[start : start + _BLOCK_ROWS]
            for b in range(c.shape[0]):
                total[b] += (block * c[b, start : start + _BLOCK_ROWS, None]).T @ block
        return total

    def _group_moments(self, r: Array) -> Array:
        """Sum of r x over the rows of each distinct time: (groups, p)."""
        starts, ends = self.rows.starts, self.ends
        sums = np.empty((starts.size, self.p))
        if self.rows.n > 64 * starts.size:
            for g, (a, b) in enumerate(zip(starts, ends, strict=True)):
                sums[g] = r[a:b] @ self.x[a:b]
            return sums
        g = 0
        while g < starts.size:
            stop = max(g + 1, int(np.searchsorted(starts, starts[g] + _BLOCK_ROWS)))
            a, b = starts[g], ends[stop - 1]
            if stop == g + 1:
                sums[g] = r[a:b] @ self.x[a:b]
            else:
                sums[g:stop] = np.add.reduceat(r[a:b, None] * self.x[a:b], starts[g:stop] - a)
            g = stop
        return sums

    def _accumulate(self, sums: Array, axis: int) -> None:
        """Turn sums per distinct time into sums over risk sets, in place and within strata."""
        for piece in self.rows.stratum_slices:
            # stratum by stratum: a running sum over all would put one stratum's patients at risk
            # in another
            part = sums[:, piece][:, ::-1]
            np.cumsum(part, axis=axis, out=part)


class RunningRiskSets(SortedRiskSets):
    """The same sums for many weightings of one cohort without strata and entries, all at a time."""

    def __init__(self, rows: CoxRows, x: Array):
        super().__init__(rows, x)
        # from the last row to the first a running sum is that over a risk set
        self.backward = np.ascontiguousarray(x[::-1].T)
        self.places = rows.n - 1 - rows.starts[rows.event_groups]
        self.single = rows.event_rows.size == rows.k
        self.lower = np.tril_indices(self.p)
        self.pairs = None
        if rows.n * self.lower[0].size <= _MOST_PAIRS:
            self.pairs = x[:, self.lower[0]] * x[:, self.lower[1]]
        self.unpack = np.empty((self.p, self.p), dtype=int)
        self.unpack[self.lower] = self.unpack.T[self.lower] = np.arange(self.lower[0].size)

    def totals(self, r: Array) -> Array:
        """Risk at each event time: (B, K)."""
        return np.cumsum(r[:, ::-1], axis=1)[:, self.places]

    def first_moments(self, r: Array) -> Array:
        """Sum of r x over each risk set: (B, K, p)."""
        backward = np.ascontiguousarray(r[:, ::-1])
        part, out = np.empty_like(backward), np.empty((r.shape[0], self.rows.k, self.p))
        for j, column in enumerate(self.backward):
            np.multiply(backward, column, out=part)
            np.cumsum(part, axis=1, out=part)
            np.take(part, self.places, axis=1, out=out[:, :, j], mode="clip")
        return out

    def first_moments_events(self, r_events: Array) -> Array:
        """Sum of r x over the events at each event time: (B, K, p)."""
        if self.single:
            return r_events[:, :, None] * self.x[self.rows.event_rows]
        return super().first_moments_events(r_events)

    def cross(self, c: Array) -> Array:
        """X' diag(c) X for each weighting: (B, p, p)."""
        if self.pairs is None:
            return super().cross(c)
        return np.take(product(c, self.pairs), self.unpack, axis=1)


class StayingRiskSets(SortedRiskSets):
    """Risk sets in which some rows stay after their time with a weight that falls.

    Fine and Gray's: who had a competing event counts on, as the share g(t-) / g(own time-) that
    would still be followed, g being the chance of not being censored.

    Parameters
    ----------
    rows : CoxRows
        Without strata.
    x : array of shape (n, p)
    stays : bool array of shape (n,)
        Rows that stay, in the order of `rows`.
    group : integer array of shape (n,)
        Which censoring curve is a row's.
    own : array of shape (n,)
        g just before a row's time.
    later : array of shape (groups, K)
        g just before each event time.
    """

    def __init__(self, rows: CoxRows, x: Array, stays: Array, group: Array, own: Array,
                 later: Array):  # fmt: skip
        super().__init__(rows, x)
        self.later = later
        self.members = []
        for number in range(later.shape[0]):
            mine = np.flatnonzero(stays & (group == number))
            # from the event time after the own one on: at the own time the row is there anyway
            self.members.append((mine, rows.last_k[mine] + 1, 1 / own[mine]))

    def totals(self, r: Array) -> Array:
        """Risk at each event time: (B, K)."""
        return np.stack([self._stayed(one) for one in r]) + super().totals(r)

    def lived(self, hazard: Array) -> Array:
        """Hazard steps that each row lived through, those after its time as it still counts."""
        out = super().lived(hazard)
        for b, one in enumerate(hazard):
            for curve, (mine, place, per) in zip(self.later, self.members, strict=True):
                # a running sum serves all rows, since each one's weight is the curve over a
                # constant of its own
                rest = np.r_[np.cumsum((curve * one)[::-1])[::-1], 0.0]
                out[b, mine] += per * rest[place]
        return out

    def first_moments(self, r: Array) -> Array:
        """Sum of r x over each risk set: (B, K, p)."""
        out = super().first_moments(r)
        for b, one in enumerate(r):
            for j, column in enumerate(self.x.T):
                out[b, :, j] += self._stayed(one * column)
        return out

    def _stayed(self, values: Array) -> Array:
        total = np.zeros(self.rows.k)
        for curve, (mine, place, per) in zip(self.later, self.members, strict=True):
            come = np.bincount(place, values[mine] * per, self.rows.k + 1)
            total += curve * np.cumsum(come)[:-1]
        return total

"""Matching of treated patients to untreated ones by a score, greedily or optimally."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment

from .cox import CoxFit, cox_fit
from .cox_likelihood import Ties
from .times import Array

Order = Literal["closest", "largest", "data"]
STEPS = 1e9
"""Steps in a standard deviation of the score, of all patients together."""
_AS_GOOD = 1000
"""Steps by which distances must differ for one pair to come before another: a millionth SD."""


@dataclass(frozen=True)
class Matches:
    """Pairs: rows of `treated` (m,) and their `control` (m,); `set` (n,) numbers each row's set.

    `set` is -1 for who is not matched. `distance` (m,) is the difference of scores in each pair.
    `unmatched` are treated rows without a control.
    """

    treated: Array
    control: Array
    distance: Array
    set: Array
    unmatched: Array

    @property
    def weights(self) -> Array:
        """Weight of each row (n,): 1 if treated and matched, 1 / controls of its set, else 0."""
        out = np.zeros(self.set.size)
        out[self.treated] = 1.0
        sizes = np.bincount(self.set[self.control], minlength=self.set.max(initial=0) + 1)
        out[self.control] = 1 / sizes[self.set[self.control]]
        return out

    def among(self, rows: ArrayLike) -> Matches:
        """Give the pairs of which both are among some rows ((n,) true or false)."""
        rows = np.asarray(rows, dtype=bool)
        both = rows[self.treated] & rows[self.control]
        pairs = list(zip(self.treated[both], self.control[both], strict=True))
        kept = _matches(pairs, np.zeros(self.set.size), np.isin(np.arange(rows.size), self.treated))
        return replace(kept, distance=self.distance[both])


def nearest_matches(
    score: ArrayLike, treated: ArrayLike, *, ratio: int = 1, caliper: float | None = None,
    order: Order = "closest",
) -> Matches:  # fmt: skip
    """Match treated patients to the nearest untreated ones that are left, one after the other.

    Parameters
    ----------
    score : array of shape (n,)
        Propensity score, or its logit; complete.
    treated : array of shape (n,)
    ratio : int
        Controls for each treated patient; everybody gets a first before anybody a second.
    caliper : float, optional
        Largest difference, in standard deviations of the score.
    order : {"closest", "largest", "data"}
        Whose turn is first: the pair that is nearest of all that are left, the treated with the
        largest score, who are the hardest to match, or those who come first in the data. Where
        about half are treated, "largest" uses up the controls above each and leaves those below,
        pair by pair: a difference in one direction, which no number of patients makes smaller.

    Notes
    -----
    Without replacement; of controls that are equally near, the first of the data. R:
    ``MatchIt::matchit(method = "nearest", m.order = order)``.
    """
    score, treated = np.asarray(score, dtype=float), np.asarray(treated).astype(bool)
    at, reach = _steps(score), _reach(caliper)
    cases, controls = np.flatnonzero(treated), np.flatnonzero(~treated)
    if order == "largest":
        # stable: those of equal score keep the order of the data, so that builds agree
        cases = cases[np.argsort(-at[cases], kind="stable")]
    pairs = []
    # round by round: everybody gets a first control before anybody a second
    for _ in range(ratio):
        left = np.setdiff1d(controls, [control for _, control in pairs])
        pairs += (_closest if order == "closest" else _in_turn)(at, cases, left, reach)
    return _matches(pairs, score, treated)


def _in_turn(at: Array, cases: Array, controls: Array, reach: float) -> Iterator[tuple[int, int]]:
    """Give each case, as they come, the nearest control that is left."""
    free = np.ones(controls.size, dtype=bool)
    for case in cases:
        left = np.flatnonzero(free)
        if not left.size:
            return
        gap = np.abs(at[controls[left]] - at[case])
        # covariates in whole numbers give equal distances, which rounding would decide
        best = int(np.argmax(gap <= gap.min() + 2))
        if gap[best] <= reach:
            free[left[best]] = False
            yield case, controls[left[best]]


def _closest(at: Array, cases: Array, controls: Array, reach: float) -> Iterator[tuple[int, int]]:
    """Take the nearest of all pairs, again and again; of equally near ones the first case's."""
    left = _Left(at, controls)
    # the nearest of a case only moves away: who is still as near as when last looked at is next
    queue = [(left.gap(at[case]), int(case)) for case in cases]
    heapify(queue)
    while queue:
        near, case = heappop(queue)
        gap = left.gap(at[case])
        if gap > near:
            heappush(queue, (gap, case))
        elif gap < np.inf:
            control = left.nearest(at[case])
            if abs(at[control] - at[case]) <= reach:
                left.take(control)
                yield case, control


class _Left:
    """Controls that are left, by their scores in steps."""

    def __init__(self, at: Array, controls: Array):
        self.at, self.values = at, np.unique(at[controls])
        place = np.searchsorted(self.values, at[controls])
        # of each value those who come first in the data are taken first
        order = np.argsort(place, kind="stable")[::-1]
        self.rows = [[] for _ in self.values]
        for row, number in zip(controls[order].tolist(), place[order].tolist(), strict=True):
            self.rows[number].append(row)
        # the next value with somebody left, upwards and downwards; the ends stand for none
        self.up, self.down = (list(range(self.values.size + 1)) for _ in range(2))

    def take(self, control: int) -> None:
        """Take the first of the data among those of a control's value."""
        number = int(np.searchsorted(self.values, self.at[control]))
        self.rows[number].pop()
        if not self.rows[number]:
            self.up[number], self.down[number + 1] = number + 1, number

    def gap(self, score: float) -> float:
        """Distance of the nearest that is left, in units that tell distances apart."""
        near = self._around(score)
        return min((round(abs(self.values[k] - score) / _AS_GOOD) for k in near), default=np.inf)

    def nearest(self, score: float) -> int:
        """Give the nearest that is left: of equally near ones the first of the data."""
        near = self._around(score)
        gaps = [abs(self.values[k] - score) for k in near]
        return min(self.rows[k][-1] for k, gap in zip(near, gaps, strict=True)
                   if gap <= min(gaps) + 2)  # fmt: skip

    def _around(self, score: float) -> list[int]:
        """Numbers of the values next to a score, on either side, that have somebody left."""
        number = int(np.searchsorted(self.values, score))
        above, below = _end(self.up, number), _end(self.down, number) - 1
        return [k for k in (below, above) if 0 <= k < self.values.size]


def _end(links: list[int], k: int) -> int:
    """Follow links to their end, and let those passed lead there at once."""
    end = k
    while links[end] != end:
        end = links[end]
    while links[k] != end:
        links[k], k = end, links[k]
    return end


def optimal_matches(
    score: ArrayLike, treated: ArrayLike, *, ratio: int = 1, caliper: float | None = None
) -> Matches:
    """Match so that as many as can be are matched and the sum of the differences is least.

    Parameters as in `nearest_matches`; here too everybody gets a first control before anybody a
    second. Of the ways with the least sum that with pairs in the order of the score is given, whose
    sum of squares is the least. Memory and time grow with treated times untreated patients. R:
    ``MatchIt::matchit(method = "optimal")``, by another algorithm for the same minimum.
    """
    score, treated = np.asarray(score, dtype=float), np.asarray(treated).astype(bool)
    cases, controls = np.flatnonzero(treated), np.flatnonzero(~treated)
    if not cases.size or not controls.size:
        return _matches([], score, treated)
    at = _steps(score)
    gap = np.abs(at[cases][:, None] - at[controls])
    # a control that is missing costs more than any sum of differences, a first one more than a
    # second; one who is too far costs more again
    missing = gap.max() * min(gap.shape) * ratio + 1.0
    far = (ratio + 2) * missing
    cost = np.repeat(np.where(gap <= _reach(caliper), gap, far), ratio, axis=0)
    alone = np.tile(missing * np.arange(ratio, 0, -1), cases.size)
    cost = np.hstack([cost, np.repeat(alone[:, None], len(cost), axis=1)])
    rows, columns = linear_sum_assignment(cost)
    got = columns < controls.size
    case, control = cases[rows[got] // ratio], controls[columns[got]]
    in_order = (one[np.argsort(at[one], kind="stable")] for one in (case, np.sort(control)))
    return _matches(list(zip(*in_order, strict=True)), score, treated)


def _steps(score: Array) -> Array:
    """Count scores in whole steps: those that differ by rounding, as machines do, are equal."""
    spread = score.std(ddof=1) if score.size > 1 else 0.0
    return np.round(score / spread * STEPS) if spread > 0 else np.zeros(score.size)


def _reach(caliper: float | None) -> float:
    """Largest difference in a pair, in steps."""
    return np.inf if caliper is None else round(caliper * STEPS)


def _matches(pairs, score: Array, treated: Array) -> Matches:
    found = np.array(pairs, dtype=int).reshape(-1, 2)
    found = found[np.argsort(found[:, 0], kind="stable")]
    case, control = found.T
    number = np.full(score.size, -1)
    used = np.unique(case)
    number[used] = np.arange(used.size)
    number[control] = number[case]
    alone = np.setdiff1d(np.flatnonzero(treated), used)
    return Matches(case, control, np.abs(score[case] - score[control]), number, alone)


def matched_cox(
    time: ArrayLike, event: ArrayLike, treated: ArrayLike, matches: Matches, *,
    paired: bool = False, ties: Ties = "breslow", conf_level: float = 0.95,
) -> CoxFit:  # fmt: skip
    """Compare the treatment among the matched.

    Parameters
    ----------
    time, event, treated : arrays of shape (n,)
    matches : Matches
    paired : bool
        Stratify by set (a conditional hazard ratio; sets without an informative event have no
        part), or take sets as clusters of a robust variance (a marginal one: Austin, Stat Med 2014;
        33:1242).
    """
    inside = matches.set >= 0
    time, event, treated = (np.asarray(a, dtype=float)[inside] for a in (time, event, treated))
    label, weights = matches.set[inside], matches.weights[inside]
    more = {"strata": label} if paired else {"cluster": label, "weights": weights}
    return cox_fit(time, event, treated, ["treated"], ties=ties, conf_level=conf_level, **more)

"""The Cox partial likelihood, its score and information, with Breslow's or Efron's ties.

One set of formulas for every fit of the package: a single cohort, thousands of weightings of it, a
million rows. With w the weights, r = w exp(x b), S0, S1 the sums of r and r x over the risk set of
an event time and D0, D1 those over its d events, Efron (1977) replaces the d events of a tie by d
steps with denominators S0 - f D0, f = 0, 1/d, ..., (d-1)/d; Breslow (1974) keeps f = 0. Then

    score       = X' m,  m = w event - r (H1 - event H2)            (martingale residuals)
    information = X' diag(r (H1 - event H2)) X - sum(a S1 S1' - b (S1 D1' + D1 S1') + c D1 D1')

where H1 cumulates sum 1/den, H2 is the tie's own sum f/den, and a, b, c are the sums of 1, f, f^2
over den^2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np

from .cox_grouped import group_sums, pays
from .cox_small import MOST_CELLS, SmallLikelihood
from .risksets import CoxRows, DenseRiskSets, RunningRiskSets, SortedRiskSets, StayingRiskSets
from .times import Array

Ties = Literal["breslow", "efron"]
_FEW_STEPS = 24
"""Events in a tie up to which Efron's steps are taken one after the other (their product must not
overflow)."""
_TALL = 20_000
"""Rows from which the covariates are held column by column."""
_STEPS_AT_ONCE = 50_000
"""Steps of heavy ties held at once: memory for speed, at no loss of it."""
_DENSE = 250_000
"""Largest n * K * p for which matrix products beat cumulative sums."""


@dataclass
class TieSums:
    """Sums over the steps of each event time, shape (B, K); Efron's own are None for Breslow.

    `a`, `b` and `c` are relative to S0 squared, so that no risk is too small to be squared.
    """

    s0: Array
    log_den: Array
    h1: Array
    a: Array
    h2: Array | None = None
    b: Array | None = None
    c: Array | None = None

    def scaled(self, g: Array) -> TieSums:
        """Every sum multiplied by a function of time g, shape (K,)."""
        parts = (self.log_den, self.h1, self.a, self.h2, self.b, self.c)
        return TieSums(self.s0, *(None if part is None else part * g for part in parts))


@dataclass(frozen=True)
class TiePlan:
    """Steps (number of events) of each fit and time, (B, K), and where they are several.

    `tied` (T,) are the times at which any fit has several events, `most` (T,) their number at
    most; `several` the times that have several in the data; `lone` (L,) and `lone_k` (L,) the rows,
    and times, of single events that a fit has several times.
    """

    steps: Array
    tied: Array
    most: Array
    several: Array
    lone: Array
    lone_k: Array


@dataclass(frozen=True)
class Stays:
    """Who stays at risk after the own time (n,), under which censoring curve (n,), and those.

    `own` (n,) is the row's curve just before its time; `curves` gives all curves just before given
    times, (groups, K).
    """

    rows: Array
    group: Array
    own: Array
    curves: Callable[[Array], Array]


@dataclass
class Evaluation:
    """Log likelihood (B,), score (B, p), information (B, p, p), and its first term's diagonal."""

    loglik: Array
    score: Array
    information: Array
    scale: Array


class PartialLikelihood:
    """Partial likelihood of one cohort under one or many weightings of its rows.

    Parameters
    ----------
    time, event : arrays of shape (n,)
        Tidied times; True = event.
    x : array of shape (n, p)
        Covariates; they are copied, centred and scaled (`self.scale`).
    weights : array of shape (n,) or (B, n), optional
    strata : integer array of shape (n,), optional
    entry : array of shape (n,), optional
        A row is at risk from just after its entry (counting-process data).
    ties : {"breslow", "efron"}
    stays : Stays, optional
        Rows that stay at risk after their time with a falling weight (Fine and Gray).
    replicates : bool
        Weights count copies of a row, so that a weight of 2 is a tie of two events under Efron.
        Otherwise they are case weights as R's ``weights =``, where a tie's steps take its mean
        weight. Breslow's method does not tell the two apart.
    """

    def __init__(self, time, event, x, weights=None, *, strata=None, entry=None,
                 ties: Ties = "breslow", replicates: bool = False,
                 stays: Stays | None = None):  # fmt: skip
        if ties not in ("breslow", "efron"):
            raise ValueError(f"ties must be 'breslow' or 'efron', not {ties!r}")
        self.ties = ties
        self.rows = rows = CoxRows(time, event, strata, entry)
        # the one copy of the covariates: sorted, then centred and scaled in place
        self.x = _sorted(np.asarray(x, dtype=float), rows.order)
        # the likelihood does not change with origin or unit: centred, exp() stays in range;
        # scaled, one tolerance for collinear and for running away is right for every covariate
        self.center, self.scale, self.constant = _standardise(self.x)
        self.weights = (
            np.broadcast_to(1.0, (1, rows.n)) if weights is None
            else np.atleast_2d(np.asarray(weights, dtype=float)).take(rows.order, axis=1)
        )  # fmt: skip
        size = rows.n * max(rows.k, 1) * max(self.x.shape[1], 1)
        self.many, self.dense, self.stays = self.weights.shape[0] > 1, size <= _DENSE, stays
        self.replicates = replicates
        self.grouped = not self.dense and not self.many and stays is None and pays(rows)

    @cached_property
    def sums(self) -> DenseRiskSets | SortedRiskSets:
        """Sums over risk sets, by the way that suits the size."""
        rows, stays = self.rows, self.stays
        if stays is not None:
            return StayingRiskSets(
                rows, self.x, stays.rows[rows.order], stays.group[rows.order],
                stays.own[rows.order], stays.curves(rows.event_times),
            )  # fmt: skip
        if self.dense:
            return DenseRiskSets(rows, self.x)
        plain = self.many and rows.group_stratum is None and rows.entry is None
        return (RunningRiskSets if plain else SortedRiskSets)(rows, self.x)

    @cached_property
    def small(self) -> SmallLikelihood | None:
        """The same likelihood as a small cohort's single fit has it; None where it is another."""
        rows, odd = self.rows, self.many or self.replicates or self.stays is not None
        cells = rows.event_rows.size * rows.n
        if odd or rows.group_stratum is not None or not 0 < cells <= MOST_CELLS or not self.p:
            return None
        weights = self.weights[0] if self.weights.strides[1] else None
        if weights is not None and not (weights > 0).all():
            return None
        return SmallLikelihood(rows, self.x, weights, self.ties == "efron")

    @property
    def nested(self) -> bool:
        """Whether risk sets only shrink, on which proofs of separation rest."""
        return self.rows.entry is None and self.stays is None

    @property
    def p(self) -> int:
        """Number of covariates."""
        return self.x.shape[1]

    @cached_property
    def event_weight(self) -> Array:
        """Weight of the events of each event time: (B, K)."""
        return self._by_event_time(self.weights[:, self.rows.event_rows])

    def _by_event_time(self, values: Array) -> Array:
        return self.rows.events_sum(values) if self.rows.k else values[:, :0]

    @cached_property
    def plan(self) -> TiePlan:
        """Where Efron's ties are, and their steps."""
        w = self.weights[:, self.rows.event_rows]
        # a patient drawn three times is a tie of three, one with a case weight of 3 is not
        steps = np.rint(self._by_event_time(w if self.replicates else (w > 0).astype(float)))
        if self.ties == "breslow" or not self.rows.k:
            return TiePlan(steps, *[np.zeros(0, dtype=int)] * 5)
        # tied in any of the fits: all fits of a batch share one plan of steps
        most = steps.max(axis=0).astype(int)
        tied = np.flatnonzero(most > 1)
        in_data = np.bincount(self.rows.event_k, minlength=self.rows.k)
        alone = (in_data == 1)[self.rows.event_k] & (most > 1)[self.rows.event_k]
        return TiePlan(
            steps, tied, most[tied], np.flatnonzero(in_data > 1), self.rows.event_rows[alone],
            self.rows.event_k[alone],
        )  # fmt: skip

    def risks(self, beta: Array, fits=slice(None)) -> tuple[Array, Array, Array]:
        """Weights, linear predictor (0 at its highest in a stratum), weighted risk: (B, n) each."""
        weights = self.weights if self.weights.shape[0] == 1 else self.weights[fits]
        eta = beta @ self.x.T
        if weights.shape[0] == 1:
            # one weighting: rows without weight were removed before, so the maximum is simple
            eta -= self._tops(eta)
        else:
            tops = self._tops(np.where(weights > 0, eta, -np.inf))
            eta -= np.where(np.isfinite(tops), tops, 0)
            # rows that were not drawn may lie above the top: they count nothing, but could overflow
            np.minimum(eta, 0, out=eta)
        r = np.exp(eta)
        if weights.shape[0] > 1 or (weights != 1).any():
            r *= weights
        return weights, eta, r

    def _tops(self, eta: Array) -> Array:
        """Largest linear predictor of each row's stratum."""
        if self.rows.group_stratum is None:
            return eta.max(axis=1, keepdims=True)
        tops = np.maximum.reduceat(eta, self.rows.stratum_starts, axis=1)
        return np.take(tops, self.rows.stratum, axis=1)

    def tie_sums(self, r: Array, fits=slice(None)) -> TieSums:
        """Denominators of every event time, summed over Efron's steps where there are ties."""
        d0 = self.rows.events_sum(r[:, self.rows.event_rows]) if self.plan.tied.size else None
        return self._tie_sums(self.sums.totals(r), d0, fits)

    def _tie_sums(self, s0: Array, d0: Array | None, fits=slice(None)) -> TieSums:
        """The same from the sums of the risks (B, K) and of those of the events, if ties matter."""
        wd = self.event_weight if self.event_weight.shape[0] == 1 else self.event_weight[fits]
        with np.errstate(divide="ignore", invalid="ignore"):
            # at an event time whose events were not drawn the sums are 0: log(1) adds nothing,
            # log(0) NaN
            s0 += wd == 0
            sums = TieSums(s0, wd * np.log(s0), wd / s0, np.broadcast_to(wd, s0.shape).copy())
        if self.ties == "efron" and self.plan.tied.size:
            self._efron(sums, d0, wd, fits)
        return sums

    def _efron(self, sums: TieSums, d0: Array, wd: Array, fits) -> None:
        """Replace the sums at tied event times by Efron's."""
        steps = self.plan.steps if self.plan.steps.shape[0] == 1 else self.plan.steps[fits]
        s0 = sums.s0[:, self.plan.tied]
        share = d0[:, self.plan.tied] / s0
        d = np.maximum(steps[:, self.plan.tied], 1)
        # R's rule for weighted ties: each of a tie's steps has the mean weight of its events
        mean_weight = wd[:, self.plan.tied] / d
        few = self.plan.most.max() <= _FEW_STEPS
        total = (self._step_by_step if few else self._all_steps)(share, d)
        sums.h2, sums.b, sums.c = (np.zeros(sums.h1.shape) for _ in range(3))
        logs, h1, a, h2, b, c = (mean_weight * part for part in total)
        sums.log_den[:, self.plan.tied] += logs
        sums.h1[:, self.plan.tied], sums.h2[:, self.plan.tied] = h1 / s0, h2 / s0
        sums.a[:, self.plan.tied], sums.b[:, self.plan.tied], sums.c[:, self.plan.tied] = a, b, c

    def _step_by_step(self, share: Array, d: Array) -> list[Array]:
        """Sums of log den, 1/den, 1/den^2, f/den, f/den^2, f^2/den^2 over f, one f at a time.

        den = 1 - f share is relative to S0; `share` is D0 / S0.
        """
        shape, share = share.shape, share.ravel()
        d = np.broadcast_to(d, shape).ravel()
        # of the denominators their product is kept: one logarithm at the end, not one a step
        product, h1, a = (np.ones(share.size) for _ in range(3))
        h2, b, c = (np.zeros(share.size) for _ in range(3))
        # most times have few events: each step concerns fewer of them than the last
        live, step = np.flatnonzero(d > 1), 1
        while live.size:
            f = step / d[live]
            den = 1 - f * share[live]
            one = 1 / den
            two = one * one
            product[live] *= den
            for total, part in ((h1, one), (a, two), (h2, f * one), (b, f * two), (c, f * f * two)):
                total[live] += part
            step += 1
            live = live[d[live] > step]
        return [part.reshape(shape) for part in (np.log(product), h1, a, h2, b, c)]

    def _all_steps(self, share: Array, d: Array) -> list[Array]:
        """The same sums for heavy ties, with the steps of many event times in one array."""
        block = np.cumsum(self.plan.most) // _STEPS_AT_ONCE
        edges = np.flatnonzero(np.r_[True, np.diff(block) > 0, True])
        pieces = [self._steps(share, d, np.arange(a, b)) for a, b in pairwise(edges)]
        return [np.concatenate(parts, axis=1) for parts in zip(*pieces, strict=True)]

    def _steps(self, share: Array, d: Array, tied: Array) -> list[Array]:
        """The sums over every step of some of the tied event times."""
        most = self.plan.most[tied]
        k = np.repeat(tied, most)
        starts = np.cumsum(most) - most
        step = np.arange(k.size) - np.repeat(starts, most)
        many = d[:, k]
        live, f = step < many, np.minimum(step / many, 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            den = np.where(live, 1 - f * share[:, k], 1.0)
            one = live / den
            two = one * one
            parts = (np.log(den), one, two, one * f, two * f, two * f * f)
        return [np.add.reduceat(part, starts, axis=1) for part in parts]

    def cumulative_hazard(self, sums: TieSums) -> Array:
        """H1 - event H2 for every row: (B, n)."""
        hazard = self.sums.lived(sums.h1)
        if sums.h2 is not None:
            hazard[:, self.rows.event_rows] -= sums.h2[:, self.rows.event_k]
        return hazard

    def information(self, r: Array, sums: TieSums, g: Array | None = None) -> tuple[Array, Array]:
        """Information (B, p, p) and the diagonal of its first term (B, p).

        With a function of time g, shape (K,), the sum over event times is weighted by it.
        """
        hazard = self.cumulative_hazard(sums if g is None else sums.scaled(g))
        return self._information(r, r * hazard, sums, g)

    def _information(
        self, r: Array, c: Array, sums: TieSums, g: Array | None = None
    ) -> tuple[Array, Array]:
        root, per = np.sqrt(sums.a), 1 / sums.s0
        if sums.h2 is None:
            first = self.sums.cross(c)
            scale = np.einsum("bii->bi", first).copy()
            first -= _square(self.sums.first_moments(r) * (root * per)[:, :, None], g)
            return first, scale
        # with S1 and D1 relative to S0,
        # a S1 S1' - b (S1 D1' + D1 S1') + c D1 D1' is a sum of squares at each event time: of
        # sqrt(a) S1 - b / sqrt(a) D1, and of D1 times the root of what is left of c
        share = np.divide(sums.b, root, out=np.zeros_like(root), where=root > 0)
        # not negative by Cauchy and Schwarz (b^2 <= a c), but for rounding
        left = np.maximum(sums.c - share * share, 0)
        if self.plan.lone.size:
            # where one row holds a tie (drawn several times), its D1 D1' is a term of its own row
            c = c.copy()
            own = (r[:, self.plan.lone] * per[:, self.plan.lone_k]) ** 2
            own *= (left if g is None else left * g)[:, self.plan.lone_k]
            c[:, self.plan.lone] -= own
        first = self.sums.cross(c)
        scale = np.einsum("bii->bi", first).copy()
        if self.plan.lone.size:
            scale += own @ self.x[self.plan.lone] ** 2
        d1 = self.sums.first_moments_events(r[:, self.rows.event_rows])
        s1 = self.sums.first_moments(r)
        s1 *= (root * per)[:, :, None]
        s1 -= (share * per)[:, :, None] * d1
        first -= _square(s1, g)
        if self.plan.several.size:
            d1 = d1[:, self.plan.several]
            d1 *= (np.sqrt(left) * per)[:, self.plan.several, None]
            first -= _square(d1, None if g is None else g[self.plan.several])
        return first, scale

    def evaluate(self, beta: Array, fits=slice(None)) -> Evaluation:
        """Log likelihood, score and information at (B, p) coefficients of the scaled covariates.

        A wild step may overflow: its values are not finite then, and the search halves it.
        """
        with np.errstate(over="ignore", divide="ignore", invalid="ignore", under="ignore"):
            return self._evaluate(beta, fits)

    def _evaluate_grouped(self, beta: Array) -> Evaluation:
        """Evaluate one fit of very many rows with few distinct times."""
        rows, events = self.rows, self.rows.event_groups
        weighted = bool((self.weights != 1).any()) if self.weights.strides[1] else False
        weights = self.weights[0] if weighted else None
        r = self.x @ beta[0]
        top = r.max()
        # the likelihood does not change when all predictors shift; exp of a high one overflows
        r -= top
        np.exp(r, out=r)
        if weighted:
            r *= weights
        at = group_sums(rows, self.x, r, weights)
        # summed from the last time backwards: the risk set is who is still there
        s0, s1 = (np.cumsum(part[::-1], axis=0)[::-1][events] for part in (at.s0, at.s1))
        sums = self._tie_sums(s0[None], at.d0[None])
        # the hazard that the rows of each time lived through, their own events included
        lived = np.r_[0.0, np.cumsum(sums.h1[0])]
        hazard = lived[np.searchsorted(events, np.arange(rows.starts.size), side="right")]
        score = at.first - hazard @ at.s1
        first = np.tensordot(hazard, at.s2, 1)
        per, a = (1 / s0)[:, None], sums.a[0][:, None]
        mean, mean_d = s1 * per, at.d1 * per
        second = (a * mean).T @ mean
        if sums.h2 is not None:
            score += sums.h2[0] @ at.d1
            first -= np.tensordot(sums.h2[0], at.d2, 1)
            b, c = sums.b[0][:, None], sums.c[0][:, None]
            cross = (b * mean).T @ mean_d
            second += (c * mean_d).T @ mean_d - cross - cross.T
        linear = at.first @ beta[0] - top * self.event_weight.sum()
        loglik = linear - sums.log_den.sum()
        return Evaluation(np.array([loglik]), score[None], (first - second)[None],
                          np.diag(first).copy()[None])  # fmt: skip

    def _evaluate(self, beta: Array, fits) -> Evaluation:
        if self.grouped:
            return self._evaluate_grouped(beta)
        weights, eta, r = self.risks(beta, fits)
        sums = self.tie_sums(r, fits)
        events = self.rows.event_rows
        loglik = (weights[:, events] * eta[:, events]).sum(axis=1) - sums.log_den.sum(axis=1)
        c = self.cumulative_hazard(sums)
        c *= r
        info, scale = self._information(r, c, sums)
        # in place: c has the size of the data
        np.negative(c, out=c)
        c[:, events] += weights[:, events]
        return Evaluation(loglik, c @ self.x, info, scale)


def _square(a: Array, g: Array | None = None) -> Array:
    """a' diag(g) a for each fit: (B, K, p) to (B, p, p)."""
    return np.matmul((a if g is None else a * g[:, None]).swapaxes(1, 2), a)


def _sorted(x: Array, order: Array) -> Array:
    """Rows of x in an order; a tall array is held column by column, which its products prefer."""
    if x.shape[0] < _TALL:
        return np.take(x, order, axis=0)
    columns = np.empty(x.shape[::-1])
    for column, values in zip(columns, x.T, strict=True):
        np.take(values, order, out=column, mode="clip")  # "raise" would take a spare copy
    return columns.T


def _standardise(x: Array) -> tuple[Array, Array, Array]:
    """Centre and scale columns in place; constant columns become zero and are marked."""
    if not x.size:
        return np.zeros(x.shape[1]), np.ones(x.shape[1]), np.ones(x.shape[1], dtype=bool)
    tall = x.shape[0] >= _TALL
    if tall:
        # column by column: numpy is slow over the first axis of a tall array
        low, high, center = np.array([[c.min(), c.max(), c.mean()] for c in x.T]).T
    else:
        low, high, center = x.min(axis=0), x.max(axis=0), x.sum(axis=0) / len(x)
    # 0.1 as read and 0.1 as computed differ in their last bits, and are one value all the same
    constant = high - low <= 1e-12 * np.maximum(np.abs(low), np.abs(high))
    x -= center
    squares = [np.dot(c, c) for c in x.T] if tall else (x * x).sum(axis=0)
    scale = np.sqrt(np.array(squares) / x.shape[0])
    scale[constant | (scale == 0)] = 1.0
    x /= scale
    if constant.any():
        x[:, constant] = 0.0
    return center, scale, constant

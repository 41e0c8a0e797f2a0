"""Clone, censor, weight: two strategies of starting a treatment within a grace period, compared.

Each patient is copied into both arms, "start within the grace period" and "do not start within it".
A copy is censored where the patient departs from its arm's strategy, and those who are left are
weighted by one over their chance to be left, so that they stand for all (Hernán, BMJ 2018;
360:k182; Maringe et al., Int J Epidemiol 2020; 49:1719). At time zero both arms hold the same
patients: nobody's arm depends on what comes later, and no time is immortal.

Those of the arm without treatment are censored when they start, at any time of the grace period:
the chance of that is modelled by a Cox or a pooled logistic model. Those of the arm with treatment
are censored at the end of the grace period alone, if they have not started; the chance to have
started, of those in follow-up beyond it, is a logistic model's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .bootstrap import Limits, percentile_limits, resample_counts, until_precise
from .counting import FollowUp, follow_up
from .cox import CoxFit, cox_fit
from .cox_batch import cox_batch
from .cox_likelihood import Ties
from .propensity import effective_size, propensity
from .times import Array, join_notes

WeightModel = Literal["cox", "logistic"]
WITHOUT, WITHIN = 0, 1
_INTERVALS = 10
_AT_ONCE = 200_000
"""Weights, copies x cuts x resamples, that are held at once: few enough for a cache."""


class WeightSummary(NamedTuple):
    """Weights of an arm's copies at the event times at which they are at risk.

    `effective` is Kish's size of those at risk at the first event time after the grace period (or
    at the last event time, if there is none), of `beyond`.
    """

    mean: float
    sd: float
    minimum: float
    p01: float
    median: float
    p99: float
    maximum: float
    truncated: int
    beyond: int
    effective: float


@dataclass(frozen=True)
class CloneCensorWeight:
    """The comparison of the two strategies; `hr` of starting within the grace period versus not.

    `fit` is the weighted Cox model with robust limits, a patient's two copies one cluster. `draws`
    (B,) are log hazard ratios of bootstrap resamples in which the weights were estimated anew;
    `bootstrap` their percentile limits of the hazard ratio. Curves are weighted product-limit
    estimates: `times` (K,) and `survival` (2, K), row 0 without the treatment; `curve_draws`
    (B, 2, m) are theirs at `at` (m,). `censored` (2,) counts the copies that departed from their
    strategy.
    """

    fit: CoxFit
    grace: float
    weights: tuple[WeightSummary, WeightSummary]
    censored: tuple[int, int]
    times: Array
    survival: Array
    conf_level: float
    draws: Array = field(repr=False)
    at: Array = field(repr=False)
    curve_draws: Array = field(repr=False)
    note: str = ""

    @property
    def hr(self) -> float:
        """Hazard ratio."""
        return float(self.fit.hr[0])

    @property
    def bootstrap(self) -> Limits:
        """Percentile limits of the hazard ratio, `error` as a share of them; NaN without draws."""
        if not self.draws.size:
            return Limits(np.nan, np.nan)
        lost = int(np.isnan(self.draws).sum())
        found = percentile_limits(self.draws, self.conf_level)
        note = f"{lost} of {self.draws.size} resamples gave no estimate" if lost else ""
        low, high = np.exp([found.conf_low, found.conf_high])
        return Limits(float(low), float(high), note, found.error)

    def survival_at(self, times: ArrayLike) -> Array:
        """Weighted survival of both arms at given times: (2, m)."""
        return _steps(self.times, self.survival, np.atleast_1d(np.asarray(times, dtype=float)))

    def difference(self) -> tuple[Array, Array, Array]:
        """Survival with less survival without at `at`, and its bootstrap limits: (m,) each."""
        here = self.survival_at(self.at)
        gaps = self.curve_draws[:, 1] - self.curve_draws[:, 0]
        limits = [percentile_limits(gaps[:, j], self.conf_level) if len(gaps) else
                  Limits(np.nan, np.nan) for j in range(self.at.size)]  # fmt: skip
        return (
            here[1] - here[0],
            np.array([one.conf_low for one in limits]),
            np.array([one.conf_high for one in limits]),
        )


@dataclass(frozen=True)
class _Clones:
    """One cohort's copies: ends and events (2, n); what the weight models look at."""

    data: FollowUp
    grace: float
    x: Array
    end: Array
    event: Array
    left: Array  # (2, n): departed from the strategy
    times: Array  # (K,) event times
    model: WeightModel
    cuts: Array  # where the weights of the arm without treatment may change, rising
    until: Array  # (n,) time at risk of starting within the grace period
    starts: Array  # (n,) bool

    @cached_property
    def after(self) -> Array:
        """Numbers (U,) of the cuts before the event times: weights are level between two cuts."""
        return np.unique(self._cuts_before)

    @cached_property
    def column(self) -> tuple[Array, Array]:
        """Of each arm, the column of its weights that holds at each event time: (K,) each."""
        return np.searchsorted(self.after, self._cuts_before), (self.times > self.grace).astype(int)

    @cached_property
    def at_risk(self) -> tuple[Array, Array]:
        """Of each arm, at how many event times of a column a copy is at risk: (n, U), (n, 2)."""
        sizes = (self.after.size, 2)
        return tuple(
            (end[:, None] >= self.times) @ np.eye(size, dtype=int)[column]
            for end, column, size in zip(self.end, self.column, sizes, strict=True)
        )

    @property
    def _cuts_before(self) -> Array:
        # at an event time those starts count that came strictly before it
        return np.searchsorted(self.cuts, self.times, side="left")


def clone_censor_weight(
    time: ArrayLike,
    event: ArrayLike,
    treatment_start: ArrayLike,
    grace: float,
    x: ArrayLike | None = None,
    *,
    model: WeightModel = "cox",
    intervals: int = _INTERVALS,
    truncate: float | None = None,
    ties: Ties = "breslow",
    conf_level: float = 0.95,
    resamples: int = 0,
    precision: float | None = None,
    seed: int = 0,
    at: ArrayLike = (),
) -> CloneCensorWeight:
    """Compare starting a treatment within a grace period with not starting it within that.

    Parameters
    ----------
    time, event, treatment_start : arrays of shape (n,)
        As in `counting.follow_up`.
    grace : float
        Length of the grace period in the unit of time, positive. A start at its very end counts as
        within.
    x : array of shape (n, p), optional
        Covariates known at time zero that may drive start and outcome. Rows with a missing value
        are left out.
    model : {"cox", "logistic"}
        How the chance of starting is modelled over the grace period. "logistic" cuts it in equal
        `intervals` and takes the interval's number, its square and `x`; the weight of an interval
        rests on those before it.
    truncate : float, optional
        Quantile of the weights (over copies and event times) above which they are set to it, such
        as 0.99.
    ties : {"breslow", "efron"}
        Of the outcome model. The model of starting takes Breslow's.
    resamples, seed
        Bootstrap resamples of patients, each with weights of its own; 0 = none.
    precision : float, optional
        Monte Carlo standard error of the log hazard ratio's percentile limits at which resamples
        end, sooner than at their number (see `bootstrap.until_precise`).
    at : array of shape (m,), optional
        Times at which curves are resampled.

    Returns
    -------
    CloneCensorWeight

    Raises
    ------
    ValueError
        A grace period that is not positive; an unknown model; as `counting.follow_up`.

    Notes
    -----
    Loss to follow-up is taken as independent of the outcome given the arm. Robust limits take the
    weights as known and tend to be wide; the bootstrap's do not. With `truncate` each resample has
    its own quantile.
    """
    if not grace > 0:
        raise ValueError(f"grace must be positive, not {grace!r}")
    if model not in ("cox", "logistic"):
        raise ValueError(f"model is 'cox' or 'logistic', not {model!r}")
    clones = _clone(time, event, treatment_start, float(grace), x, model, intervals)
    n = clones.data.time.size
    at = np.atleast_1d(np.asarray(at, dtype=float)).ravel()
    chances = _Chances(clones, np.ones((1, n)))
    if not chances.known[0]:
        return _unknown(clones, ties, conf_level, at)
    weights = chances.weights(slice(0, 1))
    cap = _cap(clones, [arm[0] for arm in weights], np.ones(n), truncate)
    summaries = tuple(_summary(clones, arm, weights[arm][0], cap) for arm in (WITHOUT, WITHIN))
    fit = _robust_fit(clones, chances, cap, ties, conf_level)
    at_risk, died, _ = _arm_sums(clones, weights, np.ones((1, n)), np.array([cap]))
    survival = _curves(at_risk, died)[0]
    draws, curve_draws = _resampled(
        clones, truncate, ties, resamples, seed, at, precision, conf_level
    )  # fmt: skip
    note = join_notes(clones.data.note, fit.note)
    return CloneCensorWeight(
        fit, float(grace), summaries, tuple(int(c) for c in clones.left.sum(axis=1)), clones.times,
        survival, conf_level, draws, at, curve_draws, note,
    )  # fmt: skip


def _unknown(clones: _Clones, ties: Ties, conf_level: float, at: Array) -> CloneCensorWeight:
    """The empty result where the covariates tell all who begin from all who do not."""
    why = ("the chance of following a strategy cannot be estimated: the covariates separate those "
           "who began from those who did not")  # fmt: skip
    n = clones.data.time.size
    fit = cox_fit(np.ones(n), np.zeros(n), np.zeros(n), ["within grace period"], ties=ties,
                  conf_level=conf_level)  # fmt: skip
    fit = replace(fit, n=2 * n, events=int(clones.event.sum()), term_notes=[why], note=why)
    none = WeightSummary(*[np.nan] * 7, 0, 0, np.nan)
    return CloneCensorWeight(
        fit, clones.grace, (none, none), tuple(int(c) for c in clones.left.sum(axis=1)),
        clones.times, np.full((2, clones.times.size), np.nan), conf_level, np.empty(0), at,
        np.empty((0, 2, at.size)), join_notes(clones.data.note, why),
    )  # fmt: skip


def _clone(time, event, treatment_start, grace, x, model, intervals) -> _Clones:
    data = follow_up(time, event, treatment_start)
    x = np.zeros((np.size(time), 0)) if x is None else np.asarray(x, dtype=float)
    x = (x[:, None] if x.ndim == 1 else x)[data.rows]
    complete = np.isfinite(x).all(axis=1)
    if not complete.all():
        lost = int((~complete).sum())
        data = FollowUp(data.time[complete], data.event[complete], data.start[complete],
                        data.rows[complete], join_notes(data.note,
                        f"{lost} with missing covariates left out"))  # fmt: skip
        x = x[complete]
    starts = data.start <= grace
    departs = ~starts & (data.time > grace)
    end = np.stack([np.where(starts, data.start, data.time), np.where(departs, grace, data.time)])
    # an event after the departure is not the copy's: it was censored before
    died = np.stack([data.event & ~starts, data.event & ~departs])
    until = np.minimum(np.minimum(data.time, data.start), grace)
    if model == "cox":
        cuts = np.unique(data.start[starts])
    else:
        cuts = grace * np.arange(1, intervals + 1) / intervals
    return _Clones(data, grace, x, end, died, np.stack([starts, departs]),
                   np.unique(data.time[data.event]), model, cuts, until, starts)  # fmt: skip


class _Chances:
    """Models of following each strategy, fitted under B weightings of the patients at once.

    The cumulative hazard, or minus log chance, of starting is made for some weightings at a time.
    `stay` (B, n) is one over the chance to have started of those who did.
    """

    def __init__(self, clones: _Clones, counts: Array):
        self.clones, self.counts = clones, counts
        self.known = np.ones(len(counts), dtype=bool)
        self._start_model()
        self._end_model()

    def _start_model(self) -> None:
        c = self.clones
        if c.model == "cox":
            self.beta = np.zeros((len(self.counts), c.x.shape[1]))
            if c.x.shape[1] and c.starts.any():
                found = cox_batch(c.until, c.starts, c.x, self.counts, ties="breslow")
                # a collinear column has no part; one that ran away stands where the search stopped
                self.beta = np.where(np.isfinite(found.coef), found.coef, 0.0)
                self.known &= found.converged | found.infinite.any(axis=1)
            self.lives = (c.until[:, None] >= c.cuts).astype(float)
            self.begins = (c.starts[:, None] & (c.data.start[:, None] == c.cuts)).astype(float)
            return
        width = c.grace / max(c.cuts.size, 1)
        # a time on the edge of an interval is in the one before, whatever its last bit
        last = np.clip(np.ceil(c.until / width - 1e-9).astype(int), 0, c.cuts.size)
        who = np.repeat(np.arange(c.until.size), last)
        number = np.arange(who.size) - np.repeat(np.cumsum(last) - last, last)
        happened = c.starts[who] & (number == last[who] - 1)
        x = np.column_stack([number, number**2, c.x[who]])
        if not happened.any():
            self.log_stay = None
            return
        found = propensity(happened, x, self.counts[:, who])
        self.known &= found.estimable
        # the model's value for every patient and interval, also those not lived through
        self.log_stay = (who, number, found.score)

    def _end_model(self) -> None:
        c = self.clones
        beyond = c.data.time > c.grace
        self.stay = np.ones((len(self.counts), c.data.time.size))
        if not beyond.any() or c.starts[beyond].all():
            return
        found = propensity(c.starts[beyond], c.x[beyond], self.counts[:, beyond])
        self.known &= found.estimable
        with np.errstate(divide="ignore"):
            self.stay[:, beyond] = 1 / found.score

    def hazards(self, some: slice) -> Array:
        """Minus log of the chance not to have started just after each cut: (B, n, cuts + 1)."""
        c, count = self.clones, self.counts[some]
        if c.model == "cox":
            # a coefficient that ran away must not make a risk that is no number
            risk = np.exp(np.clip(self.beta[some] @ c.x.T, -600, 600))
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                step = (count @ self.begins) / ((count * risk) @ self.lives)
            step[~np.isfinite(step)] = 0.0
            total = np.zeros((len(count), c.cuts.size + 1))
            np.cumsum(step, axis=1, out=total[:, 1:])
            with np.errstate(over="ignore"):
                return risk[:, :, None] * total[:, None, :]
        out = np.zeros((*count.shape, c.cuts.size + 1))
        if self.log_stay is not None:
            who, number, score = self.log_stay
            out[:, who, number + 1] = -np.log1p(-np.minimum(score[some], 1 - 1e-12))
            np.cumsum(out, axis=2, out=out)
        return out

    def weights(self, some: slice) -> tuple[Array, Array]:
        """Weights of both arms' copies in the columns of `_Clones.column`: (B, n, U), (B, n, 2)."""
        stay = self.stay[some]
        with np.errstate(over="ignore"):
            without = np.exp(self.hazards(some)[:, :, self.clones.after])
        return without, np.stack([np.ones(stay.shape), stay], axis=2)


def _cap(clones: _Clones, weights: Sequence[Array], count: Array, truncate: float | None) -> float:
    """Quantile of the weights of all copies at risk at event times, each as often as it counts."""
    if truncate is None:
        return np.inf
    values = np.concatenate([arm.ravel() for arm in weights])
    times = np.concatenate([(arm * count[:, None]).ravel() for arm in clones.at_risk])
    values, times = values[times > 0], times[times > 0]
    order = np.argsort(values)
    values, upto = values[order], np.cumsum(times[order])
    if not upto.size or upto[-1] <= 0:
        return np.inf
    # numpy's linear quantile of the weights, each repeated as often as it counts, without
    # repeating them
    place = truncate * (upto[-1] - 1)
    low, high = (
        values[np.searchsorted(upto, edge, side="right")]
        for edge in (np.floor(place), min(np.floor(place) + 1, upto[-1] - 1))
    )
    return float(low + (place - np.floor(place)) * (high - low))


def _summary(clones: _Clones, arm: int, weights: Array, cap: float) -> WeightSummary:
    at_risk, weights = clones.end[arm][:, None] >= clones.times, weights[:, clones.column[arm]]
    raw = weights[at_risk]
    if not raw.size:
        return WeightSummary(*[np.nan] * 7, 0, 0, 0.0)
    used = np.minimum(raw, cap)
    some = np.flatnonzero(at_risk.any(axis=0))
    after = some[clones.times[some] > clones.grace]
    k = after[0] if after.size else some[-1]
    there = np.minimum(weights[at_risk[:, k], k], cap)
    p01, median, p99 = np.quantile(used, [0.01, 0.5, 0.99])
    return WeightSummary(
        float(used.mean()), float(used.std(ddof=1)) if used.size > 1 else 0.0, float(used.min()),
        float(p01), float(median), float(p99), float(used.max()), int((raw > cap).sum()),
        int(there.size), effective_size(there),
    )  # fmt: skip


def _robust_fit(clones: _Clones, chances: _Chances, cap: float, ties: Ties,
                conf_level: float) -> CoxFit:  # fmt: skip
    """Weighted Cox model on rows cut where weights change, patients as clusters."""
    n = clones.data.time.size
    with np.errstate(over="ignore"):
        without = np.exp(chances.hazards(slice(0, 1))[0])
    within = np.stack([np.ones(n), chances.stay[0]], axis=1)
    parts = []
    for arm, cuts, weight in ((WITHOUT, clones.cuts, without),
                              (WITHIN, np.array([clones.grace]), within)):  # fmt: skip
        edges = np.r_[0.0, cuts]
        end = clones.end[arm]
        # who ends at time 0 keeps one row: it is at risk at 0
        who, piece = np.nonzero((end[:, None] > edges) | ((edges == 0) & (end[:, None] >= 0)))
        stop = np.r_[cuts, np.inf][piece]
        final = end[who] <= stop
        parts.append(
            (
                edges[piece],
                np.minimum(end[who], stop),
                clones.event[arm][who] & final,
                np.minimum(weight[who, piece], cap),
                who,
                np.full(who.size, float(arm)),
            )
        )
    entry, stop, event, weight, who, arm = (np.concatenate(p) for p in zip(*parts, strict=True))
    return cox_fit(stop, event, arm, ["within grace period"], entry=entry, weights=weight,
                   cluster=who, ties=ties, conf_level=conf_level)  # fmt: skip


def _arm_sums(clones: _Clones, weights: Sequence[Array], counts: Array, caps: Array):
    """Weight at risk and of events at each event time, per arm (B, 2, K); events in number (B, K).

    `weights` as `_Chances.weights` gives them; `counts` (B, n) of B weightings of the patients;
    `caps` (B,).
    """
    shape = (len(counts), clones.times.size)
    at_risk, died, number = [], [], np.zeros(shape)
    rows = np.arange(shape[0])[:, None] * shape[1]
    for arm in (WITHOUT, WITHIN):
        w = weights[arm]
        if np.isfinite(caps).any():
            w = np.minimum(w, caps[:, None, None])
        end, column = clones.end[arm], clones.column[arm]
        # from the last on: who is no longer there may have any weight, even one without bound
        order = np.argsort(-end, kind="stable")
        there = np.searchsorted(-end[order], -clones.times, side="right")
        total = np.cumsum(counts[:, order, None] * w[:, order], axis=1)
        at_risk.append(np.where(there > 0, total[:, np.maximum(there - 1, 0), column], 0.0))
        dies = np.flatnonzero(clones.event[arm])
        k = np.searchsorted(clones.times, end[dies])
        cells, each = (rows + k).ravel(), counts[:, dies]
        weighted = np.bincount(cells, (w[:, dies, column[k]] * each).ravel(), number.size)
        died.append(weighted.reshape(shape))
        number += np.bincount(cells, each.ravel(), number.size).reshape(shape)
    return np.stack(at_risk, axis=1), np.stack(died, axis=1), number


def _curves(at_risk: Array, died: Array) -> Array:
    """Weighted product-limit curves: (..., K); level where nobody is at risk."""
    share = np.divide(died, at_risk, out=np.zeros(at_risk.shape), where=at_risk > 0)
    return np.cumprod(1 - share, axis=-1)


def _steps(times: Array, curves: Array, at: Array) -> Array:
    """Values of curves (..., K) at given times: (..., m)."""
    whole = np.concatenate([np.ones((*curves.shape[:-1], 1)), curves], axis=-1)
    return whole[..., np.searchsorted(times, at, side="right")]


def _log_hr(at_risk: Array, died: Array, number: Array, ties: Ties) -> Array:
    """Log hazard ratios (B,) of two arms from weighted sums alone, by Newton's method.

    The same maximum as a weighted Cox model with the arm as its one covariate; NaN if infinite.
    """
    b, k = np.nonzero(number > 0)
    steps = np.ones(b.size, dtype=int)
    if ties == "efron":
        steps = np.rint(number[b, k]).astype(int)
    first = np.cumsum(steps) - steps
    b, k, first, steps = (np.repeat(one, steps) for one in (b, k, first, steps))
    f = (np.arange(steps.size) - first) / steps
    mean = died[b, :, k].sum(axis=1) / steps
    low, high = (at_risk[b, :, k] - f[:, None] * died[b, :, k]).T
    total = died[:, 1].sum(axis=1)
    found, beta = np.full(len(number), np.nan), np.zeros(len(number))
    going = (died.sum(axis=2) > 0).all(axis=1)
    for _ in range(50):
        still = going[b]
        if not still.any():
            break
        b, mean, low, high = b[still], mean[still], low[still], high[still]
        treated = high * np.exp(beta)[b]
        share = treated / (low + treated)
        slope = np.bincount(b, mean * share * (1 - share), len(number))
        # no information is left: the ratio runs away, or one arm alone is at risk at each event
        going &= slope > 1e-12 * total
        step = (total - np.bincount(b, mean * share, len(number)))[going] / slope[going]
        # a wild first step would land where the likelihood is flat
        beta[going] += np.clip(step, -2.0, 2.0)
        ended = np.zeros(len(number), dtype=bool)
        ended[going] = np.abs(step) < 1e-10
        found[ended] = beta[ended]
        going &= ~ended & (np.abs(beta) <= 30)
    return found


def _resampled(clones: _Clones, truncate, ties: Ties, most: int, seed: int, at: Array,
               precision: float | None, conf_level: float):  # fmt: skip
    """Log hazard ratios (B,) and curves (B, 2, m) of resamples with weights of their own."""
    rng, curves = np.random.default_rng(seed), [np.empty((0, 2, at.size))]

    def draw(size: int) -> Array:
        found, here = _drawn(clones, truncate, ties, size, rng, at)
        curves.append(here)
        return found

    if not most or not clones.data.time.size:
        return np.empty(0), curves[0]
    draws = until_precise(draw, most, precision, conf_level) if precision else draw(most)
    return draws, np.concatenate(curves)


def _drawn(clones: _Clones, truncate, ties: Ties, size: int, rng: np.random.Generator, at: Array):
    """The same of `size` further resamples."""
    counts = resample_counts(clones.data.time.size, size, rng).astype(float)
    chances = _Chances(clones, counts)
    draws, curves = np.full(size, np.nan), np.full((size, 2, at.size), np.nan)
    step = max(1, _AT_ONCE // (clones.data.time.size * (clones.cuts.size + 2)))
    for start in range(0, size, step):
        some = slice(start, min(start + step, size))
        # a patient whom a resample's model cannot place is not in it
        # NaN or infinity times a count of 0 would be no number
        there = counts[some, :, None] > 0
        weights = [np.where(there, arm, 1.0) for arm in chances.weights(some)]
        caps = np.array([_cap(clones, [arm[i] for arm in weights], count, truncate)
                         for i, count in enumerate(counts[some])])  # fmt: skip
        at_risk, died, number = _arm_sums(clones, weights, counts[some], caps)
        draws[some] = _log_hr(at_risk, died, number, ties)
        curves[some] = _steps(clones.times, _curves(at_risk, died), at)
    draws[~chances.known], curves[~chances.known] = np.nan, np.nan
    return draws, curves

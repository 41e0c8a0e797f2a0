"""Thousands of Cox refits of one cohort in one call: bootstrap weights, subsets of the columns.

The likelihood, the search and its stopping rule are those of a single fit (`cox.cox_fit`); here the
sums over risk sets are matrix products over all fits of a chunk, and fits that have converged leave
the chunk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .cox_likelihood import PartialLikelihood, Ties
from .cox_newton import NewtonResult, newton
from .separation import without_estimate
from .times import Array, counting_arrays, survival_arrays

_CHUNK_DOUBLES = 120_000
"""First moments (fits * event times * columns) held at once; about a processor's cache."""


@dataclass(frozen=True)
class CoxBatch:
    """Results of B fits. Shapes: coef, std_err, aliased, infinite (B, p); the rest (B,).

    NaN where a column was not in the model, or not estimable (`aliased`). `infinite` marks monotone
    likelihood (separation): the coefficient is where the search stopped. `estimable` is False for a
    fit with any of these doubts about a column it was asked for, or none of its events left.
    """

    coef: Array
    std_err: Array
    aliased: Array
    infinite: Array
    loglik: Array
    loglik_null: Array
    events: Array
    converged: Array
    iterations: Array

    @property
    def hr(self) -> Array:
        """Hazard ratios (B, p)."""
        with np.errstate(over="ignore"):
            return np.exp(self.coef)

    def complete(self, never: int = 0) -> Array:
        """Fits in which all columns but `never` of them have a finite estimate (B,)."""
        doubt = (self.aliased.sum(axis=1) > never) | self.infinite.any(axis=1)
        return self.converged & ~doubt & (self.events > 0)

    def estimable_column(self, j: int) -> Array:
        """Fits in which one column's coefficient is finite and estimated, whatever the others."""
        return (
            np.isfinite(self.coef[:, j]) & ~self.infinite[:, j]
            # where another column runs away the search need not converge, though this one settles
            & (self.converged | self.infinite.any(axis=1))
        )  # fmt: skip


def cox_batch(
    time: ArrayLike,
    event: ArrayLike,
    x: ArrayLike,
    weights: ArrayLike | None = None,
    columns: ArrayLike | None = None,
    *,
    ties: Ties = "breslow",
    strata: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    replicates: bool = True,
    eps: float = 1e-9,
    max_iterations: int = 20,
) -> CoxBatch:
    """Fit Cox's model to many weightings or column subsets of one cohort.

    Parameters
    ----------
    time, event : arrays of shape (n,)
        Follow-up times; 1 = event, 0 = censored. No missing values here.
    x : array of shape (n, p)
        Covariates, complete.
    weights : array of shape (B, n), optional
        How often each patient is in each resample (0 = left out), or case weights.
    columns : bool array of shape (B, p), optional
        Columns each fit uses. With both given, fit b takes row b of each.
    ties : {"breslow", "efron"}
    strata : array of shape (n,), optional
    entry : array of shape (n,), optional
        A row is at risk at t where entry < t <= time. Every time must be after its entry.
    replicates : bool
        Weights count copies of a patient, so that Efron's ties treat a patient drawn twice as two
        tied events, as refitting the resampled rows would. False: case weights (R's ``weights``).
    eps, max_iterations
        As in R's ``coxph.control``; each search stops exactly where R's would.

    Returns
    -------
    CoxBatch

    Raises
    ------
    ValueError
        Missing values, or shapes that do not fit.
    """
    x = np.asarray(x, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    if entry is None:
        time, event, _, kept = survival_arrays(time, event)
    else:
        entry, time, event, _, kept = counting_arrays(entry, time, event)
    if not kept.all() or not np.isfinite(x).all():
        raise ValueError("the cohort of a batch must be complete: drop rows with missing values")
    weights, columns, size = _requests(weights, columns, x.shape)
    if strata is not None:
        strata = np.unique(np.asarray(strata).astype(str), return_inverse=True)[1]
    if not event.any():
        return _no_events(size, x.shape[1], columns)
    k = np.unique(time[event]).size
    # few fits at once: beyond the cache a larger chunk is slower, not faster
    chunk = max(1, _CHUNK_DOUBLES // max(1, k * max(x.shape[1], 1)))
    pieces = []
    for start in range(0, size, chunk):
        part = slice(start, min(start + chunk, size))
        pieces.append(_chunk(
            time, event, x, part.stop - part.start,
            weights=None if weights is None else weights[part],
            columns=None if columns is None else columns[part],
            ties=ties, strata=strata, entry=entry, replicates=replicates, eps=eps,
            limit=max_iterations,
        ))  # fmt: skip
    return CoxBatch(*(np.concatenate(arrays) for arrays in zip(*pieces, strict=True)))


def _requests(weights, columns, shape) -> tuple[Array | None, Array | None, int]:
    """Checked weights and column masks, and the number of fits."""
    n, p = shape
    if weights is not None:
        weights = np.atleast_2d(np.asarray(weights, dtype=float))
        if weights.shape[1] != n or not (weights >= 0).all():
            raise ValueError(f"weights {weights.shape} must be (fits, {n}) and not negative")
    if columns is not None:
        columns = np.atleast_2d(np.asarray(columns, dtype=bool))
        if columns.shape[1] != p:
            raise ValueError(f"columns {columns.shape} must be (fits, {p})")
    sizes = {a.shape[0] for a in (weights, columns) if a is not None}
    if len(sizes) > 1:
        raise ValueError("weights and columns ask for different numbers of fits")
    return weights, columns, sizes.pop() if sizes else 1


def _chunk(time, event, x, size, *, weights, columns, ties, strata, entry, replicates, eps,
           limit):  # fmt: skip
    """One chunk of fits as the arrays of a `CoxBatch`."""
    if weights is not None and size == 1:
        # with one weighting the likelihood takes it that no row of weight 0 is left
        used = weights[0] > 0
        time, event, x, weights = time[used], event[used], x[used], weights[:, used]
        strata = None if strata is None else strata[used]
        entry = None if entry is None else entry[used]
        if not event.any():
            return tuple(vars(_no_events(1, x.shape[1], columns)).values())
    likelihood = PartialLikelihood(
        time, event, x, weights, strata=strata, entry=entry, ties=ties, replicates=replicates
    )
    found = newton(
        # a resample's estimate is one of thousands: R's stop is near enough, and a step costs
        likelihood,
        np.arange(size),
        columns,
        eps=eps,
        max_iterations=limit,
        polish=False,
    )
    asked = np.ones(found.beta.shape, dtype=bool) if columns is None else columns
    hidden = found.aliased | ~asked
    _mark_without_estimate(likelihood, found)
    variance = np.einsum("bii->bi", found.covariance)
    events = np.broadcast_to(likelihood.event_weight.sum(axis=1), size)
    return (
        np.where(hidden, np.nan, found.beta),
        np.where(hidden, np.nan, np.sqrt(np.maximum(variance, 0))),
        found.aliased, found.infinite, found.loglik, found.loglik_null, events.copy(),
        found.converged & (events > 0), found.iterations,
    )  # fmt: skip


def _mark_without_estimate(likelihood: PartialLikelihood, found: NewtonResult) -> None:
    """Mark also what is not estimable only because other coefficients run away, in place."""
    if not likelihood.nested:
        return  # the proof rests on risk sets that only shrink
    for b in np.flatnonzero(found.infinite.any(axis=1)):
        # a column that was set aside has a step of exactly 0
        used = np.flatnonzero(found.step[b] != 0)
        weights = likelihood.weights[b if likelihood.weights.shape[0] > 1 else 0]
        marked = without_estimate(
            likelihood.rows, likelihood.x[:, used], found.step[b, used], weights
        )
        if marked is not None:
            found.infinite[b, used] |= marked


def _no_events(size: int, p: int, columns) -> CoxBatch:
    """B fits of a cohort without an event."""
    nan, zero = np.full((size, p), np.nan), np.zeros(size)
    aliased = np.ones((size, p), dtype=bool) if columns is None else columns.copy()
    no = np.zeros(size, dtype=bool)
    return CoxBatch(nan, nan.copy(), aliased, np.zeros((size, p), dtype=bool), zero, zero.copy(),
                    zero.copy(), no, np.zeros(size, dtype=int))  # fmt: skip

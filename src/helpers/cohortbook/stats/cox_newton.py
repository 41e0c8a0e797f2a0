"""Newton's method with step-halving for many Cox fits at once, with aliased columns set aside.

The schedule is that of R's ``coxph``: start at zero, stop when the log likelihood changes by less
than `eps` relative, halve a step that lowers it. Fits that have stopped leave the batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .cox_likelihood import PartialLikelihood
from .times import Array

ALIAS_TOLERANCE = float(np.finfo(float).eps ** 0.75)
"""Share of a column's information left by the columns before it, below which it is collinear."""
_NOISE = 4 * float(np.finfo(float).eps)
SEPARATION_STEP = 0.01
"""Swing of the linear predictor in a Newton step that is still long after the search has ended."""


@dataclass
class NewtonResult:
    """Per fit: coefficients and covariance on the original scale, and how the search ended.

    Shapes: beta, aliased, infinite, step (B, p); covariance (B, p, p); the rest (B,). Aliased
    columns are 0 here. `infinite` marks coefficients that were still running away, or on which no
    information was left; `step` is Newton's next step, in units of the scaled covariates.
    """

    beta: Array
    covariance: Array
    aliased: Array
    infinite: Array
    loglik: Array
    loglik_null: Array
    score_test: Array
    converged: Array
    iterations: Array
    step: Array


def newton(
    likelihood: PartialLikelihood,
    fits: Array,
    columns: Array | None = None,
    *,
    eps: float = 1e-9,
    max_iterations: int = 20,
    polish: bool = True,
    stride: float = np.inf,
) -> NewtonResult:
    """Maximise the likelihood of the given fits, each over its own columns.

    Parameters
    ----------
    likelihood : PartialLikelihood
    fits : integer array of shape (B,)
        Weightings to use (ignored when there is only one).
    columns : bool array of shape (B, p), optional
        Columns each fit may use; all by default.
    eps, max_iterations
        As in R's ``coxph.control``.
    polish : bool
        Take one more Newton step where the search converged to a finite estimate.
    stride : float
        Longest step, as the swing of the linear predictor over the patients; R's is not limited.
    """
    size, p = fits.size, likelihood.p
    if size == 1 and columns is None and not np.isfinite(stride):
        regular = _regular(likelihood, eps, max_iterations, polish)
        if regular is not None:
            return regular
    beta = np.zeros((size, p))
    start = likelihood.evaluate(beta, fits)
    allowed = np.ones((size, p), dtype=bool) if columns is None else columns
    factor = Factor(start.information, allowed & ~likelihood.constant, start.scale)
    used = factor.used
    step = factor.solve(start.score)
    null, loglik = start.loglik, start.loglik.copy()
    score_test = (start.score * step).sum(axis=1)
    final_score, final_info, final_scale = start.score, start.information, start.scale
    # a fit whose columns are all constant has nothing to search for
    iterations, converged = np.zeros(size, dtype=int), ~used.any(axis=1)
    active = np.flatnonzero(~converged)
    proposal = beta + _limited(likelihood, step, stride)
    halving = np.zeros(size, dtype=bool)
    for _ in range(max_iterations):
        if not active.size:
            break
        iterations[active] += 1
        now = likelihood.evaluate(proposal[active], fits[active])
        with np.errstate(invalid="ignore"):
            finite = np.isfinite(now.loglik) & np.isfinite(now.information).all(axis=(1, 2))
            gain = now.loglik - loglik[active]
            settled = np.abs(gain) <= eps * np.abs(now.loglik)
        # after a halved step the change is small because the step was: as in R, that is no end
        done = finite & settled & ~halving[active]
        better = done | (finite & (gain >= 0))
        taken = active[better]
        beta[taken], loglik[taken] = proposal[taken], now.loglik[better]
        final_score[taken], final_info[taken] = now.score[better], now.information[better]
        final_scale[taken] = now.scale[better]
        converged[active[done]] = True
        worse = active[~better]
        # half way back to the last point that was better, as R does
        proposal[worse] = (proposal[worse] + beta[worse]) / 2
        halving[worse], halving[taken] = True, False
        go = better & ~done
        if go.any():
            # aliases were found at the start; a column that loses its information later is running
            # away, and is set aside only where rounding alone is left of it
            onward = Factor(now.information[go], used[active[go]], now.scale[go], _NOISE)
            step = _limited(likelihood, onward.solve(now.score[go]), stride)
            proposal[active[go]] = beta[active[go]] + step
        active = active[~done]
    last = Factor(final_info, used, final_scale, _NOISE)
    step = last.solve(final_score)
    infinite = _running_away(likelihood, step, used) | (used & ~last.used)
    if polish:
        # a flat likelihood leaves the coefficients right to the root of `eps` only; Newton doubles
        # the digits with each step
        regular = converged & ~infinite.any(axis=1)
        beta[regular] += step[regular]
    unit = likelihood.scale
    return NewtonResult(
        beta / unit, last.inverse() / np.outer(unit, unit), ~used & allowed, infinite, loglik, null,
        score_test, converged, iterations, step,
    )  # fmt: skip


def _regular(likelihood: PartialLikelihood, eps: float, limit: int,
             polish: bool) -> NewtonResult | None:  # fmt: skip
    """Maximise a small likelihood without doubts the short way; None where that does not do."""
    small = likelihood.small
    found = small and small.maximise(eps, limit, ALIAS_TOLERANCE, _NOISE, SEPARATION_STEP, polish)
    if not found:
        return None
    unit, none = likelihood.scale, np.zeros((1, likelihood.p), dtype=bool)
    return NewtonResult(
        (found.beta / unit)[None], (found.covariance / np.outer(unit, unit))[None], none,
        none.copy(), np.array([found.loglik]), np.array([found.loglik_null]),
        np.array([found.score_test]), np.ones(1, dtype=bool), np.array([found.iterations]),
        found.step[None],
    )  # fmt: skip


def _limited(likelihood: PartialLikelihood, step: Array, stride: float) -> Array:
    """Shorten steps (B, p) that move the linear predictor further than `stride`."""
    if not np.isfinite(stride):
        return step
    swing = np.ptp(step @ likelihood.x.T, axis=1)
    return step * np.minimum(1.0, stride / np.maximum(swing, 1e-300))[:, None]


def _running_away(likelihood: PartialLikelihood, step: Array, used: Array) -> Array:
    """Coefficients that the next Newton step would still move far (B, p)."""
    swing = np.ptp(step @ likelihood.x.T, axis=1)
    # columns are scaled, so a step's size is its share in the swing of the linear predictor
    far = ~(np.abs(step) < SEPARATION_STEP / 4)
    # "not below" rather than "above": a step that is no number counts as far
    return ~(swing < SEPARATION_STEP)[:, None] & used & far


class Factor:
    """LDL' factors of (B, p, p) matrices with unused columns skipped, batch axis last.

    A column whose pivot is at most `tolerance` times its `scale` (B, p) is collinear with those
    before it: it is left out and struck from `used`.
    """

    def __init__(self, matrices: Array, used: Array, scale: Array,
                 tolerance: float = ALIAS_TOLERANCE):  # fmt: skip
        # the batch last: each line below works on one long run of memory, for all fits at once
        work = np.ascontiguousarray(np.moveaxis(matrices, 0, -1))
        p = work.shape[0]
        self.used = used.copy()
        keep = self.used.T
        # Own elimination, since LAPACK's stops at a matrix that is singular: here, as in R's
        # ``coxph``, a collinear column is passed over and the others are solved.
        self.pivots = np.ones(work.shape[1:])
        with np.errstate(all="ignore"):
            for j in range(p):
                pivot = work[j, j]
                good = keep[j] & (pivot > tolerance * scale[:, j])
                keep[j] = good
                inverse = np.where(good, 1 / np.where(good, pivot, 1.0), 0.0)
                self.pivots[j] = inverse
                if j + 1 < p:
                    below = work[j + 1 :, j] * inverse
                    for i in range(j + 1, p):
                        work[i, j + 1 : i + 1] -= below[i - j - 1] * work[j + 1 : i + 1, j]
                    work[j + 1 :, j] = below
        self.lower = work

    def solve(self, right: Array) -> Array:
        """Solve for (B, p) right-hand sides; skipped columns get 0."""
        z = np.where(self.pivots > 0, right.T, 0.0)
        return self._back(z).T.copy()

    def inverse(self) -> Array:
        """Inverses (B, p, p), zero in skipped rows and columns."""
        p, size = self.pivots.shape
        out = np.empty((size, p, p))
        for j in range(p):
            unit = np.zeros((p, size))
            unit[j] = self.pivots[j] > 0
            out[:, :, j] = self._back(unit).T
        return out

    def _back(self, z: Array) -> Array:
        p = z.shape[0]
        with np.errstate(all="ignore"):
            for j in range(p - 1):
                z[j + 1 :] -= self.lower[j + 1 :, j] * z[j]
            z = z * self.pivots
            for j in range(p - 1, 0, -1):
                z[:j] -= self.lower[j, :j] * z[j]
        return z

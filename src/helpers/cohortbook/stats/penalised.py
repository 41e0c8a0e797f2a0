"""Penalised Cox models: lasso, ridge and elastic net, with cross-validation.

The objective is that of R's ``glmnet``: minus the log partial likelihood over n, plus
lambda times the mean of absolute and half the squared standardised coefficients.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from .cox import _rows
from .cox_likelihood import PartialLikelihood, Ties
from .times import Array, join_notes, left_out_note

_OUTER, _INNER = 60, 2000
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class PenalisedPath:
    """Coefficients (L, p) at each of `lambdas` (L,), falling; on the scale of the covariates.

    `chosen` and `one_se` are places of the least cross-validated deviance, and of the largest
    lambda within one standard error of it; -1 without cross-validation. `deviance` (L,) and
    `deviance_se` (L,) are per event.
    """

    names: list[str]
    lambdas: Array
    coef: Array
    alpha: float
    n: int
    events: int
    deviance: Array = field(repr=False)
    deviance_se: Array = field(repr=False)
    chosen: int = -1
    one_se: int = -1
    note: str = ""


def penalised_path(
    time: ArrayLike,
    event: ArrayLike,
    x: ArrayLike,
    names: list[str] | None = None,
    *,
    alpha: float = 1.0,
    lambdas: ArrayLike | None = None,
    size: int = 60,
    folds: int = 0,
    unpenalised: list[int] | None = None,
    ties: Ties = "breslow",
    seed: int = 0,
    who: ArrayLike | None = None,
) -> PenalisedPath:
    """Fit a Cox model under a range of penalties, and choose one by cross-validation.

    Parameters
    ----------
    time, event : arrays of shape (n,)
    x : array of shape (n, p)
        Rows with a missing value are left out. Columns are standardised for the penalty.
    alpha : float
        1 = lasso, 0 = ridge, between them the elastic net.
    lambdas : array, optional
        Penalties; by default `size` of them, falling from the least at which all are 0 (of a ridge,
        a thousand times that of alpha = 0.001).
    folds : int
        Parts of the cross-validation, with the events spread evenly; 0 = none. Its deviance is that
        of van Houwelingen et al. (Stat Med 2006; 25:3201): of all less that of those left in.
    unpenalised : list of int, optional
        Columns without a penalty, such as the treatment.
    ties, seed
    who : array of shape (n,), optional
        Rows with the same number are one patient drawn several times, and stay in one fold.

    Raises
    ------
    ValueError
        alpha outside of 0 to 1, a penalty that is not positive.

    Notes
    -----
    Proximal Newton: a quadratic expansion with the exact information, its penalised minimum by
    coordinate descent, and steps halved where the objective would rise. Estimates are shrunken and
    have no standard errors.
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be from 0 to 1, not {alpha!r}")
    x = np.asarray(x, dtype=float)
    names = [f"x{j + 1}" for j in range(x.shape[1])] if names is None else list(names)
    data, _, dropped = _rows(time, event, x, None, None, None, None)
    time, event, x = data[:3]
    nan = np.full(0, np.nan)
    if not event.any():
        return PenalisedPath(names, nan, np.empty((0, len(names))), alpha, time.size, 0, nan, nan,
                             note="no events: nothing can be estimated")  # fmt: skip
    factor = np.ones(x.shape[1])
    factor[unpenalised or []] = 0.0
    model = _Penalised(time, event, x, factor, alpha, ties)
    lambdas = model.range(size) if lambdas is None else np.sort(np.asarray(lambdas, float))[::-1]
    if (lambdas <= 0).any():
        raise ValueError("penalties must be positive")
    path = model.path(lambdas)
    deviance, spread, chosen, one_se = np.full(lambdas.size, np.nan), nan, -1, -1
    note = left_out_note(~dropped)
    if folds:
        who = np.arange(time.size) if who is None else np.asarray(who)[~dropped]
        fold = _folds(event, who, folds, seed)
        deviance, spread = _cross_validate(time, event, x, factor, alpha, ties, lambdas, fold)
        if np.isfinite(deviance).any():
            chosen = int(np.nanargmin(deviance))
            # penalties fall: the first within one standard error is the largest
            one_se = int(np.flatnonzero(deviance <= deviance[chosen] + spread[chosen])[0])
        else:
            note = join_notes(note, "too few events for a cross-validation")
    return PenalisedPath(
        names, lambdas, path / model.likelihood.scale, alpha, time.size, int(event.sum()),
        deviance, spread, chosen, one_se, note,
    )  # fmt: skip


class _Penalised:
    """The objective of one cohort, in units of the scaled covariates."""

    def __init__(self, time, event, x, factor, alpha: float, ties: Ties):
        self.likelihood = PartialLikelihood(time, event, x, ties=ties)
        self.n, self.alpha = time.size, alpha
        self.factor = np.where(self.likelihood.constant, np.inf, factor)
        self.free = self.factor == 0

    def range(self, size: int) -> Array:
        """Penalties from the least at which every penalised coefficient is 0, downwards."""
        start = np.zeros(self.likelihood.p)
        if self.free.any():
            # so large that what is penalised stays at 0, and what is not finds its place
            start = self.minimum(1e6, start)
        score = self.likelihood.evaluate(start[None]).score[0]
        used = np.isfinite(self.factor) & ~self.free
        top = 1 / self.n * np.abs(score[used]).max(initial=1e-12) / max(self.alpha, 1e-3)
        return top * np.geomspace(1, 1e-2 if self.n < self.likelihood.p else 1e-3, size)

    def path(self, lambdas: Array) -> Array:
        """Coefficients at each penalty, each search begun at the last."""
        beta, out = np.zeros(self.likelihood.p), []
        for penalty in lambdas:
            beta = self.minimum(float(penalty), beta)
            out.append(beta)
        return np.array(out)

    def objective(self, beta: Array, penalty: float) -> float:
        """Penalised deviance, to be made least."""
        value = float(self.likelihood.evaluate(beta[None]).loglik[0])
        part = np.isfinite(self.factor) & ~self.free
        b = beta[part]
        cost = self.alpha * np.abs(b).sum() + (1 - self.alpha) / 2 * (b**2).sum()
        return -value / self.n + penalty * cost

    def minimum(self, penalty: float, beta: Array) -> Array:
        """Find the least of the objective from a start."""
        value = self.objective(beta, penalty)
        for _ in range(_OUTER):
            now = self.likelihood.evaluate(beta[None])
            info, score = now.information[0] / self.n, now.score[0] / self.n
            goal = self._quadratic(info, score + info @ beta, beta, penalty)
            step, length = goal - beta, 1.0
            if np.abs(step).max(initial=0.0) < _TOLERANCE:
                break
            while length > 1e-6:
                moved = self.objective(beta + length * step, penalty)
                if np.isfinite(moved) and moved <= value + 1e-13 * abs(value):
                    break
                length /= 2
            beta, value = beta + length * step, moved
        return beta

    def _quadratic(self, info: Array, target: Array, beta: Array, penalty: float) -> Array:
        """Coordinate descent on b' I b / 2 - target' b + penalty."""
        beta = beta.copy()
        used = np.flatnonzero(np.isfinite(self.factor) & (np.diag(info) > 1e-14))
        beta[np.setdiff1d(np.arange(beta.size), used)] = 0.0
        lasso = np.where(self.free, 0.0, penalty * self.alpha)
        ridge = np.where(self.free, 0.0, penalty * (1 - self.alpha))
        rest = target - info @ beta
        for _ in range(_INNER):
            largest = 0.0
            for j in used:
                # soft threshold: the kink of |b| holds a coefficient at exactly 0 until the pull
                # exceeds it
                pull = rest[j] + info[j, j] * beta[j]
                new = np.sign(pull) * max(abs(pull) - lasso[j], 0.0) / (info[j, j] + ridge[j])
                change = new - beta[j]
                if change:
                    rest -= info[:, j] * change
                    beta[j] = new
                    largest = max(largest, abs(change))
            if largest < _TOLERANCE / 10:
                break
            exact = _on_active_set(info, target, beta, used, lasso, ridge)
            if exact is not None:
                return exact
        return beta


def _on_active_set(info, target, beta, used, lasso, ridge) -> Array | None:
    """Solve with the signs of `beta` as they are; None where that is not the minimum."""
    active, sign = used[beta[used] != 0], np.sign(beta)
    found = np.zeros(beta.size)
    try:
        found[active] = np.linalg.solve(
            info[np.ix_(active, active)] + np.diag(ridge[active]),
            target[active] - lasso[active] * sign[active],
        )
    except np.linalg.LinAlgError:
        return None
    others = np.setdiff1d(used, active)
    pull = np.abs(target - info @ found)[others]
    kept = (np.sign(found[active]) == sign[active]) | (lasso[active] == 0)
    return found if kept.all() and (pull <= lasso[others] + 1e-12).all() else None


def _folds(event: Array, who: Array, folds: int, seed: int) -> Array:
    """Give the fold (n,) of each row: all rows of a patient in one, the events spread evenly."""
    rng = np.random.default_rng(seed)
    _, first, place = np.unique(who, return_index=True, return_inverse=True)
    fold = np.empty(first.size, dtype=int)
    # events and others are dealt apart: a fold without events has no deviance
    for kind in (event[first], ~event[first]):
        rows = rng.permutation(np.flatnonzero(kind))
        fold[rows] = np.arange(rows.size) % folds
    return fold[place]


def _cross_validate(time, event, x, factor, alpha, ties, lambdas, fold: Array):
    """Deviance per event at each penalty, and its standard error over the folds."""
    whole = PartialLikelihood(time, event, x, ties=ties)
    parts, counts = [], []
    for number in range(fold.max(initial=0) + 1):
        inside = fold != number
        if not event[inside].any() or not event[~inside].any():
            continue
        model = _Penalised(time[inside], event[inside], x[inside], factor, alpha, ties)
        scaled = model.path(lambdas)
        raw = scaled / model.likelihood.scale
        of_all = np.array([whole.evaluate((b * whole.scale)[None]).loglik[0] for b in raw])
        of_most = np.array([model.likelihood.evaluate(b[None]).loglik[0] for b in scaled])
        counts.append(event[~inside].sum())
        parts.append(-2 * (of_all - of_most) / counts[-1])
    if len(parts) < 2:
        return np.full(lambdas.size, np.nan), np.full(lambdas.size, np.nan)
    weights = np.array(counts, dtype=float) / np.sum(counts)
    values = np.array(parts)
    mean = weights @ values
    spread = np.sqrt(weights @ (values - mean) ** 2 / (len(parts) - 1))
    return mean, spread

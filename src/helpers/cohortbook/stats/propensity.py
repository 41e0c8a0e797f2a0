"""Propensity scores by logistic regression, one fit or thousands, and the weights made of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .cox_newton import Factor
from .risksets import product
from .times import Array

_CHUNK_DOUBLES = 4_000_000
_MOST_PAIRS = 20_000_000
"""Products of two covariates, of all patients, that are held at once (8 bytes each)."""
_GAIN = 1e-12
"""Relative gain of the log likelihood below which the search ends."""
_NEAR = 1e-7
"""Distance of a score from 0 or 1 below which it is that in all but name."""


@dataclass(frozen=True)
class Propensity:
    """Scores of B fits: `score` (B, n), NaN where there are none (`estimable` False, (B,)).

    `outside` (B,) counts the rows whose score is 0 or 1 in all but name: patients of a kind that
    the other arm does not have.
    """

    score: Array
    estimable: Array
    outside: Array


def propensity(
    treated: ArrayLike, x: ArrayLike, weights: ArrayLike | None = None, max_iterations: int = 60
) -> Propensity:
    """Fit the chance of treatment given the covariates by maximum likelihood.

    Parameters
    ----------
    treated : array of shape (n,)
        1 = treated, 0 = not.
    x : array of shape (n, p)
        Covariates without the intercept, complete.
    weights : array of shape (B, n), optional
        How often each row counts in each fit; one fit with equal weights by default.
    max_iterations : int

    Returns
    -------
    Propensity
        Not estimable where the covariates separate the arms completely, or an arm is empty.
        Constant and collinear columns are left out, which does not change the scores.

    Notes
    -----
    Newton's method with step-halving, stopped by the deviance. R: ``glm(treated ~ x, family =
    binomial)``, whose fitted values these are also where some of them tend to 0 or 1.
    """
    treated, x = np.asarray(treated, dtype=float), np.asarray(x, dtype=float)
    n = treated.size
    weights = np.ones((1, n)) if weights is None else np.atleast_2d(np.asarray(weights, float))
    # scores do not depend on units; the information of columns of like size can be inverted
    spread = x.std(axis=0)
    scaled = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    fit = _Logistic(treated, np.column_stack([np.ones(n), scaled]))
    height = max(1, _CHUNK_DOUBLES // max(n * fit.p**2, 1))
    parts = [
        fit.scores(weights[start : start + height], max_iterations)
        for start in range(0, len(weights), height)
    ]
    score, estimable, outside = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Propensity(np.where(estimable[:, None], score, np.nan), estimable, outside)


class _Logistic:
    """Logistic models of one cohort under many weightings."""

    def __init__(self, treated: Array, x: Array):
        self.treated, self.x, self.p = treated, x, x.shape[1]
        self.pairs = None
        # made once, they turn the information of a thousand resamples into one product of matrices
        if x.size * self.p <= _MOST_PAIRS:
            self.pairs = (x[:, :, None] * x[:, None, :]).reshape(len(x), self.p**2)

    def scores(self, weights: Array, limit: int) -> tuple[Array, Array, Array]:
        """Scores (B, n) of some weightings, which are estimable, and rows at 0 or 1 (B,)."""
        beta, value, halted = self._search(weights, limit)
        score = _logistic(beta @ self.x.T)
        drawn = weights > 0
        own = np.where(self.treated > 0, score, 1 - score)
        # everybody's own arm is certain: the covariates separate the arms, and no weight means
        # anything
        apart = (own > 1 - _NEAR).all(axis=1, where=drawn)
        both = ((weights * self.treated).sum(axis=1) > 0) & (
            (weights * (1 - self.treated)).sum(axis=1) > 0
        )
        outside = (drawn & (np.minimum(score, 1 - score) < _NEAR)).sum(axis=1)
        return score, halted & both & ~apart & np.isfinite(value), outside

    def _search(self, weights: Array, limit: int) -> tuple[Array, Array, Array]:
        """Coefficients (B, p), log likelihood (B,), and whether the search came to its end."""
        beta, halted = np.zeros((len(weights), self.p)), np.zeros(len(weights), dtype=bool)
        value = self._loglik(beta, weights)
        active = np.arange(len(weights))
        for _ in range(limit):
            if not active.size:
                break
            now, w = beta[active], weights[active]
            moved, gained = self._uphill(now, self._step(now, w), value[active], w)
            gain = gained - value[active]
            beta[active], value[active] = moved, gained
            # the measure of change that R's glm uses, at a smaller bound: scores near 0 and 1
            # settle last
            done = ~(gain > _GAIN * (np.abs(gained) + 0.1))
            halted[active[done]] = True
            active = active[~done]
        return beta, value, halted

    def _step(self, beta: Array, weights: Array) -> Array:
        mean = _logistic(beta @ self.x.T)
        info = self._information(weights * mean * (1 - mean))
        scale = np.einsum("bii->bi", info).copy()
        factor = Factor(info, scale > 0, scale)
        return factor.solve((weights * (self.treated - mean)) @ self.x)

    def _information(self, weights: Array) -> Array:
        """Weighted cross products of the covariates: (B, p, p)."""
        if self.pairs is None:
            return np.stack([(self.x * own[:, None]).T @ self.x for own in weights])
        return product(weights, self.pairs).reshape(-1, self.p, self.p)

    def _uphill(self, beta: Array, step: Array, value: Array, weights: Array):
        """Take the step, halved where the likelihood would fall."""
        # Newton's full step may overshoot where scores come near 0 or 1
        length = np.ones((len(beta), 1))
        for _ in range(20):
            now = self._loglik(beta + length * step, weights)
            worse = ~(now >= value - 1e-12 * np.abs(value))
            if not worse.any():
                break
            length[worse] /= 2
        return beta + length * step, now

    def _loglik(self, beta: Array, weights: Array) -> Array:
        eta = beta @ self.x.T
        return (weights * (self.treated * eta - np.logaddexp(0, eta))).sum(axis=1)


def _logistic(eta: Array) -> Array:
    return 1 / (1 + np.exp(-np.clip(eta, -700, 700)))


def overlap_weights(treated: ArrayLike, score: ArrayLike) -> Array:
    """Weigh each patient by the chance of the other arm.

    Li, Morgan and Zaslavsky (J Am Stat Assoc 2018; 113:390): 1 - e if treated, e if not. They lie
    between 0 and 1, and with a logistic model they balance the mean of each covariate exactly.
    """
    return _or_none(np.where(np.asarray(treated) > 0, 1 - np.asarray(score), np.asarray(score)))


def inverse_weights(treated: ArrayLike, score: ArrayLike) -> Array:
    """Weigh each patient by one over the chance of the own arm (average treatment effect)."""
    with np.errstate(divide="ignore"):
        return 1 / np.where(np.asarray(treated) > 0, np.asarray(score), 1 - np.asarray(score))


def treated_weights(treated: ArrayLike, score: ArrayLike) -> Array:
    """Leave the treated as they are and weigh the others to be like them: e / (1 - e).

    The average treatment effect in the treated.
    """
    score = np.asarray(score, dtype=float)
    with np.errstate(divide="ignore"):
        return _or_none(np.where(np.asarray(treated) > 0, 1.0, score / (1 - score)))


def _or_none(weights: Array) -> Array:
    """Give no weight where the search for a score of 0 or 1 only left some.

    How much it left says nothing of the patient, but in a model such rows hide that those who do
    weigh have no finite ratio.
    """
    return np.where(weights < _NEAR, 0.0, weights)


OVERLAP, INVERSE = "overlap", "inverse"
WEIGHTS = {OVERLAP: overlap_weights, INVERSE: inverse_weights}


def effective_size(weights: ArrayLike) -> float:
    """Give Kish's effective sample size: (sum w)^2 over sum w^2."""
    weights = np.asarray(weights, dtype=float)
    squares = float((weights**2).sum())
    return float(weights.sum() ** 2 / squares) if squares > 0 else 0.0

"""One Cox fit of a small cohort, where what a step costs is the calls and not the numbers.

Each event is a row of a matrix M (D, n): 1 for who is at risk at its time, and for Efron's j-th of
d tied events 1 - j / d for those d. Then the denominators of all steps are M r, and nothing else of
the ties is left. A fit that is not regular in every way is left to `cox_newton.newton`, which
follows the same schedule and knows what to do.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg.lapack import dposv, dpotrs

from .risksets import CoxRows
from .times import Array

MOST_CELLS = 30_000
"""Events x rows up to which this pays."""


class Point(NamedTuple):
    """Log likelihood, score (p,), information (p, p), and the diagonal of its first term (p,)."""

    loglik: float
    score: Array
    information: Array
    scale: Array


class Found(NamedTuple):
    """A regular maximum: coefficients (p,) and covariance (p, p) of the scaled covariates."""

    beta: Array
    covariance: Array
    loglik: float
    loglik_null: float
    score_test: float
    iterations: int
    step: Array


class SmallLikelihood:
    """The partial likelihood of rows without strata, as in `PartialLikelihood`.

    Parameters
    ----------
    rows : CoxRows
    x : array of shape (n, p)
        Scaled covariates in the order of `rows`.
    weights : array of shape (n,) or None
        Positive case weights.
    efron : bool
    """

    def __init__(self, rows: CoxRows, x: Array, weights: Array | None, efron: bool):
        k = rows.event_k
        self.x, self.weights, self.events = x, weights, rows.event_rows
        matrix = (k[:, None] <= rows.last_k).astype(float)
        if rows.entry is not None:
            matrix *= k[:, None] >= rows.first_k
        own = np.ones(k.size) if weights is None else weights[self.events]
        self.step_weight, self.event_weight = own, own
        if efron and k.size > rows.k:
            ties = np.bincount(k, minlength=rows.k)
            share = (np.arange(k.size) - rows.event_starts[k]) / ties[k]
            dies = np.where(rows.event, rows.last_k, -1)
            matrix -= share[:, None] * (k[:, None] == dies)
            if weights is not None:
                self.step_weight = (np.bincount(k, own, rows.k) / ties)[k]
        self.matrix, self.first = matrix, self.event_weight @ x[self.events]

    def evaluate(self, beta: Array) -> Point:
        """Give the likelihood and its derivatives at coefficients (p,)."""
        x, eta = self.x, self.x @ beta
        eta -= eta.max()
        r = np.exp(eta)
        if self.weights is not None:
            r *= self.weights
        den = self.matrix @ r
        per = self.step_weight / den
        mean = self.matrix @ (x * r[:, None])
        r *= per @ self.matrix
        first = (x * r[:, None]).T @ x
        info = first - (mean * (per / den)[:, None]).T @ mean
        loglik = self.event_weight @ eta[self.events] - self.step_weight @ np.log(den)
        return Point(float(loglik), self.first - r @ x, info, first.diagonal())

    def maximise(self, eps: float, limit: int, alias: float, noise: float, longest: float,
                 polish: bool) -> Found | None:  # fmt: skip
        """Search as `newton` does, from zero; None where anything is not regular.

        `alias` and `noise` are the shares of a column's information below which it is none, at the
        start and later; `longest` is the swing of a last step that leads to an end.
        """
        with np.errstate(all="ignore"):
            beta = np.zeros(self.x.shape[1])
            now = self.evaluate(beta)
            null, solved = now.loglik, _solved(now, alias)
            if solved is None:
                return None
            score_test, converged, iterations = float(now.score @ solved.step), False, 0
            while not converged:
                if iterations == limit:
                    return None
                iterations += 1
                proposal = beta + solved.step
                ahead = self.evaluate(proposal)
                gain = ahead.loglik - now.loglik
                converged = abs(gain) <= eps * abs(ahead.loglik)
                if not (converged or gain >= 0):
                    return None
                beta, now = proposal, ahead
                solved = _solved(now, noise)
                if solved is None:
                    return None
            swing = self.x @ solved.step
            if not swing.max() - swing.min() < longest:
                return None
        end = beta + solved.step if polish else beta
        covariance = dpotrs(solved.factor, np.eye(beta.size), lower=1)[0]
        return Found(end, covariance, now.loglik, null, score_test, iterations, solved.step)


class Solved(NamedTuple):
    """Newton's step (p,), and Cholesky's factor (p, p) of the information, below the diagonal."""

    step: Array
    factor: Array


def _solved(at: Point, tolerance: float) -> Solved | None:
    """Solve for the step; None where a column is collinear, or the information no number."""
    factor, step, wrong = dposv(at.information, at.score, lower=1)
    pivots = factor.diagonal()
    if wrong or not (pivots * pivots > tolerance * at.scale).all():
        return None
    return Solved(step, factor)

"""The odds ratio of a 2x2 table: conditional maximum likelihood, with exact limits.

Own code: `scipy.stats.contingency.odds_ratio` is the same to 1e-9 only; tests hold this to 1e-11.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import gammaln

from .records import Estimate
from .tables import as_counts

CONDITIONAL = "conditional maximum likelihood, exact limits"


def odds_ratio(table: ArrayLike, conf_level: float = 0.95) -> Estimate:
    """Conditional maximum-likelihood odds ratio of a 2x2 table, with exact limits.

    Given both margins the first cell has Fisher's noncentral hypergeometric distribution. The
    estimate makes its mean the observed count; the limits make each tail (1 - conf_level) / 2
    (Cornfield 1956). R: `fisher.test(table)`, whose printed digits are good to about 1e-3 only;
    here the equations are solved to rounding error.

    Parameters
    ----------
    table : array of shape (2, 2)
        Counts [[a, b], [c, d]]; above 1 when a and d are large.
    conf_level : float
        Two-sided confidence.

    Returns
    -------
    Estimate
        0 or Inf at the edge of what the margins allow; NaN with limits 0 and Inf and a note
        where they allow one table only.
    """
    (a, b), (c, d) = _two_by_two(table)
    low, high = max(0, a - d), min(a + b, a + c)
    if low == high:
        note = "not estimable: nobody, or everybody, is in one row or column"
        return Estimate(math.nan, 0.0, math.inf, conf_level, CONDITIONAL, note)
    # with both margins given the first cell tells the whole table
    support = np.arange(low, high + 1)
    log_weight = -sum(
        gammaln(cell + 1) for cell in (support, a + b - support, a + c - support, d - a + support)
    )
    tail = (1 - conf_level) / 2
    mean = _solve(lambda t: float(_chances(log_weight, support, t) @ support) - a)
    below = support <= a
    upper = _solve(lambda t: float(_chances(log_weight, support, t)[below].sum()) - tail)
    above = support >= a
    lower = _solve(lambda t: float(_chances(log_weight, support, t)[above].sum()) - tail)
    return Estimate(
        0.0 if a == low else math.inf if a == high else math.exp(mean),
        0.0 if a == low else math.exp(lower),
        math.inf if a == high else math.exp(upper),
        conf_level,
        CONDITIONAL,
    )


def _two_by_two(table: ArrayLike) -> list[list[int]]:
    """Give the four counts, or say that the table has another shape."""
    counts = as_counts(table)
    if counts.shape != (2, 2):
        raise ValueError(f"an odds ratio needs a 2x2 table, not {counts.shape}")
    return counts.tolist()


def _chances(
    log_weight: NDArray[np.float64], support: NDArray[np.int64], log_odds: float
) -> NDArray[np.float64]:
    """Give the noncentral hypergeometric probabilities at a log odds ratio."""
    logs = log_weight + log_odds * support
    # the largest is 1: exp of the logs themselves would overflow, or vanish all together
    weights = np.exp(logs - logs.max())
    return weights / weights.sum()


def _solve(equation: Callable[[float], float]) -> float:
    """Find the root of a monotone function of the log odds ratio; NaN if it has none."""
    width = 1.0
    while equation(-width) * equation(width) > 0:
        width *= 2
        if width > 1000:
            return math.nan
    return float(brentq(equation, -width, width, xtol=1e-15, rtol=1e-14, maxiter=500))

"""Proportions, their differences and ratios, with confidence intervals.

Own code: statsmodels has the same limits of one proportion and Newcombe's, but its score limits of
a difference raise on tables with empty or full cells, and differ on others.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from scipy import stats
from scipy.optimize import brentq

from .records import Estimate

_NOBODY = "not estimable: nobody in the denominator"


def clopper_pearson(events: int, n: int, conf_level: float = 0.95) -> Estimate:
    """Proportion with Clopper and Pearson's exact limits.

    Inverts the exact binomial test (Biometrika 1934; 26:404). R: `binom.test`.

    Parameters
    ----------
    events, n : int
        How many of how many.
    conf_level : float
        Two-sided confidence.

    Returns
    -------
    Estimate
        A fraction, 0 to 1; NaN with a note if n is 0.
    """
    _check(events, n)
    if n == 0:
        return _not_estimable("Clopper-Pearson", conf_level)
    tail = (1 - conf_level) / 2
    low = 0.0 if events == 0 else float(stats.beta.ppf(tail, events, n - events + 1))
    # isf: the upper tail directly, since 1 - tail is rounded
    high = 1.0 if events == n else float(stats.beta.isf(tail, events + 1, n - events))
    return Estimate(events / n, low, high, conf_level, "Clopper-Pearson")


def wilson(events: int, n: int, conf_level: float = 0.95) -> Estimate:
    """Proportion with Wilson's limits: the score test inverted, without correction.

    J Am Stat Assoc 1927; 22:209. R: `prop.test(correct = FALSE)`. Arguments and result as
    `clopper_pearson`.
    """
    _check(events, n)
    if n == 0:
        return _not_estimable("Wilson", conf_level)
    return Estimate(events / n, *_wilson_limits(events, n, conf_level), conf_level, "Wilson")


def newcombe(
    events: int, n: int, events_ref: int, n_ref: int, conf_level: float = 0.95
) -> Estimate:
    """Difference of two independent proportions, first minus reference, by Newcombe's method 10.

    The distances to the two Wilson limits, squared and added (Stat Med 1998; 17:873).

    Parameters
    ----------
    events, n, events_ref, n_ref : int
        How many of how many in the arm of interest, and in the reference arm.
    conf_level : float
        Two-sided confidence.

    Returns
    -------
    Estimate
        A difference of fractions, -1 to 1; NaN with a note if an arm has nobody.
    """
    if not _both(events, n, events_ref, n_ref):
        return _not_estimable("Newcombe", conf_level)
    p, p_ref = events / n, events_ref / n_ref
    low, high = _wilson_limits(events, n, conf_level)
    low_ref, high_ref = _wilson_limits(events_ref, n_ref, conf_level)
    # crosswise: the difference is least where the one is low and the other high
    below = math.hypot(p - low, high_ref - p_ref)
    above = math.hypot(high - p, p_ref - low_ref)
    difference = p - p_ref
    return Estimate(difference, difference - below, difference + above, conf_level, "Newcombe")


def miettinen_nurminen(
    events: int, n: int, events_ref: int, n_ref: int, conf_level: float = 0.95
) -> Estimate:
    """Difference of two independent proportions, with Miettinen and Nurminen's score limits.

    Where the squared score, its variance at the restricted maximum of the likelihood times
    N / (N - 1), equals z squared (Stat Med 1985; 4:213). SAS: `riskdiff(cl = mn)`. Arguments
    and result as `newcombe`.
    """
    if not _both(events, n, events_ref, n_ref):
        return _not_estimable("Miettinen-Nurminen", conf_level)
    difference = events / n - events_ref / n_ref
    z_squared, total = _z(conf_level) ** 2, n + n_ref

    def excess(delta: float) -> float:
        p_ref = _restricted(events, n, events_ref, n_ref, delta)
        p = min(max(p_ref + delta, 0.0), 1.0)
        variance = p * (1 - p) / n + p_ref * (1 - p_ref) / n_ref
        # squared: one function for both limits, and no division by a variance that may be 0
        return (difference - delta) ** 2 - z_squared * variance * total / (total - 1)

    limits = _root(excess, difference, -1.0), _root(excess, difference, 1.0)
    return Estimate(difference, *limits, conf_level, "Miettinen-Nurminen")


def wald(events: int, n: int, events_ref: int, n_ref: int, conf_level: float = 0.95) -> Estimate:
    """Difference of two independent proportions, limits from the unpooled variance.

    Cut at -1 and 1. R: `prop.test(correct = FALSE)` of two samples. Arguments and result as
    `newcombe`.
    """
    if not _both(events, n, events_ref, n_ref):
        return _not_estimable("Wald", conf_level)
    p, p_ref = events / n, events_ref / n_ref
    half = _z(conf_level) * math.sqrt(p * (1 - p) / n + p_ref * (1 - p_ref) / n_ref)
    limits = max(-1.0, p - p_ref - half), min(1.0, p - p_ref + half)
    return Estimate(p - p_ref, *limits, conf_level, "Wald")


def risk_ratio(
    events: int, n: int, events_ref: int, n_ref: int, conf_level: float = 0.95
) -> Estimate:
    """Ratio of two independent proportions, first to reference, with Katz's log interval.

    Katz et al., Biometrics 1978; 34:469. NaN limits, with a note, where an arm has no event.

    Parameters
    ----------
    events, n, events_ref, n_ref : int
        How many of how many in the arm of interest, and in the reference arm.
    conf_level : float
        Two-sided confidence.
    """
    if not _both(events, n, events_ref, n_ref):
        return _not_estimable("Katz", conf_level)
    if events == 0 or events_ref == 0:
        ratio = 0.0 if events_ref else math.nan if events == 0 else math.inf
        note = "no limits: an arm has no event"
        return Estimate(ratio, math.nan, math.nan, conf_level, "Katz", note)
    ratio = (events / n) / (events_ref / n_ref)
    half = _z(conf_level) * math.sqrt(1 / events - 1 / n + 1 / events_ref - 1 / n_ref)
    limits = ratio * math.exp(-half), ratio * math.exp(half)
    return Estimate(ratio, *limits, conf_level, "Katz")


def _wilson_limits(events: int, n: int, conf_level: float) -> tuple[float, float]:
    """Give Wilson's limits, exactly 0 and 1 at the ends."""
    z = _z(conf_level)
    centre = events + z**2 / 2
    half = z * math.sqrt(events * (n - events) / n + z**2 / 4)
    low, high = (centre - half) / (n + z**2), (centre + half) / (n + z**2)
    return (0.0 if events == 0 else max(0.0, low)), (1.0 if events == n else min(1.0, high))


def _check(events: int, n: int) -> None:
    """Refuse a fraction that is none."""
    if not 0 <= events <= n:
        raise ValueError(f"{events} of {n} is not a proportion")


def _both(events: int, n: int, events_ref: int, n_ref: int) -> bool:
    """Check both fractions, and tell whether each arm has somebody."""
    _check(events, n)
    _check(events_ref, n_ref)
    return n > 0 and n_ref > 0


def _not_estimable(method: str, conf_level: float) -> Estimate:
    """Give the estimate of an empty arm."""
    return Estimate(math.nan, math.nan, math.nan, conf_level, method, _NOBODY)


def _z(conf_level: float) -> float:
    """Give the normal quantile of a two-sided confidence."""
    return float(stats.norm.isf((1 - conf_level) / 2))


def _root(excess: Callable[[float], float], inside: float, end: float) -> float:
    """Find where `excess` rises above 0 between the estimate and an end of the scale."""
    # At the estimate itself the variance may be 0 (0 of 3 v 0 of 5): start a step beside it.
    start = inside + (end - inside) * 1e-9
    if abs(inside - end) < 1e-12 or excess(end) <= 0:
        return end
    return float(brentq(excess, start, end, xtol=1e-15, rtol=1e-14, maxiter=500))


def _restricted(x: int, n: int, x_ref: int, n_ref: int, delta: float) -> float:
    """Give the reference proportion of greatest likelihood when the difference is `delta`.

    The likelihood is concave between the bounds, so its derivative has at most one root there.
    """
    low, high = max(0.0, -delta), min(1.0, 1.0 - delta)

    def slope(p: float) -> float:
        return (
            _term(x, p + delta)
            - _term(n - x, 1 - p - delta)
            + _term(x_ref, p)
            - _term(n_ref - x_ref, 1 - p)
        )

    inner = (high - low) * 1e-15
    if high - low < 1e-15 or slope(low + inner) <= 0:
        return low
    if slope(high - inner) >= 0:
        return high
    return float(brentq(slope, low + inner, high - inner, xtol=1e-16, rtol=1e-15, maxiter=500))


def _term(count: int, chance: float) -> float:
    """Give count / chance, 0 where nothing was counted and Inf where that was impossible."""
    if count == 0:
        return 0.0
    return count / chance if chance > 0 else math.inf

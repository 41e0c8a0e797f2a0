"""Proportions and their differences, with confidence intervals."""

from __future__ import annotations

import math

from scipy import stats

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
    high = 1.0 if events == n else float(stats.beta.isf(tail, events + 1, n - events))
    return Estimate(events / n, low, high, conf_level, "Clopper-Pearson")


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
    below = math.hypot(p - low, high_ref - p_ref)
    above = math.hypot(high - p, p_ref - low_ref)
    difference = p - p_ref
    return Estimate(difference, difference - below, difference + above, conf_level, "Newcombe")


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


def _term(count: int, chance: float) -> float:
    """Give count / chance, 0 where nothing was counted and Inf where that was impossible."""
    if count == 0:
        return 0.0
    return count / chance if chance > 0 else math.inf

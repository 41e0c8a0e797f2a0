"""Bootstrap confidence limits, percentile and bias-corrected and accelerated, and their precision.

Limits of B draws are order statistics, so their Monte Carlo error is seen in the draws themselves:
the rank of the share `a` has standard deviation sqrt(a (1 - a) / B), and the error of a limit is
half the distance between the order statistics one such deviation to each side (Efron and
Tibshirani, An Introduction to the Bootstrap 1993, chapter 19; Serfling 1980, section 2.6).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

_OUTERMOST = 0.02
"""Share of draws beyond a BCa limit, of those outside both limits, that is too few to trust."""


AT_ONCE = 20_000_000
"""Counts, rows x resamples, that are held at once (8 bytes each, and as much for their weights)."""


PILOT = 500
"""Draws after which the precision of their limits is looked at first."""


class Limits(NamedTuple):
    """A confidence interval, with a doubt in words, and the Monte Carlo error of its limits.

    `error` is the larger of both limits' standard errors, on the scale of the draws; NaN where it
    is not known, as with draws that ran away.
    """

    conf_low: float
    conf_high: float
    note: str = ""
    error: float = math.nan


def resample_counts(n: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw how often each of n rows is in each of `size` resamples with replacement: (size, n)."""
    return rng.multinomial(n, np.full(n, 1 / n), size=size)


def resamples(n: int, size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Draw the same counts in parts (some, n), as many at once as fit into memory."""
    # the same draws in any number of parts: the generator goes on where it stopped
    step = max(1, AT_ONCE // max(n, 1))
    for start in range(0, size, step):
        yield resample_counts(n, min(step, size - start), rng)


def until_precise(
    draw: Callable[[int], np.ndarray], most: int, precision: float, conf_level: float = 0.95
) -> np.ndarray:
    """Draw until percentile limits are known to a precision, or `most` times.

    Parameters
    ----------
    draw : function
        Gives so many further draws, shape (B,) or (B, m) for the limits of m statistics.
    most : int
    precision : float
        Largest Monte Carlo standard error of any limit at which to stop.
    conf_level : float

    Returns
    -------
    array of shape (B,) or (B, m)
        The first `PILOT` draws, and as many more as their spread asks for. How many there are
        depends on nothing but the draws.
    """
    draws = draw(min(PILOT, most))
    while len(draws) < most:
        columns = draws.reshape(len(draws), -1).T
        error = max(percentile_limits(column, conf_level).error for column in columns)
        if error <= precision:
            break
        # the error falls with the root of the number; of few draws it is not well known itself, so
        # that their number is at most doubled before it is looked at again
        ratio = (error / precision) ** 2 if math.isfinite(error) else math.inf
        more = len(draws) * min(ratio - 1, 1.0)
        size = min(max(100 * math.ceil(more / 100), 100), most - len(draws))
        draws = np.concatenate([draws, draw(size)])
    return draws


def percentile_limits(draws: ArrayLike, conf_level: float = 0.95) -> Limits:
    """Give the central quantiles of the draws (Efron 1979).

    Parameters
    ----------
    draws : array of shape (B,)
        NaN is left out; infinite draws keep their rank.
    conf_level : float

    Notes
    -----
    The k-th order statistics at k = (B + 1) alpha, interpolated on the normal scale as in R:
    `boot::boot.ci(type = "perc")`.
    """
    tails = _tails(conf_level)
    size = _known(draws).size
    spreads = [math.sqrt(share * (1 - share) / size) if size else math.nan for share in tails]
    return Limits(*(_order_statistic(draws, share) for share in tails),
                  error=_errors(draws, tails, spreads))  # fmt: skip


def bca_limits(
    draws: ArrayLike, estimate: float, jackknife: ArrayLike, conf_level: float = 0.95
) -> Limits:
    """Give Efron's bias-corrected and accelerated limits (J Am Stat Assoc 1987; 82:171).

    Parameters
    ----------
    draws : array of shape (B,)
        The statistic in each resample, on a scale where it is roughly symmetric (log ratios).
    estimate : float
        The statistic in the data.
    jackknife : array of shape (n,)
        The statistic without each observation, for the acceleration.
    conf_level : float

    Returns
    -------
    Limits
        NaN with a note where all draws are on one side of the estimate; a note where a limit
        rests on the outermost draws, as when the estimate lies far from their median.
    """
    draws, left_out = _known(draws), np.asarray(jackknife, dtype=float)
    left_out = left_out[np.isfinite(left_out)]
    share = np.mean(draws < estimate) if draws.size else math.nan
    if not 0 < share < 1:
        return Limits(math.nan, math.nan, "no BCa limits: all draws lie on one side")
    # bias: how far the estimate lies from the median of the draws, in normal units
    bias, tilt = ndtri(share), acceleration(left_out)
    z = bias + ndtri(np.array(_tails(conf_level)))
    shares = ndtr(bias + z / (1 - tilt * z))
    outermost = np.minimum(shares, 1 - shares).min() < _OUTERMOST * (1 - conf_level)
    note = "a BCa limit rests on the outermost draws" if outermost else ""
    # the share below the estimate is counted in the draws too, and moves both limits' ranks
    moves = _density(ndtri(shares)) * (1 + (1 - tilt * z) ** -2.0) / _density(bias)
    spreads = np.sqrt(np.maximum(
        shares * (1 - shares) + moves**2 * share * (1 - share)
        - 2 * moves * (np.minimum(shares, share) - shares * share), 0) / draws.size)  # fmt: skip
    return Limits(*(_order_statistic(draws, float(share)) for share in shares), note,
                  _errors(draws, shares, spreads))  # fmt: skip


def _density(z: ArrayLike) -> np.ndarray:
    """Give the standard normal density."""
    return np.exp(-np.square(z) / 2) / math.sqrt(2 * math.pi)


def _errors(draws: ArrayLike, shares: ArrayLike, spreads: ArrayLike) -> float:
    """Give the larger Monte Carlo error of the limits at some shares, whose ranks spread so far."""
    half = []
    for share, spread in zip(shares, spreads, strict=True):
        low, high = (_order_statistic(draws, float(share + step)) for step in (-spread, spread))
        half.append((high - low) / 2 if math.isfinite(low) and math.isfinite(high) else math.nan)
    return float(np.max(half))


def acceleration(jackknife: ArrayLike) -> float:
    """Give the skewness constant: sum of u^3 over six times (sum of u^2)^1.5, u = mean - value."""
    values = np.asarray(jackknife, dtype=float)
    u = values.mean() - values if values.size else values
    spread = float((u**2).sum())
    return float((u**3).sum() / (6 * spread**1.5)) if spread > 0 else 0.0


def _tails(conf_level: float) -> tuple[float, float]:
    return (1 - conf_level) / 2, (1 + conf_level) / 2


def _known(draws: ArrayLike) -> np.ndarray:
    draws = np.asarray(draws, dtype=float)
    return draws[~np.isnan(draws)]


def _order_statistic(draws: ArrayLike, share: float) -> float:
    """Interpolate between order statistics of rank (B + 1) share on the normal scale."""
    ordered = np.sort(_known(draws))
    if not ordered.size or math.isnan(share):
        return math.nan
    rank = (ordered.size + 1) * share
    # (B + 1) alpha is whole by design, as with 999 draws, and 24.999... in floating point
    below = math.floor(rank + 1e-9)
    if below < 1:
        return float(ordered[0])
    if below >= ordered.size:
        return float(ordered[-1])
    low, high = ordered[below - 1], ordered[below]
    if low == high or rank - below < 1e-9:
        return float(low)
    if not (np.isfinite(low) and np.isfinite(high)):
        return float(low if rank - below < 0.5 else high)
    z0, z1 = ndtri(below / (ordered.size + 1)), ndtri((below + 1) / (ordered.size + 1))
    return float(low + (ndtri(share) - z0) / (z1 - z0) * (high - low))

"""Bootstrap confidence limits: percentile, and bias-corrected and accelerated."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

_OUTERMOST = 0.02
"""Share of draws beyond a BCa limit, of those outside both limits, that is too few to trust."""


AT_ONCE = 20_000_000
"""Counts, rows x resamples, that are held at once (8 bytes each, and as much for their weights)."""


class Limits(NamedTuple):
    """A confidence interval, with a doubt in words."""

    conf_low: float
    conf_high: float
    note: str = ""


def resample_counts(n: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw how often each of n rows is in each of `size` resamples with replacement: (size, n)."""
    return rng.multinomial(n, np.full(n, 1 / n), size=size)


def resamples(n: int, size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Draw the same counts in parts (some, n), as many at once as fit into memory."""
    # the same draws in any number of parts: the generator goes on where it stopped
    step = max(1, AT_ONCE // max(n, 1))
    for start in range(0, size, step):
        yield resample_counts(n, min(step, size - start), rng)


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
    return Limits(*(_order_statistic(draws, share) for share in _tails(conf_level)))


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
    return Limits(*(_order_statistic(draws, float(share)) for share in shares), note)


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
    if not ordered.size:
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

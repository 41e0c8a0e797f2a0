"""Limits of effects of two arms that some programs print in place of the customary ones.

R's `prop.test` corrects Wald's limits of a difference for continuity; `epitools::oddsratio` gives
the median-unbiased odds ratio with mid-P limits; score limits of a risk ratio are those of
Koopman (and of Miettinen and Nurminen without their factor).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import stats

Pair = tuple[float, float]
MOST = 2000  # patients beyond which mid-P limits are those of Wald
STEPS = 60


def wilson_corrected(count: int, n: int, z: float) -> tuple[float, float]:
    """Give the limits of R's prop.test: Wilson's with continuity correction (Newcombe 1998)."""
    p = count / n
    yates = min(0.5, abs(count - n / 2))
    near = z**2 / (2 * n)
    low_p, high_p = p - yates / n, p + yates / n
    below = z * math.sqrt(max(low_p * (1 - low_p), 0) / n + z**2 / (4 * n**2))
    above = z * math.sqrt(max(high_p * (1 - high_p), 0) / n + z**2 / (4 * n**2))
    low = 0.0 if count == 0 else (low_p + near - below) / (1 + z**2 / n)
    high = 1.0 if count == n else (high_p + near + above) / (1 + z**2 / n)
    return low, high


def other_difference_limits(x: int, n: int, y: int, m: int, level: float) -> dict[str, Pair]:
    """Give limits of x/n - y/m: Wald and Newcombe with correction, Agresti and Caffo."""
    z = float(stats.norm.isf((1 - level) / 2))
    p, q = x / n, y / m
    half = z * math.sqrt(p * (1 - p) / n + q * (1 - q) / m)
    both = 1 / n + 1 / m
    corrected = half + min(0.5, abs(p - q) / both) * both
    (a, b), (c, d) = wilson_corrected(x, n, z), wilson_corrected(y, m, z)
    gap = p - q
    p_more, q_more = (x + 1) / (n + 2), (y + 1) / (m + 2)
    caffo = z * math.sqrt(p_more * (1 - p_more) / (n + 2) + q_more * (1 - q_more) / (m + 2))
    centre = p_more - q_more
    return {
        "Wald with correction": (max(gap - corrected, -1.0), min(gap + corrected, 1.0)),
        "Wald fully corrected": (gap - half - both / 2, gap + half + both / 2),
        "Newcombe with correction": (gap - math.hypot(p - a, d - q),
                                     gap + math.hypot(b - p, q - c)),
        "Agresti and Caffo": (centre - caffo, centre + caffo),
    }  # fmt: skip


def score_ratio_limits(x: int, n: int, y: int, m: int, level: float) -> Pair:
    """Give Koopman's score limits of the risk ratio (x/n) / (y/m), both counts above nought."""
    aim = float(stats.chi2.isf(1 - level, 1))
    best = math.log((x / n) / (y / m))

    def fall(log_ratio: float) -> float:
        r = math.exp(log_ratio)
        a, b, c = r * (n + m), -(r * (n + y) + x + m), x + y
        q = (-b - math.sqrt(max(b * b - 4 * a * c, 0.0))) / (2 * a)
        p = q * r
        spread = n * p * (1 - p), m * q * (1 - q)
        return sum((k - s * t) ** 2 / v for k, s, t, v in (
            (x, n, p, spread[0]), (y, m, q, spread[1])) if v > 1e-12) - aim  # fmt: skip

    return _solved(fall, best, -1), _solved(fall, best, 1)


def _solved(fall: Callable[[float], float], best: float, sign: int) -> float:
    """Give the value on one side of the best where a function that rises from it is nought."""
    far, near = best + 0.5 * sign, best
    while fall(far) < 0 and abs(far - best) < 30:
        near, far = far, far + sign
    for _ in range(STEPS):
        middle = (near + far) / 2
        near, far = (middle, far) if fall(middle) < 0 else (near, middle)
    return math.exp((near + far) / 2)


def mid_p_odds(table: np.ndarray, level: float) -> tuple[float, Pair] | None:
    """Give the median-unbiased odds ratio of a 2x2 table and its mid-P limits.

    None if a margin is nought, the first cell is at its end, or the table is large.
    """
    (a, b), (c, d) = table.tolist()
    least, most = max(0, a - d), min(a + b, a + c)
    if a + b + c + d > MOST or not least < a < most:
        return None
    cells = np.arange(least, most + 1)
    weights = stats.hypergeom(a + b + c + d, a + b, a + c).logpmf(cells)

    def above(log_ratio: float) -> float:
        own = weights + cells * log_ratio
        share = np.exp(own - own.max())
        share /= share.sum()
        return float(share[cells > a].sum() + share[cells == a].sum() / 2)

    def at(wanted: float) -> float:
        low, high = -30.0, 30.0
        for _ in range(STEPS):
            middle = (low + high) / 2
            low, high = (middle, high) if above(middle) < wanted else (low, middle)
        return math.exp((low + high) / 2)

    tail = (1 - level) / 2
    return at(0.5), (at(tail), at(1 - tail))

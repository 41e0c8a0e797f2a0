"""What a printed hazard ratio, its limits and its P value say about one another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

from scipy import stats

from ..printed import Printed


@dataclass(frozen=True)
class Span:
    """A closed range of numbers."""

    low: float
    high: float

    def meets(self, other: Span) -> bool:
        """Tell whether the two ranges have a number in common."""
        return self.low <= other.high and other.low <= self.high


@dataclass(frozen=True)
class Wald:
    """A ratio with limits made as exp(log estimate ± z SE), every number printed and rounded."""

    estimate: Printed
    low: Printed
    high: Printed
    conf_level: float = 0.95

    @property
    def z(self) -> float:
        """Normal quantile of the limits."""
        return float(stats.norm.isf((1 - self.conf_level) / 2))

    @property
    def usable(self) -> bool:
        """Tell whether the limits are printed finely enough: above 0, and not one number."""
        return self.low.low > 0 and self.low.high < self.high.low

    @property
    def possible(self) -> bool:
        """Tell whether the limits can be in order, around the estimate, and not negative."""
        falls = self.low.low > self.high.high or self.low.high < 0
        outside = self.estimate.high < self.low.low or self.estimate.low > self.high.high
        return not falls and not outside

    def centre(self) -> Span:
        """Give the range of the geometric middle of the limits."""
        return Span(math.sqrt(self.low.low * self.high.low),
                    math.sqrt(self.low.high * self.high.high))  # fmt: skip

    def standard_error(self) -> Span:
        """Give the range of the standard error of the log ratio."""
        return Span(math.log(self.high.low / self.low.high) / (2 * self.z),
                    math.log(self.high.high / self.low.low) / (2 * self.z))  # fmt: skip

    def centred(self) -> bool:
        """Tell whether the estimate can be the middle of the limits."""
        return self.centre().meets(Span(self.estimate.low, self.estimate.high))

    def log_ratio(self) -> Span:
        """Give the range of |log ratio|: from the middle, and from the estimate if it disagrees."""
        middle = [math.log(self.centre().low), math.log(self.centre().high)]
        own = [math.log(max(self.estimate.low, 1e-12)), math.log(self.estimate.high)]
        inner, outer = (max, min) if self.centred() else (min, max)
        ends = [inner(middle[0], own[0]), outer(middle[1], own[1])]
        low = 0.0 if ends[0] <= 0 <= ends[1] else min(abs(x) for x in ends)
        return Span(low, max(abs(x) for x in ends))

    def log_span(self) -> Span:
        """Give the range of the log ratio by its printed estimate."""
        return Span(math.log(max(self.estimate.low, 1e-12)), math.log(self.estimate.high))

    def p_value(self) -> Span:
        """Give the range of the two-sided Wald P: every limit, and the estimate if centred.

        With l and h the logs of the limits, z = z_conf (h + l) / (h - l). Over the values that
        print so (a box, cut by the condition that (l + h) / 2 prints as the estimate) a ratio of
        linear functions is largest and smallest at corners: the range is exact.
        """
        scores = [self.z * (high + low) / (high - low) for low, high in self._corners()]
        least = 0.0 if min(scores) <= 0 <= max(scores) else min(map(abs, scores))
        most = max(map(abs, scores))
        return Span(2 * float(stats.norm.sf(most)), 2 * float(stats.norm.sf(least)))

    def other_p(self) -> Span:
        """Give the range of P by the score or likelihood-ratio test, of two levels, without ties.

        For a covariate of two levels the information changes by at most a factor exp(|b|) over a
        change b of the log ratio (the log-likelihood is self-concordant), so that the
        likelihood-ratio statistic lies between 2 I (exp(-b) - 1 + b) and 2 I (exp(b) - 1 - b),
        I = 1 / SE^2; the score statistic lies between 4 I tanh(b/2)^2 and 4 I sinh(b/2)^2 (see
        logrank.py). Wald's own P is in the range too.
        """
        own, far = self.p_value(), max(self.log_ratio().high, 1e-9)
        scores = [float(stats.norm.isf(min(p, 1.0) / 2)) for p in (own.high, own.low)]
        less = min(math.tanh(far / 2) / (far / 2), math.sqrt(2 * (math.expm1(-far) + far)) / far)
        more = max(math.sinh(far / 2) / (far / 2), math.sqrt(2 * (math.expm1(far) - far)) / far)
        ends = [2 * float(stats.norm.sf(z)) for z in (scores[1] * more, scores[0] * less)]
        return Span(min(own.low, ends[0]), max(own.high, ends[1]))

    def profile_possible(self) -> bool:
        """Tell whether limits of the profile likelihood of two levels can be so skewed.

        At a limit the log-likelihood is z^2 / 2 below its maximum. At a distance x it falls by
        between I (exp(-x) - 1 + x) and I (exp(x) - 1 - x): both limits bound the information I.
        """
        drop = self.z**2 / 2
        sides = []
        for limit, sign in ((self.low, -1), (self.high, 1)):
            ends = [sign * math.log(a / b) for a in (max(limit.low, 1e-12), limit.high)
                    for b in (max(self.estimate.low, 1e-12), self.estimate.high)]  # fmt: skip
            near, far = max(min(ends), 1e-9), max(*ends, 1e-9)
            sides.append(Span(drop / (math.expm1(far) - far), drop / (math.expm1(-near) + near)))
        return sides[0].meets(sides[1])

    def p_agrees(self, p: Printed | None, factor: float = 1.0, loose: bool = False) -> bool:
        """Tell whether P can be Wald's with z up to `factor` larger or smaller (no P: it can).

        `loose` takes the factor that limits of another kind than Wald's can be worth.
        """
        if p is None:
            return True
        factor = 1.5 if loose else factor
        own = self.p_value()
        scores = (float(stats.norm.isf(min(x, 1.0) / 2)) for x in (own.high, own.low))
        least, most = scores
        return p.agrees(2 * float(stats.norm.sf(most * factor)),
                        2 * float(stats.norm.sf(least / factor)))  # fmt: skip

    def _corners(self) -> list[tuple[float, float]]:
        """Give the corners of the possible (log lower limit, log upper limit)."""
        lows, highs = ((math.log(x.low), math.log(x.high)) for x in (self.low, self.high))
        corners = list(product(lows, highs))
        if not self.centred():
            return corners
        sums = [2 * math.log(x) for x in (max(self.estimate.low, 1e-12), self.estimate.high)]
        inside = [corner for corner in corners if sums[0] <= sum(corner) <= sums[1]]
        for total in sums:
            inside += [(low, total - low) for low in lows if _within(total - low, highs)]
            inside += [(total - high, high) for high in highs if _within(total - high, lows)]
        return inside or corners


def _within(value: float, ends: tuple[float, float]) -> bool:
    return ends[0] <= value <= ends[1]

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
        return self._size(both=not self.centred())

    def _size(self, both: bool) -> Span:
        ends = [math.log(self.centre().low), math.log(self.centre().high)]
        own = [math.log(max(self.estimate.low, 1e-12)), math.log(self.estimate.high)]
        if both:
            ends = [min(*ends, *own), max(*ends, *own)]
        elif self.centred():
            ends = [max(ends[0], own[0]), min(ends[1], own[1])]
        low = 0.0 if ends[0] <= 0 <= ends[1] else min(abs(x) for x in ends)
        return Span(low, max(abs(x) for x in ends))

    def p_value(self) -> Span:
        """Give the range of the two-sided Wald P: from the limits, and the estimate if centred."""
        scores = [
            self.z * (math.log(low) + math.log(high)) / (math.log(high) - math.log(low))
            for low, high in product((self.low.low, self.low.high), (self.high.low, self.high.high))
        ]
        least = 0.0 if min(scores) <= 0 <= max(scores) else min(map(abs, scores))
        most = max(map(abs, scores))
        if self.centred():
            size, error = self._size(both=False), self.standard_error()
            least, most = max(least, size.low / error.high), min(most, size.high / error.low)
            most = max(least, most)
        return Span(2 * float(stats.norm.sf(most)), 2 * float(stats.norm.sf(least)))

"""Numbers that were not rounded but nearly: cut off, rounded up, or rounded twice."""

from __future__ import annotations

from ..printed import SLACK, Printed

CUT, UP, TWICE = "cut off", "rounded up", "rounded twice"
ZERO = "rounded to fewer decimals, and a nought added"


def slip_of(printed: Printed, low: float, high: float | None = None, padded: bool = False) -> str:
    """Name the slip by which a value, or some value between two, prints so ("" if none does).

    Cut off: 0.7692 as 0.76. Rounded up: 0.7612 as 0.77. Rounded twice: 0.7646 to 0.765 to 0.77.
    With `padded` a nought added too: 8.67 as 8.7 and then 8.70.
    """
    high = low if high is None else high
    if printed.relation != "=":
        return ""
    unit, value = 10.0**-printed.decimals, printed.value
    if low < value + unit - SLACK and high >= value - SLACK:
        return CUT
    if high > value - unit + SLACK and low <= value + SLACK:
        # a value just under the half reaches it by one rounding to the digit after the last
        return TWICE if high >= value - unit * 0.55 - SLACK else UP
    if padded and printed.text.rstrip("% ").endswith("0") and "." in printed.text:
        half = 5 * unit
        if low <= value + half + SLACK and high >= value - half - SLACK:
            return ZERO
    return ""

"""Numbers that cannot be what they are called, whatever stands beside them."""

from __future__ import annotations

from collections.abc import Iterator

from .. import Published, Statistic
from .findings import Finding

# Bounds that journals and programs print in place of a P value.
BELOW = (0.1, 0.05, 0.025, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005)
ABOVE = (0.05, 0.1, 0.2, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999)
SMALLEST = 0.001  # below this a bound of a P value may be any power of ten
LIMITS = {"p_value": (0.0, 1.0), "percent": (0.0, 100.0), "ratio": (0.0, None),
          "limit": (0.0, None), "time": (0.0, None)}  # fmt: skip
NAMES = {"p_value": "a P value", "percent": "a percentage", "ratio": "a hazard ratio",
         "limit": "a confidence limit of a ratio", "time": "a time"}  # fmt: skip


def values(published: Published) -> Iterator[Finding]:
    """Check that a P value is between 0 and 1, a percentage up to 100, a ratio not negative.

    A bound that nobody prints (P < 0.401) and a P value of nought are called unusual.
    """
    for item in published.statistics():
        if item.kind in LIMITS:
            yield from _beyond(item)
        if item.kind == "p_value":
            yield from _odd(item)


def _beyond(item: Statistic) -> Iterator[Finding]:
    low, high = LIMITS[item.kind]
    printed = item.printed
    above = high is not None and printed.low > high
    if not above and printed.high >= low:
        return
    must = f"at most {high:g}" if above else f"at least {low:g}"
    yield Finding(
        item.key, item.where, "possible value", printed.text, must,
        f"{printed.text} is printed as {NAMES[item.kind]}, which is {must}.",
        implied_low=low, implied_high=high if high is not None else float("inf"),
        gap=printed.low - high if above else low - printed.high,
        proof=f"{NAMES[item.kind]} is {must}".replace(", which is", ""),
    )  # fmt: skip


def _odd(item: Statistic) -> Iterator[Finding]:
    printed = item.printed
    customary = {"<": BELOW, ">": ABOVE, "=": ()}[printed.relation]
    if printed.relation == "=":
        least = f"<{10.0**-printed.decimals:.{printed.decimals}f}"
        if printed.value == 0 and printed.decimals:
            yield _unusual(item, least, "A P value is never nought", f"{least} instead of ")
    elif _is_power(printed.value, printed.relation) or printed.low > 1 or printed.high < 0:
        return  # a customary bound, or one that the check above has found
    elif not any(abs(printed.value - bound) < 1e-12 for bound in customary):
        yield _unusual(item, "a customary bound", "This is not a bound that P values get", "")


def _is_power(value: float, relation: str) -> bool:
    """Tell whether a bound is a small power of ten, as 0.0001 is."""
    return relation == "<" and 0 < value < SMALLEST and f"{value:.0e}".startswith("1e")


def _unusual(item: Statistic, implied: str, why: str, mend: str) -> Finding:
    text = item.printed.text
    return Finding(
        item.key, item.where, "possible value", text, implied, f"{why}; {text} is printed.",
        f"{mend}{text}" if mend else "", "unusual",
    )  # fmt: skip

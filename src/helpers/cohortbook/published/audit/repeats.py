"""One statistic printed in several places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from .. import Published, Statistic
from ..printed import SLACK, Printed
from .findings import Finding


def repeats(published: Published) -> Iterator[Finding]:
    """Check that a statistic printed more than once is one number.

    With as many decimals it must be the same; with fewer, the finer number must round to the
    coarser. Neighbours in the last digit (0.585 and 0.586) are a slip of rounding.
    """
    places: dict[str, list[Statistic]] = defaultdict(list)
    for item in published.statistics():
        places[item.key].append(item)
    for items in places.values():
        seen: list[Statistic] = []
        for other in items:
            first = next((x for x in seen if not one_number(x.printed, other.printed)), None)
            if first is not None:
                yield _finding(first, other)
            seen.append(other)


def one_number(first: Printed, other: Printed) -> bool:
    """Tell whether two prints can be of one number."""
    if first.relation != "=" or other.relation != "=":
        return first.agrees(other.low, other.high)
    if first.decimals == other.decimals:
        return abs(first.value - other.value) < SLACK
    coarse, fine = sorted((first, other), key=lambda x: x.decimals)
    # rounded from the number itself (its finer print stands for a range) or from the finer print
    return (coarse.low + SLACK < fine.high and coarse.high - SLACK > fine.low) or coarse.agrees(
        fine.value
    )


def _finding(first: Statistic, other: Statistic) -> Finding:
    a, b = first.printed, other.printed
    unit = 10.0 ** -min(a.decimals, b.decimals)
    slip = a.relation == b.relation == "=" and abs(a.value - b.value) < 1.5 * unit and \
        other.kind != "count"  # fmt: skip
    return Finding(
        other.key, other.where, "repeated statement", b.text, a.text,
        f"{b.text} is printed in {other.where} and {a.text} in {first.where}"
        + ("; they differ by one in the last digit." if slip else "."),
        "the same number in both places", "rounding" if slip else "conflict",
        a.low, a.high, b.gap(a.low, a.high),
        "" if slip else "one statistic is one number, and no number prints as both",
    )  # fmt: skip

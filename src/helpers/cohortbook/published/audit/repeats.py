"""One statistic printed in several places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from .. import Published, Statistic
from .findings import Finding


def repeats(published: Published) -> Iterator[Finding]:
    """Check that a statistic printed more than once can be one number."""
    places: dict[str, list[Statistic]] = defaultdict(list)
    for item in published.statistics():
        places[item.key].append(item)
    for key, items in places.items():
        first = items[0]
        for other in items[1:]:
            if not first.printed.agrees(other.printed.low, other.printed.high):
                yield Finding(
                    key, other.where, "repeated statement", other.printed.text,
                    first.printed.text,
                    f"{other.printed.text} is printed in {other.where} and {first.printed.text} "
                    f"in {first.where}.",
                    "the same number in both places",
                    implied_low=first.printed.low, implied_high=first.printed.high,
                    gap=other.printed.gap(first.printed.low, first.printed.high),
                )  # fmt: skip

"""How many patients' outcomes decide whether a 2x2 comparison is significant."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from .tables import fisher_exact

LARGE = 2000
"""Patients above whom the number is found by halving: a table takes as long as it is large."""
NEAR = 20


@dataclass(frozen=True)
class Fragility:
    """The fragility index and how it was reached.

    `index` counts patients (NaN: no number of changes turns the result); `quotient` is it over
    all patients; `reverse` says that the result was not significant to begin with; `changed` is
    the position (0 or 1) of the group whose patients changed; `p_start` and `p_end` are Fisher's
    P before and after.
    """

    index: float
    quotient: float
    reverse: bool
    changed: int
    p_start: float
    p_end: float
    note: str = ""


def fragility_index(
    events: tuple[int, int], totals: tuple[int, int], alpha: float = 0.05
) -> Fragility:
    """Fragility index of two groups' events, by Fisher's exact test.

    Of a significant result (Walsh et al., J Clin Epidemiol 2014; 67:622): in the group with
    fewer events, patients without the event are turned into patients with it, one at a time,
    until P >= alpha. Of one that is not significant, the reverse index (Khan et al., JAMA Netw
    Open 2020; 3:e2012469): in the group with fewer events, patients with the event are turned
    into patients without, until P < alpha. The totals stay. With equal events the first group is
    the one that changes.

    Parameters
    ----------
    events, totals : pair of int
        Events and patients, group by group.
    alpha : float
        The significance level.
    """
    start = _p(events, totals)
    changed = 0 if events[0] <= events[1] else 1
    reverse = not start < alpha
    step, most = (-1, events[changed]) if reverse else (1, totals[changed] - events[changed])

    def after(count: int) -> float:
        now = list(events)
        now[changed] += step * count
        return _p((now[0], now[1]), totals)

    def turned(count: int) -> bool:
        return (after(count) < alpha) == reverse

    first, last = 1, most
    if sum(totals) > LARGE:
        # at equal rates P is at its highest: on either side of it P only falls, but for small
        # jumps
        level = round(totals[changed] * events[1 - changed] / totals[1 - changed])
        equal = max(step * (level - events[changed]), 0)
        first, last = _around(turned, *((equal, most) if reverse else (0, equal)), most)
    count = next((count for count in range(first, last + 1) if turned(count)), None)
    if count is None:
        note = "no number of changed outcomes in that group turns the result"
        return Fragility(math.nan, math.nan, reverse, changed, start, after(most), note)
    return Fragility(count, count / sum(totals), reverse, changed, start, after(count))


def _around(turned: Callable[[int], bool], low: int, high: int, most: int) -> tuple[int, int]:
    """Give the counts among which is the first that turns a result of a large table.

    Between `low` and `high`, from equal rates to the edge or the other way, P rises or falls but
    for the small jumps of a discrete test: halving comes within a few counts of the first.
    """
    if not turned(high):
        return most, most
    start = low
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if turned(middle) else (middle, high)
    return max(start, high - NEAR, 1), high


def _p(events: tuple[int, int], totals: tuple[int, int]) -> float:
    """Give Fisher's P of events and non-events."""
    if not all(0 <= x <= n for x, n in zip(events, totals, strict=True)):
        raise ValueError(f"{events} events of {totals} patients")
    rows = [[x, n - x] for x, n in zip(events, totals, strict=True)]
    return fisher_exact(rows).p_value

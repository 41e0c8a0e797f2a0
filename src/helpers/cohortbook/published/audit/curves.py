"""Kaplan-Meier percentages against events, sizes and numbers at risk.

Of N patients let d have had the event by a time and n be at risk then, N - n - d being censored
before. Whatever the order of events and censoring,

    d / N  <=  1 - S  <=  d / (n + d):

least if nobody is censored before the last event, most if all censoring comes before the first.
Without n the upper end is 1. The numbers must hold for one d at each time, growing with time, and
at most the events in all. Programs count as at risk those whose event is at that very time (R's
`summary.survfit` does): with e such events 1 - S is at most (b + e) / (n + b), b those before.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from .. import Published, key_of
from ..blocks import Block, Survival
from ..printed import SLACK, Printed, read_spread
from .counts import CountBook
from .findings import Finding, joined, span
from .slips import slip_of

PERCENT = 100.0
FEW, LIGHT = 2, 0.05  # events at one time that need no word: number, and share of those at risk
HEAVY = 0.25  # share beyond which nobody will believe them to be at one time


@dataclass
class Curve:
    """What print says of one endpoint, population and group."""

    size: int | None = None
    events: int | None = None
    failed: dict[float, tuple[Printed, str, str]] = field(default_factory=dict)  # per cent, key
    by: dict[float, tuple[int, str]] = field(default_factory=dict)  # events by a time
    at_risk: dict[float, tuple[int, str]] = field(default_factory=dict)


def curves(published: Published) -> Iterator[Finding]:
    """Check every printed percentage of a Kaplan-Meier curve, at its time and from time to time."""
    off: list[Finding] = []
    for (endpoint, population, group), curve in curves_of(published).items():
        keys = {"analysis": "survival", "endpoint": endpoint, "population": population,
                "group": group}  # fmt: skip
        yield from _falling(curve)
        yield from _at_risk(curve, keys)
        for months, (printed, where, key) in curve.failed.items():
            off += _one(curve, months, printed, where, key, group)
    yield from joined(off, "Kaplan-Meier percentages do not fit the events and sizes")


def curves_of(published: Published) -> dict[tuple[str, str, str], Curve]:
    """Give what print says of each curve, by endpoint, population and group."""
    book = CountBook(published)
    found: dict[tuple[str, str, str], Curve] = defaultdict(Curve)
    for block in published.blocks:
        for item in block.survival:
            if not item.contrast:
                _note(found, block, item)
    for (endpoint, population, group), curve in found.items():
        curve.size = curve.at_risk.get(0.0, (None, ""))[0] or _size(published, population, group)
        _cut_off(book, endpoint, population, group, curve)
    return found


def _note(found: dict[tuple[str, str, str], Curve], block: Block, item: Survival) -> None:
    """Note what one item says of its curves."""
    for name in ("event_percent", "survival_percent"):
        for at, group, text, months in _cells(getattr(item, name)):
            read = read_spread(text, block.decimals.get("percent"))[0]
            if read is not None:
                failed = read if name == "event_percent" else _less(read)
                key = key_of(**item.keys, level=months, group=group, statistic=name)
                curve = found[item.endpoint, item.population, group]
                curve.failed.setdefault(at, (failed, block.where, key))
    for group, text in item.events.items():
        if text.strip().isdigit():
            found[item.endpoint, item.population, group].events = int(text)
    for name, kept in (("events_by", "by"), ("at_risk", "at_risk")):
        for at, group, text, _ in _cells(getattr(item, name)):
            if text.strip().isdigit():
                curve = found[item.endpoint, item.population, group]
                getattr(curve, kept)[at] = (int(text), block.where)


def _cells(times: dict[str, dict[str, str]]) -> Iterator[tuple[float, str, str, str]]:
    """Give the cells of a line of times that are numbers of months."""
    for months, cells in times.items():
        at = _months(months)
        for group, text in cells.items() if at is not None else ():
            yield at, group, text, months


def _months(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _less(printed: Printed) -> Printed:
    """Turn a percentage without the event into one with it."""
    relation = {"<": ">", ">": "<"}.get(printed.relation, "=")
    return Printed(printed.text, PERCENT - printed.value, printed.decimals, relation)


def _size(published: Published, population: str, group: str) -> int | None:
    if population == "all":
        return published.size(group)
    for block in published.blocks:
        if block.population == population and group in block.sizes:
            return int(block.sizes[group])
    return None


def _cut_off(book: CountBook, endpoint: str, population: str, group: str, curve: Curve) -> None:
    """Take counts of an endpoint cut off at a time: PFS2 beside the 24 months of pfs2."""
    horizon = re.fullmatch(r".*\D(\d+)", endpoint)
    if not horizon:
        return
    for block in book.published.blocks:
        for item in block.counts if block.population == population else ():
            for level, cells in item.lines().items():
                term = level if item.levels_are_terms else "" if level else item.term
                if term.lower() != endpoint.lower() or group not in cells:
                    continue
                count = book.count(block, item, level, group)
                for at in curve.failed:
                    if count is not None and at in (12 * int(horizon[1]), int(horizon[1])):
                        curve.by.setdefault(at, (count, block.where))


# -- checks ---------------------------------------------------------------------------------


def _one(
    curve: Curve, months: float, printed: Printed, where: str, key: str, group: str
) -> Iterator[Finding]:
    """Check one percentage against the events by then, the size, and those at risk."""
    if not curve.size or printed.low > PERCENT or printed.high < 0:
        return
    by, at_risk = curve.by.get(months), curve.at_risk.get(months)
    n = at_risk[0] if at_risk else 0
    most = min(x for x in (curve.size - n, by[0] if by else None, curve.events) if x is not None)
    least = by[0] if by else 0
    if curve.events is not None and at_risk:
        least = max(least, curve.events - n)  # the later events are among those at risk
    if least > most:
        return
    low = PERCENT * least / curve.size
    high = PERCENT * (most / (n + most) if n + most else 1.0)
    if printed.agrees(low, high):
        return
    slip = slip_of(printed, low, high)
    told = ""
    if printed.low > high and not slip:
        at_once = _events_at(curve.size, n, by[0] if by else curve.events, printed)
        if at_once is not None and at_once <= max(FEW, LIGHT * n):
            return
        if at_once is not None and at_once <= HEAVY * n:
            told = f"{at_once} of the {n} at risk had the event at that very time"
    yield _finding(curve, (low, high), printed, where, key, group, months, slip, told)


def _events_at(size: int, n: int, events: int | None, printed: Printed) -> int | None:
    """Give the fewest events at the time itself, among those at risk, that allow a percentage."""
    most = n if events is None else min(n, events)
    for e in range(1, most + 1):
        before = size - n if events is None else min(size - n, events - e)
        if printed.low <= PERCENT * (before + e) / (n + before):
            return e
    return None


def _finding(
    curve: Curve, span_: tuple[float, float], printed: Printed, where: str, key: str, group: str,
    months: float, slip: str, told: str,
) -> Finding:  # fmt: skip
    low, high = span_
    too_few = printed.high < low
    by, at_risk = curve.by.get(months), curve.at_risk.get(months)
    facts = [f"{by[0]} events by {months:g} months" if by else
             f"{curve.events} events" if curve.events is not None else "",
             f"{at_risk[0]} at risk" if at_risk else "", f"{curve.size} patients"]  # fmt: skip
    facts = ", ".join(fact for fact in facts if fact)
    edge = low if too_few else high
    decimals = max(printed.decimals, 1)
    right = f"{'at least' if too_few else 'at most'} {span(edge, edge, decimals)}"
    survives = key.endswith("survival_percent")
    bound = f"least d/N = {span(low, low, decimals)}%" if too_few else \
        f"most d/(n + d) = {span(high, high, decimals)}%"  # fmt: skip
    proof = f"1 - S is at {bound}, however patients were censored"
    left = span(PERCENT - edge, PERCENT - edge, decimals)
    implied = f"{'at most' if too_few else 'at least'} {left}" if survives else right
    return Finding(
        key, where, "Kaplan-Meier and events", printed.text, implied,
        f"{printed.text.rstrip('%')}% is printed at {months:g} months in {group}; with {facts} it "
        f"is {implied}%" + (f". It fits if it was {slip}." if slip else
                            f". It fits only if {told}." if told else "."), "",
        "rounding" if slip else "fits only if" if told else "conflict", low, high,
        printed.gap(low, high), "" if slip or told else proof,
        subject=f"{key.split('/')[1]}, {group}",
    )  # fmt: skip


def _falling(curve: Curve) -> Iterator[Finding]:
    """Check that the percentage with the event does not fall with time."""
    ordered = sorted(curve.failed.items())
    for (early, (first, place, _)), (late, (then, where, key)) in pairwise(ordered):
        if then.high < first.low - SLACK:
            yield Finding(
                key, where, "Kaplan-Meier curve", then.text, f"after {first.text}",
                f"{then.text} is printed at {late:g} months and {first.text} ({place}) at "
                f"{early:g}: the curve would rise.", "", "conflict", first.low, math.inf,
                then.gap(first.low, PERCENT), "the Kaplan-Meier curve never rises",
            )  # fmt: skip


def _at_risk(curve: Curve, keys: dict[str, str]) -> Iterator[Finding]:
    """Check that numbers at risk do not grow, and that events leave them."""
    ordered = sorted(curve.at_risk.items())
    for (early, (n, _)), (late, (m, where)) in pairwise(ordered):
        if m > n:
            yield Finding(
                key_of(**keys, level=f"{late:g}", statistic="at_risk"), where,
                "numbers at risk", str(m),
                f"at most {n}",
                f"{m} are printed at risk at {late:g} months and {n} at {early:g} in "
                f"{keys['group']}.",
                f"at most {n} instead of {m}", "conflict", 0, n, m - n,
                "nobody comes at risk again", subject=f"{keys['endpoint']}, {keys['group']}",
            )  # fmt: skip
    if curve.size and curve.at_risk and curve.events is not None:
        late, (n, where) = ordered[-1]
        if curve.events > curve.size:
            yield Finding(
                key_of(**keys, statistic="events"), where, "numbers at risk", str(curve.events),
                f"at most {curve.size}",
                f"{curve.events} events are printed of {curve.size} patients.", "", "conflict",
                0, curve.size, curve.events - curve.size, "one patient has one event at most",
            )  # fmt: skip

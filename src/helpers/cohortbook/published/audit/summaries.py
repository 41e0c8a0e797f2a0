"""Medians, means and ranges against one another and against whole patients."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from .. import Published, key_of
from ..blocks import OVERALL, Block, Summary, read_summary
from ..printed import Printed, read_spread
from .findings import Finding, span
from .summary_tests import size_of

Groups = dict[str, tuple[list[Printed | None], Block]]  # by group: centre and ends, and where


def summaries(published: Published) -> Iterator[Finding]:
    """Check centres against ranges, the whole against its arms, and centres against whole values.

    A median of n values that are multiples of a step is such a multiple (n odd) or half-way
    between two (n even); a mean is a whole number of steps over n (the GRIM test).
    """
    cells: dict[tuple[str, str, str, str], Groups] = defaultdict(dict)
    whole_values: set[str] = set()
    for block in published.blocks:
        for item in block.summaries:
            for group, text in item.groups.items():
                read = read_summary(block, item, text)
                key = key_of(**block.keys, term=item.term, group=group, statistic="median")
                yield from _within(read, item, key, block.where)
                yield from _whole_values(published, block, item, group, read)
                same = cells[block.endpoint, block.population, item.term, item.form]
                same.setdefault(group, (read, block))
                whole_values |= {item.term} if item.step else set()
    for (_, _, term, form), groups in cells.items():
        yield from _whole(published, term, form, groups, term in whole_values)


def _within(read: list[Printed | None], item: Summary, key: str, where: str) -> Iterator[Finding]:
    if item.form == "mean (sd)" or len(read) < 3 or None in read:
        return
    centre, low, high = read
    if low.low > centre.high or centre.low > high.high:
        yield Finding(
            key, where, "median and range", centre.text, f"{low.text} to {high.text}",
            f"A median of {centre.text} is printed with the range {low.text} to {high.text}.",
            implied_low=low.low, implied_high=high.high, gap=centre.gap(low.low, high.high),
            proof="a median lies between the least and the greatest value", subject=item.term,
        )  # fmt: skip


def _whole_values(
    published: Published, block: Block, item: Summary, group: str, read: list[Printed | None]
) -> Iterator[Finding]:
    n = size_of(published, block, item, group)
    centre = read[0]
    if item.step is None or n is None or centre is None:
        return
    mean = item.form == "mean (sd)"
    nearest = _nearest(centre, item.step, n, mean)
    if centre.agrees(nearest):
        return
    right = span(nearest, nearest, max(centre.decimals, 1))
    name = "mean" if mean else "median"
    fewer = 0 if group in item.sizes else next(
        (m for m in range(n - 1, 1, -1) if centre.agrees(_nearest(centre, item.step, m, mean))), 0
    )  # fmt: skip
    why = f" It is possible with {fewer} of {n} recorded." if fewer else ""
    steps = f"{n} values in steps of {item.step:g} cannot have a {name} of {centre.text}"
    yield Finding(
        key_of(**block.keys, term=item.term, group=group, statistic=name), block.where,
        f"{name} of whole values", centre.text, right, f"{steps}.{why}",
        f"{right} instead of {centre.text}", "fits only if" if fewer else "conflict",
        nearest, nearest, centre.gap(nearest),
        "" if fewer else f"{steps}" + ("" if group in item.sizes else ", nor can any fewer"),
        subject=f"{item.term}, {group}",
    )  # fmt: skip


def _nearest(centre: Printed, step: float, n: int, mean: bool) -> float:
    """Give the mean or median of n values in steps that is nearest to the printed one."""
    unit = step / n if mean else step if n % 2 else step / 2
    return round(centre.value / unit) * unit


def _whole(
    published: Published, term: str, form: str, groups: Groups, exact: bool
) -> Iterator[Finding]:
    """Check that the whole's centre is between the arms' and its range spans theirs.

    Extremes of whole values are printed without rounding (`exact`).
    """
    if not {OVERALL, *published.groups} <= groups.keys():
        return
    arms = [groups[group][0] for group in published.groups]
    whole, block = groups[OVERALL]
    whole_is_arms = published.spare == 0
    names = form.replace("(", "").replace(")", "").replace("-", " ").split()
    for i, name in enumerate(names):
        parts = [read[i] for read in arms if len(read) > i and read[i] is not None]
        printed = whole[i] if len(whole) > i else None
        if printed is None or len(parts) < len(arms) or name in ("sd", "q1", "q3"):
            continue
        low, high = _implied(name, parts, exact)
        off = exact and name in ("min", "max") and printed.value != low
        if off or not printed.agrees(low, high):
            implied = span(low, high, printed.decimals)
            key = key_of(**block.keys, term=term, group=OVERALL, statistic=name)
            yield Finding(
                key, block.where,
                "whole and arms", printed.text, implied,
                f"The {name} of all is printed as {printed.text}; the arms imply {implied}"
                + ("." if whole_is_arms else ", unless patients of no arm are among all."),
                severity="conflict" if whole_is_arms else "fits only if",
                implied_low=low, implied_high=high, gap=printed.gap(low, high),
                proof=f"every patient is in an arm, so the {name} of all follows from the arms'"
                if whole_is_arms else "", subject=term,
            )  # fmt: skip


def _implied(name: str, parts: list[Printed], exact: bool) -> tuple[float, float]:
    """Bound the whole's extreme, median or mean by those of its parts."""
    lows, highs = [p.low for p in parts], [p.high for p in parts]
    if exact and name in ("min", "max"):
        lows = highs = [p.value for p in parts]
    if name == "min":
        return min(lows), min(highs)
    if name == "max":
        return max(lows), max(highs)
    return min(lows), max(highs)


def survival_medians(published: Published) -> Iterator[Finding]:
    """Check median times: progression-free at most overall survival, the whole between its arms.

    Censoring can bend both, so a breach is called unusual.
    """
    medians: dict[tuple[str, str, str], dict[str, tuple[Printed, str]]] = defaultdict(dict)
    for block in published.blocks:
        for item in block.survival:
            for group, text in item.median.items():
                read = read_spread(text, block.decimals.get("time"))[0]
                if read is not None:
                    place = medians[item.endpoint, item.population, item.contrast]
                    place.setdefault(group, (read, block.where))
    for (endpoint, population, contrast), groups in medians.items():
        arms = [printed for group, (printed, _) in groups.items() if group != OVERALL]
        keys = {"analysis": "survival", "endpoint": endpoint, "population": population,
                "term": contrast, "statistic": "median"}  # fmt: skip
        if OVERALL in groups and len(arms) == len(published.groups):
            yield from _between(key_of(**keys, group=OVERALL), *groups[OVERALL], arms)
        if endpoint == "pfs":
            for group, (printed, where) in groups.items():
                longer = medians.get(("os", population, contrast), {}).get(group)
                if longer and printed.low > longer[0].high:
                    yield _unusual(
                        key_of(**keys, group=group), where, printed, longer[0],
                        f"Median progression-free survival ({printed.text}) is longer than "
                        f"median overall survival ({longer[0].text}).",
                    )  # fmt: skip


def _between(key: str, whole: Printed, where: str, arms: list[Printed]) -> Iterator[Finding]:
    low, high = min(arms, key=lambda p: p.low), max(arms, key=lambda p: p.high)
    if not whole.agrees(low.low, high.high):
        yield _unusual(
            key, where, whole,
            low if whole.high < low.low else high,
            f"The median of all ({whole.text}) is not between those of the arms "
            f"({low.text} and {high.text}).",
        )  # fmt: skip


def _unusual(key: str, where: str, printed: Printed, other: Printed, says: str) -> Finding:
    return Finding(
        key, where, "median times", printed.text, other.text, says, severity="unusual",
        implied_low=other.low, implied_high=other.high, gap=printed.gap(other.low, other.high),
    )  # fmt: skip

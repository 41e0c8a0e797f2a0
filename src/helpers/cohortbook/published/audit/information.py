"""The variance of a log hazard ratio against the number of events.

At each event the share q of the arm expected under the model adds q (1 - q), at most 1/4, to the
information of a comparison of two levels; adjusting can only take information away. Whatever the
data, 1 / SE^2 is at most a quarter of the events, and a narrow interval asks for events that must
have been there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from .. import Published
from ..blocks import OVERALL, Block
from .counts import CountBook
from .findings import Finding
from .ratios import RatioRow, ratio_row
from .wald import Wald

PARTIAL = ("safety", "procedure", "discontinuation", "surgery")  # deaths of one cause or time
DEATH = {"os": ("death", "deaths", "died", "dead")}


def events_behind(published: Published) -> Iterator[Finding]:
    """Check that each hazard ratio of two levels has events enough for its interval."""
    book = CountBook(published)
    told: set[tuple[str, str]] = set()
    for block in published.blocks:
        for item in block.ratios if block.ratio_kind == "hr" and not block.weighted else ():
            row = ratio_row(published, block, item)
            if row is None or not row.binary or not _sound(row.wald):
                continue
            needed = 4 / row.wald.standard_error().high ** 2
            events, where = events_of(book, block.endpoint, block.population)
            if events is None or needed <= events + 1e-6 or (row.key, item.hr) in told:
                continue
            told.add((row.key, item.hr))
            yield _finding(row, block, math.ceil(needed - 1e-6), events, where)


def _sound(wald: Wald) -> bool:
    """Tell whether the interval itself holds together; if not, that is the finding."""
    return wald.usable and wald.possible and wald.centred()


def events_of(book: CountBook, endpoint: str, population: str) -> tuple[int | None, str]:
    """Give the most events that print allows an endpoint, and where that stands."""
    published = book.published
    for block in published.blocks:
        for item in block.survival:
            if (item.endpoint, item.population, item.contrast) == (endpoint, population, ""):
                total = _total(published, {g: int(t) for g, t in item.events.items()
                                           if t.strip().isdigit()})  # fmt: skip
                if total is not None:
                    return total, block.where
    names = (endpoint.lower(), *DEATH.get(endpoint.lower(), ()))
    for block in published.blocks if endpoint else ():
        for item in block.counts if block.analysis not in PARTIAL else ():
            for level, cells in item.lines().items():
                term = (level if item.levels_are_terms else item.term).lower()
                if term not in names or block.population != population or \
                        (level and not item.levels_are_terms):  # fmt: skip
                    continue
                counts = {g: book.count(block, item, level, g) for g in cells}
                total = _total(published, {g: n for g, n in counts.items() if n is not None})
                if total is not None:
                    return total, block.where
    if population == "all":
        return published.overall, "patients in all"
    for block in published.blocks:
        if block.population == population and set(published.groups) <= set(block.sizes):
            return sum(int(block.sizes[g]) for g in published.groups), "patients in all"
    return None, ""


def _total(published: Published, counts: dict[str, int]) -> int | None:
    if OVERALL in counts:
        return counts[OVERALL]
    if set(published.groups) <= set(counts):
        return sum(counts[g] for g in published.groups)
    return None


def _finding(row: RatioRow, block: Block, needed: int, events: int, where: str) -> Finding:
    wald = row.wald
    error = wald.standard_error()
    noun = "patients are printed" if where == "patients in all" else f"are printed ({where})"
    adjusted = ", adjusted or not" if block.analysis == "cox_multivariable" else ""
    return Finding(
        row.key, block.where, "events behind a hazard ratio",
        f"{wald.estimate.text} ({wald.low.text}–{wald.high.text})", f"at least {needed} events",
        f"The interval {wald.low.text}–{wald.high.text} of a hazard ratio of two levels"
        f"{adjusted} needs at least {needed} events; {events} {noun}.",
        "", "conflict", needed, math.inf, needed - events,
        f"the variance of the log hazard ratio is at least 4 over the events; SE is at most "
        f"{error.high:.3f} and 4/SE² at least {4 / error.high**2:.1f}", subject=row.name,
    )  # fmt: skip

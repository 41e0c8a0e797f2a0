"""Percentages against counts and denominators."""

from __future__ import annotations

from collections.abc import Iterator

from .. import Published, statistics_of_block
from .counts import Cell, CountBook, counts_behind
from .findings import Finding, span


def percentages(published: Published) -> Iterator[Finding]:
    """Check each percentage against its count, and each lone percentage against all counts.

    A percentage without its count must be some whole number of its denominator (the GRIM test of
    Brown and Heathers, Soc Psychol Personal Sci 2017; 8:363).
    """
    book = CountBook(published)
    for block in published.blocks:
        names = {(s.term, s.level, s.group, s.statistic): s.key for s in statistics_of_block(block)}
        for item in block.counts:
            for level, cells in item.lines().items():
                line = book.line(block, item, level)
                for group in cells:
                    cell = book.cell(block, item, level, group)
                    key = names.get((line[2], line[3], group, "percent"), "")
                    if cell.total:
                        yield from _check(cell, key, block.where)


def _check(cell: Cell, key: str, where: str) -> Iterator[Finding]:
    """Check one cell that has a denominator."""
    if cell.count is not None and cell.count.value > cell.total:
        yield _too_many(cell, key, where)
    elif cell.percent is None:
        return
    elif cell.count is not None:
        implied = 100 * cell.count.value / cell.total
        if not cell.percent.agrees(implied):
            yield _off(cell, implied, key, where)
    elif not counts_behind(cell.percent, cell.total):
        yield _no_count(cell, key, where)


def _too_many(cell: Cell, key: str, where: str) -> Finding:
    count, total = int(cell.count.value), cell.total
    return Finding(
        key or "count", where, "count and denominator", str(count), f"at most {total}",
        f"{count} patients are printed of {total}.", f"a count of at most {total}",
        implied_low=0, implied_high=total, gap=count - total,
    )  # fmt: skip


def _off(cell: Cell, implied: float, key: str, where: str) -> Finding:
    percent, count, total = cell.percent, int(cell.count.value), cell.total
    right = span(implied, implied, percent.decimals)
    fitting = counts_behind(percent, total)
    other = f", or {fitting[0]} instead of {count}" if fitting else ""
    return Finding(
        key, where, "percentage and count", percent.text, right,
        f"{count} of {total} is {right}%; {percent.text} is printed.",
        f"{right} instead of {percent.text}{other}",
        implied_low=implied, implied_high=implied, gap=percent.gap(implied),
    )  # fmt: skip


def _no_count(cell: Cell, key: str, where: str) -> Finding:
    percent, total = cell.percent, cell.total
    nearest = min(range(total + 1), key=lambda count: abs(100 * count / total - percent.value))
    implied = 100 * nearest / total
    right = span(implied, implied, percent.decimals)
    return Finding(
        key, where, "percentage of whole patients", percent.text, right,
        f"No number of patients out of {total} gives {percent.text}%; the nearest, {nearest}, "
        f"gives {right}.",
        f"{right} instead of {percent.text}",
        implied_low=implied, implied_high=implied, gap=percent.gap(implied),
    )  # fmt: skip

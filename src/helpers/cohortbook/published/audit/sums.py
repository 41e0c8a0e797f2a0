"""Sums: levels against denominators, parts against totals, arms against the whole."""

from __future__ import annotations

from collections.abc import Iterator

from .. import Published, statistics_of_block
from ..blocks import OVERALL, Block, Counts
from .counts import CountBook
from .findings import Finding


def sums(published: Published) -> Iterator[Finding]:
    """Check every sum that the printed counts must obey.

    The levels of a partition make up their denominator; the arms make up the whole; the parts
    named under `sums` make up their total; severe events are among all events.
    """
    book = CountBook(published)
    for block in published.blocks:
        yield from _sizes(published, block)
        for item in block.counts:
            if item.partition:
                yield from _partition(book, block, item)
            yield from _whole(book, block, item)
            yield from _severe(book, block, item)
    yield from _named(book)


def _finding(key: str, where: str, printed: int, implied: int, what: str) -> Finding:
    return Finding(
        key, where, "sum", str(printed), str(implied),
        f"{what} {implied}; {printed} is printed.", f"{implied} instead of {printed}",
        implied_low=implied, implied_high=implied, gap=abs(implied - printed),
    )  # fmt: skip


def _sizes(published: Published, block: Block) -> Iterator[Finding]:
    for group, text in block.sizes.items():
        expected = published.size(group)
        if block.population == "all" and expected is not None and int(text) != expected:
            key = next(s.key for s in statistics_of_block(block) if s.group == group)
            yield _finding(key, block.where, int(text), expected, f"{group} has elsewhere")


def _partition(book: CountBook, block: Block, item: Counts) -> Iterator[Finding]:
    lines = item.lines()
    for group in next(iter(lines.values())):
        given = [book.count(block, item, level, group) for level in lines if group in lines[level]]
        total = book.denominator(block, group)
        if total is None or None in given or len(given) < len(lines) or sum(given) == total:
            continue
        term = item.term or "/".join(lines)
        key = f"{block.analysis}/{block.population}/{term}/{group}"
        what = f"The levels of {term} in {group} add up to {sum(given)}, its patients are"
        yield _finding(key, block.where, sum(given), total, what)


def _whole(book: CountBook, block: Block, item: Counts) -> Iterator[Finding]:
    for level, cells in item.lines().items():
        if OVERALL not in cells:
            continue
        line = book.line(block, item, level)
        arms = [book.known(line, group) for group in book.published.groups]
        whole = book.count(block, item, level, OVERALL)
        if whole is None or None in arms or whole == sum(arms):
            continue
        key = "/".join(x for x in (*line, OVERALL) if x)
        yield _finding(key, block.where, whole, sum(arms), "The arms add up to")


def _severe(book: CountBook, block: Block, item: Counts) -> Iterator[Finding]:
    lines = item.lines()
    if block.analysis != "safety" or not {"any", "severe"} <= set(lines):
        return
    for group in lines["severe"]:
        some = book.count(block, item, "any", group) if group in lines["any"] else None
        severe = book.count(block, item, "severe", group)
        if some is not None and severe is not None and severe > some:
            key = f"{block.analysis}/{block.population}/{item.term}/severe/{group}/patients"
            yield _finding(key, block.where, severe, some, "Patients with the event at any grade:")


def _named(book: CountBook) -> Iterator[Finding]:
    for block in book.published.blocks:
        for item in block.counts:
            for level, cells in item.lines().items():
                yield from _total(book, block, item, level, cells)


def _total(
    book: CountBook, block: Block, item: Counts, level: str, cells: dict[str, str]
) -> Iterator[Finding]:
    analysis, population, term, own = book.line(block, item, level)
    for rule in book.published.sums:
        if (rule.analysis, rule.total) != (analysis, term):
            continue
        for group in cells:
            total = book.count(block, item, level, group)
            parts = [book.known((analysis, population, p, own), group) for p in rule.parts]
            if total is None or None in parts or total == sum(parts):
                continue
            key = f"{analysis}/{population}/{term}/{group}"
            what = f"{' + '.join(rule.parts)} in {group} make"
            yield _finding(key, block.where, total, sum(parts), what)

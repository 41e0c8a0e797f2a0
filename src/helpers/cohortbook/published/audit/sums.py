"""Sums across lines and tables: sizes of groups and tables, parts of a total."""

from __future__ import annotations

from collections.abc import Iterator

from .. import Published, key_of
from ..blocks import OVERALL, Block, Counts
from .counts import CountBook
from .findings import Finding


def sums(published: Published) -> Iterator[Finding]:
    """Check the sums that reach beyond one row.

    The sizes of a table are those of the groups, and its arms make up its whole; the parts named
    under `sums` make up their total.
    """
    book = CountBook(published)
    for block in published.blocks:
        yield from _sizes(published, block)
    yield from _named(book)


def _finding(key: str, where: str, printed: int, implied: int, what: str, proof: str) -> Finding:
    return Finding(
        key, where, "sum", str(printed), str(implied),
        f"{what} {implied}; {printed} is printed.", f"{implied} instead of {printed}",
        "conflict", implied, implied, abs(implied - printed), proof,
    )  # fmt: skip


def _sizes(published: Published, block: Block) -> Iterator[Finding]:
    sizes = {group: int(text) for group, text in block.sizes.items()}
    arms = [sizes.get(group) for group in published.groups]
    spare = published.spare or 0
    if OVERALL in sizes and None not in arms and not 0 <= sizes[OVERALL] - sum(arms) <= spare:
        key = _size_key(block, OVERALL)
        told = " + ".join(map(str, arms))
        yield _finding(key, block.where, sizes[OVERALL], sum(arms), f"The arms, {told}, make",
                       f"{told} = {sum(arms)}")  # fmt: skip
    for group, text in block.sizes.items():
        expected, size = published.size(group), int(text)
        if block.population != "all" or expected is None or size == expected:
            continue
        key = _size_key(block, group)
        if size < expected:
            left = expected - size
            yield Finding(
                key, block.where, "sum", text, str(expected),
                f"{group} has {expected} patients elsewhere; {size} are printed here. It fits only "
                f"if {left} {'was' if left == 1 else 'were'} left out.",
                f"{expected} instead of {size}", "fits only if", expected, expected, left,
            )  # fmt: skip
            continue
        yield _finding(
            key, block.where, size, expected, f"{group} has elsewhere",
            f"{size} patients cannot be among {expected}",
        )  # fmt: skip


def _size_key(block: Block, group: str) -> str:
    return key_of(**block.keys | {"analysis": "flow"}, group=group, statistic="n")


def _named(book: CountBook) -> Iterator[Finding]:
    for block in book.published.blocks:
        for item in block.counts:
            for level, cells in item.lines().items():
                yield from _total(book, block, item, level, cells)


def _total(
    book: CountBook, block: Block, item: Counts, level: str, cells: dict[str, str]
) -> Iterator[Finding]:
    line = book.line(block, item, level)
    for rule in book.published.sums:
        if (rule.analysis, rule.total) != (line.analysis, line.term):
            continue
        off = []
        for group in cells:
            total = book.count(block, item, level, group)
            parts = [book.known(line._replace(term=p), group) for p in rule.parts]
            if total is None or None in parts or total == sum(parts):
                continue
            off.append((group, total, parts))
        # the whole is off because an arm is: one cause
        arms = [x for x in off if x[0] != OVERALL]
        for group, total, parts in arms or off:
            key = key_of(**line._replace(level="")._asdict(), group=group)
            what = f"{' + '.join(rule.parts)} in {group} make"
            proof = f"{' + '.join(map(str, parts))} = {sum(parts)}"
            yield _finding(key, block.where, total, sum(parts), what, proof)

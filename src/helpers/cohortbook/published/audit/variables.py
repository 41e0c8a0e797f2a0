"""Variables as they stand in a table: cells by level and group, and the sizes that fit them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from .. import Published, key_of, statistics_of_block
from ..blocks import OVERALL, Block, Counts
from .counts import Cell, CountBook, sizes_that_fit

ANY = ("any", "any grade", "all", "all grades", "total", "overall")
INCLUDING = {*ANY, "severe"}  # levels that include one another
MISSING = re.compile(
    r"(?:unknown|missing|unspecified|n\.?/?a\.?|n\.?d\.?|unavailable|undetermined|not? (?:data|"
    r"recorded|available|known|reported|assessed|evaluable|stated|specified|done)).*", re.I
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """The cells of one row or variable in one group, by level."""

    group: str
    cells: dict[str, Cell]
    partition: bool

    @cached_property
    def size(self) -> int | None:
        """Patients in the group, as printed (None: not known)."""
        total = next((cell.total for cell in self.cells.values()), None)
        return total - self.unrecorded if total and self.unrecorded < total else total

    @cached_property
    def told(self) -> bool:
        """Tell whether that size is printed for this variable, so that nobody is missing."""
        return any(cell.told for cell in self.cells.values())

    @cached_property
    def counts(self) -> list[int]:
        """The printed counts."""
        return [int(c.count.value) for c in self.cells.values() if c.count is not None]

    @cached_property
    def complete(self) -> bool:
        """Tell whether every level has a printed count."""
        return len(self.counts) == len(self.cells)

    @cached_property
    def least(self) -> int:
        """The least size that holds the printed counts; levels of one row exclude one another."""
        return max(sum(self.counts) - self.unrecorded, 1)

    @cached_property
    def unrecorded(self) -> int:
        """Count those in a level such as "unknown" that has no percentage where others have."""
        cells = self.cells.items()
        if not any(cell.percent for _, cell in cells):
            return 0
        return sum(int(cell.count.value) for level, cell in cells
                   if MISSING.fullmatch(level) and cell.count and not cell.percent)  # fmt: skip

    @cached_property
    def whole(self) -> bool:
        """Tell whether every cell is printed of the whole group."""
        if not self.size or not all(cell.fits(self.size) for cell in self.cells.values()):
            return False
        return not (self.partition and self.complete) or self.least == self.size

    @cached_property
    def recorded(self) -> list[int]:
        """The sizes below that of the group of which every cell can be printed."""
        if not self.size or self.told or self.least > self.size:
            return []
        cells = list(self.cells.values())
        if self.partition and self.complete:
            fitting = self.least < self.size and all(cell.fits(self.least) for cell in cells)
            return [self.least] if fitting else []
        return sizes_that_fit(cells, self.least, self.size - 1)

    @cached_property
    def possible(self) -> list[int]:
        """The sizes of which every cell can be printed, that of the group first if it is one."""
        return ([self.size] if self.whole else []) + self.recorded


@dataclass(frozen=True)
class Row:
    """Levels that share their denominators (a variable), or one line by itself."""

    book: CountBook
    block: Block
    item: Counts
    levels: tuple[str, ...]
    columns: dict[str, Column]

    @property
    def published(self) -> Published:
        """The paper."""
        return self.book.published

    @property
    def partition(self) -> bool:
        """Tell whether every patient is said to be in exactly one of the levels."""
        return self.item.partition and len(self.levels) > 1

    @property
    def count_name(self) -> str:
        """How our own results call a count here."""
        safety = self.block.analysis in ("safety", "discontinuation", "procedure")
        return "patients" if safety else "n"

    def sum_key(self, group: str) -> str:
        """Name the sum of the levels in a group."""
        name = self.item.term or self.name
        return key_of(**self.block.keys, term=name, group=group)

    @property
    def name(self) -> str:
        """The variable as a message names it."""
        own = self.levels[0] if len(self.levels) == 1 else ""
        return " ".join(x for x in (self.item.term, own) if x) or "/".join(self.levels)

    def key(self, level: str, group: str, statistic: str = "percent") -> str:
        """Name a printed number of the row as our own results do; "line" is the line itself."""
        line = self.book.line(self.block, self.item, level)
        for item in statistics_of_block(self.block_of_item):
            same = (item.term, item.level, item.group) == (line.term, line.level, group)
            if same and item.statistic == statistic:
                return item.key
        return key_of(**line._asdict(), group=group)

    @cached_property
    def block_of_item(self) -> Block:
        """The block with this item alone."""
        return self.block.model_copy(
            update={"counts": [self.item], "summaries": [], "survival": [], "ratios": [],
                    "sizes": {}}
        )  # fmt: skip


def rows_of_item(book: CountBook, block: Block, item: Counts) -> Iterator[Row]:
    """Give the rows of one item."""
    lines = item.lines()
    parts = [tuple(lines)] if shares(book, block, item) else [(level,) for level in lines]
    for levels in parts:
        groups = dict.fromkeys(g for level in levels for g in lines[level])
        columns = {
            g: Column(g, {x: book.cell(block, item, x, g) for x in levels if g in lines[x]},
                      item.partition and len(levels) > 1)
            for g in groups
        }  # fmt: skip
        yield Row(book, block, item, levels, columns)


def shares(book: CountBook, block: Block, item: Counts) -> bool:
    """Tell whether the levels of an item exclude one another and share their denominators.

    They do if the file says that they are a partition, or if there is one P value for all of
    them and the counts of no group are more than its patients.
    """
    lines = item.lines()
    if len(lines) < 2 or item.total or INCLUDING & {x.lower() for x in lines}:
        return False
    if _sizes_differ(book, block, item):
        return False
    if item.partition:
        return True
    if not isinstance(item.p, str) or not item.p_values():
        return False
    for group in book.arms(next(iter(lines.values()))) or [OVERALL]:
        cells = [book.cell(block, item, x, group) for x in lines if group in lines[x]]
        total = cells[0].total if cells else None
        if total and sum(int(c.count.value) for c in cells if c.count is not None) > total:
            return False
    return True


def _sizes_differ(book: CountBook, block: Block, item: Counts) -> bool:
    """Tell whether the levels are printed with sizes of their own, as 26/31 (84) of a row is."""
    lines = item.lines()
    for group in {g for cells in lines.values() for g in cells}:
        cells = [book.cell(block, item, x, group) for x in lines if group in lines[x]]
        if len({cell.total for cell in cells if cell.told}) > 1:
            return True
    return False

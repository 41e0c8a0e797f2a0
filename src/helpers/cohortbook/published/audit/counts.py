"""The counts that a paper printed, looked up across its tables and paragraphs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from .. import Published, Statistic
from ..blocks import OVERALL, Block, Counts, line_key
from ..printed import Printed, read_cell

MOST_SIZES = 2000  # sizes tried where no percentage bounds them


class Line(NamedTuple):
    """The name of a line of counts, in every block the same."""

    analysis: str
    endpoint: str
    population: str
    term: str
    level: str


@dataclass(frozen=True)
class Cell:
    """One printed cell: what stood in it, and the patients in its denominator (None: unknown).

    `told`: the denominator is printed for this very line (6/21, or the sizes of the variable), so
    that nobody can be missing from it.
    """

    count: Printed | None
    percent: Printed | None
    total: int | None
    told: bool = False

    def fits(self, size: int) -> bool:
        """Tell whether the cell can be printed of so many patients."""
        if self.count is not None and self.count.value > size:
            return False
        if self.percent is None or not size:
            return True
        if self.count is None:
            return bool(counts_behind(self.percent, size))
        return self.percent.agrees(100 * self.count.value / size)

    @property
    def exact(self) -> int | None:
        """The count, printed or the only one that the percentage allows (else None)."""
        if self.count is not None:
            return int(self.count.value)
        if self.percent is None or not self.total:
            return None
        possible = counts_behind(self.percent, self.total)
        return possible[0] if len(possible) == 1 else None


class CountBook:
    """All counts of a paper by line and group; what one place leaves out another may print."""

    def __init__(self, published: Published) -> None:
        self.published = published
        self._known: dict[tuple[Line, str], int] = {}
        for block in published.blocks:
            for item in block.counts:
                self._note(block, item)

    @cached_property
    def p_values(self) -> tuple[Statistic, ...]:
        """Every printed P value of the paper."""
        return tuple(x for x in self.published.statistics() if x.kind == "p_value")

    def _note(self, block: Block, item: Counts) -> None:
        for level, cells in item.lines().items():
            for group in cells:
                cell = self.cell(block, item, level, group)
                if cell.count is not None:
                    self._known.setdefault((self.line(block, item, level), group), cell.exact)

    def line(self, block: Block, item: Counts, level: str) -> Line:
        """Name a line as every block names it."""
        return Line(**block.keys, **line_key(item, level))

    def cell(self, block: Block, item: Counts, level: str, group: str) -> Cell:
        """Read one cell with its denominator."""
        read = read_cell(item.lines()[level][group], block.decimals.get("percent"))
        told = "total" in read or group in item.sizes
        if "total" in read:
            total = int(read["total"].value)
        else:
            total = int(item.sizes[group]) if told else self.denominator(block, group)
        return Cell(read.get("count"), read.get("percent"), total, told)

    def denominator(self, block: Block, group: str) -> int | None:
        """Give the patients of a group (None in a subgroup, whose size is not known)."""
        if group in block.no_size:
            return None
        if group in block.sizes:
            return int(block.sizes[group])
        return self.published.size(group) if block.population == "all" else None

    def count(self, block: Block, item: Counts, level: str, group: str) -> int | None:
        """Give the count of a cell: printed here, printed elsewhere, or from the percentage."""
        cell = self.cell(block, item, level, group)
        if cell.count is not None:
            return cell.exact
        return self._known.get((self.line(block, item, level), group), cell.exact)

    def known(self, line: Line, group: str) -> int | None:
        """Give a count printed anywhere."""
        return self._known.get((line, group))

    def arms(self, cells: dict[str, str]) -> list[str]:
        """Give the arms that a line has, in the order of the paper's groups."""
        return [group for group in self.published.groups if group in cells and group != OVERALL]


def counts_behind(percent: Printed, total: int) -> list[int]:
    """List the counts whose percentage of `total` prints so."""
    guess = percent.value * total / 100
    near = range(max(0, math.floor(guess) - 2), min(total, math.ceil(guess) + 2) + 1)
    return [count for count in near if percent.agrees(100 * count / total)]


def sizes_that_fit(cells: list[Cell], least: int, most: int) -> list[int]:
    """List the sizes from `most` down to `least` of which every cell can be printed."""
    for cell in cells:
        if cell.count is not None and cell.percent is not None and cell.count.value > 0:
            count, percent = 100 * cell.count.value, cell.percent
            least = max(least, math.floor(count / percent.high))
            most = min(most, math.ceil(count / percent.low)) if percent.low > 0 else most
    sizes = range(most, max(least, most - MOST_SIZES, 1) - 1, -1)
    return [size for size in sizes if all(cell.fits(size) for cell in cells)]

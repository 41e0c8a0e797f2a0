"""One column of an export as `new` looks at it: its names, its cells, what they could be."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from ..cohort.derive.dates import looks_like_dates
from ..cohort.readers.table import FileTable
from .vocabulary import FIRST_LEVEL, RISING
from .words import mentions

NUMBERS = 0.9  # share of cells that are numbers in a column of numbers
MOST_LEVELS = 10
DATE = ("date", "日期", "datum", "fecha")
SERIALS = (20_000, 60_000)  # a spreadsheet's days from 1954 to 2064


@dataclass(frozen=True)
class Column:
    """A column: `cells` as text, its label and value labels where the file has them."""

    name: str
    cells: pd.Series
    label: str = ""
    level_labels: dict[str, str] = field(default_factory=dict)
    declared_date: bool = False

    @property
    def text(self) -> str:
        """Name and label together, in which words are looked for."""
        return f"{self.name} {self.label}".strip()

    def about(self, known) -> bool:
        """Say whether name or label has one of the words."""
        return mentions(self.name, known) or mentions(self.label, known)

    @cached_property
    def known(self) -> pd.Series:
        return self.cells.dropna()

    @cached_property
    def different(self) -> list[str]:
        """The different cells, numbers in their order."""
        cells = list(self.known.unique())
        return sorted(cells, key=sort_key)

    @cached_property
    def numbers(self) -> pd.Series:
        values = pd.to_numeric(self.cells, errors="coerce").astype(float)
        return values.where(np.isfinite(values))

    @cached_property
    def is_number(self) -> bool:
        return bool(len(self.known)) and self.numbers.notna().sum() >= NUMBERS * len(self.known)

    @cached_property
    def not_numbers(self) -> list[str]:
        """The cells of a column of numbers that are none."""
        return sorted(set(self.known[self.numbers[self.known.index].isna()]))

    @cached_property
    def is_date(self) -> bool:
        if self.declared_date or not len(self.known):
            return self.declared_date
        serial = (
            self.about(DATE) and self.is_number and self.numbers.dropna().between(*SERIALS).all()
        )
        return bool(serial) or looks_like_dates(self.cells)

    @cached_property
    def whole(self) -> bool:
        """Whether all numbers are whole."""
        values = self.numbers.dropna()
        return bool(len(values)) and bool((values % 1 == 0).all())

    @cached_property
    def is_categorical(self) -> bool:
        """Whether the cells are a few categories."""
        count = len(self.different)
        if not 2 <= count <= MOST_LEVELS:
            return False
        if self.is_number and not self.level_labels:
            small = self.whole and self.numbers.max() <= 9
            return count <= (6 if small else 4)
        return self.is_number or count <= max(2, len(self.known) // 2)

    def shown(self, code: str) -> str:
        """Give the value label of a code, or the code."""
        return self.level_labels.get(code, code)

    @cached_property
    def levels(self) -> list[str]:
        """The codes as levels: the one without the property first, numbers in their order."""
        known = list(self.level_labels)
        cells = self.different
        if known:
            cells = sorted(cells, key=lambda c: (known.index(c) if c in known else 99, sort_key(c)))
        if len(cells) == 2 and self.shown(cells[1]).casefold() in FIRST_LEVEL:
            cells = cells[::-1]
        meant = [self.shown(cell).casefold() for cell in cells]
        order = next((words for words in RISING if set(meant) <= set(words)), None)
        if order:
            cells = sorted(cells, key=lambda cell: order.index(self.shown(cell).casefold()))
        return cells


def columns_of(table: FileTable) -> dict[str, Column]:
    """Give the columns of a table by name."""
    return {
        name: Column(
            name,
            table.frame[name],
            table.labels.get(name, ""),
            table.levels.get(name, {}),
            name in table.dates,
        )
        for name in map(str, table.frame.columns)
    }


RANGE = re.compile(
    r"(?P<sign>[<>≤≥]?)=?\s*(?P<number>-?\d+(?:\.\d+)?)(?:\s*(?:-|–|to)\s*\d+(?:\.\d+)?)?\+?"
)


def sort_key(cell: str) -> tuple[int, float, str]:
    """Sort numbers and ranges by value (<=20, 20-50, >50), before texts by alphabet."""
    found = RANGE.fullmatch(cell.strip())
    if not found:
        try:
            return (0, float(cell), "1" + cell)
        except ValueError:
            return (1, 0.0, cell.casefold())
    order = {"<": "0", "≤": "0", "": "1"}.get(found["sign"], "2")
    return (0, float(found["number"]), order + cell)

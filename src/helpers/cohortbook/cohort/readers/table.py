"""A table as a file holds it: text cells, labels, the rows they stood in, how it was read."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ...bounds import Unreadable

MISSING = ("", "NA", "N/A", "NaN", "nan", ".", "NULL", "#N/A", "<NA>")
LOOKED_AT = 20  # rows in which the header is looked for, under a title or a note


class Rows(list[int]):
    """Rows of a file. pandas copies `attrs` deeply with every step: there is nothing to copy."""

    def __deepcopy__(self, _memo: dict) -> Rows:
        return self


class UnreadableTable(Unreadable):
    """A file that is not a table."""


@dataclass(frozen=True)
class FileTable:
    """One table of a file.

    Attributes
    ----------
    frame : DataFrame
        Text cells without surrounding blanks; missing cells are NaN. Numbers in ordinary
        notation, dates as yyyy-mm-dd. `frame.attrs["rows"]` holds the row of the file in which
        each row stood, as a spreadsheet counts (header = row 1), where it is not simply the next.
    facts : tuple of str
        How the file was read: what was found out about it and not stated anywhere.
    doubts : tuple of str
        What a reader of these facts should look at.
    labels : dict
        Column to its label (SPSS, Stata, SAS).
    levels : dict
        Column to its value labels, code (as in the cells) to label.
    dates : frozenset of str
        Columns that the file itself declares to be dates.
    sheets : tuple of str
        The sheets of a workbook, that of the table first.
    unsure : dict
        Column to what its numbers could be too, and how they were read.
    wrong : dict
        Column to the rows (places in `frame`) whose number is written unlike the others, and what
        is expected there.
    """

    frame: pd.DataFrame
    facts: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    levels: dict[str, dict[str, str]] = field(default_factory=dict)
    dates: frozenset[str] = frozenset()
    sheets: tuple[str, ...] = ()
    unsure: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, tuple[np.ndarray, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """One column with each different cell once: row i holds `cells[codes[i]]`.

    What is asked of a cell is asked once for all its repeats: a registry has few different cells.
    """

    codes: np.ndarray
    cells: np.ndarray

    @classmethod
    def of(cls, values: pd.Series) -> Column:
        """Encode a column of texts; what is missing becomes ""."""
        codes, cells = pd.factorize(values, use_na_sentinel=True)
        return cls(codes, np.array([*cells, ""], dtype=object))

    def map(self, rule: Callable[[str], object]) -> Column:
        """Apply a rule to each cell."""
        return Column(self.codes, np.array([*map(rule, self.cells)], dtype=object))

    def where(self, rule: Callable[[str], bool]) -> np.ndarray:
        """Say of each row whether a rule holds."""
        return np.array([bool(rule(cell)) for cell in self.cells], dtype=bool)[self.codes]

    def take(self, rows: np.ndarray) -> Column:
        """Keep some rows."""
        return Column(self.codes[rows], self.cells)

    def texts(self) -> np.ndarray:
        """Give the cells row by row."""
        return self.cells[self.codes]


@dataclass(frozen=True)
class Grid:
    """Text cells without surrounding blanks, "" where empty, the header among them.

    `first_row` is the number of the first row in the file.
    """

    columns: list[Column]
    first_row: int = 1


@dataclass(frozen=True)
class Body:
    """The columns of a table by name, the rows of the file they stood in, what was noticed.

    `places` are those of the columns in the grid, from 0, where they come from one.
    """

    columns: dict[str, Column]
    rows: list[int]
    facts: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def frame(self, missing: Sequence[str] = ()) -> pd.DataFrame:
        """Give the table as `FileTable` has it; `missing` adds cells that mean nothing recorded."""
        none = {*MISSING, *missing}
        out = pd.DataFrame(
            {
                name: column.map(lambda cell: math.nan if cell in none else cell).texts()
                for name, column in self.columns.items()
            }
        )
        if self.rows and self.rows[-1] != len(self.rows) + 1:
            out.attrs["rows"] = Rows(self.rows)
        return out


def from_grid(grid: Grid) -> Body:
    """Find the header, leave out empty rows and columns, make names single.

    Raises
    ------
    UnreadableTable
        If there is no header with rows under it.
    """
    filled = np.column_stack([column.where(bool) for column in grid.columns])
    header = _header_row(filled)
    has_value = filled[header + 1 :]
    given = [str(column.texts()[header]) for column in grid.columns]
    used = [i for i, name in enumerate(given) if name or has_value[:, i].any()]
    names, doubts = _single_names([given[i] for i in used])
    some = np.flatnonzero(has_value.any(axis=1)) + header + 1
    if not len(some):
        raise UnreadableTable("rows under the header", "Check that the file is whole.", "no rows")
    columns = [grid.columns[i].take(some) for i in used]
    facts = [f"header in row {header + grid.first_row}"] if header else []
    rows = [int(number) + grid.first_row for number in some]
    return Body(dict(zip(names, columns, strict=True)), rows, facts, doubts, used)


def _header_row(filled: np.ndarray) -> int:
    """Find the header: the first row that is about as full as the fullest of the first rows."""
    counts = filled[:LOOKED_AT].sum(axis=1)
    if not counts.any() or len(filled) < 2:
        raise UnreadableTable(
            "a header and rows under it", "Check that the file is whole.", "no rows"
        )
    enough = max(2, 0.6 * counts.max()) if counts.max() > 1 else 1
    return int(np.flatnonzero(counts >= enough)[0])


def _single_names(names: list[str]) -> tuple[list[str], list[str]]:
    """Make every name different and not empty; say which were not."""
    seen: dict[str, int] = {}
    out, doubts = [], []
    for place, name in enumerate(names, start=1):
        given = " ".join(name.split()) or f"column_{place}"
        if not name:
            doubts.append(f"column {place} has no name and is called '{given}'")
        seen[given] = seen.get(given, 0) + 1
        if seen[given] > 1:
            new = next(_free(given, {*names, *out}))
            doubts.append(f"a second column '{given}' is called '{new}'")
            given = new
        out.append(given)
    return out, doubts


def _free(name: str, taken: set[str]) -> Iterator[str]:
    number = 2
    while True:
        if f"{name}_{number}" not in taken:
            yield f"{name}_{number}"
        number += 1

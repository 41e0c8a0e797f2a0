"""One table from a study folder, as text: nothing is typed before it is checked."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..bounds import guarded, inside
from ..errors import Problem
from ..study.parts import DEFAULT_READING, Reading
from .readers import read_file
from .readers.table import FileTable, UnreadableTable

NAMED = 1000  # rows named for one kind of problem; the rest are counted
MEND_MARK = (
    "Write it as the others; or, if this column has another decimal mark than the file, state "
    "decimal_in: {column: mark} under tables.reading in study.yml."
)
MEND_UNSURE = "State decimal or thousands (each a mark: . or ,) under tables.reading in study.yml."
MEND_FILE = "a file that can be read", "Mend its name, its rights or its links."
MEND = "If it is not so, state how to read the file under tables.reading in study.yml."


@dataclass(frozen=True)
class TableIn:
    """A table as it was read: None if it could not be, its problems, and how it was read."""

    table: pd.DataFrame | None
    problems: tuple[Problem, ...] = ()
    note: str = ""


def read_table(
    folder: Path,
    name: str,
    reading: Reading = DEFAULT_READING,
    used: Collection[str] = (),
    numbers: Collection[str] | None = None,
) -> TableIn:
    """Read a file of the study folder as text.

    Every cell is text without surrounding blanks; empty cells, NA and a lone dot are missing. In
    a large text or Parquet file that is so of the `used` columns alone (the first has a value in
    each row). How `numbers` are written is judged in these columns, in all if None.
    """
    try:
        # a name no system has, a loop of links, a file that may not be read
        with guarded(UnreadableTable, *MEND_FILE):
            path = inside(folder, name)
            if not path.is_file():
                raise UnreadableTable("a file of this name", "Add it, or mend 'tables'.", "no file")
            found = read_file(path, reading, used)
    except UnreadableTable as error:
        return _refused(name, error.expected, error.mend, error.found)
    rows, columns = found.frame.shape
    facts = "; ".join([*found.facts, f"{rows} rows, {columns} columns"])
    doubts = (Problem(name, "no doubt", MEND, doubt, severity="warning") for doubt in found.doubts)
    marks = _marks(name, found, numbers)
    return TableIn(found.frame, (*doubts, *marks), f"{name}: {facts}.")


def _marks(name: str, found: FileTable, numbers: Collection[str] | None) -> Iterator[Problem]:
    """Name the numbers that are written unlike the others, and those that may be two numbers."""
    given = found.frame.attrs.get("rows")
    for column, (unlike, expected) in found.wrong.items():
        if numbers is not None and column not in numbers:
            continue
        cells = found.frame[column]
        # what is no number as it stands is named by the checks of its column
        places = [place for place in unlike if _is_number(cells.iloc[place])]
        for place in places[:NAMED]:
            row = given[place] if given else int(place) + 2
            yield Problem(name, expected, MEND_MARK, str(cells.iloc[place]), row, column=column)
        if places[NAMED:]:
            yield Problem(
                name, expected, "See the rows above.", column=column, times=len(places) - NAMED
            )
    for column, said in found.unsure.items():
        if numbers is None or column in numbers:
            yield Problem(
                name,
                "numbers that can be read in one way",
                MEND_UNSURE,
                f"UNSURE: {said}",
                column=column,
                severity="warning",
            )


def _is_number(cell: object) -> bool:
    try:
        float(str(cell))
    except ValueError:
        return False
    return True


def _refused(name: str, expected: str, mend: str, found: str = "") -> TableIn:
    return TableIn(None, (Problem(name, expected, mend, found),))

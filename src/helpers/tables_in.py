"""One table from a study folder, as text: nothing is typed before it is checked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .errors import Problem
from .readers import read_file
from .readers.table import UnreadableTable
from .study_parts import DEFAULT_READING, Reading

MEND = "If it is not so, state how to read the file under tables.reading in study.yml."


@dataclass(frozen=True)
class TableIn:
    """A table as it was read: None if it could not be, its problems, and how it was read."""

    table: pd.DataFrame | None
    problems: tuple[Problem, ...] = ()
    note: str = ""


def read_table(
    folder: Path, name: str, reading: Reading = DEFAULT_READING, used: Collection[str] = ()
) -> TableIn:
    """Read a file of the study folder as text.

    Every cell is text without surrounding blanks; empty cells, NA and a lone dot are missing. In
    a large text or Parquet file that is so of the `used` columns alone (the first has a value in
    each row).
    """
    path = folder / name
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            return _refused(name, "a file inside the study folder", "Move the file there.")
        if not path.is_file():
            return _refused(name, "a file of this name", "Add it, or mend 'tables'.", "no file")
        found = read_file(path, reading, used)
    except (OSError, ValueError) as error:  # a name no system has, a file that may not be read
        said = getattr(error, "strerror", None) or str(error)
        return _refused(name, "a file that can be read", "Mend its name or its rights.", said)
    except UnreadableTable as error:
        return _refused(name, error.expected, error.mend, error.found)
    rows, columns = found.frame.shape
    facts = "; ".join([*found.facts, f"{rows} rows, {columns} columns"])
    doubts = (Problem(name, "no doubt", MEND, doubt, severity="warning") for doubt in found.doubts)
    return TableIn(found.frame, tuple(doubts), f"{name}: {facts}.")


def _refused(name: str, expected: str, mend: str, found: str = "") -> TableIn:
    return TableIn(None, (Problem(name, expected, mend, found),))

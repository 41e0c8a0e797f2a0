"""One table from a study folder, as text: nothing is typed before it is checked."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from .errors import Problem

MISSING = ["", "NA", "N/A", "NaN", "nan", "."]


def read_table(folder: Path, name: str) -> tuple[pd.DataFrame | None, list[Problem]]:
    """Read a CSV file of the study folder as text.

    Returns
    -------
    (DataFrame or None, list of Problem)
        Every cell is text without surrounding blanks; empty cells, NA and a lone dot are missing.
    """
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        return None, [Problem(name, "a file inside the study folder", "Move the file there.")]
    if not path.is_file():
        return None, [Problem(name, "a file of this name", "Add it, or mend 'tables'.", "no file")]
    try:
        table = pd.read_csv(
            path, dtype=str, keep_default_na=False, na_values=MISSING, encoding="utf-8-sig",
            skipinitialspace=True,
        )
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        return None, [
            Problem(name, "a comma-separated table in UTF-8", "Save it as CSV UTF-8.", str(error))
        ]
    table.columns = [str(column).strip() for column in table.columns]
    return table, []

"""Excel workbooks: one sheet as a table, dates as dates, formulas by their stored values."""

from __future__ import annotations

import datetime as dt
import zipfile
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ..study import DEFAULT_READING as DEFAULT
from ..study import Reading
from .cells import text_of
from .marks import ordinary_numbers
from .table import Column, FileTable, Grid, UnreadableTable, from_grid


def read_excel(path: Path, reading: Reading = DEFAULT) -> FileTable:
    """Read a sheet of a workbook: that which the study file names, or the first visible one.

    Parameters
    ----------
    path : Path
    reading : Reading
        `sheet`, `decimal` (numbers stored as text), `missing`.

    Raises
    ------
    UnreadableTable
        Also where a formula has no stored value, as in a file that Excel never saved.
    """
    with _workbook(path, data_only=True) as book:
        names = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
        name = _sheet(reading.sheet, names, book.sheetnames)
        rows = [list(row) for row in book[name].iter_rows(values_only=True)]
    _no_empty_formula(path, name, rows)
    if not rows:
        raise UnreadableTable("a sheet with a table", "Name another sheet.", f"'{name}' is empty")
    texts = zip(*([text_of(value) for value in row] for row in rows), strict=True)
    body = from_grid(Grid([Column.of(pd.Series(cells, dtype=object)) for cells in texts]))
    numbers, decimal, unclear = ordinary_numbers(body.columns, reading.decimal)
    facts = body.facts
    if decimal != "decimal point":
        facts = [*facts, f"numbers stored as text with {decimal}"]
    frame = replace(body, columns=numbers).frame(reading.missing)
    sheets = (name, *(other for other in names if other != name))
    found = [f"sheet '{name}'" + (f" of {len(names)}" if len(names) > 1 else "")]
    return FileTable(
        frame, (*found, *facts), (*body.doubts, *unclear), dates=_dates(rows, frame),
        sheets=sheets,
    )


class _workbook:
    """A workbook opened for reading, closed at the end."""

    def __init__(self, path: Path, data_only: bool) -> None:
        from openpyxl import load_workbook

        try:
            self.book = load_workbook(path, read_only=True, data_only=data_only)
        except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError) as error:
            raise UnreadableTable(
                "an Excel workbook (.xlsx)", "Open it in Excel and save it again; a password must "
                "be taken off.", str(error),
            ) from None

    def __enter__(self):
        return self.book

    def __exit__(self, *_error) -> None:
        self.book.close()


def _sheet(wanted: str | None, visible: list[str], every: list[str]) -> str:
    if wanted is None and visible:
        return visible[0]
    if wanted in every:
        return wanted
    raise UnreadableTable(
        f"a sheet '{wanted}'" if wanted else "a sheet with a table",
        "Mend 'sheet' in study.yml: there are " + ", ".join(f"'{name}'" for name in every) + ".",
        "no such sheet",
    )


def _no_empty_formula(path: Path, name: str, values: list[list]) -> None:
    with _workbook(path, data_only=False) as book:
        for number, row in enumerate(book[name].iter_rows(), start=1):
            for place, cell in enumerate(row):
                if cell.data_type == "f" and values[number - 1][place] is None:
                    raise UnreadableTable(
                        "values in all cells", "Open the file in Excel or LibreOffice and save it.",
                        f"a formula without a stored value in {cell.coordinate} of '{name}'",
                    )


def _dates(rows: list[list], frame: pd.DataFrame) -> frozenset[str]:
    width = len(frame.columns)
    found = {
        place for row in rows for place, value in enumerate(row[:width])
        if isinstance(value, dt.datetime | dt.date)
    }
    return frozenset(str(frame.columns[place]) for place in found)

"""Excel workbooks: one sheet as a table, dates as dates, formulas by their stored values."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from ...formats import counted
from ...study.parts import DEFAULT_READING as DEFAULT
from ...study.parts import Reading
from .cells import text_of
from .stored_texts import numbers_in_texts
from .table import Body, Column, FileTable, Grid, UnreadableTable, from_grid
from .workbook_size import check_sheet, check_workbook, hidden_rows


def read_excel(path: Path, reading: Reading = DEFAULT) -> FileTable:
    """Read a sheet of a workbook: that which the study file names, or the first visible one.

    Parameters
    ----------
    path : Path
    reading : Reading
        `sheet`, `missing`; `decimal`, `decimal_in`, `thousands` of numbers stored as text.

    Raises
    ------
    UnreadableTable
        Also where a formula has no stored value, as in a file that Excel never saved.
    """
    formulas = check_workbook(path)
    with _workbook(path, data_only=True) as book:
        tables = {sheet.title: sheet for sheet in book.worksheets}  # a chart's sheet holds none
        names = [name for name, sheet in tables.items() if sheet.sheet_state == "visible"]
        name = _sheet(reading.sheet, names, list(tables))
        rows = _values(tables[name])
        # the reader of rows passes over what the sheet says of how they look
        hidden = hidden_rows(path, tables[name]._worksheet_path)
    if formulas:
        _no_empty_formula(path, name, rows)
    if not any(rows):
        raise UnreadableTable("a sheet with a table", "Name another sheet.", f"'{name}' is empty")
    texts = zip(*([text_of(value) for value in row] for row in rows), strict=True)
    body = from_grid(Grid([Column.of(pd.Series(cells, dtype=object)) for cells in texts]))
    columns, numbers = numbers_in_texts(body.columns, _typed(rows, body), reading)
    frame = replace(body, columns=columns).frame(reading.missing)
    sheets = (name, *(other for other in names if other != name))
    found = [f"sheet '{name}'" + (f" of {len(names)}" if len(names) > 1 else "")]
    return FileTable(
        frame,
        (*found, *body.facts, *numbers.facts),
        (*body.doubts, *_told_hidden(hidden)),
        dates=_dates(rows, body),
        sheets=sheets,
        unsure=numbers.unsure,
        wrong=numbers.wrong,
    )


class _workbook:
    """A workbook opened for reading, closed at the end."""

    def __init__(self, path: Path, data_only: bool) -> None:
        from openpyxl import load_workbook

        with ExitStack() as opened:
            file = opened.enter_context(path.open("rb"))  # openpyxl leaves a damaged one open
            self.book = load_workbook(file, read_only=True, data_only=data_only)
            self.opened = opened.pop_all()

    def __enter__(self):
        return self.book

    def __exit__(self, _kind, _error, _traceback) -> None:
        self.book.close()
        self.opened.close()


def _values(sheet) -> list[list]:
    """Give the values of all rows, as many in each.

    What a sheet says of its own size is not asked: some programs write A1, or nothing.
    """
    sheet.reset_dimensions()
    rows, width = [], 0
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        filled = _without_empty_end(row)
        width = max(width, len(filled))
        check_sheet(number, width)
        rows.append(filled)
    while rows and not rows[-1]:
        rows.pop()
    return [row + [None] * (width - len(row)) for row in rows]


def _told_hidden(rows: int) -> list[str]:
    """Say that rows which a filter hides are read: who set it may think that they are not."""
    if not rows:
        return []
    read = "it is read like the others" if rows == 1 else "they are read like the others"
    return [f"the sheet hides {counted(rows, 'row')}, as a filter does; {read}"]


def _without_empty_end(row: tuple) -> list:
    """Give a row up to its last value: formatted cells without one may reach to column XFD."""
    end = len(row)
    while end and row[end - 1] is None:
        end -= 1
    return list(row[:end])


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
        book[name].reset_dimensions()
        for row, known in zip(book[name].iter_rows(), values, strict=False):
            for cell, value in zip(row, known, strict=False):
                if cell.data_type == "f" and value is None:
                    raise UnreadableTable(
                        "values in all cells",
                        "Open the file in Excel or LibreOffice and save it.",
                        f"a formula without a stored value in {cell.coordinate} of '{name}'",
                    )


def _typed(rows: list[list], body: Body) -> dict[str, np.ndarray]:
    """Say of each cell of the columns that hold texts and others whether it is no text."""
    under = [rows[number - 1] for number in body.rows]
    out = {}
    for name, place in zip(body.columns, body.places, strict=True):
        typed = np.array([not isinstance(row[place], str) for row in under], dtype=bool)
        if not typed.all():
            out[name] = typed
    return out


def _dates(rows: list[list], body: Body) -> frozenset[str]:
    """Name the columns that hold a date under the header."""
    under = [rows[number - 1] for number in body.rows]
    return frozenset(
        name
        for name, place in zip(body.columns, body.places, strict=True)
        if any(isinstance(row[place], dt.datetime | dt.date) for row in under)
    )

"""Rows of a spreadsheet that are no patients: units or codes under the header, notes and totals
under the table. They are left out and said; what stands under the header becomes labels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from .columns import NUMBERS, Column
from .nothing import says_nothing

NOTE_CELLS = 2  # a note or a total under a table fills no more
WIDE_TABLE = 4  # columns from which a row of so few cells is no patient
FEWEST = 5  # rows of a table of which the first may hold units, and the last sums
ODD = 2  # cells, at least, that are no numbers in columns of numbers, or sums of their columns
LONGEST = 60  # letters of a cell that are shown
CLOSE = 0.005  # by which a sum or mean may be off, of itself
MEASURED = re.compile(r"[<>≤≥~]?\s*[+-]?\d+(?:[.,]\d+)?\s*\D*")  # 5, <5, 5 cm, 12*
TOTALS = {
    "total", "totals", "sum", "sums", "mean", "means", "average", "averages", "avg", "median",
    "sd", "std", "stdev", "sem", "iqr", "range", "min", "max", "minimum", "maximum", "n",
    "count", "overall", "all", "subtotal", "missing", "summe", "gesamt", "gesamtsumme",
    "insgesamt", "mittelwert", "mw", "mittel", "standardabweichung", "anzahl", "totale",
    "totaux", "somme", "moyenne", "médiane", "suma", "promedio", "media", "mediana", "somma",
    "totaal", "som", "gemiddelde", "mediaan", "合计", "总计", "总和", "小计", "平均",
    "平均值", "均值", "均数", "中位数", "标准差", "例数",
}  # fmt: skip
INITIALS = 4  # letters that a patient's initials have at most: SD and MW may be some


def without_no_patients(columns: dict[str, Column]) -> tuple[dict[str, Column], list[str]]:
    """Take out the rows that are no patients.

    Returns
    -------
    (dict of Column, list of str)
        The columns, those with a unit or code under their name with it in their label, and what was
        left out, in sentences for the user.
    """
    said = []
    under = _row_of_units(columns)
    if under:
        columns = {name: _below(column, under.get(name)) for name, column in columns.items()}
        said.append(f"the row under the header is no patient and was left out: {_some(under)}")
    columns, again = _without_headers(columns)
    said += again
    notes = [*_notes_under(columns)]
    if notes:
        columns = {
            name: replace(c, cells=c.cells.iloc[: -len(notes)]) for name, c in columns.items()
        }
        listed = "; ".join(notes[::-1])
        said.append(f"rows under the table are no patients and were left out: {listed}")
    return columns, said


def _some(cells: dict[str, str]) -> str:
    return ", ".join(cell[:LONGEST] for cell in dict.fromkeys(cells.values()))


def _row_of_units(columns: dict[str, Column]) -> dict[str, str]:
    """Give the cells of the first row if it holds units, codes or names again; none otherwise.

    No cell of it could be a patient's: those in columns of numbers are words, those in others are
    like no cell below.
    """
    first, odd = {}, 0
    for name, column in columns.items():
        if len(column.cells) < FEWEST:
            return {}
        cell, rest = column.cells.iloc[0], column.cells.iloc[1:].dropna()
        if pd.isna(cell):
            continue
        if _of_numbers(rest):
            if says_nothing(cell) or MEASURED.fullmatch(cell):
                return {}
            odd += 1
        elif not len(rest) or cell in set(rest) or _shape(cell) in set(rest[:FEWEST].map(_shape)):
            return {}
        first[name] = cell.strip()
    return first if odd >= ODD else {}


def _without_headers(columns: dict[str, Column]) -> tuple[dict[str, Column], list[str]]:
    """Take out rows that are the header again, as where exports were put one under the other."""
    again = pd.Series(True, index=next(iter(columns.values())).cells.index)
    for name, column in columns.items():
        again &= column.cells.eq(name) | (column.cells.isna() & name.startswith("column_"))
    if len(columns) < ODD or not again.any():
        return columns, []
    kept = {
        name: replace(c, cells=c.cells[~again].reset_index(drop=True))
        for name, c in columns.items()
    }
    rows = f"{again.sum()} rows" if again.sum() > 1 else "a row"
    return kept, [f"the header stands again among the patients: {rows} left out"]


def _of_numbers(cells: pd.Series) -> bool:
    numbers = pd.to_numeric(cells, errors="coerce").notna().sum()
    return bool(len(cells)) and bool(numbers >= NUMBERS * len(cells))


def _below(column: Column, cell: str | None) -> Column:
    """Give a column without its first cell, which is told in its label."""
    cells = column.cells.iloc[1:].reset_index(drop=True)
    again = cell is None or cell.casefold() == column.name.casefold() or column.label
    return replace(
        column,
        cells=cells,
        label=column.label if again else f"{column.name} ({cell.strip('()[]')})",
    )


def _notes_under(columns: dict[str, Column]) -> Iterator[str]:
    """Give the notes, totals and means under a table, the last first."""
    table = pd.DataFrame({name: column.cells for name, column in columns.items()})
    if len(columns) < WIDE_TABLE:
        return
    filled = table.notna().sum(axis=1)
    for row in range(len(table) - 1, 0, -1):
        cells = table.iloc[row].dropna()
        above = table.iloc[:row][filled.iloc[:row] > NOTE_CELLS]
        if cells.empty:
            return
        if what := _sums(table.iloc[row], above):
            yield f"{what} of the columns"
        elif _is_note(cells, above) or _is_named_total(cells, above):
            yield str(cells.iloc[0])[:LONGEST]
        else:
            return


def _is_note(cells: pd.Series, above: pd.DataFrame) -> bool:
    """Say whether a row fills a cell or two, the first with text that looks like none above it."""
    if len(cells) > NOTE_CELLS:
        return False
    return _shape(cells.iloc[0]) not in set(above[cells.index[0]].dropna().map(_shape))


def _is_named_total(cells: pd.Series, above: pd.DataFrame) -> bool:
    """Say whether a row begins with Total, Mean (SD) or the like where others have a number or
    what tells one patient from another."""
    said = re.findall(r"[^\W\d_]+", str(cells.iloc[0]).casefold())
    over = above[cells.index[0]].dropna()
    if not said or not set(said) <= TOTALS or len(over) < FEWEST:
        return False
    if len(said) == 1 and len(said[0]) < INITIALS and over.str.len().max() <= INITIALS \
            and over.str.isalpha().all():  # fmt: skip
        return False
    return _of_numbers(over) or not over.duplicated().any()


def _sums(row: pd.Series, above: pd.DataFrame) -> str:
    """Name what the numbers of a row are of the columns above, "" if they are not.

    A column that is filled in all rows above is empty in it, and so is every one of words that are
    all different: it has no identifier.
    """
    if len(above) < FEWEST or not (row.isna() & above.notna().all()).any():
        return ""
    names = [n for n in above if not above[n].duplicated().any() and not _of_numbers(above[n])]
    if row[names].notna().any():
        return ""
    cells = pd.to_numeric(row, errors="coerce").dropna()
    numbers = above[cells.index].apply(pd.to_numeric, errors="coerce")
    cells = cells[[_of_numbers(above[name].dropna()) for name in cells.index]]
    if len(cells) < ODD:
        return ""
    for what in ("sum", "mean", "median", "std"):
        meant = numbers[cells.index].agg(what)
        if np.allclose(cells, meant, rtol=CLOSE, atol=0):
            return {"std": "standard deviations"}.get(what, f"{what}s")
    return ""


def _shape(text: str) -> str:
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", str(text)))

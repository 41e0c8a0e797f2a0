"""Decimal and thousands marks: which a table uses, and its numbers in ordinary notation."""

from __future__ import annotations

import re

import numpy as np

from .table import MISSING, Column

POINT, COMMA = ".", ","
SAYS_COMMA = re.compile(r"[+-]?(\d+,\d{1,2}|\d+,\d{4,}|0,\d+|\d{1,3}(\.\d{3})+,\d+|\d{4,},\d+)")
SAYS_POINT = re.compile(
    r"[+-]?(\d*\.\d{1,2}|\d*\.\d{4,}|0?\.\d+|\d{1,3}(,\d{3})+\.\d+|\d{4,}\.\d+)"
)
GROUPED = {
    POINT: re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?"),
    COMMA: re.compile(r"[+-]?\d{1,3}((\.\d{3})+,\d*|(\.\d{3}){2,})"),
}
GROUPED_FOR_SURE = re.compile(r"[+-]?\d{1,3}((,\d{3})+\.\d*|(,\d{3}){2,})")
WITH_COMMA = re.compile(r"[+-]?\d*,\d+")
UNCLEAR = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
LIKE_NUMBER = re.compile(r"[+-]?[\d.,]+([eE][+-]?\d+)?")


def ordinary_numbers(
    columns: dict[str, Column], decimal: str | None = None
) -> tuple[dict[str, Column], str, list[str]]:
    """Write numbers with a decimal point and without thousands marks.

    The mark is that of the cells that can be read in one way only: 3,5 has a decimal comma, 3.5 a
    point, while 1,234 could be either. Only columns most of whose cells look like numbers are
    touched.

    Parameters
    ----------
    columns : dict of Column
    decimal : {".", ","}, optional
        The mark, where the study file states it.

    Returns
    -------
    (dict of Column, str, list of str)
        The columns, the fact found, doubts.
    """
    cells = {name: _like_numbers(column) for name, column in columns.items()}
    cells = {name: found for name, found in cells.items() if found}
    comma, point = (
        {name for name, found in cells.items() if any(map(rule.fullmatch, found))}
        for rule in (SAYS_COMMA, SAYS_POINT)
    )
    mark = decimal or (COMMA if len(comma) > len(point) else POINT)
    doubts, changed = [], {}
    for name, found in cells.items():
        if mark == POINT and not decimal:
            if name in comma:
                continue  # two marks in one table: its cells stay, and the checks name them
            doubts += _unclear(name, found)
        new = {cell: rewritten(cell, mark) for cell in found}
        if any(cell != text for cell, text in new.items()):
            changed[name] = columns[name].map(lambda cell, new=new: new.get(cell, cell))
    grouped = mark == POINT and bool(changed)
    fact = "decimal comma" if mark == COMMA else "decimal point"
    return (
        {**columns, **changed},
        fact + (", thousands separated by commas" if grouped else ""), doubts,
    )


def _like_numbers(column: Column) -> list[str]:
    """Give the cells with marks that may be numbers, if most cells of the column look like some."""
    numbers = np.array([bool(LIKE_NUMBER.fullmatch(cell)) for cell in column.cells])
    marked = [cell for cell in column.cells[numbers] if COMMA in cell or POINT in cell]
    if not marked:
        return []
    share = numbers[column.codes].sum() / max(1, column.where(lambda c: c not in MISSING).sum())
    return sorted(marked) if share > 0.5 else []


def _unclear(name: str, cells: list[str]) -> list[str]:
    """Say that 1,234 was read as 1234, unless 12,345.6 or 1,234,567 shows that it is so."""
    unclear = [cell for cell in cells if UNCLEAR.fullmatch(cell)]
    if not unclear or any(map(GROUPED_FOR_SURE.fullmatch, cells)):
        return []
    return [
        f"column '{name}': {unclear[0]} is read as {unclear[0].replace(',', '')}; "
        "state 'decimal' if its comma is a decimal mark"
    ]


def rewritten(cell: str, mark: str) -> str:
    """Give a number with a decimal point and without thousands marks; other text as it is."""
    if GROUPED[mark].fullmatch(cell):
        cell = cell.replace(COMMA if mark == POINT else POINT, "")
    if mark == COMMA and WITH_COMMA.fullmatch(cell):
        return cell.replace(COMMA, POINT)
    return cell

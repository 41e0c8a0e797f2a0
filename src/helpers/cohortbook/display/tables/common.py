"""What the tables share: arm headers, P cells with their test, percentages."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ... import formats
from ...results import mark_of, pick
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from ..words import capital, p_text

OVERALL_HEADER = "All patients"


def arm_header(study: Study, code: str, n: int) -> str:
    """Give a column header: the arm's label and its number of patients."""
    return f"{study.arm_label(code)} (n = {n})"


def n_percent_cell(results: pd.DataFrame, decimals: int = 1, statistic: str = "n", **keys) -> str:
    """Print a count and its percentage: 6 (28.6)."""
    found = pick(results, statistic=statistic, **keys)
    if found.empty:
        return formats.EMPTY
    count, total = found.iloc[0]["estimate"], found.iloc[0]["n"]
    mark = mark_of(found.iloc[0])
    if mark:
        return mark
    if not total:
        return formats.EMPTY
    return f"{int(count)} ({formats.percent(count, total, decimals)})" if count else "0"


def p_cell(results: pd.DataFrame, study: Study, **keys) -> Cell:
    """Print a P value with its test, and any doubt about it, as footnotes."""
    found = pick(results, statistic="p_value", **keys)
    if found.empty or pd.isna(found.iloc[0]["p_value"]):
        return Cell(formats.EMPTY)
    result = found.iloc[0]
    notes = tuple(sentence(note) for note in (result["method"], result["note"]) if note)
    return Cell(p_text(result["p_value"], study), notes)


def with_numbers(rows: list[Row], beside: int = 1) -> list[Row]:
    """Give the rows, or none if no cell of them has a number.

    The first `beside` columns name what the row is of, or count it, and are not asked.
    """
    cells = (cell for row in rows if not row.group for cell in row.cells[beside:])
    told = (cell.text if isinstance(cell, Cell) else cell for cell in cells)
    return rows if any(letter.isdigit() for text in told for letter in text) else []


def of_one_arm(table: Table, study: Study, *comparing: int) -> Table:
    """Leave out the columns that compare (by place) where the study has one arm.

    Where small counts are withheld, a note says so.
    """
    table = replace(table, notes=[*table.notes, *_small_counts(study)])
    if study.compares:
        return table
    kept = [i for i in range(len(table.columns)) if i not in {*comparing}]
    rows = [
        row if row.group else replace(row, cells=tuple(row.cells[i] for i in kept))
        for row in table.rows
    ]
    widths = [table.widths[i] for i in kept] if table.widths else None
    return replace(table, columns=[table.columns[i] for i in kept], rows=rows, widths=widths)


def _small_counts(study: Study) -> list[str]:
    smallest = study.privacy.smallest_count
    if not smallest:
        return []
    return [
        f"<{smallest}: a count from 1 to {smallest - 1}. Withheld: a number that would tell a "
        "count below that."
    ]


def sentence(text: str) -> str:
    """Start with a capital and end with a full stop."""
    text = text.strip()
    return capital(text) + ("" if text.endswith((".", "?")) else ".")


def variable_label(study: Study, name: str, unit: bool = True) -> str:
    """Print a variable's name with its unit."""
    variable = study.variables[name]
    return f"{variable.label}, {variable.unit}" if unit and variable.unit else variable.label

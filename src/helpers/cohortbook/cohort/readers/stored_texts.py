"""Numbers that a typed file stores as texts: the text 1.286 may be 1286, the number is 1.286."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from ...study.parts import Reading
from .marks import Numbers, ordinary_numbers
from .table import Column


def numbers_in_texts(
    columns: Mapping[str, Column], typed: Mapping[str, np.ndarray], reading: Reading
) -> tuple[dict[str, Column], Numbers]:
    """Write numbers that are stored as texts in ordinary notation; stored numbers stay.

    Parameters
    ----------
    columns : dict of Column
        All columns of a table.
    typed : dict of array of bool
        Of the columns that hold texts: which of their cells are numbers, dates or truth values.
    reading : Reading

    Returns
    -------
    (dict of Column, Numbers)
        All columns, and how those with texts were read; no facts if decimal points alone were
        found.
    """
    read = ordinary_numbers(
        {name: _texts(columns[name], known) for name, known in typed.items()}, reading
    )
    out = dict(columns)
    for name, known in typed.items():
        cells = np.where(known, columns[name].texts(), read.columns[name].texts())
        if (cells != columns[name].texts()).any():
            out[name] = Column.of(pd.Series(cells, dtype=object))
    decimal, *more = read.facts
    facts = () if read.plain else (f"numbers stored as text with {decimal}", *more)
    return out, replace(read, columns=out, facts=facts)


def _texts(column: Column, typed: np.ndarray) -> Column:
    """Give a column without its stored numbers, but for whole ones below 1000.

    Those show, as the texts 3 and 980 would, that 1.286 beside them may be 1286.
    """
    small = column.where(lambda cell: cell.isdigit() and len(cell) < 4)
    cells = np.where(typed & ~small, "", column.texts())
    return Column.of(pd.Series(cells, dtype=object))

"""Tables of what has no layout of its own: the rows of a tidy frame, named and printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ... import formats
from ...results import mark_of, pick
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from ..statistic_names import line_name
from ..words import capital, p_text
from .common import sentence

PRINTED = {
    "ratio": formats.ratio,
    "number": lambda value: formats.number(value, 1),
    "count": lambda value: f"{value:,.0f}",
    "small": lambda value: f"{value:.1e}" if value else "0",
}
"""How an estimate and its limits are printed."""


def rows_table(
    frame: pd.DataFrame, study: Study, heads: Mapping[str, str], caption: str, note: str = ""
) -> Table:
    """Lay out rows that are no statistics: patients, visits, boxes.

    Parameters
    ----------
    frame : DataFrame
        Any frame.
    study : Study
    heads : mapping
        Its columns that are shown, and their heads; those without any value are left out.
    caption, note : str
    """
    shown = {
        column: head
        for column, head in heads.items()
        if column in frame and frame[column].replace("", None).notna().any()
    }
    words = [column for column in shown if not pd.api.types.is_numeric_dtype(frame[column])]
    cells = [_cells(frame[column], study) for column in shown]
    rows = [Row(row) for row in zip(*cells, strict=True)]
    return Table(
        list(shown.values()),
        rows,
        caption,
        notes=[note] if note else [],
        abbreviations=study.texts.abbreviations,
        left=tuple(place for place, column in enumerate(shown) if column in words or not place),
    )


def _cells(column: pd.Series, study: Study) -> list[str]:
    """Print a column: arms by their label, numbers with as many decimals as one of them needs."""
    if column.name == "arm":
        return [study.arm_label(str(code)) if code else formats.EMPTY for code in column]
    empty = column.isna() | (column.astype(object) == "")
    if not pd.api.types.is_float_dtype(column):
        return [
            formats.EMPTY if no else str(value) for value, no in zip(column, empty, strict=True)
        ]
    decimals = 0 if (column.dropna() % 1 == 0).all() else 1
    return [
        formats.EMPTY if no else formats.number(value, decimals)
        for value, no in zip(column, empty, strict=True)
    ]


def results_table(
    results: pd.DataFrame,
    study: Study,
    caption: str,
    kinds: Mapping[str, tuple[str, str]],
    words: Mapping[str, str] | None = None,
    note: str = "",
) -> Table:
    """Lay out statistics, one row each: what it is of, the estimate with its limits, and P.

    Parameters
    ----------
    results : DataFrame
        Tidy (`results.COLUMNS`).
    study : Study
    caption : str
    kinds : mapping
        The statistics that are shown, each with its name and how it is printed (`PRINTED`).
    words : mapping, optional
        Names of terms, levels and groups that are no names of the study.
    note : str
    """
    part = pick(results, statistic=list(kinds))
    with_p, limits = part["p_value"].notna().any(), part["conf_low"].notna().any()
    conf = f" ({formats.conf_label(study.statistics.conf_level)})" if limits else ""
    rows = []
    for _, found in part.iterrows():
        name, kind = kinds[found["statistic"]]
        said = ", ".join(filter(None, (line_name(found, study, part, words), name)))
        notes = tuple(sentence(text) for text in (found["method"], found["note"]) if text)
        printed = Cell(mark_of(found) or _printed(found, PRINTED[kind]), notes)
        p_value = p_text(found["p_value"], study) if pd.notna(found["p_value"]) else formats.EMPTY
        rows.append(Row((capital(said), printed, *((p_value,) if with_p else ()))))
    return Table(
        ["Result", f"Estimate{conf}", *(("P value",) if with_p else ())],
        rows,
        caption,
        notes=[note] if note else [],
        abbreviations=study.texts.abbreviations | {"CI": "confidence interval"},
        widths=[2.6, 1.6, *((0.8,) if with_p else ())],
    )


def _printed(found: pd.Series, how: Any) -> str:
    if pd.isna(found["estimate"]):
        return formats.NOT_ESTIMABLE
    text = how(found["estimate"])
    if pd.notna(found["conf_low"]) or pd.notna(found["conf_high"]):
        text += f" ({how(found['conf_low'])} to {how(found['conf_high'])})"
    return text

"""Exports of REDCap: repeating instruments told apart, events of one record brought together."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from . import words as w
from .columns import Column
from .vocabulary import STATUS, TIME

EVENT = ("redcap_event_name", "Event Name")
INSTRUMENT = ("redcap_repeat_instrument", "Repeat Instrument")
INSTANCE = ("redcap_repeat_instance", "Repeat Instance")
ROWS = (*EVENT, *INSTRUMENT, *INSTANCE)
SURVEY = ("redcap_survey_identifier", "Survey Identifier")


def is_redcap(columns: dict[str, Column]) -> bool:
    """Say whether a table is an export of REDCap with events or repeating instruments."""
    return any(name in columns for name in ROWS)


def instruments(columns: dict[str, Column]) -> dict[str, dict[str, Column]]:
    """Take repeating instruments out of a table.

    Returns
    -------
    dict of dict of Column
        The rows that repeat nothing under "", and each repeating instrument under its name, with
        the record's identifier (the first column) and the columns that it fills.
    """
    name = next((n for n in INSTRUMENT if n in columns), None)
    who = next(iter(columns))
    if name is None:
        return {"": columns}
    repeated = columns[name].cells
    out = {"": _rows(columns, repeated.isna(), (), keep_all=True)}
    for instrument in repeated.dropna().unique():
        part = _rows(columns, repeated == instrument, (*ROWS, *SURVEY))
        out[str(instrument)] = {who: part.pop(who), **part}
    filled = set(out[""]) - {key for key, c in out[""].items() if not len(c.known)}
    out[""] = {
        key: c
        for key, c in out[""].items()
        if key in filled or all(key not in part for part in [*out.values()][1:])
    }
    return out


def _rows(
    columns: dict[str, Column], keep: pd.Series, without: tuple[str, ...], keep_all: bool = False
) -> dict[str, Column]:
    out = {}
    for key, column in columns.items():
        cells = column.cells[keep].reset_index(drop=True)
        if key not in without and (keep_all or cells.notna().any()):
            out[key] = replace(column, cells=cells)
    return out


def one_row(columns: dict[str, Column], who: str) -> tuple[dict[str, Column], list[str]]:
    """Bring the events of each record into one row.

    What was recorded in one event of a record is taken from there. What was recorded in several is
    taken from the first; a status or a time to an event from the last.

    Returns
    -------
    (dict of Column, list of str)
        The columns, and those that were recorded in several events.
    """
    dropped = {*ROWS, *SURVEY}
    record = columns[who].cells
    out, several = {}, []
    order = record.drop_duplicates()
    for key, column in columns.items():
        if key in dropped:
            continue
        if key == who:
            out[key] = replace(column, cells=order.reset_index(drop=True))
            continue
        known = column.cells.dropna()
        grouped = known.groupby(record[known.index])
        if (grouped.nunique() > 1).any():
            several.append(key)
        outcome = column.about(STATUS) or column.about(TIME) or bool(w.stem(key))
        values = grouped.last() if outcome else grouped.first()
        out[key] = replace(column, cells=order.map(values).reset_index(drop=True))
    return out, several

"""Finished tables and figures in a language."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from ..layout.abbreviations import explained, used
from ..layout.table import Cell, Row, Table
from .speech import Speech


def table_in(table: Table, speech: Speech | None) -> Table:
    """Give a table in a language; what is exported for machines keeps its numbers."""
    if speech is None or table.plain_numbers is not None:
        return table
    shown = _table(table, speech)
    shown.plain_numbers = _table(table, speech.with_plain_numbers())
    return shown


def _table(table: Table, speech: Speech) -> Table:
    made = copy.copy(table)
    made.columns = [_cell(cell, speech) for cell in table.columns]
    made.rows = [
        Row(tuple(_cell(cell, speech) for cell in row.cells), row.indent, row.group)
        for row in table.rows
    ]
    made.caption = speech.text(table.caption)
    made.notes = [speech.text(note) for note in table.notes]
    found = used(table.words, table.abbreviations)
    meanings = {short: speech.text(meaning) for short, meaning in found.items()}
    made.abbreviations, made.explained = {}, explained(meanings, speech.language.explains)
    made.number_footnotes()
    return made


def _cell(cell: Cell | str, speech: Speech) -> Cell | str:
    if isinstance(cell, str):
        return speech.text(cell)
    links = tuple((label, speech.text(words)) for label, words in cell.links)
    notes = tuple(speech.text(note) for note in cell.notes)
    between = speech.language.lists.get(cell.between, cell.between)
    return replace(cell, text=speech.text(cell.text), notes=notes, links=links, between=between)


def figure_in(made: Any, speech: Speech | None) -> Any:
    """Give caption, alternative text and ticks of a figure that was drawn in a language."""
    from matplotlib.ticker import FuncFormatter

    from ..drawing.letters import clean

    if speech is None:
        return made
    made.caption, made.alt = speech.text(made.caption), speech.text(made.alt)
    for axes in made.drawing.axes:
        for axis in (axes.xaxis, axes.yaxis):
            plain = axis.get_major_formatter()

            def tick(value: float, place: int | None = None, plain: Any = plain) -> str:
                return speech.text(plain(value, place))

            shown = FuncFormatter(tick)
            shown.set_locs = plain.set_locs
            axis.set_major_formatter(shown)
        for text in (*axes.texts, axes.xaxis.label, axes.yaxis.label):
            text.set_text(clean(speech.drawn(text.get_text())))
    return made

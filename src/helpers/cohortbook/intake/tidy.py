"""The cells of an export as they were meant: words for nothing recorded, units within cells, and
one spelling for each category. What was changed is said."""

from __future__ import annotations

import re
from dataclasses import replace

from ..cohort.derive.dates import looks_like_dates
from .columns import Column
from .no_patient import without_no_patients
from .nothing import without_nothing
from .vocabulary import NO_EVENT, UNITS_IN_CELLS
from .words import is_sex, sex_of

MOST_SPELLINGS = 40
SHOWN = 6
LONGEST = 60  # letters of a cell that are shown
_UNITS = "|".join(re.escape(unit) for unit in sorted(UNITS_IN_CELLS, key=len, reverse=True))
WITH_UNIT = re.compile(rf"([+-]?\d+(?:\.\d+)?)\s*({_UNITS})?\.?", re.IGNORECASE)
LEGEND = re.compile(r"(\d+)\s*[=:]\s*([^\W\d_][^,;/()\[\]=:\d]*?)\s*(?=[,;/()\[\]\d]|$)")
AROUND_SIGN = re.compile(r"\s*([+&/])\s*")  # TACE + Len is TACE+Len
WHOLE = re.compile(r"[+-]?\d+\.0+")


def tidied(columns: dict[str, Column]) -> tuple[dict[str, Column], list[str]]:
    """Tidy the columns of a table that is not from a statistics program.

    Returns
    -------
    (dict of Column, list of str)
        The columns, and what was changed, in sentences for the user.
    """
    columns, said = without_no_patients(columns)
    columns, nothing = without_nothing(columns)
    said += nothing
    out = {}
    for name, column in columns.items():
        out[name], changed = _tidied(column)
        said += changed
    return out, said


def _tidied(column: Column) -> tuple[Column, list[str]]:
    if column.level_labels:
        return column, []
    said = []
    of_dates = (_without_state,)
    for step in of_dates if column.declared_date else (*of_dates, _without_unit, _one_spelling):
        column, changed = step(column)
        said += changed
    if column.declared_date or not column.is_number:
        return column, said
    if all(WHOLE.fullmatch(cell) for cell in column.different):
        column = _mapped(column, {cell: cell.split(".")[0] for cell in column.different})
    return _with_legend(column), said


def _with_legend(column: Column) -> Column:
    """Take value labels from a name or label that tells them: Status (1=alive, 2=dead)."""
    told = max(column.name, column.label, key=lambda text: len(LEGEND.findall(text)))
    legend = dict(LEGEND.findall(told))
    if len(legend) < 2 or not set(column.different) <= set(legend):
        return column
    label = re.split(r"[\s(\[:,;-]*\d+\s*[=:]", told, maxsplit=1)[0].strip()
    return replace(
        column, level_labels=legend, label=label if told == column.label else column.label or label
    )


def _mapped(column: Column, changes: dict) -> Column:
    return replace(column, cells=column.cells.map(lambda cell: changes.get(cell, cell)))


def _without_state(column: Column) -> tuple[Column, list[str]]:
    """Empty the cells of a column of dates that say that nothing happened: alive."""
    words = [cell for cell in column.different if cell.strip().casefold() in NO_EVENT]
    rest = column.cells.where(~column.cells.isin(words))
    if not words or not rest.notna().any() or not looks_like_dates(rest):
        return column, []
    return replace(column, cells=rest), [
        f"'{column.name}': {_listed(words)} {'is' if len(words) == 1 else 'are'} read as no date"
    ]


def _without_unit(column: Column) -> tuple[Column, list[str]]:
    """Take a unit out of the cells where all of them are numbers, some with the same unit."""
    if column.is_number and not column.not_numbers:
        return column, []
    found = {}
    for cell in column.different:
        found[cell] = WITH_UNIT.fullmatch(cell)
        if not found[cell]:
            return column, []
    units = {UNITS_IN_CELLS[m[2].casefold()] for m in found.values() if m[2]}
    if len(units) != 1:
        return column, []
    bare = _mapped(column, {cell: match[1] for cell, match in found.items()})
    label = column.label or f"{column.name} ({units.pop()})"
    return replace(bare, label=label), [
        f"'{column.name}': numbers are taken out of cells such as "
        f"{next(cell for cell, m in found.items() if m[2])[:LONGEST]}"
    ]


def _one_spelling(column: Column) -> tuple[Column, list[str]]:
    """Write each category in its commonest spelling; a sex in words where it has several."""
    few = len(column.different) <= min(MOST_SPELLINGS, len(column.known) // 2)
    if not few or column.is_number or column.is_date:
        return column, []
    meant = {cell: AROUND_SIGN.sub(r"\1", cell.casefold().strip()) for cell in column.different}
    meant = {cell: " ".join(text.split()) for cell, text in meant.items()}
    if is_sex(column.name):
        sexes = {cell: sex_of(cell) for cell in column.different}
        meant = sexes if all(sexes.values()) and len(sexes) > 2 else meant
    counts = column.known.value_counts()
    usual = {
        key: key
        if is_sex(column.name) and key in ("Male", "Female")
        else max((c for c in meant if meant[c] == key), key=counts.get)
        for key in set(meant.values())
    }
    changes = {cell: usual[key] for cell, key in meant.items() if usual[key] != cell}
    if not changes:
        return column, []
    return _mapped(column, changes), [
        f"'{column.name}': {_listed(list(changes))} {'is' if len(changes) == 1 else 'are'} written "
        f"as {_listed(sorted(set(changes.values())))}"
    ]


def _listed(words: list[str]) -> str:
    more = len(words) - SHOWN
    listed = ", ".join(word[:LONGEST] for word in words[:SHOWN])
    return listed + (f" and {more} more" if more > 0 else "")

"""Cells that say that nothing was recorded, in words or as 999, emptied and listed once a file."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from .columns import Column
from .vocabulary import NOTHING

SHOWN = 8
AROUND = re.compile(r"^['\"\[(<{*\s]+|['\"\])>}*.\s]+$")
NINES = re.compile(
    r"-?(9{2,6}|8{3,5}|7{3,5}|99?8|99\.9+|999\.9+|9999\.9+)(?:\.0+)?|-[1789](?:\.0+)?"
)
BEYOND = 2.5  # times the largest other value
SMALL = 9  # codes up to this one are categories, beside which 88 or 99 means nothing
LAST_CODE, GAP = 9.0, 4.0  # a 9 this far above all other codes
ENOUGH = 5  # known cells
FEW = 7  # different codes
SOME = 0.25  # of the cells, at most, are such a 9


def says_nothing(cell: str) -> bool:
    """Say whether a cell says that nothing was recorded, with or without brackets or quotes."""
    plain = cell.strip().casefold()
    return plain in NOTHING or AROUND.sub("", plain) in NOTHING or not AROUND.sub("", plain)


def without_nothing(columns: dict[str, Column]) -> tuple[dict[str, Column], list[str]]:
    """Empty the cells that say that nothing was recorded.

    A minus beside a plus is a result. Numbers such as 999 or -9 count where they lie far beyond all
    others. A code whose label says so counts too.

    Returns
    -------
    (dict of Column, list of str)
        The columns, and one sentence for all words and one for all numbers.
    """
    out, words, numbers = {}, {}, {}
    for name, column in columns.items():
        out[name], found = _without(column, [c for c in column.different if _says(column, c)])
        for cell in found:
            words.setdefault(cell, []).append(name)
        out[name], found = _without(out[name], sentinels(out[name]))
        for cell in found:
            numbers.setdefault(cell, []).append(name)
    return out, [*_told(words), *_told(numbers, where=True)]


def _says(column: Column, cell: str) -> bool:
    if says_nothing(column.shown(cell)):
        plus = any(other.startswith("+") for other in column.different)
        return not (plus and cell.startswith("-"))
    return False


def _without(column: Column, cells: list[str]) -> tuple[Column, list[str]]:
    if not cells:
        return column, []
    known = {code: text for code, text in column.level_labels.items() if code not in cells}
    return replace(
        column, cells=column.cells.where(~column.cells.isin(cells)), level_labels=known
    ), [column.shown(cell) for cell in cells]


def sentinels(column: Column) -> list[str]:
    """Give the numbers of a column that stand for nothing recorded: 999 in ages, -9, 9 in codes."""
    if not column.is_number or column.is_date or len(column.known) < ENOUGH:
        return []
    found = [cell for cell in column.different if NINES.fullmatch(cell)]
    rest = column.numbers[~column.cells.isin(found)].dropna()
    kept = [cell for cell in found if len(rest) and _stands_out(float(cell), rest)]
    codes = column.numbers.dropna().unique()
    last = codes.max(initial=0.0)
    others = codes[codes < last]
    if (
        not kept
        and last == LAST_CODE
        and 2 <= len(others) <= FEW
        and column.whole
        and others.max() <= LAST_CODE - GAP - 1
        and others.min() >= 0
        and (column.numbers == last).sum() <= SOME * len(column.known)
    ):
        kept = sorted(column.cells[column.numbers == last].unique())
    return kept


def _stands_out(value: float, others: pd.Series) -> bool:
    if value < 0:
        return bool((others >= 0).all())
    codes = bool((others % 1 == 0).all()) and others.max() <= SMALL and others.nunique() <= FEW
    return bool(codes and value >= 88) or bool(value > BEYOND * others.max() and others.max() > 0)


def _told(found: dict[str, list[str]], where: bool = False) -> list[str]:
    if not found:
        return []
    cells = [cell[:40] for cell in found]
    listed = ", ".join(cells[:SHOWN]) + (
        f" and {len(cells) - SHOWN} more" if len(cells) > SHOWN else ""
    )
    names = list(dict.fromkeys(name for columns in found.values() for name in columns))
    if where or len(names) <= 2:
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        in_ = ", ".join(f"'{name}'" for name in names[:SHOWN]) + more
    else:
        in_ = f"{len(names)} columns"
    return [f"read as nothing recorded: {listed}, in {in_}"]

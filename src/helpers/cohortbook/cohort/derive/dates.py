"""Dates written as text or as a spreadsheet's serial numbers: the order found out and said."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

ISO = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d.*)?")
NUMBERS = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?: \d.*)?")
COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
NAMED = re.compile(r"(\d{1,2})[-/ ]?([A-Za-z]{3,9})[-/ ,]*(\d{4}|\d{2})(?::.*)?")
NAMED_FIRST = re.compile(r"([A-Za-z]{3,9})[- ](\d{1,2}),? (\d{4})")
SERIAL = re.compile(r"([2-7]\d{4})(?:\.\d+)?")
MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
EXCEL_ZERO = pd.Timestamp("1899-12-30")
CENTURY = 70  # two-digit years up to this are 20..


@dataclass(frozen=True)
class Dates:
    """Dates of a column (NaT = missing or unreadable), and how they were read.

    `bad` marks cells that are no dates; `order` is "ymd", "dmy" or "mdy"; `sure` says whether the
    cells themselves show it.
    """

    values: pd.Series
    bad: pd.Series
    order: str
    sure: bool


def read_dates(text: pd.Series, order: str | None = None) -> Dates:
    """Read a column of dates.

    Dates with the year first, with the month as a word, and serial numbers of a spreadsheet can be
    read in one way. 03/04/2024 cannot: another cell of the column with a number above 12 decides,
    or `order`, or the day is taken to come first and `sure` is False.

    Parameters
    ----------
    text : Series of str
    order : {"ymd", "dmy", "mdy"}, optional
    """
    cells = pd.Series(text.dropna().unique(), dtype=object)
    found, sure = (order, True) if order in ("dmy", "mdy") else _order(cells)
    known = {cell: _date(str(cell), found) for cell in cells}
    values = pd.to_datetime(text.map(known), errors="coerce")
    return Dates(values, text.notna() & values.isna(), found, sure)


def looks_like_dates(text: pd.Series, share: float = 0.9) -> bool:
    """Say whether nearly all cells are dates; bare numbers are not enough to say so."""
    cells = text.dropna()
    if not len(cells) or cells.str.fullmatch(r"\d*\.?\d*").all():
        compact = len(cells) > 0 and cells.str.fullmatch(COMPACT.pattern).all()
        return bool(compact and read_dates(cells).bad.mean() < 0.1)
    return bool(1 - read_dates(cells).bad.mean() >= share)


def _order(cells: pd.Series) -> tuple[str, bool]:
    parts = [match for match in map(NUMBERS.fullmatch, cells.astype(str)) if match]
    if not parts:
        return "ymd", True
    first, second = (np.array([int(part[i]) for part in parts]) for i in (1, 2))
    if (first > 12).any() and not (second > 12).any():
        return "dmy", True
    if (second > 12).any() and not (first > 12).any():
        return "mdy", True
    return "dmy", False


def _date(cell: str, order: str) -> pd.Timestamp:
    for rule in (ISO, COMPACT):
        if found := rule.fullmatch(cell):
            return _day(*found.groups())
    if found := NUMBERS.fullmatch(cell):
        first, second, year = found.groups()
        return _day(year, first, second) if order == "mdy" else _day(year, second, first)
    if found := NAMED.fullmatch(cell):
        return _day(found[3], _month(found[2]), found[1])
    if found := NAMED_FIRST.fullmatch(cell):
        return _day(found[3], _month(found[1]), found[2])
    found = SERIAL.fullmatch(cell)
    return EXCEL_ZERO + pd.Timedelta(days=int(found[1])) if found else pd.NaT


def _month(name: str) -> str:
    return str(MONTHS.get(name[:3].lower(), 0))


def _day(year: str, month: str, day: str) -> pd.Timestamp:
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < CENTURY else 1900
    try:
        return pd.Timestamp(number, int(month), int(day))
    except ValueError:
        return pd.NaT

"""The unit of a time: by name, label or dates; by size alone it is unsure, and one for all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..cohort.derive.dates import read_dates
from . import words as w
from .columns import Column
from .draft import Draft

DAYS_IN = {"days": 1.0, "weeks": 7.0, "months": 30.4375, "years": 365.25}
DAYS_FROM = 150  # a middle time above this is in days
LONGEST_YEARS, LONGEST_MONTHS = 15, 400
FIFTY_YEARS = 600  # months
SHORT = {"pfs", "ttp", "dor", "efs"}  # endpoints whose times are rarely told in years
MOST_DATES = 12
AGREE, FEWEST = 0.95, 8  # of the patients whose dates confirm a unit


@dataclass(frozen=True)
class Unit:
    """The unit of a time, whether something says it, and what."""

    unit: str
    sure: bool
    reason: str
    evidence: tuple[str, ...] = ()


def settle_units(
    draft: Draft, columns: Mapping[str, Column], times: Sequence[tuple[str, Column]]
) -> dict[str, Unit]:
    """Give the unit of each time, by the name of its column.

    What nothing says is guessed once for all of them: no study gets two units by guessing.

    Parameters
    ----------
    draft : Draft
    columns : mapping of Column
        All columns of the patients, for their dates.
    times : sequence of (str, Column)
        Keys of the endpoints ("" where not known) and their times.
    """
    found: dict[str, Unit] = {}
    for _, time in times:
        said = _said(draft, time) or _dated(draft, columns, time)
        if said:
            found[time.name] = said
    open_ = [(key, time) for key, time in times if time.name not in found]
    by_name = {name: columns[name] for name in found}
    common = _by_size(open_) if open_ and not by_name else ""
    for _key, time in open_:
        guess, reason = (common, "from its size") if common else _beside(time, by_name, found)
        answer = draft.ask(f"In what unit is '{time.name}'?", list(w.UNITS), guess)
        unit = answer if answer in w.UNITS else guess
        numbers, asked = time.numbers, draft.answered
        text = f"the unit of '{time.name}' is taken for {unit}, {reason}"
        text = "as answered" if asked else text
        evidence = (f"middle {numbers.median():g}, longest {numbers.max():g}",)
        found[time.name] = Unit(unit, asked, text, evidence)
    return found


def _said(draft: Draft, time: Column) -> Unit | None:
    if draft.wishes.unit:
        return Unit(draft.wishes.unit, True, "stated")
    named = w.unit_named(time.name) or w.unit_named(time.label)
    if named:
        return Unit(named, True, "by its name or label")
    found = w.words(time.name)
    for unit, names in w.UNITS.items():
        if found & {name for name in names if len(name) == 1}:
            return Unit(unit, True, "by a letter of its name")
    return None


def _dated(draft: Draft, columns: Mapping[str, Column], time: Column) -> Unit | None:
    dates = {
        c.name: read_dates(c.cells, draft.wishes.dates).values
        for c in [c for c in columns.values() if c.is_date][:MOST_DATES]
    }
    found = unit_by_dates(time.numbers, dates)
    if not found:
        return None
    unit, start, end = found
    return Unit(unit, True, f"'{start}' to '{end}' is '{time.name}' in {unit}")


def unit_by_dates(time: pd.Series, dates: Mapping[str, pd.Series]) -> tuple[str, str, str] | None:
    """Find two dates between which a time lies, and so its unit.

    Parameters
    ----------
    time : Series of float
    dates : mapping of Series of datetime
        By column. A date that some lack is filled up by another: death, else last contact.

    Returns
    -------
    (str, str, str) or None
        Unit, start and end; None if no dates fit in one unit only.
    """
    if time.notna().sum() < FEWEST or time.nunique() < FEWEST:
        return None
    for name, start in dates.items():
        for ends, end in _ends(name, dates):
            days = (end - start).dt.days.astype(float)
            fits = [unit for unit, per in DAYS_IN.items() if _fits(time, days, per)]
            if len(fits) == 1:
                return fits[0], name, ends
    return None


def _ends(start: str, dates: Mapping[str, pd.Series]) -> Iterator[tuple[str, pd.Series]]:
    others = [name for name in dates if name != start]
    yield from ((name, dates[name]) for name in others)
    for first in others:
        if dates[first].isna().any():
            yield from (
                (f"{first} or {second}", dates[first].fillna(dates[second]))
                for second in others
                if second != first
            )


def _fits(time: pd.Series, days: pd.Series, per: float) -> bool:
    """Say whether a time is the days in a unit, to its last decimal place and a day."""
    both = time.notna() & days.notna()
    if both.sum() < max(FEWEST, AGREE * time.notna().sum()):
        return False
    slack = 0.0 if per == 1 else 0.51 * 10.0 ** -_decimals(time[both])
    close = (days[both] / per - time[both]).abs() <= slack * (1 if per > 1 else 0) + 1.5 / per
    return bool(close.mean() >= AGREE)


def _decimals(values: pd.Series) -> int:
    for places in range(3):
        if np.allclose(values.round(places), values, atol=1e-9):
            return places
    return 3


def _beside(
    time: Column, others: Mapping[str, Column], units: Mapping[str, Unit]
) -> tuple[str, str]:
    """Guess the unit that makes a time of one order with those whose unit something says."""
    known = next(iter(others))
    months = others[known].numbers.median() * DAYS_IN[units[known].unit]
    own = time.numbers.median()
    if not (own > 0 and months > 0):
        return units[known].unit, f"as that of '{known}'"
    near = {unit: abs(np.log(own * per / months)) for unit, per in DAYS_IN.items()}
    same = units[known].unit
    unit = same if near[same] < np.log(5) else min(near, key=near.get)
    return unit, f"beside '{known}' in {same}"


def _by_size(times: Sequence[tuple[str, Column]]) -> str:
    """Guess one unit for all times, from the one that lasts longest."""
    _, longest = max(times, key=lambda item: item[1].numbers.max())
    values = longest.numbers.dropna()
    fine = _decimals(values) > 1 and not {key for key, _ in times} & SHORT
    if not longest.whole and LONGEST_YEARS < values.max() <= FIFTY_YEARS:
        return "months"  # nobody records parts of days
    if values.median() > DAYS_FROM or values.max() > LONGEST_MONTHS:
        return "days"
    if values.max() <= LONGEST_YEARS and not longest.whole and fine:
        return "years"
    return "months"

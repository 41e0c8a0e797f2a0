"""The unit of a time: by name, label or dates; by size alone it is unsure, and one for all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..cohort.derive.dates import read_dates
from . import words as w
from .columns import Column
from .draft import Draft
from .pairs import Pair
from .questions import Option, Question
from .vocabulary import UNITS

DAYS_IN = {"days": 1.0, "weeks": 7.0, "months": 30.4375, "years": 365.25}
DAYS_FROM = 150  # a middle time above this is in days
LONGEST_YEARS, LONGEST_MONTHS = 15, 400
FIFTY_YEARS = 600  # months
SHORT = {"pfs", "ttp", "dor", "efs"}  # endpoints whose times are rarely told in years
MOST_DATES = 12
SLACK = 31  # days by which rounded times of one day may differ
AGREE, FEWEST = 0.95, 8  # of the patients whose dates confirm a unit


@dataclass(frozen=True)
class Unit:
    """The unit of a time, whether something says it, and what."""

    unit: str
    sure: bool
    reason: str
    evidence: tuple[str, ...] = ()


def settle_units(
    draft: Draft, columns: Mapping[str, Column], pairs: Sequence[Pair]
) -> dict[str, Unit]:
    """Give the unit of each endpoint's time, by its ident.

    What nothing says is guessed once for all of them: no study gets two units by guessing.

    Parameters
    ----------
    draft : Draft
    columns : mapping of Column
        All columns of the patients, for their dates.
    pairs : sequence of Pair
        The endpoints.
    """
    found: dict[str, Unit] = {}
    for pair in pairs:
        said = _said(draft, pair.time) or _dated(draft, columns, pair.time)
        if said:
            found[pair.time.name] = said
    open_ = [pair for pair in pairs if pair.time.name not in found]
    told = {
        pair.time.name: Unit(answer[0], True, "as answered")
        for pair in open_
        if (answer := draft.answers.get(_place(pair))) and answer[0] in UNITS
    }
    known = found | told
    by_name = {name: columns[name] for name in known}
    dead = next((pair.time.name for pair in pairs if pair.key == "os"), "")
    common = _by_size([(p.key, p.time) for p in open_]) if open_ and not by_name else ""
    for pair in open_:
        time = pair.time
        unit, reason = (common, "from its size") if common else _beside(time, by_name, known, dead)
        text = f"the unit of '{time.name}' is taken for {unit}, {reason}"
        numbers = time.numbers
        evidence = (f"middle {numbers.median():g}, longest {numbers.max():g}",)
        found[time.name] = Unit(unit, False, text, evidence)
    return {pair.ident: _asked(draft, pair, found[pair.time.name]) for pair in pairs}


def _place(pair: Pair) -> tuple[str, ...]:
    return ("endpoints", pair.ident, "unit")


def unit_question(pair: Pair, guess: str, sure: bool, why: str = "") -> Question:
    """Ask for the unit of a time; each option says how long the follow-up would be."""
    middle, longest = pair.time.numbers.median(), pair.time.numbers.max()
    years = {unit: longest * per / DAYS_IN["years"] for unit, per in DAYS_IN.items()}
    return Question(
        _place(pair),
        f"In what unit is '{pair.time.name}'? Middle {middle:g}, longest {longest:g}.",
        tuple(Option(u, u, f"the longest would be {years[u]:,.1f} years") for u in UNITS),
        (guess,),
        sure,
        why=why,
    )


def _asked(draft: Draft, pair: Pair, guess: Unit) -> Unit:
    """Ask for the unit of a time; an answer makes it sure."""
    choice = draft.choose(unit_question(pair, guess.unit, guess.sure, guess.reason))
    if not choice.answered:
        return guess
    return replace(guess, unit=choice.value[0], sure=True, reason="as answered")


def _said(draft: Draft, time: Column) -> Unit | None:
    if draft.wishes.unit:
        return Unit(draft.wishes.unit, True, "stated")
    named = w.unit_named(time.name) or w.unit_named(time.label)
    if named:
        return Unit(named, True, "by its name or label")
    found = w.words(time.name)
    for unit, names in UNITS.items():
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
    time: Column, others: Mapping[str, Column], units: Mapping[str, Unit], dead: str
) -> tuple[str, str]:
    """Guess the unit that makes a time of one order with those whose unit something says.

    `dead` is the column of the time to death, if its unit is known: nothing ends after that.
    """
    known = dead if dead in others else next(iter(others))
    months = others[known].numbers.median() * DAYS_IN[units[known].unit]
    own = time.numbers.median()
    if not (own > 0 and months > 0):
        return units[known].unit, f"as that of '{known}'"
    # nothing ends after death: a unit in which many do is none
    last = others[known].numbers * DAYS_IN[units[known].unit]
    within = {
        unit: (time.numbers * per <= last + SLACK)[time.numbers.notna() & last.notna()].mean()
        for unit, per in DAYS_IN.items()
    }
    fit = [unit for unit, share in within.items() if share >= AGREE or known != dead]
    fit = fit or [*DAYS_IN]
    near = {unit: abs(np.log(own * DAYS_IN[unit] / months)) for unit in fit}
    same = units[known].unit
    unit = same if near.get(same, np.inf) < np.log(5) else min(near, key=near.get)
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

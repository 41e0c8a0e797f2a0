"""Exports whose patients enter late, or whose rows are intervals or repeated events.

A stop taken for a time without its entry, or one of several rows of a patient taken for the
patient, makes a hazard ratio that looks like any other and is wrong: the first becomes the entry of
the study file, to be confirmed; several rows of a patient are refused with what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from ..cohort.checks.entry import (
    UNSUPPORTED,
    Interval,
    entry_of,
    follow_one_another,
    interval_of,
    is_length,
)
from ..errors import CohortbookError
from .columns import Column
from .words import compact, stem, words

# names of a column that counts the rows of a patient
SEQUENCE = {
    "enum",
    "episode",
    "seq",
    "sequence",
    "visit",
    "instance",
    "interval",
    "occurrence",
    "recur",
    "recurrence",
    "recurrences",
    "number",
    "num",
    "nr",
    "occasion",
    "wave",
    "period",
    "attack",
    "infection",
    "order",
}
CENSORED = {"left", "l", "lt"}  # names of a start that are those of interval-censored times too
FEW_SEQUENCE = 0.9  # of the patients begin with 1 or 0 and go on by one
MOST_VARYING = 30  # columns among which intervals are looked for by their values
ONE_ROW = (
    "Give one row a patient: baseline values, the time from time zero to the first event or "
    "to the last contact, and whether there was an event."
)


def entry_among(
    name: str, columns: Mapping[str, Column], times: Sequence[Column]
) -> tuple[str | None, list[str]]:
    """Find when patients came under observation, if some did after time zero.

    Parameters
    ----------
    name : str
        Of the table, for the message.
    columns : mapping of Column
    times : sequence of Column
        Columns that could be times to an event.

    Returns
    -------
    str or None, list of str
        The column of the entry, from which the times do not count; and columns of start and stop
        that stand beside a time of their own, and are no variables.

    Raises
    ------
    CohortbookError
        If two columns may as well bound the time between which an event happened.
    """
    table = frame_of({key: c for key, c in columns.items() if not c.is_date})
    found = interval_of(table)
    if found:
        beside = [c for c in times if c.name not in (found.start, found.stop)]
        beside = [c for c in beside if not c.numbers.equals(columns[found.stop].numbers)]
        if any(is_length(table, found, c.name) or stem(c.name) for c in beside):
            return None, [found.start, found.stop]
        if compact(found.start) in CENSORED:
            raise _between(name, found)
        return found.start, []
    named = (entry_of(table, time.name) for time in times if time.name in table)
    return next(filter(None, named), None), []


def _between(name: str, found: Interval) -> CohortbookError:
    return CohortbookError(
        f"'{found.start}' and '{found.stop}' bound an interval, in which an event happened "
        "(interval-censored) or a patient was under observation: their names do not say which.",
        name,
        f"If '{found.start}' is the entry, call it so; interval-censored times are not read. If it "
        f"is neither, leave it out with --without '{found.start}'.",
    )


def _said() -> str:
    return f"{UNSUPPORTED[:1].upper()}{UNSUPPORTED[1:]}."


def refuse_repeats(name: str, columns: Mapping[str, Column], who: str) -> None:
    """Refuse rows that are intervals of a patient, or events that recur.

    Raises
    ------
    CohortbookError
    """
    numbers = {key: c for key, c in columns.items() if c.is_number and not c.is_date and key != who}
    table = frame_of({who: columns[who], **numbers})
    found = interval_of(table[list(numbers)])
    if not found:
        varying = table.groupby(who)[list(numbers)].nunique().gt(1).any()
        vary = [key for key in numbers if varying[key]][:MOST_VARYING]
        found = next(
            (
                Interval(a, b)
                for a in vary
                for b in vary
                if a != b and follow_one_another(table, who, a, b)
            ),
            None,
        )
    if found:
        raise CohortbookError(
            f"A patient has several rows, each an interval from '{found.start}' to '{found.stop}'. "
            f"{_said()}",
            name,
            ONE_ROW,
        )
    counter = next((key for key, c in numbers.items() if _counts_rows(table, who, c)), None)
    if counter:
        raise CohortbookError(
            f"A patient has several rows, which '{counter}' counts: events that recur, or values "
            f"over time. {_said()}",
            name,
            ONE_ROW,
        )


def _counts_rows(table: pd.DataFrame, who: str, column: Column) -> bool:
    """Say whether a column is named as a sequence and counts the rows of each patient."""
    if not words(column.name) & SEQUENCE and compact(column.name) not in SEQUENCE:
        return False
    place = table.groupby(who).cumcount()
    again = place > 0
    steps = column.numbers.groupby(table[who]).diff()
    return bool(again.any() and (steps[again] == 1).mean() >= FEW_SEQUENCE)


def frame_of(columns: Mapping[str, Column]) -> pd.DataFrame:
    """Give columns as a table of text cells."""
    return pd.DataFrame({name: column.cells for name, column in columns.items()})

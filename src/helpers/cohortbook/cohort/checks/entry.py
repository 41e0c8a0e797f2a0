"""Columns that say when a patient came under observation: start and stop, entry and exit.

A time from time zero beside an entry is what `entry` of the study file takes (left truncation).
Several intervals of one patient (counting-process data, recurrent events) are not read: such
columns are recognised, so that a stop is not taken for a time by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...errors import Problem
from .patients import PatientTable

UNSUPPORTED = "several intervals of a patient are not read"
_UNIT = r"(?:time|times|day|days|month|months|week|weeks|year|years|age|t|mo|yr|at|zeit|temps)"
STARTS = (
    "start|begin|beginning|entry|enter|entered|entrytime|lefttrunc|lefttruncation|truncation|"
    "trunc|ltrunc|delayedentry|intervalstart|debut|beginn|eintritt|anfang|entree|inicio|entrada|"
    "inizio|ingresso|entrata|开始|入组"
)
STOPS = (
    "stop|end|exit|intervalend|intervalstop|fin|ende|austritt|sortie|salida|fine|uscita|结束|futime"
)
# whole names that stand for the two ends of an interval in common programs
PAIRS = {
    "t0": ("t", "t1"),
    "time0": ("time", "time1"),
    "time1": ("time2",),
    "lt": ("rt",),
    "left": ("right",),
    "ageentry": ("age", "ageexit", "ageend"),
    "tin": ("tout",),
    "from": ("to", "until"),
    "begin": ("end",),
    "l": ("r",),
    "tstart": ("tstop", "tend"),
    "x0": ("x1",),
}
ENTRY_ONLY = re.compile(
    rf"{_UNIT}?(?:entry|delayedentry|lefttrunc\w*|ltrunc|truncation|trunc|eintritt)(?:_?{_UNIT})?"
)
# of what happens to a patient on the way, and no interval under observation
OTHER = {
    "response",
    "treatment",
    "therapy",
    "drug",
    "dose",
    "trt",
    "remission",
    "rt",
    "chemo",
    "radiotherapy",
    "steroid",
    "admission",
    "icu",
    "hospital",
    "surgery",
    "date",
}
FULL = 0.95  # share of the rows that have both ends, and in which they are in order
LATER = 0.01  # share of the rows that begin after zero
FEWEST = 5  # rows


@dataclass(frozen=True)
class Interval:
    """Two columns that bound the time under observation; `stop` may be a plain time."""

    start: str
    stop: str


def interval_of(table: pd.DataFrame) -> Interval | None:
    """Find the columns of start and stop in a table of text cells.

    Both are named as the ends of an interval, nearly all rows have both in order, and some begin
    after zero. Where all begin at zero, stop is a time like any other.
    """
    names = [str(name) for name in table.columns]
    starts = [n for n in names if _compact(n) in PAIRS or _around(_compact(n), STARTS)]
    ends = {end for pair in PAIRS.values() for end in pair}
    stops = [n for n in names if _compact(n) in ends or _around(_compact(n), STOPS)]
    for start in starts:
        for stop in stops:
            if start == stop or not are_ends(start, stop) or not in_order(table, start, stop):
                continue
            if not _numbered_endpoints(names, start, stop):
                return Interval(start, stop)
    return None


def _numbered_endpoints(names: list[str], *times: str) -> bool:
    """Say whether times are numbered as other columns are: time1, status1, time2, status2."""
    numbers = [re.search(r"\d+$", name) for name in times]
    stems = {re.sub(r"\d+$", "", name) for name in times}
    others = [
        {re.sub(r"\d+$", "", name) for name in names if found and name.endswith(found[0])}
        for found in numbers
    ]
    return all(numbers) and bool(set.intersection(*others) - stems)


def entry_of(table: pd.DataFrame, time: str) -> str | None:
    """Find a column of entry times beside a time: named so, and below it in nearly all rows."""
    for name in map(str, table.columns):
        plain = _compact(name)
        if name != time and ENTRY_ONLY.fullmatch(plain) and in_order(table, name, time):
            return name
    return None


def are_ends(start: str, stop: str) -> bool:
    """Say whether two names are those of the ends of one interval: tstart and tstop."""
    one, other = _compact(start), _compact(stop)
    if other in PAIRS.get(one, ()):
        return True
    if {*_words(start), *_words(stop)} & OTHER:
        return False
    first, last = _around(one, STARTS), _around(other, STOPS)
    return first is not None and last is not None and first == last


def in_order(table: pd.DataFrame, start: str, stop: str) -> bool:
    """Say whether one number comes before another in nearly all rows, and some are above zero."""
    low, high = (pd.to_numeric(table[name], errors="coerce") for name in (start, stop))
    both = low.notna() & high.notna()
    if both.sum() < FEWEST or both.mean() < FULL or (low[both] < 0).any():
        return False
    before = low[both] < high[both]
    if _compact(start) == "left":  # interval-censored: an exact time has both ends alike
        before |= (low[both] == high[both]) & before.any()
    return bool(before.mean() >= FULL and (low[both] > 0).mean() >= LATER)


def is_length(table: pd.DataFrame, interval: Interval, time: str) -> bool:
    """Say whether a time is the length of the interval, which is counted from the entry."""
    names = (interval.start, interval.stop, time)
    start, stop, given = (pd.to_numeric(table[name], errors="coerce") for name in names)
    length = stop - start
    known = length.notna() & given.notna()
    close = np.isclose(length[known], given[known], rtol=0.01, atol=0.51)
    return bool(known.any() and close.mean() >= FULL)


def follow_one_another(table: pd.DataFrame, who: str, start: str, stop: str) -> bool:
    """Say whether the rows of a patient are intervals, each of which begins where one ends."""
    low, high = (pd.to_numeric(table[name], errors="coerce") for name in (start, stop))
    if low.isna().any() or high.isna().any() or not (low < high).mean() >= FULL:
        return False
    order = pd.DataFrame({"who": table[who], "low": low, "high": high}).sort_values(["who", "low"])
    again = order["who"].duplicated()
    before = order["high"].shift()
    return bool(
        again.sum() >= FEWEST and np.isclose(order.loc[again, "low"], before[again]).mean() >= FULL
    )


class EntryChecks(PatientTable):
    """A study whose time is the end of an interval that begins after zero."""

    def run(self) -> Iterator[Problem]:
        """Give an error for each endpoint whose time is a stop, a warning beside an entry."""
        mend = (
            "If patients came under observation at '{0}', write entry: {{column: '{0}'}} into "
            "study.yml: they are at risk from then on. If not, take the column out of the table."
        )
        if self.study.entry:
            yield from self._entries(self.study.entry.column)
            return
        for endpoint in self.study.endpoints.values():
            time = endpoint.time
            if not self.has(time):
                continue
            ends = [
                name
                for name in map(str, self.table.columns)
                if name != time and are_ends(name, time) and in_order(self.table, name, time)
            ]
            if ends:
                yield self.column_problem(
                    time,
                    f"the end of an interval that begins at '{ends[0]}'",
                    "a time from time zero",
                    mend.format(ends[0]),
                )
            elif entry := entry_of(self.table, time):
                yield self.column_problem(
                    time,
                    f"an entry '{entry}' before it",
                    "patients under observation from zero",
                    mend.format(entry),
                    "warning",
                )

    def _entries(self, column: str) -> Iterator[Problem]:
        """Hold each entry against zero, and against the end of follow-up of each endpoint."""
        yield from self.numbers(column, 0, what="a time of 0 or more")
        if not self.has(column):
            return
        if not self.study.leave_out_incomplete:
            yield from self.rows(
                self.table[column].isna(),
                column,
                "an entry for each patient",
                "Fill the cell: 0 for a patient who was under observation from time zero.",
            )
        entry = self.number(column) * self.study.months_in(self.study.entry_unit)
        for endpoint in self.study.endpoints.values():
            if self.has(endpoint.time):
                end = self.number(endpoint.time) * self.study.months_in(endpoint.unit)
                yield from self.rows(
                    (entry > 0) & (entry.round(9) >= end.round(9)),
                    column,
                    f"an entry before {endpoint.time}",
                    f"The patient was never at risk and is left out of {endpoint.short}; correct "
                    "one of the two if that is not so.",
                    "warning",
                    (endpoint.time,),
                )


def _around(name: str, known: str) -> tuple[str, str] | None:
    """Give what stands before and after the word for an end in a name; None without one."""
    found = re.fullmatch(rf"(.*?)(?:{known})(.*)", name)
    return (found[1], found[2]) if found and not re.search(known, found[1]) else None


def _compact(name: str) -> str:
    return "".join(_words(name))


def _words(name: str) -> list[str]:
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return re.findall(r"[^\W_]+", plain.casefold())

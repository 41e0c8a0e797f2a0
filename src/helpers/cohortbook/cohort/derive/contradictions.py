"""Deaths against dates: what a patient table says in two ways that cannot both be true.

Status and date of one death, contact and progression after it, dates before time zero. However an
endpoint is defined, every column is looked at that the study file names, and those that it does not
name but whose own name and cells say what they are: a death date beside a time and a status.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from ...errors import Problem
from ...study.answers import answer
from ...study.parts import is_death
from ...study.vital import says_death, vital
from ..checks.patients import PatientTable
from .date_columns import tell
from .dates import looks_like_dates, read_dates
from .state import Resolved
from .status import among, read_status

CONTACT = re.compile(
    r"(?<![a-z])last|contact|follow|(?:^|_)l?fu(?:_|$)|seen|alive|censor|laatste|letzt|kontakt"
    r"|derni[eè]r|nouvelles|[uú]ltim|contatt|seguimiento|末次|最后|随访",
    re.IGNORECASE,
)
PROGRESSION = re.compile(
    r"progress|relaps|recurr|(?:^|_)pd(?:_|$)|rezidiv|recidief|terugval|进展|复发", re.IGNORECASE
)
VITAL = re.compile(
    r"vital|status|alive|surviv|statut|[ée]tat|estado|stato|leben|lebt|leven|leeft|vivant|surv[iv]|viv[oae]"
    r"|(?:^|_)os(?:_|$)|outcome|状态|结局|生存|存活",
    re.IGNORECASE,
)
PAIR = 2
MOST_WORDS = 12  # different cells of a status
MOSTLY = 0.5  # share of the dead with a date from which one without is worth a word
MONTH = 31  # days by which a time in months and two dates may differ


@dataclass(frozen=True)
class Vital:
    """A status that says who died: its column, and the patients who did and who did not."""

    column: str
    died: pd.Series
    alive: pd.Series


def check_deaths(state: Resolved) -> Resolved:
    """Find patients of whom two columns say what cannot both be: the problems are of `state`.

    Alive with a date of death, and what happened after death or before time zero, are errors where
    the study file names the columns: one of them makes a wrong time or event. What may have a
    reason is a warning: contact after death (a record's date), a death without a date, and columns
    that the study file does not name.
    """
    found = _Contradictions(state)
    tell(state, dict.fromkeys(found.all()))
    return state


class _Contradictions:
    """The dates and statuses of one patient table."""

    def __init__(self, state: Resolved) -> None:
        self.study, self.patients = state.study, state.tables["patients"]
        self.checks = PatientTable(state.study, self.patients, state.show_ids)
        self.cutoff = None if state.study.cutoff is None else pd.Timestamp(state.study.cutoff)
        self.endpoints = state.study.endpoints
        self.read: dict[str, pd.Series] = {}
        named = [
            (e.start, e.end, *e.event_dates, *(s.code for s in e.competing_date_columns))
            for e in self.endpoints.values()
        ]
        self.named = {column for columns in named for column in columns if column}
        self.named |= {state.study.enrolled.column or ""}

    def all(self) -> Iterator[Problem]:
        deaths, vitals = self._death_dates(), self._vitals()
        for death in deaths:
            for status in vitals:
                yield from self._status_against_date(status, death)
                yield from self._without_date(status, death)
            yield from self._after(death, deaths)
            yield from self._before_start(death)
            yield from self._time_against_dates(death)
        yield from self._ends_before_start()
        yield from self._own_status(deaths, vitals)

    def dates(self, column: str) -> pd.Series:
        """Read a column of dates once; what is none is missing, and is said elsewhere."""
        if column not in self.read:
            reading = self.study.reading("patients")
            self.read[column] = read_dates(self.patients[column], reading.dates).values
        return self.read[column]

    def _death_dates(self) -> list[str]:
        """Name the columns with dates of death: by the endpoint they define, or by their name."""
        found = [
            column
            for name, e in self.endpoints.items()
            if is_death(name, e)
            for column in e.event_dates
        ]
        found += [
            column
            for e in self.endpoints.values()
            for column in e.event_dates
            if _of_death_alone(column)
        ]
        found += [
            state.code
            for e in self.endpoints.values()
            for state in e.competing_date_columns
            if says_death(f"{state.code} {state.label}")
        ]
        found += [column for column in self._unnamed() if _of_death_alone(column)]
        return [column for column in dict.fromkeys(found) if column in self.patients]

    def _unnamed(self) -> list[str]:
        """Name the columns of dates that the study file does not mention."""
        known = {
            *self.named,
            self.study.columns.patient_id,
            self.study.columns.arm,
            *(e.event for e in self.endpoints.values() if e.event),
            *(e.time for e in self.endpoints.values() if e.time),
        }
        about = (says_death, CONTACT.search, PROGRESSION.search)
        return [
            column
            for column in self.patients
            if column not in known
            and any(rule(column) for rule in about)
            and looks_like_dates(self.patients[column])
        ]

    def _vitals(self) -> list[Vital]:
        """Give the statuses that say who died, those of the endpoints first."""
        found: dict[str, Vital] = {}
        for name, e in self.endpoints.items():
            if not e.event or e.event not in self.patients or e.event in found:
                continue
            status = read_status(self.patients[e.event], e)
            states = [s.code for s in e.competing_states if says_death(f"{s.code} {s.label}")]
            alive = status.event.eq(0) & status.competing.isna()
            deaths = [code for code in e.event_codes if says_death(code)]
            if states or deaths:
                died = status.competing.isin(states) | among(self.patients[e.event], deaths)
                found[e.event] = Vital(e.event, died, alive)
            elif is_death(name, e) or says_death(e.event):
                died = status.event.eq(1) & (is_death(name, e) or not PROGRESSION.search(e.event))
                found[e.event] = Vital(e.event, died, alive)
        for column in self.patients:
            if column not in found and (vital := _worded(column, self.patients[column])):
                found[column] = vital
        return list(found.values())

    def _seen(self, dates: pd.Series) -> pd.Series:
        """Say where a date is there and not after the cut-off: a status may be of that day."""
        return dates.notna() if self.cutoff is None else dates.notna() & (dates <= self.cutoff)

    def _severity(self, *columns: str) -> str:
        status = {e.event for e in self.endpoints.values()}
        return "error" if all(c in self.named or c in status for c in columns) else "warning"

    def _status_against_date(self, vital: Vital, death: str) -> Iterator[Problem]:
        yield from self.checks.rows(
            vital.alive & self._seen(self.dates(death)),
            vital.column,
            f"a status that says dead, for {death} holds a date",
            "Correct the status or the date: one of the two is wrong.",
            self._severity(vital.column, death),
            (death,),
        )

    def _without_date(self, vital: Vital, death: str) -> Iterator[Problem]:
        dated = self.patients[death].notna()
        if not vital.died.any() or dated[vital.died].mean() < MOSTLY:
            return
        yield from self.checks.rows(
            vital.died & ~dated,
            death,
            f"a date of death, for {vital.column} says dead",
            "Fill the date, or correct the status. Without one, an endpoint from dates takes the "
            "last contact for the day of death.",
            "warning",
            (vital.column,),
        )

    def _after(self, death: str, deaths: list[str]) -> Iterator[Problem]:
        """Contact and other events after death."""
        died = self.dates(death)
        ends = {e.end for e in self.endpoints.values() if e.end}
        events = {
            c
            for e in self.endpoints.values()
            for c in (*e.event_dates, *(s.code for s in e.competing_date_columns))
        }
        others = [
            c
            for c in dict.fromkeys([*sorted(ends | events), *self._unnamed()])
            if c in self.patients and c not in deaths
        ]
        for column in others:
            contact = column in ends or (column not in events and CONTACT.search(column))
            happened = column in events or (not contact and PROGRESSION.search(column))
            if not contact and not happened:
                continue
            what = "contact" if contact else "nothing happens"
            yield from self.checks.rows(
                self.dates(column) > died,
                column,
                f"a date up to the death ({death}): {'no ' * bool(contact)}{what} after death",
                "Correct one of the two dates."
                + " If this is the day of the record, leave it." * bool(contact),
                "warning" if contact else self._severity(column, death),
                (death,),
            )

    def _before_start(self, death: str) -> Iterator[Problem]:
        starts = {e.start: death in e.event_dates for e in self.endpoints.values() if e.start}
        starts.setdefault(self.study.enrolled.column, False)
        for start, is_event in starts.items():
            if start is None or start not in self.patients or is_event:
                continue  # an event before time zero is found where the time is derived
            yield from self.checks.rows(
                self.dates(death) < self.dates(start),
                death,
                f"a date not before {start}",
                "Correct one of the dates.",
                self._severity(death, start),
                (start,),
            )

    def _ends_before_start(self) -> Iterator[Problem]:
        """Last contact before time zero, which an event date would hide."""
        for e in self.endpoints.values():
            if not e.start or not {e.start, e.end, *e.event_dates} <= set(self.patients):
                continue
            dated = (
                pd.concat([self.dates(c).notna() for c in e.event_dates], axis=1).any(axis=1)
                if e.event_dates
                else pd.Series(False, index=self.patients.index)
            )
            yield from self.checks.rows(
                dated & (self.dates(e.end) < self.dates(e.start)),
                e.end,
                f"a date not before {e.start}",
                "Correct one of the dates.",
                beside=(e.start,),
            )

    def _time_against_dates(self, death: str) -> Iterator[Problem]:
        """A time to death against the dates of time zero and death."""
        start = self.study.enrolled.column
        for name, e in self.endpoints.items():
            if not (is_death(name, e) and e.time and start) or not {e.time, e.event, start} <= set(
                self.patients
            ):
                continue
            days = (
                pd.to_numeric(self.patients[e.time], errors="coerce")
                * self.study.months_in(e.unit)
                * self.study.statistics.days_per_month
            )
            dated = (self.dates(death) - self.dates(start)).dt.days
            died = read_status(self.patients[e.event], e).event.eq(1)
            yield from self.checks.rows(
                died & ((days - dated).abs() > MONTH),
                e.time,
                f"the time from {start} to {death}",
                "Correct the time or one of the dates.",
                "warning",
                (start, death),
            )

    def _own_status(self, deaths: list[str], vitals: list[Vital]) -> Iterator[Problem]:
        """A status of progression, or another event that is no death, against its own dates."""
        about_death = {vital.column for vital in vitals}
        for name, e in self.endpoints.items():
            if (
                is_death(name, e)
                or not e.event
                or e.event not in self.patients
                or e.event in about_death
            ):
                continue
            own = [c for c in e.event_dates if c in self.patients] or (
                [c for c in self._unnamed() if c not in deaths and not CONTACT.search(c)]
                if PROGRESSION.search(f"{e.label} {e.event_label}")
                else []
            )
            status = read_status(self.patients[e.event], e)
            for column in own:
                dates = self.dates(column)
                yield from self.checks.rows(
                    status.event.eq(0) & status.competing.isna() & self._seen(dates),
                    e.event,
                    f"a status that says {e.event_label}, for {column} holds a date",
                    "Correct the status or the date.",
                    "warning",
                    (column,),
                )


def _of_death_alone(column: str) -> bool:
    """Say whether a name is of a date of death, and not of death or last contact."""
    return says_death(column) and not CONTACT.search(column)


def _worded(column: str, cells: pd.Series) -> Vital | None:
    """Read a status that no endpoint names: alive and dead in words, or 0 and 1 under death."""
    if not (VITAL.search(column) or says_death(column)):
        return None
    words = cells.map(lambda cell: str(cell).strip().casefold(), na_action="ignore")
    known = set(words.dropna())
    if len(known) > MOST_WORDS:
        return None
    said = {word: vital(word) for word in known}
    if True in said.values():
        return Vital(column, words.map(said).eq(True), words.map(said).eq(False))
    if not says_death(column) or PROGRESSION.search(column) or len(known) > PAIR:
        return None
    said = {word: answer(word) for word in known}
    if None in said.values():
        return None
    return Vital(column, words.map(said).eq(True), words.map(said).eq(False))

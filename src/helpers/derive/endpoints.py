"""Times and events: from codes of a status, and from dates with the data cut-off."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..checks.patients import PatientTable
from ..study_parts import DEFAULT_READING, Endpoint
from . import Resolved
from .dates import read_dates


def derive_endpoints(state: Resolved) -> Resolved:
    """Give every endpoint a time and an event coded 1 = event, 0 = censored.

    From dates: the time is in whole days from `start` to the first of `event_dates`, or to `end`,
    where the status, if there is one, says whether there was an event.
    Follow-up beyond the data cut-off ends there. An event after it is an error unless the study
    says that it is to be censored at the cut-off.
    """
    endpoints = {}
    for name, endpoint in state.study.endpoints.items():
        endpoints[name] = endpoint
        if endpoint.start:
            state, endpoints[name] = _Dated(state, name, endpoint).derived()
        elif endpoint.event_codes or endpoint.censored_codes:
            state, endpoints[name] = _recoded(state, name, endpoint)
    return state.with_study(endpoints=endpoints)


def event_of(status: pd.Series, endpoint: Endpoint) -> tuple[pd.Series, pd.Series]:
    """Read a status by the endpoint's codes.

    Returns
    -------
    (Series of float, Series of bool)
        1 = event, 0 = censored, NaN = missing or unknown; and where a code is unknown.
    """
    events = endpoint.event_codes or ["1", "1.0"]
    censored = endpoint.censored_codes
    is_event = status.isin(events)
    is_censored = status.isin(censored) if censored else status.notna() & ~is_event
    if not endpoint.event_codes and not censored:
        is_censored = status.isin(["0", "0.0"])
    value = pd.Series(np.select([is_event, is_censored], [1.0, 0.0], np.nan), index=status.index)
    return value, status.notna() & ~is_event & ~is_censored


def _recoded(state: Resolved, name: str, endpoint: Endpoint) -> tuple[Resolved, Endpoint]:
    patients = state.tables["patients"]
    if endpoint.event not in patients:
        return state, endpoint
    event, unknown = event_of(patients[endpoint.event], endpoint)
    checks = PatientTable(state.study, patients, state.show_ids)
    state.problems.extend(_unknown_status(checks, endpoint, unknown))
    state.notes.append(_said(patients[endpoint.event], endpoint, event))
    column = f"{endpoint.event} (event of {name})"  # as `check` names it
    state = state.with_table("patients", patients.assign(**{column: _as_text(event)}))
    return state, endpoint.model_copy(update={"event": column})


def _unknown_status(checks: PatientTable, endpoint: Endpoint, unknown: pd.Series):
    codes = ", ".join([*(endpoint.event_codes or ["1"]), *(endpoint.censored_codes or ["0"])])
    yield from checks.rows(
        unknown, endpoint.event, f"one of {codes}", "Correct the cell, or add the code."
    )


def _said(status: pd.Series, endpoint: Endpoint, event: pd.Series) -> str:
    codes = {value: sorted(set(status[event == value])) for value in (1.0, 0.0)}
    return (
        f"{endpoint.short}: {endpoint.event} = {' or '.join(codes[1.0]) or 'nothing'} is an event, "
        f"{' or '.join(codes[0.0]) or 'nothing'} is censored."
    )


def _as_text(values: pd.Series) -> pd.Series:
    return values.map(lambda value: f"{value:g}", na_action="ignore").astype(object)


class _Dated:
    """One endpoint that is derived from dates."""

    def __init__(self, state: Resolved, name: str, endpoint: Endpoint) -> None:
        self.state, self.name, self.endpoint = state, name, endpoint
        self.patients = state.tables["patients"]
        self.checks = PatientTable(state.study, self.patients, state.show_ids)
        self.problems = state.problems

    def derived(self) -> tuple[Resolved, Endpoint]:
        needed = [self.endpoint.start, self.endpoint.end, *self.endpoint.event_dates,
                  *([self.endpoint.event] if self.endpoint.event else [])]
        e = self.endpoint
        time = f"{e.start} to {e.end} (time of {self.name})"  # as `check` names them
        event = f"{' or '.join([*e.event_dates, *filter(None, [e.event])])} (event of {self.name})"
        missing = [column for column in needed if column not in self.patients]
        columns = dict.fromkeys((time, event), np.nan)
        if missing:
            self.problems.extend(self.checks.missing_columns(missing))
        else:
            days, happened = self._course()
            columns = {time: _as_text(days), event: _as_text(happened)}
        table = self.patients.assign(**columns).astype({time: object, event: object})
        changed = {"time": time, "event": event, "unit": "days"}
        return self.state.with_table("patients", table), self.endpoint.model_copy(update=changed)

    def _course(self) -> tuple[pd.Series, pd.Series]:
        """Give days and event, after the cut-off was applied."""
        start, end = self._dates(self.endpoint.start), self._dates(self.endpoint.end)
        happened = pd.Series(0.0, index=end.index)
        if self.endpoint.event:
            status = self.patients[self.endpoint.event]
            happened, unknown = event_of(status, self.endpoint)
            self.problems.extend(_unknown_status(self.checks, self.endpoint, unknown))
            self.state.notes.append(_said(status, self.endpoint, happened))
        if self.endpoint.event_dates:
            events = [self._dates(column) for column in self.endpoint.event_dates]
            first = pd.concat(events, axis=1).min(axis=1)
            happened = happened.mask(first.notna(), 1.0)
            end = first.where(first.notna(), end)
        end, happened = self._cut_off(start, end, happened)
        days = (end - start).dt.days.astype(float)
        self.problems.extend(self.checks.rows(
            days < 0, self.endpoint.end, f"a date not before {self.endpoint.start}",
            "Correct one of the dates.", beside=(self.endpoint.start, *self.endpoint.event_dates),
        ))
        known = days.notna() & (days >= 0) & happened.notna()
        return days.where(known), happened.where(known)

    def _dates(self, column: str) -> pd.Series:
        reading = self.state.study.tables.reading.get("patients", DEFAULT_READING)
        found = read_dates(self.patients[column], reading.dates)
        self.problems.extend(self.checks.rows(
            found.bad, column, "a date such as 2024-03-31", "Correct the cell, or leave it empty."
        ))
        if not found.sure:
            self.problems.append(self.checks.column_problem(
                column, "dates such as 03/04/2024", "dates that can be read in one way",
                "State tables.reading.patients.dates: dmy (day first) or mdy (month first).",
            ))
        return found.values

    def _cut_off(self, start: pd.Series, end: pd.Series, happened: pd.Series):
        if self.state.study.cutoff is None:
            return end, happened
        cutoff = pd.Timestamp(self.state.study.cutoff)
        late = end > cutoff
        self.problems.extend(self.checks.rows(
            start > cutoff, self.endpoint.start, f"a date up to the data cut-off {cutoff.date()}",
            "Correct the date, or the key 'cutoff'.",
        ))
        censored = self.state.study.after_cutoff == "censor"
        self.problems.extend(self.checks.rows(
            late & (happened == 1), self.endpoint.end,
            f"an event up to the data cut-off {cutoff.date()}",
            f"It is censored at the cut-off in {self.endpoint.short}." if censored else
            "Correct the date or the key 'cutoff'; after_cutoff: censor counts it as censored.",
            "warning" if censored else "error", tuple(self.endpoint.event_dates),
        ))
        after = int((late & (happened == 0)).sum())
        if after:
            self.state.notes.append(
                f"{self.endpoint.short}: follow-up of {after} patients ends at the data cut-off."
            )
        return end.where(~late, cutoff), happened.mask(late & happened.notna(), 0.0)

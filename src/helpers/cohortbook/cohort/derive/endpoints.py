"""Times and events: from codes of a status, and from dates with the data cut-off."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...study.parts import Endpoint
from ..checks.patients import PatientTable
from .date_columns import NOT_BEFORE, read_date_column, tell
from .state import Resolved
from .status import read_status, said, status_problems


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
        else:
            state, endpoints[name] = _recoded(state, name, endpoint)
    state = state.with_study(endpoints=endpoints)
    return _complete(state) if state.study.leave_out_incomplete else state


def _complete(state: Resolved) -> Resolved:
    """Empty time and status of the patients who lack one of the two; they are counted."""
    patients = state.tables["patients"]
    for endpoint in state.study.endpoints.values():
        columns = [endpoint.time, endpoint.event]
        if not set(columns) <= set(patients):
            continue
        lacking = patients[columns].isna().any(axis=1)
        if lacking.any():
            state.notes.append(
                f"{endpoint.short}: {int(lacking.sum())} patients without time or "
                "status are left out and counted in the flow."
            )
            patients = patients.assign(**{c: patients[c].mask(lacking) for c in columns})
    patients.attrs |= state.tables["patients"].attrs
    return state.with_table("patients", patients)


def _recoded(state: Resolved, name: str, endpoint: Endpoint) -> tuple[Resolved, Endpoint]:
    patients = state.tables["patients"]
    if endpoint.event not in patients:
        return state, endpoint
    coded = endpoint.event_codes or endpoint.censored_codes or endpoint.competing_codes
    found = read_status(patients[endpoint.event], endpoint)
    checks = PatientTable(state.study, patients, state.show_ids)
    state.problems.extend(status_problems(checks, endpoint, found))
    if not coded:
        return state, endpoint  # 1 and 0 already
    state.notes.append(said(patients[endpoint.event], endpoint, found))
    column = f"{endpoint.event} (event of {name})"  # as `check` names it
    columns = {column: _as_text(found.event)}
    if endpoint.competing_codes:
        columns[competing_column(name)] = found.competing
    state = state.with_table("patients", patients.assign(**columns))
    return state, endpoint.model_copy(update={"event": column})


def competing_column(name: str) -> str:
    """Name the column that holds the competing states of an endpoint, as `check` names it."""
    return f"(competing state of {name})"


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
        needed = [
            self.endpoint.start,
            self.endpoint.end,
            *self.endpoint.event_dates,
            *([self.endpoint.event] if self.endpoint.event else []),
            *(state.code for state in self.endpoint.competing_date_columns),
        ]
        e = self.endpoint
        time = f"{e.start} to {e.end} (time of {self.name})"  # as `check` names them
        event = f"{' or '.join([*e.event_dates, *filter(None, [e.event])])} (event of {self.name})"
        missing = [column for column in needed if column not in self.patients]
        columns = dict.fromkeys((time, event), np.nan)
        if missing:
            self.problems.extend(self.checks.missing_columns(missing))
        else:
            days, happened, competing = self._course()
            columns = {time: _as_text(days), event: _as_text(happened)}
            if e.competing:
                columns[competing_column(self.name)] = competing
        table = self.patients.assign(**columns).astype({time: object, event: object})
        changed = {"time": time, "event": event, "unit": "days"}
        return self.state.with_table("patients", table), self.endpoint.model_copy(update=changed)

    def _course(self) -> tuple[pd.Series, pd.Series, pd.Series]:
        """Give days, event and competing state, after the cut-off was applied."""
        start, end = (
            read_date_column(self.state, column)
            for column in (self.endpoint.start, self.endpoint.end)
        )
        happened = pd.Series(0.0, index=end.index)
        competing = pd.Series(None, index=end.index, dtype=object)
        if self.endpoint.event:
            status = self.patients[self.endpoint.event]
            found = read_status(status, self.endpoint)
            happened, competing = found.event, found.competing
            self.problems.extend(status_problems(self.checks, self.endpoint, found))
            self.state.notes.append(said(status, self.endpoint, found))
        if self.endpoint.event_dates:
            events = [read_date_column(self.state, column) for column in self.endpoint.event_dates]
            first = pd.concat(events, axis=1).min(axis=1)
            happened = happened.mask(first.notna(), 1.0)
            end = first.where(first.notna(), end)
            competing = competing.where(first.isna(), None)
        if self.endpoint.competing_dates:
            end, happened, competing = self._ended_otherwise(end, happened, competing)
        before = end
        end, happened = self._cut_off(start, end, happened)
        competing = competing.where(end.eq(before), None)  # not yet, at the cut-off
        days = (end - start).dt.days.astype(float)
        otherwise = [state.code for state in self.endpoint.competing_date_columns]
        for column in (self.endpoint.end, *self.endpoint.event_dates, *otherwise):
            self._not_before_start(column, start, days < 0)
        known = days.notna() & (days >= 0) & happened.notna()
        return days.where(known), happened.where(known), competing.where(known, None)

    def _not_before_start(self, column: str, start: pd.Series, wrong: pd.Series) -> None:
        """Name the dates before time zero that make a time negative, each in its own column."""
        early = wrong & (read_date_column(self.state, column) < start)
        expected = NOT_BEFORE.format(self.endpoint.start)
        beside = (self.endpoint.start,)
        mend = "Correct one of the dates."
        tell(self.state, self.checks.rows(early, column, expected, mend, beside=beside))

    def _ended_otherwise(self, end: pd.Series, happened: pd.Series, competing: pd.Series):
        """End follow-up at the first competing date, where no event came before or with it."""
        columns = [state.code for state in self.endpoint.competing_date_columns]
        dates = pd.concat(
            [read_date_column(self.state, column) for column in columns], axis=1, keys=columns
        )
        first = dates.min(axis=1)
        other = first.notna() & ((happened == 0) | (first < end))
        named = dates.eq(first, axis=0).idxmax(axis=1)
        self.state.notes.append(
            f"{self.endpoint.short}: {' or '.join(columns)} is a competing state ({other.sum()} "
            "patients, censored at it)."
        )
        return end.mask(other, first), happened.mask(other, 0.0), competing.mask(other, named)

    def _cut_off(self, start: pd.Series, end: pd.Series, happened: pd.Series):
        if self.state.study.cutoff is None:
            return end, happened
        cutoff = pd.Timestamp(self.state.study.cutoff)
        late = end > cutoff
        tell(
            self.state,
            self.checks.rows(
                start > cutoff,
                self.endpoint.start,
                f"a date up to the data cut-off {cutoff.date()}",
                "Correct the date, or the key 'cutoff'.",
            ),
        )
        censored = self.state.study.after_cutoff == "censor"
        tell(
            self.state,
            self.checks.rows(
                late & (happened == 1),
                self.endpoint.end,
                f"an event up to the data cut-off {cutoff.date()}",
                f"It is censored at the cut-off in {self.endpoint.short}."
                if censored
                else "Correct the date or the key 'cutoff'; after_cutoff: censor counts it as "
                "censored.",
                "warning" if censored else "error",
                tuple(self.endpoint.event_dates),
            ),
        )
        after = int((late & (happened == 0)).sum())
        if after:
            self.state.notes.append(
                f"{self.endpoint.short}: follow-up of {after} patients ends at the data cut-off."
            )
        return end.where(~late, cutoff), happened.mask(late & happened.notna(), 0.0)

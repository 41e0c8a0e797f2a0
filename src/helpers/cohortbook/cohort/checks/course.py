"""The course of each patient: times, events, and what cannot come after what."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...errors import Problem
from ...study.parts import Endpoint
from ...study.study import Study
from ...study.vital import says_death
from .patients import YES_NO, PatientTable

DEATH = {"os"}
ENDED_BY_DEATH = {"pfs", "rfs", "dfs", "efs", "lfs", "mfs", "dmfs", "irfs", "idfs", "ttp", "ttr"}
DEATH_IS_AN_EVENT = ENDED_BY_DEATH - {"ttp", "ttr"}
SAME = 1e-9  # months
UNKNOWN_STATUS = (
    "Correct the cell, or name the value in the endpoint: event_codes, "
    "censored_codes or competing_codes."
)
ROUNDED = 0.55  # months by which two dates of one day may differ when each time was rounded


class CourseChecks(PatientTable):
    """Endpoints one by one and against one another, and the lanes of the swimmer plot."""

    def run(self) -> Iterator[Problem]:
        for endpoint in self.study.endpoints.values():
            yield from self.numbers(endpoint.time, 0, what="a time of 0 or more")
            yield from self.codes(endpoint.event, YES_NO, mend=UNKNOWN_STATUS)
            yield from self._both_or_none(endpoint)
        death = death_of(self.study)
        if death and self.has(death.time, death.event):
            for endpoint in self._others(ENDED_BY_DEATH):
                yield from self._not_after(endpoint, death)
            yield from self._own_after(death)
            for endpoint in self._others(DEATH_IS_AN_EVENT):
                yield from self._death_counts(endpoint, death)
            yield from self._lanes(death)
            yield from self._stopped_by_death(death)
        yield from self._progressed()
        yield from self._responded()

    def _both_or_none(self, endpoint: Endpoint) -> Iterator[Problem]:
        if not self.has(endpoint.time, endpoint.event):
            return
        no_time, no_event = (self.table[c].isna() for c in (endpoint.time, endpoint.event))
        for missing, column, other in (
            (no_time & ~no_event, endpoint.time, endpoint.event),
            (no_event & ~no_time, endpoint.event, endpoint.time),
        ):
            yield from self.rows(
                missing,
                column,
                f"a value, for {other} has one",
                f"Fill the cell, or empty {other} too: the patient is then left out of "
                f"{endpoint.short}.",
                beside=(other,),
            )
        if self.study.leave_out_incomplete:
            return  # one decision for all of them, told where they are left out
        yield from self.rows(
            no_time & no_event,
            endpoint.time,
            "a time and a status",
            f"The patient is left out of {endpoint.short}.",
            "warning",
        )

    def _others(self, names: set[str]) -> Iterator[Endpoint]:
        for name, endpoint in self.study.endpoints.items():
            if named(name, endpoint, names) and self.has(endpoint.time, endpoint.event):
                yield endpoint

    def _not_after(self, endpoint: Endpoint, death: Endpoint) -> Iterator[Problem]:
        """Progression-free survival and its like end at death at the latest."""
        time, end = self.months(endpoint), self.months(death)
        happened = (self.number(endpoint.event) == 1) & (self.number(death.event) == 1)
        # 163 days are 5.36 months, and 5.35 where the other table rounds
        after = time > end + (SAME if endpoint.unit == death.unit else ROUNDED)
        columns = {"column": endpoint.time, "beside": (death.time,)}
        yield from self.rows(
            after & happened,
            expected=f"at most {death.time}: nothing happens after death",
            mend="Correct one of the two times.",
            **columns,
        )
        yield from self.rows(
            after & ~happened,
            expected=f"at most {death.time}: follow-up for death is longer",
            mend="Correct one of the two times.",
            **columns,
        )

    def _own_after(self, death: Endpoint) -> Iterator[Problem]:
        """Times of other endpoints that are longer than the patient lived: one time zero or not."""
        died, life = self.number(death.event) == 1, self.months(death)
        for name, endpoint in self.study.endpoints.items():
            if (
                endpoint is death
                or named(name, endpoint, ENDED_BY_DEATH)
                or not self.has(endpoint.time, endpoint.event)
            ):
                continue
            slack = SAME if endpoint.unit == death.unit else ROUNDED
            yield from self.rows(
                died & (self.months(endpoint) > life + slack),
                endpoint.time,
                f"at most {death.time}: nothing happens after death",
                "Correct one of the two, unless this time begins before the other.",
                "warning",
                (death.time,),
            )

    def _stopped_by_death(self, death: Endpoint) -> Iterator[Problem]:
        spec = self.study.discontinuation
        if not spec or not self.has(spec.column):
            return
        codes = [
            reason.code for reason in spec.reasons if says_death(f"{reason.code} {reason.printed}")
        ]
        yield from self.rows(
            self.table[spec.column].isin(codes) & (self.number(death.event) == 0),
            spec.column,
            f"another reason, for {death.event} is 0",
            "Correct the reason, or the status.",
            "warning",
            (death.event,),
        )

    def _progressed(self) -> Iterator[Problem]:
        spec = self.study.swimmer
        timed = self.study.endpoints.get(spec.progression_time or "") if spec else None
        if timed and self.has(spec.progression, timed.event):
            yield from self.rows(
                (self.number(spec.progression) == 1) & (self.number(timed.event) == 0),
                spec.progression,
                f"0, for {timed.event} is 0",
                "Correct one of the two.",
                "warning",
                (timed.event,),
            )

    def _death_counts(self, endpoint: Endpoint, death: Endpoint) -> Iterator[Problem]:
        same = (self.months(endpoint) - self.months(death)).abs() <= SAME
        died = self.number(death.event) == 1
        yield from self.rows(
            same & died & (self.number(endpoint.event) == 0),
            endpoint.event,
            f"1, for {death.event} is 1 at the same time",
            f"Death is an event of {endpoint.short}; correct it unless this one leaves deaths out.",
            "warning",
            (death.event,),
        )

    def _responded(self) -> Iterator[Problem]:
        """Hold the start of a response against the endpoint that ends it."""
        spec = self.study.response and self.study.response.duration
        end = self.study.endpoints.get(spec.endpoint) if spec else None
        if end is None or not self.has(spec.start, end.time):
            return
        start = self.number(spec.start) * self.study.months_in(spec.unit)
        yield from self.rows(
            start > self.months(end) + ROUNDED,
            spec.start,
            f"at most {end.time}",
            "A response begins before what ends it: correct one of the two times.",
            beside=(end.time,),
        )

    def _lanes(self, death: Endpoint) -> Iterator[Problem]:
        spec, end = self.study.swimmer, self.months(death)
        if not spec:
            return
        for column in (spec.treatment, spec.response_start, spec.response_end):
            if self.has(column):
                yield from self.rows(
                    self.number(column) > end + ROUNDED,
                    column,
                    f"at most {death.time}",
                    "Correct one of the two times.",
                    beside=(death.time,),
                )
        if self.has(spec.response_start, spec.response_end):
            yield from self.rows(
                self.number(spec.response_end) < self.number(spec.response_start),
                spec.response_end,
                f"at least {spec.response_start}",
                "Correct one of the two times.",
                beside=(spec.response_start,),
            )
        if self.has(spec.ongoing):
            yield from self.rows(
                (self.number(spec.ongoing) == 1) & (self.number(death.event) == 1),
                spec.ongoing,
                f"0, for {death.event} is 1",
                "Nobody is treated after death.",
                beside=(death.event,),
            )

    def months(self, endpoint: Endpoint) -> pd.Series:
        """Give the time of an endpoint in months."""
        return self.number(endpoint.time) * self.study.months_in(endpoint.unit)


def named(name: str, endpoint: Endpoint, names: set[str]) -> bool:
    """Say whether an endpoint is one of these, by its key or its abbreviation."""
    return bool({name.lower(), endpoint.short.strip().lower()} & names)


def endpoint_of(study: Study, names: set[str]) -> Endpoint | None:
    """Give the first endpoint that is one of these."""
    return next((e for name, e in study.endpoints.items() if named(name, e, names)), None)


def death_of(study: Study) -> Endpoint | None:
    """Give the endpoint that is death from any cause: the one named so, or with that event."""
    return endpoint_of(study, DEATH) or study.endpoints.get(study.death_endpoint)


def end_of_life(study: Study, patients: pd.DataFrame) -> pd.Series | None:
    """Give the month of death by id (infinite: none recorded), None if deaths are not known."""
    return _last_month(study, patients, 1)


def last_contact(study: Study, patients: pd.DataFrame) -> pd.Series | None:
    """Give the month of last contact by id; infinite for the dead and where none is recorded."""
    return _last_month(study, patients, 0)


def _last_month(study: Study, patients: pd.DataFrame, status: int) -> pd.Series | None:
    death, column = death_of(study), study.columns.patient_id
    if death is None or not {death.time, death.event, column} <= set(patients):
        return None
    time = pd.to_numeric(patients[death.time], errors="coerce") * study.months_in(death.unit)
    ends = pd.to_numeric(patients[death.event], errors="coerce") == status
    life = pd.Series(np.where(ends & time.notna(), time, np.inf), index=patients[column])
    return life[~life.index.duplicated()]

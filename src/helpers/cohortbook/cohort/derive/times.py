"""Times that have no dates of their own, against the enrolment and the data cut-off."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ...errors import Problem
from ...study.parts import Endpoint
from ..checks.patients import PatientTable
from .date_columns import read_date_column
from .state import Resolved
from .status import event_of

HALF = 0.55  # of the last decimal place: a time was rounded


def check_times(state: Resolved) -> Iterator[Problem]:
    """Find patients who began outside the enrolment, and times that end after the cut-off.

    Without a column of dates a time is held against the longest that is possible: from the first
    enrolment to the cut-off.
    """
    study, patients = state.study, state.tables.get("patients")
    spec, cutoff = study.enrolled, study.cutoff
    if patients is None:
        return
    checks = PatientTable(study, patients, state.show_ids)
    start = None
    if spec.first:
        start = pd.Series(pd.Timestamp(spec.first), index=patients.index)
    if spec.column:
        yield from checks.missing_columns([spec.column])
        if spec.column not in patients:
            return
        start = read_date_column(state, spec.column)
        yield from _window(state, checks, start)
    if cutoff is None or start is None:
        return
    for endpoint in study.endpoints.values():
        if endpoint.time and {endpoint.time, endpoint.event} <= set(patients):
            yield from _late(state, checks, endpoint, start)


def _window(state: Resolved, checks: PatientTable, start: pd.Series) -> Iterator[Problem]:
    spec, cutoff = state.study.enrolled, state.study.cutoff
    for limit, wrong, expected in (
        (spec.first, start.lt, "a date not before the first enrolment"),
        (spec.last, start.gt, "a date not after the last enrolment"),
        (cutoff, start.gt, "a date up to the data cut-off"),
    ):
        if limit:
            yield from checks.rows(
                wrong(pd.Timestamp(limit)),
                spec.column,
                f"{expected} {limit}",
                "Correct the date, or the key 'enrolled' or 'cutoff'.",
            )


def _late(
    state: Resolved, checks: PatientTable, endpoint: Endpoint, start: pd.Series
) -> Iterator[Problem]:
    study, patients = state.study, state.tables["patients"]
    cells, unit = patients[endpoint.time], study.months_in(endpoint.unit)
    time = pd.to_numeric(cells, errors="coerce").astype(float)
    decimals = cells.dropna().astype(str).map(lambda text: len(text.partition(".")[2])).max()
    slack = HALF * 10.0 ** -(0 if pd.isna(decimals) else decimals)
    per = unit * study.statistics.days_per_month
    possible = (pd.Timestamp(study.cutoff) - start).dt.days
    late = (time - slack) * per > possible + 1
    event = event_of(patients[endpoint.event], endpoint)
    column = study.enrolled.column
    beside = (column,) if column else ()
    mend = "Correct the time, the enrolment, or the key 'cutoff'."
    since = column or f"the first enrolment {study.enrolled.first}"
    until = f"up to the data cut-off {study.cutoff}, counted from {since}"
    yield from checks.rows(
        late & (event == 1), endpoint.time, f"an event {until}", mend, beside=beside
    )
    yield from checks.rows(
        late & (event != 1), endpoint.time, f"follow-up {until}", mend, "warning", beside
    )

"""Columns of dates of the patient table, each of whose faults is told once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pandas as pd

from ...errors import Problem
from ..checks.patients import PatientTable
from .dates import read_dates
from .state import Resolved

DERIVED = re.compile(r"(.+) to (.+) \(time of .+\)")  # as `endpoints` names them
STATUS = re.compile(r"(.+) \(event of .+\)")
NOT_BEFORE = "a date not before {}"


def read_date_column(state: Resolved, column: str) -> pd.Series:
    """Read a column of dates; what is none is missing and a problem of `state`.

    Several endpoints, the enrolment and the treatment's start may read one column: what is wrong
    with it is told for the first of them.
    """
    patients = state.tables["patients"]
    reading = state.study.reading("patients")
    checks = PatientTable(state.study, patients, state.show_ids)
    found = read_dates(patients[column], reading.dates)
    problems = list(
        checks.rows(
            found.bad, column, "a date such as 2024-03-31", "Correct the cell, or leave it empty."
        )
    )
    if not found.sure:
        problems.append(
            checks.column_problem(
                column,
                "dates such as 03/04/2024",
                "dates that can be read in one way",
                "State tables.reading.patients.dates: dmy (day first) or mdy (month first).",
            )
        )
    tell(state, problems)
    return found.values


def tell(state: Resolved, problems: Iterable[Problem]) -> None:
    """Add problems to those of `state`, but none of a cell that was told with the same words."""
    told = {_words(problem) for problem in state.problems}
    state.problems.extend(problem for problem in problems if _words(problem) not in told)


def without_consequences(told: Iterable[Problem], found: Iterable[Problem]) -> Iterator[Problem]:
    """Leave out, of what was found later, that a value is missing which a wrong cell made missing.

    Parameters
    ----------
    told : iterable of Problem
        What was wrong with the dates and the status.
    found : iterable of Problem
        What was found of times derived from dates, named "START to END (time of NAME)", and of
        events derived from a status, named "STATUS (event of NAME)".
    """
    told = list(told)
    wrong = {(p.row, p.column) for p in told if p.row is not None and p.severity == "error"}
    early = {(p.row, p.expected) for p in told if p.severity == "error"}
    for problem in found:
        dates = DERIVED.fullmatch(problem.column)
        follows = dates and (
            any((problem.row, column) in wrong for column in dates.groups())
            or (problem.row, NOT_BEFORE.format(dates[1])) in early
        )
        status = STATUS.fullmatch(problem.column)
        emptied = status and problem.found.startswith(f"{problem.column} = nothing")
        if emptied and (problem.row, status[1]) in wrong:
            continue
        if not (follows and problem.severity == "warning"):
            yield problem


def _words(problem: Problem) -> Problem:
    return replace(problem, found="", mend="" if problem.severity == "error" else problem.mend)

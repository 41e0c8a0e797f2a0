"""A status read by an endpoint's codes: event, censored or competing, and nothing guessed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...errors import Problem
from ...study.parts import Endpoint
from ...study.vital import says_death, vital
from ..checks.patients import PatientTable

EVENT, CENSORED = ["1"], ["0"]
LISTED = 12  # values that a message lists


@dataclass(frozen=True)
class Status:
    """A status, read.

    `event` is 1 = event, 0 = censored or a competing state, NaN = missing or unknown; `competing`
    holds the code of a competing state, None elsewhere; `unknown` marks codes that the study file
    does not name; `undeclared` counts, by value, those that stand for nothing.
    """

    event: pd.Series
    competing: pd.Series
    unknown: pd.Series
    undeclared: dict[str, int]


def read_status(status: pd.Series, endpoint: Endpoint) -> Status:
    """Read a status by the codes of an endpoint.

    Without codes 1 is an event and 0 is censored. Where the study file names the events alone, one
    other value is censored; of several, and of one that says death, the study file has
    to say what they are.
    """
    events = endpoint.event_codes or EVENT
    competing = [state.code for state in endpoint.competing_states]
    is_event, is_competing = among(status, events), among(status, competing)
    censored = endpoint.censored_codes or ([] if endpoint.event_codes else CENSORED)
    rest = status.notna() & ~is_event & ~is_competing
    if not censored:
        others = sorted(set(status[rest]))
        left = (
            others
            if len(others) > 1
            else [code for code in others if says_death(code) or vital(code)]
        )
        censored = [] if left else others
    is_censored = rest & among(status, censored)
    unknown = rest & ~is_censored
    # what is left over stops the study; as censored it starts no further messages of its own
    of_rest = np.nan if endpoint.censored_codes or not endpoint.event_codes else 0.0
    event = np.select([is_event, is_competing | is_censored, unknown], [1.0, 0.0, of_rest], np.nan)
    state = pd.Series(None, index=status.index, dtype=object)
    for code in competing:
        state = state.mask(among(status, [code]), code)
    counts = status[unknown].value_counts().sort_index()
    return Status(
        pd.Series(event, index=status.index),
        state,
        unknown,
        {str(code): int(n) for code, n in counts.items()},
    )


def event_of(status: pd.Series, endpoint: Endpoint) -> pd.Series:
    """Give 1 = event, 0 = censored or a competing state, NaN = missing or unknown."""
    return read_status(status, endpoint).event


def among(cells: pd.Series, codes: Iterable[str]) -> pd.Series:
    """Say which cells are one of the codes; 1 and 1.0 are one code."""
    codes = list(codes)
    numbers = [number for number in (_number(code) for code in codes) if number is not None]
    as_numbers = pd.to_numeric(cells, errors="coerce")
    return cells.isin(codes) | (cells.notna() & as_numbers.isin(numbers))


def status_problems(checks: PatientTable, endpoint: Endpoint, found: Status) -> Iterator[Problem]:
    """Name the values that a study file does not declare, with their counts and what to write."""
    if not found.undeclared:
        return
    events = endpoint.event_codes or EVENT
    censored = endpoint.censored_codes or ([] if endpoint.event_codes else CENSORED)
    competing = [state.code for state in endpoint.competing_states]
    if censored and (endpoint.event_codes or endpoint.censored_codes or competing):
        yield from checks.rows(
            found.unknown,
            endpoint.event,
            f"one of {', '.join([*events, *censored, *competing])}",
            "Correct the cell, or add the code.",
        )
    if censored and sum(found.undeclared.values()) == 1:
        return  # one cell, which is named as such
    counts = [f"{code} ({n})" for code, n in found.undeclared.items()]
    more = f" and {len(counts) - LISTED} more values" if len(counts) > LISTED else ""
    left = ", ".join(list(found.undeclared)[:LISTED])
    yield checks.column_problem(
        endpoint.event,
        f"{', '.join(counts[:LISTED])}{more}",
        f"one of {', '.join([*censored, *events, *competing])}, or named in the study file",
        f"Name each of {left} in endpoint {endpoint.short}: in event_codes; in censored_codes if "
        "it means still under observation; in competing_codes if it ended the observation.",
    )


def said(status: pd.Series, endpoint: Endpoint, found: Status) -> str:
    """Say how a status was read: what is an event, what is censored, what competes."""
    other = found.event.eq(0) & found.competing.isna() & ~found.unknown
    codes = [_listed(set(status[which])) for which in (found.event.eq(1), other)]
    text = f"{endpoint.short}: {endpoint.event} = {codes[0]} is an event, {codes[1]} is censored"
    competing = found.competing.dropna()
    if endpoint.competing_codes:
        text += (
            f", {_listed(set(competing))} is a competing state ({len(competing)} patients, "
            "censored at it)"
        )
    return f"{text}."


def _listed(codes: set[str]) -> str:
    return " or ".join(sorted(codes)) or "nothing"


def _number(code: str) -> float | None:
    try:
        number = float(code)
    except ValueError:
        return None
    return number if np.isfinite(number) else None  # not what is no number: it would match all

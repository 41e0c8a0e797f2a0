"""Columns that may be known only after time zero though no name says so: left out, and UNSURE."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ..study.vital import bare
from .after import BEFORE
from .columns import Column

FEWEST, EACH = 12, 5  # patients with both values, and of each kind of patients
WITHIN, EXACT = 0.99, 0.97
LINKED, CLOSE = 0.3, 0.7  # rank correlations with the follow-up, and with the time to the event
WITH_EVENT = 20  # patients by whom a rank correlation is judged
TUMOURS = re.compile(r"tumou?rs?|tumeurs?|tumori|tumores|tumoren")
COUNT = re.compile(r"(n|no|nr|num|number|count|anzahl|zahl|nombre|nb|numero|total|tot)")
# what may have been before or after: names that a number or a yes bears without saying when
MAYBE = {
    "fu",
    "min",
    "lowest",
    "exit",
    "discharge",
    "necrosis",
    "nekrose",
    "shrinkage",
    "transplanted",
    "switched",
    "switch",
    "converted",
    "conversion",
    "biopsies",
    "rejections",
    "procedures",
    "infusions",
    "injections",
    "breakthrough",
}
LATER_WORDS = {"fu", "min", "discharge", "exit"}  # not where they stand first
# counts of what is there at time zero
PRESENT = re.compile(
    r"nodes?|lymph\w*|ln|positive|pos|mets?|metast\w*|sites?|lesions?|organs?|child\w*|pregn\w*"
    r"|births?|parity|comorb\w*|disease\w*|drugs?|medic\w*|cig\w*|packs?|vessels?|sibling\w*"
    r"|lines?|knoten|lk|organe|kinder|enfants|hijos|ganglion\w*|ganglios|linfonodi|risk|factors?"
)
BASE = re.compile(r"(.+?)[_. ](?:base|baseline|bl|pre|screening)", re.I)
HAPPENS = re.compile(
    r"events?|episodes?|attacks?|seizures?|exacerbations?|flares?|bleeds?|hospitali[sz]ations?"
    r"|admissions?|ereignisse|anfalle|schube|exazerbationen|poussees|exacerbaciones|brotes"
    r"|riacutizzazioni|infections?|infektionen|fractures?|falls|visits?|transfusions?"
)


def suspected(
    columns: Mapping[str, Column],
    times: Mapping[str, pd.Series],
    events: Mapping[str, pd.Series],
    left_out: Mapping[str, Column],
) -> dict[str, str]:
    """Say of columns why they may be of the follow-up; nobody is told so by a name.

    Parameters
    ----------
    columns : mapping of Column
        Those that would be baseline variables, by name.
    times, events : mapping of Series
        Times, and whether there was an event (1, 0), of each endpoint and of what was left out as
        an outcome.
    left_out : mapping of Column
        Those that are none already; a time among them may end with the follow-up.
    """
    found = {}
    first = [(base[1], name) for name in columns if (base := BASE.fullmatch(name))]
    for name, column in columns.items():
        reasons = (
            _named(column),
            _beside(name, first),
            *(_goes_with_time(column, time, events.get(key)) for key, time in times.items()),
            *(_only_with(column, event, key) for key, event in events.items()),
        )
        if reason := next(filter(None, reasons), ""):
            found[name] = reason
    later = [columns[name] for name in found] + [*left_out.values()]
    for ended in _ended_without(later, times):
        for name, column in columns.items():
            if name not in found and _is_none(column, ended):
                found[name] = "is nothing just where another column ends with the follow-up"
    return found


def _named(column: Column) -> str:
    """Say that a name is of what may have come after, or of a count of it."""
    parts = bare(f"{column.name} {column.label}").split()
    if not parts or {*parts} & BEFORE:
        return ""
    if {*parts[1:]} & MAYBE or parts[0] in MAYBE - LATER_WORDS:
        return "has a name of what may have been after time zero"
    return _counted(column, parts) if column.is_number and column.whole else ""


def _counted(column: Column, parts: list[str]) -> str:
    """Say that a number counts what happens to people, or what some have none of."""
    counted = any(COUNT.fullmatch(part) for part in parts)
    joined = [part[len(start[0]) :] for part in parts if (start := COUNT.match(part))]
    things = [*joined, *(parts if counted else ())]
    if any(HAPPENS.fullmatch(thing) for thing in things):
        return "counts what may have happened after time zero"
    if not (column.numbers == 0).any():
        return ""
    if any(TUMOURS.fullmatch(thing) for thing in things):
        return "counts tumours, and some patients have none"
    numbered = len(column.different) > 2 and COUNT.fullmatch(parts[0]) and parts[1:]
    if numbered and not any(PRESENT.fullmatch(part) for part in parts[1:]):
        return "counts something that some patients do not have, and does not say when"
    return ""


def _beside(name: str, first: list[tuple[str, str]]) -> str:
    """Say that a column stands beside one of the same beginning that says it is the baseline."""
    for start, base in first:
        if name != base and re.match(re.escape(start) + "[_. ]", name, re.I):
            return f"is beside '{base}'"
    return ""


def _goes_with_time(column: Column, time: pd.Series, event: pd.Series | None) -> str:
    """Say that a number lies within the follow-up, or goes with the time as no baseline does."""
    value = column.numbers
    both = value.notna() & time.notna()
    if not column.is_number or column.is_categorical or value[both].nunique() < FEWEST:
        return ""
    within = (value[both] >= 0).all() and (value[both] <= time[both] + 1e-9).mean() >= WITHIN
    wide = value[both].max() > time[both].max() / 2
    if within and wide and value[both].corr(time[both], method="spearman") >= LINKED:
        return "is a time within the follow-up, or looks like one"
    had = both if event is None else both & (event == 1)
    if had.sum() >= WITH_EVENT and value[had].nunique() > EACH:
        link = value[had].corr(time[had], method="spearman")
        if abs(link) >= CLOSE:
            return f"goes with the time to the event (rank correlation {link:.2f})"
    return ""


def _only_with(column: Column, event: pd.Series, key: str) -> str:
    """Say that a column is empty or zero in nearly all with the event, or without it, only."""
    there = column.cells.notna()
    if column.is_number:
        there &= column.numbers != 0
    fewest = min((event == 1).sum(), (event == 0).sum())
    if len(column.different) <= 2 or fewest < EACH:  # of two values: see after.follows
        return ""
    shares = sorted((there[event == 1].mean(), there[event == 0].mean()))
    apart = shares[0] <= 1 - EXACT and shares[1] >= EXACT
    return f"is empty or zero just in those with, or without, '{key}'" if apart else ""


def _ended_without(later: list[Column], times: Mapping[str, pd.Series]) -> list[pd.Series]:
    """Give the patients in whom a later time is the follow-up: nothing had happened by its end."""
    out = []
    for column in later:
        if not column.is_number or column.is_categorical:
            continue
        for time in times.values():
            same = pd.Series(np.isclose(column.numbers, time), index=time.index)
            if same.any() and not same.all():
                out.append(same)
    return out


def _is_none(column: Column, ended: pd.Series) -> bool:
    """Say whether a column is empty, zero or its first of two values just in these patients."""
    none = column.cells.isna()
    none |= column.numbers == 0 if column.is_number else column.cells == column.levels[0]
    two = len(column.different) == 2 or column.is_number
    return bool(two and (none == ended.reindex(none.index)).all())

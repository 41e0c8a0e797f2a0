"""Columns that may be known only after time zero though no name says so: left out, and UNSURE."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ..study.vital import bare
from .after import BEFORE, is_of_either, is_within
from .columns import Column
from .words import compact, is_baseline_status, is_sex

FEWEST, EACH = 12, 5  # patients with both values, and of each kind of patients
WITHIN, EXACT = 0.99, 0.97
LINKED, CLOSE = 0.3, 0.7  # rank correlations with the follow-up, and with the time to the event
WITH_EVENT = 20  # patients by whom a rank correlation is judged
TOGETHER = 0.6  # phi of a yes or no with an event; of prognostic factors it is hardly above 0.4
ALONG = 0.8  # rank correlation with a time within the follow-up
RARE = 1e-4  # chance of a yes to lie by accident only where there is a date
# the end of a name as that of a visit: igg_d28, nihss_24h
AT_VISIT = re.compile(r"[dwmy]0*(?:[2-9]|[1-9]\d+)|[1-9]\d*(?:h|d|w|wk|wks|m|mo|mths?|y|yr)")
TUMOURS = re.compile(r"tumou?rs?|tumeurs?|tumori|tumores|tumoren")
COUNT = re.compile(r"(n|no|nr|num|number|count|anzahl|aantal|zahl|nombre|nb|numero|total|tot)")
# what may have been before or after: names that a number or a yes bears without saying when
MAYBE = {
    "fu",
    "min",
    "lowest",
    "exit",
    "discharge",
    "necrosis",
    "nekrose",
    "necrose",
    "ontslag",
    "shrinkage",
    "transplanted",
    "crpc",
    "mcrpc",
    "hrpc",
    "resistant",
    "resistance",
    "resistent",
    "resistente",
    "refractory",
    "refraktar",
    "transformed",
    "transformation",
    "seroconversion",
    "seroconverted",
    "seroconv",
    "infected",
    "incident",
    "developed",
    "dev",
    "new",
    "newonset",
    "occurred",
    "ptdm",
    "nodat",
    "dgf",
    "bpar",
    "engraft",
    "engrafted",
    "engraftment",
    "remission",
    "mrd",
    "pcr",
    "ypt",
    "ypn",
    "downstaged",
    "downstaging",
    "regression",
    "revision",
    "revised",
    "reintervention",
    "reop",
    "retreated",
    "retreatment",
    "rechallenge",
    "restarted",
    "stopped",
    "received",
    "hospitalized",
    "hospitalised",
    "hospitalization",
    "hospitalisation",
    "intubated",
    "ventilated",
    "extubated",
    "weaned",
    "recovered",
    "recovery",
    "cured",
    "healed",
    "resolved",
    "cleared",
    "restenosis",
    "rebleed",
    "rebleeding",
    "amputated",
    "amputation",
    "metachronous",
    "discharged",
    "graftloss",
    "suppressed",
    "undetectable",
    "inc",
    "started",
    "initiated",
    "adherent",
    "adherence",
    "compliance",
    "compliant",
    "institutionalised",
    "institutionalized",
    "istituzionalizzato",
    "chimerism",
    "dli",
    "lvad",
    "shock",
    "shocks",
    "reversal",
    "reversed",
    "denovo",
    "viremia",
    "viraemia",
    "sre",
    "sich",
    "max",
    "worst",
    "peak",
    "hours",
    "hrs",
    "stunden",
    "uren",
    "reaction",
    "reactions",
    "reactogenicity",
    "retention",
    "reinfection",
    "rinfct",
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
LATER_WORDS = {
    "fu",
    "min",
    "max",
    "peak",
    "discharge",
    "ontslag",
    "exit",
}  # not where they stand first
# counts of what is there at time zero
PRESENT = re.compile(
    r"nodes?|lymph\w*|ln|positive|pos|mets?|metast\w*|sites?|lesions?|organs?|child\w*|pregn\w*"
    r"|births?|parity|comorb\w*|disease\w*|drugs?|medic\w*|cig\w*|packs?|vessels?|sibling\w*"
    r"|lines?|knoten|lk|organe|kinder|enfants|hijos|ganglion\w*|ganglios|linfonodi|klieren|lymfeklieren|organen|kinderen|uitzaaiingen|laesies|risk|factors?"
)
BASE = re.compile(
    r"(.+?)[_. ](?:base|baseline|bl|pre|prae|präop|preop|screening|basale?|initiale?|iniziale"
    r"|inicial|ausgangswert|uitgangswaarde)",
    re.I,
)
MEASURED = {"suv", "tumor", "tumour", "size", "diameter"}  # suv_max, tumor_size_max
HAPPENS = re.compile(
    r"events?|episodes?|attacks?|seizures?|exacerbations?|flares?|bleeds?|hospitali[sz]ations?"
    r"|admissions?|ereignisse|anfalle|schube|exazerbationen|poussees|exacerbaciones|brotes"
    r"|riacutizzazioni|infections?|infektionen|infecties|aanvallen|exacerbaties|opnames|fractures?|falls|visits?|transfusions?"
)


def suspected(
    columns: Mapping[str, Column],
    times: Mapping[str, pd.Series],
    events: Mapping[str, pd.Series],
    left_out: Mapping[str, Column],
    dates: Mapping[str, Column],
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
    dates : mapping of Column
        Those of dates, some of which are of what happened to some patients.
    """
    found = {}
    within = {n: c for n, c in left_out.items() if any(is_within(c, t) for t in times.values())}
    first = [(base[1], name) for name in columns if (base := BASE.fullmatch(name))]
    for name, column in columns.items():
        reasons = (
            _named(column),
            _beside(name, first),
            *(_goes_with_time(column, time, events.get(key)) for key, time in times.items()),
            *(_only_with(column, event, key) for key, event in events.items()),
            *(_yes_with(column, event, key) for key, event in events.items()),
            *(_along(column, other) for other in within.values()),
            *(_dated(column, date) for date in dates.values()),
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
    if is_of_either(column.name):
        return "is a status that may be of the start or of the end"
    maybe = {*parts[1:]} & MAYBE - (LATER_WORDS if {*parts} & MEASURED else set())
    if maybe or {parts[0], compact(column.name)} & MAYBE - LATER_WORDS:
        return "has a name of what may have been after time zero"
    if len(parts) > 1 and AT_VISIT.fullmatch(bare(column.name).split()[-1]):
        return "has a name that ends as one of a visit"
    return _counted(column, parts) if column.is_number and column.whole else ""


def _counted(column: Column, parts: list[str]) -> str:
    """Say that a number counts what happens to people, or what some have none of."""
    counted = any(COUNT.fullmatch(part) for part in parts)
    joined = [part[len(start[0]) :] for part in parts if (start := COUNT.match(part))]
    things = [*joined, *(parts if counted else ())]
    several = len(column.different) > 2
    if any(HAPPENS.fullmatch(thing) for thing in (*joined, *(parts if several else ()))):
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


def _yes_with(column: Column, event: pd.Series, key: str) -> str:
    """Say that of two values one goes with the event more closely than prognosis does."""
    both = column.cells.notna() & event.notna()
    at_start = is_baseline_status(column.name) or is_sex(column.name) or is_sex(column.label)
    if len(column.different) != 2 or both.sum() < 2 * WITH_EVENT or at_start:
        return ""
    yes = (column.cells == column.levels[1])[both]
    counts = pd.crosstab(yes, event[both]).to_numpy().astype(float)
    if counts.shape != (2, 2) or min(counts.sum(axis=0).min(), counts.sum(axis=1).min()) < FEWEST:
        return ""
    phi = np.linalg.det(counts) / math.sqrt(counts.sum(axis=0).prod() * counts.sum(axis=1).prod())
    if abs(phi) < TOGETHER:
        return ""
    return f"goes with '{key}' more closely than what is known before (correlation {phi:.2f})"


def _along(column: Column, other: Column) -> str:
    """Say that a number goes with a time that lies within the follow-up: a share of it."""
    both = column.numbers.notna() & other.numbers.notna()
    if not column.is_number or column.is_categorical or column.numbers[both].nunique() < FEWEST:
        return ""
    link = column.numbers[both].corr(other.numbers[both], method="spearman")
    return f"goes with '{other.name}', a time within the follow-up" if abs(link) >= ALONG else ""


def _dated(column: Column, date: Column) -> str:
    """Say that one of two values occurs only in patients who have a date, which most have not."""
    there = date.cells.notna()
    if len(column.different) != 2 or not there.any():
        return ""
    yes = column.cells == column.levels[1]
    only = yes.sum() >= EACH and (yes & ~there).sum() <= (1 - EXACT) * yes.sum()
    chance = there.mean() ** yes.sum()
    return f"is so only in those with a date in '{date.name}'" if only and chance < RARE else ""


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

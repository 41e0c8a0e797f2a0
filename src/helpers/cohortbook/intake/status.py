"""Which value of a status is the event: by words, name or custom; held against the data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from ..cohort.checks.evidence import PROGRESSION, speaks_against
from ..errors import CohortbookError
from ..study.answers import NO, YES
from ..study.vital import vital
from . import words as w
from .columns import Column
from .vocabulary import EVENT, HAPPENED, INVERTED, NO_EVENT

PREFIX = re.compile(r"[01]:\s*[^\W\d_]")
SEVERAL_EVENTS = {"pfs", "dfs", "efs", "rfs", "dmfs", "mfs"}  # of which there are several kinds


@dataclass(frozen=True)
class Status:
    """Which codes of a status are events; `unsure` says why this may be wrong.

    `against` holds what the data say against it, `reason` why it is so where it is sure.
    """

    events: list[str]
    censored: list[str]
    unsure: str = ""
    reason: str = ""
    against: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether the codes are those that need not be stated: 1 and 0."""
        return self.events == ["1"] and self.censored in ([], ["0"])


def read_status(column: Column, time: Column | None = None, key: str = "") -> Status:
    """Decide which codes of a status are events, from their words, its name, or by custom.

    Of three numbers or more, none of them 0, custom says nothing: those who are alive are taken
    for the ones with the longest times.

    Parameters
    ----------
    column : Column
    time : Column, optional
        The time that it belongs to.
    key : str
        The endpoint: os, pfs.
    """
    codes = column.different
    shown = {code: column.shown(code).strip().casefold() for code in codes}
    inverted = w.mentions(column.name, INVERTED) and not w.mentions(column.name, {"dead", "death"})
    prefixed = _prefixed(codes)
    if prefixed:
        return prefixed
    events = [code for code in codes if _means(shown[code], EVENT, NO_EVENT)]
    censored = [code for code in codes if _means(shown[code], NO_EVENT, EVENT)]
    lives = {code: vital(shown[code]) for code in codes}
    if key in ("os", "") and {True, False} <= {*lives.values()}:
        # dead of whatever, alive with whatever: of a death nothing else counts
        events, censored = ([c for c in codes if lives[c] is dead] for dead in (True, False))
    if events or censored:
        yes_no = {*shown.values()} <= YES | NO
        if inverted and yes_no:
            events, censored = censored, events
        return _worded(column, codes, events, censored, yes_no)
    several = time is not None and column.is_number and len(codes) > 2
    if several and not column.not_numbers and not (column.numbers == 0).any():
        return _longest_censored(column, time)
    return _numbered(column, codes, inverted, key)


def _prefixed(codes: list[str]) -> Status | None:
    """Read 0:LIVING and 1:DECEASED by the code before the word, as cBioPortal writes it."""
    if not all(PREFIX.match(code) for code in codes) or len({code[0] for code in codes}) != 2:
        return None
    return Status(
        [c for c in codes if c[0] == "1"],
        [c for c in codes if c[0] == "0"],
        reason="by the code before the word",
    )


def held_against(
    status: Status, key: str, time: Column, event: Column, columns: Mapping[str, Column]
) -> Status:
    """Give the status with what the data say against it, which makes it unsure."""
    coded = pd.Series(float("nan"), index=event.cells.index)
    coded = coded.mask(event.cells.isin(status.censored), 0.0)
    coded = coded.mask(event.cells.isin(status.events), 1.0)
    if not status.censored:
        coded = coded.mask(event.cells.notna() & ~event.cells.isin(status.events), 0.0)
    others = {
        name: c.cells.map(c.shown, na_action="ignore")
        for name, c in columns.items()
        if name not in (time.name, event.name) and len(c.different) > 1
    }
    kinds = {"of_death": key == "os", "of_progression": key in PROGRESSION}
    against = speaks_against(time.numbers, coded, others, **kinds)
    if not against:
        return status
    turned = speaks_against(time.numbers, 1 - coded, others, **kinds)
    custom = "cens" in w.compact(event.name) or not {"0", "0.0"} & set(event.different)
    if custom and status.unsure and not turned and status.censored:
        first = " or ".join(event.shown(code) for code in status.censored)
        return replace(
            status,
            events=status.censored,
            censored=status.events,
            unsure=f"'{event.name}' is read as {first} = event, for the other way {against[0]}",
        )
    doubt = status.unsure or f"in '{event.name}' {_listed(event, status.events)} is the event"
    return replace(status, unsure=doubt, against=tuple(against))


def of_death(event: Column) -> bool:
    """Say whether the words of a status are of death, and of nothing else that happens."""
    said = {vital(event.shown(code)) for code in event.different}
    rest = [
        event.shown(code).strip().casefold()
        for code in event.different
        if vital(event.shown(code)) is None
    ]
    return True in said and all(word in NO_EVENT for word in rest) and len(event.different) > 1


def stated(event: Column, code: str) -> Status:
    """Give the status in which one code, or the one with that label, is stated to be the event.

    Raises
    ------
    CohortbookError
        If no cell has it.
    """
    codes = [c for c in event.different if code in (c, event.shown(c))]
    if not codes:
        raise CohortbookError(
            f"'{code}' does not occur in '{event.name}'.",
            "--endpoint",
            "There are: " + ", ".join(event.different[:20]) + ".",
        )
    others = [c for c in event.different if c not in codes]
    several = f"in '{event.name}' {' and '.join(others)} are read as censored"
    return Status(codes, others, several if len(others) > 1 else "", "as stated")


def _listed(column: Column, codes: list[str]) -> str:
    return " or ".join(column.shown(code)[:40] for code in codes)


def _worded(
    column: Column, codes: list[str], events: list[str], censored: list[str], yes_no: bool
) -> Status:
    rest = [code for code in codes if code not in events + censored]
    unsure = ""
    if not events:
        events, rest = rest, []
        named = ", ".join(column.shown(c)[:40] for c in events)
        unsure = f"'{column.name}' has {named}: taken as the event, as the other is none"
    if rest:
        unsure = (
            f"'{column.name}' has {', '.join(column.shown(c)[:40] for c in rest)}: taken as "
            "censored"
        )
    elif yes_no and not _name_tells(column) and not w.mentions(column.name, INVERTED):
        unsure = (
            f"'{column.name}' is read as {_listed(column, events)} = event: its name does "
            "not say of what"
        )
    return Status(events, [*censored, *rest], unsure, "by its words")


def _name_tells(column: Column) -> bool:
    """Say whether a name or label says that the value is of something that happened."""
    return column.about(HAPPENED) or any(
        w.says_dead(text) or w.compact(text).endswith(("event", "dead", "death", "events"))
        for text in (column.name, column.label)
    )


def _numbered(column: Column, every: list[str], inverted: bool, key: str) -> Status:
    codes = (
        [code for code in every if code not in column.not_numbers] if column.is_number else every
    )
    status = _coded(column, codes, inverted, key)
    odd = [code for code in every if code not in codes]
    if not odd:
        return status
    unread = f"in '{column.name}' {', '.join(code[:40] for code in odd)} is no code and is not read"
    doubt = f"{status.unsure}; {unread}" if status.unsure else unread
    return replace(status, unsure=doubt)


def _coded(column: Column, codes: list[str], inverted: bool, key: str) -> Status:
    plain = {f"{float(code):g}" if column.is_number else code for code in codes}
    if inverted and "0" in plain:
        zero = [code for code in codes if column.is_number and float(code) == 0] or ["0"]
        rest = [code for code in codes if code not in zero]
        return Status(zero, rest, f"'{column.name}' is read as 0 = event (1 = censored or alive)")
    if plain <= {"0", "1"}:
        one = [code for code in codes if column.is_number and float(code) == 1] or ["1"]
        zero = [code for code in codes if column.is_number and float(code) == 0]
        censoring = "cens" in w.compact(column.name)
        if _name_tells(column) and not censoring:
            return Status(one, zero, reason=f"by the name of '{column.name}'")
        why = "" if censoring else ", by custom: neither name nor label says so"
        return Status(one, zero, f"'{column.name}' is read as 1 = event, 0 = censored{why}")
    zero = [code for code in codes if column.is_number and float(code) == 0]
    others = [code for code in codes if code not in zero]
    if zero and len(others) > 1 and key in SEVERAL_EVENTS:
        return Status(
            others,
            zero,
            f"in '{column.name}' {' and '.join(others)} are read as events and "
            f"{zero[0]} as censored; one of them may be another state",
        )
    last = codes[-1]
    others = [code for code in codes if code != last]
    return Status(
        [last],
        others,
        f"in '{column.name}' {last} is read as the event and "
        f"{' and '.join(others) or 'nothing'} as censored",
    )


def _longest_censored(column: Column, time: Column) -> Status:
    middle = time.numbers.groupby(column.cells).median()
    longest = str(middle.idxmax())
    events = [code for code in column.different if code != longest]
    return Status(
        events,
        [longest],
        f"in '{column.name}' {' and '.join(events)} are read as events and {longest}, which has "
        "the longest times, as censored",
    )


def _means(text: str, known: set[str], other: set[str]) -> bool:
    if text in known:
        return True
    if text in other:
        return False
    long = {word for word in known if len(word) > 3 or w.CHINESE.search(word)}
    against = {word for word in other if len(word) > 3 or w.CHINESE.search(word)}
    return w.mentions(text, long) and not w.mentions(text, against)

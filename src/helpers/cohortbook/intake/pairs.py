"""Which time belongs to which status: by their names, and by where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..study.answers import answer
from ..study.vital import vital
from . import words as w
from .after import is_at_event
from .columns import Column
from .draft import Draft
from .status import read_status
from .vocabulary import NOT_TIME, STATUS, TIME, UNITS

MOST_MISSING = 0.5  # a time that most patients lack is not one of the cohort's endpoints
FEWEST_TIMES, MANY = 5, 50
FEW_NEGATIVE = 0.05  # of the times may be errors, for check to name
TRUTH = {"0", "1", "0.0", "1.0", "true", "false"}
CALENDAR = 0.5  # times that all lie beyond this part of the longest are days of a calendar
SAME, STEM, NAMELESS, LOOSE, BELOW = 4.0, 3.0, 2.0, 1.0, 0.9
# endpoints whose status may bear the name of another: time to progression with progression
ALIKE = ({"pfs", "ttp"}, {"rfs", "ttr"}, {"dfs", "rfs"}, {"css", "dss"}, {"mfs", "dmfs"})
USUAL = {
    "time",
    "futime",
    "survtime",
    "survivaltime",
    "followup",
    "followuptime",
    "stime",
    "t",
    "ostime",
    "survival",
    "days",
    "months",
    "duration",
    "lenfol",
    "fuptime",
    "zeit",
    "temps",
    "tiempo",
    "tempo",
    "surv",
    "tijd",
    "overleving",
    "overlevingsduur",
}
EACH, MUCH_EARLIER, SURELY = 8, 0.3, 1e-4
SHORTEST = 3  # letters of a status's name within that of a time
EARLIER = 0.8  # of the middle time of the others, at most, is that of those with the event
GLUED_STATUS = re.compile(r"[a-z]{1,2}(stat|status|cens|event)|lenfolstat")
GLUED_TIME = re.compile(
    r"(?<!pro)(?<!prothrombin)(?<!clotting)(?<!bleeding)(?<!diag)time\d*$|^t\d?$|^lenfol$"
)
# what stands in a name beside what the name is about
_TIME_PARTS = {
    "time",
    "times",
    "t",
    "dt",
    "to",
    "until",
    "zeit",
    "bis",
    "temps",
    "tiempo",
    "tempo",
    "duration",
    "dauer",
    "durée",
    "fu",
    "in",
    "au",
    "al",
    "surv",
    "survival",
    "tijd",
    "tot",
    "duur",
}
_STATE_PARTS = {
    "status",
    "stat",
    "event",
    "ev",
    "evt",
    "e",
    "s",
    "ind",
    "indicator",
    "cens",
    "censor",
    "censored",
    "cnsr",
    "flag",
    "fl",
    "yn",
    "state",
    "ereignis",
    "état",
    "evento",
    "estado",
    "stato",
    "événement",
    "gebeurtenis",
}


@dataclass(frozen=True)
class Pair:
    """A time with its status: the endpoint that they are ("" if unknown), and how well they fit.

    `ident` is what answers about the endpoint are kept by: the column that was guessed as its time.
    """

    key: str
    time: Column
    event: Column
    code: str | None = None
    fit: float = SAME
    ident: str = ""


def pairs(draft: Draft, columns: dict[str, Column]) -> Iterator[Pair]:
    """Pair each time with the status that is about the same.

    Of several times the one that fewest patients lack, then the nearest.
    """
    free = [c for c in columns.values() if c.name not in draft.used]
    times = [c for c in free if is_time(c)]
    bases = {base for time in times if (base := _base(time.name, _TIME_PARTS))}
    states = [c for c in free if is_status(c) or _names_what_happened(c, bases)]
    place = {name: number for number, name in enumerate(columns)}
    scored = sorted(
        (
            (
                BELOW if _rival(time, state, states, times) else _fit(time, state),
                _told(state),
                _usual(time),
                -time.cells.isna().mean(),
                -abs(place[time.name] - place[state.name]),
                -place[time.name],
                time.name,
                state.name,
            )
            for time in times
            for state in states
            if time.name != state.name
        ),
        reverse=True,
    )
    taken: set[str] = set()
    for score, *_, time, state in scored:
        if score <= 0 or {time, state} & taken:
            continue
        taken |= {time, state}
        # a survival, or a death, and nothing else that it could belong to
        alone = len(times) == len(states) == 1 and score == LOOSE
        several = score == NAMELESS and not _only(columns[time], times, columns[state], states)
        key = w.stem(time) or w.stem(columns[time].label) or w.stem(state)
        key = key or w.stem(columns[state].label)
        yield Pair(
            key,
            columns[time],
            columns[state],
            None,
            NAMELESS if alone else LOOSE if several else score,
        )


def letter_pairs(draft: Draft, columns: dict[str, Column]) -> Iterator[Pair]:
    """Pair columns that have letters for names: T with E, t1 with d1; each must look the part.

    Where there are such pairs, a d3 without a time of its own is an event too, and no covariate.
    """
    free = [c for c in columns.values() if c.name not in draft.used]
    states = [c for c in free if {cell.casefold() for cell in c.different} <= TRUTH]
    for time in free:
        numbers = time.numbers.dropna()
        if not time.is_number or len(time.different) < FEWEST_TIMES or (numbers < 0).any():
            continue
        for state in states:
            if w.letter_pair(time.name, state.name):
                yield Pair("", time, state, None, NAMELESS)
                draft.used |= {c.name for c in states if w.same_letter(c.name, state.name)}


def contained_pairs(draft: Draft, columns: dict[str, Column]) -> Iterator[Pair]:
    """Pair a number with a status whose name stands within its own: edrel with rel.

    Only where the events come earlier than the ends of follow-up, as those of a time do.
    """
    free = [c for c in columns.values() if c.name not in draft.used]
    states = [
        c
        for c in free
        if {cell.casefold() for cell in c.different} == {"0", "1"}
        and len(w.compact(c.name)) >= SHORTEST
    ]
    for time in free:
        numbers = time.numbers
        if not time.is_number or time.numbers.nunique() < MANY / 2 or (numbers.dropna() < 0).any():
            continue
        for state in states:
            inside = w.compact(state.name) in w.compact(time.name) and state.name != time.name
            middle = numbers.groupby(state.numbers).median()
            if inside and middle.get(1, 0) < EARLIER * middle.get(0, 0):
                yield Pair("", time, state, None, LOOSE)


def _told(state: Column) -> int:
    """Say how much a status says of itself: words, a name for an event, or nothing."""
    return -1 if read_status(state).unsure else 0


def _usual(time: Column) -> int:
    """Say how usual a name is for the time to the end of follow-up."""
    return -1 if w.compact(time.name) not in USUAL else 0


def _only(time: Column, times: list[Column], state: Column, states: list[Column]) -> bool:
    """Say whether a time and a status without names are the only such ones of the table."""
    others = [c for c in times if c is not time and not w.stem(c.name)]
    usual = w.compact(time.name) in USUAL and not any(w.compact(c.name) in USUAL for c in others)
    return (not others or usual) and not [
        c for c in states if c is not state and not w.stem(c.name)
    ]


def _names_what_happened(column: Column, bases: set[tuple[str, ...]]) -> bool:
    """Say whether a yes or no has the name of a time: infection beside days_to_infection."""
    return (
        len(column.different) == 2
        and {*map(answer, column.different)} == {True, False}
        and _base(column.name, _STATE_PARTS) in bases
    )


def _rival(time: Column, state: Column, states: list[Column], times: list[Column]) -> bool:
    """Say whether a death, say, that has no time of its own competes with a status for a time.

    A time without a name goes with a status without one; `aids_event` and `disease_status` are of
    something, and a death beside them is rather what ended the follow-up.
    """
    if _fit(time, state) != NAMELESS or not _base(state.name, _STATE_PARTS):
        return False
    stems = {w.stem(other.name) for other in times}
    return any(c is not state and w.stem(c.name) and w.stem(c.name) not in stems for c in states)


def told_by_data(draft: Draft, columns: dict[str, Column]) -> Iterator[Pair]:
    """Pair a time without a status with the one column whose 1s end much earlier than its 0s."""
    free = [c for c in columns.values() if c.name not in draft.used]
    states = [
        c for c in free if len(c.different) == 2 and {*map(answer, c.different)} == {True, False}
    ]
    for time in (c for c in free if is_time(c)):
        shares = []
        for state in states:
            happened = state.cells.map(answer, na_action="ignore").eq(True)
            one, two = time.numbers[happened].dropna(), time.numbers[~happened].dropna()
            if min(len(one), len(two)) >= EACH:
                from scipy.stats import mannwhitneyu  # where it is needed: slow to import

                test = mannwhitneyu(one, two)
                shares.append((test.statistic / len(one) / len(two), test.pvalue, state.name))
        best = min(shares, default=(1.0, 1.0, ""))
        if best[0] <= MUCH_EARLIER and best[1] < SURELY:
            yield Pair("", time, columns[best[2]], None, LOOSE)
            return


def is_time(column: Column) -> bool:
    """Say whether a column could be a time to an event, by its name, label and cells."""
    if not column.is_number or column.is_date or len(column.different) < FEWEST_TIMES:
        return False
    if _of_calendar(column):
        return False
    if column.cells.isna().mean() > MOST_MISSING:
        return False
    if (column.numbers.dropna() < 0).mean() > FEW_NEGATIVE:
        return False
    if column.about(NOT_TIME):
        return bool(w.stem(column.name)) and not column.about({"date", "age"})
    return (
        bool(w.stem(column.name))
        or column.about(TIME)
        or bool(GLUED_TIME.search(w.compact(column.name)))
    )


def _of_calendar(column: Column) -> bool:
    """Say whether numbers count from some day long past, and not from each patient's start."""
    numbers = column.numbers.dropna()
    return len(numbers) >= MANY and numbers.min() > CALENDAR * numbers.max()


def is_status(column: Column) -> bool:
    """Say whether a column could say who had an event."""
    if not 1 <= len(column.different) <= 5 or column.is_date:
        return False
    if w.is_baseline_status(column.name) or is_at_event(column.name):
        return False
    if {True, False} <= {vital(column.shown(code)) for code in column.different}:
        return True
    glued = GLUED_STATUS.fullmatch(w.compact(column.name))
    return (
        column.about(STATUS)
        or bool(glued)
        or (bool(w.stem(column.name)) and len(column.different) <= 3)
    )


def _fit(time: Column, state: Column) -> float:
    """Say how well a time and a status fit by their names; 0 or less if they do not."""
    if _number(time.name) != _number(state.name) and {_number(time.name), _number(state.name)} != {
        "",
        _number(time.name) or _number(state.name),
    }:
        return -1.0  # time1 with status2
    base, other = _base(time.name, _TIME_PARTS), _base(state.name, _STATE_PARTS)
    if base and base == other and _number(time.name) == _number(state.name):
        return SAME
    one, two = w.stem(time.name), w.stem(state.name)
    if one and two:
        if one == two or any({one, two} <= family for family in ALIKE):
            return STEM if _number(time.name) == _number(state.name) else LOOSE
        return -1.0
    if one or two:
        return LOOSE if "os" in (one, two) else 0.5
    return NAMELESS


def _number(name: str) -> str:
    found = re.search(r"(\d+)\W*$", name)
    return found[1] if found else ""


def _base(name: str, parts: set[str]) -> tuple[str, ...]:
    """Give the words of a name without those for a time, a unit or a status, in order."""
    units = {word for names in UNITS.values() for word in names}
    plain = w.CAMEL.sub(" ", name).casefold()
    return tuple(
        word
        for word in re.split(r"[\W_]+", plain)
        if word and word not in parts and word not in units and not word.isdigit()
    )

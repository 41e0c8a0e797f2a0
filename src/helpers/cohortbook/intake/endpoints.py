"""Time-to-event endpoints: times with their status, or dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..cohort.derive.dates import read_dates
from ..errors import CohortbookError
from ..study.parts import MONTHS_PER
from . import words as w
from .columns import Column
from .draft import Draft

MOST = 4
FIRST = ("os", "pfs")
MOST_MISSING = 0.5  # a time that most patients lack is not one of the cohort's endpoints
DAYS_FROM = 150  # a middle time above this is in days
LONGEST_YEARS, LONGEST_MONTHS = 15, 400
FIFTY_YEARS = 600  # months
FEWEST_TIMES, MANY = 5, 50
YES_OR_NO = {
    "yes",
    "no",
    "y",
    "n",
    "ja",
    "nein",
    "oui",
    "non",
    "是",
    "否",
    "true",
    "false",
    "t",
    "f",
}
FEW_NEGATIVE = 0.05  # of the times may be errors, for check to name
TRUTH = {"0", "1", "0.0", "1.0", "true", "false"}
CALENDAR = 0.5  # times that all lie beyond this part of the longest are days of a calendar
ABBREVIATION = 4  # letters


@dataclass(frozen=True)
class Status:
    """Which codes of a status are events; `unsure` says why this may be wrong."""

    events: list[str]
    censored: list[str]
    unsure: str = ""

    @property
    def is_plain(self) -> bool:
        return self.events == ["1"] and self.censored in ([], ["0"])


def settle_endpoints(draft: Draft, columns: dict[str, Column]) -> None:
    """Put the endpoints into the draft: those asked for, or all that are recognised."""
    found = (
        [_asked_for(draft, columns, text) for text in draft.wishes.endpoints]
        if draft.wishes.endpoints
        else [*_pairs(draft, columns)] or [*_letter_pairs(draft, columns)]
    )
    if "os" in [key for key, *_ in found]:
        found = [pair for pair in found if pair[0]]  # some other time with some other status
    first = sorted(range(len(found)), key=lambda place: _importance(found[place][0]))[:MOST]
    for place, (_, time, event, _) in enumerate(found):
        if place not in first:  # an outcome all the same, and no baseline variable
            draft.used |= {time.name, event.name}
            draft.comment(
                "endpoints",
                text=f"'{time.name}' with '{event.name}' is left out: "
                f"there are {MOST} endpoints already.",
            )
    found = [found[place] for place in sorted(first)]
    nameless = sum(not key for key, *_ in found)
    for key, time, event, code in found:
        own = key or (w.key_of(time.name, 1, set()) if nameless > 1 else "")
        if own != key:
            draft.unsure("endpoints", own, text=f"say what '{time.name}' with '{event.name}' is")
        _add(draft, own, time, event, code)
    if not draft.wishes.endpoints:
        _add_dated(draft, columns)
    if not draft.study["endpoints"]:
        del draft.study["endpoints"]
        draft.doubts.append("no endpoint was recognised; name one with --endpoint os:TIME:EVENT")
        _leave_out_times(draft, columns)
        return
    keys = sorted(draft.study["endpoints"], key=_importance)
    draft.study["endpoints"] = {key: draft.study["endpoints"][key] for key in keys[:MOST]}
    if draft.wishes.cutoff:
        draft.study["cutoff"] = draft.wishes.cutoff
        draft.study["after_cutoff"] = "censor"


def _leave_out_times(draft: Draft, columns: dict[str, Column]) -> None:
    """Take times without a status for no baseline variables."""
    times = [c.name for c in columns.values() if c.name not in draft.used and _is_time(c)]
    draft.used |= set(times)
    for name in times:
        draft.unsure(
            "variables",
            text=f"'{name}' could be a time to an event and is left out: no "
            "column says who had the event (if all had it, add a column of 1)",
        )


def _importance(key: str) -> int:
    return FIRST.index(key) if key in FIRST else len(FIRST)


def _asked_for(draft: Draft, columns: dict[str, Column], text: str):
    parts = text.split(":")
    if len(parts) not in (3, 4) or not all(parts[:3]):
        raise CohortbookError(
            f"'{text}' is not NAME:TIME:EVENT.",
            "--endpoint",
            "Such as os:os_months:os_event, or os:time:status:2 where 2 is death.",
        )
    for name in parts[1:3]:
        if name not in columns:
            raise CohortbookError(
                f"There is no column '{name}'.",
                "--endpoint",
                "There are: " + ", ".join(columns) + ".",
            )
    key = w.key_of(parts[0], 1, set())
    return key, columns[parts[1]], columns[parts[2]], parts[3] if len(parts) == 4 else None


def _pairs(draft: Draft, columns: dict[str, Column]) -> Iterator[tuple]:
    """Pair each time with the status that is about the same.

    Of several times the one that fewest patients lack, then the nearest.
    """
    free = [c for c in columns.values() if c.name not in draft.used]
    times, states = [c for c in free if _is_time(c)], [c for c in free if _is_status(c)]
    place = {name: number for number, name in enumerate(columns)}
    scored = sorted(
        (
            (
                _fit(time, state),
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
        key = w.stem(time) or w.stem(state) or w.stem(columns[time].label)
        yield key, columns[time], columns[state], None


def _letter_pairs(draft: Draft, columns: dict[str, Column]) -> Iterator[tuple]:
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
                yield "", time, state, None
                draft.used |= {c.name for c in states if w.same_letter(c.name, state.name)}


def _is_time(column: Column) -> bool:
    if not column.is_number or column.is_date or len(column.different) < FEWEST_TIMES:
        return False
    if _of_calendar(column):
        return False
    if column.cells.isna().mean() > MOST_MISSING:
        return False
    if (column.numbers.dropna() < 0).mean() > FEW_NEGATIVE:
        return False
    if column.about(w.NOT_TIME):
        return bool(w.stem(column.name)) and not column.about({"date", "age"})
    return (
        bool(w.stem(column.name))
        or column.about(w.TIME)
        or w.compact(column.name).endswith("time")
        or w.compact(column.name) == "t"
    )


def _of_calendar(column: Column) -> bool:
    """Say whether numbers count from some day long past, and not from each patient's start."""
    numbers = column.numbers.dropna()
    return len(numbers) >= MANY and numbers.min() > CALENDAR * numbers.max()


def _is_status(column: Column) -> bool:
    if not 1 <= len(column.different) <= 5 or column.is_date:
        return False
    if w.is_baseline_status(column.name):
        return False
    return column.about(w.STATUS) or (bool(w.stem(column.name)) and len(column.different) <= 3)


def _fit(time: Column, state: Column) -> float:
    one, other = w.stem(time.name), w.stem(state.name)
    if one and other:
        return 3.0 if one == other else -1.0
    if one or other:
        return 1.0 if "os" in (one, other) else 0.5
    return 2.0


def _add(draft: Draft, key: str, time: Column, event: Column, code: str | None) -> None:
    status = _stated(event, code) if code else read_status(event, time)
    if not key:
        key = "os"
        draft.unsure(
            "endpoints",
            "os",
            text=f"'{time.name}' with '{event.name}' is taken for overall survival",
        )
    key = _free(key, draft)
    unit, sure = _unit(draft, time)
    draft.used |= {time.name, event.name}
    entry = _names(key) | {"time": time.name, "event": event.name}
    if not status.is_plain:
        status = _confirmed(draft, key, event, status)
        entry |= {"event_codes": status.events}
        if status.censored:
            entry["censored_codes"] = status.censored
    draft.study["endpoints"][key] = entry | {
        "unit": unit,
        "milestones": milestones(time.numbers, unit),
    }
    if not sure:
        draft.unsure(
            "endpoints",
            key,
            text=f"the unit of '{time.name}' is taken for {unit}, from "
            f"its size (middle {time.numbers.median():g}, longest {time.numbers.max():g})",
        )
    if status.unsure:
        draft.unsure("endpoints", key, text=status.unsure)
    draft.events[key] = int(draft.of_arms(event.cells).isin(status.events).sum())
    draft.found.append(
        f"{entry['short']}: time '{time.name}' in {unit}, event '{event.name}' = "
        + " or ".join(event.shown(c) for c in status.events)
    )


def _stated(event: Column, code: str) -> Status:
    """Give the status in which one code, or the one with that label, is stated to be the event."""
    codes = [c for c in event.different if code in (c, event.shown(c))]
    if not codes:
        raise CohortbookError(
            f"'{code}' does not occur in '{event.name}'.",
            "--endpoint",
            "There are: " + ", ".join(event.different) + ".",
        )
    others = [c for c in event.different if c not in codes]
    several = f"in '{event.name}' {' and '.join(others)} are read as censored"
    return Status(codes, others, several if len(others) > 1 else "")


def _names(key: str) -> dict[str, str]:
    stem, _, number = ("", "", "") if key in w.ENDPOINTS else key.rpartition("_")
    known = w.ENDPOINTS.get(stem or key)
    label, short, event, events = known or _own_names(key)
    if known and stem:  # a second one of its kind: by what its results are told apart
        label, short = f"{label} {number}", f"{short} {number}"
    return {"label": label, "short": short, "event_label": event, "events_label": events}


def _own_names(key: str) -> tuple[str, str, str, str]:
    """Name an endpoint of one's own as a time, which can have a median: Time to arrest.

    An abbreviation (gfs) may be a survival already and stays as it is, as do names that say time;
    what the event is they do not say.
    """
    text = key.replace("_", " ")
    short = key.upper() if len(key) <= ABBREVIATION else text[:1].upper() + text[1:]
    if len(key) <= ABBREVIATION or w.mentions(text, ("time", "survival", "free", "duration")):
        return short, short, "event", "events"
    return f"Time to {text}", short, text, "events"


def _free(key: str, draft: Draft) -> str:
    made, number = key, 2
    while made in draft.study["endpoints"]:
        made, number = f"{key}_{number}", number + 1
    draft.keys |= {f"{made}_time", f"{made}_event"}
    return made


def read_status(column: Column, time: Column | None = None) -> Status:
    """Decide which codes of a status are events, from their words, or by custom.

    Of three numbers or more, none of them 0, custom says nothing: those who are alive are taken
    for the ones with the longest times.
    """
    codes = column.different
    shown = {code: column.shown(code).strip().casefold() for code in codes}
    inverted = w.mentions(column.name, w.INVERTED) and not w.mentions(
        column.name, {"dead", "death"}
    )
    events = [code for code in codes if _means(shown[code], w.EVENT, w.NO_EVENT)]
    censored = [code for code in codes if _means(shown[code], w.NO_EVENT, w.EVENT)]
    if events or censored:
        yes_no = {*shown.values()} <= YES_OR_NO
        if inverted and yes_no:
            events, censored = censored, events
        return _worded(column, codes, events, censored)
    several = time is not None and column.is_number and len(codes) > 2
    if several and not column.not_numbers and not (column.numbers == 0).any():
        return _longest_censored(column, time)
    return _numbered(column, codes, inverted)


def _worded(column: Column, codes: list[str], events: list[str], censored: list[str]) -> Status:
    rest = [code for code in codes if code not in events + censored]
    if not events:
        events, rest = rest, []
    unsure = ""
    if rest:
        unsure = f"'{column.name}' has {', '.join(map(column.shown, rest))}: taken as censored"
    return Status(events, [*censored, *rest], unsure)


def _numbered(column: Column, codes: list[str], inverted: bool) -> Status:
    plain = {f"{float(code):g}" if column.is_number else code for code in codes}
    if inverted and "0" in plain:
        rest = [code for code in codes if float(code) != 0]
        return Status(["0"], rest, f"'{column.name}' is read as 0 = event (1 = censored or alive)")
    if plain <= {"0", "1"}:
        doubt = "cens" in w.compact(column.name)
        return Status(
            ["1"],
            ["0"] if "0" in codes else [],
            f"'{column.name}' is read as 1 = event, 0 = censored" if doubt else "",
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


def _confirmed(draft: Draft, key: str, event: Column, status: Status) -> Status:
    guess = event.shown(status.events[0])
    options = [event.shown(code) for code in event.different]
    answer = draft.ask(
        f"{_names(key)['short']}: which value of '{event.name}' is the event?", options, guess
    )
    code = next((c for c in event.different if event.shown(c) == answer), None)
    if code is None or answer == guess:
        return status
    return Status([code], [c for c in event.different if c != code])


def _unit(draft: Draft, time: Column) -> tuple[str, bool]:
    if draft.wishes.unit:
        return draft.wishes.unit, True
    named = w.unit_named(time.name) or w.unit_named(time.label)
    if named:
        return named, True
    found = w.words(time.name)
    for unit, names in w.UNITS.items():
        if found & {name for name in names if len(name) == 1}:
            return unit, True
    values = time.numbers.dropna()
    if not time.whole and LONGEST_YEARS < values.max() <= FIFTY_YEARS:
        guess = "months"  # nobody records parts of days
    elif values.median() > DAYS_FROM or values.max() > LONGEST_MONTHS:
        guess = "days"
    elif values.max() <= LONGEST_YEARS and not time.whole:
        guess = "years"
    else:
        guess = "months"
    answer = draft.ask(f"In what unit is '{time.name}'?", list(w.UNITS), guess)
    return (answer if answer in w.UNITS else guess), False


def milestones(values: pd.Series, unit: str) -> list[int]:
    """Choose three round months within the follow-up at which survival is reported."""
    longest = float(np.nanquantile(values, 0.9) * MONTHS_PER[unit]) if values.notna().any() else 0
    for steps in ([12, 36, 60], [12, 24, 36], [6, 12, 18], [3, 6, 12], [1, 3, 6], [1, 2, 3]):
        if steps[-1] <= longest:
            return steps
    return []


def _add_dated(draft: Draft, columns: dict[str, Column]) -> None:
    """Add the endpoints that dates give and times did not."""
    dates = {c.name: c for c in columns.values() if c.is_date and c.name not in draft.used}
    start = _first(dates, w.START_DATE, (*w.DEATH_DATE, "birth", "dob", "end", "出生"))
    last = _first(
        dates, w.LAST_DATE, ("first", "birth", "start", *w.DEATH_DATE, *w.PROGRESSION_DATE)
    )
    death = _first(dates, w.DEATH_DATE, ("cause",))
    progression = _first(dates, w.PROGRESSION_DATE, ())
    if not start or not (last or death):
        return
    if "os" not in draft.study["endpoints"]:
        _dated(draft, columns, "os", start, last, [death] if death else [])
    if "pfs" not in draft.study["endpoints"] and progression and last:
        _dated(draft, columns, "pfs", start, last, [progression, *([death] if death else [])])


def _first(dates: dict[str, Column], known, against) -> str | None:
    """Give the first date about the first of the words that one is about."""
    for word in known:
        for column in dates.values():
            if column.about((word,)) and not column.about(against):
                return column.name
    return None


def _dated(
    draft: Draft, columns, key: str, start: str, last: str | None, events: list[str]
) -> None:
    entry = _names(_free(key, draft)) | {"start": start}
    status = next(
        (
            c
            for c in columns.values()
            if _is_status(c) and w.stem(c.name) in ("", "os") and c.name not in _timed(draft)
        ),
        None,
    )
    dated_deaths = key == "os" or len(events) > 1
    if not last or not (events or status is not None):
        return
    entry["end"] = last
    if status is not None and not (events and dated_deaths):
        found = read_status(status)
        entry |= {
            "event": status.name,
            "event_codes": found.events,
            **({"censored_codes": found.censored} if found.censored else {}),
        }
        draft.used.add(status.name)
        if found.unsure:
            draft.unsure("endpoints", key, text=found.unsure)
    elif not dated_deaths:
        draft.unsure(
            "endpoints",
            key,
            text="deaths have no date and no status, and are not events of "
            f"{_names(key)['short']} here",
        )
    if events:
        entry["event_dates"] = events
    end, begin = (
        read_dates(columns[name].cells, draft.wishes.dates).values for name in (entry["end"], start)
    )
    days = (end - begin).dt.days
    entry["milestones"] = milestones(days, "days")
    draft.study["endpoints"][key] = entry
    draft.used |= {start, *([last] if last else []), *events}
    happened = [columns[name].cells.notna() for name in events]
    if "event" in entry:
        happened.append(columns[entry["event"]].cells.isin(entry["event_codes"]))
    draft.events[key] = int(draft.of_arms(pd.concat(happened, axis=1).any(axis=1)).sum())
    how = " or ".join(f"'{name}'" for name in [*events, *filter(None, [entry.get("event")])])
    draft.found.append(f"{entry['short']}: from dates, '{start}' to '{entry['end']}', event {how}")
    if not draft.wishes.cutoff:
        draft.comment(
            "endpoints",
            key,
            text="State the data cut-off as a key of its own, such as "
            "cutoff: 2025-06-30, and later events are censored at it.",
        )


def _timed(draft: Draft) -> set[str]:
    """Columns of status that go with a time."""
    return {e["event"] for e in draft.study["endpoints"].values() if "time" in e}

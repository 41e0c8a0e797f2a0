"""Time-to-event endpoints: times with their status, or dates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from ..cohort.derive.dates import read_dates
from ..errors import CohortbookError
from ..study.parts import MONTHS_PER
from ..study.unconfirmed import ENTERED
from ..study.vital import bare
from . import words as w
from .after import BEFORE, OUTCOME, is_of_either
from .columns import Column
from .counting import entry_among
from .draft import Draft
from .pairs import (
    FEWEST_TIMES,
    LOOSE,
    NAMELESS,
    SAME,
    Pair,
    contained_pairs,
    is_status,
    is_time,
    letter_pairs,
    pairs,
    told_by_data,
)
from .phrases import DEATHS, PROGRESSION, RECURRENCE
from .questions import Option, Question
from .status import Status, held_against, of_death, read_status, stated
from .units import Unit, settle_units
from .vocabulary import DEATH_DATE, ENDPOINTS, LAST_DATE, PROGRESSION_DATE, START_DATE, UNITS

MOST = 4
ADDED = "+"  # how the ident of an endpoint begins that somebody added
MOST_STATES = 6
FIRST = ("os", "pfs")
LONGEST_CELL = 40  # letters of a cell that are shown
ABBREVIATION = 4  # letters
SOME_EMPTY = 0.05  # of the patients with a time have nothing in a status of events only
MOSTLY_DATED = 0.9  # of the patients have a date that is of death or of the last contact


def settle_endpoints(draft: Draft, columns: dict[str, Column]) -> None:
    """Put the endpoints into the draft: those asked for, or all that are recognised."""
    entry = _entry(draft, columns)
    found = (
        [_asked_for(draft, columns, text) for text in draft.wishes.endpoints]
        if draft.wishes.endpoints
        else [*pairs(draft, columns)]
        or [*letter_pairs(draft, columns)]
        or [*contained_pairs(draft, columns)]
        or [*told_by_data(draft, columns)]
    )
    found = [
        replace(pair, key="os") if not pair.key and of_death(pair.event) else pair for pair in found
    ]
    if "os" in [pair.key for pair in found]:
        found = [pair for pair in found if pair.key]  # some other time with some other status
    found = _first_ones(draft, [*_answered(draft, columns, found)])
    nameless = sum(not pair.key for pair in found)
    units = settle_units(draft, columns, found)
    for pair in found:
        own = pair.key or (w.key_of(pair.time.name, 1, set()) if nameless > 1 else "")
        _add(draft, columns, replace(pair, key=own), units[pair.ident], not pair.key)
    if not draft.wishes.endpoints:
        _add_dated(draft, columns)
    if not draft.study["endpoints"]:
        del draft.study["endpoints"]
        draft.unsure(
            "endpoints",
            text="no endpoint was recognised; name one with --endpoint os:TIME:EVENT. "
            "What is a baseline variable could not be held against it",
        )
        _leave_out_times(draft, columns)
        return
    _set_aside(draft, columns)
    keys = sorted(draft.study["endpoints"], key=_importance)
    draft.study["endpoints"] = {key: draft.study["endpoints"][key] for key in keys[:MOST]}
    if entry:
        _add_entry(draft, entry)
    if draft.wishes.cutoff:
        draft.study["cutoff"] = draft.wishes.cutoff
        draft.study["after_cutoff"] = "censor"


def _first_ones(draft: Draft, found: list[Pair]) -> list[Pair]:
    """Keep the first endpoints; the others are outcomes all the same, and no baseline variables."""
    first = sorted(range(len(found)), key=lambda place: _importance(found[place].key))[:MOST]
    for place, pair in enumerate(found):
        if place not in first:
            draft.used |= {pair.time.name, pair.event.name}
            draft.comment(
                "endpoints",
                text=f"'{pair.time.name}' with '{pair.event.name}' is left "
                f"out: there are {MOST} endpoints already.",
            )
    return [found[place] for place in sorted(first)]


def _entry(draft: Draft, columns: dict[str, Column]) -> str | None:
    """Find the column of entry; leave out columns of start and stop beside a time of their own."""
    asked = [text.split(":")[1] for text in draft.wishes.endpoints if text.count(":") > 1]
    times = [
        c
        for c in columns.values()
        if c.name in asked or (not asked and c.name not in draft.used and is_time(c))
    ]
    entry, beside = entry_among(draft.patients_from, columns, times)
    for name in beside:
        draft.used.add(name)
        draft.unsure(
            "variables",
            text=f"'{name}' bounds an interval under observation beside a "
            "time of its own, and is left out",
        )
    draft.used |= {entry} - {None}
    return entry


def _add_entry(draft: Draft, entry: str) -> None:
    """Put the entry into the draft: it cannot be told from any other time before the end."""
    units = [spec.get("unit", "") for spec in draft.study["endpoints"].values()]
    unit = next(filter(None, units), None)
    one = unit is not None and set(units) == {unit}
    draft.study["entry"] = {"column": entry} | ({} if one or not unit else {"unit": unit})
    draft.unsure(
        "entry",
        value=entry,
        kind="patients",
        text=f"'{entry}' is taken for the time at which patients came under observation, in the "
        "unit of the endpoints: before it they are not at risk. If it is something else, delete "
        f"this key, or write the study again with --without '{entry}'",
        columns=(entry,),
        confirm=ENTERED,
    )


def _set_aside(draft: Draft, columns: dict[str, Column]) -> None:
    """Name times and statuses that are no endpoint, and the statuses that their times name."""
    free = [
        c
        for c in columns.values()
        if c.name not in draft.used
        and not set(bare(c.name).split()) & BEFORE
        and not is_of_either(c.name)
    ]
    times = [c.name for c in free if is_time(c)]
    timed = [e["time"] for e in draft.study["endpoints"].values() if "time" in e]
    states = [c.name for c in free if is_status(c)]
    states += [
        c.name
        for c in free
        if len(c.different) <= 3
        and len(w.compact(c.name)) > 2
        and any(w.compact(c.name) in w.compact(time) for time in [*times, *timed])
    ]
    draft.aside |= dict.fromkeys([*times, *states], OUTCOME)


def _leave_out_times(draft: Draft, columns: dict[str, Column]) -> None:
    """Take times without a status for no baseline variables."""
    times = [c.name for c in columns.values() if c.name not in draft.used and is_time(c)]
    draft.used |= set(times)
    for name in times:
        draft.unsure(
            "variables",
            text=f"'{name}' could be a time to an event and is left out: no "
            "column says who had the event (if all had it, add a column of 1)",
        )


def _importance(key: str) -> int:
    return FIRST.index(key) if key in FIRST else len(FIRST)


def _asked_for(draft: Draft, columns: dict[str, Column], text: str) -> Pair:
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
    code = parts[3] if len(parts) == 4 else None
    return Pair(key, columns[parts[1]], columns[parts[2]], code)


def _answered(draft: Draft, columns: dict[str, Column], found: list[Pair]) -> Iterator[Pair]:
    """Give the pairs as answered: without those left out, with other columns, and with more."""
    used = {pair.time.name for pair in found} | {pair.event.name for pair in found}
    more = sorted({place[1] for place in draft.answers if place[:1] == ("endpoints",)})
    added = [
        Pair("", columns[time[0]], columns[event[0]], fit=LOOSE, ident=ident)
        for ident in more
        if ident.startswith(ADDED)
        and (time := draft.answers.get(("endpoints", ident, "time")))
        and (event := draft.answers.get(("endpoints", ident, "status")))
        and {time[0], event[0]} <= set(columns)
    ]
    taken: set[str] = set()
    for guess in [*found, *added]:
        pair = replace(guess, ident=guess.ident or guess.time.name)
        while pair.ident in taken:  # a second endpoint with the same time
            pair = replace(pair, ident=f"{pair.ident}'")
        taken.add(pair.ident)
        place = ("endpoints", pair.ident)
        stated = bool(draft.wishes.endpoints) or pair.fit >= NAMELESS
        keep = draft.choose(
            Question(
                (*place, "use"),
                f"Is '{pair.time.name}' with '{pair.event.name}' an endpoint?",
                (Option("yes", "yes"), Option("no", "no, leave it out")),
                ("yes",),
                sure=True,
            )
        )
        if keep.value == ("no",):
            draft.used |= {pair.time.name, pair.event.name}
            draft.sure(
                "variables",
                value=None,
                text="left out: an outcome that is no endpoint here, as answered",
                kind="left out",
                columns=(pair.time.name, pair.event.name),
            )
            continue
        time = draft.choose(
            Question(
                (*place, "time"),
                "Which column is the time?",
                column_options(columns, pair.time, used, like_time),
                (pair.time.name,),
                sure=True,
            )
        )
        status = draft.choose(
            Question(
                (*place, "status"),
                f"Which column says who had the event at '{time.value[0]}'?",
                column_options(columns, pair.event, used, like_status),
                (pair.event.name,),
                sure=stated,
            )
        )
        other = {time.value[0], status.value[0]} != {pair.time.name, pair.event.name}
        yield replace(
            pair,
            time=columns[time.value[0]],
            event=columns[status.value[0]],
            code=None if other else pair.code,
            fit=SAME if status.answered or time.answered else pair.fit,
            key=_what(draft, pair),
        )


def _what(draft: Draft, pair: Pair) -> str:
    """Ask which endpoint a pair is; its key, or "" where nothing says so."""
    choice = draft.choose(what_question(pair.ident, pair, pair.key or "os", bool(pair.key)))
    if not choice.answered:
        return pair.key
    value = choice.value[0]
    return value if value in ENDPOINTS else w.key_of(value, 1, set())


def what_question(ident: str, pair: Pair, guess: str, sure: bool) -> Question:
    """Ask which endpoint a time and a status are, or for a name of its own."""
    options = tuple(
        Option(key, f"{names[1]}, {names[0][:1].lower()}{names[0][1:]}")
        for key, names in ENDPOINTS.items()
    )
    return Question(
        ("endpoints", ident, "what"),
        f"What is '{pair.time.name}' with '{pair.event.name}'?",
        options,
        (guess,),
        sure,
        free=True,
    )


def column_options(
    columns: dict[str, Column], guess: Column, used: set[str], like: Callable[[Column], bool]
) -> tuple[Option, ...]:
    """Give the columns that could take the place of one: it, others of outcomes, then the rest."""
    fit = [c.name for c in columns.values() if like(c)]
    names = dict.fromkeys([guess.name, *(name for name in fit if name in used), *fit])
    return tuple(Option(name, name, _seen(columns[name])) for name in names)


def like_time(column: Column) -> bool:
    return column.is_number and not column.is_date and len(column.different) >= FEWEST_TIMES


def like_status(column: Column) -> bool:
    return 1 <= len(column.different) <= MOST_STATES and not column.is_date


def _seen(column: Column) -> str:
    """Say what a column holds, in a few words: its commonest values, or middle and range."""
    if len(column.different) > MOST_STATES and column.is_number:
        values = column.numbers.dropna()
        return f"{values.min():g} to {values.max():g}, middle {values.median():g}"
    counts = column.known.value_counts()
    return ", ".join(f"{column.shown(code)[:LONGEST_CELL]}: {n}" for code, n in counts.items())


def _add(draft: Draft, columns: dict[str, Column], pair: Pair, unit: Unit, nameless: bool) -> None:
    """Put one endpoint into the draft, with what is unsure about it."""
    time, event = pair.time, pair.event
    key = _free(pair.key or "os", draft)
    draft.idents[key] = pair.ident
    status = stated(event, pair.code) if pair.code else read_status(event, time, pair.key)
    status, event = _with_empty(status, time, event)
    columns[event.name], pair = event, replace(pair, event=event)
    if not pair.code:
        status = held_against(status, key, time, event, columns)
        status = _with_deaths(status, key, event)
    draft.used |= {time.name, event.name}
    entry = names_of(key) | {"time": time.name, "event": event.name}
    status = _confirmed(draft, pair, key, status, columns)
    if not status.is_plain:
        entry |= {"event_codes": status.events}
        if status.censored:
            entry["censored_codes"] = status.censored
    draft.study["endpoints"][key] = entry | {
        "unit": unit.unit,
        "milestones": milestones(time.numbers, unit.unit),
    }
    names = (time.name, event.name)
    _say_what(draft, key, pair, nameless)
    _say_pair(draft, key, pair)
    say = draft.sure if unit.sure else draft.unsure
    say(
        "endpoints",
        key,
        "unit",
        value=unit.unit,
        text=unit.reason,
        kind="unit",
        evidence=unit.evidence,
        columns=(time.name,),
        alternatives=[other for other in UNITS if other != unit.unit],
        **({} if unit.sure else {"confirm": f"endpoints.{key}.unit"}),
    )
    happened = draft.of_arms(event.cells).isin(status.events)
    draft.events[key] = int(happened.sum())
    _say_event(draft, key, event, status, names)


def _with_empty(status: Status, time: Column, event: Column) -> tuple[Status, Column]:
    """Read the empty cells of a status as no event where nothing else says that there was none.

    Many tables hold a 1, an x or a yes for those who died and nothing for the others: left out,
    only the dead would be followed.
    """
    empty = event.cells.isna() & time.cells.notna()
    many = empty.sum() >= SOME_EMPTY * time.cells.notna().sum()
    if status.censored or not empty.any() or not many or set(event.different) - {*status.events}:
        return status, event
    none = "0" if event.is_number else "no"
    codes = " or ".join(event.shown(code)[:LONGEST_CELL] for code in status.events)
    said = (
        f"in '{event.name}' only {codes} occurs: its {int(empty.sum())} empty cells beside a time "
        f"are read as no event, and written as {none}"
    )
    said = f"{status.unsure}; {said}" if status.unsure else said
    filled = replace(event, cells=event.cells.mask(empty, none))
    return replace(status, censored=[none], unsure=said), filled


def _say_event(
    draft: Draft, key: str, event: Column, status: Status, columns: tuple[str, ...]
) -> None:
    """Say which value of a status is the event, and why or that it is unsure."""
    happened, known = event.cells.isin(status.events), event.cells.notna()
    counts = f"{int(draft.of_arms(happened).sum())} of {int(draft.of_arms(known).sum())} have it"
    say = draft.unsure if status.unsure else draft.sure
    say(
        "endpoints",
        key,
        "event",
        value=tuple(status.events),
        text=status.unsure
        or f"'{event.name}' = {_codes(event, status.events)} is the event, {status.reason}",
        kind="event",
        evidence=(counts, *status.against),
        columns=columns,
        alternatives=[code for code in event.different if code not in status.events],
        **({"confirm": f"endpoints.{key}.event"} if status.unsure else {}),
    )


def _with_deaths(status: Status, key: str, event: Column) -> Status:
    """Doubt that deaths are events where the status of such an endpoint names one event only."""
    found = set(bare(f"{event.name} {event.label}").split())
    one = found & (PROGRESSION | RECURRENCE) and not found & (DEATHS | {key})
    if key not in ("pfs", "dfs") or not one or status.unsure:
        return status
    return replace(
        status,
        unsure=f"deaths without one may not be events in '{event.name}', and "
        f"are events of {names_of(key)['short']}",
    )


def _codes(event: Column, codes: list[str]) -> str:
    return " or ".join(event.shown(code)[:LONGEST_CELL] for code in codes)


def _say_what(draft: Draft, key: str, pair: Pair, nameless: bool) -> None:
    """Say what the endpoint is, which only a name or label can tell."""
    names, place = (pair.time.name, pair.event.name), f"endpoints.{key}.label"
    common = {"value": key, "kind": "endpoint", "columns": names}
    answered = draft.questions["endpoints", pair.ident, "what"].answered
    if draft.wishes.endpoints or not nameless or answered:
        text = "as answered" if answered else "by the names of its columns"
        draft.sure("endpoints", key, "label", text=text, **common)
    elif pair.key:
        draft.unsure(
            "endpoints",
            key,
            "label",
            confirm=place,
            **common,
            text=f"say what '{names[0]}' with '{names[1]}' is",
        )
    else:
        draft.unsure(
            "endpoints",
            key,
            "label",
            confirm=place,
            **common,
            text=f"'{names[0]}' with '{names[1]}' is taken for overall survival",
        )


def _say_pair(draft: Draft, key: str, pair: Pair) -> None:
    """Say that a time and a status belong together, unless their names do."""
    names = (pair.time.name, pair.event.name)
    common = {"value": names, "kind": "pair", "columns": names}
    if draft.wishes.endpoints or pair.fit >= NAMELESS:
        draft.sure("endpoints", key, "time", text="by their names", **common)
    else:
        draft.unsure(
            "endpoints",
            key,
            "time",
            confirm=f"endpoints.{key}.time",
            **common,
            text=f"'{names[0]}' is taken to belong to '{names[1]}', which its name does not say",
        )


def names_of(key: str) -> dict[str, str]:
    stem, _, number = ("", "", "") if key in ENDPOINTS else key.rpartition("_")
    known = ENDPOINTS.get(stem or key)
    label, short, event, events = known or _ownnames_of(key)
    if known and stem:  # a second one of its kind: by what its results are told apart
        label, short = f"{label} {number}", f"{short} {number}"
    return {"label": label, "short": short, "event_label": event, "events_label": events}


def _ownnames_of(key: str) -> tuple[str, str, str, str]:
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


def event_question(
    draft: Draft, pair: Pair, short: str, guess: tuple[str, ...], sure: bool, why: str
) -> Question:
    """Ask which values of a status are the event, with their counts and middle times."""
    event, known = pair.event, draft.of_arms(pair.event.known)
    middle = pair.time.numbers.groupby(event.cells).median()
    options = tuple(
        Option(
            code,
            event.shown(code)[:LONGEST_CELL],
            f"{int((known == code).sum())} patients, middle time {middle.get(code, np.nan):g}",
        )
        for code in event.different
    )
    return Question(
        ("endpoints", pair.ident, "event"),
        f"{short}: which value of '{event.name}' is the event?",
        options,
        guess,
        sure,
        most=max(1, len(options) - 1),
        why=why,
    )


def _confirmed(
    draft: Draft, pair: Pair, key: str, status: Status, columns: dict[str, Column]
) -> Status:
    """Ask which values are the event; an answer makes it sure."""
    event = pair.event
    why = "; ".join([status.unsure or status.reason, *status.against])
    choice = draft.choose(
        event_question(
            draft, pair, names_of(key)["short"], tuple(status.events), not status.unsure, why
        )
    )
    if not choice.answered:
        return status
    events = [code for code in event.different if code in choice.value]
    rest = [code for code in event.different if code not in events]
    answer = Status(events, rest, reason="as answered")
    # what the data say against an answer is shown, and check warns of it; it stays the answer
    return replace(held_against(answer, key, pair.time, event, columns), unsure="")


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
    start = _first(dates, START_DATE, (*DEATH_DATE, "birth", "dob", "end", "出生"))
    either = {n: c for n, c in dates.items() if _of_death_or_contact(c)}
    alone = {name: column for name, column in dates.items() if name not in either}
    last = _first(alone, LAST_DATE, ("first", "birth", "start", *DEATH_DATE, *PROGRESSION_DATE))
    last = last or next(iter(either), None)
    death = _first(alone, DEATH_DATE, ("cause",))
    progression = _first(dates, PROGRESSION_DATE, ())
    if not start or not (last or death):
        return
    if "os" not in draft.study["endpoints"]:
        _dated(draft, columns, "os", start, last, [death] if death else [])
    if "pfs" not in draft.study["endpoints"] and progression and last:
        _dated(draft, columns, "pfs", start, last, [progression, *([death] if death else [])])


def _of_death_or_contact(date: Column) -> bool:
    """Say whether a date is of death in those who died and of the last contact in the others."""
    of_both = (
        date.about(DEATH_DATE) and date.about(LAST_DATE) and not date.about(("cause", "birth"))
    )
    return of_both and len(date.known) > MOSTLY_DATED * len(date.cells)


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
    entry = names_of(_free(key, draft)) | {"start": start}
    status = next(
        (
            c
            for c in columns.values()
            if is_status(c) and w.stem(c.name) in ("", "os") and c.name not in _timed(draft)
        ),
        None,
    )
    dated_deaths = key == "os" or len(events) > 1
    if not last or not (events or status is not None):
        return
    entry["end"] = last
    end, begin = (
        read_dates(columns[name].cells, draft.wishes.dates).values for name in (last, start)
    )
    days = (end - begin).dt.days
    if status is not None and not (events and dated_deaths):
        entry |= _dated_status(draft, columns, key, status, days)
    elif not dated_deaths:
        draft.unsure(
            "endpoints",
            key,
            kind="event",
            text="deaths have no date and no status, and are not events of "
            f"{names_of(key)['short']} here",
            confirm=f"endpoints.{key}.event",
        )
    if events:
        entry["event_dates"] = events
    entry["milestones"] = milestones(days, "days")
    draft.study["endpoints"][key] = entry
    draft.used |= {start, *([last] if last else []), *events}
    happened = [columns[name].cells.notna() for name in events]
    if "event" in entry:
        happened.append(columns[entry["event"]].cells.isin(entry["event_codes"]))
    draft.events[key] = int(draft.of_arms(pd.concat(happened, axis=1).any(axis=1)).sum())
    if not draft.wishes.cutoff:
        draft.comment(
            "endpoints",
            key,
            text="State the data cut-off as a key of its own, such as "
            "cutoff: 2025-06-30, and later events are censored at it.",
        )


def _dated_status(
    draft: Draft, columns: dict[str, Column], key: str, event: Column, days: pd.Series
) -> dict[str, object]:
    """Give the keys of the status that ends an endpoint of dates, and say what is unsure of it."""
    time = Column(f"{key} days", days.map("{:g}".format, na_action="ignore").astype(object))
    status, event = _with_empty(read_status(event, time, "os"), time, event)
    columns[event.name] = event
    status = held_against(status, "os", time, event, columns)
    if event.name not in draft.used:  # else asked already, for the endpoint before this one
        status = _confirmed(draft, Pair(key, time, event, ident=key), key, status, columns)
    elif before := next(_with_status(draft, event.name), None):
        entry = draft.study["endpoints"][before]
        doubt = status.unsure if f"endpoints.{before}.event" in draft.unconfirmed else ""
        status = Status(entry["event_codes"], entry.get("censored_codes", []), doubt, "as before")
    draft.used.add(event.name)
    _say_event(draft, key, event, status, (event.name,))
    if w.stem(event.name) != "os" and not of_death(event):
        draft.unsure(
            "endpoints",
            key,
            "time",
            kind="pair",
            value=(event.name,),
            columns=(event.name,),
            confirm=f"endpoints.{key}.time",
            text=f"'{event.name}' is taken to say who died, which its name does not say",
        )
    entry: dict[str, object] = {"event": event.name, "event_codes": status.events}
    return entry | ({"censored_codes": status.censored} if status.censored else {})


def _with_status(draft: Draft, name: str) -> Iterator[str]:
    """Name the endpoints whose status is a column."""
    return (key for key, entry in draft.study["endpoints"].items() if entry.get("event") == name)


def _timed(draft: Draft) -> set[str]:
    """Columns of status that go with a time."""
    return {e["event"] for e in draft.study["endpoints"].values() if "time" in e}

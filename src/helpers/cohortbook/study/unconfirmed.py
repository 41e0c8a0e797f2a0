"""What a study file takes for true and nobody has confirmed: held back, and said in every report.

`new` cannot know everything from a table. What it could only guess, and a report would print as
fact, stands under `unconfirmed` in the study file until somebody deletes the line: a name that is
not confirmed (overall survival, RECIST 1.1, the treatment) is not printed, and of what results
rest on (which value is the event, the unit of a time) the report says that it is not confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

DATA, EXPOSURE, ARMS, CRITERIA = "data", "texts.exposure", "arms", "response.criteria"
ADVERSE = "adverse_events.criteria"
READING, MEASURED, ENTERED = "tables.reading", "measurements.time", "entry"
OF_ENDPOINT = ("label", "event", "unit", "time")
PLAIN = (DATA, EXPOSURE, ARMS, CRITERIA, ADVERSE, READING, MEASURED)
NOT_STATED = "criteria that are not confirmed"
GROUP = "group"
DERIVED = re.compile(
    r" \((?:(?:event|time) of .+|entry)\)$"
)  # of a column that the study had derived
EVENT = {"event_label": "event", "events_label": "events"}


def known_places(study: Any) -> list[str]:
    """Name what can be unconfirmed in a study."""
    return [
        *PLAIN,
        *([ENTERED] if study.entry else []),
        *(f"endpoints.{key}.{what}" for key in study.endpoints for what in OF_ENDPOINT),
        *(f"variables.{key}.unit" for key, spec in study.variables.items() if spec.unit),
    ]


def wrong_places(study: Any) -> Iterator[str]:
    """Say of each entry under `unconfirmed` that names nothing what it could name."""
    known = known_places(study)
    for place in study.unconfirmed:
        if place not in known:
            yield f"unconfirmed: no '{place}'; there are {', '.join(known)}"


def held_back(study: Any) -> Any:
    """Give the study with neutral names where what would be printed is not confirmed.

    An endpoint becomes a time to the event, deaths become events, the treatment a group, the
    criteria of response criteria that are not confirmed. Its keys stay, and so does every number.
    """
    changes: dict[str, Any] = {}
    places = set(study.unconfirmed)
    nameless = [key for key in study.endpoints if f"endpoints.{key}.label" in places]
    doubtful = [key for key in study.endpoints if f"endpoints.{key}.event" in places]
    if nameless or doubtful:
        changes["endpoints"] = {
            key: spec.model_copy(
                update=_neutral(nameless, key)
                if key in nameless
                else EVENT
                if key in doubtful
                else {}
            )
            for key, spec in study.endpoints.items()
        }
    if EXPOSURE in places:
        changes["texts"] = study.texts.model_copy(update={"exposure": GROUP})
    for place, part in ((CRITERIA, "response"), (ADVERSE, "adverse_events")):
        if place in places and getattr(study, part):
            spec = getattr(study, part)
            changes[part] = spec.model_copy(update={"criteria": NOT_STATED})
    return study.model_copy(update=changes) if changes else study


def _neutral(nameless: list[str], key: str) -> dict[str, str]:
    number = f" {nameless.index(key) + 1}" if len(nameless) > 1 else ""
    return {"label": f"Time to event{number}", "short": f"TTE{number}", **EVENT}


def told(study: Any) -> list[str]:
    """Say what is not confirmed, in phrases: the unit of OS, read as months.

    Parameters
    ----------
    study : Study
        Its names may be held back already.
    """
    places = [place for place in study.unconfirmed if not (place == DATA and study.synthetic)]
    return [_phrase(study, place) for place in places]


def _phrase(study: Any, place: str) -> str:
    if place == ENTERED:
        return f"that patients came under observation at '{_source(study.entry.column)}'"
    if place in PLAIN:
        return {
            DATA: "that the data are of real patients",
            EXPOSURE: "that the arms are treatments",
            ARMS: f"that '{study.columns.arm}' gives the arms",
            CRITERIA: "the criteria of response",
            ADVERSE: "the criteria of adverse events",
            READING: "how numbers or dates that can be read in two ways were read",
            MEASURED: "that measurements are timed in months",
        }[place]
    part, key, what = place.split(".")
    if part == "variables":
        variable = study.variables[key]
        return f"that '{variable.label}' is in {variable.unit}"
    return _of_endpoint(study.endpoints[key], what)


def _of_endpoint(spec: Any, what: str) -> str:
    source = _source(spec.time or f"{spec.start} to {spec.end}")
    event = _source(spec.event or "")
    dates = " or ".join(f"'{column}'" for column in spec.event_dates)
    codes = " or ".join(spec.event_codes or ["1"])
    return {
        "label": f"what '{source}' is a time to",
        "time": f"that '{source}' belongs to '{event}'",
        "unit": f"that '{source}' is in {spec.unit}",
        "event": f"that {codes} in '{event}' is the event of {spec.short}"
        if event
        else f"that {dates} gives every event of {spec.short}",
    }[what]


def _source(column: str) -> str:
    """Name what a column was derived from, or the column itself."""
    return DERIVED.sub("", column)


def sentence(study: Any) -> str:
    """Give one sentence on all that is not confirmed; "" where all is."""
    phrases = told(study)
    if not phrases:
        return ""
    listed = phrases[0] if len(phrases) == 1 else f"{', '.join(phrases[:-1])} and {phrases[-1]}"
    return f"Not confirmed by the authors: {listed}."

"""What the page shows, as plain values for its template: no numbers of its own, no HTML but SVG."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import Problem
from ..intake.columns import Column
from ..intake.covariates import OUT
from ..intake.draft import RIGHT, Draft
from ..intake.guess import KINDS, Guess, worst_first
from ..intake.overview import Seen, arm_sizes, endpoints_seen, left_out
from ..intake.questions import Place, Question
from .pictures import curves, histogram, shares
from .state import Setup

MOST_RADIOS = 4
MOST_PROBLEMS = 40
MOST_VALUES = 6  # categories that are named with their counts
DATA, EXPOSURE = ("data",), ("texts", "exposure")
QUESTIONS = {"event": "event", "unit": "unit", "label": "what", "time": "status"}
LONGEST = 60  # letters of a cell that are shown


@dataclass(frozen=True)
class Control:
    """One question as a form: `kind` is radio, choice, several or text."""

    question: Question
    label: str
    hidden_label: bool = False

    @property
    def id(self) -> str:
        """A name in the page that stays the same as answers change."""
        return "q" + hashlib.sha256(self.place.encode()).hexdigest()[:10]

    @property
    def place(self) -> str:
        """The place as text."""
        return json.dumps(self.question.place)

    @property
    def kind(self) -> str:
        """How it is asked."""
        if not self.question.options:
            return "text"
        if self.question.free:
            return "choice"
        if self.question.most > 1:
            return "several"
        few = len(self.question.options) <= MOST_RADIOS and not self.hidden_label
        return "radio" if few else "choice"

    @property
    def open(self) -> bool:
        """Whether it is a guess that waits for somebody to call it right."""
        return not (self.question.sure or self.question.answered or self.question.place == DATA)

    @property
    def own(self) -> str:
        """An answer in somebody's own words, "" where it is one of the options."""
        known = {option.value for option in self.question.options}
        return next((value for value in self.question.value if value not in known), "")


@dataclass(frozen=True)
class EndpointCard:
    """One endpoint: its counts and curve, its questions, what speaks for and against it."""

    seen: Seen | None
    title: str
    key: str
    ident: str
    place: str
    picture: str
    controls: tuple[Control, ...]
    swap: tuple[str, ...]
    event_place: str
    reasons: tuple[tuple[bool, str], ...]


@dataclass(frozen=True)
class ColumnRow:
    """One column of the patients: what it was taken for and why, what it holds, its questions."""

    name: str
    taken: str
    why: str
    unsure: bool
    picture: str
    values: str
    use: Control | None
    cox: Control | None
    label: Control | None


@dataclass(frozen=True)
class Doubt:
    """One guess that is unsure: its text, and the answer that calls it right."""

    kind: str
    text: str
    place: str
    values: tuple[str, ...]
    anchor: str


def control(draft: Draft, place: Place, label: str = "", hidden: bool = False) -> Control | None:
    """Give a question of the draft as a form; None if it is not asked."""
    question = draft.questions.get(place)
    return None if question is None else Control(question, label or question.text, hidden)


def doubts(setup: Setup) -> list[Doubt]:
    """Give what is unsure, the worst first."""
    draft = setup.settled.draft
    found = [_doubt(draft, guess) for guess in worst_first(draft.guesses)]
    exposure = draft.questions.get(EXPOSURE)
    told = any(doubt.place == json.dumps(EXPOSURE) for doubt in found)
    if exposure is not None and not (exposure.sure or exposure.answered or told):
        text = f"The arms are taken to differ in the {exposure.value[0]}."
        found.append(Doubt("Arms", text, json.dumps(EXPOSURE), exposure.value, "arms"))
    return found


def _doubt(draft: Draft, guess: Guess) -> Doubt:
    asked = draft.questions.get(_asked(draft, guess))
    right = asked is not None and not asked.answered and not asked.sure
    return Doubt(
        KINDS[guess.kind],
        _sentence(guess.text),
        json.dumps(asked.place if right else [RIGHT, guess.text]),
        asked.value if right else ("yes",),
        _anchor(guess),
    )


def _asked(draft: Draft, guess: Guess) -> Place:
    """Give the place of the question that a guess answers, if there is one."""
    if guess.place[:1] == ("endpoints",) and len(guess.place) == 3:
        _, key, what = guess.place
        return ("endpoints", draft.idents.get(key, key), QUESTIONS.get(what, what))
    first = guess.place[0] if guess.place else ""
    known = {"reference_arm": ("reference_arm",), "response": ("response", "criteria")}
    return guess.place if guess.place in (DATA, EXPOSURE) else known.get(first, ())


def _sentence(text: str) -> str:
    text = text.split("; --", 1)[0]  # what to write on a command line is no help here
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _anchor(guess: Guess) -> str:
    if guess.place[:1] == ("endpoints",) and len(guess.place) > 1:
        return f"endpoint-{guess.place[1]}"
    if guess.kind == "arms":
        return "arms"
    return "columns" if guess.kind in ("variable", "left out") else ""


def endpoint_cards(setup: Setup) -> list[EndpointCard]:
    """Give a card for each endpoint of the draft."""
    draft = setup.settled.draft
    seen = {one.key: one for one in endpoints_seen(draft, setup.settled.study)}
    return [
        _card(draft, key, entry, seen.get(key))
        for key, entry in draft.study.get("endpoints", {}).items()
    ]


def _card(draft: Draft, key: str, entry: dict, seen: Seen | None) -> EndpointCard:
    ident = draft.idents.get(key, key)
    place = ("endpoints", ident)
    labels = {
        "what": "What it is",
        "time": "Time",
        "status": "Status",
        "event": "The event is",
        "unit": "Unit of the time",
    }
    controls = [control(draft, (*place, what), label) for what, label in labels.items()]
    event = draft.questions.get((*place, "event"))
    swap = (
        tuple(o.value for o in event.options if o.value not in event.value)
        if event is not None
        else ()
    )
    arms = [(arm["code"], arm["label"], arm["color"]) for arm in draft.study["arms"]]
    said = f"Kaplan-Meier curves of {entry['label']} by arm: {seen.counts}" if seen else ""
    return EndpointCard(
        seen,
        entry["label"],
        key,
        ident,
        json.dumps([*place, "use"]),
        curves(seen.frame, arms, said) if seen else "",
        tuple(c for c in controls if c is not None),
        swap,
        json.dumps([*place, "event"]),
        tuple(_reasons(draft, key)),
    )


def _reasons(draft: Draft, key: str) -> Iterator[tuple[bool, str]]:
    for guess in draft.guesses:
        if guess.place[:2] == ("endpoints", key):
            yield guess.sure, _sentence(guess.text)


def new_endpoint(setup: Setup) -> dict[str, list[str]]:
    """Give the columns that a further endpoint could be made of: times, and statuses."""
    draft = setup.settled.draft
    found: dict[str, list[str]] = {"time": [], "status": []}
    for column in columns(setup).values():
        if column.is_number and not column.is_date and len(column.different) > MOST_VALUES:
            found["time"].append(column.name)
        elif 1 <= len(column.different) <= MOST_VALUES and not column.is_date:
            found["status"].append(column.name)
    number = sum(place[1].startswith("+") for place in draft.answers if place[0] == "endpoints")
    return {**found, "ident": [f"+{number + 1}"]}


def columns(setup: Setup) -> dict[str, Column]:
    """Give the columns of the patients with the names and labels of the export."""
    draft, known = setup.settled.draft, {}
    for source in setup.sources:
        known.update(source.columns)
    table = draft.tables["patients"]
    return {
        name: Column(
            name,
            table[name],
            known[name].label if name in known else "",
            known[name].level_labels if name in known else {},
            known[name].declared_date if name in known else False,
        )
        for name in map(str, table.columns)
    }


def column_rows(setup: Setup) -> list[ColumnRow]:
    """Give every column: those with a role, the baseline variables, and what was left out."""
    draft = setup.settled.draft
    out = {name: reason for reason, names in left_out(draft).items() for name in names}
    unsure = {
        name: guess.text for guess in draft.guesses if not guess.sure for name in guess.columns
    }
    return [_row(draft, column, out, unsure, setup.by) for column in columns(setup).values()]


def _row(
    draft: Draft, column: Column, out: dict[str, str], unsure: dict[str, str], by: str
) -> ColumnRow:
    name = column.name
    who = name == draft.study["columns"]["patient_id"]
    use = control(draft, ("variables", name), f"Use of {name}", hidden=True)
    cox = control(draft, ("cox", name), f"Covariate, reference of {name}", hidden=True)
    taken, why = _taken(draft, column, out, use, by)
    numeric = column.is_number and not column.is_date
    many = numeric and len(column.different) > MOST_VALUES
    counts = column.known.value_counts()
    shown = [] if who or column.is_date or (not many and len(counts) > 2 * MOST_VALUES) else [1]
    picture = ""
    if shown:
        picture = histogram(column.numbers) if many else shares([*counts])
    return ColumnRow(
        name,
        taken,
        unsure.get(name, why),
        name in unsure,
        picture,
        _values(column, who, many),
        use,
        cox if use and use.question.value != (OUT,) else None,
        control(draft, ("labels", name), f"Name of {name} in the report", hidden=True),
    )


def _taken(
    draft: Draft, column: Column, out: dict[str, str], use: Control | None, by: str
) -> tuple[str, str]:
    """Say what a column was taken for, and why."""
    role = _roles(draft).get(column.name)
    if role is not None:
        return role
    if column.name in out or use is None:
        return "left out", out.get(column.name, "has no use in the report")
    kinds = {option.value: option.shown for option in use.question.options}
    why = "as answered" if use.question.answered else by
    return f"baseline, {kinds.get(use.question.value[0], '')}", why


def _roles(draft: Draft) -> dict[str, tuple[str, str]]:
    """Give the columns that are no baseline variables but have a use: what, and why."""
    study, found = draft.study, {}
    for key in ("column", "change"):
        found[study.get("response", {}).get(key)] = ("response", "an outcome")
    for entry in study.get("endpoints", {}).values():
        parts = {"time": "time", "event": "status", "start": "start", "end": "end of follow-up"}
        names = [(entry.get(key), what) for key, what in parts.items()]
        names += [(name, "event") for name in entry.get("event_dates", [])]
        found |= {name: (f"{what} of {entry['short']}", "an outcome") for name, what in names}
    entered = study.get("entry", {}).get("column")
    found[entered] = ("time of entry", "before it a patient is not at risk")
    began = study.get("treatment_start", {}).get("column")
    found[began] = ("start of treatment", "before it a patient is untreated")
    found[study["columns"]["arm"]] = ("arm", "gives the arms that are compared")
    found[study["columns"]["patient_id"]] = ("identifier", "names the patients; not shown here")
    found.pop(None, None)
    return found


def _values(column: Column, who: bool, many: bool) -> str:
    missing = int(column.cells.isna().sum())
    said = f"; {missing} missing" if missing else ""
    if who:
        return f"{len(column.different)} different{said}"
    if many:
        values = column.numbers.dropna()
        return (
            f"{values.min():g} to {values.max():g}, middle {values.median():g}{said}"
            if len(values)
            else f"no numbers{said}"
        )
    counts = column.known.value_counts()
    if column.is_date or len(counts) > 2 * MOST_VALUES:
        return f"{len(counts)} different{said}"
    shown = [f"{column.shown(code)[:LONGEST]}: {n}" for code, n in [*counts.items()][:MOST_VALUES]]
    more = f" and {len(counts) - MOST_VALUES} more" if len(counts) > MOST_VALUES else ""
    return f"{', '.join(shown)}{more}{said}"


def arms(setup: Setup) -> list[dict[str, object]]:
    """Give each arm with its size and the form of its name, the reference arm first."""
    draft = setup.settled.draft
    colours = {arm["code"]: arm["color"] for arm in draft.study["arms"]}
    return [
        {
            "code": code,
            "name": name,
            "size": size,
            "colour": colours[code],
            "reference": draft.has_arms and code == draft.study["reference_arm"],
            "label": control(draft, ("arms", code, "label"), f"Name of {name} in the report"),
        }
        for code, name, size in arm_sizes(draft, setup.settled.study)
    ]


def dropped(setup: Setup) -> list[tuple[str, str]]:
    """Give the endpoints that were left out by an answer: the place to take one back, its name."""
    return [
        (json.dumps(place), f"'{place[1]}'")
        for place, values in setup.answers.items()
        if place[0] == "endpoints" and place[-1] == "use" and values == ("no",)
    ]


def problems(setup: Setup) -> list[tuple[str, str, int]]:
    """Give what `check` finds by kind, errors first: severity, the first of its kind, how often."""
    kinds: dict[tuple[str, ...], list[Problem]] = {}
    for one in setup.settled.study.problems:
        kinds.setdefault(one.kind, []).append(one)
    rows = [
        (found[0].severity, str(found[0]), sum(one.times for one in found))
        for found in kinds.values()
    ]
    return sorted(rows, key=lambda row: row[0] != "error")[:MOST_PROBLEMS]

"""A study that exists, as a draft: its study file with what is answered, nothing guessed anew.

What the file says is taken for said. The questions are those of `new`, their guesses what stands in
the file; what is answered changes the keys of the file, and no others.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from ..cohort.cohort import StudyFiles, read_study
from ..cohort.tables_in import read_table
from ..study.study import STUDY_FILE, Study, study_of
from ..study.unconfirmed import ARMS, CRITERIA, DATA, EXPOSURE, told
from ..study.yaml_in import read_yaml, read_yaml_file
from . import words as w
from .arms import GROUPS, TREATMENT, arm_options, settle_arms
from .columns import Column
from .covariates import (
    CATEGORIES,
    IN,
    NUMBER,
    OUT,
    covariate_question,
    kind_question,
    label_question,
    variable_entry,
)
from .create import data_question
from .draft import RIGHT, Draft, Wishes
from .endpoints import (
    ADDED,
    column_options,
    event_question,
    like_status,
    like_time,
    names_of,
    settle_endpoints,
    what_question,
)
from .guess import Guess
from .pairs import Pair
from .questions import Answers, Option, Question
from .units import unit_question

OF_PLACE = {"label": "what", "event": "event", "unit": "unit", "time": "status"}
KINDS = {"label": "endpoint", "event": "event", "unit": "unit", "time": "pair"}
ARM_COLUMN, ARMS_CHOSEN, REFERENCE = ("columns", "arm"), ("arms",), ("reference_arm",)
NOT_NAMED = "is not in the study file"


def draft_again(folder: Path, answers: Answers) -> tuple[dict[str, Any], Draft, StudyFiles]:
    """Give what a study file says after some answers, as a draft, and as a report reads it.

    Returns
    -------
    (dict, Draft, StudyFiles)
        The keys of the study file; the draft of them; the study read with them.

    Raises
    ------
    StudyError
        If the answers make it a study that cannot be used.
    """
    said = read_yaml_file(folder / STUDY_FILE)
    study = study_of(dict(said))
    columns = _columns(folder, study)
    said = _answered(copy.deepcopy(said), study, columns, answers)
    # as it is written: a study that was read has derived columns in place of those of the file
    study = study_of(read_yaml(yaml.safe_dump(said, allow_unicode=True)))
    return said, _draft(study, columns, answers), read_study(folder, said=said)


def _columns(folder: Path, study: Study) -> dict[str, Column]:
    """Give the columns of the patients as the file has them, their codes named by the study."""
    table = read_table(folder, study.tables.patients, study.reading("patients")).table
    table = pd.DataFrame() if table is None else table
    labels: dict[str, dict[str, str]] = {}
    for key, spec in study.variables.items():
        levels = {one.code: one.label for one in (spec.levels or []) if one.label}
        labels[spec.column or key] = levels
    return {
        name: Column(name, table[name], "", labels.get(name, {}))
        for name in map(str, table.columns)
    }


# what is answered, put into the keys of the file


def _answered(said: dict, study: Study, columns: dict[str, Column], answers: Answers) -> dict:
    confirmed: set[str] = set()
    _arms_changed(said, columns, answers)
    _endpoints_added(said, columns, answers)
    known = {text: place for place, text in _told(study_of(dict(said)))}
    for place, values in answers.items():
        match place:
            case ("texts", key):
                said["texts"][key] = values[0]
                confirmed.add(EXPOSURE if key == "exposure" else "")
            case ("data",) if values != ("",):
                confirmed.add(DATA)
                if values == ("synthetic",):
                    said["synthetic"] = "true"
            case ("arms", code, "label"):
                for arm in said["arms"]:  # of an arm that is no longer one nothing is left
                    arm["label"] = values[0] if str(arm["code"]) == code else arm["label"]
            case ("reference_arm",) if values[0] in {str(arm["code"]) for arm in said["arms"]}:
                said["reference_arm"] = values[0]
            case ("response", "criteria"):
                said["response"]["criteria"] = values[0]
                confirmed.add(CRITERIA)
            case ("endpoints", key, what) if key in said.get("endpoints", {}):
                _endpoint(said, columns, key, what, values)
                confirmed |= {f"endpoints.{key}.{k}" for k, v in OF_PLACE.items() if v == what}
            case ("variables" | "labels" | "cox", name) if name in columns:
                _variable(said, columns[name], place[0], values[0])
            case (one, text) if one == RIGHT:
                confirmed.add(known.get(text, ""))
    if "unconfirmed" in said:
        endpoints = said.get("endpoints", {})
        said["unconfirmed"] = [
            entry
            for entry in said["unconfirmed"]
            if entry not in confirmed
            and (not entry.startswith("endpoints.") or entry.split(".")[1] in endpoints)
        ]
    return said


def _arms_changed(said: dict, columns: dict[str, Column], answers: Answers) -> None:
    """Take another column for the arm, or two other arms of it, as `new` takes them."""
    given = {place: answers[place] for place in (ARM_COLUMN, ARMS_CHOSEN) if place in answers}
    if not given:
        return
    if REFERENCE in answers:
        given[REFERENCE] = answers[REFERENCE]
    now = said["columns"]["arm"]
    chosen = given.setdefault(ARM_COLUMN, (now if now in columns else "",))[0]
    if ARMS_CHOSEN in given and not {*given[ARMS_CHOSEN]} <= {*columns[chosen].different}:
        del given[ARMS_CHOSEN]  # they were arms of another column
    if not chosen or {*given.get(REFERENCE, ())} - {*columns[chosen].different}:
        given.pop(REFERENCE, None)
    draft = Draft(Wishes(arm=chosen or None, single_arm=not chosen), answers=given, shown=True)
    draft.study = {"columns": {}, "texts": {}}
    settle_arms(draft, columns)
    said["columns"]["arm"] = draft.study["columns"]["arm"]
    said |= {key: draft.study[key] for key in ("arms", "reference_arm")}
    said.pop("other_arms", None)
    if "other_arms" in draft.study:
        said["other_arms"] = draft.study["other_arms"]
    if chosen in columns:
        _variable(said, columns[chosen], "variables", OUT)
    rest = [place for place in said.get("unconfirmed", []) if place not in (ARMS, EXPOSURE)]
    open_ = [*rest, *(place for place in draft.unconfirmed if place == EXPOSURE)]
    if open_ or "unconfirmed" in said:
        said["unconfirmed"] = open_


def _endpoints_added(said: dict, columns: dict[str, Column], answers: Answers) -> None:
    """Add the endpoints of two columns each, read and named as `new` reads and names them."""
    for place, values in answers.items():
        if place[0] != "endpoints" or not place[1].startswith(ADDED) or place[2] != "time":
            continue
        pair = (values[0], answers[*place[:2], "status"][0])
        two = {name: columns[name] for name in pair if name in columns}
        draft = _one_endpoint(two, {}) or _one_endpoint(two, dict(answers))
        if draft is None:
            continue
        ((first, entry),) = draft.study["endpoints"].items()
        taken = said.setdefault("endpoints", {})
        key = next(k for k in (first, *(f"{first}_{n}" for n in range(2, 99))) if k not in taken)
        if key != first:
            entry |= names_of(key)
        taken[key] = entry
        for name in two:
            _variable(said, columns[name], "variables", OUT)
        open_ = [p.replace(f".{first}.", f".{key}.") for p in draft.unconfirmed if p != DATA]
        if open_:
            said["unconfirmed"] = [*said.get("unconfirmed", []), *open_]


def _one_endpoint(columns: dict[str, Column], answers: Answers) -> Draft | None:
    """Give the draft of the one endpoint that two columns are; None if they are none."""
    draft = Draft(Wishes(), answers=answers, shown=True)
    draft.study = {"columns": {}, "endpoints": {}, "arms": [{}], "texts": {}}
    settle_endpoints(draft, columns)
    found = draft.study.get("endpoints", {})
    return draft if len(found) == 1 and "event" in next(iter(found.values())) else None


def _endpoint(
    said: dict, columns: dict[str, Column], key: str, what: str, values: tuple[str, ...]
) -> None:
    entry = said["endpoints"][key]
    if what == "use" and values == ("no",):
        del said["endpoints"][key]
    elif what == "event":
        other = [
            str(c["code"] if isinstance(c, dict) else c) for c in entry.get("competing_codes", [])
        ]
        entry["competing_codes"] = [
            c for c in entry.get("competing_codes", []) if str(_code(c)) not in values
        ]
        if not entry["competing_codes"]:
            del entry["competing_codes"]
        rest = [c for c in columns[entry["event"]].different if c not in (*values, *other)]
        entry |= {"event_codes": list(values), "censored_codes": rest}
    elif what in ("unit", "time"):
        entry[what] = values[0]
    elif what == "status":
        entry["event"] = values[0]
        for codes in ("event_codes", "censored_codes", "competing_codes"):
            entry.pop(codes, None)
    elif what == "what":
        entry |= names_of(values[0])


def _code(one: Any) -> str:
    return str(one["code"] if isinstance(one, dict) else one)


def _keys(said: dict, name: str) -> list[str]:
    """Give the variables of a study file that a column is used as, without those cut from it."""
    return [
        key
        for key, entry in said.get("variables", {}).items()
        if (entry.get("column") or key) == name and "cut" not in entry
    ]


def _variable(said: dict, column: Column, what: str, value: str) -> None:
    keys = _keys(said, column.name)
    if what == "variables" and value == OUT:
        for key in keys:
            del said["variables"][key]
            _without(said, "baseline", key)
            _without(said.get("cox", {}), "covariates", key)
        if not said.get("cox", {"covariates": 1}).get("covariates", 1):
            del said["cox"]
    elif what == "variables":
        named = said.setdefault("variables", {})
        key = keys[0] if keys else w.key_of(column.name, len(named), {*named})
        if not keys or named[key]["kind"] != value:
            entry = variable_entry(_empty(), key, column, value)
            named[key] = entry
            if not keys:
                said.setdefault("baseline", []).append({"variable": key})
    elif keys and what == "labels":
        said["variables"][keys[0]]["label"] = value
    elif keys:
        key = keys[0]
        found = said.setdefault("cox", {}).setdefault("covariates", [])
        entry = next((c for c in found if c["variable"] == key), None)
        if value == "":
            _without(said["cox"], "covariates", key)
        elif entry is None:
            found.append({"variable": key} | ({} if value == IN else {"reference": value}))
        elif value != IN:
            entry["reference"] = value
        if not said["cox"].get("covariates", True):
            del said["cox"]


def _without(part: dict, name: str, key: str) -> None:
    if name in part:
        part[name] = [one for one in part[name] if one.get("variable") != key]


def _empty() -> Draft:
    return Draft(Wishes())


# what the file says now, with its questions


def _told(study: Study) -> list[tuple[str, str]]:
    """Give each unconfirmed place with its phrase."""
    shown = [place for place in study.unconfirmed if not (place == DATA and study.synthetic)]
    return [*zip(shown, told(study), strict=True)]


def _draft(study: Study, columns: dict[str, Column], answers: Answers) -> Draft:
    draft = Draft(Wishes(), answers=answers, shown=True)
    draft.study = study.model_dump(mode="json", exclude_none=True)
    draft.tables = {"patients": pd.DataFrame({name: c.cells for name, c in columns.items()})}
    draft.unconfirmed = list(study.unconfirmed)
    open_ = set(study.unconfirmed)
    for place, text in _told(study):
        draft.guesses.append(_guess(place, text))
    said = "synthetic" if study.synthetic else "" if DATA in open_ else "real"
    draft.choose(data_question(said))
    for key in ("title", "exposure"):
        options = (
            (Option(TREATMENT, TREATMENT), Option(GROUPS, GROUPS)) if key == "exposure" else ()
        )
        draft.choose(
            Question(
                ("texts", key),
                "What do the arms differ in?" if options else "What is the title of the report?",
                options,
                (draft.study["texts"][key],),
                sure=key == "title" or EXPOSURE not in open_,
                free=True,
            )
        )
    _arms(draft, columns)
    for key, entry in draft.study.get("endpoints", {}).items():
        _endpoint_questions(draft, columns, key, entry, open_)
    if "response" in draft.study:
        draft.choose(
            Question(
                ("response", "criteria"),
                "By which criteria was the response judged?",
                (),
                (draft.study["response"]["criteria"],),
                CRITERIA not in open_,
                free=True,
            )
        )
    _variable_questions(draft, columns)
    return draft


def _guess(place: str, text: str) -> Guess:
    parts = place.split(".")
    kind = KINDS.get(parts[-1], "endpoint") if parts[0] == "endpoints" else "outcome"
    kind = {DATA: "patients", EXPOSURE: "arms", ARMS: "arms"}.get(place, kind)
    return Guess(tuple(parts), None, text, False, kind)


def _arms(draft: Draft, columns: dict[str, Column]) -> None:
    codes = {arm["code"]: arm["label"] for arm in draft.study["arms"]}
    column = columns.get(draft.study["columns"]["arm"])
    draft.choose(
        Question(
            ARM_COLUMN,
            "Which column gives the arm?",
            arm_options(draft, columns, [column.name] if column else []),
            ("" if column is None else column.name,),
            sure=ARMS not in draft.unconfirmed,
        )
    )
    if column is not None and len(column.different) > len(codes) > 1:
        options = tuple(Option(code, column.shown(code)) for code in column.levels)
        text = "Which two arms are compared?"
        draft.choose(Question(ARMS_CHOSEN, text, options, tuple(codes), True, several=2, most=2))
    counts = {} if column is None else column.known.value_counts().to_dict()
    for code, label in codes.items():
        text = f"What is '{label}' called in the report?"
        draft.choose(Question(("arms", code, "label"), text, (), (label,), sure=True, free=True))
    if len(codes) > 1:
        options = tuple(
            Option(code, label, f"{counts[code]} patients" if code in counts else "")
            for code, label in codes.items()
        )
        draft.choose(
            Question(
                ("reference_arm",),
                "Which arm is the reference, that the other is compared with?",
                options,
                (draft.study["reference_arm"],),
                sure=True,
            )
        )


def _endpoint_questions(
    draft: Draft, columns: dict[str, Column], key: str, entry: dict, open_: set[str]
) -> None:
    draft.idents[key] = key
    use = (Option("yes", "yes"), Option("no", "no, leave it out"))
    draft.choose(
        Question(("endpoints", key, "use"), "Is it an endpoint?", use, ("yes",), sure=True)
    )
    if not {entry.get("time"), entry.get("event")} <= set(columns):
        return
    pair = Pair(key, columns[entry["time"]], columns[entry["event"]], ident=key)
    sure = {what: f"endpoints.{key}.{place}" not in open_ for place, what in OF_PLACE.items()}
    used = {e.get(k) for e in draft.study["endpoints"].values() for k in ("time", "event")}
    draft.choose(what_question(key, pair, key, sure["what"]))
    for what, text, like, column in (
        ("time", "Which column is the time?", like_time, pair.time),
        ("status", "Which column says who had the event?", like_status, pair.event),
    ):
        options = column_options(columns, column, used, like)
        place = ("endpoints", key, what)
        draft.choose(Question(place, text, options, (column.name,), sure.get(what, True)))
    draft.choose(unit_question(pair, entry["unit"], sure["unit"]))
    codes = tuple(entry.get("event_codes") or ["1"])
    draft.choose(event_question(draft, pair, entry["short"], codes, sure["event"], ""))


def _variable_questions(draft: Draft, columns: dict[str, Column]) -> None:
    study = draft.study
    taken = {study["columns"]["patient_id"], study["columns"]["arm"]}
    for entry in study.get("endpoints", {}).values():
        taken |= {entry.get(key) for key in ("time", "event", "start", "end")}
        taken |= set(entry.get("event_dates", []))
    taken |= {study.get("response", {}).get(key) for key in ("column", "change")}
    for part in ("entry", "treatment_start"):
        taken |= {study.get(part, {}).get(key) for key in ("column", "origin")}
    references = {
        c["variable"]: c.get("reference", IN) for c in study.get("cox", {}).get("covariates", [])
    }
    for name, column in columns.items():
        if name in taken:
            continue
        keys = _keys(study, name)
        if not keys:
            draft.choose(kind_question(column, OUT))
            draft.guesses.append(
                Guess(("variables",), None, NOT_NAMED, True, "left out", (), (), (name,))
            )
            continue
        entry = study["variables"][keys[0]]
        kind = CATEGORIES if entry["kind"] != NUMBER else NUMBER
        draft.choose(kind_question(column, kind))
        draft.choose(label_question(column, entry["label"]))
        draft.choose(covariate_question(column, kind == CATEGORIES, references.get(keys[0], "")))


def confirmed_comments(text: str, unconfirmed: list[str]) -> str:
    """Give a study file whose comments call nothing unsure that somebody has confirmed.

    Above an endpoint of which nothing is unconfirmed any more, UNSURE becomes Confirmed.
    """
    open_ = {place.split(".")[1] for place in unconfirmed if place.startswith("endpoints.")}
    out, pending = [], []
    part = ""
    for line in text.splitlines(keepends=True):
        key = line.strip().partition(":")[0]
        if line[:1] not in (" ", "#", "\n", "-") and ":" in line:
            part = key
        if line.lstrip().startswith("#"):
            pending.append(line)
            continue
        entry = part == "endpoints" and line.startswith("  ") and line[2] not in " -"
        if entry and key not in open_:
            pending = [one.replace("# UNSURE: ", "# Confirmed: ", 1) for one in pending]
        out += [*pending, line]
        pending = []
    return "".join([*out, *pending])

"""What a draft holds, for whoever confirms it: arms, endpoints, covariates and what was left out.

The terminal shows it before the study is written, and the page beside its questions. All counts are
of the patients as a report reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..cohort.cohort import StudyFiles
from ..stats.km import kaplan_meier
from .draft import Draft

NAMED = 6  # columns of a reason that are named on the terminal


@dataclass(frozen=True)
class Seen:
    """One endpoint as a report reads it.

    `frame` holds one row a patient who has a time and a status: time (months), event (1 or 0), arm
    (code). `label` and `short` are those of the study file, confirmed or not.
    """

    key: str
    ident: str
    label: str
    short: str
    source: str
    frame: pd.DataFrame
    noun: str

    @property
    def events(self) -> int:
        """How many had the event."""
        return int(self.frame["event"].sum())

    @property
    def patients(self) -> int:
        """How many have a time and a status."""
        return len(self.frame)

    @property
    def median(self) -> float:
        """Kaplan-Meier median in months; NaN where it is not reached."""
        return kaplan_meier(self.frame["time"], self.frame["event"]).median().estimate

    @property
    def counts(self) -> str:
        """Such as 42 deaths of 73, median 23 months."""
        median = self.median
        shown = "not reached" if np.isnan(median) else f"{median:,.1f} months"
        return f"{self.events} {self.noun} of {self.patients}, median {shown}"


def endpoints_seen(draft: Draft, files: StudyFiles) -> Iterator[Seen]:
    """Give each endpoint with its patients; none whose cells cannot be read."""
    patients = files.patients
    for key, entry in draft.study.get("endpoints", {}).items():
        time, event = f"{key}_time", f"{key}_event"
        if patients is None or not {time, event} <= set(patients):
            continue
        frame = pd.DataFrame(
            {
                "time": pd.to_numeric(patients[time], errors="coerce"),
                "event": pd.to_numeric(patients[event], errors="coerce"),
                "arm": patients["arm"].astype(object),
            }
        ).dropna()
        yield Seen(
            key,
            draft.idents.get(key, key),
            entry["label"],
            entry["short"],
            _source(draft, key, entry),
            frame[frame["time"] >= 0],
            entry["events_label"],
        )


def _source(draft: Draft, key: str, entry: dict) -> str:
    if "time" in entry:
        question = draft.questions.get(("endpoints", draft.idents.get(key, key), "event"))
        shown = {one.value: one.shown for one in question.options} if question else {}
        codes = [shown.get(code, code) for code in entry.get("event_codes") or ["1"]]
        return f"time '{entry['time']}' in {entry['unit']}, event '{entry['event']}' = " + (
            " or ".join(codes)
        )
    how = [*entry.get("event_dates", []), *filter(None, [entry.get("event")])]
    listed = " or ".join(f"'{name}'" for name in how)
    return f"from dates, '{entry['start']}' to '{entry['end']}', event {listed}"


def arm_sizes(draft: Draft, files: StudyFiles) -> list[tuple[str, str, int]]:
    """Give code, name and size of each arm, the reference arm first."""
    patients = files.patients
    counts = {} if patients is None else patients["arm"].value_counts().to_dict()
    return [
        (arm["code"], arm["label"], int(counts.get(arm["code"], 0))) for arm in draft.study["arms"]
    ]


def left_out(draft: Draft) -> dict[str, list[str]]:
    """Give the columns that were left out by the reason."""
    found: dict[str, list[str]] = {}
    for guess in draft.guesses:
        if guess.kind == "left out":
            found.setdefault(guess.reason.removeprefix("left out: "), []).extend(guess.columns)
    return found


def overview(draft: Draft, files: StudyFiles) -> list[str]:
    """Give the draft on one screen of a terminal."""
    sizes = " against ".join(f"{name} ({n})" for _, name, n in arm_sizes(draft, files)[::-1])
    column = f", in column '{draft.study['columns']['arm']}'" if draft.has_arms else ""
    lines = [f"arms: {sizes}{column}"]
    lines += [
        f"{seen.short}: {seen.counts} ({seen.source})" for seen in endpoints_seen(draft, files)
    ]
    variables = draft.study.get("variables", {})
    covariates = draft.study.get("cox", {}).get("covariates", [])
    terms = [_term(variables[c["variable"]], c.get("reference")) for c in covariates]
    lines.append(f"{len(variables)} baseline variable{'' if len(variables) == 1 else 's'}")
    lines.append(f"covariates beside the arm: {', '.join(terms) or 'none'}")
    for reason, names in left_out(draft).items():
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        lines.append(f"left out ({reason}): {', '.join(names[:NAMED])}{more}")
    return lines


def _term(variable: dict, reference: str | None) -> str:
    if reference is None:
        return variable["label"]
    levels = {one["code"]: one.get("label") or one["code"] for one in variable["levels"]}
    return f"{variable['label']} (against {levels.get(reference, reference)})"

"""Sentences about patients who come under observation after time zero (left truncation).

Risk sets grow while patients enter, so that the first events may fall among very few: a curve drops
far there, and where all of them have the event it is 0 for good (Tsai, Jewell and Wang, Biometrika
1987; 74:883). That entry tells nothing of what follows is supposed, as it is of censoring.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ... import formats
from ...analysis.rules import FEW_AT_RISK
from ...formats import markdown as md
from ...results import pick
from ...study.study import Study
from ..words import arm, capital, counted, lower


def methods(study: Study) -> str:
    """Say how late entry is allowed for; "" where nobody enters late."""
    if study.entry is None:
        return ""
    return (
        f" Patients came under observation after {_zero(study)} (delayed entry, or left "
        "truncation): in curves, tests and models, and in numbers at risk, each counts as at risk "
        "from the entry on."
    )


def note(study: Study, model: bool = False) -> str:
    """Say in a caption that patients enter late; `model`: it shows hazard ratios, no curves."""
    if study.entry is None:
        return ""
    if model:
        return "Patients are at risk from when they came under observation (delayed entry)."
    return (
        "Patients are at risk from when they came under observation (delayed entry): numbers at "
        "risk rise while they enter, and a curve holds for those who lived to the first entry."
    )


def told(results: pd.DataFrame, study: Study) -> str:
    """Count who entered late and who was never at risk, and say where a curve rests on few."""
    if study.entry is None:
        return ""
    key = study.followed_endpoint
    late = pick(results, population="all", endpoint=key, group="overall", statistic="late")
    entry = pick(results, population="all", endpoint=key, group="overall", statistic="entry")
    parts = []
    if len(late):
        count, n = int(late["estimate"].iloc[0]), int(late["n"].iloc[0])
        middle = formats.months(entry["estimate"].iloc[0])
        parts.append(
            f"{count} of {counted(n, 'patient')} came under observation after {_zero(study)}; the "
            f"median time of entry of all patients was {middle} months."
        )
    return " ".join([*parts, *_unseen(results, study), *_few(results, study)])


def _unseen(results: pd.DataFrame, study: Study) -> Iterator[str]:
    for key, spec in study.endpoints.items():
        found = pick(results, population="all", endpoint=key, group="overall", statistic="unseen")
        count = int(found["estimate"].sum())
        if count:
            were = "was" if count == 1 else "were"
            yield (
                f"{capital(counted(count, 'patient'))} {were} never at risk and {were} left out of "
                f"{lower(md(spec.label))}: follow-up ended before they came under observation."
            )


def _few(results: pd.DataFrame, study: Study) -> Iterator[str]:
    """Name each curve that came to 0 among the first who entered, or rests on few of them."""
    part = pick(results, population="all")
    emptied = pick(part, statistic="emptied")
    gone = set(zip(emptied["endpoint"], emptied["group"], strict=True))
    for _, found in emptied.iterrows():
        yield (
            f"The curve of {_whose(found, study)} came to 0 at month "
            f"{formats.months(found['estimate'])}, when all of the few at risk had the event, "
            "though others came under observation later: it does not describe them."
        )
    for _, found in pick(part, statistic="fewest").iterrows():
        if found["estimate"] < FEW_AT_RISK and (found["endpoint"], found["group"]) not in gone:
            yield (
                f"The curve of {_whose(found, study)} rests on few at its beginning: "
                f"{found['estimate']:.0f} at risk at month {formats.months(float(found['level']))}."
            )


def limitation(study: Study) -> list[str]:
    """Say what late entry leaves in doubt, for the limitations."""
    if study.entry is None:
        return []
    return [
        f"Patients who had an event after {_zero(study)} and before they could come under "
        "observation are not in the cohort. That is allowed for if, among patients alike in what "
        "the models hold, the time of entry tells nothing of the outcome; it was not tested. "
        "Estimates of the first months rest on the few who had entered by then."
    ]


def _whose(found: pd.Series, study: Study) -> str:
    who = "all patients" if found["group"] == "overall" else arm(study, found["group"])
    of = f" for {lower(md(study.endpoints[found['endpoint']].label))}"
    return who + of if len(study.endpoints) > 1 else who


def _zero(study: Study) -> str:
    return md(study.texts.time_zero) or "time zero"

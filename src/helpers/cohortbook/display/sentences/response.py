"""Sentences about tumour response."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...analysis.lesions import MARKER, SIZE
from ...analysis.response import EVALUABLE, EVERYBODY, other_population
from ...formats import markdown as md
from ...results import one, pick
from ...study.study import Study
from ..words import (
    arm,
    calls_significant,
    capital,
    closing,
    counted,
    hidden_share,
    listed,
    number_word,
    p_equals,
    part_of,
    significant,
)
from .pairs import smallest

OTHER_WAY = {
    EVALUABLE: "Without the patients not evaluable",
    EVERYBODY: "With the patients not evaluable as failures",
}
NAMES = {"ORR": "objective response rate", "DCR": "disease control rate"}


def rate(results: pd.DataFrame, study: Study, term: str, brief: bool = False) -> str:
    """Compare one response rate between the arms; with one arm, give it with its limits.

    `brief`: without the test.
    """
    keys = {"term": term, "population": "all"}
    shares = [_share(results, study, code, keys) for code in reversed(study.arm_codes)]
    if not study.compares:
        return f"The {NAMES[term]} was {_described(results, study, keys)}."
    test = one(results, statistic="p_value", **keys)
    if len(shares) > 2:
        many = f"all {number_word(len(shares))} arms"
        tested = (
            f"for {many}"
            if brief
            else f"{test['method']} of {many}{smallest(pick(results, **keys), study)}"
        )
        comma = "" if brief else ","
        end = "" if brief else closing("the difference", test["p_value"], study)
        return (
            f"The {NAMES[term]} was {listed(shares)} ({p_equals(test['p_value'], study)}{comma} "
            f"{tested}){end}."
        )
    gap = one(results, statistic="risk_difference", **keys)
    if gap["note"] == formats.WITHHELD:
        return f"The {NAMES[term]} was {shares[0]} against {shares[1]}; they are not compared."
    conf = formats.conf_label(study.statistics.conf_level)
    tested = f"; {p_equals(test['p_value'], study)}, {test['method']}"
    end = closing("the difference", test["p_value"], study)
    return (
        f"The {NAMES[term]} was {shares[0]} against {shares[1]} (difference "
        f"{formats.number(gap['estimate'])} percentage points, {conf} "
        f"{formats.number(gap['conf_low'])} to {formats.number(gap['conf_high'])}"
        f"{')' if brief else f'{tested}){end}'}."
    )


def sensitivity(results: pd.DataFrame, study: Study) -> str:
    """Say whether the other treatment of those not evaluable changes either verdict."""
    population = other_population(study)
    if results[results["population"] == population].empty:
        return ""
    start = OTHER_WAY[population]
    if not study.compares:
        parts = [
            f"the {name} was "
            + _described(results, study, {"term": term, "population": population})
            for term, name in NAMES.items()
        ]
        return f"{start}, {' and '.join(parts)}."
    parts, changed = [], []
    for term, name in NAMES.items():
        before, after = (
            one(results, statistic="p_value", term=term, population=which)["p_value"]
            for which in ("all", population)
        )
        parts.append(f"{p_equals(after, study)} for the {name}")
        # what could not be tested has no verdict that could be another
        verdicts = significant(before, study), significant(after, study)
        if None not in verdicts and verdicts[0] != verdicts[1]:
            changed.append(name)
    text = f"{start}, {' and '.join(parts)}"
    if not calls_significant(study):
        crossed = (
            f"*P* of the {' and the '.join(changed)} crossed" if changed else "neither crossed"
        )
        return f"{text}; {crossed} {formats.level(study.statistics.alpha)}."
    if not changed:
        return f"{text}: neither verdict changed."
    return f"{text}: the verdict on the {' and the '.join(changed)} changed."


def _described(results: pd.DataFrame, study: Study, keys: dict) -> str:
    found = one(results, statistic="percent", group=study.reference_arm, **keys)
    count = one(results, statistic="n", group=study.reference_arm, **keys)
    if hidden_share(count):
        return hidden_share(count)
    conf = formats.conf_label(study.statistics.conf_level)
    return (
        f"{formats.percent(count['estimate'], count['n'])}% ({int(count['estimate'])}/"
        f"{int(count['n'])}; {conf} {formats.percentage(found['conf_low'])} to "
        f"{formats.percentage(found['conf_high'])})"
    )


def _share(results: pd.DataFrame, study: Study, code: str, keys: dict) -> str:
    count = one(results, statistic="n", group=code, **keys)
    if hidden_share(count):
        return f"{hidden_share(count)} with {arm(study, code)}"
    share = formats.percent(count["estimate"], count["n"])
    return f"{share}% ({int(count['estimate'])}/{int(count['n'])}) with {arm(study, code)}"


def shrinkage(bars: pd.DataFrame, study: Study) -> str:
    """Say in how many patients the target lesions shrank as much as a response needs.

    Of an arm in which nobody was measured nothing is said.
    """
    measured = bars[bars["change"].notna()]
    if measured.empty:
        return ""
    limit = study.response.shrinkage
    parts = []
    for code in reversed(study.arm_codes):
        changes = measured.loc[measured["arm"] == code, "change"]
        if changes.empty:
            continue
        count = int((changes <= limit).sum())
        parts.append(
            f"{part_of(count, len(changes), 'patient')} "
            f"({formats.percent(count, len(changes))}%) with {arm(study, code)}"
        )
    least = formats.number(abs(limit), 0)
    return f"Target lesions shrank by at least {least}% in {_each_in(parts)}."


def _each_in(parts: list[str]) -> str:
    return " and in ".join(filter(None, [", in ".join(parts[:-1]), parts[-1]]))


def treatment_courses(lanes: pd.DataFrame, study: Study) -> str:
    """Say who was still treated at the last contact, and how many responses had ended."""
    parts = [
        f"{part_of(int((part['ongoing'] == 1).sum()), len(part), 'patient')} with "
        f"{arm(study, code)}"
        for code in reversed(study.arm_codes)
        if len(part := lanes[(lanes["arm"] == code) & lanes["ongoing"].notna()])
    ]
    text = f"At the last contact {listed(parts)} were still treated." if parts else ""
    started = lanes[lanes["response_start"].notna()]
    if len(started):
        ended = int(started["response_end"].notna().sum())
        text += (
            f" Of {counted(len(started), 'response')} with a date, "
            f"{'all' if ended == len(started) else number_word(ended)} had ended by then."
        )
    return text.strip()


def serial_measurements(course: pd.DataFrame, study: Study) -> str:
    """Say how often target lesions and marker were measured, and in how many patients."""
    seen = course[course["kind"] == "measurement"]
    names = ((SIZE, "target lesions", "were"), (MARKER, md(study.measurements.marker_label), "was"))
    parts = {
        f"{name} {verb} measured": f"{len(part)} times in "
        f"{counted(part['number'].nunique(), 'patient')}"
        for measure, name, verb in names
        if len(part := seen[seen["measure"] == measure])
    }
    return (
        capital(f"{' and '.join(f'{what} {often}' for what, often in parts.items())}.")
        if parts
        else ""
    )


def contradictions(conflicts: pd.DataFrame) -> str:
    """Say how many patients' target lesions and best response do not agree."""
    if conflicts.empty:
        return "Target-lesion change and best response agree in every patient who has both."
    count = counted(conflicts["number"].nunique(), "patient")
    return (
        f"Target-lesion change and best response do not agree in {count}, listed in the result "
        "files one by one; the scans should be read again."
    )

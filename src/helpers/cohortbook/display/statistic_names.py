"""Names of printed statistics for a reader: "Overall survival, univariable, AFP ≥400: HR"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ..results import KEYS
from ..study.study import Study

ARM, OVERALL, DIFFERENCE = "arm", "overall", "difference"
MODELS = {"cox_univariable": "univariable", "cox_multivariable": "multivariable"}
STATISTICS = {
    "n": "patients", "patients": "patients", "percent": "percentage", "p_value": "P value",
    "hr": "HR", "logrank": "log-rank P value", "event_percent": "per cent with the event",
    "q1": "first quartile", "q3": "third quartile", "min": "least value", "max": "greatest value",
    "sd": "standard deviation",
}  # fmt: skip
COLUMNS = {"conf_low": "lower limit", "conf_high": "upper limit", "p_value": "P value",
           "n": "denominator"}  # fmt: skip


def statistic_name(item: dict[str, Any], study: Study) -> str:
    """Name a statistic by its key columns and `column` (which cell of a result row it is).

    What the study file does not know (a printed file may be about more) keeps its own name.
    """
    item = {name: "" for name in (*KEYS, "column")} | item
    endpoint = study.endpoints.get(item["endpoint"])
    parts = [endpoint.label if endpoint else item["endpoint"], MODELS.get(item["analysis"], ""),
             _population(item["population"], study), _line(item, study),
             _group(item["group"], study)]  # fmt: skip
    return f"{', '.join(part for part in parts if part)}: {_quantity(item)}".removeprefix(": ")


def line_name(
    row: Mapping[str, Any],
    study: Study,
    among: pd.DataFrame,
    words: Mapping[str, str] | None = None,
) -> str:
    """Name one row among the rows that are shown with it: what all of them share is left out.

    `words` are names of terms, levels and groups that the study file does not have.
    """
    words = words or {}
    told = []
    for column in ("endpoint", "population", "term", "level", "group"):
        value = str(row[column])
        if value in ("", DIFFERENCE, "all") or among[column].nunique() < 2:
            continue
        if value in words:
            told.append(words[value])
        elif column == "endpoint" and value in study.endpoints:
            told.append(study.endpoints[value].short)
        elif column == "level" and str(row["term"]) in study.variables:
            told.append(study.level_label(str(row["term"]), value))
        elif column == "term":
            told.append(_line({"term": value, "level": ""}, study))
        else:
            told.append(_population(_group(value, study), study))
    return ", ".join(filter(None, told))


def _population(name: str, study: Study) -> str:
    if name in ("", "all"):
        return ""
    labels = {group.name: group.label for group in study.subgroups}
    return labels.get(name, name)


def _line(item: dict[str, Any], study: Study) -> str:
    term, level = item["term"], item["level"]
    if term == ARM:
        return f"{study.texts.exposure} {_group(level, study)}".strip()
    if term not in study.variables:
        return " ".join(part for part in (term, level) if part)
    label = study.variables[term].label
    return f"{label} {study.level_label(term, level)}" if level else label


def _group(code: str, study: Study) -> str:
    if code in ("", DIFFERENCE):
        return ""
    if code == OVERALL:
        return "all patients"
    return study.arm_label(code)


def _quantity(item: dict[str, Any]) -> str:
    name = STATISTICS.get(item["statistic"], item["statistic"])
    if item["statistic"] == "logrank" or item["column"] in ("", "estimate"):
        return name
    if item["column"] == "p_value":
        return "P value"
    return f"{COLUMNS[item['column']]} of the {name}"

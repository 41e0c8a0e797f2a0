"""Missing values of each column, and what the analyses do with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from ...study.study import Study

COMPLETE_CASES = "patients without it are left out of the Cox models"
KNOWN_ONLY = "percentages and summaries are of the patients with a value"
LEFT_OUT = "patients without both time and status are left out of {short}"


@dataclass(frozen=True)
class Missing:
    """How many cells of a column are empty, out of how many, and the rule in force."""

    file: str
    column: str
    missing: int
    rows: int
    rule: str


def missing_values(study: Study, tables: dict[str, pd.DataFrame]) -> list[Missing]:
    """Count the empty cells of each column that the study analyses.

    Parameters
    ----------
    study : Study
    tables : dict
        Tables as text, by role.

    Returns
    -------
    list of Missing
        Columns with at least one empty cell, in the order of the study file.
    """
    found: dict[tuple[str, str], Missing] = {}
    for role, column, rule in _rules(study):
        table = tables.get(role)
        if table is None or column not in table:
            continue
        count = int(table[column].isna().sum())
        file = getattr(study.tables, role)
        if count and (file, column) not in found:
            found[file, column] = Missing(file, column, count, len(table), rule)
    return list(found.values())


def _rules(study: Study) -> Iterator[tuple[str, str, str]]:
    """Give role, column and rule of each column that the study analyses."""
    yield from _variable_rules(study)
    for endpoint in study.endpoints.values():
        for column in (endpoint.time, endpoint.event):
            yield "patients", column, LEFT_OUT.format(short=endpoint.short)
    if study.discontinuation:
        yield "patients", study.discontinuation.column, "an empty cell means still on treatment"
    for role, part, keys, rule in (
        ("patients", study.response, ("change",), "no bar in the waterfall plot"),
        (
            "patients",
            study.swimmer,
            ("treatment", "ongoing", "progression"),
            "not drawn in the patient's lane",
        ),
        (
            "adverse_events",
            study.adverse_events,
            ("onset_day", "relation", "procedure_hours"),
            "the event counts, but not where this is needed",
        ),
        ("measurements", study.measurements, ("time", "size", "marker"), "the point is not drawn"),
    ):
        for column in (getattr(part, key) for key in keys if part and getattr(part, key)):
            yield role, column, rule


def _variable_rules(study: Study) -> Iterator[tuple[str, str, str]]:
    covariates = {c.variable for c in study.covariates}
    needed = covariates | {study.variables[name].cut for name in covariates}
    for name, variable in study.variables.items():
        if not variable.cut:
            rules = [KNOWN_ONLY, *([COMPLETE_CASES] if name in needed else [])]
            yield "patients", variable.column or name, "; ".join(rules)

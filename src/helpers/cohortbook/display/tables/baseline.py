"""Table of baseline characteristics."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ... import formats
from ...results import mark_of, one, pick
from ...study.parts import BaselineRow
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from .common import OVERALL_HEADER, arm_header, n_percent_cell, of_one_arm, p_cell, variable_label

MISSING = "Missing, n"
EXACT = 1e-9  # relative: what a number may differ from its printed form
SUMMARY = {
    "median_range": "median (range)",
    "median_iqr": "median (interquartile range)",
    "mean_sd": "mean (SD)",
}


def baseline_table(results: pd.DataFrame, study: Study, n_by_arm: dict[str, int]) -> Table:
    """Lay out the baseline characteristics by arm, with P, test and standardised difference.

    Parameters
    ----------
    results : DataFrame
        From `analysis.baseline.baseline`.
    study : Study
    n_by_arm : dict
        Patients by arm code, the reference arm first.

    Returns
    -------
    Table
    """
    shown = [arm.code for arm in study.arms]
    rows: list[Row] = []
    for item in study.baseline:
        rows += _rows(results, study, item, shown)
    total = sum(n_by_arm.values())
    header = [arm_header(study, code, n_by_arm[code]) for code in shown]
    table = Table(
        columns=[
            "Characteristic",
            *header,
            f"{OVERALL_HEADER} (n = {total})",
            "P value",
            Cell("SMD", (_distance(study),)),
        ],
        rows=rows,
        caption="Baseline characteristics of the patients" + " by arm" * study.compares + ".",
        notes=[_values(study), *_missing_notes(results, study)],
        abbreviations=study.texts.abbreviations | {"SD": "standard deviation"},
        widths=[2.6, *[1.35] * len(shown), 1.35, 0.9, 0.7],
    )
    return of_one_arm(table, study, 2, 3, 4)


def _rows(results, study: Study, item: BaselineRow, shown: list[str]) -> Iterator[Row]:
    name, variable = item.variable, study.variables[item.variable]
    of_row = pick(results, term=name)
    label = variable_label(study, name)
    p_value = p_cell(of_row, study) if item.test else Cell("")
    smd = formats.number(pick(of_row, statistic="smd")["estimate"].abs().max(), 2)
    columns = [*shown, "overall"]
    if variable.kind == "continuous":
        # the ends of a range are single patients' values
        single = study.privacy.smallest_count and item.summary == "median_range"
        summary = "median_iqr" if single else item.summary
        cells = [_summary(of_row, summary, group, variable.decimals) for group in columns]
        yield Row((f"{label}, {SUMMARY[summary]}", *cells, p_value, smd))
        yield from _missing(of_row, columns)
        return
    yield Row((label, *[""] * len(columns), p_value, smd))
    for level in study.levels(name):
        of = _of_row(of_row, level) if _by_row(study) else of_row
        cells = [n_percent_cell(of, level=level, group=group) for group in shown]
        cells.append(n_percent_cell(of_row, level=level, group="overall"))
        yield Row((study.level_label(name, level), *cells, "", ""), indent=1)
    yield from _missing(of_row, columns)


def _of_row(of_row: pd.DataFrame, level: str) -> pd.DataFrame:
    """Give the counts of a level with those of all patients who have it as their whole.

    Where that total is withheld, so are the counts: they would tell it.
    """
    total = one(of_row, statistic="n", level=level, group="overall")
    if mark_of(total):
        return of_row.assign(estimate=float("nan"), note=total["note"])
    return of_row.assign(n=total["estimate"])


def _summary(results: pd.DataFrame, summary: str, group: str, decimals: int) -> str:
    def value(statistic: str, digits: int = decimals) -> str:
        return formats.number(one(results, statistic=statistic, group=group)["estimate"], digits)

    def between(statistic: str) -> str:
        estimate = one(results, statistic=statistic, group=group)["estimate"]
        half = not _has(estimate, decimals) and _has(estimate, decimals + 1)
        return value(statistic, decimals + half)

    if one(results, statistic="median", group=group)["note"] == formats.WITHHELD:
        return formats.WITHHELD
    if pd.isna(one(results, statistic="median", group=group)["estimate"]):
        return value("median")
    if summary == "mean_sd":
        return f"{value('mean', decimals + 1)} ({value('sd', decimals + 1)})"
    if summary == "median_range":
        return f"{between('median')} ({value('min')}–{value('max')})"
    return f"{between('median')} ({between('q1')}–{between('q3')})"


def _has(value: float, decimals: int) -> bool:
    """Tell whether a number needs no more decimals: the middle of 1.3 and 1.4 needs two."""
    return bool(abs(value - round(value, decimals)) <= EXACT * max(1, abs(value)))


def _missing(of_row: pd.DataFrame, columns: list[str]) -> Iterator[Row]:
    """Count by arm the patients without a value, if there are any."""
    found = pick(of_row, statistic="missing", group="overall")
    if found.empty or found.iloc[0]["estimate"] == 0:
        return
    counts = [one(of_row, statistic="missing", group=group) for group in columns]
    cells = [formats.count(count["estimate"], mark_of(count)) for count in counts]
    yield Row((MISSING, *cells, "", ""), indent=1)


def _distance(study: Study) -> str:
    most = ", of the two that differ most" if len(study.arms) > 2 else ""
    return f"Standardised mean difference between the arms{most}, absolute value."


def _by_row(study: Study) -> bool:
    return study.compares and study.statistics.percentages == "row"


def _values(study: Study) -> str:
    if _by_row(study):
        return (
            "Values are n (%) unless stated otherwise; percentages of the arms are of all patients "
            "with the level (of the row), those of all patients of the column."
        )
    return "Values are n (%) unless stated otherwise."


def _missing_notes(results: pd.DataFrame, study: Study) -> list[str]:
    missing = pick(results, statistic="missing", group="overall")["estimate"]
    return ["Percentages are of the patients with a value."] if (missing != 0).any() else []

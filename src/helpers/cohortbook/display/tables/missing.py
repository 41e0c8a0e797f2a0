"""Table of the models with and without imputation."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...analysis.missing import COMPLETE
from ...results import pick
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from ..sentences import entry
from ..words import p_text
from .common import sentence, variable_label


def imputed_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out complete cases beside the imputed (`analysis.missing.missing_data`)."""
    conf, rows = formats.conf_label(study.statistics.conf_level), []
    for endpoint, spec in study.endpoints.items():
        part = pick(results, endpoint=endpoint)
        complete, whole = pick(part, statistic=COMPLETE), pick(part, statistic="hr")
        if whole.empty:
            continue
        of = f"{complete.iloc[0]['n']:.0f}" if len(complete) else "0"
        name = f"{spec.label}: {of} complete cases, {whole.iloc[0]['n']:.0f} patients imputed"
        rows.append(Row((name,), group=True))
        for _, found in whole.iterrows():
            keys = {"term": found["term"], "level": found["level"]}
            fmi = pick(part, statistic="fmi", **keys)
            share = formats.percentage(fmi.iloc[0]["estimate"], 0) if len(fmi) else formats.EMPTY
            rows.append(Row((_name(found, study), *_cells(pick(complete, **keys), study),
                             *_cells(found.to_frame().T, study), share), indent=1))  # fmt: skip
        for _, found in pick(part, statistic="hr_delta").iterrows():
            moved = f"{variable_label(study, found['group'], unit=False)} moved by "
            moved += found["level"].replace("-", formats.MINUS)
            shown = _cells(found.to_frame().T, study)
            cells = (formats.EMPTY, formats.EMPTY, *shown, formats.EMPTY)
            rows.append(Row((f"{study.exposure_label}, {moved}", *cells), indent=1))
    return Table(
        [
            "Factor",
            f"Complete HR ({conf})",
            "P value",
            f"Imputed HR ({conf})",
            "P value",
            "FMI (%)",
        ],
        rows,
        "Adjusted hazard ratios of complete cases, and with missing covariates imputed.",
        notes=[
            f"{_copies(results)}Chained equations, pooled by Rubin's rules. FMI: the fraction of "
            "the information on a coefficient that is missing.",
            *filter(None, [entry.note(study, model=True)]),
        ],
        abbreviations=study.texts.abbreviations
        | {"HR": "hazard ratio", "CI": "confidence interval"},
        widths=[2.2, 1.6, 0.8, 1.6, 0.8, 0.7],
    )


def _copies(results: pd.DataFrame) -> str:
    """Say how many copies were made, and to how much the coefficients are known."""
    made = sorted(set(pick(results, statistic="imputations")["estimate"].astype(int)))
    if not made:
        return ""
    ends = " to ".join(f"{number}" for number in dict.fromkeys((made[0], made[-1])))
    error = formats.percentage(pick(results, statistic="copies_error")["estimate"].max(), 1)
    reached = error.replace("<", "less than ") if "<" in error else f"at most {error}"
    return (
        f"Completed copies: {ends}. Monte Carlo standard error of a pooled coefficient {reached}% "
        "of its standard error. "
    )


def _name(found: pd.Series, study: Study) -> str:
    if found["term"] == "arm":
        return f"{study.exposure_label}: {study.arm_label(found['level'])}"
    label = variable_label(study, found["term"], unit=False)
    return (
        f"{label}: {study.level_label(found['term'], found['level'])}" if found["level"] else label
    )


def _cells(part: pd.DataFrame, study: Study) -> list[Cell | str]:
    if part.empty:
        return [formats.EMPTY, formats.EMPTY]
    found = part.iloc[0]
    text = formats.ratio_interval(found["estimate"], found["conf_low"], found["conf_high"])
    notes = (sentence(found["note"]),) if found["note"] else ()
    return [Cell(text, notes), p_text(found["p_value"], study)]

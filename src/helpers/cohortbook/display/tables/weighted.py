"""Table of arms made alike: as observed, weighted, matched and standardised."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...analysis.weighted_survival import ESTIMANDS, MATCHED, STANDARDISED, UNWEIGHTED
from ...results import pick
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from ..sentences.weighted import weights_name
from ..words import capital, p_text
from .common import sentence


def weighted_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out each way of each endpoint (`analysis.weighted_survival.weighted_survival`)."""
    level = ESTIMANDS[study.weighting.estimand][0]
    conf, rows = formats.conf_label(study.statistics.conf_level), []
    asked = study.weighting.match
    ways = {UNWEIGHTED: "As observed: events / patients",
            level: f"{capital(weights_name(study))}: effective sample size"}  # fmt: skip
    if asked:
        ways[MATCHED] = f"Matched 1:{asked.ratio}: events / patients"
    for endpoint in study.weighted_endpoints:
        part = pick(results, endpoint=endpoint)
        rows.append(Row((study.endpoints[endpoint].label,), group=True))
        for way, name in ways.items():
            rows += _way(pick(part, level=way), name, way == level, study)
        for months in dict.fromkeys(pick(part, level=STANDARDISED)["term"]):
            rows.append(_at(pick(part, level=STANDARDISED, term=months), "Standardised", months,
                            study))  # fmt: skip
    notes = [
        f"Hazard ratios, and P beside them, are of Cox models with the {study.texts.exposure} "
        "alone. Limits and tests of weighted and matched patients are robust, and take the "
        "propensity score as known."
    ]
    if asked:
        notes.append("Within pairs: stratified by pair, so that only pairs with an event count.")
    if study.weighting.standardise:
        notes.append(
            "Standardised: mean prediction of a Cox model with the covariates for all patients in "
            "each arm, with bootstrap percentile limits; the difference is in percentage points."
        )
    return Table(
        ["Way and result", *(study.arm_label(code) for code in study.arm_codes),
         f"HR or difference ({conf})", "P value"],
        rows,
        "The arms as observed and made alike.",
        notes=notes,
        abbreviations=study.texts.abbreviations
        | {"HR": "hazard ratio", "CI": "confidence interval"},
        widths=[2.6, 1.5, 1.5, 1.7, 0.7],
    )  # fmt: skip


def _way(part: pd.DataFrame, name: str, weighted: bool, study: Study) -> list[Row]:
    """Give the rows of one way: sizes beside the hazard ratio, then survival at milestones."""
    sizes = pick(part, statistic="effective_n").set_index("group")
    ratio, blank = pick(part, statistic="hr"), [formats.EMPTY] * len(study.arm_codes)
    cells = [_size(sizes, code, weighted) for code in study.arm_codes]
    rows = [Row((name, *cells, _ratio(ratio), _p(ratio, study)), indent=1)]
    for statistic, label in (("logrank", "Log-rank test"), ("hr_paired", "Within pairs")):
        found = pick(part, statistic=statistic)
        if len(found):
            ratio = _ratio(found) if statistic == "hr_paired" else formats.EMPTY
            rows.append(Row((label, *blank, ratio, _p(found, study)), indent=2))
    at = pick(part, statistic="survival")
    return rows + [
        _at(pick(at, term=months), "", months, study, 2) for months in dict.fromkeys(at["term"])
    ]


def _size(sizes: pd.DataFrame, code: str, weighted: bool) -> str:
    if code not in sizes.index:
        return formats.EMPTY
    found = sizes.loc[code]
    if weighted:
        return f"{formats.number(found['estimate'], 1)} of {found['n']:.0f}"
    return f"{found['n_events']:.0f} / {found['n']:.0f}"


def _ratio(part: pd.DataFrame) -> Cell:
    if part.empty:
        return Cell(formats.EMPTY)
    found = part.iloc[0]
    notes = (sentence(found["note"]),) if found["note"] else ()
    return Cell(formats.ratio_interval(*found[["estimate", "conf_low", "conf_high"]]), notes)


def _p(part: pd.DataFrame, study: Study) -> Cell:
    if part.empty:
        return Cell(formats.EMPTY)
    found = part.iloc[0]
    notes = (sentence(found["note"]),) if found["statistic"] == "logrank" and found["note"] else ()
    return Cell(p_text(found["p_value"], study), notes)


def _at(at: pd.DataFrame, way: str, months: str, study: Study, indent: int = 1) -> Row:
    """Give survival at a milestone by arm, and the difference where there is one."""
    by = at.set_index("group")
    name = f"{way} survival at month {months} (%)".strip()
    cells = [_percent(by.loc[code]) if code in by.index else Cell(formats.EMPTY)
             for code in [*study.arm_codes, "difference"]]  # fmt: skip
    return Row((capital(name), *cells, formats.EMPTY), indent=indent)


def _percent(found: pd.Series) -> Cell:
    notes = (sentence(found["note"]),) if found["note"] else ()
    if pd.isna(found["estimate"]):
        return Cell(formats.EMPTY, notes)
    show = formats.number if found["statistic"] == "difference" else formats.percentage
    text = show(found["estimate"], 1)
    if found["conf_low"] < found["conf_high"]:  # limits that meet tell nothing
        between = " to " if found["statistic"] == "difference" else "–"
        text += f" ({show(found['conf_low'], 1)}{between}{show(found['conf_high'], 1)})"
    return Cell(text, notes)

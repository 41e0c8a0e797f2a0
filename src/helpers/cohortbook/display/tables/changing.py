"""Table of effects that may change with time: weighted tests, ratios by period and by log time."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...analysis.nonproportional import RESTRICTED_MEAN, SURVIVAL
from ...results import one, pick
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from ..sentences import competing, entry
from ..sentences.changing import WEIGHED, period_name, test_name
from ..words import capital, p_text
from .common import sentence

ROWS = {SURVIVAL: "{} at month {} (%)", RESTRICTED_MEAN: "Restricted mean to month {1} (months)"}


def changing_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out the tests and hazard ratios that `analysis.nonproportional` finds."""
    conf, rows = formats.conf_label(study.statistics.conf_level), []
    for endpoint, spec in study.endpoints.items():
        part = pick(results, endpoint=endpoint)
        own = [*_tests(part, study), *_periods(part, study), *_log_time(part, study)]
        rows += [Row((spec.label,), group=True), *own] if own else []
    arms = [f"{study.arm_label(code)}: events / at risk" for code in study.arm_codes]
    return Table(
        ["Test or hazard ratio", *arms, f"z or HR ({conf})", "P value"],
        rows,
        "Tests and hazard ratios that do not suppose proportional hazards.",
        notes=_notes(results, study),
        abbreviations=study.texts.abbreviations
        | {"HR": "hazard ratio", "CI": "confidence interval"},
        widths=[2.4, 1.1, 1.1, 1.7, 0.8],
    )


def differences_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out the differences between the arms at the milestones, with both intervals."""
    conf, rows = formats.conf_label(study.statistics.conf_level), []
    for endpoint, spec in study.endpoints.items():
        part = pick(results, endpoint=endpoint)
        own = _differences(part, spec.share)
        rows += [Row((spec.label,), group=True), *own] if own else []
    cautions = [
        competing.plain_note(study, dict.fromkeys(results["endpoint"])),
        entry.note(study, model=True),
    ]
    return Table(
        ["Measure", f"Difference ({conf})", "Band of the whole curve"],
        rows,
        "Differences between the arms over time.",
        notes=[
            f"{study.comparison_arm.label} minus {study.reference.label}. The interval holds at "
            "one time, the band at all times together.",
            *filter(None, cautions),
        ],
        abbreviations=study.texts.abbreviations | {"CI": "confidence interval"},
        widths=[2.6, 1.6, 1.4],
    )


def _notes(results: pd.DataFrame, study: Study) -> list[str]:
    """Explain what the table has, and nothing else."""
    have, notes = set(results["statistic"]), []
    if "fleming_harrington" in have:
        notes.append(
            "G(rho, gamma): Fleming-Harrington test whose events weigh S^rho (1 - S)^gamma; z is "
            f"positive where {study.comparison_arm.label} has more events than expected. MaxCombo: "
            "the largest |z|, judged by the joint distribution of all."
        )
    if "hr_period" in have or "log_time" in have:
        against = f"{study.comparison_arm.label} against {study.reference.label}"
        ends = dict.fromkeys(results["endpoint"])
        notes.append(f"Hazard ratios are of {against}, without covariates.")
        cautions = [competing.plain_note(study, ends, model=True), entry.note(study, model=True)]
        notes += filter(None, cautions)
    if "log_time" in have:
        notes.append(
            "By log time: the log hazard ratio is a straight line over the log of time; the ratio "
            "is multiplied by the change each time that time doubles."
        )
    return notes


def _row(name: str, study: Study, value: Cell | str, p: str, counts: list[str] = ()) -> Row:
    return Row((name, *(counts or [""] * len(study.arms)), value, p), indent=1)


def _tests(part: pd.DataFrame, study: Study) -> list[Row]:
    rows = []
    for _, found in pick(part, statistic=["fleming_harrington", "max_combo"]).iterrows():
        name = "MaxCombo"
        if found["level"]:
            weighs = WEIGHED.get(found["level"])
            name = capital(test_name(found["level"])) + (
                f", {weighs} differences" if weighs else ""
            )
        z = formats.number(found["estimate"], 2)
        notes = (sentence(found["note"]),) if found["note"] else ()
        rows.append(_row(name, study, Cell(z, notes), p_text(found["p_value"], study)))
    return rows


def _periods(part: pd.DataFrame, study: Study) -> list[Row]:
    rows = []
    for _, found in pick(part, statistic="hr_period").iterrows():
        counts = []
        for code in study.arm_codes:
            own = one(part, statistic="events", level=found["level"], group=code)
            counts.append(f"{own['estimate']:.0f} / {own['n']:.0f}")
        name = f"HR {period_name(found['level'])}"
        rows.append(_row(name, study, _ratio(found), p_text(found["p_value"], study), counts))
    for _, found in pick(part, statistic="equal_periods").iterrows():
        p = p_text(found["p_value"], study)
        rows.append(_row("One HR in all periods", study, "", p))
    return rows


def _log_time(part: pd.DataFrame, study: Study) -> list[Row]:
    rows = []
    for _, found in pick(part, statistic="log_time").iterrows():
        p = p_text(found["p_value"], study)
        rows.append(_row("Change of the HR as time doubles", study, _ratio(found), p))
    for _, found in pick(part, statistic="hr_at").iterrows():
        name = f"HR at month {found['level']}, by log time"
        rows.append(_row(name, study, _ratio(found), ""))
    return rows


def _ratio(found: pd.Series) -> Cell:
    text = formats.ratio_interval(*found[["estimate", "conf_low", "conf_high"]])
    text = text.replace("–", " to ")  # as the limits of differences, which may be below zero
    return Cell(text, (sentence(found["note"]),) if found["note"] else ())


def _differences(part: pd.DataFrame, share: str) -> list[Row]:
    rows = []
    for of, name in ROWS.items():
        for _, found in pick(part, statistic=f"difference_{of}").iterrows():
            band = one(part, statistic=f"difference_{of}_band", level=found["level"])
            text = f"{formats.number(found['estimate'], 1)} ({_limits(found)})"
            rows.append(Row((name.format(share, found["level"]), text, _limits(band)), indent=1))
    return rows


def _limits(found: pd.Series) -> str:
    return " to ".join(formats.number(found[name], 1) for name in ("conf_low", "conf_high"))

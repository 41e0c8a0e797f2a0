"""Tables of other summaries of the effect, of all tests, and of the verdict."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...results import pick
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from ..sentences import competing, entry
from ..sentences.checks import (
    MULTIPLICITY,
    check_asks,
    check_name,
    check_result,
    effect,
    finding_name,
    outcome,
)
from ..words import below, capital, p_text
from .common import sentence

TREATED = {
    "failure": "Counted as failures",
    "excluded": "Left out",
    "success": "Counted as successes",
}
RATES = {"ORR": "Objective response", "DCR": "Disease control"}


def restricted_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out restricted means and survival at milestones (`restricted_means`)."""
    conf, rows = formats.conf_label(study.statistics.conf_level), []
    for endpoint, spec in study.endpoints.items():
        part = pick(results, endpoint=endpoint)
        rows.append(Row((spec.label,), group=True))
        for level in dict.fromkeys(pick(part, term="rmst")["level"]):
            rows += _mean_rows(pick(part, term="rmst", level=level), level, study)
        for level in dict.fromkeys(pick(part, term="milestone")["level"]):
            rows.append(_milestone_row(pick(part, term="milestone", level=level), level, study))
    arms = [f"{study.arm_label(code)} ({conf})" for code in study.arm_codes]
    return Table(
        ["Measure", *arms, f"Difference or ratio ({conf})", "P value"],
        rows,
        "Restricted mean survival time, and survival at milestones.",
        notes=[
            "Restricted means in months, survival in per cent; differences are "
            f"{study.comparison_arm.label} minus {study.reference.label}.",
            *filter(
                None,
                [competing.plain_note(study, study.endpoints), entry.note(study, model=True)],
            ),
        ],
        abbreviations=study.texts.abbreviations | {"CI": "confidence interval"},
        widths=[2.0, 1.4, 1.4, 1.4, 0.7],
    )


def _mean_rows(part: pd.DataFrame, level: str, study: Study) -> list[Row]:
    horizon = formats.number(float(level), 1).removesuffix(".0")
    gap, ratio = (pick(part, statistic=name).iloc[0] for name in ("difference", "ratio"))
    notes = (sentence(gap["note"]),) if gap["note"] else ()
    means = [
        _interval(pick(part, statistic="mean", group=code).iloc[0]) for code in study.arm_codes
    ]
    text = formats.ratio_interval(ratio["estimate"], ratio["conf_low"], ratio["conf_high"])
    text = text.replace("–", " to ")  # as the limits of the rows around it
    return [
        Row(
            (
                Cell(f"Restricted mean to {horizon} months", notes),
                *means,
                _interval(gap),
                p_text(gap["p_value"], study),
            ),
            indent=1,
        ),
        Row(
            ("Ratio of the restricted means", "", "", text, p_text(ratio["p_value"], study)),
            indent=1,
        ),
    ]


def _milestone_row(part: pd.DataFrame, level: str, study: Study) -> Row:
    spec = study.endpoints[part.iloc[0]["endpoint"]]
    what = spec.short if spec.survives else spec.share
    gap = pick(part, statistic="difference").iloc[0]
    notes = (sentence(gap["note"]),) if gap["note"] else ()
    arms = [
        _interval(pick(part, statistic="survival", group=code).iloc[0]) for code in study.arm_codes
    ]
    months = f"{level} month{'s' if level != '1' else ''}"
    return Row(
        (
            Cell(f"{what} at {months}, %", notes),
            *arms,
            _interval(gap),
            p_text(gap["p_value"], study),
        ),
        indent=1,
    )


def _interval(result: pd.Series) -> str:
    if pd.isna(result["estimate"]):
        return formats.NOT_ESTIMABLE
    show = formats.percentage if result["statistic"] == "survival" else formats.number
    if pd.isna(result["conf_low"]):
        return show(result["estimate"], 1)
    if result["conf_low"] == result["conf_high"]:
        return show(result["estimate"], 1)  # without an event there is no variance, and no interval
    low, high = (show(result[name], 1) for name in ("conf_low", "conf_high"))
    return f"{show(result['estimate'], 1)} ({low} to {high})"


def response_robustness_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out response rates under each treatment of the not evaluable (`response_robustness`)."""
    conf, rows = formats.conf_label(study.statistics.conf_level), []
    for term, name in RATES.items():
        part = pick(results, term=term)
        rows.append(Row((f"{name}; patients not evaluable:",), group=True))
        unknown = pick(part, statistic="not_evaluable")["estimate"].sum()
        levels = [level for level in dict.fromkeys(part["level"]) if level]
        for level in levels if unknown else levels[:1]:  # all alike where everybody was evaluable
            rows.append(_rate_row(pick(part, level=level), TREATED[level], study))
        rows.append(_fragility_row(part, study))
    return Table(
        [
            "Analysis",
            *(f"{study.arm_label(code)}: n / N (%)" for code in study.arm_codes),
            f"Difference, points ({conf})",
            "P value",
        ],
        rows,
        "Response rates under each treatment of the patients not evaluable.",
        abbreviations=study.texts.abbreviations | {"CI": "confidence interval"},
        widths=[1.8, 1.3, 1.3, 1.5, 0.7],
    )


def _rate_row(part: pd.DataFrame, name: str, study: Study) -> Row:
    counts = [pick(part, statistic="n", group=code).iloc[0] for code in study.arm_codes]
    arms = [
        f"{one['estimate']:.0f} / {one['n']:.0f} ({formats.percent(one['estimate'], one['n'])})"
        for one in counts
    ]
    gap, test = (pick(part, statistic=name).iloc[0] for name in ("risk_difference", "p_value"))
    notes = tuple(sentence(text) for text in (test["method"], test["note"]) if text)
    return Row((name, *arms, _interval(gap), Cell(p_text(test["p_value"], study), notes)), indent=1)


def _fragility_row(part: pd.DataFrame, study: Study) -> Row:
    found = pick(part, statistic="fragility").iloc[0]
    name = capital(found["method"])
    shown = formats.EMPTY if pd.isna(found["estimate"]) else f"{found['estimate']:.0f}"
    notes = (
        "Patients with the other outcome that would move Fisher's P to the other side of the "
        "significance level"
        + (
            ""
            if "reverse" not in found["method"]
            else f" (it was not {below(study)} to begin with)"
        )
        + ".",
        *((sentence(found["note"]),) if found["note"] else ()),
    )
    return Row((Cell(name, notes), "", "", shown, ""), indent=1)


def adjusted_tests_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out all tests of the treatment, with the adjusted P that the study asks for."""
    asked = study.robustness.p_adjustment
    tests = pick(results, statistic="test")
    rows = []
    for place, (_, test) in enumerate(tests.iterrows()):
        cells = [
            finding_name(test, study),
            effect(test),
            capital(test["method"]),
            p_text(test["p_value"], study),
        ]
        if asked != "none":
            adjusted = pick(results, statistic=asked.replace("-", "_")).iloc[place]
            cells.append(p_text(adjusted["p_value"], study))
        rows.append(Row(tuple(cells)))
    conf = formats.conf_label(study.statistics.conf_level)
    extra = [] if asked == "none" else [f"Adjusted P ({MULTIPLICITY[asked]})"]
    counted = int(tests["p_value"].notna().sum())
    return Table(
        ["Test", f"Effect ({conf})", "Method", "P value", *extra],
        rows,
        "The tests of the main analysis that compare the arms.",
        notes=[]
        if asked == "none" or counted < 2
        else [f"The {counted} tests are adjusted as one family."],
        abbreviations=study.texts.abbreviations
        | {"HR": "hazard ratio", "CI": "confidence interval"},
        widths=[2.0, 1.9, 1.7, 0.7, 0.9][: 4 + len(extra)],
        left=(0, 2),
    )


def verdict_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out each finding under its checks: what each asks, its result, what it makes of it."""
    conf, rows = formats.conf_label(study.statistics.conf_level), []
    for _, found in pick(results, statistic="finding").iterrows():
        keys = {name: found[name] for name in ("term", "level", "endpoint", "population")}
        rows.append(Row((finding_name(found, study),), group=True))
        p_value = p_text(found["p_value"], study)
        # as the checks below it are printed; without an estimate there is nothing to set beside
        shown = effect(found) if pd.isna(found["estimate"]) else check_result(found, study)
        rows.append(Row(("Main analysis", "", shown, p_value, ""), indent=1))
        rows += [_check_row(check, study)
                 for _, check in pick(results, statistic="check", **keys).iterrows()]  # fmt: skip
    return Table(
        ["Check", "What it asks", f"Result ({conf})", "P value", "Beside the main analysis"],
        rows,
        "Each finding of the main analysis under the checks of it.",
        notes=[
            "Hazard ratios, or differences of rates in points, with their limits; range: smallest "
            "and largest of the refits. The checks depend on one another, so they are not counted.",
        ],
        abbreviations=study.texts.abbreviations
        | {"HR": "hazard ratio", "CI": "confidence interval"},
        widths=[2.0, 2.3, 1.8, 0.7, 2.0],
        left=(0, 1, 4),
    )


def _check_row(check: pd.Series, study: Study) -> Row:
    told = outcome(check)
    beside = Cell(capital(told)) if told else Cell("Not judged", (sentence(check["note"]),))
    named = capital(check_name(check["group"]))
    result = check_result(check, study) if check["group"] != "multiplicity" else ""
    return Row(
        (named, check_asks(check["group"]), result, p_text(check["p_value"], study), beside),
        indent=1,
    )

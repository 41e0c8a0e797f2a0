"""Table of short-term efficacy."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ... import formats
from ...analysis.response import EVALUABLE, EVERYBODY
from ...results import mark_of, one, pick
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from ..methods.settings import ADJUSTMENTS
from ..words import p_text
from .common import arm_header, n_percent_cell, of_one_arm, p_cell, sentence

RATES = {"ORR": "Objective response rate", "DCR": "Disease control rate"}
DIFFERENCE, NEWCOMBE = "Difference, percentage points", "Newcombe's method 10."
OTHER_WAY = {
    EVALUABLE: "without the patients not evaluable",
    EVERYBODY: "with the patients not evaluable as failures",
}


def response_table(
    results: pd.DataFrame, study: Study, n_by_arm: dict[str, int], population: str = "all"
) -> Table:
    """Lay out best responses and response rates by arm.

    Parameters
    ----------
    results : DataFrame
        From `analysis.response.response`.
    study : Study
    n_by_arm : dict
        Patients by arm code.
    population : {"all", "evaluable", "everybody"}
        The last two are the sensitivity analysis, of which only the rates are shown.
    """
    shown, conf = [arm.code for arm in study.arms], formats.conf_label(study.statistics.conf_level)
    main = population == "all"
    rows = _categories(results, study, shown) if main else []
    for term in RATES:
        rows += _rate(results, study, shown, term, population)
    what = ", by arm" * study.compares if main else f", {OTHER_WAY[population]}"
    counts = n_by_arm if main else _denominators(results, shown, population)
    gap = len(shown) < 3  # of more arms each two have theirs, in a table of its own
    versus = " minus ".join(study.arm_label(code) for code in reversed(study.arm_codes))
    differs = Cell(f"{DIFFERENCE} ({conf})", (f"{versus}; {NEWCOMBE}",))
    rows = rows if gap else [replace(row, cells=(*row.cells[:-2], row.cells[-1])) for row in rows]
    table = Table(
        columns=[
            "Response",
            *(arm_header(study, code, counts[code]) for code in shown),
            *([differs] if gap else []),
            "P value",
        ],
        rows=rows,
        caption=f"Best overall response by {formats.markdown(study.response.criteria)}{what}.",
        notes=[
            f"Values are n (%) or % ({conf}, Clopper-Pearson).",
            _denominator_note(population, study),
        ],
        abbreviations=study.texts.abbreviations | {"CI": "confidence interval"},
        widths=[2.2, *[1.5] * len(shown), *([1.7] if gap else []), 0.9],
    )
    return of_one_arm(table, study, 2, 3)


def response_pairs_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out the response rates of every two of three or more arms."""
    conf, rows = formats.conf_label(study.statistics.conf_level), []
    how = ADJUSTMENTS.get(study.robustness.p_adjustment, "")
    for term, name in RATES.items():
        part = pick(results, term=term, population="all")
        rows.append(Row((name,), group=True))
        for _, gap in pick(part, statistic="pair_difference").iterrows():
            keys = {"level": gap["level"], "group": gap["group"]}
            other = one(part, statistic="pair_adjusted", **keys)
            adjusted = p_text(other["p_value"], study) if how else formats.EMPTY
            test = one(part, statistic="pair", **keys)
            notes = tuple(sentence(note) for note in (test["method"], test["note"]) if note)
            names = " minus ".join(study.arm_label(gap[key]) for key in ("level", "group"))
            p = Cell(p_text(test["p_value"], study), notes)
            rows.append(Row((names, _spread(gap), p, adjusted), indent=1))
    return Table(
        ["Arms", Cell(f"{DIFFERENCE} ({conf})", (NEWCOMBE,)), "P value", "Adjusted P"],
        rows,
        f"Response by {formats.markdown(study.response.criteria)} of every two arms.",
        notes=[_denominator_note("all", study),
               f"P values of pairs also adjusted {how}." if how
               else "P values of pairs without adjustment."],
        abbreviations=study.texts.abbreviations | {"CI": "confidence interval"},
        widths=[2.4, 2, 0.9, 0.9],
    )  # fmt: skip


def _categories(results: pd.DataFrame, study: Study, shown: list[str]) -> list[Row]:
    return [
        Row(
            (
                category.printed,
                *(n_percent_cell(results, term=category.code, group=arm) for arm in shown),
                "",
                "",
            )
        )
        for category in study.response.categories
    ]


def _rate(results, study: Study, shown: list[str], term: str, population: str) -> list[Row]:
    keys = {"term": term, "population": population}
    codes = study.response.objective if term == "ORR" else study.response.control
    made_of = Cell(f"{RATES[term]} ({' + '.join(codes)})")
    gaps = pick(results, statistic="risk_difference", **keys)
    spread = " ".join(_spread(gap) for _, gap in gaps.iterrows())
    counts = [n_percent_cell(results, group=arm, **keys) for arm in shown]
    limits = [_limits(one(results, statistic="percent", group=arm, **keys)) for arm in shown]
    conf = formats.conf_label(study.statistics.conf_level)
    return [
        Row((made_of, *counts, spread, p_cell(results, study, **keys))),
        Row((conf, *limits, "", ""), indent=1),
    ]


def _spread(gap: pd.Series) -> str:
    known = gap["note"] != formats.WITHHELD
    return f"{formats.number(gap['estimate'])} ({_limits(gap)})" if known else formats.WITHHELD


def _limits(result: pd.Series) -> str:
    if mark_of(result):
        return formats.EMPTY
    show = formats.percentage if result["statistic"] == "percent" else formats.number
    return f"{show(result['conf_low'])} to {show(result['conf_high'])}"


def _denominators(results: pd.DataFrame, shown: list[str], population: str) -> dict[str, int]:
    return {
        arm: int(one(results, statistic="n", term="ORR", population=population, group=arm)["n"])
        for arm in shown
    }


def _denominator_note(population: str, study: Study) -> str:
    as_failures = population != EVALUABLE
    if population == "all" and study.response.not_evaluable is not None:
        as_failures = study.response.not_evaluable_is == "failure"
    if as_failures:
        return "Patients not evaluable are in the denominator and count as failures."
    rates = "of the rates " if population == "all" else ""
    return f"Patients not evaluable are left out {rates}".strip() + "."

"""Table of short-term efficacy."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...analysis.response import EVALUABLE, EVERYBODY
from ...results import mark_of, one, pick
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from .common import arm_header, n_percent_cell, of_one_arm, p_cell

RATES = {"ORR": "Objective response rate", "DCR": "Disease control rate"}
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
    versus = " minus ".join(study.arm_label(code) for code in reversed(study.arm_codes))
    differs = Cell(
        f"Difference, percentage points ({conf})",
        (f"{versus}; Newcombe's method 10.",),
    )
    table = Table(
        columns=[
            "Response",
            *(arm_header(study, code, counts[code]) for code in shown),
            differs,
            "P value",
        ],
        rows=rows,
        caption=f"Best overall response by {formats.markdown(study.response.criteria)}{what}.",
        notes=[
            f"Values are n (%) or % ({conf}, Clopper-Pearson).",
            _denominator_note(population, study),
        ],
        abbreviations=study.texts.abbreviations | {"CI": "confidence interval"},
        widths=[2.2, *[1.5] * len(shown), 1.7, 0.9],
    )
    return of_one_arm(table, study, 2, 3)


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

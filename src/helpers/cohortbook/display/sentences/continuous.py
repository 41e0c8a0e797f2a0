"""Sentences about continuous covariates: how the risk runs over them, what a cut-point hides."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ... import formats
from ...formats import markdown as md
from ...results import one, pick
from ...study.study import Study
from ..words import clauses, counted, listed, lower, p_equals, ratio_limits, significant


def told(results: pd.DataFrame, study: Study) -> dict[str, str]:
    """Give each part by its name."""
    return {
        "curves": " ".join(filter(None, (_curves(results, key, study) for key in study.endpoints))),
        "cut_points": " ".join(_cut_points(results, study)),
        "limitation": " ".join(_limitation(results, study)),
    }


def value_text(value: float, study: Study, variable: str) -> str:
    """Print a value of a variable as its table has it."""
    return formats.number(value, study.variables[variable].decimals)


def _curves(results: pd.DataFrame, endpoint: str, study: Study) -> str:
    label, told, lost = lower(md(study.endpoints[endpoint].label)), [], []
    for name in study.splines:
        part = pick(results, endpoint=endpoint, term=name)
        ratio = pick(part, statistic="hr_quarters")
        what = lower(md(study.variables[name].label))
        if ratio.empty:
            lost += [what] * bool(len(part))
            continue
        found = ratio.iloc[0]
        told.append(
            f"{formats.ratio(found['estimate'])} for {what} ({_quarters(part, study, name)}; "
            f"{ratio_limits(found, study)}; straight line {_p(part, study)})"
        )
    parts = []
    if told:
        parts.append(
            f"The adjusted hazard ratio for {label} of the upper against the lower quartile was "
            f"{clauses(told)}."
        )
    if lost:
        parts.append(f"No curve of {listed(lost)} could be fitted for {label}.")
    return " ".join(parts)


def _quarters(part: pd.DataFrame, study: Study, name: str) -> str:
    high, low = (
        value_text(one(part, statistic="quarter", level=end)["estimate"], study, name)
        for end in ("75", "25")
    )
    unit = f" {md(study.variables[name].unit)}" if study.variables[name].unit else ""
    return f"{high} against {low}{unit}"


def _p(part: pd.DataFrame, study: Study) -> str:
    return p_equals(one(part, statistic="nonlinearity")["p_value"], study)


def _slopes(results: pd.DataFrame, study: Study) -> dict[str, list[pd.Series]]:
    """Give the tests of a slope within levels by the covariate that is cut."""
    found: dict[str, list[pd.Series]] = {}
    for _, row in pick(results, statistic="slope_within_levels").iterrows():
        found.setdefault(row["level"], []).append(row)
    return found


def _cut_points(results: pd.DataFrame, study: Study) -> Iterator[str]:
    """Say of each covariate that is cut whether a slope is left within its levels."""
    for cut, rows in _slopes(results, study).items():
        source = lower(md(study.variables[rows[0]["term"]].label))
        start = f"The models have {source} in {counted(len(study.levels(cut)), 'level')}"
        tested = [row for row in rows if pd.notna(row["p_value"])]
        if not tested:
            yield f"{start}; no test of a slope within them could be made."
            continue
        shown = [f"{p_equals(row['p_value'], study)} for {_end(row, study)}" for row in tested]
        hidden = [_end(row, study) for row in tested if significant(row["p_value"], study)]
        yield f"{start}; the test of a slope within them gave {listed(shown)}."
        if hidden:
            yield f"For {listed(hidden)} {_hides(study, cut)} a slope."


def _hides(study: Study, cut: str) -> str:
    several = len(study.levels(cut)) > 2
    return "the cut-points hide" if several else "the cut-point hides"


def _end(row: pd.Series, study: Study) -> str:
    return lower(md(study.endpoints[row["endpoint"]].label))


def _limitation(results: pd.DataFrame, study: Study) -> Iterator[str]:
    """Say what cut-points hide, for the limitations."""
    for cut, rows in _slopes(results, study).items():
        hidden = [_end(row, study) for row in rows if significant(row["p_value"], study)]
        if not hidden:
            continue
        source = lower(md(study.variables[rows[0]["term"]].label))
        yield (
            f"Within the levels of {source}, which the models take as alike, the risk for "
            f"{listed(hidden)} still ran with {source}: {_hides(study, cut)} a slope, and "
            f"{source} is adjusted for only in part."
        )

"""Table of continuous covariates as splines, and of what a cut-point hides."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...results import pick
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from ..sentences import competing, entry
from ..sentences.continuous import value_text
from ..words import p_text
from .common import sentence, variable_label

SLOPE = "slope_within_levels"


def continuous_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out the tests of each continuous covariate (`analysis.continuous.spline_effects`)."""
    conf, rows = formats.conf_label(study.statistics.conf_level), []
    cut = bool(len(pick(results, statistic=SLOPE)))
    for endpoint, spec in study.endpoints.items():
        part = pick(results, endpoint=endpoint)
        rows += [Row((spec.label,), group=True)] * bool(len(part))
        for name in dict.fromkeys(part["term"]):
            rows.append(_row(pick(part, term=name), name, study, cut))
    return Table(
        ["Covariate", "Events / patients", "Quartiles", f"HR, upper against lower ({conf})",
         "P, no effect", "P, straight line", *(["P, no slope within levels"] * cut)],
        rows,
        "Continuous covariates as restricted cubic splines.",
        notes=[
            *_model(results, study),
            *(
                [
                    "Slope within levels: likelihood ratio test of the covariate beside the levels "
                    "that the models have of it; a small P says that their cut-points hide a slope."
                ]
                * cut
            ),
        ],
        abbreviations=study.texts.abbreviations
        | {"HR": "hazard ratio", "CI": "confidence interval"},
        widths=[1.8, 1.0, 1.2, 1.8, 0.9, 0.9, *([1.1] * cut)],
    )  # fmt: skip


def _model(results: pd.DataFrame, study: Study) -> list[str]:
    """Say which model each is in, and where its knots are."""
    cautions = [
        competing.plain_note(study, dict.fromkeys(results["endpoint"]), model=True),
        entry.note(study, model=True),
    ]
    knots, arm = _knots(results, study), f" and {study.texts.exposure}" * study.compares
    return [
        f"Each stands beside the other covariates{arm}, in place of what is cut from it: "
        f"{'; '.join(knots)}. Wald tests."
    ] * bool(knots) + list(filter(None, cautions))


def _row(part: pd.DataFrame, name: str, study: Study, cut: bool) -> Row:
    tests = pick(part, statistic="nonlinearity").iloc[0]
    notes = (sentence(tests["note"]),) if tests["note"] else ()
    ratio = pick(part, statistic="hr_quarters")
    text = formats.NOT_ESTIMABLE
    if len(ratio):
        text = formats.ratio_interval(*ratio.iloc[0][["estimate", "conf_low", "conf_high"]])
    quarters = [value_text(one, study, name)
                for one in pick(part, statistic="quarter")["estimate"]]  # fmt: skip
    slopes = [_slope(found, study) for _, found in pick(part, statistic=SLOPE).iterrows()]
    return Row(
        (
            variable_label(study, name),
            formats.EMPTY if pd.isna(tests["n"]) else f"{tests['n_events']:.0f} / {tests['n']:.0f}",
            " and ".join(quarters) or formats.EMPTY,
            Cell(text, notes),
            _p(part, "spline", study),
            _p(part, "nonlinearity", study),
            *([slopes[0] if slopes else formats.EMPTY] * cut),
        ),
        indent=1,
    )


def _slope(found: pd.Series, study: Study) -> Cell:
    notes = (sentence(found["note"]),) if found["note"] else ()
    return Cell(p_text(found["p_value"], study), notes)


def _p(part: pd.DataFrame, statistic: str, study: Study) -> str:
    found = pick(part, statistic=statistic)
    return p_text(found.iloc[0]["p_value"], study) if len(found) else formats.EMPTY


def _knots(results: pd.DataFrame, study: Study) -> list[str]:
    """Say where the knots of each covariate are, by the first endpoint that has them."""
    told = []
    for name in study.splines:
        knots = pick(results, term=name, statistic="knot")
        first = knots[knots["endpoint"] == knots["endpoint"].iloc[0]] if len(knots) else knots
        places = [value_text(one, study, name) for one in first["estimate"]]
        if places:
            told.append(f"{study.variables[name].label}, knots at {', '.join(places)}")
    return told

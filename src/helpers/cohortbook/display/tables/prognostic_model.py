"""Tables of the prognostic model: its terms with their points, and how well it predicts."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...analysis.nomogram import TOTAL
from ...analysis.prediction import APPARENT, CORRECTED, NAMES, OPTIMISM
from ...results import pick
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from ..words import lower, p_text
from .common import sentence, variable_label

WHAT = {
    "harrell_c": "share of comparable pairs in which who has the higher risk has the event first",
    "uno_c": "the same up to the horizon, weighted so that it does not depend on the follow-up",
    "slope": "1 is best; below 1, predictions are too extreme",
    "observed_expected": "1 is best; above 1, risks are predicted too low",
    "brier": "mean squared error of the predicted risk; 0 is best",
}


def performance_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out what the model reaches in its own data, the optimism, and what is left."""
    conf, rows = formats.conf_label(study.statistics.conf_level), []
    for statistic, name in NAMES.items():
        found = pick(results, statistic=statistic).set_index("group")
        if found.empty:
            continue
        if OPTIMISM not in found.index:
            note = (sentence(found.loc[APPARENT, "note"]),)
            rows.append(Row((name, Cell(formats.EMPTY, note), formats.EMPTY, formats.EMPTY)))
            continue
        cells = [_measure(found.loc[group]) for group in (APPARENT, OPTIMISM, CORRECTED)]
        rows.append(Row((f"{name} ({WHAT[statistic]})", *cells)))
    end, spec = study.endpoints[study.predicted_endpoint], study.model
    return Table(
        ["Measure", f"Apparent ({conf})", "Optimism", f"Corrected ({conf})"],
        rows,
        f"How well the model predicts {lower(formats.markdown(end.label))} by month "
        f"{spec.horizon:g}.",
        notes=[
            "Apparent: in the patients who made the model. Optimism: what a model made anew in "
            f"each of {spec.resamples:,} bootstrap resamples reaches there beyond what it reaches "
            "in all patients. Corrected: apparent less optimism; its limits are the apparent ones, "
            "moved by the optimism."
        ],
        abbreviations=study.texts.abbreviations | {"CI": "confidence interval"},
        widths=[3.4, 1.6, 0.9, 1.6],
    )


def _measure(found: pd.Series) -> Cell | str:
    text = formats.number(found["estimate"], 3)
    if pd.notna(found["conf_low"]):
        ends = [formats.number(found[name], 3) for name in ("conf_low", "conf_high")]
        text += f" ({ends[0]}–{ends[1]})"
    return Cell(text, (sentence(found["note"]),)) if found["note"] else text


def terms_table(results: pd.DataFrame, points: pd.DataFrame, study: Study) -> Table:
    """Lay out the terms of the model with their hazard ratios and points of the nomogram."""
    conf, spec = formats.conf_label(study.statistics.conf_level), study.model
    ratios, rows = pick(results, statistic="hr"), []
    for variable in dict.fromkeys(ratios["term"]):
        part = ratios[ratios["term"] == variable]
        own = points[points["term"] == variable] if len(points) else points
        if len(part) == 1 and not part.iloc[0]["level"]:
            label = _name(study, variable)
            unit = study.per_units(variable, study.predictors)
            rows.append(Row((f"{label} (per {unit})", *_cells(part.iloc[0], study),
                             _range(own))))  # fmt: skip
            continue
        rows.append(Row((_name(study, variable), *[""] * 3), group=True))
        for _, found in part.iterrows():
            level = (
                study.arm_label(found["level"])
                if variable == "arm"
                else study.level_label(variable, found["level"])
            )
            at = own[own["level"] == found["level"]]["points"] if len(own) else own
            number = formats.number(at.iloc[0], 0) if len(at) else formats.EMPTY
            rows.append(Row((level, *_cells(found, study), number), indent=1))
    head = "HR" if spec.penalty != "none" else f"HR ({conf})"
    competing = study.endpoints[study.predicted_endpoint].competing
    kind = "Subdistribution hazard" if competing else "Hazard"
    return Table(
        ["Term", head, "P value", "Points"],
        rows,
        "Terms of the prognostic model, and their points.",
        notes=[f"{kind} ratios of the model of all terms.", *_shrunken(study), *_reading(points)],
        abbreviations=study.texts.abbreviations
        | {"HR": "hazard ratio", "CI": "confidence interval"},
        widths=[2.6, 1.8, 0.8, 1.0],
    )


def _shrunken(study: Study) -> list[str]:
    if study.model.penalty == "none":
        return []
    return ["Estimates are shrunken, and have no standard errors, limits or P values."]


def _reading(points: pd.DataFrame) -> list[str]:
    """Say how points are read."""
    if points.empty:
        return []
    total = points.loc[points["term"] == TOTAL, "points"].max()
    return [
        "Points are added up over all terms, from 0 to "
        f"{formats.number(total, 0)}; of a number they are straight between its least and its most."
    ]


def _name(study: Study, variable: str) -> str:
    return (
        study.exposure_label if variable == "arm" else variable_label(study, variable, unit=False)
    )


def _range(own: pd.DataFrame) -> str:
    if own.empty:
        return formats.EMPTY
    ends = own.iloc[[0, -1]]
    (low, first), (high, last) = ends[["value", "points"]].itertuples(index=False)
    number = formats.number
    return f"{number(first, 0)} at {low:g} to {number(last, 0)} at {high:g}"


def _cells(found: pd.Series, study: Study) -> list[Cell | str]:
    if found["note"] == "reference":
        return ["1 (reference)", formats.EMPTY]
    text = formats.ratio(found["estimate"])
    if pd.notna(found["conf_low"]):
        text = formats.ratio_interval(found["estimate"], found["conf_low"], found["conf_high"])
    notes = (sentence(found["note"]),) if found["note"] else ()
    return [Cell(text, notes), p_text(found["p_value"], study)]

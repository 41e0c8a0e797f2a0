"""Sentences about the prognostic model: its size, how well it predicts, what acting on it gains."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ... import formats
from ...analysis.prediction import APPARENT, CORRECTED
from ...analysis.rules import FEW_EVENTS
from ...formats import markdown as md
from ...results import one, pick
from ...study.study import Study
from ..words import counted, lower, part_of

CORRECTED_FOR = "corrected for optimism"


def told(results: pd.DataFrame, decision: pd.DataFrame, study: Study) -> dict[str, str]:
    """Give each part by its name."""
    judged = not pick(results, statistic="harrell_c", group=CORRECTED).empty
    return {
        "size": size(results, study),
        "penalty": penalty(results, study),
        "discrimination": discrimination(results, study) if judged else "",
        "calibration": calibration(results) if judged else "",
        "benefit": benefit(decision) if judged else "",
    }


def size(results: pd.DataFrame, study: Study) -> str:
    """Count patients, events and parameters; say where events are few, or nothing was judged."""
    found = one(results, statistic="events_per_parameter")
    at_risk = one(results, statistic="at_risk")
    label = lower(md(study.endpoints[study.predicted_endpoint].label))
    parameters = round(found["n_events"] / found["estimate"]) if found["estimate"] else 0
    per = formats.number(found["estimate"], 1)
    text = (
        f"The model of {label} has {counted(parameters, 'parameter')} and "
        f"{counted(int(found['n_events']), 'event')} in {counted(int(found['n']), 'patient')}, "
        f"{per} events for each parameter"
    )
    if found["estimate"] < FEW_EVENTS:
        text += (
            f": fewer than {FEW_EVENTS:g}, so that it is likely to fit its own patients better "
            "than others"
        )
    lost = [part.split(" ", 1)[0] for part in found["note"].split("; ") if "left out" in part]
    more = f" {lost[0]} more were left out because a covariate is missing." if lost else ""
    month = formats.number(study.model.horizon, 0 if study.model.horizon % 1 == 0 else 1)
    text += (
        f"; {counted(int(at_risk['n_events']), 'event')} had come by month {month}, when "
        f"{counted(int(at_risk['estimate']), 'patient')} "
        f"{'was' if at_risk['estimate'] == 1 else 'were'} still in follow-up.{more}"
    )
    nothing = pick(results, statistic="harrell_c", group=APPARENT)
    note = nothing.iloc[0]["note"] if len(nothing) else ""
    return f"{text} {note[:1].upper()}{note[1:]}.".strip() if note else text


def penalty(results: pd.DataFrame, study: Study) -> str:
    """Say which penalty shrank the model, and how many parameters it left."""
    spec = study.model
    ratios = pick(results, statistic="hr")
    ratios = ratios[ratios["note"] != "reference"]["estimate"]
    if spec.penalty == "none" or ratios.isna().all():
        return ""
    left = int((ratios != 1).sum())
    kept = (
        f"all {counted(left, 'parameter')}"
        if left == len(ratios)
        else part_of(left, len(ratios), "parameter")
    )
    return (
        f"The {spec.penalty}, its penalty chosen by {spec.folds}-fold cross-validation, kept "
        f"{kept}."
    )


def discrimination(results: pd.DataFrame, study: Study) -> str:
    """Give both C, in the data that made the model and corrected."""
    harrell, uno = (_c(results, name, study) for name in ("harrell_c", "uno_c"))
    return (
        f"Harrell's C was {harrell[0]} in the patients who made the model and {harrell[1]} "
        f"{CORRECTED_FOR}; Uno's C was {uno[0]} and {uno[1]}."
    )


def _c(results: pd.DataFrame, statistic: str, study: Study) -> list[str]:
    conf, out = formats.conf_label(study.statistics.conf_level), []
    for group in (APPARENT, CORRECTED):
        row = one(results, statistic=statistic, group=group)
        low, high = (formats.number(row[name], 3) for name in ("conf_low", "conf_high"))
        limits = f" ({conf} {low} to {high})" if pd.notna(row["conf_low"]) else ""
        out.append(f"{formats.number(row['estimate'], 3)}{limits}")
    return out


def calibration(results: pd.DataFrame) -> str:
    """Give the slope and the observed over the predicted risk, corrected, and what they mean."""
    slope = one(results, statistic="slope", group=CORRECTED)["estimate"]
    over = one(results, statistic="observed_expected", group=CORRECTED)["estimate"]
    if np.isnan(slope):
        return ""
    printed = round(slope, 2)  # what is said is of the number that is read
    means = (
        "predictions in other patients would be too extreme"
        if printed < 0.95
        else "predictions in other patients would not be extreme enough"
        if printed > 1.05
        else "predictions in other patients would be about as extreme as they should"
    )
    return (
        f"The calibration slope {CORRECTED_FOR} was {formats.number(slope, 2)}: {means}. The "
        f"observed risk was {formats.number(over, 2)} times the predicted one."
    )


def benefit(decision: pd.DataFrame) -> str:
    """Say at which thresholds acting on the model is better than acting on all and on nobody."""
    if decision.empty or decision[CORRECTED].isna().all():
        return ""
    best = np.maximum(decision["everybody"], 0.0)
    better = _longest_run((decision[CORRECTED] > best).to_numpy(), decision["threshold"])
    if not better.size:
        return (
            f"At no threshold was the net benefit of acting on the model, {CORRECTED_FOR}, above "
            "that of acting on everybody and on nobody."
        )
    low, high = (formats.number(100 * end, 0) for end in (better.min(), better.max()))
    where = f"a threshold of {low}%" if low == high else f"thresholds from {low} to {high}%"
    return (
        f"The net benefit of acting on the model, {CORRECTED_FOR}, was above that of acting on "
        f"everybody and on nobody at {where}."
    )


def _longest_run(better: np.ndarray, thresholds: pd.Series) -> np.ndarray:
    """Give the thresholds of the longest stretch without a gap; the first of several."""
    runs = np.cumsum(np.r_[True, ~better])[1:]
    if not better.any():
        return np.empty(0)
    counts = np.bincount(runs, better)
    return thresholds.to_numpy()[better & (runs == counts.argmax())]

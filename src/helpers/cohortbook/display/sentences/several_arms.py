"""Sentences about three or more arms."""

from __future__ import annotations

import pandas as pd

from ...analysis.several_arms import ADJUSTED
from ...formats import markdown as md
from ...results import pick
from ...study.study import Study
from ..words import arm, hr_with_p, listed, lower, number_word, p_equals
from . import follow_up
from .pairs import smallest


def told(results: pd.DataFrame, study: Study) -> str:
    """Tell each endpoint; `study` has all arms."""
    parts = [_sentences(pick(results, endpoint=key), study, key) for key in study.endpoints]
    parts += [follow_up.by_arm(results, study), follow_up.completeness(results, study)]
    return " ".join(part for part in parts if part)


def _sentences(part: pd.DataFrame, study: Study, endpoint: str) -> str:
    if part.empty:
        return ""
    label, text = lower(md(study.endpoints[endpoint].label)), ""
    test = pick(part, statistic="global")
    if len(test) and pd.notna(test.iloc[0]["p_value"]):
        text = (
            f"One log-rank test of all {number_word(len(study.arms))} arms for {label} gave "
            f"{p_equals(test.iloc[0]['p_value'], study)}{smallest(part, study)}. "
        )
    adjusted = "adjusted " if ADJUSTED in set(part["term"]) else ""
    known, lost = [], []
    for _, found in pick(part, statistic="hr").iterrows():
        name = arm(study, found["level"])
        if pd.isna(found["estimate"]):
            lost.append(name)
        else:
            known.append(f"{hr_with_p(found, study)} with {name}")
    against = f"Against {arm(study, study.reference_arm)} the {adjusted}hazard ratio for {label}"
    said = [f"was {listed(known)}"] if known else []
    said += [f"could not be estimated with {listed(lost)}"] if lost else []
    return f"{text}{against} {', and '.join(said)}."

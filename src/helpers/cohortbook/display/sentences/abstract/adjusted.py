"""The adjusted hazard ratio, with what weakens it beside the number."""

from __future__ import annotations

import pandas as pd

from .... import formats
from ....analysis.rules import FEW_EVENTS
from ....formats import markdown as md
from ....results import one, pick
from ....study.study import Study
from ...words import listed, lower, p_equals, ratio_limits, significant
from .. import cox


def adjusted(results: pd.DataFrame, study: Study, endpoint: str) -> str:
    """Give the adjusted hazard ratio with what weakens it; "" where there is none."""
    if not study.compares or not study.covariates:
        return ""
    found, label = (
        cox.of_treatment(results, study, endpoint),
        lower(md(study.endpoints[endpoint].label)),
    )
    if pd.isna(found["estimate"]):
        return f"Adjusted for the covariates, no hazard ratio for {label} could be estimated."
    same = pick(results, endpoint=endpoint, statistic="hr_same_patients")
    whom = f" in {int(same.iloc[0]['n'])} patients with all covariates" if len(same) else ""
    doubts = [*_few(results, endpoint), *_not_proportional(found)]
    return (
        f"Adjusted, the hazard ratio for {label}{whom} was {formats.ratio(found['estimate'])} "
        f"({ratio_limits(found, study)}; {p_equals(found['p_value'], study)}"
        f"{_permuted(results, study, found)}){', with ' * bool(doubts)}{listed(doubts)}."
    )


def _few(results: pd.DataFrame, endpoint: str) -> list[str]:
    per = one(results, endpoint=endpoint, statistic="events_per_parameter")["estimate"]
    if pd.isna(per) or per >= FEW_EVENTS:
        return []
    return [f"only {formats.number(per, 1)} events per parameter"]


def _permuted(results: pd.DataFrame, study: Study, found: pd.Series) -> str:
    """Give the P by permutation where it lies on the other side of the level."""
    again = pick(results, endpoint=found["endpoint"], statistic="permutation")["p_value"].dropna()
    if again.empty or significant(again.iloc[0], study) == significant(found["p_value"], study):
        return ""
    return f", by permutation {p_equals(again.iloc[0], study)}"


def _not_proportional(found: pd.Series) -> list[str]:
    noted = cox.NOT_PROPORTIONAL in str(found["note"])
    return ["evidence against proportional hazards"] * noted

"""Sentences about the treatment's effect within strata and with limits by clusters."""

from __future__ import annotations

import pandas as pd

from ...analysis.stratified import CLUSTERS, CRUDE, STRATA
from ...formats import markdown as md
from ...results import pick
from ...study.study import Study
from ..words import arm, capital, counted, hr_with_p, lower, p_equals


def told(results: pd.DataFrame, study: Study) -> str:
    """Tell each endpoint within the strata, then with limits by cluster."""
    parts = []
    for level, name in ((STRATA, study.cox.strata), (CLUSTERS, study.cox.cluster)):
        if name is None:
            continue
        label = lower(md(study.variables[name].label))
        for endpoint in study.endpoints:
            part = pick(results, endpoint=endpoint, level=level)
            if len(part):
                parts.append(_sentence(part, study, endpoint, level, label))
    return " ".join(parts)


def _sentence(part: pd.DataFrame, study: Study, endpoint: str, level: str, label: str) -> str:
    ratio, groups = pick(part, statistic="hr").iloc[0], pick(part, statistic="groups").iloc[0]
    many = counted(int(groups["estimate"]), {STRATA: "stratum", CLUSTERS: "cluster"}[level],
                   {STRATA: "strata"}.get(level, ""))  # fmt: skip
    adjusted = "" if ratio["term"] == CRUDE else "adjusted "
    end = lower(md(study.endpoints[endpoint].label))
    against = f"{arm(study, study.comparison_arm.code)} against {arm(study, study.reference_arm)}"
    lead = (
        f"Within the {many} of {label}"
        if level == STRATA
        else f"With limits that allow for the {many} of {label}"
    )
    if pd.isna(ratio["estimate"]):
        return f"{lead} no {adjusted}hazard ratio for {end} could be estimated."
    test = pick(part, statistic="logrank")
    tested = ""
    if len(test) and pd.notna(test.iloc[0]["p_value"]):
        kind = "stratified" if level == STRATA else "robust"
        tested = f", and the {kind} log-rank test gave {p_equals(test.iloc[0]['p_value'], study)}"
    doubt = f" {capital(ratio['note'])}." if ratio["note"] else ""
    return (
        f"{lead} the {adjusted}hazard ratio for {end}, {against}, was {hr_with_p(ratio, study)}"
        f"{tested}.{doubt}"
    )

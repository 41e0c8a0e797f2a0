"""Words for findings and for the checks that they are held against."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...study.study import Study
from ..words import capital

CHECKS = {
    "adjustment": "adjustment for the covariates",
    "specification": "other sets of covariates",
    "bootstrap": "bootstrap limits",
    "firth": "Firth's penalty",
    "leave_one_out": "leaving one patient out",
    "landmark": "landmark analysis",
    "overlap": "overlap weights",
    "inverse": "inverse probability weights",
    "restricted": "restricted mean survival time",
    "not_evaluable_failure": "not evaluable as failures",
    "not_evaluable_excluded": "not evaluable left out",
    "not_evaluable_success": "not evaluable as successes",
    "fragility": "fragility index",
    "multiplicity": "adjustment for the number of tests",
}
MULTIPLICITY = {"holm": "Holm", "benjamini-hochberg": "Benjamini-Hochberg"}
RATES = {"ORR": "objective response rate", "DCR": "disease control rate"}


def finding_name(test: pd.Series, study: Study) -> str:
    """Name a test of the main analysis, as plain text: OS (adjusted)."""
    if test["term"] == "rate":
        return capital(RATES[test["level"]])
    short = study.endpoints[test["endpoint"]].short
    if test["term"] == "cox":
        return f"{short} (adjusted)"
    named = {group.name: group.label for group in study.subgroups}
    within = named.get(test["population"])
    return f"{short} ({within or 'unadjusted'})"


def effect(test: pd.Series) -> str:
    """Print the effect of a test: a difference of rates in points, or a hazard ratio."""
    if pd.isna(test["estimate"]):
        return formats.NOT_ESTIMABLE
    if test["term"] == "rate":
        low, high = (formats.number(test[name], 1) for name in ("conf_low", "conf_high"))
        return f"{formats.number(test['estimate'], 1)} points ({low} to {high})"
    return "HR " + formats.ratio_interval(test["estimate"], test["conf_low"], test["conf_high"])

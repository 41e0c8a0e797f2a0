"""Words for findings and for the checks that they are held against."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...analysis.robustness.verdict import KEEPS, NEW, OPPOSITE, SIDE, UNCLEAR
from ...analysis.rules import AGREEING_SETS
from ...study.study import Study
from ..words import capital, listed, p_text

CHECKS = {
    "adjustment": ("adjustment for the covariates", "Is it there beside the covariates?"),
    "specification": ("other sets of covariates", "Does it hang on which covariates are taken?"),
    "bootstrap": ("bootstrap limits", "Do limits that assume no symmetry agree?"),
    "firth": ("Firth's penalty", "Is it there without the bias of few events?"),
    "leave_one_out": ("leaving one patient out", "Does one patient decide?"),
    "landmark": ("landmark at month {}", "Is it there from a later start of time?"),
    "overlap": ("overlap weights", "Is it there among patients alike in the covariates?"),
    "inverse": ("inverse probability weights", "Is it there in arms weighted to be alike?"),
    "restricted": ("difference of restricted means", "Is it there in months?"),
    "not_evaluable_failure": ("not evaluable as failures", "What if none of them responded?"),
    "not_evaluable_excluded": ("not evaluable left out", "What if they are not counted?"),
    "not_evaluable_success": ("not evaluable as successes", "What if all of them responded?"),
    "multiplicity": (
        "adjustment for the number of tests",
        "Is its P below the level among so many tests?",
    ),
}
"""Name of each check, and what it asks."""

OUTCOMES = {
    KEEPS: "as the main analysis",
    SIDE: "same direction, but compatible with no difference",
    UNCLEAR: "other direction, compatible with no difference",
    OPPOSITE: "a difference in the other direction",
    NEW: "a difference that the main analysis does not show",
}
OTHERWISE = {
    "leave_one_out": "without a certain patient its P lies on the other side of the level",
    "specification": "fewer than {:g}% of the sets lead where the main analysis does",
    "multiplicity": "its P is no longer below the level",
}
REFITS = ("specification", "leave_one_out")
"""Checks whose limits are the smallest and largest of many refits."""


def check_name(key: str) -> str:
    """Name a check by its key, which of a landmark bears its month: landmark at month 3."""
    kind, _, rest = key.partition("_")
    if kind != "landmark":
        return CHECKS[key][0]
    month, _, last = rest.partition("_")
    return CHECKS[kind][0].format(month) + (" (the last procedure)" if last == "last" else "")


def check_names(keys: list[str]) -> list[str]:
    """Name checks, the landmarks of several months together."""
    landmarks = [key for key in keys if key.startswith("landmark_")]
    months = [key.split("_")[1] for key in landmarks]
    together = f"landmarks at months {listed(months)}" if len(months) > 1 else ""
    told = []
    for key in keys:
        if not together or key not in landmarks:
            told.append(check_name(key))
        elif key == landmarks[0]:
            told.append(together)
    return told


def outcome(check: pd.Series) -> str:
    """Say what a check makes of the finding; "" for one that is not judged."""
    if check["method"] not in ("", KEEPS) and check["group"] in OTHERWISE:
        return OTHERWISE[check["group"]].format(AGREEING_SETS)
    return OUTCOMES.get(check["method"], "")


def check_asks(key: str) -> str:
    """Give what a check asks."""
    return CHECKS["landmark" if key.startswith("landmark_") else key][1]


def check_result(check: pd.Series, study: Study, inside: bool = False) -> str:
    """Print what a check gave: an effect with its limits, a range of refits, or a P.

    `inside`: it stands within brackets, and has none of its own.
    """
    if check["group"] == "multiplicity":
        return f"adjusted P {p_text(check['p_value'], study)}"
    if pd.isna(check["estimate"]):
        return "no estimate"
    if check["group"] == "restricted" or check["term"] == "rate":
        shown = [formats.number(check[name], 1) for name in LIMITS]
        shown[0] += " points" if check["term"] == "rate" else " months"
    else:
        shown = [formats.ratio(check[name]) for name in LIMITS]
    limits = ("range " if check["group"] in REFITS else "") + f"{shown[1]} to {shown[2]}"
    return f"{shown[0]}, {limits}" if inside else f"{shown[0]} ({limits})"


LIMITS = ("estimate", "conf_low", "conf_high")
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

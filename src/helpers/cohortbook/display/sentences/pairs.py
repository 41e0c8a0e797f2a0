"""What sentences say of every two of three or more arms."""

from __future__ import annotations

import pandas as pd

from ...results import one, pick
from ...study.study import Study
from ..words import arm, listed, number_word, p_equals

HOW = {
    "none": "unadjusted",
    "holm": "adjusted by Holm's method",
    "benjamini-hochberg": "adjusted by the method of Benjamini and Hochberg",
}


def smallest(results: pd.DataFrame, study: Study) -> str:
    """Name the two arms with the smallest P value, adjusted; "" where no two have one."""
    pairs = pick(results, statistic="pair")
    pairs = pairs[pairs["p_value"].notna()]
    if pairs.empty:
        return ""
    # the unadjusted ones tell them apart where adjusted ones are all 1
    names = pairs.loc[pairs["p_value"].idxmin(), ["level", "group"]]
    least = one(results, statistic="pair_adjusted", **names)
    names = listed([arm(study, least["level"]), arm(study, least["group"])])
    return (
        f"; of the {number_word(len(pairs))} pairs, {names} had the smallest *P*, "
        f"{p_equals(least['p_value'], study)} ({HOW[least['method']]})"
    )

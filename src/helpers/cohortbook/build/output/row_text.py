"""A result row as it is printed, for those who read `results.json` without a calculator."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ... import formats

RATIOS = {"hr", "odds_ratio"}
TIMES = {"median", "follow_up", "rmst"}
COUNTS = {
    "n",
    "events",
    "patients",
    "missing",
    "competing",
    "lost",
    "permutation",
    "n_risk",
    "n_event",
    "n_censor",
    "highest_grade",
}
SHARES = {
    "completeness",
    "percent",
    "survival",
    "event_percent",
    "difference",
    "risk",
    "risk_difference",
}

PERCENTAGES = {
    "completeness",
    "percent",
    "survival",
    "event_percent",
}  # differences of them are none

SMD = {"smd", "smd_pair"}


def printed(row: Mapping[str, Any]) -> str:
    """Give the estimate of a row, with its limits if there are any, as the report rounds it."""
    statistic, estimate = str(row["statistic"]), float(row["estimate"])
    low, high = float(row["conf_low"]), float(row["conf_high"])
    if statistic in TIMES and row["analysis"] != "baseline":
        with_limits = not (math.isnan(low) and math.isnan(high))
        show = formats.months_interval(estimate, low, high) if with_limits else ""
        return show or formats.months(estimate)
    if math.isnan(estimate):
        return formats.EMPTY
    if statistic in RATIOS:
        limits = not (math.isnan(low) and math.isnan(high))
        return formats.ratio_interval(estimate, low, high) if limits else formats.ratio(estimate)
    if statistic in COUNTS:
        return formats.number(estimate, 0)
    one = statistic in SHARES or (row["analysis"] == "baseline" and statistic not in SMD)
    decimals = 1 if one else 3
    show = formats.percentage if statistic in PERCENTAGES else formats.number
    text = show(estimate, decimals)
    if math.isnan(low) and math.isnan(high):
        return text
    return f"{text} ({formats.interval(low, high, decimals, formats.EMPTY, show)})"


def printed_p(row: Mapping[str, Any], alpha: float, decimals: int = 3) -> str:
    """Give the P value of a row as a report of this alpha prints it; empty if it has none."""
    p = float(row["p_value"])
    return "" if math.isnan(p) else formats.p_value(p, alpha, decimals)

"""The E-value: how strong unmeasured confounding would have to be to explain a result away."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class EValue:
    """E-value of an estimate and of the confidence limit nearer to 1; both at least 1."""

    estimate: float
    limit: float
    method: str
    note: str = ""


def e_value(ratio: float) -> float:
    """E-value of a risk ratio: RR + sqrt(RR (RR - 1)), of 1 / RR if it is below 1.

    The least association, as a risk ratio, that an unmeasured confounder must have with both
    treatment and outcome to explain the ratio away (VanderWeele and Ding, Ann Intern Med 2017;
    167:268).
    """
    if not ratio > 0 or math.isinf(ratio):
        return math.nan if math.isnan(ratio) or ratio < 0 else math.inf
    above = max(ratio, 1 / ratio)
    return above + math.sqrt(above * (above - 1))


def e_value_hazard_ratio(
    hazard_ratio: float, conf_low: float, conf_high: float, common: bool = True
) -> EValue:
    """E-value of a hazard ratio and of its confidence limit nearer to 1.

    Where the outcome is common (over 15 % by the end of follow-up) the hazard ratio is first
    turned into an approximate risk ratio, (1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1/HR)); where it
    is rare it is taken as one. R: `EValue::evalues.HR(est, lo, hi, rare = !common)`.

    Parameters
    ----------
    hazard_ratio, conf_low, conf_high : float
        The hazard ratio and its limits, not logged.
    common : bool
        Whether over 15 % had the event by the end of follow-up.

    Returns
    -------
    EValue
        The limit's is 1 when the interval holds 1. NaN with a note if a number is missing.
    """
    method = "common outcome" if common else "rare outcome"
    values = hazard_ratio, conf_low, conf_high
    if any(not math.isfinite(value) or value <= 0 for value in values):
        return EValue(math.nan, math.nan, method, "not estimable: no finite hazard ratio")
    # the limit nearer to 1 is the first that confounding would carry over it
    near = conf_low if hazard_ratio >= 1 else conf_high
    covers = conf_low <= 1 <= conf_high
    convert = risk_ratio_of_hazard_ratio if common else float
    limit = 1.0 if covers else e_value(convert(near))
    return EValue(e_value(convert(hazard_ratio)), limit, method)


def risk_ratio_of_hazard_ratio(hazard_ratio: float) -> float:
    """Approximate the risk ratio of a common outcome (VanderWeele, Biometrics 2020; 76:746)."""
    root = math.sqrt(hazard_ratio)
    return (1 - 0.5**root) / (1 - 0.5 ** (1 / root))

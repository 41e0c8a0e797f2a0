"""What the tests and estimates of this package give back: frozen records, never rounded."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class HypothesisTest:
    """One test of a null hypothesis.

    `test` is a short code ("fisher", "chi-squared", "mann-whitney"), `method` its printed name.
    A number that does not exist is NaN, and `note` says why; `note` is also where a doubt goes.
    """

    test: str
    method: str
    p_value: float = math.nan
    statistic: float = math.nan
    df: float = math.nan
    expected_min: float = math.nan
    note: str = ""


@dataclass(frozen=True)
class Estimate:
    """An estimate with its confidence limits; NaN and a note where there is none."""

    estimate: float
    conf_low: float
    conf_high: float
    conf_level: float
    method: str
    note: str = ""

"""Sentences about effects that may change with time: tests, hazard ratios, differences."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ... import formats
from ...analysis.nonproportional import PER, RESTRICTED_MEAN, SURVIVAL
from ...formats import markdown as md
from ...results import one, pick
from ...study.study import Study
from ..words import arm, clauses, exposures, hr_with_p, listed, lower, p_equals
from ..words import ratio_limits as limits_of_ratio

WEIGHED = {"0,1": "late", "1,0": "early", "1,1": "middle"}
"""Which differences the usual tests weigh most."""
MAX_COMBO = "MaxCombo judges the most extreme of these tests by their joint distribution."
UNITS = {SURVIVAL: "percentage points", RESTRICTED_MEAN: "months"}
NAMES = {SURVIVAL: "survival", RESTRICTED_MEAN: "restricted mean"}


def told(results: pd.DataFrame, study: Study) -> dict[str, str]:
    """Give each part by its name."""
    ends = [key for key in study.endpoints if len(pick(results, endpoint=key))]
    makers = {"tests": _tests, "ratios": _ratios, "differences": _differences}
    parts = {
        name: " ".join(
            filter(None, (make(pick(results, endpoint=key), key, study) for key in ends))
        )
        for name, make in makers.items()
    }
    if len(pick(results, statistic="max_combo").dropna(subset=["p_value"])):
        parts["tests"] += f" {MAX_COMBO}"
    return parts


def test_name(level: str) -> str:
    """Name a weighted test by its exponents, "rho,gamma"."""
    rho, gamma = level.split(",")
    return "log-rank test" if level == "0,0" else f"test G({rho}, {gamma})"


def period_name(level: str) -> str:
    """Name a period, "from-to": up to month 6, months 6 to 12, after month 12."""
    start, end = level.split("-")
    if not end:
        return f"after month {start}"
    return f"up to month {end}" if start == "0" else f"from month {start} to month {end}"


def curve_name(of: str, study: Study, endpoint: str) -> str:
    """Name what a difference is of, for prose: survival, or the share without the event."""
    spec = study.endpoints[endpoint]
    if spec.survives:
        return "survival" if of == SURVIVAL else "mean survival time"
    what = "the share" if of == SURVIVAL else "the mean time"
    return f"{what} without {md(spec.event_label)}"


def _tests(part: pd.DataFrame, endpoint: str, study: Study) -> str:
    each = pick(part, statistic="fleming_harrington")
    label = lower(md(study.endpoints[endpoint].label))
    if each.empty:
        return ""
    if each["p_value"].isna().all():
        return f"For {label} the weighted tests are not defined."
    shown = [
        f"{_test(found['level'])} {'gave ' * (not place)}{p_equals(found['p_value'], study)}"
        for place, (_, found) in enumerate(each.iterrows())
    ]
    text = f"For {label} {listed(shown)}"
    combined = pick(part, statistic="max_combo")
    if combined.empty:
        return f"{text}."
    return f"{text}; MaxCombo gave {p_equals(combined.iloc[0]['p_value'], study)}."


def _test(level: str) -> str:
    weighs = f"test of {WEIGHED[level]} differences" if level in WEIGHED else ""
    return f"the {weighs or test_name(level)}"


def _ratios(part: pd.DataFrame, endpoint: str, study: Study) -> str:
    label = lower(md(study.endpoints[endpoint].label))
    return " ".join([*_periods(part, label, study), *_log_time(part, label, study)])


def _periods(part: pd.DataFrame, label: str, study: Study) -> Iterator[str]:
    periods = pick(part, statistic="hr_period")
    if periods.empty:
        return
    if periods["estimate"].isna().all():
        yield f"In none of the periods could a hazard ratio for {label} be estimated."
        return
    shown = []
    for _, found in periods.iterrows():
        value = hr_with_p(found, study) if pd.notna(found["estimate"]) else "not estimable"
        shown.append(f"{value} {period_name(found['level'])}")
    equal = one(part, statistic="equal_periods")
    same = (
        f"; the test that it is the same in all gave {p_equals(equal['p_value'], study)}"
        if pd.notna(equal["p_value"])
        else ""
    )
    yield f"The {exposures(study)} hazard ratio for {label} was {clauses(shown)}{same}."


def _log_time(part: pd.DataFrame, label: str, study: Study) -> Iterator[str]:
    found = pick(part, statistic="log_time")
    if found.empty:
        return
    change = found.iloc[0]
    if pd.isna(change["estimate"]):
        yield f"A hazard ratio for {label} that changes with log time could not be estimated."
        return
    text = (
        f"With each doubling of time the ratio for {label} was multiplied by "
        f"{hr_with_p(change, study)}"
    )
    at = [
        f"{formats.ratio(row['estimate'])} ({limits_of_ratio(row, study)}) at month {row['level']}"
        for _, row in pick(part, statistic="hr_at").iterrows()
    ]
    yield f"{text}, which makes it {listed(at)}." if at else f"{text}."


def _differences(part: pd.DataFrame, endpoint: str, study: Study) -> str:
    return " ".join(filter(None, (_difference(part, of, endpoint, study) for of in PER)))


def _difference(part: pd.DataFrame, of: str, endpoint: str, study: Study) -> str:
    """Give the difference at the last milestone with both intervals, and when the band is apart."""
    at = pick(part, statistic=f"difference_{of}")
    if at.empty:
        return ""
    found, conf = at.iloc[-1], formats.conf_label(study.statistics.conf_level)
    band = one(part, statistic=f"difference_{of}_band", level=found["level"])
    label = lower(md(study.endpoints[endpoint].label))
    name = curve_name(of, study, endpoint)
    until = "up to" if of == RESTRICTED_MEAN else "at"
    arms = f"{arm(study, study.comparison_arm.code)} minus {arm(study, study.reference_arm)}"
    text = (
        f"For {label} the difference in {name} {until} month {found['level']}, {arms}, was "
        f"{formats.number(found['estimate'], 1)} {UNITS[of]} ({conf} {_span(found)}; band of the "
        f"whole curve {_span(band)})"
    )
    runs = pick(part, statistic=f"difference_{of}_apart")
    if runs.empty:
        return f"{text}; the band takes in zero at all times."
    side = {1.0: "above", -1.0: "below"}
    when = [
        f"{side[sign]} zero {'at times ' if len(own) > 1 else ''}from month "
        f"{formats.number(own['conf_low'].min(), 1)} to month "
        f"{formats.number(own['conf_high'].max(), 1)}"
        for sign, own in runs.groupby("estimate", sort=False)
    ]
    return f"{text}; the band is {listed(when)}."


def _span(found: pd.Series) -> str:
    low, high = (formats.number(found[name], 1) for name in ("conf_low", "conf_high"))
    return f"{low} to {high}"

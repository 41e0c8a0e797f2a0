"""Effects without proportional hazards: restricted mean survival and survival at milestones."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from ...cohort.cohort import Cohort
from ...results import frame, row
from ...stats.km import kaplan_meier
from ...stats.rmst import common_tau, rmst_difference
from ...stats.times import join_notes

POINTS = 40  # horizons at which the difference is drawn


def restricted_means(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Compare restricted mean survival time, and survival at the endpoint's milestones.

    Returns
    -------
    DataFrame
        Tidy results, analysis "restricted". Term "rmst" (level = horizon in months, see
        `horizon_of`): `mean` per arm, and for group "difference" `difference`
        (months) and `ratio`, other arm against reference arm. Term "milestone" (level = months):
        `survival` per arm in per cent, with the study's limits, and `difference` in percentage
        points with a normal interval from Greenwood's variances.
    """
    return frame([*_means(cohort, endpoint), *_milestones(cohort, endpoint)])


def _means(cohort: Cohort, endpoint: str) -> Iterator[dict]:
    data, study = cohort.survival(endpoint, entry=True), cohort.study
    other = (data["arm"] == study.comparison_arm.code).to_numpy()
    if other.all() or not other.any():
        return
    horizon, doubt = horizon_of(cohort, data)
    found = rmst_difference(
        data["time"],
        data["event"],
        other,
        horizon,
        conf_level=study.statistics.conf_level,
        entry=data.get("entry"),
    )
    keys = {
        "endpoint": endpoint,
        "population": cohort.population,
        "term": "rmst",
        "level": f"{found.tau:g}",
        "note": join_notes(found.note, doubt),
        "method": "restricted mean survival time, Greenwood's variance",
    }
    reach = _z(cohort)
    for code, arm in zip(study.arm_codes, (found.reference, found.experimental), strict=True):
        yield row(
            "restricted",
            "mean",
            arm.estimate,
            group=code,
            **keys,
            conf_low=arm.estimate - reach * arm.std_err,
            conf_high=arm.estimate + reach * arm.std_err,
        )
    keys["group"] = "difference"
    yield row(
        "restricted",
        "difference",
        found.difference,
        conf_low=found.difference_low,
        conf_high=found.difference_high,
        p_value=found.difference_p,
        **keys,
    )
    yield row(
        "restricted",
        "ratio",
        found.ratio,
        conf_low=found.ratio_low,
        conf_high=found.ratio_high,
        p_value=found.ratio_p,
        **keys,
    )


def horizon_of(cohort: Cohort, data: pd.DataFrame) -> tuple[float, str]:
    """Choose the month to which restricted means run, and say any doubt about it.

    The last month at which at least `robustness.horizon_at_risk` of each arm are at risk, or the
    study's `robustness.horizon`, which is cut to what both curves reach.

    Parameters
    ----------
    cohort : Cohort
    data : DataFrame
        Columns time (months), event (1 = event), arm; both arms have patients.
    """
    asked, share = cohort.study.robustness.horizon, cohort.study.robustness.horizon_at_risk
    other = (data["arm"] == cohort.study.comparison_arm.code).to_numpy()
    known = common_tau(data["time"], data["event"], other, data.get("entry"))
    if asked is not None:
        if asked <= known:
            return float(asked), ""
        return known, f"the curves of both arms are known to {known:g} months, not to {asked:g}"
    reached = [_reached_by(data[inside], share) for inside in (other, ~other)]
    return float(min(known, *reached)), ""


def _reached_by(arm: pd.DataFrame, share: float) -> float:
    """Give the longest time at which so large a share of an arm is at risk."""
    times = np.sort(arm["time"].to_numpy(float))[::-1]
    # 0.1 * 70 is 7.000000000000001, and not an eighth patient
    wanted = math.ceil(share * len(times) - 1e-9)
    if "entry" not in arm:
        return times[wanted - 1]
    entries = np.sort(arm["entry"].to_numpy(float))
    # who is to enter at a time, or after it, is not at risk at it
    to_come = np.where(times > 0, len(entries) - np.searchsorted(entries, times), 0)
    enough = np.arange(1, len(times) + 1) - to_come >= wanted
    return times[np.argmax(enough)] if enough.any() else times[0]


def difference_curve(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Give the difference of the restricted means over the horizon, up to the one in force.

    Returns
    -------
    DataFrame
        Columns endpoint, horizon (months), estimate, conf_low, conf_high (months, other arm minus
        reference arm); no row where an arm is empty.
    """
    columns = ["endpoint", "horizon", "estimate", "conf_low", "conf_high"]
    data, study = cohort.survival(endpoint, entry=True), cohort.study
    other = (data["arm"] == study.comparison_arm.code).to_numpy()
    if other.all() or not other.any():
        return pd.DataFrame(columns=columns)
    last, rows = horizon_of(cohort, data)[0], []
    # at month 0 the difference is 0 whatever the data
    for month in np.linspace(0, last, POINTS + 1)[1:] if last > 0 else []:
        found = rmst_difference(
            data["time"],
            data["event"],
            other,
            month,
            conf_level=study.statistics.conf_level,
            entry=data.get("entry"),
        )
        limits = found.difference, found.difference_low, found.difference_high
        rows.append((endpoint, float(month), *limits))
    return pd.DataFrame(rows, columns=columns)


def _milestones(cohort: Cohort, endpoint: str) -> Iterator[dict]:
    data, settings = cohort.survival(endpoint, entry=True), cohort.study.statistics
    arms = [data[data["arm"] == code] for code in cohort.study.arm_codes]
    if any(arm.empty for arm in arms):
        return
    curves = [
        kaplan_meier(
            arm["time"],
            arm["event"],
            conf_level=settings.conf_level,
            conf_type=settings.conf_type,
            entry=arm.get("entry"),
        )
        for arm in arms
    ]
    for months in cohort.study.endpoints[endpoint].milestones:
        yield from _milestone(cohort, endpoint, months, curves)


def _milestone(cohort: Cohort, endpoint: str, months: float, curves: list) -> Iterator[dict]:
    keys = {
        "endpoint": endpoint,
        "population": cohort.population,
        "term": "milestone",
        "level": f"{months:g}",
    }
    found = [curve.at([months]) for curve in curves]
    for code, at in zip(cohort.study.arm_codes, found, strict=True):
        yield row(
            "restricted",
            "survival",
            100 * at["survival"][0],
            group=code,
            conf_low=100 * at["conf_low"][0],
            conf_high=100 * at["conf_high"][0],
            method=f"Kaplan-Meier, {cohort.study.statistics.conf_type}",
            **keys,
        )
    low, high = (at["survival"][0] for at in found)
    # on the plain scale: the difference of two survivals is read as a difference
    gap, se = high - low, float(np.hypot(*(at["std_err"][0] for at in found)))
    known = se > 0
    note = "" if known else _without_variance(min(low, high))
    if not all(curve.reaches(months) for curve in curves):
        note = join_notes(note, "follow-up of an arm ends before: its curve is carried on")
    reach = _z(cohort) * se if known else np.nan
    yield row(
        "restricted",
        "difference",
        100 * gap,
        group="difference",
        conf_low=100 * (gap - reach),
        conf_high=100 * (gap + reach),
        p_value=_two_sided(gap / se) if known else np.nan,
        note=note,
        method="difference of Kaplan-Meier estimates, Greenwood's variance",
        **keys,
    )


def _without_variance(lowest: float) -> str:
    """Say why Greenwood's variance gives no test: it is nothing at one and unknown at zero."""
    if lowest > 0:
        return "no test: no event before this month in either arm"
    return "no test: the curve of an arm is at zero, where it has no variance"


def _z(cohort: Cohort) -> float:
    return float(ndtri((1 + cohort.study.statistics.conf_level) / 2))


def _two_sided(z: float) -> float:
    return float(2 * ndtr(-abs(z)))

"""Where hazards may not be proportional: weighted tests, ratios by period, differences over time.

What is asked for is chosen in advance (`non_proportional` of the study file); nothing here depends
on the P values that were found.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..results import frame, row
from ..stats.changing_effect import (
    DifferenceOverTime,
    difference_over_time,
    hazard_ratio_at,
    piecewise_hazard_ratios,
    treatment_by_log_time,
)
from ..stats.cox import CoxFit
from ..stats.weighted_logrank import max_combo
from ..study.settings import NonProportional
from .cox import NO_FINITE_ESTIMATE, hr_cells
from .rules import BAND_PATHS

ANALYSIS = "nonproportional"
BAND = ["time", "estimate", "conf_low", "conf_high", "band_low", "band_high"]
RATIO = ["time", "hr", "conf_low", "conf_high"]
SURVIVAL, RESTRICTED_MEAN = "survival", "restricted_mean"
STATS_NAMES = {SURVIVAL: "survival", RESTRICTED_MEAN: "rmst"}
PER = {SURVIVAL: 100.0, RESTRICTED_MEAN: 1.0}
"""Survival is given in per cent, restricted means in months."""
LARGE = 20_000_000
"""Patients times event times above which the treatment by log time is not fitted."""
POINTS, ENDS = 60, (0.05, 0.95)
"""Of the curve of the hazard ratio over time: its points, and the share of events by its ends."""
SIMULTANEOUS = f"band over all times, {BAND_PATHS:,} simulated paths"


def asked(cohort: Cohort) -> NonProportional:
    """Give what is asked for; what needs no further choice where the file asks nothing."""
    return cohort.study.non_proportional or NonProportional()


def is_asked(cohort: Cohort, endpoint: str) -> bool:
    """Say whether the arms are compared so for an endpoint."""
    names = asked(cohort).endpoints
    return cohort.study.compares and (names is None or endpoint in names)


def nonproportional(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Compare the arms without supposing that one hazard ratio holds at all times.

    Parameters
    ----------
    cohort : Cohort
        Whose study file says what is shown (`non_proportional`).
    endpoint : str

    Returns
    -------
    DataFrame
        Tidy results, analysis "nonproportional", group "difference", the other arm against the
        reference arm. `fleming_harrington` (level "rho,gamma"; estimate = z, positive where the
        other arm has more events; two-sided P) and, of several, `max_combo` (estimate = the largest
        |z|, P from the joint distribution). `hr_period` (level "from-to" in months) with `events`
        by arm (n at risk in the period) and `equal_periods` (Wald). `log_time`: what the hazard
        ratio is multiplied by each time that time doubles; `hr_at` by that model at the endpoint's
        milestones (level = months). `difference_survival` (percentage points) and
        `difference_restricted_mean` (months) at the milestones, with `..._band` at the same, the
        limits of the whole curve, and `..._apart`: from when (conf_low) to when (conf_high) the
        band is on one side of zero (estimate = +1 or -1). Empty for one arm.
    """
    if not is_asked(cohort, endpoint):
        return frame([])
    data = cohort.survival(endpoint, entry=True)
    keys = {"endpoint": endpoint, "population": cohort.population, "group": "difference",
            "n": len(data), "n_events": int(data["event"].sum())}  # fmt: skip
    given, late = _given(cohort, data), data.get("entry")
    return frame([*_weighted(cohort, given, late, keys), *_periods(cohort, given, late, keys),
                  *_log_time(cohort, given, late, endpoint, keys),
                  *_differences(cohort, endpoint, keys)])  # fmt: skip


def difference_curves(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Give the differences between the arms over time that are asked for.

    Returns
    -------
    DataFrame
        Columns endpoint, population, of ("survival", in percentage points, or "restricted_mean",
        in months free of the event up to each time), time (months), estimate (other arm less
        reference arm), conf_low, conf_high (pointwise), band_low, band_high (the whole curve with
        the study's confidence); limits of survival are cut at 100 percentage points. Empty where
        one arm has nobody.
    """
    first = ["endpoint", "population", "of"]
    parts = [pd.DataFrame(columns=[*first, *BAND])]
    for of in asked(cohort).differences if is_asked(cohort, endpoint) else ():
        found = _difference(cohort, endpoint, of)
        if found is None or not found.critical > 0:  # nothing that varies, and so no interval
            continue
        body = pd.DataFrame({name: getattr(found, name) for name in BAND})
        body[BAND[1:]] *= PER[of]
        if of == SURVIVAL:  # shares cannot differ by more
            body[BAND[1:]] = body[BAND[1:]].clip(-100, 100)
        keys = {"endpoint": endpoint, "population": cohort.population, "of": of}
        parts.append(body.assign(**keys)[[*first, *BAND]])
    return pd.concat(parts[1:] or parts, ignore_index=True)


def ratio_curve(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Give the hazard ratio over time by the model with treatment by log time.

    Returns
    -------
    DataFrame
        Columns endpoint, population, time (months, from the 5th to the 95th percentile of event
        times), hr, conf_low, conf_high (pointwise). Empty where the model has no estimate.
    """
    columns = ["endpoint", "population", *RATIO]
    data = cohort.survival(endpoint, entry=True)
    fit = None
    if is_asked(cohort, endpoint):
        fit = _log_time_fit(cohort, _given(cohort, data), data.get("entry"))
    times = data.loc[(data["event"] == 1) & (data["time"] > 0), "time"]
    if fit is None or times.empty or _without_estimate(fit):
        return pd.DataFrame(columns=columns)
    at = np.linspace(*np.quantile(times, ENDS), POINTS)
    body = pd.DataFrame(dict(zip(RATIO, (at, *hazard_ratio_at(fit, at)), strict=True)))
    return body.assign(endpoint=endpoint, population=cohort.population)[columns]


def _given(cohort: Cohort, data: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Time, event, and 1 = the other arm."""
    treated = (data["arm"] == cohort.study.comparison_arm.code).to_numpy(float)
    return data["time"].to_numpy(float), data["event"].to_numpy(float), treated


def _weighted(cohort: Cohort, given, late, keys) -> Iterator[dict]:
    weights = [tuple(pair) for pair in asked(cohort).weighted_tests]
    if not weights:
        return
    test = max_combo(*given, weights, levels=[0.0, 1.0], entry=late)
    for (rho, gamma), z, p in zip(test.weights, test.z, test.p_each, strict=True):
        yield row(ANALYSIS, "fleming_harrington", z, p_value=p, level=f"{rho:g},{gamma:g}",
                  method=f"Fleming-Harrington test G({rho:g}, {gamma:g})", note=test.note,
                  **keys)  # fmt: skip
    if len(weights) > 1:
        method = f"MaxCombo of {len(weights)} weighted log-rank tests"
        yield row(ANALYSIS, "max_combo", test.statistic, p_value=test.p, note=test.note,
                  method=method, **keys)  # fmt: skip


def _periods(cohort: Cohort, given, late, keys) -> Iterator[dict]:
    periods, settings = list(asked(cohort).periods), cohort.study.statistics
    if not periods:
        return
    found = piecewise_hazard_ratios(*given, periods, entry=late, ties=settings.ties,
                                    conf_level=settings.conf_level)  # fmt: skip
    for (start, end), column, here, events in zip(
        found.periods, found.columns, found.patients, found.events, strict=True
    ):
        level = f"{start:g}-{end:g}" if end < math.inf else f"{start:g}-"
        cells = hr_cells(found.fit, column) | {"n": here.sum(), "n_events": events.sum()}
        yield row(ANALYSIS, "hr_period", level=level, **keys | cells)
        for place, code in enumerate(cohort.study.arm_codes):
            own = {"group": code, "n": here[place], "n_events": events[place]}
            yield row(ANALYSIS, "events", events[place], level=level, **keys | own)
    yield row(ANALYSIS, "equal_periods", found.equal.chi2, p_value=found.equal.p,
              method="Wald test that all periods share one hazard ratio", **keys)  # fmt: skip


def _log_time_fit(cohort: Cohort, given, late) -> CoxFit | None:
    """The model with treatment by log time; None where it is not asked for, or too large."""
    time, event, _ = given
    if not asked(cohort).log_time or len(set(time[event > 0])) * len(time) > LARGE:
        return None
    if event.sum() < 2:
        return None
    settings = cohort.study.statistics
    return treatment_by_log_time(
        *given, entry=late, ties=settings.ties, conf_level=settings.conf_level
    )


def _without_estimate(fit: CoxFit) -> bool:
    return bool(fit.infinite[-2:].any() or fit.aliased[-2:].any())


def _log_time(cohort: Cohort, given, late, endpoint, keys) -> Iterator[dict]:
    fit = _log_time_fit(cohort, given, late)
    if fit is None:
        return
    method = "Cox model with treatment by log time"
    if _without_estimate(fit):
        yield row(ANALYSIS, "log_time", method=method, note=NO_FINITE_ESTIMATE, **keys)
        return
    cells = hr_cells(fit, len(fit.names) - 1) | {"n": keys["n"], "method": method}
    # for each doubling, not for each e-fold, of time
    cells |= {name: cells[name] ** math.log(2) for name in ("estimate", "conf_low", "conf_high")}
    yield row(ANALYSIS, "log_time", **keys | cells)
    for month in _milestones(cohort, endpoint, given):
        hr, low, high = (float(part[0]) for part in hazard_ratio_at(fit, [month]))
        yield row(ANALYSIS, "hr_at", hr, conf_low=low, conf_high=high, level=f"{month:g}",
                  method=method, **keys)  # fmt: skip


def _milestones(cohort: Cohort, endpoint: str, given) -> list[float]:
    """The endpoint's milestones up to the last event."""
    time, event, _ = given
    last = time[event > 0].max()
    return [month for month in cohort.study.endpoints[endpoint].milestones if month <= last]


def _difference(cohort: Cohort, endpoint: str, of: str) -> DifferenceOverTime | None:
    data = cohort.survival(endpoint, entry=True)
    if not cohort.study.compares or data["arm"].nunique() < 2:
        return None
    return difference_over_time(
        *_given(cohort, data),
        of=STATS_NAMES[of],
        also=cohort.study.endpoints[endpoint].milestones,
        draws=BAND_PATHS,
        conf_level=cohort.study.statistics.conf_level,
        seed=cohort.study.robustness.seed,
        entry=data.get("entry"),
    )


def _differences(cohort: Cohort, endpoint: str, keys) -> Iterator[dict]:
    milestones = cohort.study.endpoints[endpoint].milestones
    for of, curve in difference_curves(cohort, endpoint).groupby("of", sort=False):
        # before the first event nothing varies, and there is no interval
        varies = curve["conf_low"] < curve["conf_high"]
        for _, at in curve[curve["time"].isin(milestones) & varies].iterrows():
            yield from _difference_at(at, of, keys)
        for number, (start, end, sign) in enumerate(_apart(curve), 1):
            yield row(ANALYSIS, f"difference_{of}_apart", sign, conf_low=start, conf_high=end,
                      term=str(number), method=SIMULTANEOUS, **keys)  # fmt: skip


def _difference_at(at: pd.Series, of: str, keys) -> Iterator[dict]:
    """The difference at one time, with its own limits and with those of the whole curve."""
    cells = keys | {"level": f"{at['time']:g}"}
    yield row(ANALYSIS, f"difference_{of}", at["estimate"], conf_low=at["conf_low"],
              conf_high=at["conf_high"], method="pointwise limits", **cells)  # fmt: skip
    yield row(ANALYSIS, f"difference_{of}_band", at["estimate"], conf_low=at["band_low"],
              conf_high=at["band_high"], method=SIMULTANEOUS, **cells)  # fmt: skip


def _apart(curve: pd.DataFrame) -> Iterator[tuple[float, float, float]]:
    """Times at which the band is on one side of zero, with the side, one after the other."""
    side = np.where(curve["band_low"] > 0, 1, np.where(curve["band_high"] < 0, -1, 0))
    time, begin = curve["time"].to_numpy(), 0
    for place in range(1, len(side) + 1):
        if place == len(side) or side[place] != side[begin]:
            if side[begin]:
                yield time[begin], time[min(place, len(side) - 1)], float(side[begin])
            begin = place

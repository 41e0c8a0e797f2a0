"""Where hazards may not be proportional: weighted tests, ratios by period, differences over time.

What is asked for is chosen in advance; nothing here depends on the P values that were found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from ..cohort.cohort import Cohort
from ..results import frame, row
from ..stats.changing_effect import (
    difference_over_time,
    piecewise_hazard_ratios,
    treatment_by_log_time,
)
from ..stats.weighted_logrank import STANDARD, max_combo
from .cox import hr_cells

ANALYSIS = "nonproportional"
BAND = ["time", "estimate", "conf_low", "conf_high", "band_low", "band_high"]
LARGE = 20_000_000
"""Patients times event times above which the treatment by log time is not fitted."""


def nonproportional(
    cohort: Cohort,
    endpoint: str,
    periods: Sequence[float] = (),
    weights: Sequence[tuple[float, float]] = STANDARD,
) -> pd.DataFrame:
    """Compare the arms without supposing that one hazard ratio holds at all times.

    Parameters
    ----------
    cohort : Cohort
    endpoint : str
    periods : sequence of float
        Months at which periods with hazard ratios of their own end, rising; none = not fitted.
    weights : sequence of (rho, gamma)
        Of the Fleming-Harrington tests that MaxCombo combines.

    Returns
    -------
    DataFrame
        Tidy results, analysis "nonproportional", group "difference": `fleming_harrington` (level =
        "rho,gamma"; estimate = z, positive where the other arm has more events; two-sided P),
        `max_combo` (estimate = the largest |z|, P from the joint distribution), `hr_period` (level
        "from-to" in months) with `equal_periods` (Wald), and `log_time` (hazard ratio for each
        e-fold of time, with its P). Empty for one arm.
    """
    if not cohort.study.compares:
        return frame([])
    data = cohort.survival(endpoint)
    keys = {"endpoint": endpoint, "population": cohort.population, "group": "difference",
            "n": len(data), "n_events": int(data["event"].sum())}  # fmt: skip
    # the comparison arm is 1, so that the signs are those of the hazard ratio
    treated = (data["arm"] == cohort.study.comparison_arm.code).to_numpy(float)
    given = data["time"].to_numpy(float), data["event"].to_numpy(float), treated
    return frame([*_weighted(given, weights, keys), *_periods(cohort, given, periods, keys),
                  *_log_time(cohort, given, keys)])  # fmt: skip


def difference_curves(
    cohort: Cohort, endpoint: str, of: str = "survival", draws: int = 2000
) -> pd.DataFrame:
    """Give the difference between the arms over time, other arm less reference arm.

    Parameters
    ----------
    of : {"survival", "rmst"}
        Survival, or mean time free of the event up to each time.
    draws : int
        Simulated paths that the band rests on.

    Returns
    -------
    DataFrame
        Columns endpoint, population, time (months), estimate, conf_low, conf_high (pointwise),
        band_low, band_high (the whole curve with the study's confidence).
    """
    columns = ["endpoint", "population", *BAND]
    data = cohort.survival(endpoint)
    if not cohort.study.compares or data["arm"].nunique() < 2:
        return pd.DataFrame(columns=columns)
    treated = data["arm"] == cohort.study.comparison_arm.code
    found = difference_over_time(
        data["time"],
        data["event"],
        treated,
        of=of,
        draws=draws,
        conf_level=cohort.study.statistics.conf_level,
        seed=cohort.study.robustness.seed,
    )
    body = pd.DataFrame({name: getattr(found, name) for name in BAND})
    return body.assign(endpoint=endpoint, population=cohort.population)[columns]


def _weighted(given, weights, keys) -> Iterator[dict]:
    test = max_combo(*given, weights, levels=[0.0, 1.0])
    for (rho, gamma), z, p in zip(test.weights, test.z, test.p_each, strict=True):
        yield row(ANALYSIS, "fleming_harrington", z, p_value=p, level=f"{rho:g},{gamma:g}",
                  method=f"Fleming-Harrington test G({rho:g}, {gamma:g})", note=test.note,
                  **keys)  # fmt: skip
    yield row(
        ANALYSIS,
        "max_combo",
        test.statistic,
        p_value=test.p,
        note=test.note,
        method=f"MaxCombo of {len(test.weights)} weighted log-rank tests",
        **keys,
    )


def _periods(cohort: Cohort, given, periods, keys) -> Iterator[dict]:
    if not periods:
        return
    settings = cohort.study.statistics
    found = piecewise_hazard_ratios(*given, periods, ties=settings.ties,
                                    conf_level=settings.conf_level)  # fmt: skip
    for (start, end), column, here, events in zip(
        found.periods, found.columns, found.patients, found.events, strict=True
    ):
        cells = hr_cells(found.fit, column) | {"n": here.sum(), "n_events": events.sum()}
        level = f"{start:g}-{end:g}" if end < float("inf") else f"{start:g}-"
        yield row(ANALYSIS, "hr_period", level=level, **keys | cells)
    yield row(
        ANALYSIS,
        "equal_periods",
        found.equal.chi2,
        p_value=found.equal.p,
        method="Wald test that all periods share one hazard ratio",
        **keys,
    )


def _log_time(cohort: Cohort, given, keys) -> Iterator[dict]:
    time, event, _ = given
    # with one event there is one log time, and nothing that the effect could change with
    if len(set(time[event > 0])) * len(time) > LARGE or event.sum() < 2:
        return
    settings = cohort.study.statistics
    fit = treatment_by_log_time(*given, ties=settings.ties, conf_level=settings.conf_level)
    cells = hr_cells(fit, len(fit.names) - 1)
    cells |= {"n": keys["n"], "method": "Cox model with treatment by log time"}
    yield row(ANALYSIS, "log_time", **keys | cells)

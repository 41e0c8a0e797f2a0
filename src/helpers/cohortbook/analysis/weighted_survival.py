"""Curves and tests of arms made alike: by weights, by standardisation, by matching."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..results import frame, row
from ..stats.cox import cox_fit
from ..stats.km import KaplanMeier
from ..stats.matching import matched_cox, nearest_matches, optimal_matches
from ..stats.propensity import WEIGHTS, effective_size, propensity
from ..stats.smd import smd_continuous
from ..stats.standardised import standardised_curves
from ..stats.weighted_curves import weighted_km, weighted_logrank
from .cox import hr_cells
from .design import design, model_terms

ANALYSIS = "weighted_survival"
Weights = Literal["overlap", "inverse"]
CURVE = ["time", "survival", "conf_low", "conf_high", "n_risk", "n_event"]
NO_SCORE = "no propensity score: the covariates separate the arms, or an arm is empty"
CALIPER = 0.2
DRAWS = 500


@dataclass(frozen=True)
class Scored:
    """Patients with all covariates: time, event, treated, x, and their score (NaN = none)."""

    time: np.ndarray
    event: np.ndarray
    treated: np.ndarray
    x: np.ndarray
    score: np.ndarray

    @property
    def known(self) -> bool:
        """Whether there is a score."""
        return bool(len(self.score)) and bool(np.isfinite(self.score).all())


def weighted_survival(
    cohort: Cohort, endpoint: str, matching: Literal["nearest", "optimal"] | None = None,
    caliper: float = CALIPER,
) -> pd.DataFrame:  # fmt: skip
    """Compare the arms after weighting, standardisation, and matching if asked for.

    Parameters
    ----------
    matching : {"nearest", "optimal"}, optional
        One to one, on the logit of the propensity score.
    caliper : float
        Largest difference of a pair, in standard deviations of the logit.

    Returns
    -------
    DataFrame
        Tidy results, analysis "weighted_survival", group "difference". Level "overlap" and
        "inverse": `logrank` (robust) and `hr` (weighted Cox model, robust limits), `effective`
        (effective sample size). Level "standardised": `difference` of survival in percentage points
        at each milestone (term = months) with bootstrap limits. Level "matched": `hr`, pairs as
        clusters, `hr_paired`, pairs as strata, `pairs`, and `smd_before` and `smd_after` of each
        column (standardised mean differences). Empty without covariates, or for one
        arm.
    """
    if not cohort.study.compares or not cohort.study.covariates:
        return frame([])
    data = scored(cohort, endpoint)
    keys = {"endpoint": endpoint, "population": cohort.population, "group": "difference",
            "n": len(data.time), "n_events": int(data.event.sum())}  # fmt: skip
    rows = [*_weighted(cohort, data, keys), *_standardised(cohort, endpoint, data, keys)]
    if matching:
        rows += _matched(cohort, data, matching, caliper, keys)
    return frame(rows)


def weighted_curves(cohort: Cohort, endpoint: str, weights: Weights = "overlap") -> pd.DataFrame:
    """Give weighted Kaplan-Meier step functions by arm, with robust limits.

    Returns
    -------
    DataFrame
        Columns endpoint, population, group, time (months), survival, conf_low, conf_high, n_risk,
        n_event (sums of weights scaled to the arm's number of patients).
    """
    parts = []
    for code, curve in _curves(cohort, endpoint, weights):
        body = pd.DataFrame({name: getattr(curve, name) for name in CURVE})
        first = dict(zip(CURVE, (0.0, 1.0, 1.0, 1.0, curve.n, 0.0), strict=True))
        parts.append(pd.concat([pd.DataFrame([first]), body]).assign(group=code))
    out = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*CURVE, "group"])
    out = out.assign(endpoint=endpoint, population=cohort.population)
    return out[["endpoint", "population", "group", *CURVE]]


def scored(cohort: Cohort, endpoint: str) -> Scored:
    """Gather the patients who have all covariates, and their chance of the other arm."""
    data = design(cohort, endpoint, model_terms(cohort, cohort.study.covariates))
    x, treated = data.x[:, :-1], data.x[:, -1]
    score = propensity(treated, x).score[0] if len(treated) else np.zeros(0)
    return Scored(data.time, data.event, treated, x, score)


def _curves(cohort: Cohort, endpoint: str, weights: Weights) -> Iterator[tuple[str, KaplanMeier]]:
    if not cohort.study.compares or not cohort.study.covariates:
        return
    data, settings = scored(cohort, endpoint), cohort.study.statistics
    if not data.known:
        return
    weight = WEIGHTS[weights](data.treated, data.score)
    for value, code in enumerate(cohort.study.arm_codes):
        mine = data.treated == value
        if mine.any() and weight[mine].sum() > 0:
            # scaled to the arm's patients: numbers at risk read as patients, and no curve changes
            own = weight[mine] * mine.sum() / weight[mine].sum()
            yield code, weighted_km(data.time[mine], data.event[mine], own,
                                    conf_level=settings.conf_level,
                                    conf_type=settings.conf_type)  # fmt: skip


def _weighted(cohort: Cohort, data: Scored, keys: dict) -> Iterator[dict]:
    settings = cohort.study.statistics
    for level, weigh in WEIGHTS.items():
        own = keys | {"level": level}
        if not data.known:
            yield row(ANALYSIS, "hr", note=NO_SCORE, **own)
            continue
        weight = weigh(data.treated, data.score)
        test = weighted_logrank(data.time, data.event, data.treated, weight)
        yield row(ANALYSIS, "logrank", test.chi2, p_value=test.p, note=test.note,
                  method="weighted log-rank test, robust variance", **own)  # fmt: skip
        fit = cox_fit(data.time, data.event, data.treated, weights=weight, robust=True,
                      ties=settings.ties, conf_level=settings.conf_level)  # fmt: skip
        cells = hr_cells(fit, 0) | {"method": "weighted Cox model, robust limits"}
        yield row(ANALYSIS, "hr", **own | cells)
        yield row(ANALYSIS, "effective", effective_size(weight), **own)


def _standardised(cohort: Cohort, endpoint: str, data: Scored, keys: dict) -> Iterator[dict]:
    months = cohort.study.endpoints[endpoint].milestones
    if not months or not data.event.any():
        return
    found = standardised_curves(
        data.time,
        data.event,
        data.treated,
        data.x,
        months,
        draws=DRAWS,
        conf_level=cohort.study.statistics.conf_level,
        seed=cohort.study.robustness.seed,
    )
    low, high = found.limits()
    for at, value, below, above in zip(months, found.difference, low, high, strict=True):
        yield row(ANALYSIS, "difference", 100 * value, conf_low=100 * below, conf_high=100 * above,
                  level="standardised", term=f"{at:g}", note=found.note,
                  method="g-formula on a Cox model, percentile bootstrap", **keys)  # fmt: skip


def _matched(cohort: Cohort, data: Scored, matching, caliper: float, keys: dict) -> Iterator[dict]:
    own, settings = keys | {"level": "matched"}, cohort.study.statistics
    if not data.known:
        yield row(ANALYSIS, "hr", note=NO_SCORE, **own)
        return
    # a score of 0 or 1 has no logit: it is put far out
    inside = np.clip(data.score, 1e-12, 1 - 1e-12)
    match = nearest_matches if matching == "nearest" else optimal_matches
    # on the logit: near 0 and 1 a small difference of scores is a large one of chances (Austin,
    # Pharm Stat 2011; 10:150, whose caliper of 0.2 this is)
    found = match(np.log(inside / (1 - inside)), data.treated, caliper=caliper)
    yield row(ANALYSIS, "pairs", len(found.treated), method=f"{matching} matching, caliper "
              f"{caliper:g} SD of the logit", **own)  # fmt: skip
    terms = model_terms(cohort, cohort.study.covariates, treatment=False)
    matched = found.set >= 0
    for column, term in zip(data.x.T, terms, strict=True):
        for statistic, rows in (("smd_before", np.ones(len(matched), dtype=bool)),
                                ("smd_after", matched)):  # fmt: skip
            # balance is read from differences, not from P, which would rise as patients are left
            # out
            smd = smd_continuous(column[rows & (data.treated == 0)],
                                 column[rows & (data.treated == 1)])  # fmt: skip
            name = term.variable + (f"={term.level}" if term.level else "")
            yield row(ANALYSIS, statistic, smd.estimate, term=name,
                      **own | {"n": int(rows.sum()), "note": smd.note})  # fmt: skip
    for statistic, paired in (("hr", False), ("hr_paired", True)):
        fit = matched_cox(data.time, data.event, data.treated, found, paired=paired,
                          ties=settings.ties, conf_level=settings.conf_level)  # fmt: skip
        what = "pairs as strata" if paired else "pairs as clusters"
        cells = hr_cells(fit, 0) | {"method": f"Cox model of matched pairs, {what}"}
        yield row(ANALYSIS, statistic, **own | cells)

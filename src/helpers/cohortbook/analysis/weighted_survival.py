"""Curves, tests and ratios of arms made alike: by weights, by standardisation, by matching."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..results import frame, row
from ..stats.cox import cox_fit
from ..stats.km import KaplanMeier
from ..stats.logrank import logrank
from ..stats.matching import Matches, matched_cox, nearest_matches, optimal_matches
from ..stats.propensity import (
    effective_size,
    inverse_weights,
    overlap_weights,
    propensity,
    treated_weights,
)
from ..stats.standardised import StandardisedCurves, standardised_curves
from ..stats.weighted_curves import weighted_km, weighted_logrank
from .cox import hr_cells
from .robustness.model import treatment_model
from .robustness.weighting import LARGE, Setting, balance_rows, outcome_of, setting_of
from .survival import OF_CURVE, OF_RISK

ANALYSIS = "weighted_survival"
UNWEIGHTED, MATCHED, STANDARDISED = "unweighted", "matched", "standardised"
ESTIMANDS = {
    "overlap": ("overlap", overlap_weights),
    "ate": ("inverse", inverse_weights),
    "att": ("treated", treated_weights),
}
"""Level of the results, and weights, of each estimand of the study file."""
NO_SCORE = "no propensity score: the covariates separate the arms, or an arm is empty"
FULL = 40_000_000
"""Cells of the largest table of distances for optimal matching (8 bytes each)."""
POINTS = 100
"""Times at which standardised curves are computed, at most, beside the milestones."""


@dataclass(frozen=True)
class Alike:
    """How the patients with all covariates are made alike.

    `level` names the weights (n,), NaN without a score; `matches` is None where none were asked
    for or can be made, and `unmatched_note` says why.
    """

    setting: Setting
    level: str
    weights: np.ndarray
    outside: int
    matches: Matches | None = None
    unmatched_note: str = ""

    @property
    def known(self) -> bool:
        """Whether there is a score."""
        return bool(self.weights.size) and bool(np.isfinite(self.weights).all())


def arms_alike(cohort: Cohort) -> Alike:
    """Fit the propensity score, as for notebook 06, and make of it what `weighting` asks for."""
    setting, asked = setting_of(cohort), cohort.study.weighting
    fitted = propensity(setting.treated, setting.x)
    score = fitted.score[0]
    level, weigh = ESTIMANDS[asked.estimand]
    weights = weigh(setting.treated, score)
    matches, note = None, ""
    if asked.match:
        matches, note = _matches(cohort, setting.treated, score)
    return Alike(setting, level, weights, int(fitted.outside[0]), matches, note)


def _matches(cohort: Cohort, treated: np.ndarray, score: np.ndarray) -> tuple[Matches | None, str]:
    asked = cohort.study.weighting.match
    if not np.isfinite(score).all() or not score.size:
        return None, NO_SCORE
    cases = int(treated.sum()) * asked.ratio
    if asked.method == "optimal" and cases * (treated.size + cases) > FULL:
        return None, "too many patients for optimal matching: ask for method nearest"
    # a score of 0 or 1 has no logit: it is put far out
    inside = np.clip(score, 1e-12, 1 - 1e-12)
    match = partial(nearest_matches, order=asked.order)
    if asked.method == "optimal":
        match = optimal_matches
    # on the logit: near 0 and 1 a small difference of scores is a large one of chances (Austin,
    # Pharm Stat 2011; 10:150, whose caliper of 0.2 this is)
    found = match(np.log(inside / (1 - inside)), treated, ratio=asked.ratio, caliper=asked.caliper)
    if not found.treated.size:
        return None, "nobody could be matched within the caliper"
    return found, ""


def weighted_survival(cohort: Cohort) -> pd.DataFrame:
    """Compare the arms as they are, weighted, matched and standardised, by endpoint.

    Returns
    -------
    DataFrame
        Tidy results, analysis "weighted_survival", of the endpoints of `weighting`. `smd` of each
        covariate (term) and `outside` (patients whose score is 0 or 1). Level "unweighted", that of
        the weights ("overlap", "inverse", "treated") and "matched": per arm `effective_n` (Kish; n
        = patients, n_events) and `survival` in per cent at each milestone (term = months); group
        "difference": `hr` and, but for the matched, `logrank`. Level "matched" has also `hr_paired`
        (pairs as strata) and per arm `matched` (how many of n). Level "standardised" (g-formula):
        per arm `survival`, and `difference` in percentage points, at each milestone, with bootstrap
        limits.
    """
    alike = arms_alike(cohort)
    rows = list(_balance(cohort, alike))
    for endpoint in cohort.study.weighted_endpoints:
        rows += _unweighted(cohort, alike, endpoint)
        rows += _weighted(cohort, alike, endpoint)
        if cohort.study.weighting.match:
            rows += _matched(cohort, alike, endpoint)
        if cohort.study.weighting.standardise:
            rows += _standardised(cohort, alike, endpoint)
    return frame(rows)


def weighted_curves(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Give the curves of each way of making the arms alike, by arm; none of an unasked endpoint.

    Returns
    -------
    DataFrame
        Columns endpoint, population, level, group, time (months), survival, conf_low, conf_high,
        n_risk, n_event, n_censor. Weighted and matched numbers are sums of weights, scaled to the
        arm's number of patients; standardised curves have none (NaN).
    """
    alike, asked = arms_alike(cohort), endpoint in cohort.study.weighted_endpoints
    parts = [
        _curve(curve).assign(level=level, group=code)
        for level, code, curve in (_curves(cohort, alike, endpoint) if asked else ())
    ]
    if cohort.study.weighting.standardise and asked:
        parts += _standardised_curves(cohort, alike, endpoint)
    empty = pd.DataFrame(columns=[*OF_CURVE, "level", "group"])
    out = pd.concat(parts, ignore_index=True) if parts else empty
    out = out.assign(endpoint=endpoint, population=cohort.population)
    return out[["endpoint", "population", "level", "group", *OF_CURVE]]


def weighted_risk(cohort: Cohort, endpoint: str, times: list[float]) -> pd.DataFrame:
    """Sum the weights at risk, censored and with events at given months, by level and group."""
    parts = [
        pd.DataFrame(curve.risk_table(times))
        .rename(columns=OF_RISK)
        .assign(level=level, group=code)
        for level, code, curve in _curves(cohort, arms_alike(cohort), endpoint)
    ]
    if not parts:
        return pd.DataFrame(columns=[*OF_RISK.values(), "level", "group"])
    out = pd.concat(parts, ignore_index=True)
    # sums of weights less sums of weights: where nobody is left, nothing
    out["n_risk"] = out["n_risk"].where(out["n_risk"] > 1e-9, 0.0)
    return out


def _curve(curve: KaplanMeier) -> pd.DataFrame:
    body = pd.DataFrame({name: getattr(curve, name) for name in OF_CURVE})
    first = dict(zip(OF_CURVE, (0.0, 1.0, 1.0, 1.0, curve.n, 0.0, 0.0), strict=True))
    return pd.concat([pd.DataFrame([first]), body], ignore_index=True)


def _curves(cohort: Cohort, alike: Alike, endpoint: str) -> Iterator[tuple[str, str, KaplanMeier]]:
    """Give weighted and matched Kaplan-Meier curves with their level and arm."""
    if alike.known:
        yield from _by_arm(cohort, alike, endpoint, alike.level, alike.weights)
    if alike.matches:
        found = _matches_with_outcome(alike, endpoint)
        yield from _by_arm(cohort, alike, endpoint, MATCHED, found.weights, found.set)


def _by_arm(
    cohort: Cohort, alike: Alike, endpoint: str, level: str, weights, sets=None
) -> Iterator[tuple[str, str, KaplanMeier]]:
    known, time, event = outcome_of(alike.setting, endpoint)
    settings, treated, weights = (
        cohort.study.statistics,
        alike.setting.treated[known],
        weights[known],
    )
    for value, code in enumerate(cohort.study.arm_codes):
        mine = (treated == value) & (weights > 0)
        if not mine.any():
            continue
        # scaled to the arm's patients: numbers at risk read as patients, and no curve changes
        own = weights[mine] * mine.sum() / weights[mine].sum()
        yield (
            level,
            code,
            weighted_km(
                time[mine],
                event[mine],
                own,
                cluster=None if sets is None else sets[known][mine],
                conf_level=settings.conf_level,
                conf_type=settings.conf_type,
            ),
        )


def _matches_with_outcome(alike: Alike, endpoint: str) -> Matches:
    """Keep the pairs both of whom have a time and a status."""
    known, _, _ = outcome_of(alike.setting, endpoint)
    return alike.matches if known.all() else alike.matches.among(known)


def _balance(cohort: Cohort, alike: Alike) -> Iterator[dict]:
    # balance is read from differences, not from P, which would rise as patients are left out
    ones = np.ones(len(alike.setting.treated))
    ways = {UNWEIGHTED: ones, alike.level: alike.weights}
    if alike.matches:
        ways[MATCHED] = alike.matches.weights
    for level, weights in ways.items():
        for found in balance_rows(cohort, alike.setting, level, weights):
            yield found | {"analysis": ANALYSIS}
    yield row(ANALYSIS, "outside", alike.outside, level="propensity", n=ones.size)


def _keys(cohort: Cohort, endpoint: str, level: str) -> dict:
    return {"endpoint": endpoint, "population": cohort.population, "level": level}


def _arm_rows(
    cohort: Cohort, alike: Alike, endpoint: str, level: str, weights, sets=None
) -> Iterator[dict]:
    """Give effective size and survival at milestones by arm."""
    known, _, event = outcome_of(alike.setting, endpoint)
    treated, own = alike.setting.treated[known], weights[known]
    for _, code, curve in _by_arm(cohort, alike, endpoint, level, weights, sets):
        mine = (treated == cohort.study.arm_codes.index(code)) & (own > 0)
        keys = _keys(cohort, endpoint, level) | {
            "group": code,
            "n": int(mine.sum()),
            "n_events": int(event[mine].sum()),
        }
        yield row(ANALYSIS, "effective_n", effective_size(own[mine]), **keys)
        for months in cohort.study.endpoints[endpoint].milestones:
            if not curve.reaches(months):
                note = f"follow-up ends at {curve.time[-1]:g} months"
                yield row(ANALYSIS, "survival", term=f"{months:g}", note=note, **keys)
                continue
            at = {name: 100 * value[0] for name, value in curve.at([months]).items()}
            yield row(ANALYSIS, "survival", at["survival"], conf_low=at["conf_low"],
                      conf_high=at["conf_high"], term=f"{months:g}",
                      method="weighted Kaplan-Meier, robust limits", **keys)  # fmt: skip


def _unweighted(cohort: Cohort, alike: Alike, endpoint: str) -> Iterator[dict]:
    known, time, event = outcome_of(alike.setting, endpoint)
    treated, settings = alike.setting.treated[known], cohort.study.statistics
    ones = np.ones(len(alike.setting.treated))
    yield from _arm_rows(cohort, alike, endpoint, UNWEIGHTED, ones)
    keys = _keys(cohort, endpoint, UNWEIGHTED) | {"group": "difference"}
    counts = {"n": len(time), "n_events": int(event.sum())}
    if not event.any():
        yield row(ANALYSIS, "hr", note="no events", **keys | counts)
        return
    test = logrank(time, event, treated)
    yield row(ANALYSIS, "logrank", test.chi2, p_value=test.p, note=test.note,
              method="log-rank test", **keys | counts)  # fmt: skip
    fit = cox_fit(time, event, treated, ties=settings.ties, conf_level=settings.conf_level)
    yield row(ANALYSIS, "hr", **keys | hr_cells(fit, 0))


def _weighted(cohort: Cohort, alike: Alike, endpoint: str) -> Iterator[dict]:
    known, time, event = outcome_of(alike.setting, endpoint)
    treated, settings = alike.setting.treated[known], cohort.study.statistics
    keys = _keys(cohort, endpoint, alike.level) | {"group": "difference"}
    if not alike.known or not event.any():
        note = "no events" if alike.known else NO_SCORE
        yield row(ANALYSIS, "hr", note=note, n=len(time), n_events=int(event.sum()), **keys)
        return
    yield from _arm_rows(cohort, alike, endpoint, alike.level, alike.weights)
    weights = alike.weights[known]
    test = weighted_logrank(time, event, treated, weights)
    counts = {"n": len(time), "n_events": int(event.sum())}
    yield row(ANALYSIS, "logrank", test.chi2, p_value=test.p, note=test.note,
              method="weighted log-rank test, robust variance", **keys | counts)  # fmt: skip
    fit = cox_fit(time, event, treated, weights=weights, robust=True, ties=settings.ties,
                  conf_level=settings.conf_level)  # fmt: skip
    cells = hr_cells(fit, 0) | {"method": "weighted Cox model, robust limits"}
    yield row(ANALYSIS, "hr", **keys | cells)


def _matched(cohort: Cohort, alike: Alike, endpoint: str) -> Iterator[dict]:
    keys, settings = _keys(cohort, endpoint, MATCHED), cohort.study.statistics
    if alike.matches is None:
        yield row(ANALYSIS, "hr", group="difference", note=alike.unmatched_note, **keys)
        return
    found = _matches_with_outcome(alike, endpoint)
    treated, inside = alike.setting.treated, found.set >= 0
    for value, code in enumerate(cohort.study.arm_codes):
        own = treated == value
        yield row(ANALYSIS, "matched", int((own & inside).sum()), n=int(own.sum()),
                  method=_how(cohort), group=code, **keys)  # fmt: skip
    yield from _arm_rows(cohort, alike, endpoint, MATCHED, found.weights, found.set)
    known, times, events = outcome_of(alike.setting, endpoint)
    time, event = np.full(known.size, np.nan), np.zeros(known.size)
    time[known], event[known] = times, events
    for statistic, paired in (("hr", False), ("hr_paired", True)):
        if not event[inside].any():
            yield row(ANALYSIS, statistic, group="difference", note="no events", **keys)
            continue
        fit = matched_cox(time, event, treated, found, paired=paired, ties=settings.ties,
                          conf_level=settings.conf_level)  # fmt: skip
        what = "pairs as strata" if paired else "pairs as clusters"
        cells = hr_cells(fit, 0) | {"method": f"Cox model of matched pairs, {what}"}
        yield row(ANALYSIS, statistic, **keys | {"group": "difference"} | cells)


def _how(cohort: Cohort) -> str:
    asked = cohort.study.weighting.match
    near = (
        f", caliper {asked.caliper:g} SD of the logit" if asked.caliper else ", without a caliper"
    )
    first = {"closest": ", closest first", "largest": ", largest scores first"}
    turn = first.get(asked.order, "") if asked.method == "nearest" else ""
    return f"{asked.method} matching 1:{asked.ratio}{turn}{near}"


def _draw(cohort: Cohort, alike: Alike, endpoint: str, at, draws: bool) -> StandardisedCurves:
    known, time, event = outcome_of(alike.setting, endpoint)
    many = min(
        cohort.study.weighting.resamples, treatment_model(cohort, endpoint).resamples()
    )  # fmt: skip
    return standardised_curves(
        time,
        event,
        alike.setting.treated[known],
        alike.setting.x[known],
        at,
        draws=many if draws and known.sum() <= LARGE else 0,
        conf_level=cohort.study.statistics.conf_level,
        seed=cohort.study.robustness.seed,
    )


def _last(alike: Alike, endpoint: str) -> float:
    """Give the month to which both arms were followed."""
    known, time, _ = outcome_of(alike.setting, endpoint)
    treated = alike.setting.treated[known]
    ends = [time[treated == value].max() for value in (0, 1) if (treated == value).any()]
    return float(min(ends)) if len(ends) == 2 else 0.0


def _standardised(cohort: Cohort, alike: Alike, endpoint: str) -> Iterator[dict]:
    _, _, event = outcome_of(alike.setting, endpoint)
    months = [m for m in cohort.study.endpoints[endpoint].milestones if m <= _last(alike, endpoint)]
    if not months or not event.any():
        return
    found = _draw(cohort, alike, endpoint, months, draws=True)
    parts = dict(zip(cohort.study.arm_codes, ("reference", "treated"), strict=True))
    parts["difference"] = "difference"
    for group, name in parts.items():
        low, high = found.limits(name)
        for place, month in enumerate(months):
            statistic = "difference" if group == "difference" else "survival"
            yield row(ANALYSIS, statistic, 100 * getattr(found, name)[place],
                      conf_low=100 * low[place], conf_high=100 * high[place], term=f"{month:g}",
                      group=group, n=len(event), n_events=int(event.sum()), note=found.note,
                      method="g-formula on a Cox model, percentile bootstrap",
                      **_keys(cohort, endpoint, STANDARDISED))  # fmt: skip


def _standardised_curves(cohort: Cohort, alike: Alike, endpoint: str) -> list[pd.DataFrame]:
    _, time, event = outcome_of(alike.setting, endpoint)
    last = _last(alike, endpoint)
    died = np.unique(time[(event > 0) & (time <= last)])
    if not died.size:
        return []
    places = np.unique(np.linspace(0, died.size - 1, min(POINTS, died.size)).round().astype(int))
    at = np.unique([*died[places], last])
    found = _draw(cohort, alike, endpoint, at, draws=True)
    parts = []
    for code, name in zip(cohort.study.arm_codes, ("reference", "treated"), strict=True):
        low, high = found.limits(name)
        body = pd.DataFrame({"time": at, "survival": getattr(found, name), "conf_low": low,
                             "conf_high": high})  # fmt: skip
        first = pd.DataFrame([{"time": 0.0, "survival": 1.0, "conf_low": 1.0, "conf_high": 1.0}])
        whole = pd.concat([first, body], ignore_index=True).reindex(columns=OF_CURVE)
        parts.append(whole.assign(n_censor=0.0, level=STANDARDISED, group=code))
    return parts

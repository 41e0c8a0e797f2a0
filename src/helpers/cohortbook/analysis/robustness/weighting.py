"""Confounding: balance before and after propensity weights, the weighted effect, E-values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...cohort.cohort import Cohort
from ...results import frame, pick, row
from ...stats.bootstrap import percentile_limits, resamples, until_precise
from ...stats.cox import cox_fit
from ...stats.cox_batch import cox_batch
from ...stats.evalue import e_value_hazard_ratio
from ...stats.propensity import INVERSE, WEIGHTS, effective_size, propensity
from ...stats.smd import smd_categorical, smd_continuous, weighted_counts
from ..design import ARM, has_level, known, model_terms
from ..rules import COMMON_OUTCOME, EXTREME_WEIGHT
from .model import treatment_model, wanted

UNWEIGHTED = "unweighted"
LARGE = 50_000
"""Patients above whom limits come from the robust variance: the score is then nearly known, and
two hundred fits of it would take longer than the rest of the report."""
ROBUST = "limits by the robust variance"
SEPARATED = "not estimable: the covariates separate the arms completely"


@dataclass(frozen=True)
class Setting:
    """Patients with arm and all covariates: the table, covariates (n, p), 1 = comparison arm."""

    patients: pd.DataFrame
    x: np.ndarray
    treated: np.ndarray


def weighting(cohort: Cohort) -> pd.DataFrame:
    """Weight the arms by the propensity score and compare them again.

    The score comes from a logistic model of the arm with the Cox models' covariates, fitted again
    in each bootstrap resample.

    Returns
    -------
    DataFrame
        Tidy results, analysis "weighting". Level "unweighted", "overlap" or "inverse": `smd` per
        covariate. Level "overlap" or "inverse": per arm `effective_n` (Kish; `n` = patients),
        `largest_weight`, `largest_share` (per cent of the arm's weight that one patient carries);
        `extreme` (patients with an inverse weight above 10); per endpoint `hr` (P by the robust
        variance of Lin and Wei, limits by bootstrap percentiles, or of more than 50,000 patients
        by the robust variance too, `n` = patients), `limit_error` (the larger Monte Carlo standard
        error of these limits, per cent of them) and `resamples` (estimate = how many gave an
        estimate, `n` = of how many). Once, level "propensity":
        `outside` (patients whose score is 0 or 1, without a counterpart in the other arm).
    """
    setting = setting_of(cohort)
    fitted = propensity(setting.treated, setting.x)
    rows = list(balance_rows(cohort, setting, UNWEIGHTED, np.ones(len(setting.treated))))
    rows.append(
        row(
            "weighting",
            "outside",
            fitted.outside[0],
            level="propensity",
            n=len(setting.treated),
            note="" if fitted.estimable[0] else SEPARATED,
        )
    )
    weights = {level: make(setting.treated, fitted.score[0]) for level, make in WEIGHTS.items()}
    again = fitted.estimable[0] and len(setting.treated) <= LARGE
    draws = weighted_draws(cohort, setting) if again else {}
    for level, own in weights.items():
        rows += balance_rows(cohort, setting, level, own)
        rows += _sizes(cohort, setting, level, own)
        for endpoint in cohort.study.endpoints:
            rows += _effect(cohort, setting, endpoint, level, own, draws.get((endpoint, level)))
    return frame(rows)


def setting_of(cohort: Cohort) -> Setting:
    """Gather the patients whose arm and covariates are all known."""
    cohort.refuse_entry()
    covariates = cohort.study.covariates
    names = [ARM, *dict.fromkeys(c.variable for c in covariates)]
    outcomes = [
        f"{endpoint}_{what}" for endpoint in cohort.study.endpoints for what in ("time", "event")
    ]
    kept = cohort.patients.loc[known(cohort.patients, names), [*names, *outcomes]]
    columns = [
        has_level(kept[t.variable], t.level).astype(float)
        if t.level
        else kept[t.variable].to_numpy(float)
        for t in model_terms(cohort, covariates, treatment=False)
    ]
    treated = has_level(kept[ARM], cohort.study.comparison_arm.code).astype(float)
    return Setting(kept, np.column_stack(columns), treated)


def balance_rows(cohort: Cohort, setting: Setting, level: str, weights) -> Iterator[dict]:
    """Give the standardised mean difference of each covariate under weights (n,)."""
    other = setting.treated > 0
    for covariate in cohort.study.covariates:
        name = covariate.variable
        values = setting.patients[name]
        if np.isnan(weights).any():
            yield row("weighting", "smd", term=name, level=level, note=SEPARATED)
        elif cohort.study.variables[name].kind == "continuous":
            found = smd_continuous(values[~other], values[other], weights[~other], weights[other])
            yield row("weighting", "smd", found.estimate, term=name, level=level, note=found.note)
        else:
            counts = [
                weighted_counts(values[arm], cohort.study.levels(name), weights[arm])
                for arm in (~other, other)
            ]
            found = smd_categorical(*counts)
            yield row("weighting", "smd", found.estimate, term=name, level=level, note=found.note)


def _sizes(cohort: Cohort, setting: Setting, level: str, weights) -> Iterator[dict]:
    for code, treated in zip(cohort.study.arm_codes, (0, 1), strict=True):
        own = weights[setting.treated == treated]
        keys = {"level": level, "group": code, "n": len(own)}
        if np.isnan(own).any() or not len(own):
            yield row("weighting", "effective_n", note=SEPARATED, **keys)
            continue
        yield row("weighting", "effective_n", effective_size(own), **keys)
        yield row("weighting", "largest_weight", own.max(), **keys)
        yield row("weighting", "largest_share", 100 * own.max() / own.sum(), **keys)
    # overlap weights are scores of the other arm, so none is above 1
    if level == INVERSE:
        fitted = not np.isnan(weights).any()
        yield row(
            "weighting",
            "extreme",
            (weights > EXTREME_WEIGHT).sum() if fitted else np.nan,
            level=level,
            n=len(weights),
            note="" if fitted else SEPARATED,
        )


def _effect(
    cohort: Cohort, setting: Setting, endpoint: str, level: str, weights, draws
) -> Iterator[dict]:
    known, time, event = outcome_of(setting, endpoint)
    keys = {
        "endpoint": endpoint,
        "population": cohort.population,
        "level": level,
        "group": "difference",
        "n": int(known.sum()),
        "n_events": int(event.sum()),
    }
    settings = cohort.study.statistics
    if np.isnan(weights).any() or not event.any():
        yield row("weighting", "hr", note=SEPARATED if event.any() else "no events", **keys)
        return
    fit = cox_fit(
        time,
        event,
        setting.treated[known],
        weights=weights[known],
        robust=True,
        ties=settings.ties,
        conf_level=settings.conf_level,
    )
    if fit.infinite[0] or fit.aliased[0]:
        yield row("weighting", "hr", note=fit.term_notes[0], **keys)
        return
    if draws is None:
        yield row(
            "weighting",
            "hr",
            fit.hr[0],
            conf_low=fit.conf_low[0],
            conf_high=fit.conf_high[0],
            p_value=fit.p[0],
            method=f"weighted Cox model, robust variance, {ROBUST}",
            **keys,
        )
        return
    limits = percentile_limits(draws, settings.conf_level)
    yield row(
        "weighting",
        "hr",
        fit.hr[0],
        conf_low=np.exp(limits.conf_low),
        conf_high=np.exp(limits.conf_high),
        p_value=fit.p[0],
        method="weighted Cox model, robust variance, bootstrap percentile limits",
        **keys,
    )
    yield row("weighting", "limit_error", 100 * limits.error, **keys)
    yield row("weighting", "resamples", np.isfinite(draws).sum(), **keys | {"n": len(draws)})


def outcome_of(setting: Setting, endpoint: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mark the patients with an outcome, and give their times and events."""
    columns = [f"{endpoint}_time", f"{endpoint}_event"]
    known = setting.patients[columns].notna().all(axis=1).to_numpy()
    return (known, *(setting.patients.loc[known, column].to_numpy(float) for column in columns))


def balance(results: pd.DataFrame) -> pd.DataFrame:
    """Give the standardised mean differences with one column a weighting, as the figure reads."""
    smd = pick(results, statistic="smd")
    wide = smd.pivot(index="term", columns="level", values="estimate")
    wide = wide.reindex(dict.fromkeys(smd["term"]))[list(dict.fromkeys(smd["level"]))]
    return wide.reset_index().rename_axis(columns=None)


def weighted_draws(cohort: Cohort, setting: Setting) -> dict[tuple[str, str], np.ndarray]:
    """Give the weighted log hazard ratio of each resample by endpoint and kind of weight.

    The propensity model is fitted anew in each; NaN where it or the effect is not estimable. Draws
    end when all limits are as precise as `robustness.precision` asks.
    """
    endpoints = list(cohort.study.endpoints)
    most = min(treatment_model(cohort, endpoint).resamples() for endpoint in endpoints)
    # all endpoints and weights share the resamples, and one fit of the score for each
    rng, n = wanted(2, cohort.study.robustness.seed), len(setting.treated)
    keys = [(endpoint, level) for level in WEIGHTS for endpoint in endpoints]

    def draw(size: int) -> np.ndarray:
        parts = [_drawn(cohort, setting, counts) for counts in resamples(n, size, rng)]
        draws = [np.column_stack([part[key] for key in keys]) for part in parts]
        return np.concatenate([np.zeros((0, len(keys))), *draws])

    study = cohort.study
    draws = until_precise(draw, most, study.robustness.precision, study.statistics.conf_level)
    return dict(zip(keys, draws.T, strict=True))


def _drawn(
    cohort: Cohort, setting: Setting, counts: np.ndarray
) -> dict[tuple[str, str], np.ndarray]:
    """Give the same of resamples whose counts are (some, n)."""
    # anew in each resample: limits must show that the score is estimated, too
    fitted = propensity(setting.treated, setting.x, counts)
    draws = {}
    for level, make in WEIGHTS.items():
        # any score does for the others: their draws become NaN below
        score = np.where(fitted.estimable[:, None], fitted.score, 0.5)
        with np.errstate(invalid="ignore"):  # a patient not drawn may have no finite weight
            weights = np.where(counts > 0, counts * make(setting.treated, score), 0.0)
        for endpoint in cohort.study.endpoints:
            values = _log_hr(cohort, setting, endpoint, weights)
            draws[endpoint, level] = np.where(fitted.estimable, values, np.nan)
    return draws


def _log_hr(cohort: Cohort, setting: Setting, endpoint: str, weights) -> np.ndarray:
    """Give the treatment's log hazard ratio under each row of weights; NaN if not estimable."""
    known, time, event = outcome_of(setting, endpoint)
    if not event.any():
        return np.full(len(weights), np.nan)
    batch = cox_batch(
        time,
        event,
        setting.treated[known],
        weights[:, known],
        replicates=False,
        ties=cohort.study.statistics.ties,
    )
    # beyond every number, so that percentiles count these draws
    away = np.where(batch.coef[:, 0] > 0, np.inf, -np.inf)
    return np.where(batch.infinite[:, 0], away, batch.coef[:, 0])


def e_values(cohort: Cohort, effects: pd.DataFrame) -> pd.DataFrame:
    """Say how strong an unmeasured confounder would have to be (VanderWeele and Ding 2017).

    Parameters
    ----------
    cohort : Cohort
    effects : DataFrame
        Tidy rows with statistic "hr", an endpoint and a level ("crude", "adjusted").

    Returns
    -------
    DataFrame
        Tidy results, analysis "e_value", per endpoint and level: `estimate` and `limit` (of the
        confidence limit nearer to 1). The outcome counts as common if over 15 % had the event.
    """
    rows: list[dict] = []
    for _, effect in pick(effects, statistic="hr").iterrows():
        # a hazard ratio is near a risk ratio only where few have the event
        common = effect["n_events"] > COMMON_OUTCOME * effect["n"]
        found = e_value_hazard_ratio(
            effect["estimate"], effect["conf_low"], effect["conf_high"], common
        )
        keys = {name: effect[name] for name in ("endpoint", "level", "population")}
        for statistic, value in (("estimate", found.estimate), ("limit", found.limit)):
            rows.append(
                row("e_value", statistic, value, method=found.method, note=found.note, **keys)
            )
    return frame(rows)

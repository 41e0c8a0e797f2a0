"""Bootstrap: the treatment's hazard ratio over resamples of the patients."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from ...cohort.cohort import Cohort
from ...results import frame, row
from ...stats.bootstrap import Limits, bca_limits, percentile_limits, resamples, until_precise
from ..rules import MOST_LOST
from .model import TreatmentModel, batch_hr, models, treatment_model, wanted

PERCENTILE, BCA = "percentile", "bca"


ONE_STEP = 50_000
"""Patients above which a resample is one step away from the estimate, not a fit of its own."""
Fitted = tuple[np.ndarray, np.ndarray]


def bootstrap_draws(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Refit the treatment's model, alone and adjusted, to resamples of the patients.

    Draws end when the Monte Carlo error of both percentile limits is a half per cent of them
    (`robustness.precision`), or at the study's number; the seed is the study's. Above 50,000
    patients each resample is the estimate and its patients' influence on it (dfbeta; Cain and
    Lange, Biometrics 1984; 40:493), which differs from a fit by the order of 1/n.

    Returns
    -------
    DataFrame
        Columns endpoint, level ("crude" or "adjusted"), draw (from 1), value (hazard ratio; 0 or
        infinite where all events were on one side, NaN where it was not estimable, as with one
        arm only), complete (False where any coefficient of the model had no finite estimate).
    """
    parts = [_draws(model, level) for level, model in models(cohort, endpoint).items()]
    return pd.concat(parts, ignore_index=True)


def _draws(model: TreatmentModel, level: str) -> pd.DataFrame:
    n, most = len(model.data.time), model.resamples()
    if n < 2 or not model.data.event.any():
        most = 0
    # crude and adjusted draw the same patients, where none lacks a covariate: what then differs
    # between them is the model
    rng = wanted(1, model.cohort.study.robustness.seed)
    value, complete = (_one_step if n > ONE_STEP else _fitted)(model, most, rng)
    return pd.DataFrame(
        {
            "endpoint": model.endpoint,
            "level": level,
            "draw": np.arange(1, len(value) + 1),
            "value": value,
            "complete": complete,
        }
    )


def _one_step(model: TreatmentModel, most: int, rng: np.random.Generator) -> Fitted:
    """Give the hazard ratio of each resample to first order, and whether it is finite."""
    estimate, influence = model.estimate_and_influence()
    n, expected = len(influence), influence.sum()

    def draw(size: int) -> np.ndarray:
        # patients are drawn, not counts: a table of counts of a registry would fill the memory
        drawn = [influence[rng.integers(n, size=n)].sum() for _ in range(size)]
        # a patient who is drawn w times moves the estimate by (w - 1) dfbeta, to first order
        return estimate + np.array(drawn) - expected

    value = np.exp(_until_precise(model, draw, most))
    return value, np.isfinite(value)


def _fitted(model: TreatmentModel, most: int, rng: np.random.Generator) -> Fitted:
    """Give the hazard ratio of each resample, and whether every coefficient was finite."""
    found: list[Fitted] = [(np.zeros(0), np.zeros(0, dtype=bool))]

    def draw(size: int) -> np.ndarray:
        parts = resamples(len(model.data.time), size, rng)
        here = [_refitted(model, weights) for weights in parts]
        found.extend(here)
        with np.errstate(divide="ignore"):
            return np.log(np.concatenate([np.zeros(0), *(value for value, _ in here)]))

    _until_precise(model, draw, most)
    value, complete = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return value, complete


def _until_precise(
    model: TreatmentModel, draw: Callable[[int], np.ndarray], most: int
) -> np.ndarray:
    study = model.cohort.study
    return until_precise(draw, most, study.robustness.precision, study.statistics.conf_level)


def _refitted(model: TreatmentModel, weights: np.ndarray) -> Fitted:
    batch = model.refit(weights=weights)
    value = batch_hr(model, batch)["estimate"]
    # all events on one side: beyond every number, so that percentiles still count these draws
    away = batch.infinite[:, model.arm]
    value[away] = np.where(batch.coef[away, model.arm] > 0, np.inf, 0.0)
    # a level that nobody has is not what a resample lacks
    never = len(model.data.terms) - model.data.parameters
    return value, batch.complete(never)


def bootstrap(cohort: Cohort, draws: pd.DataFrame, left_out: pd.DataFrame) -> pd.DataFrame:
    """Summarise bootstrap draws.

    Parameters
    ----------
    cohort : Cohort
    draws : DataFrame
        From `bootstrap_draws`, of one or several endpoints.
    left_out : DataFrame
        From `leave_one_out`: the estimate, and the jackknife that the acceleration needs.

    Returns
    -------
    DataFrame
        Tidy results, analysis "bootstrap", level "crude" or "adjusted": `hr` with term
        "percentile" and "bca" (estimate of the data, limits of the draws; draws that ran to 0 or
        infinity keep their rank) and `limit_error` (the larger Monte Carlo standard error of
        these limits, per cent of them; NaN where draws ran away), `resamples`, `not_estimable`
        (per cent of the resamples without a finite estimate of the treatment), `incomplete` (per
        cent in which any coefficient of the model had none), `below_one` (per cent).
    """
    rows: list[dict] = []
    for (endpoint, level), part in draws.groupby(["endpoint", "level"], sort=False):
        fits = left_out[(left_out["endpoint"] == endpoint) & (left_out["level"] == level)]
        rows += _summary(cohort, part, fits, endpoint, level)
    return frame(rows)


def _summary(
    cohort: Cohort, draws: pd.DataFrame, fits: pd.DataFrame, endpoint: str, level: str
) -> Iterator[dict]:
    conf = cohort.study.statistics.conf_level
    whole = fits[fits["term"] == "0"].iloc[0]
    with np.errstate(divide="ignore"):
        # on the log scale, where a ratio is about symmetric: BCa rests on that
        values, estimate = np.log(draws["value"].to_numpy()), np.log(whole["estimate"])
        jackknife = _jackknife(cohort, fits, endpoint, level)
    keys = {
        "endpoint": endpoint,
        "level": level,
        "population": cohort.population,
        "group": "difference",
        "n": len(draws),
    }
    limits = {
        PERCENTILE: percentile_limits(values, conf),
        BCA: bca_limits(values, estimate, jackknife, conf),
    }
    finite = np.isfinite(values)
    # percentiles of the draws that are left would describe resamples that happened to work
    if _percent(~finite) > MOST_LOST:
        nothing = Limits(math.nan, math.nan, "most resamples gave no finite estimate")
        limits = dict.fromkeys(limits, nothing)
    step = ", each one step from the estimate" if whole["n"] > ONE_STEP else ""
    for term, found in limits.items():
        yield row(
            "bootstrap",
            "hr",
            whole["estimate"],
            term=term,
            **_exp(found),
            **keys,
            method=f"bootstrap of patients{step}, {term} limits",
        )
        yield row("bootstrap", "limit_error", 100 * found.error, term=term, **keys)
    yield row("bootstrap", "resamples", len(draws), **keys)
    yield row("bootstrap", "not_estimable", _percent(~finite), **keys)
    yield row("bootstrap", "incomplete", _percent(~draws["complete"].to_numpy(bool)), **keys)
    yield row("bootstrap", "below_one", _percent(values[~np.isnan(values)] < 0), **keys)


def _jackknife(cohort: Cohort, fits: pd.DataFrame, endpoint: str, level: str) -> np.ndarray:
    """Give the log hazard ratio without each patient; to first order where not all were left out.

    Those with the largest influence alone would make a skewness that the estimate has not.
    """
    left_out = fits["term"] != "0"
    if not fits.loc[left_out, "note"].any():
        return np.log(fits.loc[left_out, "estimate"].to_numpy())
    estimate, influence = treatment_model(cohort, endpoint, level).estimate_and_influence()
    return estimate - influence


def _exp(found: Limits) -> dict:
    with np.errstate(over="ignore"):
        return {
            "conf_low": float(np.exp(found.conf_low)),
            "conf_high": float(np.exp(found.conf_high)),
            "note": found.note,
        }


def _percent(marks: np.ndarray) -> float:
    return 100 * float(marks.mean()) if len(marks) else float("nan")


def best_limits(results: pd.DataFrame) -> pd.DataFrame:
    """Keep the BCa limits of each endpoint and model, or the percentiles where BCa has a doubt."""
    hr = results[(results["statistic"] == "hr") & (results["note"] == "")]
    hr = hr.dropna(subset=["conf_low"]).sort_values("term", kind="stable")  # bca comes first
    return hr.drop_duplicates(["endpoint", "level"]).sort_index()


def bootstrap_panels(
    cohort: Cohort, draws: pd.DataFrame, results: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give draws and their best limits as the figure reads them."""
    labels = {name: spec.label for name, spec in cohort.study.endpoints.items()}
    named = [
        labels[e] + ", " + level for e, level in zip(draws["endpoint"], draws["level"], strict=True)
    ]
    hr = best_limits(results)
    terms = [labels[e] + ", " + level for e, level in zip(hr["endpoint"], hr["level"], strict=True)]
    columns = ["estimate", "conf_low", "conf_high"]
    return (
        pd.DataFrame({"term": named, "value": draws["value"]}),
        hr[columns].assign(term=terms).reset_index(drop=True),
    )

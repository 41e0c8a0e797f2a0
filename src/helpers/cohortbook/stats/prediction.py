"""How well a model of survival predicts: discrimination, calibration, error, and net benefit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .bootstrap import resample_counts
from .censoring import censoring_curve
from .concordance import Concordance, concordance
from .cox import CoxFit, cox_fit
from .cox_likelihood import Ties
from .km import kaplan_meier
from .times import Array, join_notes, survival_arrays

_AT_ONCE = 4_000_000
MEASURES = ("harrell_c", "uno_c", "slope", "brier")


def uno_c(time: ArrayLike, event: ArrayLike, risk: ArrayLike, tau: float = np.inf) -> Concordance:
    """Uno's C: concordance up to `tau`, each event weighted by 1 / G(t-)^2.

    Parameters
    ----------
    time, event, risk : arrays of shape (n,)
        A higher risk should have the event earlier. Rows with a missing value are left out.
    tau : float
        Events after it are not counted, since few are at risk then.

    Returns
    -------
    Concordance
        NaN when no pair is comparable. The standard error takes the censoring curve G as known.

    Notes
    -----
    Stat Med 2011; 30:1105. Unlike Harrell's it does not depend on how long patients were followed.
    R: ``concordance(..., timewt = "n/G2", ymax = tau)``.
    """
    risk = np.asarray(risk, dtype=float)
    time, event, _, kept = survival_arrays(time, np.where(np.isfinite(risk), event, np.nan))
    risk = risk[kept]
    at, g = censoring_curve(time, event)
    dies = np.flatnonzero(event & (time <= tau))
    # just before the event: a censoring at the same time is after it
    before = g[np.searchsorted(at, time[dies], side="left")]
    weight = np.divide(1.0, before**2, out=np.zeros(dies.size), where=before > 0)
    gain, pairs = np.zeros(time.size), np.zeros(time.size)
    step = max(1, _AT_ONCE // max(time.size, 1))
    for start in range(0, dies.size, step):
        i, v = dies[start : start + step], weight[start : start + step, None]
        later = (time > time[i, None]) | ((time == time[i, None]) & ~event)
        signs = np.sign(risk[i, None] - risk) * later * v
        counted = later * v
        gain[i] += signs.sum(axis=1)
        pairs[i] += counted.sum(axis=1)
        gain += signs.sum(axis=0)
        pairs += counted.sum(axis=0)
    total = pairs.sum() / 2
    if not total > 0:
        return Concordance(np.nan, np.nan)
    difference = gain.sum() / 2 / total
    influence = (gain - difference * pairs) / (2 * total)
    return Concordance(float((1 + difference) / 2), float(np.sqrt((influence**2).sum())))


def predicted_risk(fit: CoxFit, x: ArrayLike, time: float) -> Array:
    """Chance of the event by a time, for covariates (n, p), by a Cox model without strata."""
    at, hazard = fit.baseline_hazard()
    base = np.r_[0.0, hazard][np.searchsorted(at, time, side="right")]
    eta = np.asarray(x, dtype=float) @ np.where(fit.aliased, 0.0, fit.coef)
    return -np.expm1(-base * np.exp(eta))


def brier(time: ArrayLike, event: ArrayLike, risk: ArrayLike, at: float) -> float:
    """Mean squared error of predicted risks (n,) at a time, weighted for censoring (Graf 1999)."""
    risk = np.asarray(risk, dtype=float)
    time, event, _, kept = survival_arrays(time, np.where(np.isfinite(risk), event, np.nan))
    risk = risk[kept]
    if not risk.size:
        return float("nan")
    grid, g = censoring_curve(time, event)
    before = g[np.searchsorted(grid, np.minimum(time, at), side="left")]
    # the weight of an event stops just before its time, that of the living reaches to `at` itself
    beyond = g[np.searchsorted(grid, at, side="right")]
    died = event & (time <= at)
    with np.errstate(divide="ignore", invalid="ignore"):
        # who was censored before `at` counts nothing: the others are weighted up to stand for them
        weight = np.where(died, 1 / before, np.where(time > at, 1 / beyond, 0.0))
    return float(np.mean(weight * (died - risk) ** 2))


@dataclass(frozen=True)
class CalibrationGroup:
    """Patients of like predicted risk: mean predicted, and observed risk with limits."""

    n: int
    predicted: float
    observed: float
    conf_low: float
    conf_high: float


def calibration(
    time: ArrayLike, event: ArrayLike, risk: ArrayLike, at: float, groups: int = 5,
    conf_level: float = 0.95,
) -> list[CalibrationGroup]:  # fmt: skip
    """Compare predicted risks (n,) at a time with Kaplan-Meier, in groups of equal size."""
    risk = np.asarray(risk, dtype=float)
    time, event, _, kept = survival_arrays(time, np.where(np.isfinite(risk), event, np.nan))
    order = np.argsort(risk[kept], kind="stable")
    out = []
    for part in np.array_split(order, min(groups, max(order.size, 1))):
        if not part.size:
            continue
        curve = kaplan_meier(time[part], event[part], conf_level).at([at])
        # a risk is one less survival, so the limits change places
        low, high = 1 - curve["conf_high"][0], 1 - curve["conf_low"][0]
        out.append(
            CalibrationGroup(
                part.size,
                float(risk[kept][part].mean()),
                float(1 - curve["survival"][0]),
                float(low),
                float(high),
            )
        )
    return out


@dataclass(frozen=True)
class Validation:
    """A statistic in the data that made the model, its mean optimism, and what is left of it.

    `apparent`, `optimism` and `corrected` have the keys "harrell_c", "uno_c", "slope", "brier".
    """

    apparent: dict[str, float]
    optimism: dict[str, float]
    corrected: dict[str, float]
    resamples: int
    note: str = ""


def validate(
    time: ArrayLike, event: ArrayLike, x: ArrayLike, at: float, *, resamples: int = 200,
    seed: int = 0, ties: Ties = "breslow",
) -> Validation:  # fmt: skip
    """Harrell's optimism bootstrap of a Cox model whose covariates were chosen in advance.

    Parameters
    ----------
    time, event : arrays of shape (n,)
    x : array of shape (n, p)
        Rows with a missing value are left out.
    at : float
        Horizon of Uno's C and the Brier score.
    resamples, seed

    Returns
    -------
    Validation
        The slope is that of the linear predictor in a Cox model of its own: 1 in the data that made
        it, and below 1 by as much as the model is overfitted.

    Notes
    -----
    Harrell, Lee and Mark, Stat Med 1996; 15:361: each resample's model is tried on the resample and
    on the data; the mean difference is the optimism. R: ``rms::validate``.
    """
    x = np.asarray(x, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    complete = np.isfinite(x).all(axis=1)
    time, event, _, kept = survival_arrays(time, np.where(complete, event, np.nan))
    x = x[kept]
    whole = cox_fit(time, event, x, ties=ties)
    if not whole.events or whole.infinite.any() or whole.aliased.all():
        none = dict.fromkeys(MEASURES, float("nan"))
        note = join_notes(whole.note, "the model has no finite estimate: it is not judged")
        return Validation(none, none, none, resamples, note)
    apparent = _measures(whole, time, event, x, at)
    rng, gaps, lost = np.random.default_rng(seed), [], 0
    for counts in resample_counts(time.size, resamples, rng):
        # repeated, not weighted: C and the Brier score count pairs and patients
        rows = np.repeat(np.arange(time.size), counts)
        fit = cox_fit(time[rows], event[rows], x[rows], ties=ties)
        if not fit.events or fit.infinite.any() or fit.aliased.all():
            lost += 1
            continue
        here = _measures(fit, time[rows], event[rows], x[rows], at)
        # what a resample's model loses on the data is what ours would lose on new patients
        there = _measures(fit, time, event, x, at)
        gaps.append([here[key] - there[key] for key in apparent])
    mean = np.full(len(apparent), np.nan)
    if gaps:
        known = ~np.isnan(gaps).all(axis=0)
        mean[known] = np.nanmean(np.array(gaps)[:, known], axis=0)
    optimism = dict(zip(apparent, map(float, mean), strict=True))
    note = f"{lost} of {resamples} resamples gave no finite estimate" if lost else ""
    corrected = {key: apparent[key] - optimism[key] for key in apparent}
    return Validation(apparent, optimism, corrected, resamples, join_notes(whole.note, note))


def _measures(fit: CoxFit, time, event, x, at: float) -> dict[str, float]:
    eta = x @ np.where(fit.aliased, 0.0, fit.coef)
    slope = cox_fit(time, event, eta, ties=fit.ties).coef[0]
    return {
        "harrell_c": concordance(time, event, eta).c,
        "uno_c": uno_c(time, event, eta, at).c,
        "slope": float(slope),
        "brier": brier(time, event, predicted_risk(fit, x, at), at),
    }


@dataclass(frozen=True)
class DecisionCurve:
    """Net benefit at `threshold` (m,): of acting on the model, on everybody, on nobody (0)."""

    threshold: Array
    model: Array
    everybody: Array


def decision_curve(
    time: ArrayLike, event: ArrayLike, risk: ArrayLike, at: float, thresholds: Sequence[float]
) -> DecisionCurve:
    """Net benefit of treating those whose predicted risk at a time is above each threshold.

    True positives less false positives times the odds of the threshold, per patient, with
    Kaplan-Meier for the censored (Vickers et al., BMC Med Inform Decis Mak 2008; 8:53).
    """
    risk = np.asarray(risk, dtype=float)
    time, event, _, kept = survival_arrays(time, np.where(np.isfinite(risk), event, np.nan))
    risk = risk[kept]
    thresholds = np.asarray(thresholds, dtype=float)

    def benefit(rows: Array, threshold: float) -> float:
        if not rows.any():
            return 0.0
        alive = float(kaplan_meier(time[rows], event[rows]).at([at])["survival"][0])
        return float(rows.mean() * ((1 - alive) - alive * threshold / (1 - threshold)))

    model = np.array([benefit(risk > t, t) for t in thresholds])
    everybody = np.array([benefit(np.ones(time.size, dtype=bool), t) for t in thresholds])
    return DecisionCurve(thresholds, model, everybody)

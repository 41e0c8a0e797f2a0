"""Standardised survival curves: everybody treated against nobody treated (the g-formula)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from .bootstrap import Limits, percentile_limits, resamples
from .cox_batch import cox_batch
from .times import Array, survival_arrays


@dataclass(frozen=True)
class StandardisedCurves:
    """Mean predicted survival at `time` (m,): `reference` and `treated` (m,), all patients in each.

    `draws` (B, 2, m) are those of bootstrap resamples.
    """

    time: Array
    reference: Array
    treated: Array
    conf_level: float
    draws: Array = field(repr=False)
    note: str = ""

    @property
    def difference(self) -> Array:
        """Treated less reference."""
        return self.treated - self.reference

    def limits(self, of: str = "difference") -> tuple[Array, Array]:
        """Percentile limits of "reference", "treated" or "difference": (m,) each; NaN undrawn."""
        parts = {"reference": self.draws[:, 0], "treated": self.draws[:, 1],
                 "difference": self.draws[:, 1] - self.draws[:, 0]}  # fmt: skip
        found = [percentile_limits(column, self.conf_level) if len(column) else
                 Limits(np.nan, np.nan) for column in parts[of].T]  # fmt: skip
        return np.array([one.conf_low for one in found]), np.array([one.conf_high for one in found])


def standardised_curves(
    time: ArrayLike,
    event: ArrayLike,
    treated: ArrayLike,
    x: ArrayLike,
    at: ArrayLike,
    *,
    conf_level: float = 0.95,
    draws: int = 0,
    seed: int = 0,
) -> StandardisedCurves:
    """Predict every patient's survival under both treatments by a Cox model, and average.

    Parameters
    ----------
    time, event : arrays of shape (n,)
    treated : array of shape (n,)
        1 = experimental group, 0 = reference.
    x : array of shape (n, p)
        Covariates known at time zero. Rows with a missing value are left out.
    at : array of shape (m,)
        Times.
    draws, seed
        Bootstrap resamples of patients; 0 = none.

    Notes
    -----
    Breslow's baseline hazard (R: ``survfit(coxph(..., ties = "breslow"), newdata)`` averaged).
    It rests on the model: proportional hazards and no treatment-by-covariate interaction, and on
    there being no other confounders.
    """
    treated, x = np.asarray(treated, dtype=float), np.asarray(x, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    known = np.isfinite(treated) & np.isfinite(x).all(axis=1)
    time, event, _, kept = survival_arrays(time, np.where(known, np.asarray(event, float), np.nan))
    at = np.atleast_1d(np.asarray(at, dtype=float))
    if not time.size:
        none = np.full(at.size, np.nan)
        return StandardisedCurves(at, none, none, conf_level, np.empty((0, 2, at.size)),
                                  "no patients")  # fmt: skip
    order = np.argsort(time, kind="stable")
    time, event, treated, x = time[order], event[order], treated[kept][order], x[kept][order]
    # the curves do not change, and exp() of the predictors stays in range
    x = x - x.mean(axis=0)
    one = np.ones((1, time.size))
    value, known_fit = _average(time, event, treated, x, at, one)
    parts = [_average(time, event, treated, x, at, counts)[0][ok] for counts, ok in (
        (counts, slice(None)) for counts in resamples(time.size, draws,
                                                      np.random.default_rng(seed)))]  # fmt: skip
    drawn = np.concatenate(parts) if parts else np.empty((0, 2, at.size))
    lost = int(np.isnan(drawn[:, 0, 0]).sum()) if drawn.size else 0
    note = "" if known_fit[0] else "the model has no finite estimate: the curves are not reliable"
    if lost:
        note = f"{note}; " * bool(note) + f"{lost} of {draws} resamples gave no estimate"
    return StandardisedCurves(at, value[0, 0], value[0, 1], conf_level, drawn, note)


def _average(time, event, treated, x, at, counts) -> tuple[Array, Array]:
    """Mean curves (B, 2, m) under B weightings, NaN without a finite fit, and who has one (B,)."""
    design = np.column_stack([x, treated])
    fits = cox_batch(time, event, design, counts, ties="breslow")
    good = fits.converged & ~fits.infinite.any(axis=1) & ~fits.aliased[:, -1]
    beta = np.nan_to_num(fits.coef)
    out = np.full((len(counts), 2, at.size), np.nan)
    distinct, group = np.unique(time, return_inverse=True)
    starts = np.flatnonzero(np.r_[True, np.diff(group) != 0])
    place = np.searchsorted(distinct, at, side="right")
    for b in np.flatnonzero(good):
        count = counts[b].astype(float)
        risk = np.exp(design @ beta[b]) * count
        at_risk = np.cumsum(np.add.reduceat(risk, starts)[::-1])[::-1]
        died = np.add.reduceat(count * event, starts)
        step = np.divide(died, at_risk, out=np.zeros(distinct.size), where=at_risk > 0)
        hazard = np.r_[0.0, np.cumsum(step)][place]
        base = np.exp(x @ beta[b, :-1])
        for arm in (0, 1):
            survival = np.exp(-np.outer(base * np.exp(arm * beta[b, -1]), hazard))
            # everybody's curve first, then the mean: the curve at the mean covariates is nobody's
            out[b, arm] = count @ survival / count.sum()
    return out, good

"""How well a model of survival predicts: discrimination, calibration, error, and net benefit.

An event is 1 and censoring 0 throughout; numbers above 1 are events that compete with it. Whoever
had one of these can no longer have the event and counts as free of it for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from .bootstrap import resample_counts
from .censoring import censoring_curve
from .competing import cumulative_incidence
from .concordance import Concordance, concordance
from .cox import cox_fit
from .cox_likelihood import Ties
from .fine_gray import fine_gray, predicted_incidence
from .km import ConfType, kaplan_meier
from .penalised import PenalisedPath, penalised_path
from .splines import spline_basis, spline_knots
from .times import Array, join_notes, survival_arrays

_AT_ONCE = 4_000_000
_EDGE = 1e-6  # a predicted risk of 0 or 1 has no complementary log-log
MEASURES = ("harrell_c", "uno_c", "slope", "observed_expected", "brier")


class RiskModel(Protocol):
    """What predicts: coefficients (p,), which of them are left out, and the baseline's steps."""

    coef: Array
    aliased: Array

    def baseline_hazard(self) -> tuple[Array, Array]:
        """Give event times and the cumulative hazard at covariates of zero."""


Fitter = Callable[[Array, Array, Array, Array], RiskModel | None]
"""Makes a model of time, cause, x and who each row is; None where there is no finite estimate."""


def unpenalised(ties: Ties = "breslow") -> Fitter:
    """Give a Cox model, or Fine and Gray's of cause 1 where events compete."""

    def fit(time: Array, cause: Array, x: Array, _who: Array) -> RiskModel | None:
        model = fine_gray if (cause > 1).any() else cox_fit
        found = model(time, cause, x, ties=ties)
        return None if not found.events or found.infinite.any() or found.aliased.all() else found

    return fit


@dataclass(frozen=True)
class Shrunken:
    """A penalised Cox model at its chosen penalty, with Breslow's baseline hazard."""

    coef: Array
    at: Array = field(repr=False)
    hazard: Array = field(repr=False)

    @property
    def aliased(self) -> Array:
        """None: what is left out has a coefficient of zero."""
        return np.zeros(self.coef.size, dtype=bool)

    def baseline_hazard(self) -> tuple[Array, Array]:
        """Give event times and the cumulative hazard at covariates of zero."""
        return self.at, self.hazard


def shrunken(time: Array, event: Array, x: Array, coef: Array) -> Shrunken:
    """Give a model of stated coefficients (p,), with the baseline hazard that they make."""
    eta = x @ coef
    order = np.argsort(-time, kind="stable")
    risks = np.cumsum(np.exp(eta[order]))
    at, count = np.unique(time[event == 1], return_counts=True)
    last = np.searchsorted(-time[order], -at, side="right") - 1
    return Shrunken(coef, at, np.cumsum(count / risks[last]))


def penalised(
    alpha: float, folds: int, seed: int, ties: Ties = "breslow", size: int = 60
) -> Fitter:  # fmt: skip
    """Give a Cox model whose penalty is chosen anew each time by cross-validation."""

    def fit(time: Array, cause: Array, x: Array, who: Array) -> RiskModel | None:
        path = penalised_path(time, cause, x, alpha=alpha, folds=folds, seed=seed, ties=ties,
                              size=size, who=who)  # fmt: skip
        return at_penalty(path, time, cause, x)

    return fit


def at_penalty(path: PenalisedPath, time: Array, event: Array, x: Array) -> Shrunken | None:
    """Give the model at the penalty that a path chose; None if it chose none."""
    return None if path.chosen < 0 else shrunken(time, event, x, path.coef[path.chosen])


def score(model: RiskModel, x: ArrayLike) -> Array:
    """Give the linear predictor of rows of covariates (n, p)."""
    return np.asarray(x, dtype=float) @ np.where(model.aliased, 0.0, model.coef)


def predicted_risk(model: RiskModel, x: ArrayLike, time: float) -> Array:
    """Chance of the event by a time, for covariates (n, p), by a model without strata."""
    return predicted_incidence(model, x, [time])[:, 0]


def _tidied(time: ArrayLike, cause: ArrayLike, *others: ArrayLike) -> tuple[Array, ...]:
    """Give the rows without a missing value: time, cause and the others."""
    cause, others = np.asarray(cause, dtype=float), [np.asarray(o, dtype=float) for o in others]
    known = np.isfinite(cause)
    for other in others:
        known &= np.isfinite(other)
    time, _, _, kept = survival_arrays(time, np.where(known, cause > 0, np.nan))
    return time, cause[kept], *(other[kept] for other in others)


def harrell_c(time: ArrayLike, cause: ArrayLike, risk: ArrayLike) -> Concordance:
    """Harrell's C; who had another event never has this one, and is later than all who have it."""
    time, cause, risk = _tidied(time, cause, risk)
    beyond = np.where(cause > 1, time.max(initial=0.0) + 1, time)
    return concordance(beyond, cause == 1, risk)


def uno_c(time: ArrayLike, cause: ArrayLike, risk: ArrayLike, tau: float = np.inf) -> Concordance:
    """Uno's C: concordance up to `tau`, each pair weighted for the chance to be seen.

    Parameters
    ----------
    time, cause, risk : arrays of shape (n,)
        A higher risk should have the event earlier. Rows with a missing value are left out.
    tau : float
        Events after it are not counted, since few are at risk then.

    Returns
    -------
    Concordance
        NaN when no pair is comparable. The standard error takes the censoring curve G as known.

    Notes
    -----
    Stat Med 2011; 30:1105: pairs have the weight 1 / G(t-)^2, t the time of the event. Unlike
    Harrell's it does not depend on how long patients were followed. R: ``concordance(..., timewt =
    "n/G2", ymax = tau)``. A pair with a patient who had another event before, at s, has the weight
    1 / (G(t-) G(s-)) (Wolbers et al., Biostatistics 2014; 15:526).
    """
    time, cause, risk = _tidied(time, cause, risk)
    at, g = censoring_curve(time, cause > 0)
    # just before the event: a censoring at the same time is after it
    before = g[np.searchsorted(at, time, side="left")]
    inverse = np.divide(1.0, before, out=np.zeros(time.size), where=before > 0)
    event, other = cause == 1, cause > 1
    dies = np.flatnonzero(event & (time <= tau))
    gain, pairs = np.zeros(time.size), np.zeros(time.size)
    step = max(1, _AT_ONCE // max(time.size, 1))
    for start in range(0, dies.size, step):
        i = dies[start : start + step]
        t, v = time[i, None], inverse[i, None]
        later = (time > t) | ((time == t) & ~event & ~other)
        counted = v**2 * later + v * inverse * (~later & other)
        signs = np.sign(risk[i, None] - risk) * counted
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


def brier(time: ArrayLike, cause: ArrayLike, risk: ArrayLike, at: float) -> float:
    """Mean squared error of predicted risks (n,) at a time, weighted for censoring (Graf 1999)."""
    time, cause, risk = _tidied(time, cause, risk)
    if not risk.size:
        return float("nan")
    # the weight of an event stops just before its time, that of the living reaches to `at` itself
    grid, g = censoring_curve(time, cause > 0)
    before = g[np.searchsorted(grid, np.minimum(time, at), side="left")]
    beyond = g[np.searchsorted(grid, at, side="right")]
    known = (cause > 0) & (time <= at)
    with np.errstate(divide="ignore", invalid="ignore"):
        # who was censored before `at` counts nothing: the others are weighted up to stand for them
        weight = np.where(known, 1 / before, np.where(time > at, 1 / beyond, 0.0))
    return float(np.mean(weight * ((known & (cause == 1)) - risk) ** 2))


def observed_risk(time: ArrayLike, cause: ArrayLike, members: ArrayLike, at: float) -> Array:
    """Give the share with the event by a time in several groups at once.

    Parameters
    ----------
    time, cause : arrays of shape (n,)
    members : array of shape (n, m)
        Which rows are in each group.
    at : float

    Returns
    -------
    array of shape (m,)
        Kaplan and Meier's, or of competing events Aalen and Johansen's estimate; NaN for nobody.
    """
    time, cause = np.asarray(time, dtype=float), np.asarray(cause, dtype=float)
    # one after another in place of all at a time: (n - 1) / n times (n - 2) / (n - 1) and so on is
    # (n - d) / n; the event itself goes before those that compete, and censorings come last
    order = np.lexsort((np.where(cause == 0, np.inf, cause), time))
    inside = np.asarray(members, dtype=float)[order]
    n_risk = np.cumsum(inside[::-1], axis=0)[::-1]
    ends = ((cause > 0) & (time <= at))[order, None]
    share = np.divide(inside * ends, n_risk, out=np.zeros_like(inside), where=n_risk > 0)
    free = np.cumprod(1 - share, axis=0)
    free = np.vstack([np.ones((1, inside.shape[1])), free[:-1]])
    found = (free * share * (cause == 1)[order, None]).sum(axis=0)
    return np.where(inside.any(axis=0), found, np.nan)


@dataclass(frozen=True)
class CalibrationGroup:
    """Patients of like predicted risk: mean predicted, and observed risk with limits."""

    n: int
    predicted: float
    observed: float
    conf_low: float
    conf_high: float


def calibration(
    time: ArrayLike, cause: ArrayLike, risk: ArrayLike, at: float, groups: int = 5,
    conf_level: float = 0.95, conf_type: ConfType = "log-log",
) -> list[CalibrationGroup]:  # fmt: skip
    """Compare predicted risks (n,) at a time with what was observed, in groups of equal size."""
    time, cause, risk = _tidied(time, cause, risk)
    order = np.argsort(risk, kind="stable")
    out = []
    for part in np.array_split(order, min(groups, max(order.size, 1))):
        if part.size:
            compete = bool((cause > 1).any())
            observed = _observed(time[part], cause[part], at, conf_level, conf_type, compete)
            out.append(CalibrationGroup(part.size, float(risk[part].mean()), *observed))
    return out


def _observed(
    time, cause, at: float, conf_level: float, conf_type: ConfType, compete: bool
) -> tuple[float, ...]:
    """Give the share with the event by a time, and its limits."""
    if compete:
        curve = cumulative_incidence(time, cause, [1, 2], conf_level=conf_level,
                                     conf_type=conf_type).at([at])  # fmt: skip
        names = ("incidence", "conf_low", "conf_high")
        return tuple(float(curve[name][0, 0]) for name in names)
    curve = kaplan_meier(time, cause, conf_level, conf_type).at([at])
    # a risk is one less survival, so the limits change places
    return tuple(float(1 - curve[name][0]) for name in ("survival", "conf_high", "conf_low"))


def calibration_curve(
    time: ArrayLike, cause: ArrayLike, risk: ArrayLike, at: float, grid: ArrayLike,
    ties: Ties = "breslow",
) -> Array:  # fmt: skip
    """Give the observed risk at predicted risks `grid` (m,), smoothed.

    A model of the event by a spline with three knots of log(-log(1 - risk)); straight where the
    predicted risks have too few values. NaN where it has no finite estimate. Source: Austin,
    Harrell and van Klaveren, Stat Med 2020; 39:2714.
    """
    time, cause, risk = _tidied(time, cause, risk)
    z, grid = _log_log(risk), _log_log(np.asarray(grid, dtype=float))
    try:
        knots = spline_knots(z, 3)
        x, wanted = spline_basis(z, knots), spline_basis(grid, knots)
    except ValueError:
        x, wanted = z[:, None], grid[:, None]
    model = unpenalised(ties)(time, cause, x, np.arange(time.size))
    return np.full(grid.size, np.nan) if model is None else predicted_risk(model, wanted, at)


def _log_log(risk: Array) -> Array:
    return np.log(-np.log1p(-np.clip(risk, _EDGE, 1 - _EDGE)))


@dataclass(frozen=True)
class Validation:
    """A statistic in the data that made the model, its mean optimism, and what is left of it.

    `apparent`, `optimism` and `corrected` have the keys of `MEASURES`; `curve` (3, g) and `benefit`
    (3, m) have in these three rows the calibration curve at `grid` and the net benefit at
    `thresholds`.
    """

    apparent: dict[str, float]
    optimism: dict[str, float]
    corrected: dict[str, float]
    resamples: int
    curve: Array = field(repr=False)
    benefit: Array = field(repr=False)
    note: str = ""


def validate(
    time: ArrayLike, cause: ArrayLike, x: ArrayLike, at: float, *, fit: Fitter | None = None,
    resamples: int = 200, seed: int = 0, ties: Ties = "breslow", grid: ArrayLike = (),
    thresholds: ArrayLike = (),
) -> Validation:  # fmt: skip
    """Harrell's optimism bootstrap of a model whose covariates were chosen in advance.

    Parameters
    ----------
    time, cause : arrays of shape (n,)
    x : array of shape (n, p)
        Rows with a missing value are left out.
    at : float
        Horizon of Uno's C, the Brier score, calibration and net benefit.
    fit : Fitter, optional
        How the model is made, in each resample anew; without a penalty if not given.
    resamples, seed
    ties : {"breslow", "efron"}
    grid, thresholds : arrays
        Predicted risks of the calibration curve, thresholds of the decision curve.

    Returns
    -------
    Validation
        The slope is that of the linear predictor in a model of its own: 1 in the data that made it,
        and below 1 by as much as the model is overfitted.

    Notes
    -----
    Harrell, Lee and Mark, Stat Med 1996; 15:361: each resample's model is tried on the resample and
    on the data; the mean difference is the optimism. R: ``rms::validate``.
    """
    x = np.asarray(x, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    time, cause, x = _complete(time, cause, x)
    grid, thresholds = np.asarray(grid, dtype=float), np.asarray(thresholds, dtype=float)
    fit = fit or unpenalised(ties)

    def judged(model: RiskModel, rows: Array) -> Array:
        return _judged(model, time[rows], cause[rows], x[rows], at, ties, grid, thresholds)

    everybody = np.arange(time.size)
    whole = fit(time, cause, x, everybody)
    if whole is None:
        nothing = np.full((3, len(MEASURES) + grid.size + thresholds.size), np.nan)
        note = "the model has no finite estimate: it is not judged"
        return _validation(nothing, resamples, grid.size, note)
    apparent = judged(whole, everybody)
    rng, gaps = np.random.default_rng(seed), []
    for counts in resample_counts(time.size, resamples, rng):
        # repeated, not weighted: C and the Brier score count pairs and patients
        rows = np.repeat(everybody, counts)
        model = fit(time[rows], cause[rows], x[rows], rows)
        if model is not None:
            # what it loses on the data is what ours would lose on new patients
            gaps.append(judged(model, rows) - judged(model, everybody))
    optimism = np.full(apparent.size, np.nan)
    if gaps:
        known = ~np.isnan(gaps).all(axis=0)
        optimism[known] = np.nanmean(np.array(gaps)[:, known], axis=0)
    lost = resamples - len(gaps)
    note = f"{lost} of {resamples} resamples gave no finite estimate" if lost else ""
    rows = np.array([apparent, optimism, apparent - optimism])
    return _validation(rows, resamples, grid.size, note)


def _complete(time: ArrayLike, cause: ArrayLike, x: Array) -> tuple[Array, Array, Array]:
    cause = np.asarray(cause, dtype=float)
    known = np.isfinite(x).all(axis=1) & np.isfinite(cause)
    time, _, _, kept = survival_arrays(time, np.where(known, cause > 0, np.nan))
    return time, cause[kept], x[kept]


def _validation(rows: Array, resamples: int, grid: int, note: str) -> Validation:
    """Take apart what was judged: measures, calibration curve, net benefit."""
    first = len(MEASURES)
    named = [dict(zip(MEASURES, map(float, row[:first]), strict=True)) for row in rows]
    curve, benefit = rows[:, first : first + grid], rows[:, first + grid :]
    return Validation(*named, resamples, curve, benefit, join_notes(note))


def _judged(model, time, cause, x, at: float, ties: Ties, grid: Array, thresholds: Array) -> Array:
    """Try a model on data: its measures, its calibration curve, its net benefit."""
    eta, risk = score(model, x), predicted_risk(model, x, at)
    alone = unpenalised(ties)(time, cause, eta[:, None], np.arange(time.size))
    everybody = np.ones((time.size, 1), dtype=bool)
    expected = risk.mean()
    measures = [
        harrell_c(time, cause, eta).c,
        uno_c(time, cause, eta, at).c,
        np.nan if alone is None else float(alone.coef[0]),
        observed_risk(time, cause, everybody, at)[0] / expected if expected > 0 else np.nan,
        brier(time, cause, risk, at),
    ]
    curve = calibration_curve(time, cause, risk, at, grid, ties) if grid.size else grid
    benefit = decision_curve(time, cause, risk, at, thresholds).model
    return np.r_[measures, curve, benefit]


@dataclass(frozen=True)
class DecisionCurve:
    """Net benefit at `threshold` (m,): of acting on the model, on everybody, on nobody (0)."""

    threshold: Array
    model: Array
    everybody: Array


def decision_curve(
    time: ArrayLike, cause: ArrayLike, risk: ArrayLike, at: float, thresholds: Sequence[float]
) -> DecisionCurve:
    """Net benefit of treating those whose predicted risk at a time is above each threshold.

    True positives less false positives times the odds of the threshold, per patient, with
    Kaplan-Meier for the censored (Vickers et al., BMC Med Inform Decis Mak 2008; 8:53).
    """
    time, cause, risk = _tidied(time, cause, risk)
    thresholds = np.asarray(thresholds, dtype=float)
    odds = thresholds / (1 - thresholds)

    def benefit(members: Array) -> Array:
        if not time.size:
            return np.zeros(thresholds.size)
        found = observed_risk(time, cause, members, at)
        return np.where(members.any(axis=0),
                        members.mean(axis=0) * (found - (1 - found) * odds), 0.0)  # fmt: skip

    everybody = np.ones((time.size, thresholds.size), dtype=bool)
    return DecisionCurve(thresholds, benefit(risk[:, None] > thresholds), benefit(everybody))

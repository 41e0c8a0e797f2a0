"""Firth's penalised Cox model: finite estimates and honest limits when events are few.

Heinze and Schemper (Biometrics 2001): the partial likelihood is multiplied by the square root of
the information's determinant (Jeffreys' prior), which removes the first-order bias and keeps every
estimate finite under separation. Limits and P come from the profile penalised likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, chdtri

from .cox import Test
from .cox_likelihood import PartialLikelihood, Ties
from .cox_newton import Factor
from .times import Array, counting_arrays, join_notes, left_out_note, survival_arrays

_TOLERANCE = 1e-10
TOO_LARGE = "not fitted: the penalty is meant for few events, and the cohort is too large for it"
MOST_CELLS = 5_000_000
"""Patients times steps of the risk sets, which are held at once in several arrays of 8 bytes and
run through some two hundred times: half a minute of one processor and 240 MB for 3,500 patients
with 1,700 events and nine parameters, a little above this; 10,000 patients take over a minute."""
_FAR = 60.0
"""Swing of the linear predictor beyond which a profile that is still above its level is open."""


@dataclass(frozen=True)
class FirthFit:
    """Penalised fit; arrays of shape (p,) follow `names`, NaN = not estimable.

    `conf_low` and `conf_high` are profile limits of the hazard ratio (0 or inf when the profile
    does not fall to its level), `p` the penalised likelihood ratio test of each coefficient.
    """

    names: list[str]
    n: int
    events: int
    coef: Array
    std_err: Array
    hr: Array
    conf_low: Array
    conf_high: Array
    chi2: Array
    p: Array
    loglik: float
    loglik_null: float
    lr_test: Test
    converged: bool
    iterations: int
    note: str = ""


def firth_cox(
    time: ArrayLike,
    event: ArrayLike,
    x: ArrayLike,
    names: list[str] | None = None,
    *,
    entry: ArrayLike | None = None,
    ties: Ties = "breslow",
    conf_level: float = 0.95,
    only: list[int] | None = None,
) -> FirthFit:
    """Fit Cox's model with Firth's penalty.

    Parameters
    ----------
    time, event : arrays of shape (n,)
        Follow-up times; 1 = event, 0 = censored.
    x : array of shape (n, p)
        Covariates. Rows with a missing value anywhere are left out; the note counts them.
    names : list of str, optional
    entry : array of shape (n,), optional
        A row is at risk at t where entry < t <= time (left truncation).
    ties : {"breslow", "efron"}
    conf_level : float
    only : list of int, optional
        Columns whose limits and P are wanted (each costs about ten constrained fits); all by
        default, NaN for the rest.

    Returns
    -------
    FirthFit
        Constant and collinear columns are NaN, as is everything without events, or of a cohort
        whose risk sets are too large to be held; the note says so.

    Notes
    -----
    R: ``coxphf::coxphf(pl = TRUE)``, which uses Breslow's ties.
    """
    x = np.asarray(x, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    names = [f"x{j + 1}" for j in range(x.shape[1])] if names is None else list(names)
    complete = np.isfinite(x).all(axis=1)
    if entry is None:
        time, event, _, kept = survival_arrays(time, event)
    else:
        entry, time, event, _, kept = counting_arrays(entry, time, event)
    inside = complete[kept]
    entry = None if entry is None else entry[inside]
    time, event, x = time[inside], event[inside], x[kept & complete]
    notes = [left_out_note(kept & complete)]
    if not event.any():
        return _nothing(names, time.size, join_notes(*notes, "no events: nothing can be estimated"))
    likelihood = PartialLikelihood(time, event, x, entry=entry, ties=ties)
    used = _estimable(likelihood)
    notes += [f"{names[j]}: constant or collinear, not estimable" for j in np.flatnonzero(~used)]
    steps = int(event.sum()) if ties == "efron" else likelihood.rows.k
    if time.size * steps > MOST_CELLS:
        notes.append(TOO_LARGE)
    if not used.any() or TOO_LARGE in notes:
        return _nothing(names, time.size, join_notes(*notes), int(event.sum()))
    penalised = _Penalised(likelihood, used)
    return _fit(
        penalised, names, used, events=int(event.sum()), conf_level=conf_level, only=only,
        notes=notes,
    )  # fmt: skip


def _fit(penalised, names, used, *, events, conf_level, only, notes) -> FirthFit:
    """Maximum, then profile each wanted coefficient; back to the original scale."""
    p, columns = len(names), np.flatnonzero(used)
    free = np.ones(columns.size, dtype=bool)
    top = penalised.maximise(np.zeros(columns.size), free)
    # the penalty is in both: without it at 0 the test would also count the change of the penalty
    null = penalised.evaluate(np.zeros(columns.size))[0]
    scale = penalised.likelihood.scale[columns]
    se = np.sqrt(np.diag(np.linalg.inv(top.info)))
    out = {name: np.full(p, np.nan) for name in ("coef", "se", "low", "high", "chi2", "p")}
    out["coef"][columns], out["se"][columns] = top.beta / scale, se / scale
    level = float(chdtri(1, 1 - conf_level))
    for i, column in enumerate(columns):
        if only is not None and column not in only:
            continue
        chi2 = max(2 * (top.value - penalised.constrained(top.beta, i, 0.0).value), 0.0)
        out["chi2"][column], out["p"][column] = chi2, chdtrc(1, chi2)
        for name, sign in (("low", -1), ("high", 1)):
            limit = penalised.profile_limit(top, i, se[i], level, sign)
            with np.errstate(over="ignore"):
                out[name][column] = np.exp(limit / scale[i])
    if not top.converged:
        notes.append("the penalised search did not converge")
    lr = max(2 * (top.value - null), 0.0)
    # half the log determinant of the information changes with the units by the sum of their logs
    shift = float(np.log(scale).sum())
    with np.errstate(over="ignore"):
        hr = np.exp(out["coef"])
    return FirthFit(
        names, penalised.likelihood.rows.n, events, out["coef"], out["se"], hr, out["low"],
        out["high"], out["chi2"], out["p"], top.value + shift, null + shift,
        Test(lr, columns.size, float(chdtrc(columns.size, lr))), top.converged, top.iterations,
        join_notes(*notes),
    )  # fmt: skip


@dataclass
class _Top:
    """A (constrained) maximum of the penalised likelihood, in scaled units."""

    beta: Array
    value: float
    score: Array
    info: Array
    converged: bool
    iterations: int


class _Penalised:
    """Penalised log likelihood of the used columns, in scaled units."""

    def __init__(self, likelihood: PartialLikelihood, used: Array):
        self.likelihood, rows = likelihood, likelihood.rows
        self.x = likelihood.x[:, used]
        self.event = rows.event
        d = np.bincount(rows.event_k, minlength=rows.k)
        # one column per step: Breslow's d equal steps are one step of weight d
        if likelihood.ties == "efron":
            k = np.repeat(np.arange(rows.k), d)
            share = (np.arange(k.size) - np.repeat(np.cumsum(d) - d, d)) / d[k]
            self.step_weight = np.ones(k.size)
        else:
            k, share, self.step_weight = np.arange(rows.k), np.zeros(rows.k), d.astype(float)
        self.at_risk = ((k <= rows.last_k[:, None]) & (k >= rows.first_k[:, None])).astype(float)
        # Efron: of the tied events, step f has 1 - f of each left in the risk set
        self.at_risk[rows.event_rows] -= share * (rows.event_k[:, None] == k)

    def evaluate(self, beta: Array) -> tuple[float, Array, Array]:
        """Penalised log likelihood, its gradient, and the (unpenalised) information."""
        x, weight = self.x, self.step_weight
        eta = x @ beta
        # no likelihood changes when all predictors shift, and exp() does not overflow
        eta -= eta.max()
        risk = self.at_risk * np.exp(eta)[:, None]
        total = risk.sum(axis=0)
        if not (total > 0).all():
            return -np.inf, np.zeros_like(beta), np.eye(beta.size)
        share = risk / total
        mean = share.T @ x
        per_row = share @ weight
        info = (x * per_row[:, None]).T @ x - (mean * weight[:, None]).T @ mean
        sign, logdet = np.linalg.slogdet(info)
        if sign <= 0 or not np.isfinite(logdet):
            return -np.inf, np.zeros_like(beta), np.eye(beta.size)
        loglik = eta[self.event].sum() - weight @ np.log(total)
        score = x[self.event].sum(axis=0) - per_row @ x
        # derivative of half the log determinant: third central moments contracted with info^-1
        inverse = np.linalg.inv(info)
        half = x @ inverse
        mean_half = mean @ inverse
        distance = (half * x).sum(axis=1)[:, None] - 2 * half @ mean.T
        distance += (mean_half * mean).sum(axis=1)
        distance *= share * weight
        pull = distance.sum(axis=1) @ x - distance.sum(axis=0) @ mean
        return float(loglik + logdet / 2), score + pull / 2, info

    def maximise(self, beta: Array, free: Array, limit: int = 500) -> _Top:
        """Ascend by scoring steps, halved until the value rises, over the free coefficients."""
        value, score, info = self.evaluate(beta)
        last = np.zeros_like(beta)
        for iteration in range(1, limit + 1):
            step = np.zeros_like(beta)
            if free.any():
                step[free] = np.linalg.solve(info[np.ix_(free, free)], score[free])
            swing = np.ptp(self.x @ step)
            if swing < _TOLERANCE:
                return _Top(beta, value, score, info, True, iteration)
            # scoring converges linearly: where steps follow a steady ratio, sum the series
            ratio = float(step @ last / max(last @ last, 1e-300))
            last = step.copy()
            if abs(ratio) > 0.3 and -5 < ratio < 0.999 and swing < 5:
                step /= 1 - ratio
                last = np.zeros_like(beta)
            step *= min(1.0, 5.0 / np.ptp(self.x @ step))
            for _ in range(40):
                new = self.evaluate(beta + step)
                if new[0] >= value - 1e-13 * abs(value):
                    break
                step /= 2
            else:
                # no rise to be had within rounding: this is the maximum if the slope is flat
                flat = bool(swing < np.sqrt(_TOLERANCE))
                return _Top(beta, value, score, info, flat, iteration)
            beta, (value, score, info) = beta + step, new
        return _Top(beta, value, score, info, False, limit)

    def constrained(self, start: Array, i: int, value: float) -> _Top:
        """Maximum with coefficient i held at a value."""
        beta, free = start.copy(), np.ones(start.size, dtype=bool)
        beta[i], free[i] = value, False
        return self.maximise(beta, free)

    def profile_limit(self, top: _Top, i: int, se: float, level: float, sign: int) -> float:
        """Where twice the fall of the profile reaches `level`, below (-1) or above (+1) the top.

        Newton's method on the square root of the fall, which is nearly linear in the coefficient,
        kept between the points known to lie inside and outside.
        """
        swing = max(np.ptp(self.x[:, i]), 1e-12)
        inside, outside = float(top.beta[i]), np.nan
        point, here = inside + sign * np.sqrt(level) * se, top
        for _ in range(100):
            if np.isnan(outside) and abs(point - top.beta[i]) * swing > _FAR:
                return sign * np.inf
            # the others move with the coefficient: start from where they were
            here = self.constrained(here.beta, i, point)
            fall = 2 * (top.value - here.value)
            if abs(fall - level) < 1e-11 * level:
                return point
            if fall < level:
                inside = point
            else:
                outside = point
            # the others are at their best, so the profile's slope is the score of the one held
            slope = -here.score[i] * sign
            root = np.sqrt(max(fall, 0.0))
            move = (np.sqrt(level) - root) * root / slope if slope > 0 and root > 0 else np.inf
            guess = point + sign * move
            point = _between(guess, inside, outside, sign, swing)
            if abs(outside - inside) < 1e-13 * max(1.0, abs(inside)):
                return point
        return point


def _between(guess: float, inside: float, outside: float, sign: int, swing: float) -> float:
    """Keep a guess within the bracket, or within a bounded stride while there is none."""
    if np.isnan(outside):
        stride = max(4.0 / swing, abs(inside))
        return guess if 0 < (guess - inside) * sign < stride else inside + sign * stride
    low, high = sorted((inside, outside))
    return guess if low < guess < high else (inside + outside) / 2


def _estimable(likelihood: PartialLikelihood) -> Array:
    """Columns that are neither constant nor collinear with those before them."""
    start = likelihood.evaluate(np.zeros((1, likelihood.p)))
    return Factor(start.information, ~likelihood.constant[None], start.scale).used[0]


def _nothing(names, n: int, note: str, events: int = 0) -> FirthFit:
    """The empty result."""
    nan = np.full(len(names), np.nan)
    empty = Test(np.nan, 0, np.nan)
    return FirthFit(list(names), n, events, *(nan,) * 7, np.nan, np.nan, empty, False, 0, note)

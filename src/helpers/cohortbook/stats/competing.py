"""Competing risks: cumulative incidence, Gray's test, and Fine-Gray models.

Causes are whole numbers: 0 = censored, 1, 2, ... = the first event was of that kind. One minus
Kaplan-Meier of a single cause, with the others censored, is not a probability of anything that
happens to patients: it supposes that the other causes were abolished.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from .design import is_missing
from .km import ConfType, confidence_limits
from .times import Array, counting_arrays, join_notes, left_out_note, survival_arrays

CENSORED = 0


@dataclass(frozen=True)
class CumulativeIncidence:
    """Aalen-Johansen curves: one entry per distinct time (T,); per cause (m, T), as in `causes`.

    `survival` (T,) is the chance to be free of any event, so that it and the incidences add up to
    1. `std_err` is Greenwood's of the incidence; `n_risk` counts patients with time >= t who have
    entered before it. `entry` (n,) holds the entries in rising order, None where all begin at 0.
    """

    causes: list[int]
    time: Array
    n_risk: Array
    n_event: Array
    n_censor: Array
    incidence: Array
    std_err: Array
    conf_low: Array
    conf_high: Array
    survival: Array
    n: int
    conf_level: float
    conf_type: ConfType
    note: str = ""
    entry: Array | None = None

    def at(self, times: ArrayLike) -> dict[str, Array]:
        """Incidence, standard error and limits (m, k) and number at risk (k,) at given times.

        Beyond the last time the last value is carried on.
        """
        times = np.atleast_1d(np.asarray(times, dtype=float))
        last = np.searchsorted(self.time, times, side="right")
        zero = np.zeros((len(self.causes), 1))
        steps = {name: np.hstack([zero, getattr(self, name)])[:, last]
                 for name in ("incidence", "std_err", "conf_low", "conf_high")}  # fmt: skip
        return {"time": times, "n_risk": self.n_risk_at(times), **steps}

    def n_risk_at(self, times: ArrayLike) -> Array:
        """Patients free of any event and in follow-up just before t: entry < t <= time."""
        times = np.atleast_1d(np.asarray(times, dtype=float))
        gone = self.n_event.sum(axis=0) + self.n_censor
        just_before = times * (1 - 1e-9)
        before = np.searchsorted(self.time, just_before)
        present = self.n - np.r_[0.0, np.cumsum(gone)][before]
        if self.entry is not None:
            present = present - (self.n - np.searchsorted(self.entry, just_before))
        return present


def cumulative_incidence(
    time: ArrayLike,
    cause: ArrayLike,
    causes: list[int] | None = None,
    *,
    entry: ArrayLike | None = None,
    conf_level: float = 0.95,
    conf_type: ConfType = "log-log",
) -> CumulativeIncidence:
    """Aalen-Johansen estimate of the probability of each cause by each time.

    Parameters
    ----------
    time : array of shape (n,)
        Time to the first event of any cause, or of censoring. Rows with a missing value are left
        out.
    cause : array of shape (n,)
        0 = censored, otherwise the kind of event, a whole number.
    causes : list of int, optional
        Kinds in order; by default those that occur.
    entry : array of shape (n,), optional
        A row is at risk at t where entry < t <= time (left truncation).
    conf_level, conf_type
        Pointwise limits, symmetric on the transformation of one minus the incidence, so that with
        one cause they are those of Kaplan-Meier.

    Raises
    ------
    ValueError
        A cause that is negative, not whole or not among `causes`; as `survival_arrays`.

    Notes
    -----
    R: ``survfit(Surv(time, factor(cause)) ~ 1)``. The variance is the Greenwood-type one of
    Andersen et al. (1993), as in R's ``etm``.
    """
    time, code, late, causes, kept = _tidied(time, cause, causes, entry)
    distinct, group = np.unique(time, return_inverse=True)
    size, m = distinct.size, len(causes)
    died = np.stack([np.bincount(group[code == j], minlength=size) for j in causes]) if m else (
        np.zeros((0, size)))  # fmt: skip
    total = np.bincount(group, minlength=size)
    n_risk = np.cumsum(total[::-1])[::-1].astype(float)
    if late is not None:
        # those who are still to enter
        n_risk -= time.size - np.searchsorted(np.sort(late), distinct)
    died = died.astype(float)
    every = died.sum(axis=0)
    survival = np.cumprod(1 - every / n_risk)
    # just before: the cause takes its share of those who were free of any event until then
    before = np.r_[1.0, survival[:-1]] if size else survival
    incidence = np.cumsum(before * died / n_risk, axis=1)
    std_err = np.sqrt(np.maximum(_variance(incidence, before, n_risk, died, every), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        free = np.maximum(1 - incidence, 0.0)
        # std_err / free is the error of log(1 - incidence), by the delta method
        low, high = confidence_limits(free, std_err / free, conf_level, conf_type)
    none = incidence <= 0
    low, high = np.where(none, 0.0, 1 - high), np.where(none, 0.0, 1 - low)
    note = join_notes(left_out_note(kept), "" if size else "no patients")
    return CumulativeIncidence(
        causes, distinct, n_risk, died, total - every, incidence, std_err, low, high, survival,
        int(time.size), conf_level, conf_type, note, None if late is None else np.sort(late),
    )  # fmt: skip


def _tidied(time, cause, causes, entry=None):
    """Times, codes and entries of the complete rows, the causes in order, the mask of rows kept."""
    cause = np.asarray(cause, dtype=float)
    known = cause[np.isfinite(cause)]
    if (known < 0).any() or (known != np.rint(known)).any():
        raise ValueError("cause must be 0 (censored) or a whole number above it")
    happened = np.where(np.isfinite(cause), (cause > 0).astype(float), np.nan)
    late = None
    if entry is None:
        time, _, _, kept = survival_arrays(time, happened)
    else:
        late, time, _, _, kept = counting_arrays(entry, time, happened)
    code = cause[kept].astype(int)
    found = sorted(set(code.tolist()) - {CENSORED})
    if causes is None:
        causes = found
    elif set(found) - set(causes):
        raise ValueError(f"causes {sorted(set(found) - set(causes))} are not among {causes}")
    return time, code, late, list(causes), kept


def _variance(incidence, before, n, died, every) -> Array:
    """Greenwood's variance of each incidence, (m, T), by running sums."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # the last patients of all leave nothing behind that could vary
        g = np.where((every > 0) & (n > every), every / (n * (n - every)), 0.0)
    share = before * died / n**2
    a, b, c = (np.cumsum(part, axis=-1) for part in (g, incidence * g, incidence**2 * g))
    own = np.cumsum(before**2 * died * (n - died) / n**3, axis=1)
    e, f = np.cumsum(share, axis=1), np.cumsum(incidence * share, axis=1)
    return incidence**2 * a - 2 * incidence * b + c + own - 2 * (incidence * e - f)


@dataclass(frozen=True)
class GrayTest:
    """Gray's test of one cause; `score` (groups,) is observed less expected, by group."""

    chi2: float
    df: int
    p: float
    groups: list
    score: Array
    variance: Array
    note: str = ""


def gray_test(
    time: ArrayLike,
    cause: ArrayLike,
    group: ArrayLike,
    of: int = 1,
    strata: ArrayLike | None = None,
    *,
    rho: float = 0.0,
) -> GrayTest:
    """Test that groups share one cumulative incidence of a cause (Gray 1988).

    Parameters
    ----------
    time, cause : arrays of shape (n,)
        As in `cumulative_incidence`.
    group : array of shape (n,)
        Any labels; missing ones are left out.
    of : int
        The cause tested.
    strata : array of shape (n,), optional
        Labels within which groups are compared before scores are summed.
    rho : float
        The weight is (1 - incidence)^rho.

    Returns
    -------
    GrayTest
        NaN with a note where fewer than two groups are at risk, or no event is of the cause.

    Notes
    -----
    Ann Stat 1988; 16:1141. R: ``cmprsk::cuminc(...)$Tests``. The log-rank test of subdistribution
    hazards: those who had another event stay in the risk set, as many as would still be followed.
    Its variance allows for that number being estimated.
    """
    group = np.asarray(group, dtype=object)
    present = ~is_missing(group)
    strata = np.zeros(group.size) if strata is None else np.asarray(strata, dtype=object)
    present &= ~is_missing(strata)
    masked = np.where(present, np.asarray(cause, dtype=float), np.nan)
    time, code, _, _, kept = _tidied(time, masked, None)
    group, strata = group[kept], strata[kept]
    levels = sorted(set(group.tolist()))
    place = {level: i for i, level in enumerate(levels)}
    number = np.array([place[value] for value in group.tolist()], dtype=int)
    score, variance = np.zeros(len(levels)), np.zeros((len(levels), len(levels)))
    for label in np.unique(strata.astype(str)) if time.size else []:
        mine = strata.astype(str) == label
        one, v = _gray_stratum(time[mine], code[mine] == of, code[mine] > 0, number[mine],
                               len(levels), rho)  # fmt: skip
        score, variance = score + one, variance + v
    used = np.diag(variance) > 0
    note = left_out_note(kept)
    if used.sum() < 2:
        return GrayTest(
            np.nan,
            0,
            np.nan,
            levels,
            score,
            variance,
            join_notes(note, "fewer than two groups at risk of the cause: the test is not defined"),
        )
    # the scores add up to 0: one group is told by the others
    keep = np.flatnonzero(used)[1:]
    cov = variance[np.ix_(keep, keep)]
    # on the scale of a correlation: a group of few has a small variance, no zero
    scale = np.sqrt(np.diag(cov))
    if np.linalg.matrix_rank(cov / np.outer(scale, scale)) < keep.size:
        return GrayTest(
            np.nan,
            0,
            np.nan,
            levels,
            score,
            variance,
            join_notes(note, "the variance is singular: the test is not defined"),
        )
    chi2 = float(score[keep] @ np.linalg.solve(cov, score[keep]))
    return GrayTest(chi2, keep.size, float(chdtrc(keep.size, chi2)), levels, score, variance, note)


def _gray_stratum(time, mine, any_event, number, size: int, rho: float) -> tuple[Array, Array]:
    """Score and its covariance in one stratum."""
    distinct, at = np.unique(time, return_inverse=True)
    shape = (distinct.size, size)
    flat = at * size + number

    def table(rows) -> Array:
        return np.bincount(flat[rows], minlength=shape[0] * size).reshape(shape).astype(float)

    everybody, own = table(slice(None)), table(mine)
    other = table(any_event & ~mine)
    y = np.cumsum(everybody[::-1], axis=0)[::-1]
    hazard = _over(own + other, y)
    free = np.vstack([np.ones(size), np.cumprod(1 - hazard, axis=0)])
    reached = np.cumsum(free[:-1] * _over(own, y), axis=0)
    not_yet = 1 - np.vstack([np.zeros(size), reached])[:-1]
    # who would still be followed, were it not for censoring: all, and those without the cause
    h = _over(y, free[:-1])
    r = h * not_yet
    died = own.sum(axis=1)
    pooled = 1 - np.r_[0.0, np.cumsum(_over(died, h.sum(axis=1)))]
    weight = np.maximum(pooled[:-1], 0.0) ** rho
    share = _over(r, r.sum(axis=1)[:, None])
    score = (weight[:, None] * (own - died[:, None] * share)).sum(axis=0)
    return score, _gray_variance(own, other, y, free, h, pooled, weight)


def _gray_variance(own, other, y, free, h, pooled, weight) -> Array:
    """Covariance of the scores, which allows for the estimated h (Gray 1988, section 3).

    Events of the cause at time s move a group's score by d(s) and, through its incidence curve, by
    what comes after s; other events only by the latter. Both have a binomial correction for ties.
    """
    size, whole, died = y.shape[1], h.sum(axis=1), own.sum(axis=1)
    step = _over(died, whole)
    d = weight[:, None, None] * (np.eye(size) - _over(h, whole[:, None])[:, :, None])
    d = d * h[:, None, :]
    moved = d * _over(step, pooled[:-1])[:, None, None]
    later = np.cumsum(moved[::-1], axis=0)[::-1] - moved
    ratio = _over(np.broadcast_to(pooled[1:, None], y.shape), free[1:])[:, None, :]
    first, second = d + (1 - ratio) * later, -ratio * later
    per_own = _over(np.broadcast_to(step[:, None], y.shape), h)
    per_own = per_own * _tied(np.broadcast_to(died[:, None], y.shape), whole[:, None] * free[:-1])
    per_other = _over(free[:-1] ** 2 * other, y**2) * _tied(other, y)
    variance = np.einsum("tkr,tlr,tr->kl", first, first, per_own)
    return variance + np.einsum("tkr,tlr,tr->kl", second, second, per_other)


def _over(a: Array, b: Array) -> Array:
    """a / b, and 0 where there is nothing to divide by."""
    a, b = np.broadcast_arrays(a, b)
    return np.divide(a, b, out=np.zeros(a.shape), where=b > 0)


def _tied(events: Array, at_risk: Array) -> Array:
    """Share of the variance that is left where several events come at one time."""
    both = (events > 1) & (at_risk > 1)
    return np.where(both, 1 - _over(events - 1, np.where(both, at_risk - 1, 1.0)), 1.0)

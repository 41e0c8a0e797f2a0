"""Kaplan-Meier curves and log-rank tests of weighted samples, and of patients in clusters.

Weights that are not counts (inverse probability, overlap, survey) make Greenwood's variance wrong;
here it is the infinitesimal jackknife's, the squared influence of each patient or cluster.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from .cox import _assemble, _codes, _rows
from .cox_likelihood import PartialLikelihood
from .cox_newton import newton
from .design import is_missing
from .km import ConfType, KaplanMeier, confidence_limits, kaplan_meier
from .logrank import logrank
from .multiplicity import Adjustment, adjust
from .propensity import effective_size
from .times import Array, counting_arrays, join_notes, survival_arrays

_AT_ONCE = 4_000_000


def weighted_km(
    time: ArrayLike,
    event: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    cluster: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    conf_level: float = 0.95,
    conf_type: ConfType = "log-log",
) -> KaplanMeier:
    """Kaplan-Meier estimate of a weighted or clustered sample, with a robust variance.

    Parameters
    ----------
    time, event : arrays of shape (n,)
    weights : array of shape (n,), optional
        Not negative; 1 if not given. Rows of weight 0 are left out.
    cluster : array of shape (n,), optional
        Labels of rows that belong together (centre, patient); each row alone by default.
    entry : array of shape (n,), optional
        A row is at risk at t where entry < t <= time.
    conf_level, conf_type
        As in `kaplan_meier`.

    Returns
    -------
    KaplanMeier
        Numbers at risk and of events are sums of weights; the note gives the effective sample size
        where weights differ.

    Notes
    -----
    R: ``survfit(Surv(time, event) ~ 1, weights = w, cluster = id, robust = TRUE)``.
    """
    given = np.ones(np.size(time)) if weights is None else weights
    plain = kaplan_meier(time, event, conf_level, conf_type, given, entry)
    label = np.arange(np.size(time)) if cluster is None else np.asarray(cluster)
    if is_missing(label).any():
        raise ValueError("a row without a cluster: leave it out or give it one of its own")
    if entry is None:
        time, event, w, kept = survival_arrays(time, event, given)
        late = np.full(time.size, -np.inf)
    else:
        late, time, event, w, kept = counting_arrays(entry, time, event, given)
    used = w > 0
    code = _codes(label[kept][used])
    log_se = _log_se(plain, time[used], event[used], late[used], w[used], code)
    # as R's robust one, 0 where nobody is left (Greenwood's is not defined there)
    std_err = np.where(plain.survival > 1e-12, plain.survival * log_se, 0.0)
    low, high = confidence_limits(plain.survival, log_se, conf_level, conf_type)
    size = effective_size(w[used])
    note = f"effective sample size {size:.1f}" if size < used.sum() * (1 - 1e-9) else ""
    return replace(plain, std_err=std_err, conf_low=low, conf_high=high,
                   note=join_notes(plain.note, note))  # fmt: skip


def _log_se(curve: KaplanMeier, time, event, late, w, code) -> Array:
    """Robust standard error of log survival at the curve's times: (T,)."""
    y, d = curve.n_risk, curve.n_event
    rest = y - d
    open_ = rest > 1e-12 * np.maximum(y, 1e-300)
    with np.errstate(divide="ignore", invalid="ignore"):
        # the derivative of log S in a patient's weight: d / (Y (Y - d)) for each step that the
        # patient is at risk at, less 1 / (Y - d) at the patient's own event
        fall = np.where(open_, d / (y * rest), 0.0)
        jump = np.where(open_, 1 / rest, 0.0)
    total = np.r_[0.0, np.cumsum(fall)]
    leaves = np.searchsorted(curve.time, time)  # a row's own time among the curve's
    comes = np.searchsorted(curve.time, late, side="right")
    order = np.argsort(code, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(code[order]) != 0])
    out = np.zeros(curve.time.size)
    step = max(1, _AT_ONCE // max(time.size, 1))
    for first in range(0, out.size, step):
        k = np.arange(first, min(first + step, out.size))
        lived = total[np.minimum(k, leaves[:, None]) + 1] - total[np.minimum(k + 1, comes[:, None])]
        lived -= (event[:, None] & (leaves[:, None] <= k)) * jump[leaves][:, None]
        lived *= w[:, None]
        # summed over a cluster before they are squared: its rows lean the same way
        sums = np.add.reduceat(lived[order], starts, axis=0) if starts.size else lived
        out[k] = np.sqrt((sums**2).sum(axis=0))
    return np.where(np.cumsum(~open_) > 0, np.nan, out)


class RobustTest(NamedTuple):
    """A score test with a robust variance; observed and expected weights of events by group."""

    chi2: float
    df: int
    p: float
    groups: list[Any]
    observed: Array
    expected: Array
    note: str = ""


def weighted_logrank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    cluster: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    levels: list[Any] | None = None,
) -> RobustTest:
    """Log-rank test of a weighted or clustered sample, with a robust variance.

    Parameters
    ----------
    time, event, group : arrays of shape (n,)
    weights, cluster, entry : arrays of shape (n,), optional
        As in `weighted_km`.
    strata : array of shape (n,), optional
        Labels within which groups are compared.
    levels : list, optional
        Order of the groups; by default sorted.

    Returns
    -------
    RobustTest
        NaN with a note where the test is not defined.

    Notes
    -----
    R: ``summary(coxph(Surv(time, event) ~ group, weights = w, robust = TRUE))$robscore`` with
    Breslow's ties. With weights of one it differs from the log-rank test by its variance alone.
    """
    label = np.asarray(group, dtype=object)
    absent = is_missing(label)
    levels = sorted(set(label[~absent].tolist())) if levels is None else list(levels)
    x = np.column_stack([np.where(absent, np.nan, (label == level).astype(float))
                         for level in levels] or [np.zeros((label.size, 0))])  # fmt: skip
    given = np.ones(label.size) if weights is None else weights
    data, kept, dropped = _rows(time, event, x, given, strata, entry, cluster)
    times, died, x, w, stratum, late, code = data
    if len(levels) < 2 or not died.any():
        nan = np.full(len(levels), np.nan)
        why = "no events" if not died.any() else "fewer than two groups"
        return RobustTest(np.nan, 0, np.nan, levels, nan, nan, f"{why}: the test is not defined")
    observed = (w[:, None] * x)[died].sum(axis=0)
    likelihood = PartialLikelihood(times, died, x[:, 1:], w, strata=stratum, entry=late)
    # the test is the score's, at coefficients of 0: there is nothing to fit
    start = newton(likelihood, np.zeros(1, dtype=int), max_iterations=0, polish=False)
    at_zero = _assemble(
        likelihood, start, np.zeros(len(levels) - 1, dtype=bool), [str(v) for v in levels[1:]],
        groups={}, kept=kept, dropped=dropped, n_events=int(died.sum()), conf_level=0.95,
        robust=False, cluster=None, eps=1e-9, max_iterations=0,
    )  # fmt: skip
    influence = at_zero.score_residuals() * w[:, None]
    used = ~at_zero.aliased
    score = np.where(used, influence.sum(axis=0), np.nan)
    expected = observed - np.r_[-np.nansum(score), np.nan_to_num(score)]
    if code is not None:
        influence = np.column_stack([np.bincount(code, column) for column in influence.T])
    influence, score = influence[:, used], score[used]
    cov = influence.T @ influence
    if not used.any() or np.linalg.matrix_rank(cov) < used.sum():
        return RobustTest(np.nan, 0, np.nan, levels, observed, expected,
                          "the variance is singular: the test is not defined")  # fmt: skip
    chi2, df = float(score @ np.linalg.solve(cov, score)), int(used.sum())
    return RobustTest(chi2, df, float(chdtrc(df, chi2)), levels, observed, expected)


class PairTest(NamedTuple):
    """One pair of groups compared: P alone, and adjusted for the number of pairs."""

    first: Any
    second: Any
    chi2: float
    p: float
    p_adjusted: float


def pairwise_logrank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    strata: ArrayLike | None = None,
    *,
    method: Adjustment | Literal["none"] = "holm",
    levels: list[Any] | None = None,
    entry: ArrayLike | None = None,
) -> list[PairTest]:
    """Compare every two of three or more groups, each test on those two alone.

    Parameters as in `logrank`; `method` as in `multiplicity.adjust`, or "none". The global
    test is `logrank` of all groups. R: ``survminer::pairwise_survdiff``.
    """
    label = np.asarray(group, dtype=object)
    levels = sorted(set(label[~is_missing(label)].tolist())) if levels is None else list(levels)
    time, event = np.asarray(time, dtype=float), np.asarray(event, dtype=float)
    pairs, found = list(combinations(levels, 2)), []
    for pair in pairs:
        # on two groups alone: ranks and risk sets of the others must not decide
        mine = (label == pair[0]) | (label == pair[1])
        found.append(logrank(
            time[mine], event[mine], label[mine],
            None if strata is None else np.asarray(strata, dtype=object)[mine],
            levels=list(pair), entry=None if entry is None else np.asarray(entry)[mine],
        ))  # fmt: skip
    alone = [one.p for one in found]
    adjusted = alone if method == "none" else adjust(alone, method)
    return [PairTest(*pair, one.chi2, one.p, float(p))
            for pair, one, p in zip(pairs, found, adjusted, strict=True)]  # fmt: skip

"""A treatment that begins during follow-up: Cox models that do not count its wait as treated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .counting import FollowUp, counting_process, follow_up
from .cox import CoxFit, cox_fit
from .cox_likelihood import Ties
from .times import Array

TREATMENT = "treated"


def cox_naive(time: ArrayLike, event: ArrayLike, treatment_start: ArrayLike,
              x: ArrayLike | None = None, *, ties: Ties = "breslow",
              conf_level: float = 0.95, robust: bool = False) -> CoxFit:  # fmt: skip
    """Compare by final group, from time zero: what immortal time biases, for comparison only.

    Parameters
    ----------
    time, event, treatment_start : arrays of shape (n,)
        As in `counting.follow_up`.
    x : array of shape (n, p), optional
        Covariates known at time zero.

    Returns
    -------
    CoxFit
        Its last coefficient, "treated", is the treatment's.
    """
    data = follow_up(time, event, treatment_start)
    return _fit(data.time, data.event, data.treated, _baseline(x, data), ties=ties,
                conf_level=conf_level, robust=robust)  # fmt: skip


def cox_landmark(time: ArrayLike, event: ArrayLike, treatment_start: ArrayLike, landmark: float,
                 x: ArrayLike | None = None, *, ties: Ties = "breslow",
                 conf_level: float = 0.95, robust: bool = False) -> CoxFit:  # fmt: skip
    """Compare those treated by the landmark with those not, among patients in follow-up after it.

    Anderson, Cain and Gelber, J Clin Oncol 1983; 1:710. Who begins the treatment later stays in the
    untreated group. Parameters as in `cox_naive`; times count from the landmark.
    """
    data = follow_up(time, event, treatment_start)
    inside = data.time > landmark if landmark > 0 else np.ones(data.time.size, dtype=bool)
    x = _baseline(x, data)
    # Who dies before the landmark is in neither group: nobody had to live to be in the treated
    # one.
    return _fit(data.time[inside] - landmark, data.event[inside], data.start[inside] <= landmark,
                None if x is None else x[inside], ties=ties, conf_level=conf_level,
                robust=robust)  # fmt: skip


def cox_time_dependent(time: ArrayLike, event: ArrayLike, treatment_start: ArrayLike,
                       x: ArrayLike | None = None, *, strata: ArrayLike | None = None,
                       ties: Ties = "breslow", conf_level: float = 0.95,
                       robust: bool = False) -> CoxFit:  # fmt: skip
    """Fit a Cox model whose treatment is 0 until it begins and 1 from then on.

    Parameters
    ----------
    time, event, treatment_start : arrays of shape (n,)
        As in `counting.follow_up`.
    x : array of shape (n, p), optional
        Covariates known at time zero.
    strata : array of shape (n,), optional
    robust : bool
        Sandwich variance with each patient's rows as one cluster.

    Returns
    -------
    CoxFit
        Its last coefficient, "treated", is the treatment's; its `n` counts rows, not patients.

    Notes
    -----
    R: ``coxph(Surv(start, stop, event) ~ x + treated)``. The hazard ratio compares, at each time,
    those who have begun with those who have not.
    """
    data = follow_up(time, event, treatment_start)
    rows = counting_process(data)
    x = _baseline(x, data)
    return _fit(
        rows.time, rows.event, rows.treated, None if x is None else x[rows.patient],
        entry=rows.entry, ties=ties, conf_level=conf_level,
        strata=None if strata is None else np.asarray(strata)[data.rows][rows.patient],
        cluster=rows.patient if robust else None,
    )  # fmt: skip


@dataclass(frozen=True)
class SequentialTrials:
    """A pooled Cox model over trials that start one after the other.

    `start`, `n_treated` and `n_control` (trials,) say when each began and who was in it. The fit's
    last coefficient is the treatment's; its strata are the trials and its clusters the patients.
    """

    fit: CoxFit
    start: Array
    n_treated: Array
    n_control: Array
    note: str = ""


def sequential_trials(
    time: ArrayLike,
    event: ArrayLike,
    treatment_start: ArrayLike,
    x: ArrayLike | None = None,
    *,
    starts: ArrayLike | None = None,
    analysis: Literal["per-protocol", "intention-to-treat"] = "per-protocol",
    ties: Ties = "breslow",
    conf_level: float = 0.95,
) -> SequentialTrials:
    """Emulate a trial at each of several times, and pool them.

    In the trial that starts at s are the patients in follow-up beyond s who had not begun the
    treatment by the start of the trial before it. Those who have begun by s are its treated, the
    others its controls, and time counts from s: nobody's group depends on what comes after it.

    Parameters
    ----------
    time, event, treatment_start : arrays of shape (n,)
        As in `counting.follow_up`.
    x : array of shape (n, p), optional
        Covariates known at time zero.
    starts : array, optional
        When trials start, rising; by default at each time at which somebody began the treatment, so
        that each patient is treated from the very start of one trial (Gran et al., Stat Med 2010;
        29:2757). With a grid, those who die between their start and the next trial's are in none.
    analysis : {"per-protocol", "intention-to-treat"}
        Whether a control's follow-up ends where the treatment begins (with adjustment for what
        drives that in `x`), or goes on (Hernán et al., Epidemiology 2008; 19:766).

    Returns
    -------
    SequentialTrials
        Stratified by trial, robust variance by patient: one patient is in many trials.
    """
    if analysis not in ("per-protocol", "intention-to-treat"):
        raise ValueError(
            f"analysis is 'per-protocol' or 'intention-to-treat', not {analysis!r}"
        )  # fmt: skip
    data = follow_up(time, event, treatment_start)
    grid = np.unique(data.start[data.treated]) if starts is None else np.unique(starts)
    pieces, before = [], -1.0
    for number, begins in enumerate(grid):
        who = np.flatnonzero((data.time > begins) & (data.start > before))
        treated = data.start[who] <= begins
        # a trial is a stratum: one with a single arm says nothing about the difference
        if treated.any() and not treated.all():
            pieces.append((np.full(who.size, number), who, treated))
        before = begins
    if not pieces:
        empty = np.zeros(0, dtype=int)
        pieces = [(empty, empty, empty.astype(bool))]
    trial, who, treated = (np.concatenate(part) for part in zip(*pieces, strict=True))
    ends, died = data.time[who], data.event[who]
    if analysis == "per-protocol":
        # censored where the control begins the treatment: from then on this person follows another
        # strategy
        leaves = ~treated & (data.start[who] < ends)
        ends, died = np.where(leaves, data.start[who], ends), died & ~leaves
    x = _baseline(x, data)
    fit = _fit(ends - grid[trial] if trial.size else ends, died, treated,
               None if x is None else x[who], ties=ties, conf_level=conf_level, strata=trial,
               cluster=who)  # fmt: skip
    used, code = np.unique(trial, return_inverse=True)
    return SequentialTrials(
        fit, grid[used] if used.size else np.zeros(0),
        np.bincount(code[treated], minlength=used.size),
        np.bincount(code[~treated], minlength=used.size), data.note,
    )  # fmt: skip


def _baseline(x: ArrayLike | None, data: FollowUp) -> Array | None:
    """Covariates of the patients who are not left out: (n, p)."""
    if x is None:
        return None
    x = np.asarray(x, dtype=float)
    return (x[:, None] if x.ndim == 1 else x)[data.rows]


def _fit(time, event, treated, x, **settings) -> CoxFit:
    """Fit covariates and, last, the treatment."""
    treated = np.asarray(treated, dtype=float)
    columns = [treated] if x is None else [*x.T, treated]
    names = [f"x{j + 1}" for j in range(len(columns) - 1)] + [TREATMENT]
    return cox_fit(time, event, np.column_stack(columns), names, **settings)

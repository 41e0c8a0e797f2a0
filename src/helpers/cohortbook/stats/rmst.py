"""Restricted mean survival time of two arms: difference and ratio to a common horizon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from .km import Rmst, kaplan_meier
from .times import counting_arrays, join_notes, survival_arrays


@dataclass(frozen=True)
class RmstComparison:
    """Two restricted means and their contrasts, experimental versus reference."""

    tau: float
    reference: Rmst
    experimental: Rmst
    difference: float
    difference_se: float
    difference_low: float
    difference_high: float
    difference_p: float
    ratio: float
    ratio_low: float
    ratio_high: float
    ratio_p: float
    note: str = ""


def common_tau(
    time: ArrayLike,
    event: ArrayLike,
    experimental: ArrayLike,
    entry: ArrayLike | None = None,
) -> float:
    """Largest horizon to which both arms' curves are known.

    The smaller of the two arms' last times, except that an arm whose last patient had the event is
    known for ever after (its curve is 0), so it sets no bound unless both arms ended so
    (Tian et al., Biostatistics 2020; survRM2's default is stricter for the latter).
    """
    _, time, event, experimental = _rows(time, event, experimental, entry)
    bounds, last = [], []
    for arm in (experimental, ~experimental):
        if not arm.any():
            return np.nan
        end = time[arm].max()
        last.append(end)
        if (~event[arm & (time == end)]).any():
            bounds.append(end)
    return float(min(bounds) if bounds else max(last))


def rmst_difference(
    time: ArrayLike,
    event: ArrayLike,
    experimental: ArrayLike,
    tau: float | None = None,
    conf_level: float = 0.95,
    entry: ArrayLike | None = None,
) -> RmstComparison:
    """Difference and ratio of restricted mean survival time, experimental versus reference.

    Parameters
    ----------
    time, event : arrays of shape (n,)
        Follow-up times; 1 = event, 0 = censored. Rows with a missing value are left out.
    experimental : array of shape (n,)
        True = experimental arm, False = reference arm.
    tau : float, optional
        Horizon in the unit of time; `common_tau` by default.
    conf_level : float
    entry : array of shape (n,), optional
        A row is at risk at t where entry < t <= time (left truncation).

    Returns
    -------
    RmstComparison
        Normal intervals; the ratio's on the log scale by the delta method. NaN with a note when an
        arm is empty or its restricted mean has no variance.

    Notes
    -----
    Greenwood's variance of each arm (R: survRM2 ``rmst2``, unadjusted).
    """
    late, time, event, experimental = _rows(time, event, experimental, entry)
    tau = common_tau(time, event, experimental, late) if tau is None else float(tau)
    reference, treated = (
        kaplan_meier(time[arm], event[arm], entry=None if late is None else late[arm]).rmst(tau)
        for arm in (~experimental, experimental)
    )
    z = ndtri((1 + conf_level) / 2)
    difference = treated.estimate - reference.estimate
    # each arm's own variance: the arms are independent, and no common one is supposed
    se = float(np.hypot(treated.std_err, reference.std_err))
    # a mean may be 0, where all of an arm had the event at once: its ratio is not defined
    means, errors = np.array([(arm.estimate, arm.std_err) for arm in (treated, reference)]).T
    with np.errstate(divide="ignore", invalid="ignore"):
        log_ratio = np.subtract(*np.log(means))
        ratio_se = np.hypot(*(errors / means))
    notes = [f"{name} arm: {arm.note}" if arm.note else ""
             for name, arm in (("reference", reference), ("experimental", treated))]  # fmt: skip
    if se == 0:
        notes.append("no event before tau in either arm: no variance, no test")
    return RmstComparison(
        tau, reference, treated, difference, se, difference - z * se, difference + z * se,
        _two_sided(difference, se), float(np.exp(log_ratio)),
        float(np.exp(log_ratio - z * ratio_se)), float(np.exp(log_ratio + z * ratio_se)),
        _two_sided(log_ratio, ratio_se), join_notes(*notes),
    )  # fmt: skip


def _rows(time, event, experimental, entry):
    """Give entries (None: none), times and events, tidied, and arms, of rows that are complete."""
    if entry is None:
        time, event, _, kept = survival_arrays(time, event)
        late = None
    else:
        late, time, event, _, kept = counting_arrays(entry, time, event)
        late = np.maximum(late, 0.0)  # minus infinity, of no truncation, would be a missing one
    return late, time, event, np.asarray(experimental)[kept].astype(bool)


def _two_sided(estimate: float, se: float) -> float:
    """Two-sided normal P; NaN without a standard error."""
    return float(2 * ndtr(-abs(estimate) / se)) if se > 0 else np.nan

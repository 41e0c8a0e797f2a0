"""Fine and Gray's model: covariates and the probability of one cause among competing ones.

Patients who had another event stay in the risk set, weighted by the chance that they would still be
followed and, where patients enter late, by the chance to have entered (Geskus). R's ``finegray``
writes those weights out as rows of a counting process, many a patient; here the risk sets carry
them, so that a patient is one row and the fit is the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .censoring import censoring_curve, entry_curve
from .cox import CoxFit, _assemble, _codes, _column_groups, _no_events, _search
from .cox_likelihood import PartialLikelihood, Stays, Ties
from .design import is_missing
from .times import Array, counting_arrays, left_out_note, survival_arrays

EMPTIED = "nobody was at risk between a competing event and an event of the cause"


def fine_gray(
    time: ArrayLike,
    cause: ArrayLike,
    x: ArrayLike,
    names: list[str] | None = None,
    *,
    of: int = 1,
    entry: ArrayLike | None = None,
    censoring_strata: ArrayLike | None = None,
    ties: Ties = "breslow",
    conf_level: float = 0.95,
    groups: dict[str, list] | None = None,
) -> CoxFit:
    """Fit a proportional subdistribution hazards model of one cause.

    Parameters
    ----------
    time : array of shape (n,)
        Time to the first event of any cause, or of censoring.
    cause : array of shape (n,)
        0 = censored, otherwise the kind of event.
    x : array of shape (n, p)
        Covariates. Rows with a missing value anywhere are left out, and the note counts them.
    names : list of str, optional
    of : int
        The cause modelled.
    entry : array of shape (n,), optional
        A row is at risk from just after its entry (left truncation).
    censoring_strata : array of shape (n,), optional
        Labels with distributions of censoring and of entry of their own, such as the arm.
    ties, conf_level, groups
        As in `cox.cox_fit`.

    Returns
    -------
    CoxFit
        Ratios are of subdistribution hazards. Standard errors are robust, by patient; they take the
        weights as known. NaN with a note where, with late entries, nobody at all is left at risk
        between a competing event and an event of the cause: the weight is not defined then.

    Notes
    -----
    J Am Stat Assoc 1999; 94:496; with entries Geskus, Biometrics 2011; 67:39. R: ``finegray`` and
    ``coxph(..., weights = fgwt, cluster = id)``. Censorings at the time of an event come after it.
    """
    x = np.asarray(x, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    names = [f"x{j + 1}" for j in range(x.shape[1])] if names is None else list(names)
    if x.shape[0] != np.size(time) or x.shape[1] != len(names):
        raise ValueError(f"x {x.shape} does not fit {np.size(time)} times and {len(names)} names")
    cause = np.asarray(cause, dtype=float)
    complete = np.isfinite(x).all(axis=1) & np.isfinite(cause)
    label = np.zeros(cause.size, dtype=int)
    if censoring_strata is not None:
        given = np.asarray(censoring_strata)
        complete &= ~is_missing(given)
        label[complete] = _codes(given[complete])
    late, mine = None, np.where(complete, cause == of, np.nan)
    if entry is None:
        time, _, _, kept = survival_arrays(time, mine)
    else:
        late, time, _, _, kept = counting_arrays(entry, time, mine)
    cause, x, label = cause[kept], x[kept], label[kept]
    event = cause == of
    groups = _column_groups(groups, names)
    if not event.any():
        return _no_events(names, time.size, kept, ties=ties, conf_level=conf_level, groups=groups,
                          dropped_note=left_out_note(kept))  # fmt: skip
    stays = _stays(time, cause == 0, (cause != 0) & ~event, label, late)
    # whose own weight is 0 would weigh without bound once others are at risk again
    if (stays.rows & (stays.own <= 0) & (time < time[event].max())).any():
        return _no_events(names, time.size, kept, ties=ties, conf_level=conf_level, groups=groups,
                          dropped_note=left_out_note(kept), text=EMPTIED)  # fmt: skip
    likelihood = PartialLikelihood(time, event, x, entry=late, ties=ties, stays=stays)
    found, infinite = _search(likelihood, 1e-9, 20)
    return _assemble(
        # robust, since the weighted score is no martingale: the inverse information is not its
        # variance
        likelihood, found, infinite, names, groups=groups, kept=kept, dropped=~kept,
        n_events=int(event.sum()), conf_level=conf_level, robust=True, cluster=None, eps=1e-9,
        max_iterations=20,
    )  # fmt: skip


def predicted_incidence(fit: CoxFit, x: ArrayLike, times: ArrayLike) -> Array:
    """Probability of the cause by given times for given covariates: (rows of x, times).

    1 - exp(-H(t) exp(x b)), H the Breslow-type cumulative baseline subdistribution hazard.
    """
    x = np.atleast_2d(np.asarray(x, dtype=float))
    at, hazard = fit.baseline_hazard()
    place = np.searchsorted(at, np.atleast_1d(np.asarray(times, dtype=float)), side="right")
    risk = np.exp(x @ np.where(fit.aliased, 0.0, fit.coef))
    # expm1: a small probability keeps its digits
    return -np.expm1(-risk[:, None] * np.r_[0.0, hazard][place])


def _stays(time: Array, censored: Array, other: Array, label: Array, entry: Array | None) -> Stays:
    """Weights by label, and who stays under which."""
    kinds = [label == k for k in range(label.max() + 1)]
    curves = [censoring_curve(time[k], ~censored[k], None if entry is None else entry[k])
              for k in kinds]  # fmt: skip
    entered = [None if entry is None else entry_curve(time[k], entry[k]) for k in kinds]

    def before(number: int, times: Array) -> Array:
        # just before (G(t-)): a censoring, or an entry, at the very time of an event is after it
        at, value = curves[number]
        found = value[np.searchsorted(at, times, side="left")]
        if entered[number] is not None:
            at, value = entered[number]
            found = found * value[np.searchsorted(at, times, side="left")]
        return found

    own = np.ones(time.size)
    for number, mine in enumerate(kinds):
        own[mine] = before(number, time[mine])

    def just_before(times: Array) -> Array:
        return np.stack([before(number, times) for number in range(len(kinds))])

    return Stays(other, label, own, just_before)

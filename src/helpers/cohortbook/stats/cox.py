"""Cox's proportional hazards model: one fit, its tests and its doubts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr, ndtri

from .concordance import Concordance, concordance, concordance_entry
from .cox_likelihood import PartialLikelihood, Ties
from .cox_newton import NewtonResult, newton
from .cox_residuals import ResidualsMixin
from .design import is_missing
from .separation import monotone_direction, without_estimate
from .times import Array, counting_arrays, join_notes, left_out_note, survival_arrays

_PATIENT_EPS, _PATIENT_STEPS, _PATIENT_STRIDE = 1e-13, 200, 5.0
"""A second search, in shorter steps, where R's has not come to its end."""
_HEIGHT = 1e-7
"""Log likelihood still to be gained that makes the second search's end the better one."""


class Test(NamedTuple):
    """A chi-squared test; P is NaN with no degree of freedom."""

    __test__ = False  # not a test for pytest to collect

    chi2: float
    df: int
    p: float


@dataclass(frozen=True)
class CoxFit(ResidualsMixin):
    """A fitted Cox model. Arrays of shape (p,) follow `names`; NaN = not estimable (R's NA).

    `infinite` marks coefficients without a finite estimate: their value is where the search was
    stopped, their standard error means nothing. `std_err` is the robust one when `robust`.
    """

    names: list[str]
    n: int
    events: int
    coef: Array
    std_err: Array
    naive_std_err: Array
    covariance: Array
    aliased: Array
    infinite: Array
    loglik: float
    loglik_null: float
    score_test: Test
    converged: bool
    iterations: int
    ties: Ties
    conf_level: float
    robust: bool
    groups: dict[str, list[int]]
    kept: Array
    term_notes: list[str]
    note: str
    likelihood: PartialLikelihood | None = field(repr=False)
    eps: float = field(repr=False, default=1e-9)
    max_iterations: int = field(repr=False, default=20)

    @property
    def hr(self) -> Array:
        """Hazard ratios."""
        with np.errstate(over="ignore"):
            return np.exp(self.coef)

    @property
    def z(self) -> Array:
        """Wald statistics."""
        return self.coef / self.std_err

    @property
    def p(self) -> Array:
        """Two-sided Wald P values."""
        # the lower tail: one less the upper one is 0 from |z| = 8.3 on
        return 2 * ndtr(-np.abs(self.z))

    @property
    def conf_low(self) -> Array:
        """Lower Wald limits of the hazard ratios."""
        with np.errstate(over="ignore"):
            return np.exp(self.coef - ndtri((1 + self.conf_level) / 2) * self.std_err)

    @property
    def conf_high(self) -> Array:
        """Upper Wald limits of the hazard ratios."""
        with np.errstate(over="ignore"):
            return np.exp(self.coef + ndtri((1 + self.conf_level) / 2) * self.std_err)

    @property
    def df(self) -> int:
        """Number of estimated coefficients."""
        return int((~self.aliased).sum())

    @property
    def lr_test(self) -> Test:
        """Likelihood ratio test of all coefficients."""
        return _test(2 * (self.loglik - self.loglik_null), self.df)

    def wald(self, columns) -> Test:
        """Wald test of some columns together, such as the dummies of one factor."""
        used = [j for j in columns if not self.aliased[j]]
        if not used:
            return _test(0.0, 0)
        cov, coef = self.covariance[np.ix_(used, used)], self.coef[used]
        # as correlations: age in days beside a proportion makes a covariance that looks singular
        scale = np.sqrt(np.maximum(np.diag(cov), 0.0))
        if not (scale > 0).all():
            return Test(np.nan, len(used), np.nan)
        z = coef / scale
        chi2 = z @ np.linalg.lstsq(cov / np.outer(scale, scale), z, rcond=1e-12)[0]
        return _test(float(chi2), len(used))

    def lr(self, columns) -> Test:
        """Likelihood ratio test of some columns together: the model is refitted without them.

        R: ``drop1(fit, test = "Chisq")``. Columns that were set aside as collinear may return.
        """
        if self.likelihood is None:
            return _test(0.0, 0)
        keep = np.ones((1, len(self.names)), dtype=bool)
        keep[0, list(columns)] = False
        less = newton(
            self.likelihood, np.zeros(1, int), keep, eps=self.eps,
            max_iterations=self.max_iterations,
        )  # fmt: skip
        # counted, not len(columns): a column collinear with one taken out is estimable without it
        df = self.df - int((keep & ~less.aliased).sum())
        return _test(max(2 * (self.loglik - float(less.loglik[0])), 0.0) if df else 0.0, df)

    @cached_property
    def factor_wald(self) -> dict[str, Test]:
        """Wald test of each group of columns (R: ``car::Anova(test = "Wald")``)."""
        return {name: self.wald(columns) for name, columns in self.groups.items()}

    @cached_property
    def factor_lr(self) -> dict[str, Test]:
        """Likelihood ratio test of each group of columns."""
        return {name: self.lr(columns) for name, columns in self.groups.items()}

    @cached_property
    def concordance(self) -> Concordance:
        """Harrell's C of the linear predictor, with its standard error.

        Rows with entries are compared only while both are at risk. NaN for a Fine-Gray model.
        """
        if self.likelihood is None or not self.events or self.likelihood.stays is not None:
            return Concordance(np.nan, np.nan)
        rows = self.likelihood.rows
        strata = None if rows.group_stratum is None else rows.group_stratum[rows.group]
        if rows.entry is not None:
            return concordance_entry(
                rows.entry, rows.times[rows.group], rows.event, self.linear_predictor_sorted(),
                self.likelihood.weights[0], strata,
            )  # fmt: skip
        return concordance(
            rows.times[rows.group], rows.event, self.linear_predictor_sorted(),
            self.likelihood.weights[0], strata,
        )  # fmt: skip


def cox_fit(
    time: ArrayLike,
    event: ArrayLike,
    x: ArrayLike,
    names: list[str] | None = None,
    *,
    entry: ArrayLike | None = None,
    ties: Ties = "breslow",
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    groups: dict[str, list] | None = None,
    conf_level: float = 0.95,
    robust: bool = False,
    eps: float = 1e-9,
    max_iterations: int = 20,
) -> CoxFit:
    """Fit Cox's proportional hazards model by maximum partial likelihood.

    Parameters
    ----------
    time, event : arrays of shape (n,)
        Follow-up times; 1 = event, 0 = censored.
    x : array of shape (n, p)
        Covariates. Rows with a missing value anywhere are left out, and the note counts them.
    names : list of str, optional
        Names of the columns.
    entry : array of shape (n,), optional
        A row is at risk at t where entry < t <= time: left truncation, or one of several parts of a
        patient's follow-up with covariates of its own (R: ``Surv(entry, time, event)``). Rows whose
        time is not after their entry are left out with those that have a missing value.
    ties : {"breslow", "efron"}
        Breslow as in SPSS and SAS, Efron as in R.
    weights : array of shape (n,), optional
        Case weights; rows of weight 0 are left out. A weight of 2 is a duplicated row (exactly
        with Breslow's ties). Ask for `robust` when they are not counts.
    strata : array of shape (n,), optional
        Labels with a baseline hazard of their own.
    cluster : array of shape (n,), optional
        Labels of rows that belong together, such as a patient's or a centre's: the robust variance
        is then that of sums over them (R: ``cluster =``). Implies `robust`.
    groups : dict of str to list of columns, optional
        Columns (names or positions) tested together, such as a factor's dummies; by default each
        column alone.
    conf_level : float
    robust : bool
        Lin and Wei's (1989) sandwich variance instead of the inverse information.
    eps, max_iterations
        Relative change of the log likelihood at which to stop, and the limit on steps, both with
        R's default; a regular fit then takes one more Newton step, which squares its accuracy.

    Returns
    -------
    CoxFit
        Constant and collinear columns, and every column when there is no event, are NaN; monotone
        likelihood (separation) is marked in `infinite`. `note` and `term_notes` say so.

    Notes
    -----
    R: ``coxph``. Newton's method with step-halving from zero.
    """
    x = np.asarray(x, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    names = [f"x{j + 1}" for j in range(x.shape[1])] if names is None else list(names)
    if x.shape[0] != np.size(time) or x.shape[1] != len(names):
        raise ValueError(f"x {x.shape} does not fit {np.size(time)} times and {len(names)} names")
    # `kept` leaves out rows of weight 0 too, `dropped` does not: a weight of 0 is no gap to be
    # told
    data, kept, dropped = _rows(time, event, x, weights, strata, entry, cluster)
    time, event, x, weights, strata, entry, cluster = data
    del data
    groups = _column_groups(groups, names)
    n_events = int(event.sum())
    if not n_events:
        return _no_events(
            names, time.size, kept, ties=ties, conf_level=conf_level, groups=groups,
            dropped_note=left_out_note(~dropped),
        )  # fmt: skip
    likelihood = PartialLikelihood(
        time, event, x, weights, strata=strata, entry=entry, ties=ties
    )  # fmt: skip
    del time, event, x, entry  # a large cohort is held once, in order
    found, infinite = _search(likelihood, eps, max_iterations)
    return _assemble(
        likelihood, found, infinite, names, groups=groups, kept=kept, dropped=dropped,
        n_events=n_events, conf_level=conf_level, robust=robust, cluster=cluster, eps=eps,
        max_iterations=max_iterations,
    )  # fmt: skip


def _rows(time, event, x, weights, strata, entry, cluster):
    """Tidied arrays of the complete rows with a positive weight, the mask of them, and of drops."""
    complete = np.isfinite(x).all(axis=1)
    labels = []
    for given in (strata, cluster):
        label = None if given is None else np.asarray(given)
        if label is not None:
            complete &= ~is_missing(label)
        labels.append(label)
    if entry is None:
        time, event, weights, kept = survival_arrays(time, event, weights)
    else:
        entry, time, event, weights, kept = counting_arrays(entry, time, event, weights)
    dropped = ~(kept & complete)
    inside = complete[kept]
    if weights is not None:
        inside &= weights > 0
    rows = np.flatnonzero(kept)[inside]
    strata, cluster = (None if label is None else _codes(label[rows]) for label in labels)
    # a cohort without gaps is not copied: of a registry each copy counts
    if rows.size < complete.size:
        x, time, event = x[rows], time[inside], event[inside]
        weights = None if weights is None else weights[inside]
        entry = None if entry is None else entry[inside]
    mask = np.zeros(complete.size, dtype=bool)
    mask[rows] = True
    return (time, event, x, weights, strata, entry, cluster), mask, dropped


def _codes(labels: np.ndarray) -> np.ndarray:
    """Number labels from 0, in the order of their text unless they are numbers."""
    # as text: labels of several types have no order
    given = labels if labels.dtype.kind in "biu" else labels.astype(str)
    return np.unique(given, return_inverse=True)[1]


def _column_groups(groups, names: list[str]) -> dict[str, list[int]]:
    """Groups as positions of columns."""
    if groups is None:
        return {name: [j] for j, name in enumerate(names)}
    return {
        group: [names.index(c) if isinstance(c, str) else int(c) for c in columns]
        for group, columns in groups.items()
    }


def _assemble(likelihood, found: NewtonResult, infinite: Array, names, *, groups, kept, dropped,
              n_events, conf_level, robust, cluster, eps, max_iterations) -> CoxFit:  # fmt: skip
    """Put the search's result in the form of a fit."""
    aliased, coef, covariance = found.aliased[0], found.beta[0], found.covariance[0]
    if aliased.any():
        coef = np.where(aliased, np.nan, coef)
        covariance = np.where(aliased[:, None] | aliased, np.nan, covariance)
    with np.errstate(invalid="ignore"):
        naive = np.sqrt(covariance.diagonal())
    term_notes = [_term_note(j, aliased, infinite, likelihood.constant) for j in range(len(names))]
    converged = bool(found.converged[0])
    note = join_notes(
        left_out_note(~dropped),
        *(f"{name}: {text}" for name, text in zip(names, term_notes, strict=True) if text),
        "" if converged or infinite.any() else "the search for the maximum did not converge",
    )
    fit = CoxFit(
        names, likelihood.rows.n, n_events, coef, naive, naive, covariance, aliased, infinite,
        float(found.loglik[0]), float(found.loglik_null[0]),
        _test(float(found.score_test[0]), int((~aliased).sum())),
        converged, int(found.iterations[0]), likelihood.ties, conf_level, False, groups, kept,
        term_notes, note, likelihood, eps, max_iterations,
    )  # fmt: skip
    return fit.with_robust_variance(cluster) if robust or cluster is not None else fit


def _search(likelihood: PartialLikelihood, eps: float, limit: int) -> tuple[NewtonResult, Array]:
    """Search the maximum, and mark the coefficients without one: (p,).

    A step that is still long where R's rule stops may lead to infinity, or slowly to a finite end:
    the one is proved by linear programming, to the other the search goes on.
    """
    one = np.zeros(1, dtype=int)
    found = newton(likelihood, one, eps=eps, max_iterations=limit)
    if found.converged[0] and not found.infinite.any():
        return found, found.infinite[0]
    used = np.flatnonzero(~found.aliased[0])
    x = likelihood.x[:, used]
    # the proofs rest on risk sets that only shrink: with others the patient search decides
    nested = likelihood.nested
    direction = monotone_direction(likelihood.rows, x) if nested else None
    marked = None
    if nested and (direction is None or direction.any()):
        step = found.step[0, used] if direction is None else direction
        marked = without_estimate(likelihood.rows, x, step)
    if marked is None or not found.converged[0]:
        again = newton(
            likelihood, one, eps=min(eps, _PATIENT_EPS), max_iterations=_PATIENT_STEPS,
            stride=_PATIENT_STRIDE,
        )  # fmt: skip
        if marked is None:
            # a proof that the end is finite outweighs the length of a step
            return again, again.infinite[0] & (direction is None)
        # on the way to infinity R's stop is as good as any, once the likelihood is at its height
        if again.loglik[0] - found.loglik[0] > _HEIGHT:
            found = again
    infinite = np.zeros(likelihood.p, dtype=bool)
    infinite[used] = marked
    return found, infinite


def _term_note(j: int, aliased, infinite, constant) -> str:
    """What there is to doubt about one coefficient."""
    if aliased[j]:
        return (
            "constant, not estimable" if constant[j]
            else "collinear with the columns before it (or without variation among patients at "
            "risk at an event), not estimable"
        )  # fmt: skip
    return "estimate may be infinite (monotone likelihood: separation)" if infinite[j] else ""


def _no_events(names, n, kept, *, ties, conf_level, groups, dropped_note, text="") -> CoxFit:
    """The empty result of a model without an event, or of one that a text says why it has none."""
    p = len(names)
    nan, text = np.full(p, np.nan), text or ("no events" if n else "no patients")
    return CoxFit(
        names, n, 0, nan, nan, nan, np.full((p, p), np.nan), np.ones(p, bool), np.zeros(p, bool),
        0.0, 0.0, _test(0.0, 0), False, 0, ties, conf_level, False, groups, kept, [text] * p,
        join_notes(dropped_note, f"{text}: nothing can be estimated"), None,
    )  # fmt: skip


def _test(chi2: float, df: int) -> Test:
    """Chi-squared test with its upper tail."""
    return Test(chi2, df, float(chdtrc(df, chi2)) if df and chi2 >= 0 else np.nan)

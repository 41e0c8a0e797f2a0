"""Multiple imputation by chained equations, for covariates of a survival model.

Each incomplete variable is imputed from all others in turn, and that is repeated (van Buuren and
Groothuis-Oudshoorn, J Stat Softw 2011; 45(3)). The outcome is among the predictors as the event
indicator and the Nelson-Aalen estimate at the own time (White and Royston, Stat Med 2009; 28:1982):
leaving it out would bias the coefficients towards zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .times import Array, counting_arrays, survival_arrays

Kind = Literal["continuous", "binary", "categorical"]
DONORS = 5
_RIDGE = 1e-5
_STEPS = 30


@dataclass(frozen=True)
class Incomplete:
    """A variable: numbers (n,), NaN = missing; 0 and 1 if binary, 0, 1, ... if categorical.

    `delta` is added to what is imputed: to a continuous value, or to the log odds of 1 (binary) or
    of each level but the first (categorical). It makes values missing not at random.
    """

    name: str
    kind: Kind
    values: Array
    delta: float = 0.0


@dataclass(frozen=True)
class Imputations:
    """`m` completed copies: `values` (m, n, variables) in the order of `names`.

    `means` and `sds` (m, iterations, variables) of what was imputed show whether the chains have
    settled and mix.
    """

    names: list[str]
    values: Array
    missing: np.ndarray
    means: Array = field(repr=False)
    sds: Array = field(repr=False)

    @property
    def m(self) -> int:
        """Number of completed copies."""
        return len(self.values)

    def column(self, name: str) -> Array:
        """Give one variable's values, (m, n)."""
        return self.values[:, :, self.names.index(name)]


def nelson_aalen(time: ArrayLike, event: ArrayLike, entry: ArrayLike | None = None) -> Array:
    """Nelson-Aalen estimate of the cumulative hazard at each row's own time: (n,), NaN if missing.

    Parameters
    ----------
    time, event : arrays of shape (n,)
    entry : array of shape (n,), optional
        Left truncation.

    Notes
    -----
    R: ``survfit(...)$cumhaz``; ``mice::nelsonaalen`` where no two events are tied.
    """
    if entry is None:
        given_time, given_event, _, kept = survival_arrays(time, event)
        late = None
    else:
        late, given_time, given_event, _, kept = counting_arrays(entry, time, event)
    distinct, at = np.unique(given_time, return_inverse=True)
    died = np.bincount(at[given_event], minlength=distinct.size)
    # "left": who has the event, or is censored, at a time is at risk at it
    at_risk = given_time.size - np.searchsorted(np.sort(given_time), distinct)
    if late is not None:
        at_risk = at_risk - (late.size - np.searchsorted(np.sort(late), distinct))
    out = np.full(kept.size, np.nan)
    out[kept] = np.cumsum(died / np.maximum(at_risk, 1))[at]
    return out


def impute(
    variables: list[Incomplete],
    predictors: ArrayLike | None = None,
    *,
    m: int = 20,
    skip: int = 0,
    iterations: int = 10,
    seed: int = 0,
    donors: int = DONORS,
) -> Imputations:
    """Impute by chained equations.

    Parameters
    ----------
    variables : list of Incomplete
        The covariates, complete ones too.
    predictors : array of shape (n, q), optional
        Complete columns that help to impute and are not imputed: event, Nelson-Aalen, treatment.
    m, iterations, seed
        Completed copies, rounds through the variables, and the seed of all.
    skip : int
        Copies of the same seed that were made before: 10, then 20 with `skip` 10, are those of 30.
    donors : int
        Predictive mean matching takes the value of one of so many patients with the nearest
        prediction.

    Returns
    -------
    Imputations

    Raises
    ------
    ValueError
        A variable without any value, a code that is not 0, 1, ..., predictors with a gap.

    Notes
    -----
    Continuous variables by predictive mean matching (Little 1988), of type 1: predictions of the
    donors from the estimate, of the patient from a draw of the coefficients. Binary variables by
    logistic, categorical ones by multinomial regression with drawn coefficients; both with White,
    Daniel and Royston's (2010) augmentation against separation. R: ``mice`` with methods pmm,
    logreg, polyreg.
    """
    n, names = len(variables[0].values) if variables else 0, [v.name for v in variables]
    if not n:
        none = np.empty((m, 1, len(names)))
        return Imputations(names, np.empty((m, 0, len(names))), np.empty((0, len(names)), bool),
                           none, none)  # fmt: skip
    fixed = np.zeros((n, 0)) if predictors is None else np.asarray(predictors, dtype=float)
    fixed = fixed[:, None] if fixed.ndim == 1 else fixed
    if not np.isfinite(fixed).all():
        raise ValueError("predictors must be complete")
    values = np.column_stack([np.asarray(v.values, dtype=float) for v in variables])
    missing = ~np.isfinite(values)
    _check(variables, values, missing)
    # fewest gaps first, as each then leans on the firmest of the others
    order = [j for j in np.argsort(missing.sum(axis=0), kind="stable") if missing[:, j].any()]
    levels = [int(np.nanmax(values[:, j])) + 1 if v.kind == "categorical" else 0
              for j, v in enumerate(variables)]  # fmt: skip
    # with one incomplete variable nothing that it is imputed from changes from round to round
    rounds = iterations if len(order) > 1 else min(iterations, 1)
    out = np.empty((m, *values.shape))
    means = np.full((m, max(rounds, 1), len(variables)), np.nan)
    sds = means.copy()
    for number, rng in enumerate(np.random.default_rng(seed).spawn(skip + m)[skip:]):
        current = values.copy()
        for j in order:  # begin with values of others
            gaps = missing[:, j]
            current[gaps, j] = rng.choice(values[~gaps, j], gaps.sum())
        for turn in range(rounds):
            for j in order:
                gaps = missing[:, j]
                x = _design(current, levels, fixed, j)
                drawn = _DRAW[variables[j].kind](
                    current[~gaps, j], x[~gaps], x[gaps], rng, variables[j].delta, donors
                )
                current[gaps, j] = drawn
                means[number, turn, j], sds[number, turn, j] = drawn.mean(), drawn.std()
        out[number] = current
    return Imputations(names, out, missing, means, sds)


def _check(variables, values, missing) -> None:
    for j, variable in enumerate(variables):
        known = values[~missing[:, j], j]
        if not known.size:
            raise ValueError(f"{variable.name}: no value is known, nothing can be imputed")
        if variable.kind != "continuous" and (
            (known < 0).any() or (known != np.rint(known)).any()
            or (variable.kind == "binary" and known.max() > 1)
        ):  # fmt: skip
            raise ValueError(f"{variable.name}: codes must be 0, 1, ... ({variable.kind})")


def _design(current: Array, levels: list[int], fixed: Array, left_out: int) -> Array:
    """Intercept, all other variables (factors as indicators), and the fixed predictors, scaled."""
    parts = [fixed]
    for k, count in enumerate(levels):
        if k == left_out:
            continue
        column = current[:, k]
        parts.append((column[:, None] == np.arange(1, count)).astype(float) if count > 1
                     else column[:, None])  # fmt: skip
    x = np.hstack(parts)
    spread = x.std(axis=0)
    x = x[:, spread > 0]
    # so that the ridge pulls at every covariate alike
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    return np.hstack([np.ones((len(x), 1)), x])


def _predictive_mean(y, x, x_new, rng, delta, donors) -> Array:
    """Draw by predictive mean matching."""
    cross = x.T @ x
    # the second part is for columns that do not vary among the known
    diagonal = np.diag_indices_from(cross)
    cross[diagonal] = cross[diagonal] * (1 + _RIDGE) + 1e-9 * y.size
    inverse = np.linalg.inv(cross)
    beta = inverse @ (x.T @ y)
    free = max(y.size - x.shape[1], 1)
    # drawn, not estimated: copies must also differ by what is not known of the model, or pooled
    # limits are too narrow
    sigma = np.sqrt(((y - x @ beta) ** 2).sum() / rng.chisquare(free))
    root = np.linalg.cholesky((inverse + inverse.T) / 2)
    drawn = beta + sigma * root @ rng.normal(size=beta.size)
    return _nearest(x @ beta, x_new @ drawn, y, rng, donors) + delta


def _nearest(known: Array, wanted: Array, y: Array, rng, donors: int) -> Array:
    """Give for each prediction the value of one of the nearest known ones, at random."""
    # among equal predictions those who come first in the file would else always be the donors
    shuffled = rng.permutation(known.size)
    order = shuffled[np.argsort(known[shuffled], kind="stable")]
    ranked, width = known[order], min(donors, known.size)
    start = np.searchsorted(ranked, wanted)
    window = start[:, None] + np.arange(-width, width)
    inside = (window >= 0) & (window < known.size)
    window = np.clip(window, 0, known.size - 1)
    gap = np.where(inside, np.abs(ranked[window] - wanted[:, None]), np.inf)
    near = np.argpartition(gap, width - 1, axis=1)[:, :width]
    pick = near[np.arange(wanted.size), rng.integers(0, width, wanted.size)]
    return y[order[window[np.arange(wanted.size), pick]]]


def _augmented(y: Array, x: Array, classes: int) -> tuple[Array, Array, Array]:
    """Add, for each column and class, a row either side of the mean, with little weight in all."""
    p = x.shape[1] - 1
    if not p:
        return y, x, np.ones(y.size)
    mean, spread = x[:, 1:].mean(axis=0), x[:, 1:].std(axis=0, ddof=1)
    rows = np.tile(mean, (2 * p, 1))
    rows[np.arange(p), np.arange(p)] += spread
    rows[p + np.arange(p), np.arange(p)] -= spread
    rows = np.hstack([np.ones((2 * p, 1)), rows])
    added = np.tile(rows, (classes, 1))
    label = np.repeat(np.arange(classes, dtype=float), 2 * p)
    # the added rows weigh as much as p + 1 patients in all: enough to keep coefficients finite
    weights = np.r_[np.ones(y.size), np.full(label.size, (p + 1) / label.size)]
    return np.r_[y, label], np.vstack([x, added]), weights


def _classes(y, x, x_new, rng, delta, donors) -> Array:
    """Draw codes by (multinomial) logistic regression with drawn coefficients."""
    labels, code = np.unique(y, return_inverse=True)
    if labels.size == 1:
        return np.full(len(x_new), labels[0])
    y_all, x_all, weights = _augmented(code.astype(float), x, labels.size)
    beta, root = _multinomial(y_all.astype(int), x_all, weights, labels.size)
    drawn = beta + (root @ rng.normal(size=beta.size)).reshape(beta.shape)
    eta = np.hstack([np.zeros((len(x_new), 1)), x_new @ drawn.T + delta])
    share = np.exp(eta - eta.max(axis=1, keepdims=True))
    bounds = np.cumsum(share / share.sum(axis=1, keepdims=True), axis=1)
    place = (rng.random(len(x_new))[:, None] > bounds).sum(axis=1)
    return labels[np.minimum(place, labels.size - 1)]


def _multinomial(y, x, weights, classes: int) -> tuple[Array, Array]:
    """Coefficients (classes - 1, p) of a multinomial model, and a root of their covariance."""
    p, q = x.shape[1], classes - 1
    target = (y[:, None] == np.arange(1, classes)).astype(float)
    beta = np.zeros((q, p))
    for _ in range(_STEPS):
        eta = np.hstack([np.zeros((len(x), 1)), x @ beta.T])
        share = np.exp(eta - eta.max(axis=1, keepdims=True))
        share = (share / share.sum(axis=1, keepdims=True))[:, 1:]
        score = ((target - share) * weights[:, None]).T @ x - _RIDGE * beta
        info = np.empty((q, p, q, p))
        for a in range(q):
            for b in range(a, q):
                v = weights * share[:, a] * ((a == b) - share[:, b])
                info[a, :, b, :] = info[b, :, a, :] = (x * v[:, None]).T @ x
        info = info.reshape(q * p, q * p) + _RIDGE * np.eye(q * p)
        step = np.linalg.solve(info, score.ravel())
        beta += (step * min(1.0, 5.0 / max(np.abs(step).max(), 1e-300))).reshape(q, p)
        if np.abs(step).max() < 1e-8:
            break
    inverse = np.linalg.inv(info)
    return beta, np.linalg.cholesky((inverse + inverse.T) / 2)


_DRAW = {"continuous": _predictive_mean, "binary": _classes, "categorical": _classes}


@dataclass(frozen=True)
class Pattern:
    """Patients with the same gaps: which variables they lack, and how many they are."""

    missing: tuple[str, ...]
    count: int


def missing_patterns(variables: list[Incomplete]) -> list[Pattern]:
    """Count the patterns of missing values, the most frequent first (complete cases have none)."""
    gaps = ~np.isfinite(np.column_stack([np.asarray(v.values, dtype=float) for v in variables]))
    kinds, counts = np.unique(gaps, axis=0, return_counts=True)
    names = [v.name for v in variables]
    found = [Pattern(tuple(n for n, gap in zip(names, kind, strict=True) if gap), int(count))
             for kind, count in zip(kinds, counts, strict=True)]  # fmt: skip
    return sorted(found, key=lambda one: (-one.count, one.missing))

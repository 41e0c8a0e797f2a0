"""Rubin's rules: one result from the same analysis of several completed data sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtrc, ndtr, ndtri, stdtr, stdtrit

from .cox import CoxFit
from .times import Array, join_notes


@dataclass(frozen=True)
class Pooled:
    """Pooled coefficients (p,) with their parts of variance.

    `within`, `between`: mean variance, and variance of the estimates. `df` are Barnard and Rubin's.
    `fmi` is the fraction of missing information, `relative_increase` that of the variance due to
    what is missing. `covariance` (p, p) is the total one.
    """

    names: list[str]
    estimate: Array
    std_err: Array
    df: Array
    within: Array
    between: Array
    relative_increase: Array
    fmi: Array
    covariance: Array
    m: int
    conf_level: float
    each: Array
    mean_covariance: Array
    note: str = ""
    term_notes: tuple[str, ...] = ()
    """Why a coefficient has no estimate in any copy (NaN); "" for all others."""

    @property
    def p(self) -> Array:
        """Two-sided P values by the t distribution."""
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.abs(self.estimate / self.std_err)
        return np.where(np.isinf(self.df), 2 * ndtr(-t), 2 * stdtr(self.df, -t))

    @property
    def limits(self) -> tuple[Array, Array]:
        """Confidence limits of the coefficients."""
        share = (1 + self.conf_level) / 2
        reach = np.where(np.isinf(self.df), ndtri(share), stdtrit(self.df, share)) * self.std_err
        return self.estimate - reach, self.estimate + reach

    @property
    def monte_carlo(self) -> Array:
        """Monte Carlo standard errors of the coefficients, as shares of their standard errors.

        The root of `between` over the number of copies (White, Royston and Wood, Stat Med 2011;
        30:377).
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.sqrt(self.between / self.m) / self.std_err

    @property
    def hr(self) -> Array:
        """Exponentiated coefficients."""
        return np.exp(self.estimate)

    def wald(self, columns: Sequence[int]) -> tuple[float, float, float, float]:
        """Test some coefficients together: F, its two degrees of freedom, P.

        Li, Raghunathan and Rubin's (1991) D1, which takes the fraction of missing information as
        equal among them.
        """
        chosen = list(columns)
        k, m = len(chosen), self.m
        q, u = self.estimate[chosen], self.mean_covariance[np.ix_(chosen, chosen)]
        inverse = np.linalg.inv(u)
        b = np.atleast_2d(np.cov(self.each[:, chosen].T)) if m > 1 else np.zeros((k, k))
        r = (1 + 1 / m) * float(np.trace(b @ inverse)) / k
        f = float(q @ inverse @ q) / (k * (1 + r))
        t = k * (m - 1)
        if r <= 1e-14:
            df = np.inf
        # Li et al. give two approximations of the denominator's degrees of freedom
        elif t > 4:
            df = 4 + (t - 4) * (1 + (1 - 2 / t) / r) ** 2
        else:
            df = t * (1 + 1 / k) * (1 + 1 / r) ** 2 / 2
        # 1e12 for infinity, which the distribution does not take
        return f, float(k), float(df), float(fdtrc(k, min(df, 1e12), f))


def pool(
    estimates: ArrayLike,
    covariances: ArrayLike,
    names: list[str] | None = None,
    *,
    df_complete: float = np.inf,
    conf_level: float = 0.95,
    note: str = "",
) -> Pooled:
    """Pool estimates by Rubin's rules.

    Parameters
    ----------
    estimates : array of shape (m, p)
        On a scale where they are about normal: log hazard ratios.
    covariances : array of shape (m, p, p), or (m, p) variances
    df_complete : float
        Degrees of freedom of the analysis, had nothing been missing.
    conf_level : float

    Notes
    -----
    Barnard and Rubin, Biometrika 1999; 86:948. R: ``mice::pool``, and ``mitools::MIcombine``.
    """
    each = np.asarray(estimates, dtype=float)
    each = each[:, None] if each.ndim == 1 else each
    m, p = each.shape
    given = np.asarray(covariances, dtype=float)
    if given.ndim < 3:
        given = given.reshape(m, p)[:, :, None] * np.eye(p)
    mean = given.mean(axis=0)
    b = np.atleast_2d(np.cov(each.T, ddof=1)).reshape(p, p) if m > 1 else np.zeros((p, p))
    total = mean + (1 + 1 / m) * b
    within, between, variance = np.diag(mean), np.diag(b), np.diag(total)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = (1 + 1 / m) * between / within
        share = (1 + 1 / m) * between / variance
        old = np.where(share > 0, (m - 1) / share**2, np.inf)
        if np.isfinite(df_complete):
            observed = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - share)
            df = np.where(np.isinf(old), observed, old * observed / (old + observed))
        else:
            df = old
        fmi = (r + np.where(np.isinf(df), 0.0, 2 / (df + 3))) / (1 + r)
        std_err = np.sqrt(variance)
    names = [f"x{j + 1}" for j in range(p)] if names is None else list(names)
    return Pooled(names, each.mean(axis=0), std_err, df, within, between, r, fmi, total, m,
                  conf_level, each, mean, note)  # fmt: skip


def pool_cox(fits: Sequence[CoxFit]) -> Pooled:
    """Pool Cox models of completed data sets; fits without a finite estimate are left out.

    A coefficient that none of them has, as of a level that nobody has, is NaN with its note.

    The complete-data degrees of freedom are events less coefficients. R: ``pool(with(imp,
    coxph(...)))``.

    Raises
    ------
    ValueError
        No fit has a finite estimate of every other coefficient.
    """
    never = np.all([fit.aliased for fit in fits], axis=0) if fits else np.zeros(0, dtype=bool)
    # one that ran away has neither an estimate nor a variance that could be averaged
    good = [fit for fit in fits if not ((fit.aliased | fit.infinite) & ~never).any()]
    if never.all():
        good = []
    if not good:
        raise ValueError("no completed data set gave a finite estimate of every coefficient")
    lost = len(fits) - len(good)
    note = f"{lost} of {len(fits)} completed data sets gave no finite estimate" if lost else ""
    first = good[0]
    pooled = pool(
        [np.where(never, np.nan, fit.coef) for fit in good],
        [np.where(never, np.nan, fit.covariance) for fit in good], first.names,
        # events, not patients: they carry the information of a Cox model
        df_complete=max(first.events - first.df, 1), conf_level=first.conf_level,
        note=join_notes(note, first.note),
    )  # fmt: skip
    notes = [text * bool(alone) for text, alone in zip(first.term_notes, never, strict=True)]
    return replace(pooled, term_notes=tuple(notes))

"""Tests of a contingency table of counts, and the one rule that chooses between them.

Rows are groups (arms) and columns are levels, or the other way round: every test here is
symmetric. Patients with a missing value are left out before they are counted.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from .fisher import fisher_p
from .fisher_simulated import DRAWS, simulated_p
from .records import HypothesisTest

Rule = Literal["paper", "fisher-extended"]
RULES = ("paper", "fisher-extended")
# below it the chi-squared approximation is doubted (Cochran, Biometrics 1954; 10:417)
SMALL_EXPECTED = 5.0
FISHER = "Fisher's exact test"
PEARSON = "Pearson's chi-squared test"
YATES = "Pearson's chi-squared test with continuity correction"


def as_counts(table: ArrayLike) -> NDArray[np.int64]:
    """Give a table as whole, non-negative counts in two dimensions; anything else is an error."""
    counts = np.asarray(table, dtype=float)
    if counts.ndim != 2 or not np.all(np.isfinite(counts)):
        raise ValueError("a contingency table has two dimensions and finite counts")
    if np.any(counts < 0) or np.any(counts != np.round(counts)):
        raise ValueError("counts are whole and not negative")
    return np.round(counts).astype(np.int64)


def without_empty(table: ArrayLike) -> tuple[NDArray[np.int64], str]:
    """Drop rows and columns that nobody is in; the note says how many were dropped."""
    counts = as_counts(table)
    rows, columns = counts.sum(axis=1) > 0, counts.sum(axis=0) > 0
    dropped = int((~rows).sum() + (~columns).sum())
    note = f"{dropped} empty row(s) or column(s) left out" if dropped else ""
    return counts[np.ix_(rows, columns)], note


def expected_counts(table: ArrayLike) -> NDArray[np.float64]:
    """Give the counts expected under independence (NaN for a table without anybody).

    R: `chisq.test(table)$expected`.
    """
    counts = as_counts(table)
    if not counts.sum():
        return np.full(counts.shape, math.nan)
    return stats.contingency.expected_freq(counts)


def chi_squared(table: ArrayLike, correction: bool = False) -> HypothesisTest:
    """Pearson's chi-squared test of independence.

    The statistic, sum of (O - E)^2 / E, is compared with a chi-squared distribution on
    (r - 1)(c - 1) degrees of freedom. R: `chisq.test(table, correct = correction)`; SPSS prints
    it without correction as "Pearson Chi-Square".

    Parameters
    ----------
    table : array of shape (r, c)
        Counts.
    correction : bool
        Yates's continuity correction, at most |O - E|, for a 2x2 table; elsewhere ignored.

    Returns
    -------
    HypothesisTest
        Empty rows and columns are dropped first, with a note. NaN where fewer than two rows or
        columns remain. `expected_min` is that of the table after dropping.
    """
    counts, note = without_empty(table)
    method = YATES if correction and counts.shape == (2, 2) else PEARSON
    if min(counts.shape) < 2:
        return HypothesisTest("chi-squared", method, note=_join(note, _NOTHING_TO_COMPARE))
    found = stats.chi2_contingency(counts, correction=method == YATES)
    smallest = float(found.expected_freq.min())
    note = _join(note, _small_expected(smallest))
    statistic, p_value = float(found.statistic), float(found.pvalue)
    return HypothesisTest("chi-squared", method, p_value, statistic, found.dof, smallest, note)


def fisher_exact(
    table: ArrayLike, max_work: int = 100_000_000, draws: int = DRAWS
) -> HypothesisTest:
    """Fisher's exact test of an r x c table, two-sided, by complete enumeration.

    P is the probability, given both margins, of the tables no more likely than the one seen
    (relative tolerance 1e-7, as R). Where a table has too many alternatives, P is that of random
    tables, always the same ones, and the note gives their number and the standard error.
    R: `fisher.test(table)$p.value`. For the odds ratio of a 2x2 table see `odds_ratio`.

    Parameters
    ----------
    table : array of shape (r, c)
        Counts.
    max_work : int
        How many partial tables may be visited before the enumeration is given up.
    draws : int
        Random tables that are drawn then.

    Returns
    -------
    HypothesisTest
        P is 1 where the margins allow one table only (an empty column, a single row): a note
        says that nothing was compared. NaN for a table without anybody.
    """
    counts, note = without_empty(table)
    smallest = float(expected_counts(counts).min()) if counts.size else math.nan
    result = HypothesisTest("fisher", FISHER, expected_min=smallest, note=note)
    if counts.size == 0:
        return replace(result, note=_join(note, "the table is empty"))
    if min(counts.shape) < 2:
        return replace(result, p_value=1.0, note=_join(note, _NOTHING_TO_COMPARE))
    p_value = fisher_p(counts, max_work)
    if math.isnan(p_value):
        p_value, error = simulated_p(counts, draws)
        told = f"too many possible tables for an exact P: by {draws:,} random ones, {error:.1g}"
        result = replace(result, note=_join(note, f"{told} standard error"))
    return replace(result, p_value=p_value)


def choose_test(table: ArrayLike, rule: Rule = "paper") -> HypothesisTest:
    """Test a table by the one rule of this project, and say which test it was.

    A 2x2 table gets Fisher's exact test when any expected count is below 5, otherwise Pearson's
    chi-squared without correction. Larger tables get Pearson ("paper") or the same rule as a
    2x2 ("fisher-extended"). The size of a table is that without its empty rows and columns. A
    table left with one row or column gets Fisher's P of 1, with a note.

    Parameters
    ----------
    table : array of shape (r, c)
        Counts.
    rule : {"paper", "fisher-extended"}
        Whether Fisher's test reaches tables larger than 2x2.

    Returns
    -------
    HypothesisTest
        `test` is "fisher" or "chi-squared".
    """
    if rule not in RULES:
        raise ValueError(f"rule is one of {RULES}, not {rule!r}")
    # a level that nobody has must not make a 2x2 table a larger one, with another test
    counts, _ = without_empty(table)
    if min(counts.shape) < 2:
        return fisher_exact(table)
    small = expected_counts(counts).min() < SMALL_EXPECTED
    if not small or (counts.shape != (2, 2) and rule == "paper"):
        return chi_squared(table)
    return fisher_exact(table)


_NOTHING_TO_COMPARE = "nothing to compare: everybody is in one row or column"


def _small_expected(smallest: float) -> str:
    """Give the warning of an approximation that rests on small expected counts."""
    small = smallest < SMALL_EXPECTED
    return f"approximate: smallest expected count {smallest:.1f}" if small else ""


def _join(*notes: str) -> str:
    """Join the notes that say something."""
    return "; ".join(note for note in notes if note)

"""Continuous variables: quantiles, summaries, the Mann-Whitney U and the Kruskal-Wallis test."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from .records import HypothesisTest

QuantileType = Literal[6, 7]
_NUMPY_NAME = {6: "weibull", 7: "linear"}
MANN_WHITNEY = "Mann-Whitney U test"
KRUSKAL_WALLIS = "Kruskal-Wallis test"


@dataclass(frozen=True)
class Description:
    """A continuous variable in one group; `sd` divides by n - 1; NaN where nobody has a value."""

    n: int
    missing: int
    mean: float
    sd: float
    median: float
    q1: float
    q3: float
    min: float
    max: float
    note: str = ""


def quantiles(
    values: ArrayLike, probs: Sequence[float], kind: QuantileType = 7
) -> NDArray[np.float64]:
    """Sample quantiles, missing values left out.

    Type 6 is SPSS's definition (HAVERAGE), 7 R's default: `quantile(x, probs, type = )`;
    Hyndman and Fan, Am Stat 1996; 50:361. NaN if there is no value.
    """
    seen = _seen(values)
    if kind not in _NUMPY_NAME:
        raise ValueError(f"kind is one of {tuple(_NUMPY_NAME)}, not {kind!r}")
    if seen.size == 0:
        return np.full(len(probs), math.nan)
    return np.quantile(seen, probs, method=_NUMPY_NAME[kind])


def describe(values: ArrayLike, kind: QuantileType = 7) -> Description:
    """Number, mean, SD, median, quartiles and range of one group, missing values counted.

    Parameters
    ----------
    values : array of shape (n,)
        NaN = missing.
    kind : {6, 7}
        Quartiles as SPSS or as R.
    """
    seen = _seen(values)
    missing = int(np.asarray(values).size - seen.size)
    if seen.size == 0:
        return Description(0, missing, *[math.nan] * 7, note="nobody has a value")
    sd = float(seen.std(ddof=1)) if seen.size > 1 else math.nan
    note = "" if seen.size > 1 else "no standard deviation from one value"
    q1, median, q3 = (float(q) for q in quantiles(seen, [0.25, 0.5, 0.75], kind))
    ends = float(seen.min()), float(seen.max())
    return Description(seen.size, missing, float(seen.mean()), sd, median, q1, q3, *ends, note)


def mann_whitney(
    reference: ArrayLike,
    other: ArrayLike,
    correction: bool = False,
    exact: bool = False,
) -> HypothesisTest:
    """Mann-Whitney U test (Wilcoxon rank sum) of two groups, two-sided.

    Asymptotic P with the tie-corrected variance. Without continuity correction it is what SPSS
    prints as "Asymp. Sig."; with it, R's `wilcox.test(exact = FALSE)`. `exact` gives the
    permutation P of the midranks, P(|U - E U| >= |u - E u|), also with ties: R's
    `wilcox.test(exact = TRUE)` without ties, `coin::wilcox_test(distribution = "exact")` with.

    Parameters
    ----------
    reference, other : array of shape (n,)
        The values; missing ones (NaN) are left out.
    correction : bool
        Continuity correction of 0.5 (asymptotic P only).
    exact : bool
        Permutation P; for some hundred values at most.

    Returns
    -------
    HypothesisTest
        `statistic` is U of the reference group, R's W. NaN with a note if a group is empty; P is
        1 if all values are equal (R: NaN).
    """
    x, y = _seen(reference), _seen(other)
    suffix = ", exact" if exact else ", continuity-corrected" if correction else ""
    method = MANN_WHITNEY + suffix
    if x.size == 0 or y.size == 0:
        return HypothesisTest("mann-whitney", method, note="a group has no values")
    ranks = stats.rankdata(np.concatenate([x, y]))
    u = float(ranks[: x.size].sum() - x.size * (x.size + 1) / 2)
    if np.all(ranks == ranks[0]):
        return HypothesisTest("mann-whitney", method, 1.0, u, note="all values are equal")
    if exact:
        # scipy's exact P takes no ties
        return HypothesisTest("mann-whitney", method, _exact(ranks, x.size), u)
    # never scipy's "auto": it would take the exact P of small samples without ties, unasked
    found = stats.mannwhitneyu(x, y, use_continuity=correction, method="asymptotic")
    return HypothesisTest("mann-whitney", method, float(found.pvalue), u)


def kruskal_wallis(groups: Sequence[ArrayLike]) -> HypothesisTest:
    """Kruskal-Wallis rank sum test of two or more groups (J Am Stat Assoc 1952; 47:583).

    H, corrected for ties, against a chi-squared distribution on one degree of freedom less than
    there are groups. Of two groups it is the square of the Mann-Whitney test's normal deviate
    without continuity correction, with the same P. R: `kruskal.test`.

    Parameters
    ----------
    groups : sequence of arrays of shape (n,)
        The values of each group; missing ones (NaN) are left out, and so are groups without any.

    Returns
    -------
    HypothesisTest
        NaN with a note if fewer than two groups have values; P is 1 if all values are equal (R:
        NaN).
    """
    seen = [_seen(group) for group in groups]
    known = [values for values in seen if values.size]
    if len(known) < 2:
        return HypothesisTest("kruskal-wallis", KRUSKAL_WALLIS, note="a group has no values")
    lost = len(seen) - len(known)
    note = f"{lost} group(s) without values left out" if lost else ""
    df = len(known) - 1
    if all(np.all(values == known[0][0]) for values in known):
        note = f"{note}; all values are equal" if note else "all values are equal"
        return HypothesisTest("kruskal-wallis", KRUSKAL_WALLIS, 1.0, 0.0, df, note=note)
    found = stats.kruskal(*known)
    return HypothesisTest(
        "kruskal-wallis", KRUSKAL_WALLIS, float(found.pvalue), float(found.statistic), df, note=note
    )


def _seen(values: ArrayLike) -> NDArray[np.float64]:
    """Give the values that are not missing."""
    array = np.asarray(values, dtype=float).ravel()
    return array[~np.isnan(array)]


def _exact(ranks: NDArray[np.float64], n_x: int) -> float:
    """Count the choices of n_x ranks by their sum (doubled, so that midranks are whole)."""
    doubled = np.round(2 * ranks).astype(int)
    observed = int(doubled[:n_x].sum())
    sums = np.zeros((n_x + 1, int(doubled.sum()) + 1))
    sums[0, 0] = 1.0
    for rank in doubled:
        # Highest count first, so that no rank is taken twice.
        for k in range(n_x, 0, -1):
            sums[k, rank:] += sums[k - 1, : sums.shape[1] - rank]
    # floats: beyond 2^53 the counts are rounded, which P does not feel
    ways = sums[n_x]
    centre = n_x * doubled.sum() / len(doubled)
    # two sides: a sum as far below the mean as this is above it is as extreme, to the last bit
    far = np.abs(np.arange(len(ways)) - centre) >= abs(observed - centre) - 1e-9
    return min(1.0, float(ways[far].sum() / ways.sum()))

"""Every test that papers use on a table of counts: the usual ones, and those seldom seen.

Tables have levels in rows and arms in columns. All tests are of the whole table; nothing here
knows of print.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ...stats.fisher import fisher_p
from ...stats.tables import chi_squared

Table = NDArray[np.int64]
NAMES = {
    "fisher": "Fisher's exact test",
    "chi-squared": "Pearson's chi-squared test",
    "yates": "the chi-squared test with continuity correction",
    "likelihood-ratio": "the likelihood-ratio chi-squared test",
    "mann-whitney": "the Mann-Whitney U test of the ordered levels",
    "wilcoxon-corrected": "the Wilcoxon test of the ordered levels with continuity correction",
    "kruskal-wallis": "the Kruskal-Wallis test of the ordered levels",
    "linear": "the linear-by-linear association test",
}
SELDOM = {
    "linear": "the linear-by-linear association test of ordered arms",
    "wilcoxon-corrected": "the Wilcoxon test with continuity correction",
    "mid-p": "Fisher's test with the mid-P value",
    "one-sided fisher": "Fisher's test, one-sided",
    "doubled fisher": "twice the one-sided Fisher's test",
    "one-sided chi-squared": "Pearson's chi-squared test, one-sided",
    "one-sided yates": "the chi-squared test with continuity correction, one-sided",
    "n-1": "the N - 1 chi-squared test",
    "unpooled z": "the z test with unpooled variance",
    "wald": "Wald's test of the log odds ratio",
    "trend": "the Cochran-Armitage trend test",
    "student": "Student's t test of the levels' numbers",
}
FISHER_WORK = 3_000_000  # partial tables: some tenths of a second


def usual(table: Table, exact: bool = True) -> dict[str, float]:
    """Give P under each usual test of a table (those that do not apply are left out).

    Fisher's test of a large table is left out where its enumeration would take long, and where
    `exact` is false.
    """
    return dict(_usual(tuple(map(tuple, without_nobody(table).tolist())), exact))


@lru_cache(maxsize=4096)
def _usual(rows: tuple[tuple[int, ...], ...], exact: bool) -> tuple[tuple[str, float], ...]:
    """Give the usual tests of a table once, however often it is asked for."""
    table = np.array(rows, dtype=np.int64).reshape(len(rows), -1)
    return tuple(_usual_tests(table, exact).items())


def _usual_tests(table: Table, exact: bool) -> dict[str, float]:
    if min(table.shape) < 2:
        return {"fisher": 1.0} if table.size else {}
    out = {"fisher": fisher(table) if exact else math.nan}
    out["chi-squared"] = chi_squared(table).p_value
    if table.shape == (2, 2):
        out["yates"] = chi_squared(table, correction=True).p_value
    out["likelihood-ratio"] = _likelihood_ratio(table)
    if table.shape[0] > 2:
        if table.shape[1] == 2:
            out["mann-whitney"] = rank_sum(table)
            out["wilcoxon-corrected"] = rank_sum(table, correction=True)
            out["linear"] = _linear(table)
        else:
            out["kruskal-wallis"] = _kruskal(table)
    return {name: p for name, p in out.items() if not math.isnan(p)}


def seldom(table: Table) -> dict[str, float]:
    """Give P under tests that are possible and seldom printed, of tables of two arms."""
    table = without_nobody(table)
    if min(table.shape) < 2:
        return {}
    if table.shape[1] != 2:  # arms in order, as of expression: weak, moderate, strong
        linear = _linear(table)
        return {} if math.isnan(linear) else {"linear": linear}
    n = int(table.sum())
    linear = _linear(table)
    out = {"trend": _trend(linear, n), "student": _student(table)}
    if table.shape == (2, 2):
        tails, point = _tails(table)
        known = usual(table)
        pearson, yates = (known.get(name, math.nan) for name in ("chi-squared", "yates"))
        out |= {
            "wilcoxon-corrected": rank_sum(table, correction=True),
            "mid-p": known.get("fisher", math.nan) - point / 2,
            "one-sided fisher": min(tails),
            "doubled fisher": min(1.0, 2 * min(tails)),
            "one-sided chi-squared": pearson / 2,
            "one-sided yates": yates / 2,
            "n-1": linear,
            "unpooled z": _unpooled(table),
            "wald": _wald(table),
        }
        del out["trend"]
    return {name: p for name, p in out.items() if not math.isnan(p)}


def fisher(table: Table) -> float:
    """Give Fisher's P (NaN where the enumeration would take long)."""
    return fisher_p(table, FISHER_WORK)


def without_nobody(table: Table) -> Table:
    """Drop rows and columns that nobody is in."""
    return table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]


def rearranged(table: Table) -> Iterator[tuple[str, Table]]:
    """Give the tables of a variable whose levels were grouped otherwise, and how.

    One level left out (as not recorded), neighbours taken together, one level against the rest,
    two arms of several, and for up to five levels every order (codes are not always in the
    order of the table).
    """
    rows, columns = table.shape
    if columns > 2:
        for pair in combinations(range(columns), 2):
            yield f"only arms {pair[0] + 1} and {pair[1] + 1} are compared", table[:, pair]
        for arm in range(columns) if columns > 3 else ():
            yield f"arm {arm + 1} is left out", np.delete(table, arm, axis=1)
    if rows < 3:
        return
    for cut in range(1, rows):
        both = np.vstack([table[:cut].sum(axis=0), table[cut:].sum(axis=0)])
        yield "the levels are taken together as two", both
    for left_out in range(rows):
        yield "one level is left out", np.delete(table, left_out, axis=0)
        rest = np.delete(table, left_out, axis=0).sum(axis=0)
        yield "one level is compared with the rest", np.vstack([table[left_out], rest])
    for first in range(rows - 1):
        merged = np.delete(table, first + 1, axis=0)
        merged[first] = table[first] + table[first + 1]
        yield "two levels are taken together", merged


def other_orders(table: Table) -> Iterator[Table]:
    """Give the table with its levels in every other order, for up to five levels.

    Last with one level left out, since what has no place in the order is often not tested.
    """
    rows = table.shape[0]
    for levels in (range(rows), *combinations(range(rows), rows - 1)) if 2 < rows <= 5 else ():
        for order in permutations(levels) if len(levels) > 2 else ():
            if order[0] < order[-1] and order != tuple(range(rows)):
                yield table[list(order)]


def rank_sum(table: Table, correction: bool = False) -> float:
    """Give P of the Mann-Whitney test of ordered levels of two arms, from the counts alone."""
    x, y = table[:, 0].astype(float), table[:, 1].astype(float)
    n_x, n_y = x.sum(), y.sum()
    both = x + y
    n = n_x + n_y
    middle = np.cumsum(both) - both / 2 + 0.5  # midrank of each level
    u = float((x * middle).sum() - n_x * (n_x + 1) / 2)
    ties = float((both**3 - both).sum())
    variance = n_x * n_y / 12 * (n + 1 - ties / (n * (n - 1)))
    if variance <= 0:
        return math.nan
    gap = max(0.0, abs(u - n_x * n_y / 2) - (0.5 if correction else 0.0))
    return min(1.0, 2 * float(stats.norm.sf(gap / math.sqrt(variance))))


def _likelihood_ratio(table: Table) -> float:
    """Give P of the likelihood-ratio chi-squared test (SPSS prints it beside Pearson's)."""
    counts = table.astype(float)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    seen = counts > 0
    statistic = 2 * float((counts[seen] * np.log(counts[seen] / expected[seen])).sum())
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    return float(stats.chi2.sf(statistic, df))


def _linear(table: Table) -> float:
    """Give P of SPSS's linear-by-linear association: (n - 1) r squared on one degree of freedom."""
    levels, arms = (np.arange(size, dtype=float) for size in table.shape)
    n = float(table.sum())
    mean_level = float(table.sum(axis=1) @ levels) / n
    mean_arm = float(table.sum(axis=0) @ arms) / n
    level, arm = levels - mean_level, arms - mean_arm
    spread = float(table.sum(axis=1) @ level**2) * float(table.sum(axis=0) @ arm**2)
    if spread <= 0 or n < 2:
        return math.nan
    r_squared = float(level @ table @ arm) ** 2 / spread
    return float(stats.chi2.sf((n - 1) * r_squared, 1))


def _trend(linear: float, n: int) -> float:
    """Give P of the Cochran-Armitage test, n r squared, from that of (n - 1) r squared."""
    if math.isnan(linear) or n < 2:
        return math.nan
    return float(stats.chi2.sf(stats.chi2.isf(linear, 1) * n / (n - 1), 1))


def _student(table: Table) -> float:
    """Give P of the t test of level numbers, as for a score."""
    levels = np.arange(table.shape[0], dtype=float)
    sizes = table.sum(axis=0).astype(float)
    means = (levels @ table) / sizes
    spread = float((table * (levels[:, None] - means) ** 2).sum())
    df = float(sizes.sum()) - 2
    if df < 1 or spread <= 0:
        return math.nan
    t = abs(float(means[0] - means[1])) / math.sqrt(spread / df * float((1 / sizes).sum()))
    return 2 * float(stats.t.sf(t, df))


def _kruskal(table: Table) -> float:
    both = table.sum(axis=1).astype(float)
    n = both.sum()
    middle = np.cumsum(both) - both / 2 + 0.5
    sizes = table.sum(axis=0).astype(float)
    sums = middle @ table
    shrink = 1 - float((both**3 - both).sum()) / (n**3 - n)
    if shrink <= 0:
        return math.nan
    h = (12 / (n * (n + 1)) * float((sums**2 / sizes).sum()) - 3 * (n + 1)) / shrink
    return float(stats.chi2.sf(h, len(sizes) - 1))


def _tails(table: Table) -> tuple[tuple[float, float], float]:
    """Give both one-sided Fisher P values of a 2x2 table, and the chance of the table itself."""
    (a, b), (c, d) = table.tolist()
    seen, of = stats.hypergeom, (a + b + c + d, a + b, a + c)
    return (float(seen.cdf(a, *of)), float(seen.sf(a - 1, *of))), float(seen.pmf(a, *of))


def _unpooled(table: Table) -> float:
    sizes = table.sum(axis=0).astype(float)
    shares = table[0] / sizes
    variance = float((shares * (1 - shares) / sizes).sum())
    return _two_sided(float(shares[0] - shares[1]), variance)


def _wald(table: Table) -> float:
    if (table == 0).any():
        return math.nan
    (a, b), (c, d) = table.tolist()
    return _two_sided(math.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d)


def _two_sided(gap: float, variance: float) -> float:
    return 2 * float(stats.norm.sf(abs(gap) / math.sqrt(variance))) if variance > 0 else math.nan

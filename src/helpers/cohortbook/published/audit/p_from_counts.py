"""P values against the counts they were computed from, under each plausible test."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from ...stats.ranks import mann_whitney
from ...stats.tables import chi_squared, choose_test, fisher_exact
from .. import Published
from ..blocks import DIFFERENCE, Block, Counts, line_key
from ..printed import Printed, read_number
from .counts import CountBook
from .findings import Finding, span, with_sign

DRIFT = 0.005
MOST_MOVED = 3
NAMES = {
    "fisher": "Fisher's exact test",
    "chi-squared": "Pearson's chi-squared test",
    "yates": "the chi-squared test with continuity correction",
    "likelihood-ratio": "the likelihood-ratio chi-squared test",
    "mann-whitney": "the Mann-Whitney U test of the ordered levels",
    "linear": "the linear-by-linear association test",
}


@dataclass(frozen=True)
class _Case:
    """A printed P value with its table of counts: levels in rows, arms in columns."""

    key: str
    where: str
    printed: Printed
    table: np.ndarray
    stated: str
    alpha: float


def p_from_counts(published: Published) -> Iterator[Finding]:
    """Recompute each P value from the printed counts.

    Where the paper states its test, that one must give the print; where it does not, any of the
    usual ones may. A finding names the test that does give the print, if there is one.
    """
    for case in _cases(published):
        yield from _check(case)


def tests_behind(published: Published) -> pd.DataFrame:
    """Give every usual test of the counts behind each printed P value, and which give the print.

    Returns
    -------
    DataFrame
        One row a P value whose counts are known: `key`, `where`, `printed`, `stated` (the test
        that the paper's rule chooses, "" if it states none), `giving` (names of the tests that
        print so, separated by semicolons), and one column a test with its P.
    """
    rows = []
    for case in _cases(published):
        found = plausible(case.table)
        giving = [name for name, p in found.items() if not math.isnan(p) and case.printed.agrees(p)]
        rows.append({"key": case.key, "where": case.where, "printed": case.printed.text,
                     "stated": stated_test(case.table, case.stated), "giving": "; ".join(giving),
                     **found})  # fmt: skip
    return pd.DataFrame(rows, columns=["key", "where", "printed", "stated", "giving", *NAMES])


def _cases(published: Published) -> Iterator[_Case]:
    book = CountBook(published)
    for block in published.blocks:
        for item in block.counts:
            for level, text in item.p_values().items():
                table = _table(book, block, item, level)
                if table is None:
                    continue
                printed = read_number(text, block.decimals.get("p"))
                key = _key(block, item, level)
                stated = item.test or block.test
                yield _Case(key, block.where, printed, table, stated, published.alpha)


def plausible(table: np.ndarray) -> dict[str, float]:
    """Give P under each usual test of a table of levels (rows) by two or more arms (columns)."""
    out = {"fisher": fisher_exact(table).p_value, "chi-squared": chi_squared(table).p_value}
    if table.shape == (2, 2):
        out["yates"] = chi_squared(table, correction=True).p_value
    out["likelihood-ratio"] = _likelihood_ratio(table)
    if table.shape[1] == 2 and table.shape[0] > 2:
        levels = np.arange(table.shape[0])
        groups = [np.repeat(levels, column) for column in table.T]
        out["mann-whitney"] = mann_whitney(*groups).p_value
        out["linear"] = _linear(table)
    return out


def stated_test(table: np.ndarray, stated: str) -> str:
    """Give the test that a stated rule chooses ("" if nothing was stated)."""
    if stated == "any":
        return ""
    return choose_test(table, stated).test if stated in ("paper", "fisher-extended") else stated


def _key(block: Block, item: Counts, level: str | None) -> str:
    line = line_key(item, level or "")
    parts = [block.analysis, block.endpoint, block.population, line["term"], line["level"]]
    return "/".join([part for part in parts if part] + [DIFFERENCE, "p_value"])


def _table(book: CountBook, block: Block, item: Counts, level: str | None) -> np.ndarray | None:
    """Give the counts behind a P value, None if they cannot be known from print."""
    lines = item.lines()
    chosen = list(lines) if level is None else [level]
    arms = book.arms(lines[chosen[0]]) if chosen[0] in lines else []
    if len(arms) < 2:
        return None
    rows = []
    for one in chosen:
        row = [book.count(block, item, one, arm) if arm in lines[one] else None for arm in arms]
        if None in row:
            return None
        rows.append(row)
    totals = [book.cell(block, item, chosen[0], arm).total for arm in arms]
    if level is not None or not item.partition:
        if None in totals:
            return None
        rest = [total - sum(row[i] for row in rows) for i, total in enumerate(totals)]
        rows += [rest] if any(rest) or level is not None else []
    table = np.array(rows)
    return table if (table >= 0).all() else None


def _check(case: _Case) -> Iterator[Finding]:
    found = {name: p for name, p in plausible(case.table).items() if not math.isnan(p)}
    stated = stated_test(case.table, case.stated)
    giving = [name for name, p in found.items() if case.printed.agrees(p)]
    if stated in giving or (giving and not stated) or not found or (stated and stated not in found):
        return
    aim = stated or min(found, key=lambda name: case.printed.gap(found[name]))
    yield _finding(case, found, aim, giving)


def _finding(case: _Case, found: dict[str, float], aim: str, giving: list[str]) -> Finding:
    printed, p = case.printed, found[aim]
    right = _printed_p(p, printed.decimals)
    says = f"P {with_sign(printed.text)} is printed; {NAMES[aim]} of the printed counts "
    says += f"gives {right}"
    if giving:
        says += f". {_sentence(NAMES[giving[0]])} gives the print."
    else:
        rest = [
            f"{NAMES[name]} {_printed_p(q, printed.decimals)}"
            for name, q in found.items() if name != aim
        ]  # fmt: skip
        says += f" ({'; '.join(rest)}). No usual test gives the print." if rest else "."
    gap = printed.gap(p)
    same_side = (p < case.alpha) == (printed.value < case.alpha)
    return Finding(
        case.key, case.where, "P and counts", printed.text, right, says, _mend(case, aim, right),
        "drift" if gap < DRIFT and same_side else "conflict", p, p, gap,
    )  # fmt: skip


def _mend(case: _Case, aim: str, right: str) -> str:
    """Name the smallest change of one number: the P value, or one count."""
    mend = f"{right} instead of {case.printed.text}"
    for moved in range(1, MOST_MOVED + 1):
        for column in range(case.table.shape[1]):
            for source in range(case.table.shape[0]):
                for target in range(case.table.shape[0]):
                    changed = case.table.copy()
                    changed[source, column] -= moved
                    changed[target, column] += moved
                    if source == target or changed[source, column] < 0:
                        continue
                    if case.printed.agrees(plausible_one(changed, aim)):
                        noun = "patient" if moved == 1 else "patients"
                        return f"{mend}, or {moved} {noun} of one arm in another level"
    return mend


def plausible_one(table: np.ndarray, name: str) -> float:
    """Give P under one of the usual tests (NaN if it does not apply)."""
    if name in ("fisher", "chi-squared"):
        return {"fisher": fisher_exact, "chi-squared": chi_squared}[name](table).p_value
    return plausible(table).get(name, math.nan)


def _printed_p(p: float, decimals: int) -> str:
    smallest = 10.0**-decimals
    if p < smallest:
        return f"<{smallest:.{decimals}f}"
    largest = f">{1 - smallest:.{decimals}f}"
    return largest if p > 1 - smallest / 2 else span(p, p, decimals)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _likelihood_ratio(table: np.ndarray) -> float:
    """Give P of the likelihood-ratio chi-squared test (SPSS prints it beside Pearson's)."""
    counts = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0].astype(float)
    if min(counts.shape) < 2:
        return math.nan
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    seen = counts > 0
    statistic = 2 * float((counts[seen] * np.log(counts[seen] / expected[seen])).sum())
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    return float(stats.chi2.sf(statistic, df))


def _linear(table: np.ndarray) -> float:
    """Give P of SPSS's linear-by-linear association: (n - 1) r squared on one degree of freedom."""
    rows = np.repeat(np.arange(table.size) // table.shape[1], table.ravel())
    columns = np.repeat(np.arange(table.size) % table.shape[1], table.ravel())
    if rows.std() == 0 or columns.std() == 0:
        return math.nan
    r = float(np.corrcoef(rows, columns)[0, 1])
    return float(stats.chi2.sf((len(rows) - 1) * r * r, 1))

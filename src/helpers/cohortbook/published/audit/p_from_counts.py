"""P values against the counts they were computed from, under each plausible test.

A P value is a conflict only if no usual test gives it, no seldom one, no table with fewer
patients recorded that the percentages allow, and no other grouping of the levels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

import numpy as np
import pandas as pd
from scipy import stats

from ...stats.tables import choose_test
from .. import Published, Statistic, key_of
from ..blocks import DIFFERENCE, Counts
from ..printed import Printed, read_number
from .count_tests import (
    NAMES,
    SELDOM,
    Table,
    other_orders,
    rank_sum,
    rearranged,
    seldom,
    usual,
    without_nobody,
)
from .counts import Cell, CountBook, counts_behind
from .findings import Finding, Severity, p_text, printed_elsewhere, with_sign
from .finer import finer_levels
from .recorded import fewer_recorded
from .slips import CUT, slip_of
from .variables import Column, Row, rows_of_item
from .wald import Span

DRIFT = 0.005
SURE = 1e-9  # P values nearer to nought or one are printed as bounds
STRATIFIED = 1.15  # how far the z of a stratified test may be from Pearson's
MOST_MOVED = 3
MOST_TABLES = 300  # tables with fewer recorded that are tried for one P value
SIMULATED = 2000  # tables that R draws for a simulated P if it is not told how many
DRAWN = 4000  # tables drawn where Fisher's test is not enumerated
SHARE_RECORDED = 0.8  # fewest recorded, where no percentage tells


@dataclass(frozen=True)
class Case:
    """A printed P value with its tables of counts: levels in rows, arms in columns.

    `table` is that of print as it stands. `alike` are those that print allows as well, since
    percentages stand for several counts or do not fit the size of the group; `others` are those
    with fewer patients recorded than print says, each with its condition.
    """

    key: str
    where: str
    name: str
    printed: Printed
    table: Table
    stated: str
    alpha: float
    others: tuple[tuple[str, Table], ...] = ()
    alike: tuple[Table, ...] = ()
    thinned: bool = False  # `alike` holds some of very many, the outermost among them
    printed_p: tuple[Statistic, ...] = ()  # every P value of the paper
    at_size: Table | None = None  # with the printed sizes, where percentages do not fit them
    single: bool = False  # one line by itself, whose rest is not printed
    levels: tuple[str, ...] = ()  # names of the rows of `table`, where it is of levels


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
    for case in cases(published):
        found = usual(case.table)
        giving = [name for name, p in found.items() if case.printed.agrees(p)]
        rows.append({"key": case.key, "where": case.where, "printed": case.printed.text,
                     "stated": stated_test(case.table, case.stated), "giving": "; ".join(giving),
                     **found})  # fmt: skip
    return pd.DataFrame(rows, columns=["key", "where", "printed", "stated", "giving", *NAMES])


def cases(published: Published) -> list[Case]:
    """Give every printed P value whose counts are known."""
    book = CountBook(published)
    return [
        case
        for block in published.blocks
        for item in block.counts
        for case in cases_of_item(list(rows_of_item(book, block, item)), item)
    ]


def cases_of_item(rows: list[Row], item: Counts) -> Iterator[Case]:
    """Give the P values of one item with their tables."""
    book, block = rows[0].book, rows[0].block
    for level, text in item.p_values().items():
        printed = read_number(text, block.decimals.get("p"))
        line = book.line(block, item, level or "")
        key = key_of(**line._asdict(), group=DIFFERENCE, statistic="p_value")
        stated = item.test or block.test
        found = _of_line(rows, item, level) if level is not None else _of_levels(rows, item)
        if found is None:
            continue
        table, others, alike, thinned = found
        at_size = _at_size(rows, item, level) if level is not None else None
        name = " ".join(x for x in (item.term, level) if x) or "/".join(item.lines())
        yield Case(key, block.where, name, printed, table, stated, book.published.alpha,
                   others, alike, thinned, book.p_values, at_size,
                   level is not None and _alone(rows, level),
                   tuple(item.lines()) if level is None else ())  # fmt: skip


def stated_test(table: Table, stated: str) -> str:
    """Give the test that a stated rule chooses ("" if nothing was stated)."""
    if stated == "any":
        return ""
    return choose_test(table, stated).test if stated in ("paper", "fisher-extended") else stated


Tables = tuple[Table, tuple[tuple[str, Table], ...], tuple[Table, ...], bool]


def _of_levels(rows: list[Row], item: Counts) -> Tables | None:
    """Give the table of all levels; patients in none of them do not enter it as a level."""
    row, lines = rows[0], item.lines()
    book, block = row.book, row.block
    arms = book.arms(next(iter(lines.values())))
    if len(arms) < 2:
        return None
    counts = [[book.count(block, item, x, arm) if arm in lines[x] else None for arm in arms]
              for x in lines]  # fmt: skip
    if any(None in line for line in counts):
        return None
    table = np.array(counts)
    totals = [book.cell(block, item, next(iter(lines)), arm).total for arm in arms]
    others: tuple[tuple[str, Table], ...] = ()
    if None not in totals:
        rest = np.array(totals) - table.sum(axis=0)
        if (rest >= 0).all() and rest.any():
            says = "if the patients in none of these levels are a level of their own"
            others = ((says, np.vstack([table, rest])),)
    if len(table) < 2:
        return None
    return table, others, (), False


def _of_line(rows: list[Row], item: Counts, level: str) -> Tables | None:
    """Give the 2x2 table of one line against its rest, with every denominator that fits it."""
    lines = item.lines()
    row = next(r for r in rows if level in r.levels)
    arms = row.book.arms(lines[level])
    if len(arms) < 2:
        return None
    options = [_options(row, row.columns[arm], level) for arm in arms]
    if not all(options):
        return None
    thinned = math.prod(map(len, options)) > MOST_TABLES
    if thinned:
        each = max(2, int(MOST_TABLES ** (1 / len(arms))))
        options = [_thinned(cells, each) for cells in options]
    tables = [np.array([[x for x, _ in cells], [n - x for x, n in cells]])
              for cells in islice(product(*options), MOST_TABLES)]  # fmt: skip
    first, *rest = tables
    if (first < 0).any():
        return None
    others, alike = [], []
    for table in rest:
        told = [
            f"{n} of {row.columns[arm].size} in {arm}"
            for arm, n in zip(arms, table.sum(axis=0), strict=True)
            if n != row.columns[arm].size and row.columns[arm].whole
        ]  # fmt: skip
        if told:
            others.append((f"with {' and '.join(told)} recorded", table))
        else:
            alike.append(table)
    return first, tuple(others), tuple(alike), thinned


def _options(row: Row, column: Column, level: str) -> list[tuple[int, int]]:
    """List the (count, size) that a cell allows, the printed size first."""
    cell: Cell = column.cells[level]
    count = row.book.count(row.block, row.item, level, column.group)
    if not column.size:
        return []
    sizes = column.possible or [column.size]
    if cell.percent is None and len(column.cells) == 1:
        least = max(count or 0, math.ceil(column.size * SHARE_RECORDED))
        sizes = [column.size] if column.told else list(range(column.size, least - 1, -1))
    if count is not None:
        return [(count, size) for size in sizes if size >= count] or [(count, column.size)]
    if cell.percent is None:
        return []
    return [(x, size) for size in sizes for x in _near(cell.percent, size)]


def _alone(rows: list[Row], level: str) -> bool:
    """Tell whether a line is alone, its sizes not printed for it."""
    row = next(r for r in rows if level in r.levels)
    return len(row.levels) == 1 and not any(column.told for column in row.columns.values())


def _at_size(rows: list[Row], item: Counts, level: str) -> Table | None:
    """Give the table of a line with the printed sizes, if its percentages do not fit them all."""
    row = next(r for r in rows if level in r.levels)
    columns = [row.columns[arm] for arm in row.book.arms(item.lines()[level])]
    if all(column.whole for column in columns):
        return None
    counts = [row.book.count(row.block, item, level, column.group) for column in columns]
    if None in counts or not all(column.size for column in columns):
        return None
    table = np.array([counts, [c.size - x for c, x in zip(columns, counts, strict=True)]])
    return table if (table >= 0).all() else None


def _thinned(cells: list[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Keep the first of many, and some evenly between the extremes of its share."""
    if len(cells) <= most:
        return cells
    ordered = sorted(cells, key=lambda cell: (cell[0] / cell[1], cell[1]))
    places = np.linspace(0, len(ordered) - 1, most - 1).round().astype(int)
    return [cells[0], *(ordered[i] for i in places)]


def _near(percent: Printed, size: int) -> list[int]:
    """List the counts behind a percentage, the nearest first."""
    return sorted(counts_behind(percent, size), key=lambda x: abs(100 * x / size - percent.value))


# -- one P value ----------------------------------------------------------------------------


def fits_print(case: Case, table: Table) -> bool:
    """Tell whether the stated test (any usual one if none is stated) of a table gives the print."""
    found = usual(table)
    stated = stated_test(table, case.stated)
    if stated:
        return stated in found and case.printed.agrees(found[stated])
    return any(case.printed.agrees(p) for p in found.values())


def check(case: Case, every: list[Case]) -> Iterator[Finding]:
    """Compare one P value with its tables; `every`: all cases, to find whose P it is."""
    found = usual(case.table)
    stated = stated_test(case.table, case.stated)
    if not found or (stated and stated not in found and stated != "yates"):
        return
    stated = stated if stated in found else ""
    giving = [name for name, p in found.items() if case.printed.agrees(p)]
    if stated in giving or (giving and not stated):
        return
    if any(fits_print(case, table) for table in case.alike) or _between(case):
        return
    aim = stated or min(found, key=lambda name: case.printed.gap(found[name]))
    yield _finding(case, found, aim, giving, every)


def _between(case: Case) -> bool:
    """Tell whether, of very many tables that print allows, some between those tried may fit."""
    if not case.thinned:
        return False
    tried = [usual(table) for table in (case.table, *case.alike, *(t for _, t in case.others))]
    spans = [[found[name] for found in tried if name in found] for name in tried[0]]
    return any(case.printed.agrees(min(ps), max(ps)) for ps in spans)


def _finding(
    case: Case, found: dict[str, float], aim: str, giving: list[str], every: list[Case]
) -> Finding:
    printed, p = case.printed, found[aim]
    right = p_text(p, printed.decimals)
    says = f"P {with_sign(printed.text)} is printed; {NAMES[aim]} of the printed "
    says += f"counts gives {right}"
    rest = [f"{NAMES[name]} {p_text(q, printed.decimals)}" for name, q in found.items()
            if name != aim]  # fmt: skip
    severity, why, proof = _explained(case, found, aim, giving)
    if severity == "conflict" and _ranked(case, every):
        severity, proof = "fits only if", ""
        why = (
            "Other P values there are of the Wilcoxon test, and this one fits only if its levels "
            "were coded otherwise than they are printed."
        )
    other = whose(case, every) or printed_elsewhere(printed, case.key, case.where, case.printed_p)
    if severity == "conflict" and "printed there too" not in other:
        fewer = finer_levels(case.table, case.levels, printed) or _unrecorded(case)
        severity, why, proof = ("fits only if", fewer, "") if fewer else (severity, why, proof)
    if not giving and rest and severity in ("conflict", "unusual"):
        says += f" ({'; '.join(rest)})"
    says += f". {why}"
    return Finding(
        case.key, case.where, "P and counts", printed.text, right, says + other,
        _mend(case, aim, right, severity), severity, p, p, printed.gap(p), proof,
        subject=case.name,
    )  # fmt: skip


def _explained(
    case: Case, found: dict[str, float], aim: str, giving: list[str]
) -> tuple[Severity, str, str]:
    """Find what gives the print: the severity, a sentence, and the proof if nothing does."""
    printed = case.printed
    slip = _slipped(case, found, [aim] if giving else [aim, *found])
    if slip:
        return "rounding", slip, ""
    if giving:
        return "fits only if", f"{_sentence(NAMES[giving[0]])} gives the print.", ""
    why = _seldom(case) or _fewer(case) or _grouped(case) or _drawn(case, found) \
        or _stratified(case, found) or _simulated(case, found)  # fmt: skip
    if why:
        return "fits only if", why, ""
    p = found[aim]
    same_side = (p < case.alpha) == (printed.value < case.alpha)
    if printed.gap(p) < DRIFT and same_side and printed.relation == "=":
        return "unusual", (
            "No usual test gives the print; it is off in the last decimals, as a simulated P "
            "value or counts of another day would be."
        ), ""  # fmt: skip
    tried = len(found) + len(seldom(case.table))
    proof = (
        f"none of {tried} tests of these counts gives {printed.text}, nor with fewer recorded, "
        "nor with the levels grouped otherwise"
    )
    return "conflict", "No usual test gives the print.", proof


def _slipped(case: Case, found: dict[str, float], names: list[str]) -> str:
    """Say so if P of one of the tests prints so when it is not rounded but cut off or the like."""
    for name in names:
        kind = slip_of(case.printed, found[name]) if SURE < found[name] < 1 - SURE else ""
        if kind:
            how = f"{kind} instead of rounded" if kind == CUT else kind
            return f"{_sentence(NAMES[name])} gives the print if it was {how}."
    return ""


def _simulated(case: Case, found: dict[str, float]) -> str:
    """Say so if P of a large table is as near Fisher's as R's simulation of 2,000 tables is."""
    p = found.get("fisher", math.nan)
    if math.isnan(p) or case.stated not in ("any", "fisher") or len(without_nobody(case.table)) < 3:
        return ""
    error = 3 * math.sqrt(p * (1 - p) / SIMULATED)
    if not case.printed.agrees(max(p - error, 0.0), min(p + error, 1.0)):
        return ""
    return f"It fits only if Fisher's P, {p:.3f}, was simulated ({SIMULATED:,} tables)."


def _stratified(case: Case, found: dict[str, float]) -> str:
    """Say so if a P of outcomes is near Pearson's, as that of a stratified test would be."""
    p = found.get("chi-squared", math.nan)
    if case.stated != "any" or case.key.startswith("baseline") or len(case.table) != 2:
        return ""
    if math.isnan(p) or case.table.shape != (2, 2) or case.printed.relation != "=":
        return ""
    z = float(stats.norm.isf(p / 2))
    ends = [2 * float(stats.norm.sf(z * x)) for x in (STRATIFIED, 1 / STRATIFIED)]
    if not case.printed.agrees(*ends):
        return ""
    return "It fits only if P is of a stratified test (Cochran-Mantel-Haenszel) or adjusted."


def _seldom(case: Case) -> str:
    """Name a test seldom printed that gives the print."""
    for name, p in seldom(case.table).items():
        if case.printed.agrees(p):
            return f"{_sentence(SELDOM[name])} gives the print."
    return ""


def _fewer(case: Case) -> str:
    """Name a usual test that gives the print with fewer patients recorded."""
    all_ = [("of all patients, though the percentages are of fewer", case.at_size)] \
        if case.at_size is not None else []  # fmt: skip
    for how, table in (*all_, *case.others):
        name = _giving(case, table)
        if name:
            return f"{_sentence(NAMES[name])} gives the print {how}."
    return ""


def _unrecorded(case: Case) -> str:
    """Say how few recorded give the print of a single line whose percentages are of all.

    Programs leave out who was not recorded even where a table prints percentages of everybody.
    """
    nearest: dict[str, tuple[float, tuple[int, ...]]] = {}
    spans: dict[str, Span] = {}
    of_all = case.table if case.at_size is None else case.at_size
    for sizes in fewer_recorded(of_all) if case.single else ():
        table = np.array([of_all[0], np.array(sizes) - of_all[0]])
        every = usual(table) | seldom(table)
        stated = stated_test(table, case.stated)
        for name, p in every.items() if not stated else ((stated, every.get(stated, math.nan)),):
            nearest[name] = min(nearest.get(name, (math.inf, ())), (case.printed.gap(p), sizes))
            old = spans.get(name, Span(p, p))
            spans[name] = Span(min(old.low, p), max(old.high, p))
    for name, span in spans.items():
        gap, sizes = nearest[name]
        if case.printed.agrees(span.low, span.high):
            whole = of_all.sum(axis=0)
            told = " and ".join(f"{n} of {m}" for n, m in zip(sizes, whole, strict=True))
            return (
                f"{_sentence(NAMES.get(name) or SELDOM[name])} gives the print with "
                f"{'about ' if gap else ''}{told} recorded, though the percentages are of all."
            )
    return ""


def _giving(case: Case, table: Table, exact: bool = True) -> str:
    """Name a usual test of another table that gives the print."""
    found = usual(table, exact)
    stated = stated_test(table, case.stated) if exact else ""
    names = [stated] if stated in found else []
    return next((x for x in [*names, *found] if case.printed.agrees(found[x])), "")


def _grouped(case: Case) -> str:
    """Say which other grouping or order of the levels gives the print."""
    for how, table in rearranged(case.table):
        name = _giving(case, table, exact=table.shape == (2, 2))
        rare = "" if name else next((k for k, p in seldom(table).items() if case.printed.agrees(p)
                                     and table.shape == (2, 2)), "")  # fmt: skip
        if name or rare:
            return f"{_sentence(NAMES.get(name) or SELDOM[rare])} gives the print if {how}."
    if case.table.shape[1] == 2:
        for other in other_orders(case.table):
            table = without_nobody(other)
            for name, corrected in (("mann-whitney", False), ("wilcoxon-corrected", True)):
                if len(table) > 1 and case.printed.agrees(rank_sum(table, corrected)):
                    return (
                        f"{_sentence(NAMES[name])} gives the print if the levels are in another "
                        "order."
                    )
    return ""


def _drawn(case: Case, found: dict[str, float]) -> str:
    """Say so if Fisher's test, too large to be enumerated here, may give the print."""
    table = without_nobody(case.table)
    if "fisher" in found or min(table.shape) < 2:
        return ""
    draws = stats.random_table(table.sum(axis=1), table.sum(axis=0), seed=1).rvs(DRAWN)
    chance = stats.random_table(table.sum(axis=1), table.sum(axis=0))
    p = float((chance.logpmf(draws) <= chance.logpmf(table) + 1e-7).mean())
    error = 4 * math.sqrt(max(p * (1 - p), 1 / DRAWN) / DRAWN)
    if not case.printed.agrees(max(p - error, 0), min(p + error, 1)):
        return ""
    return f"Fisher's exact test of so large a table, P about {p:.3f} by simulation, may give it."


def _ranked(case: Case, every: list[Case]) -> bool:
    """Tell whether other P values of this table come from rank tests of levels and no other."""
    if len(without_nobody(case.table)) < 3:
        return False
    ranks = {"mann-whitney", "wilcoxon-corrected", "kruskal-wallis"}
    only = 0
    for other in every:
        if other.where == case.where and other.key != case.key and other.printed.decimals >= 3:
            found = usual(other.table) | seldom(other.table)
            giving = {name for name, p in found.items() if other.printed.agrees(p)}
            only += bool(giving) and giving <= ranks
    return only >= 2


def whose(case: Case, every: list[Case]) -> str:
    """Say where else in the paper a P value of three decimals or more belongs, if anywhere."""
    if case.printed.decimals < 3 or case.printed.relation != "=":
        return ""
    for other in every:
        alike = other.table.shape == case.table.shape and (other.table == case.table).all()
        if other.key == case.key or other.printed.relation != "=" or alike:
            continue
        same = (other.printed.value, other.printed.decimals) == (
            case.printed.value, case.printed.decimals)  # fmt: skip
        fits = [NAMES[name] for name, p in usual(other.table).items() if case.printed.agrees(p)]
        if fits or same:
            what = f"{other.name} ({other.where})"
            why = "is printed there too" if same else f"is {fits[0]} there"
            return f" {case.printed.text} is the P of {what}: it {why}." if fits else \
                f" {case.printed.text} is also the P printed for {what}."  # fmt: skip
    return ""


def _mend(case: Case, aim: str, right: str, severity: str) -> str:
    """Name the smallest change of one number: the P value, or one count."""
    mend = f"{right} instead of {case.printed.text}"
    if severity in ("rounding", "fits only if"):
        return mend
    rows, columns = case.table.shape
    if aim == "fisher" and case.table.shape != (2, 2):
        return mend
    places = list(product(range(1, MOST_MOVED + 1), range(columns), range(rows), range(rows)))
    for moved, column, source, target in places if rows <= 6 else ():
        changed = case.table.copy()
        changed[source, column] -= moved
        changed[target, column] += moved
        if source == target or changed[source, column] < 0:
            continue
        if case.printed.agrees(usual(changed, exact=aim == "fisher").get(aim, math.nan)):
            noun = "patient" if moved == 1 else "patients"
            return f"{mend}, or {moved} {noun} of one arm in another level"
    return mend


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]

"""Standardised mean differences against the counts, or the means and SDs, they stand beside.

Papers and packages divide by different spreads: the mean of both variances (tableone), the pooled
variance, that of one arm (MatchIt: the treated), or, after matching, that before it; some print
the plain difference of proportions (cobalt). Any of these may give the print.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ...stats.smd import smd_categorical
from .. import Published, key_of
from ..blocks import DIFFERENCE, NONE, OVERALL, Block, Counts, Summary, read_summary
from ..printed import Printed, read_number
from .counts import CountBook
from .findings import Finding, joined, span
from .recorded import fewer_recorded
from .slips import slip_of
from .summary_tests import size_of
from .variables import MISSING, rows_of_item
from .wald import Span

MOST_SIZES = 8  # sizes of an arm that are tried for one SMD


def standardised_differences(published: Published) -> Iterator[Finding]:
    """Check each printed SMD of two arms; those of weighted patients are left alone."""
    book = CountBook(published)
    for block in published.blocks:
        if block.weighted:
            continue
        found = [f for item in block.counts for f in _of_counts(book, block, item)]
        found += [f for item in block.summaries for f in _of_summary(published, block, item)]
        yield from joined(found, "standardised mean differences do not follow from the numbers")


def _of_counts(book: CountBook, block: Block, item: Counts) -> Iterator[Finding]:
    lines = item.lines()
    for level, text in item.smds().items():
        printed = read_number(text)
        arms = book.arms(lines[level] if level is not None else next(iter(lines.values())))
        if len(arms) != 2:
            continue
        counts = {x: [book.count(block, item, x, g) if g in lines[x] else None for g in arms]
                  for x in lines}  # fmt: skip
        spans: dict[str, Span] = {}
        printed_sizes, *rest = _sizes(book, block, item, arms, level)
        for totals in (printed_sizes, *rest):
            for how, value in _of_levels(book, block, item, counts, totals, arms, level).items():
                name = how if totals == printed_sizes else f"{how} of those recorded"
                old = spans.get(name, value)
                spans[name] = Span(min(old.low, value.low), max(old.high, value.high))
        if spans:
            name = " ".join(x for x in (item.term, level) if x) or "/".join(lines)
            line = book.line(block, item, level or "")
            key = key_of(**line._asdict(), group=DIFFERENCE, statistic="smd")
            fewer = _unrecorded(book, block, item, counts, arms, level)
            yield from _check(printed, spans, key, block.where, name, fewer)


def _unrecorded(
    book: CountBook, block: Block, item: Counts, counts: dict, arms: list[str], level: str | None
) -> Span | None:
    """Give the SMD over the mean variance of those recorded, if the percentages are of all."""
    row = next(r for r in rows_of_item(book, block, item) if level is None or level in r.levels)
    columns = [row.columns[g] for g in arms if g in row.columns]
    chosen = counts[level if level is not None else next(iter(counts))]
    if len(columns) != len(arms) or None in chosen or any(c.told or not c.size for c in columns):
        return None
    if len(row.levels) > 1:
        sizes = [tuple(column.least for column in columns)] if all(c.complete for c in columns) \
            else []  # fmt: skip
    else:
        events = np.array(chosen)
        rest = np.array([column.size for column in columns]) - events
        sizes = fewer_recorded(np.array([events, rest])) if (rest >= 0).all() else []
    found = [s for n in sizes if min(n) > 0 for s in _of_levels(
        book, block, item, counts, list(n), arms, level).values()]  # fmt: skip
    return Span(min(s.low for s in found), max(s.high for s in found)) if found else None


def _sizes(
    book: CountBook, block: Block, item: Counts, arms: list[str], level: str | None
) -> Iterator[list[int | None]]:
    """Give the sizes that an SMD may be of: as printed, then those of which the cells can be."""
    yield [book.cell(block, item, level or next(iter(item.lines())), g).total for g in arms]
    row = next(r for r in rows_of_item(book, block, item) if level is None or level in r.levels)
    columns = [row.columns[g] for g in arms if g in row.columns]
    if not any(cell.percent for column in columns for cell in column.cells.values()):
        return  # nothing tells of how many
    options = [column.possible for column in columns]
    if len(options) == len(arms) and all(options):
        for sizes in product(*(x[:MOST_SIZES] for x in options)):
            yield list(sizes)  # the printed ones may be among them, which changes nothing


def _of_levels(
    book: CountBook,
    block: Block,
    item: Counts,
    counts: dict,
    totals: list,
    arms: list[str],
    level: str | None,
) -> dict[str, Span]:
    """Give every usual SMD of one level, or of all levels together."""
    chosen = level if level is not None else next(iter(counts))
    if None in counts[chosen] or not all(totals):
        return {}
    if level is not None or len(counts) <= 2:
        shares = [c / n for c, n in zip(counts[chosen], totals, strict=True)]
        before = _shares_elsewhere(book, block, item, chosen, arms)
        return _of_shares(shares, totals, before)
    if any(None in row for row in counts.values()):
        return {}
    table = np.array(list(counts.values()))
    value = smd_categorical(table[:, 0], table[:, 1]).estimate
    if not table.sum(axis=0).all():
        return {}
    shares = table / table.sum(axis=0)
    known = np.array([row for name, row in counts.items() if not MISSING.fullmatch(name)])
    found = {}
    if 1 < len(known) < len(table) and known.sum(axis=0).all():
        less = smd_categorical(known[:, 0], known[:, 1]).estimate
        found = {"levels that are known": Span(less, less)}
    found |= of_numbered_levels(table)
    each = [s for row in shares for s in _of_shares(list(row), totals, []).values()]
    # MatchIt and cobalt print each level; some papers give the largest of them
    return {
        "all levels together": Span(value, value),
        **found,
        "its levels one by one": Span(max(s.low for s in each), max(s.high for s in each)),
    }


def of_numbered_levels(table: NDArray[np.int64]) -> dict[str, Span]:
    """Give the SMD of levels numbered 1, 2, 3, as programs make it of codes."""
    codes = np.arange(len(table), dtype=float)
    sizes = table.sum(axis=0)
    means = codes @ table / sizes
    own = (codes**2) @ table / sizes - means**2
    sample = own * sizes / np.maximum(sizes - 1, 1)
    spreads = {"one arm": own[0], "the other arm": own[1], "both arms": own.mean(),
               "one arm's sample": sample[0], "the other arm's sample": sample[1],
               "both samples": sample.mean()}  # fmt: skip
    gap = abs(means[0] - means[1])
    values = {name: gap / math.sqrt(v) for name, v in spreads.items() if v > 0}
    return {f"levels as numbers, by the variance of {k}": Span(v, v) for k, v in values.items()}


def _shares_elsewhere(
    book: CountBook, block: Block, item: Counts, level: str, arms: list[str]
) -> list[float]:
    """Give the shares of the same line in another population (before matching)."""
    own = book.line(block, item, level)
    for other in book.published.blocks:
        if other.population == own.population:
            continue
        for twin in other.counts:
            for x in twin.lines():
                line = book.line(other, twin, x)
                same = (line.term, line.level) == (own.term, own.level)
                if same and all(g in twin.lines()[x] for g in arms):
                    counts = [book.count(other, twin, x, g) for g in arms]
                    totals = [book.cell(other, twin, x, g).total for g in arms]
                    if None not in counts and None not in totals and min(totals) > 0:
                        return [c / n for c, n in zip(counts, totals, strict=True)]
    return []


def _of_shares(shares: list[float], totals: list[int], before: list[float]) -> dict[str, Span]:
    gap = abs(shares[0] - shares[1])
    own = [p * (1 - p) for p in shares]
    n = sum(totals)
    both = sum(p * m for p, m in zip(shares, totals, strict=True)) / n
    spreads = {
        "the mean variance": sum(own) / 2,
        "the pooled variance": sum(v * m for v, m in zip(own, totals, strict=True)) / n,
        "the variance of all": both * (1 - both),
        "the variance of one arm": own[0],
        "the variance of the other arm": own[1],
        **{
            f"the sample variance of {name}": v * n / (n - 1)
            for name, v, n in zip(("one arm", "the other arm"), own, totals, strict=True)
            if n > 1
        },
    }
    if before:
        old = [p * (1 - p) for p in before]
        spreads |= {"the mean variance before matching": sum(old) / 2,
                    "the variance of one arm before matching": old[0],
                    "the variance of the other arm before matching": old[1]}  # fmt: skip
    values = {k: gap / math.sqrt(v) for k, v in spreads.items() if v > 0}
    values["no spread (a plain difference)"] = gap
    return {name: Span(value, value) for name, value in values.items()}


def _of_summary(published: Published, block: Block, item: Summary) -> Iterator[Finding]:
    if item.smd in NONE or item.form != "mean (sd)":
        return
    groups = [g for g in item.groups if g != OVERALL]
    read = [read_summary(block, item, item.groups[g]) for g in groups]
    if len(groups) != 2 or any(len(r) < 2 or None in r[:2] for r in read):
        return
    sizes = [size_of(published, block, item, g) for g in groups]
    (m1, s1), (m2, s2) = ((r[0], r[1]) for r in read)
    far = max(abs(m1.low - m2.high), abs(m1.high - m2.low))
    near = max(0.0, m1.low - m2.high, m2.low - m1.high)
    weights = [1.0, 1.0] if None in sizes else [float(n) for n in sizes]
    spans = {}
    for name, (u, v) in {"the mean variance": (1.0, 1.0), "the pooled variance": tuple(weights),
                         "the SD of one arm": (1.0, 0.0),
                         "the SD of the other arm": (0.0, 1.0)}.items():  # fmt: skip
        ends = ((max(s1.low, 0), max(s2.low, 0)), (s1.high, s2.high))
        low, high = (math.sqrt((u * a**2 + v * b**2) / (u + v)) for a, b in ends)
        if low > 0:
            spans[name] = Span(near / high, far / low)
    for twin_sd in _spreads_elsewhere(published, block, item, groups):
        if twin_sd.low > 0:
            spans[f"an SD before matching ({twin_sd.text})"] = Span(
                near / twin_sd.high, far / twin_sd.low)  # fmt: skip
    key = key_of(**block.keys, term=item.term, group=DIFFERENCE, statistic="smd")
    if spans:
        yield from _check(read_number(item.smd), spans, key, block.where, item.term)


def _spreads_elsewhere(
    published: Published, block: Block, item: Summary, groups: list[str]
) -> list[Printed]:
    """Give the SDs of the same variable in another population."""
    found = []
    for other in published.blocks:
        for twin in other.summaries if other.population != block.population else ():
            if (twin.term, twin.form) == (item.term, item.form):
                read = [read_summary(other, twin, twin.groups[g]) for g in groups
                        if g in twin.groups]  # fmt: skip
                found += [r[1] for r in read if len(r) > 1 and r[1] is not None]
    return found


def _check(
    printed: Printed,
    spans: dict[str, Span],
    key: str,
    where: str,
    name: str,
    fewer: Span | None = None,
) -> Iterator[Finding]:
    """Compare an SMD, without its sign, with every usual one; fractions or per cent."""
    size = Printed(printed.text, abs(printed.value), printed.decimals, printed.relation)
    in_hundredths = Printed(size.text, size.value / 100, size.decimals + 2, size.relation)
    ways = (size, in_hundredths) if printed.decimals < 2 else (size,)
    if any(x.agrees(s.low, s.high) for s in spans.values() for x in ways):
        return
    first = next(iter(spans.values()))
    decimals = max(printed.decimals, 2)
    right = span(first.low, first.high, decimals)
    slip = next((k for k in (slip_of(size, s.low, s.high) for s in spans.values()) if k), "")
    unrecorded = fewer is not None and any(x.agrees(fewer.low, fewer.high) for x in ways)
    told = ", ".join(f"{span(s.low, s.high, decimals)} by {how}" for how, s in spans.items())
    yield Finding(
        key, where, "SMD", printed.text, right,
        f"A standardised mean difference of {printed.text} is printed; the numbers give {right}"
        + (f". It fits if it was {slip}." if slip else ". It fits only if it is of those recorded, "
           "and the percentages are of all." if unrecorded else "."),
        f"{right} instead of {printed.text}",
        "rounding" if slip else "fits only if" if unrecorded else "conflict",
        first.low, first.high, size.gap(first.low, first.high),
        "" if slip or unrecorded else f"the difference over any usual spread is {told}",
        subject=name,
    )  # fmt: skip

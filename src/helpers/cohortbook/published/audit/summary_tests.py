"""P values of continuous variables against the printed means and standard deviations."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from scipy import stats

from .. import Published, key_of
from ..blocks import DIFFERENCE, NONE, OVERALL, Block, Summary, read_summary
from ..printed import Printed, read_number
from .findings import Finding, listing, p_span, with_sign
from .slips import slip_of
from .wald import Span

Arm = tuple[Printed, Printed, int]  # mean, SD, patients


def p_from_means(published: Published) -> Iterator[Finding]:
    """Check P of two arms' means against Student's and Welch's t tests of what is printed.

    A paper may have used a rank test, so what neither gives is unusual at most.
    """
    for block in published.blocks:
        found = [
            finding
            for item in block.summaries if item.form == "mean (sd)" and item.p not in NONE
            for finding in _check(published, block, item)
        ]  # fmt: skip
        if len(found) > 1:
            yield _together(found)
        else:
            yield from found


def _together(found: list[Finding]) -> Finding:
    """Join the findings of one table: most likely one other test was used throughout."""
    first = found[0]
    return replace(
        first, printed=listing(f.printed for f in found), implied=listing(f.implied for f in found),
        message=" ".join(f"{f.subject}: {f.message}" for f in found), mend="", subject="",
        also=tuple(f.key for f in found[1:]),
    )  # fmt: skip


def size_of(published: Published, block: Block, item: Summary, group: str) -> int | None:
    """Give the patients in whom a variable was recorded, as far as print says."""
    text = item.sizes.get(group) or block.sizes.get(group)
    if text is not None:
        return int(text) or None  # of nobody, nothing follows
    known = block.population == "all" and group not in block.no_size
    return published.size(group) if known else None


def _check(published: Published, block: Block, item: Summary) -> Iterator[Finding]:
    arms = [_arm(published, block, item, g) for g in item.groups if g != OVERALL]
    if len(arms) != 2 or None in arms:
        return
    printed = read_number(item.p, block.decimals.get("p"))
    spans = {"Student's": student(*arms), "Welch's": welch(*arms)}
    if any(printed.agrees(s.low, s.high) or slip_of(printed, s.low, s.high)
           for s in spans.values()):  # fmt: skip
        return
    near = min(spans.values(), key=lambda s: printed.gap(s.low, s.high))
    decimals = max(printed.decimals, 2)
    told = " and ".join(f"{name} t test {p_span(s.low, s.high, decimals)}"
                        for name, s in spans.items())  # fmt: skip
    half = any(printed.agrees(s.low / 2, s.high / 2) for s in spans.values())
    why = "is one-sided" if half else "is of another test, as a rank test, or of fewer patients"
    key = key_of(**block.keys, term=item.term, group=DIFFERENCE, statistic="p_value")
    yield Finding(
        key, block.where, "P and means", printed.text,
        p_span(near.low, near.high, decimals),
        f"P {with_sign(printed.text)} is printed; the printed means and SDs give by {told}. It "
        f"fits only if it {why}.",
        f"{p_span(near.low, near.high, decimals)} instead of {printed.text}", "unusual",
        near.low, near.high, printed.gap(near.low, near.high), subject=item.term,
    )  # fmt: skip


def _arm(published: Published, block: Block, item: Summary, group: str) -> Arm | None:
    read = read_summary(block, item, item.groups[group])
    size = size_of(published, block, item, group)
    if len(read) < 2 or None in read[:2] or size is None or size < 2 or read[1].high <= 0:
        return None
    return read[0], read[1], size


def student(first: Arm, other: Arm) -> Span:
    """Give the range of Student's P over every mean and SD that print so."""
    (_, sd, n), (_, sd_other, n_other) = first, other
    df = n + n_other - 2
    errors = [
        math.sqrt(((n - 1) * a**2 + (n_other - 1) * b**2) / df * (1 / n + 1 / n_other))
        for a, b in ((sd.low, sd_other.low), (sd.high, sd_other.high))
    ]
    return _span(first, other, errors, [df, df])


def welch(first: Arm, other: Arm) -> Span:
    """Give the range of Welch's P over every mean and SD that print so (df at the printed SD)."""
    (_, sd, n), (_, sd_other, n_other) = first, other
    errors, dfs = [], []
    for a, b in ((sd.low, sd_other.low), (sd.high, sd_other.high)):
        u, v = max(a, 0) ** 2 / n, max(b, 0) ** 2 / n_other
        errors.append(math.sqrt(u + v))
        spread = u**2 / (n - 1) + v**2 / (n_other - 1)
        dfs.append((u + v) ** 2 / spread if spread > 0 else n + n_other - 2)
    return _span(first, other, errors, dfs)


def _span(first: Arm, other: Arm, errors: list[float], dfs: list[float]) -> Span:
    a, b = first[0], other[0]
    ends = sorted((abs(a.low - b.high), abs(a.high - b.low)))
    least = 0.0 if a.low <= b.high and b.low <= a.high else ends[0]
    small, large = max(min(errors), 1e-12), max(*errors, 1e-12)
    p = [2 * float(stats.t.sf(t, df)) for t in (ends[1] / small, least / large) for df in dfs]
    return Span(min(p[:2]), max(p[2:]))

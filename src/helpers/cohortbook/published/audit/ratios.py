"""Hazard ratios: the estimate against its interval, and the P value against both."""

from __future__ import annotations

from collections.abc import Iterator

from .. import Published
from ..blocks import DIFFERENCE, NONE, Block, Ratio, read_ratio
from ..printed import Printed, read_number
from .findings import Finding, span
from .p_from_counts import DRIFT
from .wald import Span, Wald


def ratios(published: Published) -> Iterator[Finding]:
    """Check each ratio against the geometric middle of its interval, and P against both.

    Holds for limits and P made by Wald's method (SPSS, R, SAS and Stata print these): on the
    log scale the estimate is the middle, and P follows from the width.
    """
    for block in published.blocks:
        for item in block.ratios:
            estimate, low, high = read_ratio(block, item)
            if estimate is None or low is None or high is None:
                continue
            wald = Wald(estimate, low, high, published.conf_level)
            p = read_number(item.p, block.decimals.get("p")) if item.p not in NONE else None
            yield from _check(wald, p, ratio_key(block, item), block.where, published.alpha)


def ratio_key(block: Block, item: Ratio) -> str:
    """Name a ratio as our own results do."""
    parts = [block.analysis, block.endpoint, block.population, item.term, item.level]
    return "/".join([part for part in parts if part] + [DIFFERENCE, "hr"])


def _check(wald: Wald, p: Printed | None, key: str, where: str, alpha: float) -> Iterator[Finding]:
    if not wald.possible:
        limits = f"{wald.low.text}–{wald.high.text}"
        yield Finding(
            key, where, "ratio and interval", wald.estimate.text, f"between {limits}",
            f"A ratio of {wald.estimate.text} is printed with the interval {limits}.",
            _mend_centre(wald, p),
        )  # fmt: skip
        return
    if not wald.usable:
        return
    if not wald.centred():
        yield _off_centre(wald, p, key, where)
    if p is not None and not p.agrees(wald.p_value().low, wald.p_value().high):
        yield _off_p(wald, p, f"{key}:p_value", where, alpha)


def _off_centre(wald: Wald, p: Printed | None, key: str, where: str) -> Finding:
    estimate, centre = wald.estimate, wald.centre()
    middle = span(centre.low, centre.high, estimate.decimals)
    return Finding(
        key, where, "ratio and interval", estimate.text, middle,
        f"The interval {wald.low.text}–{wald.high.text} has its geometric middle at {middle}; "
        f"a ratio of {estimate.text} is printed with it.",
        _mend_centre(wald, p),
        implied_low=centre.low, implied_high=centre.high,
        gap=estimate.gap(centre.low, centre.high),
    )  # fmt: skip


def _mend_centre(wald: Wald, p: Printed | None) -> str:
    """Name the one number whose change makes ratio and interval agree, and P if possible."""
    e, low, high = wald.estimate.value, wald.low.value, wald.high.value
    if min(e, low, high) <= 0:
        return ""
    options = [
        ("a ratio", wald.estimate, (low * high) ** 0.5),
        ("a lower limit", wald.low, e * e / high),
        ("an upper limit", wald.high, e * e / low),
    ]
    texts, whole = [], []
    for position, (name, printed, value) in enumerate(options):
        text = f"{name} of {printed.like(value)} instead of {printed.text}"
        texts.append(text)
        numbers = [wald.estimate, wald.low, wald.high]
        numbers[position] = read_number(printed.like(value), printed.decimals)
        changed = Wald(*numbers, wald.conf_level)
        if p is not None and changed.usable:
            implied = changed.p_value()
            if p.agrees(implied.low, implied.high):
                whole.append(text)
    rest = [text for text in texts[:1] if text not in whole]
    return " or ".join([text + " (which also agrees with P)" for text in whole] + rest)


def _off_p(wald: Wald, p: Printed, key: str, where: str, alpha: float) -> Finding:
    implied: Span = wald.p_value()
    right = span(implied.low, implied.high, p.decimals)
    source = "the ratio and its interval imply" if wald.centred() else "the interval implies"
    gap = p.gap(implied.low, implied.high)
    same_side = (implied.high < alpha) == (p.value < alpha) == (implied.low < alpha)
    return Finding(
        key, where, "P and interval", p.text, right,
        f"By Wald's test, {source} P of {right}; {p.text} is printed.",
        f"{span(implied.low, implied.low, p.decimals)} instead of {p.text}",
        "drift" if gap < DRIFT and same_side else "conflict", implied.low, implied.high, gap,
    )  # fmt: skip

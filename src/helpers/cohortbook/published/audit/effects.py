"""Crude effects of two arms, and limits of percentages, against the counts behind them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy import stats

from ...stats import proportions
from ...stats.odds import odds_ratio
from .. import Published, key_of
from ..blocks import DIFFERENCE, Block, Counts, line_key, read_limits
from ..printed import Printed, read_spread
from .counts import CountBook
from .effect_limits import (
    mid_p_odds,
    other_difference_limits,
    score_ratio_limits,
    wilson_corrected,
)
from .findings import Finding, span
from .slips import slip_of

NOUNS = {"or": "odds ratio", "rr": "risk ratio", "rd": "difference"}
Limits = dict[str, tuple[float, float]]
STRATIFIED = 0.15  # shift of a log ratio that strata or covariates may make without a word
NEAR = 1.5  # units of the last digit: limits so near to a usual method's are a matter of program


def effects(published: Published) -> Iterator[Finding]:
    """Check crude odds ratios, risk ratios and differences, and limits of percentages."""
    book = CountBook(published)
    for block in published.blocks:
        level = block.conf_level or published.conf_level
        for item in block.counts:
            yield from _limits_of_percent(book, block, item, level)
            for name, text in item.effects.items():
                yield from _effect(book, block, item, name, text, level)


# -- limits of one percentage ---------------------------------------------------------------


def _limits_of_percent(
    book: CountBook, block: Block, item: Counts, level: float
) -> Iterator[Finding]:
    for group, text in item.ci.items():
        cell = book.cell(block, item, "", group) if group in item.cells else None
        count = book.count(block, item, "", group) if cell else None
        if cell is None or count is None or not cell.total or count > cell.total:
            continue
        printed = read_limits(block, text)
        usual = percent_limits(count, cell.total, level)
        if _fits(printed, usual):
            continue
        others = {x: percent_limits(count, cell.total, x) for x in (0.9, 0.99, 0.95) if x != level}
        other = next((x for x, limits in others.items() if _fits(printed, limits)), None)
        yield _off_limits(block, item, group, printed, usual, count, cell.total, other)


def percent_limits(count: int, n: int, level: float) -> Limits:
    """Give the limits of a percentage by every usual method, in per cent."""
    p, z = count / n, float(stats.norm.isf((1 - level) / 2))
    half = z * math.sqrt(p * (1 - p) / n)
    exact = proportions.clopper_pearson(count, n, level)
    score = proportions.wilson(count, n, level)
    centre = (count + z**2 / 2) / (n + z**2)
    agresti = z * math.sqrt(centre * (1 - centre) / (n + z**2))
    tail = (1 - level) / 2
    beta = stats.beta(count + 0.5, n - count + 0.5)
    jeffreys = (0.0 if count == 0 else float(beta.ppf(tail)),
                1.0 if count == n else float(beta.isf(tail)))  # fmt: skip
    corrected = half + 0.5 / n
    found = {
        "Clopper and Pearson": (exact.conf_low, exact.conf_high),
        "Wilson": (score.conf_low, score.conf_high),
        "Wilson with correction": wilson_corrected(count, n, z),
        "Wald": (p - half, p + half),
        "Wald with correction": (p - corrected, p + corrected),
        "Agresti and Coull": (centre - agresti, centre + agresti),
        "Jeffreys": jeffreys,
    }
    if 0 < count < n:
        logit, spread = math.log(p / (1 - p)), z / math.sqrt(n * p * (1 - p))
        found["logit"] = tuple(1 / (1 + math.exp(-x)) for x in (logit - spread, logit + spread))
    cut = {f"{k}, cut": (max(a, 0.0), min(b, 1.0)) for k, (a, b) in found.items()}
    return {k: (100 * a, 100 * b) for k, (a, b) in (found | cut).items()}


def _fits(printed: list[Printed], usual: Limits) -> bool:
    return any(
        all(x.agrees(value) or slip_of(x, value) for x, value in zip(printed, pair, strict=True))
        for pair in usual.values()
    )


def _gap(printed: list[Printed], pair: tuple[float, float]) -> float:
    return max(x.gap(value) for x, value in zip(printed, pair, strict=True))


def _off_limits(
    block: Block, item: Counts, group: str, printed: list[Printed], usual: Limits, count: int,
    n: int, other: float | None,
) -> Finding:  # fmt: skip
    name, pair = min(usual.items(), key=lambda kv: _gap(printed, kv[1]))
    gap, decimals = _gap(printed, pair), printed[0].decimals
    right = " to ".join(f"{x:.{decimals}f}" for x in pair)
    keys = {**block.keys, **line_key(item, ""), "group": group, "statistic": "percent"}
    unit = 10.0**-decimals
    severity = "fits only if" if other else "unusual" if gap < NEAR * unit else "conflict"
    why = f" They fit only if the interval is one of {100 * other:g}%." if other else ""
    limits = "–".join(x.text for x in printed)
    told = "; ".join(f"{k} {a:.{decimals}f}–{b:.{decimals}f}" for k, (a, b) in usual.items()
                     if not k.endswith("cut"))  # fmt: skip
    return Finding(
        key_of("conf_low", **keys), block.where, "limits of a percentage", limits, right,
        f"Limits of {limits} are printed for {count} of {n}; {name.removesuffix(', cut')}'s method "
        f"gives {right}.{why}", f"{right} instead of {limits}", severity, pair[0], pair[1], gap,
        f"no usual method gives them: {told}" if severity == "conflict" else "",
        (key_of("conf_high", **keys),), f"{item.term}, {group}",
    )  # fmt: skip


# -- effects of two arms --------------------------------------------------------------------


def _effect(
    book: CountBook, block: Block, item: Counts, name: str, text: str, level: float
) -> Iterator[Finding]:
    arms = book.arms(item.cells)
    if len(arms) != 2:
        return
    counts = [book.count(block, item, "", arm) for arm in arms]
    totals = [book.cell(block, item, "", arm).total for arm in arms]
    if None in counts or not all(totals) or any(c > n for c, n in zip(counts, totals, strict=True)):
        return
    printed = read_spread(text, block.decimals.get("ratio") if name != "rd" else None)
    if printed[0] is None:  # "NR", a dash
        return
    table = np.array([counts, [n - c for c, n in zip(counts, totals, strict=True)]])
    estimates, limits = {"or": _odds, "rr": _risk, "rd": _difference}[name](table, level)
    keys = {**block.keys, "term": item.term, "group": DIFFERENCE, "statistic": name}
    if not any(math.isfinite(x) for x in estimates.values()):
        return
    estimate = printed[0]
    told = ", ".join(span(x, x, max(estimate.decimals, 2)) for x in estimates.values())
    if not any(estimate.agrees(x) for x in estimates.values()):
        slip = next((s for x in estimates.values() if (s := slip_of(estimate, x))), "")
        right = span(next(iter(estimates.values())), next(iter(estimates.values())),
                     estimate.decimals)  # fmt: skip
        near = (
            name != "rd"
            and estimate.value > 0
            and any(
                x > 0 and abs(math.log(estimate.value / x)) <= STRATIFIED
                for x in estimates.values()
            )
        )
        other = "it is stratified (Cochran-Mantel-Haenszel) or adjusted" if near else ""
        yield Finding(
            key_of(**keys), block.where, "effect and counts", estimate.text, right,
            f"The counts give {'an' if name == 'or' else 'a'} {NOUNS[name]} of {right}; "
            f"{estimate.text} is printed." + (f" It fits if it was {slip}." if slip else
                                              f" It fits only if {other}." if other else ""),
            f"{right} instead of {estimate.text}",
            "rounding" if slip else "fits only if" if other else "conflict",
            gap=min(estimate.gap(x) for x in estimates.values()),
            proof="" if slip or other else f"either way round, in any form, it is {told}",
            subject=item.term,
        )  # fmt: skip
        return
    own = [x for x in printed[1:3] if x is not None]
    if len(own) == 2 and not _fits(own, limits):
        yield _off_effect(block, item, keys, own, limits)


def _off_effect(
    block: Block, item: Counts, keys: dict[str, str], own: list[Printed], limits: Limits
) -> Finding:
    noun = NOUNS[keys["statistic"]]
    how, pair = min(limits.items(), key=lambda kv: _gap(own, kv[1]))
    gap, decimals = _gap(own, pair), own[0].decimals
    right = " to ".join(f"{x:.{decimals}f}" for x in pair)
    shown = "–".join(x.text for x in own)
    sure = gap > NEAR * 10.0**-decimals and gap > 0.05 * abs(pair[1] - pair[0])
    return Finding(
        key_of("conf_low", **keys), block.where, "effect and counts", shown, right,
        f"Limits of {shown} are printed for the {noun}; {how} gives {right}.",
        f"{right} instead of {shown}", "conflict" if sure else "unusual", pair[0], pair[1], gap,
        f"none of {len(limits)} usual methods is within {gap:.2g} of them" if sure else "",
        (key_of("conf_high", **keys),), item.term,
    )  # fmt: skip


def _odds(table: np.ndarray, level: float) -> tuple[dict[str, float], Limits]:
    """Give the odds ratio, either way round, with the limits of every usual method."""
    z = float(stats.norm.isf((1 - level) / 2))
    estimates: dict[str, float] = {}
    limits: Limits = {}
    for way, counts in (("", table), (" inverted", table[:, ::-1])):
        cells = counts.astype(float)
        added = cells + 0.5
        for name, (a, c), (b, d) in (("Woolf", cells[0], cells[1]),
                                     ("Haldane", added[0], added[1])):  # fmt: skip
            if min(a, b, c, d) <= 0:
                continue
            # interest in the second column, as in the second arm against the reference
            value = (c * b) / (a * d)
            half = z * math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
            estimates[name + way] = value
            limits[name + way] = (value * math.exp(-half), value * math.exp(half))
        exact = odds_ratio(counts[:, ::-1], level)
        estimates["conditional" + way] = exact.estimate
        limits["exact" + way] = (exact.conf_low, exact.conf_high)
        limits |= _profile(cells, z, way)
        if (median := mid_p_odds(counts[:, ::-1], level)) is not None:
            estimates["median-unbiased" + way], limits["mid-P" + way] = median
    return {k: v for k, v in estimates.items() if math.isfinite(v)}, limits


def _profile(cells: np.ndarray, z: float, way: str) -> Limits:
    """Give profile-likelihood limits of the odds ratio by bisection."""
    if (cells <= 0).any():
        return {}
    (a, c), (b, d) = cells  # columns are arms
    best = math.log(c * b / (a * d))

    def fall(log_ratio: float) -> float:
        return _deviance(a, b, c, d, log_ratio) - z**2

    ends = []
    for sign in (-1, 1):
        far = best + sign
        while fall(far) < 0 and abs(far - best) < 50:
            far += sign
        near = best
        for _ in range(60):
            middle = (near + far) / 2
            near, far = (middle, far) if fall(middle) < 0 else (near, middle)
        ends.append(math.exp((near + far) / 2))
    return {f"profile{way}": (ends[0], ends[1])}


def _deviance(a: float, b: float, c: float, d: float, log_ratio: float) -> float:
    """Give twice the fall of the log-likelihood with the log odds ratio held."""
    low, high = -40.0, 40.0
    for _ in range(80):
        middle = (low + high) / 2
        p, q = _expit(middle), _expit(middle + log_ratio)
        low, high = (middle, high) if (a + b) * p + (c + d) * q < a + c else (low, middle)
    p, q = _expit(low), _expit(low + log_ratio)
    own, other = a / (a + b), c / (c + d)
    full = a * math.log(own) + b * math.log1p(-own) + c * math.log(other) + d * math.log1p(-other)
    held = a * math.log(p) + b * math.log1p(-p) + c * math.log(q) + d * math.log1p(-q)
    return 2 * (full - held)


def _expit(x: float) -> float:
    return min(max(1 / (1 + math.exp(-x)), 1e-15), 1 - 1e-15)


def _risk(table: np.ndarray, level: float) -> tuple[dict[str, float], Limits]:
    """Give the risk ratio, either way round, with Katz's limits.

    Where an arm has no event, also with a half added to each cell, as programs of meta-analysis do.
    """
    estimates, limits = {}, {}
    totals = table.sum(axis=0)
    for way, (ref, arm) in (("", (0, 1)), (" inverted", (1, 0))):
        x, n, y, m = (int(v) for v in (table[0, arm], totals[arm], table[0, ref], totals[ref]))
        found = proportions.risk_ratio(x, n, y, m, level)
        if math.isfinite(found.estimate):
            estimates["ratio" + way] = found.estimate
        if math.isfinite(found.conf_low):
            limits["Katz" + way] = (found.conf_low, found.conf_high)
            limits["score" + way] = score_ratio_limits(x, n, y, m, level)
        if not x or not y:
            halves = (x + 0.5, n + 1, y + 0.5, m + 1)
            estimates["halves" + way], limits["halves" + way] = _katz(*halves, level)
    return estimates, limits


def _katz(x: float, n: float, y: float, m: float, level: float) -> tuple[float, tuple]:
    """Give a risk ratio and Katz's limits of counts that need not be whole."""
    ratio = (x / n) / (y / m)
    half = float(stats.norm.isf((1 - level) / 2)) * math.sqrt(1 / x - 1 / n + 1 / y - 1 / m)
    return ratio, (ratio * math.exp(-half), ratio * math.exp(half))


def _difference(table: np.ndarray, level: float) -> tuple[dict[str, float], Limits]:
    """Give the difference, either way round, in fractions and per cent, with usual limits."""
    estimates, limits = {}, {}
    totals = table.sum(axis=0)
    methods = {"Wald": proportions.wald, "Newcombe": proportions.newcombe,
               "Miettinen and Nurminen": proportions.miettinen_nurminen}  # fmt: skip
    for way, (ref, arm) in (("", (0, 1)), (" inverted", (1, 0))):
        cells = [int(v) for v in (table[0, arm], totals[arm], table[0, ref], totals[ref])]
        for name, method in methods.items():
            found = method(*cells, level)
            for unit, scale in (("", 1.0), (" in per cent", 100.0)):
                estimates[way + unit] = scale * found.estimate
                limits[name + way + unit] = (scale * found.conf_low, scale * found.conf_high)
        for name, (low, high) in other_difference_limits(*cells, level).items():
            limits[name + way] = (low, high)
            limits[name + way + " in per cent"] = (100 * low, 100 * high)
    return estimates, limits

"""Medians and hazard ratios against events and numbers at risk: what no data can give.

**Medians.** Let n patients be left after a time t, of N, and d of the others have had the event.
The curve has fallen by at most d / (n + d) at t, whatever the censoring, and by at least d / N (see
`curves`). A median at or before t needs a fall of one half: d >= n, and d is at most N - n and at
most the events in all. A median after t needs a fall below one half: with E events in all at least
E - n of them were by t, so that (E - n) / N is at most one half (R takes the middle of a stretch at
one half).

**Hazard ratios.** The score of a Cox model of two arms at log ratio b is U(b) = O - sum q, O the
events of the arm of interest, summed over all events, q = HR r1 / (HR r1 + r0) with r1 and r0 at
risk. It falls with b, and the estimate is where it is 0. Between two times at which the numbers at
risk are printed r1 and r0 lie between these, so that q lies between two numbers, and the events of
an arm are at most those who left it. If U is above 0 at the greatest ratio that prints so however
the events lie, the estimate is greater than print; if it is below 0 at the least, it is smaller.
Ties by Breslow's or Efron's way take q within the same bounds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from .. import Published, key_of
from ..printed import read_spread
from .curves import Curve, curves_of
from .findings import Finding
from .ratios import RatioRow, ratio_row

STRATIFIED = 1.15  # how far strata may bring a ratio from the bound
HALF, NEVER = 0.5, ("NR", "NE", "∞")
Curves = dict[tuple[str, str, str], Curve]


def follow_up(published: Published) -> Iterator[Finding]:
    """Check medians and crude hazard ratios against events and numbers at risk."""
    curves = curves_of(published)
    yield from _medians(published, curves)
    told: set[str] = set()
    for block in published.blocks:
        for item in block.ratios if block.analysis == "cox_univariable" else ():
            row = ratio_row(published, block, item)
            two = [arm for arm in published.groups if arm != item.level]
            if row is None or item.term != "arm" or len(two) != 1 or block.weighted:
                continue
            pair = [curves.get((block.endpoint, block.population, arm))
                    for arm in (two[0], item.level)]  # fmt: skip
            if None not in pair and row.key not in told:
                found = _ratio(row, *pair)
                told |= {row.key} if found else set()
                yield from [found] if found else []


# -- medians --------------------------------------------------------------------------------


def _medians(published: Published, curves: Curves) -> Iterator[Finding]:
    for block in published.blocks:
        for item in block.survival if not block.weighted else ():
            for group, text in item.median.items() if not item.contrast else ():
                curve = curves.get((item.endpoint, item.population, group))
                if curve is None or not curve.size:
                    continue
                key = key_of(**item.keys, group=group, statistic="median")
                first = read_spread(text, block.decimals.get("time"))[0]
                if first is None:
                    never = text.split("(")[0].strip() in NEVER
                    low, high = (math.inf, math.inf) if never else (0.0, math.inf)
                else:
                    low, high = first.low, first.high
                fault = _early(curve, high) or _late(curve, low)
                if fault:
                    implied, says, proof, also = fault
                    yield Finding(
                        key, block.where, "median and follow-up", text.split("(")[0].strip(),
                        implied,
                        f"A median of {text.split('(')[0].strip()} is printed in {group}; {says}.",
                        "", "conflict", proof=proof, subject=f"{item.endpoint}, {group}",
                        also=tuple(key_of(**item.keys, level=level, group=group, statistic=name)
                                   for name, level in also),
                    )  # fmt: skip


Fault = tuple[str, str, str, list[tuple[str, str]]]


def _early(curve: Curve, latest: float) -> Fault | None:
    """Say why the median cannot be so early: too many are left after it."""
    for at, (n, _) in curve.at_risk.items():
        most = min(x for x in (curve.size - n, curve.events) if x is not None)
        if at > latest and most < n:
            known = curve.events is not None and curve.events <= curve.size - n
            told = f"{curve.events} events in all" if known else f"{curve.size} patients"
            also = [("at_risk", f"{at:g}"), *([("events", "")] if known else [])]
            return (
                f"after {at:g}",
                f"with {n} at risk at {at:g} and {told} it is later",
                f"{n} of {curve.size} were left after it and at most {most} had the event: the "
                f"curve fell by at most {most}/({n} + {most}), less than one half",
                also,
            )
    return None


def _late(curve: Curve, earliest: float) -> Fault | None:
    """Say why the median cannot be so late: too many had the event before it."""
    if curve.events is None:
        return None
    ends = {**{at: n for at, (n, _) in curve.at_risk.items()}, math.inf: 0}
    for at, n in ends.items():
        before = curve.events - n
        if (at < earliest or at == earliest == math.inf) and before > HALF * curve.size:
            when = "" if at == math.inf else f" and {n} at risk at {at:g}"
            also = [("events", ""), *([("at_risk", f"{at:g}")] if at < math.inf else [])]
            return (
                "reached" if at == math.inf else f"before {at:g}",
                f"with {curve.events} events in all{when} it is earlier",
                f"at least {before} of {curve.size} had the event"
                + (f" by {at:g}" if at < math.inf else "")
                + f": the curve fell by at least {before}/{curve.size}, more than one half",
                also,
            )
    return None


# -- hazard ratios --------------------------------------------------------------------------


def _ratio(row: RatioRow, control: Curve, treated: Curve) -> Finding | None:
    """Check a crude hazard ratio of two arms (None: it can be so)."""
    if None in (control.events, treated.events) or not (control.size and treated.size):
        return None
    estimate = row.wald.estimate
    least = _score(max(estimate.low, 1e-9), control, treated)[1]
    most = _score(estimate.high, control, treated)[0]
    if most <= 0 <= least:
        return None
    greater = most > 0
    bound = _bound(control, treated, greater, estimate.high if greater else estimate.low)
    right = f"{'at least' if greater else 'at most'} {bound:.2f}"
    score = most if greater else least
    times = sorted({0.0, *control.at_risk} & {0.0, *treated.at_risk})
    own = {"analysis": "survival", "endpoint": row.block.endpoint,
           "population": row.block.population}  # fmt: skip
    groups = [*row.published.groups]
    also = [key_of(**own, group=g, statistic="events") for g in groups]
    also += [key_of(**own, level=f"{at:g}", group=g, statistic="at_risk")
             for at in times if at > 0 for g in groups]  # fmt: skip
    edge = estimate.high if greater else estimate.low
    near = max(bound / edge, edge / bound) < STRATIFIED
    direction = " It fits only if the model was stratified." if near else ""
    if (greater and estimate.high < 1 <= bound) or (not greater and estimate.low > 1 >= bound):
        direction = f" Not even the side of 1 can be so.{direction}"
    return Finding(
        row.key, row.block.where, "hazard ratio and follow-up", estimate.text, right,
        f"A hazard ratio of {estimate.text} is printed; with {control.events} and "
        f"{treated.events} events and the numbers at risk it is {right}, if the model is of the "
        f"arms alone.{direction}",
        "", "fits only if" if near else "conflict", proof="" if near else (
            f"the score at the printed ratio is {'at least' if greater else 'at most'} "
            f"{score:.2f}, however events and censoring lie between the times of the numbers at "
            "risk; it is 0 at the estimate"
        ), also=tuple(also), subject=row.name,
    )  # fmt: skip


def _bound(control: Curve, treated: Curve, greater: bool, start: float) -> float:
    """Give the least (or greatest) hazard ratio that the events allow, by bisection."""
    low, high = (start, 1e6) if greater else (1e-6, start)
    for _ in range(60):
        middle = math.sqrt(low * high)
        least, most = _score(middle, control, treated)
        if greater:
            low, high = (middle, high) if least > 0 else (low, middle)
        else:
            low, high = (low, middle) if most < 0 else (middle, high)
    return math.sqrt(low * high)


def _score(ratio: float, control: Curve, treated: Curve) -> tuple[float, float]:
    """Give the least and the greatest score of two arms at a hazard ratio."""
    times = sorted({0.0, *control.at_risk} & {0.0, *treated.at_risk})
    counts = [[curve.size if at == 0 else curve.at_risk[at][0] for at in times] + [0]
              for curve in (control, treated)]  # fmt: skip
    spans = []  # of each stretch: least and greatest q, and who left each arm
    for (r0, s0), (r1, s1) in zip(pairwise(counts[0]), pairwise(counts[1]), strict=True):
        low = ratio * s1 / (ratio * s1 + r0) if s1 or r0 else 0.0
        high = ratio * r1 / (ratio * r1 + s0) if r1 or s0 else 1.0
        spans.append((low, high, r0 - s0, r1 - s1))
    sums = []
    for end, sign in ((0, 1), (1, -1)):  # the least sum of q, then the greatest
        total = 0.0
        for events, arm in ((control.events, 2), (treated.events, 3)):
            left = events
            for span in sorted(spans, key=lambda span: sign * span[end]):
                here = min(left, max(span[arm], 0))
                total, left = total + here * span[end], left - here
            if left:
                return -math.inf, math.inf  # more events than patients: told elsewhere
        sums.append(total)
    return treated.events - sums[1], treated.events - sums[0]

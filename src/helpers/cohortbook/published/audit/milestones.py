"""Hazard ratios against medians and percentages at a time, and endpoints against each other."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

from .. import Published, key_of
from ..printed import Printed, read_spread
from .findings import Finding, span
from .ratios import ratio_row
from .wald import Span, Wald

FAR = 4.0  # standard errors between the printed ratio and the one that a milestone implies
Times = dict[tuple[str, str], dict[str, dict[str, tuple[Printed, str]]]]


def milestones(published: Published) -> Iterator[Finding]:
    """Check crude hazard ratios against what the curves imply, and PFS against OS.

    Under proportional hazards the log of the survival percentages have the hazard ratio as their
    ratio at every time. Hazards need not be proportional: what disagrees is unusual.
    """
    times = _times(published)
    yield from _progression(times)
    told: set[str] = set()
    for block in published.blocks:
        for item in block.ratios if block.analysis == "cox_univariable" else ():
            row = ratio_row(published, block, item)
            arms = list(published.groups)
            if row is None or item.term != "arm" or not row.wald.usable or len(arms) != 2:
                continue
            if item.level not in arms or row.key in told:
                continue
            other = next(arm for arm in arms if arm != item.level)
            for months, cells in times[block.endpoint, block.population].items():
                if item.level not in cells or other not in cells:
                    continue
                own, ref = cells[item.level][0], cells[other][0]
                implied = _by_medians(own, ref) if months == "medians" else _implied(own, ref)
                if implied is None or not _far(row.wald.log_span(), implied, row.wald):
                    continue
                told.add(row.key)
                right = "above 1" if implied.high > 1e8 else "below 1" if implied.low < 1e-8 \
                    else span(implied.low, implied.high, 2)  # fmt: skip
                shown = " and ".join(f"{cells[g][0].text} ({g})" for g in (item.level, other))
                yield Finding(
                    row.key, block.where, "hazard ratio and curve", row.wald.estimate.text,
                    right,
                    f"{months.capitalize()}: {shown}. Under proportional hazards the hazard ratio "
                    f"is {right}; {row.wald.estimate.text} is printed.", "", "unusual",
                    implied.low, implied.high,
                    row.wald.estimate.gap(implied.low, implied.high), subject=row.name,
                )  # fmt: skip


def _times(published: Published) -> Times:
    """Give what is printed of each curve: medians, and percentages with the event at a time."""
    out: Times = defaultdict(lambda: defaultdict(dict))
    for block in published.blocks:
        for item in block.survival:
            if item.contrast:
                continue
            place = out[item.endpoint, item.population]
            for group, text in item.median.items():
                read = read_spread(text, block.decimals.get("time"))[0]
                if read is not None:
                    place["medians"].setdefault(group, (read, block.where))
            for months, cells in item.event_percent.items():
                for group, text in cells.items():
                    read = read_spread(text, block.decimals.get("percent"))[0]
                    if read is not None and read.relation == "=":
                        place[f"at {months} months"].setdefault(group, (read, block.where))
    return out


def _by_medians(own: Printed, ref: Printed) -> Span | None:
    """Give the side of 1 on which the medians put the hazard ratio: only the side is sure."""
    if own.low > ref.high:
        return Span(1e-9, 1.0)
    return Span(1.0, 1e9) if own.high < ref.low else None


def _implied(own: Printed, ref: Printed) -> Span | None:
    """Give the hazard ratio that two percentages with the event imply."""
    logs = []
    for printed in (own, ref):
        low, high = max(printed.low, 0) / 100, min(printed.high, 99.9) / 100
        if low <= 0 or high >= 1:
            return None
        logs.append((-math.log1p(-low), -math.log1p(-high)))
    (a, b), (c, d) = logs
    return Span(a / d, b / c)


def _far(own: Span, implied: Span, wald: Wald) -> bool:
    """Tell whether two hazard ratios are far apart, for the error of the printed one."""
    error = wald.standard_error().high
    gap = max(math.log(implied.low) - own.high, own.low - math.log(implied.high), 0)
    # of a side of 1 the interval tells whether it is excluded
    most = wald.z if implied.high in (1.0, 1e9) else FAR
    return gap > most * error


def _progression(times: Times) -> Iterator[Finding]:
    """Check that those alive without progression are not more than those alive."""
    for (endpoint, population), places in times.items():
        if endpoint not in ("pfs", "dfs", "rfs", "efs"):
            continue
        for months, cells in places.items():
            longer = times.get(("os", population), {}).get(months, {})
            for group, (printed, where) in cells.items() if months != "medians" else ():
                if group in longer and printed.high < longer[group][0].low:
                    death = longer[group][0]
                    at = months.removeprefix("at ").removesuffix(" months")
                    key = key_of(analysis="survival", endpoint=endpoint, population=population,
                                 level=at, group=group, statistic="event_percent")  # fmt: skip
                    yield Finding(
                        key, where,
                        "median times", printed.text, f"at least {death.text}",
                        f"{printed.text} with {endpoint} event and {death.text} dead are printed "
                        f"{months} in {group}; who is dead has had the event. Censoring can bend "
                        "this a little.", "", "unusual", death.low, 100,
                        printed.gap(death.low, 100),
                    )  # fmt: skip

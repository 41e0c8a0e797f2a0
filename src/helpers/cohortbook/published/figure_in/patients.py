"""Patients whose Kaplan-Meier curve is the one that was read: times, events and censoring.

At a drop from S to S' of n at risk d had the event, with S' / S = 1 - d / n. Going from drop to
drop n is known but for the censored in between: at least one for each mark, more where marks lie
on one another. The fewest are taken that let every d be a whole number.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from .curve import Curve

MOST = 3000  # patients of a curve
TOLERANCE = 3.0  # times the precision of the file
TIED = 1e-4  # of the time shown: a mark so near a drop is at its time, and after the event


@dataclass(frozen=True)
class Patients:
    """Times and events behind one curve, and how far their curve is from the one read."""

    frame: pd.DataFrame  # time, event (1: had it)
    size: int
    gap: float
    hidden: int  # censored for whom no mark was seen


def patients_behind(curve: Curve, size: int | None = None) -> Patients | None:
    """Give the patients of a curve (None: no number of patients gives its drops).

    Parameters
    ----------
    curve : Curve
        As read.
    size : int, optional
        Patients; otherwise the first number at risk, or the least number that fits every drop.
    """
    known = size or (next(iter(curve.at_risk.values())) if curve.at_risk else None)
    sizes = [known] if known else range(len(curve.times) + len(curve.marks), MOST)
    best = None
    for n in sizes:
        found = _solved(curve, n, n if best is None else best.hidden)
        if found is not None and (best is None or found.hidden < best.hidden):
            best = found
        if best is not None and best.hidden == 0:
            break
    return best


def off_risk(curve: Curve, found: Patients) -> list[tuple[float, int, int]]:
    """Give the times at which the printed number at risk is not that of the patients.

    Programs count those whose time is the tick itself as at risk or not: either fits. Censored
    without a mark of their own may have left earlier or later.
    """
    time = found.frame["time"]
    return [
        (t, n, int((time >= t - 1e-3).sum())) for t, n in curve.at_risk.items()
        if not (time > t + 1e-3).sum() - found.hidden <= n
        <= (time >= t - 1e-3).sum() + found.hidden
    ]  # fmt: skip


def _solved(curve: Curve, size: int, most: int) -> Patients | None:
    """Go from drop to drop with so many patients, at most so many of them without a mark."""
    rows: list[tuple[float, int]] = []
    n, level, built, hidden, gap = size, 1.0, 1.0, 0, 0.0
    marks = sorted(curve.marks)
    last, tied = 0.0, TIED * max([*marks, *curve.times])
    for time, after in zip(curve.times, curve.survival, strict=True):
        seen = [m for m in marks if last - tied <= m < time - tied]
        n -= len(seen)
        slack = TOLERANCE * curve.precision
        tried = (
            _events(n - extra, built, after, slack)
            for extra in range(min(max(n, 1), most - hidden + 1))
        )
        step = next((found for found in tried if found is not None), None)
        if n < 1 or step is None:
            return None
        at_risk, events = step
        extra = n - at_risk
        hidden += extra
        rows += [(m, 0) for m in seen] + [((seen or [(last + time) / 2])[-1], 0)] * extra
        rows += [(time, 1)] * events
        built *= 1 - events / at_risk
        gap = max(gap, abs(built - after))
        n, level, last = at_risk - events, after, time
    rest = [m for m in marks if m >= last - tied]
    if n < len(rest) or (n and not rest and level <= 0):
        return None
    rows += [(m, 0) for m in rest]
    left = n - len(rest)
    rows += [(rest[-1] if rest else last, 0)] * left
    hidden += left if rest else 0
    frame = pd.DataFrame(rows, columns=["time", "event"])
    frame = frame.sort_values(["time", "event"], ascending=[True, False])
    return Patients(frame.reset_index(drop=True), size, gap, hidden)


def _events(n: int, before: float, after: float, slack: float) -> tuple[int, int] | None:
    """Give (at risk, events) if a whole number of events of n gives the drop."""
    if n < 1:
        return None
    events = round(n * (1 - after / before))
    if not 1 <= events <= n or abs(before * (1 - events / n) - after) > slack:
        return None
    return n, events

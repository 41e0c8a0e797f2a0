"""Forest plots: rows of intervals on a logarithmic axis between columns of text."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from ... import formats
from ..canvas import Canvas, clean, fit, width_cm
from ..style import INK, MUTED, RULE, SMALL

ROW = 0.40
FINER = tuple(m * 10.0**p for p in (-2, -1, 0, 1) for m in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8))
MARKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
WIDEST = (0.02, 50.0)  # intervals beyond are cut and end in an arrow


@dataclass(frozen=True)
class Interval:
    """One estimate with its limits at the height `y` (rows from the top)."""

    y: float
    estimate: float
    low: float
    high: float
    color: str = INK
    size: float = 4.5
    hollow: bool = False
    marker: str = "s"

    @property
    def drawn(self) -> bool:
        """Whether there is a positive, finite estimate."""
        return bool(np.isfinite(self.estimate)) and self.estimate > 0


def log_limits(intervals: list[Interval]) -> tuple[float, float]:
    """Choose the ends of a logarithmic axis that holds 1 and the intervals, within bounds."""
    values = [1.0]
    for one in intervals:
        if one.drawn:
            values += [v for v in (one.estimate, one.low, one.high) if np.isfinite(v) and v > 0]
    low = max(min(values), WIDEST[0])
    high = min(max(values), WIDEST[1])
    return min(low / 1.15, 0.7), max(high * 1.15, 1.4)


def log_axis(ax: Axes, limits: tuple[float, float], room: float) -> None:
    """Set a logarithmic axis with plain numbers, as many as have room."""
    ax.set_xscale("log")
    ax.set_xlim(*limits)
    inside = _marks(MARKS, limits)
    if len(inside) < 3:
        inside = _marks(FINER, limits)
    apart = room / max(math.log(limits[1] / limits[0]), 1e-9)
    kept: list[float] = []
    for mark in sorted(inside, key=lambda m: (m != 1, abs(math.log10(m)) % 1 > 1e-9, m)):
        label = width_cm(f"{mark:g}", SMALL)
        if all(abs(math.log(mark / k)) * apart > (label + width_cm(f"{k:g}", SMALL)) / 2 + 0.12
               for k in kept):
            kept.append(mark)
    kept.sort()
    ax.set_xticks(kept, [f"{mark:g}" for mark in kept])
    ax.xaxis.set_minor_locator(NullLocator())


def _marks(marks: tuple[float, ...], limits: tuple[float, float]) -> list[float]:
    return [mark for mark in marks if limits[0] <= mark <= limits[1]]


def draw_intervals(ax: Axes, intervals: list[Interval], limits: tuple[float, float]) -> None:
    """Draw estimates as marks and their limits as lines; a cut line ends in an arrowhead."""
    for one in intervals:
        if not one.drawn:
            continue
        low = one.low if np.isfinite(one.low) and one.low > 0 else one.estimate
        high = one.high if np.isfinite(one.high) else one.estimate
        left, right = max(low, limits[0]), min(high, limits[1])
        if left < right:
            ax.plot([left, right], [one.y, one.y], color=one.color, linewidth=1.0,
                    label="interval", solid_capstyle="butt", zorder=3)
        for cut, at, marker in ((low < limits[0], left, "<"), (high > limits[1], right, ">")):
            if cut:
                ax.plot(at, one.y, marker, color=one.color, markersize=4, markeredgewidth=0,
                        clip_on=False, label="cut", zorder=3)
        if limits[0] <= one.estimate <= limits[1]:
            ax.plot(
                one.estimate, one.y, one.marker, markersize=one.size, label="estimate", zorder=4,
                markerfacecolor="white" if one.hollow else one.color, markeredgecolor=one.color,
                markeredgewidth=0.8,
            )


def forest_axes(
    canvas: Canvas, left: float, top: float, width: float, rows: int, intervals: list[Interval],
    limits: tuple[float, float],
) -> Axes:
    """Add axes whose rows are `ROW` centimetres high, with the line of no effect."""
    ax = canvas.axes(left, top, width, rows * ROW)
    log_axis(ax, limits, width)
    ax.set_ylim(rows - 0.5, -0.5)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.axvline(1, color=MUTED, linewidth=0.7, zorder=1, label="no-effect")
    draw_intervals(ax, intervals, limits)
    return ax


def stripes(
    canvas: Canvas, top: float, groups: list[tuple[int, int]], width: float, row: float = ROW
) -> None:
    """Shade every second group of rows (first, last) so that the eye keeps the line."""
    for first, last in groups[::2]:
        canvas.box(0, top + first * row, width, (last - first + 1) * row, facecolor="#F4F4F4",
                   zorder=-5)


def column_head(canvas: Canvas, x: float, y: float, text: str, **kw) -> None:
    """Write the bold head of a column."""
    canvas.text(x, y, text, size=SMALL, weight="bold", **kw)


def rule(canvas: Canvas, y: float, **kw) -> None:
    """Draw a rule over the whole width."""
    canvas.line(0, y, canvas.width, y, **({"color": RULE, "linewidth": 0.6} | kw))


def hr_text(estimate: float, low: float, high: float) -> str:
    """Print a ratio with its limits; a ratio without limits says so."""
    if not np.isfinite(estimate):
        return formats.NOT_ESTIMABLE
    if not (np.isfinite(low) or np.isfinite(high)):
        return f"{formats.ratio(estimate)} (no limits)"
    return formats.ratio_interval(estimate, low, high)


def favours(canvas: Canvas, ax: Axes, left: float, width: float, y: float, arms: tuple) -> None:
    """Write under an axis which arm each side of 1 favours, with arrows."""
    low, high = ax.get_xlim()
    one = left + width * math.log(1 / low) / math.log(high / low)
    size, gap = SMALL, 0.12
    for sign, label in zip((-1, 1), arms, strict=True):
        words = "Favours " + clean(label)
        room = max(one - left if sign < 0 else left + width - one, width / 2) + 2.0
        shown = fit(words, room - gap - 0.3, size)
        arrow = "← " if sign < 0 else " →"
        shown = arrow + shown if sign < 0 else shown + arrow
        canvas.text(one + sign * gap, y, shown, size=size, ha="right" if sign < 0 else "left",
                    label="favours")

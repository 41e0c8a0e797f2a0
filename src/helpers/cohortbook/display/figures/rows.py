"""Forest plots: rows of intervals on a logarithmic axis between columns of text."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from ... import formats
from ...study.study import Study
from ..drawing.canvas import Canvas, height_cm, width_cm
from ..drawing.style import INK, MUTED, RULE, SMALL

ROW = 0.40
# marks of a decade, and of how many decades one has them: from the finest series to the coarsest
SERIES = (
    ((1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8), 1),
    ((1, 1.5, 2, 3, 4, 6), 1),
    ((1, 2, 5), 1),
    ((1, 3), 1),
    ((1,), 1),
    ((1,), 2),
    ((1,), 3),
    ((1,), 6),
    ((1,), 12),
)
MOST_MARKS = 10
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
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
    """Set a logarithmic axis across with plain numbers."""
    ax.set_xscale("log")
    ax.set_xlim(*limits)
    kept = log_marks(limits, room)
    ax.set_xticks(kept, [mark_label(mark) for mark in kept])
    ax.xaxis.set_minor_locator(NullLocator())


def mark_label(mark: float) -> str:
    """Print a mark of a logarithmic axis; far from 1 as a power of ten."""
    power = round(math.log10(mark))
    if abs(power) <= 3 or not math.isclose(mark, 10.0**power):
        return f"{mark:g}"
    return "10" + str(power).translate(RAISED)


def log_marks(limits: tuple[float, float], room: float, upright: bool = False) -> list[float]:
    """Give the marks of a logarithmic axis: the finest regular series whose labels have room.

    `room` is the length of the axis in centimetres; `upright` is an axis whose labels stand one
    above the other. 1 is a mark wherever it is within the limits.
    """
    apart = room / max(math.log(limits[1] / limits[0]), 1e-9)
    for steps, every in SERIES:
        marks = _marks(steps, every, limits)
        if _fits(marks, apart, upright):
            return marks
    return [1.0]


def _marks(steps: tuple[float, ...], every: int, limits: tuple[float, float]) -> list[float]:
    low, high = (math.floor(math.log10(end)) for end in limits)
    powers = [p for p in range(low, high + 1) if p % every == 0]
    marks = (float(f"{step * 10.0**p:.3g}") for p in powers for step in steps)
    return [mark for mark in marks if limits[0] <= mark <= limits[1]]


def _fits(marks: list[float], apart: float, upright: bool) -> bool:
    """Say whether all labels stand clear of one another, `apart` centimetres a unit of log."""
    sizes = [height_cm(SMALL) if upright else width_cm(mark_label(mark), SMALL) for mark in marks]
    return len(marks) <= MOST_MARKS and all(
        math.log(marks[i + 1] / marks[i]) * apart > (sizes[i] + sizes[i + 1]) / 2 + 0.12
        for i in range(len(marks) - 1)
    )


def draw_estimate(ax: Axes, one: Interval) -> None:
    """Draw an estimate as its mark."""
    ax.plot(
        one.estimate,
        one.y,
        one.marker,
        markersize=one.size,
        label="estimate",
        zorder=4,
        markerfacecolor="white" if one.hollow else one.color,
        markeredgecolor=one.color,
        markeredgewidth=0.8,
    )


def draw_key(
    canvas: Canvas, x: float, entries: Iterable[tuple[str, str, str, str]], size: float, edge: float
) -> None:
    """Name marks in one line from `x` (cm): marker, its face, its edge, and what it means."""
    for marker, face, line, text in entries:
        canvas.points(
            [x + 0.1],
            [0.27],
            marker=marker,
            markersize=size,
            markerfacecolor=face,
            markeredgecolor=line,
            markeredgewidth=edge,
            linestyle="none",
        )
        canvas.text(x + 0.3, 0.27, text, size=SMALL)
        x += 0.3 + width_cm(text, SMALL) + 0.5


def draw_intervals(ax: Axes, intervals: list[Interval], limits: tuple[float, float]) -> None:
    """Draw estimates as marks and their limits as lines; a cut line ends in an arrowhead."""
    for one in intervals:
        if not one.drawn:
            continue
        low = one.low if np.isfinite(one.low) and one.low > 0 else one.estimate
        high = one.high if np.isfinite(one.high) else one.estimate
        left, right = max(low, limits[0]), min(high, limits[1])
        if left < right:
            ax.plot(
                [left, right],
                [one.y, one.y],
                color=one.color,
                linewidth=1.0,
                label="interval",
                solid_capstyle="butt",
                zorder=3,
            )
        for cut, at, marker in ((low < limits[0], left, "<"), (high > limits[1], right, ">")):
            if cut:
                ax.plot(
                    at,
                    one.y,
                    marker,
                    color=one.color,
                    markersize=4,
                    markeredgewidth=0,
                    clip_on=False,
                    label="cut",
                    zorder=3,
                )
        if limits[0] <= one.estimate <= limits[1]:
            draw_estimate(ax, one)


def forest_axes(
    canvas: Canvas,
    left: float,
    top: float,
    width: float,
    rows: int,
    intervals: list[Interval],
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
        canvas.box(
            0, top + first * row, width, (last - first + 1) * row, facecolor="#F4F4F4", zorder=-5
        )


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


def favours(
    canvas: Canvas,
    ax: Axes,
    left: float,
    width: float,
    y: float,
    study: Study,
    beyond: float = 2.4,
) -> None:
    """Write under an axis which arm each side of 1 favours, with arrows.

    Arms that are no treatments, as halves of a biomarker, favour nobody: their hazard is lower.
    `beyond` are the centimetres that the words may take on each side of the axis.
    """
    low, high = ax.get_xlim()
    one = left + width * math.log(1 / low) / math.log(high / low)
    size, gap = SMALL, 0.12
    told = "Favours " if study.compares_treatments else "Lower hazard: "
    for sign, arm in zip((-1, 1), (study.comparison_arm, study.reference), strict=True):
        room = max(one - left if sign < 0 else left + width - one, width / 2) + beyond
        shown = canvas.fit(arm.label, room - gap - 0.3, size, lead=told)
        arrow = "← " if sign < 0 else " →"
        shown = arrow + shown if sign < 0 else shown + arrow
        canvas.text(
            one + sign * gap,
            y,
            shown,
            size=size,
            ha="right" if sign < 0 else "left",
            label="favours",
        )

"""Estimates one below the other with their limits and their text, on a plain or a log axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ... import formats
from ...results import mark_of, pick
from ...study.study import Study
from ..drawing.canvas import Canvas, clean, labelled, width_cm
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, INK, MUTED, SMALL, Arms
from ..statistic_names import line_name
from ..words import capital
from .rows import ROW, Interval, column_head, draw_intervals, log_axis, log_limits, rule, stripes

HEAD, FOOT = 0.55, 0.95
LIMITS = ["estimate", "conf_low", "conf_high"]


@dataclass(frozen=True)
class Axis:
    """What is on the axis of estimates.

    Attributes
    ----------
    title : str
        Under the axis, with its unit.
    head : str
        Over the text of the estimates; the level of the limits is added where there are any.
    printed : function
        Gives a number as text.
    none : float or None
        Where there is no effect: a line.
    log : bool
        A logarithmic axis, for ratios.
    spread : str
        What the lines are, where they are no confidence intervals.
    """

    title: str
    head: str
    printed: Callable[[float], str] = lambda value: formats.number(value, 1)
    none: float | None = None
    log: bool = False
    spread: str = ""


RATIO = Axis("Hazard ratio", "HR", formats.ratio, 1.0, log=True)
PERCENT = Axis("Patients (%)", "%")


def estimates_figure(
    results: pd.DataFrame,
    study: Study,
    axis: Axis,
    caption: str,
    words: Mapping[str, str] | None = None,
    **keys: object,
) -> Figure:
    """Draw one row an estimate.

    Parameters
    ----------
    results : DataFrame
        Tidy (`results.COLUMNS`).
    study : Study
    axis : Axis
    caption : str
        Markdown.
    words : mapping, optional
        Names of terms, levels and groups that are no names of the study.
    **keys
        Which rows are drawn: `statistic="hr"`.
    """
    part = pick(results, **keys).reset_index(drop=True)
    labels = [capital(line_name(row, study, part, words)) for _, row in part.iterrows()]
    texts = [mark_of(row) or _text(row, axis) for _, row in part.iterrows()]
    conf = axis.spread or formats.conf_label(study.statistics.conf_level)
    head = f"{axis.head} ({conf})" if part["conf_low"].notna().any() else axis.head
    text = max(width_cm(told, SMALL) for told in [*texts, head]) + 0.3
    label = max((width_cm(told, SMALL) for told in labels), default=2.0) + 0.4
    label = min(label, DOUBLE_CM - text - 5.0)
    n = max(len(part), 1)
    canvas = Canvas(DOUBLE_CM, HEAD + n * ROW + FOOT, study)
    stripes(canvas, HEAD, [(place, place) for place in range(len(part))], DOUBLE_CM)
    column_head(canvas, DOUBLE_CM - text / 2, HEAD - 0.28, head, ha="center")
    for place, (name, told) in enumerate(zip(labels, texts, strict=True)):
        y = HEAD + (place + 0.5) * ROW
        canvas.text(0.1, y, canvas.fit(name, label - 0.2, SMALL), size=SMALL, label="label")
        canvas.text(DOUBLE_CM - text / 2, y, told, size=SMALL, ha="center", label="estimate")
    room = DOUBLE_CM - label - text - 0.2
    intervals = _intervals(part, study)
    ax = canvas.axes(label + 0.1, HEAD, room, n * ROW)
    _scale(ax, axis, intervals, room)
    ax.set_ylim(n - 0.5, -0.5)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.patch.set_visible(False)
    labelled(ax, axis.title)
    if part.empty:
        y = HEAD + ROW / 2
        canvas.text(label + room / 2, y, "Nothing to draw", color=MUTED, ha="center")
    rule(canvas, HEAD - 0.02, color=INK)
    return Figure.of(canvas, caption, _alt(axis, labels, texts), part)


def _text(row: pd.Series, axis: Axis) -> str:
    estimate, low, high = row[LIMITS].astype(float)
    if not np.isfinite(estimate):
        return formats.NOT_ESTIMABLE
    told = axis.printed(estimate)
    if np.isfinite(low) or np.isfinite(high):
        told += f" ({axis.printed(low)} to {axis.printed(high)})"
    return told


def _intervals(part: pd.DataFrame, study: Study) -> list[Interval]:
    arms = Arms.of(study)
    codes = set(study.arm_codes) if study.compares else set()
    return [
        Interval(
            place,
            *row[LIMITS].astype(float),
            color=arms.color(row["group"]) if row["group"] in codes else INK,
        )
        for place, row in part.iterrows()
    ]


def _scale(ax: Axes, axis: Axis, intervals: list[Interval], room: float) -> None:
    """Set the axis, draw the line of no effect, and the estimates."""
    if axis.none is not None:
        ax.axvline(axis.none, color=MUTED, linewidth=0.7, zorder=1, label="no-effect")
    if axis.log:
        limits = log_limits(intervals)
        log_axis(ax, limits, room)
        draw_intervals(ax, intervals, limits)
        return
    values = [v for one in intervals for v in (one.estimate, one.low, one.high) if math.isfinite(v)]
    least, most = min([*values, axis.none or 0.0]), max([*values, axis.none or 0.0])
    edge = 0.04 * (most - least or 1.0)
    ax.set_xlim(least - edge, most + edge)
    for one in intervals:
        if not math.isfinite(one.estimate):
            continue
        if math.isfinite(one.low) and math.isfinite(one.high):
            ax.plot([one.low, one.high], [one.y] * 2, color=one.color, linewidth=1.0, zorder=3,
                    label="interval")  # fmt: skip
        ax.plot(one.estimate, one.y, one.marker, color=one.color, markersize=one.size, zorder=4,
                label="estimate")  # fmt: skip


def _alt(axis: Axis, labels: list[str], texts: list[str]) -> str:
    told = [f"{clean(label)} {text}" for label, text in zip(labels, texts, strict=True)]
    return f"{axis.title}, one row an estimate. {'; '.join(told) or 'None drawn'}."

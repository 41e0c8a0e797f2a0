"""Figures of a sweep: a small survival panel for each point, and the treatment effect of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from ... import formats
from ...results import pick
from ...study.study import Study
from ..drawing.canvas import Canvas, axes_text, height_cm, width_cm
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, INK, MUTED, SMALL, Arms
from ..words import exposures
from .rows import ROW, Interval, column_head, favours, forest_axes, hr_text, log_limits, stripes

ACROSS = 3
WIDE, HIGH, TITLE, BELOW, LEFT = 4.7, 2.6, 0.85, 0.75, 0.9
HEAD, FOOT = 0.7, 1.35


def small_multiples_figure(
    curves: Mapping[str, pd.DataFrame],
    results: Mapping[str, pd.DataFrame],
    study: Study,
    places: Sequence[tuple[int, int]] | None = None,
) -> Figure:
    """Draw the Kaplan-Meier curves of each point, all on the same axes.

    Parameters
    ----------
    curves : mapping
        Label of each point to its curves by arm, from `analysis.survival.curves`.
    results : mapping
        The same labels to tidy results, analysis "survival".
    study : Study
        Labels and colours.
    places : sequence of (int, int), optional
        Row and column (below `ACROSS`) of each point; side by side in their order if not given.

    Returns
    -------
    Figure
        Its data are the curves of all points, with a column `point`.
    """
    places = places or [divmod(number, ACROSS) for number in range(len(curves))]
    rows = 1 + max(row for row, _ in places)
    step = TITLE + HIGH + BELOW
    canvas = Canvas(DOUBLE_CM, rows * step + height_cm(SMALL) + 0.2, study)
    canvas.know(*curves)
    longest = max(float(part["time"].max()) for part in curves.values())
    arms = Arms.of(study)
    for (row, column), (label, part) in zip(places, curves.items(), strict=True):
        left, top = LEFT + column * (WIDE + LEFT), row * step
        lines = canvas.labels.wrap(label, WIDE, SMALL, bold=True)
        for number, line in enumerate(reversed(lines)):
            canvas.text(
                left,
                top + TITLE - 0.2 - number * height_cm(SMALL),
                line,
                size=SMALL,
                weight="bold",
                label="point",
            )
        ax = canvas.axes(left, top + TITLE, WIDE, HIGH)
        _panel(ax, part, arms, longest)
        _effect(ax, results[label])
    _legend(canvas, study, arms, rows * step + 0.1)
    data = pd.concat([part.assign(point=label) for label, part in curves.items()])
    return Figure.of(
        canvas,
        "Kaplan-Meier curves of each point of the sweep, on the same axes (months, percent).",
        f"Small survival panels of {len(curves)} points.",
        data.reset_index(drop=True),
    )


def _panel(ax: Axes, part: pd.DataFrame, arms: Arms, longest: float) -> None:
    for code in arms.codes:
        own = part[part["group"] == code]
        ax.plot(
            own["time"],
            100 * own["survival"],
            drawstyle="steps-post",
            linewidth=1.0,
            color=arms.color(code),
            linestyle=arms.dashes(code),
            label="curve",
        )
    ax.set_xlim(0, longest)
    ax.set_ylim(0, 103)
    ax.set_yticks([0, 50, 100])
    ax.locator_params(axis="x", nbins=4)


def _effect(ax: Axes, results: pd.DataFrame) -> None:
    found = pick(results, statistic="hr")
    text = formats.ratio(found.iloc[0]["estimate"]) if len(found) else formats.NOT_ESTIMABLE
    counts = pick(results, statistic="median", group="overall").iloc[0]
    told = f"{counts['n_events']:.0f} events / {counts['n']:.0f}"
    for y, line in ((0.98, f"HR {text}"), (0.83, told)):
        axes_text(ax, 0.98, y, line, transform=ax.transAxes, ha="right", va="top", label="hr")


def _legend(canvas: Canvas, study: Study, arms: Arms, y: float) -> None:
    x = LEFT
    for code in arms.codes:
        canvas.line(
            x,
            y + 0.1,
            x + 0.6,
            y + 0.1,
            color=arms.color(code),
            linewidth=1.2,
            linestyle=arms.dashes(code),
        )
        label = canvas.fit(study.arm_label(code), 6.5, SMALL)
        canvas.text(x + 0.75, y + 0.1, label, size=SMALL, color=arms.color(code), label="arm")
        x += 0.75 + width_cm(label, SMALL) + 0.7
    canvas.text(
        DOUBLE_CM - 0.2,
        y + 0.1,
        "Months; survival in per cent",
        size=SMALL,
        ha="right",
        color=MUTED,
    )


def sweep_forest_figure(results: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw the hazard ratio of treatment of each point, with its limits.

    Parameters
    ----------
    results : mapping
        Label of each point to tidy results, analysis "survival", statistic "hr".
    study : Study
    """
    found = {label: pick(part, statistic="hr").iloc[0] for label, part in results.items()}
    wide = min(max(width_cm(label, SMALL) for label in found) + 0.4, 6.5)
    text, counts = 3.6, 1.9
    plot = DOUBLE_CM - wide - counts - text - 0.4
    canvas = Canvas(DOUBLE_CM, HEAD + len(found) * ROW + FOOT, study)
    canvas.know(*found)
    stripes(canvas, HEAD, [(i, i) for i in range(len(found))], DOUBLE_CM)
    conf = formats.conf_label(study.statistics.conf_level)
    column_head(canvas, 0.1, 0.4, "Point")
    column_head(canvas, wide + counts / 2, 0.4, "Events / n", ha="center")
    column_head(canvas, DOUBLE_CM - text / 2, 0.4, f"HR ({conf})", ha="center")
    intervals = []
    for place, (label, hr) in enumerate(found.items()):
        y = HEAD + (place + 0.5) * ROW
        limits = hr[["estimate", "conf_low", "conf_high"]].astype(float)
        canvas.text(0.1, y, canvas.fit(label, wide - 0.2, SMALL), size=SMALL, label="point")
        canvas.text(
            wide + counts / 2, y, f"{hr['n_events']:.0f} / {hr['n']:.0f}", size=SMALL, ha="center"
        )
        canvas.text(DOUBLE_CM - text / 2, y, hr_text(*limits), size=SMALL, ha="center")
        intervals.append(Interval(place, *limits, color=INK))
    left = wide + counts + 0.2
    ax = forest_axes(canvas, left, HEAD, plot, len(found), intervals, log_limits(intervals))
    ax.patch.set_visible(False)
    y = HEAD + len(found) * ROW
    canvas.text(left + plot / 2, y + 0.72, "Hazard ratio", size=SMALL, ha="center", color=MUTED)
    favours(canvas, ax, left, plot, y + 1.1, study)
    data = pd.DataFrame([{"point": label, **hr.to_dict()} for label, hr in found.items()])
    return Figure.of(
        canvas,
        f"The {exposures(study)} hazard ratio with its {conf} at each point of the sweep.",
        f"Forest plot of {len(found)} points.",
        data,
    )

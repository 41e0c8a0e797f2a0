"""Kaplan-Meier figure: one to four lettered panels, each with its own table of numbers at risk."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from ...study.study import Study
from ..drawing.canvas import Canvas, axes_text, clean, height_cm, labelled, width_cm
from ..drawing.figure import Figure
from ..drawing.place import Box, Steps, beside, corner
from ..drawing.style import DOUBLE_CM, INK, MUTED, POINT, RULE, SMALL, Arms
from ..words import capital, everybody
from .km_panel import (
    AIR,
    BELOW,
    EDGE,
    GUTTER,
    LINE,
    OVERALL,
    RIGHT,
    TITLE,
    Drawn,
    Other,
    Panel,
    printed,
)
from .km_words import alt_text, caption, comparison, median_text
from .thin import marks, thinned

CLEAR = 0.12  # between the comparison and the curves, cm
RIM = [withStroke(linewidth=2.0, foreground="white")]  # keeps words apart from bands and lines
LETTERS = "ABCDEFGH"


def km_figure(
    panels: list[dict[str, Any]],
    study: Study,
    *,
    medians: bool = True,
    bands: bool = True,
    other: Other | None = None,
) -> Figure:
    """Draw Kaplan-Meier curves with the extended table of the KMunicate study.

    Parameters
    ----------
    panels : list of dict
        One to eight panels, each with the keys `curves` (columns endpoint, population, group,
        time, survival, conf_low, conf_high, n_risk, n_event, n_censor; times in months, survival
        as a proportion), `risk` (endpoint, population, group, time, n_risk, n_censored, n_events;
        the latter two cumulative, and a row for those there are), `results` (tidy results,
        analysis "survival"), `endpoint`, `population`, `by_arm` and `title`; for other curves also
        `axis` (what is drawn, for the upright axis) and `told` (lines of the corner).
    study : Study
        Labels, colours, confidence level.
    other : Other, optional
        Words for curves of another kind.
    medians : bool
        Draw a fine line from one half to each median that was reached.
    bands : bool
        Draw confidence bands.

    Returns
    -------
    Figure
        Its data are the curves of all panels, with a column `panel`.
    """
    laid = _lay_out([Panel(**_given(panel)) for panel in panels])
    canvas = Canvas(DOUBLE_CM, max(p.top + p.height for p in laid), study)
    # figures of other endpoints stand beside this one: what is shortened differs from theirs too
    for endpoint in study.endpoints.values():
        canvas.know(endpoint.label, endpoint.share, endpoint.short)
    for panel in laid:
        canvas.know(panel.title, _share(panel, study))
    drawn = Drawn()
    for panel in laid:
        _draw(canvas, panel, study, medians, bands, drawn)
    return Figure.of(
        canvas,
        caption(laid, study, drawn, other),
        " ".join(alt_text(p, study, other) for p in laid),
        _data(laid),
    )


def _given(panel: dict[str, Any]) -> dict[str, Any]:
    keys = {"population": "all", "by_arm": True, "title": ""} | panel
    for name in ("curves", "risk"):
        part = keys[name]
        if len(part):
            keys[name] = part[(part["group"] == OVERALL) != bool(keys["by_arm"])]
    curves = keys["curves"]
    if len(curves):
        longest = float(curves["time"].max())
        groups = [part for _, part in curves.groupby("group", sort=False)]
        keys["curves"] = pd.concat([thinned(part, longest) for part in groups], ignore_index=True)
    return keys


def _data(panels: list[Panel]) -> pd.DataFrame:
    parts = [p.curves.assign(panel=p.letter or "A") for p in panels if len(p.curves)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _lay_out(panels: list[Panel]) -> list[Panel]:
    """Place panels in one column if there is one, otherwise in two, row by row."""
    many, gap = len(panels) > 1, 0.5
    top = 0.0
    for start in range(0, len(panels), 2 if many else 1):
        row = panels[start : start + (2 if many else 1)]
        for place, panel in enumerate(row):
            panel.letter = LETTERS[start + place] if many else ""
            panel.width = (DOUBLE_CM - EDGE - gap) / 2 if many else DOUBLE_CM - EDGE
            panel.plot = 5.0 if many else 7.2
            panel.left, panel.top = EDGE + place * (panel.width + gap), top
        top += max(panel.height for panel in row) + gap
    return panels


def _draw(
    canvas: Canvas, panel: Panel, study: Study, medians: bool, bands: bool, drawn: Drawn
) -> None:
    canvas.panel_title(panel.left, panel.top + 0.25, panel.letter, panel.title, panel.width)
    wide = panel.width - GUTTER - RIGHT
    ax = canvas.axes(panel.left + GUTTER, panel.top + TITLE, wide, panel.plot)
    endpoint = study.endpoints.get(panel.endpoint)
    name = _share(panel, study)
    y_label = (
        name
        if width_cm(clean(name) + " (%)") <= panel.plot or not endpoint or panel.axis
        else endpoint.short
    )
    labelled(ax, "Time (months)", canvas.fit(y_label, panel.plot + 0.4, tail=" (%)"))
    _scale(ax, panel)
    if not panel.groups:
        axes_text(ax, 0.5, 0.5, "No patients to follow", transform=ax.transAxes, ha="center")
        return
    arms = Arms.of(study)
    for group in panel.groups:
        _curve(ax, panel.of(group), arms, group, bands)
    drawn.bands |= bands and bool((panel.curves["conf_high"] > panel.curves["conf_low"]).any())
    drawn.ticks |= bool((panel.curves["n_censor"] > 0).any())
    lines = _median_lines(ax, panel, arms) if medians else []
    drawn.medians |= bool(lines)
    _label(canvas, ax, panel, study, arms, lines, wide)
    _table(canvas, panel, study, arms, wide)


def _share(panel: Panel, study: Study) -> str:
    """Give what the curve shows, for its axis."""
    endpoint = study.endpoints.get(panel.endpoint)
    return panel.axis or (endpoint.share if endpoint else panel.endpoint)


def _scale(ax: Axes, panel: Panel) -> None:
    longest = float(panel.curves["time"].max()) if len(panel.curves) else 0.0
    ticks = panel.ticks
    ax.set_xlim(0, max(ticks[-1], longest, 1e-9))
    ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
    ax.set_ylim(0, 103)
    ax.set_yticks(range(0, 101, 20))
    ax.spines["left"].set_bounds(0, 100)


def _curve(ax: Axes, curve: pd.DataFrame, arms: Arms, group: str, bands: bool) -> None:
    color = arms.color(group)
    if bands:
        ax.fill_between(
            curve["time"],
            100 * curve["conf_low"],
            100 * curve["conf_high"],
            step="post",
            color=color,
            alpha=0.13,
            linewidth=0,
            label=f"band-{_key(arms, group)}",
        )
    ax.plot(
        curve["time"],
        100 * curve["survival"],
        drawstyle="steps-post",
        color=color,
        linewidth=arms.width(group),
        label=f"curve-{_key(arms, group)}",
        clip_on=False,
        zorder=3,
        solid_joinstyle="miter",
        solid_capstyle="butt",
    )
    censored = marks(curve, ax.get_xlim()[1])
    ax.plot(
        censored["time"],
        100 * censored["survival"],
        "|",
        color=color,
        markersize=4.5,
        markeredgewidth=0.8,
        label=f"censored-{_key(arms, group)}",
        clip_on=False,
        zorder=4,
    )


def _key(arms: Arms, group: str) -> str:
    """Name a group without text from the study file."""
    return str(arms.codes.index(group)) if group in arms.codes else OVERALL


def _median_lines(ax: Axes, panel: Panel, arms: Arms) -> list[float]:
    reached = {}
    for group in panel.groups:
        found = panel.found("median", group)
        if found is not None and np.isfinite(found["estimate"]):
            reached[group] = float(found["estimate"])
    style = {"color": MUTED, "linewidth": 0.6, "linestyle": (0, (2, 2)), "zorder": 2}
    if reached:
        ax.plot([0, max(reached.values())], [50, 50], label="half", **style)
    for group, time in reached.items():
        ax.plot([time, time], [0, 50], label=f"median-{_key(arms, group)}", **style)
    return list(reached.values())


def _label(
    canvas: Canvas,
    ax: Axes,
    panel: Panel,
    study: Study,
    arms: Arms,
    medians: list[float],
    wide: float,
) -> None:
    """Write the comparison in a free corner, and the arms beside their curves where there is room.

    Places are sought in centimetres of the plot. Without room the table's headings, which carry a
    sample of each line, are the legend.
    """
    right, upper = ax.get_xlim()[1], ax.get_ylim()[1]
    plot = Box(0.1, 0.05, wide - 0.1, panel.plot - 0.05)

    def steps(curve: pd.DataFrame, column: str) -> Steps:
        y = 100 * curve[column].ffill() * panel.plot / upper
        last = curve["time"].iloc[-1]
        return Steps([*curve["time"] * wide / right, last * wide / right], [*y, y.iloc[-1]])

    lines = {group: steps(panel.of(group), "survival") for group in panel.groups}
    edges = [steps(panel.of(g), c) for g in panel.groups for c in ("conf_low", "conf_high")]
    drops = [Box(m * wide / right - 0.02, 0, 0.04, 50 * panel.plot / upper) for m in medians]
    taken = list(drops)
    text = comparison(panel, study)
    if text:
        text, box = _roomiest(text, plot, [*lines.values()], edges, taken)
        taken.append(box)
        _write(ax, text, box, (wide, panel.plot))
    if panel.by_arm:
        _name_curves(canvas, ax, lines, arms, plot, taken, (wide, panel.plot))


def _roomiest(
    text: list[str], plot: Box, lines: list[Steps], edges: list[Steps], drops: list[Box]
) -> tuple[list[str], Box]:
    """Find the place that is freest, for the text as it is or with its limits on a line of their
    own: clear of curves, bands and medians; of curves and medians; of curves; at last without air.

    The last resort is the corner of a survival plot that is emptiest most often.
    """
    narrow = [part for line in text for part in line.replace(" (", "\n(").split("\n")]
    ways = (
        ([*lines, *edges], drops, CLEAR),
        (lines, drops, CLEAR),
        (lines, [], CLEAR),
        (lines, [], 0.0),
    )
    for keep_off, taken, margin in ways:
        for words in (text, narrow):
            box = corner(*_size(words), plot, keep_off, taken, margin)
            if box is not None:
                return words, box
    return text, Box(plot.left + 0.1, 0.1, *_size(text))


def _size(text: list[str]) -> tuple[float, float]:
    return max(width_cm(line, SMALL) for line in text), len(text) * height_cm(SMALL)


def _write(ax: Axes, text: list[str], box: Box, size: tuple[float, float]) -> None:
    """Write lines of text, the first on top, flush with the nearer side of the plot."""
    to_right = box.left + box.width / 2 > size[0] / 2
    for i, line in enumerate(text):
        y = box.top - (i + 0.5) * height_cm(SMALL)
        axes_text(
            ax,
            (box.right if to_right else box.left) / size[0],
            y / size[1],
            line,
            transform=ax.transAxes,
            va="center",
            ha="right" if to_right else "left",
            label="comparison",
            zorder=6,
            path_effects=RIM,
        )


def _name_curves(
    canvas: Canvas,
    ax: Axes,
    lines: dict[str, Steps],
    arms: Arms,
    plot: Box,
    taken: list[Box],
    size: tuple[float, float],
) -> None:
    for group, own in lines.items():
        label = canvas.labels.form(arms.labels[group], 0.6 * plot.width, POINT, bold=True)
        others = [line for name, line in lines.items() if name != group]
        shape = (width_cm(label, POINT, bold=True), height_cm(POINT))
        box = beside(*shape, own, others, plot, taken) or beside(
            *shape, own, others, plot, taken, clear=0.12
        )
        if box is None:
            continue
        canvas.labels.keep(arms.labels[group], label)
        taken.append(box)
        axes_text(
            ax,
            box.left / size[0],
            (box.bottom + box.height / 2) / size[1],
            label,
            size=POINT,
            transform=ax.transAxes,
            va="center",
            color=arms.color(group),
            weight="bold",
            label="name",
            zorder=6,
            path_effects=RIM,
        )


def _table(canvas: Canvas, panel: Panel, study: Study, arms: Arms, wide: float) -> None:
    """Write at risk, censored and events under the ticks, a block for each group."""
    y = panel.top + TITLE + panel.plot + BELOW + LINE / 2
    right = max(panel.ticks[-1], float(panel.curves["time"].max()), 1e-9)
    for group in panel.groups:
        y += AIR
        _heading(canvas, panel, study, arms, group, y)
        rows = panel.risk[panel.risk["group"] == group].set_index("time")
        for column, label in panel.rows.items():
            y += LINE
            color = arms.color(group)
            canvas.text(panel.left, y, label, size=SMALL, color=color, label="row-label")
            for tick in panel.ticks:
                if tick in rows.index:
                    number = printed(rows.loc[tick, column], study)
                    edge = panel.left + panel.width - width_cm(number, SMALL) / 2
                    x = min(panel.left + GUTTER + wide * tick / right, edge)
                    canvas.text(
                        x, y, number, size=SMALL, ha="center", label=f"{column}-{_key(arms, group)}"
                    )
        y += LINE


def _heading(canvas: Canvas, panel: Panel, study: Study, arms: Arms, group: str, y: float) -> None:
    """Write a group's name with a sample of its line, and its median."""
    color, sample = arms.color(group), 0.55
    canvas.line(panel.left, y, panel.left + sample, y, color=color, linewidth=arms.width(group))
    label = arms.labels.get(group, capital(everybody(study)))
    median = clean(median_text(panel, group, study))
    start, gap = panel.left + sample + 0.12, 0.22
    room = panel.left + panel.width - start
    side = gap + width_cm(median, SMALL) if median else 0.0
    shown = canvas.fit(label, max(room - side, 1.0), SMALL, bold=True)
    canvas.text(start, y, shown, size=SMALL, color=color, weight="bold", label="heading")
    if median:
        after = start + width_cm(shown, SMALL, bold=True) + gap
        canvas.text(after, y, median, size=SMALL, color=INK, label="median")
    canvas.line(
        panel.left,
        y - LINE / 2 - 0.04,
        panel.left + panel.width,
        y - LINE / 2 - 0.04,
        color=RULE,
        linewidth=0.4,
    )

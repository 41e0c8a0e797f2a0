"""Spider plot: lesion size and marker of every patient over time, arms apart."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ... import formats
from ...formats import markdown as md
from ...study.study import Study
from ..drawing.canvas import Canvas, clean, labelled, width_cm
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, FAINT, INK, MUTED, SMALL, Arms
from ..drawing.ticks import log_ticks
from ..words import capital
from . import thin

SIZE, MARKER = "size", "marker"
TITLE, PLOT, BELOW, GUTTER, GAP, RIGHT = 0.6, 5.0, 1.15, 1.6, 0.3, 0.3
TALLEST = 150.0  # growth beyond is cut, with a mark at the edge
LETTERS = "ABCDEFGHIJKLMNOP"  # of eight arms, two measures
DIAMOND = {
    "marker": "D",
    "markersize": 3,
    "markerfacecolor": "white",
    "markeredgecolor": INK,
    "markeredgewidth": 0.6,
}


def spider_figure(table: pd.DataFrame, study: Study) -> Figure:
    """Draw the course of target lesions, and of the marker if there is one.

    Parameters
    ----------
    table : DataFrame
        From `analysis.lesions.course`: columns number, arm, measure ("size", "marker"), kind
        ("measurement", "procedure"), time (months), value, change (percent from baseline).
    study : Study

    Returns
    -------
    Figure
        Upper panels: change of size in percent; lower panels: the marker on a logarithmic axis.
        Of very many patients 400 of each arm and measure are drawn. The data are what is drawn.
    """
    everyone, table = table, _drawn(table)
    arms = Arms.of(study)
    measures = [m for m in (SIZE, MARKER) if (table["measure"] == m).any()]
    columns = min(max(len(arms.codes), 2), 3)
    lines = math.ceil(len(arms.codes) / columns)  # of one measure
    rows = max(len(measures), 1) * lines
    canvas = Canvas(DOUBLE_CM, rows * (TITLE + PLOT + BELOW) - 0.1, study)
    if not measures:
        canvas.text(DOUBLE_CM / 2, 3, "No serial measurements", color=MUTED, ha="center")
    canvas.know(capital(procedure_name(study)), *(_axis_name(m, study) for m in measures))
    longest = max(float(table["time"].max()) if len(table) else 1.0, 1.0)
    wide = (DOUBLE_CM - columns * GUTTER - RIGHT - (columns - 1) * GAP) / columns
    for line, measure in enumerate(measures):
        part = table[table["measure"] == measure]
        for place, code in enumerate(arms.codes):
            left = GUTTER + place % columns * (wide + GUTTER + GAP)
            top = (line * lines + place // columns) * (TITLE + PLOT + BELOW)
            mine = part[part["arm"] == code]
            letter = LETTERS[len(arms.codes) * line + place]
            key = 0.0
            if (mine["kind"] == "procedure").any():
                key = _key(canvas, left + wide, top + 0.25, procedure_name(study))
            canvas.panel_title(
                left - GUTTER + 0.05,
                top + 0.25,
                letter,
                arms.labels[code],
                wide + GUTTER - key - 0.2,
                left + wide + RIGHT,
                f" ({_count(mine, everyone)})",
            )
            ax = canvas.axes(left, top + TITLE, wide, PLOT)
            _lines(ax, mine, measure, arms.color(code))
            _scale(ax, part, measure, study, longest)
            canvas.y_label(left - GUTTER + 0.2, top + TITLE, PLOT, _axis_name(measure, study))
    return Figure.of(canvas, _caption(table, everyone, study), _alt(everyone, study), table)


def _drawn(table: pd.DataFrame) -> pd.DataFrame:
    """Give the courses that are drawn: of very many those evenly spaced by their last value."""
    shown = table["change"].where(table["measure"] == SIZE, table["value"])
    seen = table.assign(shown=shown)[table["kind"] == "measurement"]
    last = seen.groupby(["measure", "arm", "number"], sort=False, observed=True)["shown"].last()
    if not (last.groupby(["measure", "arm"], observed=True).size() > thin.MOST_LINES).any():
        return table
    last = last.reset_index().sort_values(["shown", "number"])
    kept = pd.concat(
        thin.evenly(part, thin.MOST_LINES)
        for _, part in last.groupby(["measure", "arm"], observed=True)
    )
    return table.merge(kept[["measure", "number"]], on=["measure", "number"])


def _count(mine: pd.DataFrame, everyone: pd.DataFrame) -> str:
    """Say of how many patients the lines of a panel are."""
    drawn = mine["number"].nunique()
    if not drawn:
        return "n = 0"
    same = (everyone["measure"] == mine["measure"].iloc[0]) & (
        everyone["arm"] == mine["arm"].iloc[0]
    )
    there = everyone.loc[same, "number"].nunique()
    return f"n = {drawn}" if drawn == there else f"{drawn} of {there:,}"


def _key(canvas: Canvas, right: float, y: float, name: str) -> float:
    """Say at the right end of a panel's title what its diamonds are; give the room it takes."""
    name = canvas.fit(capital(name), 3.0, SMALL)
    canvas.text(right, y, name, size=SMALL, ha="right", label="key")
    canvas.points([right - width_cm(name, SMALL) - 0.15], [y], linestyle="none", **DIAMOND)
    return width_cm(name, SMALL) + 0.3


def _lines(ax: Axes, part: pd.DataFrame, measure: str, color: str) -> None:
    patients = part["number"].nunique()
    alpha = 0.75 if patients <= 40 else 0.4 if patients <= 150 else 0.25
    measured = part[part["kind"] == "measurement"].sort_values("time", kind="stable")
    for _, seen in measured.groupby("number", sort=True):
        y = seen["change"] if measure == SIZE else seen["value"].where(seen["value"] > 0)
        ax.plot(
            seen["time"],
            y,
            color=color,
            linewidth=0.8,
            alpha=alpha,
            label="patient",
            zorder=3,
            marker="o",
            markersize=1.8,
            markeredgewidth=0,
        )
    marks = part[part["kind"] == "procedure"]
    y = marks["change"] if measure == SIZE else marks["value"].where(marks["value"] > 0)
    ax.plot(marks["time"], y, linestyle="none", label="procedure", zorder=5, **DIAMOND)


def _axis_name(measure: str, study: Study) -> str:
    if measure == SIZE:
        return "Change of target lesions (%)"
    return study.measurements.marker_label if study.measurements else "Marker"


def _scale(ax: Axes, part: pd.DataFrame, measure: str, study: Study, longest: float) -> None:
    ax.set_xlim(0, longest * 1.03)
    step = next(s for s in (1, 2, 3, 6, 12, 24, 60, 120, 1e9) if longest / s <= 8)
    ticks = np.arange(0, longest * 1.03, step)
    ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
    labelled(ax, "Time (months)")
    if measure == SIZE:
        _percent_axis(ax, part, study)
    else:
        log_ticks(ax, part["value"])
    ax.grid(axis="y", color=FAINT, linewidth=0.6)
    ax.set_axisbelow(True)


def _percent_axis(ax: Axes, part: pd.DataFrame, study: Study) -> None:
    highest = float(part["change"].max()) if part["change"].notna().any() else 0.0
    top = next((t for t in (40, 60, 80, 100) if highest <= t - 4), TALLEST)
    ax.set_ylim(-104, top + 4)
    step = 50 if top == TALLEST else 20
    ticks = [t for t in range(-100, int(top) + 1, step)]
    ax.set_yticks(ticks, [formats.number(t, 0) for t in ticks])
    ax.axhline(0, color=MUTED, linewidth=0.6, zorder=1)
    if study.response:
        for limit in (study.response.shrinkage, study.response.growth):
            ax.axhline(
                limit, color=MUTED, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1, label="limit"
            )
    beyond = part[part["change"] > top + 4]
    ax.plot(
        beyond["time"],
        [top + 2] * len(beyond),
        "^",
        color=INK,
        markersize=3,
        label="beyond",
        markeredgewidth=0,
    )


def _caption(table: pd.DataFrame, everyone: pd.DataFrame, study: Study) -> str:
    spec = study.measurements
    parts = ["Course of each patient from the first measurement, one line a patient."]
    counts = [frame["number"].nunique() for frame in (table, everyone)]
    thinned = thin.shown_of(*counts, f"their last value, up to {thin.MOST_LINES} in a panel")
    parts += [thinned] if thinned else []
    if (table["measure"] == SIZE).any():
        parts.append("Change of target lesions in percent of baseline")
        if study.response:
            parts[-1] += (
                f"; broken lines: {formats.number(study.response.growth, 0)}% and "
                f"{formats.number(study.response.shrinkage, 0)}%"
            )
        parts[-1] += "."
    if (table["measure"] == MARKER).any() and spec:
        parts.append(f"{md(spec.marker_label)} on a logarithmic axis.")
    if (table["kind"] == "procedure").any():
        parts.append(f"Diamonds mark the {md(procedure_name(study))}.")
    if (table.loc[table["measure"] == SIZE, "change"] > TALLEST + 4).any():
        parts.append("Triangles mark values beyond the axis.")
    return " ".join(parts)


def procedure_name(study: Study) -> str:
    """Give what the study calls the procedure."""
    return study.adverse_events.procedure_label if study.adverse_events else "procedure"


def _alt(table: pd.DataFrame, study: Study) -> str:
    parts = []
    for code in study.arm_codes:
        rows = table[(table["arm"] == code) & (table["kind"] == "measurement")]
        size = rows[rows["measure"] == SIZE]
        text = f"{clean(study.arm_label(code))}: {rows['number'].nunique()} patients"
        if size["change"].notna().any():
            text += (
                f", change of target lesions between {formats.number(size['change'].min())}% and "
                f"{formats.number(size['change'].max())}%"
            )
        marker = rows.loc[rows["measure"] == MARKER, "value"].dropna()
        if len(marker):
            text += (
                f", marker between {formats.number(marker.min())} and "
                f"{formats.number(marker.max())}"
            )
        parts.append(text)
    return f"Spider plot of serial measurements. {'; '.join(parts)}."

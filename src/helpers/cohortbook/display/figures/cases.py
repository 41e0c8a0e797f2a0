"""One patient over time: lesion size and marker, with the procedure marked."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ... import formats
from ...formats import markdown as md
from ...study.study import Study
from ..drawing.canvas import Canvas, axes_text, clean, labelled
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, FAINT, INK, MUTED, POINT, SMALL, Arms
from ..drawing.ticks import log_ticks
from ..words import capital, lower
from .spider import MARKER, SIZE, procedure_name

TITLE, PLOT, BELOW, GUTTER, GAP, RIGHT = 0.6, 4.4, 1.05, 1.65, 0.4, 0.4
SERIES_HEIGHT = TITLE + PLOT + BELOW


def case_series_figure(
    table: pd.DataFrame, study: Study, letters: str = "AB", title: str = ""
) -> Figure:
    """Draw lesion size and marker of one patient side by side.

    Parameters
    ----------
    table : DataFrame
        From `analysis.lesions.case_series`: one patient's rows of `analysis.lesions.course`.
    study : Study
    letters : str
        Panel letters, such as "IJ" where the imaging panels come before.
    title : str
        How the patient is called; the study number if empty.

    Returns
    -------
    Figure
        The marker stands on a logarithmic axis if all its values are positive.
    """
    canvas = Canvas(DOUBLE_CM, SERIES_HEIGHT, study)
    draw_series(canvas, 0.0, table, study, letters)
    name = clean(title) or _name(table)
    alt = f"{name}: {lower(course_text(table, study))}"
    return Figure.of(canvas, _caption(table, study, name), alt, table.reset_index(drop=True))


def draw_series(
    canvas: Canvas, top: float, table: pd.DataFrame, study: Study, letters: str
) -> None:
    """Draw the measures of one patient side by side, `SERIES_HEIGHT` high."""
    measures = [m for m in (SIZE, MARKER) if (table["measure"] == m).any()]
    wide = DOUBLE_CM if len(measures) < 2 else (DOUBLE_CM - GAP) / 2
    if not measures:
        canvas.text(DOUBLE_CM / 2, top + 2.5, "No serial measurements", color=MUTED, ha="center")
    canvas.know(capital(procedure_name(study)), *(axis_name(m, study) for m in measures))
    for place, measure in enumerate(measures):
        left = place * (wide + GAP)
        letter = letters[place] if place < len(letters) else ""
        canvas.panel_title(left + 0.05, top + 0.25, letter, _title(measure), wide)
        ax = canvas.axes(left + GUTTER, top + TITLE, wide - GUTTER - RIGHT, PLOT)
        _series(canvas, ax, table[table["measure"] == measure], measure, study)
        canvas.y_label(left + 0.2, top + TITLE, PLOT, axis_name(measure, study))


def _title(measure: str) -> str:
    return "Target lesions" if measure == SIZE else "Serum marker"


def axis_name(measure: str, study: Study) -> str:
    """Give what is measured, with its unit, as the study file has it."""
    spec = study.measurements
    if spec is None:
        return _title(measure)
    return spec.size_label if measure == SIZE else spec.marker_label


def _name(table: pd.DataFrame) -> str:
    return f"Patient {clean(table['number'].iloc[0])}" if len(table) else "No patient"


def _series(canvas: Canvas, ax: Axes, rows: pd.DataFrame, measure: str, study: Study) -> None:
    seen = rows[rows["kind"] == "measurement"].sort_values("time", kind="stable")
    color = Arms.of(study).color(rows["arm"].iloc[0])
    ax.plot(
        seen["time"],
        seen["value"],
        "-o",
        color=color,
        linewidth=1.4,
        markersize=4,
        markeredgecolor="white",
        markeredgewidth=0.6,
        label=measure,
        zorder=4,
        clip_on=False,
    )
    logarithmic = measure == MARKER and (seen["value"] > 0).all()
    if logarithmic:
        log_ticks(ax, seen["value"])
        low, high = ax.get_ylim()
        ax.set_ylim(low * (low / high) ** 0.12, high * (high / low) ** 0.22)
    else:
        ax.set_ylim(0, (float(seen["value"].max()) or 1.0) * 1.3)
    _ends(ax, seen)
    longest = float(rows["time"].max())
    longest = longest if longest > 0 else 1.0
    ax.set_xlim(min(0.0, float(rows["time"].min())) - 0.02 * longest, longest * 1.04)
    labelled(ax, "Time (months)")
    ax.grid(axis="y", color=FAINT, linewidth=0.6)
    ax.set_axisbelow(True)
    for time in rows.loc[rows["kind"] == "procedure", "time"]:
        _procedure(canvas, ax, float(time), procedure_name(study))


def _ends(ax: Axes, seen: pd.DataFrame) -> None:
    """Write the first, the lowest and the last value beside their points."""
    values, times = seen["value"].to_numpy(), seen["time"].to_numpy()
    lowest, last = int(np.argmin(values)), len(values) - 1
    for place in sorted({0, lowest, last}):
        below = place == lowest and 0 < place < last and values[place] > 0
        ax.annotate(
            formats.number(values[place], 1 if values[place] < 100 else 0),
            (times[place], values[place]),
            textcoords="offset points",
            fontsize=SMALL,
            xytext=(5, 3) if place == 0 else (0, -5 if below else 5),
            label="value",
            color=INK,
            ha="left" if place == 0 else "center",
            va="top" if below else "bottom",
            zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
            annotation_clip=False,
        )


def _procedure(canvas: Canvas, ax: Axes, time: float, name: str) -> None:
    """Mark the procedure by an upright line, with its name on top."""
    ax.axvline(time, color=MUTED, linewidth=0.8, linestyle=(0, (3, 2)), zorder=2, label="procedure")
    low, high = ax.get_xlim()
    left = (time - low) / (high - low) < 0.6
    shown = canvas.fit(capital(name), 4.0, POINT)
    axes_text(
        ax,
        (time - low) / (high - low) + (0.015 if left else -0.015),
        0.985,
        shown,
        transform=ax.transAxes,
        ha="left" if left else "right",
        va="top",
        color=MUTED,
        label="procedure-name",
    )


def _caption(table: pd.DataFrame, study: Study, name: str) -> str:
    spec = study.measurements
    parts = []
    if (table["measure"] == SIZE).any():
        parts.append(md(spec.size_label) if spec else "lesion size")
    if (table["measure"] == MARKER).any():
        parts.append((md(spec.marker_label) if spec else "marker") + " on a logarithmic axis")
    text = f"{md(name)}: {' and '.join(parts) if parts else 'no measurements'} over time."
    return f"{text} {procedure_sentence(table, study)}".rstrip()


def procedure_sentence(table: pd.DataFrame, study: Study) -> str:
    """Say what the upright line is; nothing without one."""
    if not (table["kind"] == "procedure").any():
        return ""
    return f"The broken line marks the {md(procedure_name(study))}."


def course_text(table: pd.DataFrame, study: Study) -> str:
    """Tell the course of one patient in numbers, as a sentence of plain text."""
    parts = []
    for measure in (SIZE, MARKER):
        rows = table[(table["measure"] == measure) & (table["kind"] == "measurement")]
        rows = rows.sort_values("time", kind="stable")
        if len(rows):
            first, last = rows.iloc[0], rows.iloc[-1]
            parts.append(
                f"{_title(measure).lower()} from {formats.number(first['value'])} to "
                f"{formats.number(last['value'])} over {formats.number(last['time'])} months, "
                f"lowest {formats.number(rows['value'].min())}"
            )
    times = table.loc[table["kind"] == "procedure", "time"]
    if len(times):
        parts.append(f"{clean(procedure_name(study))} at {formats.number(times.iloc[0])} months")
    return capital("; ".join(parts) if parts else "no measurements") + "."

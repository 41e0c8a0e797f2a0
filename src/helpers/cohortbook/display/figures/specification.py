"""Specification curve: the same effect under every defensible choice, and which choices made it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba_array
from matplotlib.ticker import NullLocator

from ... import formats
from ...study.study import Study
from ..drawing.canvas import Canvas, clean, width_cm
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, MUTED, SMALL
from ..words import capital, counted, lower
from .rows import log_marks, mark_label

NUMBERS = ["specification", "estimate", "conf_low", "conf_high", "p_value", "primary"]
HEAD, PLOT, LINE, RIGHT, FOOT = 0.55, 5.2, 0.34, 0.25, 0.7
SIGNIFICANT, DULL, PRIMARY = "#01665E", "#9A9A9A", "#C2410C"


def specification_curve_figure(frame: pd.DataFrame, study: Study, endpoint: str = "") -> Figure:
    """Draw estimates in rising order above a grid of the choices behind each.

    Parameters
    ----------
    frame : DataFrame
        One row a specification: specification (its number), estimate, conf_low, conf_high (ratios;
        NaN = not estimable), p_value, primary (True for the main analysis), and one further column
        for each decision, holding the choice as text; the name of the column is printed as its
        heading. A column of True and False is a variable of the study that is in the model or
        not: it has one row, marked where it is in.
    study : Study
    endpoint : str
        Whose hazard ratio it is, for the axis.

    Returns
    -------
    Figure
        Its data are the specifications in drawing order.
    """
    short = study.endpoints[endpoint].short if endpoint else ""
    effect = f"Hazard ratio for {short}" if short else "Hazard ratio"
    decisions = [column for column in frame if column not in NUMBERS]
    data = frame[np.isfinite(frame["estimate"].astype(float))]
    data = data.sort_values(["estimate", "specification"], kind="stable").reset_index(drop=True)
    inside = [d for d in decisions if frame[d].dtype == bool]
    choices = [(d, list(dict.fromkeys(frame[d].astype(str)))) for d in decisions if d not in inside]
    lines = sum(len(values) + 1 for _, values in choices) + len(inside)
    names = [_variable(d, study) for d in inside] + [v for _, vs in choices for v in vs]
    label = max((width_cm(clean(v), SMALL) for v in names), default=1.5) + 0.6
    label = min(max(label, 1.6), 5.5)
    canvas = Canvas(DOUBLE_CM, HEAD + PLOT + 0.3 + lines * LINE + FOOT, study)
    canvas.know(*names)
    wide = DOUBLE_CM - label - RIGHT
    _legend(canvas, label, data, study)
    ax = canvas.axes(label, HEAD, wide, PLOT)
    _curve(ax, data, study, effect)
    if data.empty:
        canvas.text(
            label + wide / 2,
            HEAD + PLOT / 2,
            "Nothing could be estimated",
            ha="center",
            color=MUTED,
        )
    top = HEAD + PLOT + 0.3
    _grid(canvas, data, choices, label, top, wide, study)
    below = top + (lines - len(inside)) * LINE
    _members(canvas, data, inside, label, below, wide, study)
    canvas.text(
        label + wide / 2,
        top + lines * LINE + 0.35,
        f"Specifications in the order of the estimate (n = {len(data):,})",
        ha="center",
    )
    return Figure.of(canvas, _caption(frame, data, study, effect), _alt(data, study, effect), data)


def _colors(data: pd.DataFrame, study: Study) -> np.ndarray:
    below = data["p_value"].to_numpy(float) < study.statistics.alpha
    return np.where(data["primary"].astype(bool), PRIMARY, np.where(below, SIGNIFICANT, DULL))


def _pale(colors: np.ndarray) -> np.ndarray:
    """Mix colours with white: lines that touch must not show their overlap, as clear ones do."""
    return 0.45 * to_rgba_array(colors) + 0.55


def _thick(ax: Axes, data: pd.DataFrame) -> float:
    """Choose lines that just touch where there are many."""
    points = ax.get_position().width * ax.figure.get_figwidth() * 72
    return float(np.clip(1.1 * points / max(len(data), 1), 0.1, 1.4))


def _curve(ax: Axes, data: pd.DataFrame, study: Study, effect: str) -> None:
    x, colors = np.arange(len(data)), _colors(data, study)
    ax.vlines(
        x,
        data["conf_low"],
        data["conf_high"],
        color=_pale(colors),
        linewidth=_thick(ax, data),
        label="interval",
        zorder=2,
    )
    ax.scatter(
        x,
        data["estimate"],
        c=colors,
        s=float(np.clip(900 / max(len(data), 1), 3, 16)),
        linewidths=0,
        label="estimate",
        zorder=3,
    )
    main = np.flatnonzero(data["primary"].astype(bool))
    ax.plot(
        x[main],
        data["estimate"].to_numpy()[main],
        "D",
        color=PRIMARY,
        markersize=5,
        markeredgecolor="white",
        markeredgewidth=0.6,
        zorder=5,
        label="primary",
    )
    ax.axhline(1, color=MUTED, linewidth=0.7, zorder=1)
    ax.set_yscale("log")
    values = data[["estimate", "conf_low", "conf_high"]].to_numpy(float)
    values = values[np.isfinite(values) & (values > 0)]
    low, high = (values.min(), values.max()) if len(values) else (0.5, 2.0)
    limits = max(min(low / 1.1, 0.8), 0.01), min(max(high * 1.1, 1.25), 100.0)
    ax.set_ylim(*limits)
    ticks = log_marks(limits, PLOT, upright=True)
    ax.set_yticks(ticks, [mark_label(t) for t in ticks])
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_ylabel(clean(effect), parse_math=False)
    ax.set_xlim(-0.7, max(len(data), 1) - 0.3)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)


def _grid(
    canvas: Canvas,
    data: pd.DataFrame,
    choices: list,
    label: float,
    top: float,
    wide: float,
    study: Study,
) -> None:
    """Mark the choice of each specification in a row of its own."""
    y, colors, n = top, _colors(data, study), max(len(data), 1)
    size = float(np.clip(150 * wide / 12 / n, 0.6, 3.2))
    for decision, values in choices:
        name = decision[:1].upper() + decision[1:].replace("_", " ")
        canvas.text(
            0.1,
            y + LINE / 2,
            canvas.fit(name, DOUBLE_CM - 0.2, SMALL, True),
            size=SMALL,
            weight="bold",
            label="decision",
        )
        y += LINE
        height = LINE * len(values)
        ax = canvas.axes(label, y, wide, height)
        for place, value in enumerate(values):
            canvas.text(
                0.35,
                y + (place + 0.5) * LINE,
                canvas.fit(value, label - 0.5, SMALL),
                size=SMALL,
                label="choice",
            )
            here = np.flatnonzero(data[decision].astype(str) == value)
            ax.scatter(
                here,
                [place] * len(here),
                c=colors[here],
                marker="s",
                s=size**2,
                linewidths=0,
                label="dots",
            )
        ax.set_xlim(-0.7, n - 0.3)
        ax.set_ylim(max(len(values), 1) - 0.5, -0.5)
        ax.set_axis_off()
        y += height


def _members(
    canvas: Canvas,
    data: pd.DataFrame,
    names: list[str],
    label: float,
    top: float,
    wide: float,
    study: Study,
) -> None:
    """Mark where each variable is in the model, one row a variable."""
    if not names:
        return
    n, colors = max(len(data), 1), _colors(data, study)
    ax = canvas.axes(label, top, wide, LINE * len(names))
    for place, name in enumerate(names):
        canvas.text(
            0.1,
            top + (place + 0.5) * LINE,
            canvas.fit(_variable(name, study), label - 0.25, SMALL),
            size=SMALL,
            label="choice",
        )
        here = np.flatnonzero(data[name].to_numpy(bool))
        ax.vlines(
            here,
            place - 0.32,
            place + 0.32,
            color=colors[here],
            linewidth=_thick(ax, data),
            label="dots",
        )
    ax.set_xlim(-0.7, n - 0.3)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_axis_off()


def _variable(name: str, study: Study) -> str:
    return study.variables[name].label if name in study.variables else name


def _legend(canvas: Canvas, x: float, data: pd.DataFrame, study: Study) -> None:
    alpha = formats.level(study.statistics.alpha)
    entries = (
        (PRIMARY, "D", "Main analysis"),
        (SIGNIFICANT, "o", f"P < {alpha}"),
        (DULL, "o", f"P ≥ {alpha}, or no P"),
    )
    for color, marker, text in entries:
        canvas.points(
            [x + 0.1],
            [0.25],
            marker=marker,
            markersize=4.5,
            color=color,
            markeredgewidth=0,
            linestyle="none",
        )
        canvas.text(x + 0.28, 0.25, text, size=SMALL, label="legend")
        x += 0.28 + width_cm(text, SMALL) + 0.5


def _caption(frame: pd.DataFrame, data: pd.DataFrame, study: Study, effect: str) -> str:
    conf = formats.conf_label(study.statistics.conf_level)
    if all(frame[name].dtype == bool for name in frame if name not in NUMBERS):
        tried, shown = "set of covariates", "the marks below show the covariates in each model"
    else:
        tried, shown = "combination of choices", "the rows below show the choices of each"
    text = f"{effect} with {conf} under every {tried}, in rising order; {shown}."
    lost = len(frame) - len(data)
    more = f" {capital(counted(lost, 'specification'))} could not be estimated."
    return text + more if lost else text


def _alt(data: pd.DataFrame, study: Study, effect: str) -> str:
    if data.empty:
        return "Specification curve without an estimate."
    estimates = data["estimate"]
    alpha = study.statistics.alpha
    below = int((data["p_value"] < alpha).sum())
    text = (
        f"Specification curve of {len(data)} estimates of the {lower(effect)}, from "
        f"{formats.ratio(estimates.min())} to {formats.ratio(estimates.max())}; {below} of them "
        f"with P below {formats.level(alpha)} and {int((estimates < 1).sum())} below 1."
    )
    main = data.loc[data["primary"].astype(bool), "estimate"]
    return text + (f" The main analysis gave {formats.ratio(main.iloc[0])}." if len(main) else "")

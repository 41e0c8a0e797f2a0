"""Scaled Schoenfeld residuals over time: does each effect stay the same?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ... import formats
from ...formats import markdown as md
from ...study.study import Study
from ..drawing.canvas import Canvas, clean, labelled
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, MAX_HEIGHT_CM, MUTED, SMALL, Arms
from ..words import lower, p_equals

ACROSS, TITLE, BELOW, GUTTER, GAP, RIGHT = 3, 0.85, 1.0, 1.25, 0.2, 0.3
PLOT, LOWEST = 3.0, 1.5  # height of a panel, lower where there are many rows, cm
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ARM, TICKS = "arm", 4
CROWDED = 2000  # points above which they are a bitmap within the panel


def schoenfeld_figure(
    residuals: pd.DataFrame,
    smooth: pd.DataFrame,
    tests: pd.DataFrame,
    study: Study,
    endpoint: str | None = None,
) -> Figure:
    """Draw the residuals of each column of a Cox model with a smooth curve.

    Parameters
    ----------
    residuals : DataFrame
        Columns term, level ("" for a continuous term), time (months, of an event), transformed
        (the time on the scale of the test, on which it is drawn), residual (scaled Schoenfeld
        residual plus the coefficient: a log hazard ratio), and optionally constant (the
        coefficient, drawn as a level line).
    smooth : DataFrame
        Columns term, level, time, transformed, estimate, conf_low, conf_high; may be empty.
    tests : DataFrame
        Tidy results, statistic "zph": term, p_value (term "GLOBAL" for the global test).
    study : Study
    endpoint : str, optional
        Endpoint to draw; needed only if the frames hold several.

    Returns
    -------
    Figure
        A level smooth curve means proportional hazards. Its data are the points.
    """
    if endpoint is not None:
        residuals, smooth, tests = (
            part[part["endpoint"] == endpoint] for part in (residuals, smooth, tests)
        )
    panels = list(dict.fromkeys(zip(residuals["term"], residuals["level"], strict=True)))
    across = min(ACROSS, max(len(panels), 1))
    rows = math.ceil(max(len(panels), 1) / across)
    plot = max(min(PLOT, MAX_HEIGHT_CM / rows - TITLE - BELOW), LOWEST)
    canvas = Canvas(DOUBLE_CM, rows * (TITLE + plot + BELOW), study)
    canvas.know(*(name(*panel, study) for panel in panels for name in (_title, _level)))
    wide = (DOUBLE_CM - across * GUTTER - GAP * (across - 1) - RIGHT) / across
    for place, (term, level) in enumerate(panels):
        left = (place % across) * (wide + GUTTER + GAP)
        top = (place // across) * (TITLE + plot + BELOW)
        letter = LETTERS[place] if len(panels) > 1 and place < len(LETTERS) else ""
        canvas.panel_title(
            left + 0.05,
            top + 0.22,
            letter,
            _name(term, study),
            wide + GUTTER,
            left + GUTTER + wide + RIGHT,
        )
        p, below = _test(tests, term, study), _level(term, level, study)
        if below:
            below = canvas.fit(below, wide, SMALL, tail=f", {p}" if p else "")
        canvas.text(left + GUTTER, top + 0.6, below or p, size=SMALL, color=MUTED, label="p")
        ax = canvas.axes(left + GUTTER, top + TITLE, wide, plot)
        labelled(ax, "Time (months)")
        canvas.y_label(left + 0.2, top + TITLE, plot, "Log hazard ratio")
        _panel(
            ax,
            *(_of(f, term, level) for f in (residuals, smooth)),
            _constant(residuals, term, level),
            Arms.of(study).color(study.arm_codes[-1]),
        )
    if not panels:
        canvas.text(DOUBLE_CM / 2, 2, "No model was fitted", color=MUTED, ha="center")
    caption = _caption(residuals, smooth, tests, study, endpoint)
    alt = _alt(tests, panels, study)
    return Figure.of(canvas, caption, alt, residuals)


def _of(frame: pd.DataFrame, term: str, level: str) -> pd.DataFrame:
    return frame[(frame["term"] == term) & (frame["level"] == level)]


def _name(term: str, study: Study) -> str:
    if term == ARM:
        return study.exposure_label
    variable = study.variables.get(term)
    return variable.label if variable else term


def _title(term: str, _level: str, study: Study) -> str:
    return _name(term, study)


def _level(term: str, level: str, study: Study) -> str:
    if term == ARM:
        return study.arm_label(level)
    return study.level_label(term, level) if term in study.variables and level else level


def _test(tests: pd.DataFrame, term: str, study: Study) -> str:
    found = tests[(tests["statistic"] == "zph") & (tests["term"] == term)]
    return p_equals(found["p_value"].iloc[0], study, "P") if len(found) else ""


def _constant(residuals: pd.DataFrame, term: str, level: str) -> float:
    found = _of(residuals, term, level)
    return float(found["constant"].iloc[0]) if "constant" in found and len(found) else np.nan


def _panel(
    ax: Axes, points: pd.DataFrame, smooth: pd.DataFrame, constant: float, color: str
) -> None:
    smooth = smooth.sort_values("transformed", kind="stable")
    x = smooth["transformed"]
    ax.fill_between(
        x,
        smooth["conf_low"],
        smooth["conf_high"],
        color=color,
        alpha=0.13,
        linewidth=0,
        label="band",
    )
    ax.plot(x, smooth["estimate"], color=color, linewidth=1.4, label="smooth", zorder=4)
    ax.plot(
        points["transformed"],
        points["residual"],
        "o",
        markersize=2.4,
        color=MUTED,
        alpha=0.7,
        markeredgewidth=0,
        label="residual",
        zorder=3,
        rasterized=len(points) > CROWDED,
    )
    ax.axhline(0, color=MUTED, linewidth=0.5, zorder=1)
    if np.isfinite(constant):
        ax.axhline(
            constant, color=MUTED, linewidth=0.8, linestyle=(0, (4, 2)), zorder=2, label="constant"
        )
    ax.locator_params(axis="y", nbins=5)
    places, labels = _ticks(points)
    ax.set_xticks(places, labels)


def _ticks(points: pd.DataFrame) -> tuple[list[float], list[str]]:
    """Give ticks in months, evenly spread on the scale of the test."""
    known = points.drop_duplicates("transformed").sort_values("transformed")
    x, time = (known[name].to_numpy(float) for name in ("transformed", "time"))
    if len(x) < 2:
        return list(x), [f"{t:.2g}" for t in time]
    wanted = np.interp(np.linspace(x[0], x[-1], TICKS + 2)[1:-1], x, time)
    labels = list(dict.fromkeys(f"{float(f'{t:.2g}'):g}" for t in wanted))
    return list(np.interp([float(label) for label in labels], time, x)), labels


def _caption(
    residuals: pd.DataFrame,
    smooth: pd.DataFrame,
    tests: pd.DataFrame,
    study: Study,
    endpoint: str | None,
) -> str:
    overall = _test(tests, "GLOBAL", study)
    label = study.endpoints[endpoint].label if endpoint in study.endpoints else ""
    of = f" of {lower(md(label))}" if label else ""
    conf = formats.conf_label(study.statistics.conf_level)
    curve = f", with a smooth curve and its {conf}" if len(smooth) else ""
    level = "constant" in residuals and bool(residuals["constant"].notna().any())
    dashed = ", as the dashed line of the model's coefficient," if level else ""
    text = (
        f"Scaled Schoenfeld residuals of the multivariable model{of}, as log hazard ratio over "
        f"time{curve}. A level curve{dashed} means proportional hazards; *P* is "
        "of the score test of each factor. Time runs as the Kaplan-Meier curve falls, so that "
        "events are evenly spread."
    )
    return text + (f" Global test: {overall.replace('P', '*P*', 1)}." if overall else "")


def _alt(tests: pd.DataFrame, panels: list[tuple[str, str]], study: Study) -> str:
    told = []
    for term in dict.fromkeys(term for term, _ in panels):
        name = clean(_name(term, study))
        told.append(f"{name} {_test(tests, term, study)}".strip())
    overall = _test(tests, "GLOBAL", study)
    told += [f"global test {overall}"] if overall else []
    return f"Schoenfeld residuals over time. {'; '.join(told) if told else 'No model'}."

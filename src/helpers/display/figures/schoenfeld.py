"""Scaled Schoenfeld residuals over time: does each effect stay the same?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ... import formats
from ...study import Study
from ..canvas import Canvas, clean
from ..figure import Figure
from ..style import DOUBLE_CM, MUTED, SMALL, Arms

ACROSS, TITLE, PLOT, BELOW, GUTTER, GAP, RIGHT = 3, 0.85, 3.0, 0.55, 0.8, 0.3, 0.3
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ARM = "arm"


def schoenfeld_figure(
    residuals: pd.DataFrame, smooth: pd.DataFrame, tests: pd.DataFrame, study: Study
) -> Figure:
    """Draw the residuals of each column of a Cox model with a smooth curve.

    Parameters
    ----------
    residuals : DataFrame
        Columns term, level ("" for a continuous term), time (months, of an event), residual (scaled
        Schoenfeld residual plus the coefficient: a log hazard ratio).
    smooth : DataFrame
        Columns term, level, time, estimate, conf_low, conf_high; may be empty.
    tests : DataFrame
        Tidy results, statistic "zph": term, p_value (term "GLOBAL" for the global test), and
        optionally statistic "log_hr" with term, level and estimate, drawn as a level line.
    study : Study

    Returns
    -------
    Figure
        A level smooth curve means proportional hazards.
    """
    panels = list(dict.fromkeys(zip(residuals["term"], residuals["level"], strict=True)))
    across = min(ACROSS, max(len(panels), 1))
    rows = math.ceil(max(len(panels), 1) / across)
    canvas = Canvas(DOUBLE_CM, rows * (TITLE + PLOT + BELOW) + 0.4, study)
    wide = (DOUBLE_CM - across * GUTTER - GAP * (across - 1) - RIGHT) / across
    for place, (term, level) in enumerate(panels):
        left = (place % across) * (wide + GUTTER + GAP)
        top = (place // across) * (TITLE + PLOT + BELOW)
        letter = LETTERS[place] if len(panels) > 1 and place < len(LETTERS) else ""
        canvas.panel_title(left + 0.05, top + 0.22, letter, _name(term, level, study),
                           wide + GUTTER)
        canvas.text(left + GUTTER, top + 0.6, _test(tests, term), size=SMALL, color=MUTED,
                    label="p")
        ax = canvas.axes(left + GUTTER, top + TITLE, wide, PLOT)
        _panel(ax, *(_of(f, term, level) for f in (residuals, smooth)),
               _constant(tests, term, level), Arms.of(study).color(study.comparison_arm.code))
    bottom = rows * (TITLE + PLOT + BELOW) + 0.15
    canvas.text(DOUBLE_CM / 2, bottom, "Time (months)", ha="center")
    if not panels:
        canvas.text(DOUBLE_CM / 2, 2, "No model was fitted", color=MUTED, ha="center")
    return Figure(canvas.drawing, _caption(tests), _alt(tests, panels, study), residuals)


def _of(frame: pd.DataFrame, term: str, level: str) -> pd.DataFrame:
    return frame[(frame["term"] == term) & (frame["level"] == level)]


def _name(term: str, level: str, study: Study) -> str:
    if term == ARM:
        return clean(f"Treatment: {study.arm_label(level)}")
    variable = study.variables.get(term)
    if variable is None:
        return clean(f"{term} {level}")
    return clean(variable.label + (f": {study.level_label(term, level)}" if level else ""))


def _test(tests: pd.DataFrame, term: str) -> str:
    found = tests[(tests["statistic"] == "zph") & (tests["term"] == term)]
    return formats.p_equals(found["p_value"].iloc[0], "P") if len(found) else ""


def _constant(tests: pd.DataFrame, term: str, level: str) -> float:
    found = _of(tests[tests["statistic"] == "log_hr"], term, level)
    return float(found["estimate"].iloc[0]) if len(found) else np.nan


def _panel(
    ax: Axes, points: pd.DataFrame, smooth: pd.DataFrame, constant: float, color: str
) -> None:
    smooth = smooth.sort_values("time", kind="stable")
    ax.fill_between(smooth["time"], smooth["conf_low"], smooth["conf_high"], color=color,
                    alpha=0.13, linewidth=0, label="band")
    ax.plot(smooth["time"], smooth["estimate"], color=color, linewidth=1.4, label="smooth",
            zorder=4)
    ax.plot(points["time"], points["residual"], "o", markersize=2.4, color=MUTED, alpha=0.7,
            markeredgewidth=0, label="residual", zorder=3)
    ax.axhline(0, color=MUTED, linewidth=0.5, zorder=1)
    if np.isfinite(constant):
        ax.axhline(constant, color=MUTED, linewidth=0.8, linestyle=(0, (4, 2)), zorder=2,
                   label="constant")
    ax.locator_params(axis="y", nbins=5)
    ax.locator_params(axis="x", nbins=5)


def _caption(tests: pd.DataFrame) -> str:
    overall = _test(tests, "GLOBAL")
    text = (
        "Scaled Schoenfeld residuals of the multivariable model, as log hazard ratio over time, "
        "with a smooth curve. A level curve means proportional hazards; *P* is of the test against "
        "a trend."
    )
    return text + (f" Global test: {overall.replace('P', '*P*', 1)}." if overall else "")


def _alt(tests: pd.DataFrame, panels: list[tuple[str, str]], study: Study) -> str:
    told = []
    for term in dict.fromkeys(term for term, _ in panels):
        name = "Treatment" if term == ARM else _name(term, "", study)
        told.append(f"{name} {_test(tests, term)}".strip())
    overall = _test(tests, "GLOBAL")
    told += [f"global test {overall}"] if overall else []
    return f"Schoenfeld residuals over time. {'; '.join(told) if told else 'No model'}."

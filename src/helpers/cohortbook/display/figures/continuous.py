"""The hazard ratio over continuous covariates, with the cut-points that the models use."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator

from ... import formats
from ...formats import markdown as md
from ...results import pick
from ...study.study import Study
from ..drawing.canvas import Canvas, clean, labelled
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, INK, MUTED, SMALL, tint
from ..sentences.continuous import value_text
from ..words import lower, p_equals
from .rows import Interval, log_limits, log_marks, mark_label

ACROSS, TITLE, PLOT, BELOW, LEFT, GAP = 3, 0.95, 4.0, 1.2, 1.45, 0.2
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LIMITS = ["hr", "conf_low", "conf_high"]


def continuous_figure(
    curves: pd.DataFrame, results: pd.DataFrame, study: Study, endpoint: str
) -> Figure:
    """Draw the hazard ratio over each continuous covariate, a panel a covariate.

    Parameters
    ----------
    curves : DataFrame
        From `analysis.continuous.spline_effect_curve`.
    results : DataFrame
        From `spline_effects`, for knots and tests.
    study : Study
    endpoint : str
    """
    curves = curves[curves["endpoint"] == endpoint]
    results = pick(results, endpoint=endpoint)
    names = list(dict.fromkeys(curves["variable"]))
    across = min(ACROSS, max(len(names), 1))
    rows = math.ceil(max(len(names), 1) / across)
    canvas = Canvas(DOUBLE_CM, rows * (TITLE + PLOT + BELOW), study)
    canvas.know(*(study.variables[name].label for name in names))
    wide = (DOUBLE_CM - 0.2) / across - LEFT - GAP
    shown = [Interval(0, *row) for row in curves[LIMITS].to_numpy(float)]
    limits = log_limits(shown)
    for place, name in enumerate(names):
        left = LEFT + (place % across) * (wide + LEFT + GAP)
        top = (place // across) * (TITLE + PLOT + BELOW)
        letter = LETTERS[place] if len(names) > 1 and place < len(LETTERS) else ""
        variable = study.variables[name]
        canvas.panel_title(left - LEFT + 0.4, top + 0.22, letter, variable.label,
                           wide + LEFT - 0.4, left + wide)  # fmt: skip
        test = pick(results, term=name, statistic="nonlinearity").iloc[0]["p_value"]
        canvas.text(left, top + 0.65, f"Straight line: {p_equals(test, study, 'P')}", size=SMALL,
                    color=MUTED, label="p")  # fmt: skip
        ax = canvas.axes(left, top + TITLE, wide, PLOT)
        own = curves[curves["variable"] == name]
        _panel(ax, own, pick(results, term=name), limits)
        for point in _cut_points(study, name):
            if own["x"].min() < point < own["x"].max():
                ax.axvline(
                    point, color=INK, linewidth=0.7, linestyle=(0, (2, 2)), label="cut-point"
                )
        labelled(ax, f"{variable.label} ({variable.unit})" if variable.unit else variable.label)
        canvas.y_label(left - LEFT + 0.25, top + TITLE, PLOT, "Hazard ratio")
    if not names:
        canvas.text(DOUBLE_CM / 2, 2, "No curve could be fitted", color=MUTED, ha="center")
    return Figure.of(canvas, _caption(names, results, study, endpoint),
                     _alt(curves, names, study), curves.reset_index(drop=True))  # fmt: skip


def _cut_points(study: Study, name: str) -> list[float]:
    """The cut-points, where they are numbers, of the covariates that are cut from a variable."""
    points = [point for cut in study.cut_from(name) for point in study.variables[cut].at]
    return [float(point) for point in points if point != "median"]


def _panel(ax: Axes, curve: pd.DataFrame, tests: pd.DataFrame, limits) -> None:
    ax.set_yscale("log")
    ax.set_ylim(*limits)
    marks = log_marks(limits, PLOT, upright=True)
    ax.set_yticks(marks, [mark_label(mark) for mark in marks])
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_xlim(curve["x"].min(), curve["x"].max())
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5))
    for low, high, share, name in (("band_low", "band_high", 0.12, "band"),
                                   ("conf_low", "conf_high", 0.3, "interval")):  # fmt: skip
        ax.fill_between(curve["x"], curve[low], curve[high], color=tint(INK, share), linewidth=0,
                        label=name)  # fmt: skip
    ax.axhline(1, color=MUTED, linewidth=0.7, label="no-effect")
    ax.plot(curve["x"], curve["hr"], color=INK, label="ratio")
    knots = pick(tests, statistic="knot")["estimate"]
    ax.plot(knots, [limits[0]] * len(knots), "^", color=MUTED, markersize=3.5, clip_on=False,
            markeredgewidth=0, label="knot", zorder=5)  # fmt: skip


def _caption(names: list[str], results: pd.DataFrame, study: Study, endpoint: str) -> str:
    conf, label = formats.conf_label(study.statistics.conf_level), lower(
        md(study.endpoints[endpoint].label)
    )  # fmt: skip
    if not names:
        return f"Hazard ratio for {label} over continuous covariates."
    ones = [
        f"{lower(md(study.variables[name].label))} {_reference(results, study, name)}"
        for name in names
    ]
    cut = (
        " Broken lines are the cut-points that the other models of this report use."
        if any(_cut_points(study, name) for name in names)
        else ""
    )
    return (
        f"Adjusted hazard ratio for {label} over continuous covariates, as restricted cubic "
        f"splines with knots at the marks below, with {conf} at each value (dark) and the band "
        f"that holds the whole curve (light); it is one at {', '.join(ones)}. The curves run from "
        f"the 2.5th to the 97.5th percentile.{cut}"
    )


def _reference(results: pd.DataFrame, study: Study, name: str) -> str:
    value = pick(results, term=name, statistic="reference").iloc[0]["estimate"]
    return value_text(value, study, name)


def _alt(curves: pd.DataFrame, names: list[str], study: Study) -> str:
    told = []
    for name in names:
        own = curves[curves["variable"] == name]
        ends = [f"{value_text(row['x'], study, name)}: {formats.ratio(row['hr'])}"
                for _, row in own.iloc[[0, -1]].iterrows()]  # fmt: skip
        told.append(f"{clean(study.variables[name].label)} {', '.join(ends)}")
    return f"Hazard ratio over continuous covariates. {'; '.join(told) or 'No curve'}."

"""Bootstrap distributions: the density of the draws with the estimate and its interval."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from ... import formats
from ...formats import markdown as md
from ...study.study import Study
from ..drawing.canvas import Canvas, clean, labelled
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, MUTED, SMALL, Arms
from .rows import log_axis

COLUMNS, TITLE, PLOT, BELOW, GAP, EDGE = 2, 0.95, 3.0, 1.05, 0.6, 0.3
BINS = 60
LETTERS = "ABCDEFGHIJKL"


def bootstrap_density_figure(draws: pd.DataFrame, summary: pd.DataFrame, study: Study) -> Figure:
    """Draw the histogram of the bootstrap draws of each statistic.

    Parameters
    ----------
    draws : DataFrame
        Columns term (which statistic, as printed), value (one draw; NaN = not estimable).
    summary : DataFrame
        Columns term, estimate (of the cohort itself), conf_low, conf_high (of the draws), and
        optionally scale ("log" for ratios, the default, or "linear").
    study : Study

    Returns
    -------
    Figure
        One lettered panel a term, in the order of `summary`; draws beyond the central 99.8 % are
        left out of the picture.
    """
    terms = list(summary["term"])
    across = min(COLUMNS, max(len(terms), 1))
    rows = math.ceil(max(len(terms), 1) / across)
    canvas = Canvas(DOUBLE_CM, rows * (TITLE + PLOT + BELOW), study)
    wide = (DOUBLE_CM - 2 * EDGE - GAP * (across - 1)) / across
    canvas.know(*terms)
    color = Arms.of(study).color(study.comparison_arm.code)
    for place, (_, row) in enumerate(summary.iterrows()):
        left = EDGE + (place % across) * (wide + GAP)
        top = (place // across) * (TITLE + PLOT + BELOW)
        letter = LETTERS[place] if len(terms) > 1 and place < len(LETTERS) else ""
        canvas.panel_title(left, top + 0.25, letter, row["term"], wide, left + wide)
        canvas.text(left, top + 0.65, _text(row, study), size=SMALL, color=MUTED, label="told")
        ax = canvas.axes(left, top + TITLE, wide, PLOT)
        values = draws.loc[draws["term"] == row["term"], "value"].dropna().to_numpy(float)
        _panel(ax, values, row, color, wide)
    if not terms:
        canvas.text(DOUBLE_CM / 2, 2, "No statistic was drawn", color=MUTED, ha="center")
    return Figure.of(canvas, _caption(draws, summary, study), _alt(summary), summary)


def _panel(ax: Axes, values: np.ndarray, row: pd.Series, color: str, wide: float) -> None:
    log = row.get("scale", "log") != "linear"
    values = values[np.isfinite(values) & ((values > 0) if log else True)]
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    if len(values) < 2:
        ax.set_xticks([])
        ax.text(0.5, 0.5, "Too few draws", ha="center", transform=ax.transAxes, color=MUTED)
        return
    low, high = np.quantile(values, [0.001, 0.999])
    limits = [
        v for v in (row["conf_low"], row["conf_high"]) if np.isfinite(v) and (v > 0 or not log)
    ]  # a limit at 0 has no place on a log axis
    ends = [v for v in (row["estimate"], *limits, *([1.0] if log else [])) if np.isfinite(v)]
    low, high = min(low, *ends), max(high, *ends)
    if not high > low:
        low, high = (low / 1.1, high * 1.1) if log else (low - 1, high + 1)
    edges = np.geomspace(low, high, BINS + 1) if log else np.linspace(low, high, BINS + 1)
    inside = values[(values >= low) & (values <= high)]
    ax.hist(inside, bins=edges, color=color, alpha=0.35, linewidth=0, label="draws")
    if log:
        log_axis(ax, (low / 1.05, high * 1.05), wide)
        ax.axvline(1, color=MUTED, linewidth=0.7, label="no-effect")
        labelled(ax, "Hazard ratio")
    else:
        ax.xaxis.set_minor_locator(NullLocator())
    for limit in limits:
        ax.axvline(limit, color=color, linewidth=0.9, linestyle=(0, (4, 2)), label="limit")
    if np.isfinite(row["estimate"]):
        ax.axvline(row["estimate"], color=color, linewidth=1.6, label="estimate")


def _text(row: pd.Series, study: Study) -> str:
    """Print the estimate with its limits as under a panel's title."""
    if not np.isfinite([row["estimate"], row["conf_low"], row["conf_high"]]).all():
        return _told(row)
    estimate, low, high = (
        formats.ratio(row[name]) for name in ("estimate", "conf_low", "conf_high")
    )
    name = "HR " if row.get("scale", "log") != "linear" else ""
    conf = formats.conf_label(study.statistics.conf_level)
    return f"{name}{estimate} (bootstrap {conf} {low}–{high})"


def _told(row: pd.Series) -> str:
    return formats.ratio_interval(row["estimate"], row["conf_low"], row["conf_high"])


def _caption(draws: pd.DataFrame, summary: pd.DataFrame, study: Study) -> str:
    counts = draws.loc[draws["term"].isin(summary["term"]), "term"].value_counts()
    drawn = "No bootstrap samples"
    if len(counts):  # a larger model has fewer
        least, most = counts.min(), counts.max()
        span = f"{most:,}" if least == most else f"{least:,} to {most:,}"
        drawn = f"Distribution of each estimate over {span} bootstrap samples"
    conf = formats.conf_label(study.statistics.conf_level)
    parts = [
        f"{drawn}. Solid lines: estimate in the cohort; broken lines: bootstrap {conf}, "
        "bias-corrected and accelerated, or of percentiles where those limits rest on the "
        "outermost samples."
    ]
    parts += [f"{md(row['term'])}: {_told(row)}." for _, row in summary.iterrows()]
    return " ".join(parts)


def _alt(summary: pd.DataFrame) -> str:
    told = [f"{clean(row['term'])} {_told(row)}" for _, row in summary.iterrows()]
    return f"Bootstrap distributions. {'; '.join(told) if told else 'None drawn'}."

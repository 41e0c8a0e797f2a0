"""Effects that may change with time: the hazard ratio, and differences with their bands."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator

from ... import formats
from ...analysis.nonproportional import BAND, RESTRICTED_MEAN, SURVIVAL
from ...formats import markdown as md
from ...results import pick
from ...study.study import Study
from ..drawing.canvas import Canvas, clean, labelled
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, INK, MUTED, Arms, tint
from ..sentences import competing, entry
from ..sentences.changing import UNITS, period_name
from ..words import listed, lower
from .rows import Interval, log_limits, log_marks, mark_label

TITLE, PLOT, BELOW, LEFT, GAP = 0.7, 4.4, 1.2, 1.45, 0.2
LETTERS = "ABC"
RATIO = "ratio"
TITLES = {RATIO: "Hazard ratio", RESTRICTED_MEAN: "Restricted mean"}
AXES = {
    RATIO: "Hazard ratio",
    SURVIVAL: "Difference (percentage points)",
    RESTRICTED_MEAN: "Difference (months)",
}


def changing_figure(
    ratios: pd.DataFrame,
    differences: pd.DataFrame,
    results: pd.DataFrame,
    study: Study,
    endpoint: str,
) -> Figure:
    """Draw one endpoint's hazard ratio over time, and the differences between the arms.

    Parameters
    ----------
    ratios, differences : DataFrame
        From `analysis.nonproportional.ratio_curve` and `difference_curves`.
    results : DataFrame
        From `nonproportional`, for the ratios by period.
    study : Study
    endpoint : str
    """
    periods = pick(results, endpoint=endpoint, statistic="hr_period").dropna(subset=["estimate"])
    ratios = ratios[ratios["endpoint"] == endpoint]
    differences = differences[differences["endpoint"] == endpoint]
    panels = [RATIO] * bool(len(periods) or len(ratios))
    panels += list(dict.fromkeys(differences["of"]))
    last = _last(ratios, differences, periods)
    canvas = Canvas(DOUBLE_CM, TITLE + PLOT + BELOW, study)
    wide = (DOUBLE_CM - 0.2) / max(len(panels), 1) - LEFT - GAP
    color = Arms.of(study).color(study.comparison_arm.code)
    for place, name in enumerate(panels):
        left = LEFT + place * (wide + LEFT + GAP)
        letter = LETTERS[place] if len(panels) > 1 else ""
        title = TITLES.get(name) or _share(study, endpoint)
        canvas.panel_title(left - LEFT + 0.4, 0.25, letter, title, wide + LEFT - 0.4,
                           left + wide)  # fmt: skip
        ax = canvas.axes(left, TITLE, wide, PLOT)
        if name == RATIO:
            _ratio_panel(ax, ratios, periods, last, color)
        else:
            _difference_panel(ax, differences[differences["of"] == name], name, color)
        ax.set_xlim(0, last)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=6))
        labelled(ax, "Time (months)")
        canvas.y_label(left - LEFT + 0.25, TITLE, PLOT, AXES[name])
    if not panels:
        canvas.text(DOUBLE_CM / 2, 2, "Nothing could be estimated", color=MUTED, ha="center")
    caption = _caption(panels, ratios, periods, study, endpoint)
    alt = _alt(differences, periods, study)
    return Figure.of(canvas, caption, alt, _drawn(ratios, differences, periods))


def _share(study: Study, endpoint: str) -> str:
    """What a curve is the share of, short: the caption names the event."""
    return "Survival" if study.endpoints[endpoint].survives else "Without the event"


def _drawn(ratios: pd.DataFrame, differences: pd.DataFrame, periods: pd.DataFrame) -> pd.DataFrame:
    """What was drawn, `of` saying what each row is of: one frame, whichever parts are empty."""
    rows = differences.to_dict("records")
    rows += ratios.rename(columns={"hr": "estimate"}).assign(of=RATIO).to_dict("records")
    rows += periods.assign(of="ratio_of_period").to_dict("records")
    return pd.DataFrame(rows, columns=["endpoint", "of", "level", *BAND])


def _last(ratios: pd.DataFrame, differences: pd.DataFrame, periods: pd.DataFrame) -> float:
    """The end of the axis of time: of the curves, or beyond the last cut."""
    ends = [float(part["time"].max()) for part in (ratios, differences) if len(part)]
    if ends:
        return max(ends) * 1.02
    cuts = [float(level.split("-")[0]) for level in periods["level"]]
    return max([*cuts, 1.0]) * 1.5


def _ratio_panel(ax: Axes, ratios, periods, last: float, color: str) -> None:
    """Draw the curve by log time with its limits, and the ratio of each period as a step."""
    shown = [Interval(0, *row) for row in
             periods[["estimate", "conf_low", "conf_high"]].to_numpy(float)]  # fmt: skip
    shown += [Interval(0, *row) for row in
              ratios[["hr", "conf_low", "conf_high"]].to_numpy(float)]  # fmt: skip
    limits = log_limits(shown)
    ax.set_yscale("log")
    ax.set_ylim(*limits)
    marks = log_marks(limits, PLOT, upright=True)
    ax.set_yticks(marks, [mark_label(mark) for mark in marks])
    ax.yaxis.set_minor_locator(NullLocator())
    ax.axhline(1, color=MUTED, linewidth=0.7, label="no-effect")
    if len(ratios):
        ax.fill_between(ratios["time"], ratios["conf_low"], ratios["conf_high"],
                        color=tint(color, 0.25), linewidth=0, label="interval")  # fmt: skip
        ax.plot(ratios["time"], ratios["hr"], color=color, label="ratio-by-log-time")
    for _, row in periods.iterrows():
        start, end = row["level"].split("-")
        ends = [float(start), float(end) if end else last]
        middle = (ends[0] + min(ends[1], last)) / 2
        ax.plot(ends, [row["estimate"]] * 2, color=INK, linewidth=1.4, label="ratio-of-period",
                solid_capstyle="butt")  # fmt: skip
        bounds = [max(row["conf_low"], limits[0]), min(row["conf_high"], limits[1])]
        ax.plot([middle] * 2, bounds, color=INK, linewidth=0.7, label="limits-of-period",
                solid_capstyle="butt")  # fmt: skip


def _difference_panel(ax: Axes, part: pd.DataFrame, of: str, color: str) -> None:
    """Draw the difference with its limits at each time, and the band that holds it at all."""
    step = {"step": "post"} if of == SURVIVAL else {}
    for low, high, share, name in (("band_low", "band_high", 0.15, "band"),
                                   ("conf_low", "conf_high", 0.4, "interval")):  # fmt: skip
        known = part.dropna(subset=[low, high])
        ax.fill_between(known["time"], known[low], known[high], color=tint(color, share),
                        linewidth=0, label=name, **step)  # fmt: skip
    ax.axhline(0, color=MUTED, linewidth=0.7, label="no-difference")
    how = {"drawstyle": "steps-post"} if of == SURVIVAL else {}
    ax.plot(part["time"], part["estimate"], color=color, label="difference", **how)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6))


def _caption(panels: list[str], ratios, periods, study: Study, endpoint: str) -> str:
    conf = formats.conf_label(study.statistics.conf_level)
    other, reference = md(study.comparison_arm.label), md(study.reference.label)
    label = lower(md(study.endpoints[endpoint].label))
    drawn = []
    if RATIO in panels:
        kinds = ["as it changes with log time (curve, with its limits at each time)"] * bool(
            len(ratios)
        )
        kinds += ["of each period (level lines with their limits)"] * bool(len(periods))
        drawn.append(f"the hazard ratio of {other} against {reference}, {listed(kinds)}")
    differ = [name for name in panels if name != RATIO]
    if differ:
        of = {
            SURVIVAL: "survival"
            if study.endpoints[endpoint].survives
            else "the share without the event",
            RESTRICTED_MEAN: "the mean time without the event up to each month",
        }
        drawn.append(
            f"the difference of {' and of '.join(of[name] for name in differ)}, {other} minus "
            f"{reference}, with its {conf} at each time (dark) and the band that holds the whole "
            "curve (light)"
        )
    cautions = [competing.note(study, [endpoint]), entry.note(study, model=True)]
    parts = [f"Effects on {label} over time" + f": {'; '.join(drawn)}" * bool(drawn) + "."]
    return " ".join([*parts, *filter(None, cautions)])


def _alt(differences: pd.DataFrame, periods: pd.DataFrame, study: Study) -> str:
    told = [
        f"hazard ratio {period_name(row['level'])} {formats.ratio(row['estimate'])}"
        for _, row in periods.iterrows()
    ]
    for name, part in differences.groupby("of", sort=False):
        at = part.iloc[int(np.argmax(part["time"]))]
        told.append(
            f"difference of {lower(TITLES.get(name, 'Survival'))} at month {at['time']:.1f} "
            f"{formats.number(at['estimate'], 1)} {UNITS[name]}"
        )
    against = f"{clean(study.comparison_arm.label)} against {clean(study.reference.label)}"
    return f"Effects over time, {against}. {'; '.join(told) or 'Nothing drawn'}."

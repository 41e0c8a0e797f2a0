"""The difference of restricted means over the horizon: what another horizon would have given."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...formats import markdown as md
from ...study.study import Study
from ..drawing.canvas import Canvas, clean, labelled
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, MUTED, Arms, tint
from ..words import lower

COLUMNS, TITLE, PLOT, BELOW, GAP, LEFT = 2, 0.7, 3.6, 1.2, 1.3, 1.2
LETTERS = "ABCDEFGHIJKL"


def restricted_figure(curve: pd.DataFrame, study: Study) -> Figure:
    """Draw the difference of the restricted means with its limits, one panel an endpoint.

    Parameters
    ----------
    curve : DataFrame
        From `analysis.robustness.restricted.difference_curve`: endpoint, horizon, estimate,
        conf_low, conf_high, all in months.
    study : Study
    """
    names = list(dict.fromkeys(curve["endpoint"]))
    across = min(COLUMNS, max(len(names), 1))
    rows = -(-max(len(names), 1) // across)
    canvas = Canvas(DOUBLE_CM, rows * (TITLE + PLOT + BELOW), study)
    wide = (DOUBLE_CM - LEFT - 0.3 - GAP * (across - 1)) / across
    color = Arms.of(study).color(study.comparison_arm.code)
    for place, name in enumerate(names):
        left = LEFT + (place % across) * (wide + GAP)
        top = (place // across) * (TITLE + PLOT + BELOW)
        letter = LETTERS[place] if len(names) > 1 and place < len(LETTERS) else ""
        label = study.endpoints[name].label
        canvas.panel_title(left, top + 0.25, letter, label, wide, left + wide)
        ax = canvas.axes(left, top + TITLE, wide, PLOT)
        part = curve[curve["endpoint"] == name]
        ax.axhline(0, color=MUTED, linewidth=0.7, label="no-effect")
        known = part.dropna(subset=["conf_low", "conf_high"])
        ax.fill_between(
            known["horizon"],
            known["conf_low"],
            known["conf_high"],
            color=tint(color, 0.3),
            linewidth=0,
            label="interval",
        )
        ax.plot(part["horizon"], part["estimate"], color=color, label="difference")
        labelled(ax, "Horizon (months)", "Difference (months)" if place % across == 0 else "")
    if not names:
        canvas.text(DOUBLE_CM / 2, 2, "No difference was estimated", color=MUTED, ha="center")
    return Figure.of(canvas, _caption(study), _alt(curve, study), curve)


def _caption(study: Study) -> str:
    conf = formats.conf_label(study.statistics.conf_level)
    arm, other = md(study.comparison_arm.label), md(study.reference.label)
    asked, share = study.robustness.horizon, study.robustness.horizon_at_risk
    end = (
        f"to when at least {formats.percentage(100 * share, 0)}% of each arm were at risk"
        if asked is None
        else f"to the month asked for, {asked:g}, or to where both curves are known"
    )
    return (
        f"Difference of the restricted means, {arm} minus {other}, over the horizon to which they "
        f"run, {end}; the band is its {conf}. The table has the last horizon."
    )


def _alt(curve: pd.DataFrame, study: Study) -> str:
    told = []
    for name, part in curve.groupby("endpoint", sort=False):
        last = part.iloc[-1]
        told.append(
            f"{clean(lower(study.endpoints[name].label))} "
            f"{formats.number(last['estimate'], 1)} months at {last['horizon']:.1f} months"
        )
    return f"Difference of restricted means over the horizon. {'; '.join(told) or 'None drawn'}."

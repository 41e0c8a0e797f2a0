"""Curves of arms made alike: weighted, matched and standardised, a panel each."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ... import formats
from ...analysis.weighted_survival import MATCHED, STANDARDISED
from ...formats import markdown as md
from ...results import frame, pick
from ...study.study import Study
from ..drawing.canvas import clean
from ..drawing.figure import Figure
from ..sentences.weighted import weights_name
from ..words import capital, lower, p_equals
from .km import Other, km_figure


def weighted_figure(
    curves: pd.DataFrame, risk: pd.DataFrame, results: pd.DataFrame, study: Study, endpoint: str
) -> Figure:
    """Draw one endpoint's curves, a panel for each way of making the arms alike.

    Parameters
    ----------
    curves, risk : DataFrame
        From `analysis.weighted_survival.weighted_curves` and `weighted_risk`, of one endpoint.
    results : DataFrame
        From `weighted_survival`, for what stands in the corners.
    study : Study
    endpoint : str
    """
    names = {MATCHED: "Matched", STANDARDISED: "Standardised"}
    panels = []
    for level in dict.fromkeys(curves["level"]):
        own = curves[curves["level"] == level].drop(columns="level")
        below = risk[risk["level"] == level].drop(columns="level")
        if below.empty:  # a predicted curve has nobody at risk: its arms are named, no more
            times = sorted(risk["time"].unique()) if len(risk) else [0.0, float(own["time"].max())]
            below = pd.DataFrame([{"group": code, "time": float(time)} for code in study.arm_codes
                                  for time in times])  # fmt: skip
        panels.append({
            "curves": own, "risk": below, "results": frame([]), "endpoint": endpoint,
            "title": names.get(level, capital(clean(weights_name(study)))),
            "told": _corner(results, study, endpoint, level),
        })  # fmt: skip
    if not panels:
        panels = [{"curves": curves, "risk": risk, "results": frame([]), "endpoint": endpoint,
                   "told": []}]  # fmt: skip
    spec = study.endpoints[endpoint]
    shown = set(curves["level"])
    about = ["Numbers below weighted curves are sums of weights, scaled to the arm's number of "
             "patients."] * bool(shown - {STANDARDISED})  # fmt: skip
    if MATCHED in shown:
        about.append("Matched patients are compared by a Cox model with pairs as clusters.")
    if STANDARDISED in shown:
        about.append(
            "Standardised curves are those that a Cox model with the covariates predicts for all "
            "patients in each arm, with bootstrap limits."
        )
    other = Other(
        f"{capital(lower(md(spec.label)))} with the arms made alike by their covariates.",
        tuple(about),
        f"{clean(spec.label)} with the arms made alike",
    )
    return km_figure(panels, study, medians=False, other=other)


def _corner(results: pd.DataFrame, study: Study, endpoint: str, level: str) -> list[str]:
    """Give hazard ratio and P of a way, or the standardised difference."""
    part = pick(results, endpoint=endpoint, level=level, group="difference")
    conf, lines = formats.conf_label(study.statistics.conf_level), []
    for _, found in pick(part, statistic="hr").iterrows():
        if np.isfinite(found["estimate"]):
            low, high = (formats.ratio(found[name]) for name in ("conf_low", "conf_high"))
            lines.append(f"HR {formats.ratio(found['estimate'])} ({conf} {low}–{high})")
            if level == MATCHED:
                lines.append(p_equals(found["p_value"], study, "P"))
        else:
            lines.append("HR not estimable")
    for _, found in pick(part, statistic="logrank").iterrows():
        lines.append(f"Weighted log-rank {p_equals(found['p_value'], study, 'P')}")
    gaps = pick(part, statistic="difference")
    if len(gaps) and np.isfinite(gaps.iloc[-1]["estimate"]):
        gap = gaps.iloc[-1]
        lines.append(f"Month {gap['term']}: difference {formats.number(gap['estimate'], 1)} points")
        if np.isfinite(gap["conf_low"]):
            low, high = (formats.number(gap[name], 1) for name in ("conf_low", "conf_high"))
            lines.append(f"({conf} {low} to {high})")
    return lines

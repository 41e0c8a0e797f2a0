"""Kaplan-Meier curves of three or more arms."""

from __future__ import annotations

import pandas as pd

from ...formats import markdown as md
from ...results import frame, pick
from ...study.study import Study
from ..drawing.canvas import clean
from ..drawing.figure import Figure
from ..words import lower, number_word, p_equals
from .km import km_figure
from .km_panel import LOG_RANK, Other


def several_arms_figure(
    curves: pd.DataFrame, risk: pd.DataFrame, results: pd.DataFrame, study: Study, endpoint: str
) -> Figure:
    """Draw the curves of all arms with the test of them all.

    Parameters
    ----------
    curves, risk : DataFrame
        From `analysis.survival.curves` and `risk_table`, of a cohort of all arms.
    results : DataFrame
        From `analysis.several_arms.several_arms`.
    study : Study
        With all arms.
    endpoint : str
    """
    tests = pick(results, statistic="global", endpoint=endpoint)
    told = [f"{LOG_RANK}, all arms: {p_equals(p, study, 'P')}" for p in tests["p_value"]]
    spec = study.endpoints[endpoint]
    other = Other(
        f"Kaplan-Meier estimates of {lower(md(spec.label))} in all "
        f"{number_word(len(study.arms))} arms.",
        ("The *P* value is of one log-rank test of all arms.",) * bool(told),
        f"Kaplan-Meier plot of {lower(clean(spec.label))} in all arms",
    )
    panel = {
        "curves": curves,
        "risk": risk,
        "results": frame([]),
        "endpoint": endpoint,
        "title": spec.label,
        "told": told,
    }
    return km_figure([panel], study, medians=False, other=other)

"""Sentences about how long patients were followed, and how completely."""

from __future__ import annotations

from math import isnan

import pandas as pd

from ... import formats
from ...analysis.rules import GRACE
from ...formats import markdown as md
from ...results import pick
from ...study.study import Study
from ..words import arm, hidden_share, listed, lower, median


def by_arm(results: pd.DataFrame, study: Study) -> str:
    """Give the median follow-up of each arm; "" if there is one arm."""
    if not study.compares:
        return ""
    key = study.followed_endpoint
    found = pick(results, endpoint=key, population="all", statistic="follow_up")
    parts = [
        f"{median(found[found['group'] == code].iloc[0], study)} with {arm(study, code)}"
        for code in reversed(study.arm_codes)
        if (found["group"] == code).any()
    ]
    of = (
        ""
        if key == study.death_endpoint or len(study.endpoints) == 1
        else f" for {lower(md(study.endpoints[key].label))}"
    )
    return f"Median follow-up{of} was {listed(parts)}." if parts else ""


def completeness(results: pd.DataFrame, study: Study) -> str:
    """Say who left follow-up before the cut-off, by arm, and Clark's C; "" where unknown."""
    lost, share = (
        pick(results, population="all", statistic=name).set_index("group")
        for name in ("lost", "completeness")
    )
    groups = study.arm_codes if study.compares else ["overall"]
    if lost.empty or lost.loc[groups, "note"].eq(formats.WITHHELD).all():
        return ""
    told = []
    for group in groups:
        found = lost.loc[group]
        whose = f" with {arm(study, group)}" if study.compares else ""
        reached = share["estimate"].get(group)
        hidden = reached is None or isnan(reached)
        out = hidden_share(found) or f"{int(found['estimate'])} of {int(found['n'])}"
        c = "" if hidden else f" (completeness {formats.percentage(reached, 1)}%)"
        told.append(f"{out} patients{whose}{c}")
    return (
        f"Follow-up ended more than {GRACE:g} month before the cut-off, without the event, in "
        f"{listed(told)}"
        + (
            "; completeness is the observed share of the follow-up that was possible (Clark's C)."
            if share["estimate"].notna().any()
            else "."
        )
    )

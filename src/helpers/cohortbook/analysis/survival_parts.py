"""Survival in every part of a cohort: all patients, arms, and the subgroups of the study file."""

from __future__ import annotations

import pandas as pd

from ..cohort.cohort import Cohort
from ..results import frame
from ..study.parts import Covariate
from .cox import interaction
from .follow_up import completeness
from .survival import km_panel, survival


def survival_of_parts(cohort: Cohort) -> pd.DataFrame:
    """Summarise each endpoint in all patients, then in each subgroup; and how complete it is."""
    parts = [cohort, *(cohort.subgroup(group) for group in cohort.study.subgroups)]
    found = [survival(part, endpoint) for part in parts for endpoint in cohort.study.endpoints]
    # subgroups side by side invite a comparison that only an interaction answers
    asked = cohort.study.compares and cohort.study.subgroups
    found += [interactions(cohort)] if asked else []
    return pd.concat([*found, *([told] if len(told := completeness(cohort)) else [])],
                     ignore_index=True)  # fmt: skip


def interactions(cohort: Cohort) -> pd.DataFrame:
    """Test whether the effect differs between the levels of each variable that has subgroups.

    Returns
    -------
    DataFrame
        Tidy results, analysis "survival", statistic "interaction" per endpoint and variable
        (term): P by Wald's test of treatment by factor, estimate = degrees of freedom.
    """
    names = dict.fromkeys(group.variable for group in cohort.study.subgroups)
    rows = [
        interaction(cohort, endpoint, Covariate(variable=name)) | {"analysis": "survival"}
        for endpoint in cohort.study.endpoints
        for name in names
    ]
    return frame(rows)


def main_panels(cohort: Cohort, endpoint: str) -> list[dict[str, object]]:
    """Give the curves of one endpoint: of all patients, then by arm."""
    shown = (False, True) if cohort.study.compares else (False,)
    return [km_panel(cohort, endpoint, by_arm) for by_arm in shown]


def subgroup_panels(cohort: Cohort, endpoint: str) -> list[dict[str, object]]:
    """Give the curves of one endpoint by arm, a panel a subgroup."""
    parts = [cohort.subgroup(group) for group in cohort.study.subgroups]
    return [km_panel(part, endpoint) for part in parts]

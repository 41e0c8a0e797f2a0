"""Survival in every part of a cohort: all patients, arms, and the subgroups of the study file."""

from __future__ import annotations

import pandas as pd

from ..cohort.cohort import Cohort
from .follow_up import completeness
from .survival import km_panel, survival


def survival_of_parts(cohort: Cohort) -> pd.DataFrame:
    """Summarise each endpoint in all patients, then in each subgroup; and how complete it is."""
    parts = [cohort, *(cohort.subgroup(group) for group in cohort.study.subgroups)]
    found = [survival(part, endpoint) for part in parts for endpoint in cohort.study.endpoints]
    return pd.concat([*found, *([told] if len(told := completeness(cohort)) else [])],
                     ignore_index=True)  # fmt: skip


def main_panels(cohort: Cohort, endpoint: str) -> list[dict[str, object]]:
    """Give the curves of one endpoint: of all patients, then by arm."""
    shown = (False, True) if cohort.study.compares else (False,)
    return [km_panel(cohort, endpoint, by_arm) for by_arm in shown]


def subgroup_panels(cohort: Cohort, endpoint: str) -> list[dict[str, object]]:
    """Give the curves of one endpoint by arm, a panel a subgroup."""
    parts = [cohort.subgroup(group) for group in cohort.study.subgroups]
    return [km_panel(part, endpoint) for part in parts]

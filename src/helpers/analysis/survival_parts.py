"""Survival in every part of a cohort: all patients, arms, and the subgroups of the study file."""

from __future__ import annotations

import pandas as pd

from ..cohort import Cohort
from .survival import km_panel, survival

MOST = 2  # endpoints, and subgroups, that one figure can hold


def survival_of_parts(cohort: Cohort) -> pd.DataFrame:
    """Summarise each endpoint in all patients, then in each subgroup (see `survival`)."""
    parts = [cohort, *(cohort.subgroup(group) for group in cohort.study.subgroups)]
    return pd.concat(
        [survival(part, endpoint) for part in parts for endpoint in cohort.study.endpoints],
        ignore_index=True,
    )


def main_panels(cohort: Cohort) -> list[dict[str, object]]:
    """Give the curves of the first endpoints: of all patients, then by arm."""
    endpoints = list(cohort.study.endpoints)[:MOST]
    shown = (False, True) if cohort.study.compares else (False,)
    return [km_panel(cohort, name, by_arm) for by_arm in shown for name in endpoints]


def subgroup_panels(cohort: Cohort) -> list[dict[str, object]]:
    """Give the curves by arm in the first subgroups."""
    parts = [cohort.subgroup(group) for group in cohort.study.subgroups[:MOST]]
    return [km_panel(part, name) for part in parts for name in list(cohort.study.endpoints)[:MOST]]

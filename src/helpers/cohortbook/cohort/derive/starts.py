"""The start of the treatment, and the entry into the cohort, from dates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..checks.patients import PatientTable
from .date_columns import read_date_column
from .state import Resolved


def derive_start(state: Resolved) -> Resolved:
    """Give the days from time zero to the start of the treatment, where both are dates."""
    return _derived(state, "treatment_start", "start of the treatment")


def derive_entry(state: Resolved) -> Resolved:
    """Give the days from time zero to the entry, where both are dates."""
    return _derived(state, "entry", "entry")


def _derived(state: Resolved, key: str, what: str) -> Resolved:
    """Give the days from `origin` to `column` of a part of the study file."""
    spec = getattr(state.study, key)
    if spec is None or spec.origin is None:
        return state
    patients = state.tables["patients"]
    checks = PatientTable(state.study, patients, state.show_ids)
    column = f"{spec.origin} to {spec.column} ({what})"  # as `check` names it
    missing = [name for name in (spec.origin, spec.column) if name not in patients]
    days = pd.Series(np.nan, index=patients.index)
    if missing:
        state.problems.extend(checks.missing_columns(missing))
    else:
        origin, start = (read_date_column(state, name) for name in (spec.origin, spec.column))
        days = (start - origin).dt.days.astype(float)
        state.problems.extend(
            checks.rows(
                days < 0,
                spec.column,
                f"a date not before {spec.origin}",
                "Correct one of the dates.",
                beside=(spec.origin,),
            )
        )
        days = days.where(days >= 0)
    text = days.map(lambda value: f"{value:g}", na_action="ignore").astype(object)
    changed = {"column": column, "origin": None, "unit": "days"}
    return state.with_table("patients", patients.assign(**{column: text})).with_study(
        **{key: spec.model_copy(update=changed)}
    )

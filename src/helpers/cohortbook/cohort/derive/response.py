"""Response filled in or derived from measurements, and held against what was recorded."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...study.study import Study
from ..checks.patients import PatientTable
from .recist import NOT_EVALUABLE, best_response, visit_responses
from .state import Resolved


def derive_response(state: Resolved) -> Resolved:
    """Derive best overall response where the study file asks for it.

    A patient table without the column gets it; where it was recorded, differences are warnings.
    Patients without an entry are put into the category `missing_is`, if the study file names one.
    """
    spec = state.study.response
    if spec is None:
        return state
    if spec.derived and state.study.measurements and "measurements" in state.tables:
        state = _derived(state)
    patients = state.tables["patients"]
    if spec.missing_is is None or spec.column not in patients:
        return state
    empty = patients[spec.column].isna()
    if empty.any():
        state.notes.append(
            f"{state.study.tables.patients}: {int(empty.sum())} patients without "
            f"{spec.column} count as {spec.missing_is}."
        )
    filled = patients[spec.column].where(~empty, spec.missing_is)
    return state.with_table("patients", patients.assign(**{spec.column: filled}))


def response_from_sums(study: Study, patients: pd.DataFrame, table: pd.DataFrame) -> pd.Series:
    """Give each patient's best overall response from the sums of target lesions.

    The baseline is the last measurement at or before time zero, or the first one.

    Parameters
    ----------
    study : Study
        With `measurements.size` and `response.derived`.
    patients, table : DataFrame
        Patients and measurements as text.

    Returns
    -------
    Series of str
        In the order of the patients.
    """
    spec, name = study.measurements, study.columns.patient_id
    visits = (
        pd.DataFrame(
            {
                "id": table[name],
                "time": pd.to_numeric(table[spec.time], errors="coerce"),
                "size": pd.to_numeric(table[spec.size], errors="coerce"),
                "new": table[spec.new_lesion].isin(["1", "1.0"])
                if spec.new_lesion in table
                else False,
            }
        )
        .dropna(subset=["id", "time"])
        .sort_values("time", kind="stable")
    )
    groups = dict(tuple(visits.groupby("id", sort=False)))
    return patients[name].map(lambda who: _best(study, groups.get(who)))


def _best(study: Study, visits: pd.DataFrame | None) -> str:
    if visits is None or not len(visits):
        return NOT_EVALUABLE
    before = np.flatnonzero((visits["time"] <= 0) & visits["size"].notna())
    visits = visits.iloc[before[-1] if len(before) else 0 :]
    spec = study.response
    return best_response(
        visit_responses(
            visits["size"].to_numpy(float),
            visits["new"].to_numpy(bool),
            spec.derived,
            spec.shrinkage,
            spec.growth,
        )
    )


def _derived(state: Resolved) -> Resolved:
    study, patients, table = state.study, state.tables["patients"], state.tables["measurements"]
    spec, name = study.response, study.columns.patient_id
    needed = {name, study.measurements.time, study.measurements.size}
    if name not in patients or not needed <= set(table):
        return state  # the checks name the missing columns
    best = response_from_sums(study, patients, table)
    if spec.column not in patients:
        state.notes.append(f"{spec.column}: derived from {study.tables.measurements}.")
        return state.with_table("patients", patients.assign(**{spec.column: best}))
    checks = PatientTable(study, patients, state.show_ids)
    recorded = patients[spec.column]
    for code in sorted(set(best)):
        differs = recorded.notna() & (best == code) & (recorded != code)
        state.problems.extend(
            checks.rows(
                differs,
                spec.column,
                f"{code}, by the sums of target lesions",
                "See whether other lesions decided; what is recorded is used.",
                "warning",
            )
        )
    return state

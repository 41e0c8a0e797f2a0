"""Target lesions and marker: best change, course over time, and whether they agree with response.

Patients carry a study number, their place in the patient table; their identifier only where the
study file asks for it (`privacy.show_ids`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..cohort import Cohort

COMPLETE = "CR"
SIZE, MARKER = "size", "marker"
COURSE = ["number", "arm", "measure", "kind", "time", "value", "change"]


def numbers(cohort: Cohort) -> pd.Series:
    """Give what each patient is called, indexed by id.

    The study number (1 to n in the order of the table), or, with `privacy.show_ids`, the id.
    """
    ids = cohort.patients["patient_id"]
    if cohort.study.privacy.show_ids:
        return pd.Series(ids.astype(str).to_numpy(), index=ids, dtype=object)
    return pd.Series(range(1, len(cohort) + 1), index=ids, dtype=int)


def waterfall(cohort: Cohort) -> pd.DataFrame:
    """Give the best change of target lesions of each patient.

    Returns
    -------
    DataFrame
        Columns number, arm, response (code of best response), change (percent from baseline, NaN
        = not measured), new_lesion (1 = progressed by a new lesion, 0 or NaN = not). Sorted within
        arm (reference arm first) from growth to shrinkage, unmeasured patients last.
    """
    spec, patients = cohort.study.response, cohort.patients
    nothing = pd.Series(np.nan, index=patients.index)
    out = pd.DataFrame({
        "number": numbers(cohort).to_numpy(),
        "arm": patients["arm"],
        "response": patients[spec.column],
        "change": patients[spec.change] if spec.change else nothing,
        "new_lesion": patients[spec.new_lesion] if spec.new_lesion else nothing,
    })
    out = out.sort_values(
        ["arm", "change", "number"], ascending=[True, False, True], kind="stable"
    )
    return out.astype({"arm": "object"}).reset_index(drop=True)


def contradictions(cohort: Cohort) -> pd.DataFrame:
    """Hold the best change of target lesions against the best response.

    By the criteria of RECIST and mRECIST as the study sets them: complete response (code CR) needs
    the loss of all target lesions; another objective response a change at or below `shrinkage`;
    disease control without response a change above it and below `growth`; progression a change of
    at least `growth` or a new lesion. A change from baseline cannot be below -100 %. Progression
    from the smallest size, and of lesions that are no targets, is not in these columns, so a row
    is a question to the reader of the scans and not an error.

    Returns
    -------
    DataFrame
        Columns number, arm, response, change, new_lesion, problem; no row if all agree.
    """
    table = waterfall(cohort)
    table["problem"] = [_disagreement(cohort, row) for row in table.itertuples()]
    return table[table["problem"] != ""].sort_values("number").reset_index(drop=True)


def _disagreement(cohort: Cohort, row) -> str:
    spec, change = cohort.study.response, row.change
    if pd.isna(row.response) or row.response == spec.not_evaluable:
        return "" if pd.isna(change) else "not evaluable, but a change is recorded"
    if pd.isna(change):
        return "" if row.new_lesion == 1 else "a response is recorded, but no change"
    if change < -100:
        return "a change below -100 %"
    return _by_category(spec, row.response, change, row.new_lesion)


def _by_category(spec, response: str, change: float, new_lesion: float) -> str:
    if response == COMPLETE and response in spec.objective:
        return "" if change == -100 else "complete response, but a target lesion remains"
    if response in spec.objective:
        if change == -100 and COMPLETE in spec.objective:
            return "all target lesions lost, but no complete response"
        small = change > spec.shrinkage
        return f"response, but change above {spec.shrinkage:g} %" if small else ""
    if response in spec.control:
        inside = spec.shrinkage < change < spec.growth
        limits = f"{spec.shrinkage:g} to {spec.growth:g} %"
        return "" if inside else f"stable disease, but change outside {limits}"
    if change >= spec.growth or new_lesion == 1:
        return ""
    return f"progression, but change below {spec.growth:g} % and no new lesion"


def course(cohort: Cohort) -> pd.DataFrame:
    """Give lesion size and marker of each patient over time.

    Returns
    -------
    DataFrame
        Columns number, arm, measure ("size" or "marker"), kind ("measurement", or "procedure":
        the point on the line between two measurements at the time of the procedure), time
        (months), value, change (percent from the first measurement at or before the first dose,
        or the first of all; NaN if that is 0). Missing values are left out.
    """
    parts = [_of_patient(cohort, identifier, group) for identifier, group in _groups(cohort)]
    rows = [row for part in parts for row in part]
    return pd.DataFrame(rows, columns=COURSE)


def case_numbers(cohort: Cohort) -> list[int | str]:
    """Choose the patients shown one by one.

    Those that the study file lists; otherwise, unless an imaging case shows its patient's
    measurements, the patient who had the procedure and has most of them (the first), or nobody.
    """
    spec, number = cohort.study.measurements, numbers(cohort)
    if spec.cases:
        return [number[case] for case in spec.cases if case in number.index]
    if any(case.patient for case in cohort.study.cases):
        return []
    if not spec.procedure_time or cohort.measurements is None:
        return []
    treated = cohort.patients.loc[cohort.patients[spec.procedure_time].notna(), "patient_id"]
    counts = cohort.measurements["patient_id"].value_counts()
    counts = counts.reindex(treated).dropna()
    return [number[counts.idxmax()]] if len(counts) else []


def case_series(cohort: Cohort, number: int | str) -> pd.DataFrame:
    """Give the course of one patient, by what `numbers` calls the patient (see `course`)."""
    found = course(cohort)
    return found[found["number"] == number].reset_index(drop=True)


def _groups(cohort: Cohort) -> Iterator[tuple[str, pd.DataFrame]]:
    table, time = cohort.measurements, cohort.study.measurements.time
    if table is None:
        return
    for identifier in cohort.patients["patient_id"]:
        group = table[table["patient_id"] == identifier].dropna(subset=[time])
        if len(group):
            yield identifier, group.sort_values(time, kind="stable")


def _of_patient(cohort: Cohort, identifier: str, group: pd.DataFrame) -> Iterator[dict]:
    spec = cohort.study.measurements
    patient = cohort.patients.loc[cohort.patients["patient_id"] == identifier].iloc[0]
    keys = {"number": numbers(cohort)[identifier], "arm": patient["arm"]}
    procedure = patient[spec.procedure_time] if spec.procedure_time else np.nan
    for measure, column in ((SIZE, spec.size), (MARKER, spec.marker)):
        if column:
            part = group.dropna(subset=[column])
            times, values = part[spec.time].to_numpy(float), part[column].to_numpy(float)
            yield from _points(keys | {"measure": measure}, times, values, procedure)


def _points(keys: dict, times: np.ndarray, values: np.ndarray, procedure: float) -> Iterator[dict]:
    if not len(times):
        return
    before = np.flatnonzero(times <= 0)
    first = values[before[-1]] if len(before) else values[0]

    def point(kind: str, time: float, value: float) -> dict:
        change = 100 * (value - first) / first if first else np.nan
        return keys | {"kind": kind, "time": float(time), "value": float(value),
                       "change": float(change)}

    for time, value in zip(times, values, strict=True):
        yield point("measurement", time, value)
    if np.isfinite(procedure) and times[0] <= procedure <= times[-1]:
        yield point("procedure", procedure, _between(keys["measure"], times, values, procedure))


def _between(measure: str, times: np.ndarray, values: np.ndarray, at: float) -> float:
    """Interpolate on the scale that is drawn: logarithmic for a positive marker."""
    if measure == MARKER and (values > 0).all():
        return float(np.exp(np.interp(at, times, np.log(values))))
    return float(np.interp(at, times, values))

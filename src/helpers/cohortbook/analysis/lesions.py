"""Target lesions and marker: best change, course over time, and whether they agree with response.

Patients carry a study number, their place in the patient table; their identifier only where the
study file asks for it (`privacy.show_ids`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort

COMPLETE = "CR"
SIZE, MARKER = "size", "marker"
MEASURES = pd.CategoricalDtype([SIZE, MARKER])
KINDS = pd.CategoricalDtype(["measurement", "procedure"])
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
    out = pd.DataFrame(
        {
            "number": numbers(cohort).to_numpy(),
            "arm": patients["arm"],
            "response": patients[spec.column],
            "change": patients[spec.change] if spec.change else nothing,
            "new_lesion": patients[spec.new_lesion] if spec.new_lesion else nothing,
        }
    )
    # the number last: patients with the same change keep their order in every build
    out = out.sort_values(["arm", "change", "number"], ascending=[True, False, True], kind="stable")
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
    taken = _taken(cohort)
    spec, columns = cohort.study.measurements, []
    for measure, column in ((SIZE, spec.size), (MARKER, spec.marker)):
        if column and len(taken):
            columns.append(_points(cohort, measure, taken.dropna(subset=[column]), column))
    if not columns:
        return pd.DataFrame(columns=COURSE)
    points = pd.concat(columns, ignore_index=True)
    return points.sort_values("place", kind="stable", ignore_index=True)[COURSE]


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
    # most points make the most telling course; the first of equals, so that builds agree
    counts = cohort.measurements["patient_id"].value_counts()
    counts = counts.reindex(treated).dropna()
    return [number[counts.idxmax()]] if len(counts) else []


def case_series(cohort: Cohort, number: int | str) -> pd.DataFrame:
    """Give the course of one patient, by what `numbers` calls the patient (see `course`)."""
    names, table = numbers(cohort), cohort.measurements
    mine = table["patient_id"].isin(names.index[names == number])
    return course(replace(cohort, measurements=table[mine]))


def _taken(cohort: Cohort) -> pd.DataFrame:
    """Give the measurements in the order of the patients and of time, with `place` of a patient."""
    table, time = cohort.measurements, cohort.study.measurements.time
    if table is None:
        return pd.DataFrame()
    place = pd.Index(cohort.patients["patient_id"]).get_indexer(table["patient_id"])
    table = table.drop(columns="patient_id").assign(place=place)
    table = table[(place >= 0) & table[time].notna()]
    return table.sort_values(["place", time], kind="stable")


def _points(cohort: Cohort, measure: str, part: pd.DataFrame, column: str) -> pd.DataFrame:
    """Give the points of one measure, after each patient's that of the procedure."""
    time = cohort.study.measurements.time
    out = pd.DataFrame(
        {
            "place": part["place"],
            "time": part[time].astype(float),
            "value": part[column].astype(float),
            "kind": KINDS.categories[0],
        }
    ).astype({"kind": KINDS})
    first = _baseline(out)
    between = _procedures(cohort, measure, out)
    out = pd.concat([out, between], ignore_index=True).sort_values(
        "place", kind="stable", ignore_index=True
    )
    # from nothing there is no percentage
    base = out["place"].map(first).replace(0, np.nan)
    patients = cohort.patients.iloc[out["place"]]
    return out.assign(
        number=numbers(cohort).to_numpy()[out["place"]],
        measure=measure,
        arm=patients["arm"].array,
        change=100 * (out["value"] - base) / base,
    ).astype({"measure": MEASURES, "kind": KINDS})


def _baseline(points: pd.DataFrame) -> pd.Series:
    """Give each patient's last value at or before the first dose, or the first of all, by place."""
    # the last before the first dose, not the first of all: treatment starts from there
    before = points[points["time"] <= 0].groupby("place")["value"].last()
    return before.combine_first(points.groupby("place")["value"].first())


def _procedures(cohort: Cohort, measure: str, points: pd.DataFrame) -> pd.DataFrame:
    """Give a point on the line of each patient whose procedure lies between two measurements."""
    column, rows = cohort.study.measurements.procedure_time, []
    if column:
        when = points["place"].map(cohort.patients[column].reset_index(drop=True))
        for place, mine in points[when.notna()].groupby("place"):
            at, times = when[mine.index[0]], mine["time"].to_numpy()
            if times[0] <= at <= times[-1]:
                value = _between(measure, times, mine["value"].to_numpy(), at)
                rows.append({"place": place, "time": at, "value": value, "kind": "procedure"})
    return pd.DataFrame(rows, columns=list(points)).astype(points.dtypes)


def _between(measure: str, times: np.ndarray, values: np.ndarray, at: float) -> float:
    """Interpolate on the scale that is drawn: logarithmic for a positive marker."""
    if measure == MARKER and (values > 0).all():
        return float(np.exp(np.interp(at, times, np.log(values))))
    return float(np.interp(at, times, values))

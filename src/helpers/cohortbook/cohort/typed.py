"""Tables of text as typed columns: variables and their levels, endpoints in months, numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..study.cuts import contradicts, label_with_points, names_numbers
from ..study.names import numbers_only
from ..study.parts import Endpoint
from ..study.study import Study
from .derive.endpoints import competing_column


def typed_patients(study: Study, raw: pd.DataFrame) -> pd.DataFrame:
    """Type the patient table: variables, arm, endpoints in months, raw columns under their names.

    Raw text cells stay text unless the study uses the column as a number. `treatment_start`, if the
    study has one, is in months, NaN = never. Where patients enter late, time and event of an
    endpoint are empty for those who were never at risk of it.
    """
    out: dict[str, pd.Series] = {"patient_id": raw[study.columns.patient_id]}
    for name, variable in study.variables.items():
        if not variable.cut:
            text = raw[variable.column or name]
            out[name] = (
                as_number(text)
                if variable.kind == "continuous"
                else as_levels(text, study.levels(name))
            )
    for name, variable in study.variables.items():
        if variable.cut:
            out[name] = cut_levels(out[variable.cut], study, name)
    arm = out.get(study.columns.arm)
    arm = raw[study.columns.arm] if arm is None else arm
    out["arm"] = as_levels(arm, study.arm_codes)
    for name, endpoint in study.endpoints.items():
        out |= _endpoint_columns(name, endpoint, raw, study.months_in(endpoint.unit))
        if competing_column(name) in raw:
            out[f"{name}_competing"] = raw[competing_column(name)]
        if study.entry:
            out |= _entered(name, out, as_number(raw[study.entry.column]), study)
    for column in _numeric_columns(study):
        out[column] = as_number(raw[column])
    for column in _text_columns(study):
        out[column] = raw[column]
    if study.treatment_start:
        start = study.treatment_start
        months = as_number(raw[start.column]) * study.months_in(start.unit)
        out["treatment_start"] = months.round(9)
    for column in _start_columns(study):
        if column in raw:
            out.setdefault(column, raw[column])
    return pd.DataFrame(out, copy=False)  # each column stays where it is: a registry is held once


def as_number(text: pd.Series) -> pd.Series:
    """Read a text column as floats; empty cells are missing."""
    return pd.to_numeric(text, errors="coerce").astype(float, copy=False)


def as_levels(text: pd.Series, codes: list[str]) -> pd.Series:
    """Read a text column as an ordered categorical of the given codes."""
    return pd.Series(pd.Categorical(text, categories=codes, ordered=True), index=text.index)


def cut_levels(values: pd.Series, study: Study, name: str) -> pd.Series:
    """Cut a continuous variable into the levels of the derived variable `name`."""
    variable = study.variables[name]
    points = variable.cut_points(values)
    side = "right" if variable.cut_point_in == "upper" else "left"
    index = np.searchsorted(points, values.to_numpy(), side=side)
    codes = np.where(values.isna(), -1, index)
    levels = study.levels(name)
    return pd.Series(pd.Categorical.from_codes(codes, levels, ordered=True), index=values.index)


def with_cut_labels(study: Study, patients: pd.DataFrame) -> Study:
    """Put the cut-points beside the labels of cut levels that name no number: Low (<400)."""
    changed = {}
    for name, variable in study.variables.items():
        if not variable.cut or not patients[variable.cut].notna().any():
            continue
        bounds = variable.bounds(variable.cut_points(patients[variable.cut]))
        texts = [level.printed for level in variable.levels]
        index = numbers_only(variable.levels) and any(map(contradicts, texts, bounds))
        levels = [
            level
            if names_numbers(level.printed) and not index
            else level.model_copy(
                update={"label": label_with_points(level.printed, own, variable.at == ["median"])}
            )
            for level, own in zip(variable.levels, bounds, strict=True)
        ]
        changed[name] = variable.model_copy(update={"levels": levels})
    return study.model_copy(update={"variables": study.variables | changed})


def _endpoint_columns(
    name: str, endpoint: Endpoint, raw: pd.DataFrame, months_in: float
) -> dict[str, pd.Series]:
    months = as_number(raw[endpoint.time]) * months_in
    # 0.3 and 0.30000000000000004 are one time: ties must not depend on how a number was stored
    return {
        f"{name}_time": months.round(9),
        f"{name}_event": as_number(raw[endpoint.event]),
    }


def _entered(
    name: str, out: dict[str, pd.Series], entry: pd.Series, study: Study
) -> dict[str, pd.Series]:
    """Give the entry of an endpoint, and empty the time of those who were never at risk of it."""
    months = (entry * study.months_in(study.entry_unit)).round(9)
    time, event = out[f"{name}_time"], out[f"{name}_event"]
    # as R's Surv(entry, time, event): nobody is seen in a follow-up that ends before it begins
    unseen = (months > 0) & (months >= time)
    seen = ~unseen & months.notna()
    return {
        f"{name}_time": time.where(seen),
        f"{name}_event": event.where(seen),
        f"{name}_entry": months.where(seen),
        f"{name}_unseen": unseen & event.notna(),
    }


def _numeric_columns(study: Study) -> list[str]:
    found: list[str | None] = []
    if study.response:
        found += [study.response.change, study.response.new_lesion]
        found += [study.response.duration.start] if study.response.duration else []
    if study.swimmer:
        s = study.swimmer
        found += [s.treatment, s.ongoing, s.response_start, s.response_end, s.progression]
    if study.measurements:
        found.append(study.measurements.procedure_time)
    return list(dict.fromkeys(column for column in found if column))


def _text_columns(study: Study) -> list[str]:
    found = [study.response.column] if study.response else []
    if study.discontinuation:
        found.append(study.discontinuation.column)
    return found


def _start_columns(study: Study) -> list[str]:
    """Name the dates of time zero from which, with a cut-off, complete follow-up is known."""
    if study.cutoff is None:
        return []
    found = [study.enrolled.column, *(spec.start for spec in study.endpoints.values())]
    return list(dict.fromkeys(column for column in found if column))


def typed_events(study: Study, raw: pd.DataFrame | None) -> pd.DataFrame | None:
    """Type the table of adverse events (None: the study has none)."""
    if raw is None or study.adverse_events is None:
        return None
    spec, out = study.adverse_events, raw.rename(columns={study.columns.patient_id: "patient_id"})
    for column in (spec.grade, spec.onset_day, spec.procedure_hours):
        if column:
            out[column] = as_number(out[column])
    return out


def typed_measurements(study: Study, raw: pd.DataFrame | None) -> pd.DataFrame | None:
    """Type the table of measurements (None: the study has none)."""
    if raw is None or study.measurements is None:
        return None
    spec, out = study.measurements, raw.rename(columns={study.columns.patient_id: "patient_id"})
    for column in (spec.time, spec.size, spec.marker):
        if column:
            out[column] = as_number(out[column])
    return out

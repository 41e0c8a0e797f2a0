"""The cohort: a study's tables read, checked, typed, with derived variables and endpoints."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from .checks import (
    Finding,
    check_tables,
    check_values,
    columns_of_numbers,
    columns_to_read,
    needed_columns,
    personal_columns,
    personal_problems,
)
from .derive import resolve
from .errors import Problem, StudyError
from .imaging.checks import check_cases, picture_files
from .registry import is_registry, read_registry
from .study import Study, load_study
from .study_parts import Endpoint, Subgroup
from .tables_in import read_table


@dataclass(frozen=True)
class Cohort:
    """A checked cohort.

    Attributes
    ----------
    study : Study
        What the tables mean.
    patients : DataFrame
        One row a patient, in the file's order: `patient_id` (str), `arm` (ordered categorical,
        reference arm first), each variable of the study (float or ordered categorical of level
        codes), `{endpoint}_time` in months and `{endpoint}_event` (1 = event, 0 = censored, NaN =
        missing), and the raw columns that the study names elsewhere under their own names.
    adverse_events, measurements : DataFrame or None
        The other tables as read, ids as text.
    fingerprints : dict
        SHA-256 of each file read.
    population : str
        "all", or the name of a subgroup.
    warnings : tuple of Problem
        What `check` would warn about.
    personal : tuple of Finding
        Columns that look personal and that the study allows.
    folder : Path or None
        The study folder.
    """

    study: Study
    patients: pd.DataFrame
    adverse_events: pd.DataFrame | None = None
    measurements: pd.DataFrame | None = None
    fingerprints: dict[str, str] = field(default_factory=dict)
    population: str = "all"
    warnings: tuple = ()
    personal: tuple[Finding, ...] = ()
    folder: Path | None = None

    def __len__(self) -> int:
        return len(self.patients)

    @cached_property
    def n_by_arm(self) -> dict[str, int]:
        """Patients in each arm, the reference arm first."""
        counts = self.patients["arm"].value_counts()
        return {code: int(counts.get(code, 0)) for code in self.study.arm_codes}

    def subgroup(self, subgroup: Subgroup) -> Cohort:
        """Keep the patients of one subgroup."""
        keep = self.patients["arm"].notna() & (
            self.patients[subgroup.variable].astype("object") == subgroup.level
        )
        return replace(
            self, patients=self.patients[keep].reset_index(drop=True), population=subgroup.name
        )

    def survival(self, endpoint: str) -> pd.DataFrame:
        """Give `arm`, `time` (months), `event` (0/1) of the patients who have all three."""
        columns = self.patients[["patient_id", "arm", f"{endpoint}_time", f"{endpoint}_event"]]
        columns = columns.set_axis(["patient_id", "arm", "time", "event"], axis=1)
        return columns.dropna(subset=["arm", "time", "event"])


def load_cohort(folder: str | Path) -> Cohort:
    """Read a study folder into a checked cohort.

    Parameters
    ----------
    folder : path
        A folder with `study.yml` and the tables it names.

    Returns
    -------
    Cohort

    Raises
    ------
    StudyError
        With all problems of all files at once.
    """
    read = read_study(folder)
    errors = [problem for problem in read.problems if problem.severity == "error"]
    if errors:
        raise StudyError(errors)
    study, tables = read.study, read.tables
    return Cohort(
        study=study,
        patients=read.patients,
        adverse_events=_typed_events(study, tables.get("adverse_events")),
        measurements=_typed_measurements(study, tables.get("measurements")),
        fingerprints=_fingerprints(read.folder, study),
        warnings=tuple(read.problems),
        personal=tuple(read.personal),
        folder=read.folder,
    )


@dataclass(frozen=True)
class StudyFiles:
    """A study as its files have it: tables as text by role, and every problem found in them.

    `patients` is the typed patient table, None if columns are missing; `notes` say how each file
    was read.
    """

    folder: Path
    study: Study
    tables: dict[str, pd.DataFrame]
    patients: pd.DataFrame | None
    problems: list[Problem]
    personal: list[Finding]
    notes: tuple[str, ...] = ()


def read_study(folder: str | Path, show_ids: bool | None = None) -> StudyFiles:
    """Read the files of a study and look for every problem, without stopping at one.

    Parameters
    ----------
    folder : path
    show_ids : bool or None
        Name patients in problems by their identifier; None does as `privacy.show_ids` says.

    Raises
    ------
    StudyError
        If the study file itself cannot be used.
    """
    folder = Path(folder)
    study = load_study(folder)
    show_ids = study.privacy.show_ids if show_ids is None else show_ids
    if is_registry(folder, study):
        return _registry(folder, study, show_ids)
    tables, problems, notes = {}, [], []
    numbers = columns_of_numbers(study)
    for role, name in _named_tables(study):
        reading = study.reading(role)
        used = columns_to_read(study) if role == "patients" else []
        found = read_table(folder, name, reading, used, numbers[role])
        problems += found.problems
        if found.table is not None:
            tables[role] = found.table
            notes.append(found.note)
    # before anything is derived or left out: it is the files that are passed on
    personal = personal_columns(study, tables)
    problems += personal_problems(study, tables, personal)
    resolved = resolve(study, tables, show_ids)
    study, tables = resolved.study, resolved.tables
    problems += resolved.problems
    problems += check_tables(study, tables, show_ids)
    raw, patients = tables.get("patients"), None
    if raw is not None and set(needed_columns(study)) <= set(raw):
        patients = typed_patients(study, raw)
        patients.attrs |= raw.attrs
        problems += check_values(study, patients, show_ids)
    known = () if raw is None else raw.get(study.columns.patient_id, ())
    problems += check_cases(study, folder, set(known))
    return StudyFiles(folder, study, tables, patients, problems, personal,
                      (*notes, *resolved.notes))


def _registry(folder: Path, study: Study, show_ids: bool) -> StudyFiles:
    """Read a registry: its columns come typed, and its personal data are looked for in a sample."""
    read = read_registry(folder, study)
    sample = {"patients": read.sample}
    personal = personal_columns(study, sample)
    problems = [*personal_problems(study, sample, personal), *read.problems]
    if read.columns is None:
        return StudyFiles(folder, study, {}, None, problems, personal, (read.note,))
    patients = typed_patients(study, read.columns)
    problems += check_values(study, patients, show_ids)
    return StudyFiles(
        folder, study, {"patients": read.columns}, patients, problems, personal, (read.note,)
    )


def typed_patients(study: Study, raw: pd.DataFrame) -> pd.DataFrame:
    """Type the patient table: variables, arm, endpoints in months, raw columns under their names.

    Raw text cells stay text unless the study uses the column as a number.
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
    for column in _numeric_columns(study):
        out[column] = as_number(raw[column])
    for column in _text_columns(study):
        out[column] = raw[column]
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


def _endpoint_columns(
    name: str, endpoint: Endpoint, raw: pd.DataFrame, months_in: float
) -> dict[str, pd.Series]:
    months = as_number(raw[endpoint.time]) * months_in
    # 0.3 and 0.30000000000000004 are one time: ties must not depend on how a number was stored
    return {
        f"{name}_time": months.round(9),
        f"{name}_event": as_number(raw[endpoint.event]),
    }


def _numeric_columns(study: Study) -> list[str]:
    found: list[str | None] = []
    if study.response:
        found += [study.response.change, study.response.new_lesion]
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


def _typed_events(study: Study, raw: pd.DataFrame | None) -> pd.DataFrame | None:
    if raw is None or study.adverse_events is None:
        return None
    spec, out = study.adverse_events, raw.rename(columns={study.columns.patient_id: "patient_id"})
    for column in (spec.grade, spec.onset_day, spec.procedure_hours):
        if column:
            out[column] = as_number(out[column])
    return out


def _typed_measurements(study: Study, raw: pd.DataFrame | None) -> pd.DataFrame | None:
    if raw is None or study.measurements is None:
        return None
    spec, out = study.measurements, raw.rename(columns={study.columns.patient_id: "patient_id"})
    for column in (spec.time, spec.size, spec.marker):
        if column:
            out[column] = as_number(out[column])
    return out


def _named_tables(study: Study) -> list[tuple[str, str]]:
    tables = study.tables
    named = [("patients", tables.patients)]
    if tables.adverse_events:
        named.append(("adverse_events", tables.adverse_events))
    if tables.measurements:
        named.append(("measurements", tables.measurements))
    return named


def _fingerprints(folder: Path, study: Study) -> dict[str, str]:
    names = ["study.yml", *(name for _, name in _named_tables(study)), *picture_files(study)]
    return {name: _sha256(folder / name) for name in names}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:  # a piece at a time: a registry may be larger than memory
        return hashlib.file_digest(file, "sha256").hexdigest()

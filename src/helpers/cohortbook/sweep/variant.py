"""The study folder of one point: the study's own files, but for what the point changes."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from ..cohort.checks import columns_of_numbers
from ..cohort.derive.dates import read_dates
from ..cohort.tables_in import read_table
from ..errors import Problem, StudyError
from ..sections import PUBLISHED_FILE
from ..study.changes import changed
from ..study.cut_levels import with_levels_of
from ..study.parts import Endpoint
from ..study.study import STUDY_FILE, Study, read_keys, study_of
from .grid import Between, CutOff, Point

ORDINARY = {"decimal": ".", "thousands": "none"}
ROLES = ("patients", "adverse_events", "measurements")


def check_points(folder: Path, points: Sequence[Point], grid_file: str) -> list[Study]:
    """Check every point against the study file before any is built; give their studies.

    Raises
    ------
    StudyError
        With the problems of all points, each named.
    """
    raw, problems, studies = read_keys(folder / STUDY_FILE), [], []
    study_of(raw)
    for point in points:
        try:
            study = study_of(_set(raw, point))
        except KeyError as error:
            problems.append(_problem(grid_file, point, "set", "a path of study.yml", error.args[0]))
            continue
        except StudyError as error:
            problems += [
                _problem(grid_file, point, p.column, p.expected, p.found) for p in error.problems
            ]
            continue
        problems += _unknown_endpoints(grid_file, point, study)
        studies.append(study)
    if problems:
        raise StudyError(list(dict.fromkeys(problems)))
    return studies


def _set(raw: dict, point: Point) -> dict:
    """Make the settings of a point; levels are named by the cut-points that it sets."""
    return with_levels_of(changed(raw, point.settings), point.settings)


def _unknown_endpoints(grid_file: str, point: Point, study: Study) -> list[Problem]:
    found = []
    if point.endpoint and point.endpoint not in study.endpoints:
        found.append(
            _problem(grid_file, point, "endpoint", "an endpoint of the study", point.endpoint)
        )
    found += [
        _problem(
            grid_file,
            point,
            "censor_after",
            "an endpoint with a time column and an event column of 1 and 0",
            name,
        )
        for name in point.censor_after
        if not _can_be_cut(study.endpoints.get(name))
    ]
    if point.cut_off:
        found += [
            _problem(
                grid_file,
                point,
                "cut_off",
                "endpoints with a time column (where dates are read, set the key cutoff)",
                name,
            )
            for name, spec in study.endpoints.items()
            if not _can_be_cut(spec)
        ]
    if not study.endpoints:
        found.append(_problem(grid_file, point, "", "a study with an endpoint to compare", "none"))
    return found


def _can_be_cut(spec: Endpoint | None) -> bool:
    return spec is not None and bool(spec.time and spec.event) and not spec.event_codes


def _problem(file: str, point: Point, column: str, expected: str, found: str) -> Problem:
    return Problem(file, expected, f"Mend the grid (point {point.label}).", found, column=column)


def write_variant(folder: Path, point: Point, target: Path) -> None:
    """Write the study folder of a point.

    Printed results are left out: they are those of the whole study. So are the lanes of a swimmer
    plot where follow-up is cut off. Rows of the other tables stay with the patients who are kept.

    Parameters
    ----------
    folder : Path
        The study folder.
    point : Point
    target : Path
        Is made.

    Raises
    ------
    StudyError
        If a table cannot be read, a column is not there, or no patient is kept.
    """
    shutil.copytree(folder, target, ignore=_not_copied)
    raw = _set(read_keys(folder / STUDY_FILE), point)
    if point.censor_after or point.cut_off:
        raw.pop("swimmer", None)  # its lanes go on where follow-up has been cut off
    if point.where or point.censor_after or point.cut_off:
        raw["tables"] = _write_tables(folder, study_of(raw), point, target)
    text = yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)
    (target / STUDY_FILE).write_text(text, encoding="utf-8", newline="\n")


def _not_copied(place: str, names: list[str]) -> set[str]:
    """Name what a copy leaves out, among it links that lead nowhere or back to where they stand."""
    left_out = shutil.ignore_patterns(".*", PUBLISHED_FILE)(place, names)
    here = Path(place).resolve()
    for link in (Path(place) / name for name in names):
        if link.is_symlink() and (
            not link.exists() or (link.is_dir() and here.is_relative_to(link.resolve()))
        ):
            left_out.add(link.name)
    return left_out


def _write_tables(folder: Path, study: Study, point: Point, target: Path) -> dict[str, object]:
    """Write the tables of the patients who are kept as CSV; give `tables` of the study file."""
    tables = {role: _read(folder, study, role) for role in ROLES if getattr(study.tables, role)}
    patients = tables["patients"]
    patients = patients[_kept(patients, point)]
    days = _days_seen(study, patients, point.cut_off) if point.cut_off else None
    if days is not None:
        patients, days = patients[days >= 0], days[days >= 0]
    if patients.empty:
        raise StudyError(
            [
                Problem(
                    study.tables.patients,
                    "at least one patient",
                    "Widen 'where', or end later.",
                    "none",
                )
            ]
        )
    for name, limit in point.censor_after.items():
        patients = cut_off(patients, study.endpoints[name], limit)
    for spec in study.endpoints.values() if days is not None else ():
        months = days * study.months_in("days")
        patients = cut_off(patients, spec, months / study.months_in(spec.unit))
    tables["patients"] = patients
    key, written = study.columns.patient_id, {}
    for role, table in tables.items():
        own = table[table[key].isin(patients[key])] if key in table else table
        written[role] = f"{role}.csv"
        own.to_csv(target / written[role], index=False, lineterminator="\n")
    reading = {role: dict(ORDINARY) for role in tables}  # as they have been read and written
    for role, stated in study.tables.reading.items():
        if stated.dates and role in reading:
            reading[role]["dates"] = stated.dates
    return written | {"reading": reading}


def _read(folder: Path, study: Study, role: str) -> pd.DataFrame:
    name = getattr(study.tables, role)
    found = read_table(folder, name, study.reading(role), numbers=columns_of_numbers(study)[role])
    wrong = [problem for problem in found.problems if problem.severity == "error"]
    if wrong:
        raise StudyError(wrong)
    return found.table


def _kept(patients: pd.DataFrame, point: Point) -> pd.Series:
    missing = [column for column in point.where if column not in patients]
    if missing:
        raise StudyError(
            [
                Problem("where", "a column of the patient table", "Mend the grid.", column)
                for column in missing
            ]
        )
    keep = pd.Series(True, index=patients.index)
    for column, wanted in point.where.items():
        if isinstance(wanted, Between):
            keep &= pd.to_numeric(patients[column], errors="coerce").between(
                wanted.least, wanted.most
            )
        else:
            keep &= patients[column].isin(wanted)
    return keep


def _days_seen(study: Study, patients: pd.DataFrame, cut: CutOff) -> pd.Series:
    """Give the days from each patient's start to the data cut-off, negative if it began later."""
    if cut.start not in patients:
        raise StudyError(
            [
                Problem(
                    study.tables.patients,
                    "a column of dates",
                    "Mend 'cut_off' in the grid.",
                    "no such column",
                    column=cut.start,
                )
            ]
        )
    reading = study.reading("patients")
    start = read_dates(patients[cut.start], reading.dates).values
    if start.isna().any():
        raise StudyError(
            [
                Problem(
                    study.tables.patients,
                    "a date for each patient",
                    "Fill these cells.",
                    f"{int(start.isna().sum())} without",
                    column=cut.start,
                )
            ]
        )
    return (pd.Timestamp(cut.at) - start).dt.days


def cut_off(patients: pd.DataFrame, endpoint: Endpoint, limit: float | pd.Series) -> pd.DataFrame:
    """End follow-up at `limit` (in the unit of the time column): later times are censored there.

    The limit is one time, or one for each patient.
    """
    times = pd.to_numeric(patients[endpoint.time], errors="coerce")
    late = times > limit
    last = pd.Series(limit, index=patients.index).map(lambda time: f"{time:.6g}")
    return patients.assign(
        **{
            endpoint.time: np.where(late, last, patients[endpoint.time].astype(object)),
            endpoint.event: np.where(late, "0", patients[endpoint.event].astype(object)),
        }
    )

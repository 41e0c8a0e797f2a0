"""The study folder of one point: the study's own files, but for what the point changes."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from ..errors import Problem, StudyError
from ..sections import PUBLISHED_FILE
from ..study import DEFAULT_READING, STUDY_FILE, Endpoint, Study, read_keys, study_of
from ..tables_in import read_table
from .grid import Between, Point, changed

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
            study = study_of(changed(raw, point.settings))
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


def _unknown_endpoints(grid_file: str, point: Point, study: Study) -> list[Problem]:
    found = []
    if point.endpoint and point.endpoint not in study.endpoints:
        found.append(_problem(grid_file, point, "endpoint", "an endpoint of the study",
                              point.endpoint))
    for name in point.censor_after:
        spec = study.endpoints.get(name)
        if spec is None or not spec.time or not spec.event or spec.event_codes:
            found.append(_problem(
                grid_file, point, "censor_after",
                "an endpoint with a time column and an event column of 1 and 0", name,
            ))
    if not study.endpoints:
        found.append(_problem(grid_file, point, "", "a study with an endpoint to compare", "none"))
    return found


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
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns(".*", PUBLISHED_FILE))
    raw = changed(read_keys(folder / STUDY_FILE), point.settings)
    if point.censor_after:
        raw.pop("swimmer", None)  # its lanes go on where follow-up has been cut off
    if point.where or point.censor_after:
        raw["tables"] = _write_tables(folder, study_of(raw), point, target)
    text = yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)
    (target / STUDY_FILE).write_text(text, encoding="utf-8", newline="\n")


def _write_tables(folder: Path, study: Study, point: Point, target: Path) -> dict[str, object]:
    """Write the tables of the patients who are kept as CSV; give `tables` of the study file."""
    tables = {role: _read(folder, study, role) for role in ROLES if getattr(study.tables, role)}
    patients = tables["patients"]
    patients = patients[_kept(patients, point)]
    if patients.empty:
        raise StudyError([Problem(
            study.tables.patients, "at least one patient", "Widen 'where'.", "none"
        )])
    for name, limit in point.censor_after.items():
        patients = cut_off(patients, study.endpoints[name], limit)
    tables["patients"] = patients
    key, written = study.columns.patient_id, {}
    for role, table in tables.items():
        own = table[table[key].isin(patients[key])] if key in table else table
        written[role] = f"{role}.csv"
        own.to_csv(target / written[role], index=False, lineterminator="\n")
    dates = {r: {"dates": s.dates} for r, s in study.tables.reading.items() if s.dates}
    return written | ({"reading": dates} if dates else {})


def _read(folder: Path, study: Study, role: str) -> pd.DataFrame:
    name = getattr(study.tables, role)
    found = read_table(folder, name, study.tables.reading.get(role, DEFAULT_READING))
    if found.table is None:
        raise StudyError(list(found.problems))
    return found.table


def _kept(patients: pd.DataFrame, point: Point) -> pd.Series:
    missing = [column for column in point.where if column not in patients]
    if missing:
        raise StudyError([
            Problem("where", "a column of the patient table", "Mend the grid.", column)
            for column in missing
        ])
    keep = pd.Series(True, index=patients.index)
    for column, wanted in point.where.items():
        if isinstance(wanted, Between):
            keep &= pd.to_numeric(patients[column], errors="coerce").between(
                wanted.least, wanted.most
            )
        else:
            keep &= patients[column].isin(wanted)
    return keep


def cut_off(patients: pd.DataFrame, endpoint: Endpoint, limit: float) -> pd.DataFrame:
    """End follow-up at `limit` (in the unit of the time column): later times are censored there."""
    times = pd.to_numeric(patients[endpoint.time], errors="coerce")
    late = times > limit
    return patients.assign(**{
        endpoint.time: np.where(late, f"{limit:g}", patients[endpoint.time].astype(object)),
        endpoint.event: np.where(late, "0", patients[endpoint.event].astype(object)),
    })

"""Damaged tables: each damage is found at its file, row, column, and nothing else is."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from helpers.cohort import load_cohort
from helpers.errors import StudyError

DATA = Path(__file__).parents[1] / "data" / "wei2026"


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(DATA, tmp_path / "study")
    return tmp_path / "study"


def damage(folder, file, row, column, value):
    table = pd.read_csv(folder / file, dtype=str, keep_default_na=False)
    table.loc[row, column] = value
    table.to_csv(folder / file, index=False)


def problems(folder):
    with pytest.raises(StudyError) as error:
        load_cohort(folder)
    return error.value.problems


@pytest.mark.parametrize(
    ("file", "column", "value", "expected"),
    [
        ("patients.csv", "age", "fifty", "a number"),
        ("patients.csv", "sex", "X", "one of M, F"),
        ("patients.csv", "pfs_months", "-1", "a time of 0 or more"),
        ("patients.csv", "os_event", "2", "one of 0, 1"),
        ("patients.csv", "pfs_months", "99", "at most os_months"),
        ("patients.csv", "best_response", "XX", "one of CR, PR"),
        ("patients.csv", "best_change_pct", "-120", "-100 % or more"),
        ("patients.csv", "arm", "third", "two arms"),
        ("patients.csv", "arm", "", "an arm for each patient"),
        ("adverse_events.csv", "ctcae_grade", "6", "one of 1"),
        ("adverse_events.csv", "ae_term", "Hiccup", "one of Fatigue"),
        ("adverse_events.csv", "patient_id", "nobody", "a patient of the patient table"),
        ("measurements.csv", "month", "-2", "0 or more"),
    ],
)
def test_each_damage_is_found_where_it_is(folder, file, column, value, expected):
    damage(folder, file, 4, column, value)
    found = problems(folder)
    assert {problem.column for problem in found} == {column}
    assert all(problem.file == file and problem.expected.startswith(expected) for problem in found)
    if value and column != "arm":
        assert [problem.row for problem in found] == [6]
        assert found[0].mend


def test_all_problems_come_at_once(folder):
    damage(folder, "patients.csv", 0, "age", "x")
    damage(folder, "patients.csv", 1, "patient_id", "P01")
    damage(folder, "adverse_events.csv", 0, "ctcae_grade", "9")
    found = problems(folder)
    assert {problem.column for problem in found} == {"age", "patient_id", "ctcae_grade"}


def test_missing_column_and_missing_file(folder):
    table = pd.read_csv(folder / "patients.csv", dtype=str).rename(columns={"sex": "gender"})
    table.to_csv(folder / "patients.csv", index=False)
    (folder / "measurements.csv").unlink()
    found = problems(folder)
    assert [(problem.file, problem.column) for problem in found] == [
        ("measurements.csv", ""), ("patients.csv", "sex")
    ]


def test_many_bad_rows_are_counted(folder):
    table = pd.read_csv(folder / "patients.csv", dtype=str)
    table["age"] = "x"
    table.to_csv(folder / "patients.csv", index=False)
    found = problems(folder)
    assert len(found) == 21
    assert found[-1].found == "32 more rows like these"


def test_missing_survival_is_a_warning(folder):
    damage(folder, "patients.csv", 3, "os_months", "")
    cohort = load_cohort(folder)
    assert [problem.column for problem in cohort.warnings] == ["os_months"]
    assert len(cohort.survival("os")) == 51

"""A registry is typed by DuckDB: the same cohort as from text, with problems counted by column."""

import numpy as np
import pandas as pd
import pytest
import yaml
from tiny import STUDY

from cohortbook.cohort.cohort import load_cohort, read_study
from cohortbook.errors import StudyError

pytest.importorskip("duckdb")
N = 400
MORE = """\
  sex: {label: Sex, kind: categorical, column: "the sex", levels: [{code: F}, {code: "M'"}]}
  ecog: {label: ECOG, kind: categorical, levels: [{code: "0"}, {code: "1"}]}
  old: {label: Old, kind: categorical, cut: age, at: [median], levels: [{code: lo}, {code: hi}]}
  albumin: {label: Albumin, kind: continuous}
"""


@pytest.fixture
def table():
    """Columns of every kind that a registry's file has, with missing cells of every kind."""
    rng = np.random.default_rng(4)
    age = rng.integers(30, 90, N).astype(float)
    age[7] = np.nan
    texts = rng.choice(["3.5", "NA", " 4.25 ", None], N)
    return pd.DataFrame(
        {
            "patient_id": [f"R{i}" for i in range(N)],
            "arm": pd.Categorical(rng.choice(["A", "B"], N)),
            "age": age,
            "the sex": rng.choice(["F", " M'", None, "."], N),
            "ecog": rng.choice([0.0, 1.0, np.nan], N),
            "albumin": texts,
            "os_months": rng.integers(0, 90, N).astype(np.float32) / 3,
            "lab": rng.normal(size=N),
            "os_event": pd.array(rng.choice([True, False], N), dtype="boolean"),
        }
    )


@pytest.fixture
def write(tmp_path):
    """Write a study of this table; give its folder."""

    def write(frame, more=""):
        frame.to_parquet(tmp_path / "patients.parquet")
        text = STUDY.replace("endpoints:\n", MORE + "endpoints:\n")
        (tmp_path / "study.yml").write_text(text + "tables: {patients: patients.parquet}\n" + more)
        return tmp_path

    return write


@pytest.fixture
def large(monkeypatch):
    monkeypatch.setattr("cohortbook.cohort.registry.LARGE", N - 1)


def test_a_registry_gives_the_cohort_that_the_text_gives(table, write, monkeypatch):
    folder = write(table)
    expected = load_cohort(folder)
    monkeypatch.setattr("cohortbook.cohort.registry.LARGE", N - 1)
    found = load_cohort(folder)
    assert "by DuckDB; 400 rows, 9 columns, of which 8 are read" in read_study(folder).notes[0]
    pd.testing.assert_frame_equal(
        found.patients.drop(columns="patient_id"), expected.patients.drop(columns="patient_id")
    )
    assert found.fingerprints == expected.fingerprints
    assert expected.patients["ecog"].isna().any() and expected.patients["albumin"].notna().any()


def test_an_entry_is_read_as_of_a_small_table_and_must_not_be_missing(table, write, monkeypatch):
    entry = np.arange(N) % 7
    folder = write(table.assign(entry=entry), "entry: {column: entry}\n")
    expected = load_cohort(folder)
    monkeypatch.setattr("cohortbook.cohort.registry.LARGE", N - 1)
    found = load_cohort(folder)
    names = ["os_time", "os_event", "os_entry", "os_unseen"]
    pd.testing.assert_frame_equal(found.patients[names], expected.patients[names])
    assert found.patients["os_unseen"].sum() > 10
    lacking = table.assign(entry=np.where(entry > 5, np.nan, entry))
    with pytest.raises(StudyError, match="an entry for each patient"):
        load_cohort(write(lacking, "entry: {column: entry}\n"))


def test_rows_keep_together_and_in_the_order_of_the_file(table, write, large):
    many = table.loc[np.arange(1_000_000) % N].reset_index(drop=True)
    many["age"] = np.arange(len(many)) % 89.0
    many["albumin"] = np.arange(len(many)) % 97.0
    folder = write(many.assign(patient_id=many.index))
    many.assign(patient_id=many.index).to_parquet(folder / "patients.parquet", row_group_size=50000)
    patients = load_cohort(folder).patients
    assert patients["age"].tolist() == many["age"].tolist()
    assert patients["albumin"].tolist() == many["albumin"].tolist()


def test_what_is_wrong_is_counted_with_an_example(table, write, large):
    table.loc[[3, 4], "the sex"] = "F?"
    table.loc[5, "albumin"] = "low"
    table.loc[6, "age"] = 900.0
    table.loc[8, "os_months"] = -1
    table.loc[9, "patient_id"] = "R1"
    table.loc[10, "arm"] = None
    with pytest.raises(StudyError) as caught:
        load_cohort(write(table))
    told = {problem.column: problem.found for problem in caught.value.problems}
    assert told == {
        "the sex": "2 cells, such as F?",
        "albumin": "1 cells, such as low",
        "age": "1 cells, such as 900",
        "os_months": "1 cells, such as -1",
        "patient_id": "1 ids that stand in several rows",
        "arm": "1 cells",
    }


def test_missing_cells_personal_columns_and_warnings_are_found_as_in_a_small_table(
    table, write, large
):
    from cohortbook.cohort.checks import missing_values

    folder = write(table.assign(surname="Muster", os_event=False))
    files = read_study(folder)
    assert [item.column for item in files.personal] == ["surname"]
    counted = {item.column: item.missing for item in missing_values(files.study, files.tables)}
    assert counted["age"] == 1
    assert counted["the sex"] == int(table["the sex"].isin([None, "."]).sum())
    assert any(p.found == "0 events" for p in files.problems)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("swimmer: {treatment: os_months}\n", "swimmer"),
        ("other_arms: exclude\n", "other_arms"),
    ],
)
def test_sections_that_a_registry_cannot_have_are_refused_by_name(table, write, large, more, said):
    with pytest.raises(StudyError, match=said):
        load_cohort(write(table, more))


def test_a_column_that_is_not_there_and_a_status_that_is_not_0_and_1_are_named(table, write, large):
    folder = write(table.drop(columns="albumin"))
    raw = yaml.safe_load((folder / "study.yml").read_text())
    raw["endpoints"]["os"]["event_codes"] = ["dead"]
    (folder / "study.yml").write_text(yaml.safe_dump(raw))
    with pytest.raises(StudyError) as caught:
        load_cohort(folder)
    assert {p.column for p in caught.value.problems} == {"albumin", "endpoints.os"}

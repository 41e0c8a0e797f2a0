"""Personal data stop a study until its file says otherwise; measurements and codes do not."""

import random
import shutil
from pathlib import Path

import pandas as pd
import pytest
from tiny import study_folder

from cohortbook.cohort.checks.personal_ids import (
    brazil,
    china,
    france,
    india,
    netherlands,
    poland,
    spain,
    taiwan,
    united_kingdom,
    united_states,
)
from cohortbook.cohort.checks.personal_names import kind_by_name
from cohortbook.cohort.cohort import load_cohort, read_study
from cohortbook.errors import StudyError

DATA = Path(__file__).parents[1] / "data"


@pytest.mark.parametrize(
    "column",
    [
        "name",
        "PatientName",
        "patient_name",
        "Last Name",
        "Vorname",
        "姓名",
        "phone",
        "mobile_phone",
        "手机号",
        "ssn",
        "NHS Number",
        "身份证号",
        "home_address",
        "postcode",
        "e-mail",
        "Email_Address",
        "DOB",
        "date_of_birth",
        "birthDate",
        "出生日期",
        "MRN",
        "prénom",
    ],
)
def test_names_of_columns_that_say_personal(column):
    assert kind_by_name(column)


@pytest.mark.parametrize(
    "column",
    [
        "age",
        "arm",
        "os_months",
        "drug_name",
        "trial_name",
        "birth_weight",
        "cell_count",
        "ecog",
        "tel_aviv_score",
        "mobility",
        "site",
        "stage",
        "afp_ng_ml",
        "start_date",
        "n_tumours",
        "sinus",
        "address_known",
        "email_consent",
    ],
)
def test_names_of_clinical_columns_do_not(column):
    assert not kind_by_name(column)


@pytest.mark.parametrize(
    ("holds", "real", "wrong"),
    [  # specimens that the issuing offices or standards publish
        (china, "11010519491231002X", "110105194912310021"),
        (united_states, "219-09-9999", "000-12-3456"),
        (united_kingdom, "943 476 5919", "943 476 5918"),
        (india, "2341 2341 2346", "2341 2341 2347"),
        (france, "255081416802538", "255081416802539"),
        (spain, "12345678Z", "12345678A"),
        (brazil, "111.444.777-35", "111.444.777-36"),
        (netherlands, "111222333", "111222334"),
        (poland, "44051401359", "44051401358"),
        (taiwan, "A123456789", "A123456788"),
    ],
)
def test_national_numbers_by_their_published_specimens(holds, real, wrong):
    assert holds(real)
    assert not holds(wrong)


def chinese_ids(rng, n):
    out = []
    for _ in range(n):
        body = f"11010519{rng.randrange(30, 99)}{rng.randrange(1, 13):02}{rng.randrange(1, 28):02}"
        body += f"{rng.randrange(1000):03}"
        out.append(next(body + c for c in "0123456789X" if china(body + c)))
    return out


def six(make):
    rng = random.Random(1)
    return [make(rng) for _ in range(6)]


CELLS = {
    "telephone": six(lambda r: f"13{r.randrange(10**9):09}"),
    "telephone by country": six(lambda r: f"+49 30 {r.randrange(10**6, 10**7)}"),
    "telephone US": six(lambda r: f"(212) 555-{r.randrange(10**4):04}"),
    "national or": chinese_ids(random.Random(2), 6),
    "national or US": six(lambda r: f"{r.randrange(100, 600)}-{r.randrange(10, 99)}-1234"),
    "e-mail": ["", "", "see a.b@example.org", "", "", ""],
    "national or in a remark": ["", "ID 11010519491231002X given by wife", "", "", "", ""],
    "addresses": [
        "12 High Street",
        "3 Mill Lane",
        "45 Park Road",
        "9 King St",
        "1 Elm Ave",
        "2 New Rd",
    ],
    "addresses CN": [f"北京市朝阳区建国路{n}号" for n in range(6)],
    "addresses UK": ["SW1A 1AA", "M1 1AE", "B33 8TH", "CR2 6XH", "DN55 1PT", "EC1A 1BB"],
    "names": ["Ann Lee", "Bo Jung", "Carla Diaz", "Dan O'Neil", "Eva Holm", "Finn Berg"],
    "names CN": ["王小明", "李娜", "张伟", "刘洋", "陈静", "杨军"],
    "dates of birth": [
        "1941-02-03",
        "1955-07-30",
        "1962-11-09",
        "1970-01-01",
        "1981-05-17",
        "1990-12-24",
    ],
}


def with_column(tmp_path, name, cells):
    folder = study_folder(tmp_path / "tiny")
    table = pd.read_csv(folder / "patients.csv", dtype=str)
    table[name] = cells
    table.to_csv(folder / "patients.csv", index=False)
    return folder


@pytest.mark.parametrize("kind", CELLS)
def test_cells_that_look_personal_are_found_in_columns_that_nobody_uses(tmp_path, kind):
    folder = with_column(tmp_path, "x9", CELLS[kind])
    with pytest.raises(StudyError) as error:
        load_cohort(folder)
    (problem,) = error.value.problems
    assert problem.column == "x9"
    assert kind.split()[0] in problem.found
    assert "privacy.allowed" in problem.mend
    assert not any(cell and cell in str(problem) for cell in CELLS[kind]), "a cell was quoted"


@pytest.mark.parametrize(
    "cells",
    [
        ["T2N0M0", "T1N0M0", "T3N1M0", "T2N1M1", "T4N0M0", "T1N1M0"],
        ["299.3254039", "63.46846243", "113.9472382", "1.5", "2.25", "3.125"],
        ["2022-11-16", "2023-01-12", "2022-03-01", "2023-09-30", "2022-05-05", "2023-02-02"],
        ["Hepatitis B", "Hepatitis C", "Hepatitis B", "Hepatitis B", "Hepatitis C", "Hepatitis B"],
        ["高血压", "糖尿病", "高血压", "", "高血压", "糖尿病"],
        ["00012345", "00012346", "00012347", "00012348", "00012349", "00012350"],
        ["V600E", "G12D", "L858R", "T790M", "E545K", "H1047R"],
    ],
)
def test_clinical_cells_do_not(tmp_path, cells):
    assert load_cohort(with_column(tmp_path, "x9", cells)).personal == ()


def test_the_study_file_may_allow_a_column_and_the_finding_is_kept(tmp_path):
    folder = with_column(tmp_path, "phone", CELLS["telephone"])
    with (folder / "study.yml").open("a") as file:
        file.write("privacy: {allowed: [phone, gone]}\n")
    cohort = load_cohort(folder)
    assert [(f.column, f.allowed) for f in cohort.personal] == [("phone", True)]
    assert ["gone" in w.found for w in cohort.warnings if w.column == "privacy.allowed"] == [True]


def test_national_numbers_as_patient_ids_are_found(tmp_path):
    folder = study_folder(tmp_path / "tiny")
    table = pd.read_csv(folder / "patients.csv", dtype=str)
    table["patient_id"] = CELLS["national or"]
    table.to_csv(folder / "patients.csv", index=False)
    found = read_study(folder)
    assert [f.column for f in found.personal] == ["patient_id"]
    assert not any(cell in "\n".join(map(str, found.problems)) for cell in CELLS["national or"])


def test_child_tables_are_looked_at_too(tmp_path):
    shutil.copytree(DATA / "wei2026", tmp_path / "s")
    path = tmp_path / "s" / "adverse_events.csv"
    table = pd.read_csv(path, dtype=str)
    table["reported by"] = [f"nurse{n}@example.org" for n in range(len(table))]
    table.to_csv(path, index=False)
    with pytest.raises(StudyError) as error:
        load_cohort(tmp_path / "s")
    assert [(p.file, p.column) for p in error.value.problems] == [
        ("adverse_events.csv", "reported by")
    ]


@pytest.mark.parametrize("name", ["wei2026", "hcc-cxcl17"])
def test_shipped_studies_hold_nothing_personal(name):
    assert load_cohort(DATA / name).personal == ()

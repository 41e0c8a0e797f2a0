"""Exports as programs write them: cBioPortal, GDC, REDCap, ADaM, workbooks and codebooks."""

import numpy as np
import openpyxl
import pandas as pd
import pytest
import yaml

from cohortbook.cohort.checks.personal_names import kind_by_name
from cohortbook.cohort.cohort import load_cohort
from cohortbook.cohort.readers import read_file
from cohortbook.intake import create_study
from cohortbook.intake.codebook import choices_of

N = 44
PLACE = np.arange(N)
WHO = [f"S-{i:03d}" for i in PLACE]
ARM = np.where(PLACE % 2, "Drug", "Placebo")
DEAD = PLACE % 3 > 0
DAYS = PLACE * 29 % 700 + 20
AGE = PLACE * 11 % 40 + 40


def create(tmp_path, *tables, names=None):
    paths = []
    for number, frame in enumerate(tables):
        path = tmp_path / (names[number] if names else f"part{number}.csv")
        frame.to_csv(path, index=False, sep="\t" if path.suffix in (".tsv", ".txt") else ",")
        paths.append(path)
    created = create_study(tmp_path / "s", paths)
    return created, yaml.safe_load((created.folder / "study.yml").read_text("utf-8"))


# cBioPortal


def portal(path, frame, labels):
    rows = [
        labels,
        [f"{label} of the patient" for label in labels],
        ["STRING"] * len(labels),
        ["1"] * len(labels),
    ]
    head = "".join("#" + "\t".join(row) + "\n" for row in rows)
    path.write_text(head + frame.to_csv(index=False, sep="\t", lineterminator="\n"), "utf-8")


def test_the_rows_of_cbioportal_above_the_header_are_no_patients(tmp_path):
    patients = pd.DataFrame(
        {
            "PATIENT_ID": WHO,
            "AGE": AGE,
            "ARM": ARM,
            "OS_MONTHS": (DAYS / 30.4).round(2),
            "OS_STATUS": np.where(DEAD, "1:DECEASED", "0:LIVING"),
            "DFS_STATUS": np.where(DEAD, "1:Recurred/Progressed", "0:DiseaseFree"),
            "DFS_MONTHS": (DAYS / 40).round(2),
        }
    )
    portal(
        tmp_path / "data_clinical_patient.txt",
        patients,
        [
            "Patient",
            "Age at diagnosis",
            "Arm",
            "OS months",
            "OS status",
            "DFS status",
            "DFS months",
        ],
    )
    table = read_file(tmp_path / "data_clinical_patient.txt")
    assert table.labels["AGE"] == "Age at diagnosis" and table.frame.attrs["rows"][0] == 6
    samples = pd.DataFrame(
        {
            "PATIENT_ID": [*WHO, WHO[0]],
            "SAMPLE_ID": [f"T{i}" for i in range(N + 1)],
            "SAMPLE_TYPE": ["Metastasis", *["Primary"] * N],
            "GRADE": np.resize(["G1", "G2"], N + 1),
        }
    )
    portal(tmp_path / "data_clinical_sample.txt", samples, ["Patient", "Sample", "Type", "Grade"])
    files = [tmp_path / f"data_clinical_{kind}.txt" for kind in ("patient", "sample")]
    created = create_study(tmp_path / "s", files)
    assert created.patients == N
    study = yaml.safe_load((created.folder / "study.yml").read_text("utf-8"))
    assert study["endpoints"]["os"]["event_codes"] == ["1:DECEASED"]
    assert set(study["endpoints"]) == {"os", "dfs"} and study["unconfirmed"] == ["data"]
    assert any("1 patients have several samples" in doubt for doubt in created.doubts)
    first = pd.read_csv(created.folder / "patients.csv").iloc[0]
    assert (first["SAMPLE_TYPE"], first["GRADE"]) == ("Primary", "G1")


def test_a_file_with_one_remark_above_is_no_file_of_cbioportal(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("#id,arm\n1,A\n2,B\n")
    assert list(read_file(path).frame) == ["#id", "arm"]


# GDC


def gdc(**columns):
    return pd.DataFrame(
        {
            "case_submitter_id": WHO,
            "demographic.vital_status": np.where(DEAD, "Dead", "Alive"),
            "demographic.days_to_death": np.where(DEAD, DAYS.astype(str), "'--"),
            "diagnoses.days_to_last_follow_up": np.where(DEAD, "'--", DAYS.astype(str)),
            "demographic.age_at_index": AGE,
            "demographic.days_to_birth": -AGE * 365,
            "diagnoses.ajcc_pathologic_stage": np.resize(
                ["Stage I", "Stage II", "Not Reported"], N
            ),
            **columns,
        }
    )


def test_rows_of_treatments_of_the_gdc_are_one_patient(tmp_path):
    rows = pd.concat(
        [
            gdc(
                **{
                    "treatments.treatment_type": kind,
                    "treatments.treatment_or_therapy": np.resize(["yes", "no", "yes"], N)
                    if kind == "Radiation Therapy, NOS"
                    else "no",
                }
            )
            for kind in ("Pharmaceutical Therapy, NOS", "Radiation Therapy, NOS")
        ]
    )
    created, study = create(tmp_path, rows, names=["clinical.tsv"])
    assert created.patients == N
    assert set(study["variables"]) == {
        "demographic_age_at_index",
        "diagnoses_ajcc_pathologic_stage",
    }
    cohort = load_cohort(created.folder)
    np.testing.assert_allclose(cohort.patients["os_time"] * 30.4375, DAYS, atol=1e-6)
    assert any("several rows of some patients" in doubt for doubt in created.doubts)


# REDCap


def redcap():
    base = pd.DataFrame(
        {
            "record_id": PLACE + 1,
            "redcap_event_name": "baseline_arm_1",
            "trt": PLACE % 2,
            "age": AGE,
            "symptom___1": PLACE % 2,
            "symptom___2": PLACE % 5 % 2,
            "pat_mail": [f"p{i}@example.org" for i in PLACE],
            "story": "fell ill",
            "demographics_complete": 2,
            "weight": AGE + 5.0,
        }
    )
    later = pd.DataFrame(
        {
            "record_id": PLACE + 1,
            "redcap_event_name": "follow_up_arm_1",
            "os_days": DAYS,
            "vital": DEAD * 1,
            "weight": AGE - 2.0,
        }
    )
    events = pd.DataFrame(
        {
            "record_id": [1, 1, 4],
            "redcap_event_name": "follow_up_arm_1",
            "redcap_repeat_instrument": "toxicity",
            "redcap_repeat_instance": [1, 2, 1],
            "ae_term": ["Rash", "Nausea", "Rash"],
            "ae_grade": [2, 3, 1],
        }
    )
    return pd.concat([base, later, events]).sort_values("record_id", kind="stable")


DICTIONARY = pd.DataFrame(
    {
        "Variable / Field Name": [
            "record_id",
            "trt",
            "age",
            "symptom",
            "pat_mail",
            "story",
            "os_days",
            "vital",
            "weight",
            "ae_term",
            "ae_grade",
        ],
        "Form Name": "form",
        "Field Type": [
            "text",
            "radio",
            "text",
            "checkbox",
            "text",
            "notes",
            "text",
            "radio",
            "text",
            "text",
            "text",
        ],
        "Field Label": [
            "Record",
            "Treatment arm",
            "Age (years)",
            "Symptoms",
            "Mail",
            "Story",
            "Overall survival (days)",
            "Vital status",
            "Weight (kg)",
            "Term",
            "Grade",
        ],
        "Choices, Calculations, OR Slider Labels": [
            None,
            "0, Placebo | 1, Drug",
            None,
            "1, Pain | 2, Fever",
            None,
            None,
            None,
            "0, Alive | 1, Dead",
            None,
            None,
            None,
        ],
        "Identifier?": [None, None, None, None, "y", None, None, None, None, None, None],
    }
)


def test_redcap_with_its_dictionary(tmp_path):
    created, study = create(tmp_path, redcap(), DICTIONARY)
    assert created.patients == N
    assert [arm["label"] for arm in study["arms"]] == ["Placebo", "Drug"]
    os = study["endpoints"]["os"]
    assert (os["time"], os["unit"], os.get("event_codes", ["1"])) == ("os_days", "days", ["1"])
    # the dictionary tells the event, and not whose grades they are
    assert study["unconfirmed"] == ["data", "adverse_events.criteria"]
    labels = {key: v["label"] for key, v in study["variables"].items()}
    assert labels == {"age": "Age", "symptom_1": "Symptoms: Pain", "symptom_2": "Symptoms: Fever"}
    patients = pd.read_csv(created.folder / "patients.csv")
    assert not {"pat_mail", "story"} & set(patients)
    assert len(load_cohort(created.folder).adverse_events) == 3
    np.testing.assert_array_equal(patients["os_days"], DAYS)
    assert any(
        "recorded in several events" in doubt and "weight" in doubt for doubt in created.doubts
    )


def test_redcap_exported_with_labels(tmp_path):
    names = {
        "record_id": "Record ID",
        "redcap_event_name": "Event Name",
        "trt": "Arm",
        "redcap_repeat_instrument": "Repeat Instrument",
        "age": "Age",
        "redcap_repeat_instance": "Repeat Instance",
        "os_days": "OS (days)",
        "vital": "Death",
        "ae_term": "Adverse event",
        "ae_grade": "CTCAE grade",
    }
    frame = redcap()[list(names)].rename(columns=names)
    frame["Arm"] = frame["Arm"].map({0: "Placebo", 1: "Drug"})
    frame["Death"] = frame["Death"].map({0: "No", 1: "Yes"})
    created, study = create(tmp_path, frame)
    assert study["reference_arm"] == "Placebo" and created.patients == N
    assert study["endpoints"]["os"]["event_codes"] == ["Yes"]
    assert study["adverse_events"]["terms"] == ["Rash", "Nausea"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("1, Male | 2, Female", {"1": "Male", "2": "Female"}),
        ("0 = alive; 1 = dead", {"0": "alive", "1": "dead"}),
        ("1: low, 2: high", {"1": "low", "2": "high"}),
        ("any number", {}),
        ("", {}),
        ("0=nein\n1=ja", {"0": "nein", "1": "ja"}),
    ],
)
def test_codes_of_a_codebook(text, codes):
    assert choices_of(text) == codes


# workbooks


def test_the_sheet_of_the_patients_is_said_and_others_are_joined(tmp_path):
    book = openpyxl.Workbook()
    sheets = {
        "Read me": [["Made on"], ["Monday"]],
        "Labs": [
            ["Patient", "AFP"],
            *[[who, int(value)] for who, value in zip(WHO, PLACE * 7 % 31 + 3, strict=True)],
        ],
        "Patients": [
            ["Patient ID", "Arm", "Age", "OS_days", "Status"],
            *[[WHO[i], str(ARM[i]), int(AGE[i]), int(DAYS[i]), int(DEAD[i])] for i in PLACE],
        ],
        "Codebook": [
            ["Variable", "Label", "Codes"],
            ["Age", "Age (years)", None],
            ["Status", "Status", "0 = lebt; 1 = verstorben"],
            ["OS_days", "OS", None],
        ],
    }
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    del book["Sheet"]
    book.save(tmp_path / "ward.xlsx")
    created = create_study(tmp_path / "s", [tmp_path / "ward.xlsx"])
    study = yaml.safe_load((created.folder / "study.yml").read_text("utf-8"))
    assert "patients: ward.xlsx, sheet Patients" in created.found
    assert "joined by 'Patient': ward.xlsx, sheet Labs" in created.found
    assert set(study["variables"]) == {"age", "afp"} and study["unconfirmed"] == ["data"]
    assert not any("Status" in doubt for doubt in created.doubts)  # the codebook tells it


def test_a_table_that_was_not_used_is_named(tmp_path):
    frame = pd.DataFrame({"id": WHO, "arm": ARM, "os_days": DAYS, "death": DEAD * 1})
    other = pd.DataFrame({"ward": ["a", "b"], "beds": [3, 4]})
    created, _ = create(tmp_path, frame, other)
    assert any(d.startswith("part1.csv was not used") for d in created.doubts)


# ADaM


def adsl(**columns):
    return pd.DataFrame({"USUBJID": WHO, "TRT01P": ARM, "AGE": AGE, **columns})


def adtte(code="OS", unit=None, **columns):
    start = pd.Timestamp("2022-01-03") + pd.to_timedelta(PLACE, "D")
    frame = pd.DataFrame(
        {
            "USUBJID": WHO,
            "PARAMCD": code,
            "PARAM": "Survival",
            "AVAL": DAYS + 1,
            "CNSR": 1 - DEAD,
            "STARTDT": start,
            "ADT": start + pd.to_timedelta(DAYS, "D"),
            **columns,
        }
    )
    return frame.assign(AVALU=unit) if unit else frame


def test_dates_tell_the_unit_of_adtte(tmp_path):
    _, study = create(tmp_path, adsl(), adtte())
    assert study["endpoints"]["os"]["unit"] == "days" and study["unconfirmed"] == ["data"]


def test_without_dates_and_unit_adtte_is_unsure(tmp_path):
    _, study = create(tmp_path, adsl(), adtte().drop(columns=["ADT", "STARTDT"]))
    assert "endpoints.os.unit" in study["unconfirmed"]


def test_what_adsl_knows_after_the_start_is_no_baseline(tmp_path):
    given = ARM.copy()
    given[1] = "Placebo"
    created, study = create(
        tmp_path,
        adsl(TRTDURD=DAYS, DCDECOD="DEATH", TRT01A=given, EOSSTT="COMPLETED", DTHFL="Y"),
        adtte(),
    )
    assert list(study["variables"]) == ["age"]
    assert "'TRT01A' is the arm again, and 1 of 44 patients differ" in created.found
    text = (created.folder / "study.yml").read_text("utf-8")
    assert all(name in text for name in ("TRTDURD", "DCDECOD"))


def test_sums_of_diameters_and_a_table_without_use(tmp_path):
    adtr = pd.DataFrame(
        {
            "USUBJID": np.repeat(WHO, 2),
            "PARAMCD": "SDIAM",
            "AVAL": np.tile([50, 40], N),
            "ADY": np.tile([1, 15], N),
        }
    )
    adlb = pd.DataFrame({"USUBJID": WHO, "PARAMCD": "ALT", "AVAL": AGE})
    created, study = create(tmp_path, adsl(), adtte(), adtr, adlb)
    assert study["measurements"]["size"] == "target_sum_mm"
    assert len(pd.read_csv(created.folder / "measurements.csv")) == 2 * N
    assert "response.criteria" in study["unconfirmed"]
    assert any(d.startswith("part3.csv was not used") for d in created.doubts)


def test_mild_to_severe_is_no_ctcae_grade(tmp_path):
    adae = pd.DataFrame(
        {
            "USUBJID": WHO[:3],
            "AEDECOD": ["RASH", "FEVER", "RASH"],
            "AESEV": ["MILD", "SEVERE", "MODERATE"],
        }
    )
    created, study = create(tmp_path, adsl(), adtte(), adae)
    spec = study["adverse_events"]
    assert (spec["grade"], "CTCAE" in spec["criteria"]) == ("severity", False)
    events = load_cohort(created.folder).adverse_events
    assert events["severity"].tolist() == [1.0, 3.0, 2.0]


# personal columns


@pytest.mark.parametrize(
    "name",
    [
        "name_first",
        "name_last",
        "first_name",
        "doctor",
        "Physician",
        "surgeon_name",
        "phone_1",
        "treating_physician",
        "lname",
        "INVNAM",
        "city",
        "médecin",
        "Hausarzt",
        "address_2",
    ],
)
def test_names_of_people_and_staff_are_personal(name):
    assert kind_by_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "tumour_name",
        "arm",
        "sex",
        "surgery",
        "site",
        "operation",
        "name_of_drug",
        "stage1",
        "attending_clinic_visits",
    ],
)
def test_names_of_other_things_are_not(name):
    assert not kind_by_name(name)

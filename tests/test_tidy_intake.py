"""Spreadsheets of a ward: what stands in their cells is read as it was meant, and said."""

import numpy as np
import openpyxl
import pandas as pd
import pytest
import yaml

from cohortbook.cohort.cohort import load_cohort
from cohortbook.cohort.derive.dates import looks_like_dates
from cohortbook.intake import create_study
from cohortbook.intake.columns import Column
from cohortbook.intake.endpoints import read_status
from cohortbook.intake.events import event_table
from cohortbook.intake.tidy import tidied

N = 40
PLACE = np.arange(N)
DAYS = PLACE * 37 % 900 + 30


def column(name, *cells, **more):
    return Column(name, pd.Series(cells, dtype=object), **more)


def tidy(given):
    out, said = tidied({given.name: given})
    return out[given.name], said


def test_each_category_has_one_spelling_and_a_sex_is_in_words():
    sex, said = tidy(column("Gender", *["M", "m", "Male", "F", "female", "F"] * 5))
    assert set(sex.cells) == {"Male", "Female"}
    assert said == ["'Gender': F, female, M, m are written as Female, Male"]
    stage, _ = tidy(column("stage", *["IIa", "iia", "IIa", "III"] * 5))
    assert list(stage.cells[:4]) == ["IIa", "IIa", "IIa", "III"]
    ranges, said = tidy(column("afp", *["<400", ">400", "400"] * 5))
    assert ranges.different == ["<400", "400", ">400"] and not said
    plain, said = tidy(column("sex", *["m", "w"] * 9))
    assert plain.different == ["m", "w"] and not said  # two codes need labels only
    codes, said = tidy(column("x", *["A", "a"] * 9, level_labels={"A": "one", "a": "other"}))
    assert codes.different == ["A", "a"] and not said


def test_words_for_nothing_are_missing_but_minus_beside_plus_is_a_result():
    stage, said = tidy(column("stage", *["I", "II", "unknown", "n/a", "?"] * 4))
    assert stage.different == ["I", "II"] and "nothing recorded" in said[0]
    antigen, said = tidy(column("HBsAg", *["+", "-"] * 9))
    assert antigen.different == ["+", "-"] and not said


def test_units_leave_the_cells_only_where_all_are_numbers_of_one_unit():
    age, said = tidy(column("Age", "63 y", "61", "58 yrs.", "70 years"))
    assert list(age.numbers) == [63, 61, 58, 70] and age.label == "Age (years)"
    assert "'Age': numbers are taken out of cells such as" in said[0]
    for cells in (("63 y", "2 months", "5"), ("63 y", "about 60", "5"), ("1", "2", "3")):
        same, said = tidy(column("Age", *cells))
        assert list(same.cells) == list(cells) and not said


def test_a_word_in_a_column_of_dates_is_no_date():
    for declared in (False, True):
        death, said = tidy(
            column(
                "Date of death",
                "2001-03-04",
                "alive",
                "2002-05-06",
                "alive",
                declared_date=declared,
            )
        )
        assert death.is_date and death.cells.isna().sum() == 2 and "read as no date" in said[0]


def test_codes_that_a_program_wrote_as_1_0_are_whole():
    assert tidy(column("stage", *["1.0", "2.0"] * 5))[0].different == ["1", "2"]
    assert tidy(column("oedema", *["0.0", "0.5"] * 5))[0].different == ["0.0", "0.5"]


@pytest.mark.parametrize(
    ("name", "legend", "label"),
    [
        ("Status (1=dead, 2=alive)", {"1": "dead", "2": "alive"}, "Status"),
        ("Sex (1=M 2=F)", {"1": "M", "2": "F"}, "Sex"),
        ("arm 1: chemo alone; 2: chemo + drug", {"1": "chemo alone", "2": "chemo + drug"}, "arm"),
    ],
)
def test_a_name_that_tells_its_codes_gives_their_labels(name, legend, label):
    found, _ = tidy(column(name, *["1", "2"] * 9))
    assert (found.level_labels, found.label) == (legend, label)
    other, _ = tidy(column(name, *["1", "2", "9"] * 9))
    assert not other.level_labels  # 9 is not told


def test_a_sex_told_by_the_name_of_its_column_is_in_words(tmp_path):
    table = pd.DataFrame(
        {
            "Sex (1=M 2=F)": PLACE % 2 + 1,
            "arm": np.where(PLACE % 3, "A", "B"),
            "os_months": DAYS,
            "os_event": PLACE % 2,
        }
    )
    table.to_csv(tmp_path / "table.csv", index=False)
    made = create_study(tmp_path / "study", [tmp_path / "table.csv"])
    study = yaml.safe_load((made.folder / "study.yml").read_text("utf-8"))
    (sex,) = study["variables"].values()
    assert sex["label"] == "Sex" and [lv["label"] for lv in sex["levels"]] == ["Male", "Female"]


def test_the_code_that_a_name_calls_dead_is_the_event():
    found, _ = tidy(column("Status (1=dead, 2=alive)", *["1", "2"] * 9))
    assert read_status(found).events == ["1"]


def test_levels_that_are_degrees_rise():
    assert column("oedema", *["mild", "none", "Severe"] * 3).levels == ["none", "mild", "Severe"]


def test_dates_with_points_are_dates_and_numbers_with_a_point_are_not():
    assert looks_like_dates(pd.Series(["14.09.1980", "28.09.1974"]))
    assert not looks_like_dates(pd.Series(["14.09", "28.1"]))


def ward(*, first=(), last=(), middle=()):
    """Give the columns of a sheet of twenty patients with rows that are none."""
    names = ("ID", "Age", "Arm", "Albumin", "OS", "Dead")
    rows = [
        (f"H{i}", str(40 + i), "AB"[i % 2], f"{30 + i}.5", f"{i}.5", str(i % 2)) for i in range(20)
    ]
    rows = [*first, *rows[:9], *middle, *rows[9:], *last]
    return {
        name: column(name, *cells)
        for name, cells in zip(names, zip(*rows, strict=True), strict=True)
    }


UNITS = (None, "years", None, "g/L", "months", "0=alive, 1=dead")
MEANS = (None, "49.5", None, "40.0", "10.0", "0.5")


def test_a_row_of_units_under_the_header_is_no_patient_and_gives_labels():
    found, said = tidied(ward(first=[UNITS]))
    assert {len(c.cells) for c in found.values()} == {20}
    assert found["OS"].label == "OS (months)" and found["Albumin"].label == "Albumin (g/L)"
    assert found["Dead"].level_labels == {"0": "alive", "1": "dead"}
    assert said == [
        "the row under the header is no patient and was left out: years, g/L, months, "
        "0=alive, 1=dead"
    ]


@pytest.mark.parametrize(
    "first",
    [
        ("H90", "NA", "B", "unknown", "3.5", "1"),
        ("H90", "<50", "B", ">60", "3.5", "1"),
        (None, "70 y", "B", "40 g/L", "3.5", "1"),
        ("H90", "adult", "A", "low", "3.5", "1"),
    ],
)
def test_a_first_patient_whose_cells_are_odd_stays(first):
    found, _ = tidied(ward(first=[first]))
    assert len(found["Arm"].cells) == 21


@pytest.mark.parametrize(
    ("last", "what"),
    [
        ((MEANS,), "means of the columns"),
        ((("Total", None, None, None, None, "10"),), "Total"),
        (
            (("Total", "990", None, "790", "200", "10"), ("Mean (SD)", *MEANS[1:])),
            "Total; Mean (SD)",
        ),
        (((None, None, None, None, "200", "10"),), "sums of the columns"),
    ],
)
def test_sums_and_means_under_a_table_are_no_patients(last, what):
    found, said = tidied(ward(last=last))
    assert {len(c.cells) for c in found.values()} == {20}
    assert said == [f"rows under the table are no patients and were left out: {what}"]


@pytest.mark.parametrize("last", [("H91", *MEANS[1:]), (None, "49.5", "A", "33.0", "10.0", "1")])
def test_a_last_patient_stays(last):
    found, said = tidied(ward(last=[last]))
    assert len(found["Arm"].cells) == 21 and not said


def test_a_last_patient_whose_initials_are_a_word_for_a_total_stays():
    table = ward(last=[("MW", "49", "A", "33", "10", "1")])
    initials = [chr(65 + i) + chr(90 - i) for i in range(20)] + ["MW"]
    found, said = tidied(table | {"ID": column("ID", *initials)})
    assert len(found["Arm"].cells) == 21 and not said


def test_a_header_that_stands_again_is_no_patient():
    found, said = tidied(ward(middle=[("ID", "Age", "Arm", "Albumin", "OS", "Dead")]))
    assert len(found["Arm"].cells) == 20 and found["Age"].is_number and "header" in said[0]


def test_a_word_among_codes_is_no_code_and_is_said():
    state = column("dead", *["0", "1"] * 20, "0/1")
    status = read_status(state)
    assert (status.events, status.censored) == (["1"], ["0"]) and "0/1" in status.unsure
    ecog, _ = tidy(column("ecog", *["0", "1", "2"] * 12, "9", "x"))
    assert ecog.different == ["0", "1", "2", "x"]  # 9 is nothing recorded


def test_one_spelling_disregards_blanks_around_signs():
    arm, said = tidy(column("arm", *["TACE+Len", "TACE + Len", "TACE", "TACE+Len"] * 5))
    assert arm.different == ["TACE", "TACE+Len"] and "written as" in said[0]


def test_a_date_of_death_or_last_contact_ends_the_time_beside_a_status(tmp_path):
    start = pd.Timestamp("2020-01-01") + pd.to_timedelta(PLACE, unit="D")
    table = pd.DataFrame(
        {
            "id": [f"P{i}" for i in PLACE],
            "arm": np.where(PLACE % 2, "Drug", "placebo"),
            "Date of enrollment": start,
            "Date of last contact or death": start + pd.to_timedelta(DAYS, unit="D"),
            "Vital status": np.where(PLACE % 3, "Deceased", "Alive"),
        }
    )
    table.to_csv(tmp_path / "table.csv", index=False)
    made = create_study(tmp_path / "study", [tmp_path / "table.csv"])
    (endpoint,) = yaml.safe_load((made.folder / "study.yml").read_text("utf-8"))[
        "endpoints"
    ].items()
    assert endpoint[0] == "os" and endpoint[1]["end"] == "Date of last contact or death"
    assert endpoint[1]["event_codes"] == ["Deceased"] and "event_dates" not in endpoint[1]
    cohort = load_cohort(made.folder)
    assert cohort.patients["os_event"].sum() == np.count_nonzero(PLACE % 3)
    assert not made.problems


def test_grades_of_a_table_of_events_by_a_longer_name_or_none_and_said(tmp_path):
    table = {
        "id": column("id", *"ABCDEF"),
        "AE term": column("AE term", *["Rash", "Nausea"] * 3),
        "Worst toxicity": column("Worst toxicity", *["1", "G2", "grade 3"] * 2),
    }
    events, said, _ = event_table(table, "id")
    assert list(events["ctcae_grade"]) == ["1", "2", "3"] * 2 and not said
    del table["Worst toxicity"]
    events, said, _ = event_table(table, "id")
    assert events["ctcae_grade"].isna().all() and "no column" in said[0]


def test_a_sheet_with_a_title_notes_and_a_total_gives_its_patients_only(tmp_path):
    sheet = (book := openpyxl.Workbook()).active
    sheet.merge_cells("A1:E1")
    sheet["A1"] = "Hepatology, export of 12 March"
    sheet.append([])
    sheet.append(["Patient ID", "Arm", "Follow-up (days)", "Status", "Age"])
    for i in PLACE:
        status = ("dead", "Dead", "alive")[i % 3]
        arm = "Drug" if i % 2 else "placebo"
        sheet.append([f"P-{i:03d}", arm, int(DAYS[i]), status, f"{i * 7 % N + 30} y"])
    sheet.append(["P-901"])  # enrolled, and nothing else yet: a patient
    sheet.append([])
    sheet.append(["Total", N])
    sheet.append(["Status as of last visit"])
    book.save(tmp_path / "messy.xlsx")
    made = create_study(tmp_path / "study", [tmp_path / "messy.xlsx"])
    assert any("no patients and were left out: Total; Status as of" in d for d in made.doubts)
    assert made.patients == N + 1
    study = yaml.safe_load((made.folder / "study.yml").read_text("utf-8"))
    assert study["variables"]["age"]["unit"] == "years"
    assert load_cohort(made.folder).patients["os_event"].sum() == (PLACE % 3 < 2).sum()


@pytest.mark.parametrize(
    ("names", "cells", "form"),
    [
        (
            (
                "Pat.-Nr.",
                "Geschlecht",
                "Alter (Jahre)",
                "Behandlung",
                "Diagnosedatum",
                "Letzter Kontakt",
                "Status",
                "Aszites",
            ),
            ("m", "w", "verstorben", "lebt", "ja", "nein"),
            "%d.%m.%Y",
        ),
        (
            (
                "N° patient",
                "Sexe",
                "Âge",
                "Traitement",
                "Date de randomisation",
                "Date des dernières nouvelles",
                "État",
                "Ascite",
            ),
            ("H", "F", "décédé", "vivant", "oui", "non"),
            "%d/%m/%Y",
        ),
    ],
)
def test_german_and_french_tables_are_understood(tmp_path, names, cells, form):
    male, female, dead, alive, yes, no = cells
    start = pd.Timestamp("2001-03-14") + pd.to_timedelta(PLACE * 5, "D")
    columns = (
        PLACE + 1,
        np.where(PLACE % 4, male, female),
        [f"{a},5" for a in PLACE + 30],
        np.where(PLACE % 2, "Wirkstoff", "Placebo"),
        start.strftime(form),
        (start + pd.to_timedelta(DAYS, "D")).strftime(form),
        np.where(PLACE % 3, dead, alive),
        np.where(PLACE % 5, no, yes),
    )
    pd.DataFrame(dict(zip(names, columns, strict=True))).to_csv(
        tmp_path / "table.csv", sep=";", index=False, encoding="cp1252"
    )
    made = create_study(tmp_path / "study", [tmp_path / "table.csv"])
    assert not made.problems
    study = yaml.safe_load((made.folder / "study.yml").read_text("utf-8"))
    assert study["columns"] == {"patient_id": names[0], "arm": names[3]}
    assert study["endpoints"]["os"]["event_codes"] == [dead]
    assert [lv["label"] for lv in study["variables"]["sex"]["levels"]].count("Female") == 1
    assert study["variables"]["age"]["unit"] == "years"
    last = [v for v in study["variables"].values() if v["kind"] == "categorical"][-1]
    assert [level["label"] for level in last["levels"]] == ["No", "Yes"]
    cohort = load_cohort(made.folder)
    np.testing.assert_allclose(cohort.patients["os_time"] * 30.4375, DAYS)

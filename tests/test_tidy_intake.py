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

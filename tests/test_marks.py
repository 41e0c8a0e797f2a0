"""Decimal and thousands marks: each column is read as a whole, and what fits twice is said."""

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import study_folder
from typer.testing import CliRunner

from cohortbook.cli.main import app
from cohortbook.cohort.cohort import load_cohort, read_study
from cohortbook.cohort.readers import large, read_file
from cohortbook.cohort.readers.written_number import written
from cohortbook.errors import StudyError
from cohortbook.intake import create_study
from cohortbook.stats.cox import cox_fit
from cohortbook.study.parts import Reading

GROUPED = ["3", "980", "1.286", "12.450"]


def table(tmp_path, columns, separator=";", **reading):
    """Write columns as text and read them again; cells that hold the separator are quoted."""
    frame = pd.DataFrame(
        {"id": [f"P{n}" for n in range(len(next(iter(columns.values()))))], **columns}
    )
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False, sep=separator)
    return read_file(path, Reading(**reading))


def column(found, name="x"):
    return found.frame[name].fillna("").tolist()


# --- the column of the report of the fault: 3, 980, 1286, 12450


@pytest.mark.parametrize(
    "stated", [{"decimal": ","}, {"thousands": "."}, {"decimal_in": {"x": ","}}]
)
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_a_stated_comma_makes_one_point_a_thousands_mark(tmp_path, separator, stated):
    found = table(tmp_path, {"x": GROUPED}, separator, **stated)
    assert column(found) == ["3", "980", "1286", "12450"]
    assert not found.unsure and not found.wrong
    assert "thousands marks in 'x' (1.286 is 1286)" in found.facts


@pytest.mark.parametrize(
    "stated",
    [{"decimal": "."}, {"thousands": ","}, {"thousands": "none"}, {"decimal_in": {"x": "."}}],
)
def test_a_stated_point_makes_it_a_decimal_mark(tmp_path, stated):
    found = table(tmp_path, {"x": GROUPED, "y": ["3,5", "4,25", "1,1", "7"]}, **stated)
    assert column(found) == GROUPED
    assert not found.unsure


def test_another_column_with_decimal_commas_decides_and_the_decision_is_said(tmp_path):
    found = table(tmp_path, {"x": GROUPED, "bmi": ["20,1", "21,5", "22", "24,9"]})
    assert column(found) == ["3", "980", "1286", "12450"]
    assert not found.unsure
    assert found.facts[2:] == ("decimal comma", "thousands marks in 'x' (1.286 is 1286)")


def test_a_cell_of_the_column_itself_decides(tmp_path):
    for sure in ("12.450,5", "1.234.567", "0,5", "3,25"):
        found = table(tmp_path, {"x": [*GROUPED, sure]})
        assert column(found)[2] == "1286" and not found.unsure, sure
    for sure in ("0.286", "20.1", "1234.567", "12,450.5", "1,234,567"):
        found = table(tmp_path, {"x": [*GROUPED, sure]})
        assert column(found)[2] == "1.286" and not found.unsure, sure


def test_a_semicolon_alone_leaves_it_unsure(tmp_path):
    found = table(tmp_path, {"x": GROUPED})
    assert column(found)[2] == "1286"
    assert found.unsure == {"x": "column 'x': 1.286 is read as 1286, but may be 1.286"}


@pytest.mark.parametrize("separator", [",", "\t", "|", ";"])
def test_no_reading_of_a_column_that_fits_twice_is_silent(tmp_path, separator):
    for cells in (
        GROUPED,
        ["1.286", "2.345", "3.111"],
        ["1,286", "2,345", "3,111"],
        ["3", "980", "1,286", "12,450"],
        ["1.286", "1,286", "5"],
    ):
        assert "x" in table(tmp_path, {"x": cells}, separator).unsure, cells


def test_whole_numbers_beside_one_point_of_three_digits_are_odd_among_decimal_points(tmp_path):
    found = table(tmp_path, {"x": GROUPED, "bmi": ["20.1", "21.5", "22", "24.9"]}, ",")
    assert column(found) == GROUPED and "x" in found.unsure
    plain = {
        "x": ["1.286", "2.345", "0.111"],
        "y": ["1.286", "2.345", "3.111"],
        "bmi": ["20.1", "21.5", "22"],
    }
    found = table(tmp_path, plain, ",")
    assert not found.unsure and column(found, "y") == plain["y"]


# --- the mirror kind, and other marks


def test_one_comma_of_thousands_among_decimal_points(tmp_path):
    found = table(
        tmp_path, {"x": ["3", "980", "1,286", "12,450"], "bmi": ["20.1", "21.5", "22", "24.9"]}, ","
    )
    assert column(found) == ["3", "980", "1286", "12450"]
    assert not found.unsure
    assert "decimal point, thousands separated by commas" in found.facts


def test_three_decimals_behind_a_comma_among_decimal_commas(tmp_path):
    found = table(tmp_path, {"x": ["1,286", "2,345", "3,111"], "bmi": ["20,1", "21,5", "22"]})
    assert column(found) == ["1.286", "2.345", "3.111"]
    assert not found.unsure


@pytest.mark.parametrize("mark", [" ", "\u00a0", "\u2009", "\u202f", "'", "\u2019"])
def test_blanks_and_apostrophes_between_thousands(tmp_path, mark):
    found = table(
        tmp_path,
        {
            "x": ["3", "980", f"1{mark}286", f"-12{mark}450{mark}000"],
            "y": [f"1{mark}286,5", "2,345", "7", "8"],
        },
    )
    assert column(found) == ["3", "980", "1286", "-12450000"]
    # whoever writes blanks between thousands does not write 2,345 for 2345
    assert column(found, "y") == ["1286.5", "2.345", "7", "8"]
    assert not found.unsure


def test_names_of_three_groups_are_no_amounts(tmp_path):
    names = ["046 454 286", "146 454 286", "946 454 287"]
    amounts = ["346 454 286", "146 454 286", "946 454 287"]
    assert column(table(tmp_path, {"x": names})) == names
    assert column(table(tmp_path, {"x": amounts})) == amounts


@pytest.mark.parametrize(
    ("cell", "point", "comma"),
    [
        ("1.286", "1.286", "1286"),
        ("1,286", "1286", "1.286"),
        ("0.286", "0.286", ""),
        ("-1.286", "-1.286", "-1286"),
        ("\u22121.286", "-1.286", "-1286"),
        ("\u20133,5", "", "-3.5"),
        ("+3,5", "", "+3.5"),
        ("12,5 %", "", "12.5 %"),
        ("12,5%", "", "12.5%"),
        ("<1.286", "<1.286", "<1286"),
        ("≥ 2,5", "", "≥ 2.5"),
        ("1.286 ng/ml", "1.286 ng/ml", "1286 ng/ml"),
        ("1,5e3", "", "1.5e3"),
        ("1.5E-3", "1.5E-3", ""),
        ("1.23.456", None, None),
        ("01.02.2024", None, None),
        ("1.2.3", None, None),
        ("12.3456.789", None, None),
        ("1.286,", "", "1286."),
        (",5", "", ".5"),
        ("1 286.5", "1286.5", ""),
        ("1 2", None, None),
        ("1'286", "1286", "1286"),
        ("1'286 450", None, None),
        ("", None, None),
        ("-", None, None),
        ("a1,5", None, None),
        ("1.286.450", "", "1286450"),
        ("5", "5", "5"),
    ],
)
def test_one_cell_is_read_both_ways(cell, point, comma):
    found = written(cell)
    assert (found and found.point, found and found.comma) == (point, comma)


def test_words_for_nothing_do_not_hide_numbers(tmp_path):
    found = table(
        tmp_path, {"x": [*GROUPED, *["unknown"] * 5, "not done"], "bmi": ["20,1", "21,5"] * 5}
    )
    assert column(found)[:5] == ["3", "980", "1286", "12450", "unknown"]
    words = ["1,5 or more", "none", "3,5", "a, b", "c"]
    assert column(table(tmp_path, {"x": words, "y": ["1,5"] * 5})) == words


def test_units_and_percent_stay_behind_the_number(tmp_path):
    found = table(tmp_path, {"x": ["12,5 %", "7 %", "1.286 %"], "y": ["<0,5", "3,5", "1.000"]})
    assert column(found) == ["12.5 %", "7 %", "1286 %"]
    assert column(found, "y") == ["<0.5", "3.5", "1000"]


# --- contradictions


def test_a_cell_unlike_its_column_is_an_error_with_its_row(tmp_path):
    found = table(tmp_path, {"x": ["3,5", "20.1", "1.286", "4,25"]})
    rows, expected = found.wrong["x"]
    assert list(rows) == [1] and "decimal comma" in expected
    found = table(tmp_path, {"x": ["3.5", "20,1", "1.286", "4.25"]}, ",")
    rows, expected = found.wrong["x"]
    assert list(rows) == [1] and "decimal point" in expected
    assert column(found) == ["3.5", "20,1", "1.286", "4.25"]


def test_a_single_mark_against_the_whole_file_is_a_mistake(tmp_path):
    whole = ["52", "61", "12.5", "70", "44", "38"]
    commas = ["1,5", "2,25", "3,5", "4,1", "5,2", "6,3"]
    assert list(table(tmp_path, {"x": whole, "y": commas}).wrong["x"][0]) == [2]
    # most of this column says that it has its own mark
    own = table(
        tmp_path, {"x": ["52.5", "61.25", "12.5", "70", "44.1", "38"], "y": commas, "z": commas}
    )
    assert not own.wrong and "decimal point in 'x'" in own.facts


def test_what_is_stated_wins_over_all_cells(tmp_path):
    found = table(tmp_path, {"x": ["3.5", "20.1", "4.25"], "y": ["1,5", "2,5", "3"]}, decimal=",")
    assert list(found.wrong["x"][0]) == [0, 1, 2]
    found = table(
        tmp_path,
        {"x": ["3.5", "20.1", "4.25"], "y": ["1,5", "2,5", "3"]},
        decimal=",",
        decimal_in={"x": "."},
    )
    assert not found.wrong and column(found, "y") == ["1.5", "2.5", "3"]


def test_identifiers_and_stated_names_are_no_numbers(tmp_path):
    names = ["1.001", "1.002", "12.450"]
    found = table(tmp_path, {"ward": names, "x": names, "y": ["3,5", "4,5", "5,5"]}, texts=["ward"])
    assert column(found, "ward") == names and column(found) == ["1001", "1002", "12450"]


def test_the_identifier_of_a_study_stays_as_it_is_written(tmp_path):
    ids = ["1.001", "1.002", "1.003", "1.004", "1.005", "1.006"]
    folder = semicolons(tmp_path / "a", TIMES, ["50,5", "60", "70", "55", "65", "75"], ids=ids)
    assert load_cohort(folder).patients["patient_id"].tolist() == ids
    create_study(tmp_path / "b", [folder / "patients.csv"])
    assert pd.read_csv(tmp_path / "b" / "patients.csv", dtype=str)["patient_id"].tolist() == ids


# --- any consistent notation gives its numbers back, or the column is unsure


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-2_000_000, 2_000_000), st.integers(0, 3)), min_size=2, max_size=12
    ),
    st.sampled_from([(".", ","), (",", "."), (".", ""), (",", ""), (",", " "), (".", "'")]),
    st.sampled_from([";", "\t", "|"]),
    st.booleans(),
)
def test_a_consistent_notation_is_read_back_or_unsure(numbers, marks, separator, beside):
    from cohortbook.cohort.readers.marks import ordinary_numbers
    from cohortbook.cohort.readers.table import Column

    decimal, thousands = marks
    values = [whole / 10**places for whole, places in numbers]
    shown = [f"{value:,.{places}f}" for value, (_, places) in zip(values, numbers, strict=True)]
    cells = [text.translate({44: thousands, 46: decimal}) for text in shown]
    columns = {"x": Column.of(pd.Series(cells, dtype=object))}
    if beside:
        columns["y"] = Column.of(pd.Series([f"1{decimal}5", f"2{decimal}25"] * len(cells)))
    read = ordinary_numbers(columns, separator=separator)
    found = [float(cell) for cell in read.columns["x"].texts()]
    assert found == pytest.approx([float(t.replace(",", "")) for t in shown]) or "x" in read.unsure


# --- other kinds of file


def test_texts_of_a_workbook_are_decided_and_its_numbers_stay(tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ["id", "x", "y", "z"],
        ["P1", "1.286", 1.286, 3],
        ["P2", "12.450", 20.1, 980],
        ["P3", "3,5", 7, "1.286"],
        ["P4", 0.5, 8, "2.450"],
    ):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    found = read_file(tmp_path / "t.xlsx")
    assert column(found) == ["1286", "12450", "3.5", "0.5"]
    assert column(found, "y") == ["1.286", "20.1", "7", "8"]
    assert column(found, "z") == ["3", "980", "1286", "2450"]
    assert "numbers stored as text with decimal comma" in found.facts
    assert not found.unsure and not found.wrong


def test_a_workbook_of_texts_that_fit_twice_is_unsure(tmp_path):
    book = openpyxl.Workbook()
    for row in (["id", "x"], ["P1", 3], ["P2", "1.286"], ["P3", "12.450"]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    assert "x" in read_file(tmp_path / "t.xlsx").unsure
    assert column(read_file(tmp_path / "t.xlsx", Reading(thousands="none")))[1] == "1.286"


@pytest.mark.parametrize("ending", ["parquet", "sav", "dta"])
def test_texts_of_other_files_are_decided_and_their_numbers_stay(tmp_path, ending):
    frame = pd.DataFrame(
        {
            "id": ["P1", "P2", "P3", "P4"],
            "x": GROUPED,
            "y": ["3,5", "4,25", "5,1", "7"],
            "z": [1.286, 2.5, 3, 4],
        }
    )
    path = tmp_path / f"t.{ending}"
    {
        "parquet": frame.to_parquet,
        "sav": lambda p: pyreadstat.write_sav(frame, p),
        "dta": lambda p: pyreadstat.write_dta(frame, p),
    }[ending](path)
    found = read_file(path)
    assert column(found) == ["3", "980", "1286", "12450"]
    assert column(found, "y") == ["3.5", "4.25", "5.1", "7"]
    assert column(found, "z") == ["1.286", "2.5", "3", "4"]


def test_a_large_file_is_decided_as_a_small_one(tmp_path, monkeypatch):
    text = "id;x;bmi\n" + "".join(f"{n};{cell};2{n},5\n" for n, cell in enumerate(GROUPED))
    path = tmp_path / "t.csv"
    path.write_text(text)
    monkeypatch.setattr(large, "LARGE", 0)
    found = read_file(path, Reading(), ["id", "x"])
    assert column(found) == ["3", "980", "1286", "12450"]
    path.write_text(text.replace("3;12.450", "3;12.4"))
    found = read_file(path, Reading(), ["id", "bmi"])
    assert column(found, "bmi")[0] == "20.5"


# --- what `check` and `new` say


def semicolons(
    folder, times, ages=("50", "60", "70", "55", "65", "75"), reading="", ids=range(1, 7)
):
    """Write the tiny study with a semicolon file and a stated reading."""
    study_folder(folder)
    rows = [
        f"{who};{arm};{age};{time};{n % 2}"
        for n, (who, arm, age, time) in enumerate(
            zip(ids, "AAABBB", ages, times, strict=True), start=1
        )
    ]
    (folder / "patients.csv").write_text(
        "\n".join(["patient_id;arm;age;os_months;os_event", *rows]) + "\n"
    )
    raw = yaml.safe_load((folder / "study.yml").read_text())
    raw["endpoints"]["os"]["unit"] = "days"
    raw["tables"] = {"reading": {"patients": yaml.safe_load(reading or "{}")}}
    (folder / "study.yml").write_text(yaml.safe_dump(raw))
    return folder


TIMES = ["310", "640", "1.120", "420", "980", "1.610"]


def days(cohort):
    return (cohort.patients["os_time"] * 365.25 / 12).round(3).tolist()


def test_check_warns_of_what_it_is_unsure_of_and_a_setting_settles_it(tmp_path):
    unsure = read_study(semicolons(tmp_path / "a", TIMES)).problems
    (warning,) = [problem for problem in unsure if "UNSURE" in problem.found]
    assert (warning.severity, warning.column, warning.file) == (
        "warning",
        "os_months",
        "patients.csv",
    )
    assert "tables.reading" in warning.mend
    for reading, third in (
        ('{decimal: ","}', 1120),
        ('{thousands: "."}', 1120),
        ('{decimal: "."}', 1.12),
        ("{thousands: none}", 1.12),
    ):
        folder = semicolons(tmp_path / f"b{len(reading)}{third}", TIMES, reading=reading)
        assert not [p for p in read_study(folder).problems if "UNSURE" in p.found]
        assert days(load_cohort(folder))[2] == pytest.approx(third)


def test_other_columns_settle_it_for_the_survival_times(tmp_path):
    folder = semicolons(tmp_path / "a", TIMES, ("50,5", "60", "70,1", "55", "65", "75"))
    assert days(load_cohort(folder)) == [310, 640, 1120, 420, 980, 1610]


def test_a_time_unlike_the_others_is_an_error_with_row_and_column(tmp_path):
    folder = semicolons(tmp_path / "a", ["310,5", "640,5", "112.5", "420,1", "980", "1.610"])
    with pytest.raises(StudyError) as error:
        load_cohort(folder)
    (problem,) = error.value.problems
    assert (problem.row, problem.column, problem.found) == (4, "os_months", "112.5")


def test_a_mark_that_is_both_is_refused(tmp_path):
    with pytest.raises(StudyError, match="both decimal and thousands"):
        read_study(semicolons(tmp_path / "a", TIMES, reading='{decimal: ",", thousands: ","}'))


def exported(tmp_path, times):
    rows = [f"{n};{'AB'[n % 2]};{time};{n % 3 > 0:d}" for n, time in enumerate(times)]
    path = tmp_path / "export.csv"
    path.write_text("\n".join(["id;arm;os_days;dead", *rows]) + "\n")
    return path


def test_new_writes_unsure_beside_the_key_and_a_wish_settles_it(tmp_path):
    path = exported(tmp_path, [*TIMES, *TIMES])
    made = create_study(tmp_path / "a", [path])
    text = (tmp_path / "a" / "study.yml").read_text()
    assert any("1.120 is read as 1120" in doubt for doubt in made.doubts)
    above = text[: text.index("  os:")].replace("\n  # ", " ")
    assert "UNSURE: column 'os_days': 1.120 is read as 1120" in above
    for number, (words, time) in enumerate(
        (
            (["--decimal", ","], "1120"),
            (["--thousands", "."], "1120"),
            (["--decimal", "."], "1.120"),
        )
    ):
        folder = tmp_path / f"b{number}"
        CliRunner().invoke(app, ["new", str(folder), "--from", str(path), *words])
        assert "1.120" not in (folder / "study.yml").read_text()
        assert pd.read_csv(folder / "patients.csv", dtype=str)["os_days"][2] == time


def test_new_does_not_read_a_number_unlike_the_others(tmp_path):
    path = exported(
        tmp_path,
        [
            "310,5",
            "640,5",
            "112.5",
            "420,1",
            "980,5",
            "161,5",
            *["310,5", "640,5", "221,5", "420,1", "980,5", "161,5"] * 2,
        ],
    )
    made = create_study(tmp_path / "a", [path])
    assert any("112.5 in row 4" in doubt for doubt in made.doubts)
    wrong = [problem for problem in made.problems if problem.severity == "error"]
    assert {(problem.row, problem.column) for problem in wrong} == {(4, "os_days")}


def test_the_hazard_ratio_of_days_with_a_mark_of_thousands_is_that_of_r(tmp_path):
    """R 3.5 survival: coxph(Surv(days, dead) ~ arm) gives 0.4606; read as 1.12 and 1.24, 0.7741."""
    folder = study_folder(tmp_path / "s")
    raw = yaml.safe_load((folder / "study.yml").read_text())
    endpoint = {"label": "Overall survival", "short": "OS", "time": "days", "event": "dead"}
    raw |= {"endpoints": {"os": endpoint | {"unit": "days", "event_label": "death"}}}
    (folder / "study.yml").write_text(yaml.safe_dump(raw))
    days = ["310", "640", "905", "1.120", "420", "980", "1.240", "1.610"]
    dead, age = [1, 1, 1, 0, 1, 1, 1, 0], ["50,5", "61", "47,25", "52", "58", "60,5", "49", "55"]
    rows = [f"{n + 1};{'AB'[n // 4]};{age[n]};{days[n]};{dead[n]}" for n in range(8)]
    (folder / "patients.csv").write_text("\n".join(["patient_id;arm;age;days;dead", *rows]) + "\n")
    patients = load_cohort(folder).patients
    patients = load_cohort(folder).patients
    time, event, arm = (patients[name] for name in ("os_time", "os_event", "arm"))
    found = cox_fit(time, event, (arm == "B").to_numpy(float))
    assert np.exp(found.coef[0]) == pytest.approx(0.460631709368423, rel=1e-7)

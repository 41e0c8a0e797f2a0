"""Damaged tables: each damage is found at its file, row, column, and nothing else is."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from tiny import edit

from cohortbook.cohort.checks import missing_values
from cohortbook.cohort.cohort import load_cohort, read_study
from cohortbook.errors import StudyError, count, shortened

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
        ("patients.csv", "age", "fifty", "an age from 0 to 120"),
        ("patients.csv", "sex", "X", "one of M, F"),
        ("patients.csv", "pfs_months", "-1", "a time of 0 or more"),
        ("patients.csv", "os_event", "2", "one of 0, 1"),
        ("patients.csv", "pfs_months", "9.6", "at most os_months"),
        ("patients.csv", "best_response", "XX", "one of CR, PR"),
        ("patients.csv", "best_change_pct", "-120", "-100 % or more"),
        ("patients.csv", "arm", "third", "two arms"),
        ("patients.csv", "arm", "", "an arm for each patient"),
        ("adverse_events.csv", "ctcae_grade", "6", "one of 1"),
        ("adverse_events.csv", "ae_term", "Hiccup", "one of Fatigue"),
        ("adverse_events.csv", "patient_id", "nobody", "a patient of the patient table"),
        ("measurements.csv", "month", "-20", "a time, at most 12 months"),
        ("measurements.csv", "target_sum_mm", "-2", "0 or more"),
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
        ("measurements.csv", ""),
        ("patients.csv", "sex"),
    ]


def test_many_bad_rows_are_counted(folder):
    table = pd.read_csv(folder / "patients.csv", dtype=str)
    table["age"] = "x"
    table.to_csv(folder / "patients.csv", index=False)
    found = problems(folder)
    assert count(found) == 52
    shown = shortened(found)
    assert len(shown) == 21
    assert shown[-1].found == "32 more rows like these"
    assert str(StudyError(found)).startswith("52 problems found.")


def test_missing_survival_is_a_warning(folder):
    damage(folder, "patients.csv", 3, "os_months", "")
    damage(folder, "patients.csv", 3, "os_event", "")
    cohort = load_cohort(folder)
    assert [problem.column for problem in cohort.warnings] == ["os_months"]
    assert "left out of OS" in cohort.warnings[0].mend
    assert len(cohort.survival("os")) == 51


def test_a_time_without_a_status_is_an_error(folder):
    damage(folder, "patients.csv", 3, "os_event", "")
    assert [(p.row, p.column) for p in problems(folder)] == [(5, "os_event")]


def table(folder, **columns):
    """Set whole cells of the patient table: column name to {row: value}."""
    for column, cells in columns.items():
        for row, value in cells.items():
            damage(folder, "patients.csv", row, column, value)


def warnings(folder):
    return [(w.column, w.row, w.expected) for w in load_cohort(folder).warnings]


@pytest.mark.parametrize(
    ("cells", "column", "expected"),
    [
        ({"age": {4: "180"}}, "age", "an age from 0 to 120 years"),
        ({"age": {4: "-3"}}, "age", "an age from 0 to 120 years"),
        # row 1 died at 3.6 months
        ({"pfs_months": {1: "9.6"}}, "pfs_months", "at most os_months: nothing happens after"),
        ({"treatment_months": {4: "99"}}, "treatment_months", "at most os_months"),
        ({"treatment_ongoing": {1: "1"}}, "treatment_ongoing", "0, for os_event is 1"),
        # by mRECIST: 22 is a complete response, 3 stable, 2 progressed with a new lesion
        ({"best_change_pct": {22: "12"}}, "best_change_pct", "a change of -30 % or less"),
        ({"best_change_pct": {3: "40"}}, "best_change_pct", "a change below 20 %"),
        ({"best_change_pct": {3: "-45"}}, "best_change_pct", "a change above -30 %"),
        (
            {"best_change_pct": {2: "-45"}, "pd_new_lesion": {2: "0"}},
            "best_change_pct",
            "a change above -30 %, or a new lesion",
        ),
    ],
)
def test_what_cannot_be_is_an_error(folder, cells, column, expected):
    table(folder, **cells)
    found = problems(folder)
    assert {p.column for p in found} == {column}
    assert all(p.expected.startswith(expected) for p in found)


def test_a_confirmed_response_makes_a_shrunken_stable_disease_possible(folder):
    table(folder, best_change_pct={3: "-45"})
    text = (folder / "study.yml").read_text("utf-8")
    text = text.replace("  growth: 20", "  growth: 20\n  confirmed: true")
    (folder / "study.yml").write_text(text, encoding="utf-8")
    assert warnings(folder) == [("best_change_pct", 5, "a change above -30 %")]


def test_nothing_happens_to_a_patient_after_death_or_kills_one_who_lives(folder):
    patients = pd.read_csv(folder / "patients.csv", dtype=str)
    dead = patients.loc[patients["os_event"] == "1", "patient_id"].iloc[0]
    alive = patients.loc[patients["os_event"] == "0", "patient_id"].iloc[0]
    for name, row in (
        ("adverse_events.csv", f"{dead},Rash,1,5000,treatment,,\n{alive},Rash,5,9,treatment,,\n"),
        ("measurements.csv", f"{dead},170,20,1\n"),
    ):
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(row)
    found = {(p.file, p.column): p.expected for p in problems(folder)}
    assert set(found) == {
        ("adverse_events.csv", "onset_day"),
        ("adverse_events.csv", "ctcae_grade"),
        ("measurements.csv", "month"),
    }
    assert "alive" in found["adverse_events.csv", "ctcae_grade"]


@pytest.mark.parametrize(
    ("cell", "meant"),
    [("61,5", "61.5"), ("62 years", "62"), ("5O", "50"), ("６３", "63"), (">60", "60")],
)
def test_text_that_looks_like_a_number_is_named_and_not_guessed(folder, cell, meant):
    damage(folder, "patients.csv", 4, "age", cell)
    found = problems(folder)
    assert [p.row for p in found] == [6]
    assert f"write {meant}" in found[0].mend


def test_three_arms_of_a_study_file_are_refused_with_how_to_choose(folder):
    text = (folder / "study.yml").read_text("utf-8")
    third = '  - {code: X, label: X, color: "#000000"}\nreference_arm'
    (folder / "study.yml").write_text(
        text.replace(
            "# Hazard ratios and differences are the other arm against this one.\nreference_arm",
            third,
        ),
        encoding="utf-8",
    )
    found = problems(folder)
    assert [(p.column, p.found) for p in found] == [("arms", "ICI, MWA+ICI, X")]
    assert "two" in found[0].mend


def test_the_rows_of_a_third_arm_are_to_be_deleted(folder):
    damage(folder, "patients.csv", 4, "arm", "third")
    assert "delete the rows of the others" in problems(folder)[0].mend


def test_few_events_and_an_arm_without_any_are_warnings(folder):
    patients = pd.read_csv(folder / "patients.csv", dtype=str, keep_default_na=False)
    patients.loc[patients["arm"] == "MWA+ICI", "os_event"] = "0"
    patients.to_csv(folder / "patients.csv", index=False)
    assert ("os_event", None, "events in both arms") in warnings(folder)
    patients["os_event"] = ["1"] * 4 + ["0"] * 48
    patients["treatment_ongoing"] = "0"
    patients.to_csv(folder / "patients.csv", index=False)
    assert ("os_event", None, "10 events or more of OS") in warnings(folder)


def test_empty_levels_are_a_warning(folder):
    patients = pd.read_csv(folder / "patients.csv", dtype=str, keep_default_na=False)
    patients["sex"] = "M"
    patients.to_csv(folder / "patients.csv", index=False)
    assert ("sex", None, "patients in each level of sex") in warnings(folder)


def test_months_that_look_like_days_are_a_warning(folder):
    text = (folder / "study.yml").read_text("utf-8")  # else they also pass the data cut-off
    (folder / "study.yml").write_text(re.sub(r"(?m)^cutoff:.*\n", "", text), encoding="utf-8")
    for name, columns in (("patients.csv", ["os_months", "pfs_months", "treatment_months"]),):
        patients = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        for column in columns:
            patients[column] = (patients[column].astype(float) * 30.4).round().astype(int)
        patients.to_csv(folder / name, index=False)
    found = warnings(folder)
    assert ("os_months", None, "times in months, but these look like days") in found


def test_a_value_far_from_all_others_is_a_warning(folder):
    damage(folder, "patients.csv", 4, "bilirubin_umol_l", "16400")
    assert [w[:2] for w in warnings(folder)] == [("bilirubin_umol_l", 6)]


def test_a_skewed_variable_with_zeros_is_no_list_of_odd_values(folder):
    patients = pd.read_csv(folder / "patients.csv", dtype=str, keep_default_na=False)
    # every fifth is zero, the others double from 1 to 128: on the plain scale 128 lies far off
    skewed = [0 if row % 5 == 0 else 2 ** max(0, row % 17 - 9) for row in range(len(patients))]
    quarters = pd.Series(skewed).quantile([0.25, 0.75])
    assert max(skewed) > quarters.iloc[1] + 5 * quarters.diff().iloc[1]
    table(folder, bilirubin_umol_l=dict(enumerate(map(str, skewed))))
    assert warnings(folder) == []
    table(folder, bilirubin_umol_l={4: "90000000"})
    assert [w[:2] for w in warnings(folder)] == [("bilirubin_umol_l", 6)]


def test_patients_alike_by_the_dozen_are_one_warning(folder):
    lines = (folder / "patients.csv").read_text("utf-8").splitlines()
    copies = [lines[1].replace("P01,", f"Q{place},") for place in range(12)]
    (folder / "patients.csv").write_text("\n".join([*lines, *copies]) + "\n", encoding="utf-8")
    found = [problem for problem in read_study(folder).problems if problem.column == "patient_id"]
    assert [(problem.row, problem.found) for problem in found] == [
        (None, "12 of 64 rows like an earlier one")
    ]


def test_a_copied_row_and_an_event_entered_twice_are_warnings(folder):
    for name in ("patients.csv", "adverse_events.csv"):
        lines = (folder / name).read_text("utf-8").splitlines()
        copy = lines[1].replace("P01,", "P99,") if name == "patients.csv" else lines[1]
        (folder / name).write_text("\n".join([*lines, copy]) + "\n", encoding="utf-8")
    assert [w[0] for w in warnings(folder)] == ["patient_id", "ae_term"]


def test_patients_are_named_by_their_place_unless_ids_are_asked_for(folder):
    damage(folder, "patients.csv", 4, "age", "x")
    damage(folder, "adverse_events.csv", 0, "patient_id", "nobody")
    by_place = read_study(folder).problems
    assert [p.patient for p in by_place] == ["no. 5", ""]
    assert "nobody" not in str(by_place)
    assert "P05" not in str(by_place)
    by_id = read_study(folder, show_ids=True).problems
    assert [p.patient for p in by_id] == ["P05", "nobody"]


def test_missing_values_are_counted_with_the_rule_in_force(folder):
    table(folder, age={3: "", 4: "NA"})
    read = read_study(folder)
    found = {m.column: m for m in missing_values(read.study, read.tables)}
    assert (found["age"].missing, found["age"].rows) == (2, 52)
    assert "left out of the Cox models" in found["age"].rule


def test_whole_days_are_not_taken_for_months_whatever_days_a_month_has(folder):
    table = pd.read_csv(folder / "patients.csv")
    table["os_days"] = (table["os_months"] * 3).round().astype(int)
    table["pfs_days"] = (table["pfs_months"] * 3).round().astype(int)
    table.to_csv(folder / "patients.csv", index=False)

    def change(raw):
        for name in ("os", "pfs"):
            raw["endpoints"][name].update(time=f"{name}_days", unit="days")
        raw["statistics"]["days_per_month"] = 28

    edit(folder, change)
    found = [problem for problem in read_study(folder).problems if "whole days" in problem.expected]
    assert found == []


def test_a_death_is_timed_in_months_of_the_days_that_the_study_gives_them(folder):
    """Day 700 is month 25 of 28 days, and month 23 of 30.4: before or after a death in 24."""
    table = pd.read_csv(folder / "patients.csv")
    dead = table.index[table["os_event"] == 1][0]
    table.loc[dead, "os_months"] = 24.0
    table.to_csv(folder / "patients.csv", index=False)
    events = pd.read_csv(folder / "adverse_events.csv", dtype=str)
    row = events.iloc[[0]].assign(patient_id=table.loc[dead, "patient_id"], onset_day="700")
    pd.concat([events, row]).to_csv(folder / "adverse_events.csv", index=False)
    late = [p for p in read_study(folder).problems if "before the patient's death" in p.expected]
    assert late == []
    edit(folder, lambda raw: raw["statistics"].update(days_per_month=28))
    late = [p for p in read_study(folder).problems if "before the patient's death" in p.expected]
    assert [problem.found for problem in late] == ["700"]


def test_a_fatal_event_contradicts_only_who_is_recorded_as_alive(folder):
    patients = pd.read_csv(folder / "patients.csv", dtype=str)
    events = pd.read_csv(folder / "adverse_events.csv", dtype=str)
    who = events["patient_id"].iloc[4]
    damage(folder, "adverse_events.csv", 4, "ctcae_grade", "5")
    place = patients.index[patients["patient_id"] == who][0]
    damage(folder, "patients.csv", place, "os_event", "0")
    assert any("recorded as alive" in problem.expected for problem in problems(folder))
    damage(folder, "patients.csv", place, "os_event", "")
    damage(folder, "patients.csv", place, "os_months", "")
    found = read_study(folder).problems
    assert not any("recorded as alive" in problem.expected for problem in found)
    assert [p.severity for p in found if "highest that is called" in p.expected] == ["warning"]


def test_a_column_of_new_lesions_that_is_not_there_is_named(folder):
    edit(folder, lambda raw: raw["measurements"].update(new_lesion="new_lesoin"))
    assert [(p.file, p.column) for p in problems(folder)] == [("measurements.csv", "new_lesoin")]


def test_an_endpoint_that_nobody_has_is_an_error(folder):
    table = pd.read_csv(folder / "patients.csv")
    table[["pfs_months", "pfs_event"]] = None
    table.to_csv(folder / "patients.csv", index=False)
    found = [p for p in problems(folder) if p.severity == "error"]
    assert [p.expected for p in found] == ["a time and a status of PFS"]


def many_problems():
    """Give forty values unlike the others in a column each, a swapped event, an error."""
    from cohortbook.errors import Problem

    far = [
        Problem(
            "patients.csv",
            f"a value like the others (half lie from {i} to {i + 9})",
            "See whether a decimal point or a unit went wrong.",
            str(i),
            row=i + 2,
            column=f"lab_{i}",
            severity="warning",
        )
        for i in range(40)
    ]
    swapped = Problem(
        "patients.csv",
        "data that bear out the events of OS",
        "See.",
        "longer",
        column="os_event",
        severity="warning",
    )
    error = Problem("patients.csv", "a number", "Correct.", "x", row=9, column="age")
    return [*far, swapped, error]


def test_many_problems_are_told_by_kind_the_worst_first():
    """Forty columns with a value unlike the others are one kind, and events come before them."""
    from cohortbook.display.problem_kinds import kinds_on_a_screen

    lines = kinds_on_a_screen(many_problems(), 80, 20)
    assert len(lines) <= 20 and max(map(len, lines)) <= 80
    assert lines[:2] == [
        "1 error in patients.csv: expected a number. Correct.",
        "  - row 9, age: x",
    ]
    assert lines[2].startswith("1 warning in patients.csv: expected data that bear out")
    # the range is of one column only
    assert lines[4].startswith("40 warnings in patients.csv: expected a value like the others. See")
    listed = [line for line in lines if ", lab_" in line and line.startswith("  - row")]
    assert lines[-1].startswith(f"  - and {40 - len(listed)} more in lab_")
    assert lines[-1].endswith(": --all shows each")
    few = kinds_on_a_screen(many_problems(), 80, 6)
    assert len(few) <= 6 and few[-1] == "And 40 more of 1 other kind: --all shows each."


def test_check_fills_a_screen_at_most_unless_all_are_asked_for():
    from io import StringIO

    from rich.console import Console

    from cohortbook.display.problems import print_problems

    def shown(found, **choice):
        out = StringIO()
        assert print_problems(found, None, Console(file=out, width=80), **choice) == 1
        return out.getvalue().splitlines()

    assert len(shown(many_problems())) <= 40 < len(shown(many_problems(), every=True))
    few = many_problems()[-2:]
    assert "┃ severity" in shown(few)[1].replace("┃s", "┃ s")  # what fits is a table


def test_many_columns_with_missing_values_are_a_line_for_each_rule():
    from cohortbook.cohort.checks.missing import Missing
    from cohortbook.display.problems import SCREEN, missing_on_a_screen

    found = [Missing("patients.csv", f"lab_{i}", i + 1, 90, "summaries") for i in range(40)]
    found.append(Missing("patients.csv", "age", 2, 90, "left out of Cox models"))
    (labs, (names, counts)), (_, age) = missing_on_a_screen(found)
    assert labs.rule == "summaries" and counts == "1 to 40 of 90"
    assert names == "lab_39, lab_38, lab_37, lab_36, lab_35, lab_34 and 34 more"
    assert age == ("age", "2 of 90")
    few = missing_on_a_screen(found[:SCREEN])
    assert [m for m, _ in few] == found[:SCREEN] and few[1][1] == ("lab_1", "2 of 90")

"""Times, events, arms and response derived: published rules and hand-made cases as oracles."""

import numpy as np
import pandas as pd
import pytest
import yaml
from tiny import study_folder

from cohortbook.cohort.cohort import load_cohort, read_study
from cohortbook.cohort.derive.dates import looks_like_dates, read_dates
from cohortbook.cohort.derive.recist import best_response, visit_responses
from cohortbook.errors import StudyError
from cohortbook.study.parts import Endpoint, Recist

NADIR, BASELINE = Recist(), Recist(progression_from="baseline", least_growth=0)


def days(*cells, order=None):
    found = read_dates(pd.Series(cells, dtype=object), order)
    return [None if pd.isna(v) else v.date().isoformat() for v in found.values], found


@pytest.mark.parametrize(
    "cell",
    [
        "2024-03-31",
        "2024/3/31",
        "2024年3月31日",
        "20240331",
        "31MAR2024",
        "31-Mar-2024",
        "March 31, 2024",
        "31/03/2024",
        "31.3.24",
        "2024-03-31 09:30:00",
        "45382",
    ],
)
def test_a_date_is_read_however_it_is_written(cell):
    assert days(cell)[0] == ["2024-03-31"]


def test_order_of_day_and_month_is_taken_from_the_cells_that_show_it():
    assert days("03/04/2024", "13/04/2024")[0] == ["2024-04-03", "2024-04-13"]
    assert days("03/04/2024", "04/13/2024")[0] == ["2024-03-04", "2024-04-13"]


def test_an_order_that_no_cell_shows_is_a_doubt_and_can_be_stated():
    assert days("03/04/2024")[1].sure is False
    assert days("03/04/2024", order="mdy")[0] == ["2024-03-04"]


def test_impossible_dates_are_bad_and_numbers_are_not_taken_for_dates():
    found = days("2024-02-30", "soon", None)[1]
    assert list(found.bad) == [True, True, False]
    assert not looks_like_dates(pd.Series(["45382", "45383"]))
    assert not looks_like_dates(pd.Series(["1.5", "2.25"]))
    assert looks_like_dates(pd.Series(["20240331", "20240401"]))


# RECIST 1.1 (Eisenhauer 2009): sums in mm, the baseline first
@pytest.mark.parametrize(
    ("sums", "rule", "expected"),
    [
        ([100, 70], NADIR, ["PR"]),  # -30 % exactly is a response
        ([100, 71], NADIR, ["SD"]),
        ([100, 120], NADIR, ["PD"]),  # +20 % exactly is progression
        ([100, 119], NADIR, ["SD"]),
        ([100, 0], NADIR, ["CR"]),
        ([100, 50, 60], NADIR, ["PR", "PD"]),  # +20 % from the nadir, still -40 % from baseline
        ([100, 50, 60], BASELINE, ["PR", "PR"]),
        ([20, 16, 20], NADIR, ["SD", "SD"]),  # +25 % but 4 mm
        ([20, 16, 20], Recist(least_growth=0), ["SD", "PD"]),  # mRECIST asks for no millimetres
        ([100, 0, 3], NADIR, ["CR", "PD"]),  # back after complete response
        ([100, np.nan, 60], NADIR, ["NE", "PR"]),
        ([0, 10], NADIR, ["NE"]),
        ([0.3, 0.36], Recist(least_growth=0), ["PD"]),  # 20 % although 0.36 / 0.3 < 1.2 in binary
    ],
)
def test_visits_follow_the_published_rules(sums, rule, expected):
    assert visit_responses(sums, [False] * len(sums), rule) == expected


def test_a_new_lesion_is_progression_whatever_the_sum():
    assert visit_responses([100, 50], [False, True], NADIR) == ["PD"]


@pytest.mark.parametrize(
    ("visits", "best"),
    [
        (["SD", "PR", "PD"], "PR"),
        (["PD", "CR"], "PD"),
        (["NE", "SD"], "SD"),
        ([], "NE"),
        (["NE", "NE"], "NE"),
        (["SD", "PD", "PR"], "SD"),
    ],
)
def test_the_best_response_ends_with_progression(visits, best):
    assert best_response(visits) == best


def changed(tmp_path, table, **keys):
    folder = study_folder(tmp_path / "tiny")
    raw = yaml.safe_load((folder / "study.yml").read_text())
    for key, value in keys.items():
        raw[key] = value
    (folder / "study.yml").write_text(yaml.safe_dump(raw, allow_unicode=True))
    (folder / "patients.csv").write_text(table)
    return folder


DATED = """\
patient_id,arm,age,start,last,status,progressed,died
1,A,50,2024-01-01,2024-01-31,dead,2024-01-11,2024-01-31
2,A,60,2024-01-01,2024-03-31,alive,,
3,A,70,2024-01-01,2024-07-01,dead,,2024-07-01
4,B,55,2024-02-01,2024-08-01,alive,2024-02-21,
5,B,65,2024-02-01,,,,
6,B,75,2024-02-01,2024-02-01,dead,,2024-02-01
"""
OS = {
    "label": "Overall survival",
    "short": "OS",
    "start": "start",
    "end": "last",
    "event": "status",
    "event_codes": ["dead"],
}
PFS = {
    "label": "Progression-free survival",
    "short": "PFS",
    "start": "start",
    "end": "last",
    "event_dates": ["progressed", "died"],
}


def test_two_dates_and_a_status_give_time_and_event(tmp_path):
    patients = load_cohort(changed(tmp_path, DATED, endpoints={"os": OS})).patients
    counted = np.array([30, 90, 182, 182, np.nan, 0]) / 30.4375
    np.testing.assert_allclose(patients["os_time"], counted, atol=1e-8)
    np.testing.assert_array_equal(patients["os_event"], [1, 0, 1, 0, np.nan, 1])


def test_the_first_of_several_event_dates_counts(tmp_path):
    patients = load_cohort(changed(tmp_path, DATED, endpoints={"pfs": PFS})).patients
    days = np.array([10, 90, 182, 20, np.nan, 0])
    np.testing.assert_allclose(patients["pfs_time"] * 30.4375, days, atol=1e-6)
    np.testing.assert_array_equal(patients["pfs_event"], [1, 0, 1, 1, np.nan, 1])


def test_without_an_event_date_the_status_at_the_end_decides(tmp_path):
    endpoint = {**PFS, "event_dates": ["progressed"], "event": "status", "event_codes": ["dead"]}
    patients = load_cohort(changed(tmp_path, DATED, endpoints={"pfs": endpoint})).patients
    np.testing.assert_array_equal(patients["pfs_event"], [1, 0, 1, 1, np.nan, 1])
    np.testing.assert_allclose(patients["pfs_time"][:4] * 30.4375, [10, 90, 182, 20], atol=1e-6)


def test_events_after_the_cut_off_are_censored_at_it_and_reported(tmp_path):
    folder = changed(
        tmp_path, DATED, endpoints={"os": OS}, cutoff="2024-06-30", after_cutoff="censor"
    )
    patients = load_cohort(folder).patients
    np.testing.assert_allclose(
        patients["os_time"] * 30.4375, [30, 90, 181, 150, np.nan, 0], atol=1e-6
    )
    np.testing.assert_array_equal(patients["os_event"], [1, 0, 0, 0, np.nan, 1])
    found = read_study(folder)
    late = [p for p in found.problems if "cut-off" in p.expected]
    assert [(p.row, p.severity) for p in late] == [(4, "warning")]
    assert any("follow-up of 1 patients ends at the data cut-off" in note for note in found.notes)


def test_an_event_after_the_cut_off_is_an_error_unless_it_is_to_be_censored(tmp_path):
    folder = changed(tmp_path, DATED, endpoints={"os": OS}, cutoff="2024-06-30")
    late = [p for p in read_study(folder).problems if "cut-off" in p.expected]
    assert [(p.row, p.severity) for p in late] == [(4, "error")]


def test_days_in_a_month_are_a_setting(tmp_path):
    folder = changed(tmp_path, DATED, endpoints={"os": OS}, statistics={"days_per_month": 30})
    assert load_cohort(folder).patients["os_time"][0] == 1


@pytest.mark.parametrize(
    ("old", "new", "column", "expected"),
    [
        ("1,A,50,2024-01-01", "1,A,50,2024-02-30", "start", "a date such as"),
        ("1,A,50,2024-01-01", "1,A,50,2024-03-01", "last", "a date not before start"),
        ("dead,2024-01-11", "gone,2024-01-11", "status", "one of dead, alive"),
    ],
)
def test_bad_dates_and_unknown_status_are_named(tmp_path, old, new, column, expected):
    endpoint = {**OS, "censored_codes": ["alive"]}
    with pytest.raises(StudyError) as error:
        load_cohort(changed(tmp_path, DATED.replace(old, new), endpoints={"os": endpoint}))
    first = error.value.problems[0]
    assert (first.row, first.column) == (2, column)
    assert first.expected.startswith(expected)


def test_dates_that_can_be_read_in_two_ways_stop_until_the_order_is_stated(tmp_path):
    table = DATED.replace("2024-01-01", "01/02/2024").replace("2024-02-01", "02/02/2024")
    with pytest.raises(StudyError, match="dmy"):
        load_cohort(changed(tmp_path / "a", table, endpoints={"os": OS}))
    tables = {"reading": {"patients": {"dates": "mdy"}}}
    load_cohort(changed(tmp_path / "b", table, endpoints={"os": OS}, tables=tables))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"time": "t"}, "'event'"),
        ({"event": "e"}, "'time'"),
        ({"start": "a", "event": "e"}, "end"),
        ({"time": "t", "event": "e", "start": "a", "end": "b"}, "'time'"),
        ({"time": "t", "event_dates": ["d"]}, "'event'"),
    ],
)
def test_an_endpoint_is_defined_in_one_way(keys, said):
    with pytest.raises(ValueError, match=said):
        Endpoint(label="x", short="x", **keys)


def test_status_codes_are_read_as_the_study_says(tmp_path):
    table = "patient_id,arm,age,t,status\n1,A,50,10,2\n2,A,60,12,1\n3,B,70,8,2\n4,B,55,20,1\n"
    endpoint = {"label": "OS", "short": "OS", "time": "t", "event": "status", "event_codes": [2]}
    folder = changed(tmp_path, table, endpoints={"os": endpoint})
    assert list(load_cohort(folder).patients["os_event"]) == [1, 0, 1, 0]
    assert "OS: status = 2 is an event, 1 is censored." in read_study(folder).notes
    (folder / "patients.csv").write_text(table.replace("10,2", "10,"), encoding="utf-8")
    problem = next(p for p in read_study(folder).problems if p.row == 2)
    assert (
        problem.column.startswith("status (")
        and "status (event of os) = nothing, t = 10" in problem.found
    )


def test_a_status_that_is_not_declared_is_told_once(tmp_path):
    table = "patient_id,arm,age,t,status\n1,A,50,10,2\n2,A,60,12,1\n3,B,70,8,7\n4,B,55,20,1\n"
    codes = {"event_codes": [2], "censored_codes": [1]}
    endpoint = {"label": "OS", "short": "OS", "time": "t", "event": "status"} | codes
    folder = changed(tmp_path, table, endpoints={"os": endpoint})
    (told,) = (p for p in read_study(folder).problems if p.severity == "error")
    assert (told.row, told.column, told.found) == (4, "status", "7")


def test_further_arms_are_left_out_and_counted_in_the_flow(tmp_path):
    table = (
        "patient_id,arm,age,os_months,os_event\n"
        + "\n".join(f"{i},{arm},60,{i},1" for i, arm in enumerate("AABBCC", 1))
        + "\n7,,60,3,1\n"
    )
    with pytest.raises(StudyError, match="two arms"):
        load_cohort(changed(tmp_path / "a", table))
    cohort = load_cohort(changed(tmp_path / "b", table, other_arms="exclude"))
    assert cohort.n_by_arm == {"A": 2, "B": 2}
    assert [(box.label, box.n) for box in cohort.study.flow.excluded] == [
        ("No arm recorded", 1),
        ("Other arm: C", 2),
    ]
    assert cohort.study.flow.screened.n == 7


MEASURED = {"time": "month", "size": "mm", "new_lesion": "new"}
RESPONSE = {
    "column": "bor",
    "criteria": "RECIST 1.1",
    "objective": ["CR", "PR"],
    "control": ["CR", "PR", "SD"],
    "not_evaluable": "NE",
    "derived": {},
    "categories": [{"code": c} for c in ("CR", "PR", "SD", "PD", "NE")],
}
VISITS = """\
patient_id,month,mm,new
1,-1,90,0
1,0,100,0
1,2,60,0
1,4,80,0
2,0,50,0
2,2,50,1
3,0,40,0
3,2,0,0
4,0,40,0
4,2,41,0
5,0,40,0
"""


def measured(tmp_path, extra=""):
    table = "patient_id,arm,age,os_months,os_event" + (",bor" if extra else "") + "\n"
    rows = [
        f"{i},{'AAABBB'[i - 1]},60,{i + 20},1" + (f",{c}" if extra else "")
        for i, c in zip(range(1, 7), extra.split() or [""] * 6, strict=True)
    ]
    folder = changed(
        tmp_path,
        table + "\n".join(rows) + "\n",
        response=RESPONSE,
        measurements=MEASURED,
        tables={"measurements": "m.csv"},
    )
    (folder / "m.csv").write_text(VISITS)
    return folder


def test_best_response_is_derived_from_serial_sums(tmp_path):
    cohort = load_cohort(measured(tmp_path))
    assert list(cohort.patients["bor"]) == ["PR", "PD", "CR", "SD", "NE", "NE"]


def test_recorded_responses_that_differ_are_warnings_by_study_number(tmp_path):
    found = read_study(measured(tmp_path, "SD PD CR SD NE NE"))
    differing = [p for p in found.problems if "sums of target lesions" in p.expected]
    assert [(p.patient, p.found, p.severity) for p in differing] == [("no. 1", "SD", "warning")]
    assert found.patients["bor"].iloc[0] == "SD"


def test_patients_without_a_response_count_as_the_study_says(tmp_path):
    folder = measured(tmp_path, "SD PD CR SD NA NA")
    with pytest.raises(StudyError):
        load_cohort(folder)
    raw = yaml.safe_load((folder / "study.yml").read_text())
    raw["response"]["missing_is"] = "NE"
    (folder / "study.yml").write_text(yaml.safe_dump(raw))
    assert list(load_cohort(folder).patients["bor"])[4:] == ["NE", "NE"]


def timed(tmp_path, enrolled, os="10.0,26.0,30.1", start="2022-01-01,2022-01-01,2024-01-15"):
    """A study of times in months, with a cut-off; give what `check` finds about the cut-off."""
    folder = study_folder(tmp_path / "study")
    rows = [
        f"{i},{'AB'[i % 2]},50,{time},{event},{day}"
        for i, (time, event, day) in enumerate(
            zip(os.split(","), (1, 1, 0), start.split(","), strict=True), 1
        )
    ]
    head = "patient_id,arm,age,os_months,os_event,began"
    (folder / "patients.csv").write_text("\n".join([head, *rows]) + "\n")
    with (folder / "study.yml").open("a") as file:
        file.write(f"cutoff: 2024-01-31\nenrolled: {enrolled}\n")
    return [
        p
        for p in read_study(folder).problems
        if "cut-off" in p.expected or "enrolment" in p.expected
    ]


def test_times_end_at_the_cut_off_where_the_start_is_a_column(tmp_path):
    event, follow_up = timed(tmp_path, "{column: began}")
    assert (event.severity, event.row, event.column) == ("error", 3, "os_months")
    assert event.expected == "an event up to the data cut-off 2024-01-31, counted from began"
    assert "began = 2022-01-01" in event.found
    assert (follow_up.severity, follow_up.row) == ("warning", 4)


def test_a_rounded_time_may_end_a_little_later(tmp_path):
    assert timed(tmp_path, "{column: began}", os="25,25.4,0.5") != []
    assert timed(tmp_path / "b", "{column: began}", os="25,25,1") == []


def test_without_dates_no_time_is_longer_than_from_the_first_enrolment(tmp_path):
    (late,) = timed(tmp_path, "{first: 2022-01-01}", os="10.0,24.9,26.5")
    assert (late.severity, late.row) == ("warning", 4)
    assert "the first enrolment 2022-01-01" in late.expected
    (impossible,) = timed(tmp_path / "b", "{first: 2022-01-01}", os="10.0,26.5,24.0")
    assert (impossible.severity, impossible.row) == ("error", 3)


def test_who_began_outside_the_enrolment_is_an_error(tmp_path):
    found = timed(
        tmp_path,
        "{first: 2022-01-01, last: 2023-12-31, column: began}",
        os="1,1,0",
        start="2021-12-31,2022-01-01,2024-02-01",
    )
    assert [(p.row, p.severity) for p in found] == [(2, "error"), (4, "error"), (4, "error")]

"""Status against date, and what cannot come after what, however the endpoints are defined.

The oracle is the table: six sound patients, of whom one cell at a time is made impossible.
"""

import pandas as pd
import pytest
import yaml
from tiny import study_folder

from cohortbook.cohort.cohort import read_study

NAMES = {"label": "Overall survival", "short": "OS", "event_label": "death"}
PFS = {"label": "Progression-free survival", "short": "PFS", "event_label": "progression or death"}
OS = {
    "time and 0/1": NAMES | {"time": "months", "event": "dead"},
    "time and codes": NAMES | {"time": "months", "event": "status", "event_codes": ["dead"]},
    "dates and a status": NAMES
    | {"start": "start", "end": "last", "event": "status", "event_codes": ["dead"]},
    "dates and 0/1": NAMES | {"start": "start", "end": "last", "event": "dead"},
    "event dates": NAMES | {"start": "start", "end": "last", "event_dates": ["death_date"]},
    "event dates and a status": NAMES
    | {
        "start": "start",
        "end": "last",
        "event": "status",
        "event_codes": ["dead"],
        "event_dates": ["death_date"],
    },
    "another key": NAMES | {"label": "Survival", "short": "S", "time": "months", "event": "dead"},
}
OTHERS = {
    "": {},
    "pfs from dates": {
        "pfs": PFS
        | {"start": "start", "end": "last", "event_dates": ["progression_date", "death_date"]}
    },
    "death competes": {
        "ttp": {
            "label": "Time to progression",
            "short": "TTP",
            "event_label": "progression",
            "start": "start",
            "end": "last",
            "event_dates": ["progression_date"],
            "competing_dates": ["death_date"],
        }
    },
}
COLUMNS = (
    "patient_id",
    "arm",
    "age",
    "start",
    "last",
    "death_date",
    "progression_date",
    "status",
    "dead",
    "months",
)
ROWS = [
    (1, "A", 50, "2022-01-01", "2022-09-01", "", "2022-05-01", "alive", 0, 8),
    (2, "B", 51, "2022-01-01", "2022-07-01", "2022-07-01", "2022-03-01", "dead", 1, 6),
    (3, "A", 52, "2022-01-01", "2022-08-01", "2022-08-01", "", "dead", 1, 7),
    (4, "B", 53, "2022-01-01", "2023-01-01", "", "", "alive", 0, 12),
    (5, "A", 54, "2022-01-01", "2022-06-01", "2022-06-01", "2022-06-01", "dead", 1, 5),
    (6, "B", 55, "2022-01-01", "2022-04-01", "2022-04-01", "", "dead", 1, 3),
]


def folder_of(tmp_path, cells, endpoints, **keys):
    folder = study_folder(tmp_path / "tiny")
    table = pd.DataFrame(ROWS, columns=COLUMNS)
    for (row, column), value in cells.items():
        table[column] = table[column].astype(object)
        table.loc[row - 2, column] = value
    table.to_csv(folder / "patients.csv", index=False)
    raw = yaml.safe_load((folder / "study.yml").read_text())
    raw |= {"endpoints": endpoints} | keys
    (folder / "study.yml").write_text(yaml.safe_dump(raw, allow_unicode=True))
    return folder


def told(tmp_path, cells, endpoints, **keys):
    """Give row, column and severity of every problem of single patients."""
    found = read_study(folder_of(tmp_path, cells, endpoints, **keys)).problems
    return {(p.row, p.column, p.severity) for p in found if p.row}


def key(way):
    return "long" if way == "another key" else "os"


@pytest.mark.parametrize("others", OTHERS)
@pytest.mark.parametrize("way", OS)
class TestOneImpossibleCell:
    def look(self, tmp_path, way, others, cells):
        return told(tmp_path, cells, {key(way): OS[way]} | OTHERS[others])

    def test_none_of_them_finds_nothing(self, tmp_path, way, others):
        assert self.look(tmp_path, way, others, {}) == set()

    def test_alive_with_a_death_date(self, tmp_path, way, others):
        found = self.look(tmp_path, way, others, {(2, "death_date"): "2022-09-01"})
        rows = {(row, column) for row, column, _ in found}
        assert {(2, "status"), (2, "dead")} <= rows
        assert {row for row, _ in rows} == {2}
        stated = OS[way].get("event")
        if "death_date" in str(OS[way]) + str(OTHERS[others]) and stated:
            assert (2, stated, "error") in found

    def test_a_death_without_a_date(self, tmp_path, way, others):
        found = self.look(tmp_path, way, others, {(4, "death_date"): ""})
        assert (4, "death_date", "warning") in found

    def test_contact_after_death(self, tmp_path, way, others):
        found = self.look(tmp_path, way, others, {(3, "last"): "2022-07-02"})
        assert {(row, column) for row, column, _ in found} == {(3, "last")}

    def test_progression_after_death(self, tmp_path, way, others):
        found = self.look(tmp_path, way, others, {(3, "progression_date"): "2022-07-02"})
        severity = "error" if others else "warning"
        if "death_date" not in str(OS[way]) + str(OTHERS[others]):
            severity = "warning"
        assert (3, "progression_date", severity) in found

    def test_dates_before_time_zero(self, tmp_path, way, others):
        found = self.look(tmp_path, way, others, {(2, "last"): "2021-12-01"})
        dated = "start" in OS[way] or others
        assert {row for row, _, _ in found} == ({2} if dated else set())


def test_a_date_after_the_cut_off_may_be_later_than_the_status(tmp_path):
    endpoints = {"os": OS["event dates and a status"]}
    cells = {(2, "death_date"): "2023-06-01"}
    keys = {"cutoff": "2023-01-31", "after_cutoff": "censor"}
    assert told(tmp_path, cells, endpoints, **keys) == {(2, "last", "warning")}  # censored at it


def test_a_status_of_progression_against_its_date(tmp_path):
    ttp = {
        "label": "Time to progression",
        "short": "TTP",
        "event_label": "progression",
        "start": "start",
        "end": "last",
        "event": "dead",
        "event_dates": ["progression_date"],
    }
    cells = {(2, "progression_date"): ""}
    table = {"column": "flag"}
    folder = folder_of(tmp_path, cells, {"ttp": ttp | {"event": "flag"}})
    patients = pd.read_csv(folder / "patients.csv")
    patients["flag"] = [0, 0, 0, 0, 1, 0]  # of patient 2 a progression is dated
    patients.to_csv(folder / "patients.csv", index=False)
    found = read_study(folder).problems
    assert [(p.row, p.severity) for p in found if p.column == table["column"]] == [(3, "warning")]


def test_a_vital_status_beside_a_date_of_progression_is_no_contradiction(tmp_path):
    pfs = PFS | {
        "start": "start",
        "end": "last",
        "event": "status",
        "event_codes": ["dead"],
        "event_dates": ["progression_date"],
    }
    assert told(tmp_path, {}, {"pfs": pfs}) == set()


def test_a_time_of_another_endpoint_longer_than_life(tmp_path):
    ttd = {
        "label": "Time to deterioration",
        "short": "TTD",
        "time": "age",
        "event": "dead",
        "event_label": "deterioration",
    }
    found = told(tmp_path, {}, {"os": OS["time and 0/1"], "ttd": ttd})
    assert found == {(row, "age", "warning") for row in (3, 4, 6, 7)}  # the dead


def test_time_to_death_against_the_dates(tmp_path):
    found = told(
        tmp_path, {(3, "months"): 16}, {"os": OS["time and 0/1"]}, enrolled={"column": "start"}
    )
    assert found == {(3, "months", "warning")}


def test_what_other_tables_say_after_last_contact_and_before_time_zero(tmp_path):
    events = {"term": "term", "grade": "grade", "onset_day": "day"}
    tables = {"patients": "patients.csv", "adverse_events": "events.csv"}
    folder = folder_of(
        tmp_path, {}, {"os": OS["time and 0/1"]}, adverse_events=events, tables=tables
    )
    (folder / "events.csv").write_text(
        "patient_id,term,grade,day\n1,Rash,1,200\n1,Rash,2,300\n2,Rash,1,250\n4,Rash,1,-9\n"
    )
    found = [p for p in read_study(folder).problems if p.file == "events.csv"]
    assert {(p.row, p.severity) for p in found} == {(3, "warning"), (4, "error"), (5, "warning")}


def test_a_treatment_stopped_by_death_of_one_who_lives(tmp_path):
    spec = {"column": "why", "reasons": [{"code": "death", "label": "Died"}, {"code": "other"}]}
    folder = folder_of(tmp_path, {}, {"os": OS["time and 0/1"]}, discontinuation=spec)
    table = pd.read_csv(folder / "patients.csv").assign(why=["death", "death", *["other"] * 4])
    table.to_csv(folder / "patients.csv", index=False)
    found = [p for p in read_study(folder).problems if p.column == "why"]
    assert [p.row for p in found] == [2]


def test_a_wrong_date_is_told_once_whatever_reads_it(tmp_path):
    """Two endpoints, the enrolment and the treatment's start read one column of dates."""
    dated = {"start": "start", "end": "last"}
    endpoints = {
        "os": OS["event dates and a status"] | dated,
        "pfs": {
            "label": "Progression-free survival",
            "short": "PFS",
            "event_dates": ["progression_date", "death_date"],
            "event_label": "progression or death",
        }
        | dated,
    }
    cells = {
        (2, "start"): "2022-13-40",
        (3, "last"): "20222-9-1",
        (4, "death_date"): "yesterday",
        (5, "last"): "2021-01-01",
    }
    keys = {"enrolled": {"column": "start"}, "cutoff": "2024-01-01"}
    folder = folder_of(tmp_path, cells, endpoints, **keys)
    found = [(p.row, p.column) for p in read_study(folder).problems if p.row]
    expected = {(row, column) for row, column in cells}
    assert sorted(place for place in found if place in expected) == sorted(expected)
    assert not [column for _, column in found if "(time of" in column]


def test_a_death_before_time_zero_is_told_once_and_in_its_own_column(tmp_path):
    """Its last contact is right, and the other endpoint has the same time zero."""
    dates = {"start": "start", "end": "last"}
    os = {"label": "Overall survival", "short": "OS", **dates, "event_dates": ["death_date"]}
    pfs = PFS | dates | {"event_dates": ["progression_date"]}
    for endpoints in ({"os": os}, {"os": os, "pfs": pfs}):
        folder = folder_of(
            tmp_path / str(len(endpoints)), {(3, "death_date"): "2001-01-01"}, endpoints
        )
        found = [p for p in read_study(folder).problems if p.expected == "a date not before start"]
        assert [(p.row, p.column, p.severity) for p in found] == [(3, "death_date", "error")]
        assert not [p for p in read_study(folder).problems if "a time and a status" in p.expected]


def test_a_date_of_death_or_last_contact_contradicts_nobody_alive(tmp_path):
    folder = folder_of(tmp_path, {}, {"os": OS["time and codes"]})
    table = pd.read_csv(folder / "patients.csv")
    both = table.rename(columns={"last": "Date of last contact or death"})
    both = both.drop(columns="death_date")
    both.to_csv(folder / "patients.csv", index=False)
    assert not [p for p in read_study(folder).problems if p.row]

"""One event or level in several spellings; missing by arm; shares at the edge: counted by hand."""

import re

import pandas as pd
import pytest
import yaml
from tiny import study_folder

from cohortbook.analysis.baseline import baseline
from cohortbook.analysis.response import response
from cohortbook.analysis.safety import safety
from cohortbook.cohort.cohort import load_cohort, read_study
from cohortbook.cohort.derive.spellings import folded, spellings
from cohortbook.display.figures.safety import safety_butterfly_figure
from cohortbook.display.sentences import cohort as sentences
from cohortbook.display.sentences import safety as safety_sentences
from cohortbook.display.tables.baseline import baseline_table
from cohortbook.display.tables.response import response_table
from cohortbook.display.tables.safety import safety_table
from cohortbook.errors import StudyError

EVENTS = """\
patient_id,term,grade
1,Rash,1
1,rash,3
2,RASH,2
3,Rash,1
4,Skin  rash,1
5,skin\u00a0rash,1
6,ﬁbrosis,1
1,fibrosis,1
2,Hand\u2010foot syndrome,1
3,hand-foot syndrome,1
4,N\u0061\u0308vus,1
5,N\u00e4vus,2
"""


def folder_of(tmp_path, events=EVENTS, **keys):
    folder = study_folder(tmp_path / "tiny")
    (folder / "events.csv").write_text(events, encoding="utf-8")
    raw = yaml.safe_load((folder / "study.yml").read_text())
    raw |= {
        "tables": {"patients": "patients.csv", "adverse_events": "events.csv"},
        "adverse_events": {"term": "term", "grade": "grade"},
    } | keys
    (folder / "study.yml").write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return folder


def test_spellings_of_one_event_are_one_event_and_check_says_so(tmp_path):
    folder = folder_of(tmp_path)
    found = safety(load_cohort(folder))
    count = found[(found["statistic"] == "patients") & (found["level"] == "any")]
    count = count.groupby("term")["estimate"].sum()
    assert dict(count) == {
        "Rash": 3,
        "Skin rash": 2,
        "ﬁbrosis": 2,
        "Hand‐foot syndrome": 2,
        "Nävus": 2,
        "any_term": 6,
    }
    said = " ".join(read_study(folder).notes)
    assert (
        "events.csv: term: 'RASH' (1), 'rash' (1) read as 'Rash'." in said
        or "events.csv: term: 'rash' (1), 'RASH' (1) read as 'Rash'." in said
    )


def test_a_patient_counts_once_at_the_highest_grade_of_all_spellings(tmp_path):
    found = safety(load_cohort(folder_of(tmp_path)))
    severe = found[
        (found["term"] == "Rash")
        & (found["level"] == "severe")
        & (found["statistic"] == "patients")
    ]
    assert list(severe["estimate"]) == [1, 0]


def test_a_declared_spelling_is_kept_whatever_is_more_frequent(tmp_path):
    terms = ["RASH", "Skin rash", "Fibrosis", "Hand-foot syndrome", "Nävus"]
    spec = {"term": "term", "grade": "grade", "terms": terms}
    cohort = load_cohort(folder_of(tmp_path, adverse_events=spec))
    assert set(cohort.adverse_events["term"]) == set(terms)


def test_the_most_frequent_spelling_is_kept_and_the_first_of_equals():
    cells = pd.Series(["b", "B", "B", "x y", "X Y", None], dtype=object)
    assert spellings(cells) == {"b": "B", "X Y": "x y"}


def test_declared_codes_are_never_joined_with_one_another():
    cells = pd.Series(["m", "M", "µ", "μ", "Mm", "MM "], dtype=object)
    assert spellings(cells, ["m", "M", "Mm"]) == {"MM ": "Mm"}
    assert folded("μ") == folded("µ")  # micro sign and Greek letter


LEVELS = {"kind": "categorical", "levels": [{"code": "Male"}, {"code": "Female"}]}


def test_levels_arms_and_statuses_in_other_spellings(tmp_path):
    table = (
        "patient_id,arm,age,os_months,status,sex\n1,a,50,10,Dead,male\n2,A,60,12,alive,MALE\n"
        "3,A ,70,8,dead,Female\n4,B,55,20,Alive,female\n5,b,65,15,DEAD,Male\n"
        "6,B,75,18,alive,Female\n"
    )
    endpoint = {
        "label": "OS",
        "short": "OS",
        "time": "os_months",
        "event": "status",
        "event_codes": ["dead"],
        "censored_codes": ["alive"],
    }
    folder = folder_of(
        tmp_path,
        variables={"sex": LEVELS | {"label": "Sex"}, "age": {"label": "Age", "kind": "continuous"}},
        endpoints={"os": endpoint},
    )
    (folder / "patients.csv").write_text(table)
    cohort = load_cohort(folder)
    assert cohort.n_by_arm == {"A": 3, "B": 3}
    assert dict(cohort.patients["sex"].value_counts()) == {"Male": 3, "Female": 3}
    assert list(cohort.patients["os_event"]) == [1, 0, 1, 0, 1, 0]
    said = " ".join(read_study(folder).notes)
    for place in ("arm:", "sex:", "status:"):
        assert f"patients.csv: {place}" in said
    (folder / "patients.csv").write_text(table.replace("MALE", "man"))
    with pytest.raises(StudyError, match="one of Male, Female"):
        load_cohort(folder)


def test_missing_values_are_counted_by_arm(tmp_path):
    table = (
        "patient_id,arm,age,os_months,os_event,sex\n1,A,50,10,1,\n2,A,,12,0,\n"
        "3,A,70,8,1,Female\n4,B,,20,0,\n5,B,,15,1,Male\n6,B,75,18,0,Female\n"
    )
    folder = folder_of(
        tmp_path,
        variables={"sex": LEVELS | {"label": "Sex"}, "age": {"label": "Age", "kind": "continuous"}},
        baseline=[{"variable": "sex"}, {"variable": "age"}],
    )
    (folder / "patients.csv").write_text(table)
    cohort = load_cohort(folder)
    results = baseline(cohort)
    laid = baseline_table(results, cohort.study, cohort.n_by_arm)
    missing = [row.cells[1:4] for row in laid.rows if "issing" in str(row.cells[0])]
    assert missing == [("2", "1", "3"), ("1", "2", "3")]
    assert (
        "sex (3: 2 with Arm A and 1 with Arm B) and age (3: 1 with Arm A and 2 with Arm B)"
        in sentences.missing(results, cohort.study)
    )


def test_one_of_4000_and_all_but_one_in_tables_sentences_and_figures(tmp_path):
    rows = [
        f"{i},{'A' if i <= 4000 else 'B'},50,{i % 40 + 1},{i % 2},"
        f"{'Male' if i in (1, 4001) else 'Female'},{'SD' if i in (1, 4001) else 'PR'}"
        for i in range(1, 8001)
    ]
    events = (
        "patient_id,term,grade\n1,Rash,1\n"
        + "\n".join(f"{i},Itch,1" for i in range(2, 4001))
        + "\n"
    )
    spec = {
        "column": "bor",
        "criteria": "RECIST",
        "objective": ["PR"],
        "control": ["PR"],
        "categories": [{"code": "PR"}, {"code": "SD"}],
    }
    folder = folder_of(
        tmp_path,
        events,
        variables={"sex": LEVELS | {"label": "Sex"}},
        baseline=[{"variable": "sex"}],
        response=spec,
    )
    (folder / "patients.csv").write_text(
        "patient_id,arm,age,os_months,os_event,sex,bor\n" + "\n".join(rows) + "\n"
    )
    cohort = load_cohort(folder)
    study, found = cohort.study, safety(cohort)
    laid = baseline_table(baseline(cohort), study, cohort.n_by_arm)
    assert [row.cells[1] for row in laid.rows if row.indent] == ["1 (<0.1)", "3999 (>99.9)"]
    cells = [cell for row in safety_table(found, study, cohort.n_by_arm).rows for cell in row.cells]
    assert "3999 (>99.9)" in cells
    assert "1 (<0.1)" in cells
    said = [safety_sentences.summary(found, study), safety_sentences.common(found, study)]
    assert "itch (>99.9%) and rash (<0.1%)" in said[1]
    shown = safety_butterfly_figure(found, study)
    texts = [text.get_text() for text in shown.drawing.findobj(lambda a: hasattr(a, "get_text"))]
    assert any("3999 (>99.9)" in text for text in texts)
    rates = response_table(response(cohort), study, cohort.n_by_arm)
    assert any("3999 (>99.9)" in str(row.cells) for row in rates.rows)
    every = " ".join([*map(str, cells), *said, *texts, *(str(row.cells) for row in rates.rows)])
    assert not re.search(r"\b(1|1/4000) \(0\.0|\b(3999|3999/4000) \(100\.0", every)

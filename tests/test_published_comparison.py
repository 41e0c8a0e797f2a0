"""Print beside computed: each verdict, and the totals of the default study."""

import re
from pathlib import Path

import pytest
from figure_checks import assert_sound

from cohortbook.analysis.published import (
    _verdict,
    compare_with_print,
    ratios_in_print,
    statistics_of,
)
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.figures.published import published_figure
from cohortbook.display.sentences import published as sentences
from cohortbook.display.statistic_names import statistic_name
from cohortbook.display.tables import published as tables
from cohortbook.published import load_published
from cohortbook.published.audit import audit
from cohortbook.published.audit import tests_behind as behind

DATA = Path(__file__).parents[1] / "data"


@pytest.mark.parametrize(
    ("relation", "computed", "verdict"),
    [
        ("", 0.3921, "equal"),
        ("", 0.3934, "rounding"),
        ("", 0.396, "differs"),
        ("", float("nan"), "absent"),
        ("<", 0.0004, "differs"),
    ],
)
def test_verdicts(relation, computed, verdict):
    item = {
        "relation": relation,
        "computed": computed,
        "value": 0.392,
        "low": 0.3915,
        "high": 0.3925,
        "decimals": 3,
    }
    if relation:
        item["value"] = 0.0001
    assert _verdict(item) == verdict


@pytest.fixture(scope="module")
def compared():
    cohort = load_cohort(DATA / "wei2026")
    return compare_with_print(statistics_of(cohort), cohort.folder)


def test_a_ratio_agrees_only_if_its_estimate_is_the_printed_one(compared):
    study = load_cohort(DATA / "wei2026").study
    ratios = ratios_in_print(compared, study)
    off = (ratios["printed"] - ratios["recomputed"]).abs()
    assert ratios["agrees"].equals(off <= 0.0015 + 1e-9)
    crude = ratios[ratios["quantity"] == "OS, univariable HR"].set_index("label")
    assert not crude.loc["Treatment", "agrees"], "printed 0.585, which its own limits exclude"
    assert 0 < ratios["agrees"].sum() < len(ratios)
    figure = published_figure(ratios, study)
    assert_sound(figure)
    assert f"{ratios['agrees'].sum()} of {len(ratios)} agree" in figure.caption


def test_tables_2_and_5_are_given_back_whole(compared):
    for where in ("Table II", "Table V"):
        part = compared[compared["where"] == where]
        assert len(part)
        assert set(part["verdict"]) == {"equal"}


def test_only_what_no_cohort_can_hold_is_absent(compared):
    absent = compared[compared["verdict"] == "absent"]
    assert len(absent) / len(compared) < 0.05


@pytest.fixture(scope="module")
def findings():
    return audit(DATA / "wei2026")


def test_the_table_of_findings_names_statistics_and_groups_them_by_severity(findings, compared):
    table = tables.findings_table(findings, compared, load_cohort(DATA / "wei2026").study)
    rows = [row.cells for row in table.rows]
    assert rows[0] == ("Conflicts: no data at all can give these numbers together",)
    row = next(r for r in rows if len(r) > 1 and r[1] == "0.585")
    assert row[0].startswith("Overall survival, univariable, treatment MWA + ICIs: HR")
    assert row[2:4] == ("0.391 to 0.393", "0.19")
    assert "Smallest change: a lower limit of 0.345" in row[4]
    assert len(rows) == len(findings) + findings["severity"].nunique()
    elsewhere = {
        row[0].split(":")[0]: re.findall(r"also the P printed for (.*?\))\.", row[4])
        for row in rows
        if len(row) > 1
    }
    assert {name: said for name, said in elsewhere.items() if said} == {
        "Hepatitis B surface antigen": ["Hepatitis C virus antibody (Table I)"],
        "Hepatitis C virus antibody": ["Hepatitis B surface antigen (Table I)"],
        "Total bilirubin": [
            "Progression-free survival, univariable, Total bilirubin >20 (Table IV)"
        ],
    }


def test_the_table_of_tests_says_which_give_the_print(compared):
    tests = behind(load_published(DATA / "wei2026"))
    table = tables.tests_table(tests, compared, load_cohort(DATA / "wei2026").study)
    rows = {row.cells[0]: row.cells[1:] for row in table.rows}
    assert rows["Pruritus any: P value (Table V)"] == ("0.050", "Fisher", "Fisher")
    assert rows["CNLC stage: P value (Table I)"] == ("0.895", "chi-squared", "none")


def test_sentences_of_findings_follow_the_findings(findings, compared):
    text = sentences.findings(findings, compared)
    assert "three conflicts, six unusual numbers and one slip of rounding" in text
    assert "Nothing was found in Table II, Table IV and Table V." in text
    assert sentences.logrank_bound(findings).startswith("A log-rank *P* = 0.008 is printed")
    assert "0.585 (0.155–0.992)" in sentences.logrank_bound(findings)
    assert "at least 0.040" in sentences.logrank_bound(findings)
    none = findings.iloc[:0]
    assert sentences.findings(none, compared).endswith("all of them can hold together.")
    assert sentences.logrank_bound(none) == ""


def test_what_print_leaves_open_is_said_beside_the_count(compared):
    study = load_cohort(DATA / "wei2026").study
    plain = sentences.summary(compared, study)
    assert sentences.summary(compared, study, "5 < 6 *of* them") == f"{plain} 5 \\< 6 \\*of\\* them"
    note = load_published(DATA / "hcc-cxcl17").note
    assert "covariates" in note and note.endswith(".")


def test_statistics_unknown_to_the_study_keep_their_own_names():
    study = load_cohort(DATA / "hcc-cxcl17").study
    item = {"analysis": "safety", "term": "Rash", "level": "any", "group": "X",
            "statistic": "patients"}  # fmt: skip
    assert statistic_name(item, study) == "Rash any, X: patients"

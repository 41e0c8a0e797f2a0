"""The frames behind the patient figures: flow, waterfall, contradictions, course, lanes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cohortbook.analysis import lesions
from cohortbook.analysis.baseline import baseline
from cohortbook.analysis.flow import flow
from cohortbook.analysis.lanes import lanes
from cohortbook.analysis.survival import survival
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.tables.baseline import baseline_table
from cohortbook.errors import CohortbookError
from cohortbook.study.parts import FlowBox


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/wei2026")


def changed(cohort, row: int, **cells):
    """The cohort with cells of one patient set."""
    patients = cohort.patients.copy()
    for column, value in cells.items():
        patients.loc[row, column] = value
    return replace(cohort, patients=patients)


def test_flow_adds_up_at_every_split(cohort):
    table = flow(cohort)
    boxes = table[table["role"] == "box"].set_index(["box", "arm"])["n"]
    assert boxes["cohort", ""] == len(cohort)
    assert boxes["arm"].sum() == len(cohort)
    for code, n in cohort.n_by_arm.items():
        part = table[(table["arm"] == code)]
        assert part.loc[(part["box"] == "treatment") & (part["role"] == "item"), "n"].sum() == n
        assert part.loc[part["box"] == "response", "n"].sum() == n
        evaluable = cohort.patients.query("arm == @code and best_response != 'NE'")
        assert boxes["response", code] == len(evaluable)


def test_flow_takes_screening_from_the_study_and_doubts_a_wrong_sum(cohort):
    spec = cohort.study.flow.model_copy(
        update={
            "screened": FlowBox(label="Screened", n=90),
            "excluded": [FlowBox(label="Other cancer", n=30), FlowBox(label="No data", n=8)],
        }
    )
    table = flow(replace(cohort, study=cohort.study.model_copy(update={"flow": spec})))
    assert table.iloc[:4][["box", "n"]].to_numpy().tolist() == [
        ["screened", 90],
        ["excluded", 38],
        ["excluded", 30],
        ["excluded", 8],
    ]
    assert table.iloc[0]["note"] == ""
    spec = spec.model_copy(update={"screened": FlowBox(label="Screened", n=91)})
    table = flow(replace(cohort, study=cohort.study.model_copy(update={"flow": spec})))
    assert "leaves 53; the patient table has 52" in table.iloc[0]["note"]


def test_flow_refuses_patients_who_are_in_no_arm(cohort):
    with pytest.raises(CohortbookError, match="arms add up to 51"):
        flow(changed(cohort, 3, arm=np.nan))


def test_flow_names_what_was_not_recorded(cohort):
    table = flow(changed(cohort, 0, discontinuation_reason=np.nan, best_response=np.nan))
    counts = table.set_index(["label", "arm"])["n"]
    code = cohort.patients["arm"].iloc[0]
    assert counts["Treatment status not recorded", code] == 1
    assert counts["Response not recorded", code] == 1


def test_waterfall_sorts_within_arm_and_keeps_the_unmeasured_last(cohort):
    table = lesions.waterfall(cohort)
    assert list(dict.fromkeys(table["arm"])) == cohort.study.arm_codes
    for _, part in table.groupby("arm"):
        change = part["change"].to_numpy()
        measured = change[~np.isnan(change)]
        assert (np.diff(measured) <= 0).all()
        assert np.isnan(change[len(measured) :]).all()
    assert sorted(table["number"]) == list(range(1, len(cohort) + 1))
    assert "patient_id" not in table


def test_the_default_study_contradicts_itself_nowhere(cohort):
    assert lesions.contradictions(cohort).empty


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"best_response": "PR", "best_change_pct": -29.9}, "response, but change above -30 %"),
        ({"best_response": "PR", "best_change_pct": -100}, "all target lesions lost"),
        ({"best_response": "CR", "best_change_pct": -80}, "complete response, but"),
        ({"best_response": "SD", "best_change_pct": -30}, "stable disease, but"),
        ({"best_response": "SD", "best_change_pct": 20}, "stable disease, but"),
        ({"best_response": "PD", "best_change_pct": 19.9, "pd_new_lesion": 0}, "progression, but"),
        ({"best_response": "NE", "best_change_pct": -5}, "not evaluable, but"),
        ({"best_response": "SD", "best_change_pct": np.nan, "pd_new_lesion": 0}, "but no change"),
        ({"best_response": "PR", "best_change_pct": -101}, "below -100"),
    ],
)
def test_a_contradiction_is_found_and_named(cohort, cells, problem):
    table = lesions.contradictions(changed(cohort, 5, **cells))
    assert table["number"].tolist() == [6]
    assert problem in table["problem"].iloc[0]


@pytest.mark.parametrize(
    "cells",
    [
        {"best_response": "PR", "best_change_pct": -30},
        {"best_response": "PD", "best_change_pct": 20, "pd_new_lesion": 0},
        {"best_response": "PD", "best_change_pct": -40, "pd_new_lesion": 1},
        {"best_response": "PD", "best_change_pct": np.nan, "pd_new_lesion": 1},
        {"best_response": "NE", "best_change_pct": np.nan},
    ],
)
def test_what_the_criteria_allow_is_no_contradiction(cohort, cells):
    assert lesions.contradictions(changed(cohort, 5, **cells)).empty


def measured(cohort, rows: list[tuple], procedure: float = np.nan):
    table = pd.DataFrame(rows, columns=["patient_id", "month", "target_sum_mm", "afp_ng_ml"])
    return replace(changed(cohort, 0, ablation_months=procedure), measurements=table)


def test_course_counts_change_from_the_last_value_before_treatment(cohort):
    who = cohort.patients["patient_id"].iloc[0]
    rows = [(who, 2.0, 30.0, 10.0), (who, -1.0, 80.0, 500.0), (who, 0.0, 40.0, 1000.0)]
    table = lesions.course(measured(cohort, rows, procedure=1.0))
    size = table[table["measure"] == "size"]
    seen = size[size["kind"] == "measurement"]
    assert seen["time"].tolist() == [-1, 0, 2]
    assert seen["change"].tolist() == [100, 0, -25]
    assert size.loc[size["kind"] == "procedure", "value"].tolist() == [35]
    marker = table[(table["measure"] == "marker") & (table["kind"] == "procedure")]
    assert marker["value"].iloc[0] == pytest.approx(100)  # half way between 1000 and 10 on logs


def test_course_without_baseline_size_has_no_change_and_skips_gaps(cohort):
    who = cohort.patients["patient_id"].iloc[0]
    rows = [(who, 0.0, 0.0, np.nan), (who, 2.0, 5.0, 7.0), (who, np.nan, 9.0, 9.0)]
    table = lesions.course(measured(cohort, rows))
    assert table.loc[table["measure"] == "size", "change"].isna().all()
    assert table.loc[table["measure"] == "marker", "value"].tolist() == [7]


def test_cases_are_those_of_the_study_or_one_with_the_procedure(cohort):
    assert lesions.case_numbers(cohort) == [], "an imaging case shows its patient's measurements"
    cohort = replace(cohort, study=cohort.study.model_copy(update={"cases": []}))
    number = lesions.case_numbers(cohort)[0]
    assert cohort.patients["ablation_months"].notna().iloc[number - 1]
    spec = cohort.study.measurements.model_copy(
        update={"cases": [cohort.patients["patient_id"].iloc[9]]}
    )
    study = cohort.study.model_copy(update={"measurements": spec})
    assert lesions.case_numbers(replace(cohort, study=study)) == [10]
    assert set(lesions.case_series(cohort, 10)["number"]) == {10}


def test_lanes_are_sorted_by_follow_up_within_arm(cohort):
    table = lanes(cohort)
    assert list(dict.fromkeys(table["arm"])) == cohort.study.arm_codes
    for _, part in table.groupby("arm"):
        assert part["end"].is_monotonic_decreasing
    patients = cohort.patients.set_index(np.arange(1, len(cohort) + 1)).loc[table["number"]]
    assert np.array_equal(table["end"], patients["os_time"])
    assert np.array_equal(table["treatment"], patients["treatment_months"])
    progressed = patients["progression"] == 1
    assert np.array_equal(table["progression"].notna(), progressed)
    assert np.array_equal(
        table["progression"][progressed.to_numpy()], patients["pfs_time"][progressed]
    )


@pytest.mark.parametrize("folder", ["data/wei2026", "data/hcc-cxcl17"])
def test_every_n_of_the_tables_is_a_box_of_the_flow(folder):
    cohort = load_cohort(folder)
    boxes = flow(cohort)
    arms = boxes[(boxes["box"] == "arm")].set_index("arm")["n"]
    table = baseline(cohort)
    for code in cohort.study.arm_codes:
        known = table[(table["group"] == code) & (table["statistic"] == "missing")]
        assert ((known["estimate"] + known["n"]) == arms[code]).all()
        analysed = boxes[(boxes["box"] == "analysed") & (boxes["arm"] == code)].set_index("label")
        for end, spec in cohort.study.endpoints.items():
            found = survival(cohort, end)
            median = found[
                (found["statistic"] == "median")
                & (found["group"] == code)
                & (found["population"] == "all")
            ]
            assert median["n"].tolist() == [analysed.loc[spec.label, "n"]]


def test_a_variable_that_one_arm_lacks_is_not_compared():
    cohort = load_cohort("data/wei2026")
    patients = cohort.patients.copy()
    lacking = patients["arm"] == cohort.study.reference_arm
    patients.loc[lacking, ["sex", "age"]] = None
    table = baseline(replace(cohort, patients=patients))
    found = table[(table["statistic"] == "p_value") & table["term"].isin(["sex", "age"])]
    assert len(found) == 2 and found["p_value"].isna().all()
    printed = baseline_table(table, cohort.study, cohort.n_by_arm)
    age = next(row for row in printed.rows if row.cells and "Age" in str(row.cells[0]))
    assert [getattr(cell, "text", cell) for cell in age.cells][1::3] == ["–", "–"]

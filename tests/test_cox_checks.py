"""Checks of the Cox models of a cohort: effects over time, influence, doubts in notes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cohortbook.analysis.cox import prognostic_factors, proportional_hazards
from cohortbook.analysis.cox_checks import influence, schoenfeld, with_doubts
from cohortbook.analysis.endpoints import each_endpoint
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.figures.schoenfeld import schoenfeld_figure
from cohortbook.display.sentences import cox as sentences
from cohortbook.display.tables.cox import cox_table, influence_table
from cohortbook.display.words import counted
from cohortbook.results import frame, one, pick, row

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def cohort():
    return load_cohort(DATA / "wei2026")


@pytest.fixture(scope="module")
def moved(cohort):
    return influence(cohort, "os")


@pytest.fixture(scope="module")
def factors(cohort):
    return prognostic_factors(cohort, "os")


def no_zph():
    return frame([])


def test_residuals_average_to_the_coefficient(cohort, factors):
    """Schoenfeld residuals add up to nought at the estimate."""
    points, smooth = schoenfeld(cohort, "os")
    for (term, level), part in points.groupby(["term", "level"], sort=False):
        want = one(factors, analysis="cox_multivariable", statistic="hr", term=term, level=level)
        assert part["constant"].iloc[0] == pytest.approx(np.log(want["estimate"]), rel=1e-9)
        assert part["residual"].mean() == pytest.approx(part["constant"].iloc[0], abs=1e-6)
    assert (smooth["conf_low"] < smooth["conf_high"]).all()
    assert set(smooth["term"]) == set(points["term"])


def test_influence_of_everybody_adds_up_to_nought(cohort, moved):
    changes = pick(moved, statistic="dfbetas")
    assert len(changes) == len(cohort) * changes[["term", "level"]].drop_duplicates().shape[0]
    assert changes.groupby(["term", "level"])["estimate"].sum().abs().max() < 1e-6


def test_the_model_without_a_patient_is_that_of_the_cohort_without_them(cohort, moved):
    numbers = pick(moved, statistic="time")["group"]
    assert 1 <= len(numbers) <= 5
    number = int(numbers.iloc[0])
    kept = cohort.patients.drop(index=number - 1).reset_index(drop=True)
    again = prognostic_factors(replace(cohort, patients=kept), "os")
    want = one(again, analysis="cox_multivariable", statistic="hr", term="arm", level="MWA+ICI")
    found = one(moved, statistic="hr_without", group=str(number))
    assert found["estimate"] == pytest.approx(want["estimate"], rel=1e-9)
    assert found["p_value"] == pytest.approx(want["p_value"], rel=1e-6)


def test_study_numbers_are_places_in_the_table_also_where_patients_are_left_out(cohort):
    patients = cohort.patients.copy()
    patients.loc[0, "age"] = np.nan
    found = influence(replace(cohort, patients=patients), "os")
    numbers = set(pick(found, statistic="dfbetas")["group"])
    assert numbers == {str(i) for i in range(2, len(cohort) + 1)}


def test_of_a_large_cohort_only_those_who_move_a_coefficient_most_are_kept(
    cohort, moved, monkeypatch
):
    monkeypatch.setattr("cohortbook.analysis.cox_checks.MOST_KEPT", 5)
    few = influence(cohort, "os")
    assert 5 <= pick(few, statistic="dfbetas")["group"].nunique() < len(cohort) / 2
    for statistic in ("hr_without", "time", "event"):
        pd.testing.assert_frame_equal(
            pick(few, statistic=statistic).reset_index(drop=True),
            pick(moved, statistic=statistic).reset_index(drop=True),
        )
    most = [
        pick(part, statistic="dfbetas")
        .groupby(["term", "level"])["estimate"]
        .agg(lambda change: change.abs().max())
        for part in (few, moved)
    ]
    pd.testing.assert_series_equal(*most)
    everybody = few["estimate"].where(few["statistic"] != "threshold", 0.0)
    told = sentences.influence(few.assign(estimate=everybody), cohort.study, "os")
    kept = pick(few, statistic="dfbetas")["group"].nunique()
    assert f"at least {counted(kept, 'patient')} " in told  # more of 52 may be


def test_each_doubt_is_a_footnote_under_the_table(cohort, factors, moved):
    zph = frame([row("ph", "zph", 5.0, endpoint="os", term="age", p_value=0.02)])
    told = with_doubts(factors, zph, moved, cohort.study)
    notes = " ".join(cox_table(told, cohort.study, "os").html().split())
    assert "Evidence against proportional hazards (P = 0.020)" in notes
    assert "Few patients with this level had the event." in notes
    female = one(told, analysis="cox_multivariable", statistic="hr", term="sex", level="F")
    assert ("Few patients" in female["note"]) == (female["n_events"] < 5)
    crude = one(told, analysis="cox_univariable", statistic="hr", term="age")
    assert crude["note"] == ""


def test_a_patient_who_moves_a_coefficient_by_a_standard_error_is_a_doubt(cohort, factors, moved):
    mild = moved.assign(estimate=moved["estimate"].clip(-0.9, 0.9))
    grave = moved.assign(estimate=moved["estimate"].where(moved["group"] != "1", 1.5))
    for frame_, want in ((mild, False), (grave, True)):
        notes = with_doubts(factors, no_zph(), frame_, cohort.study)["note"]
        assert notes.str.contains("One patient moves this coefficient").any() == want


def test_notes_say_how_factors_of_several_levels_are_coded(cohort, factors):
    notes = " ".join(cox_table(factors, cohort.study, "os").notes)
    assert "compare the level with all other levels" in notes
    other = cohort.study.cox.model_copy(update={"univariable_coding": "reference"})
    study = cohort.study.model_copy(update={"cox": other})
    notes = " ".join(cox_table(factors, study, "os").notes)
    assert "with the reference level, univariable and multivariable alike" in notes


def test_the_test_of_all_levels_does_not_depend_on_the_coding_of_the_rows(cohort, factors):
    other = cohort.study.cox.model_copy(update={"univariable_coding": "reference"})
    study = cohort.study.model_copy(update={"cox": other})
    again = prognostic_factors(replace(cohort, study=study), "os")
    keys = {"analysis": "cox_univariable", "statistic": "factor_p", "term": "cnlc"}
    assert one(factors, **keys)["p_value"] == pytest.approx(one(again, **keys)["p_value"])


def test_each_endpoint_is_analysed_in_the_order_of_the_study(cohort):
    results = each_endpoint(prognostic_factors, cohort)
    assert list(dict.fromkeys(results["endpoint"])) == list(cohort.study.endpoints)


def test_sentences_of_a_model_are_named_for_the_manuscript(cohort, factors):
    told = sentences.model(factors, cohort.study, "os")
    assert list(told) == ["treatment", "factors", "stability"]


def test_the_influence_table_names_patients_by_number(cohort, moved):
    table = influence_table(moved, cohort.study)
    text = table.text()
    assert not any(str(code) in text for code in cohort.patients["patient_id"])
    assert table.rows[1].cells[1] == "Nobody left out"
    assert table.rows[2].cells[0] == pick(moved, statistic="time")["group"].iloc[0]


def test_the_influence_sentence_follows_the_numbers(cohort, moved):
    assert "between" in sentences.influence(moved, cohort.study, "os")
    below = moved["estimate"].where(moved["statistic"] != "threshold", 9.0)
    nobody = moved.assign(estimate=below)[moved["statistic"] != "hr_without"]
    assert "no patient is above" in sentences.influence(nobody, cohort.study, "os")
    never = moved.assign(estimate=moved["estimate"].where(moved["statistic"] != "hr_without"))
    assert "is not estimable with or without" in sentences.influence(never, cohort.study, "os")
    assert "could not be measured" in sentences.influence(moved.iloc[:0], cohort.study, "os")


def test_an_effect_without_a_finite_estimate_is_said_to_have_none(cohort):
    patients = cohort.patients.assign(
        os_event=cohort.patients["os_event"].where(cohort.patients["arm"] == "ICI", 0)
    )
    found = influence(replace(cohort, patients=patients), "os")
    assert "arm" not in set(pick(found, statistic="dfbetas")["term"])
    assert "not estimable" in sentences.influence(found, cohort.study, "os")


@pytest.mark.parametrize("change", [{"os_time": 5.0}, {"age": 60.0}, {"os_event": 0}])
def test_the_figure_can_be_drawn_where_little_can_be_estimated(cohort, change):
    poor = replace(cohort, patients=cohort.patients.assign(**change))
    points, smooth = schoenfeld(poor, "os")
    tests = proportional_hazards(poor, "os")
    figure = schoenfeld_figure(points, smooth, tests, cohort.study, "os")
    assert figure.alt


def test_no_events_give_no_curves_and_no_influence(cohort):
    silent = replace(cohort, patients=cohort.patients.assign(os_event=0))
    points, smooth = schoenfeld(silent, "os")
    assert points.empty and smooth.empty
    found = influence(silent, "os")
    assert set(found["statistic"]) == {"threshold", "hr_without"}
    told = with_doubts(prognostic_factors(silent, "os"), proportional_hazards(silent, "os"), found,
                       silent.study)  # fmt: skip
    assert not influence_table(found, cohort.study).rows  # nobody moves what is not estimated
    assert cox_table(told, cohort.study, "os").rows


def test_levels_that_are_each_compared_with_all_others_have_no_reference_alone(cohort, factors):
    rows = {row.cells[0]: row.cells for row in cox_table(factors, cohort.study, "os").rows}
    assert rows["IIa"][2:6] == ("–", "–", "1 (reference)", "")
    assert rows["Male"][2:6] == ("1 (reference)", "", "1 (reference)", "")
    settings = cohort.study.cox.model_copy(update={"univariable_coding": "reference"})
    study = cohort.study.model_copy(update={"cox": settings})
    rows = {row.cells[0]: row.cells for row in cox_table(factors, study, "os").rows}
    assert rows["IIa"][2:6] == ("1 (reference)", "", "1 (reference)", "")

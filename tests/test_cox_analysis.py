"""Cox analyses of a cohort: coding, invariances, doubts."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cohortbook.analysis.cox import (
    NO_FINITE_ESTIMATE,
    NO_REFERENCE,
    prognostic_factors,
    proportional_hazards,
    subgroup_effects,
    treatment_effect,
)
from cohortbook.analysis.robustness.covariates import added_covariates
from cohortbook.analysis.robustness.leave_one_out import leave_one_out
from cohortbook.analysis.second_opinion import second_opinion
from cohortbook.cohort.cohort import load_cohort
from cohortbook.cohort.typed import typed_patients
from cohortbook.display.tables.cox import cox_table
from cohortbook.results import one, pick

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def cohort():
    return load_cohort(DATA / "wei2026")


@pytest.fixture(scope="module")
def factors(cohort):
    return prognostic_factors(cohort, "os")


def test_swapping_the_arms_inverts_the_hazard_ratio(cohort):
    swapped_study = cohort.study.model_copy(update={"reference_arm": "MWA+ICI"})
    swapped = replace(cohort, study=swapped_study)
    before, after = treatment_effect(cohort, "pfs"), treatment_effect(swapped, "pfs")
    assert after["estimate"] == pytest.approx(1 / before["estimate"], rel=1e-9)
    assert after["conf_low"] == pytest.approx(1 / before["conf_high"], rel=1e-9)
    assert after["p_value"] == pytest.approx(before["p_value"], rel=1e-9)


def test_a_ratio_for_ten_units_is_the_tenth_power(cohort, factors):
    age, *others = cohort.study.cox.covariates
    cox = cohort.study.cox.model_copy(
        update={"covariates": [age.model_copy(update={"per": 10}), *others]}
    )
    study = cohort.study.model_copy(update={"cox": cox})
    tens = prognostic_factors(replace(cohort, study=study), "os")
    for analysis in ("cox_univariable", "cox_multivariable"):
        keys = {"analysis": analysis, "statistic": "hr"}
        before, after = (one(found, term="age", **keys) for found in (factors, tens))
        assert after["estimate"] == pytest.approx(before["estimate"] ** 10, rel=1e-8)
        assert after["conf_high"] == pytest.approx(before["conf_high"] ** 10, rel=1e-8)
        assert after["p_value"] == pytest.approx(before["p_value"], rel=1e-8)
        others = [
            pick(found, **keys).query("term != 'age'")["estimate"].to_numpy()
            for found in (factors, tens)
        ]
        np.testing.assert_allclose(*others, rtol=1e-8)
    assert study.per_units("age") == "10 years"
    assert cohort.study.per_units("age") == "year"
    for unit in ("m/s", "ms", "mm Hg"):  # the s of a second is no plural
        age = cohort.study.variables["age"].model_copy(update={"unit": unit})
        others = cohort.study.variables | {"age": age}
        assert cohort.study.model_copy(update={"variables": others}).per_units("age") == unit
    labels = [row.cells[0] for row in cox_table(tens, study, "os").rows]
    assert "Age, per 10 years" in labels


def test_univariable_factor_levels_stand_against_all_others(cohort, factors):
    """The published tables code each CNLC level alone as one indicator."""
    found = one(factors, analysis="cox_univariable", term="cnlc", level="IIb")
    patients = cohort.patients.assign(alone=(cohort.patients["cnlc"] == "IIb").astype(float))
    from cohortbook.stats.cox import cox_fit

    fit = cox_fit(patients["os_time"], patients["os_event"], patients[["alone"]].to_numpy())
    assert found["estimate"] == pytest.approx(fit.hr[0], rel=1e-12)


def test_reference_levels_and_counts(factors, cohort):
    sex = pick(factors, analysis="cox_multivariable", term="sex", statistic="hr")
    assert list(sex["level"]) == ["M", "F"]
    assert sex["note"].iloc[0] == "reference"
    assert sex["n"].sum() == len(cohort)
    arm = pick(factors, analysis="cox_univariable", term="arm", statistic="hr")
    assert list(arm["level"]) == ["ICI", "MWA+ICI"]


def test_events_per_parameter_travels_as_a_note(factors):
    found = one(factors, statistic="events_per_parameter")
    assert found["estimate"] == pytest.approx(24 / 11)
    assert "unstable" in found["note"]


@pytest.fixture
def separated(cohort):
    """The cohort without those of low AFP who died in the combination arm."""
    low = cohort.subgroup(cohort.study.subgroups[1]).patients
    died = low[(low["arm"] == "MWA+ICI") & (low["os_event"] == 1)]
    return cohort.drop(list(died["patient_id"]), why="for a test")


def test_an_arm_without_events_has_no_estimate_but_a_note(separated):
    low = separated.subgroup(separated.study.subgroups[1])
    found = treatment_effect(low, "os")
    assert "estimate" not in found
    assert found["note"] == NO_FINITE_ESTIMATE


def test_zph_has_every_variable_and_the_global_test(cohort):
    found = proportional_hazards(cohort, "os")
    assert set(found["term"]) == {c.variable for c in cohort.study.cox.covariates} | {
        "arm",
        "GLOBAL",
    }
    assert found["p_value"].between(0, 1).all()


def test_subgroups_add_up(cohort):
    found = subgroup_effects(cohort, "pfs")
    for term in ("sex", "afp"):
        part = pick(found, term=term, statistic="hr")
        assert part["n"].sum() == len(cohort)
        for _, level in part.iterrows():
            arms = pick(found, term=term, level=level["level"], statistic="events")
            assert list(arms["group"]) == cohort.study.arm_codes
            assert (arms["n"].sum(), arms["n_events"].sum()) == (level["n"], level["n_events"])
    assert pick(found, statistic="interaction")["p_value"].dropna().between(0, 1).all()


def test_no_interaction_is_tested_where_a_level_has_no_estimate(separated):
    """Nobody with low AFP died in the combination arm: the interaction has no finite estimate."""
    found = one(subgroup_effects(separated, "os"), term="afp", statistic="interaction")
    assert np.isnan(found["p_value"])
    assert found["note"] == NO_FINITE_ESTIMATE


def test_the_last_added_model_is_the_multivariable_one(cohort, factors):
    path = added_covariates(cohort, "os")
    adjusted = one(
        factors, analysis="cox_multivariable", term="arm", level="MWA+ICI", statistic="hr"
    )
    assert path["estimate"].iloc[-1] == pytest.approx(adjusted["estimate"], rel=1e-9)
    assert path["term"].iloc[0] == "arm"


def test_leaving_out_each_patient_gives_one_row_a_patient(cohort):
    found = pick(leave_one_out(cohort, "os"), level="crude")
    assert len(found) == len(cohort) + 1
    assert found["estimate"].nunique() > 10


@pytest.mark.parametrize(("study", "endpoint"), [("wei2026", "pfs"), ("hcc-cxcl17", "rfs")])
def test_independent_libraries_agree(study, endpoint):
    found = second_opinion(load_cohort(DATA / study), endpoint)
    assert (found["estimate"] < 1e-8).all()
    assert (found["note"] == "").all()


def test_missing_covariates_leave_patients_out_of_that_model_only(cohort):
    patients = cohort.patients.copy()
    patients.loc[patients.index[:5], "age"] = np.nan
    found = prognostic_factors(replace(cohort, patients=patients), "os")
    assert one(found, analysis="cox_univariable", term="age", statistic="hr")["n"] == 47
    assert one(found, statistic="events_per_parameter")["n"] == 47
    assert "5 patients were left out" in one(found, statistic="events_per_parameter")["note"]


def test_one_patient_left_out_is_one_patient(cohort):
    patients = cohort.patients.copy()
    patients.loc[patients.index[0], "age"] = np.nan
    found = prognostic_factors(replace(cohort, patients=patients), "os")
    assert " 1 patient was left out" in one(found, statistic="events_per_parameter")["note"]


def test_row_order_does_not_matter(cohort):
    shuffled = replace(cohort, patients=cohort.patients.sample(frac=1, random_state=1))
    one_way, other = (prognostic_factors(c, "os")["estimate"] for c in (cohort, shuffled))
    np.testing.assert_allclose(one_way, other, rtol=1e-9)


def test_typing_is_a_function_of_the_text_only(cohort):
    import pandas as pd

    raw = pd.read_csv(DATA / "wei2026" / "patients.csv", dtype=str)
    pd.testing.assert_frame_equal(typed_patients(cohort.study, raw), cohort.patients)


def test_levels_without_their_reference_have_no_hazard_ratio(cohort, factors):
    """Without the reference level R's ratios would be against another one than the row says."""
    reference = pick(
        factors, analysis="cox_multivariable", term="cnlc", statistic="hr", note="reference"
    )["level"].iloc[0]
    keep = cohort.patients["cnlc"].astype("object") != reference
    part = replace(cohort, patients=cohort.patients[keep].reset_index(drop=True))
    found = pick(prognostic_factors(part, "os"), analysis="cox_multivariable", statistic="hr")
    levels = pick(found, term="cnlc")
    levels = levels[levels["level"] != reference]
    assert len(levels) > 1
    assert levels["estimate"].isna().all()
    assert (levels["note"] == NO_REFERENCE).all()
    assert np.isfinite(pick(found, term="arm")["estimate"]).all()


def test_a_library_whose_newton_steps_run_away_still_answers(cohort):
    patients = cohort.patients.copy()
    noise = 0.5 * np.random.default_rng(0).normal(size=len(patients))
    patients["age"] = np.exp(noise + (8 - patients["os_time"] / 3) * patients["os_event"])
    found = second_opinion(replace(cohort, patients=patients), "os")
    assert (found["estimate"] < 1e-6).all()

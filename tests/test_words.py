"""Sentences that were false on some data: each is asked of an input that shows it.

Oracles: R 4 `survival` 3.5 (coxph, anova) where a number is given, counts by hand, invariances.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_robustness import make_cohort, random_table

import cohortbook as cb
from cohortbook.analysis.cox import prognostic_factors
from cohortbook.analysis.robustness.leave_one_out import leave_one_out, leave_one_out_summary
from cohortbook.analysis.safety import safety
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.methods.manuscript import study_values
from cohortbook.display.methods.settings import families_methods, level_methods
from cohortbook.display.sentences import cox as of_cox
from cohortbook.display.sentences import robustness as of_robustness
from cohortbook.errors import CohortbookError
from cohortbook.results import one, pick

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def wei():
    return load_cohort(DATA / "wei2026")


def graded(n=240, seed=4):
    """Grades 1 and 3 live shorter or longer than 2, each not clearly; together they differ."""
    rng = np.random.default_rng(seed)
    grade = rng.permutation(np.repeat(["1", "2", "3"], n // 3))
    rate = pd.Series(grade).map({"1": 0.06, "2": 0.08, "3": 0.105}).to_numpy()
    death, end = rng.exponential(1 / rate), rng.uniform(6, 40, n)
    return pd.DataFrame(
        {
            "months": np.minimum(death, end).round(2) + 0.01,
            "died": (death <= end).astype(int),
            "arm": rng.permutation(["a", "b"] * (n // 2)),
            "grade": grade,
        }
    )


def models_of(people, *covariates, **more):
    return cb.cox(people, time="months", event="died", by="arm", covariates=covariates, **more)


def test_a_factor_is_judged_by_the_joint_test_of_its_levels():
    """Each level against the middle one is unclear, all three together are not."""
    found = models_of(graded(), "grade=2")
    ratios = pick(found.frame, analysis="cox_multivariable", term="grade", statistic="hr")
    ratios = ratios[ratios["note"] != "reference"]
    joint = one(found.frame, analysis="cox_multivariable", term="grade", statistic="factor_p")
    assert (ratios["p_value"] > 0.05).all() and joint["p_value"] < 0.05  # what the input is for
    assert joint["p_value"] == pytest.approx(0.02630947232, rel=1e-6)  # R: coxph, Wald
    text = found.sentence().parts["factors"]
    assert text.startswith("Of the other factors, grade (joint *P* = ")
    assert "1 against 2, HR " in text and "3 against 2, HR " in text
    assert "No other factor" not in text


def test_the_reference_level_does_not_change_what_is_said_of_a_factor():
    told = [models_of(graded(), f"grade={level}").sentence().parts["factors"] for level in "123"]
    assert {text.partition("; ")[0] for text in told} == {told[0].partition("; ")[0]}


def test_one_level_below_the_level_does_not_make_a_factor(wei):
    found = prognostic_factors(wei, "os")
    stage = (found["analysis"] == "cox_multivariable") & (found["term"] == "cnlc")
    found.loc[stage & found["statistic"].eq("hr"), "p_value"] = 0.04
    found.loc[stage & found["statistic"].eq("factor_p"), "p_value"] = 0.12
    assert "CNLC" not in of_cox.factors(found, wei.study, "os")


def separated():
    """Nobody with the mark dies: its hazard ratio is infinitely small."""
    people = graded(120, 7).drop(columns="grade")
    mark = np.where(people["died"] == 0, "yes", "no")
    mark[people.index[people["died"] == 0][::2]] = "no"
    return people.assign(mark=mark)


def test_a_separated_factor_is_named_with_its_likelihood_ratio_test():
    found = models_of(separated(), "mark=no")
    row = one(found.frame, analysis="cox_multivariable", term="mark", statistic="factor_lr")
    assert row["p_value"] == pytest.approx(1.534e-07, rel=1e-3)  # R: anova(coxph, coxph)
    assert row["estimate"] == 1
    text = found.sentence().parts["factors"]
    assert "mark was associated" in text
    assert "No finite estimate could be had for mark (likelihood ratio *P* < 0.001)" in text


def test_what_could_not_be_tested_is_not_called_not_associated():
    people = separated().drop(columns="mark").assign(same=1.0)
    people.loc[people.index[0], "same"] = 2.0
    people.loc[people.index[0], ["months", "died"]] = 0.01, 0  # nobody is at risk with it
    text = models_of(people, "same").sentence().parts["factors"]
    assert text.startswith("No other factor could be tested"), text


def test_an_adjustment_that_crosses_one_says_so(wei):
    found = prognostic_factors(wei, "os")
    arm = (found["term"] == "arm") & found["statistic"].eq("hr") & found["note"].ne("reference")
    found.loc[arm & found["analysis"].eq("cox_univariable"), "estimate"] = 1.2
    assert "; adjustment moved it across one" in of_cox.treatment(found, wei.study, "os")
    found.loc[arm & found["analysis"].eq("cox_univariable"), "estimate"] = 0.9
    assert "across one" not in of_cox.treatment(found, wei.study, "os")


def test_alone_and_together_are_told_over_the_same_patients():
    people = graded()
    people["marker"] = np.random.default_rng(1).normal(size=len(people))
    people.loc[people.index[:60], "marker"] = np.nan
    found = models_of(people, "marker")
    same = one(found.frame, statistic="hr_same_patients")
    crude = cb.cox(people.iloc[60:], time="months", event="died", by="arm").frame
    crude = pick(crude, analysis="cox_univariable", term="arm", statistic="hr")
    assert same["n"] == 180
    assert same["estimate"] == pytest.approx(crude["estimate"].iloc[-1], rel=1e-9)
    text = found.sentence().parts["treatment"]
    assert (
        "alone in 240 patients (HR " in text and "in the 180 patients of the other model)" in text
    )
    whole = models_of(graded(), "grade").sentence().parts["treatment"]
    assert "of the other model" not in whole


def test_a_model_without_an_estimate_has_no_terms_that_departed_or_not(wei):
    rows = cb.cox(wei, "os").hazards.frame.copy()
    rows.loc[rows["term"] != "GLOBAL", "p_value"] = np.nan
    text = of_cox.proportionality(rows, wei.study, "os")
    assert "none of the tests" not in text and "could not be tested." in text
    rows["p_value"] = np.nan
    assert of_cox.proportionality(rows, wei.study, "os").startswith(
        "Proportional hazards could not"
    )


def test_a_test_that_finds_nothing_does_not_show_proportional_hazards(wei):
    rows = cb.cox(wei, "os").hazards.frame.assign(p_value=0.6)
    text = of_cox.proportionality(rows, wei.study, "os")
    assert "that does not show that hazards are proportional." in text


def test_only_some_patients_left_out_are_not_called_each_patient(monkeypatch):
    cohort = make_cohort(random_table(1))
    monkeypatch.setattr("cohortbook.analysis.robustness.leave_one_out.MOST", 10)
    summary = leave_one_out_summary(leave_one_out(cohort, "os"), cohort)
    text = of_robustness.left_out(summary, cohort.study)
    assert text.startswith("With each of the 10 patients with the largest influence left out")
    assert "each patient" not in text


def test_conventions_name_what_differs_from_the_program(wei):
    statistics = wei.study.statistics
    assert "limits of a median, which it takes from an estimate of the density" in level_methods(
        statistics
    )
    efron = statistics.model_copy(update={"ties": "efron"})
    assert "ties in Cox models are Efron's" in level_methods(efron)
    r = load_cohort(DATA / "hcc-cxcl17").study.statistics
    assert "except for this: limits of curves are log-log." in level_methods(r)


def test_any_of_these_is_who_stands_in_one_of_the_rows(wei):
    """Also where a patient has, beside a severe event, one above the grades called severe."""
    events = wei.adverse_events.copy()
    both = events[events["ctcae_grade"] == 3].iloc[0]["patient_id"]
    more = events.iloc[[0]].assign(patient_id=both, ae_term="Pneumonitis", ctcae_grade=5.0)
    cohort = replace(wei, adverse_events=pd.concat([events, more], ignore_index=True))
    found = pick(safety(cohort), statistic="patients", level="severe")
    arm = wei.patients.set_index("patient_id").loc[both, "arm"]
    inside = found[found["group"] == arm]
    before = pick(safety(wei), statistic="patients", level="severe", group=arm)
    at = inside["term"] == "any_term"
    assert (
        inside.loc[at, "estimate"].item()
        == before.loc[before["term"] == "any_term", "estimate"].item()
    )
    assert inside.loc[at, "estimate"].item() >= inside.loc[~at, "estimate"].max()


def test_the_tests_of_the_table_are_not_called_all_that_compare_the_arms(wei):
    text = (DATA.parent / "report" / "sections" / "robustness_tests.qmd").read_text("utf-8")
    assert "Every test" not in text and "are not among them" in text
    told = families_methods(wei.study)
    for family in ("interaction", "survival at milestones", "adverse events", "baseline"):
        assert family in told


def test_interactions_of_every_endpoint_stand_in_a_table(wei):
    for endpoint in wei.study.endpoints:
        found = cb.subgroup_effects(wei, endpoint)
        tests = pick(found.frame, statistic="interaction")
        assert [str(row.cells[0]) for row in found.table().rows] and len(found.table().rows) == len(
            tests
        )


def test_a_primary_endpoint_is_told_or_said_not_to_be_named(wei):
    assert families_methods(wei.study).startswith("The primary endpoint is overall survival.")
    hcc = load_cohort(DATA / "hcc-cxcl17").study
    assert "names no primary endpoint; overall survival, its first" in families_methods(hcc)
    second = wei.with_study({"primary": "pfs"})
    assert second.study.primary_endpoint == "pfs"
    with pytest.raises(CohortbookError):
        wei.with_study({"primary": "efs"})
    assert wei.choose(endpoints=["pfs"]).study.primary_endpoint == "pfs"


def test_estimation_calls_nothing_significant():
    cohort = load_cohort(DATA / "hcc-cxcl17").choose(resamples=200, specifications=16)
    sparse, left, curve = cb.sparse_data(cohort), cb.leave_one_out(cohort), None
    curve = cb.specification_curve(cohort)
    tests = cb.adjusted_tests(cohort)
    told = [
        cb.survival(cohort).sentence(),
        cb.cox(cohort, "os").sentence(),
        cb.cox(cohort, "os").hazards.sentence(),
        cb.subgroup_effects(cohort, "rfs").sentence(),
        sparse.sentence(),
        left.sentence(),
        curve.sentence(),
        tests.sentence(),
        cb.restricted_means(cohort).sentence(),
        cb.verdict(cohort, tests, [sparse, left, curve]).sentence(),
        study_values(cohort)["families_methods"].replace("significant or not", ""),
    ]
    assert not [text for text in told if "significant" in text]


def test_few_events_stand_beside_the_adjusted_ratio_with_a_p_by_permutation(wei):
    text = cb.cox(wei, "os").sentence().parts["treatment"]
    assert "events for each parameter, which is few; *P* " in text and "by permutation)" in text


def test_the_permutation_p_is_near_the_score_tests_where_samples_are_large():
    """With one covariate that says nothing, and events as many as make Wald's P right."""
    rng = np.random.default_rng(3)
    people = graded(240, 11)
    noise = {f"x{k}": rng.normal(size=len(people)) for k in range(20)}
    people = people.assign(**noise)
    found = models_of(people, *noise).frame
    again = one(found, statistic="permutation")
    wald = pick(found, analysis="cox_multivariable", term="arm", statistic="hr").iloc[-1]
    assert again["p_value"] == pytest.approx(wald["p_value"], abs=0.06)


def test_follow_up_is_told_by_arm_with_who_left_it():
    """Two of four patients of arm b leave two years before the cut-off: counted by hand."""
    from cohortbook.analysis.follow_up import completeness

    cohort = load_cohort(DATA / "wei2026")
    found = completeness(cohort)
    patients = cohort.patients
    begun = pd.to_datetime(patients["start_date"].astype(str))
    possible = (pd.Timestamp("2025-06-30") - begun).dt.days / 30.4375
    early = (patients["os_event"] == 0) & (patients["os_time"] < possible - 1)
    lost = one(found, statistic="lost", group="overall")
    assert lost["estimate"] == early.sum()
    c = (
        patients["os_time"].sum()
        / np.where(
            patients["os_event"] == 1,
            patients["os_time"],
            np.maximum(possible, patients["os_time"]),
        ).sum()
    )
    assert one(found, statistic="completeness", group="overall")["estimate"] == pytest.approx(
        100 * c
    )
    text = cb.survival(cohort).sentence()
    assert "Follow-up ended more than 1 month before the cut-off" in text.parts["overall"]
    assert "Median follow-up was" in text.parts["arms"]
    assert completeness(load_cohort(DATA / "hcc-cxcl17")).empty


def test_the_page_of_rules_is_made_from_the_module():
    from cohortbook.analysis.rules import page

    assert (DATA.parent / "docs" / "rules.md").read_text("utf-8") == page()


def test_subgroups_are_compared_by_interaction_and_never_by_two_p_values(wei):
    patients = wei.patients
    low = (patients["arm"] == "MWA+ICI") & (patients["afp"] == "<400") & (patients["os_event"] == 1)
    found = cb.survival(wei.drop(list(patients["patient_id"][low]), why="for a test"))
    text = found.sentence().parts["subgroups"]
    inside = text.partition("Whether the hazard ratio differs")[0]
    assert "*P*" not in inside and "significant" not in inside and "HR " in inside
    assert "Interaction could not be tested with AFP for overall survival." in text  # separated
    hcc = load_cohort(DATA / "hcc-cxcl17")
    found = cb.survival(hcc, subgroups=["sex=F", "sex=M"])
    again = cb.subgroup_effects(hcc, "os").frame
    p = one(again, statistic="interaction", term="sex")["p_value"]
    own = one(found.frame, statistic="interaction", term="sex", endpoint="os")["p_value"]
    assert own == pytest.approx(p, rel=1e-9)
    assert f"sex *P* = {p:.3f} for overall survival" in found.sentence().parts["subgroups"]


def test_limits_of_the_median_may_be_those_of_spss(wei):
    """By hand from the curve: t +- 1.96 se(S) / f, f its slope about one half."""
    spss = wei.with_study(
        {"statistics": {**wei.study.statistics.model_dump(), "median_limits": "density"}}
    )
    assert "except for this" not in level_methods(spss.study.statistics)
    assert "slope about it" in study_values(spss)["survival_methods"]
    keys = {"endpoint": "os", "population": "all", "group": "ICI", "statistic": "median"}
    ours, theirs = (one(cb.survival(cohort).frame, **keys) for cohort in (wei, spss))
    assert ours["estimate"] == theirs["estimate"] and ours["conf_low"] != theirs["conf_low"]
    assert theirs["estimate"] - theirs["conf_low"] == pytest.approx(
        theirs["conf_high"] - theirs["estimate"]
    )


def one_arm(events, months, **more):
    people = pd.DataFrame({"months": months, "died": events})
    return cb.survival(people, time="months", event="died", **more).sentence().parts


def test_one_arm_concludes_by_its_median_or_by_the_last_milestone():
    """Counted by hand: half of ten are alive from month 5 to 6; or seven from month 3 on."""
    told = one_arm([1] * 10, range(1, 11))["abstract_conclusion"]
    assert "was 5.5 months (95% CI " in told
    few = [1] * 3 + [0] * 7, [1, 2, 3, *[20] * 7]
    told = one_arm(*few, milestones=[2, 12, 30])["abstract_conclusion"]
    assert " was 70.0% (95% CI " in told and "at 12 months; its median was not reached." in told
    assert "not reached" in one_arm(*few, milestones=[30])["abstract_conclusion"]
    told = one_arm([0] * 5, range(1, 6))["abstract_conclusion"]
    assert told.startswith("No patient had the event of")


def test_overlap_weights_are_said_to_balance_by_construction(wei):
    from cohortbook.display.sentences import confounding

    found = cb.weighting(wei)
    assert "with overlap weights, which make these means alike by construction." in found.sentence()
    rows = found.frame.copy()
    rows.loc[rows["level"].isin(["overlap", "inverse"]), "estimate"] = np.nan
    told = confounding.balance(rows, wei.study)
    assert "there are no weights." in told and "overlap" not in told


def test_an_e_value_of_an_interval_with_one_says_so():
    """VanderWeele and Ding (2017): an interval with one has an E-value of 1 for its limit."""
    people = graded(120, 5)
    told = cb.e_values(people, time="months", event="died", by="arm").sentence()
    assert "(1.00 for its limit nearer to one, as the interval takes in one)" in told


def test_the_table_of_patients_left_out_says_whether_it_was_each(monkeypatch):
    cohort = make_cohort(random_table(1))
    assert "each patient" in cb.leave_one_out(cohort).table().caption
    monkeypatch.setattr("cohortbook.analysis.robustness.leave_one_out.MOST", 10)
    assert "with single patients left out" in cb.leave_one_out(cohort).table().caption


def test_methods_say_how_continuous_variables_are_given(wei):
    from cohortbook.display.methods.settings import comparison_methods

    assert "percentages, continuous ones as medians with ranges." in comparison_methods(wei.study)
    means = wei.choose(summary="mean_sd").study
    assert "continuous ones as means with standard deviations." in comparison_methods(means)

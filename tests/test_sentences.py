"""Sentences follow the numbers: a verdict turns when the result does."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from cohortbook.analysis.baseline import baseline
from cohortbook.analysis.cox import prognostic_factors, subgroup_effects
from cohortbook.analysis.flow import flow
from cohortbook.analysis.lanes import lanes
from cohortbook.analysis.lesions import course, waterfall
from cohortbook.analysis.response import response
from cohortbook.analysis.safety import discontinuation, safety
from cohortbook.analysis.small_cells import withhold
from cohortbook.analysis.survival import survival
from cohortbook.analysis.survival_parts import survival_of_parts
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.figures.subgroups import subgroup_forest_figure
from cohortbook.display.methods.manuscript import study_values
from cohortbook.display.methods.settings import level_methods
from cohortbook.display.sentences import cohort as of_cohort
from cohortbook.display.sentences import cox as of_cox
from cohortbook.display.sentences import response as of_response
from cohortbook.display.sentences import robustness as of_robustness
from cohortbook.display.sentences import safety as of_safety
from cohortbook.display.sentences import survival as of_survival
from cohortbook.display.tables.baseline import baseline_table
from cohortbook.display.tables.cox import cox_table
from cohortbook.display.tables.response import response_table
from cohortbook.display.tables.safety import safety_table
from cohortbook.display.tables.survival import median_table
from cohortbook.display.words import (
    clauses,
    counted,
    listed,
    lower,
    median,
    number_word,
    p_equals,
    part_of,
    with_article,
)
from cohortbook.formats import markdown
from cohortbook.results import pick
from cohortbook.study.parts import Level

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def cohort():
    return load_cohort(DATA / "wei2026")


def test_ratios_on_both_sides_of_one_are_not_called_alike_by_their_small_p(cohort):
    ratios = {"endpoint": ["os", "os", "pfs", "pfs"], "estimate": [2.5, 0.48, 0.6, 0.5]}
    told = of_robustness.added(pd.DataFrame({**ratios, "p_value": 0.01}), cohort.study)
    assert told.endswith("Their directions differ for overall survival: the ratios lie on both "
                         "sides of one.")  # fmt: skip


def test_rate_says_the_verdict_of_its_p_value(cohort):
    results = response(cohort)
    assert "was statistically significant" in of_response.rate(results, cohort.study, "DCR")
    assert "was not statistically significant" in of_response.rate(results, cohort.study, "ORR")
    turned = results.assign(p_value=results["p_value"].map(lambda p: 1 - p))
    assert "was not statistically" in of_response.rate(turned, cohort.study, "DCR")


def test_survival_sentence_holds_the_computed_numbers(cohort):
    results = survival(cohort, "os").replace({"endpoint": {"x": "os"}})
    study = cohort.study.model_copy(update={"endpoints": {"os": cohort.study.endpoints["os"]}})
    text = of_survival.by_arm(results, study)
    assert "11.0 months" in text
    assert "log-rank *P* = " in text


@pytest.mark.parametrize(
    ("p", "high", "end"),
    [
        (
            0.04,
            1.04,
            "was statistically significant, though the interval of the hazard ratio includes one.",
        ),
        (
            0.06,
            0.98,
            "was not statistically significant, though the interval of "
            "the hazard ratio excludes one.",
        ),
        (0.04, 0.98, "was statistically significant."),
        (0.06, 1.04, "was not statistically significant."),
    ],
)
def test_a_log_rank_test_that_its_ratio_does_not_bear_out_says_so(cohort, p, high, end):
    results = survival(cohort, "os")
    between = results["group"] == "difference"
    results.loc[between & (results["statistic"] == "logrank"), "p_value"] = p
    ratio = between & (results["statistic"] == "hr")
    results.loc[ratio, ["estimate", "conf_low", "conf_high"]] = [0.4, 0.2, high]
    study = cohort.study.model_copy(update={"endpoints": {"os": cohort.study.endpoints["os"]}})
    assert of_survival.by_arm(results, study).endswith(end)


def test_p_values_show_their_side_of_the_studys_own_level(cohort):
    own = cohort.study.statistics.model_copy(update={"alpha": 0.025})
    study = cohort.study.model_copy(update={"statistics": own})

    def near(results):  # three decimals would put each P on the level
        return results.assign(p_value=results["p_value"].where(results["p_value"].isna(), 0.0254))

    curves = pd.concat([near(survival(cohort, key)) for key in study.endpoints])
    factors = near(prognostic_factors(cohort, "os"))
    start, rates, events = (near(f(cohort)) for f in (baseline, response, safety))
    sizes = cohort.n_by_arm
    tables = [
        baseline_table(start, study, sizes),
        response_table(rates, study, sizes),
        median_table(curves, study),
        cox_table(factors, study, "os"),
        safety_table(events, study, sizes),
    ]
    told = [str([row.cells for row in table.rows]) for table in tables]
    told += [
        of_response.rate(rates, study, "DCR"),
        of_survival.by_arm(curves, study),
        of_cox.treatment(factors, study, "os"),
    ]
    for text in told:
        assert "0.0254" in text
        assert not re.search(r"\b0\.025\b", text)
    assert "significance level of 0.025" in of_cohort.balance(start, study)
    assert "significance level of 0.025" in level_methods(own)


def test_a_journal_that_asks_for_two_decimals_of_a_p_value_has_them_everywhere(cohort):
    usual = baseline_table(baseline(cohort), cohort.study, cohort.n_by_arm).text()
    assert "0.282" in usual
    for change in ({"journal": "nejm-2026"}, {"statistics.p_decimals": 2}):
        other = cohort.with_study(change)
        told = baseline_table(baseline(other), other.study, other.n_by_arm).text()
        assert "0.282" not in told and "0.28" in told
        assert p_equals(0.034, other.study) == "*P* = 0.03"
    both = cohort.with_study({"journal": "nejm-2026", "statistics.p_decimals": 3})
    assert baseline_table(baseline(both), both.study, both.n_by_arm).text() == usual


def test_percentages_of_the_row_are_of_those_who_have_the_level(cohort):
    other = cohort.with_study({"statistics.percentages": "row"})
    table = baseline_table(baseline(other), other.study, other.n_by_arm)
    rows = {row.cells[0]: row.cells[1:4] for row in table.rows}
    # 26 and 20 of the 46 men; the men are 46 of 52
    assert rows["Male"] == ("26 (56.5)", "20 (43.5)", "46 (88.5)")
    assert any("of the row" in note for note in table.notes)
    secret = other.with_study({"privacy.smallest_count": 8})
    hidden = baseline_table(withhold(baseline(secret), secret), secret.study, secret.n_by_arm)
    assert "(83.3)" not in hidden.text()  # 5 of the 6 women would tell both counts


def test_a_subgroup_is_named_within_the_sentence(cohort):
    results = survival_of_parts(cohort)
    text = of_survival.subgroups(results, cohort.study)
    label = markdown(cohort.study.subgroups[0].label)
    assert text.startswith(f"In patients with {label}, median ")
    assert ": Median" not in text


def test_sentences_beside_figures_count_what_is_drawn(cohort):
    bars, courses, series = waterfall(cohort), lanes(cohort), course(cohort)
    text = of_response.shrinkage(bars, cohort.study)
    for code in cohort.study.arm_codes:
        part = bars[(bars["arm"] == code) & bars["change"].notna()]
        assert f"{(part['change'] <= -30).sum()} of {len(part)} patients" in text
    text = of_response.treatment_courses(courses, cohort.study)
    ended, started = (courses[f"response_{what}"].notna().sum() for what in ("end", "start"))
    assert ("all" if ended == started else number_word(ended)) + " had ended" in text
    text = of_response.serial_measurements(series, cohort.study)
    size = series[(series["measure"] == "size") & (series["kind"] == "measurement")]
    patients = size["number"].nunique()
    assert f"Target lesions were measured {len(size)} times in {patients} patients" in text


def test_subgroups_are_counted_with_their_interactions(cohort):
    results = subgroup_effects(cohort, "os")
    tests = pick(results, statistic="interaction")["p_value"].dropna()
    text = of_cox.interactions(results, cohort.study, "os")
    assert f"Of {counted(len(tests), 'test')} of interaction, none had" in text
    ratios = pick(results, statistic="hr").query("term != 'all'")["estimate"].dropna()
    assert f"as in all patients in {(ratios < 1).sum()} of {len(ratios)} subgroups" in text
    turned = results.assign(estimate=1 / results["estimate"])
    assert "as in all patients in " + part_of(
        (ratios < 1).sum(), len(ratios), "subgroup"
    ) in of_cox.interactions(turned, cohort.study, "os")
    low = results.assign(p_value=results["p_value"].where(results["term"] != "sex", 0.01))
    assert "one had a *P* value below 0.05: sex (*P* = 0.010)" in of_cox.interactions(
        low, cohort.study, "os"
    )


def test_checks_of_several_endpoints_do_not_repeat_themselves(cohort):
    rows = [
        {
            "endpoint": endpoint,
            "level": level,
            "statistic": statistic,
            "estimate": float("nan"),
            "conf_low": 0.2,
            "conf_high": 0.9,
            "n": 52,
            "term": "",
            "p_value": float("nan"),
        }
        for endpoint in ("os", "pfs")
        for level in ("crude", "adjusted")
        for statistic in ("hr_range", "decides")
    ]
    summary = pd.DataFrame(rows).assign(estimate=0)
    text = of_robustness.left_out(summary, cohort.study)
    assert text.count("With each patient left out in turn, the crude hazard ratio") == 1
    assert text.count("left out in turn") == 1
    assert text.count("no single patient decided") == 4


def test_states_that_count_as_censored_are_named_where_there_are_several(cohort):
    os = cohort.study.endpoints["os"].model_copy(update={"censored_codes": ["0", "transplanted"]})
    study = cohort.study.model_copy(update={"endpoints": {"os": os}})
    text = study_values(replace(cohort, study=study))["limitations"]
    assert "OS counts several states as censored (0 and transplanted); none of them" in text


def test_a_treatment_that_its_covariates_determine_is_not_estimable_for_that_reason(cohort):
    found = prognostic_factors(cohort, "os")
    arm = (found["analysis"] == "cox_multivariable") & (found["term"] == "arm")
    found.loc[arm & found["level"].eq(cohort.study.comparison_arm.code), ["estimate", "note"]] = [
        float("nan"),
        "collinear with others",
    ]
    text = of_cox.treatment(found, cohort.study, "os")
    assert "in the model it could not be estimated (collinear with others)." in text


def test_a_median_of_which_nothing_was_reached_has_no_limits(cohort):
    reached = pd.Series({"estimate": float("nan"), "conf_low": 7.0, "conf_high": float("nan")})
    assert median(reached, cohort.study) == "not reached (95% CI 7.0 to NR)"
    assert median(reached * float("nan"), cohort.study) == "not reached"


def test_an_arm_called_an_arm_is_not_called_one_again(cohort):
    first, second = cohort.study.arms
    arms = [first.model_copy(update={"label": "Arm 0"}), second]
    text = of_cohort.patients(cohort.study.model_copy(update={"arms": arms}), cohort.n_by_arm)
    assert f"31 in Arm 0 and 21 in the {second.label} arm" in text


def test_follow_up_is_that_of_deaths_or_says_of_what(cohort):
    results = pd.concat([survival(cohort, end) for end in cohort.study.endpoints])
    assert "Median follow-up by reverse" in of_survival.overall(results, cohort.study)
    pfs = cohort.study.endpoints["pfs"]
    study = cohort.study.model_copy(update={"endpoints": {"pfs": pfs, "ttp": pfs}})
    results = results.assign(endpoint=results["endpoint"].replace("os", "ttp"))
    assert "Median follow-up for progression-free survival by" in of_survival.overall(
        results, study
    )


def test_an_endpoint_that_is_its_own_abbreviation_is_named_once(cohort):
    os = cohort.study.endpoints["os"].model_copy(update={"label": "T1", "short": "T1"})
    study = cohort.study.model_copy(update={"endpoints": {"os": os}})
    assert ": T1 to death. Patients" in study_values(replace(cohort, study=study))["outcomes"]


def test_one_patient_who_decides_is_named_and_is_not_any_one_of_one(cohort):
    row = {
        "endpoint": "os",
        "level": "adjusted",
        "estimate": 1,
        "conf_low": 0.2,
        "conf_high": 0.7,
        "n": 26,
        "term": "9",
        "p_value": 0.025,
    }
    summary = pd.DataFrame([row | {"statistic": name} for name in ("hr_range", "decides")])
    text = of_robustness.left_out(summary, cohort.study)
    assert "leaving out patient 9 changed whether it was significant (*P* = 0.025)" in text
    assert "any one of one" not in text


def test_a_hazard_ratio_of_one_unit_names_the_unit(cohort):
    found = prognostic_factors(cohort, "os")
    low = found.assign(p_value=found["p_value"].where(found["term"] != "age", 0.01))
    assert "age per year (HR" in of_cox.factors(low, cohort.study, "os")


def test_a_ratio_of_a_level_names_the_level_it_is_against(cohort):
    found = prognostic_factors(cohort, "os")
    low = found.assign(p_value=found["p_value"].where(found["term"] != "sex", 0.01))
    assert "sex (Female against Male; HR" in of_cox.factors(low, cohort.study, "os")


def test_the_treatments_ratios_stand_with_their_limits_in_brackets(cohort):
    found = prognostic_factors(cohort, "os")
    text = of_cox.treatment(found, cohort.study, "os")
    assert re.search(
        r"the treatment's HR of 0\.\d+ \(95% CI [\d.]+ to [\d.]+; \*P\* = [\d.]+\) "
        r"alone became 0\.\d+ \(",
        text,
    )


def test_arms_that_are_no_treatment_are_not_called_one():
    cohort = load_cohort(DATA / "hcc-cxcl17")
    factors, study = prognostic_factors(cohort, "os"), cohort.study
    effects, values = subgroup_effects(cohort, "os"), study_values(cohort)
    told = [
        of_cox.treatment(factors, study, "os"),
        of_cox.interactions(effects, study, "os"),
        cox_table(factors, study, "os").text(),
        values["cox_methods"],
        subgroup_forest_figure(effects, study, "os").caption,
    ]
    assert all("CXCL17 group" in text and "treatment" not in text.lower() for text in told)
    assert "treatment" not in values["robustness_methods"].lower()


@pytest.mark.parametrize(
    "crude, adjusted, told",
    [
        (0.01, 0.02, "; both were statistically significant."),
        (0.3, 0.2, "; neither was statistically significant."),
        (0.3, 0.02, "; only the adjusted one was statistically significant."),
        (0.01, 0.2, "; only the crude one was statistically significant."),
    ],
)
def test_what_adjustment_does_to_the_verdict_is_said_in_plain_words(cohort, crude, adjusted, told):
    found = prognostic_factors(cohort, "os").copy()
    arm = (found["term"] == "arm") & (found["statistic"] == "hr")
    for kind, p in (("cox_univariable", crude), ("cox_multivariable", adjusted)):
        found.loc[arm & (found["analysis"] == kind), "p_value"] = p
    assert of_cox.treatment(found, cohort.study, "os").endswith(told)


def test_a_covariate_that_moves_every_endpoint_most_is_named_once(cohort):
    rows = pd.DataFrame(
        {
            "endpoint": ["os", "os", "pfs", "pfs"],
            "term": ["age", "afp"] * 2,
            "statistic": "shift",
            "estimate": [1.0, 0.5, 1.1, 0.8],
        }
    )
    assert of_robustness.movers(rows, cohort.study) == (
        "The covariate that moved the hazard ratio most was AFP, for overall survival (by a factor "
        "of 0.500 on average) and for progression-free survival (by a factor of 0.800 on average)."
    )
    rows.loc[2, "estimate"] = 3.0
    assert "most was AFP for overall survival (by a" in of_robustness.movers(rows, cohort.study)
    assert "and age for progression-free survival (by" in of_robustness.movers(rows, cohort.study)


def test_deaths_without_the_event_are_a_limitation_where_death_is_no_event(cohort):
    def limits(label, event):
        pfs = cohort.study.endpoints["pfs"].model_copy(update={"event_label": label})
        endpoints = cohort.study.endpoints | {"pfs": pfs}
        study = cohort.study.model_copy(update={"endpoints": endpoints})
        patients = cohort.patients.assign(pfs_event=event)
        return study_values(replace(cohort, study=study, patients=patients))["limitations"]

    dead = int(cohort.patients["os_event"].sum())
    assert (
        f"{counted(dead, 'patient')} died without progression (PFS) and count there as "
        "censored" in limits("progression", 0)
    )
    assert "died without" not in limits("progression or death", 0)
    assert "died without" not in limits("progression", 1)


def test_data_of_unknown_origin_are_not_called_real(cohort):
    texts = cohort.study.texts.model_copy(update={"source": ""})
    study = cohort.study.model_copy(update={"synthetic": False, "texts": texts})
    notice = study_values(replace(cohort, study=study))["notice"]
    assert notice == "The study file does not say where the data come from."


def test_an_endpoint_of_ones_own_is_named_by_its_event(cohort):
    def told(**names):
        spec = cohort.study.endpoints["os"].model_copy(update=names)
        study = cohort.study.model_copy(update={"endpoints": {"os": spec}})
        return spec.share, study_values(replace(cohort, study=study))["outcomes"]

    share, outcomes = told(label="Time to arrest", short="Arrest", event_label="arrest")
    assert share == "Without arrest"
    assert ": time to arrest. " in outcomes
    assert told()[0] == "Overall survival"
    assert ": overall survival (OS) to death. " in told()[1]


def test_words():
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert counted(0, "patient") == "no patients"
    assert counted(1, "patient") == "one patient"
    assert counted(12, "patient") == "12 patients"
    assert (lower("Overall survival"), lower("AFP rise")) == ("overall survival", "AFP rise")
    assert lower("Child-Pugh class") == "Child-Pugh class"
    assert [lower(t) for t in ("T stage", "C-reactive protein", "Z2")] == [
        "T stage",
        "C-reactive protein",
        "Z2",
    ]
    assert clauses(["a, b", "c", "d"]) == "a, b; c, and d"
    assert clauses(["a"]) == "a"


def test_a_part_and_its_whole_are_both_words_or_both_figures():
    assert part_of(8, 8, "model") == "eight of eight models"
    assert part_of(8, 12, "model") == "8 of 12 models"
    assert part_of(0, 12, "model") == "none of 12 models"


def test_events_that_the_severe_ones_leave_out_stand_in_the_sentence(cohort):
    events = cohort.adverse_events.copy()
    plain = of_safety.summary(safety(cohort), cohort.study)
    assert "above grade" not in plain
    assert plain.startswith("Any of the adverse events in the table occurred in")  # some are not
    events.loc[events.index[0], "ctcae_grade"] = 5.0
    fatal = replace(cohort, adverse_events=events)
    text = of_safety.summary(safety(fatal), cohort.study)
    assert "an event above grade 4 occurred in" in text and "1/" in text.partition("above grade")[2]


def test_a_reason_without_a_label_is_named_by_its_code(cohort):
    spec = cohort.study.discontinuation
    bare = spec.model_copy(update={"reasons": [Level(code=r.code) for r in spec.reasons]})
    study = cohort.study.model_copy(update={"discontinuation": bare})
    text = of_safety.discontinuation(discontinuation(cohort), study)
    boxes = flow(replace(cohort, study=study))["label"]
    for reason in spec.reasons:
        assert f"for {reason.code} in" in text
        assert f"Stopped: {reason.code}" in set(boxes)


def test_an_arm_in_which_nobody_was_measured_is_not_counted(cohort):
    bars = waterfall(cohort)
    one = bars.assign(change=bars["change"].where(bars["arm"] != cohort.study.reference_arm))
    text = of_response.shrinkage(one, cohort.study)
    assert text.count(" patients (") == 1
    assert "none of no" not in text and "–" not in text


@pytest.mark.parametrize(
    ("noun", "article"),
    [
        ("one-arm trial", "a"),
        ("European cohort", "a"),
        ("unicentre study", "a"),
        ("open-label trial", "an"),
        ("uncontrolled trial", "an"),
        ("unmatched cohort", "an"),
        ("ultrasound study", "an"),
        ("cohort study", "a"),
    ],
)
def test_an_article_follows_the_sound(noun, article):
    assert with_article(noun) == f"{article} {noun}"


@pytest.mark.parametrize(
    ("title", "head"),
    [
        ("Short title", "Short title"),
        ("word " * 30, f"{'word ' * 15}…"),
        ("肝" * 60, f"{'肝' * 39} …"),
        ("A " + "肝" * 60, f"A {'肝' * 38} …"),
    ],
)
def test_a_running_head_fits_its_line_in_any_script(cohort, title, head):
    texts = cohort.study.texts.model_copy(update={"title": title, "short_title": ""})
    study = cohort.study.model_copy(update={"texts": texts})
    assert study_values(replace(cohort, study=study))["running_head"] == head

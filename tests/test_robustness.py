"""Robustness of the treatment's effect: each check against a direct refit, R, or an invariance."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

import cohortbook.analysis.robustness.model as model_module
from cohortbook.analysis.cox import fit_model
from cohortbook.analysis.design import design, model_terms
from cohortbook.analysis.response import response
from cohortbook.analysis.robustness.bootstrap import bootstrap, bootstrap_draws
from cohortbook.analysis.robustness.landmark import landmarks
from cohortbook.analysis.robustness.leave_one_out import leave_one_out, leave_one_out_summary
from cohortbook.analysis.robustness.model import treatment_model
from cohortbook.analysis.robustness.response import response_robustness
from cohortbook.analysis.robustness.restricted import difference_curve, restricted_means
from cohortbook.analysis.robustness.sparse import sparse_data
from cohortbook.analysis.robustness.specification import specification_curve, specification_summary
from cohortbook.analysis.robustness.tests import adjusted_tests, all_tests
from cohortbook.analysis.robustness.verdict import verdict
from cohortbook.analysis.robustness.weighting import balance, e_values, weighting
from cohortbook.analysis.second_opinion import second_opinion
from cohortbook.analysis.survival import survival
from cohortbook.cohort.cohort import Cohort, load_cohort
from cohortbook.cohort.typed import typed_patients
from cohortbook.display.sentences import response as responses
from cohortbook.display.sentences import robustness as sentences
from cohortbook.display.sentences import verdict as verdicts
from cohortbook.display.tables.robustness_models import weights_table
from cohortbook.results import frame, one, pick, row
from cohortbook.stats.bootstrap import percentile_limits
from cohortbook.study.study import Study

bootstrap_module, leave_one_out_module = (  # functions of the same names stand before them
    sys.modules[f"cohortbook.analysis.robustness.{name}"] for name in ("bootstrap", "leave_one_out")
)
DATA = Path(__file__).parents[1] / "data"
R = json.loads((Path(__file__).parent / "reference/robustness/robustness.json").read_text("utf-8"))


def make_cohort(table, covariates=("x", "f"), **robustness):
    """A cohort of columns arm (A, B), time, event, x (a number) and f (u, v, w)."""
    study = {
        "texts": {"title": "Made for a test"},
        "reference_arm": "A",
        "arms": [{"code": c, "label": c, "color": "#112233"} for c in "AB"],
        "endpoints": {
            "os": {
                "label": "Overall survival",
                "short": "OS",
                "time": "time",
                "event": "event",
                "milestones": [3],
            }
        },
        "variables": {
            "x": {"label": "X", "kind": "continuous"},
            "f": {"label": "F", "kind": "categorical", "levels": [{"code": c} for c in "uvw"]},
        },
        "robustness": {"resamples": 100, **robustness},
    }
    if covariates:
        study["cox"] = {"covariates": [{"variable": name} for name in covariates]}
    study = Study.model_validate(study)
    table = pd.DataFrame(table).assign(patient_id=lambda t: [str(i) for i in range(len(t))])
    text = table.map(lambda v: "" if pd.isna(v) else str(v)).replace("", np.nan)
    return Cohort(study, typed_patients(study, text))


def random_table(seed, n=40):
    rng = np.random.default_rng(seed)
    return {
        "arm": rng.choice(["A", "B"], n),
        "time": np.ceil(rng.exponential(8, n)),
        "event": (rng.random(n) < 0.7).astype(int),
        "x": rng.normal(size=n).round(3),
        "f": rng.choice(["u", "v", "w"], n),
    }


@pytest.fixture(scope="module")
def wei():
    cohort = load_cohort(DATA / "wei2026")
    few = cohort.study.robustness.model_copy(update={"resamples": 200})
    return replace(cohort, study=cohort.study.model_copy(update={"robustness": few}))


@pytest.fixture(scope="module")
def curve(wei):
    return specification_curve(wei, "os")


def swapped(cohort):
    return replace(cohort, study=cohort.study.model_copy(update={"reference_arm": "MWA+ICI"}))


def adjusted_hr(cohort, names):
    chosen = [c for c in cohort.study.cox.covariates if c.variable in names]
    terms = model_terms(cohort, chosen)
    return fit_model(cohort, design(cohort, "os", terms)).hr[-1]


def test_the_curve_holds_every_set_once_and_each_is_a_fit_of_its_covariates(wei, curve):
    assert len(curve) == curve["term"].nunique() == 512
    for term in ("", "afp", "age+cnlc+tumours"):
        got = one(curve, term=term)["estimate"]
        assert got == pytest.approx(adjusted_hr(wei, term.split("+")), rel=1e-6)


def test_a_shift_is_the_mean_difference_between_the_pairs_of_models(wei, curve):
    logs = dict(zip(curve["term"], np.log(curve["estimate"]), strict=True))
    pairs = []
    for term, value in logs.items():
        names = term.split("+")
        if "ecog" in names:
            pairs.append(value - logs["+".join(n for n in names if n != "ecog")])
    summary = specification_summary(curve, wei)
    shift = one(summary, term="ecog", statistic="shift")["estimate"]
    assert shift == pytest.approx(np.exp(np.mean(pairs)), rel=1e-9)
    assert len(pairs) == 256


def test_too_many_sets_are_sampled_with_the_empty_and_the_full_one(wei):
    few = wei.study.robustness.model_copy(update={"specifications": 40})
    cohort = replace(wei, study=wei.study.model_copy(update={"robustness": few}))
    curve = specification_curve(cohort, "os")
    assert 30 <= len(curve) <= 40
    assert {len(term.split("+")) for term in curve["term"]} >= {9}
    assert "" in set(curve["term"])
    assert "of the 512 sets" in curve["note"].iloc[0]
    pd.testing.assert_frame_equal(curve, specification_curve(cohort, "os"))


def test_swapping_the_arms_inverts_every_ratio_and_turns_every_difference(wei, curve):
    other = swapped(wei)
    np.testing.assert_allclose(
        specification_curve(other, "os")["estimate"], 1 / curve["estimate"], rtol=1e-6
    )
    for analyse, statistic in ((sparse_data, "hr"), (landmarks, "hr")):
        a, b = (pick(analyse(c, "os"), statistic=statistic)["estimate"] for c in (wei, other))
        np.testing.assert_allclose(b, 1 / a, rtol=1e-6)
    a, b = (
        pick(restricted_means(c, "os"), statistic="difference")["estimate"] for c in (wei, other)
    )
    np.testing.assert_allclose(b, -a, atol=1e-9)
    for kind in ("overlap", "inverse"):
        a, b = (
            one(weighting(c), statistic="hr", level=kind, endpoint="os")["estimate"]
            for c in (wei, other)
        )
        assert b == pytest.approx(1 / a, rel=1e-6)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_row_order_and_unit_of_time_change_nothing(seed):
    table = pd.DataFrame(random_table(seed))
    mixed = table.sample(frac=1, random_state=seed)
    longer = table.assign(time=table["time"] * 30)
    plain, order, unit = (specification_curve(make_cohort(t), "os") for t in (table, mixed, longer))
    for other in (order, unit):
        np.testing.assert_allclose(other["estimate"], plain["estimate"], rtol=1e-5)


def test_the_jackknife_leaves_out_one_patient_at_a_time(wei):
    found = leave_one_out(wei, "os")
    without = wei.patients.drop(index=16).reset_index(drop=True)
    names = [c.variable for c in wei.study.cox.covariates]
    assert one(found, term="17", level="adjusted")["estimate"] == pytest.approx(
        adjusted_hr(replace(wei, patients=without), names), rel=1e-6
    )


def test_a_large_cohort_leaves_out_only_the_influential(monkeypatch):
    module = sys.modules["cohortbook.analysis.robustness.leave_one_out"]
    monkeypatch.setattr(module, "MOST", 10)
    cohort = make_cohort(random_table(1))
    found = pick(leave_one_out(cohort, "os"), level="crude")
    assert len(found) == 11
    assert "10 patients with the largest influence" in found["note"].iloc[0]
    monkeypatch.undo()
    everyone = pick(leave_one_out(cohort, "os"), level="crude").set_index("term")["estimate"]
    left_out = found.set_index("term")["estimate"]
    assert set(everyone.nlargest(3).index) <= set(left_out.index)


def test_who_is_left_out_does_not_depend_on_how_many_models_are_fitted_at_once(wei, monkeypatch):
    module = sys.modules["cohortbook.analysis.robustness.leave_one_out"]
    whole = leave_one_out(wei, "os")
    monkeypatch.setattr(module, "AT_ONCE", 7 * len(wei))
    pd.testing.assert_frame_equal(leave_one_out(wei, "os"), whole)
    kept = pick(whole, term="3", level="crude").iloc[0]
    assert kept["n"] == len(wei) - 1


def test_the_draws_are_the_same_in_parts(wei, monkeypatch):
    draws, weighted = bootstrap_draws(wei, "os"), weighting(wei)
    monkeypatch.setattr("cohortbook.stats.bootstrap.AT_ONCE", 150 * len(wei))
    pd.testing.assert_frame_equal(bootstrap_draws(wei, "os"), draws)
    pd.testing.assert_frame_equal(weighting(wei), weighted)


def test_a_cohort_too_large_for_firths_penalty_says_so(wei, monkeypatch):
    monkeypatch.setattr("cohortbook.stats.firth.MOST_CELLS", 100)
    found = sparse_data(wei, "os")
    assert pick(found, term="firth")["estimate"].isna().all()
    assert pick(found, term="likelihood")["estimate"].notna().all()
    only = wei.study.model_copy(update={"endpoints": {"os": wei.study.endpoints["os"]}})
    assert "not fitted, as the penalty" in sentences.penalised(found, only)


def test_a_very_large_cohort_is_not_given_to_statsmodels(wei, monkeypatch):
    monkeypatch.setattr("cohortbook.analysis.second_opinion.MOST", 10)
    found = second_opinion(wei, "os")
    assert "statsmodels was not asked for adjusted" in sentences.agreement(found, wei.study)
    assert pick(found, term="survival")["estimate"].iloc[0] < 1e-9


def test_the_larger_the_cohort_the_fewer_patients_are_left_out(wei):
    module = sys.modules["cohortbook.analysis.robustness.model"]
    model = module.treatment_model(wei, "os", "crude")
    assert [model.left_out(most) for most in (1000, 40, 7)] == [1000, 40 * 40 // 52, 7]
    assert model.left_out(25) == module.FEWEST_LEFT_OUT


def test_the_same_seed_gives_the_same_draws_and_another_seed_others(wei):
    first, again = (bootstrap_draws(wei, "pfs") for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    seeded = wei.study.robustness.model_copy(update={"seed": 2})
    other = replace(wei, study=wei.study.model_copy(update={"robustness": seeded}))
    assert (bootstrap_draws(other, "pfs")["value"] != first["value"]).any()


@pytest.mark.parametrize(("in_b", "low"), [(1, 0), (0, np.nan)], ids=["some draws", "most draws"])
def test_draws_without_a_finite_estimate_are_counted_and_keep_their_side(in_b, low):
    table = {
        "arm": list("AAAABBBBB"),
        "time": [1, 3, 4, 5, 2, 6, 7, 8, 9],
        "event": [1, 1, 1, 1, in_b, 1, 0, 0, 0],
        "x": range(9),
        "f": list("uvuvuvuvu"),
    }
    cohort = make_cohort(table, covariates=())
    draws = bootstrap_draws(cohort, "os")
    away = draws["value"].isin([0, np.inf])
    assert away.any()
    assert (draws.loc[away, "value"] == 0).all()
    found = bootstrap(cohort, draws, leave_one_out(cohort, "os"))
    share = one(found, statistic="not_estimable")["estimate"]
    assert share == pytest.approx(100 * (away | draws["value"].isna()).mean())
    limits = one(found, statistic="hr", term="percentile")
    # where most draws gave none, no limits are told
    assert (share > 50) == np.isnan(low)
    np.testing.assert_equal(limits["conf_low"], low)


def test_landmark_against_r():
    ecog = np.array(R["ph.ecog"]).astype(int)
    table = {
        "arm": np.where(np.array(R["arm"]) > 0, "B", "A"),
        "time": R["time"],
        "event": [int(e) for e in R["event"]],
        "x": R["age"],
        "f": np.array(list("uvw"))[ecog],
    }
    cohort = make_cohort(table, landmarks=[180])
    cohort.patients["w"] = R["wt.loss"]
    variables = cohort.study.variables | {"w": cohort.study.variables["x"]}
    extra = cohort.study.cox.covariates[0].model_copy(update={"variable": "w"})
    cox = cohort.study.cox.model_copy(update={"covariates": [*cohort.study.cox.covariates, extra]})
    study = cohort.study.model_copy(update={"variables": variables, "cox": cox})
    found = one(
        landmarks(replace(cohort, study=study), "os"), statistic="hr", level="180", term="adjusted"
    )
    n, coef, se = R["landmark"]
    assert found["n"] == n
    assert np.log(found["estimate"]) == pytest.approx(coef, rel=1e-7)
    assert np.log(found["conf_high"] / found["conf_low"]) / 2 / 1.959963985 == pytest.approx(
        se, rel=1e-7
    )


def test_landmarks_count_who_is_lost(wei):
    lost = pick(landmarks(wei, "pfs"), statistic="lost", level="2").set_index("group")
    data = wei.survival("pfs")
    for code in wei.study.arm_codes:
        early = data[(data["arm"] == code) & (data["time"] <= 2)]
        assert lost.loc[code, "estimate"] == len(early)
        assert lost.loc[code, "n_events"] == early["event"].sum()


def test_overlap_weights_leave_no_difference_of_means(wei):
    found = balance(weighting(wei))
    assert found["overlap"].abs().max() < 1e-6
    assert found["unweighted"].abs().max() > 0.1


def test_a_large_cohort_has_robust_limits_and_the_table_says_so(wei, monkeypatch):
    module = sys.modules["cohortbook.analysis.robustness.weighting"]
    monkeypatch.setattr(module, "LARGE", 10)
    found = weighting(wei)
    assert pick(found, statistic="resamples").empty
    hr = one(found, statistic="hr", endpoint="os", level="overlap")
    reach = np.log(hr["conf_high"] / hr["estimate"])
    assert np.log(hr["estimate"] / hr["conf_low"]) == pytest.approx(reach)
    z = abs(np.log(hr["estimate"])) / (reach / 1.959963984540054)
    assert hr["p_value"] == pytest.approx(2 * norm.sf(z))
    (note,) = weights_table(found, wei.study).notes
    assert note.startswith("Limits and P by the robust variance")


def test_not_evaluable_as_failures_left_out_and_successes(wei):
    counts = pick(response_robustness(wei), term="DCR", statistic="n", group="ICI")
    told = {row.level: (row.estimate, row.n) for row in counts.itertuples()}
    assert told == {"failure": (16, 31), "excluded": (16, 29), "success": (18, 31)}


def test_an_arm_of_which_nobody_could_be_evaluated_has_no_test_without_them(wei):
    patients, spec = wei.patients.copy(), wei.study.response
    patients.loc[patients["arm"] == "MWA+ICI", spec.column] = spec.not_evaluable
    part = replace(wei, patients=patients)
    for name, found in (("population", response(part)), ("level", response_robustness(part))):
        tests = pick(found, statistic="p_value")
        without = tests[tests[name].isin(["evaluable", "excluded"])]
        assert len(without) == 2
        assert without["p_value"].isna().all()
        assert (without["note"] == "no value in one of the arms").all()
        assert tests.drop(index=without.index)["p_value"].notna().all()
    # disease control with all of them as failures, or as successes: both clear, and not the same
    assert (
        verdicts.response(response_robustness(part), wei.study).count("Its direction depend") == 1
    )
    assert "neither verdict changed" in responses.sensitivity(response(part), wei.study)


def test_all_tests_are_adjusted_as_one_family():
    tests = pd.DataFrame({"statistic": "test", "p_value": [0.01, np.nan, 0.04, 0.03], "n": 1.0})
    found = adjusted_tests(tests)
    holm = found.loc[found["statistic"] == "holm", "p_value"]
    np.testing.assert_allclose(holm, [0.03, np.nan, 0.06, 0.06])  # R: p.adjust(p, "holm")
    bh = found.loc[found["statistic"] == "benjamini_hochberg", "p_value"]
    np.testing.assert_allclose(bh, [0.03, np.nan, 0.04, 0.04])


def verdict_of(cohort, tests, *evidence):
    """Give the checks of a verdict by name: what each makes of the finding is its `method`."""
    found = verdict(cohort, adjusted_tests(tests), list(evidence))
    return pick(found, statistic="check").set_index("group")


def test_the_verdict_turns_when_a_check_does(wei):
    tests, sparse = all_tests(wei), sparse_data(wei, "pfs")
    tests = pick(tests, term="cox", endpoint="pfs")

    def firth(tests, evidence):
        return verdict_of(wei, tests, evidence).loc["firth", "method"]

    assert firth(tests, sparse) == "keeps"
    weak = sparse.assign(p_value=0.2)
    assert firth(tests, weak) == "side"
    turned = {"estimate": 1 / sparse["estimate"]}
    assert firth(tests, sparse.assign(**turned)) == "opposite"
    assert firth(tests, weak.assign(**turned)) == "unclear"
    never = tests.assign(p_value=0.4)
    assert firth(never, weak) == "keeps"
    assert firth(never, sparse) == "new"


def test_a_check_without_a_result_is_shown_and_not_judged(wei):
    tests = pick(all_tests(wei), term="cox", endpoint="pfs")
    unknown = sparse_data(wei, "pfs").assign(p_value=np.nan)
    found = verdict_of(wei, tests, unknown).loc["firth"]
    assert found["method"] == "" and found["note"]


def test_a_finding_is_judged_by_checks_of_its_own_contrast(wei):
    """The unadjusted ratio by unadjusted checks, the adjusted one by adjusted ones."""
    tests = pick(all_tests(wei), population="all", endpoint="os")
    evidence = [sparse_data(wei, "os"), restricted_means(wei, "os"), weighting(wei)]
    found = pick(verdict(wei, adjusted_tests(tests), evidence), statistic="check")
    by = {term: set(part["group"]) for term, part in found.groupby("term")}
    assert "restricted" in by["logrank"] and "restricted" not in by["cox"]
    assert {"overlap", "inverse"} <= by["cox"] and not {"overlap", "inverse"} & by["logrank"]
    firth = pick(evidence[0], term="firth").set_index("level")["estimate"]
    told = found[found["group"] == "firth"].set_index("term")["estimate"]
    assert told["logrank"] == firth["crude"] and told["cox"] == firth["adjusted"]


def test_an_unadjusted_finding_has_the_test_of_its_checks(wei):
    """Wald's P of the hazard ratio, not the log-rank test's, which asks another question."""
    found = verdict(wei, adjusted_tests(all_tests(wei)), [])
    own = one(found, statistic="finding", term="logrank", endpoint="os")
    wald = pick(sparse_data(wei, "os"), term="likelihood", level="crude").iloc[0]
    assert own["p_value"] == pytest.approx(wald["p_value"], rel=1e-9)


def test_an_adjustment_for_the_number_of_tests_is_no_check_of_what_is_not_below_the_level():
    tests = frame_of_tests(p_values=[0.4, 0.01])
    cohort = make_cohort(random_table(5, 80))
    found = verdict(cohort, adjusted_tests(tests), [])
    checks = pick(found, statistic="check", group="multiplicity").set_index("term")
    assert checks.loc["cox", "method"] == "" and "not below the level" in checks.loc["cox", "note"]
    assert checks.loc["logrank", "method"] == "keeps"  # Holm: 0.02


def frame_of_tests(p_values):
    rows = [
        row("tests", "test", 0.8, term=term, endpoint="os", conf_low=0.5, conf_high=1.2, p_value=p)
        for term, p in zip(("cox", "logrank"), p_values, strict=True)
    ]
    return frame(rows)


def test_a_landmark_that_loses_only_censored_patients_is_not_judged():
    """The sets at risk are those of the main analysis: the ratio is the same to the last digit."""
    table = pd.DataFrame(random_table(5, 80))
    table["time"] = table["time"] + 4
    table.loc[table.index[:6], ["time", "event"]] = [2.5, 0]
    cohort = make_cohort(table)
    found = landmarks(cohort, "os")
    crude = pick(found, statistic="hr", term="crude").set_index("level")["estimate"]
    assert crude["3"] == pytest.approx(crude["0"], rel=1e-9)
    checks = verdict_of(cohort, pick(all_tests(cohort), term="logrank"), found)
    assert checks.loc["landmark_3", "method"] == ""
    assert checks.loc["landmark_3", "note"].startswith("nobody had the event by then")
    assert checks.loc["landmark_6", "method"] != ""


def test_every_landmark_is_told_with_its_result(wei):
    """Also those before the last procedure: none is only said not to have been made."""
    found = landmarks(wei, "os")
    checks = verdict_of(wei, pick(all_tests(wei), endpoint="os", term="cox"), found)
    months = {name for name in checks.index if name.startswith("landmark_")}
    assert len(months) == len(set(found["level"]) - {"0"})
    assert any(name.endswith("_last") for name in months)
    assert checks.loc[sorted(months), "estimate"].notna().all()


def test_the_horizon_is_the_last_month_with_a_tenth_of_each_arm_at_risk():
    """Counted by hand: of 20 and of 10 patients at least two and one have such a time."""
    times = [*range(1, 21), *range(3, 33, 3)]
    table = {"arm": ["A"] * 20 + ["B"] * 10, "time": times, "event": [1, 0] * 15,
             "x": range(30), "f": list("uvw") * 10}  # fmt: skip
    cohort = make_cohort(table)

    def horizon(**changes):
        robustness = cohort.study.robustness.model_copy(update=changes)
        study = cohort.study.model_copy(update={"robustness": robustness})
        found = restricted_means(replace(cohort, study=study), "os")
        return found[found["term"] == "rmst"].iloc[0]

    assert float(horizon()["level"]) == 19  # A: 19 and 20; B reaches 30
    assert float(horizon(horizon_at_risk=0.5)["level"]) == 11
    assert float(horizon(horizon=7.5)["level"]) == 7.5
    beyond = horizon(horizon=500)
    assert "not to 500" in beyond["note"] and float(beyond["level"]) <= 30


def test_the_difference_over_the_horizon_ends_in_the_tables_difference(wei):
    last = difference_curve(wei, "os").iloc[-1]
    told = one(restricted_means(wei, "os"), term="rmst", statistic="difference")
    assert f"{last['horizon']:g}" == told["level"]
    for name in ("estimate", "conf_low", "conf_high"):
        assert last[name] == pytest.approx(told[name])


HARD = {
    "no event in one arm": lambda t: t.assign(event=np.where(t["arm"] == "B", 0, t["event"])),
    "no event at all": lambda t: t.assign(event=0),
    "one patient in an arm": lambda t: t.assign(arm=["B"] + ["A"] * (len(t) - 1)),
    "one arm only": lambda t: t.assign(arm="A"),
    "missing values": lambda t: t.assign(
        x=t["x"].where(t["x"] > -0.5), f=t["f"].where(t["f"] != "w")
    ),
    "constant covariate": lambda t: t.assign(x=1.0, f="u"),
    "arms separated by a covariate": lambda t: t.assign(x=(t["arm"] == "B") * 1.0),
    "three patients": lambda t: t.iloc[:3],
}


@pytest.mark.parametrize("kind", HARD)
def test_hard_cohorts_give_results_with_notes_and_never_a_traceback(kind):
    cohort = make_cohort(HARD[kind](pd.DataFrame(random_table(5))))
    curve, left_out = specification_curve(cohort, "os"), leave_one_out(cohort, "os")
    sparse = sparse_data(cohort, "os")
    evidence = [
        curve,
        specification_summary(curve, cohort),
        sparse,
        landmarks(cohort, "os"),
        leave_one_out_summary(left_out, cohort),
        restricted_means(cohort, "os"),
        bootstrap(cohort, bootstrap_draws(cohort, "os"), left_out),
        weighting(cohort),
        e_values(cohort, pick(sparse, term="likelihood")),
    ]
    tests = adjusted_tests(all_tests(cohort))
    found = verdict(cohort, tests, evidence)
    assert set(found["statistic"]) <= {"finding", "check"}
    estimates = pd.concat(evidence)
    estimates = estimates.loc[estimates["statistic"] == "hr", "estimate"].dropna()
    assert ((estimates > 1e-6) & (estimates < 1e6)).all()
    assert set(second_opinion(cohort, "os")["term"]) == {"survival", "logrank", "cox"}


def test_a_check_without_a_single_fit_was_not_made():
    """Without an event in an arm there is a log-rank P, and no hazard ratio to refit."""
    table = pd.DataFrame(random_table(5))
    cohort = make_cohort(HARD["no event in one arm"](table))
    left_out = leave_one_out_summary(leave_one_out(cohort, "os"), cohort)
    found = verdict_of(cohort, pick(all_tests(cohort), term="logrank"), left_out)
    assert found.loc["leave_one_out", "method"] == ""


def test_a_milestone_beyond_follow_up_says_so_unless_everybody_had_the_event():
    table = pd.DataFrame(random_table(5))
    for event, doubt in ((0, True), (1, False)):
        last = table["time"] == table.groupby("arm")["time"].transform("max")
        cohort = make_cohort(table.assign(event=np.where(last, event, table["event"])))
        far = cohort.study.endpoints["os"].model_copy(update={"milestones": [900.0]})
        cohort = replace(cohort, study=cohort.study.model_copy(update={"endpoints": {"os": far}}))
        for found in (
            survival(cohort, "os"),
            pick(restricted_means(cohort, "os"), term=["milestone"], statistic="difference"),
        ):
            notes = found.loc[found["level"] == "900", "note"]
            assert notes.str.contains("carried on").all() == doubt and len(notes)


def test_refits_are_the_same_to_the_last_bit_on_one_core_and_on_many(monkeypatch):
    model = treatment_model(make_cohort(random_table(3)), "os")
    weights = np.random.default_rng(1).multinomial(40, np.full(40, 1 / 40), size=130)
    monkeypatch.setattr(model_module, "WORTH_SECONDS", 0.0)
    found, sizes = [], []
    for workers in ("1", "2"):
        monkeypatch.setenv(model_module.WORKERS, workers)
        found.append(model.refit(weights=weights))

    def here(tasks):
        sizes.append(len(tasks))
        return [model_module._fit_part(task) for task in tasks]

    monkeypatch.setattr(model_module, "_in_parallel", here)
    found.append(model.refit(weights=weights))
    assert sizes == [44]  # the cut depends on the work alone
    for name, values in vars(found[0]).items():
        for other in found[1:]:
            assert values.tobytes() == getattr(other, name).tobytes(), name


def test_the_landmark_check_says_so_where_nobody_was_lost():
    table = random_table(4)
    table["time"] = np.asarray(table["time"]) + 30
    cohort = make_cohort(table, landmarks=[1, 3])
    text = sentences.time_zero(landmarks(cohort, "os"), cohort.study)
    assert text.startswith("Nobody had an event or left follow-up by month 3, the last landmark")


def test_resamples_of_very_many_patients_are_steps_from_the_estimate(monkeypatch):
    cohort = load_cohort(DATA / "hcc-cxcl17")
    fitted = bootstrap_draws(cohort, "os")
    monkeypatch.setattr(bootstrap_module, "ONE_STEP", 100)
    stepped = bootstrap_draws(cohort, "os")
    robustness = cohort.study.robustness
    for level, draws in stepped.groupby("level"):
        # they end as fits do: at the stated precision, or at the study's number
        error = percentile_limits(np.log(draws["value"])).error
        assert error <= robustness.precision or len(draws) == robustness.resamples, level
    asked = robustness.model_copy(update={"precision": 0.2})
    study = cohort.study.model_copy(update={"robustness": asked})
    coarse = bootstrap_draws(replace(cohort, study=study), "os")
    assert set(coarse.groupby("level").size()) == {500}
    for level in ("crude", "adjusted"):
        spread = [
            np.log(found.loc[found["level"] == level, "value"]).std() for found in (fitted, stepped)
        ]
        # 227 patients: the first order misses some of the spread of twelve parameters
        assert spread[1] == pytest.approx(spread[0], rel=0.15)


def test_influence_of_all_patients_gives_the_acceleration_where_few_were_left_out(monkeypatch):
    cohort = load_cohort(DATA / "hcc-cxcl17")
    draws = bootstrap_draws(cohort, "os")
    limits = {}
    for most in (1000, 20):
        monkeypatch.setattr(leave_one_out_module, "MOST", most)
        left_out = leave_one_out(cohort, "os")
        assert len(left_out) == 2 * (1 + min(most, 227))
        limits[most] = pick(bootstrap(cohort, draws, left_out), statistic="hr", term="bca")
    for column in ("conf_low", "conf_high"):
        np.testing.assert_allclose(limits[20][column], limits[1000][column], rtol=0.02)

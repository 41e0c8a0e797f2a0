"""The setting `entry`: patients are at risk from when they came under observation, as in R."""

from __future__ import annotations

import importlib
import inspect
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from extreme import write_study
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_values import close, rows, values
from tiny import late_entry

import cohortbook
from cohortbook import load_cohort
from cohortbook.analysis.competing import incidence_risk
from cohortbook.analysis.follow_up import completeness
from cohortbook.analysis.imputed import imputed_factors
from cohortbook.analysis.robustness.restricted import restricted_means as means
from cohortbook.analysis.second_opinion import second_opinion
from cohortbook.analysis.survival import risk_table, survival
from cohortbook.cohort.cohort import cohort_of
from cohortbook.display.methods.manuscript import study_values
from cohortbook.errors import ParameterError, StudyError
from cohortbook.sections import ENTERED_LATE, WITHOUT_ENTRY, omission
from cohortbook.stats.cox import cox_fit
from cohortbook.stats.cox_batch import cox_batch
from cohortbook.stats.fine_gray import fine_gray
from cohortbook.stats.firth import firth_cox
from cohortbook.stats.imputation import nelson_aalen

R = values("followup", "late")
NUMBERS = ["estimate", "conf_low", "conf_high", "p_value"]
LIMITS = NUMBERS[:3]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    return load_cohort(late_entry(tmp_path_factory.mktemp("late") / "s"))


@pytest.fixture(scope="module")
def naive(cohort):
    """The same patients as if all had been under observation from time zero."""
    return cohort.with_study({"entry": None})


def one(frame, columns=NUMBERS, **keys):
    """Give the numbers of the one row with these keys."""
    for name, value in keys.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1, (keys, len(frame))
    return frame[columns].to_numpy(float)[0]


def test_curves_medians_milestones_and_follow_up_are_those_of_r(cohort):
    found = cohortbook.km(cohort).frame.query("population == 'all'")
    for group in ("overall", "0", "1"):
        keys = {"group": group}
        close(one(found, LIMITS, statistic="median", **keys), R[f"median_{group}"])
        close(one(found, LIMITS, statistic="follow_up", **keys), R[f"follow_up_{group}"])
        shares = R[f"survival_{group}"].reshape(3, 2).T
        for month, want in zip(("6", "12"), shares, strict=True):
            close(one(found, LIMITS, statistic="survival", level=month, **keys), 100 * want)
    at = risk_table(cohort, "os", [0, 6, 12, 24])
    for code in ("0", "1"):
        close(at.loc[at["group"] == code, "n_risk"], R[f"n_risk_{code}"])


def test_a_data_frame_names_the_column_of_entry(cohort):
    frame = cohort.survival("os", entry=True).astype({"arm": str})
    found = cohortbook.cox(frame, time="time", event="event", entry="entry", by="arm").frame
    keys = {"analysis": "cox_univariable", "term": "arm", "level": "1"}
    close(one(found, statistic="hr", **keys), R["hr_crude"])
    with pytest.raises(ParameterError, match="1 of 240 rows have no 'entry'"):
        lacking = frame.assign(entry=frame["entry"].where(frame.index > 0))
        cohortbook.km(lacking, time="time", event="event", entry="entry", by="arm")


def test_log_rank_tests_are_those_of_the_hypergeometric_variance(cohort):
    found = cohortbook.km(cohort).frame
    close(one(found, ["estimate"], statistic="logrank", population="all"), R["logrank"])
    close(one(found, ["estimate"], statistic="logrank", population="mutant"), R["logrank_mutant"])
    strata = cohortbook.stratified(cohort).frame
    want = R["logrank_strata"]
    close(one(strata, ["estimate"], statistic="logrank", level="strata"), want)


def test_models_are_those_of_r(cohort):
    found = cohortbook.cox(cohort).frame
    keys = {"statistic": "hr", "level": "1"}
    close(one(found, analysis="cox_univariable", term="arm", **keys), R["hr_crude"])
    adjusted = found[found["analysis"] == "cox_multivariable"]
    close(one(adjusted, term="arm", **keys), R["hr_arm"])
    close(one(adjusted, term="x2", **keys), R["hr_x2"])
    close(one(adjusted, term="x1", statistic="hr"), R["hr_x1"])
    close(one(adjusted, ["estimate"], statistic="concordance"), R["concordance"])
    close(one(adjusted, ["estimate"], statistic="likelihood_ratio"), R["lr"])
    zph = cohortbook.proportional_hazards(cohort).frame
    close(zph.query("statistic == 'zph'")["estimate"], R["zph"])
    moved = cohortbook.influence(cohort).frame.query("statistic == 'dfbetas' and term == 'arm'")
    close(moved["estimate"][:10], R["dfbetas"])


def test_strata_clusters_and_subgroups_are_those_of_r(cohort):
    for adjusted, name in ((False, "hr_strata"), (True, "hr_strata_adjusted")):
        found = cohortbook.stratified(cohort, adjusted=adjusted).frame
        close(one(found, statistic="hr", level="strata"), R[name])
    found = cohortbook.stratified(cohort).frame
    close(one(found, statistic="hr", level="clusters"), R["hr_cluster"])
    found = cohortbook.subgroup_effects(cohort).frame
    for level in ("0", "1"):
        close(one(found, statistic="hr", term="x2", level=level), R[f"hr_x2_{level}"])
    p = one(found, ["p_value"], statistic="interaction")
    from scipy.stats import chi2

    close(p, chi2.sf(R["interaction"], 1))


def test_three_arms_are_those_of_r(tmp_path):
    stages = [{"code": str(k), "label": f"Stage {k}", "color": f"#11223{k}"} for k in (1, 2, 3)]
    cox = {"covariates": [{"variable": "x1"}]}
    said = {"columns": {"arm": "stratum"}, "arms": stages[:2], "further_arms": stages[2:],
            "reference_arm": "1", "cox": cox}  # fmt: skip
    cohort = load_cohort(late_entry(tmp_path / "s", **said, variables={
        "x1": {"label": "Score", "kind": "continuous"},
        "x2": {"label": "Mutation", "kind": "categorical", "levels": [{"code": "0"}, {"code": "1"}]}
    }))  # fmt: skip
    found = cohortbook.several_arms(cohort).frame
    close(one(found, ["estimate"], statistic="global"), R["logrank_stages"])
    for first, second in ("12", "13", "23"):
        got = one(found, ["estimate"], statistic="pair", group=first, level=second)
        close(got, R[f"logrank_{first}{second}"])
    for code in "23":
        close(one(found, statistic="hr", level=code), R[f"hr_stage_{code}"])


def test_restricted_means_and_milestones_are_those_of_r(cohort):
    found = means(cohort.choose(horizon=20), "os")
    low, high = R["rmean_0"], R["rmean_1"]
    for code, want in zip("01", (low, high), strict=True):
        close(one(found, ["estimate"], statistic="mean", group=code), want[0])
    gap = one(found, LIMITS, term="rmst", statistic="difference")
    close(gap[0], high[0] - low[0])
    close((gap[2] - gap[1]) / 2, 1.959963984540054 * np.hypot(high[1], low[1]))
    for month in ("6", "12"):
        gap = one(found, LIMITS, term="milestone", level=month, statistic="difference")
        close([gap[0], (gap[2] - gap[1]) / 2 / 1.959963984540054], 100 * R[f"difference_{month}"])


def test_checks_of_robustness_are_those_of_r(cohort):
    left = cohortbook.leave_one_out(cohort).frames["each"]
    close(one(left, term="1", level="adjusted"), R["hr_without_1"])
    sets = cohortbook.specification_curve(cohort).frames["curve"]
    close(one(sets, term="x2"), R["hr_x2_only"])
    after = cohortbook.landmark(cohort, months=[3]).frame
    close(one(after, statistic="hr", term="crude", level="3"), R["hr_landmark"])
    spline = cohortbook.continuous_effects(cohort).frame
    got = one(spline, ["estimate"], statistic="nonlinearity", term="x1")
    close(got, R["spline_nonlinearity"])


def test_effects_that_change_with_time_are_those_of_r(cohort):
    pairs = [[0, 0], [1, 0], [0, 1], [1, 1]]
    asked = {"weighted_tests": pairs, "periods": [6, 12], "log_time": True}
    found = cohortbook.changing_effects(cohort.with_study({"non_proportional": asked})).frame
    close(found.query("statistic == 'fleming_harrington'")["estimate"], R["fleming_harrington"])
    periods = found.query("statistic == 'hr_period'")
    close(periods[LIMITS], R["hr_period"])
    close(one(found, ["estimate"], statistic="equal_periods"), R["equal_periods"])
    close(one(found, LIMITS, statistic="log_time"), R["log_time"])
    reach = 1.959963984540054
    for month in ("6", "12"):
        for of, name, per in (
            ("survival", "difference", 100),
            ("restricted_mean", "restricted", 1),
        ):
            gap = one(found, LIMITS, statistic=f"difference_{of}", level=month)
            want = per * R[f"{name}_{month}"]
            close([gap[0], (gap[2] - gap[1]) / 2 / reach], want)


def test_incidences_and_rates_of_competing_events_are_those_of_r(tmp_path):
    """Limits of etm are on the same scale: the complementary log-log of the incidence."""
    ttp = {"label": "Time to progression", "short": "TTP", "time": "time", "event": "state",
           "event_codes": ["1"], "censored_codes": ["0"], "competing_codes": ["2"],
           "milestones": [6, 12]}  # fmt: skip
    state = {"state": np.where(PLACE % 7 == 0, 2, PLACE % 2)}
    folder = late_entry(tmp_path / "s", state, endpoints={"ttp": ttp},
                        statistics={"conf_type": "log-log"})  # fmt: skip
    cohort = load_cohort(folder)
    found = cohortbook.competing_events(cohort)
    for cause, level in ((1, "event"), (2, "2")):
        for arm in ("0", "1"):
            rows = found.frame.query(f"statistic == 'incidence' and group == '{arm}'")
            rows = rows[rows["level"] == level]
            close(rows[LIMITS].to_numpy().T, 100 * R[f"incidence_{arm}_{cause}"])
        for term, name in (("crude", ""), ("adjusted", "adjusted_")):
            for statistic, model in (("cause_specific_hr", "cause"),
                                     ("subdistribution_hr", "fine_gray")):  # fmt: skip
                got = one(found.frame, statistic=statistic, term=term, level=level)
                close(got, R[f"{model}_{name}{cause}"])
    assert "gray" not in set(found.frame["statistic"])
    told = "For time to progression the adjusted ratios of New against Control were: of "
    assert told in found.sentence() and "Gray" not in found.sentence()
    assert "Gray's test takes no late entry" in " ".join(found.table().notes)
    drawn = found.figure()
    assert "Subdistribution HR" in drawn.alt and "Gray" not in drawn.caption
    data = cohort.survival("ttp", entry=True)
    here = (data["entry"] < 6) & (data["time"] >= 6) & (data["arm"] == "0")
    at = incidence_risk(cohort, "ttp", [6.0]).query("group == '0'")
    assert at["n_risk"].tolist() == [here.sum()] * 2


def test_fine_gray_weights_are_those_of_geskus_as_in_r():
    d = rows("followup", "entry")
    cause = np.where(PLACE % 7 == 0, 2, PLACE % 2)
    for of in (1, 2):
        for ties in ("efron", "breslow"):
            fit = fine_gray(d["time"], cause, d[["x1", "x2", "arm"]], of=of, entry=d["entry"],
                            ties=ties)  # fmt: skip
            got = np.r_[fit.coef, fit.std_err, fit.loglik_null, fit.loglik]
            close(got, R[f"fine_gray_adjusted_{of}_{ties}"], label=ties)


def test_a_weight_without_bound_is_no_estimate():
    """The first patient stays with a weight of one over the chance to have entered, which is 0."""
    entry, time, cause = [0, 2, 2, 3, 2], [1, 4, 5, 6, 7], [2, 1, 0, 1, 0]
    found = fine_gray(time, cause, [0, 1, 0, 1, 0], entry=entry)
    assert np.isnan(found.coef).all() and "nobody was at risk between" in found.note
    # the same patient does no harm before the others come without a gap
    filled = fine_gray([*time, 3], [*cause, 0], [0, 1, 0, 1, 0, 1], entry=[*entry, 0])
    assert np.isfinite(filled.loglik) and not filled.note.startswith("nobody")


def test_imputed_copies_are_fitted_with_the_entry(cohort, tmp_path):
    late, d = cohort.survival("os", entry=True), rows("followup", "entry")
    close(nelson_aalen(late["time"], late["event"], late["entry"]), R["nelson_aalen"])
    some = {"x1": d["x1"].where(PLACE % 5 > 0)}
    folder = late_entry(tmp_path / "s", some, missing={"copies": 3, "rounds": 2})
    found = cohortbook.missing_data(load_cohort(folder))
    complete = one(found.frame, statistic="hr_complete", term="arm")
    usual = cohortbook.cox(load_cohort(folder)).frame.query("analysis == 'cox_multivariable'")
    close(complete, one(usual, term="arm", level="1", statistic="hr"))
    assert "delayed entry" in " ".join(found.table().notes)
    # where nothing is missing each copy is the cohort; limits are of a t distribution
    whole = one(imputed_factors(cohort, "os", copies=2), statistic="hr", term="arm")
    close(whole[0], R["hr_arm"][0])
    close(whole[1:3], R["hr_arm"][1:3], rel=0.005)


@pytest.mark.parametrize("ties", ["breslow", "efron"])
def test_a_resample_takes_patients_with_their_entries(cohort, ties):
    data, rng = cohort.survival("os", entry=True), np.random.default_rng(3)
    x = cohort.patients[["x1"]].to_numpy()
    counts = np.array([np.bincount(rng.integers(240, size=240), minlength=240) for _ in range(3)])
    batch = cox_batch(data["time"], data["event"], x, counts, entry=data["entry"], ties=ties)
    for one_of, found in zip(counts, batch.coef, strict=True):
        rows = np.repeat(np.arange(240), one_of)
        drawn = data.iloc[rows]
        fit = cox_fit(drawn["time"], drawn["event"], x[rows], entry=drawn["entry"], ties=ties)
        close(found, fit.coef, rel=1e-5)


def test_firth_estimates_do_not_change_when_follow_up_is_cut_in_pieces(cohort):
    data = cohort.survival("os", entry=True)
    whole = data["time"], data["event"], cohort.patients[["x1"]].to_numpy()
    once = firth_cox(*whole, entry=data["entry"])
    cut, late = 5.0, (data["time"] > 5) & (data["entry"] < 5)
    first = data.assign(event=data["event"] * ~late, time=data["time"].mask(late, cut))
    rest = data[late].assign(entry=cut)
    both, x = pd.concat([first, rest]), np.r_[whole[2], whole[2][late]]
    twice = firth_cox(both["time"], both["event"], x, entry=both["entry"])
    for name in ("coef", "conf_low", "conf_high", "p"):
        close(getattr(twice, name), getattr(once, name), rel=1e-7)


# every verb: what it makes of an entry

AWARE = {
    "km": {}, "survival": {}, "cox": {}, "influence": {}, "proportional_hazards": {},
    "subgroup_effects": {}, "stratified": {}, "added_covariates": {}, "adjusted_tests": {},
    "bootstrap": {}, "landmark": {}, "leave_one_out": {}, "restricted_means": {},
    "second_opinion": {}, "sparse_data": {}, "specification_curve": {}, "continuous_effects": {},
    "e_values": {}, "changing_effects": {},
}  # fmt: skip
OUT = {
    "weighting": "robustness_weighting", "late_treatment": "late_treatment",
    "weighted_survival": "weighted",
    "response_duration": "response_duration", "prognostic_model": "prognostic_model",
}  # fmt: skip
ASKED_ELSEWHERE = {
    "competing_events": "test_incidences_and_rates_of_competing_events_are_those_of_r",
    "several_arms": "test_three_arms_are_those_of_r",
    "missing_data": "test_imputed_copies_are_fitted_with_the_entry",
    "verdict": "of results that are given to it",
    "compare_with_print": "of km and cox", "tests_behind": "", "print_findings": "",
}  # fmt: skip
WITHOUT_TIME_AT_RISK = {
    "how", "settings", "baseline", "flow", "imaging_cases", "lesion_course", "patient_course",
    "response", "swimmer", "waterfall", "discontinuation", "procedure_events", "safety",
    "response_robustness",
}  # fmt: skip
PLACE = np.arange(240)
ALL = {
    "more": {
        "state": np.where(PLACE % 7 == 0, 2, PLACE % 2), "began": np.where(PLACE % 2, 1.0, np.nan),
        "x1": np.where(PLACE % 9, PLACE % 11, np.nan), "best": np.where(PLACE % 3, "PR", "PD"),
        "responded": np.where(PLACE % 3, 0.5, np.nan),
    },
    "endpoints": {
        "os": {"label": "Overall survival", "short": "OS", "time": "time", "event": "event"},
        "ttp": {"label": "Time to progression", "short": "TTP", "time": "time", "event": "state",
                "event_codes": ["1"], "censored_codes": ["0"], "competing_codes": ["2"]},
    },
    "weighting": {}, "non_proportional": {"log_time": True}, "model": {"horizon": 6},
    "treatment_start": {"column": "began", "grace": 2},
    "response": {"column": "best", "criteria": "RECIST",
                 "categories": [{"code": "PR"}, {"code": "PD"}], "objective": ["PR"],
                 "control": ["PR"], "duration": {"start": "responded", "endpoint": "os"}},
}  # fmt: skip


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """A study that asks for all analyses."""
    return load_cohort(late_entry(tmp_path_factory.mktemp("all") / "s", **ALL))


def test_each_verb_is_in_one_of_the_lists():
    verbs = {name for name, place in cohortbook.EXPORTS.items() if place.startswith("verbs.")}
    lists = [set(AWARE), set(OUT), set(ASKED_ELSEWHERE), WITHOUT_TIME_AT_RISK]
    assert set().union(*lists) == verbs
    assert sum(map(len, lists)) == len(verbs)
    assert set(OUT.values()) == set(WITHOUT_ENTRY)


@pytest.mark.parametrize("verb", AWARE)
def test_a_verb_that_takes_the_entry_gives_other_numbers_with_it(verb, cohort, naive):
    few = {"resamples": 100} if verb == "bootstrap" else {}
    with_entry, without = (getattr(cohortbook, verb)(one, **few).frame for one in (cohort, naive))
    columns = ["analysis", "endpoint", "population", "term", "level", "group", "statistic"]
    keep = ~with_entry["statistic"].isin(["late", "entry", "unseen", "fewest"])
    both = with_entry[keep].merge(without, on=columns, suffixes=("", "_naive"))
    known = both[["estimate", "estimate_naive"]].dropna()
    assert len(known)
    assert not np.allclose(known["estimate"], known["estimate_naive"], rtol=1e-4, atol=1e-14)


@pytest.mark.parametrize("verb", OUT)
def test_a_verb_that_cannot_take_the_entry_is_left_out_by_name(verb, everything):
    with pytest.raises(ParameterError) as told:
        getattr(cohortbook, verb)(everything)
    assert f"{WITHOUT_ENTRY[OUT[verb]]}{ENTERED_LATE}" in str(told.value)
    assert omission(everything, OUT[verb]) == f"{WITHOUT_ENTRY[OUT[verb]]}{ENTERED_LATE}"


def test_data_are_not_handed_to_what_does_not_ask_for_the_entry(cohort):
    with pytest.raises(ParameterError, match="as at risk before"):
        cohort.survival("os")
    from cohortbook.analysis.design import design

    with pytest.raises(ParameterError, match="as at risk before"):
        design(cohort, "os", [])
    assert "entry" in cohort.survival("os", entry=True)


REFUSING = {
    "weighted_survival": "weighted_survival",
    "time_dependent": "time_dependent", "prediction": "prediction", "duration": "response_duration",
    "robustness.weighting": "weighting",
}  # fmt: skip
READ_THEMSELVES = {
    "analysis/competing.py", "analysis/cox.py", "analysis/design.py", "analysis/follow_up.py",
    "analysis/imputed.py", "analysis/lanes.py", "analysis/responders.py",
    "analysis/robustness/weighting.py", "sections.py",
}  # fmt: skip
"""Modules that read times of the patient table: each takes the entry, refuses it or draws lanes."""


@pytest.mark.parametrize("module", REFUSING)
def test_an_analysis_that_cannot_take_the_entry_refuses_the_cohort_itself(module, everything):
    place = importlib.import_module(f"cohortbook.analysis.{module}")
    function = getattr(place, REFUSING[module])
    asked = {"endpoint"} & set(inspect.signature(function).parameters)
    with pytest.raises(ParameterError, match="as at risk before"):
        function(everything, *["os"] * len(asked))


def test_times_are_read_from_the_patient_table_in_few_places():
    root = Path(cohortbook.__file__).parent
    found = {
        path.relative_to(root).as_posix()
        for room in ("analysis", "verbs", "sections.py")
        for path in ([root / room] if room.endswith(".py") else (root / room).rglob("*.py"))
        if re.search(r"\{[^}]*\}_(?:time|event|\{)", path.read_text("utf-8"))
    }
    assert found - {"verbs/given.py", "verbs/frame.py"} == READ_THEMSELVES


# properties and checks

ROWS = st.lists(
    st.tuples(st.integers(1, 9), st.booleans(), st.integers(0, 1), st.integers(0, 10)),
    min_size=8, max_size=30,
)  # fmt: skip


def cohort_with(rows, entry):
    time, event, arm, late = np.array(rows).T
    table = pd.DataFrame({"patient_id": range(len(rows)), "arm": arm, "time": time,
                          "event": event, "entry": late * entry}).astype(str)  # fmt: skip
    said = yaml.safe_load(STUDY) | ({"entry": {"column": "entry"}} if entry is not None else {})
    return cohort_of(said, {"patients": table})


STUDY = """\
synthetic: true
texts: {title: Small}
arms:
  - {code: "0", label: Control, color: "#2F6DB5"}
  - {code: "1", label: New, color: "#C8372D"}
reference_arm: "0"
endpoints: {os: {label: Overall survival, short: OS, time: time, event: event, milestones: [4]}}
"""


@settings(max_examples=6, deadline=None)
@given(ROWS.filter(lambda rows: len({row[2] for row in rows}) == 2))
def test_entries_of_zero_are_as_none(rows):
    table = [(*row[:3], 0) for row in rows]
    zero, none = (survival(c, "os") for c in (cohort_with(table, 1), _without(table)))
    more = ["late", "entry", "unseen", "fewest"]
    pd.testing.assert_frame_equal(
        zero[~zero["statistic"].isin(more)].reset_index(drop=True), none, rtol=1e-9
    )


def _without(rows):
    return cohort_with(rows, 1).with_study({"entry": None})


@settings(max_examples=6, deadline=None)
@given(ROWS.filter(lambda rows: all({r[2] for r in rows if r[3] < r[0]} == {0, 1} for _ in [0])))
def test_who_was_never_at_risk_is_as_not_in_the_cohort(rows):
    """R leaves such rows out, too: Surv makes them missing, with a warning."""
    cohort = cohort_with(rows, 1)
    seen = [row for row in rows if row[3] < row[0]]
    found, want = survival(cohort, "os"), survival(cohort_with(seen, 1), "os")
    own, other = found["statistic"] == "unseen", want["statistic"] == "unseen"
    pd.testing.assert_frame_equal(*(
        part.reset_index(drop=True) for part in (found[~own], want[~other])
    ))  # fmt: skip
    left_out = found[own & (found["group"] == "overall")]["estimate"].item()
    assert left_out == len(rows) - len(seen)


def test_a_curve_of_few_that_empties_is_told():
    rows = [(2, 1, 0, 1), (5, 1, 0, 3), (9, 0, 0, 3), (8, 1, 1, 0), (6, 0, 1, 2), (9, 1, 1, 0)]
    found = survival(cohort_with(rows, 1), "os").query("group == '0'")
    emptied = found.query("statistic == 'emptied'")
    assert emptied["estimate"].item() == 2
    assert "all 1 at risk at month 2 had the event" in emptied["note"].item()
    assert found.query("statistic == 'median'")["note"].item() == emptied["note"].item()
    assert one(found, ["estimate"], statistic="survival", level="4") == [0]
    assert found.query("statistic == 'fewest'")[["estimate", "level"]].values.tolist() == [[1, "2"]]


def test_a_curve_that_lifelines_refuses_has_no_second_opinion(tmp_path):
    found = second_opinion(load_cohort(write_study("few enter first", 7003, tmp_path)), "pfs")
    noted = found.set_index("term")["note"]
    assert noted["survival"] == "no answer: StatError" and noted["cox"] == ""


def test_text_captions_and_limitations_tell_of_late_entry(cohort, everything):
    assert "146 of 240 patients came under observation after time zero" in (
        cohortbook.km(cohort).sentence()
    )
    assert "numbers at risk rise while they enter" in cohortbook.km(cohort).figure().caption
    assert "(delayed entry)" in " ".join(cohortbook.cox(cohort).table().notes)
    said = study_values(everything)
    assert "from the entry on" in said["survival_methods"]
    assert "Patients are at risk from their entry on" in said["methods_in_brief"]
    assert "it was not tested" in said["limitations"]
    assert "Gray's test does not allow for late entry" in said["competing_methods"]
    assert "the Nelson-Aalen estimate and the time of entry" in said["missing_methods"]
    for name in ("weighted", "model", "late_treatment"):
        assert said[f"{name}_methods"] == ""
    assert "Propensity" not in said["robustness_methods"]
    assert "Duration of response" not in said["response_methods"]


def test_of_competing_events_the_sources_are_those_of_what_is_computed(everything):
    def cited(cohort):
        names = ("", "_test", "_models", "_entry")
        return [name for name in names if omission(cohort, f"sources_competing{name}") is None]

    assert cited(everything) == ["", "_models", "_entry"]
    assert cited(everything.with_study({"entry": None})) == ["", "_test", "_models"]
    alone = everything.study.model_copy(update={"arms": everything.study.arms[:1]})
    assert cited(replace(everything, study=alone)) == [""]


def test_a_curve_that_rests_on_few_is_told_in_text_and_caption():
    rows = [(2, 1, 0, 1), (5, 1, 0, 3), (9, 0, 0, 3), (8, 1, 1, 0), (6, 0, 1, 2), (9, 1, 1, 0)]
    found = cohortbook.km(cohort_with([*rows, (3, 1, 1, 4)], 1))
    told = found.sentence()
    assert "The curve of Control came to 0 at month 2.0, when all of the few" in told
    assert "The curve of New rests on few at its beginning: 1 at risk at month 8.0." not in told
    assert "One patient was never at risk and was left out of overall survival" in told
    assert "The curve of Control is 0 from where" in found.figure().caption
    boxes = cohortbook.flow(cohort_with([*rows, (3, 1, 1, 4)], 1)).frame
    assert boxes.query("label == 'Never at risk of event'")["n"].tolist() == [1]


@pytest.mark.parametrize(
    ("cells", "severity", "told"),
    [
        ({3: ""}, "error", "an entry for each patient"),
        ({3: "-1"}, "error", "a time of 0 or more"),
        ({3: "soon"}, "error", "a time of 0 or more"),
        ({3: "500"}, "warning", "an entry before time"),
    ],
)
def test_wrong_entries_are_named_by_row(tmp_path, cells, severity, told):
    from cohortbook.cohort.cohort import read_study

    folder = late_entry(tmp_path / "s")
    table = pd.read_csv(folder / "patients.csv", dtype=str)
    for row, cell in cells.items():
        table.loc[row, "entry"] = cell
    table.to_csv(folder / "patients.csv", index=False)
    found = [p for p in read_study(folder).problems if p.column == "entry"]
    assert [(p.severity, p.row) for p in found] == [(severity, 5)]
    assert told in found[0].expected


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"entry": {"column": "entry", "origin": "dx", "unit": "days"}}, "dates have none"),
        ({"privacy": {"smallest_count": 5}}, "no rule by which small counts"),
        ({"endpoints": {
            "os": {"label": "A", "short": "A", "time": "time", "event": "event"},
            "pfs": {"label": "B", "short": "B", "time": "time", "event": "event", "unit": "days"},
        }}, "do not have one unit"),
    ],
)  # fmt: skip
def test_an_entry_that_does_not_go_with_other_keys_is_refused(tmp_path, said, told):
    with pytest.raises(StudyError, match=told):
        load_cohort(late_entry(tmp_path / "s", **said))


def test_dates_and_units_of_the_entry_are_those_of_the_endpoint(tmp_path, cohort):
    day = pd.Timestamp("2020-01-01")
    table = cohort.survival("os", entry=True)
    time, entry = (pd.to_timedelta(30 * table[name], unit="D") for name in ("time", "entry"))
    dates = {"dx": day, "came": day + entry, "left": day + time}
    end = {"label": "Overall survival", "short": "OS", "event": "event", "start": "dx",
           "end": "left", "milestones": [6, 12]}  # fmt: skip
    dated = load_cohort(late_entry(tmp_path / "dates", dates, endpoints={"os": end},
                                   entry={"column": "came", "origin": "dx"},
                                   cutoff="2032-01-01"))  # fmt: skip
    days = load_cohort(late_entry(
        tmp_path / "days", {"time": 30 * table["time"]},
        entry={"column": "entry", "unit": "months"},
        endpoints={"os": {"label": "O", "short": "O", "time": "time", "event": "event",
                          "unit": "days"}},
        statistics={"days_per_month": 30},
    ))  # fmt: skip
    for other in (dated, days):
        close(survival(other, "os").query("statistic == 'hr'")["estimate"], R["hr_crude"][:1])
    seen = dated.survival("os", entry=True)
    possible = (pd.Timestamp("2032-01-01") - day).days / dated.study.statistics.days_per_month
    ends = seen["time"].where(seen["event"] == 1, possible)
    share = (seen["time"] - seen["entry"]).sum() / (ends - seen["entry"]).sum()
    clark = completeness(dated).query("statistic == 'completeness' and group == 'overall'")
    close(clark["estimate"], 100 * share)

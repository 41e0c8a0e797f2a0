"""Verbs by themselves: their examples, and data frames in place of a study folder."""

# ruff: noqa: E501
from __future__ import annotations

import doctest
import importlib
import inspect
import re
import tempfile
from functools import cache
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from tiny import ROOT, gammopathy, symptoms

import cohortbook
from cohortbook import baseline, cox, km, load_cohort
from cohortbook.errors import CohortbookError, ParameterError

VERBS = [name for name, module in cohortbook.EXPORTS.items() if module.startswith("verbs.")]
FIRST_SCREEN = 60  # lines


@pytest.mark.parametrize("name", [*VERBS, "load_cohort", "start"])
def test_the_example_of_each_verb_is_true(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    verb = getattr(cohortbook, name)
    module = importlib.import_module(verb.__module__)
    found = doctest.DocTestFinder(recurse=False).find(verb, name, module)
    assert any(test.examples for test in found), "no example"
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE, verbose=False)
    assert [runner.run(test).failed for test in found] == [0] * len(found)
    place = verb.__doc__.splitlines().index(
        next(line for line in verb.__doc__.splitlines() if ">>>" in line)
    )
    assert place < FIRST_SCREEN


@pytest.fixture(scope="module")
def cohort():
    return load_cohort(ROOT / "data" / "wei2026")


@pytest.fixture(scope="module")
def frame(cohort):
    """The patients of a cohort as somebody without a study file would have them."""
    names = ["arm", "os_months", "os_event", "age", "sex", "ecog", "afp"]
    frame = cohort.patients.rename(columns={"os_time": "os_months"})[names]
    return frame.assign(os_event=frame["os_event"].astype(int)).sample(frac=1, random_state=3)


R = {"statistics": {"preset": "r"}}
NUMBERS = ["estimate", "conf_low", "conf_high", "p_value", "n", "n_events"]


def of_r(cohort):
    """Give the cohort under the settings that a data frame has."""
    keys = {f"statistics.{key}": None for key in ("ties", "conf_type", "quartiles", "median")}
    coding = {"cox.univariable_coding": "reference", "statistics.preset": "r"}
    return cohort.with_study(keys | coding)


def numbers(found, keys=("term", "level", "group", "statistic")):
    # draws differ with the endpoint's name; only a study has dates, from which completeness is known
    found = found[~found["statistic"].isin(["permutation", "lost", "completeness"])]
    return found.set_index(list(keys))[NUMBERS].sort_index()


def test_curves_of_a_frame_are_those_of_its_cohort(cohort, frame):
    ours = km(of_r(cohort), "os", subgroups=[], milestones=[6, 12])
    own = km(frame, time="os_months", event="os_event", by="arm", milestones=[6, 12])
    pd.testing.assert_frame_equal(numbers(own.frame), numbers(ours.frame))
    for column in ("time", "survival"):
        assert np.allclose(own.frames["curves"][column], ours.frames["curves"][column])


def test_models_of_a_frame_are_those_of_its_cohort(cohort, frame):
    names = ["age", "sex=M", "ecog=0", "afp=<400"]
    ours = cox(of_r(cohort), "os", covariates=names).frame
    own = cox(frame, time="os_months", event="os_event", by="arm", covariates=names).frame
    pd.testing.assert_frame_equal(numbers(own), numbers(ours), rtol=1e-6)


def test_table_1_of_a_frame_is_that_of_its_cohort(cohort, frame):
    ours = baseline(of_r(cohort), ["age", "sex", "ecog", "afp"]).frame
    own = baseline(frame, ["age", "sex", "ecog", "afp"], by="arm").frame
    pd.testing.assert_frame_equal(numbers(own), numbers(ours))


TABLES = {
    "patients": "patients.csv",
    "events": "adverse_events.csv",
    "measured": "measurements.csv",
}
OS = {"time": "os_months", "event": "os_event", "by": "arm"}
MODEL = OS | {"covariates": ["age", "sex=M"]}
BEST = {"best": "best_response", "by": "arm"}
HARM = {"id": "patient_id", "by": "arm", "term": "ae_term", "grade": "ctcae_grade"}
SERIES = {"id": "patient_id", "by": "arm", "visit": "month", "size": "target_sum_mm"}
# what is asked of the frames, what of the cohort, and the columns that say which row is which
SAME_OF_BOTH = {
    "flow": (OS | BEST, {}, ["box", "arm", "role"]),
    "response": (BEST, {}, []),
    "waterfall": (BEST | {"change": "best_change_pct"}, {}, ["number"]),
    "swimmer": (OS | {"duration": "treatment_months"}, {}, ["number"]),
    "lesion_course": (SERIES, {}, ["number", "measure", "kind", "time"]),
    "patient_course": (SERIES | {"number": 36}, {"number": 36}, ["measure", "kind", "time"]),
    "survival": (OS, {}, []),
    "proportional_hazards": (MODEL, {}, []),
    "influence": (MODEL, {}, []),
    "subgroup_effects": (MODEL, {}, []),
    "safety": (HARM | {"terms": ["Rash", "Fever"]}, {"terms": ["Rash", "Fever"]}, []),
    "discontinuation": ({"reason": "discontinuation_reason", "by": "arm"}, {}, []),
    "procedure_events": (HARM | {"hours": "hours_after_procedure", "windows": [24, 720]}, {"windows": [24, 720]}, []),
    "specification_curve": (MODEL, {}, []),
    "added_covariates": (MODEL, {}, []),
    "leave_one_out": (MODEL, {}, []),
    "bootstrap": (MODEL | {"resamples": 100}, {"resamples": 100}, []),
    "sparse_data": (MODEL, {}, []),
    "landmark": (MODEL | {"months": [2]}, {"months": [2]}, []),
    "weighting": (MODEL | {}, {}, []),
    "e_values": (MODEL, {}, []),
    "restricted_means": (MODEL, {}, []),
    "response_robustness": (BEST, {}, []),
    "adjusted_tests": (MODEL | BEST, {}, []),
    "second_opinion": (MODEL, {}, []),
    "changing_effects": (OS | {"periods": [6]}, {"periods": [6]}, []),
    "continuous_effects": (MODEL, {}, []),
    "late_treatment": (
        MODEL | {"start": "ablation_months", "grace": 0.5, "clone_resamples": 100}, {"clone_resamples": 100}, []
    ),
}  # fmt: skip
DRAWN = {"bootstrap", "weighting"}  # limits of draws, which differ with the endpoint's name
KNOWN_OF_STUDIES = {"last_procedure", "ongoing"}


@pytest.fixture(scope="module")
def tables():
    folder = ROOT / "data" / "wei2026"
    return {name: pd.read_csv(folder / file) for name, file in TABLES.items()}


@pytest.fixture(scope="module")
def plain(cohort):
    """The cohort with what a data frame can tell, and no more."""
    chosen = of_r(cohort).choose(endpoints=["os"], covariates=["age", "sex=M"], subgroups=[])
    return chosen.with_study(
        {"primary": None, "adverse_events.procedure_label": "procedure", "discontinuation.reasons": [
            {"code": code} for code in ("other", "progression", "toxicity")], "endpoints.os.milestones": []}
    )  # fmt: skip


@pytest.mark.parametrize("name", SAME_OF_BOTH)
def test_a_verb_finds_the_same_in_a_frame_and_in_a_cohort(name, plain, tables):
    asked, chosen, keys = SAME_OF_BOTH[name]
    if asked.get("term"):
        asked = asked | {"events": tables["events"]}
    if asked.get("visit"):
        asked = asked | {"measurements": tables["measured"]}
    verb = getattr(cohortbook, name)
    asked_of = load_cohort(ROOT / "data" / "wei2026") if name == "swimmer" else plain
    own, ours = verb(tables["patients"], **asked).frame, verb(asked_of, **chosen).frame
    if keys:
        columns = [c for c in ("change", "value", "n", "treatment", "end", "died") if c in own]
        ours = ours[ours["measure"] == "size"] if "measure" in ours else ours
        own, ours = (f[f["role"] == "box"] if name == "flow" else f for f in (own, ours))
        pair = [f.set_index(keys)[columns].sort_index() for f in (own, ours)]
        pair[1] = pair[1].loc[pair[1].index.isin(pair[0].index)]
    else:
        by = ["term", "level", "group", "statistic"]
        pair = [
            f[~f["statistic"].isin(KNOWN_OF_STUDIES)].replace({"endpoint": {"os": ""}})
            for f in (own, ours)
        ]
        pair = [
            numbers(f, by).drop(columns=["conf_low", "conf_high"] * (name in DRAWN)) for f in pair
        ]
        if name == "landmark":  # only a study knows when the procedure was
            pair[1] = pair[1].loc[pair[1].index.isin(pair[0].index)]
    assert len(pair[0]) > 0
    pd.testing.assert_frame_equal(*pair, rtol=1e-6, atol=1e-9, check_dtype=False)


def test_every_verb_takes_a_frame_or_says_what_it_needs(people, tables):
    alone = [
        name
        for name in VERBS
        if name
        not in [
            *SAME_OF_BOTH,
            "km",
            "cox",
            "baseline",
            "verdict",
            "competing_events",
            "missing_data",
            "prognostic_model",
        ]
    ]
    for name in alone:
        with pytest.raises(ParameterError, match=f"{name} needs .* Give a cohort"):
            getattr(cohortbook, name)(people)
    tests = cohortbook.adjusted_tests(tables["patients"], **MODEL)
    evidence = [cohortbook.landmark(tables["patients"], **MODEL)]
    found = cohortbook.verdict(tables["patients"], tests, evidence, **MODEL)
    assert len(found.frame.query("statistic == 'check'")) > 3


WITH_TIMES = [
    name for name in VERBS if "time" in inspect.signature(getattr(cohortbook, name)).parameters
]


@pytest.mark.parametrize("name", WITH_TIMES)
def test_the_help_of_a_verb_names_the_columns(name):
    verb = getattr(cohortbook, name)
    told = verb.__doc__
    for role in inspect.signature(verb).parameters:
        assert role in ("data", "endpoint", "sparse", "months") or f"{role} : " in told, role
    assert "1 (or True) = event" in told


def test_all_that_is_wrong_with_columns_is_told_at_once(people, tables):
    with pytest.raises(ParameterError) as error:
        cox(people, time="tt", event="e", by="ar", covariates=["ag", "sex=q"], unit="day")
    told = str(error.value)
    for part in (
        "5 problems",
        "'tt'",
        "'ar' (did you mean 'arm'?)",
        "'ag'",
        "'q' is no level",
        "'unit'",
    ):
        assert part in told, told
    assert told.count("Columns: ") == 1
    with pytest.raises(ParameterError, match="3 problems") as error:
        cohortbook.safety(
            tables["patients"], events=tables["events"], by="arm", term="ae", grade="grade"
        )
    assert "id=..." in str(error.value) and "'ctcae_grade'" in str(error.value)


def test_a_second_arm_of_the_same_name_as_a_covariate_stays_itself(people):
    """A column called `arm` that is described beside other arms is not taken for them."""
    two = people.assign(other=["x", "y"] * 20)
    found = baseline(two, ["arm"], by="other").frame
    assert found.query("statistic == 'n' and group == 'x'").estimate.tolist() == [10, 10]


@pytest.fixture
def people():
    draw = np.random.default_rng(1)
    n = 40
    return pd.DataFrame(
        {
            "t": draw.exponential(10, n).round(1) + 0.1,
            "e": draw.integers(0, 2, n),
            "arm": np.repeat(["a", "b"], n // 2),
            "age": draw.integers(40, 80, n),
            "sex": draw.choice(["m", "f"], n),
        }
    )


SURVIVAL = {"time": "t", "event": "e", "by": "arm"}
SAME = {
    "bool events": lambda d: d.assign(e=d.e == 1),
    "nullable events": lambda d: d.assign(e=(d.e == 1).astype("boolean")),
    "events as decimals": lambda d: d.assign(e=d.e.astype(float)),
    "events as text": lambda d: d.assign(e=d.e.astype(str)),
    "times as text": lambda d: d.assign(t=d.t.astype(str)),
    "arms as a categorical": lambda d: d.assign(arm=pd.Categorical(d.arm, ["a", "b", "c"])),
    "another index": lambda d: d.set_index(pd.Index(["same"] * len(d))),
    "rows in another order": lambda d: d.sample(frac=1, random_state=2),
    "names of numbers": lambda d: d.rename(columns={"age": 7}),
}


@pytest.mark.parametrize("how", SAME)
def test_the_same_data_written_otherwise_give_the_same(people, how):
    wanted = numbers(km(people, **SURVIVAL).frame)
    pd.testing.assert_frame_equal(numbers(km(SAME[how](people), **SURVIVAL).frame), wanted)


def test_columns_may_have_any_name(people):
    names = {"age": "Größe (cm)", "sex": "my col", "t": 1, "e": 2, "arm": 0}
    odd = people.rename(columns=names).assign(**{"A b": 1.5, "a_b": range(40), "patient_id": 3})
    described = ["Größe (cm)", "my col", "A b", "a_b", "patient_id"]
    found = baseline(odd, described, by=0)
    assert found.frame.query("statistic == 'median'").term.nunique() == 4
    assert "Größe (cm)" in found.table().text() and "my col" in found.table().text()
    ours = cox(people, **SURVIVAL, covariates=["age", "sex=m"]).frame
    own = cox(odd, time=1, event=2, by=0, covariates=["Größe (cm)", "my col=m"]).frame
    assert np.allclose(own[NUMBERS], ours[NUMBERS], equal_nan=True)
    assert found.figure().alt and found.sentence()


def test_a_level_and_a_reference_that_are_missing_are_counted_so(people):
    some = people.assign(
        sex=people.sex.where(people.index > 4), age=people.age.where(people.index > 2)
    )
    missing = baseline(some, ["age", "sex"], by="arm").frame.query("statistic == 'missing'")
    assert missing.groupby("term").estimate.max().to_dict() == {"age": 3, "sex": 5}
    found = cox(some, **SURVIVAL, covariates=["age"]).frame
    assert found.query("analysis == 'cox_multivariable' and statistic == 'hr'").n.max() == 37


def test_the_order_of_a_categorical_decides_the_reference(people):
    turned = people.assign(arm=pd.Categorical(people.arm, ["b", "a"]))
    ours = km(people, **SURVIVAL).frame.query("statistic == 'hr'").estimate.item()
    own = km(turned, **SURVIVAL).frame.query("statistic == 'hr'").estimate.item()
    assert own == pytest.approx(1 / ours)


REFUSED = {
    "three arms": (lambda d: km(d.assign(arm=list("abca") * 10), **SURVIVAL), "has 3 values"),
    "no rows": (lambda d: km(d.iloc[:0], **SURVIVAL), "has no rows"),
    "no columns": (lambda d: baseline(pd.DataFrame()), "has no rows"),
    "events in words": (lambda d: km(d.assign(e="dead"), **SURVIVAL), "'e' == 'dead'|== 'dead'"),
    "events of 1 and 2": (lambda d: km(d.assign(e=d.e + 1), **SURVIVAL), "other values than 1"),
    "a missing time": (lambda d: km(d.assign(t=d.t.where(d.index > 2)), **SURVIVAL), "3 of 40 rows have no 't'"),
    "a missing arm": (lambda d: km(d.assign(arm=d.arm.where(d.index > 2)), **SURVIVAL), "3 of 40 rows have no 'arm'"),
    "times below 0": (lambda d: km(d.assign(t=-d.t), **SURVIVAL), "40 of 40 rows"),
    "times without end": (lambda d: km(d.assign(t=np.inf), **SURVIVAL), "40 of 40 rows"),
    "durations": (lambda d: km(d.assign(t=pd.to_timedelta(d.t, unit="D")), **SURVIVAL), "not numbers"),
    "dates": (lambda d: baseline(d.assign(d=pd.Timestamp("2020-01-01")), by="arm"), "'d' holds dates"),
    "lists": (lambda d: baseline(d.assign(k=[[1]] * 40), by="arm"), "'k' holds values"),
    "two columns of one name": (lambda d: baseline(d.rename(columns={"age": "sex"}), by="arm"), "2 columns 'sex'"),
    "two columns of time": (lambda d: km(d.rename(columns={"age": "t"}), **SURVIVAL), "2 columns 't'"),
    "columns of several levels": (lambda d: baseline(pd.concat({"x": d}, axis=1)), "several levels"),
    "a column that is not there": (lambda d: km(d, time="t", event="ee"), "did you mean 'e'"),
    "a time alone": (lambda d: km(d, time="t"), "both 'time' and 'event'"),
    "no time": (km, "are not named"),
    "an endpoint of no study": (lambda d: km(d, "os", **SURVIVAL), "no endpoints of a study"),
    "an argument that is none": (lambda d: km(d, tme="t", event="e"), "does not take 'tme' .did you mean 'time'"),
    "no arms to compare": (lambda d: cohortbook.landmark(d, time="t", event="e"), "Without two arms"),
    "no response": (cohortbook.response, "column of best is not named"),
    "other responses": (lambda d: cohortbook.response(d.assign(b="good"), best="b"), "CR, PR, SD, PD, NE: good"),
    "grades that are none": (lambda d: cohortbook.safety(d.assign(i=range(40)), id="i", events=pd.DataFrame({"i": [1], "t": ["Rash"], "g": ["bad"]}), term="t", grade="g"), "'g' that is no number"),
    "patients twice": (lambda d: cohortbook.safety(d.assign(i=1), id="i", events=pd.DataFrame({"i": [1], "t": ["Rash"], "g": [1]}), term="t", grade="g"), "39 rows repeat"),
    "a response of a study": (lambda d: cohortbook.response(load_cohort(ROOT / "data" / "hcc-cxcl17")), "did not record tumour response"),
    "an unknown unit": (lambda d: km(d, **SURVIVAL, unit="fortnights"), "days, weeks, months or years"),
    "an unknown reference": (lambda d: cox(d, **SURVIVAL, covariates=["sex=q"]), "Levels: f, m"),
    "a constant": (lambda d: cox(d.assign(k="x"), **SURVIVAL, covariates=["k"]), "the same in all rows"),
    "nothing to model": (lambda d: cox(d, time="t", event="e"), "nothing to model"),
    "a column of no frame": (lambda d: km(d.t, **SURVIVAL), "neither a cohort nor a data frame"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_a_frame_that_cannot_be_used_is_refused_in_plain_words(people, what):
    verb, message = REFUSED[what]
    with pytest.raises(ParameterError, match=message):
        verb(people)


def test_a_cohort_keeps_the_columns_of_its_study_file(cohort):
    for given in ({"time": "os_months", "event": "os_event"}, {"by": "sex"}):
        with pytest.raises(CohortbookError, match="columns in the study file"):
            km(cohort, "os", **given)


# verbs whose results have other arguments than a cohort, or are told by a study of its own kind
ASKED_WITH = {
    "verdict": lambda c: cohortbook.verdict(
        c, cohortbook.adjusted_tests(c), [cohortbook.landmark(c, months=[2])]
    ),
    "tests_behind": lambda c: cohortbook.tests_behind(c, cohortbook.compare_with_print(c)),
    "print_findings": lambda c: cohortbook.print_findings(c, cohortbook.compare_with_print(c)),
    "imaging_cases": lambda c: cohortbook.imaging_cases(c)[0],
    "patient_course": lambda c: cohortbook.patient_course(c, 36),
    "swimmer": lambda c: cohortbook.swimmer(load_cohort(c.folder)),  # of two endpoints
    "competing_events": lambda _c: cohortbook.competing_events(_competing()),
    "missing_data": lambda _c: cohortbook.missing_data(_lacking()),
    "several_arms": lambda _c: cohortbook.several_arms(_three_arms()),
    "stratified": lambda c: cohortbook.stratified(c.with_study({"cox.strata": "ecog"})),
    "weighted_survival": lambda c: cohortbook.weighted_survival(
        c.with_study({"weighting": {"match": {}}})
    ),
    "response_duration": lambda c: cohortbook.response_duration(
        load_cohort(c.folder).with_study(
            {"response.duration": {"start": "response_start_months", "endpoint": "pfs"}}
        )
    ),
    "prognostic_model": lambda c: cohortbook.prognostic_model(
        c.with_study({"model": {"horizon": 12, "resamples": 20}})
    ),
}


@cache
def _competing():
    with tempfile.TemporaryDirectory() as folder:
        return load_cohort(gammopathy(Path(folder) / "study"))


THREE_ARMS = tempfile.TemporaryDirectory()


@cache
def _three_arms():
    # its files are read again, arm by arm
    return load_cohort(symptoms(Path(THREE_ARMS.name) / "study"))


@cache
def _lacking():
    with tempfile.TemporaryDirectory() as folder:
        study = gammopathy(Path(folder) / "study")
        table = pd.read_csv(study / "patients.csv")
        table.loc[::9, "hgb"] = np.nan
        table.to_csv(study / "patients.csv", index=False)
        return load_cohort(study).choose(endpoints=["dwm"], imputations=2)


NO_RESULTS = {"load_cohort", "start", "settings", "how"}


@pytest.fixture(scope="module")
def small(cohort):
    return cohort.choose(endpoints=["os"], covariates=["age", "sex"], resamples=100)


@pytest.mark.parametrize("name", [name for name in cohortbook.__all__ if name not in NO_RESULTS])
def test_every_result_has_four_doors(name, small):
    found = ASKED_WITH.get(name, getattr(cohortbook, name))(small)
    table, figure, told = found.table(), found.figure(), found.sentence()
    assert len(found.frame) and table.rows and all(table.columns) and table.caption
    returns = getattr(cohortbook, name).__doc__.split("\nReturns\n")[1]
    told_of = re.findall(r'analys[ei]s "(\w+)"', returns)
    assert set(told_of) <= set(found.frame.get("analysis", ()))
    assert figure.caption and figure.alt and len(figure.data)
    assert told.strip() and told.parts
    assert figure.made_from is table.made_from is found.cohort
    assert not re.search(r"\bnan\b|None|difference'|\bcrude\b,", table.text() + figure.alt)
    plt.close("all")


HELP = ("Doors: ", ">>> ", "Returns\n-------", "Raises\n------", "Source\n------")


@pytest.mark.parametrize("name", [name for name in cohortbook.__all__ if name not in NO_RESULTS])
def test_the_first_screen_of_a_verb_has_all_that_is_needed(name):
    verb = getattr(cohortbook, name)
    screen = "\n".join(verb.__doc__.splitlines()[:FIRST_SCREEN])
    assert [part for part in HELP if part not in screen] == []
    columns = inspect.signature(verb).parameters
    for role in columns:
        assert role == "data" or f"\n{role} : " in screen, role
    if "time" in columns:
        assert "1 (or True) = event, 0 (or False) = censored" in screen and "months" in screen
    # shapes: what a row of the frame is, or which statistics there are
    returns = screen.split("Returns\n")[1].split("Raises\n")[0]
    assert "`.frame`" in returns and re.search(r"one row an?|analys[ei]s \"|as of `", returns)
    assert len(screen.split("Source\n------\n")[1].strip()) > 3


def test_distributions_need_no_baseline_variables(cohort):
    """A study may describe nothing in its Table 1 and still have continuous variables to draw."""
    found = baseline(cohort.with_study({"baseline": []}))
    assert len(found.figure().data) and not found.table().rows
    plt.close("all")


def test_numbers_that_were_changed_by_hand_are_neither_shown_nor_said(cohort):
    found = km(cohort, "os")
    assert found.sentence() and found.table()
    found.frame["mine"] = 1
    assert found.sentence()
    kept = found.frame["estimate"].copy()
    found.frame.loc[:, "estimate"] = 1.0
    for door in (found.sentence, found.table, found.figure, found.refuse_edited):
        with pytest.raises(CohortbookError, match=r"\.frame of this result of km was changed"):
            door()
    found.frame["estimate"] = kept
    assert found.sentence()
    found.frames["curves"] = found.frames["curves"].head(1)
    with pytest.raises(CohortbookError, match=r"\.frames\['curves'\] of this result"):
        found.figure()

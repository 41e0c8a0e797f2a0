"""Arms made alike, in the report: against R, by invariances, and each choice wherever it shows."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import tiny
from edited import run
from reference_values import close, values
from sentence_reader import Reader

from cohortbook import load_cohort, weighted_survival, weighting
from cohortbook.display.methods.manuscript import study_values
from cohortbook.errors import CohortbookError, ParameterError, StudyError
from cohortbook.results import COLUMNS, one, pick, plain_number
from cohortbook.sections import SECTIONS, omission
from cohortbook.stats.matching import nearest_matches
from cohortbook.stats.propensity import treated_weights

ASKED = {"match": {"order": "largest"}, "standardise": True, "resamples": 100}
R = values("alike", "alike")
RATIO = ["estimate", "conf_low", "conf_high", "p_value"]
ARMS = ("A", "B")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny.lung(tmp_path_factory.mktemp("alike") / "study", weighting=ASKED)


@pytest.fixture(scope="module")
def cohort(folder):
    return load_cohort(folder)


@pytest.fixture(scope="module")
def found(cohort):
    return weighted_survival(cohort)


def ratio(frame, level, statistic="hr"):
    return one(frame, level=level, statistic=statistic, group="difference")[RATIO]


@pytest.mark.parametrize(
    ("estimand", "level"), [("overlap", "overlap"), ("ate", "inverse"), ("att", "treated")]
)
def test_weighted_results_against_r(cohort, estimand, level):
    frame = weighted_survival(cohort, estimand=estimand, standardise=False).frame
    close(ratio(frame, level), R[f"{level}_cox"])
    close(np.log(ratio(frame, level)["estimate"]), R[f"{level}_survey"][0])
    test = one(frame, level=level, statistic="logrank")
    close([test.estimate, test.p_value], R[f"{level}_logrank"])
    for arm, group in enumerate(ARMS):
        at = pick(frame, level=level, statistic="survival", group=group)
        close(at[["estimate", "conf_low", "conf_high"]].T / 100, R[f"{level}_km_{arm}"])
        size = one(frame, level=level, statistic="effective_n", group=group)
        close(size.estimate, R[f"{level}_size_{arm}"])


def test_pairs_against_r(found):
    close(one(found.frame, statistic="matched", group="B").estimate, R["pairs"])
    close(one(found.frame, statistic="matched", group="A").estimate, R["pairs"])
    close(ratio(found.frame, "matched"), R["pairs_cox"])
    close(ratio(found.frame, "matched", "hr_paired"), R["pairs_strata"])
    smd = pick(found.frame, statistic="smd", level="matched").set_index("term")["estimate"]
    close(smd[["age", "karno", "wt"]], R["pairs_smd"])


def test_weights_are_those_of_notebook_06(cohort, found):
    ours, theirs = found.frame, weighting(cohort.choose(resamples=100)).frame
    for level in ("unweighted", "overlap"):
        both = [pick(frame, statistic="smd", level=level)["estimate"] for frame in (ours, theirs)]
        close(*both)
    for name in ("estimate", "p_value"):
        close(ratio(ours, "overlap")[name], ratio(theirs, "overlap")[name])


def test_a_covariate_that_says_nothing_of_the_arm_weighs_everybody_alike(tmp_path):
    """Each arm has each age equally often: the score is one for all, weighted is unweighted."""
    path = tiny.lung(tmp_path / "even", weighting={"match": {}, "standardise": True})
    table = pd.read_csv(path / "patients.csv").head(120)
    table = table.assign(arm=["A", "B"] * 60, age=np.repeat(np.arange(60), 2))
    table.to_csv(path / "patients.csv", index=False)
    cohort = load_cohort(path).choose(covariates=["age"], standard_resamples=100)
    frame = weighted_survival(cohort).frame
    for name in ("estimate", "p_value"):
        want = one(frame, level="unweighted", statistic="logrank")[name]
        assert want > 0
    for statistic in ("survival", "effective_n"):
        plain, weighted = (
            pick(frame, level=level, statistic=statistic)["estimate"]
            for level in ("unweighted", "overlap")
        )
        close(weighted, plain)
    close(ratio(frame, "overlap")["estimate"], ratio(frame, "unweighted")["estimate"])
    # everybody is matched, so the pairs are the cohort
    close(ratio(frame, "matched")["estimate"], ratio(frame, "unweighted")["estimate"])


def test_numbers_below_the_curves_and_ends_of_pairs(cohort, found):
    figure = found.figure()
    assert list(dict.fromkeys(figure.data["panel"])) == ["A", "B", "C"]
    start = figure.data[figure.data["time"] == 0].groupby(["panel", "group"])["n_risk"].first()
    sizes = cohort.patients["arm"].value_counts()
    assert start["A", "A"] == pytest.approx(sizes["A"])
    assert start["B", "A"] == start["B", "B"] == R["pairs"][0]
    assert start["C"].isna().all()
    known = pick(found.frame, level="standardised", statistic="difference")
    assert (
        (known["conf_low"] < known["estimate"]) & (known["estimate"] < known["conf_high"])
    ).all()


def test_pairs_with_an_unknown_outcome_are_left_out_as_pairs():
    score, treated = np.array([0.1, 0.2, 0.5, 0.6]), np.array([0, 1, 0, 1])
    found = nearest_matches(score, treated)
    kept = found.among([True, True, False, True])
    assert found.treated.tolist() == [1, 3] and kept.treated.tolist() == [1]
    assert kept.set.tolist() == [0, 0, -1, -1] and kept.unmatched.tolist() == [3]
    assert kept.weights.tolist() == [1, 1, 0, 0]
    assert treated_weights(treated, [0.2, 0.5, 0.5, 0.9]).tolist() == [0.25, 1, 1, 1]


def test_sentences_are_read_back(cohort, found):
    rows = [{name: plain_number(row[name]) for name in COLUMNS}
            for row in found.frame.to_dict("records")]  # fmt: skip
    reader = Reader.of_study(rows, cohort.study)
    for part, text in found.sentence().parts.items():
        assert text and reader.problems(text) == [], part
    digit = re.compile(r"\d(?=\D*$)")
    for text in found.sentence().parts.values():
        other = digit.sub(lambda at: str((int(at[0]) + 1) % 10), text)
        assert reader.problems(other) != []


def test_it_is_shown_where_asked_for_and_only_there(cohort, folder):
    assert omission(cohort, "weighted") is None
    plain = cohort.with_study({"weighting": None})
    assert omission(plain, "weighted") == ""
    assert study_values(plain)["weighted_methods"] == ""
    with pytest.raises(ParameterError, match="nothing to work with"):
        weighted_survival(plain)
    with pytest.raises(ParameterError, match="has no 'weighting'"):
        plain.choose(estimand="ate")
    with pytest.raises(ParameterError, match="asks for no 'match'"):
        cohort.with_study({"weighting": {}}).choose(caliper=0.1)
    with pytest.raises(StudyError, match="there are none"):
        cohort.with_study({"cox.covariates": []})
    assert cohort.choose(covariates=[]).study.weighting is None
    assert "draft" in omission(cohort.with_study({"draft": True}), "weighted")
    hidden = cohort.with_study({"privacy.smallest_count": 5})
    assert "withheld" in omission(hidden, "weighted")
    with pytest.raises(CohortbookError):
        weighted_survival(hidden)
    assert {name for name in SECTIONS if "weighted" in name} == {
        "weighted", "weighted_shown", "weighted_each", "sources_weighted",
    }  # fmt: skip


def test_only_the_endpoints_that_are_named_are_compared_so(cohort):
    os = cohort.said["endpoints"]["os"]
    ends = {"os": os, "late": os | {"short": "LS", "label": "Late survival"}}
    both = cohort.with_study({"endpoints": ends, "weighting": {"match": {}}})
    every = weighted_survival(both)
    assert set(every.frames["curves"]["endpoint"]) == {"os", "late"}
    late = both.with_study({"weighting": {"match": {}, "endpoints": ["late"]}})
    found = weighted_survival(late)
    named = every.frame[every.frame["endpoint"] != "os"].reset_index(drop=True)
    pd.testing.assert_frame_equal(found.frame, named)
    assert set(found.frames["curves"]["endpoint"]) == {"late"}
    assert "Late survival" in found.table().text()
    assert "Overall survival" not in found.table().text()
    assert "Cox models of late survival have" in study_values(late)["weighted_methods"]
    assert len(found.figure().data)
    with pytest.raises(ParameterError, match="not asked of the endpoint 'os'"):
        found.figure(endpoint="os")
    with pytest.raises(StudyError, match=r"weighting.endpoints: no endpoint 'lat' .*'late'"):
        both.with_study({"weighting": {"endpoints": ["lat"]}})
    assert late.choose(endpoints=["os"]).study.weighting is None
    assert late.choose(endpoints=["late"]).study.weighted_endpoints == ["late"]


def test_arms_that_cannot_be_made_alike_say_so(tmp_path):
    path = tiny.lung(tmp_path / "apart", weighting=ASKED)
    table = pd.read_csv(path / "patients.csv")
    table["age"] = np.where(table["arm"] == "B", 80, 40) + np.arange(len(table)) % 7
    table.to_csv(path / "patients.csv", index=False)
    found = weighted_survival(load_cohort(path).choose(covariates=["age"], standardise=False))
    hr = pick(found.frame, statistic="hr").set_index("level")
    assert hr.loc[["overlap", "matched"], "estimate"].isna().all()
    assert "separate the arms" in hr.loc["overlap", "note"]
    assert "could not be estimated with overlap weights" in found.sentence()
    assert "No pairs were made" in found.sentence()
    assert "nan" not in found.table().text() + found.figure(kind="balance").alt
    none = weighted_survival(load_cohort(path).choose(covariates=["karno"], caliper=0.000001))
    assert len(none.figure().data)


MODEL = {"weighted_survival.csv", "tbl-alike", "fig-alike-os"}
EACH = MODEL | {"say: effects", "fig-balance-alike", "say: balance"}
PAIRS = EACH | {"say: matched"}
CHOICES = {
    "covariates": (["karno"], PAIRS | {"say: standardised"}),
    "cut_points": ("old = 60", PAIRS - {"say: balance"} | {"say: standardised"}),
    "estimand": ("ate", EACH), "match_method": ("optimal", PAIRS), "caliper": (0.02, PAIRS),
    "match_order": ("closest", PAIRS),
    "match_ratio": (2, PAIRS), "standardise": (False, MODEL | {"say: standardised"}),
    "standard_resamples": (150, MODEL | {"say: standardised"}),
    "seed": (5, MODEL | {"say: standardised"}), "ties": ("breslow", MODEL | {"say: effects"}),
    "conf_level": (0.9, MODEL | {"say: effects", "say: standardised"}),
    "conf_type": ("plain", MODEL), "milestones": ([200], MODEL | {"say: standardised"}),
    "risk_times": ([0, 500], {"fig-alike-os"}),
    "colours": (["#00AA00", "#AA00AA"], {"fig-alike-os"}),
    "endpoints": (["os"], set()),
}  # fmt: skip


@pytest.fixture(scope="module")
def before(folder):
    path = folder.parent / "chosen"
    tiny.lung(path, weighting=ASKED, cox={"covariates": [
        {"variable": "old"}, {"variable": "karno"}, {"variable": "wt"}]})  # fmt: skip
    return path, run("12", study=path)


@pytest.mark.parametrize("name", CHOICES)
def test_every_choice_of_the_notebook_changes_what_rests_on_it(before, name):
    path, plain = before
    value, wanted = CHOICES[name]
    after = run("12", study=path, **{name: value})
    assert not plain.error + after.error
    differs = after.differs(plain)
    parts = {
        part if part.startswith("say") else part.split()[0]
        for part in differs
        if not part.startswith(("methods", "omitted"))
    }
    assert parts == wanted
    told = "methods: weighted_methods" in differs
    assert told == (name in {"covariates", "estimand", "match_method", "match_order", "caliper",
                             "match_ratio", "standardise", "standard_resamples"})  # fmt: skip

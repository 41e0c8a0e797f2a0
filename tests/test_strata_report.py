"""Strata and clusters in the report: against R, by invariances, and wherever they are said."""

from __future__ import annotations

import pandas as pd
import pytest
import tiny
from edited import run
from reference_values import close, values
from sentence_reader import Reader

from cohortbook import cox, km, load_cohort, stratified
from cohortbook.display.methods.manuscript import study_values
from cohortbook.errors import CohortbookError, ParameterError, StudyError
from cohortbook.results import COLUMNS, one, pick, plain_number
from cohortbook.sections import omission

R = values("alike", "alike")
RATIO = ["estimate", "conf_low", "conf_high", "p_value"]
COX = {"covariates": [{"variable": "age"}, {"variable": "karno"}], "strata": "ecog",
       "cluster": "centre"}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny.lung(tmp_path_factory.mktemp("strata") / "study", cox=COX)


@pytest.fixture(scope="module")
def cohort(folder):
    return load_cohort(folder)


@pytest.mark.parametrize("term", ["crude", "adjusted"])
def test_strata_and_clusters_against_r(cohort, term):
    frame = stratified(cohort, adjusted=term == "adjusted").frame
    for level, name in (("strata", "strata"), ("clusters", "cluster")):
        found = one(frame, level=level, statistic="hr")
        assert found.term == term
        close(found[RATIO], R[f"{name}_{term}"])
        if term == "crude":
            test = one(frame, level=level, statistic="logrank")
            close([test.estimate, test.p_value], R[f"{name}_logrank"])
    groups = pick(frame, statistic="groups").set_index("level")["estimate"]
    assert groups.to_dict() == {
        "strata": 3, "clusters": cohort.patients["centre"].nunique()
    }  # fmt: skip
    assert "only 18 clusters" in one(frame, level="clusters", statistic="hr").note


def test_one_stratum_is_none_and_each_alone_is_the_robust_variance(tmp_path):
    from cohortbook.stats.cox import cox_fit

    path = tiny.lung(tmp_path / "one")
    table = pd.read_csv(path / "patients.csv").assign(ecog="none").head(40)
    table["centre"] = [f"C{number:02}" for number in range(40)]
    table.to_csv(path / "patients.csv", index=False)
    levels = [{"code": code} for code in table["centre"]]
    tiny.edit(path, lambda raw: raw["variables"]["centre"].update(levels=levels))
    cohort = load_cohort(path).with_study({"cox.strata": "ecog", "cox.cluster": "centre"})
    frame, usual = stratified(cohort).frame, km(cohort).frame
    for statistic in ("hr", "logrank"):
        ours = one(frame, level="strata", statistic=statistic)
        theirs = one(usual, statistic=statistic, group="difference")
        close(ours[RATIO].astype(float), theirs[RATIO].astype(float))
    adjusted = stratified(cohort, adjusted=True).frame
    usual = pick(cox(cohort).frame, analysis="cox_multivariable", statistic="hr", term="arm")
    ours, theirs = one(adjusted, level="strata", statistic="hr"), one(usual, level="B")
    close(ours[RATIO].astype(float), theirs[RATIO].astype(float))
    treated = (table["arm"] == "B").to_numpy(float)
    robust = cox_fit(table["time"], table["event"], treated, robust=True, ties="efron")
    ours = one(frame, level="clusters", statistic="hr")
    close(ours[RATIO], [robust.hr[0], robust.conf_low[0], robust.conf_high[0], robust.p[0]])


def test_strata_of_one_arm_are_told_and_unknown_strata_left_out(tmp_path):
    path = tiny.lung(tmp_path / "gaps", cox=COX | {"cluster": None})
    table = pd.read_csv(path / "patients.csv")
    table = table[~((table["ecog"] == "many") & (table["arm"] == "B"))]
    table.loc[table.index[:7], "ecog"] = None
    table.to_csv(path / "patients.csv", index=False)
    found = stratified(load_cohort(path))
    hr = one(found.frame, statistic="hr")
    assert "1 of 3 strata has one arm only" in hr.note
    assert hr.n == table["ecog"].notna().sum()
    assert "1 of 3 strata has one arm only" in found.sentence()


def test_it_is_left_out_or_refused_where_it_cannot_be(cohort):
    assert omission(cohort, "strata") is None and omission(cohort, "strata_adjusted") is None
    plain = cohort.with_study({"cox.strata": None, "cox.cluster": None})
    assert omission(plain, "strata") == omission(plain, "strata_adjusted") == ""
    with pytest.raises(ParameterError, match="nothing to work with"):
        stratified(plain)
    told = [study_values(one)["survival_methods"] for one in (cohort, plain)]
    assert "within strata of symptoms" in told[0] and "by centre (clusters)" in told[0]
    assert "strata" not in told[1] and told[0].startswith(told[1])
    for key in ("strata", "cluster"):
        with pytest.raises(StudyError, match=f"cox.{key}: 'age' is continuous"):
            cohort.with_study({f"cox.{key}": "age"})
        with pytest.raises(StudyError, match=f"cox.{key}: no variable 'center'"):
            cohort.with_study({f"cox.{key}": "center"})
    with pytest.raises(ParameterError, match="categorical variable of the study"):
        cohort.choose(strata="age")
    with pytest.raises(CohortbookError):
        stratified(cohort.with_study({"privacy.smallest_count": 5}))


def test_sentences_are_read_back(cohort):
    for adjusted in (False, True):
        found = stratified(cohort, adjusted=adjusted)
        rows = [{name: plain_number(row[name]) for name in COLUMNS}
                for row in found.frame.to_dict("records")]  # fmt: skip
        reader, text = Reader.of_study(rows, cohort.study), str(found.sentence())
        assert text.count("hazard ratio") == 2 and reader.problems(text) == []
        for old, new in (("0.", "0.9"), ("Women", "Men"), ("three strata", "two strata")):
            assert reader.problems(text.replace(old, new, 1)) != []


BESIDE = {
    "03": {"stratified.csv", "tbl-stratified", "say: stratified", "methods: survival_methods"},
    "04": {"stratified.csv", "tbl-stratified-os", "say: stratified_os", "methods: cox_methods"},
}


@pytest.mark.parametrize("number", BESIDE)
def test_every_choice_of_the_notebooks_changes_what_rests_on_it(folder, number):
    given = {"endpoint": "os"} if number == "04" else {}
    before = run(number, study=folder, **given)
    assert not before.error
    for name, value in {"strata": "old", "cluster": "ecog"}.items():
        after = run(number, study=folder, **given, **{name: value})
        assert not after.error
        parts = {part if part.startswith(("say", "methods")) else part.split()[0]
                 for part in after.differs(before)} - {"omitted"}  # fmt: skip
        assert parts == BESIDE[number], name
        assert len(after.deviations) == len(before.deviations) + 1

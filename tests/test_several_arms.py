"""Three and four arms: against R, in every door, and out of the comparison of the two."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tiny
from edited import run
from reference_values import close, values
from sentence_reader import Reader

from cohortbook import km, load_cohort, several_arms
from cohortbook.analysis import several_arms as of_arms
from cohortbook.analysis.cox import NO_REFERENCE
from cohortbook.display.methods.manuscript import study_values
from cohortbook.errors import CohortbookError, ParameterError, StudyError
from cohortbook.results import COLUMNS, one, pick, plain_number
from cohortbook.sections import omission

R = values("alike", "alike")
MANY = tiny.MANY_SYMPTOMS
study = tiny.symptoms


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return study(tmp_path_factory.mktemp("arms") / "study")


@pytest.fixture(scope="module")
def cohort(folder):
    return load_cohort(folder)


@pytest.fixture(scope="module")
def found(cohort):
    return several_arms(cohort)


def test_three_arms_against_r(cohort, found):
    test = one(found.frame, statistic="global")
    close([test.estimate, test.p_value], R["arms_logrank"])
    pairs = pick(found.frame, statistic="pair")
    assert pairs[["group", "level"]].values.tolist() == [
        ["none", "some"], ["none", "many"], ["some", "many"],
    ]  # fmt: skip
    close(pairs["p_value"], R["arms_pairs"])
    for how, theirs in (("holm", "_holm"), ("benjamini-hochberg", "_BH"), ("none", "")):
        frame = several_arms(cohort, p_adjustment=how).frame
        close(pick(frame, statistic="pair_adjusted")["p_value"], R[f"arms_pairs{theirs}"])
    for term in ("crude", "adjusted"):
        frame = several_arms(cohort, adjusted=term == "adjusted").frame
        ratios = pick(frame, statistic="hr")
        close(ratios[["estimate", "conf_low", "conf_high"]], R[f"arms_cox_{term}"])
        close(ratios["p_value"], R[f"arms_p_{term}"])


def test_the_report_of_two_arms_has_none_of_the_others(cohort, found):
    counts = pd.read_csv(cohort.folder / "patients.csv")["ecog"].value_counts()
    assert set(cohort.patients["arm"]) == {"none", "some"}
    sizes = pick(found.frame, statistic="events").set_index("group")["n"]
    assert sizes.to_dict() == counts.astype(float).to_dict()
    box = [box for box in cohort.study.flow.excluded if box.label == "Other arm: Many symptoms"]
    assert [one.n for one in box] == [counts["many"]]
    # two arms of a pair are those of the report
    usual = one(km(cohort).frame, statistic="logrank", group="difference")
    pair = one(found.frame, statistic="pair", group="none", level="some")
    assert pair.p_value == pytest.approx(usual.p_value)


def test_curves_have_every_arm_in_its_colour(cohort, found):
    figure = found.figure()
    assert list(dict.fromkeys(figure.data["group"])) == ["none", "some", "many"]
    together = cohort.of_all_arms
    start = figure.data[figure.data["time"] == 0].set_index("group")["n_risk"]
    for code, own in together.patients.groupby("arm", observed=True):
        assert start[code] == len(own)
    assert "all three arms" in figure.caption and "Many symptoms" in figure.alt
    rows = [[getattr(cell, "text", cell) for cell in row.cells] for row in found.table().rows]
    assert [row[0] for row in rows[1:]] == [
        "No symptoms", "Some symptoms", "Many symptoms", "All arms",
        "Some symptoms and No symptoms", "Many symptoms and No symptoms",
        "Many symptoms and Some symptoms",
    ]  # fmt: skip


def test_cut_points_at_a_median_are_those_of_the_two_arms(tmp_path):
    path = study(tmp_path / "median")
    tiny.edit(path, lambda raw: raw["variables"]["old"].update(at=["median"]))
    table = pd.read_csv(path / "patients.csv")
    table.loc[table["ecog"] == "many", "age"] += 20
    table.to_csv(path / "patients.csv", index=False)
    cohort = load_cohort(path)
    together = cohort.of_all_arms.patients
    cut = cohort.patients["age"].median()
    assert together["age"].median() != cut
    first, second = cohort.study.levels("old")
    assert ((together["age"] >= cut) == (together["old"] == second)).all() and first != second


def test_four_arms_and_none_of_nobody(tmp_path):
    path = study(tmp_path / "four", further_arms=[
        MANY, {"code": "more", "label": "More", "color": "#7B1FA2"}])  # fmt: skip
    table = pd.read_csv(path / "patients.csv")
    table.loc[table.index % 5 == 0, "ecog"] = "more"
    table.to_csv(path / "patients.csv", index=False)
    found = several_arms(load_cohort(path))
    assert len(pick(found.frame, statistic="pair")) == 6  # of the four who are there
    hr = pick(found.frame, statistic="hr").set_index("level")
    assert hr.loc[["some", "many", "more"], "estimate"].notna().all()
    gone = {"further_arms": [{"code": "gone", "label": "Gone", "color": "#555555"}]}
    with pytest.raises(StudyError, match="at least one patient in arm 'gone'"):
        load_cohort(path).with_study(gone | {"other_arms": "exclude"})
    assert "nan" not in found.table().text() + found.figure().alt


def test_arms_are_not_held_against_a_reference_arm_that_has_nobody_in_the_model(cohort):
    every = cohort.of_all_arms
    patients = every.patients.copy()
    patients.loc[patients["arm"] == "none", "age"] = np.nan
    found = of_arms.several_arms(replace(every, patients=patients), "os", "adjusted")
    assert found["estimate"].isna().all()
    assert (found["note"] == NO_REFERENCE).all()


def test_what_cannot_be_is_refused(cohort):
    assert omission(cohort, "several_arms") is None
    plain = cohort.with_study({"further_arms": [], "other_arms": "exclude"})
    assert omission(plain, "several_arms") == omission(plain, "several_arms_adjusted") == ""
    with pytest.raises(ParameterError, match="nothing to work with"):
        several_arms(plain)
    told = [study_values(one)["survival_methods"] for one in (cohort, plain)]
    assert "adjusted by Holm's method" in told[0] and told[0].startswith(told[1])
    with pytest.raises(StudyError, match="the color of 'many' is that of another"):
        cohort.with_study({"further_arms": [MANY | {"color": "#C8372D"}]})
    with pytest.raises(StudyError, match="further_arms"):
        arms = [arm.model_dump() for arm in cohort.study.arms]
        cohort.with_study({"arms": [*arms, MANY], "further_arms": []})
    with pytest.raises(CohortbookError):
        several_arms(cohort.with_study({"privacy.smallest_count": 5}))


def test_what_is_wrong_with_patients_of_further_arms_is_told_with_the_rest(tmp_path):
    path = study(tmp_path / "wrong")
    table = pd.read_csv(path / "patients.csv", dtype=object)
    first = table.index[table["ecog"] == "many"][0]
    table.loc[first, "event"] = "7"
    table.to_csv(path / "patients.csv", index=False)
    with pytest.raises(StudyError) as told:
        load_cohort(path)
    assert [problem.row for problem in told.value.problems] == [first + 2]


def test_sentences_are_read_back(cohort):
    for adjusted in (False, True):
        found = several_arms(cohort, adjusted=adjusted)
        rows = [{name: plain_number(row[name]) for name in COLUMNS}
                for row in found.frame.to_dict("records")]  # fmt: skip
        reader, text = Reader.of_study(rows, cohort.of_all_arms.study), str(found.sentence())
        assert reader.problems(text) == []
        for old, new in (("0", "1"), ("Many", "More"), ("hazard ratio for", "hazard for")):
            assert reader.problems(text.replace(old, new, 1)) != []


def test_every_choice_of_the_notebook_changes_what_rests_on_it(folder):
    before, after = run("03", study=folder), run("03", study=folder, p_adjustment="none")
    assert not before.error + after.error
    parts = {part if part.startswith(("say", "methods")) else part.split()[0]
             for part in after.differs(before)} - {"omitted"}  # fmt: skip
    assert {"several_arms.csv", "tbl-all-arms", "say: all_arms"} <= parts
    assert parts <= {"several_arms.csv", "tbl-all-arms", "say: all_arms",
                     "methods: survival_methods", "methods: families_methods"}  # fmt: skip
    assert {"fig-all-arms-os caption", "say: all_arms"} <= set(before.parts)

"""The study file: every problem at once, each with its place and the nearest known key."""

import re
import shutil
from pathlib import Path

import pytest
from tiny import edit

from cohortbook.cohort.cohort import load_cohort
from cohortbook.errors import CohortbookError, StudyError
from cohortbook.study.study import load_study

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(DATA / "wei2026", tmp_path / "study")
    return tmp_path / "study"


@pytest.mark.parametrize("name", ["wei2026", "hcc-cxcl17"])
def test_shipped_studies_load_without_warnings(name):
    assert load_cohort(DATA / name).warnings == ()


def test_unknown_key_names_the_nearest(folder):
    edit(folder, lambda raw: raw.update(endpoint=raw.pop("endpoints")))
    with pytest.raises(StudyError, match="did you mean 'endpoints'"):
        load_study(folder)


def test_an_entry_of_one_endpoint_is_sent_to_the_study_and_not_taken_for_a_misspelling(folder):
    edit(folder, lambda raw: raw["endpoints"]["os"].update(entry="entry_months"))
    with pytest.raises(StudyError, match=r"beside the endpoints: entry: \{column: NAME\}") as error:
        load_study(folder)
    assert "did you mean" not in str(error.value)


def test_all_problems_of_the_file_come_at_once(folder):
    def damage(raw):
        raw["arms"][0]["color"] = "blue"
        raw["statistics"]["alpha"] = 2
        raw["texts"]["titel"] = "x"

    edit(folder, damage)
    with pytest.raises(StudyError) as error:
        load_study(folder)
    places = {problem.column for problem in error.value.problems}
    assert places == {"arms.0.color", "statistics.alpha", "texts.titel"}


def test_what_a_key_must_be_is_said_in_plain_words(folder):
    def damage(raw):
        raw["texts"]["title"] = ["x"]
        raw["arms"][0]["color"] = "blue"
        raw["endpoints"]["os"]["unit"] = "day"
        raw["endpoints"]["Second"] = raw["endpoints"]["os"]
        raw["reference_arm"] = ""
        raw["statistics"] |= {"alpha": "two", "days_per_month": "0"}
        raw["cutoff"], raw["synthetic"], raw["subgroups"] = "soon", "maybe", "all"
        del raw["arms"][0]["label"]

    edit(folder, damage)
    with pytest.raises(StudyError) as error:
        load_study(folder)
    said = {problem.column: problem.expected for problem in error.value.problems}
    assert said["texts.title"] == "a text"
    assert said["arms.0.color"] == "a colour such as #2F6DB5"
    assert said["endpoints.os.unit"] == "'days', 'weeks', 'months' or 'years'"
    assert said["endpoints.Second"] == "small letters, digits and _, a letter first"
    assert said["statistics.alpha"] == "a number"
    assert said["cutoff"] == "a date such as 2025-06-30"
    assert (said["synthetic"], said["subgroups"]) == ("true or false", "a list")
    assert said["arms.0.label"] == "this key"
    for word in ("Input should", "String should", "Field required", "unable to"):
        assert word not in str(error.value)


def test_names_that_refer_to_nothing_are_named(folder):
    edit(folder, lambda raw: raw["baseline"].append({"variable": "agee"}))
    with pytest.raises(StudyError, match="no variable 'agee' \\(did you mean 'age'"):
        load_study(folder)


def test_three_arms_are_refused(folder):
    edit(folder, lambda raw: raw["arms"].append({"code": "x", "label": "x", "color": "#000000"}))
    with pytest.raises(StudyError, match="arms"):
        load_study(folder)


def test_broken_yaml_names_the_line(folder):
    (folder / "study.yml").write_text("texts:\n  title: [", encoding="utf-8")
    with pytest.raises(StudyError, match=r"row 3|row 2"):
        load_study(folder)


def test_folder_without_a_study_file(tmp_path):
    with pytest.raises(CohortbookError, match="Name a study folder"):
        load_study(tmp_path)


def test_preset_fills_what_is_not_given(folder):
    assert load_study(folder).statistics.ties == "breslow"
    edit(folder, lambda raw: raw.update(statistics={"preset": "r", "ties": "breslow"}))
    settings = load_study(folder).statistics
    assert (settings.ties, settings.conf_type, settings.quartiles) == ("breslow", "log", "type 7")


def test_tables_outside_the_folder_are_refused(folder):
    edit(folder, lambda raw: raw["tables"].update(patients="../patients.csv"))
    with pytest.raises(StudyError, match="inside the study folder"):
        load_cohort(folder)


def test_a_label_that_no_table_could_hold_is_cut(folder):
    edit(folder, lambda raw: raw["arms"][0].update(label="long " * 2000))
    label = load_study(folder).arms[0].label
    assert len(label) <= 160
    assert "…" in label and label.startswith("long long") and label.rstrip().endswith("long")


@pytest.mark.parametrize(("preset", "good"), [(None, True), ([], False), (["r"], False)])
def test_a_preset_that_is_no_word_is_the_default_or_a_problem(folder, preset, good):
    edit(folder, lambda raw: raw.update(statistics={"preset": preset}))
    if good:
        assert load_study(folder).statistics.ties == "efron"
        return
    with pytest.raises(StudyError, match=r"statistics\.preset"):
        load_study(folder)


def test_a_column_without_a_name_is_a_problem(folder):
    edit(folder, lambda raw: raw["adverse_events"].update(term=""))
    with pytest.raises(StudyError, match=r"adverse_events\.term"):
        load_study(folder)


def test_units_of_a_ratio_are_for_continuous_covariates(folder):
    def change(raw):
        raw["cox"]["covariates"][0]["per"] = 10
        raw["cox"]["covariates"][1]["per"] = 10

    edit(folder, change)
    with pytest.raises(StudyError) as error:
        load_study(folder)
    assert "cox.covariates[1]: 'per' is for continuous variables, not sex" in str(error.value)
    assert "covariates[0]" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda raw: raw["variables"].update(
                old={
                    "label": "Old",
                    "kind": "categorical",
                    "cut": "age",
                    "at": [70, 50],
                    "levels": [{"code": c} for c in "abc"],
                }
            ),
            "cut-points do not rise",
        ),
        (
            lambda raw: raw["variables"].update(
                old={
                    "label": "Old",
                    "kind": "categorical",
                    "cut": "sex",
                    "at": ["median"],
                    "levels": [{"code": c} for c in "ab"],
                }
            ),
            "'sex' is not a continuous variable",
        ),
        (
            lambda raw: raw["variables"]["age"].update(
                cut="age", at=[1], levels=[{"code": "a"}, {"code": "b"}]
            ),
            "has neither levels nor 'cut'",
        ),
        (
            lambda raw: raw["variables"].update(os_time={"label": "T", "kind": "continuous"}),
            "this name is that of the time of OS",
        ),
        (lambda raw: raw["swimmer"].update(progression_time="ttp"), "no endpoint 'ttp'"),
        (lambda raw: raw["adverse_events"].update(procedure_arm="X"), "'X' is not one of"),
        (lambda raw: raw["adverse_events"].update(highest_grade=2), "is below 'severe_grade'"),
        (
            lambda raw: raw["adverse_events"]["windows"][0].update(until=-1),
            "not later than 'after'",
        ),
        (lambda raw: raw["baseline"].append({"variable": "age"}), "baseline: 'age' stands twice"),
        (lambda raw: raw["subgroups"][0].update(name="all"), "'all' stands for two things"),
        (
            lambda raw: raw["endpoints"]["pfs"].update(label=raw["endpoints"]["os"]["label"]),
            "'Overall survival' stands twice",
        ),
        (lambda raw: raw["arms"][1].update(label=raw["arms"][0]["label"]), "the same label"),
        (lambda raw: raw["response"].update(missing_is="XX"), "'XX' is not one of the categories"),
        (lambda raw: raw["endpoints"]["os"].update(milestones=[-6]), "greater than 0"),
        (lambda raw: raw["response"].update(shrinkage="nan"), "finite number"),
        (lambda raw: raw["columns"].update(arm="age"), "is not a level of the variable age"),
    ],
)
def test_keys_that_do_not_agree_are_named_and_never_a_wrong_result(folder, change, said):
    edit(folder, change)
    with pytest.raises(StudyError, match=re.escape(said)):
        load_study(folder)


def test_a_median_that_is_not_in_its_place_among_the_cut_points_is_a_problem(folder):
    edit(
        folder,
        lambda raw: raw["variables"].update(
            old={
                "label": "Old",
                "kind": "categorical",
                "cut": "age",
                "at": ["median", 20],
                "levels": [{"code": c} for c in "abc"],
            }
        ),
    )
    with pytest.raises(StudyError, match=r"variables\.old\.at: found .*, 20; expected cut-points"):
        load_cohort(folder)


def test_one_grade_that_is_called_severe_is_not_a_range(folder):
    spec = load_study(folder).adverse_events
    assert spec.severe_grades("–") == "grade 3–4"
    assert spec.model_copy(update={"highest_grade": 3}).severe_grades() == "grade 3"

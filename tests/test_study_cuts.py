"""Labels of levels that are cut from a number: each oracle is the level's own interval."""

import pytest
import yaml
from tiny import study_folder

from cohortbook.analysis.baseline import baseline
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.tables.baseline import baseline_table
from cohortbook.errors import StudyError
from cohortbook.study.cuts import bounds_of, contradicts, default_levels, names_numbers
from cohortbook.study.study import study_of
from cohortbook.sweep.grid import Point
from cohortbook.sweep.variant import check_points, write_variant

FITTING = [
    ([400], "upper", ["<400", ">=400"]),
    ([400], "upper", ["<400 ng/ml", "≥ 400 ng/ml"]),
    ([65], "upper", ["≤64", ">64"]),  # of whole numbers these say the same
    ([65], "upper", ["under 65", "65 and older"]),
    ([65], "upper", ["<65", "65+"]),
    ([65], "upper", ["up to 64 years", "65 years or older"]),
    ([20], "lower", ["<=20", ">20"]),
    ([2], "upper", ["1", "2–3"]),
    ([20, 40], "upper", ["0–19", "20–39", "40–80"]),
    ([20, 40], "upper", ["<20", "20 to <40", "≥40"]),
    ([20, 40], "lower", ["≤20", ">20–40", ">40"]),
    ([20, 40], "lower", ["0-20", "21-40", "41-"]),
    ([1.5], "upper", ["<1,5", "≥1,5"]),
    ([1000], "upper", ["<1,000", "≥1,000"]),
    ([100], "upper", ["<100 ×10^9/l", "≥100 ×10^9/l"]),
    ([-30], "upper", ["<-30", "≥−30"]),
    ([400], "upper", ["Low", "High"]),
    ([400], "upper", ["Type (1)", "Child-Pugh B7 or 8"]),
    ([400], "upper", ["T1", "T2"]),
    ([400], "upper", ["Group 1", "Group 2"]),
]
CONTRADICTING = [
    ([200], "upper", ["<400", ">=400"]),
    ([65], "upper", ["≤65", ">65"]),
    ([65], "upper", ["≥65", "<65"]),
    ([3], "upper", ["1", "2–3"]),
    ([60], "upper", ["under 65", "65 and older"]),
    ([60], "upper", ["<65", "65+"]),
    ([200], "upper", ["low (<400)", "high (400 or more)"]),
    ([20], "upper", ["<=20", ">20"]),
    ([25, 40], "upper", ["0–19", "20–39"]),
]


@pytest.mark.parametrize(("points", "side", "texts"), FITTING)
def test_labels_that_name_their_own_bounds_fit(points, side, texts):
    assert not any(map(contradicts, texts, bounds_of(points, side)))


@pytest.mark.parametrize(("points", "side", "texts"), CONTRADICTING)
def test_labels_that_name_other_bounds_contradict(points, side, texts):
    assert all(map(contradicts, texts, bounds_of(points, side)))


@pytest.mark.parametrize("side", ["upper", "lower"])
@pytest.mark.parametrize("points", [[400], [20, 40], [0.5, 1.25, 7], [-3, 3]])
def test_labels_made_from_cut_points_fit_them(points, side):
    levels = default_levels(points, side)
    for key in ("code", "label"):
        texts = [level[key] for level in levels]
        assert not any(map(contradicts, texts, bounds_of(points, side)))
        assert all(map(names_numbers, texts))


def test_the_median_is_named_as_far_as_a_label_goes():
    low, high = bounds_of([12.34], "upper", computed=True)
    assert not contradicts("<12.3", low)
    assert not contradicts("≥12.34", high)
    assert not contradicts("≥12", high)
    assert contradicts("<12.4", low)
    assert contradicts("<12.3", bounds_of([12.34], "upper")[0])  # not a median: exact


@pytest.mark.parametrize(
    ("point", "computed", "text"),
    [
        (46.43972, True, "<46.44"),
        (123456.5, True, "<123456"),
        (0.012346, True, "<0.01235"),
        (1234567.25, False, "<1234567.25"),
        (0, True, "<0"),
        (-2.5, False, "<−2.5"),
    ],
)
def test_a_cut_point_is_printed_as_it_is_given_and_a_median_to_four_digits(point, computed, text):
    assert str(bounds_of([point], "upper", computed)[0]) == text


def study(**variable):
    raw = yaml.safe_load(STUDY)
    raw["variables"]["old"] |= variable
    return raw


STUDY = """\
texts: {title: Cut}
arms: [{code: A, label: Arm A, color: "#112233"}, {code: B, label: Arm B, color: "#445566"}]
reference_arm: A
variables:
  age: {label: Age, kind: continuous, unit: years}
  old: {label: Age group, kind: categorical, unit: years, cut: age, at: [65],
        levels: [{code: "<65"}, {code: ">=65", label: "≥65"}]}
baseline: [{variable: old}]
subgroups: [{name: elderly, label: Age ≥65 years, variable: old, level: ">=65"}]
cox: {covariates: [{variable: old, reference: ">=65"}]}
endpoints:
  os: {label: Overall survival, short: OS, time: os_months, event: os_event}
"""


def folder_of(tmp_path, raw):
    folder = study_folder(tmp_path / "cut")
    (folder / "study.yml").write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return folder


def printed(folder):
    cohort = load_cohort(folder)
    table = baseline_table(baseline(cohort), cohort.study, cohort.n_by_arm)
    return [row.cells[0] for row in table.rows if row.indent]


def test_a_cut_point_changed_in_the_study_file_leaves_no_old_label(tmp_path):
    with pytest.raises(StudyError) as error:
        study_of(study(at=[55]))
    said = str(error.value)
    for place in ("levels[0].code", "levels[1].label", "levels[1].code", "subgroups[0].label"):
        assert place in said
    assert "by which it is ≥55" in said


def test_levels_that_are_not_given_are_named_by_the_cut_points(tmp_path):
    raw = study(at=[55, 65], levels=[]) | {"subgroups": [], "cox": None}
    assert printed(folder_of(tmp_path, raw)) == ["<55", "≥55 to <65", "≥65"]


@pytest.mark.parametrize(
    ("levels", "at", "wanted"),
    [
        ([("low", "Low"), ("high", "High")], [55], ["Low (<55)", "High (≥55)"]),
        ([("0", ""), ("1", "")], [55], ["0 (<55)", "1 (≥55)"]),
        ([("a", "<median"), ("b", "≥ median")], ["median"], ["<median (62.5)", "≥ median (62.5)"]),
        ([("low", ""), ("high", "")], ["median"], ["low (<62.5)", "high (≥62.5)"]),
        ([("a", "<62.5"), ("b", "≥62.5")], ["median"], ["<62.5", "≥62.5"]),
    ],
)
def test_labels_without_a_number_are_printed_with_the_cut_points(tmp_path, levels, at, wanted):
    named = [{"code": code, "label": label} for code, label in levels]
    raw = study(at=at, levels=named) | {"subgroups": [], "cox": None}
    assert printed(folder_of(tmp_path, raw)) == wanted


def test_a_label_that_contradicts_the_median_is_an_error(tmp_path):
    raw = study(at=["median"]) | {"subgroups": [], "cox": None}
    with pytest.raises(StudyError, match=r"'<65' contradicts the cut-points, by which it is <62.5"):
        load_cohort(folder_of(tmp_path, raw))


@pytest.mark.parametrize(
    ("settings", "wanted", "subgroup"),
    [
        ({"variables.old.at": [55]}, ["<55", "≥55"], "Age group ≥55 years"),
        ({"variables.old.at.0": 55}, ["<55", "≥55"], "Age group ≥55 years"),
        (
            {"variables.old.at": ["median"]},
            ["<median (62.5)", "≥median (62.5)"],
            "Age group ≥median years",
        ),
        ({"variables.old.at": [65]}, ["<65", "≥65"], "Age ≥65 years"),
        ({"variables.old.cut_point_in": "lower"}, ["≤65", ">65"], "Age group >65 years"),
    ],
)
def test_a_point_of_a_sweep_names_the_levels_by_its_cut_points(
    tmp_path, settings, wanted, subgroup
):
    folder, point = folder_of(tmp_path, study()), Point("one", {}, settings=settings)
    check_points(folder, [point], "grid.yml")
    write_variant(folder, point, tmp_path / "point")
    assert printed(tmp_path / "point") == wanted
    made = load_cohort(tmp_path / "point").study
    assert made.subgroups[0].label == subgroup
    assert made.subgroups[0].level == made.cox.covariates[0].reference == made.levels("old")[1]


def test_patients_of_a_changed_cut_point_are_those_of_its_label(tmp_path):
    folder, point = folder_of(tmp_path, study()), Point("one", {}, {"variables.old.at": [55]})
    write_variant(folder, point, tmp_path / "point")
    patients = load_cohort(tmp_path / "point").patients
    assert dict(patients["old"].value_counts()) == {"<55": 1, ">=55": 5}  # 50; 60, 70, 55, 65, 75


YES = [{"code": "no"}, {"code": "yes"}]


def test_a_variable_called_by_its_old_cut_point_is_an_error_too(tmp_path):
    old = {"label": "Age ≥65 years", "levels": YES}
    plain = {"subgroups": [], "cox": None}
    assert printed(folder_of(tmp_path, study(**old) | plain)) == ["no (<65)", "yes (≥65)"]
    with pytest.raises(StudyError, match=r"variables\.old\.label: 'Age ≥65 years' contradicts"):
        study_of(study(**old, at=[55]) | plain)
    point = Point("one", {}, {"variables.old.at": ["median"]})
    write_variant(tmp_path / "cut", point, tmp_path / "point")
    made = load_cohort(tmp_path / "point").study.variables["old"]
    assert made.label == "Age"
    assert [level.label for level in made.levels] == ["no (<62.5)", "yes (≥62.5)"]

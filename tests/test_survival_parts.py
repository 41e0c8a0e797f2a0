"""Survival in the parts of a cohort: what the notebook shows in one call."""

from dataclasses import replace
from pathlib import Path

import pytest

from cohortbook.analysis.small_cells_survival import coarse_curves
from cohortbook.analysis.survival import survival
from cohortbook.analysis.survival_parts import main_panels, subgroup_panels, survival_of_parts
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.figures.km import km_figure
from cohortbook.results import pick

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def cohort():
    return load_cohort(DATA / "wei2026")


def test_all_patients_come_first_then_each_subgroup(cohort):
    found = survival_of_parts(cohort)
    names = ["all", *(group.name for group in cohort.study.subgroups)]
    assert list(dict.fromkeys(found["population"])) == names
    whole = pick(found, population="all", endpoint="os").reset_index(drop=True)
    own = whole[~whole["statistic"].isin(["lost", "completeness", "interaction"])]
    assert own.equals(survival(cohort, "os"))


def test_panels_of_an_endpoint_are_all_patients_then_arms_then_each_subgroup(cohort):
    panels = main_panels(cohort, "pfs")
    assert [panel["by_arm"] for panel in panels] == [False, True]
    names = [group.name for group in cohort.study.subgroups]
    assert [panel["population"] for panel in subgroup_panels(cohort, "pfs")] == names
    assert {panel["endpoint"] for panel in panels} == {"pfs"}
    assert subgroup_panels(load_cohort(DATA / "hcc-cxcl17"), "os") == []


def test_a_subgroup_without_patients_has_an_empty_panel(cohort):
    group = cohort.study.subgroups[0]
    patients = cohort.patients[cohort.patients[group.variable].astype("object") != group.level]
    nobody = replace(cohort, patients=patients.reset_index(drop=True))
    panels = subgroup_panels(nobody, "os")
    empty = [panel for panel in panels if panel["population"] == group.name]
    assert empty and all(panel["curves"].empty and panel["risk"].empty for panel in empty)
    drawn = km_figure(panels, nobody.study)
    assert set(drawn.data["population"]) == {g.name for g in cohort.study.subgroups[1:2]}
    assert coarse_curves(empty[0]["curves"], 5).empty

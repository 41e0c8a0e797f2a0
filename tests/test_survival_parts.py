"""Survival in the parts of a cohort: what the notebook shows in one call."""

from pathlib import Path

import pytest

from helpers.analysis.survival import survival
from helpers.analysis.survival_parts import main_panels, subgroup_panels, survival_of_parts
from helpers.cohort import load_cohort
from helpers.results import pick

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def cohort():
    return load_cohort(DATA / "wei2026")


def test_all_patients_come_first_then_each_subgroup(cohort):
    found = survival_of_parts(cohort)
    names = ["all", *(group.name for group in cohort.study.subgroups)]
    assert list(dict.fromkeys(found["population"])) == names
    whole = pick(found, population="all", endpoint="os").reset_index(drop=True)
    assert whole.equals(survival(cohort, "os"))


def test_panels_are_endpoints_by_row(cohort):
    panels = main_panels(cohort)
    assert len(panels) == 2 * min(2, len(cohort.study.endpoints))
    assert len(subgroup_panels(cohort)) == len(panels)
    assert subgroup_panels(load_cohort(DATA / "hcc-cxcl17")) == []

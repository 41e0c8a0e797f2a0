"""Print beside computed: each verdict, and the totals of the default study."""

from pathlib import Path

import pytest

from helpers.analysis.published import _verdict, compare_with_print, statistics_of
from helpers.cohort import load_cohort

DATA = Path(__file__).parents[1] / "data"


@pytest.mark.parametrize(
    ("relation", "computed", "verdict"),
    [("", 0.3921, "equal"), ("", 0.3934, "rounding"), ("", 0.396, "differs"),
     ("", float("nan"), "absent"), ("<", 0.0004, "differs")],
)
def test_verdicts(relation, computed, verdict):
    item = {"relation": relation, "computed": computed, "value": 0.392, "low": 0.3915,
            "high": 0.3925, "decimals": 3}
    if relation:
        item["value"] = 0.0001
    assert _verdict(item) == verdict


@pytest.fixture(scope="module")
def compared():
    cohort = load_cohort(DATA / "wei2026")
    return compare_with_print(statistics_of(cohort), cohort.folder)


def test_tables_2_and_5_are_given_back_whole(compared):
    for where in ("Table II", "Table V"):
        part = compared[compared["where"] == where]
        assert len(part)
        assert set(part["verdict"]) == {"equal"}


def test_only_what_no_cohort_can_hold_is_absent(compared):
    absent = compared[compared["verdict"] == "absent"]
    assert len(absent) / len(compared) < 0.05

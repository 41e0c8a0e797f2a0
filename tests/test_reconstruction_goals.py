"""The shipped core table reaches its goals, and misses two by no more than is recorded."""

from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("numba", reason="the design's order comes with the search (extra 'search')")

from reconstruction import goals
from reconstruction.score import largest_correlation, summary
from reconstruction.targets import load_targets

ROOT = Path(__file__).parents[1]
CORE = ROOT / "data" / "wei2026" / "reconstruction" / "core.csv"
WORSE = {  # values that miss each goal
    "table_1_problems": 1,
    "age_p": 0.556,
    "medians_both_rules": 9,
    "hr_within_1.5": 43,
    "within_5": 131,
    "rms": 1.31,
    "p_side": 43,
    "logrank_pfs_all": 0.0011,
    "logrank_pfs_afp_high": 0.0011,
    "logrank_pfs_afp_low": 0.04,
    "logrank_os_afp_high": 0.0426,
    "logrank_os_afp_low": 0.04,
}

MISSED = {"hr_within_1.5", "rms"}  # docs/reconstruction.md says by how much
REACHED = [goal for goal in goals.GOALS if goal.key not in MISSED]


@pytest.fixture(scope="module")
def found():
    return summary(pd.read_csv(CORE), load_targets())


@pytest.mark.parametrize("goal", REACHED, ids=lambda goal: goal.asked)
def test_the_shipped_core_reaches(goal, found):
    assert goal.holds(found[goal.key]), found[goal.key]


def test_the_missed_goals_are_missed_by_no_more_than_the_document_says(found):
    assert {goal.key for goal in goals.GOALS if not goal.holds(found[goal.key])} == MISSED
    assert found["hr_within_1.5"] >= 42 and found["worst_hr"] < 3.5
    assert found["rms"] < 1.43 and found["within_2"] >= 109 and found["p_within_0.02"] >= 40


@pytest.mark.parametrize("goal", goals.GOALS, ids=lambda goal: goal.asked)
def test_a_worse_core_would_miss(goal):
    assert not goal.holds(WORSE[goal.key])


def test_overall_survival_cannot_have_the_printed_log_rank_p(found):
    assert found["logrank_os_all"] > 0.03


def test_covariates_are_no_more_correlated_than_in_patients(found):
    assert found["correlation"] < 0.5


def test_the_correlation_of_stages_that_exclude_each_other_is_left_out():
    core = pd.read_csv(CORE)
    core["alt_ge50"] = core["tbil_gt20"]
    assert largest_correlation(core) == pytest.approx(1)


def test_the_document_shows_the_scoreboard_that_the_command_prints(capsys):
    assert goals.main([str(CORE)]) == 1  # two are missed
    printed = capsys.readouterr().out.strip()
    assert printed in (ROOT / "docs" / "reconstruction.md").read_text("utf-8")


def test_a_missed_goal_is_marked(found):
    table = goals.scoreboard({"core": found | {"p_side": 43}})
    assert table.loc["P on the printed side of 0.05, 44 of 44", "core"] == "43 ✗"
    reached = len(goals.GOALS) - len(goals.missed(found)) - 1
    assert table.loc["goals reached", "core"] == f"{reached} of {len(goals.GOALS)}"

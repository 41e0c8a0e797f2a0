"""Replica exchange: rungs change places as their costs and temperatures say, and runs resume."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("numba", reason="the search needs numba (extra 'search')")

from reconstruction import __main__ as command
from reconstruction import chain, exchange, search, start
from reconstruction.anneal import refresh
from reconstruction.details_core import check_core
from reconstruction.state import AFP, copy, from_core, to_core
from reconstruction.targets import load_targets

SHIPPED = Path(__file__).parents[1] / "data" / "wei2026" / chain.CORE
FEW = search.Settings(
    seed=3, evaluations=24_000, hot=5.0, cold=1.0, rungs=3, leg=12_000, strict=1.0
)


@pytest.fixture(scope="module")
def goals():
    return load_targets()


@pytest.fixture(scope="module")
def core(goals):
    return start.random_core(3, goals)


@pytest.fixture(scope="module")
def through(core, goals):
    run = exchange.begin(FEW, core, exchange.make_problems(goals, FEW))
    return run, exchange.exchange(run, goals)


def test_rungs_rise_in_equal_ratios_and_grow_smooth(goals):
    np.testing.assert_allclose(exchange.temperatures(FEW.cold, FEW.hot, FEW.rungs), [1, 5**0.5, 5])
    many = replace(FEW, rungs=12)
    extra = [problem.goals[0, 0, 0, 10] for problem in exchange.make_problems(goals, many)]
    np.testing.assert_allclose(extra[:11], 0.6 ** np.arange(11))
    assert extra[11] == 0


def test_a_better_cohort_sinks_to_the_colder_rung(core, goals):
    problems = exchange.make_problems(goals, FEW)
    run = exchange.begin(FEW, core, problems)
    run.states[1] = from_core(pd.read_csv(SHIPPED))
    refresh(run.states[1], problems[1])
    exchange._exchange(run, problems, exchange.temperatures(FEW.cold, FEW.hot, FEW.rungs), 0)
    assert run.taken == [1, 1]
    pd.testing.assert_frame_equal(to_core(run.states[0]), to_core(from_core(pd.read_csv(SHIPPED))))
    pd.testing.assert_frame_equal(to_core(run.states[1]), to_core(from_core(core)))
    exchange._exchange(
        run, problems, exchange.temperatures(FEW.cold, FEW.hot, FEW.rungs), 0
    )  # and does not rise again
    assert run.taken == [1, 2]


def test_alike_rungs_always_change_places(core, goals):
    alike = replace(FEW, hot=1.0, strict_fall=1.0)
    run = exchange.begin(alike, core, exchange.make_problems(goals, alike))
    exchange.advance(run, exchange.make_problems(goals, alike))
    assert run.taken == [1, 1]


def test_prices_margins_and_places_hold_after_a_run(through, goals):
    run, best = through
    problems = exchange.make_problems(goals, FEW)
    for state, problem in zip(run.states, problems, strict=True):
        assert check_core(to_core(state)) == []
        assert search.cost(state) == pytest.approx(refresh(copy(state), problem), abs=1e-6)
    assert check_core(best) == []
    ranks = [exchange.rank(state, goals) for state in run.states + run.lowest]
    assert exchange.rank(from_core(best), goals) <= min(ranks)


def test_a_resumed_run_is_the_uninterrupted_one(core, goals, through, tmp_path):
    problems = exchange.make_problems(goals, FEW)
    run = exchange.begin(FEW, core, problems)
    exchange.advance(run, problems)
    exchange.save(run, tmp_path)
    assert exchange.load(tmp_path).done == 12_000
    chain.run_stage(FEW, core, goals, tmp_path)
    again = exchange.load(tmp_path)
    for state, expected in zip(again.states, through[0].states, strict=True):
        pd.testing.assert_frame_equal(to_core(state), to_core(expected))


def test_a_stage_may_give_the_cheapest_cohort_of_a_rung(core, goals):
    given = replace(FEW, give_rung=2)
    run = exchange.begin(given, core, exchange.make_problems(goals, given))
    best = exchange.exchange(run, goals)
    pd.testing.assert_frame_equal(best, to_core(run.lowest[2]))


def test_the_one_log_rank_p_that_is_printed_as_a_number_can_weigh_more(goals):
    shipped = from_core(pd.read_csv(SHIPPED))
    shipped.x[:, AFP] = 1.0  # another P in all patients than in the subgroup
    costs = []
    for weight in (0.0, 1.0, 3.0):
        problem = search.make_problem(goals, replace(FEW, logrank_os=weight))
        refresh(state := copy(shipped), problem)
        costs.append(search.cost(state))
    assert costs[1] > costs[0]
    assert costs[2] - costs[0] == pytest.approx(3 * (costs[1] - costs[0]))


def test_the_os_median_of_the_combination_can_weigh_more_than_the_others(goals):
    shipped = from_core(pd.read_csv(SHIPPED))  # all medians as printed; another is aimed at
    costs = []
    for median, weight in ((0.0, 1.0), (0.5, 1.0), (0.5, 4.0)):
        problem = search.make_problem(
            goals,
            replace(
                FEW,
                weights=(median, 1.0, 0.0),
                combination_weight=weight,
                combination_median=17.1,
            ),
        )
        refresh(state := copy(shipped), problem)
        costs.append(search.cost(state))
    assert costs[1] > costs[0] + 1
    assert costs[2] - costs[0] == pytest.approx(4 * (costs[1] - costs[0]))


def test_the_command_runs_and_resumes_a_ladder(tmp_path, capsys):
    arguments = ["search", "--checkpoint", str(tmp_path), "--evaluations", "12000", "--rungs", "3"]
    assert command.main(arguments) == 0
    assert "goals and wishes missed" in capsys.readouterr().out
    assert command.main(["search", "--checkpoint", str(tmp_path), "--resume"]) == 0

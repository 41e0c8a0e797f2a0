"""The search against an independent fit; margins, checkpoints and the command."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2
from statsmodels.duration.hazard_regression import PHReg

pytest.importorskip("numba", reason="the search needs numba (extra 'search')")

from reconstruction import __main__ as command
from reconstruction import anneal, curves, kernel, score, search, start
from reconstruction.details_core import check_core
from reconstruction.state import TREATED, copy, from_core, to_core
from reconstruction.targets import ENDPOINTS, TERMS, load_targets

TINY = search.Settings(seed=3, evaluations=60_000, hot=20.0, cold=2.0, leg=15_000)


@pytest.fixture(scope="module")
def problem():
    return search.make_problem(load_targets(), TINY)


@pytest.fixture(scope="module")
def core():
    return start.random_core(7, load_targets())


@pytest.fixture(scope="module")
def searched(core, problem):
    run = search.begin(TINY, core, problem)
    while search.advance(run, problem):
        pass
    return run


def test_start_keeps_table_1_and_the_seed(core):
    assert check_core(core) == []
    assert round(score.age_p(core), 3) == 0.555
    assert core["age"].median() == 58.5
    pd.testing.assert_frame_equal(core, start.random_core(7, load_targets()))


def test_a_random_cohort_has_the_events_that_printed_intervals_imply(core):
    women, negative = core["sex"] == "F", core["hbsag"] == 0
    wanted = start.rare_events(load_targets())
    assert wanted == {("os", "sex"): 3, ("os", "hbsag"): 3, ("pfs", "sex"): 6, ("pfs", "hbsag"): 5}
    for (endpoint, column), count in wanted.items():
        rows = women if column == "sex" else negative
        assert core.loc[rows, f"{endpoint}_event"].sum() == count


def test_without_the_extra_cost_a_row_costs_its_squared_errors():
    smooth = replace(TINY, strict=0.0, power=1.0)
    goal = search.make_problem(load_targets(), smooth).goals[0, 0, 1]
    se = (goal[2] - goal[1]) / (2 * kernel.Z)
    parts = (
        5.0,
        100 * (goal[0] - kernel.Z * se - goal[1]) + 5,
        100 * (goal[0] + kernel.Z * se - goal[2]) + 5,
    )
    assert kernel.row_cost(goal, 0.05, se) == pytest.approx(sum(x * x for x in parts), rel=1e-9)


def test_state_and_core_table_are_the_same_cohort(core):
    back = to_core(from_core(core))
    pd.testing.assert_frame_equal(back, core, check_dtype=False)


@pytest.mark.parametrize("k", [0, 1])
def test_compiled_rows_against_independent_score_and_information(searched, problem, k):
    found, goals = searched.state, problem.goals
    table = to_core(found)
    x = score.design(table)
    time, event = table[ENDPOINTS[k]].to_numpy(), table[f"{ENDPOINTS[k]}_event"].to_numpy()
    for c in range(len(TERMS)):
        u, i = score.score_and_information(goals[k, 0, [c], 0], x[:, [c]], time, event)
        row = kernel.row_cost(goals[k, 0, c], u[0] / i[0, 0], i[0, 0] ** -0.5)
        assert found.costs[k, c] == pytest.approx(row, rel=1e-6, abs=1e-6), TERMS[c]
    u, i = score.score_and_information(goals[k, 1, :, 0], x, time, event)
    inverse = np.linalg.inv(i)
    model = sum(map(kernel.row_cost, goals[k, 1], inverse @ u, np.sqrt(np.diag(inverse))))
    assert found.costs[k, anneal.MODEL] == pytest.approx(model, rel=1e-6)


@pytest.mark.parametrize("k", [0, 1])
def test_compiled_logrank_against_independent_one(searched, k):
    state, chi = searched.state, np.empty(3)
    curves.logrank(state.x, state.order[k], state.e[k], state.deaths[k], chi)
    assert chi2.sf(chi, 1) == pytest.approx(score.logranks(to_core(state))[k], rel=1e-9)


def test_medians_cost_nothing_when_both_rules_give_print(searched, problem):
    state = copy(searched.state)
    for k in range(len(ENDPOINTS)):
        medians = score.medians(to_core(state))[k]
        met = bool((np.abs(medians - load_targets().medians[k][:, None]) < 0.01).all())
        own = np.rint(medians[:, 0] * 10).astype(np.int64)
        for goal, expected in (
            (problem.medians[k], met),
            (own, np.allclose(medians[:, 0], medians[:, 1])),
        ):
            cost = curves.survival_cost(
                state.x, state.t[k], state.order[k], state.e[k], state.deaths[k], goal, 1.0, 1.0
            )
            # Survival must clear one half by 0.004, hence not quite "if and only if".
            assert (cost < 10) == expected


def test_cox_against_statsmodels_breslow(core):
    x = score.design(core)[:, :6]
    model = PHReg(core["pfs"], x, status=core["pfs_event"], ties="breslow").fit()
    beta, se = score.cox(x, core["pfs"].to_numpy(), core["pfs_event"].to_numpy())
    assert beta == pytest.approx(model.params, abs=1e-5)
    assert se == pytest.approx(model.bse, abs=1e-5)


def test_moves_keep_margins_and_prices(searched, problem):
    for state in (searched.state, searched.best):
        assert check_core(to_core(state)) == []
        assert round(score.age_p(to_core(state)), 3) == 0.555
        fresh = copy(state)
        assert anneal.refresh(fresh, problem) == pytest.approx(search.cost(state), rel=1e-9)
        assert fresh.costs == pytest.approx(state.costs, rel=1e-6, abs=1e-6)
        assert (state.x[:, TREATED] == fresh.x[:, TREATED]).all()


def test_search_lowers_the_cost(core, searched, problem):
    assert search.cost(searched.best) < 0.5 * search.cost(search.begin(TINY, core, problem).state)


def test_resumed_run_is_the_uninterrupted_one(core, searched, problem, tmp_path):
    run = search.begin(TINY, core, problem)
    search.advance(run, problem)
    search.save(run, tmp_path)
    resumed = search.load(tmp_path)
    assert (resumed.settings, resumed.done) == (TINY, TINY.leg)
    while search.advance(resumed, problem):
        pass
    for one, other in ((resumed.state, searched.state), (resumed.best, searched.best)):
        for name, a, b in zip(one._fields, one, other, strict=True):
            assert (a == b).all(), name


def test_a_heavier_median_and_fewer_lost_are_priced(searched):
    state = searched.state
    cost = {
        weights: anneal.refresh(
            copy(state), search.make_problem(load_targets(), replace(TINY, weights=weights))
        )
        for weights in ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (2.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    }
    none, one, two, lost = cost.values()
    assert two - none == pytest.approx(2 * (one - none), rel=1e-9)
    found = score.summary(to_core(state), load_targets())["lost_before_17_months"]
    assert lost - none == pytest.approx(found)


def test_the_cost_of_a_far_row_grows_with_the_given_power():
    goal = search.make_problem(load_targets(), replace(TINY, power=0.5)).goals[0, 0, 1]
    near, far, farther = (kernel.row_cost(goal, delta, 0.6) for delta in (0.3, 3.0, 6.0))
    assert near < far < farther < 3 * far
    goal[8] = 0.01
    assert kernel.row_cost(goal, 6.0, 0.6) < 0.2 * farther


def test_women_keep_their_progressions_when_these_are_held(core):
    women = core["sex"] == "F"
    bare = core.assign(pfs_event=core["pfs_event"].where(~women, core["os_event"]))
    held = replace(TINY, hold_women=True)
    run = search.begin(held, bare, search.make_problem(load_targets(), held))
    begun = to_core(run.state)
    assert begun.loc[women, "pfs_event"].all()
    assert begun["pfs_event"].sum() == bare["pfs_event"].sum()
    while search.advance(run, search.make_problem(load_targets(), held)):
        pass
    for state in (run.state, run.best):
        found = to_core(state)
        assert found.loc[found["sex"] == "F", "pfs_event"].all()
        assert not check_core(found)


@pytest.mark.parametrize("last", [False, True])
def test_a_run_gives_its_best_cohort_or_the_one_it_ends_in(core, problem, searched, last):
    run = search.begin(replace(TINY, give_last=last), core, problem)
    wanted, other = to_core(searched.state), to_core(searched.best)
    assert not wanted.equals(other)
    found = search.search(run, problem)
    pd.testing.assert_frame_equal(found, wanted if last else other)


def test_a_row_can_be_weighted_by_its_name_alone(searched, problem):
    heavy = search.make_problem(
        load_targets(), replace(TINY, row_weights={"pfs/univariable/female": 5.0})
    )
    state = copy(searched.state)
    anneal.refresh(state, problem)
    before = state.costs.copy()
    anneal.refresh(state, heavy)
    row = (ENDPOINTS.index("pfs"), TERMS.index("female"))
    assert state.costs[row] == pytest.approx(5 * before[row])
    state.costs[row] = before[row]
    assert state.costs == pytest.approx(before)


def test_an_unknown_row_is_named(tmp_path, capsys):
    assert command.main(["search", "--checkpoint", str(tmp_path), "--row-weight", "os/x=2"]) == 1
    assert "there is no row 'os/x'" in capsys.readouterr().err


def test_command_runs_and_resumes(tmp_path, capsys):
    folder, out = tmp_path / "run", tmp_path / "core.csv"
    arguments = ["search", "--seed", "1", "--evaluations", "2000", "--checkpoint", str(folder)]
    assert command.main([*arguments, "--out", str(out)]) == 0
    assert check_core(pd.read_csv(out)) == []
    assert out.read_bytes() == (folder / "best.csv").read_bytes()
    assert command.main(["search", "--checkpoint", str(folder), "--resume"]) == 0
    assert "within_2" in capsys.readouterr().out


def test_resume_without_a_checkpoint_says_so(tmp_path, capsys):
    assert command.main(["search", "--checkpoint", str(tmp_path), "--resume"]) == 1
    assert "no checkpoint" in capsys.readouterr().err


def test_targets_are_print_but_for_the_ratio_its_interval_excludes():
    goals = load_targets()
    os, pfs = goals.hr[:, 0, -1]
    assert os.tolist() == [0.392, 0.155, 0.992, 0.046]
    assert pfs.tolist() == [0.386, 0.198, 0.753, 0.005]
    centre = np.sqrt(goals.hr[..., 1] * goals.hr[..., 2])
    assert np.abs(goals.hr[..., 0] / centre - 1).max() < 0.005
    assert goals.medians[:, 1].tolist() == [11.0, 4.0]
    assert goals.logrank[1] == [("<", 0.001), ("<", 0.001), (">", 0.05)]

"""The recorded search: stages follow on from each other, can be interrupted, end in a study."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

pytest.importorskip("numba", reason="the search needs numba (extra 'search')")

from cohortbook.errors import CohortbookError
from reconstruction import __main__ as command
from reconstruction import chain, search, start
from reconstruction.details_core import check_core
from reconstruction.targets import load_targets

STUDY = Path(__file__).parents[1] / "data" / "wei2026"
TINY = search.Settings(seed=3, evaluations=4_000, hot=5.0, cold=1.0, leg=1_000)
TWO = chain.Chain([TINY, replace(TINY, seed=4, hot=2.0)], 7)


@pytest.fixture(scope="module")
def goals():
    return load_targets()


@pytest.fixture(scope="module")
def through(goals, tmp_path_factory):
    folder = tmp_path_factory.mktemp("through")
    return folder, chain.run_chain(TWO, goals, folder)


def test_the_second_stage_begins_where_the_first_ended(goals, through):
    folder, core = through
    first = pd.read_csv(folder / "stage-1" / "best.csv")
    problem = search.make_problem(goals, TWO.stages[1])
    expected = search.search(search.begin(TWO.stages[1], first, problem), problem)
    pd.testing.assert_frame_equal(core, expected)


def test_an_interrupted_chain_ends_in_the_same_cohort(goals, through, tmp_path):
    problem = search.make_problem(goals, TINY)
    run = search.begin(TINY, start.random_core(TINY.seed, goals), problem)
    search.advance(run, problem)
    search.save(run, tmp_path / "stage-1")
    pd.testing.assert_frame_equal(chain.run_chain(TWO, goals, tmp_path), through[1])


def test_checkpoints_of_other_settings_are_refused(goals, through):
    other = chain.Chain([replace(TINY, seed=5)], 7)
    with pytest.raises(CohortbookError, match="other settings"):
        chain.run_chain(other, goals, through[0])


def test_a_core_is_completed_to_the_shipped_study_byte_for_byte(tmp_path):
    recorded = chain.load_chain()
    paths = chain.rebuild(recorded, pd.read_csv(STUDY / chain.CORE), tmp_path)
    assert len(paths) == 4
    for path in paths:
        assert path.read_bytes() == (STUDY / path.relative_to(tmp_path)).read_bytes(), path.name


def test_the_recorded_chain_is_complete():
    recorded = chain.load_chain()
    assert check_core(recorded.first_core(load_targets())) == []
    told = yaml.safe_load(chain.CHAIN.read_text("utf-8"))["stages"]
    for stage, written in zip(recorded.stages, told, strict=True):
        assert set(written) == set(search.Settings.__dataclass_fields__)
        assert stage.evaluations >= 1_000_000


def test_nothing_but_print_and_seeds_goes_into_the_chain(goals):
    recorded = chain.load_chain()
    assert recorded.start is None
    expected = start.random_core(recorded.stages[0].seed, goals)
    pd.testing.assert_frame_equal(recorded.first_core(goals), expected)


@pytest.mark.parametrize(
    "text",
    [
        "stages: [{sed: 1, weights: [1, 1, 1]}]\ncompletion_seed: 1",
        "completion_seed: 1",
        "stages: [",
        "stages: []",
    ],
)
def test_a_chain_that_is_none_is_refused_with_the_settings_it_needs(text, tmp_path, capsys):
    path = tmp_path / "chain.yml"
    path.write_text(text)
    arguments = ["rebuild", "--chain", str(path), "--checkpoint", str(tmp_path / "runs")]
    assert command.main([*arguments, "--out", str(tmp_path / "study")]) == 1
    told = capsys.readouterr().err
    assert "chain.yml" in told
    assert "pfs_events" in told
    assert not (tmp_path / "study").exists()

"""Bootstrap limits against Efron's formulae in R, and what they do with draws that ran away."""

import json
from pathlib import Path

import numpy as np
import pytest

from cohortbook.stats.bootstrap import (
    PILOT,
    bca_limits,
    percentile_limits,
    resample_counts,
    until_precise,
)

R = json.loads((Path(__file__).parent / "reference/robustness/robustness.json").read_text("utf-8"))


def test_percentile_limits_against_r():
    found = percentile_limits(R["draws"])
    np.testing.assert_allclose(found[:2], R["percentile"], rtol=1e-12)


def test_bca_limits_against_r():
    x = np.array(R["sample"])
    jackknife = [np.delete(x, i).mean() for i in range(len(x))]
    found = bca_limits(R["draws"], x.mean(), jackknife)
    np.testing.assert_allclose(found[:2], R["bca"], rtol=1e-12)


def test_draws_that_ran_away_keep_their_rank():
    draws = np.r_[np.full(30, -np.inf), np.arange(970.0)]
    low, high = percentile_limits(draws)[:2]
    assert low == -np.inf
    assert high == pytest.approx(np.quantile(draws, 0.975), abs=2)


def test_missing_draws_are_left_out():
    assert percentile_limits([1.0, np.nan, 1.0])[:2] == (1.0, 1.0)
    assert np.isnan(percentile_limits([np.nan]).conf_low)


def test_bca_says_when_its_limits_cannot_be_trusted():
    draws = np.linspace(0, 1, 1000)
    assert "outermost" in bca_limits(draws, 0.97, [1.0, 2.0]).note
    assert "one side" in bca_limits(draws, 2.0, [1.0, 2.0]).note
    assert bca_limits(draws, 0.5, [1.0, 2.0]).note == ""


def test_resamples_keep_the_number_of_patients():
    counts = resample_counts(7, 20, np.random.default_rng(1))
    assert counts.shape == (20, 7)
    assert (counts.sum(axis=1) == 7).all()


@pytest.mark.parametrize("kind", ["percentile", "bca"])
def test_the_error_of_limits_is_how_far_they_move_from_one_set_of_draws_to_the_next(kind):
    rng = np.random.default_rng(4)
    sample = rng.gamma(4, size=60)
    jackknife = [np.delete(sample, i).mean() for i in range(60)]
    sets = rng.choice(sample, (150, 800, 60)).mean(axis=2)
    found = [
        percentile_limits(draws) if kind == "percentile" else
        bca_limits(draws, sample.mean(), jackknife) for draws in sets
    ]  # fmt: skip
    moved = max(np.std([one[side] for one in found], ddof=1) for side in (0, 1))
    assert np.mean([one.error for one in found]) == pytest.approx(moved, rel=0.2)


def test_draws_end_when_their_limits_are_precise_enough_and_not_before():
    for precision, most in ((0.05, 20_000), (1e-9, 1_500)):
        rng, asked = np.random.default_rng(5), []

        def draw(size, rng=rng, asked=asked):
            asked.append(size)
            return rng.normal(size=(size, 2)) * [1.0, 0.2]

        draws = until_precise(draw, most, precision)
        assert asked[0] == PILOT
        assert sum(asked) == len(draws)
        reached = max(percentile_limits(column).error for column in draws.T)
        if most == 1_500:
            assert len(draws) == most
        else:
            assert reached <= precision
            # 2.67 / sqrt(B): of normal draws; 2,850
            assert 2_000 < len(draws) < 4_500
    one_sided = until_precise(lambda size: np.full(size, -np.inf), 700, 0.01)
    assert len(one_sided) == 700
    assert np.isnan(percentile_limits(one_sided).error)

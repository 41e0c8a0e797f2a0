"""Bootstrap limits against Efron's formulae in R, and what they do with draws that ran away."""

import json
from pathlib import Path

import numpy as np
import pytest

from cohortbook.stats.bootstrap import bca_limits, percentile_limits, resample_counts

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
    low, high, _ = percentile_limits(draws)
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

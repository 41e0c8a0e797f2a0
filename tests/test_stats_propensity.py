"""Propensity scores against R's glm; weights against their published properties."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohortbook.stats.cox import cox_fit
from cohortbook.stats.propensity import (
    effective_size,
    inverse_weights,
    overlap_weights,
    propensity,
    treated_weights,
)

R = json.loads((Path(__file__).parent / "reference/robustness/robustness.json").read_text("utf-8"))
WEIGHTS = {"overlap": overlap_weights, "inverse": inverse_weights}


@pytest.fixture(scope="module")
def lung():
    ecog = np.array(R["ph.ecog"])
    x = np.column_stack([R["age"], ecog == 1, ecog == 2, R["wt.loss"]]).astype(float)
    return np.array(R["arm"]), x, propensity(R["arm"], x).score[0]


def test_scores_against_r_glm(lung):
    np.testing.assert_allclose(lung[2], R["score"], rtol=1e-9)


def test_a_large_cohort_is_fitted_a_weighting_at_a_time_to_the_same_scores(lung, monkeypatch):
    arm, x, score = lung
    monkeypatch.setattr("cohortbook.stats.propensity._MOST_PAIRS", 0)
    np.testing.assert_allclose(propensity(arm, x).score[0], score, rtol=1e-12)


@pytest.mark.parametrize("ties", ["breslow", "efron"])
@pytest.mark.parametrize("kind", WEIGHTS)
def test_weighted_cox_with_robust_variance_against_r(lung, kind, ties):
    arm, _, score = lung
    fit = cox_fit(
        R["time"], R["event"], arm, weights=WEIGHTS[kind](arm, score), ties=ties, robust=True
    )
    np.testing.assert_allclose([fit.coef[0], fit.std_err[0]], R[f"{kind}_{ties}"], rtol=1e-7)


def test_effective_sizes_against_r(lung):
    arm, _, score = lung
    sizes = [
        effective_size(make(arm, score)[arm == a]) for make in WEIGHTS.values() for a in (0, 1)
    ]
    np.testing.assert_allclose(sizes, R["effective"], rtol=1e-8)


def test_overlap_weights_balance_every_mean_exactly(lung):
    arm, x, score = lung  # Li, Morgan and Zaslavsky (2018), theorem 3
    w = overlap_weights(arm, score)
    means = [np.average(x[arm == a], axis=0, weights=w[arm == a]) for a in (0, 1)]
    np.testing.assert_allclose(*means, rtol=1e-9)


@pytest.mark.parametrize("weigh", [overlap_weights, treated_weights])
def test_who_has_no_like_in_the_other_arm_does_not_hide_that_there_is_no_ratio(weigh):
    x, treated = np.array([0, 0, 1, 1, 1]), np.array([0, 0, 0, 0, 1])  # nobody with 0 is treated
    weights = weigh(treated, propensity(treated, x[:, None]).score[0])
    assert (weights[:2] == 0).all()
    assert (weights[2:] > 0.2).all()
    # of those who weigh only the treated had the event: the others would make the ratio finite
    fit = cox_fit([5, 6, 3, 4, 2], [1, 1, 0, 0, 1], treated, weights=weights, robust=True)
    assert fit.infinite[0]


def test_inverse_weights_of_one_binary_covariate_are_post_stratification():
    arm = np.array([1, 1, 1, 0, 1, 0, 0, 0])
    x = np.array([0, 0, 0, 0, 1, 1, 1, 1.0])[:, None]
    w = inverse_weights(arm, propensity(arm, x).score[0])
    np.testing.assert_allclose(w, [4 / 3] * 3 + [4] + [4] + [4 / 3] * 3, rtol=1e-9)


def test_complete_separation_and_an_empty_arm_are_not_estimable():
    x = np.arange(6.0)[:, None]
    assert not propensity([0, 0, 0, 1, 1, 1], x).estimable[0]
    assert not propensity([1, 1, 1, 1, 1, 1], x).estimable[0]
    assert np.isnan(propensity([0, 0, 0, 1, 1, 1], x).score).all()


def test_a_level_that_one_arm_lacks_is_counted_and_leaves_the_others_alone():
    arm, level = np.array([0, 1, 0, 1, 0, 0]), np.array([0, 0, 0, 0, 1, 1.0])[:, None]
    found = propensity(arm, level)
    assert found.estimable[0]
    assert found.outside[0] == 2
    np.testing.assert_allclose(found.score[0, :4], 0.5, rtol=1e-6)


def test_collinear_and_constant_columns_change_nothing(lung):
    arm, x, score = lung
    more = np.column_stack([x, x[:, 0] * 2 + 1, np.full(len(x), 3.0)])
    np.testing.assert_allclose(propensity(arm, more).score[0], score, rtol=1e-8)


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_weights_are_duplicated_rows(seed):
    rng = np.random.default_rng(seed)
    arm, x = rng.integers(0, 2, 30), rng.normal(size=(30, 2))
    counts = rng.integers(0, 3, 30)
    rows = np.repeat(np.arange(30), counts)
    batch, single = propensity(arm, x, counts), propensity(arm[rows], x[rows])
    assert batch.estimable[0] == single.estimable[0]
    if batch.estimable[0]:
        np.testing.assert_allclose(batch.score[0][rows], single.score[0], rtol=1e-6)

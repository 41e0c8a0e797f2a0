"""Batched refits give what single fits of the same rows and columns give."""

from __future__ import annotations

import numpy as np
import pytest
from reference_sets import assert_close, design

from cohortbook.stats.cox import cox_fit
from cohortbook.stats.cox_batch import cox_batch

TIES = ("breslow", "efron")


def small_cohort():
    rng = np.random.default_rng(11)
    n = 40
    x = np.column_stack([rng.integers(0, 2, (n, 3)), rng.normal(size=n)]).astype(float)
    return np.ceil(rng.exponential(6, n)), rng.random(n) < 0.7, x, rng


def resamples(rng, n, size):
    return np.stack([np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(size)])


def assert_same(batch, b, single):
    """Row b of a batch against a single fit, which is one Newton step more accurate."""
    assert batch.infinite[b].any() == single.infinite.any()
    assert_close(batch.loglik[b], single.loglik, rel=1e-8)
    assert_close(batch.loglik_null[b], single.loglik_null, rel=1e-9)
    assert batch.iterations[b] == single.iterations
    if not single.infinite.any():
        assert_close(batch.coef[b], single.coef, rel=1e-6, abs_=1e-6)
        assert_close(batch.std_err[b], single.std_err, rel=1e-6)


@pytest.mark.parametrize("ties", TIES)
def test_bootstrap_weights_are_refits_of_the_resampled_rows(ties):
    time, event, x, rng = small_cohort()
    weights = resamples(rng, time.size, 60)
    batch = cox_batch(time, event, x, weights=weights, ties=ties)
    for b, count in enumerate(weights):
        rows = np.repeat(np.arange(time.size), count)
        assert_same(batch, b, cox_fit(time[rows], event[rows], x[rows], ties=ties))


@pytest.mark.parametrize("ties", TIES)
def test_case_weights_are_those_of_a_single_fit(ties):
    time, event, x, rng = small_cohort()
    weights = rng.uniform(0, 3, (20, time.size)) * (rng.random((20, time.size)) < 0.9)
    batch = cox_batch(time, event, x, weights=weights, ties=ties, replicates=False)
    for b, w in enumerate(weights):
        assert_same(batch, b, cox_fit(time, event, x, weights=w, ties=ties))


@pytest.mark.parametrize("ties", TIES)
def test_column_subsets_are_fits_of_those_columns(ties):
    time, event, x, _ = small_cohort()
    masks = (np.arange(16)[:, None] >> np.arange(4) & 1).astype(bool)
    batch = cox_batch(time, event, x, columns=masks, ties=ties)
    for b, mask in enumerate(masks[1:], start=1):
        single = cox_fit(time, event, x[:, mask], ties=ties)
        assert_close(batch.coef[b, mask], single.coef, rel=1e-6, abs_=1e-6)
        assert_close(batch.loglik[b], single.loglik, rel=1e-8)
        assert np.isnan(batch.coef[b, ~mask]).all()
    assert batch.complete()[1:].all()


def test_strata_and_many_chunks(monkeypatch):
    time, event, x, rng = small_cohort()
    strata = rng.integers(0, 3, time.size)
    weights = resamples(rng, time.size, 25)
    whole = cox_batch(time, event, x, weights=weights, strata=strata)
    monkeypatch.setattr("cohortbook.stats.cox_batch._CHUNK_DOUBLES", 500)
    chunked = cox_batch(time, event, x, weights=weights, strata=strata)
    assert_close(chunked.coef, whole.coef, rel=1e-9)
    rows = np.repeat(np.arange(time.size), weights[0])
    assert_same(whole, 0, cox_fit(time[rows], event[rows], x[rows], strata=strata[rows]))


@pytest.mark.parametrize("ties", TIES)
def test_matrix_products_and_cumulative_sums_agree(ties, monkeypatch):
    time, event, x, rng = small_cohort()
    weights = resamples(rng, time.size, 10)
    products = cox_batch(time, event, x, weights=weights, ties=ties)
    monkeypatch.setattr("cohortbook.stats.cox_likelihood._DENSE", 0)
    sums = cox_batch(time, event, x, weights=weights, ties=ties)
    assert_close(sums.coef[~products.infinite], products.coef[~products.infinite], rel=1e-8)


def test_separated_and_collinear_resamples_are_counted():
    frame, x, _, _ = design("edge/separation", ["arm", "marker", "age"], ["marker", "age"])
    batch = cox_batch(frame["time"], frame["event"], x, weights=np.ones((2, len(frame))))
    assert batch.infinite[:, 1].all()
    assert not batch.complete().any()
    assert batch.estimable_column(0).all()
    one_arm = np.where(x[:, 0] > 0, 1, 0)[None]
    lost = cox_batch(frame["time"], frame["event"], x, weights=one_arm)
    assert lost.aliased[0, 0]
    assert np.isnan(lost.coef[0, 0])


def test_no_events_and_bad_requests():
    batch = cox_batch([1, 2, 3], [0, 0, 0], [[1], [2], [4.0]], weights=np.ones((2, 3)))
    assert not batch.complete().any()
    assert np.isnan(batch.coef).all()
    with pytest.raises(ValueError, match="complete"):
        cox_batch([1, 2, np.nan], [1, 1, 1], [[1], [2], [4.0]])
    with pytest.raises(ValueError, match="different numbers of fits"):
        cox_batch([1, 2, 3], [1, 1, 0], [[1], [2], [4.0]], np.ones((2, 3)), np.ones((3, 1)))


def test_a_resample_without_events_is_not_estimable():
    weights = np.array([[0, 0, 3], [1, 1, 1]])
    batch = cox_batch([1, 2, 3], [1, 1, 0], [[1], [2], [1.0]], weights=weights)
    assert batch.complete().tolist()[0] is False
    assert np.isnan(batch.coef[0, 0])


def test_steps_of_heavy_ties_in_many_blocks_are_those_in_one(monkeypatch):
    rng = np.random.default_rng(3)
    time, event = rng.integers(1, 5, 400).astype(float), rng.random(400) < 0.8
    x = rng.normal(size=(400, 3))
    whole = cox_fit(time, event, x, ties="efron")
    monkeypatch.setattr("cohortbook.stats.cox_likelihood._STEPS_AT_ONCE", 30)
    assert_close(cox_fit(time, event, x, ties="efron").coef, whole.coef, rel=1e-12)

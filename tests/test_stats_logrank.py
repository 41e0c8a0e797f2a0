"""The log-rank test against R's survdiff."""

from __future__ import annotations

import numpy as np
import pytest
from reference_sets import ALL, arms, assert_close, cohort, number, reference

from cohortbook.stats.logrank import logrank


def compare(got, want, label):
    # without events R prints chisq 0 and P 1; here the test is not defined, with a note
    if want.get("chisq") is None or want.get("error") or not sum(want["observed"]):
        assert np.isnan(got.p), label
        assert got.note, label
        return
    assert_close(got.chi2, want["chisq"], label=label)
    assert_close(got.p, want["p"], label=label)
    assert_close(got.observed, want["observed"], label=label)
    assert_close(got.expected, want["expected"], label=label)
    assert got.df == want["df"]
    if "variance_11" in want:
        assert_close(got.variance[0, 0], want["variance_11"], label=label)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("key", "weight"), [("logrank_rho0", "logrank"), ("peto_rho1", "peto")])
def test_logrank_against_r_survdiff(name, key, weight):
    frame = cohort(name)
    got = logrank(frame["time"], frame["event"], frame["arm"], weight=weight, levels=arms(name))
    compare(got, reference(name)["logrank"][key], f"{name} {key}")


@pytest.mark.parametrize("name", [n for n in ALL if reference(n).get("logrank_stratified")])
def test_stratified_logrank_against_r_survdiff(name):
    want, frame = reference(name)["logrank_stratified"], cohort(name)
    got = logrank(
        frame["time"], frame["event"], frame["arm"], frame[want["strata"]], levels=arms(name)
    )
    compare(got, want, name)
    assert got.n.sum() == number(want["n"])


def test_one_group_or_no_events_give_a_note():
    assert "fewer than two groups" in logrank([1, 2], [1, 1], ["A", "A"]).note
    assert logrank([1, 2], [0, 0], ["A", "B"]).note == "no events: the test is not defined"
    assert logrank([], [], []).note

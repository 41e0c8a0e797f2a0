"""Firth's penalised Cox model against R (own program, checked with coxphf)."""

from __future__ import annotations

import numpy as np
import pytest
from reference_sets import ALL, assert_close, design, number, reference

from cohortbook.stats.firth import firth_cox

WITH_FIRTH = [name for name in ALL if reference(name).get("firth")]


@pytest.mark.parametrize("name", WITH_FIRTH)
def test_estimates_profile_limits_and_p_against_r(name):
    covariates = list(reference(name)["meta"]["covariates"] or {})
    for key, variables, complete in (
        ("arm_only", ["arm"], []),
        ("multivariable_complete_cases", ["arm", *covariates], covariates),
    ):
        want = reference(name)["firth"][key]
        frame, x, names, _ = design(name, variables, complete)
        got = firth_cox(frame["time"], frame["event"], x, names)
        assert got.converged
        assert names == [term["term"] for term in want["terms"]]
        for ours, theirs in (
            ("coef", "coef"), ("std_err", "se_wald"), ("hr", "hr"), ("chi2", "chisq_plr"),
            ("conf_low", "hr_lower_profile"), ("conf_high", "hr_upper_profile"), ("p", "p_plr"),
        ):  # fmt: skip
            expected = [number(term[theirs]) for term in want["terms"]]
            assert_close(getattr(got, ours), expected, label=f"{name} {key} {ours}")
        assert_close([got.loglik, got.loglik_null],
                     [want["penalised_loglik"], want["penalised_loglik_null"]])  # fmt: skip
        assert_close(got.lr_test.chi2, want["lr_chisq"])


def test_efron_equals_breslow_without_ties():
    rng = np.random.default_rng(2)
    time, event, x = rng.random(25), rng.random(25) < 0.4, rng.normal(size=(25, 2))
    breslow, efron = (firth_cox(time, event, x, ties=ties) for ties in ("breslow", "efron"))
    assert_close(breslow.coef, efron.coef)
    assert_close(breslow.conf_high, efron.conf_high)


def test_degenerate_input_gives_notes():
    assert firth_cox([1, 2], [0, 0], [[0.0], [1.0]]).note.startswith("no events")
    got = firth_cox([1, 2, 3, 4], [1, 1, 1, 0], [[1, 2], [1, 0], [1, 1], [1, 3.0]], ["c", "x"])
    assert "c: constant" in got.note
    assert np.isnan(got.coef[0])
    assert np.isfinite(got.coef[1])


def test_only_the_wanted_columns_are_profiled():
    frame, x, names, _ = design("ovarian", ["arm", "age"], ["age"])
    got = firth_cox(frame["time"], frame["event"], x, names, only=[0])
    assert np.isfinite(got.p[0])
    assert np.isnan(got.p[1])
    assert np.isfinite(got.coef).all()

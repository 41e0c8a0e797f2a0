"""The proportional hazards test against cox.zph of R's survival >= 3.0."""

from __future__ import annotations

import numpy as np
import pytest
from reference_sets import ALL, assert_close, design, reference

from cohortbook.stats.cox import cox_fit
from cohortbook.stats.zph import cox_zph

TRANSFORMS = ("km", "rank", "identity", "log")


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("ties", ["breslow", "efron"])
def test_score_test_against_r_cox_zph(name, ties):
    covariates = list(reference(name)["meta"]["covariates"] or {})
    for key, variables, complete in (
        ("zph_arm_only", ["arm"], []),
        ("zph_multivariable", ["arm", *covariates], covariates),
    ):
        frame, x, names, groups = design(name, variables, complete)
        fit = cox_fit(frame["time"], frame["event"], x, names, ties=ties, groups=groups)
        for transform in TRANSFORMS:
            got, want = cox_zph(fit, transform), reference(name)["cox"][ties][key][transform]
            for kind in ("by_variable", "by_coefficient"):
                compare(got, want[kind], kind, f"{name} {ties} {key} {transform} {kind}")


def compare(got, want, kind, label):
    if "error" in want:
        # R stops where the extended model is singular
        assert np.isnan(got.overall.p), label
        assert got.note, label
        return
    tests = {**getattr(got, kind), "GLOBAL": got.overall}
    assert set(tests) == {row["name"] for row in want}, label
    for row in want:
        test = tests[row["name"]]
        assert test.df == row["df"], label
        # under separation the statistic is a rounding residue of about 1e-8
        residue = row["chisq"] < 1e-6
        assert_close(test.chi2, row["chisq"], abs_=1e-6 if residue else 1e-12, label=label)
        assert_close(test.p, row["p"], rel=1e-5 if residue else 1e-6, label=label)


def test_scaled_schoenfeld_residuals_average_to_the_coefficient():
    frame, x, names, groups = design("lung", ["arm", "age"], ["age"])
    fit = cox_fit(frame["time"], frame["event"], x, names, groups=groups)
    got = cox_zph(fit)
    assert_close(got.scaled_schoenfeld.mean(axis=0), fit.coef)
    assert got.time.size == fit.events == got.transformed.size
    assert (np.diff(got.transformed) >= 0).all()


def test_nothing_to_test_gives_a_note():
    assert cox_zph(cox_fit([1, 2], [0, 0], [[0.0], [1.0]])).note

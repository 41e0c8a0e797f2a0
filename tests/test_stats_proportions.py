"""Intervals of proportions and their differences, against R and published examples."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_sets import assert_close, reference

from cohortbook.stats.proportions import (
    clopper_pearson,
    miettinen_nurminen,
    newcombe,
    risk_ratio,
    wald,
    wilson,
)

TABLES = {k: v for k, v in reference("tables").items() if "risk_difference" in v}
METHODS = {
    newcombe: "newcombe_method10_ci",
    miettinen_nurminen: "miettinen_nurminen_ci",
    wald: "wald_ci_prop_test_correct_false",
}


@st.composite
def fractions(draw):
    n = draw(st.integers(1, 60))
    return draw(st.integers(0, n)), n


def limits(result):
    return [result.conf_low, result.conf_high]


@pytest.mark.parametrize("method", [clopper_pearson, wilson])
def test_proportion_limits_against_R(method):
    for row in reference("proportion_ci_grid")["rows"]:
        got = method(row["x"], row["n"])
        assert_close(limits(got), row[method.__name__], rel=1e-11, abs_=1e-14)
        assert_close(got.estimate, row["proportion"], rel=1e-14)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", TABLES)
def test_difference_limits_against_R(name, method):
    (a, b), (c, d) = [list(levels.values()) for levels in TABLES[name]["counts"].values()]
    got = method(d, c + d, b, a + b)
    want = TABLES[name]["risk_difference"]
    assert_close(got.estimate, want["estimate"], rel=1e-12)
    assert_close(limits(got), want[METHODS[method]], rel=1e-9)


def test_difference_limits_of_Newcombe_1998():
    score = miettinen_nurminen(56, 70, 48, 80)
    assert np.round(limits(newcombe(56, 70, 48, 80)), 4).tolist() == [0.0524, 0.3339]
    assert np.round(limits(score), 4).tolist() == [0.0528, 0.3382]


def test_Miettinen_Nurminen_by_brute_force():
    x, n, x_ref, n_ref = 7, 21, 2, 31
    got = miettinen_nurminen(x, n, x_ref, n_ref)
    p = np.linspace(1e-6, 1 - 1e-6, 400_001)
    for delta in limits(got):
        allowed = p[(p + delta > 0) & (p + delta < 1)]
        q = allowed + delta
        likelihood = (
            x * np.log(q) + (n - x) * np.log1p(-q)
            + x_ref * np.log(allowed) + (n_ref - x_ref) * np.log1p(-allowed)
        )  # fmt: skip
        best = allowed[likelihood.argmax()]
        variance = (best + delta) * (1 - best - delta) / n + best * (1 - best) / n_ref
        z = abs(got.estimate - delta) / math.sqrt(variance * (n + n_ref) / (n + n_ref - 1))
        assert z == pytest.approx(1.959964, rel=1e-5)


@given(fractions(), fractions(), st.sampled_from(list(METHODS)))
def test_swapping_arms_or_outcomes_mirrors_the_difference(one, other, method):
    there = method(*one, *other)
    swapped = method(*other, *one)
    without = method(one[1] - one[0], one[1], other[1] - other[0], other[1])
    for mirrored in (swapped, without):
        assert mirrored.estimate == pytest.approx(-there.estimate, abs=1e-12)
        mirror = [-mirrored.conf_high, -mirrored.conf_low]
        assert_close(limits(there), mirror, rel=1e-9, abs_=1e-9)
    assert -1 <= there.conf_low <= there.estimate + 1e-12
    assert there.estimate - 1e-12 <= there.conf_high <= 1


@given(fractions(), st.sampled_from([clopper_pearson, wilson]))
def test_limits_hold_the_proportion_and_mirror(fraction, method):
    x, n = fraction
    got, mirror = method(x, n), method(n - x, n)
    assert 0 <= got.conf_low <= got.estimate <= got.conf_high <= 1
    assert_close(limits(got), [1 - mirror.conf_high, 1 - mirror.conf_low], rel=1e-9)


def test_risk_ratio_of_the_Physicians_Health_Study():
    got = risk_ratio(104, 11037, 189, 11034)
    assert got.estimate == pytest.approx(0.55, abs=0.005)
    assert np.round(limits(got), 2).tolist() == [0.43, 0.70]


def test_nobody_in_an_arm_gives_nan_and_a_note():
    results = [
        clopper_pearson(0, 0),
        wilson(0, 0),
        newcombe(3, 5, 0, 0),
        wald(0, 0, 3, 5),
        miettinen_nurminen(0, 0, 3, 5),
        risk_ratio(0, 0, 3, 5),
        risk_ratio(0, 4, 3, 5),
    ]
    for result in results:
        assert math.isnan(result.conf_low)
        assert result.note
    with pytest.raises(ValueError, match="not a proportion"):
        wilson(5, 4)

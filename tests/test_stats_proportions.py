"""Intervals of proportions and their differences, against R and published examples."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_sets import assert_close, reference

from cohortbook.stats.proportions import clopper_pearson, newcombe

TABLES = {k: v for k, v in reference("tables").items() if "risk_difference" in v}


@st.composite
def fractions(draw):
    n = draw(st.integers(1, 60))
    return draw(st.integers(0, n)), n


def limits(result):
    return [result.conf_low, result.conf_high]


def test_proportion_limits_against_R():
    for row in reference("proportion_ci_grid")["rows"]:
        got = clopper_pearson(row["x"], row["n"])
        assert_close(limits(got), row["clopper_pearson"], rel=1e-11, abs_=1e-14)
        assert_close(got.estimate, row["proportion"], rel=1e-14)


@pytest.mark.parametrize("name", TABLES)
def test_difference_limits_against_R(name):
    (a, b), (c, d) = [list(levels.values()) for levels in TABLES[name]["counts"].values()]
    got = newcombe(d, c + d, b, a + b)
    want = TABLES[name]["risk_difference"]
    assert_close(got.estimate, want["estimate"], rel=1e-12)
    assert_close(limits(got), want["newcombe_method10_ci"], rel=1e-9)


def test_difference_limits_of_Newcombe_1998():
    assert np.round(limits(newcombe(56, 70, 48, 80)), 4).tolist() == [0.0524, 0.3339]


@given(fractions(), fractions())
def test_swapping_arms_or_outcomes_mirrors_the_difference(one, other):
    there = newcombe(*one, *other)
    swapped = newcombe(*other, *one)
    without = newcombe(one[1] - one[0], one[1], other[1] - other[0], other[1])
    for mirrored in (swapped, without):
        assert mirrored.estimate == pytest.approx(-there.estimate, abs=1e-12)
        mirror = [-mirrored.conf_high, -mirrored.conf_low]
        assert_close(limits(there), mirror, rel=1e-9, abs_=1e-9)
    assert -1 <= there.conf_low <= there.estimate + 1e-12
    assert there.estimate - 1e-12 <= there.conf_high <= 1


@given(fractions())
def test_limits_hold_the_proportion_and_mirror(fraction):
    x, n = fraction
    got, mirror = clopper_pearson(x, n), clopper_pearson(n - x, n)
    assert 0 <= got.conf_low <= got.estimate <= got.conf_high <= 1
    assert_close(limits(got), [1 - mirror.conf_high, 1 - mirror.conf_low], rel=1e-9)


def test_nobody_in_an_arm_gives_nan_and_a_note():
    results = [
        clopper_pearson(0, 0),
        newcombe(3, 5, 0, 0),
    ]
    for result in results:
        assert math.isnan(result.conf_low)
        assert result.note
    with pytest.raises(ValueError, match="not a proportion"):
        clopper_pearson(5, 4)

"""Standardised mean differences, against their formulae worked by hand."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cohortbook.stats.smd import smd_categorical, smd_continuous, weighted_counts

counts = arrays(float, 4, elements=st.integers(1, 20).map(float))


def test_continuous_by_hand():
    # means 2 and 4, variances 1 and 4: 2 / sqrt(2.5)
    assert smd_continuous([1, 2, 3], [2, 4, 6]).estimate == pytest.approx(2 / math.sqrt(2.5))
    assert smd_continuous([2, 4, 6], [1, 2, 3]).estimate == pytest.approx(-2 / math.sqrt(2.5))


def test_two_levels_by_hand():
    p, q = 0.3, 0.6
    want = abs(p - q) / math.sqrt((p * (1 - p) + q * (1 - q)) / 2)
    assert smd_categorical([70, 30], [40, 60]).estimate == pytest.approx(want)


def test_three_levels_by_yang_and_dalton():
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.5, 0.3])
    gap = (q - p)[1:]
    s = np.array([
        [(p[1] * (1 - p[1]) + q[1] * (1 - q[1])) / 2, -(p[1] * p[2] + q[1] * q[2]) / 2],
        [-(p[1] * p[2] + q[1] * q[2]) / 2, (p[2] * (1 - p[2]) + q[2] * (1 - q[2])) / 2],
    ])  # fmt: skip
    want = math.sqrt(gap @ np.linalg.inv(s) @ gap)
    assert smd_categorical(100 * p, 40 * q).estimate == pytest.approx(want, rel=1e-12)


@given(counts, counts, st.permutations(range(4)))
def test_order_of_levels_and_size_of_groups_change_nothing(one, other, order):
    want = smd_categorical(one, other).estimate
    order = list(order)
    assert smd_categorical(one[order], other[order]).estimate == pytest.approx(want, abs=1e-9)
    assert smd_categorical(3 * one, 7 * other).estimate == pytest.approx(want, abs=1e-9)
    assert smd_categorical(other, one).estimate == pytest.approx(want, abs=1e-9)


@given(
    st.lists(st.integers(-9, 9), min_size=2, max_size=9),
    st.lists(st.integers(-9, 9), min_size=2, max_size=9),
)
def test_equal_weights_and_units_change_nothing(one, other):
    assume(len({*one}) > 1 and len({*other}) > 1)
    plain = smd_continuous(one, other).estimate
    threes = smd_continuous(one, other, [3.0] * len(one), [0.2] * len(other)).estimate
    metric = smd_continuous(np.array(one) * 2.54 + 7, np.array(other) * 2.54 + 7).estimate
    assert threes == pytest.approx(plain, abs=1e-9)
    assert metric == pytest.approx(plain, abs=1e-9)


def test_weights_move_the_mean_and_missing_values_go_with_theirs():
    heavy = smd_continuous([0, 1], [0, 1, 5], [1, 1], [1, 3, 0]).estimate
    # other: mean 0.75, variance (0.5625 + 3 * 0.0625) / (4 - 10 / 4) = 0.5; reference: 0.5, 0.5
    assert heavy == pytest.approx(0.25 / math.sqrt(0.5))
    assert smd_continuous([0, 1], [0, 1, math.nan], [1, 1], [1, 3, 9]).estimate == heavy


def test_degenerate_groups_give_notes():
    assert math.isnan(smd_continuous([1], [1, 2]).estimate) and smd_continuous([1], [1, 2]).note
    assert smd_continuous([1, 1], [1, 1]).estimate == 0
    assert smd_continuous([1, 1], [0, 0]).estimate == -math.inf
    assert smd_continuous([1, 1], [0, 0]).note
    assert smd_categorical([3, 0], [0, 4]).estimate == math.inf
    assert smd_categorical([3, 0], [4, 0]).estimate == 0
    assert math.isnan(smd_categorical([0, 0], [4, 1]).estimate)
    assert smd_categorical([5, 0, 5], [0, 6, 6]).estimate > 1


def test_weighted_counts_by_level():
    assert weighted_counts(["a", "b", "a"], ["a", "b", "c"], [1, 2, 0.5]).tolist() == [1.5, 2, 0]
    assert weighted_counts(["a", "b", None], ["b", "a"]).tolist() == [1, 1]

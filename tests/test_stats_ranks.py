"""Quantiles, summaries and the Mann-Whitney U test, against R."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_sets import ALL, arms, assert_close, cohort, reference

from cohortbook.stats.ranks import describe, mann_whitney, quantiles

numbers = st.lists(st.integers(0, 9), min_size=1, max_size=12)


def _cases():
    for name in ALL:
        continuous = (reference(name).get("descriptives") or {}).get("continuous")
        for variable in continuous if isinstance(continuous, dict) else ():
            yield name, variable


CASES = list(_cases())


def groups(name, variable):
    data = cohort(name)
    return [data.loc[data["arm"] == arm, variable].to_numpy(float) for arm in arms(name)]


@pytest.mark.parametrize(("name", "variable"), CASES)
def test_mann_whitney_against_R(name, variable):
    want = reference(name)["descriptives"]["continuous"][variable].get("tests")
    if not want:
        pytest.skip("no test in the reference")
    one, other = groups(name, variable)
    plain, corrected = mann_whitney(one, other), mann_whitney(one, other, correction=True)
    if want.get("wilcoxon_normal_without_continuity_p") is None:
        assert plain.note == "all values are equal"
        return
    assert plain.statistic == want["W_statistic_reference_arm_first"]
    assert_close(plain.p_value, want["wilcoxon_normal_without_continuity_p"], rel=1e-11)
    assert_close(corrected.p_value, want["wilcoxon_normal_with_continuity_p"], rel=1e-11)
    for key in ("wilcoxon_exact_p", "wilcoxon_exact_permutation_with_ties_p"):
        if key in want:
            exact = mann_whitney(one, other, exact=True)
            assert_close(exact.p_value, want[key], rel=1e-11)


@pytest.mark.parametrize(("name", "variable"), CASES)
def test_summaries_against_R(name, variable):
    want = reference(name)["descriptives"]["continuous"][variable]
    by_group = zip(["overall", *arms(name)], [None, *groups(name, variable)], strict=True)
    for group, values in by_group:
        if group not in want:
            continue
        values = cohort(name)[variable].to_numpy(float) if values is None else values  # noqa: PLW2901
        for kind in (6, 7):
            got = describe(values, kind)
            for key in ("n", "missing", "mean", "sd", "median", "min", "max"):
                assert_close(getattr(got, key), want[group][key], rel=1e-12)
            quartiles = [want[group][f"q1_type{kind}"], want[group][f"q3_type{kind}"]]
            assert_close([got.q1, got.q3], quartiles, rel=1e-12)


def test_quantiles_against_R():
    x = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3]
    assert quantiles(x, [0.1, 0.25, 0.5, 0.9], 6) == pytest.approx([1, 1.75, 3.5, 8.7])
    assert quantiles(x, [0.1, 0.25, 0.5, 0.9], 7) == pytest.approx([1, 2.25, 3.5, 6.3])


@given(numbers, numbers)
def test_swapping_groups_and_stretching_values_keep_p(one, other):
    for settings in ({}, {"correction": True}, {"exact": True}):
        result = mann_whitney(one, other, **settings)
        swapped = mann_whitney(other, one, **settings)
        assert_close(swapped.p_value, result.p_value, rel=1e-9)
        assert swapped.statistic + result.statistic == len(one) * len(other)
        stretched = mann_whitney(np.exp(one), np.exp(other), **settings)
        assert_close(stretched.p_value, result.p_value, rel=1e-12)
        assert 0 <= result.p_value <= 1


def test_missing_values_are_left_out_and_counted():
    assert describe([1, math.nan, 3]).missing == 1
    assert mann_whitney([1, 2, math.nan], [3, 4, 5]) == mann_whitney([1, 2], [3, 4, 5])


def test_degenerate_groups_give_notes():
    assert math.isnan(mann_whitney([], [1, 2]).p_value)
    assert mann_whitney([], [1, 2]).note
    assert mann_whitney([4, 4], [4, 4, 4]).p_value == 1
    assert mann_whitney([4, 4], [4, 4, 4]).note
    assert describe([]).n == 0 and describe([]).note
    assert math.isnan(describe([7]).sd) and describe([7]).median == 7
    assert np.isnan(quantiles([math.nan], [0.5])).all()
    with pytest.raises(ValueError, match="kind"):
        quantiles([1], [0.5], 5)

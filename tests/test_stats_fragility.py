"""Fragility index and E-value, against their published definitions."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohortbook.stats.evalue import e_value, e_value_hazard_ratio, risk_ratio_of_hazard_ratio
from cohortbook.stats.fragility import fragility_index
from cohortbook.stats.tables import fisher_exact


def test_fragility_by_hand():
    # P of 0/20, 1/20, 2/20, 3/20 against 8/20: 0.0033, 0.0197, 0.0648
    got = fragility_index((8, 0), (20, 20))
    assert (got.index, got.changed, got.reverse) == (2, 1, False)
    assert got.quotient == pytest.approx(2 / 40)
    assert got.p_end == pytest.approx(fisher_exact([[8, 12], [2, 18]]).p_value)


def test_reverse_fragility_of_the_response_rate():
    got = fragility_index((3, 6), (31, 21))
    # R: fisher.test of 2/31 against 6/21 gives 0.0491
    assert (got.index, got.changed, got.reverse) == (1, 0, True)
    assert got.p_start == pytest.approx(0.133, abs=5e-4)
    assert got.p_end < 0.05


def test_what_no_change_can_turn_says_so():
    got = fragility_index((1, 1), (3, 3))
    assert math.isnan(got.index) and got.note


@given(st.integers(0, 25), st.integers(0, 25))
def test_the_index_is_the_first_that_turns_the_result(a, b):
    got = fragility_index((a, b), (25, 25))
    if math.isnan(got.index):
        return
    events, step = [a, b], -1 if got.reverse else 1
    for change in range(int(got.index) + 1):
        now = list(events)
        now[got.changed] += step * change
        p = fisher_exact([[x, 25 - x] for x in now]).p_value
        assert ((p < 0.05) != got.reverse) == (change < got.index)


def test_e_value_of_VanderWeele_and_Ding():
    # Ann Intern Med 2017; 167:268: RR 3.9 (1.8 to 8.7) gives 7.26 and 3.0
    assert e_value(3.9) == pytest.approx(7.26, abs=0.005)
    assert e_value(1.8) == pytest.approx(3.0)
    assert e_value(1 / 3.9) == pytest.approx(e_value(3.9))
    assert e_value(1) == 1


def test_e_value_of_a_hazard_ratio():
    # By hand: 0.56 becomes RR 0.6701, 1/RR + sqrt(1/RR (1/RR - 1)) = 2.3495; 0.69: RR 0.7735
    got = e_value_hazard_ratio(0.56, 0.46, 0.69)
    assert got.estimate == pytest.approx(2.3495313, abs=1e-7)
    assert got.limit == pytest.approx(1.9080039, abs=1e-7)
    assert e_value_hazard_ratio(0.8, 0.5, 1.2).limit == 1
    rare = e_value_hazard_ratio(2, 1.5, 3, common=False)
    assert (rare.estimate, rare.limit) == (e_value(2), e_value(1.5))
    assert risk_ratio_of_hazard_ratio(1) == 1


def test_e_value_without_a_hazard_ratio():
    got = e_value_hazard_ratio(math.nan, math.nan, math.nan)
    assert math.isnan(got.estimate) and got.note


@pytest.mark.parametrize(
    ("events", "totals"),
    [
        ((120, 160), (480, 470)),
        ((200, 205), (400, 420)),
        ((30, 60), (70, 500)),
        ((3, 4), (9, 400)),
        ((50, 60), (100, 300)),
        ((390, 395), (400, 400)),
        ((1, 300), (2, 400)),
    ],
)
def test_a_large_table_is_halved_to_the_same_index(events, totals, monkeypatch):
    expected = fragility_index(events, totals)
    monkeypatch.setattr("cohortbook.stats.fragility.LARGE", 0)
    assert repr(fragility_index(events, totals)) == repr(expected)

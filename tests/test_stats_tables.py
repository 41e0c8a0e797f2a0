"""Chi-squared, Fisher's exact test, the test rule and the odds ratio, against R."""

import math
import time
from fractions import Fraction
from itertools import product
from math import comb, factorial, prod

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from reference_sets import ALL, HERE, assert_close, reference

from cohortbook.stats.fisher_simulated import simulated_p
from cohortbook.stats.odds import odds_ratio
from cohortbook.stats.tables import chi_squared, choose_test, expected_counts, fisher_exact


def _cases():
    """Every categorical variable of the reference: name, R's values."""
    for name, values in reference("tables").items():
        yield name, values
    for name in ALL:
        categorical = (reference(name).get("descriptives") or {}).get("categorical")
        for variable, values in categorical.items() if isinstance(categorical, dict) else ():
            yield f"{name}/{variable}", values


CASES = dict(_cases())
TWO_BY_TWO = [name for name, values in CASES.items() if "odds_ratio_sample" in values]
small_tables = arrays(np.int64, st.tuples(st.integers(2, 3), st.integers(2, 4)),
                      elements=st.integers(0, 4))  # fmt: skip


def table(name):
    return np.array([list(levels.values()) for levels in CASES[name]["counts"].values()])


@pytest.mark.parametrize("name", CASES)
def test_chi_squared_against_R(name):
    got, want = chi_squared(table(name)), CASES[name]["chisq_uncorrected"]
    assert_close(got.statistic, want["statistic"], rel=1e-12, abs_=1e-25)
    assert_close(got.p_value, want["p"], rel=1e-11)


@pytest.mark.parametrize("name", TWO_BY_TWO)
def test_chi_squared_with_continuity_correction_against_R(name):
    if "chisq_yates" not in CASES[name]:
        pytest.skip("not in the reference")
    got, want = chi_squared(table(name), correction=True), CASES[name]["chisq_yates"]
    assert_close(got.statistic, want["statistic"], rel=1e-12)
    assert_close(got.p_value, want["p"], rel=1e-11)


@pytest.mark.parametrize("name", CASES)
def test_fisher_against_R(name):
    assert_close(fisher_exact(table(name)).p_value, CASES[name]["fisher"]["p"], rel=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_test_rule_against_R(name):
    got, want = choose_test(table(name), rule="fisher-extended"), CASES[name]["paper_rule"]
    assert got.test == {"fisher": "fisher", "chisq_uncorrected": "chi-squared"}[want["test"]]
    assert_close(got.p_value, want["p"], rel=1e-10)


@pytest.mark.parametrize("name", TWO_BY_TWO)
def test_odds_ratio_against_R(name):
    got, want = odds_ratio(table(name)), CASES[name]["fisher"]
    assert_close(got.estimate, want["odds_ratio_conditional_mle_tight"], rel=1e-11)
    limits = [got.conf_low, got.conf_high]
    assert_close(limits, want["odds_ratio_ci95_tight"], rel=1e-11)


def test_fisher_of_random_tables_against_R():
    for row in pd.read_csv(HERE / "fisher_rxc.csv").itertuples():
        counts = np.array(row.counts.split(), dtype=int).reshape(row.rows, row.columns)
        assert_close(fisher_exact(counts).p_value, row.p, rel=1e-9, abs_=0, label=str(counts))


def _fisher_by_fractions(counts):
    """Fisher's P in exact arithmetic, by brute force."""
    rows, columns = counts.sum(1), counts.sum(0)

    def chance(cells):
        return Fraction(1, prod(factorial(int(x)) for x in np.ravel(cells)))

    fillings = [
        [way for way in product(*(range(r + 1) for r in rows)) if sum(way) == c] for c in columns
    ]
    all_chances = [
        chance(ways)
        for ways in product(*fillings)
        if all(sum(x) == r for x, r in zip(zip(*ways, strict=True), rows, strict=True))
    ]
    bound = chance(counts) * (1 + Fraction(1, 10**7))
    return float(sum(c for c in all_chances if c <= bound) / sum(all_chances))


@settings(max_examples=40)
@given(arrays(np.int64, st.tuples(st.integers(2, 3), st.just(3)), elements=st.integers(0, 3)))
def test_fisher_against_exact_fractions(counts):
    if counts.sum(0).min() and counts.sum(1).min():
        assert fisher_exact(counts).p_value == pytest.approx(
            _fisher_by_fractions(counts), rel=1e-12
        )


@settings(max_examples=60)
@given(small_tables, st.randoms(use_true_random=False))
def test_order_of_rows_and_columns_and_transposing_change_nothing(counts, random):
    shuffled = counts[random.sample(range(counts.shape[0]), counts.shape[0])]
    shuffled = shuffled[:, random.sample(range(counts.shape[1]), counts.shape[1])].T
    for test in (chi_squared, fisher_exact, choose_test):
        got, want = test(shuffled), test(counts)
        assert (got.test, got.note) == (want.test, want.note)
        assert_close(got.p_value, want.p_value, rel=1e-12)


@settings(max_examples=60)
@given(small_tables)
def test_empty_rows_and_columns_change_nothing_but_the_note(counts):
    padded = np.pad(counts, ((0, 1), (1, 0)))
    for test in (chi_squared, fisher_exact, choose_test):
        assert_close(test(padded).p_value, test(counts).p_value, rel=1e-12)
    assert "left out" in fisher_exact(padded).note


@settings(max_examples=60)
@given(arrays(np.int64, (2, 2), elements=st.integers(0, 12)))
def test_swapping_arms_inverts_the_odds_ratio(counts):
    there, back = odds_ratio(counts), odds_ratio(counts[::-1])
    if math.isnan(there.estimate):
        assert math.isnan(back.estimate) and there.note
        return
    with np.errstate(divide="ignore"):
        inverse = 1 / np.array([back.estimate, back.conf_high, back.conf_low])
    assert_close([there.estimate, there.conf_low, there.conf_high], inverse, rel=1e-9)
    assert there.conf_low <= there.estimate <= there.conf_high


def test_the_paper_rule_keeps_pearson_for_larger_tables():
    cnlc = table("cnlc")
    assert expected_counts(cnlc).min() < 5
    assert choose_test(cnlc).test == "chi-squared"
    assert choose_test(cnlc).p_value == pytest.approx(0.877, abs=5e-4)
    assert "approximate: smallest expected count 3.2" in choose_test(cnlc).note
    assert choose_test(cnlc, rule="fisher-extended").test == "fisher"


@pytest.mark.parametrize(
    ("counts", "p", "name"),
    [
        ([[13, 18], [12, 9]], 0.282, "ECOG, Pearson"),
        ([[28, 3], [15, 6]], 0.133, "response rate, Fisher"),
        ([[15, 16], [4, 17]], 0.031, "disease control rate, Pearson"),
        ([[31, 0], [14, 7]], 0.001, "grade 3-4 transaminitis, Fisher"),
        ([[17, 14], [8, 13]], 0.236, "alanine aminotransferase, Pearson"),
    ],
)
def test_printed_p_values_of_the_paper(counts, p, name):
    assert round(choose_test(counts).p_value, 3) == p
    assert choose_test(counts).test == ("fisher" if "Fisher" in name else "chi-squared")


@pytest.mark.parametrize("counts", [[[0, 0], [0, 0]], [[0, 0, 0]], np.zeros((3, 2))])
def test_a_table_without_anybody_gives_nan_and_a_note(counts):
    for test in (chi_squared, fisher_exact, choose_test):
        assert math.isnan(test(counts).p_value)
        assert test(counts).note


@pytest.mark.parametrize("counts", [[[3, 4, 5]], [[3], [4]], [[31, 0], [21, 0]], [[0, 0], [3, 4]]])
def test_a_single_row_or_column_is_no_comparison(counts):
    assert math.isnan(chi_squared(counts).p_value)
    assert fisher_exact(counts).p_value == 1
    assert choose_test(counts).p_value == 1
    assert "nothing to compare" in choose_test(counts).note


def test_an_infeasible_enumeration_is_simulated_and_says_so():
    rng = np.random.default_rng(1)
    huge = rng.multinomial(4000, np.ones(40) / 40).reshape(5, 8)
    huge[0, 0] = 0
    found = fisher_exact(huge, draws=2000)
    assert 0 < found.p_value < 1 and "too many" in found.note and "2,000 random" in found.note
    again = fisher_exact(huge[::-1, ::-1].T, draws=2000)
    assert again.p_value == found.p_value  # in whatever order rows and columns stand
    slim = np.array([[1, 0, 2, 30], [0, 3, 1, 28], [2, 2, 0, 40]])
    p, error = simulated_p(slim, 100_000)
    assert abs(p - fisher_exact(slim).p_value) < 4 * error
    assert fisher_exact(slim, max_work=10, draws=100_000).p_value == p


def test_random_tables_agree_with_r_where_both_can_be_had():
    """A hundred thousand random tables against R's exact P of 12 groups and 5,000 patients."""
    for sizes, events, exact in MANY_GROUPS:
        counts = np.array([np.subtract(sizes, events), events])
        p, error = simulated_p(counts, 100_000)
        assert error == pytest.approx(math.sqrt(p * (1 - p) / 100_000))
        assert abs(p - exact) < 4 * error


def test_fisher_with_a_very_large_sample_stays_exact():
    counts = np.array([[4000, 5000], [4100, 4900]])
    assert fisher_exact(counts).p_value == pytest.approx(0.13800846126, rel=1e-9)


# 12 groups, 5,000 patients, some with an event; R: fisher.test(table, workspace = 4e8)$p.value
MANY_GROUPS = [
    ([398, 398, 444, 427, 394, 414, 429, 431, 426, 420, 404, 415],
     [2, 4, 4, 3, 3, 4, 4, 0, 4, 3, 5, 2], 0.737122845762),
    ([422, 421, 389, 432, 420, 413, 416, 441, 417, 404, 435, 390],
     [6, 7, 5, 3, 4, 7, 6, 5, 5, 7, 9, 4], 0.921736211506),
]  # fmt: skip


@pytest.mark.parametrize(("patients", "events", "p"), MANY_GROUPS, ids=["p-0.74", "p-0.92"])
def test_fisher_of_twelve_groups_and_five_thousand_patients(patients, events, p):
    """R takes seconds here and merges path lengths within 1e-7, which its last digits show."""
    counts = np.column_stack([np.subtract(patients, events), events])
    begin = time.process_time()
    assert fisher_exact(counts).p_value == pytest.approx(p, rel=1e-7)
    assert time.process_time() - begin < 10


def test_fisher_of_two_rows_against_every_table():
    """Where the two ends meet: all tables of five groups listed and summed in exact arithmetic."""
    patients, events = [30, 50, 17, 40, 23], [0, 5, 1, 2, 4]
    chances = [
        prod(comb(n, x) for n, x in zip(patients, found, strict=True))
        for found in product(*(range(min(n, sum(events)) + 1) for n in patients))
        if sum(found) == sum(events)
    ]
    seen = prod(comb(n, x) for n, x in zip(patients, events, strict=True))
    p = Fraction(sum(c for c in chances if c <= seen * (1 + Fraction(1, 10**7))), sum(chances))
    counts = np.column_stack([np.subtract(patients, events), events])
    assert fisher_exact(counts).p_value == pytest.approx(float(p), rel=1e-12)


def test_what_cannot_be_enumerated_is_given_up_in_time_and_said():
    rng = np.random.default_rng(1)
    begin = time.process_time()
    for shape, n in (((12, 2), 5000), ((6, 6), 60), ((9, 9), 400)):
        counts = rng.multinomial(n, np.full(prod(shape), 1 / prod(shape))).reshape(shape)
        found = fisher_exact(counts, draws=1000)
        assert 0 < found.p_value <= 1
        assert "too many possible tables" in found.note
    assert time.process_time() - begin < 30


@pytest.mark.parametrize("bad", [[[1.5, 2], [3, 4]], [[-1, 2], [3, 4]], [1, 2], [[math.nan, 1]]])
def test_counts_that_are_none_are_refused(bad):
    with pytest.raises(ValueError, match="count"):
        chi_squared(bad)


def test_unknown_rules_and_shapes_are_refused():
    with pytest.raises(ValueError, match="rule"):
        choose_test([[1, 2], [3, 4]], rule="mine")
    with pytest.raises(ValueError, match="2x2"):
        odds_ratio([[1, 2, 3], [4, 5, 6]])

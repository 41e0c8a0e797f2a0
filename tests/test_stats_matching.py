"""Matched pairs: against MatchIt pair by pair, and the best sum against another algorithm's."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_values import close, rows, values

from cohortbook.stats.cox import cox_fit
from cohortbook.stats.matching import Matches, matched_cox, nearest_matches, optimal_matches
from cohortbook.stats.propensity import propensity
from cohortbook.stats.smd import smd_continuous

D, R = rows("effects", "effects"), values("alike", "matchit")
ARMS = {"women": D["group"].to_numpy(), "men": 1 - D["group"].to_numpy()}
CALIPERS = {"none": None, "near": 0.2}
WAYS = [(arm, caliper, ratio) for arm in ARMS for caliper in CALIPERS for ratio in (1, 2)]


def logit() -> np.ndarray:
    score = propensity(D["group"], D[["age", "karno", "wt"]].to_numpy(float)).score[0]
    close(score, values("effects", "effects")["propensity"])
    return np.log(score / (1 - score))


@pytest.mark.parametrize("order", ["largest", "data"])
@pytest.mark.parametrize(("arm", "caliper", "ratio"), WAYS)
def test_nearest_pairs_are_those_of_matchit(arm, caliper, ratio, order):
    found = nearest_matches(logit(), ARMS[arm], ratio=ratio, caliper=CALIPERS[caliper], order=order)
    theirs = R[f"nearest_{arm}_{caliper}_{ratio}_{order}"].reshape(ratio, -1)
    want = {
        (case, control)
        for one in theirs
        for case, control in zip(np.flatnonzero(ARMS[arm]), one, strict=True)
        if np.isfinite(control)
    }
    assert set(zip(found.treated, found.control, strict=True)) == want
    assert found.unmatched.size == np.isnan(theirs).all(axis=0).sum()


@pytest.mark.parametrize(("arm", "caliper", "ratio"), WAYS)
def test_balance_of_the_matched_is_that_of_matchit(arm, caliper, ratio):
    asked = {"ratio": ratio, "caliper": CALIPERS[caliper], "order": "largest"}
    found = nearest_matches(logit(), ARMS[arm], **asked)
    treated, name = ARMS[arm] > 0, f"{arm}_{caliper}_{ratio}_largest"
    ours, by_treated = [], []
    for covariate in ("age", "karno", "wt"):
        x = D[covariate].to_numpy(float)
        parts = (x[~treated], x[treated], found.weights[~treated], found.weights[treated])
        ours.append(smd_continuous(*parts).estimate)
        means = [np.average(parts[k], weights=parts[k + 2]) for k in (0, 1)]
        by_treated.append((means[1] - means[0]) / x[treated].std(ddof=1))
    close(ours, R[f"smd_{name}"])
    close(by_treated, R[f"matchit_smd_{name}"])


def test_matchit_agrees_with_itself_where_it_does_not_compare_whole_numbers():
    close(R["fast"], R["nearest_women_near_1_largest"])


@pytest.mark.parametrize(("arm", "caliper", "ratio"), WAYS)
def test_optimal_matches_against_the_hungarian_algorithm_in_r(arm, caliper, ratio):
    score, name = logit(), f"{arm}_{caliper}_{ratio}"
    found = optimal_matches(score, ARMS[arm], ratio=ratio, caliper=CALIPERS[caliper])
    close(found.distance.sum(), R[f"optimal_sum_{name}"])
    for side in ("treated", "control"):
        theirs = R[f"optimal_{side}_{name}"].astype(int)
        close(np.sort(score[getattr(found, side)]), np.sort(score[theirs]), label=side)


@pytest.mark.parametrize("match", [nearest_matches, optimal_matches])
def test_nobody_gets_a_second_control_while_somebody_has_none(match):
    found = match(logit(), ARMS["women"], ratio=2)
    assert found.control.size == (ARMS["women"] == 0).sum() and not found.unmatched.size


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=3, max_size=14),
       st.integers(1, 3), st.sampled_from([0.1, 0.5, None]))  # fmt: skip
def test_the_closest_of_all_pairs_is_matched_first(patients, ratio, caliper):
    """By hand: the least distance of all that are left, the first of the data where several are."""
    at, treated = np.array(patients, dtype=float).T
    found = nearest_matches(at, treated, ratio=ratio, caliper=caliper)
    cases, controls = (np.flatnonzero(treated == k).tolist() for k in (1, 0))
    reach, pairs = np.inf if caliper is None else caliper * at.std(ddof=1) + 1e-9, set()
    for _ in range(ratio):
        todo = list(cases)
        while todo and controls:
            far, case, control = min((abs(at[i] - at[j]), i, j) for i in todo for j in controls)
            if far > reach:
                break
            pairs.add((case, control))
            todo.remove(case)
            controls.remove(control)
    assert set(zip(found.treated, found.control, strict=True)) == pairs


def test_pairs_of_the_closest_do_not_lean_to_one_side():
    """Half are treated, with the larger scores: "largest" pairs each with one below."""
    rng = np.random.default_rng(5)
    score = rng.normal(size=1000)
    treated = rng.random(1000) < 1 / (1 + np.exp(-score))
    lean = {}
    for order in ("closest", "largest"):
        found = nearest_matches(score, treated, caliper=0.2, order=order)
        lean[order] = (score[found.treated] - score[found.control]).mean() / score.std()
    assert abs(lean["closest"]) < 0.01 and lean["largest"] > 0.1


PATIENTS = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=2, max_size=9)


@settings(max_examples=40, deadline=None)
@given(PATIENTS)
def test_optimal_matches_are_the_best_of_all_ways(patients):
    s, treated = np.array(patients, dtype=float).T
    cases, controls = np.flatnonzero(treated), np.flatnonzero(treated == 0)
    found = optimal_matches(s, treated)
    assert found.treated.size == min(cases.size, controls.size)
    few, many = sorted((cases, controls), key=len)
    best = min(sum(abs(s[a] - s[b]) for a, b in zip(few, order, strict=True))
               for order in permutations(many, len(few)))  # fmt: skip
    assert found.distance.sum() == pytest.approx(best)
    assert found.distance.sum() <= nearest_matches(s, treated).distance.sum() + 1e-9


@settings(max_examples=40, deadline=None)
@given(PATIENTS, st.integers(1, 3))
def test_optimal_pairs_are_in_the_order_of_the_score_and_within_the_caliper(patients, ratio):
    s, treated = np.array(patients, dtype=float).T
    found: Matches = optimal_matches(s, treated, ratio=ratio, caliper=0.5)
    assert (found.distance <= 0.5 * s.std(ddof=1) + 1e-9).all()
    by_case = np.lexsort((s[found.control], s[found.treated]))
    assert (np.diff(s[found.control][by_case]) >= 0).all()
    assert np.unique(found.control).size == found.control.size
    assert (np.bincount(found.treated) <= ratio).all()


@pytest.mark.parametrize("match", [nearest_matches, optimal_matches])
def test_rounding_of_the_score_decides_no_pair(match):
    """Covariates in whole numbers give many scores, and many distances, that are equal."""
    x = np.column_stack([D["age"] >= 65, D["karno"], D["wt"]]).astype(float)
    score, rng = propensity(D["group"], x).score[0], np.random.default_rng(1)
    logits = np.log(score / (1 - score))
    want = match(logits, D["group"], caliper=0.2).set
    for _ in range(5):
        noise = 1 + 1e-14 * rng.normal(size=logits.size)
        assert (match(logits * noise, D["group"], caliper=0.2).set == want).all()


def test_matched_sets_are_compared_in_pairs_and_by_clusters():
    given_ = (D["time"], D["event"], D["group"])
    found = nearest_matches(logit(), D["group"], caliper=0.2)
    inside = found.set >= 0
    paired = matched_cox(*given_, found, paired=True)
    want = cox_fit(*(one[inside] for one in given_), strata=found.set[inside])
    close(paired.coef, want.coef)
    marginal = matched_cox(*given_, found)
    assert marginal.robust
    two = nearest_matches(logit(), 1 - D["group"], ratio=2)
    assert set(np.round(two.weights, 2)) <= {0.0, 0.5, 1.0}

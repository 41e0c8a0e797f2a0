"""Weighted and clustered curves and tests, arms, standardised curves: against R."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_values import close, rows, values

from cohortbook.stats.km import kaplan_meier
from cohortbook.stats.logrank import logrank
from cohortbook.stats.standardised import standardised_curves
from cohortbook.stats.weighted_curves import pairwise_logrank, weighted_km, weighted_logrank

D, R = rows("effects", "effects"), values("effects", "effects")
GIVEN = (D["time"], D["event"], D["group"])
AT = [100, 300, 500]


def test_weighted_kaplan_meier_against_r_survfit():
    found = weighted_km(D["time"], D["event"], D["w"])
    dies = found.n_event > 0
    for ours, theirs in (("time", "time"), ("survival", "surv"), ("std_err", "se"),
                         ("n_risk", "risk")):  # fmt: skip
        close(getattr(found, ours)[dies], R[f"wkm_{theirs}"], label=ours)
    clustered = weighted_km(D["time"], D["event"], D["w"], cluster=D["inst"])
    close(clustered.at(AT)["std_err"], R["wkm_cluster_se"])
    plain = weighted_km(D["time"], D["event"], cluster=D["inst"])
    close(plain.at(AT)["std_err"], R["km_cluster_se"])
    assert "effective sample size" in found.note


def test_weighted_and_clustered_logrank_against_r_coxph():
    close(weighted_logrank(*GIVEN, D["w"]).chi2, R["weighted_logrank"])
    close(weighted_logrank(*GIVEN, cluster=D["inst"]).chi2, R["cluster_logrank"])


def test_three_arms_against_r_survdiff():
    close(logrank(D["time"], D["event"], D["ecog"]).chi2, R["three_arms"])
    found = pairwise_logrank(D["time"], D["event"], D["ecog"])
    assert [(one.first, one.second) for one in found] == [(0, 1), (0, 2), (1, 2)]
    close([one.p for one in found], R["pairwise"])
    close([one.p_adjusted for one in found], R["pairwise_holm"])


def test_standardised_curves_against_r():
    x = D[["age", "karno"]].to_numpy(float)
    found = standardised_curves(*GIVEN, x, AT, draws=40, seed=2)
    close(found.reference, R["standardised_0"])
    close(found.treated, R["standardised_1"])
    low, high = found.limits()
    assert ((low < found.difference) & (found.difference < high)).all()


COHORT = st.lists(
    st.tuples(st.integers(1, 9), st.booleans(), st.integers(0, 1), st.integers(1, 3)),
    min_size=8, max_size=30,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(COHORT)
def test_weights_of_one_give_the_unweighted_and_whole_weights_copies(cohort):
    time, event, group, w = np.array(cohort, dtype=float).T
    one = np.ones(time.size)
    plain = kaplan_meier(time, event)
    close(weighted_km(time, event, one).survival, plain.survival)
    test, robust = logrank(time, event, group), weighted_logrank(time, event, group, one)
    if np.isfinite(robust.chi2):
        close(robust.observed, test.observed)
        close(robust.expected, test.expected)
    many = np.repeat(np.arange(time.size), w.astype(int))
    ours = weighted_km(time, event, w)
    copies = weighted_km(time[many], event[many], cluster=many)
    close(ours.survival, copies.survival)
    close(ours.std_err, copies.std_err)
    ours = weighted_logrank(time, event, group, w)
    copies = weighted_logrank(time[many], event[many], group[many], cluster=many)
    close(ours.chi2, copies.chi2, abs_=1e-7)


@settings(max_examples=40, deadline=None)
@given(COHORT)
def test_without_ties_before_the_end_robust_is_near_greenwood(cohort):
    time, event, _, _ = np.array(cohort, dtype=float).T
    time = time + np.arange(time.size) / 1000
    robust, plain = weighted_km(time, event), kaplan_meier(time, event)
    # without censoring before a time both are the binomial variance
    whole = np.cumsum(~event.astype(bool)[np.argsort(time)]) == 0
    # where nobody is left Greenwood's is 0 times infinity, which R prints as NaN too
    whole &= plain.survival > 0
    close(robust.std_err[whole], plain.std_err[whole])


def test_what_has_no_test_is_told():
    assert "no events" in weighted_logrank([1.0, 2.0], [0, 0], [0, 1]).note
    assert "fewer than two groups" in weighted_logrank([1.0, 2.0], [1, 0], [1, 1]).note
    with pytest.raises(ValueError, match="without a cluster"):
        weighted_km([1.0, 2.0], [1, 0], cluster=[1.0, np.nan])

"""Competing risks against R: survfit, etm, cmprsk, finegray."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_values import close, rows, values

from cohortbook.stats.competing import cumulative_incidence, gray_test
from cohortbook.stats.cox import cox_fit
from cohortbook.stats.fine_gray import fine_gray, predicted_incidence
from cohortbook.stats.km import kaplan_meier
from cohortbook.stats.logrank import logrank

D, R = rows("competing", "competing"), values("competing", "competing")
X = D[["age", "male", "mspike"]].to_numpy(float)
TIME = {"time": D["time"] + 0.5, "exact": D["exact"]}
AT = np.array([12, 60, 120, 240, 300]) + 0.6


@pytest.mark.parametrize("which", TIME)
def test_cumulative_incidence_against_survfit_and_etm(which):
    found = cumulative_incidence(TIME[which], D["cause"])
    at = found.at(AT)
    close(at["incidence"], R[f"aj_{which}_survfit"])
    for row, cause in enumerate(found.causes):
        key = f"aj_{which}_{cause}"
        close(at["incidence"][row], R[key])
        close(at["std_err"][row] ** 2, R[f"{key}_var"])
        close(at["conf_low"][row], R[f"{key}_low"])
        close(at["conf_high"][row], R[f"{key}_high"])
    close(found.incidence.sum(axis=0) + found.survival, np.ones(found.time.size))


@pytest.mark.parametrize("which", TIME)
@pytest.mark.parametrize("group", ["male", "group"])
def test_gray_against_cmprsk(which, group):
    for extra, more in (("", {}), ("_strata", {"strata": D["stratum"]}), ("_rho1", {"rho": 1.0})):
        found = [gray_test(TIME[which], D["cause"], D[group], j, **more).chi2 for j in (1, 2)]
        close(found, R[f"gray_{which}_{group}{extra}"], label=extra)


@pytest.mark.parametrize("which", TIME)
@pytest.mark.parametrize("of", [1, 2])
def test_models_against_coxph(which, of):
    for ties in ("breslow", "efron"):
        fit = fine_gray(TIME[which], D["cause"], X, of=of, ties=ties)
        got = np.r_[fit.coef, fit.std_err, fit.loglik_null, fit.loglik]
        close(got, R[f"fg_{which}_{of}_{ties}"], label=ties)
        cause = cox_fit(TIME[which], D["cause"] == of, X, ties=ties)
        close(np.r_[cause.coef, cause.std_err], R[f"cs_{which}_{of}_{ties}"])
    fit = fine_gray(TIME[which], D["cause"], X, of=of, censoring_strata=D["stratum"])
    close(np.r_[fit.coef, fit.std_err], R[f"fg_{which}_{of}_strata"])


def test_fine_gray_is_near_crr_which_estimates_censoring_a_little_otherwise():
    for which, time in TIME.items():
        for of in (1, 2):
            fit = fine_gray(time, D["cause"], X, of=of)
            close(fit.coef, R[f"crr_{which}_{of}"][:3], rel=0.01, abs_=0.01)
            close(fit.std_err, R[f"crr_{which}_{of}"][3:], rel=0.05)


def test_predicted_incidence_rises_with_time_and_matches_the_curve_of_all():
    fit = fine_gray(TIME["exact"], D["cause"], X, of=2)
    each = predicted_incidence(fit, X, AT)
    assert (np.diff(each, axis=1) >= 0).all()
    curve = cumulative_incidence(TIME["exact"], D["cause"]).at(AT)["incidence"][1]
    np.testing.assert_allclose(each.mean(axis=0), curve, atol=0.02)


COHORT = st.lists(
    st.tuples(st.integers(1, 9), st.integers(0, 2), st.integers(0, 1)), min_size=8, max_size=40
)


@settings(max_examples=60, deadline=None)
@given(COHORT)
def test_without_competing_events_it_is_kaplan_meier_log_rank_and_cox(cohort):
    time, cause, group = np.array(cohort).T
    alone = np.minimum(cause, 1)
    curve, km = cumulative_incidence(time, alone, [1]), kaplan_meier(time, alone)
    close(1 - curve.incidence[0], km.survival)
    # Kaplan-Meier has no standard error at 0
    seen = km.survival > 1e-9
    close(curve.std_err[0][seen], km.std_err[seen])
    some = seen & (km.survival < 1)
    close(1 - curve.conf_high[0][some], km.conf_low[some])
    close(1 - curve.conf_low[0][some], km.conf_high[some])
    fit, cox = fine_gray(time, alone, group), cox_fit(time, alone, group, robust=True)
    if not cox.infinite.any():
        close(fit.coef, cox.coef, abs_=1e-7)
        close(fit.std_err, cox.std_err, rel=1e-5, abs_=1e-7)
    gray, test = gray_test(time, alone, group), logrank(time, alone, group)
    close(gray.score, test.observed - test.expected, abs_=1e-8)


@settings(max_examples=60, deadline=None)
@given(COHORT)
def test_incidences_add_up_and_relabelling_changes_nothing(cohort):
    time, cause, group = np.array(cohort).T
    found = cumulative_incidence(time, cause, [1, 2])
    close(found.incidence.sum(axis=0) + found.survival, np.ones(found.time.size))
    swapped = cumulative_incidence(time, np.array([0, 2, 1])[cause], [2, 1])
    close(found.incidence, swapped.incidence)
    close(found.std_err, swapped.std_err)
    close(gray_test(time, cause, group).chi2, gray_test(time, cause, 1 - group).chi2, rel=1e-5)
    every = cumulative_incidence(time, cause, [1, 2], entry=np.zeros(time.size))
    close(every.incidence, found.incidence)


def test_what_is_wrong_with_causes_is_told():
    with pytest.raises(ValueError, match="whole number"):
        cumulative_incidence([1.0], [0.5])
    with pytest.raises(ValueError, match="not among"):
        cumulative_incidence([1.0], [3], causes=[1, 2])
    assert "fewer than two groups" in gray_test([1.0, 2.0], [1, 1], [0, 0]).note
    assert np.isnan(fine_gray([1.0, 2.0], [2, 0], [0.0, 1.0]).coef).all()

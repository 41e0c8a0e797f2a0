"""Effects that change with time, against R: weighted tests, periods, log time, differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_values import close, rows, values

from cohortbook.stats.changing_effect import (
    difference_over_time,
    hazard_ratio_at,
    piecewise_hazard_ratios,
    split_follow_up,
    treatment_by_log_time,
)
from cohortbook.stats.cox import cox_fit
from cohortbook.stats.logrank import logrank
from cohortbook.stats.rmst import rmst_difference
from cohortbook.stats.weighted_logrank import max_combo

D, R = rows("effects", "effects"), values("effects", "effects")
GIVEN = (D["time"], D["event"], D["group"])
AT = [100, 300, 500]


def test_fleming_harrington_and_max_combo_against_r():
    found = max_combo(*GIVEN)
    close(found.z, R["fh_z"])
    close(found.correlation, R["fh_cor"])
    close(found.p, R["maxcombo_p"], rel=2e-3, abs_=2e-5)
    close(max_combo(*GIVEN, strata=D["ecog"]).z, R["fh_strata_z"])
    chi2 = [max_combo(*GIVEN, [w]).z[0] ** 2 for w in ((0, 0), (1, 0))]
    chi2.append(max_combo(*GIVEN, [(0, 0)], D["ecog"]).z[0] ** 2)
    close(chi2, R["survdiff"])
    assert max_combo(*GIVEN, [(0, 1)]).p == max_combo(*GIVEN, [(0, 1)]).p_each[0]


@pytest.mark.parametrize("ties", ["breslow", "efron"])
def test_piecewise_and_log_time_effects_against_r(ties):
    found = piecewise_hazard_ratios(*GIVEN, [180, 365], D["age"], ties=ties)
    close(np.r_[found.fit.coef, found.fit.std_err], R[f"piecewise_{ties}"])
    close(found.equal.chi2, R[f"piecewise_equal_{ties}"])
    assert found.events.sum() == D["event"].sum()
    assert found.patients[0].sum() == len(D)
    fit = treatment_by_log_time(*GIVEN, D["age"], ties=ties)
    close(np.r_[fit.coef, fit.std_err], R[f"logtime_{ties}"])
    close(hazard_ratio_at(fit, [1.0])[0], fit.hr[-2])


def test_by_log_time_nobody_is_twice_at_risk_at_time_zero():
    time = np.where(D["time"] < 30, 0, D["time"])
    found = treatment_by_log_time(time, D["event"], D["group"], D["age"], ties="efron")
    close(np.r_[found.coef, found.std_err], R["logtime_zero"])


def test_differences_over_time_against_r():
    for of, keys in (("survival", ("difference", "difference_se")),
                     ("rmst", ("rmst_difference", "rmst_se"))):  # fmt: skip
        found = difference_over_time(*GIVEN, of=of, draws=200)
        if of == "survival":
            place = np.searchsorted(found.time, AT, side="right") - 1
            close(found.estimate[place], R[keys[0]])
            close(found.std_err[place], R[keys[1]])
    at_events = difference_over_time(*GIVEN, of="rmst", draws=200)
    for k in (20, 60, 100):
        one = rmst_difference(*GIVEN, tau=at_events.time[k])
        close(at_events.estimate[k], one.difference)
        close(at_events.std_err[k], one.difference_se)
    close([rmst_difference(*GIVEN, tau=t).difference for t in AT], R["rmst_difference"])
    close([rmst_difference(*GIVEN, tau=t).difference_se for t in AT], R["rmst_se"])


def test_a_band_holds_everywhere_and_is_repeated_by_its_seed():
    found = difference_over_time(*GIVEN, seed=4)
    assert 2.3 < found.critical < 3.6  # wider than the pointwise 1.96
    known = found.std_err > 0
    assert (found.band_low[known] < found.conf_low[known]).all()
    again = difference_over_time(*GIVEN, seed=4)
    assert (found.band_high == again.band_high).all()


def test_bands_cover_a_true_difference_of_nothing():
    rng, missed = np.random.default_rng(8), 0
    for seed in range(80):
        time, group = rng.exponential(10, 120), rng.permutation(np.repeat([0, 1], 60))
        event = time < 15
        found = difference_over_time(np.minimum(time, 15), event, group, between=(1, 14),
                                     draws=300, seed=seed)  # fmt: skip
        missed += bool((found.band_low > 0).any() or (found.band_high < 0).any())
    assert missed <= 11  # 5 % of 80, by chance up to 9


COHORT = st.lists(
    st.tuples(st.integers(1, 9), st.booleans(), st.integers(0, 1), st.integers(0, 2)),
    min_size=8, max_size=40,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(COHORT)
def test_the_weight_of_one_is_the_log_rank_test(cohort):
    time, event, group, stratum = np.array(cohort, dtype=float).T
    ours = max_combo(time, event, group, [(0, 0)], stratum)
    plain = logrank(time, event, group, stratum)
    if np.isfinite(ours.z[0]) and np.isfinite(plain.chi2):
        close(ours.z[0] ** 2, plain.chi2, abs_=1e-8)
        close(ours.p, plain.p, abs_=1e-8)


@settings(max_examples=60, deadline=None)
@given(COHORT, st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True))
def test_one_period_for_all_is_the_plain_model_and_cuts_lose_nothing(cohort, cuts):
    time, event, group, _ = np.array(cohort, dtype=float).T
    parts = split_follow_up(time, event, sorted(cuts))
    assert (parts.time - parts.entry).sum() == time.sum()
    assert parts.event.sum() == event.sum()
    plain, cut = cox_fit(time, event, group), cox_fit(
        parts.time, parts.event, group[parts.row], entry=parts.entry)  # fmt: skip
    if not plain.infinite.any():
        close(cut.coef, plain.coef, abs_=1e-7)
    whole = piecewise_hazard_ratios(time, event, group, [])
    if not plain.infinite.any():
        close(whole.fit.coef, plain.coef, abs_=1e-7)


def test_what_cannot_be_compared_is_told():
    with pytest.raises(ValueError, match="two groups"):
        max_combo([1.0, 2.0, 3.0], [1, 1, 1], [0, 1, 2])
    with pytest.raises(ValueError, match="negative"):
        max_combo([1.0, 2.0], [1, 1], [0, 1], [(-1, 0)])
    assert "never at risk together" in max_combo([1.0, 2.0], [1, 1], [1, 1]).note

"""Left truncation and counting-process rows: Kaplan-Meier, log-rank and Cox against R."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_values import close, rows, values

import cohortbook.stats.cox_likelihood as likelihood_module
from cohortbook.stats.competing import cumulative_incidence
from cohortbook.stats.cox import cox_fit
from cohortbook.stats.km import kaplan_meier
from cohortbook.stats.logrank import logrank
from cohortbook.stats.zph import cox_zph

D, R = rows("followup", "entry"), values("followup", "entry")
X = D[["x1", "x2", "arm"]].to_numpy(float)
TIES = ("breslow", "efron")


def fit(ties, **settings):
    return cox_fit(D["time"], D["event"], X, entry=D["entry"], ties=ties, **settings)


def same(name, ties, got):
    close(got.coef, R[f"{name}_{ties}_coef"], label=name)
    close(got.std_err, R[f"{name}_{ties}_se"], label=name)
    close([got.loglik_null, got.loglik], R[f"{name}_{ties}_loglik"], label=name)
    close(got.score_test.chi2, R[f"{name}_{ties}_score"], label=name)


def test_kaplan_meier_with_entries_against_r_survfit():
    got = kaplan_meier(D["time"], D["event"], entry=D["entry"])
    seen = np.isin(got.time, R["km_time"])
    for ours, theirs in (
        ("n_risk", "n.risk"),
        ("n_event", "n.event"),
        ("survival", "surv"),
        ("std_err", "std.err"),
        ("conf_low", "lower"),
        ("conf_high", "upper"),
    ):
        # R has a row for each time at which somebody comes or goes, ours where somebody goes
        want = R[f"km_{theirs}"][np.isin(R["km_time"], got.time)]
        close(getattr(got, ours)[seen], want, label=ours)
    close(got.quantile(0.5), R["km_median"])
    at = np.array([0.5, 3, 7, 12.5])
    by_hand = [((D["entry"] < t) & (D["time"] >= t)).sum() for t in at]
    assert got.n_risk_at(at).tolist() == by_hand


def test_logrank_with_entries_against_r():
    given_rows = (D["time"], D["event"], D["arm"])
    close(logrank(*given_rows, entry=D["entry"]).chi2, R["logrank"])
    close(logrank(*given_rows, D["stratum"], entry=D["entry"]).chi2, R["logrank_strata"])


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("dense", [True, False])
def test_cox_with_entries_strata_weights_and_clusters_against_r_coxph(ties, dense, monkeypatch):
    if not dense:  # the back end of large cohorts
        monkeypatch.setattr(likelihood_module, "MOST_CELLS", 0)
        monkeypatch.setattr(likelihood_module, "_DENSE", 0)
    same("cox", ties, fit(ties))
    same("strata", ties, fit(ties, strata=D["stratum"]))
    same("weights", ties, fit(ties, weights=D["w"], cluster=D["centre"]))
    same("cluster", ties, fit(ties, strata=D["stratum"], cluster=D["centre"]))
    plain = cox_fit(D["time"], D["event"], X, ties=ties, cluster=D["centre"])
    same("plain_cluster", ties, plain)


@pytest.mark.parametrize("ties", TIES)
def test_residuals_baseline_and_checks_with_entries_against_r(ties):
    got = fit(ties)
    close(got.concordance, R[f"cox_{ties}_concordance"])
    close(got.martingale()[:20], R[f"cox_{ties}_martingale"])
    close(got.dfbeta()[:10], R[f"cox_{ties}_dfbeta"])
    close(got.baseline_hazard()[1], R[f"cox_{ties}_basehaz"])
    zph = cox_zph(got)
    ours = [zph.by_variable[name].chi2 for name in got.names] + [zph.overall.chi2]
    close(ours, R[f"cox_{ties}_zph"])


COHORT = st.lists(
    st.tuples(st.integers(1, 9), st.booleans(), st.integers(0, 1), st.integers(0, 8)),
    min_size=6, max_size=40,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(COHORT)
def test_entries_at_zero_are_no_entries(cohort):
    time, event, group, _ = np.array(cohort, dtype=float).T
    zero = np.zeros(time.size)
    ours, plain = kaplan_meier(time, event, entry=zero), kaplan_meier(time, event)
    close(ours.survival, plain.survival)
    close(ours.n_risk_at([0, 2.5, 4]), plain.n_risk_at([0, 2.5, 4]))
    close(logrank(time, event, group, entry=zero).chi2, logrank(time, event, group).chi2)
    ours = cox_fit(time, event, group, entry=zero, ties="efron")
    plain = cox_fit(time, event, group, ties="efron")
    if not plain.infinite.any():
        close(ours.coef, plain.coef, abs_=1e-7)


@settings(max_examples=60, deadline=None)
@given(COHORT, st.integers(1, 8))
def test_a_follow_up_cut_in_pieces_is_the_same_follow_up(cohort, cut):
    time, event, group, _ = np.array(cohort, dtype=float).T
    late = time > cut
    pieces = {
        "entry": np.r_[np.zeros(time.size), np.full(late.sum(), cut)],
        "time": np.r_[np.minimum(time, cut), time[late]],
        "event": np.r_[event * ~late, event[late]],
    }
    both = np.r_[group, group[late]]
    close(
        kaplan_meier(**pieces).at([cut, 9])["survival"],
        kaplan_meier(time, event).at([cut, 9])["survival"],
    )
    close(logrank(group=both, **pieces).chi2, logrank(time, event, group).chi2)
    whole = cox_fit(time, event, group)
    if not whole.infinite.any():
        cluster = np.r_[np.arange(time.size), np.flatnonzero(late)]
        cut_up = cox_fit(x=both, cluster=cluster, **pieces)
        close(cut_up.coef, whole.coef, abs_=1e-7)
        close(cut_up.std_err, whole.with_robust_variance().std_err, rel=1e-5, abs_=1e-7)


def test_rows_that_are_never_at_risk_and_a_curve_that_empties_are_told():
    got = kaplan_meier([5, 3, 9], [1, 1, 1], entry=[0, 4, 5])
    assert got.n == 2
    assert "1 row with missing values" in got.note
    assert "before the last entries" in got.note
    assert got.survival.tolist() == [0, 0]
    with pytest.raises(ValueError, match="entry times must not be negative"):
        kaplan_meier([5.0], [1], entry=[-1])


def test_monotone_likelihood_with_entries_is_marked():
    time, entry = np.arange(4.0, 24.0), np.arange(20) / 10
    group = (np.arange(20) < 10).astype(float)
    got = cox_fit(time, group, group, entry=entry)
    assert got.infinite.tolist() == [True]


def test_competing_risks_with_entries_count_who_has_entered():
    cause = np.where(D["event"] == 1, 1 + np.arange(len(D["event"])) % 2, 0)
    got = cumulative_incidence(D["time"], cause, entry=D["entry"])
    at = np.array([0.0, 0.5, 3, 7, 12.5, *got.time])
    here = D["entry"].where(D["entry"] > 0, -1)  # at risk at time 0 too
    by_hand = [((here < t) & (D["time"] >= t)).sum() for t in at]
    assert got.n_risk_at(at).tolist() == by_hand
    assert got.at(got.time)["n_risk"].tolist() == got.n_risk.tolist()

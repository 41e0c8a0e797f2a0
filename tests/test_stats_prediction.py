"""Splines, prediction and penalties, against R's rms and survival and a general optimiser."""

from __future__ import annotations

import numpy as np
import pytest
from reference_values import close, rows, values
from scipy.optimize import minimize

import cohortbook.stats.prediction as module
from cohortbook.stats.concordance import concordance
from cohortbook.stats.cox import cox_fit
from cohortbook.stats.fine_gray import fine_gray
from cohortbook.stats.km import kaplan_meier
from cohortbook.stats.penalised import _folds, penalised_path
from cohortbook.stats.prediction import (
    MEASURES,
    brier,
    calibration,
    calibration_curve,
    decision_curve,
    harrell_c,
    observed_risk,
    predicted_risk,
    shrunken,
    uno_c,
    validate,
)
from cohortbook.stats.splines import nonlinearity, spline_basis, spline_curve, spline_knots

D, R = rows("effects", "effects").copy(), values("effects", "effects")
P = values("prediction", "prediction")
X = D[["age", "karno", "group"]].to_numpy(float)


@pytest.mark.parametrize("count", [3, 4, 5])
def test_splines_against_rms(count):
    knots = spline_knots(D["age"], count)
    close(knots, R[f"knots_{count}"])
    basis = spline_basis(D["age"], knots)
    close(basis[:5], R[f"basis_{count}"])
    fit = cox_fit(D["time"], D["event"], np.column_stack([basis, D["group"]]), ties="efron")
    close(np.r_[fit.coef, fit.loglik], R[f"spline_{count}"], rel=1e-5)
    columns = list(range(count - 1))
    close(nonlinearity(fit, columns).chi2, R[f"nonlinear_{count}"])
    curve = spline_curve(fit, columns, knots, [45, 60, 75], 62)
    close(np.log(curve.hr), R[f"spline_hr_{count}"])
    close(np.log(curve.conf_high / curve.hr) / 1.959963984540054, R[f"spline_se_{count}"])
    assert (curve.band_high > curve.conf_high).all()


def test_a_spline_is_straight_beyond_its_outer_knots_and_needs_distinct_values():
    knots = spline_knots(np.arange(100.0), 4)
    beyond = spline_basis(np.array([200.0, 300.0, 400.0]), knots)
    close(np.diff(beyond, 2, axis=0), np.zeros((1, 3)), abs_=1e-6)
    with pytest.raises(ValueError, match="too few distinct values"):
        spline_knots([1.0, 1.0, 1.0, 2.0], 4)
    with pytest.raises(ValueError, match="3, 4 or 5"):
        spline_knots([1.0], 7)


def test_concordance_risk_brier_and_net_benefit_against_r():
    fit = cox_fit(D["time"], D["event"], X, ties="efron")
    eta = X @ fit.coef
    close(concordance(D["time"], D["event"], eta), np.r_[R["harrell"], R["harrell_se"]])
    for tau in (365, 500):
        close(uno_c(D["time"], D["event"], eta, tau), R[f"uno_{tau}"])
    risk = predicted_risk(fit, X, 300)
    close(risk, R["risk_300"])
    close(brier(D["time"], D["event"], risk, 300), R["brier_300"])
    curve = decision_curve(D["time"], D["event"], risk, 300, [0.3, 0.5])
    close(curve.model, np.r_[R["net_0.3"], R["net_0.5"]])


def test_without_censoring_unos_c_is_harrells_and_brier_a_mean_square():
    rng = np.random.default_rng(3)
    time, risk = rng.exponential(5, 60), rng.random(60)
    event = np.ones(60)
    close(uno_c(time, event, -risk).c, concordance(time, event, -risk).c)
    close(brier(time, event, risk, 4), np.mean(((time <= 4) - risk) ** 2))


def test_calibration_groups_hold_everybody():
    fit = cox_fit(D["time"], D["event"], X)
    found = calibration(D["time"], D["event"], predicted_risk(fit, X, 300), 300, 4)
    assert sum(one.n for one in found) == len(D)
    predicted = [one.predicted for one in found]
    assert predicted == sorted(predicted)
    assert all(one.conf_low <= one.observed <= one.conf_high for one in found)


def test_a_resample_that_is_the_data_has_no_optimism(monkeypatch):
    monkeypatch.setattr(module, "resample_counts", lambda n, size, rng: np.ones((size, n), int))
    found = validate(D["time"], D["event"], X, 300, resamples=2, grid=[0.5], thresholds=[0.4])
    close(list(found.optimism.values()), np.zeros(len(MEASURES)), abs_=1e-9)
    close(np.r_[found.curve[1], found.benefit[1]], [0, 0], abs_=1e-9)
    assert found.apparent["slope"] == pytest.approx(1, abs=1e-6)


def test_the_optimism_of_given_resamples_and_the_calibration_curve_against_r(monkeypatch):
    number = np.arange(1, len(D) + 1)
    drawn = np.array([
        np.bincount((k * number**2 + number) % len(D), minlength=len(D)) for k in range(1, 6)
    ])  # fmt: skip
    monkeypatch.setattr(module, "resample_counts", lambda n, size, rng: drawn)
    found = validate(D["time"], D["event"], X, 300, resamples=5)
    names = ["harrell_c", "uno_c", "slope", "observed_expected"]
    close([found.apparent[name] for name in names], P["apparent"])
    close([found.optimism[name] for name in names], P["optimism"])
    risk = predicted_risk(cox_fit(D["time"], D["event"], X), X, 300)
    close(calibration_curve(D["time"], D["event"], risk, 300, [0.4, 0.5, 0.6]), P["curve"])


def test_a_model_where_events_compete_against_r():
    m = rows("competing", "competing")
    x = m[["age", "male", "mspike", "hgb"]].to_numpy(float)
    time, cause = m["time"], m["cause"]
    fit = fine_gray(time, cause, x)
    eta, risk = x @ fit.coef, predicted_risk(fit, x, 100)
    close(risk, P["fg_risk"])
    close(brier(time, cause, risk, 100), P["fg_brier"])
    close([harrell_c(time, cause, eta).c, uno_c(time, cause, eta, 100).c], P["fg_c"])
    found = decision_curve(time, cause, risk, 100, [0.03, 0.06])
    close(found.model, np.r_[P["fg_net_0.03"], P["fg_net_0.06"]])
    close(found.everybody[0], P["fg_all_0.03"])
    # nobody with another event: Kaplan and Meier's, and the usual C
    alone = (cause == 1).astype(int)
    close(uno_c(time, alone, eta, 100), uno_c(time, alone * 1.0, eta, 100))
    members = np.column_stack([cause >= 0, m["male"] == 1])
    close(observed_risk(time, alone, members, 100), [
        1 - kaplan_meier(time[rows_], alone[rows_]).at([100])["survival"][0] for rows_ in members.T
    ])  # fmt: skip


@pytest.mark.parametrize("alpha", [1, 0.5, 0])
def test_penalised_paths_against_glmnet(alpha):
    # at ties glmnet 4.1 is not Breslow's: its unpenalised fit is not coxph's either
    found = penalised_path(D["exact"], D["event"], FOUR, alpha=alpha, lambdas=[0.2, 0.08, 0.02])
    close(found.coef, P[f"glmnet_{alpha}"], abs_=1e-7, rel=1e-5)


def test_the_risk_of_stated_coefficients_has_breslows_baseline():
    time, event = D["time"].to_numpy(float), D["event"].to_numpy(float)
    model = shrunken(time, event, FOUR, np.array([0.02, -0.01, -0.4, 0.005]))
    at = np.searchsorted(model.at, 300, side="right")
    close(model.hazard[at - 1], P["baseline_300"])
    fit = cox_fit(time, event, FOUR)
    same = shrunken(time, event, FOUR, fit.coef)
    close(predicted_risk(same, FOUR, 300), predicted_risk(fit, FOUR, 300))


def test_a_patient_drawn_twice_is_in_one_fold():
    rng = np.random.default_rng(1)
    who, event = rng.integers(0, 40, 60), rng.random(40) < 0.5
    fold = _folds(event[who], who, 5, 1)
    assert all(len(set(fold[who == one])) == 1 for one in set(who))
    assert set(fold) == set(range(5))


def test_noise_is_seen_to_be_optimistic():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(80, 8))
    time, event = rng.exponential(5, 80), rng.random(80) < 0.7
    found = validate(time, event, x, 4, resamples=40)
    assert found.corrected["slope"] < 0.75
    assert found.optimism["harrell_c"] > 0.03


def objective(beta, penalty, alpha, x, ties="breslow"):
    """The penalised deviance, written out for data without ties in time."""
    order = np.argsort(-D["exact"].to_numpy())
    eta = (x @ beta)[order]
    died = D["event"].to_numpy()[order] == 1
    loglik = (eta - np.log(np.cumsum(np.exp(eta))))[died].sum()
    cost = alpha * np.abs(beta).sum() + (1 - alpha) / 2 * (beta**2).sum()
    return -loglik / len(x) + penalty * cost


D["exact"] = D["time"] + np.arange(len(D)) / 1000
FOUR = D[["age", "karno", "group", "wt"]].to_numpy(float)
SCALED = (FOUR - FOUR.mean(axis=0)) / FOUR.std(axis=0)


@pytest.mark.parametrize("alpha", [1.0, 0.5, 0.0])
def test_penalised_estimates_are_least_against_a_general_optimiser(alpha):
    found = penalised_path(D["exact"], D["event"], FOUR, alpha=alpha, lambdas=[0.2, 0.05, 0.01])
    for penalty, coef in zip(found.lambdas, found.coef, strict=True):
        ours = coef * FOUR.std(axis=0)
        # split in positive and negative parts the problem is smooth with bounds
        both = minimize(
            lambda v, penalty=penalty: objective(v[:4] - v[4:], penalty, 0.0, SCALED) + penalty * (
                alpha * v.sum() - alpha / 2 * ((v[:4] - v[4:]) ** 2).sum()),
            np.full(8, 0.01), bounds=[(0, None)] * 8, method="L-BFGS-B",
            options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 5000},
        )  # fmt: skip
        best = both.x[:4] - both.x[4:]
        close(ours, best, abs_=2e-5, rel=1e-4)
        assert objective(ours, penalty, alpha, SCALED) <= objective(
            best, penalty, alpha, SCALED) + 1e-10  # fmt: skip


def test_ridge_against_r_coxph():
    n = len(D)
    found = penalised_path(D["time"], D["event"], FOUR, alpha=0, lambdas=[20 / n],
                           ties="efron")  # fmt: skip
    close(found.coef[0], R["ridge"], rel=1e-5)


def test_a_vanishing_penalty_gives_the_plain_model_and_a_large_one_nothing():
    plain = cox_fit(D["time"], D["event"], FOUR)
    found = penalised_path(D["time"], D["event"], FOUR, lambdas=[10.0, 1e-9])
    close(found.coef[0], np.zeros(4))
    close(found.coef[1], plain.coef, rel=1e-5)
    first = penalised_path(D["time"], D["event"], FOUR, size=5)
    close(first.coef[0], np.zeros(4), abs_=1e-9)
    assert np.count_nonzero(first.coef[1]) > 0
    kept = penalised_path(D["time"], D["event"], FOUR, lambdas=[10.0], unpenalised=[2])
    alone = cox_fit(D["time"], D["event"], FOUR[:, 2])
    close(kept.coef[0], [0, 0, alone.coef[0], 0], abs_=1e-7, rel=1e-5)


def test_cross_validation_leaves_noise_out():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(120, 10))
    time = rng.exponential(10, 120) / np.exp(x[:, 0])
    found = penalised_path(time, np.ones(120), x, folds=5, size=25)
    coef = found.coef[found.one_se]
    assert coef[0] > 0.2
    assert np.abs(coef[1:]).max() < coef[0] / 2
    assert found.one_se <= found.chosen
    again = penalised_path(time, np.ones(120), x, folds=5, size=25)
    assert (again.deviance == found.deviance).all()

"""Splines, prediction and penalties, against R's rms and survival and a general optimiser."""

from __future__ import annotations

import numpy as np
import pytest
from reference_values import close, rows, values
from scipy.optimize import minimize

import cohortbook.stats.prediction as module
from cohortbook.stats.concordance import concordance
from cohortbook.stats.cox import cox_fit
from cohortbook.stats.penalised import penalised_path
from cohortbook.stats.prediction import (
    brier,
    calibration,
    decision_curve,
    predicted_risk,
    uno_c,
    validate,
)
from cohortbook.stats.splines import nonlinearity, spline_basis, spline_curve, spline_knots

D, R = rows("effects", "effects").copy(), values("effects", "effects")
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
    found = validate(D["time"], D["event"], X, 300, resamples=2)
    close(list(found.optimism.values()), np.zeros(4), abs_=1e-9)
    assert found.apparent["slope"] == pytest.approx(1, abs=1e-6)


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
    return -2 / len(x) * loglik + penalty * cost


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
    found = penalised_path(D["time"], D["event"], FOUR, alpha=0, lambdas=[2 * 20 / n],
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

"""What has no estimate gives none, with a note and without a warning: nobody, no events."""

from __future__ import annotations

import numpy as np
import pytest

from cohortbook.stats.changing_effect import (
    difference_over_time,
    piecewise_hazard_ratios,
    treatment_by_log_time,
)
from cohortbook.stats.clone_censor import clone_censor_weight
from cohortbook.stats.competing import cumulative_incidence, gray_test
from cohortbook.stats.counting import immortal_time, mantel_byar, simon_makuch
from cohortbook.stats.fine_gray import fine_gray
from cohortbook.stats.imputation import Incomplete, impute
from cohortbook.stats.late_treatment import cox_landmark, cox_time_dependent, sequential_trials
from cohortbook.stats.matching import nearest_matches, optimal_matches
from cohortbook.stats.penalised import penalised_path
from cohortbook.stats.prediction import brier, calibration, decision_curve, uno_c, validate
from cohortbook.stats.standardised import standardised_curves
from cohortbook.stats.weighted_curves import pairwise_logrank, weighted_km, weighted_logrank
from cohortbook.stats.weighted_logrank import max_combo

COHORTS = {
    "nobody": (0, 0.5), "one": (1, 1.0), "two": (2, 0.5), "no events": (12, 0.0),
    "all events at once": (12, 1.0), "few": (6, 0.7),
}  # fmt: skip


@pytest.mark.parametrize("name", COHORTS)
def test_nothing_breaks_and_nothing_warns(name):
    n, share = COHORTS[name]
    rng = np.random.default_rng(n)
    time = np.ones(n) if name == "all events at once" else rng.integers(1, 9, n).astype(float)
    event, group = rng.random(n) < share, rng.integers(0, 2, n)
    x, start = rng.normal(size=(n, 2)), np.where(rng.random(n) < 0.5, 1.0, np.nan)
    late = (time, event, start)
    mantel_byar(*late)
    simon_makuch(*late)
    immortal_time(*late)
    for covariates in (None, x):
        cox_landmark(*late, 2, covariates)
        cox_time_dependent(*late, covariates, robust=True)
        sequential_trials(*late, covariates)
        for model in ("cox", "logistic"):
            found = clone_censor_weight(*late, 3, covariates, model=model, truncate=0.9,
                                        resamples=3, at=[2])  # fmt: skip
            assert found.bootstrap
            found.difference()
    cumulative_incidence(time, event.astype(int), [1, 2])
    gray_test(time, event.astype(int), group)
    fine_gray(time, event.astype(int), x)
    max_combo(time, event, group)
    piecewise_hazard_ratios(time, event, group, [3])
    treatment_by_log_time(time, event, group)
    difference_over_time(time, event, group, draws=5)
    weighted_km(time, event, np.full(n, 0.5))
    weighted_logrank(time, event, group, np.full(n, 0.5))
    pairwise_logrank(time, event, rng.integers(0, 3, n))
    standardised_curves(time, event, group, x, [2], draws=3)
    for match in (nearest_matches, optimal_matches):
        assert len(match(rng.random(n), group, caliper=0.2).treated) <= n
    risk = rng.random(n)
    uno_c(time, event, risk, 5)
    brier(time, event, risk, 2)
    calibration(time, event, risk, 2)
    decision_curve(time, event, risk, 2, [0.3])
    validate(time, event, x, 3, resamples=3)
    penalised_path(time, event, x, size=3, folds=2)
    impute([Incomplete("x", "continuous", x[:, 0])], event.astype(float), m=2)


def test_a_model_without_an_event_is_not_judged():
    found = validate([1.0, 2.0], [0, 0], np.zeros((2, 1)), 1)
    assert np.isnan(found.corrected["harrell_c"])
    assert "not judged" in found.note


def test_too_few_events_for_folds_are_told():
    found = penalised_path([1.0, 2.0, 3.0], [1, 0, 0], np.arange(3.0)[:, None], size=3, folds=3)
    assert found.chosen == -1
    assert "cross-validation" in found.note

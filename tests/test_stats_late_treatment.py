"""A treatment that begins during follow-up, against R on the Stanford heart transplants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_values import close, rows, values

from cohortbook.stats.bootstrap import percentile_limits
from cohortbook.stats.clone_censor import clone_censor_weight
from cohortbook.stats.counting import (
    counting_process,
    follow_up,
    immortal_time,
    mantel_byar,
    simon_makuch,
)
from cohortbook.stats.km import kaplan_meier
from cohortbook.stats.late_treatment import (
    cox_landmark,
    cox_naive,
    cox_time_dependent,
    sequential_trials,
)
from cohortbook.stats.logrank import logrank

D, R = rows("followup", "transplant"), values("followup", "entry")
GIVEN = (D["time"], D["event"], D["start"])
THREE, TWO, AGE = (D[c].to_numpy(float) for c in (["age", "year", "surgery"], ["age", "surgery"],
                                                  ["age"]))  # fmt: skip
TIES = ("breslow", "efron")


def last(fit):
    return fit.coef[-1], fit.std_err[-1]


def test_mantel_byar_and_simon_makuch_against_r():
    close(mantel_byar(*GIVEN).chi2, R["mantel_byar"])
    found = simon_makuch(*GIVEN)
    for state, curve in enumerate((found.untreated, found.treated)):
        dies = curve.n_event > 0
        for ours, theirs in (
            ("time", "time"),
            ("n_risk", "risk"),
            ("survival", "surv"),
            ("conf_low", "low"),
        ):
            close(getattr(curve, ours)[dies], R[f"simon_{state}_{theirs}"], label=ours)


@pytest.mark.parametrize("ties", TIES)
def test_cox_models_against_r_coxph(ties):
    close(last(cox_time_dependent(*GIVEN, THREE, ties=ties)), R[f"td_{ties}"])
    close(last(cox_time_dependent(*GIVEN, THREE, ties=ties, robust=True)), R[f"td_robust_{ties}"])
    close(last(cox_naive(*GIVEN, THREE, ties=ties)), R[f"naive_{ties}"])
    close(last(cox_landmark(*GIVEN, 30, AGE, ties=ties)), R[f"landmark_{ties}"])


def test_sequential_trials_against_r_coxph():
    found = sequential_trials(*GIVEN, AGE, ties="efron")
    close(last(found.fit), R["trials_protocol"])
    itt = sequential_trials(*GIVEN, AGE, ties="efron", analysis="intention-to-treat")
    close(last(itt.fit), R["trials_itt"])
    grid = sequential_trials(*GIVEN, AGE, ties="efron", starts=[0, 15, 30, 60, 90])
    close(last(grid.fit), R["trials_grid"])
    # each patient who was treated is so in one trial
    seen = np.isfinite(follow_up(*GIVEN).start).sum()
    assert found.n_treated.sum() == seen


def test_immortal_time_against_r():
    found = immortal_time(*GIVEN)
    close([found.waited, found.treated_total, found.total], R["immortal"])
    close(found.share_of_treated, R["immortal"][0] / R["immortal"][1])


@pytest.mark.parametrize("model", ["cox", "logistic"])
@pytest.mark.parametrize("truncate", [None, 0.95])
def test_clone_censor_weight_against_r(model, truncate):
    key = f"ccw_{model}_{truncate or 1}"
    for ties in TIES:
        found = clone_censor_weight(*GIVEN, 60, TWO, model=model, truncate=truncate, ties=ties)
        close(last(found.fit), R[f"{key}_{ties}"])
    for arm, summary in enumerate(found.weights):
        close([summary.mean, summary.sd, summary.maximum], R[f"{key}_weights_{arm}"])
    close(found.survival_at([30, 90, 365]), R[f"{key}_curve"])


def test_resamples_of_the_clones_repeat_the_estimate_when_nobody_is_drawn_twice(monkeypatch):
    import cohortbook.stats.clone_censor as module

    monkeypatch.setattr(module, "resample_counts", lambda n, size, rng: np.ones((size, n), int))
    for ties in TIES:
        for model in ("cox", "logistic"):
            found = clone_censor_weight(*GIVEN, 60, TWO, model=model, truncate=0.95, ties=ties,
                                        resamples=2, at=[90, 365])  # fmt: skip
            close(found.draws, np.full(2, found.fit.coef[0]))
            gap, low, high = found.difference()
            close(low, gap)
            close(high, gap)


def test_resamples_of_the_clones_end_at_the_stated_precision():
    settings_ = {"resamples": 600, "seed": 4, "at": [90]}
    whole = clone_censor_weight(*GIVEN, 60, TWO, **settings_)
    error = percentile_limits(whole.draws[:500]).error
    some = clone_censor_weight(*GIVEN, 60, TWO, precision=1.01 * error, **settings_)
    assert whole.draws.size == 600 and some.draws.size == len(some.curve_draws) == 500
    assert some.bootstrap.error == pytest.approx(error)
    close(some.draws, whole.draws[:500])
    close(some.curve_draws, whole.curve_draws[:500])
    more = clone_censor_weight(*GIVEN, 60, TWO, precision=0.5 * error, **settings_)
    close(more.draws, whole.draws)


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("model", ["cox", "logistic"])
def test_resamples_computed_together_are_those_computed_one_by_one(monkeypatch, model, ties):
    import cohortbook.stats.clone_censor as module

    asked = {"model": model, "ties": ties, "truncate": 0.95, "resamples": 30, "at": [30, 90, 365]}
    together = clone_censor_weight(*GIVEN, 60, TWO, **asked)
    monkeypatch.setattr(module, "_AT_ONCE", 1)
    alone = clone_censor_weight(*GIVEN, 60, TWO, **asked)
    close(together.draws, alone.draws)
    close(together.curve_draws, alone.curve_draws)
    assert np.unique(together.draws.round(6)).size > 20


def test_a_resample_is_the_cohort_with_its_patients_repeated(monkeypatch):
    import cohortbook.stats.clone_censor as module

    counts = np.random.default_rng(5).multinomial(len(D), np.full(len(D), 1 / len(D)))
    monkeypatch.setattr(module, "resample_counts", lambda n, size, rng: counts[None])
    drawn = D.loc[np.repeat(D.index, counts)]
    for model in ("cox", "logistic"):
        settings_ = {"model": model, "truncate": 0.9}
        found = clone_censor_weight(*GIVEN, 60, TWO, resamples=1, **settings_)
        again = clone_censor_weight(
            drawn["time"],
            drawn["event"],
            drawn["start"],
            60,
            drawn[["age", "surgery"]].to_numpy(float),
            **settings_,
        )
        close(found.draws, again.fit.coef, rel=1e-5)


PATIENTS = st.lists(
    st.tuples(st.integers(1, 12), st.booleans(), st.integers(0, 14)), min_size=8, max_size=40
)


@settings(max_examples=60, deadline=None)
@given(PATIENTS)
def test_a_treatment_from_time_zero_gives_the_analysis_by_group(patients):
    time, event, start = np.array(patients, dtype=float).T
    start = np.where(start < 7, 0.0, np.nan)
    group = np.isfinite(start).astype(int)
    assert immortal_time(time, event, start).waited == 0
    close(mantel_byar(time, event, start).chi2, logrank(time, event, group).chi2)
    plain = cox_naive(time, event, start)
    if plain.infinite.any():
        return
    close(cox_time_dependent(time, event, start).coef, plain.coef, abs_=1e-7)
    if group.any() and not group.all():
        close(sequential_trials(time, event, start).fit.coef, plain.coef, abs_=1e-7)


@settings(max_examples=60, deadline=None)
@given(PATIENTS)
def test_no_follow_up_is_lost_or_counted_twice(patients):
    time, event, start = np.array(patients, dtype=float).T
    rows_ = counting_process(follow_up(time, event, start))
    assert (rows_.time - rows_.entry).sum() == time.sum()
    assert rows_.event.sum() == event.sum()
    assert (rows_.time > rows_.entry).all()


@settings(max_examples=40, deadline=None)
@given(PATIENTS)
def test_strategies_that_nobody_departs_from_have_weights_of_one(patients):
    time, event, _ = np.array(patients, dtype=float).T
    time = np.minimum(time, 6)  # nobody is in follow-up beyond the grace period, none is treated
    found = clone_censor_weight(time, event, np.full(time.size, np.nan), 6)
    assert found.censored == (0, 0)
    assert all(one.minimum == one.maximum == 1 for one in found.weights if event.any())
    plain = kaplan_meier(time, event).at([3.0, 6.0])["survival"]
    close(found.survival_at([3.0, 6.0]), np.tile(plain, 2))


def test_starts_at_or_after_the_end_of_follow_up_are_told():
    found = follow_up([5.0, 3.0], [1, 0], [5.0, 1.0])
    assert found.treated.tolist() == [False, True]
    assert "1 began the treatment at or after the end" in found.note
    with pytest.raises(ValueError, match="treatment_start must not be negative"):
        follow_up([5.0], [1], [-1.0])
    with pytest.raises(ValueError, match="grace must be positive"):
        clone_censor_weight([5.0], [1], [np.nan], 0)


def test_the_effective_size_is_of_those_at_risk_after_the_grace_period():
    found = clone_censor_weight(*GIVEN, 60, TWO)
    data = follow_up(*GIVEN)
    first = data.time[data.event & (data.time > 60)].min()
    started = data.start <= 60
    want = [((data.time >= first) & ~started).sum(), ((data.time >= first) & started).sum()]
    assert [one.beyond for one in found.weights] == want
    assert all(1 < one.effective <= one.beyond for one in found.weights)

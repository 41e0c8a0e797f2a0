"""Multiple imputation and Rubin's rules, against mice and mitools."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_values import close, rows, values

from cohortbook.stats.cox import cox_fit
from cohortbook.stats.imputation import Incomplete, impute, missing_patterns, nelson_aalen
from cohortbook.stats.pooling import pool, pool_cox

D, R = rows("imputation", "imputation"), values("imputation", "imputation")
NAMES = ["arm", "age", "marker", "ecog", "stage1", "stage2"]
M = R["mice_estimates"].size // len(NAMES)
ESTIMATES = R["mice_estimates"].reshape(M, 6)
COVARIANCES = R["mice_covariances"].reshape(M, 6, 6)


def variables(delta=0.0):
    return [
        Incomplete("age", "continuous", D["age"].to_numpy(float)),
        Incomplete("marker", "continuous", D["marker"].to_numpy(float), delta),
        Incomplete("ecog", "binary", D["ecog"].to_numpy(float)),
        Incomplete("stage", "categorical", D["stage"].to_numpy(float)),
    ]


def predictors():
    outcome = nelson_aalen(D["time"], D["event"])
    return np.column_stack([D["arm"], D["event"], outcome])


def model(done):
    x = np.column_stack([D["arm"], done[:, :3], done[:, 3] == 1, done[:, 3] == 2])
    return cox_fit(D["time"], D["event"], x, NAMES, ties="efron")


def test_nelson_aalen_against_survfit():
    close(nelson_aalen(D["time"], D["event"]), R["nelson_aalen"])


def test_rubins_rules_against_mice():
    found = pool(ESTIMATES, COVARIANCES, NAMES, df_complete=R["pooled_dfcom"][0])
    close(np.r_[found.estimate, found.std_err, found.df, found.p], R["pooled"])
    close(found.fmi, R["pooled_fmi"])
    close(found.relative_increase, R["pooled_riv"])
    close(found.wald([4, 5])[0], R["d1"][0])
    close(found.wald([4, 5])[2:], R["d1"][1:])


def test_rubins_rules_against_mitools():
    for key, size in (("mitools", M), ("mitools_few", 5)):
        found = pool(ESTIMATES[:size], COVARIANCES[:size], NAMES)
        close(np.r_[found.estimate, found.std_err, found.df], R[key])


def test_imputations_agree_with_mice_within_their_monte_carlo_error():
    done = impute(variables(), predictors(), m=60, iterations=10, seed=3)
    found = pool_cox([model(one) for one in done.values])
    wanted = pool(ESTIMATES, COVARIANCES, NAMES)
    error = np.sqrt((found.between + wanted.between) / 60)
    assert (np.abs(found.estimate - wanted.estimate) < 4 * error).all()
    np.testing.assert_allclose(found.std_err, wanted.std_err, rtol=0.1)
    np.testing.assert_allclose(found.fmi, wanted.fmi, atol=0.17)
    # chains that have settled: the second half of the rounds is like the first
    half = done.means[:, :5, 1].mean(), done.means[:, 5:, 1].mean()
    assert abs(half[0] - half[1]) < 0.1


def test_copies_are_added_to_those_that_there_are():
    whole = impute(variables(), predictors(), m=5, iterations=2, seed=3).values
    parts = [impute(variables(), predictors(), m=m, skip=skip, iterations=2, seed=3).values
             for m, skip in ((2, 0), (3, 2))]  # fmt: skip
    assert (np.concatenate(parts) == whole).all()


def test_monte_carlo_error_of_pooled_coefficients():
    """Halves of mice's copies differ by as much as it says; and by its formula, from R's parts."""
    found = pool(ESTIMATES, COVARIANCES, NAMES)
    # riv = (1 + 1/m) b / u and se^2 = u (1 + riv), so that b / m / se^2 = riv / (1 + riv) / (m + 1)
    share = R["pooled_riv"] / (1 + R["pooled_riv"])
    close(found.monte_carlo, np.sqrt(share / (M + 1)))
    halves = [pool(ESTIMATES[part::2], COVARIANCES[part::2], NAMES) for part in (0, 1)]
    gap = np.abs(halves[0].estimate - halves[1].estimate)
    assert (gap < 4 * np.hypot(*(half.monte_carlo * half.std_err for half in halves))).all()


def test_only_gaps_are_filled_with_values_that_occur():
    done = impute(variables(), predictors(), m=3, iterations=2, seed=1)
    given_values = np.column_stack([v.values for v in variables()])
    known = np.isfinite(given_values)
    assert np.isfinite(done.values).all()
    for one in done.values:
        assert (one[known] == given_values[known]).all()
        for j in range(4):
            assert set(one[:, j]) <= set(given_values[known[:, j], j])
    again = impute(variables(), predictors(), m=3, iterations=2, seed=1)
    assert (done.values == again.values).all()


def test_delta_moves_what_is_imputed_and_the_coefficient_with_it():
    plain = impute(variables(), predictors(), m=20, iterations=3, seed=1)
    moved = impute(variables(delta=2.0), predictors(), m=20, iterations=3, seed=1)
    gaps = plain.missing[:, 1]
    gap = moved.column("marker")[:, gaps].mean() - plain.column("marker")[:, gaps].mean()
    assert gap == pytest.approx(2.0, abs=0.5)
    binary = [Incomplete("x", "binary", D["ecog"].to_numpy(float), delta=3.0)]
    base = [Incomplete("x", "binary", D["ecog"].to_numpy(float))]
    higher, lower = (impute(v, predictors(), m=5, seed=1).values for v in (binary, base))
    assert higher.mean() > lower.mean()


def test_a_separated_binary_variable_is_imputed_all_the_same():
    x = np.r_[np.zeros(20), np.ones(20)]
    y = x.copy()
    y[[3, 30]] = np.nan
    done = impute([Incomplete("y", "binary", y)], x, m=50, seed=1)
    assert done.values[:, 3].mean() < 0.3
    assert done.values[:, 30].mean() > 0.7


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.booleans(), st.integers(-3, 3)), min_size=8, max_size=30
    ),
    st.integers(2, 5),
)
def test_nothing_missing_gives_the_complete_case_fit(cohort, m):
    time, event, x = np.array(cohort, dtype=float).T
    plain = cox_fit(time, event, x)
    if not event.any() or plain.aliased.any() or plain.infinite.any():
        return
    done = impute([Incomplete("x", "continuous", x)], np.column_stack([event, time]), m=m)
    found = pool_cox([cox_fit(time, event, one[:, 0]) for one in done.values])
    close(found.estimate, plain.coef)
    close(found.std_err, plain.std_err)
    close(found.between, [0.0], abs_=1e-20)


def test_patterns_are_counted():
    found = missing_patterns(variables())
    assert sum(one.count for one in found) == len(D)
    assert found[0].missing == ()
    by_hand = (D["marker"].isna() & D["ecog"].notna() & D["stage"].notna()).sum()
    assert next(o.count for o in found if o.missing == ("marker",)) == by_hand


def test_what_cannot_be_imputed_is_told():
    with pytest.raises(ValueError, match="ecog: codes must be 0, 1"):
        impute([Incomplete("ecog", "binary", np.array([0.0, 2.0, np.nan]))])
    with pytest.raises(ValueError, match="no value is known"):
        impute([Incomplete("x", "continuous", np.array([np.nan, np.nan]))])
    with pytest.raises(ValueError, match="predictors must be complete"):
        impute([Incomplete("x", "continuous", np.array([1.0, np.nan]))], [1.0, np.nan])

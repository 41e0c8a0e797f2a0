"""Cox models against R's coxph: fits, tests, concordance, degenerate covariates, residuals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_sets import ALL, HERE, assert_close, design, number, reference

import cohortbook.stats.cox_likelihood as likelihood_module
from cohortbook.stats.concordance import _by_partition, _pairwise, concordance
from cohortbook.stats.cox import cox_fit
from cohortbook.stats.cox_batch import cox_batch
from cohortbook.stats.cox_likelihood import PartialLikelihood
from cohortbook.stats.cox_newton import newton
from cohortbook.stats.risksets import CoxRows
from cohortbook.stats.separation import monotone_direction, without_estimate
from cohortbook.stats.times import tidy_times
from cohortbook.stats.zph import cox_zph

TIES = ("breslow", "efron")


def models(name, ties):
    """(label, R's values, our fit) of every model of one set."""
    cox = reference(name)["cox"][ties]
    covariates = list(reference(name)["meta"]["covariates"] or {})
    yield "arm only", cox["arm_only"], fit(name, ["arm"], [], ties)
    for kind, rows in (("available", None), ("complete", covariates)):
        for variable, want in cox[f"univariable_{kind}_cases"].items():
            complete = [variable] if rows is None else rows
            label = f"univariable {variable} {kind}"
            yield label, want, fit(name, [variable], [c for c in complete if c != "arm"], ties)
    want = cox["multivariable_complete_cases"]
    yield "multivariable", want, fit(name, ["arm", *covariates], covariates, ties)


def fit(name, variables, complete, ties):
    frame, x, names, groups = design(name, variables, complete)
    return cox_fit(frame["time"], frame["event"], x, names, ties=ties, groups=groups)


def diverged(want):
    """Whether R ran out of iterations: its standard errors are then not those at its estimate."""
    return any("Ran out" in text for text in want["warnings"])


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("ties", TIES)
def test_coefficients_against_r_coxph(name, ties):
    for model, want, got in models(name, ties):
        label, terms = f"{name} {ties} {model}", want["terms"]
        assert got.names == [term["term"] for term in terms], label
        assert (got.n, got.events) == (want["n"], want["n_event"]), label
        assert_close(got.coef, [t["coef"] for t in terms], label=label)
        assert_close([got.loglik_null, got.loglik],
                     [want["loglik_null"], want["loglik_model"]], label=label)  # fmt: skip
        if diverged(want):
            assert got.infinite.any(), label
            continue
        assert_close(got.std_err, [t["se"] for t in terms], label=label)
        regular = ~got.infinite
        for ours, theirs in (("z", "z"), ("p", "p"), ("hr", "hr"), ("conf_low", "hr_lower"),
                             ("conf_high", "hr_upper")):  # fmt: skip
            expected = np.array([number(t[theirs]) for t in terms])
            assert_close(getattr(got, ours)[regular], expected[regular], label=f"{label} {ours}")


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("ties", TIES)
def test_global_tests_and_concordance_against_r_coxph(name, ties):
    for model, want, got in models(name, ties):
        label = f"{name} {ties} {model}"
        wald = got.wald(range(len(got.names)))
        for ours, theirs in ((got.lr_test, "likelihood_ratio"), (wald, "wald"),
                             (got.score_test, "score")):  # fmt: skip
            if theirs == "wald" and diverged(want):
                continue
            assert ours.df == (want[theirs]["df"] or 0), label
            assert_close(ours.chi2, want[theirs]["chisq"] or 0, label=f"{label} {theirs}")
            # without a degree of freedom R prints P 1 or NA; here it is not available
            expected = want[theirs]["p"] if ours.df else None
            assert_close(ours.p, expected, label=f"{label} {theirs}")
        c = want["concordance"]
        assert_close(got.concordance, [c["c"], c["se"]], label=label)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("ties", TIES)
def test_factor_tests_against_r(name, ties):
    *_, (_, want, got) = models(name, ties)
    for row in want["per_variable_lr_test"]:
        test = got.lr(got.groups[row["variable"]])
        assert test.df == row["df"]
        assert_close(test.chi2, row["chisq"], abs_=1e-9, label=f"{name} {row['variable']}")
    for row in want["per_variable_wald_test"]:
        if not diverged(want) and row["df"]:
            test = got.factor_wald[row["variable"]]
            assert_close(test.chi2, row["chisq"], abs_=1e-9, label=f"{name} {row['variable']}")


@pytest.mark.parametrize("name", ["lung", "veteran", "edge/all_times_tied", "edge/arm_no_events"])
def test_cumulative_sums_give_the_same_as_matrix_products(name, monkeypatch):
    for ties in TIES:
        *_, (_, _, small) = models(name, ties)
        for threshold in ("MOST_CELLS", "_DENSE"):  # matrix products, then cumulative sums
            monkeypatch.setattr(likelihood_module, threshold, 0)
            *_, (_, _, other) = models(name, ties)
            assert_close(other.coef, small.coef, rel=1e-8)
            assert_close(other.std_err[~small.infinite], small.std_err[~small.infinite], rel=1e-8)
        monkeypatch.undo()


@pytest.mark.parametrize("ties", TIES)
def test_the_short_way_of_a_small_fit_ends_where_the_general_one_does(ties, monkeypatch):
    rng = np.random.default_rng(2)
    n = 60
    x, time = rng.normal(size=(n, 4)), np.ceil(rng.exponential(9, n))
    entry, event = np.floor(time * rng.random(n) / 2), rng.random(n) < 0.7
    for extra in ({}, {"weights": rng.uniform(0.2, 3, n)}, {"entry": entry}):
        found = cox_fit(time, event, x, ties=ties, **extra)
        assert found.likelihood.small is not None
        with monkeypatch.context() as patch:
            patch.setattr(likelihood_module, "MOST_CELLS", 0)
            general = cox_fit(time, event, x, ties=ties, **extra)
        assert general.likelihood.small is None
        assert general.iterations == found.iterations
        for name in ("coef", "covariance", "loglik", "loglik_null"):
            assert_close(getattr(found, name), getattr(general, name), rel=1e-10)
        assert_close(found.score_test.chi2, general.score_test.chi2, rel=1e-10)


def test_degenerate_covariates_have_notes_and_no_numbers():
    assert "constant: constant, not estimable" in fit_all("edge/constant_covariate").note
    assert "collinear" in fit_all("edge/collinear").note
    separated = fit_all("edge/separation")
    assert separated.infinite.tolist() == [False, True, False]
    assert "separation" in separated.term_notes[1]
    assert fit_all("edge/zero_events").note == "no events: nothing can be estimated"
    assert np.isnan(fit_all("edge/zero_events").coef).all()


def fit_all(name):
    *_, (_, _, got) = models(name, "efron")
    return got


def test_empty_and_single_rows_do_not_crash():
    assert cox_fit([], [], np.empty((0, 2))).note == "no patients: nothing can be estimated"
    one = cox_fit([3.0], [1], [[1.0]])
    assert np.isnan(one.coef[0])
    assert "constant" in one.note
    lonely = cox_fit([1, 2, 3, 4], [0, 1, 1, 1], [[1], [0], [0], [0]])
    assert "not estimable" in lonely.note


def test_missing_rows_are_left_out_and_counted():
    x = np.array([[1.0], [0.0], [np.nan], [1.0], [0.0], [1.0]])
    got = cox_fit([1, 2, 3, 4, 5, np.nan], [1, 1, 1, 1, 0, 1], x)
    assert got.n == 4
    assert got.note.startswith("2 rows with missing values left out")
    assert got.kept.tolist() == [True, True, False, True, True, False]


def test_step_halving_against_r_where_plain_newton_diverges():
    # plain Newton's log likelihood here: -20.0, -18.4, -30.2, -214, -43598
    x = np.array([17, 3.3, 20, 1, 1.5, 1.5, 0.7, 1.3, 0.3, 0.3, 0.1, 0.1])
    got = cox_fit(np.arange(1, 13), np.ones(12), x)
    assert got.converged
    assert_close(got.coef, [0.1616298911563037], rel=1e-9)
    assert_close(got.std_err, [0.0688525698303564], rel=1e-9)
    assert_close([got.loglik_null, got.loglik], [-19.9872144956618882, -16.9368585520392188])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([0.1, 0.3, 0.1 + 0.2, 7.7, 7.7 + 1.5e-8, 7.7 + 3e-8, 90.0, 0.0]),
                min_size=1, max_size=8))  # fmt: skip
def test_times_that_need_no_tidying_are_seen_at_a_glance(time):
    time = np.array(time)
    tidied = tidy_times(time)
    distinct = np.unique(time)
    gap = np.diff(distinct, prepend=-np.inf) > 1.5e-8 * distinct.mean()
    want = distinct[gap][np.cumsum(gap) - 1][np.searchsorted(distinct, time)]
    assert tidied.tolist() == want.tolist()
    assert tidy_times([*time, np.nan])[:-1].tolist() == want.tolist()


def test_tidy_times_merges_noise_only():
    assert tidy_times([0.3, 0.1 + 0.2, 0.31]).tolist() == [0.3, 0.3, 0.31]
    assert tidy_times([1, np.nan, 1 + 1e-12])[[0, 2]].tolist() == [1, 1]


def test_concordance_by_partition_equals_all_pairs():
    rng = np.random.default_rng(3)
    for ties in (2, 7, 1000):
        time, risk = rng.integers(1, ties + 5, 300), rng.integers(0, ties, 300)
        event, weights = rng.random(300) < 0.6, rng.integers(1, 4, 300).astype(float)
        pairs, parts = (f(time, event, risk, weights) for f in (_pairwise, _by_partition))
        assert_close(parts[0], pairs[0])
        assert_close(parts[1], pairs[1])


def test_concordance_without_comparable_pairs_is_nan():
    assert np.isnan(concordance([1, 1], [1, 1], [0.1, 0.2]).c)


# --- weights and residuals: R 4.2.2, survival 3.5-3, eps 1e-13, eight patients with ties ----------

TIME = np.array([2, 2, 3, 5, 5, 5, 7, 9.0])
EVENT = np.array([1, 1, 0, 1, 1, 0, 1, 0])
X = np.array([[0, 1.2], [1, 0.3], [1, -0.5], [0, 0.8], [1, 1.9], [0, -1.1], [1, 0.4], [0, 0.1]])
WEIGHTS = np.array([1, 2, 0.5, 1, 1.5, 3, 1, 1])
R_WEIGHTED = {
    "breslow": {
        "coef": [0.458579628109, 0.640067536826],
        "std_err": [1.022603944569, 0.518314400984],
        "loglik": [-12.924090550311, -11.080792411168],
        "score_residuals": [
            [-0.4785573029, 0.2215280146, -0.0506162359, -0.3316057065, -0.2160380478,
             0.1104669906, -0.0783595391, 0.4634307372],
            [0.189003063, -0.4531350458, 0.2358688392, -0.1891393266, -0.6975388077,
             0.3358148693, 0.4442577186, 0.3830778209]],
        "dfbeta": [
            [-0.538241006, 0.7042502072, -0.0588611892, -0.2828174784, -0.0337796059,
             0.0521669991, -0.2045245017, 0.3618065748],
            [0.1863744899, -0.372229254, 0.0393294272, 0.0417383388, -0.1944404045,
             0.1817604451, 0.1433729618, -0.0259060043]],
        "schoenfeld": [
            [-0.6940078998, 0.3059921002, -0.7043322668, 0.2956677332, 0.3428543664],
            [0.2740938609, -0.6259061391, -0.310055157, 0.789944843, 0.1028563099]],
        "zph": [0.2819112756, 0.9657921004, 0.9766749251],
    },
    "efron": {
        "coef": [0.434199498237, 0.704609751269],
        "std_err": [1.178846779498, 0.586622642486],
        "loglik": [-12.476283393030, -10.321321577841],
        "score_residuals": [
            [-0.5272946654, 0.2324755555, -0.0474740715, -0.3263312255, -0.2118273828,
             0.1148092127, -0.1073497393, 0.4930749911],
            [0.1445453244, -0.5590505221, 0.2436451373, -0.1019503916, -0.6474583832,
             0.3467384241, 0.4722295654, 0.4124262796]],
        "dfbeta": [
            [-0.602901654, 0.8340055103, -0.0623397752, -0.3146974991, -0.0402667552,
             0.0474766712, -0.2579040579, 0.39662756],
            [0.2011295929, -0.4527046823, 0.0411067661, 0.0712723319, -0.172958812,
             0.1839995665, 0.1640263483, -0.0358711113]],
        "schoenfeld": [
            [-0.7060859189, 0.2939140811, -0.6902911843, 0.3097088157, 0.3439857174],
            [0.1961880323, -0.7038119677, -0.2167039249, 0.8832960751, 0.1031957152]],
        "zph": [0.3301299361, 1.3672232046, 1.3688222533],
    },
}  # fmt: skip


@pytest.mark.parametrize("ties", TIES)
def test_weighted_robust_fit_and_residuals_against_r(ties):
    want = R_WEIGHTED[ties]
    got = cox_fit(TIME, EVENT, X, ["a", "b"], ties=ties, weights=WEIGHTS, robust=True)
    assert_close(got.coef, want["coef"])
    assert_close(got.std_err, want["std_err"])
    assert_close([got.loglik_null, got.loglik], want["loglik"])
    assert_close(got.concordance, [0.8, 0.129491312450])
    for kind in ("score_residuals", "dfbeta"):
        values = getattr(got, kind)()
        assert_close(values.T, want[kind], abs_=1e-9, label=kind)
    assert_close(got.schoenfeld()[1].T, want["schoenfeld"], abs_=1e-9)
    zph = cox_zph(got)
    assert_close([*(t.chi2 for t in zph.by_coefficient.values()), zph.overall.chi2], want["zph"])


@pytest.mark.parametrize("ties", TIES)
def test_residuals_add_up_as_theory_says(ties):
    got = cox_fit(TIME, EVENT, X, ties=ties)
    assert_close(got.score_residuals().sum(axis=0), [0, 0], abs_=1e-9)
    assert_close(got.schoenfeld()[1].sum(axis=0), [0, 0], abs_=1e-9)
    assert_close(got.dfbeta().sum(axis=0), [0, 0], abs_=1e-9)


@pytest.mark.parametrize("ties", TIES)
def test_robust_variance_is_that_of_dfbeta(ties):
    got = cox_fit(TIME, EVENT, X, ties=ties, robust=True)
    naive = cox_fit(TIME, EVENT, X, ties=ties)
    change = naive.dfbeta()
    assert_close(got.covariance, change.T @ change)
    assert_close(got.coef, naive.coef)
    assert_close(got.dfbeta(), change)


def test_baseline_hazard_gives_back_the_deaths():
    got = cox_fit(TIME, EVENT, X)
    times, hazard = got.baseline_hazard()
    lived = np.r_[0, hazard][np.searchsorted(times, TIME, side="right")]
    assert_close((lived * np.exp(X @ got.coef)).sum(), EVENT.sum())


# --- strata, case weights and a maximum that lies far out, against R --------------------------


def hard_case(case, ties):
    """R's values of one model of cox_hard.R, and our fit."""
    rows = pd.read_csv(HERE / "cox_hard.csv", dtype={"quantity": str})
    rows = rows[rows["case"] == f"{case} {ties}"]
    want = rows.groupby(rows["quantity"].str.rstrip("0123456789"), sort=False)["value"].agg(list)
    if case == "far":
        data = pd.read_csv(HERE / "cox_far.csv")
        x = np.column_stack([
            data["arm"] == "a1", data["f"] == "f1", data["f"] == "f2", data["g"] == "g1",
            data["u"], data["v"],
        ]).astype(float)  # fmt: skip
        strata, weights = data["s"], None
    elif case == "spread":
        i = np.arange(1, 2001)
        steps = {"t": 0.7548776662, "e": 0.5698402910, "x": 0.6180339887, "y": 0.4142135624}
        part = {name: i * step % 1 for name, step in steps.items()}
        x = np.column_stack([3 * part["x"], part["y"]])
        time = np.ceil(-20 * np.log(part["t"]) * np.exp(4.5 * part["x"]))
        event, last = part["e"] < 0.5, np.flatnonzero(i % 4 == 1)[:5]
        time[last], event[last], x[last, 0] = 1e5 + np.arange(1, 6), True, 40
        data, strata, weights = {"time": time, "event": event}, i % 4, None
    else:
        data = pd.read_csv(HERE / "veteran.csv")
        x = data[["age", "karno", "diagtime"]].to_numpy(float)
        strata = None if case == "weights" else data["celltype"]
        weights = None if case == "strata" else 0.5 + np.arange(1, len(data) + 1) % 3
    got = cox_fit(data["time"], data["event"], x, ties=ties, strata=strata, weights=weights)
    return want, got


@pytest.mark.parametrize("case", ["strata", "weights", "both", "far", "spread"])
@pytest.mark.parametrize("ties", TIES)
def test_strata_weights_and_a_far_maximum_against_r(case, ties):
    want, got = hard_case(case, ties)
    assert got.converged
    assert not got.infinite.any()
    assert_close(got.coef, want["coef"])
    # far out an information of 1e-10 is left: it is good to 1e-4 there, as R's is
    assert_close(got.std_err, want["se"], rel=1e-3 if case == "far" else 1e-6)
    assert_close([got.loglik_null, got.loglik], want["loglik"])
    assert_close(got.score_test.chi2, want["score"][0])
    assert_close(got.concordance, want["concordance"])
    for transform in ("km", "rank", "identity") if case != "far" else ():
        test = cox_zph(got, transform)
        chi2 = [t.chi2 for t in (*test.by_coefficient.values(), test.overall)]
        assert_close(chi2, want[f"zph_{transform}"])


def test_a_coefficient_that_separation_takes_along_is_not_estimated():
    # the first event alone has z = 1: in the limit it tells nothing of a, and the later risk sets
    # do not vary in a, so that a has no finite estimate although its last step is short
    x = np.array([[1, 1], [1, 0], [0, 0], [0, 0]], dtype=float)
    got = cox_fit([1, 1.5, 2, 3], [1, 0, 1, 1], x, ["a", "z"])
    assert got.infinite.tolist() == [True, True]
    batch = cox_batch([1, 1.5, 2, 3], [1, 0, 1, 1], x, weights=np.ones((2, 4)))
    assert batch.infinite.all()


@settings(max_examples=40, derandomize=True)
@given(st.integers(0, 10_000))
def test_the_step_and_linear_programming_mark_the_same_coefficients(seed):
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(6, 30)), int(rng.integers(2, 5))
    x, event = (rng.random((n, p)) < 0.4).astype(float), rng.random(n) < rng.uniform(0.2, 0.9)
    if not event.any():
        return
    whole = PartialLikelihood(np.ceil(rng.exponential(8, n)), event, x)
    found = newton(whole, np.zeros(1, int), eps=1e-12, max_iterations=60)
    used = ~found.aliased[0]
    direction = monotone_direction(whole.rows, whole.x[:, used])
    if direction.any():
        marks = [without_estimate(whole.rows, whole.x[:, used], towards)
                 for towards in (direction, found.step[0, used])]  # fmt: skip
        assert marks[0].any()
        assert marks[1] is None or (marks[0] == marks[1]).all()


def test_no_risk_is_too_small_for_the_information():
    # x b reaches 500 in the later risk sets: exp(-500) squared is no number
    time, x = np.arange(1.0, 7), np.array([3.0, 2, 1, 1, -1, 0])[:, None]
    likelihood = PartialLikelihood(time, np.ones(6, dtype=bool), x)
    found = likelihood.evaluate(np.array([[150.0]]))
    assert np.isfinite(found.information).all()


# --- invariances ------------------------------------------------------------------------------

cohorts = st.integers(0, 10_000)


def random_cohort(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(15, 60))
    x = np.column_stack([rng.integers(0, 2, n), np.round(rng.normal(size=n), 1)]).astype(float)
    time = np.ceil(rng.exponential(8, n))
    return time, (rng.random(n) < 0.7).astype(float), x, rng


@settings(max_examples=30, derandomize=True)
@given(cohorts, st.sampled_from(TIES))
def test_swapping_the_arms_inverts_the_hazard_ratio(seed, ties):
    time, event, x, _ = random_cohort(seed)
    there, back = (cox_fit(time, event, z, ties=ties) for z in (x, x * [-1, 1] + [1, 0]))
    if not there.infinite.any() and not there.aliased.any():
        assert_close(there.hr[0] * back.hr[0], 1, rel=1e-9)
        assert_close(there.std_err, back.std_err, rel=1e-9)


@settings(max_examples=30, derandomize=True)
@given(cohorts, st.sampled_from(TIES))
def test_row_order_and_unit_of_time_do_not_matter(seed, ties):
    time, event, x, rng = random_cohort(seed)
    order = rng.permutation(time.size)
    first = cox_fit(time, event, x, ties=ties)
    second = cox_fit(time[order] / 30.4375, event[order], x[order], ties=ties)
    if not first.infinite.any():
        assert_close(first.coef, second.coef, rel=1e-8)
        assert_close(first.concordance, second.concordance)
        assert_close(first.dfbeta()[order], second.dfbeta(), rel=1e-6)


@settings(max_examples=30, derandomize=True)
@given(cohorts)
def test_weights_of_two_are_duplicated_rows(seed):
    time, event, x, rng = random_cohort(seed)
    weights = rng.integers(0, 4, time.size)
    rows = np.repeat(np.arange(time.size), weights)
    weighted = cox_fit(time, event, x, weights=weights)
    repeated = cox_fit(time[rows], event[rows], x[rows])
    if not repeated.infinite.any():
        assert_close(weighted.coef, repeated.coef, rel=1e-7)
        assert_close(weighted.std_err, repeated.std_err, rel=1e-7)
        assert_close(weighted.concordance.c, repeated.concordance.c)


@settings(max_examples=60, derandomize=True)
@given(cohorts)
def test_separation_seen_in_the_search_is_proved_by_linear_programming(seed):
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(6, 40)), int(rng.integers(1, 5))
    x, event = (rng.random((n, p)) < 0.3).astype(float), rng.random(n) < rng.uniform(0.1, 0.9)
    if event.any():
        whole = PartialLikelihood(np.ceil(rng.exponential(8, n)), event, x)
        found = newton(whole, np.zeros(1, int))
        used = ~found.aliased[0]
        assert found.infinite.any() == monotone_direction(whole.rows, whole.x[:, used]).any()


@settings(max_examples=20, derandomize=True)
@given(cohorts, st.sampled_from(TIES))
def test_strata_of_one_label_are_no_strata(seed, ties):
    time, event, x, _ = random_cohort(seed)
    plain = cox_fit(time, event, x, ties=ties)
    strata = cox_fit(time, event, x, ties=ties, strata=np.full(time.size, "a"))
    assert_close(plain.coef, strata.coef, rel=1e-9)


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("weighted", [False, True])
def test_sums_by_time_give_the_same_as_sums_over_rows(ties, weighted):
    rng = np.random.default_rng(5)
    n = 3_000
    time, event = np.ceil(rng.exponential(6, n)), rng.random(n) < 0.4
    event[time == 3] = False  # a time without an event
    x = np.column_stack([rng.integers(0, 2, n), rng.normal(50, 9, n), rng.exponential(size=n) ** 3])
    weights = rng.uniform(0.2, 3, n) if weighted else None
    likelihood = PartialLikelihood(time, event, x, weights, ties=ties)
    assert likelihood.grouped
    beta = rng.normal(size=(1, 3)) * 0.3
    by_time = likelihood.evaluate(beta)
    likelihood.grouped = False
    by_row = likelihood.evaluate(beta)
    for name, value in vars(by_row).items():
        assert_close(getattr(by_time, name), value, rel=1e-9, label=name)


def test_whole_times_take_the_order_of_any_others():
    rng = np.random.default_rng(6)
    whole, event = rng.integers(0, 40, 500).astype(float), rng.random(500) < 0.5
    for time in (whole, whole * 1000, whole + 0.5, whole - 0.25 * (whole > 0)):
        order = CoxRows(tidy_times(time), event).order
        assert order.tolist() == np.lexsort((~event, time)).tolist()

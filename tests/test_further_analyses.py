"""Non-proportional hazards, splines, imputation, weights and matching of a cohort."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import tiny

from cohortbook.analysis.continuous import spline_effect_curve, spline_effects
from cohortbook.analysis.cox import NO_REFERENCE, prognostic_factors
from cohortbook.analysis.imputed import imputed_factors, missing_covariates, tipping_point
from cohortbook.analysis.missing import missing_data
from cohortbook.analysis.nonproportional import difference_curves, nonproportional
from cohortbook.analysis.prediction import _coefficients, _fitted, prediction
from cohortbook.analysis.robustness.bootstrap import bootstrap_draws
from cohortbook.cohort.cohort import load_cohort
from cohortbook.results import COLUMNS, frame, one, pick
from cohortbook.stats.changing_effect import piecewise_hazard_ratios, treatment_by_log_time
from cohortbook.stats.cox import cox_fit
from cohortbook.stats.km import kaplan_meier
from cohortbook.stats.logrank import logrank
from cohortbook.stats.rmst import rmst_difference
from cohortbook.stats.splines import nonlinearity, spline_basis, spline_knots


def patients(n=160, seed=3, gaps=False):
    rng = np.random.default_rng(seed)
    age = rng.normal(60, 9, n).round()
    stage = rng.choice(["I", "II", "III"], n)
    arm = rng.random(n) < 1 / (1 + np.exp(-(age - 60) / 12))
    risk = np.exp(0.002 * (age - 60) ** 2 + 0.5 * (stage == "III") - 0.4 * arm)
    death, end = rng.exponential(20, n) / risk, rng.uniform(5, 40, n)
    table = pd.DataFrame({
        "patient_id": [f"S{k}" for k in range(n)], "arm": np.where(arm, "B", "A"), "age": age,
        "stage": stage, "sex": rng.choice(["F", "M"], n),
        "os_months": np.minimum(death, end).round(1) + 0.1, "os_event": (death <= end).astype(int),
    })  # fmt: skip
    if gaps:
        table.loc[rng.random(n) < 0.2, "age"] = np.nan
        table.loc[rng.random(n) < 0.15, "stage"] = None
        table.loc[rng.random(n) < 0.1, "sex"] = None
    return table


@pytest.fixture
def cohort(tmp_path):
    return load_cohort(folder(tmp_path, patients()))


def folder(tmp_path, table, covariates=("age", "stage", "sex")):
    path = tiny.study_folder(tmp_path / "study")
    table.to_csv(path / "patients.csv", index=False)

    def change(raw):
        raw["variables"] |= {
            "stage": {"label": "Stage", "kind": "categorical",
                      "levels": [{"code": c} for c in ("I", "II", "III")]},
            "sex": {"label": "Sex", "kind": "categorical",
                    "levels": [{"code": "F"}, {"code": "M"}]},
            "old": {"label": "Age group", "kind": "categorical", "cut": "age", "at": [60],
                    "levels": [{"code": "young"}, {"code": "old"}]},
        }  # fmt: skip
        raw["cox"] = {"covariates": [{"variable": v} for v in covariates]}
        raw["endpoints"]["os"]["milestones"] = [6, 12]

    tiny.edit(path, change)
    return path


def columns(d, arm=True):
    parts = [d["age"], d["stage"] == "II", d["stage"] == "III", d["sex"] == "M"]
    return np.column_stack([*parts, d["arm"] == "B"][: None if arm else -1]).astype(float)


def test_hazards_that_are_not_proportional(cohort):
    d = patients()
    given = d["os_months"], d["os_event"], (d["arm"] == "B").astype(float)
    cohort = cohort.choose(periods=[6, 12])
    found = nonproportional(cohort, "os")
    assert list(found) == COLUMNS
    plain = one(found, statistic="fleming_harrington", level="0,0")
    assert plain.estimate**2 == pytest.approx(logrank(*given).chi2)
    combo = one(found, statistic="max_combo")
    assert combo.p_value >= pick(found, statistic="fleming_harrington")["p_value"].min()
    ties = cohort.study.statistics.ties
    fit = piecewise_hazard_ratios(*given, [6, 12], ties=ties).fit
    got = pick(found, statistic="hr_period")
    assert got["level"].tolist() == ["0-6", "6-12", "12-"]
    np.testing.assert_allclose(got["estimate"], fit.hr)
    assert got["n_events"].sum() == d["os_event"].sum()
    log_time = treatment_by_log_time(*given, ties=ties)
    change = one(found, statistic="log_time")
    assert change.p_value == pytest.approx(log_time.p[-1])
    assert np.log2(change.estimate) == pytest.approx(log_time.coef[-1])  # a doubling of time
    at = one(found, statistic="hr_at", level="12")
    assert at.estimate == pytest.approx(np.exp(log_time.coef[-2:] @ [1, np.log(12)]))
    curves = difference_curves(cohort, "os")
    for of in ("survival", "restricted_mean"):
        last = curves[curves["of"] == of].iloc[-5]
        if of == "restricted_mean":
            want = rmst_difference(*given, tau=last.time).difference
        else:
            both = ((d["os_months"][d["arm"] == a], d["os_event"][d["arm"] == a]) for a in "AB")
            at = [kaplan_meier(*arm).at([last.time + 1e-6])["survival"][0] for arm in both]
            want = 100 * (at[1] - at[0])
        assert last.estimate == pytest.approx(want)


def test_splines_of_the_continuous_covariate(cohort):
    d = patients()
    cohort = cohort.choose(splines="age=60")
    found = spline_effects(cohort, "os")
    knots = spline_knots(d["age"], 4)
    x = np.hstack([spline_basis(d["age"], knots), columns(d)[:, 1:]])
    fit = cox_fit(d["os_months"], d["os_event"], x, ties=cohort.study.statistics.ties)
    got = one(found, statistic="nonlinearity", term="age")
    assert got.estimate == pytest.approx(nonlinearity(fit, [0, 1, 2]).chi2)
    assert got.p_value < 0.05  # the risk rises to both sides of 60
    curve = spline_effect_curve(cohort, "os")
    near = curve.iloc[(curve["x"] - 60).abs().argmin()]
    assert near.hr == pytest.approx(1, abs=0.1)
    assert curve["hr"].iloc[0] > 1.2


def test_a_cut_point_that_hides_a_slope_is_seen(tmp_path):
    table = patients()
    rng = np.random.default_rng(1)
    death = rng.exponential(20, len(table)) / np.exp((table["age"] - 60) / 8)
    table["os_months"], table["os_event"] = death.round(2) + 0.01, 1
    cohort = load_cohort(folder(tmp_path, table, ("old", "sex"))).choose(splines=["age"])
    got = one(spline_effects(cohort, "os"), statistic="slope_within_levels", term="age")
    assert got.p_value < 0.001
    assert got.level == "old"


def test_missing_covariates_are_counted_and_imputed(tmp_path):
    table = patients(gaps=True)
    cohort = load_cohort(folder(tmp_path, table))
    counted = missing_covariates(cohort)
    for name in ("age", "stage", "sex"):
        got = one(counted, statistic="missing", term=name, group="overall")
        assert got.estimate == table[name].isna().sum()
    assert pick(counted, statistic="pattern")["estimate"].sum() == len(table)
    found = imputed_factors(cohort, "os", copies=8, rounds=3)
    cells = pick(found, statistic="hr")
    assert list(zip(cells["term"], cells["level"], strict=True)) == [
        ("age", ""), ("stage", "II"), ("stage", "III"), ("sex", "M"), ("arm", "B")]  # fmt: skip
    assert (cells["n"] == len(table)).all()
    assert cells["estimate"].notna().all()
    assert pick(found, statistic="fmi")["estimate"].between(0, 100).all()
    moved = tipping_point(cohort, "os", "age", [0, 20], copies=4, rounds=2)
    assert moved["level"].tolist() == ["0", "20"]
    assert moved["estimate"].nunique() == 2


def test_nothing_missing_gives_the_complete_case_model(cohort):
    found = pick(imputed_factors(cohort, "os", copies=3, rounds=2), statistic="hr")
    plain = prognostic_factors(cohort, "os")
    plain = pick(plain, analysis="cox_multivariable", statistic="hr")
    plain = plain[plain["p_value"].notna()]
    want = plain.set_index(["term", "level"])["estimate"]
    for _, got in found.iterrows():
        assert got.estimate == pytest.approx(want[got.term, got.level])


def test_a_level_that_nobody_has_changes_nothing(tmp_path):
    path = folder(tmp_path, patients(gaps=True))
    cohort = load_cohort(path)
    levels = [{"code": code} for code in ("none", "I", "II", "III")]
    more = cohort.with_study({
        "variables.stage.levels": levels,
        "cox.covariates": [{"variable": "age"}, {"variable": "stage", "reference": "I"},
                           {"variable": "sex"}],
    })  # fmt: skip

    def numbers(of, **keys):
        found = pick(of, **keys)
        found = found[found["level"] != "none"].drop(columns=["note", "n", "n_events"])
        return found.reset_index(drop=True)

    for statistic in ("events_per_parameter", "hr"):
        before, after = (
            numbers(prognostic_factors(each, "os"), statistic=statistic) for each in (cohort, more)
        )
        pd.testing.assert_frame_equal(before, after)
    before, after = (imputed_factors(each, "os", copies=3, rounds=2) for each in (cohort, more))
    pd.testing.assert_frame_equal(numbers(before), numbers(after))
    gone = one(after, statistic="hr", level="none")
    assert np.isnan(gone.estimate)
    assert gone.note == "constant, not estimable"
    # nor has what another covariate says already a parameter of its own
    twice = more.with_study({
        "variables.again": {"label": "Sex again", "kind": "categorical", "column": "sex",
                            "levels": [{"code": "F"}, {"code": "M"}]},
        "cox.covariates": [*more.said["cox"]["covariates"], {"variable": "again"}],
    })  # fmt: skip
    size = one(prognostic_factors(twice, "os"), statistic="events_per_parameter")
    assert size.estimate == size.n_events / 5
    # so no resample lacks anything: each has all coefficients that there can be
    draws = bootstrap_draws(more.choose(resamples=100), "os")
    assert draws["complete"].all()


def test_levels_are_not_held_against_a_reference_that_nobody_has(tmp_path):
    table = patients(n=120, gaps=True)
    path = folder(tmp_path, table[table["stage"] != "I"])
    tiny.edit(path, lambda raw: raw.update(model={"horizon": 12, "resamples": 20}))
    cohort = load_cohort(path)
    judged, ridge = prediction(cohort), cohort.choose(penalty="ridge", folds=3)
    parts = [
        pick(imputed_factors(cohort, "os", copies=2, rounds=1), statistic="hr"),
        pick(missing_data(cohort.choose(imputations=2)), statistic="hr_complete"),
        pick(judged.results, statistic="hr"),
        frame(_coefficients(ridge, _fitted(ridge))),
    ]
    for part in parts:
        stages = part[(part["term"] == "stage") & (part["note"] != "reference")]
        assert len(stages) == 2
        assert stages["estimate"].isna().all()
        assert (stages["note"] == NO_REFERENCE).all()
        assert part.loc[part["term"] == "arm", "estimate"].notna().all()
    # age, stage II against III, sex and arm
    size = one(judged.results, statistic="events_per_parameter")
    assert size.estimate == size.n_events / 4
    points = judged.points
    assert points.loc[points["term"] == "stage", "level"].tolist() == ["II", "III"]


def test_a_study_without_covariates_has_none_of_these(tmp_path):
    cohort = load_cohort(tiny.study_folder(tmp_path / "plain"))
    assert spline_effects(cohort, "os").empty
    assert missing_covariates(cohort).empty
    assert imputed_factors(cohort, "os").empty
    assert not nonproportional(cohort, "os").empty

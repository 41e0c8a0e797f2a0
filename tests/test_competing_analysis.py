"""An endpoint with competing states: what is found is what the statistics give."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tiny

from cohortbook.analysis.competing import causes, competing, incidence_curves
from cohortbook.cohort.cohort import load_cohort
from cohortbook.results import COLUMNS, one, pick
from cohortbook.stats.competing import cumulative_incidence, gray_test
from cohortbook.stats.cox import cox_fit
from cohortbook.stats.fine_gray import fine_gray


def patients(n=120, seed=2):
    rng = np.random.default_rng(seed)
    arm, age = rng.integers(0, 2, n), rng.normal(60, 8, n).round()
    first = rng.exponential(14, n) * np.exp(0.4 * arm - (age - 60) / 30)
    second, censor = rng.exponential(20, n), rng.uniform(3, 30, n)
    time = np.minimum(np.minimum(first, second), censor)
    cause = np.where(time == censor, 0, np.where(time == first, 1, 2))
    return pd.DataFrame({
        "patient_id": [f"S{k}" for k in range(n)], "arm": np.where(arm, "B", "A"), "age": age,
        "os_months": time.round(1) + 0.1, "os_event": (cause == 1).astype(int), "cause": cause,
    })  # fmt: skip


@pytest.fixture
def cohort(tmp_path):
    """The study's own event, and death as a competing state at which patients are censored."""
    folder, table = tiny.study_folder(tmp_path / "study"), patients()
    table.drop(columns="cause").to_csv(folder / "patients.csv", index=False)

    def change(raw):
        raw["endpoints"]["os"] |= {"milestones": [6, 12], "event_label": "progression"}
        raw["cox"] = {"covariates": [{"variable": "age"}]}

    tiny.edit(folder, change)
    plain = load_cohort(folder)
    state = pd.Series(np.where(table["cause"] == 2, "dead", None), dtype=object)
    return replace(plain, patients=plain.patients.assign(os_competing=state))


def test_results_are_those_of_the_statistics(cohort):
    d = patients()
    found, cause = competing(cohort, "os"), d["cause"].to_numpy()
    assert list(found) == COLUMNS
    assert causes(cohort, "os") == {"event": "progression", "dead": "dead"}
    for arm in "AB":
        mine = (d["arm"] == arm).to_numpy()
        curve = cumulative_incidence(d["os_months"][mine], cause[mine],
                                     conf_type=cohort.study.statistics.conf_type)  # fmt: skip
        at = curve.at([6, 12])
        got = pick(found, statistic="incidence", group=arm, level="dead")
        np.testing.assert_allclose(got["estimate"], 100 * at["incidence"][1])
        np.testing.assert_allclose(got["conf_high"], 100 * at["conf_high"][1])
    both = pick(found, statistic="incidence", group="overall", term="6")["estimate"].sum()
    assert 0 < both < 100
    arm, x = (d["arm"] == "B").to_numpy(float), d["age"].to_numpy(float)
    ties = cohort.study.statistics.ties
    for place, code in ((1, "event"), (2, "dead")):
        gray = one(found, statistic="gray", level=code)
        want = gray_test(d["os_months"], cause, d["arm"], place)
        assert gray.estimate == pytest.approx(want.chi2)
        for term, columns in (("crude", arm[:, None]), ("adjusted", np.column_stack([x, arm]))):
            whole = fine_gray(d["os_months"], cause, columns, of=place, ties=ties)
            alone = cox_fit(d["os_months"], cause == place, columns, ties=ties)
            for statistic, fit in (("subdistribution_hr", whole), ("cause_specific_hr", alone)):
                got = one(found, statistic=statistic, level=code, term=term)
                assert got.estimate == pytest.approx(fit.hr[-1])
                assert got.p_value == pytest.approx(fit.p[-1])


def test_curves_start_at_zero_and_stand_by_arm_and_cause(cohort):
    drawn = incidence_curves(cohort, "os")
    parts = drawn.groupby(["group", "cause"])
    assert set(parts.groups) == {(g, c) for g in "AB" for c in ("event", "dead")}
    assert (parts["incidence"].first() == 0).all()
    assert all(part["incidence"].is_monotonic_increasing for _, part in parts)
    overall = incidence_curves(cohort, "os", by_arm=False)
    assert overall.groupby("cause")["incidence"].last().sum() <= 1 + 1e-12


def test_an_endpoint_without_competing_states_has_nothing_of_this(tmp_path):
    cohort = load_cohort(tiny.study_folder(tmp_path / "plain"))
    assert competing(cohort, "os").empty
    assert incidence_curves(cohort, "os").empty

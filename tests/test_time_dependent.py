"""The study's `treatment_start`: its column, its checks, and the five comparisons side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import tiny

from cohortbook import late_treatment
from cohortbook.analysis.time_dependent import (
    current_risk_table,
    simon_makuch_curves,
    started,
    time_dependent,
    waits,
)
from cohortbook.cohort.cohort import load_cohort, read_study
from cohortbook.errors import ParameterError, StudyError
from cohortbook.formats import ratio_interval
from cohortbook.results import COLUMNS, one, pick
from cohortbook.sections import omission
from cohortbook.stats.clone_censor import clone_censor_weight
from cohortbook.stats.counting import mantel_byar
from cohortbook.stats.late_treatment import (
    cox_landmark,
    cox_naive,
    cox_time_dependent,
    sequential_trials,
)

GRACE = 3


def patients(n=90, seed=5):
    """Survival that the treatment does not change; who lives to it is in arm B."""
    rng = np.random.default_rng(seed)
    age = rng.normal(60, 8, n).round()
    death = rng.exponential(12, n) * np.exp(-(age - 60) / 20)
    end = rng.uniform(6, 30, n)
    time = np.minimum(death, end).round(1) + 0.1
    start = rng.exponential(4, n).round(1)
    start[(rng.random(n) < 0.4) | (start >= time)] = np.nan
    return pd.DataFrame({
        "patient_id": [f"S{k}" for k in range(n)], "arm": np.where(np.isnan(start), "A", "B"),
        "age": age, "os_months": time, "os_event": (death <= end).astype(int), "began": start,
    })  # fmt: skip


def study(tmp_path, table=None, covariates=True, **start):
    folder = tiny.study_folder(tmp_path / "study")
    (patients() if table is None else table).to_csv(folder / "patients.csv", index=False)
    spec = {"column": "began", "grace": GRACE, "resamples": 100} | start

    def change(raw):
        raw["treatment_start"] = spec
        if covariates:
            raw["cox"] = {"covariates": [{"variable": "age"}]}

    tiny.edit(folder, change)
    return folder


def test_the_five_comparisons_are_those_of_the_statistics(tmp_path):
    cohort = load_cohort(study(tmp_path))
    found = time_dependent(cohort, "os")
    assert list(found) == COLUMNS
    d, ties = patients(), cohort.study.statistics.ties
    given = (d["os_months"], d["os_event"], d["began"])
    x = d[["age"]].to_numpy(float)
    for term, columns in (("crude", None), ("adjusted", x)):
        fits = {
            "naive": cox_naive(*given, columns, ties=ties),
            "landmark": cox_landmark(*given, GRACE, columns, ties=ties),
            "time_dependent_cox": cox_time_dependent(*given, columns, ties=ties),
            "clone_censor_weight": clone_censor_weight(*given, GRACE, columns, ties=ties).fit,
            "sequential_trials": sequential_trials(*given, columns, ties=ties).fit,
        }
        rows = found.query("statistic == 'hr' and term == @term")
        assert rows["level"].tolist() == list(fits)
        for level, fit in fits.items():
            row = one(found, statistic="hr", term=term, level=level)
            got = row[["estimate", "conf_low", "conf_high", "p_value"]].to_numpy(float)
            want = [fit.hr[-1], fit.conf_low[-1], fit.conf_high[-1], fit.p[-1]]
            np.testing.assert_allclose(got, want, rtol=1e-9)
        limits = one(found, statistic="hr_bootstrap", term=term)
        assert limits.conf_low < limits.estimate < limits.conf_high
    test = one(found, statistic="mantel_byar")
    assert test.estimate == pytest.approx(mantel_byar(*given).chi2)
    seen = d["began"].notna()
    share = one(found, statistic="immortal_share")
    want = 100 * d["began"].sum() / d.loc[seen, "os_months"].sum()
    assert share.estimate == pytest.approx(want)
    assert share.n == seen.sum()
    naive = one(found, statistic="hr", level="naive", term="crude")
    state = one(found, statistic="hr", level="time_dependent_cox", term="crude")
    assert naive.estimate < state.estimate  # living to the treatment looks like its effect


def test_curves_and_numbers_at_risk_move_patients_when_they_begin(tmp_path):
    cohort, d = load_cohort(study(tmp_path)), patients()
    risk = current_risk_table(cohort, "os", [0, 2, 6]).set_index(["group", "time"])["n_risk"]
    for t in (2, 6):
        treated = ((d["began"] < t) & (d["os_months"] >= t)).sum()
        assert risk["treated", t] == treated
        assert risk["untreated", t] == (d["os_months"] >= t).sum() - treated
    assert risk["untreated", 0] == len(d) - (d["began"] == 0).sum()
    drawn = simon_makuch_curves(cohort, "os")
    assert set(drawn["group"]) == {"untreated", "treated"}
    assert (drawn.groupby("group")["survival"].first() == 1).all()


def test_dates_and_other_units_give_months(tmp_path):
    table = patients()
    zero = pd.Timestamp("2020-01-01")
    table["day_zero"] = zero.date()
    table["began_on"] = [None if np.isnan(v) else (zero + pd.Timedelta(days=int(v * 30))).date()
                         for v in table["began"]]  # fmt: skip
    table["weeks"] = (table["began"] * 4).round()
    dated = load_cohort(study(tmp_path / "a", table, column="began_on", origin="day_zero"))
    got = dated.patients["treatment_start"].to_numpy()
    want = np.floor(table["began"] * 30) / dated.study.statistics.days_per_month
    np.testing.assert_allclose(got, want, atol=1e-8)
    weeks = load_cohort(study(tmp_path / "b", table, column="weeks", unit="weeks"))
    np.testing.assert_allclose(weeks.patients["treatment_start"],
                               table["weeks"] * 7 / weeks.study.statistics.days_per_month,
                               atol=1e-8)  # fmt: skip


def test_what_is_wrong_with_starts_is_told_with_its_row(tmp_path):
    table = patients().astype({"began": object})
    table.loc[0, "began"], table.loc[1, "began"] = "-2", "soon"
    with pytest.raises(StudyError) as caught:
        load_cohort(study(tmp_path / "a", table))
    said = str(caught.value)
    assert "began" in said
    assert "a time of 0 or more" in said
    table = patients()
    a, b = table.index[table["arm"] == "A"][0], table.index[table["arm"] == "B"][0]
    table.loc[a, "began"], table.loc[b, "began"] = 1.0, np.nan
    folder = study(tmp_path / "b", table)
    expected = [p.expected for p in read_study(folder).problems]
    assert any("a start, for the patient is in arm B" in text for text in expected)
    assert any("no start, for the patient is in arm A" in text for text in expected)
    data = started(load_cohort(folder), "os")
    assert len(data.time) == len(table) - 1
    assert "1 in arm B without a start left out" in data.note
    assert "1 in arm A began the treatment" in data.note
    with pytest.raises(StudyError, match=r"treatment_start\.grace"):
        load_cohort(study(tmp_path / "c", grace=0))
    with pytest.raises(StudyError, match="no_such"):
        load_cohort(study(tmp_path / "d", column="no_such"))
    dates = patients()
    dates["zero"], dates["day"] = "2020-03-01", "2020-02-01"
    with pytest.raises(StudyError, match="a date not before zero"):
        load_cohort(study(tmp_path / "e", dates, column="day", origin="zero"))


def test_a_study_without_it_or_with_covariates_that_separate_has_no_estimate(tmp_path):
    plain = load_cohort(tiny.study_folder(tmp_path / "plain"))
    assert time_dependent(plain, "os").empty
    assert simon_makuch_curves(plain, "os").empty
    assert current_risk_table(plain, "os", [0]).empty
    table = patients()
    table["age"] = np.where(table["began"] <= GRACE, 80, 40)
    found = time_dependent(load_cohort(study(tmp_path / "s", table)), "os")
    row = one(found, statistic="hr", level="clone_censor_weight", term="adjusted")
    assert np.isnan(row.estimate)
    assert "separate" in row.note


def late(tmp_path, **start):
    return late_treatment(load_cohort(study(tmp_path, **start)))


def test_what_is_drawn_and_laid_out_are_the_results(tmp_path):
    found = late(tmp_path)
    figure = found.figure(endpoint="os")
    drawn = figure.data.set_index(["term", "level", "statistic"])["estimate"]
    for _, row in pick(found.frame, statistic=["hr", "hr_bootstrap"]).iterrows():
        assert drawn[row.term, row.level, row.statistic] == row.estimate
    cells = [[getattr(cell, "text", cell) for cell in row.cells] for row in found.table().rows]
    naive = one(found.frame, statistic="hr", level="naive", term="crude")
    assert cells[1][:3] == ["By final group", f"{naive.n:.0f}", ratio_interval(
        naive.estimate, naive.conf_low, naive.conf_high)]  # fmt: skip
    assert cells[4][2] == "–"  # a test has no ratio
    weights = [[getattr(cell, "text", cell) for cell in row.cells]
               for row in found.table(weights=True).rows if not row.group]  # fmt: skip
    assert weights[0][0] == "Crude, begin"
    most = one(found.frame, statistic="weight_max", term="crude", group="within").estimate
    assert weights[0][3] == f"{most:.1f}"


def test_who_begins_is_not_marked_as_censored_and_events_are_counted_by_hand(tmp_path):
    cohort, d = load_cohort(study(tmp_path)), patients()
    curves = simon_makuch_curves(cohort, "os")
    lost = curves[curves["group"] == "untreated"]["n_censor"].sum()
    assert lost == ((d["os_event"] == 0) & d["began"].isna()).sum()
    risk = current_risk_table(cohort, "os", [6.0]).set_index("group")["n_events"]
    by_then = (d["os_event"] == 1) & (d["os_months"] <= 6)
    assert risk["treated"] == (by_then & d["began"].notna()).sum()
    assert risk["untreated"] == (by_then & d["began"].isna()).sum()
    lanes = waits(cohort, "os")
    assert list(lanes) == ["wait", "time"]
    assert len(lanes) == d["began"].notna().sum() and lanes["wait"].is_monotonic_decreasing
    early = one(time_dependent(cohort, "os"), statistic="early_events")
    assert (
        early.estimate
        == (d["os_event"].eq(1) & (d["os_months"].round(6) <= d["began"].max())).sum()
    )


def test_what_repeats_the_naive_analysis_is_said_to_be_no_check(tmp_path):
    assert "no check" not in late(tmp_path / "a").sentence()
    table = patients()
    table["began"] = table["began"].where(table["began"].isna(), 0.05)  # before anybody's event
    (tmp_path / "b").mkdir()
    folder = study(tmp_path / "b", table)
    told = late_treatment(load_cohort(folder)).sentence()
    assert "The landmark at month 3 repeats" not in told  # events came before it
    assert "The time-dependent Cox model repeats it and is no check of it" in told


def test_it_is_left_out_where_it_does_not_apply(tmp_path):
    plain = load_cohort(tiny.study_folder(tmp_path / "plain"))
    assert omission(plain, "late_treatment") == ""
    asked = load_cohort(study(tmp_path))
    assert omission(asked, "late_treatment") is None
    assert "draft" in omission(asked.with_study({"draft": True}), "late_treatment")
    assert "withheld" in omission(asked.with_study({"privacy.smallest_count": 5}), "late_treatment")
    with pytest.raises(ParameterError, match="no late treatment"):
        late_treatment(plain)
    with pytest.raises(ParameterError, match="grace"):
        plain.choose(grace=2)

"""Effects that change with time and continuous covariates, in the report."""

from __future__ import annotations

import numpy as np
import pytest
import tiny
from edited import run

from cohortbook import changing_effects, continuous_effects, cox, km, load_cohort
from cohortbook.errors import ParameterError, StudyError
from cohortbook.results import one, pick
from cohortbook.sections import SECTIONS, omission
from cohortbook.stats.rmst import rmst_difference

ASKED = {"non_proportional": {"periods": [24, 60]}, "splines": {"age": {}, "mspike": {"knots": 3}}}
TABLE = {"nonproportional.csv", "tbl-changing"}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    return load_cohort(tiny.gammopathy(tmp_path_factory.mktemp("changing") / "study", **ASKED))


@pytest.fixture(scope="module")
def effects(cohort):
    return changing_effects(cohort)


@pytest.fixture(scope="module")
def curves(cohort):
    return continuous_effects(cohort)


def test_one_period_is_the_cox_model_and_no_weights_are_the_log_rank_test(cohort):
    plain = cohort.choose(periods=[10_000], weighted_tests="0, 0", differences=[], log_time=False)
    found = pick(changing_effects(plain).frame, endpoint="dwm")
    ours, usual = one(found, statistic="hr_period", level="0-10000"), km(cohort, "dwm").frame
    test = one(usual, statistic="logrank", population="all", group="difference")
    ratio = one(usual, statistic="hr", population="all", group="difference")
    assert one(found, statistic="fleming_harrington").p_value == pytest.approx(test.p_value)
    for name in ("estimate", "conf_low", "conf_high"):
        assert ours[name] == pytest.approx(ratio[name], rel=1e-6)
    assert set(found["statistic"]) == {
        "fleming_harrington", "hr_period", "events", "equal_periods"}  # fmt: skip


def test_differences_are_those_of_the_curves_and_are_drawn(cohort, effects):
    found = pick(effects.frame, endpoint="dwm")
    survival = pick(km(cohort, "dwm").frame, statistic="survival", population="all", level="60")
    by = survival.set_index("group")["estimate"]
    gap = one(found, statistic="difference_survival", level="60")
    assert gap.estimate == pytest.approx(by["M"] - by["F"])
    table = cohort.patients
    want = rmst_difference(table["dwm_time"], table["dwm_event"], table["arm"] == "M", tau=60)
    mean = one(found, statistic="difference_restricted_mean", level="60")
    assert mean.estimate == pytest.approx(want.difference)
    assert mean.conf_low == pytest.approx(want.difference - 1.959964 * want.difference_se)
    data = effects.figure(endpoint="dwm").data
    assert set(data["of"]) == {"survival", "restricted_mean", "ratio", "ratio_of_period"}
    own = data[data["of"] == "survival"]
    for name in ("survival", "restricted_mean"):
        band = one(found, statistic=f"difference_{name}_band", level="60")
        inner = one(found, statistic=f"difference_{name}", level="60")
        assert band.conf_low < inner.conf_low < inner.conf_high < band.conf_high
    apart = pick(found, statistic="difference_survival_apart")
    assert len(apart) and (apart["estimate"] == -1).all()
    for _, row in apart.iterrows():
        within = own[own["time"].between(row.conf_low, row.conf_high, inclusive="left")]
        assert (within["band_high"] < 0).all()
    outside = own[~np.any([own["time"].between(r.conf_low, r.conf_high, inclusive="left")
                           for r in apart.itertuples()], axis=0)]  # fmt: skip
    assert (outside["band_high"] >= 0).all()


def test_patients_and_events_of_a_period_are_counted_by_hand(cohort, effects):
    table = cohort.patients[cohort.patients["arm"] == "M"]
    row = one(effects.frame, endpoint="dwm", statistic="events", level="24-60", group="M")
    late = table[table["dwm_time"] > 24]
    assert row.n == len(late)
    assert row.estimate == ((late["dwm_event"] == 1) & (late["dwm_time"] <= 60)).sum()
    cells = [[getattr(c, "text", c) for c in r.cells] for r in effects.table().rows]
    shown = next(r for r in cells[::-1] if r[0] == "HR from month 24 to month 60")
    assert shown[2] == f"{row.estimate:.0f} / {row.n:.0f}"


def test_a_straight_line_is_the_usual_model_and_a_cut_point_that_hides_a_slope_is_told(
    cohort, curves
):
    assert curves.sentence().parts["limitation"].startswith("Within the levels of age")
    assert "For death without malignancy the cut-point hides a slope." in curves.sentence()
    slope = one(curves.frame, endpoint="dwm", statistic="slope_within_levels", level="old")
    both = cohort.with_study({"cox.covariates": [
        {"variable": name} for name in ("old", "mspike", "hgb", "age")]})  # fmt: skip
    wald = one(pick(cox(both, "dwm").frame, analysis="cox_multivariable"), term="age",
               statistic="hr")  # fmt: skip
    assert slope.p_value == pytest.approx(wald.p_value, abs=0.001)  # likelihood ratio, and Wald's
    ages = cohort.patients["age"]
    knots = pick(curves.frame, endpoint="dwm", term="age", statistic="knot")["estimate"]
    np.testing.assert_allclose(knots, np.quantile(ages, [0.05, 0.35, 0.65, 0.95]))
    drawn = curves.figure(endpoint="dwm")
    near = drawn.data[drawn.data["variable"] == "age"]
    at = near.iloc[(near["x"] - ages.median()).abs().argmin()]
    assert at.hr == pytest.approx(1, abs=0.02)
    assert {line.get_label() for line in drawn.drawing.axes[0].lines} >= {"cut-point", "knot"}
    assert "cut-point" not in {line.get_label() for line in drawn.drawing.axes[1].lines}
    uncut = continuous_effects(cohort.choose(covariates=["age", "mspike"]))
    assert not uncut.sentence().parts["cut_points"]
    assert "Broken lines" not in uncut.figure(endpoint="dwm").caption


def test_it_is_left_out_where_nobody_asks_and_where_small_counts_are_withheld(cohort, tmp_path):
    own = [name for name in SECTIONS if "changing" in name or "splines" in name]
    plain = cohort.with_study({"non_proportional": None, "splines": {}})
    assert {omission(plain, name) for name in own} == {""}
    assert {omission(cohort, name) for name in own} == {None}
    hidden = cohort.with_study({"privacy.smallest_count": 5})
    for name in ("changing", "splines"):
        assert "withheld" in omission(hidden, name)
    asked = changing_effects(cohort.with_study({"non_proportional.endpoints": ["dwm"]}))
    assert set(asked.frame["endpoint"]) == {"dwm"}
    with pytest.raises(ParameterError, match="not asked of the endpoint 'ttm'"):
        asked.figure(endpoint="ttm")
    kept = cohort.with_study({"non_proportional.endpoints": ["dwm"]}).choose(endpoints=["ttm"])
    assert omission(kept, "changing") == ""
    only = cohort.choose(covariates=["mspike"]).study
    assert list(only.splines) == ["mspike"] and only.splines["mspike"].knots == 3


def test_what_cannot_be_asked_is_told(cohort):
    for key, value, told in (
        ("splines", {"old": {}}, "'old' is no continuous covariate"),
        ("non_proportional.endpoints", ["ttp"], r"no endpoint 'ttp' \(did you mean 'ttm'\?\)"),
        ("non_proportional.periods", [60, 24], "do not rise"),
        ("non_proportional.weighted_tests", [[0, 1], [0, 1]], "stands twice"),
    ):
        with pytest.raises(StudyError, match=told):
            cohort.with_study({key: value})
    for name, value in (("weighted_tests", "1"), ("knots", 6), ("splines", ["old"]),
                        ("differences", ["medians"]), ("periods", [6, 3])):  # fmt: skip
        with pytest.raises(ParameterError, match=f"'{name}' cannot be"):
            cohort.choose(**{name: value})


def test_every_choice_of_the_notebook_changes_what_rests_on_it(cohort):
    before = run("11", study=cohort.folder)
    assert not before.error
    ratios, tests = {"say: ratios"} | TABLE, {"say: tests"} | TABLE
    figures = {"fig-changing-ttm", "fig-changing-dwm"}
    drawn = {"fig-splines-ttm", "fig-splines-dwm"}
    gaps = {"say: differences", "nonproportional.csv", "tbl-differences"} | figures
    splines = {"say: curves", "splines.csv", "tbl-splines"} | drawn
    cut = {"say: cut_points", "say: limitation"}
    methods = {"methods: changing_methods"}
    of_splines = {"methods: spline_methods"}
    rest = {
        "weighted_tests": ("0, 0; 0, 1", tests | methods),
        "periods": ([36], ratios | figures | methods),
        "log_time": (False, ratios | figures | methods),
        "differences": (["survival"], gaps | methods),
        "splines": (["age=50"], splines | of_splines),
        "knots": (5, splines | of_splines),
        "covariates": (["old", "mspike"], splines | cut - {"say: limitation"}),
        "cut_points": ("old = 60", splines | {"say: cut_points"}),
        "ties": ("breslow", (ratios | figures | splines) - {"fig-changing-ttm", "fig-splines-ttm"}),
        "conf_level": (0.9, ratios | gaps | splines),
        "alpha": (0.45, cut),
        "milestones": ([12], ratios | gaps - {"fig-changing-dwm"}),  # at an event already
        "seed": (5, gaps),
        "colours": (["#00AA00", "#AA00AA"], figures),
        "endpoints": (["dwm"], {"say: tests", "say: cut_points", *ratios, *gaps, *splines, *methods}
                      - {"fig-changing-dwm", "fig-splines-dwm"}),
    }  # fmt: skip
    for name, (value, wanted) in rest.items():
        after = run("11", study=cohort.folder, **{name: value})
        assert not after.error, after.error
        parts = {
            part if part.startswith(("say", "methods")) else part.split()[0]
            for part in after.differs(before)
            if not part.startswith("omitted")
        }
        own = {p for p in parts if not p.startswith("methods") or p in methods | of_splines}
        assert own == wanted, (name, own ^ wanted)

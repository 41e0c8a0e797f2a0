"""Kaplan-Meier, reverse Kaplan-Meier and RMST against R's survfit and survRM2."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from reference_sets import ALL, HERE, arms, assert_close, cohort, reference

from cohortbook.stats.km import kaplan_meier, reverse_kaplan_meier
from cohortbook.stats.rmst import rmst_difference

CONF_TYPES = ("log-log", "log", "plain")


def groups(name):
    """(key path in the reference, rows) of the whole set and of each arm."""
    frame = cohort(name)
    yield "overall", frame
    for arm in arms(name):
        yield arm, frame[frame["arm"] == arm]


def oracle(name, key):
    km = reference(name)["km"]
    return km["overall"] if key == "overall" else km["by_arm"][key]


@pytest.mark.parametrize("name", ALL)
def test_kaplan_meier_against_r_survfit(name):
    for key, rows in groups(name):
        want = oracle(name, key)
        for conf_type in CONF_TYPES:
            fit = kaplan_meier(rows["time"], rows["event"], conf_type=conf_type)
            label = f"{name} {key} {conf_type}"
            assert (fit.n, fit.events) == (want["n"], want["events"]), label
            at = want[f"conf_{conf_type}"]["at_times"]
            got = fit.at([row["time"] for row in at])
            for ours, theirs in (
                ("n_risk", "n_risk"), ("survival", "surv"), ("std_err", "std_err"),
                ("conf_low", "lower"), ("conf_high", "upper"),
            ):  # fmt: skip
                assert_close(got[ours], [row[theirs] for row in at], label=f"{label} {ours}")


@pytest.mark.parametrize("name", ALL)
def test_quantiles_against_r_quantile_survfit(name):
    for key, rows in groups(name):
        for conf_type in CONF_TYPES:
            want = oracle(name, key)[f"conf_{conf_type}"]
            fit = kaplan_meier(rows["time"], rows["event"], conf_type=conf_type)
            label = f"{name} {key} {conf_type}"
            median = [want["median"], want["median_lower"], want["median_upper"]]
            assert_close(fit.quantile(0.5), median, label=label)
            assert_close(fit.quantile(0.25), want["q25_time"], label=label)
            assert_close(fit.quantile(0.75), want["q75_time"], label=label)


@pytest.mark.parametrize("name", ALL)
def test_number_at_risk_and_rmst_against_r(name):
    for key, rows in groups(name):
        want = oracle(name, key)
        fit = kaplan_meier(rows["time"], rows["event"])
        at = want["n_risk_at_times"]
        assert_close(fit.n_at_risk(at["time"]), at["n_risk"], label=name)
        if want.get("rmst"):
            got = fit.rmst(want["rmst"]["tau"])
            assert_close(got[:2], [want["rmst"]["rmst"], want["rmst"]["se"]], label=f"{name} {key}")


@pytest.mark.parametrize("name", [n for n in ALL if "curve_loglog" in reference(n)["km"]])
def test_whole_curve_against_r(name):
    for arm, want in reference(name)["km"]["curve_loglog"].items():
        rows = cohort(name)[cohort(name)["arm"] == arm]
        fit = kaplan_meier(rows["time"], rows["event"])
        for ours, theirs in (
            ("time", "time"), ("n_risk", "n_risk"), ("n_event", "n_event"),
            ("n_censor", "n_censor"), ("survival", "surv"), ("std_err", "std_err_greenwood"),
            ("conf_low", "lower_loglog"), ("conf_high", "upper_loglog"),
        ):  # fmt: skip
            assert_close(getattr(fit, ours), want[theirs], label=f"{name} {arm} {ours}")


@pytest.mark.parametrize("name", ALL)
def test_follow_up_against_r_reverse_survfit(name):
    for key, rows in groups(name):
        want = reference(name)["followup_reverse_km"][key]
        got = reverse_kaplan_meier(rows["time"], rows["event"]).quantile()
        expected = [want["median"], want["lower_loglog"], want["upper_loglog"]]
        assert_close(got, expected, label=f"{name} {key}")


@pytest.mark.parametrize("name", ALL)
def test_rmst_difference_against_r_and_survrm2(name):
    want = reference(name).get("rmst_difference")
    if not want or "difference" not in want:
        pytest.skip("no reference value")
    frame = cohort(name)
    experimental = frame["arm"] == arms(name)[1]
    got = rmst_difference(frame["time"], frame["event"], experimental, tau=want["tau"])
    assert_close(
        [got.difference, got.difference_se, got.difference_low, got.difference_high],
        [want["difference"], want["se"], *want["ci95"]], label=name,
    )  # fmt: skip
    assert_close(got.difference_p, want["p"], label=name)
    check = want.get("survRM2_check") or {}
    if "ratio" in check:
        assert_close(
            [got.ratio, got.ratio_low, got.ratio_high, got.ratio_p],
            [check["ratio"], *check["ratio_ci95"], check["ratio_p"]], label=name,
        )  # fmt: skip


def test_risk_table_adds_up_and_counts_time_at_or_after():
    frame = cohort("lung_months")
    fit = kaplan_meier(frame["time"], frame["event"])
    table = fit.risk_table([0, 5.5, 12, 40])
    total = table["at_risk"] + table["censored"] + table["events"]
    assert (total == len(frame)).all()
    assert table["at_risk"][1] == (frame["time"] >= 5.5).sum()


def test_a_limit_that_rises_again_against_r_quantile():
    # the upper limits are 0.584, 0.383, 0.258, 0.189, 0.223: R 4.2.2 takes 5, not 4
    counts = {1: (88, 187), 2: (35, 49), 3: (14, 17), 4: (3, 5), 5: (1, 1)}
    time = np.repeat(list(counts), [sum(c) for c in counts.values()])
    event = np.concatenate([np.repeat([0, 1], c) for c in counts.values()])
    got = kaplan_meier(time, event, conf_type="log").quantile(0.75)
    assert got == (3, 3, 5)


def test_a_tolerance_lets_a_near_tie_count_as_the_time_asked_for():
    fit = kaplan_meier([0.1 + 0.2, 0.5], [1, 1])
    assert fit.at([0.3])["survival"][0] == 1
    assert fit.at([0.3], tolerance=1e-9)["survival"][0] == 0.5


def test_weights_are_duplicated_rows():
    frame = cohort("ovarian")
    weights = np.arange(len(frame)) % 3
    once = kaplan_meier(frame["time"], frame["event"], weights=weights)
    rows = frame.loc[frame.index.repeat(weights)]
    assert_close(once.std_err, kaplan_meier(rows["time"], rows["event"]).std_err)


def test_nobody_and_no_events_give_notes():
    assert kaplan_meier([], []).note == "no patients"
    empty = kaplan_meier([], [])
    assert np.isnan(empty.quantile().estimate)
    assert np.isnan(empty.rmst(12).estimate)
    assert kaplan_meier([1, 2], [0, 0]).note == "no events"
    assert kaplan_meier([1, 2, np.nan], [1, 0, 1]).note == "1 row with missing values left out"


def test_median_rule_of_spss_takes_the_first_time():
    fit = kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1])
    assert fit.quantile().estimate == 2.5
    assert fit.quantile(rule="spss").estimate == 2


def small_sets():
    table = pd.read_csv(HERE / "km_quantiles.csv", dtype={"times": str, "events": str})
    for row in table.itertuples():
        yield (
            row,
            kaplan_meier(
                [float(t) for t in row.times.split()],
                [int(e) for e in row.events.split()],
                conf_type=row.conf_type,
            ),
        )


def test_medians_and_quantiles_of_small_sets_with_ties_against_r():
    # R has two medians: survfit prints 9 where a curve ends on one half, its quantile() gives 13.5
    ends_on_half = 0
    for row, fit in small_sets():
        label = f"{row.times} | {row.events} | {row.conf_type}"
        printed = [row.median, row.median_low, row.median_high]
        assert_close(fit.median(), printed, label=label)
        for p in (25, 50, 75):
            want = [getattr(row, f"q{p}{end}") for end in ("", "_low", "_high")]
            assert_close(fit.quantile(p / 100), want, label=f"{label} {p}")
        ends_on_half += row.median != row.q50 and row.q50 > 0
    assert ends_on_half > 100


def test_the_median_of_spss_is_the_first_time_however_the_curve_goes_on():
    for _, fit in small_sets():
        low = np.flatnonzero(fit.survival < 0.5 + 1e-9)
        want = fit.time[low[0]] if len(low) else np.nan
        assert_close([fit.median("spss").estimate], [want])


def test_events_at_time_0_are_counted_at_0_where_everybody_is_at_risk():
    table = kaplan_meier([0, 0, 0, 4, 6], [1, 1, 0, 0, 1]).risk_table([0, 4, 5])
    assert list(table["at_risk"]) == [5, 2, 1]  # R: summary(fit, times = 0)$n.risk is 5
    assert list(table["events"]) == [2, 2, 2]
    assert list(table["censored"]) == [1, 1, 2]


def test_an_arm_in_which_everybody_had_the_event_at_once_has_no_ratio():
    found = rmst_difference([0, 0, 5, 6], [1, 1, 1, 0], [0, 0, 1, 1])
    assert (found.reference.estimate, found.difference) == (0.0, 5.5)
    assert np.isnan(found.ratio_low) and np.isnan(found.ratio_p)


def test_density_based_limits_of_the_median_as_spss_has_them():
    # S = .9, .8, ..., 0: f = (.6 - .4) / (6 - 4) = .1, se(S) = sqrt(.5 * .5 / 10)
    fit = kaplan_meier(np.arange(1, 11), np.ones(10))
    half = 1.959963984540054 * np.sqrt(0.025) / 0.1
    assert_close(fit.density_median("spss"), [5, 5 - half, 5 + half])
    level = kaplan_meier(np.arange(1, 5), [1, 1, 0, 0])  # ends at one half
    assert np.isnan(level.density_median("spss")[1:]).all()

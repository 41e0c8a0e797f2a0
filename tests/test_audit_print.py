"""What can be known from print alone: SMD, curves, events, grades, ranges, effects, limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohortbook.published import Published
from cohortbook.published.audit import audit
from cohortbook.published.audit.effects import percent_limits
from cohortbook.published.audit.ranges import band_of
from cohortbook.stats.cox import cox_fit
from cohortbook.stats.km import kaplan_meier
from cohortbook.stats.smd import smd_categorical, smd_continuous


def paper(*blocks, groups=None, **more):
    groups = groups or {"A": 40, "B": 40}
    named = [{"where": f"T{i}"} | block for i, block in enumerate(blocks, start=1)]
    return Published.model_validate({"groups": groups, "blocks": named} | more)


def found(*blocks, **more):
    return audit(paper(*blocks, **more))


def one(frame, check=None):
    part = frame if check is None else frame[frame["check"] == check]
    assert len(part) == 1, frame[["check", "severity", "message"]].to_string()
    return part.iloc[0]


def counts(*items, **more):
    return {"analysis": "baseline", "counts": list(items)} | more


# -- SMD ------------------------------------------------------------------------------------


def test_smd_of_two_levels_follows_from_the_counts():
    levels = {"F": {"A": "12", "B": "7"}, "M": {"A": "60", "B": "65"}}
    item = {"term": "sex", "partition": True, "levels": levels}
    size = {"A": 72, "B": 72}
    right = smd_categorical([12, 60], [7, 65]).estimate  # 0.206
    for text in (f"{right:.3f}", f"-{right:.2f}", f"{5 / 72:.3f}", f"{100 * 5 / 72:.1f}"):
        assert found(counts(item | {"smd": text}), groups=size).empty
    row = one(found(counts(item | {"smd": "0.011"}), groups=size))
    assert (row["severity"], row["implied"]) == ("conflict", "0.206")
    assert row["key"] == "baseline/all/sex/difference/smd"
    assert found(counts(item | {"smd": "0.011"}, weighted=True), groups=size).empty


def test_smd_of_many_levels_and_of_each():
    a, b = [10, 20, 10], [15, 15, 10]
    levels = {x: {"A": str(a[i]), "B": str(b[i])} for i, x in enumerate("xyz")}
    item = {"term": "v", "partition": True, "levels": levels}
    right = smd_categorical(a, b).estimate
    assert found(counts(item | {"smd": f"{right:.3f}"})).empty
    assert one(found(counts(item | {"smd": "0.011"})))["check"] == "SMD"
    each = smd_categorical([10, 30], [15, 25]).estimate
    assert found(counts(item | {"smd": {"x": f"{each:.3f}"}})).empty


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_smd_of_means_is_no_alarm_for_the_values_behind_it(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(60, 9, 40), rng.normal(62, 12, 40)
    cells = {g: f"{v.mean():.1f} ({v.std(ddof=1):.1f})" for g, v in (("A", x), ("B", y))}
    item = {"term": "age", "form": "mean (sd)", "groups": cells}
    right = smd_continuous(x, y).estimate
    block = {"analysis": "baseline", "summaries": [item | {"smd": f"{right:.3f}"}]}
    assert found(block).empty
    block["summaries"] = [item | {"smd": f"{abs(right) + 1:.3f}"}]
    assert one(found(block))["check"] == "SMD"


def test_after_matching_the_spread_before_may_be_used():
    def block(a, b, n, population, **more):
        cells = {"A": f"{a}", "B": f"{b}"}
        return counts({"term": "x", "cells": cells} | more, population=population,
                      sizes={"A": str(n), "B": str(n)})  # fmt: skip

    spread = np.sqrt((0.5 * 0.5 + 0.2 * 0.8) / 2)
    smd = f"{(8 - 6) / 20 / spread:.3f}"
    before, after = block(20, 8, 40, "all"), block(8, 6, 20, "matched", smd=smd)
    assert found(before, after).empty
    assert one(found(after))["check"] == "SMD"


def test_many_smds_that_are_off_have_one_cause():
    items = [{"term": x, "cells": {"A": "12", "B": "24"}, "smd": "0.011"} for x in "abc"]
    row = one(found(counts(*items)))
    assert row["message"].startswith("3 standardised mean differences")
    assert len(row["also"].split("; ")) == 2


# -- curves ---------------------------------------------------------------------------------


def curve(**item):
    return {"survival": [{"endpoint": "os"} | item]}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(10, 60))
def test_no_cohort_leaves_the_bounds_of_its_curve(seed, n):
    rng = np.random.default_rng(seed)
    death, lost = rng.exponential(12, n), rng.exponential(15, n)
    time, event = np.round(np.minimum(death, lost), 1), (death <= lost).astype(int)
    fit = kaplan_meier(time, event)
    item = {"events": {"A": str(event.sum())}, "survival_percent": {}, "at_risk": {},
            "events_by": {}}  # fmt: skip
    for months in (3, 6, 12):
        held = fit.survival[fit.time <= months]
        s = held[-1] if len(held) else 1.0
        item["survival_percent"][str(months)] = {"A": f"{100 * s:.1f}"}
        item["at_risk"][str(months)] = {"A": str(int((time > months).sum()))}
        item["events_by"][str(months)] = {"A": str(int(event[time <= months].sum()))}
    assert found(curve(**item), groups={"A": n, "B": 10}).empty


@pytest.mark.parametrize(
    ("item", "implied"),
    [
        # 20 of 40 dead by then: at least half, however many were censored
        ({"event_percent": {"24": {"A": "45.0"}}, "events_by": {"24": {"A": "20"}}},
         "at least 50.0"),
        # with 20 at risk no more than 20 of 40 can have died, all others censored before
        ({"event_percent": {"24": {"A": "70.0"}}, "at_risk": {"24": {"A": "20"}}},
         "at most 50.0"),
        ({"event_percent": {"24": {"A": "45.0"}}, "at_risk": {"24": {"A": "20"}},
          "events": {"A": "10"}}, "at most 33.3"),
        # 30 died in all and 5 were at risk, so 25 died before
        ({"survival_percent": {"24": {"A": "55.0"}}, "at_risk": {"24": {"A": "5"}},
          "events": {"A": "30"}}, "at most 37.5"),
    ],
)  # fmt: skip
def test_percentages_against_events_and_those_at_risk(item, implied):
    row = one(found(curve(**item)))
    assert (row["severity"], row["implied"]) == ("conflict", implied)
    assert row["proof"].startswith("1 - S is at")


def test_an_endpoint_cut_off_at_a_time_takes_its_count():
    events = counts({"term": "PFS2", "cells": {"A": "9 (23)"}}, analysis="response")
    rate = {"survival": [{"endpoint": "pfs2", "event_percent": {"24": {"A": "20%"}}}]}
    assert one(found(events, rate))["implied"] == "at least 22.5"
    rate["survival"][0]["event_percent"] = {"36": {"A": "20%"}}
    assert found(events, rate).empty


def test_curves_do_not_rise_and_nobody_comes_at_risk_again():
    assert one(found(curve(survival_percent={"12": {"A": "50"}, "24": {"A": "60"}})))[
        "check"] == "Kaplan-Meier curve"  # fmt: skip
    row = one(found(curve(at_risk={"0": {"A": "40"}, "6": {"A": "20"}, "12": {"A": "21"}})))
    assert (row["check"], row["implied"]) == ("numbers at risk", "at most 20")


def test_who_is_dead_has_had_the_event():
    row = one(found({"survival": [
        {"endpoint": "os", "event_percent": {"24": {"A": "50"}}},
        {"endpoint": "pfs", "event_percent": {"24": {"A": "40"}}},
    ]}))  # fmt: skip
    assert (row["severity"], row["implied"]) == ("unusual", "at least 50")


def test_a_hazard_ratio_on_the_other_side_of_one_than_the_curves():
    ratio = {"analysis": "cox_univariable", "endpoint": "os",
             "ratios": [{"term": "arm", "level": "B", "hr": "0.50 (0.32-0.78)"}]}  # fmt: skip
    medians = curve(median={"A": "20.0", "B": "12.0"})
    assert one(found(ratio, medians))["check"] == "hazard ratio and curve"
    assert found(ratio, curve(median={"A": "12.0", "B": "20.0"})).empty
    rates = curve(event_percent={"24": {"A": "40", "B": "70"}})
    assert one(found(ratio, rates))["severity"] == "unusual"


# -- events behind a hazard ratio -----------------------------------------------------------


def hazard(hr, level="B", term="arm", **more):
    return {"analysis": "cox_multivariable", "endpoint": "os",
            "ratios": [{"term": term, "level": level, "hr": hr}]} | more  # fmt: skip


def test_the_interval_needs_four_over_its_squared_error_events():
    # 1.93 (1.08-3.43): SE 0.295, 4 / 0.295^2 = 46
    row = one(found(hazard("1.93 (1.08-3.43)"), curve(events={"A": "16", "B": "13"})))
    assert row["implied"] == "at least 46 events"
    assert row["severity"] == "conflict" and "29 are printed (T2)" in row["message"]
    assert found(hazard("1.93 (1.08-3.43)"), curve(events={"A": "23", "B": "24"})).empty
    deaths = counts({"term": "death", "cells": {"A": "16", "B": "13"}}, analysis="outcome")
    assert one(found(hazard("1.93 (1.08-3.43)"), deaths))["implied"] == "at least 46 events"
    assert one(found(hazard("1.93 (1.28-2.91)")))["message"].endswith("80 patients are printed.")
    assert found(hazard("1.02 (1.01-1.03)", level="", term="age")).empty


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 80))
def test_no_adjusted_fit_has_more_information(seed, n):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.integers(0, 2, n), rng.normal(size=n), rng.integers(0, 2, n)])
    death, lost = rng.exponential(np.exp(-x @ [0.7, 0.5, -0.5])), rng.exponential(2, n)
    event = (death <= lost).astype(int)
    fit = cox_fit(np.minimum(death, lost), event, x.astype(float))
    if not np.isfinite(fit.coef).all() or fit.infinite.any():
        return
    error = (np.log(fit.conf_high[0]) - np.log(fit.conf_low[0])) / 2 / 1.959963984540054
    assert 1 / error**2 <= event.sum() / 4 + 1e-6


# -- grades ---------------------------------------------------------------------------------


def event(name, any_, **grades):
    levels = {g: {"A": str(n)} for g, n in grades.items()} | {"any": {"A": any_}}
    return {"term": name, "levels": levels}


GOOD = [event(x, f"{30 / 40 * 100:.1f}%", g1=10, g2=20) for x in "pqr"]


def test_one_grade_has_no_more_patients_than_any():
    line = event("rash", "22.5%", g1=28, g2=3)
    row = one(found(counts(*GOOD, line, analysis="safety")))
    assert (row["severity"], row["mend"]) == ("conflict", "77.5% instead of 22.5%")
    assert one(found(counts(line, analysis="safety")))["severity"] == "fits only if"
    assert row["key"] == "safety/all/rash/any/A/percent"


def test_grades_add_up_to_any_where_other_lines_do():
    line = event("rash", "75.0%", g1=10, g2=22)
    assert found(counts(line, analysis="safety")).empty
    row = one(found(counts(*GOOD, line, analysis="safety")))
    assert row["severity"] == "fits only if"
    assert "patients are counted at several grades" in row["message"]
    assert found(counts(*GOOD, event("x", "25.0%", g1=4, g2=3, severe=2, unknown=1),
                        analysis="safety")).empty  # fmt: skip


def test_severe_in_one_table_is_among_any_in_another():
    a = counts(event("rash", "5", g1=5), analysis="safety")
    b = counts({"term": "rash", "levels": {"severe": {"A": "6"}}}, analysis="safety")
    assert one(found(a, b))["check"] == "grades and any"


def test_p_of_a_wrong_any_is_not_a_second_finding():
    item = {"term": "hair", "levels": {"g1": {"A": "57", "B": "4"}, "g2": {"A": "11", "B": "0"},
            "any": {"A": "9.3%", "B": "2.3%"}}, "p": {"any": "<0.001"}}  # fmt: skip
    size = {"A": 173, "B": 177}
    row = one(found(counts(item, analysis="safety", test="chi-squared"), groups=size))
    assert row["implied"] == "39.3%"


# -- ranges, flow, percentages --------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "inside", "outside"),
    [("<65", (20, 64.9), (65,)), (">=65", (65, 80), (64,)), ("65-74", (65, 74), (64, 75)),
     ("3", (3,), (2,)), ("≤5", (5,), (6,)), (">5", (6,), (5,))],
)  # fmt: skip
def test_levels_as_intervals(level, inside, outside):
    from cohortbook.published.printed import read_number

    band = band_of(level)
    assert all(band.holds(read_number(str(x)), exact=True) for x in inside)
    assert not any(band.holds(read_number(str(x)), exact=True) for x in outside)


def test_range_and_median_against_the_levels():
    def block(text, below, above):
        cells = {"<65": {"A": str(below)}, ">=65": {"A": str(above)}}
        return counts({"term": "age_group", "levels": cells},
                      summaries=[{"term": "age", "step": 1, "groups": {"A": text}}])  # fmt: skip

    assert found(block("60 (40-80)", 25, 15)).empty
    assert one(found(block("60 (40-64)", 25, 15)))["implied"] == ">=65"
    assert one(found(block("60 (40-80)", 0, 40)))["printed"] in ("40", "60")
    assert one(found(block("60 (40-80)", 15, 25)))["printed"] == "60"


def test_lesions_where_no_patient_has_a_single_one():
    item = {"term": "solitary", "levels": {"yes": {"A": "0"}, "no": {"A": "40"}}}
    lesions = {"term": "lesions", "step": 1, "groups": {"A": "3.5 (1-5)"}}
    row = one(found(counts(item, summaries=[lesions])))
    assert row["message"].endswith("by the levels (T1) it is in solitary no.")


def test_sizes_of_a_subgroup_add_up():
    sizes = {"A": "10", "B": "12", "overall": "21"}
    row = one(found({"population": "old", "sizes": sizes}))
    assert row["mend"] == "22 instead of 21"


def test_percentages_without_counts_add_up_to_a_hundred():
    def block(*cells):
        levels = {f"l{i}": {"A": text} for i, text in enumerate(cells)}
        return counts({"term": "x", "partition": True, "levels": levels}, groups=None) | {
            "sizes": {}}  # fmt: skip

    good = block("33.3%", "33.3%", "33.3%")
    good.pop("groups")
    size = {"A": 300, "B": 5}
    assert found(good, groups=size).empty
    bad = block("64.2%", "27.9%", "8.9%")
    bad.pop("groups")
    assert "sum" in set(found(bad, groups=size)["check"])


# -- effects and limits ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "low", "high"),
    # R 4: binom.test(6, 21), prop.test(6, 21), prop.test(6, 21, correct = FALSE)
    [("Clopper and Pearson", 11.280940, 52.175112),
     ("Wilson with correction", 12.194972, 52.314419), ("Wilson", 13.813863, 49.956381)],
)  # fmt: skip
def test_limits_of_a_percentage(method, low, high):
    assert percent_limits(6, 21, 0.95)[method] == pytest.approx((low, high), abs=1e-5)


def response(limits):
    return counts({"term": "ORR", "cells": {"A": "6/21 (28.6)"}, "ci": {"A": limits}},
                  analysis="response")  # fmt: skip


@pytest.mark.parametrize("limits", ["11.3-52.2", "11.28–52.18", "12.2 to 52.3", "13.8-50.0"])
def test_limits_by_any_usual_method_pass(limits):
    assert found(response(limits)).empty


def test_limits_of_no_method_and_of_another_level():
    row = one(found(response("21.3-52.2")))
    assert (row["severity"], row["key"]) == (
        "conflict", "response/all/ORR/A/percent:conf_low",
    )  # fmt: skip
    low, high = percent_limits(6, 21, 0.9)["Clopper and Pearson"]
    assert one(found(response(f"{low:.1f}-{high:.1f}")))["severity"] == "fits only if"


@pytest.mark.parametrize(
    ("name", "text"),
    # R 4: glm (Wald and profile limits), fisher.test, of 10 of 40 and 20 of 40
    [("or", "3.00 (1.16-7.73)"), ("or", "3.00 (1.19-7.97)"), ("or", "0.34 (0.11-0.94)"),
     ("or", "0.33 (0.13-0.86)"), ("rr", "2.00 (1.08-3.72)"), ("rd", "25.0 (4.5-45.5)"),
     ("rd", "0.25 (0.05-0.46)"), ("rd", "-25.0")],
)  # fmt: skip
def test_crude_effects_of_the_counts_pass(name, text):
    item = {"term": "ORR", "cells": {"A": "10", "B": "20"}, "effects": {name: text}}
    assert found(counts(item, analysis="response")).empty


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [("or", "2.50 (1.16-7.73)", "or"), ("or", "3.00 (1.56-7.73)", "or:conf_low"),
     ("rr", "2.40", "rr"), ("rd", "35.0 (4.5-45.5)", "rd")],
)  # fmt: skip
def test_crude_effects_that_the_counts_do_not_give(name, text, key):
    item = {"term": "ORR", "cells": {"A": "10", "B": "20"}, "effects": {name: text}}
    row = one(found(counts(item, analysis="response")))
    assert (row["severity"], row["key"].split("/")[-1]) == ("conflict", key)

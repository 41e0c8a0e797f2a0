"""The auditor: what it finds in the paper, what it does not, and each check by itself."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from cohortbook.published import Published
from cohortbook.published.audit import COLUMNS, audit
from cohortbook.published.audit import tests_behind as behind
from cohortbook.published.audit.logrank import chi_squared_bounds
from cohortbook.published.audit.wald import Wald
from cohortbook.published.printed import Printed
from cohortbook.stats.cox import cox_fit
from cohortbook.stats.logrank import logrank

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wei():
    return audit(ROOT / "data" / "wei2026")


def paper(**block):
    """A paper of two arms of 40 and one block."""
    groups = block.pop("groups", {"A": 40, "B": 40})
    return Published.model_validate(
        {"groups": groups, "sums": block.pop("sums", []), "blocks": [{"where": "T"} | block]}
    )


def checks(**block):
    return audit(paper(**block))["check"].tolist()


def cox(hr, p="", analysis="cox_univariable"):
    return {"analysis": analysis, "endpoint": "os", "ratios": [{"term": "arm", "hr": hr, "p": p}]}


# -- the paper ------------------------------------------------------------------------------


def test_the_known_inconsistencies_are_found_and_nothing_else(wei):
    found = {(row.key, row.check): row.severity for row in wei.itertuples()}
    drifts = ("sex", "hbsag", "hcv", "bilirubin", "tumours")
    crude = "cox_univariable/os/all/arm/MWA+ICI/difference/hr"
    assert found == {
        ("baseline/all/cnlc/difference/p_value", "P and counts"): "conflict",
        (crude, "ratio and interval"): "conflict",
        ("survival/os/all/difference/logrank:p_value", "log-rank and Cox"): "conflict",
        ("survival/pfs/all/difference/logrank:p_value", "log-rank and Cox"): "unusual",
        **{(f"baseline/all/{v}/difference/p_value", "P and counts"): "unusual" for v in drifts},
        ("baseline/all/afp/difference/p_value", "P and counts"): "rounding",
    }
    assert wei.columns.tolist() == COLUMNS
    row = wei[wei["check"] == "ratio and interval"].iloc[0]
    assert row["also"] == f"{crude}:p_value", "one cause, one finding"
    assert (wei.loc[wei["severity"] == "conflict", "proof"] != "").all()
    assert (wei.loc[wei["severity"] != "conflict", "proof"] == "").all()


def test_no_alarm_on_the_tables_that_reproduce(wei):
    assert not wei["where"].str.contains(r"Table (?:II|V)\b").any()


def test_the_crude_treatment_row_is_explained(wei):
    row = wei[wei["check"] == "ratio and interval"].iloc[0]
    assert row["implied_low"] < 0.392 < row["implied_high"]
    assert "Table III" in row["where"]
    assert "lower limit of 0.345 instead of 0.155 (which also agrees with P)" in row["mend"]
    assert "a ratio of 0.392 instead of 0.585" in row["mend"]


def test_the_log_rank_bound_is_that_of_the_feasibility_study(wei):
    rows = wei[wei["check"] == "log-rank and Cox"].set_index("key")
    os, pfs = (rows.loc[f"survival/{e}/all/difference/logrank:p_value"] for e in ("os", "pfs"))
    assert os["implied_low"] == pytest.approx(0.040, abs=1e-3)
    assert pfs["implied_low"] == pytest.approx(0.0037, abs=1e-4)
    assert re.search("some 39% of those at risk", os["message"])
    assert "0.008 is also the Wald P of the adjusted model" in os["message"]


@pytest.mark.parametrize(
    ("variable", "right"),
    [("cnlc", "0.877"), ("sex", "0.382"), ("hbsag", "0.675"), ("hcv", "0.675"),
     ("afp", "0.326"), ("bilirubin", "0.947"), ("tumours", "0.825")],
)  # fmt: skip
def test_table_one_names_the_p_value_of_its_counts(wei, variable, right):
    row = wei.set_index("key").loc[f"baseline/all/{variable}/difference/p_value"]
    assert row["implied"] == right
    assert "No usual test gives the print" in row["message"] or row["severity"] == "rounding"


def test_the_other_study_and_the_template_hold_together():
    assert audit(ROOT / "data" / "hcc-cxcl17").empty
    assert audit(ROOT / "docs" / "published-template.yml").empty


# -- the bound ------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.floats(-1.5, 1.5), st.floats(0.2, 0.8), st.integers(12, 80))
def test_no_tie_free_cohort_leaves_the_log_rank_bound(seed, effect, share, n):
    rng = np.random.default_rng(seed)
    arm = (rng.random(n) < share).astype(int)
    death = rng.exponential(np.exp(-effect * arm))
    lost = rng.exponential(2.0 - arm)
    time, event = np.minimum(death, lost), (death <= lost).astype(int)
    fit = cox_fit(time, event, arm[:, None])
    if not np.isfinite(fit.coef[0]) or fit.infinite[0] or np.isnan(fit.coef[0]):
        return
    exact = [Printed("", float(x), 12) for x in (fit.hr[0], fit.conf_low[0], fit.conf_high[0])]
    if not Wald(*exact).usable or exact[2].value > 1e6 or exact[1].value < 1e-6:
        return
    bounds, found = chi_squared_bounds(Wald(*exact)), logrank(time, event, arm).chi2
    assert bounds.low * (1 - 1e-4) - 1e-9 <= found <= bounds.high * (1 + 1e-4) + 1e-9


def test_the_bound_is_reached_when_the_share_at_risk_stays():
    # One q throughout: U^2 / V = (HR - 1)^2 / (HR SE^2) exactly.
    hr, q, events = 0.4, 0.3, 50
    p = q / (q + hr * (1 - q))
    error = 1 / np.sqrt(events * q * (1 - q))
    statistic = (events * (q - p)) ** 2 / (events * p * (1 - p))
    wald = Wald(*[Printed("", hr * np.exp(k * 1.959963984540054 * error), 12) for k in (0, -1, 1)])
    assert chi_squared_bounds(wald).high == pytest.approx(statistic, rel=1e-6)


def test_a_log_rank_p_too_large_for_its_cox_row_is_found():
    survival = [{"endpoint": "os", "logrank": "0.800"}]
    row = audit(paper(**cox("0.400 (0.200-0.800)", "0.010"), survival=survival)).iloc[0]
    assert row["implied"].startswith("at most 0.")
    fitting = chi2.sf(4 * np.sinh(np.log(0.4) / 2) ** 2 / (np.log(4) / 3.92) ** 2, 1)
    survival = [{"endpoint": "os", "logrank": f"{fitting * 1.01:.4f}"}]
    assert checks(**cox("0.400 (0.200-0.800)", "0.010"), survival=survival) == []


# -- hazard ratios --------------------------------------------------------------------------


@settings(max_examples=100)
@given(st.floats(-2, 2), st.floats(0.05, 1.2), st.integers(2, 3))
def test_no_rounded_wald_row_raises_an_alarm(log_hr, error, decimals):
    numbers = [np.exp(log_hr + k * 1.959963984540054 * error) for k in (0, -1, 1)]
    hr, low, high = (f"{x:.{decimals}f}" for x in numbers)
    p = chi2.sf((log_hr / error) ** 2, 1)
    many = {"groups": {"A": 40000, "B": 40000}}  # events enough for any of these intervals
    row = cox(f"{hr} ({low}-{high})", "<0.001" if p < 0.001 else f"{p:.3f}")
    assert checks(**many, **row) == []


def test_dropped_zeros_need_their_decimals_to_be_told():
    wide, told = cox("1.777 (0.755-4.18)", "0.188"), {"decimals": {"ratio": 3}}
    assert checks(**wide) == checks(**wide, **told) == []
    off = cox("1.777 (0.757-4.18)", "0.187")
    assert checks(**off) == []
    assert "ratio and interval" in checks(**off, **told)


def test_impossible_limits_are_found():
    assert checks(**cox("0.5 (0.9-0.3)")) == ["ratio and interval"]
    assert checks(**cox("0.5 (0.6-0.9)")) == ["ratio and interval"]
    assert checks(**cox("0.05 (0.00-0.9)")) == []


def test_p_against_the_interval():
    row = audit(paper(**cox("0.600 (0.365-0.987)", "0.014"))).iloc[0]
    assert (row["check"], row["severity"], row["implied"]) == (
        "P and interval", "conflict", "0.044",
    )  # fmt: skip
    assert "score and likelihood-ratio P are within" in row["proof"]


@settings(max_examples=60)
@given(st.floats(-1.5, 1.5), st.floats(0.1, 0.9), st.integers(2, 3), st.integers(0, 10**6))
def test_the_range_of_a_wald_p_is_exact(log_hr, error, decimals, seed):
    """Log ratios and errors that print the same row give P values up to both ends, none beyond."""

    def texts(b, e):
        return [np.round(np.exp(b + k * 1.959963984540054 * e), decimals) for k in (0, -1, 1)]

    printed = texts(log_hr, error)
    wald = Wald(*[Printed("", float(x), decimals) for x in printed])
    if printed[1] <= 0:
        return
    rng = np.random.default_rng(seed)
    half = 0.5 * 10.0**-decimals
    b = np.log(rng.uniform(printed[0] - half, printed[0] + half, 4000))
    e = np.log(rng.uniform(printed[2] - half, printed[2] + half, 4000)) - b
    e = e / 1.959963984540054
    same = np.all(np.column_stack(texts(b, e)) == printed, axis=1) & (e > 0)
    if same.sum() < 200:
        return
    z = np.abs(b[same] / e[same])
    most, least = (np.sqrt(chi2.isf(p, 1)) for p in (wald.p_value().low, wald.p_value().high))
    assert least - 1e-6 <= z.min() <= z.max() <= most + 1e-6
    assert z.max() - z.min() > 0.6 * (most - least)


def test_a_printed_wald_p_narrows_the_log_rank_bound():
    wald = Wald(*[Printed(x, float(x), 2) for x in ("1.00", "0.62", "1.60")])
    wide, narrow = chi_squared_bounds(wald), chi_squared_bounds(wald, Printed("0.996", 0.996, 3))
    assert narrow.high < wide.high
    # at HR = 1 the two tests are one
    assert chi2.sf(narrow.high, 1) == pytest.approx(0.9955, abs=1e-4)


# -- values ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "found"),
    [("0.990", []), ("1.000", []), ("<0.001", []), ("<0.0001", []), (">0.999", []), ("<0.05", []),
     ("1.1", ["conflict"]), ("4.213", ["conflict"]), ("<0.401", ["unusual"]),
     ("<6.001", ["unusual"]), ("0.000", ["unusual"])],
)  # fmt: skip
def test_possible_p_values(p, found):
    item = {"term": "age", "groups": {"A": "60 (40-80)"}, "p": p}
    assert audit(paper(analysis="baseline", summaries=[item]))["severity"].tolist() == found


def test_a_percentage_with_the_event_is_at_most_a_hundred():
    survival = [{"endpoint": "os", "event_percent": {"12": {"A": "153.1", "B": "53.1"}}}]
    assert checks(survival=survival) == ["possible value"]


# -- counts ---------------------------------------------------------------------------------


def line(text, **more):
    return {"analysis": "response", "counts": [{"term": "ORR", "cells": {"A": text}} | more]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("6 (15.0)", []), ("6 (15)", []), ("6 (15.1)", ["percentage and count"]),
        ("1/3 (33.3)", []), ("2/3 (66.6)", ["percentage and count"]),
        ("41/40", ["count and denominator"]),
        ("12.5%", []), ("12.4%", ["percentage of whole patients"]), ("13%", []),
        ("1/16 (6.2)", []), ("1/16 (6.3)", []),
    ],
)  # fmt: skip
def test_percentages(text, found):
    assert checks(**line(text)) == found


def test_a_wrong_percentage_is_mended_by_one_number():
    row = audit(paper(**line("6 (17.5)"))).iloc[0]
    assert row["mend"] == "15.0 instead of 17.5, or 7 instead of 6"


def test_sums():
    levels = {"a": {"A": "10", "B": "20"}, "b": {"A": "30", "B": "19"}}
    counts = [{"term": "x", "levels": levels, "partition": True}]
    found = audit(paper(analysis="baseline", counts=counts))
    assert found["key"].tolist() == ["baseline/all/x/B"]
    assert found["severity"].tolist() == ["fits only if"]
    assert "possible with 39 of 40 in B recorded" in found["message"].iloc[0]
    levels["b"]["B"] = "21"
    found = audit(paper(analysis="baseline", counts=counts))
    assert found["severity"].tolist() == ["conflict"]
    assert found["mend"].tolist() == ["40 instead of 41"]
    assert checks(sizes={"A": "41"}) == checks(sizes={"A": "39"}) == ["sum"]
    assert checks(sizes={"overall": "80"}) == []


def test_parts_and_wholes():
    levels = {"CR": {"A": "1", "B": "2"}, "PR": {"A": "3", "B": "4"}}
    counts = [
        {"levels_are_terms": True, "levels": levels},
        {"term": "ORR", "cells": {"A": "4", "B": "7", "overall": "10"}},
    ]  # fmt: skip
    sums = [{"analysis": "response", "total": "ORR", "parts": ["CR", "PR"]}]
    found = audit(paper(analysis="response", counts=counts, sums=sums))
    assert set(found["key"]) == {"response/all/ORR/overall", "response/all/ORR/B"}


def test_severe_events_are_among_all():
    levels = {"severe": {"A": "5", "B": "1"}, "any": {"A": "4", "B": "1"}}
    assert checks(analysis="safety", counts=[{"term": "Rash", "levels": levels}]) == [
        "grades and any"
    ]


def table(p, test="any"):
    counts = {"A": "10", "B": "20"}
    return {
        "analysis": "response",
        "counts": [{"term": "ORR", "cells": counts, "p": p, "test": test}],
    }


def test_p_from_counts_names_the_test_that_gives_the_print():
    # 10/40 against 20/40: Pearson 0.0209, with correction 0.0377, Fisher 0.0368
    for p in ("0.021", "0.038", "0.037", "0.02"):
        assert checks(**table(p)) == []
    row = audit(paper(**table("0.038", "chi-squared"))).iloc[0]
    assert "continuity correction gives the print" in row["message"]
    assert (row["implied"], row["severity"]) == ("0.021", "fits only if")
    row = audit(paper(**table("0.551"))).iloc[0]
    assert "No usual test" in row["message"]
    assert (row["severity"], row["proof"] != "") == ("conflict", True)


def test_all_tests_that_give_a_print_are_named():
    row = behind(paper(**table("0.04"))).iloc[0]
    assert (row["printed"], row["stated"], row["giving"]) == ("0.04", "", "fisher; yates")
    assert row["chi-squared"] == pytest.approx(0.0209, abs=1e-4)
    assert behind(paper(**table("0.021", "chi-squared"))).iloc[0]["stated"] == "chi-squared"


def test_counts_are_found_elsewhere_or_from_the_percentage():
    percent = {"A": "25.0%", "B": "50.0%"}
    item = {"term": "ORR", "cells": percent, "p": "0.512", "test": "fisher"}
    assert checks(analysis="response", counts=[item]) == ["P and counts"]
    vague = item | {"cells": {"A": "25%", "B": "50%"}, "p": "0.037"}
    assert checks(analysis="response", counts=[vague]) == []
    large = {"groups": {"A": 4000, "B": 4000}}
    # some of the many counts behind 25% and 50% of 4000 are tried, and the outermost of them
    assert checks(**large, analysis="response", counts=[vague | {"p": "<0.001"}]) == []
    assert checks(**large, analysis="response", counts=[vague | {"p": "0.9"}]) == ["P and counts"]


def test_repeated_statements_must_agree():
    blocks = [{"where": w, "survival": [{"endpoint": "os", "median": {"A": m}}]}
              for w, m in (("Abstract", "11.0"), ("Text", "11"), ("Table", "11.4"))]  # fmt: skip
    found = audit(Published.model_validate({"groups": {"A": 4, "B": 4}, "blocks": blocks}))
    assert found["where"].tolist() == ["Table"]
    assert found["check"].tolist() == ["repeated statement"]


# -- medians, means, ranges -----------------------------------------------------------------


def summary(groups, **more):
    item = {"term": "age", "step": 1, "groups": groups} | more
    return {"analysis": "baseline", "summaries": [item]}


@pytest.mark.parametrize(
    ("groups", "found"),
    [
        ({"A": "60 (40-80)"}, []),
        ({"A": "60.5 (40-80)"}, []),
        ({"A": "60.3 (40-80)"}, ["median of whole values"]),
        ({"A": "85 (40-80)"}, ["median and range"]),
        ({"A": "60 (40-80)", "B": "62 (41-82)", "overall": "61 (40-82)"}, []),
        ({"A": "60 (40-80)", "B": "62 (41-82)", "overall": "64 (40-82)"}, ["whole and arms"]),
        ({"A": "60 (40-80)", "B": "62 (41-82)", "overall": "61 (41-82)"}, ["whole and arms"]),
    ],
)
def test_medians_and_ranges(groups, found):
    assert checks(**summary(groups)) == found


def test_the_grim_test_of_means():
    mean = {"form": "mean (sd)"}
    assert checks(**summary({"A": "5.18 (2.1)"}, **mean)) == []  # 207 / 40 = 5.175
    assert checks(**summary({"A": "5.19 (2.1)"}, **mean)) == ["mean of whole values"]


def test_median_times():
    survival = [
        {"endpoint": "os", "median": {"A": "10.0", "B": "12.0", "overall": "13.0"}},
        {"endpoint": "pfs", "median": {"A": "11.0"}},
    ]
    found = audit(paper(survival=survival))
    assert found["severity"].tolist() == ["unusual", "unusual"]


WRONG = {
    "counts": [
        {"term": "x", "cells": {"A": "10", "B": "20"}, "p": "0.9", "smd": "0.9",
         "ci": {"A": "40-60"}, "effects": {"or": "9.0"}},
        {"term": "y", "levels": {"<65": {"A": "30", "B": "30"}, ">=65": {"A": "11", "B": "10"}},
         "partition": True},
    ],
    "summaries": [
        {"term": "y", "groups": {"A": "60 (70-80)", "B": "60 (40-64)"}, "step": 1},
        {"term": "z", "form": "mean (sd)", "groups": {"A": "5.0 (1.0)", "B": "9.0 (1.0)"},
         "p": "0.9", "smd": "0.1"},
    ],
    "ratios": [{"term": "arm", "hr": "0.9 (0.2-0.5)", "p": "0.9"},
               {"term": "x", "hr": "0.5 (0.25-1.0)", "p": "0.9"}],
}  # fmt: skip


def test_a_finding_bears_the_endpoint_and_the_population_of_its_number():
    where = {"analysis": "one", "population": "all"}
    blocks = [{"where": f"T {key}", "endpoint": key, **where, **WRONG} for key in ("os", "pfs")]
    both = Published.model_validate({"groups": {"A": 40, "B": 40}, "blocks": blocks})
    found = audit(both)
    keys = [key for row in found.itertuples() for key in (row.key, *row.also.split("; ")) if key]
    assert {key.split("/")[1] for key in keys} == {"os", "pfs"}
    # nothing is joined, nor found of one endpoint alone
    of_one = {e: {k.replace(f"/{e}/", "/") for k in keys if f"/{e}/" in k} for e in ("os", "pfs")}
    assert of_one["os"] == of_one["pfs"]
    assert found["check"].nunique() >= 8
    printed = set(both.frame()["key"])
    lines = {key.rsplit("/", 1)[0] for key in printed}
    levels = {line.rsplit("/", 2)[0] + "/" + line.rsplit("/", 1)[1] for line in lines}
    assert set(keys) <= printed | lines | levels


def test_a_count_of_one_endpoint_is_not_taken_for_that_of_another():
    def block(endpoint, text):
        counts = [{"term": "failed", "cells": {"A": text, "B": "20"}, "p": "0.9"}]
        return {"where": f"T {endpoint}", "analysis": "one", "endpoint": endpoint, "counts": counts}

    blocks = [block("os", "10"), block("pfs", "30.1%")]  # 12.04 of 40: no whole patients
    found = audit(Published.model_validate({"groups": {"A": 40, "B": 40}, "blocks": blocks}))
    p_values = found[found["check"] == "P and counts"]
    assert p_values["key"].tolist() == ["one/os/all/failed/difference/p_value"]

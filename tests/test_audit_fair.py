"""Fair findings: what the missing, other tests and slips explain is not called a conflict."""

import numpy as np
import pytest
from scipy import stats

from cohortbook.display.findings import _cells
from cohortbook.published import Published
from cohortbook.published.audit import audit, count_tests
from cohortbook.published.audit.count_tests import rank_sum, seldom, usual
from cohortbook.published.audit.slips import slip_of
from cohortbook.published.audit.wald import Wald
from cohortbook.published.printed import Printed, read_number


def paper(groups=None, **block):
    """A paper of two arms and one block."""
    groups = groups or {"A": 68, "B": 72}
    return Published.model_validate({"groups": groups, "blocks": [{"where": "T"} | block]})


def found(groups=None, **block):
    return audit(paper(groups, **block))


def one(frame):
    assert len(frame) == 1, frame[["check", "severity", "message"]].to_string()
    return frame.iloc[0]


def counts(*items, **more):
    return {"analysis": "baseline", "counts": list(items)} | more


# -- denominators ---------------------------------------------------------------------------


def test_patients_with_missing_values_are_reported_once_for_all_that_they_explain():
    # 62 and 69 of 68 and 72: 23/62 = 37.1, 19/62 = 30.6, 22/69 = 31.9, 15/69 = 21.7
    rows = [
        {"term": "L", "cells": {"A": "23 (37.1)", "B": "22 (31.9)"}, "p": "0.530"},
        {"term": "V", "cells": {"A": "19 (30.6)", "B": "15 (21.7)"}},
    ]
    row = one(found(**counts(*rows)))
    assert row["severity"] == "fits only if"
    assert row["message"] == "L and V: possible with 62 of 68 in A and 69 of 72 in B recorded."
    assert row["also"].count("percent") == 3
    assert row["proof"] == ""


def test_the_p_value_of_those_recorded_is_no_finding():
    # Pearson of 23/62 against 22/69 is 0.5305, of 23/68 against 22/72 it is 0.679
    line = {"term": "L", "cells": {"A": "23 (37.1)", "B": "22 (31.9)"}, "p": "0.679"}
    frame = found(**counts(line, test="chi-squared"))
    assert "P and counts" in set(frame["check"])
    line["p"] = "0.530"
    assert set(found(**counts(line, test="chi-squared"))["check"]) == {"patients recorded"}


def test_sizes_of_a_variable_can_be_printed_and_then_nobody_is_missing():
    line = {"term": "L", "cells": {"A": "23 (37.1)", "B": "22 (31.9)"}}
    assert found(**counts(line | {"sizes": {"A": "62", "B": "69"}})).empty
    row = one(found(**counts(line | {"sizes": {"A": "63", "B": "69"}})))
    assert (row["severity"], row["implied"]) == ("conflict", "36.5")


def test_levels_share_their_denominators_so_one_of_them_cannot_have_its_own():
    # 43/67 is 64.2, but 19/67 and 6/67 are not 27.9 and 8.8
    levels = {"0": {"A": "43 (64.2)"}, "1": {"A": "19 (27.9)"}, "2": {"A": "6 (8.8)"}}
    item = {"term": "N", "partition": True, "levels": levels}
    row = one(found(**counts(item)))
    assert (row["severity"], row["mend"]) == ("conflict", "63.2 instead of 64.2")
    assert "43/68 is 63.2%" in row["proof"]


def test_percentages_of_the_row_are_told():
    levels = {"x": {"A": "30 (60.0)", "B": "20 (40.0)"}, "y": {"A": "38 (42.2)", "B": "52 (57.8)"}}
    row = one(found(**counts({"term": "v", "partition": True, "levels": levels})))
    assert row["message"] == "The percentages of v fit only if they are of the sum of their row."


def test_levels_that_omit_patients_do_not_enter_p_as_a_level():
    levels = {"G1": {"A": "6", "B": "5"}, "G2": {"A": "56", "B": "51"}, "G3": {"A": "5", "B": "8"}}
    table = np.array([[6, 5], [56, 51], [5, 8]])
    p = stats.chi2_contingency(table, correction=False)[1]
    item = {"term": "grade", "levels": levels, "p": f"{p:.3f}"}
    assert found(**counts(item, test="chi-squared")).empty
    with_rest = np.vstack([table, np.array([68, 72]) - table.sum(axis=0)])
    p = stats.chi2_contingency(with_rest, correction=False)[1]
    row = one(found(**counts(item | {"p": f"{p:.3f}"}, test="chi-squared")))
    assert row["severity"] == "fits only if"
    assert "if the patients in none of these levels are a level of their own" in row["message"]


# -- one cause, one finding -----------------------------------------------------------------


def test_one_wrong_count_breaks_percentage_sum_and_p_and_is_one_finding():
    # 20 of 74 printed as 30: the percentage, the sum of the levels and P all show it
    levels = {
        "low": {"A": "30 (27.0)", "B": "35 (46.7)"},
        "high": {"A": "54 (73.0)", "B": "40 (53.3)"},
    }
    p = stats.chi2_contingency([[20, 35], [54, 40]], correction=False)[1]
    item = {"term": "x", "partition": True, "levels": levels, "p": f"{p:.3f}"}
    row = one(found({"A": 74, "B": 75}, **counts(item, test="chi-squared")))
    assert row["severity"] == "conflict"
    assert row["mend"].startswith("20 instead of 30 (which also makes the levels add up)")
    assert "(which also gives the printed P)" in row["mend"]


def test_p_tells_whether_the_count_or_the_percentage_is_wrong():
    p = stats.chi2_contingency([[20, 35], [54, 40]], correction=False)[1]
    line = {"term": "x", "cells": {"A": "20 (37.0)", "B": "35 (46.7)"}, "p": f"{p:.3f}"}
    row = one(found({"A": 74, "B": 75}, **counts(line, test="chi-squared")))
    assert (row["severity"], row["mend"]) == ("conflict", "27.0 instead of 37.0")


def test_a_sum_and_p_are_mended_by_one_count():
    p = stats.chi2_contingency([[20, 35], [54, 40]], correction=False)[1]
    levels = {"low": {"A": "30", "B": "35"}, "high": {"A": "54", "B": "40"}}
    item = {"term": "x", "partition": True, "levels": levels, "p": f"{p:.3f}"}
    row = one(found({"A": 74, "B": 75}, **counts(item, test="chi-squared")))
    assert row["mend"] == "20 instead of 30 in low (which also gives the printed P)"


def test_the_whole_that_two_levels_contradict_is_one_finding():
    levels = {
        "yes": {"A": "37", "B": "19", "overall": "58"},
        "no": {"A": "31", "B": "53", "overall": "82"},
    }
    row = one(found(**counts({"term": "x", "partition": True, "levels": levels})))
    assert (row["printed"], row["implied"]) == ("58 and 82", "56 and 84")
    assert row["also"] == "baseline/all/x/no/overall"


# -- slips of rounding ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value", "slip"),
    [("0.76", 0.7692, "cut off"), ("0.77", 0.7612, "rounded up"), ("0.77", 0.7646, "rounded twice"),
     ("0.76", 0.7712, ""), ("17", 16.4557, "rounded twice"), ("0.77", 0.7599, "")],
)  # fmt: skip
def test_slips(text, value, slip):
    assert slip_of(read_number(text), value) == slip


def test_slips_of_one_table_are_one_finding():
    lines = [{"term": "a", "cells": {"A": "4 (5.8)"}}, {"term": "b", "cells": {"A": "7 (10.2)"}}]
    row = one(found(**counts(*lines)))
    assert (row["severity"], row["printed"], row["implied"]) == (
        "rounding", "5.8 and 10.2", "5.9 and 10.3",
    )  # fmt: skip


def test_a_p_value_cut_off_is_a_slip():
    # Pearson of 21/68 against 27/72 is 0.40966
    line = {"term": "x", "cells": {"A": "21", "B": "27"}, "p": "0.409"}
    assert one(found(**counts(line, test="chi-squared")))["severity"] == "rounding"


# -- other tests ----------------------------------------------------------------------------


def test_the_rank_sum_from_counts_is_that_of_the_values():
    table = np.array([[7, 6], [8, 7], [22, 24], [8, 11], [5, 3]])
    x, y = (np.repeat(np.arange(5), column) for column in table.T)
    for corrected in (True, False):
        p = stats.mannwhitneyu(x, y, use_continuity=corrected, method="asymptotic").pvalue
        assert rank_sum(table, corrected) == pytest.approx(p, rel=1e-9)


def test_seldom_tests_against_their_definitions():
    table = np.array([[10, 20], [30, 20]])
    tests = seldom(table)
    less = stats.fisher_exact(table, alternative="less")[1]
    point = stats.hypergeom(80, 30, 40).pmf(10)
    assert tests["one-sided fisher"] == pytest.approx(less)
    assert tests["doubled fisher"] == pytest.approx(2 * less)
    assert tests["mid-p"] == pytest.approx(usual(table)["fisher"] - point / 2)
    z = 0.25 / np.sqrt(0.25 * 0.75 / 40 + 0.5 * 0.5 / 40)
    assert tests["unpooled z"] == pytest.approx(2 * stats.norm.sf(z))
    z = np.log(3) / np.sqrt(1 / 10 + 1 / 20 + 1 / 30 + 1 / 20)
    assert tests["wald"] == pytest.approx(2 * stats.norm.sf(z))
    t = stats.ttest_ind(np.repeat([0, 1], [10, 30]), np.repeat([0, 1], [20, 20])).pvalue
    assert tests["student"] == pytest.approx(t)


def test_three_arms_are_compared_by_kruskal_and_wallis():
    table = np.array([[10, 20, 5], [12, 8, 15], [8, 9, 14]])
    values = [np.repeat(np.arange(3), column) for column in table.T]
    assert usual(table)["kruskal-wallis"] == pytest.approx(stats.kruskal(*values).pvalue)


@pytest.mark.parametrize(
    ("p", "test"),
    [("0.9571", "the Wilcoxon test with continuity correction gives the print"),
     ("0.477", "one-sided")],
)  # fmt: skip
def test_a_seldom_test_that_gives_the_print_is_named(p, test):
    levels = {"M": {"A": "37", "B": "38"}, "F": {"A": "13", "B": "13"}}
    item = {"term": "sex", "partition": True, "levels": levels, "p": p}
    row = one(found({"A": 50, "B": 51}, **counts(item)))
    assert row["severity"] == "fits only if"
    assert test.lower() in row["message"].lower()


def test_p_of_another_row_is_found_there():
    rows = [
        {"term": "pCR", "cells": {"A": "3 (4.4)", "B": "8 (11.1)"}, "p": "0.437"},
        {"term": "sex", "partition": True, "p": "0.437",
         "levels": {"M": {"A": "43", "B": "50"}, "F": {"A": "25", "B": "22"}}},
    ]  # fmt: skip
    row = one(found(**counts(*rows, test="chi-squared")))
    assert (row["severity"], row["implied"]) == ("conflict", "0.141")
    assert "0.437 is the P of sex (T): it is printed there too." in row["message"]


def test_p_of_another_model_is_found_there():
    def cox(analysis, hr, p):
        return {"where": analysis, "analysis": analysis, "endpoint": "os",
                "ratios": [{"term": "sex", "level": "F", "hr": hr, "p": p}]}  # fmt: skip

    blocks = [cox("cox_univariable", "0.600 (0.365-0.987)", "0.214"),
              cox("cox_multivariable", "0.750 (0.476-1.181)", "0.214")]  # fmt: skip
    given = {"groups": {"A": 400, "B": 400}, "blocks": blocks}
    row = one(audit(Published.model_validate(given)))
    assert row["message"].endswith(
        "0.214 is also the P printed for cox multivariable os sex F (cox_multivariable)."
    )


def test_means_and_their_p_value_are_unusual_at_most():
    item = {"term": "age", "form": "mean (sd)", "groups": {"A": "63.2 (8.1)", "B": "64.5 (6.9)"}}
    sizes = {"A": 50, "B": 51}
    p = stats.ttest_ind_from_stats(63.2, 8.1, 50, 64.5, 6.9, 51).pvalue
    assert found(sizes, analysis="baseline", summaries=[item | {"p": f"{p:.3f}"}]).empty
    row = one(found(sizes, analysis="baseline", summaries=[item | {"p": "0.471"}]))
    assert (row["severity"], row["check"]) == ("unusual", "P and means")
    assert row["implied_low"] < p < row["implied_high"]


# -- ratios ---------------------------------------------------------------------------------


def ratio(hr, p="", level="x", **block):
    return {"analysis": "cox_univariable", "endpoint": "os",
            "ratios": [{"term": "a", "level": level, "hr": hr, "p": p}]} | block  # fmt: skip


def test_skewed_limits_of_an_odds_ratio_are_no_conflict():
    # R: glm on 3 of 20 against 9 of 20, confint() by profile likelihood: 4.64 (1.11-24.58)
    text = "4.64 (1.11-24.58)"
    row = one(found(**ratio(text, analysis="logistic_univariable")))
    assert (row["severity"], row["key"].split("/")[-1]) == ("fits only if", "or")
    assert one(found(**ratio(text)))["severity"] == "conflict"
    far = found(**ratio("4.64 (4.50-25.10)", analysis="logistic_univariable"))
    assert one(far)["severity"] == "conflict"


@pytest.mark.parametrize("ones", [2, 5, 10, 18])
def test_profile_limits_of_two_levels_are_within_the_bound(ones):
    share = np.linspace(0.2, 0.8, 20)[:, None]
    b = np.linspace(-6, 6, 60001)
    q = share * np.exp(b) / (share * np.exp(b) + 1 - share)
    event = np.zeros(20, dtype=bool)
    event[:: max(1, 20 // ones)][:ones] = True
    event[:ones] = True
    loglik = np.where(event[:, None], np.log(q), np.log1p(-q)).sum(axis=0)
    best = loglik.argmax()
    inside = np.flatnonzero(loglik >= loglik[best] - stats.chi2.isf(0.05, 1) / 2)
    exact = [Printed("", float(np.exp(b[i])), 9) for i in (best, inside[0], inside[-1])]
    assert Wald(*exact).profile_possible()
    error = 1 / np.sqrt((q * (1 - q)).sum(axis=0)[best])
    wald = [np.exp(b[best] + k * 1.959963984540054 * error) for k in (0, -1, 1)]
    span = Wald(*[Printed("", float(x), 9) for x in wald]).other_p()
    likelihood_ratio = stats.chi2.sf(2 * (loglik[best] - loglik[30000]), 1)
    assert span.low <= likelihood_ratio <= span.high


def test_score_and_likelihood_ratio_p_beside_wald_limits():
    # Wald's P of 0.40 (0.20-0.80) is 0.0095; its log-rank P lies between 0.0069 and 0.014
    assert one(found(**ratio("0.40 (0.20-0.80)", "0.012")))["severity"] == "fits only if"
    assert one(found(**ratio("0.40 (0.20-0.80)", "0.200")))["severity"] == "conflict"
    assert found(**ratio("0.40 (0.20-0.80)", "0.012", p_kind="score")).empty


def test_one_sided_p_and_other_levels_of_confidence():
    row = one(found(**ratio("0.600 (0.365-0.987)", "0.022")))
    assert "one-sided" in row["message"]
    z = stats.norm.isf(0.05)
    error = np.log(0.987 / 0.365) / 2 / z
    p = 2 * stats.norm.sf(-np.log(0.6) / error)
    row = one(found(**ratio("0.600 (0.365-0.987)", f"{p:.3f}")))
    assert "90%" in row["message"]
    assert found(**ratio("0.600 (0.365-0.987)", f"{p:.3f}", conf_level=0.9)).empty


def test_many_skewed_rows_of_one_table_are_one_cause():
    rows = [{"term": x, "level": "1", "hr": "1.50 (0.80-3.10)"} for x in "abcd"]
    row = one(found(**ratio("", ratios=rows)))
    assert (row["severity"], len(row["also"].split("; "))) == ("fits only if", 3)


# -- repeats, words, time -------------------------------------------------------------------


def twice(first, second):
    blocks = [{"where": w, "survival": [{"endpoint": "os", "median": {"A": m}}]}
              for w, m in (("Abstract", first), ("Text", second))]  # fmt: skip
    return audit(Published.model_validate({"groups": {"A": 4, "B": 4}, "blocks": blocks}))


@pytest.mark.parametrize(
    ("first", "second", "severity"),
    [("0.585", "0.586", "rounding"), ("0.585", "0.585", None), ("0.58", "0.585", None),
     ("0.59", "0.585", None), ("0.58", "0.586", "rounding"), ("0.57", "0.585", "conflict"),
     ("0.585", "0.588", "conflict"), ("11", "11.4", None), ("11", "11.6", "rounding")],
)  # fmt: skip
def test_neighbouring_digits_are_not_one_number(first, second, severity):
    frame = twice(first, second)
    assert frame["severity"].tolist() == ([] if severity is None else [severity])


def test_messages_print_percentages_and_small_p_values_as_papers_do():
    frame = found(**counts({"term": "x", "cells": {"A": "83.5%"}, "sizes": {"A": "61"}}))
    assert "%%" not in one(frame)["message"]
    row = one(found(**ratio("3.00 (2.00-4.50)", "0.0500")))
    assert "<0.0001" in row["implied"]
    assert "0.0000" not in " ".join(_cells(row.to_dict()))


@pytest.mark.parametrize("n", [60, 900])
def test_a_mend_is_looked_for_without_many_exact_tests(n, monkeypatch):
    asked = []
    once = count_tests.fisher_p
    monkeypatch.setattr(count_tests, "fisher_p", lambda *a: asked.append(1) or once(*a))
    rng = np.random.default_rng(1)
    sizes = {"A": 5 * n, "B": 5 * n, "C": 5 * n}
    levels = {f"l{i}": {} for i in range(5)}
    for arm in sizes:
        for i, count in enumerate(rng.multinomial(5 * n, [0.3, 0.25, 0.2, 0.15, 0.1])):
            levels[f"l{i}"][arm] = str(count)
    item = {"term": "x", "partition": True, "levels": levels, "p": "0.0123"}
    found(sizes, **counts(item))
    assert len(asked) <= 20


# -- other sizes, stratified tests ----------------------------------------------------------


def test_a_larger_size_of_the_group_printed_elsewhere_is_tried():
    line = {"term": "rash", "cells": {"A": "9 (12.9)"}}
    small = {"where": "T1", "population": "pp", "sizes": {"A": "60"}, "counts": [line]}
    large = {"where": "T2", "population": "safety", "sizes": {"A": "70"}}
    size = {"A": 61, "B": 72}
    row = one(audit(Published.model_validate({"groups": size, "blocks": [small, large]})))
    assert (row["severity"], row["check"]) == ("fits only if", "patients recorded")
    assert "70, the size of A elsewhere" in row["message"]
    row = one(audit(Published.model_validate({"groups": size, "blocks": [small]})))
    assert row["severity"] == "conflict"


def test_p_near_that_of_outcomes_may_be_of_a_stratified_test():
    p = stats.chi2_contingency([[45, 30], [105, 118]], correction=False)[1]
    text = f"{2 * stats.norm.sf(stats.norm.isf(p / 2) * 1.06):.3f}"
    line = {"term": "ORR", "cells": {"A": "45 (30.0)", "B": "30 (20.3)"}, "p": text}
    sizes = {"A": 150, "B": 148}
    row = one(found(sizes, analysis="response", counts=[line]))
    assert (row["severity"], "stratified" in row["message"]) == ("fits only if", True)
    assert "stratified" not in one(found(sizes, analysis="baseline", counts=[line]))["message"]


def test_p_of_the_arms_may_be_of_a_stratified_test():
    row = {"analysis": "cox_univariable", "endpoint": "os"}
    ratio_ = {"hr": "0.85 (0.70-1.03)", "p": "0.070"}  # by Wald 0.099
    many = {"A": 4000, "B": 4000}
    arm = row | {"ratios": [{"term": "arm", "level": "B"} | ratio_]}
    assert "stratified" in one(found(many, **arm))["message"]
    other = row | {"ratios": [{"term": "sex", "level": "F"} | ratio_]}
    assert "stratified" not in one(found(many, **other))["message"]

"""Tables printed by R from one data set are no conflict, and limits are those that R prints."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from cohortbook.published import Published, load_published
from cohortbook.published.audit import audit
from cohortbook.published.audit.effect_limits import (
    mid_p_odds,
    other_difference_limits,
    score_ratio_limits,
)

TABLES = Path(__file__).parent / "reference" / "audit_tables"
LIMITS = list(csv.DictReader((TABLES / "limits.csv").read_text().splitlines()))


def found(*blocks, groups=None):
    paper = {"groups": groups or {"A": 60, "B": 60}, "blocks": list(blocks)}
    return audit(Published.model_validate(paper))


def curve(**more):
    return {"where": "Figure 1", "survival": [{"endpoint": "os", **more}]}


def cox(*rows):
    ratios = [dict(zip(("term", "level", "hr", "p"), row, strict=True)) for row in rows]
    return {
        "where": "Table 2",
        "analysis": "cox_univariable",
        "endpoint": "os",
        "ratios": ratios,
    }


@pytest.mark.parametrize("path", sorted(TABLES.glob("*.yml")), ids=lambda path: path.stem)
def test_nothing_that_r_prints_of_one_data_set_is_a_conflict(path):
    published = load_published(path)
    assert len(published.statistics()) > 80
    severities = audit(published)["severity"]
    assert "conflict" not in set(severities)


@pytest.mark.parametrize("row", LIMITS, ids=lambda row: "-".join(list(row.values())[:4]))
def test_limits_are_those_of_prop_test_and_epitools(row):
    x, n, y, m = (int(row[k]) for k in "xnym")
    limits = other_difference_limits(x, n, y, m, 0.95)["Wald with correction"]
    assert np.allclose(limits, (float(row["low"]), float(row["high"])), atol=1e-8)
    ratio, ends = mid_p_odds(np.array([[x, y], [n - x, m - y]]), 0.95)
    printed = [float(row[k]) for k in ("or", "or_low", "or_high")]
    assert np.allclose((ratio, *ends), printed, atol=2e-3, rtol=2e-4)  # as near as epitools solves


def test_score_limits_of_a_risk_ratio_are_those_of_statsmodels():
    ours = score_ratio_limits(8, 20, 6, 22, 0.95)
    theirs = confint_proportions_2indep(8, 20, 6, 22, compare="ratio", method="score",
                                        correction=False)  # fmt: skip
    assert np.allclose(ours, theirs, rtol=1e-5)


def test_those_with_the_event_at_the_time_itself_may_be_counted_as_at_risk():
    # 60 patients, none censored: 10 events before 12 months, 2 at 12, so 50 are at risk by R
    fits = {"survival_percent": {"12": {"A": "80.0"}}, "at_risk": {"12": {"A": "50"}}}
    assert found(curve(**fits)).empty
    many = {"survival_percent": {"12": {"A": "70.0"}}, "at_risk": {"12": {"A": "50"}}}
    row = found(curve(**many)).iloc[0]
    assert row["severity"] == "fits only if"
    assert "8 of the 50 at risk" in row["message"]
    more = {"survival_percent": {"12": {"A": "50.0"}}, "at_risk": {"12": {"A": "50"}}}
    assert found(curve(**more)).iloc[0]["severity"] == "conflict"


def test_a_log_rank_test_of_three_arms_is_held_against_no_pair_of_them():
    groups = {"A": 600, "B": 600, "C": 600}
    pair = ("arm", "B", "0.94 (0.75-1.17)", "0.58"), ("arm", "C", "0.68 (0.54-0.87)", "0.002")
    assert found(curve(logrank="0.004"), cox(*pair), groups=groups).empty
    two = {"A": 600, "B": 600}
    assert len(found(curve(logrank="0.004"), cox(pair[0]), groups=two)) == 1


def test_p_and_smd_of_those_recorded_beside_percentages_of_all():
    p = stats.chi2_contingency([[12, 18], [36, 38]], correction=False)[1]  # of 48 and 56
    line = {"term": "x", "cells": {"A": "12 (20.0)", "B": "18 (30.0)"}, "p": f"{p:.3f}"}
    block = {"where": "Table 1", "analysis": "baseline"}
    rows = found(block | {"counts": [line]})
    assert list(rows["severity"]) == ["fits only if"]
    assert "recorded, though the percentages are of all" in rows["message"][0]
    # no such sizes where the paper prints them
    told = line | {"sizes": {"A": "60", "B": "60"}}
    assert list(found(block | {"counts": [told]})["severity"]) == ["conflict"]
    levels = {"yes": line["cells"], "no": {"A": "36 (60.0)", "B": "38 (63.3)"}}
    smd = abs(12 / 48 - 18 / 56) / np.sqrt((12 * 36 / 48**2 + 18 * 38 / 56**2) / 2)
    whole = {"term": "x", "levels": levels, "p": f"{p:.3f}", "smd": f"{smd:.3f}"}
    assert "conflict" not in set(found(block | {"counts": [whole]})["severity"])


def test_percentages_of_the_row_of_one_level_are_told_as_such():
    line = {"term": "sex", "cells": {"A": "96 (85)", "B": "17 (15)"}}
    rows = found({"where": "Table 1", "analysis": "baseline", "counts": [line]},
                 groups={"A": 205, "B": 35})  # fmt: skip
    assert list(rows["severity"]) == ["fits only if"]
    assert "the sum of their row" in rows["message"][0]

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


def table(*items, groups=None, **more):
    block = {"where": "Table 1", "analysis": "baseline", "counts": list(items)}
    return found(block | more, groups=groups)


def test_levels_that_print_joins_may_have_been_tested_one_by_one():
    # chi-squared 3.866 on three degrees of freedom: four stages were tested, two are shown
    levels = {"I-II": {"A": "11", "B": "41"}, "III-IV": {"A": "25", "B": "50"}}
    stage = {"term": "stage", "partition": True, "levels": levels, "p": "0.276"}
    rows = table(stage, groups={"A": 36, "B": 91})
    assert list(rows["severity"]) == ["fits only if"]
    assert "tested one by one" in rows["message"][0]
    plain = stage | {"levels": dict(zip(("early", "late"), levels.values(), strict=True))}
    assert list(table(plain, groups={"A": 36, "B": 91})["severity"]) == ["conflict"]
    # no splitting raises P so far
    assert list(table(stage | {"p": "0.9"}, groups={"A": 36, "B": 91})["severity"]) == ["conflict"]


def test_a_level_unknown_without_a_percentage_is_left_out_of_the_others():
    levels = {"1-2": {"A": "40 (14)", "B": "19 (11)"}, "3": {"A": "237 (86)", "B": "156 (89)"},
              "unknown": {"A": "2", "B": "2"}}  # fmt: skip
    shares = np.array([[40 / 277, 19 / 175], [237 / 277, 156 / 175]])
    smd = abs(shares[0, 0] - shares[0, 1]) / np.sqrt((shares[0] * shares[1]).mean())
    item = {"term": "grade", "partition": True, "levels": levels, "smd": f"{smd:.3f}"}
    assert table(item, groups={"A": 279, "B": 177}).empty
    off = {**levels, "3": {"A": "237 (83)", "B": "156 (89)"}}
    assert len(table(item | {"levels": off, "smd": ""}, groups={"A": 279, "B": 177})) == 1


def test_smd_of_level_numbers_as_programs_make_it_of_codes():
    # 0.173 is the difference of the means of 1, 2, 3 over the SD of the second arm
    levels = {"Vp1-2": {"A": "12", "B": "4"}, "Vp3": {"A": "30", "B": "51"},
              "Vp4": {"A": "27", "B": "31"}}  # fmt: skip
    item = {"term": "vp", "partition": True, "levels": levels, "smd": "0.173"}
    assert table(item, groups={"A": 69, "B": 86}).empty
    assert len(table(item | {"smd": "0.273"}, groups={"A": 69, "B": 86})) == 1


@pytest.mark.parametrize(("odds", "severity"), [("2.98", "fits only if"), ("4.98", "conflict")])
def test_an_odds_ratio_near_the_crude_one_may_be_stratified(odds, severity):
    line = {"term": "ORR", "cells": {"A": "19", "B": "50"}, "effects": {"or": odds}}
    assert list(table(line, groups={"A": 304, "B": 304})["severity"]) == [severity]


def test_a_percentage_with_a_nought_added_is_a_slip_of_rounding():
    line = {"term": "x", "cells": {"A": "15 (8.70)"}}
    assert list(table(line, groups={"A": 173, "B": 10})["severity"]) == ["rounding"]


def test_levels_with_sizes_of_their_own_are_rows_of_their_own():
    levels = {"F": {"A": "448/662 (68)", "B": "214/662 (32)"},
              "M": {"A": "1237/1838 (67)", "B": "601/1838 (33)"}}  # fmt: skip
    item = {"term": "sex", "partition": True, "levels": levels}
    assert table(item, groups={"A": 1685, "B": 815}).empty


def test_skewed_limits_in_several_logistic_models_are_one_cause():
    models = [
        {"where": f"Model {i}", "analysis": "logistic_multivariable", "endpoint": "x",
         "population": f"m{i}", "ratios": [{"term": "a", "level": "1", "hr": hr, "p": p}]}
        for i, (hr, p) in enumerate([("2.25 (1.24-4.24)", "0.009"), ("7.75 (3.55-17.42)", "<0.001"),
                                     ("1.85 (1.13-3.09)", "0.016")])
    ]  # fmt: skip
    rows = found(*models)
    assert list(rows["severity"]) == ["fits only if"]
    assert len(rows["also"][0].split("; ")) == 2


def test_groups_without_a_printed_size_are_read_from_a_file(tmp_path):
    path = tmp_path / "published.yml"
    path.write_text(
        "groups: {all: null}\nblocks:\n  - {where: T, analysis: cox_univariable, endpoint: os, "
        "ratios: [{term: a, level: b, hr: 1.50 (1.20-1.88)}]}\n"
    )
    assert load_published(path).groups == {"all": None}
    assert audit(path).empty

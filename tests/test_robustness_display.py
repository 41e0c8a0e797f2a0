"""Tables, figures and sentences of the robustness checks follow the results, also hard ones."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from figure_checks import assert_sound
from test_robustness import HARD, make_cohort, random_table

from cohortbook.analysis.cox import prognostic_factors
from cohortbook.analysis.robustness.bootstrap import bootstrap, bootstrap_draws, bootstrap_panels
from cohortbook.analysis.robustness.covariates import added_covariates
from cohortbook.analysis.robustness.landmark import landmarks
from cohortbook.analysis.robustness.leave_one_out import leave_one_out, leave_one_out_summary
from cohortbook.analysis.robustness.restricted import restricted_means
from cohortbook.analysis.robustness.sparse import sparse_data
from cohortbook.analysis.robustness.specification import (
    specification_choices,
    specification_curve,
    specification_summary,
)
from cohortbook.analysis.robustness.tests import adjusted_tests, all_tests
from cohortbook.analysis.robustness.verdict import verdict as judged
from cohortbook.analysis.robustness.weighting import balance, e_values, weighting
from cohortbook.analysis.second_opinion import second_opinion
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.figures.balance import balance_figure
from cohortbook.display.figures.bootstrap import bootstrap_density_figure
from cohortbook.display.figures.specification import specification_curve_figure
from cohortbook.display.sentences import confounding, cox, robustness, verdict
from cohortbook.display.tables.robustness_models import (
    estimates_table,
    landmark_table,
    leave_one_out_table,
    specification_table,
    weights_table,
)
from cohortbook.display.tables.robustness_results import (
    adjusted_tests_table,
    restricted_table,
    verdict_table,
)
from cohortbook.results import pick

DATA = Path(__file__).parents[1] / "data"


def everything(cohort):
    """All results of one endpoint, as notebook 06 makes them."""
    curve, left_out = specification_curve(cohort, "os"), leave_one_out(cohort, "os")
    found = {
        "summary": specification_summary(curve, cohort),
        "sparse": sparse_data(cohort, "os"),
        "deciders": leave_one_out_summary(left_out, cohort),
        "landmark": landmarks(cohort, "os"),
        "restricted": restricted_means(cohort, "os"),
        "draws": bootstrap_draws(cohort, "os"),
        "weighted": weighting(cohort),
    }
    found["resampled"] = bootstrap(cohort, found["draws"], left_out)
    found["e_values"] = e_values(cohort, pick(found["sparse"], term="likelihood"))
    found["tests"] = adjusted_tests(all_tests(cohort))
    evidence = [curve, *(value for name, value in found.items() if name not in ("draws", "tests"))]
    found["verdict"] = judged(cohort, found["tests"], evidence)
    return curve, found


@pytest.mark.parametrize("kind", [*HARD, "nothing wrong"])
def test_whatever_the_results_there_are_tables_figures_and_sentences(kind):
    change = HARD.get(kind, lambda table: table)
    cohort = make_cohort(change(pd.DataFrame(random_table(5))))
    study, (curve, f) = cohort.study, everything(cohort)
    shown = [
        specification_table(f["summary"], study),
        estimates_table(f["sparse"], f["resampled"], study),
        leave_one_out_table(f["deciders"], study),
        landmark_table(f["landmark"], study),
        weights_table(f["weighted"], study),
        restricted_table(f["restricted"], study),
        adjusted_tests_table(f["tests"], study),
        verdict_table(f["verdict"], study),
    ]
    assert not any("nan" in table.text().lower() for table in shown)
    choices = specification_choices(curve, cohort, "os")
    for figure in (
        specification_curve_figure(choices, study, "os"),
        bootstrap_density_figure(*bootstrap_panels(cohort, f["draws"], f["resampled"]), study),
        balance_figure(balance(f["weighted"]), study),
    ):
        assert_sound(figure)
    said = [
        robustness.specification(f["summary"], study),
        robustness.movers(f["summary"], study),
        robustness.resampled(f["resampled"], study),
        robustness.penalised(f["sparse"], study),
        robustness.left_out(f["deciders"], study),
        robustness.time_zero(f["landmark"], study),
        confounding.balance(f["weighted"], study),
        confounding.weighted(f["weighted"], study),
        confounding.extreme_weights(f["weighted"], study),
        confounding.e_value(f["e_values"], study),
        confounding.restricted(f["restricted"], study),
        verdict.multiplicity(f["tests"], study),
        " ".join(verdict.findings(f["verdict"], study).values()),
    ]
    assert not any("nan" in text.lower().split() for text in said)


@pytest.mark.parametrize("without_events", ["A", "B"])
def test_an_arm_without_events_is_told_in_whole_sentences(without_events):
    """The ratio runs away: the report says so, and prints no interval or comparison of it."""
    table = pd.DataFrame(random_table(5, 80))
    table["event"] = table["event"].where(table["arm"] != without_events, 0)
    cohort = make_cohort(table)
    study, (_, f) = cohort.study, everything(cohort)
    factors = prognostic_factors(cohort, "os")
    told = {
        "treatment": cox.treatment(factors, study, "os"),
        "added": robustness.added(added_covariates(cohort, "os"), study),
        "left_out": robustness.left_out(f["deciders"], study),
        "resampled": robustness.resampled(f["resampled"], study),
        "penalised": robustness.penalised(f["sparse"], study),
        "time_zero": robustness.time_zero(f["landmark"], study),
        "agreement": robustness.agreement(second_opinion(cohort, "os"), study),
        "weighted": confounding.weighted(f["weighted"], study),
        "e_value": confounding.e_value(f["e_values"], study),
        "totals": " ".join(verdict.findings(f["verdict"], study).values()),
    }
    assert not any("not estimable" in text for text in told.values()), told
    assert "could not be estimated, neither alone nor with" in told["treatment"]
    assert "could not be estimated for overall survival" in told["added"]
    assert told["left_out"].count("whichever patient was left out") == 2
    assert "had no finite estimate (100.0% of them), and so no interval" in told["resampled"]
    assert "Firth's penalised likelihood gave HR" in told["penalised"]
    assert "statsmodels was not asked for adjusted hazard ratios" in told["agreement"]
    assert "could not be computed for overall survival" in told["e_value"]
    assert "Not judged:" in told["totals"]
    for row in leave_one_out_table(f["deciders"], study).rows:
        assert [str(cell) for cell in row.cells[1:]] == ["not estimable"] * 2 + ["–"] * 4
    firth = pick(f["verdict"], statistic="check", group="firth")
    assert (firth["method"] != "").all() and len(firth)  # it has an estimate where Cox has none


def test_shares_of_resamples_without_an_estimate_are_told_only_where_there_are_any():
    cohort = make_cohort(random_table(5, 80))
    _, found = everything(cohort)
    rows = found["resampled"]
    said = {}
    for lost, whole in ((0, 0), (0, 0.01), (1.5, 2), (1.5, 1.5)):
        changed = rows.copy()
        for name, value in (("not_estimable", lost), ("incomplete", whole)):
            changed.loc[changed["statistic"] == name, "estimate"] = value
        said[lost, whole] = robustness.resampled(changed, cohort.study)
    assert said[0, 0].endswith("; every resample gave an estimate.")
    assert "but less than 0.1% gave none of some other coefficient" in said[0, 0.01]
    assert "; 1.5% of the resamples gave no finite estimate of it, and 2.0% none" in said[1.5, 2]
    assert said[1.5, 1.5].endswith("; 1.5% of the resamples gave no finite estimate of it.")


@pytest.mark.parametrize(
    ("when", "why"),
    [
        (2.0, "no test: the curve of an arm is at zero, where it has no variance"),
        (9.0, "no test: no event before this month in either arm"),
    ],
)
def test_a_milestone_without_a_test_says_why(when, why):
    """Everybody in arm A has the event at once, before or after the milestone of three months."""
    table = pd.DataFrame(random_table(5, 40)).assign(time=10.0, event=1)
    table.loc[table["arm"] == "A", "time"] = when
    cohort = make_cohort(table.to_dict("list"), covariates=())
    found = pick(restricted_means(cohort, "os"), term="milestone", statistic="difference")
    assert found.iloc[0]["note"] == why and pd.isna(found.iloc[0]["p_value"])


def test_a_month_and_a_test_are_singular():
    cohort = make_cohort(random_table(5, 80), covariates=())
    endpoints = {"os": cohort.study.endpoints["os"].model_copy(update={"milestones": [1, 3]})}
    study = cohort.study.model_copy(update={"endpoints": endpoints})
    text = restricted_table(restricted_means(replace(cohort, study=study), "os"), study).text()
    assert "OS at 1 month, %" in text and "OS at 3 months, %" in text
    endpoints["os"] = endpoints["os"].model_copy(
        update={"label": "Time to arrest", "short": "Arrest", "event_label": "arrest"}
    )
    own = study.model_copy(update={"endpoints": endpoints})
    text = restricted_table(restricted_means(replace(cohort, study=own), "os"), own).text()
    assert "Without arrest at 1 month, %" in text
    tests = adjusted_tests(all_tests(cohort))
    assert "Of one test of the main analysis" in verdict.multiplicity(tests, study)
    assert "as one family" not in adjusted_tests_table(tests, study).text()


def test_endpoints_with_one_landmark_share_a_sentence():
    cohort = load_cohort(DATA / "hcc-cxcl17")
    found = pd.concat([landmarks(cohort, endpoint) for endpoint in ("os", "rfs")])
    text = robustness.time_zero(found, cohort.study)
    lost = [
        int(pick(found, statistic="lost", endpoint=endpoint, level="6")["estimate"].sum())
        for endpoint in ("os", "rfs")
    ]
    assert text.startswith(
        f"By month 6, the last landmark, {lost[0]} patients were lost for "
        f"overall survival and {lost[1]} for recurrence-free survival; from "
    )
    assert text.count("the adjusted hazard ratio was") == text.count(". By") + 1 == 1
    assert text.endswith(") for recurrence-free survival.")
    gone = found["statistic"].eq("hr") & found["endpoint"].eq("rfs")
    found.loc[gone, "estimate"] = float("nan")
    assert robustness.time_zero(found, cohort.study).endswith(
        "for overall survival, and could not be estimated for recurrence-free survival."
    )


@pytest.fixture(scope="module")
def wei():
    return load_cohort(DATA / "wei2026")


def test_the_adjusted_column_is_what_the_study_asks_for(wei):
    tests = adjusted_tests(all_tests(wei))
    for asked, head in (("holm", "Holm"), ("benjamini-hochberg", "Benjamini-Hochberg")):
        chosen = wei.study.robustness.model_copy(update={"p_adjustment": asked})
        table = adjusted_tests_table(tests, wei.study.model_copy(update={"robustness": chosen}))
        assert table.columns[-1] == f"Adjusted P ({head})"
    none = wei.study.robustness.model_copy(update={"p_adjustment": "none"})
    study = wei.study.model_copy(update={"robustness": none})
    assert len(adjusted_tests_table(tests, study).columns) == 4
    assert "adjust" not in verdict.multiplicity(tests, study)


def test_the_sentence_on_weights_follows_the_weights(wei):
    rows = pd.DataFrame(
        {
            "statistic": ["extreme", "outside", "largest_weight", "effective_n"],
            "level": ["inverse", "propensity", "inverse", "inverse"],
            "group": "ICI",
            "estimate": [0, 0, 3.0, 28.0],
            "n": [52, 52, 31, 31],
            "note": "",
        }
    )
    assert "weights were not extreme" in confounding.extreme_weights(rows, wei.study)
    rows.loc[0, "estimate"] = 2
    assert "weights were extreme" in confounding.extreme_weights(rows, wei.study)
    rows.loc[[0, 3], "estimate"] = 0, 12.0
    assert "weights were extreme" in confounding.extreme_weights(rows, wei.study)


def test_the_verdict_names_what_changes_the_conclusion(wei):
    tests = pick(adjusted_tests(all_tests(wei)), term="cox", endpoint="os")
    firth = sparse_data(wei, "os").assign(p_value=0.3)
    found = judged(wei, tests, [firth])
    rows = {str(row.cells[0]): row for row in verdict_table(found, wei.study).rows}
    row = next(row for name, row in rows.items() if "Firth" in name)
    same = r"\d\.\d{3} \(\d\.\d{3} to \d\.\d{3}\)"
    assert re.fullmatch(same, rows["Main analysis"].cells[2])
    assert re.fullmatch(same, row.cells[2])
    assert row.cells[-1].text == "Same direction, but compatible with no difference"
    assert "differed under Firth's penalty (" in verdict.verdicts(found, wei.study)
    assert "was less certain under Firth's penalty." in verdict.conclusion(found, wei.study)

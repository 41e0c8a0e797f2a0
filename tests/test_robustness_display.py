"""Tables, figures and sentences of the robustness checks follow the results, also hard ones."""

from pathlib import Path

import pandas as pd
import pytest
from figure_checks import assert_sound
from test_robustness import HARD, make_cohort, random_table

from helpers.analysis import robustness as r
from helpers.cohort import load_cohort
from helpers.display import figures, robustness_table, tables
from helpers.display.sentences import confounding, robustness, verdict
from helpers.results import pick

DATA = Path(__file__).parents[1] / "data"


def everything(cohort):
    """All results of one endpoint, as notebook 06 makes them."""
    curve, left_out = r.specification_curve(cohort, "os"), r.leave_one_out(cohort, "os")
    found = {
        "summary": r.specification_summary(curve, cohort), "sparse": r.sparse_data(cohort, "os"),
        "deciders": r.leave_one_out_summary(left_out, cohort),
        "landmark": r.landmarks(cohort, "os"), "restricted": r.restricted_means(cohort, "os"),
        "draws": r.bootstrap_draws(cohort, "os"), "weighted": r.weighting(cohort),
    }
    found["resampled"] = r.bootstrap(cohort, found["draws"], left_out)
    found["e_values"] = r.e_values(cohort, pick(found["sparse"], term="likelihood"))
    found["tests"] = r.adjusted_tests(r.all_tests(cohort))
    evidence = [curve, *(value for name, value in found.items() if name not in ("draws", "tests"))]
    found["verdict"] = r.verdict(cohort, found["tests"], evidence)
    return curve, found


@pytest.mark.parametrize("kind", [*HARD, "nothing wrong"])
def test_whatever_the_results_there_are_tables_figures_and_sentences(kind):
    change = HARD.get(kind, lambda table: table)
    cohort = make_cohort(change(pd.DataFrame(random_table(5))))
    study, (curve, f) = cohort.study, everything(cohort)
    shown = [
        tables.specification_table(f["summary"], study),
        tables.estimates_table(f["sparse"], f["resampled"], study),
        tables.leave_one_out_table(f["deciders"], study),
        tables.landmark_table(f["landmark"], study), tables.weights_table(f["weighted"], study),
        tables.restricted_table(f["restricted"], study),
        tables.adjusted_tests_table(f["tests"], study), tables.verdict_table(f["verdict"], study),
        robustness_table(study),
    ]
    assert not any("nan" in table.text().lower() for table in shown)
    choices = r.specification_choices(curve, cohort, "os")
    for figure in (
        figures.specification_curve_figure(choices, study, "os"),
        figures.bootstrap_density_figure(
            *r.bootstrap_panels(cohort, f["draws"], f["resampled"]), study),
        figures.balance_figure(r.balance(f["weighted"]), study),
    ):
        assert_sound(figure)
    said = [
        robustness.specification(f["summary"], study), robustness.movers(f["summary"], study),
        robustness.resampled(f["resampled"], study), robustness.penalised(f["sparse"], study),
        robustness.left_out(f["deciders"], study), robustness.time_zero(f["landmark"], study),
        confounding.balance(f["weighted"], study), confounding.weighted(f["weighted"], study),
        confounding.extreme_weights(f["weighted"], study),
        confounding.e_value(f["e_values"], study), confounding.restricted(f["restricted"], study),
        verdict.multiplicity(f["tests"], study), verdict.totals(f["verdict"], study),
    ]
    assert not any("nan" in text.lower().split() for text in said)


@pytest.fixture(scope="module")
def wei():
    return load_cohort(DATA / "wei2026")


def test_the_adjusted_column_is_what_the_study_asks_for(wei):
    tests = r.adjusted_tests(r.all_tests(wei))
    for asked, head in (("holm", "Holm"), ("benjamini-hochberg", "Benjamini-Hochberg")):
        chosen = wei.study.robustness.model_copy(update={"p_adjustment": asked})
        table = tables.adjusted_tests_table(
            tests, wei.study.model_copy(update={"robustness": chosen}))
        assert table.columns[-1] == f"Adjusted P ({head})"
    none = wei.study.robustness.model_copy(update={"p_adjustment": "none"})
    study = wei.study.model_copy(update={"robustness": none})
    assert len(tables.adjusted_tests_table(tests, study).columns) == 4
    assert "adjust" not in verdict.multiplicity(tests, study)


def test_the_sentence_on_weights_follows_the_weights(wei):
    rows = pd.DataFrame({
        "statistic": ["extreme", "outside", "largest_weight", "effective_n"],
        "level": ["inverse", "propensity", "inverse", "inverse"], "group": "ICI",
        "estimate": [0, 0, 3.0, 28.0], "n": [52, 52, 31, 31], "note": "",
    })
    assert "not borne out" in confounding.extreme_weights(rows, wei.study)
    rows.loc[0, "estimate"] = 2
    assert "was borne out" in confounding.extreme_weights(rows, wei.study)
    rows.loc[[0, 3], "estimate"] = 0, 12.0
    assert "was borne out" in confounding.extreme_weights(rows, wei.study)


def test_the_verdict_names_what_changes_the_conclusion(wei):
    tests = pick(r.adjusted_tests(r.all_tests(wei)), term="cox", endpoint="os")
    firth = r.sparse_data(wei, "os").assign(p_value=0.3)
    table = tables.verdict_table(r.verdict(wei, tests, [firth]), wei.study)
    assert "Firth's penalty" in table.rows[0].cells[-1]

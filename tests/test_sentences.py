"""Sentences follow the numbers: a verdict turns when the result does."""

from pathlib import Path

import pytest

from helpers.analysis.response import response
from helpers.analysis.survival import survival
from helpers.cohort import load_cohort
from helpers.display.sentences import response as of_response
from helpers.display.sentences import survival as of_survival
from helpers.display.sentences.words import counted, listed, lower

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def cohort():
    return load_cohort(DATA / "wei2026")


def test_rate_says_the_verdict_of_its_p_value(cohort):
    results = response(cohort)
    assert "was statistically significant" in of_response.rate(results, cohort.study, "DCR")
    assert "was not statistically significant" in of_response.rate(results, cohort.study, "ORR")
    turned = results.assign(p_value=results["p_value"].map(lambda p: 1 - p))
    assert "was not statistically" in of_response.rate(turned, cohort.study, "DCR")


def test_survival_sentence_holds_the_computed_numbers(cohort):
    results = survival(cohort, "os").replace({"endpoint": {"x": "os"}})
    study = cohort.study.model_copy(update={"endpoints": {"os": cohort.study.endpoints["os"]}})
    text = of_survival.by_arm(results, study)
    assert "11.0 months" in text
    assert "log-rank *P* = " in text


def test_words():
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert counted(0, "patient") == "no patients"
    assert counted(1, "patient") == "one patient"
    assert counted(12, "patient") == "12 patients"
    assert (lower("Overall survival"), lower("AFP rise")) == ("overall survival", "AFP rise")

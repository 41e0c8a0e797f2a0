"""Languages of the report: numbers as they print them."""

import json
import re

import pytest

from cohortbook import baseline, cox, km, load_cohort
from cohortbook.display.language.numbers import printed
from cohortbook.display.language.speech import speech_of
from cohortbook.errors import CohortbookError, StudyError
from cohortbook.study.languages import language_names, load_language

DECIMAL_POINT = re.compile(r"\d\.\d")


@pytest.fixture(scope="module")
def english():
    return load_cohort("data/wei2026")


@pytest.fixture(scope="module")
def german(english):
    return english.with_study({"language": "de"})


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("HR 0.392, 95% CI 0.155 to 0.992", "HR 0,392, 95\u00a0% CI 0,155 to 0,992"),
        ("log-rank *P* < 0.001", "log-rank *p* < 0,001"),
        ("P value", "p value"),
        ("12.0–NR", "12,0–NR"),
        ("10,000 times, 2,000.5", "10.000 times, 2.000,5"),
        ("in 2024, 31 patients", "in 2024, 31 patients"),
        ("1.0–2.0 (3.5).", "1,0–2,0 (3,5)."),
        ("CTCAE version 5.0 and R 4.3.1", "CTCAE version 5.0 and R 4.3.1"),
        ("[@cox1972], `alpha 0.05`, 10.1093/abc.1", "[@cox1972], `alpha 0.05`, 10.1093/abc.1"),
        ("0,391", "0,391"),  # what is printed already
    ],
)
def test_numbers_are_printed_as_german_journals_do(english, german):
    assert printed(english, load_language("de").numbers) == german


def test_french_groups_of_thousands_have_a_narrow_blank():
    assert printed("10,000 (0.5%)", load_language("fr").numbers) == "10\u202f000 (0,5\u00a0%)"


def test_english_is_as_it_was(english):
    assert speech_of(english) is None
    assert load_language("en") is None


def test_sentences_and_tables_have_decimal_commas(german, english):
    for told, before in ((km(german).sentence(), km(english).sentence()),):
        assert not DECIMAL_POINT.search(told)
        assert re.sub(r"\d,\d", "", told).count(",") == re.sub(r"\d,\d{3}\b", "", before).count(",")
    table, before = baseline(german).table(), baseline(english).table()
    assert not DECIMAL_POINT.search(table.text())
    assert "58,5 (47–71)" in table.text()
    assert "58.5 (47–71)" in before.text()


def test_exports_for_machines_keep_the_decimal_point(german, english, tmp_path):
    for name, cohort in (("de", german), ("en", english)):
        baseline(cohort).table().export(tmp_path / name / "table")
    files = [(tmp_path / name / "table.csv").read_bytes() for name in ("de", "en")]
    assert files[0] == files[1]
    assert "58,5" in json.loads((tmp_path / "de" / "table.json").read_text("utf-8"))["rows"][0][3]
    assert cox(german, "os").frame.equals(cox(english, "os").frame)


def test_figures_have_decimal_commas_in_words_and_ticks(german):
    figure = cox(german, "os").figure()
    drawn = [text.get_text() for text in figure.drawing.texts]
    for axes in figure.drawing.axes:
        drawn += [text.get_text() for text in axes.texts]
        drawn += [text.get_text() for text in axes.xaxis.get_ticklabels()]
    assert "0,391 (0,156–0,981)" in drawn
    assert "0,1" in drawn
    assert [
        text for text in [*drawn, figure.alt, figure.caption] if DECIMAL_POINT.search(text)
    ] == []


def test_words_of_the_study_keep_their_numbers(english):
    label = "RECIST 1.1 and 0.5 mg"
    changed = english.with_study({"language": "de", "texts.population": label})
    assert speech_of(changed).text(f"patients with {label}, 0.5") == f"patients with {label}, 0,5"


def test_a_language_that_does_not_exist_is_refused_with_those_that_do(english):
    with pytest.raises(StudyError, match=r"no 'dee'.*'de'"):
        english.with_study({"language": "dee"})
    with pytest.raises(CohortbookError, match=r"mine\.yml"):
        load_language("mine.yml")
    assert {"en", "de", "fr"} <= set(language_names())

"""The reporting checklist: each item once, its places from labels, what is owed said plainly."""

import pytest
import yaml
from rendering import ROOT

from cohortbook.build.project.checklist import section_names
from cohortbook.build.project.sources import Line
from cohortbook.display.checklist import checklist_table
from cohortbook.study.study import load_study

ITEMS = yaml.safe_load((ROOT / "report" / "strobe.yml").read_text("utf-8"))
STUDY = load_study(ROOT / "data" / "wei2026")


def only(study=STUDY, places=None, **item):
    """The last two cells of a checklist of one item."""
    table = checklist_table([{"item": "1", "asks": "Ask."} | item], study, places or {})
    return table.plain()[1][2:]


def test_the_checklist_has_the_22_items_of_the_statement():
    numbers = [str(item["item"]) for item in ITEMS]
    assert len(numbers) == len(set(numbers))
    assert {int(number.rstrip("abcde")) for number in numbers} == set(range(1, 23))


def test_an_item_is_answered_where_its_labels_stand():
    found = only(where=["sec-a", "fig-none"], places={"sec-a": "Section 1.1"})
    assert found == ["Section 1.1", "–"]


def test_a_place_is_a_link():
    table = checklist_table([{"item": "1", "asks": "", "where": ["sec-a"]}], STUDY, {"sec-a": "A"})
    assert '<a class="place" href="#sec-a">A</a>' in table.html()


def test_what_only_authors_know_is_owed():
    assert only(owed="A discussion.") == ["–", "A discussion."]


def test_what_the_study_file_says_is_not_owed():
    item = {"needs": ["setting"], "owed": "The place."}
    assert only(**item)[1] == "–"
    silent = STUDY.model_copy(update={"texts": STUDY.texts.model_copy(update={"setting": ""})})
    assert only(silent, **item)[1] == "The place."


def test_the_note_lists_what_is_owed():
    table = checklist_table(ITEMS, STUDY, {})
    owed = [row[0] for row in table.plain()[1:] if row[3] != "–"]
    assert table.notes == [f"The authors still owe something on items {', '.join(owed)}."]


@pytest.mark.parametrize("needed", [key for item in ITEMS for key in item.get("needs", ())])
def test_what_an_item_needs_is_a_text_of_the_study_file(needed):
    assert hasattr(STUDY.texts, needed)


def test_sections_are_numbered_as_in_the_report():
    text = [
        "# Methods {#sec-methods}",
        "## One",
        "## Two {#sec-two}",
        "# References {.unnumbered}",
        "# Results {#sec-results}",
        "## Part {#sec-part}",
    ]
    assert section_names([Line(words, "x", n) for n, words in enumerate(text)]) == {
        "sec-methods": "Section 1",
        "sec-two": "Section 1.2",
        "sec-results": "Section 2",
        "sec-part": "Section 2.1",
    }

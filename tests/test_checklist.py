"""The reporting checklist: each item once, its places from labels, what is owed said plainly."""

import re

import pytest
import tiny
import yaml
from rendering import ROOT

from cohortbook.build.project.checklist import not_chosen, section_names, suggested
from cohortbook.build.project.sources import Line
from cohortbook.cli.studies import check
from cohortbook.display.checklist import checklist_table
from cohortbook.errors import StudyError
from cohortbook.study.parts import CHECKLISTS
from cohortbook.study.settings import PrognosticModel
from cohortbook.study.study import load_study, study_keys, study_of

ALL = {
    name: yaml.safe_load((ROOT / "report" / f"{name}.yml").read_text("utf-8"))
    for name in CHECKLISTS
}
ITEMS = ALL["strobe"]["items"]
ABOUT = {"caption": "C.", "version": "1", "source": "S"}
STUDY = load_study(ROOT / "data" / "wei2026")


def only(study=STUDY, places=None, **item):
    """The last two cells of a checklist of one item."""
    table = checklist_table(
        ABOUT | {"items": [{"item": "1", "asks": "Ask."} | item]}, study, places or {}
    )
    return table.plain()[1][2:]


def test_the_checklist_has_the_22_items_of_the_statement():
    numbers = [str(item["item"]) for item in ITEMS]
    assert len(numbers) == len(set(numbers))
    assert {int(number.rstrip("abcde")) for number in numbers} == set(range(1, 23))


# how many numbered items each guideline has
@pytest.mark.parametrize(
    ("name", "count"), [("remark", 20), ("target", 21), ("record", 13), ("tripod", 27)]
)
def test_each_checklist_has_the_items_of_its_guideline(name, count):
    numbers = [str(item["item"]) for item in ALL[name]["items"]]
    whole = numbers if name == "record" else {re.match(r"\d+", number)[0] for number in numbers}
    assert len(numbers) == len(set(numbers))
    assert len(whole) == count
    if name == "target":
        assert len(numbers) == 39  # with the specification and the emulation side by side
    if name == "tripod":
        assert len(numbers) == 52


@pytest.mark.parametrize("name", CHECKLISTS)
def test_each_checklist_names_its_version_and_source_and_is_cited(name):
    assert re.search(r"20\d\d", ALL[name]["version"]) and "doi 10." in ALL[name]["source"]
    doi = re.search(r"doi (\S+)$", ALL[name]["source"])[1]
    part = (ROOT / "report" / "sections" / f"reporting_{name}.qmd").read_text("utf-8")
    key = re.search(r"@(\w+)\]", part)[1]
    entry = re.search(rf"@article\{{{key},.*", (ROOT / "report/references.bib").read_text("utf-8"))
    assert f"doi={{{doi}}}" in entry[0]


LABELS = {
    label
    for path in (ROOT / "report").rglob("*.qmd")
    for label in re.findall(r"#((?:fig|tbl|sec)-[\w*-]+)", path.read_text("utf-8"))
} | {"sec-abstract"}


@pytest.mark.parametrize("name", CHECKLISTS)
def test_every_place_that_an_item_names_is_one_of_the_report(name):
    named = {label for item in ALL[name]["items"] for label in item.get("where", ())}
    assert named <= LABELS
    assert all(item.get("where") or item.get("owed") for item in ALL[name]["items"])


def test_the_study_chooses_its_checklists():
    assert list(STUDY.checklists) == ["strobe"]
    marker = load_study(ROOT / "data" / "hcc-cxcl17")
    assert list(marker.checklists) == ["strobe", "remark"]
    left = not_chosen(marker)
    assert sorted(left) == [
        "checklist_record", "checklist_target", "checklist_tripod",
        "reporting_record", "reporting_target", "reporting_tripod",
    ]  # fmt: skip


def test_a_study_with_a_model_is_told_of_the_checklist_for_models():
    assert suggested(STUDY) == ""
    model = PrognosticModel(horizon=12)
    with_model = STUDY.model_copy(update={"model": model})
    assert "TRIPOD+AI" in suggested(with_model)
    assert "(checklists: [strobe, tripod])" in suggested(with_model)
    chosen = with_model.model_copy(update={"checklists": ["strobe", "tripod"]})
    assert suggested(chosen) == ""


def test_check_tells_of_the_checklist_for_models(tmp_path, capsys):
    check(tiny.study_folder(tmp_path / "without"))
    assert "TRIPOD" not in capsys.readouterr().out
    check(tiny.gammopathy(tmp_path / "model", model={"horizon": 60}))
    assert "(checklists: [strobe, tripod])" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [[], ["stobe"], "strobe"])
def test_a_checklist_that_is_not_there_is_a_message(wrong):
    said = study_keys(ROOT / "data" / "wei2026") | {"checklists": wrong}
    with pytest.raises(StudyError, match="checklists"):
        study_of(said)


def test_an_item_is_answered_where_its_labels_stand():
    found = only(where=["sec-a", "fig-none"], places={"sec-a": "Section 1.1"})
    assert found == ["Section 1.1", "–"]


def test_a_place_is_a_link():
    items = {"items": [{"item": "1", "asks": "", "where": ["sec-a"]}]}
    table = checklist_table(ABOUT | items, STUDY, {"sec-a": "A"})
    assert '<a class="place" href="#sec-a">A</a>' in table.html()


def test_what_only_authors_know_is_owed():
    assert only(owed="A discussion.") == ["–", "A discussion."]


def test_what_the_study_file_says_is_not_owed():
    item = {"needs": ["setting"], "owed": "The place."}
    assert only(**item)[1] == "–"
    silent = STUDY.model_copy(update={"texts": STUDY.texts.model_copy(update={"setting": ""})})
    assert only(silent, **item)[1] == "The place."


def test_the_note_lists_what_is_owed():
    table = checklist_table(ALL["strobe"], STUDY, {})
    owed = [row[0] for row in table.plain()[1:] if row[3] != "–"]
    assert table.notes[2:] == [f"The authors still owe something on items {', '.join(owed)}."]


NEEDED = sorted(
    {key for one in ALL.values() for item in one["items"] for key in item.get("needs", ())}
)


@pytest.mark.parametrize("needed", NEEDED)
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

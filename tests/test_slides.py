"""Slides: one for each figure and table, from the same sources as the report."""

import re
import zipfile
from html import unescape
from xml.dom import minidom

import pytest
from rendering import ROOT, make_project

from cohortbook.build.render.render import render


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("slides") / "project")


@pytest.fixture(scope="module")
def parts(project, tmp_path_factory):
    result = render(project, tmp_path_factory.mktemp("made"), "pandoc", ("pptx",))
    assert [path.name for path in result.paths] == ["report.pptx"]
    with zipfile.ZipFile(result.paths[0]) as archive:
        return {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}


@pytest.fixture(scope="module")
def slides(parts):
    names = [name for name in parts if re.fullmatch(r"ppt/slides/slide\d+\.xml", name)]
    return [parts[name] for name in sorted(names, key=lambda n: int(re.search(r"\d+", n)[0]))]


def words(xml):
    shown = [unescape("".join(re.findall(r"<a:t>(.*?)</a:t>", p))) for p in xml.split("</a:p>")]
    return [" ".join(text.split()) for text in shown if text.strip()]


def test_every_part_is_well_formed_and_none_tells_of_this_machine(parts, project):
    for name, text in parts.items():
        if name.endswith((".xml", ".rels")):
            minidom.parseString(text.encode("utf-8"))
        assert str(project) not in text and str(ROOT) not in text


def test_each_figure_and_table_has_its_slide_in_the_order_of_the_report(slides):
    titles = [words(slide)[0] for slide in slides]
    numbered = [re.match(r"(Figure|Table)\s\d+", title)[0] for title in titles if title[0] in "FT"]
    assert list(dict.fromkeys(one.replace("\xa0", " ") for one in numbered)) == [
        "Figure 1",
        "Table 1",
        "Figure 2",
        "Table 2",
        "Table 3",
    ]
    assert titles[0].startswith("Survival of")
    assert titles[1] == "Note"


def test_a_long_table_goes_over_slides_that_hold_all_of_its_rows(slides):
    parts = [slide for slide in slides if "several pages" in words(slide)[0]]
    assert len(parts) > 4
    assert [re.search(r"\((\d+)/(\d+)\)", words(p)[0])[0] for p in parts] == [
        f"({i}/{len(parts)})" for i in range(1, len(parts) + 1)
    ]
    rows = [text for part in parts for text in re.findall(r"<a:t>\s*(?:\u2003)?Level (\d+)", part)]
    assert [int(row) for row in rows] == list(range(90))
    ends = [int(re.findall(r"Level (\d+)", part)[-1]) for part in parts[:-1]]
    assert not any(end % 5 == 3 for end in ends)  # such a row heads the next one
    assert all("ICI (n\u00a0=\u00a031)" in part or "ICI (n = 31)" in part for part in parts)


def test_notes_of_a_table_and_doubts_stand_on_its_slide(slides):
    short = next(slide for slide in slides if "Baseline characteristics" in words(slide)[0])
    assert any("Values are n (%)." in text and "Fisher" in text for text in words(short))
    assert "\u2063" not in short and "\u2064" not in short
    assert 'gridSpan="3"' in short  # the label of a group of rows


def test_figures_have_their_alternative_text_and_the_whole_caption_in_the_notes(parts, slides):
    described = [text for slide in slides for text in re.findall(r'cNvPr descr="([^"]*)"', slide)]
    assert described == ["A rising line."] * 2
    notes = "".join(text for name, text in parts.items() if "notesSlides/notesSlide" in name)
    assert "Overall survival" in notes


def test_what_leads_to_a_table_stands_above_it(slides):
    short = next(slide for slide in slides if "Baseline characteristics" in words(slide)[0])
    said = " ".join(words(short))
    assert (
        "[" not in said.split("Characteristic")[0]
    )  # no numbers of references that are listed nowhere


def test_text_from_data_is_text(slides):
    shown = " ".join(text for slide in slides for text in words(slide))
    assert "<script>alert(1)</script>" in shown
    assert "{{< var no.such >}}" in shown.replace("\u2060", "")


def test_the_bytes_are_the_same_twice(project, tmp_path):
    made = [render(project, tmp_path / n, "pandoc", ("pptx",)).paths[0].read_bytes() for n in "ab"]
    assert made[0] == made[1]


def test_figures_and_tables_fill_what_the_text_leaves(slides):
    """Below the text of a slide of 9,144,000 x 5,143,500, as wide or as high as there is room."""
    places = re.compile(r'<a:off x="(\d+)" y="(\d+)" ?/>\s*<a:ext cx="(\d+)" cy="(\d+)"')
    found = 0
    for xml in slides:
        for shape in re.findall(r"<p:(?:pic|graphicFrame)>.*?</p:(?:pic|graphicFrame)>", xml, re.S):
            left, top, width, height = map(int, places.search(shape).groups())
            assert 660_000 < top <= 2_160_000 and top + height <= 4_960_000
            assert left >= 342_900 and left + width <= 8_801_100
            assert width > 8_450_000 or top + height > 4_950_000
            found += 1
    assert found > 4

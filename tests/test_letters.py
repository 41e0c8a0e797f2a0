"""Letters of figures: one font everywhere, another only for what it lacks."""

from __future__ import annotations

import re

import pytest
from tiny import ROOT, study_folder

from cohortbook.build.files.commit import read_source
from cohortbook.build.output.provenance import provenance, provenance_values
from cohortbook.build.render.pandoc import _wider_fonts
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.drawing import letters
from cohortbook.display.drawing.canvas import Canvas
from cohortbook.display.drawing.drawn import pdf_of_svg, vector
from cohortbook.display.problems import find_problems

LIVER = "肝癌"


@pytest.fixture
def without(monkeypatch):
    """A machine without a font for Chinese."""
    monkeypatch.setattr(letters, "wider_font", lambda: None)


def test_without_a_wider_font_each_letter_is_a_visible_mark(without):
    assert letters.clean(f"{LIVER} a") == "\ufffd\ufffd a"
    assert letters.families() == ["DejaVu Sans"]


@pytest.mark.skipif(not letters.wider_font(), reason="no font with Chinese letters here")
def test_with_one_the_letters_are_drawn_and_measured():
    assert letters.clean(LIVER) == LIVER
    assert letters.advance(LIVER[0], False) == pytest.approx(1.0, abs=0.1), "a full square"
    canvas = Canvas(8, 2)
    canvas.text(1, 1, LIVER)
    svg = vector(canvas.drawing).decode()
    assert "CJK" in svg or "DejaVu" not in svg, "the outlines come from the wider font"
    assert pdf_of_svg(svg).startswith(b"%PDF")


def test_the_pdf_gets_the_font_of_the_machine_where_links_are_not_allowed(tmp_path, monkeypatch):
    def refused(*_given):
        raise OSError("a privilege is not held")

    font = tmp_path / "wide.ttf"
    font.write_bytes(b"font")
    monkeypatch.setattr(letters, "wider_files", lambda: [font])
    monkeypatch.setattr("pathlib.Path.symlink_to", refused)
    monkeypatch.setattr("os.link", refused)
    source = tmp_path / "report.typ"
    source.write_text(LIVER, encoding="utf-8")
    assert (_wider_fonts(source) / "wide.ttf").read_bytes() == b"font"


def test_latin_letters_are_alike_with_and_without_a_wider_font(monkeypatch):
    def drawn():
        canvas = Canvas(8, 2)
        canvas.text(1, 1, "Überleben ≥400 μmol/l", weight="bold")
        return vector(canvas.drawing)

    from cohortbook.display.drawing import style

    first = drawn()
    monkeypatch.setitem(style.RC, "font.family", ["DejaVu Sans"])
    assert drawn() == first


def test_only_letters_beyond_the_main_font_are_foreign():
    assert not letters.foreign("Überleben ≥400 μmol/l α – “x” \u202e\n")
    assert letters.foreign(f"MWA {LIVER}")


def named(folder, label):
    study = study_folder(folder)
    text = (study / "study.yml").read_text("utf-8").replace("Arm A", label)
    (study / "study.yml").write_text(text, encoding="utf-8")
    return study


def undrawn(study):
    return [problem for problem in find_problems(study)[1] if "glyph" in problem.found]


def test_check_names_the_letters_that_have_no_glyph_and_what_to_install(tmp_path, without):
    (problem,) = undrawn(named(tmp_path / "zh", f"{LIVER}组"))
    assert problem.severity == "warning"
    assert problem.found == "no glyph for 癌组肝 (3)"
    assert "fonts-noto-cjk" in problem.mend
    assert undrawn(named(tmp_path / "latin", "Überleben")) == []
    facts = provenance(load_cohort(tmp_path / "zh"), read_source(tmp_path), ("pandoc", "1"), {}, {})
    assert facts["fonts"]["without_glyph"] == "癌组肝"
    assert "no glyph (3)" in provenance_values(facts)["software"]


def test_emoji_are_marked_and_no_font_is_promised_for_them(tmp_path):
    (problem,) = undrawn(named(tmp_path / "emoji", "Arm \U0001f9ea"))
    assert "\U0001f9ea (1)" in problem.found
    assert "Install" not in problem.mend


def test_the_template_names_the_same_fonts_as_the_figures():
    template = (ROOT / "report" / "templates" / "typst-template.typ").read_text("utf-8")
    listed = template.partition("#let fonts = (")[2].partition("\n)")[0]
    assert re.findall(r'"([^"]+)"', listed)[1:] == [letters.MAIN, *letters.WIDER]


def test_a_letter_that_no_font_has_can_be_measured():
    assert letters.advance("\U0001f9ea", bold=False) == 1.0
    assert letters.advance("\u2067", bold=True) == 0.0

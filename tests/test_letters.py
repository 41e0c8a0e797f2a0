"""Letters of figures: one font everywhere, another only for what it lacks."""

from __future__ import annotations

import pytest

from helpers.display import letters
from helpers.display.canvas import Canvas
from helpers.display.drawn import vector

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
    svg = vector(canvas.drawing, "svg").decode()
    assert "CJK" in svg or "DejaVu" not in svg, "the outlines come from the wider font"
    assert vector(canvas.drawing, "pdf").startswith(b"%PDF")


def test_latin_letters_are_alike_with_and_without_a_wider_font(monkeypatch):
    def drawn():
        canvas = Canvas(8, 2)
        canvas.text(1, 1, "Überleben ≥400 μmol/l", weight="bold")
        return vector(canvas.drawing, "svg"), vector(canvas.drawing, "pdf")

    from helpers.display import style

    first = drawn()
    monkeypatch.setitem(style.RC, "font.family", ["DejaVu Sans"])
    assert drawn() == first


def test_only_letters_beyond_the_main_font_are_foreign():
    assert not letters.foreign("Überleben ≥400 μmol/l α – “x” \u202e\n")
    assert letters.foreign(f"MWA {LIVER}")

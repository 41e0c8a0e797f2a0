"""Decimal points of a column stand below each other when its cells are centred."""

import re

import pytest
from matplotlib.font_manager import FontProperties, findfont, get_font

from cohortbook.display.layout.align import FIGURE, aligned, is_number
from cohortbook.display.layout.table import Cell, Row, Table


def width(text):
    """Width in a font whose figures are equally wide, in digits."""
    font = get_font(findfont(FontProperties(family="DejaVu Sans")))
    font.set_size(100, 72)
    pens = [font.load_char(ord(c)).linearHoriAdvance for c in text]
    return sum(pens) / font.load_char(ord("0")).linearHoriAdvance


@pytest.mark.parametrize(
    "column",
    [
        ["13 (41.9)", "1 (3.2)", "0", "21 (100.0)"],
        ["0.393 (0.157–0.988)", "10.22 (1.817–57.2)", "1 (reference)"],
        ["<0.001", "0.05", ">0.999", "0.1"],
        ["18.9 (−2.3 to 41.2)", "−1.5 (−12.6 to 2.6)"],
        ["23 / 52", "3 / 6", "105 / 227"],
    ],
)
def test_points_stand_below_each_other(column):
    places = []
    for text in aligned(column):
        end = re.search(r"\d+", text).end()  # of the whole number: where the point is
        places.append(width(text[:end]) - width(text) / 2)
    assert max(places) - min(places) < 0.7, places


def test_only_spaces_are_added_and_words_stay():
    column = ["13 (41.9)", "1 (3.2)", "not estimable", "–", ""]
    shown = aligned(column)
    assert [" ".join(text.split()) for text in shown] == column
    assert shown[2:] == column[2:]
    assert not is_number("not estimable")


def test_a_number_without_a_mark_keeps_the_place_of_one():
    rows = [Row(("a", Cell("0.1", ("note",)))), Row(("b", "0.2")), Row(("c", "–"))]
    html = Table(["A", "P"], rows, "C").html()
    assert f">0.2<sup>{FIGURE}</sup></td>" in html
    assert ">–</td>" in html
    assert Table(["A", "P"], rows, "C").plain()[2] == ["b", "0.2"]


def test_a_mark_stands_at_its_number_and_not_after_the_spaces_that_align_it():
    rows = [Row(("a", Cell("0.1 (0–2)", ("note",)))), Row(("b", "0.2 (0.15–2.55)"))]
    html = Table(["A", "HR"], rows, "C").html()
    assert f"0.1\u00a0(0–2)<sup>a</sup>{FIGURE}" in html


def test_running_text_is_not_filled_up():
    html = Table(
        ["A", "Why"], [Row(("a", "1 patient")), Row(("b", "12 patients"))], "C", left=(0, 1)
    ).html()
    assert "1 patient</td>" in html and FIGURE not in html

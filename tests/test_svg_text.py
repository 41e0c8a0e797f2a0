"""Words that an SVG draws as outlines are text in a PDF, at the same place and of the same look."""

import io

import matplotlib as mpl
import numpy as np
import pytest
import typst
from matplotlib.figure import Figure as Drawing
from PIL import Image
from pypdf import PdfReader

from cohortbook.display.drawing.drawn import PAGE, _main_font, pdf_of_svg, vector
from cohortbook.display.drawing.style import RC
from cohortbook.display.drawing.svg_text import with_text

LINES = [
    ("Confidence interval 95%", {}),
    ("P < 0.05 & HR ≥ 2 – “first”", {"weight": "bold"}),
    ("Synthetic data", {"style": "italic"}),
    ("Overall survival", {"rotation": 90}),
    ("AV To, Wa", {"rotation": 30, "color": "#c8372d", "size": 14}),
]


def drawn(*lines, **settings):
    with mpl.rc_context({**RC, **settings}):
        drawing = Drawing(figsize=(4, 3))
        for place, (text, look) in enumerate(lines):
            drawing.text(0.1 + 0.15 * place, 0.1 + 0.15 * place, text, **look)
        return vector(drawing).decode()


def pixels(svg):
    source = f'{PAGE}#image("drawing.svg")'
    made = typst.compile(
        {"main.typ": source.encode(), "drawing.svg": svg.encode()},
        format="png",
        ppi=200,
        font_paths=_main_font(),
    )
    return np.asarray(Image.open(io.BytesIO(made)).convert("L"), float)


def words(svg):
    return PdfReader(io.BytesIO(pdf_of_svg(svg))).pages[0].extract_text()


def test_all_lines_become_text_and_keep_their_words():
    svg = drawn(*LINES)
    assert with_text(svg).count("<text ") == len(LINES)
    assert "<use" not in with_text(svg)
    assert words(svg).split() == " ".join(text for text, _ in LINES).split()


@pytest.mark.parametrize("line", LINES, ids=[text for text, _ in LINES])
def test_text_stands_where_the_outlines_stood(line):
    svg = drawn(line)
    outlines, text = pixels(svg), pixels(with_text(svg))
    assert outlines.min() < 130, "something is drawn"
    assert np.abs(outlines - text).max() < 60, "at most the shade of an edge differs"


@pytest.mark.parametrize(
    ("text", "look"),
    [
        ("$x^2$ months", {}),
        ("a--b", {}),
        ("Mono", {"family": "DejaVu Sans Mono"}),
        ("Serif", {"family": "DejaVu Serif"}),
    ],
)
def test_what_no_single_face_of_the_main_font_drew_stays_outlines(text, look):
    svg = drawn((text, look), **{"text.parse_math": True})
    assert with_text(svg) == svg
    assert not words(svg).strip()


def test_letters_that_a_line_defines_for_later_formulas_stay_defined():
    svg = drawn(("x2", {}), ("$x^2$", {}), **{"text.parse_math": True})
    kept = with_text(svg)
    assert kept.count("<text ") == 1
    for name in {part.split('"')[0] for part in kept.split('href="#')[1:]}:
        assert f'id="{name}"' in kept


def test_words_of_data_do_not_leave_the_text():
    text = '</text><image href="x"/> "quoted" #panic() \\u{41}'
    svg = drawn((text, {}))
    assert with_text(svg).count("<text ") == 1
    assert "<image" not in with_text(svg)
    assert words(svg) == text

"""A drawing becomes files once each, whatever asks for it, and says nothing of when."""

import io

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends import _backend_pdf_ps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Drawing
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from PIL import Image

from helpers.display import drawn, pdf_fonts
from helpers.display import figure as module
from helpers.display.figure import Figure
from helpers.display.style import RC


@pytest.fixture
def drawing():
    made = Drawing(figsize=(2, 1), dpi=110)
    made.text(0.5, 0.5, "Overall survival")
    return made


@pytest.fixture
def finished(drawing):
    return Figure(drawing, "Caption", "Alt", pd.DataFrame({"x": [1]}), publish=True)


def test_every_format_is_drawn_once(finished, tmp_path, monkeypatch):
    drawings = []
    for name in ("vector", "bitmap"):
        draw = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda *given, draw=draw: drawings.append(given[1]) or draw(*given)
        )
    finished.export(tmp_path / "fig-x")
    finished._repr_mimebundle_()
    assert drawings == [600, "svg", "pdf"]  # 300 dpi is reduced from the first


def test_what_the_notebook_shows_is_what_the_files_hold(finished, tmp_path):
    finished.export(tmp_path / "fig-x")
    bundle, _ = finished._repr_mimebundle_()
    assert (tmp_path / "fig-x.svg").read_text("utf-8") == bundle["image/svg+xml"]
    assert (tmp_path / "fig-x.png").read_bytes() == bundle["image/png"]


def test_bitmaps_have_the_size_and_resolution_asked_for(drawing):
    for kind in ("png", "tiff"):
        picture = Image.open(io.BytesIO(drawn.encoded(drawn.bitmap(drawing, 300), kind, 300)))
        assert picture.size == (600, 300)
        assert round(float(picture.info["dpi"][0])) == 300
    assert drawing.get_dpi() == 110
    assert not isinstance(drawing.canvas, FigureCanvasAgg), "it holds on to the pixels"


def test_a_png_holds_the_picture_to_the_pixel(drawing):
    picture = drawn.bitmap(drawing, 300)
    stored = Image.open(io.BytesIO(drawn.encoded(picture, "png", 300)))
    assert stored.mode == "RGB"
    assert np.array_equal(np.asarray(stored), np.asarray(picture))


def test_a_bitmap_is_what_agg_draws_on_white_paper(drawing):
    buffer = io.BytesIO()
    drawing.savefig(buffer, format="png", dpi=150)
    whole = np.asarray(Image.open(buffer).convert("RGB"))
    assert np.array_equal(np.asarray(drawn.bitmap(drawing, 150)), whole)
    assert drawing.patch.get_visible()


def test_fonts_in_pdf_hold_glyphs_but_no_layout_tables(drawing):
    from fontTools.ttLib import TTFont
    from pypdf import PdfReader

    with mpl.rc_context(RC):
        page = PdfReader(io.BytesIO(drawn.vector(drawing, "pdf"))).pages[0]
    assert page.extract_text().strip() == "Overall survival"
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    inner = fonts[0]["/DescendantFonts"][0].get_object()
    file = inner["/FontDescriptor"]["/FontFile2"].get_data()
    tables = set(TTFont(io.BytesIO(file)).keys())
    assert "glyf" in tables
    assert not tables & set(pdf_fonts.LAYOUT_TABLES)


@pytest.mark.parametrize(("text", "taken_apart"), [("Δ ≥ 12 months, 95% CI", 1), ("Ԁ alone", 3)])
def test_fonts_in_pdf_are_those_cut_from_the_whole(text, taken_apart, monkeypatch):
    """Two PDFs with common letters take the whole font apart once, with others each time too."""
    cut, whole = _backend_pdf_ps.get_glyphs_subset, []
    face = findfont(FontProperties(family="DejaVu Sans"))
    glyphs = {get_font(face).get_char_index(ord(letter)) for letter in text}
    monkeypatch.setattr(_backend_pdf_ps, "get_glyphs_subset",
                        lambda *given: whole.append(given) or cut(*given))
    with pdf_fonts.quickly_embedded():
        found = [_font_file(_backend_pdf_ps.get_glyphs_subset, face, glyphs) for _ in range(2)]
        assert found[0] == found[1] == _font_file(cut, face, glyphs)
    assert len(whole) == taken_apart


def test_a_matplotlib_that_embeds_fonts_otherwise_still_gives_a_pdf(drawing, monkeypatch):
    monkeypatch.setattr(pdf_fonts, "REPLACED", ((_backend_pdf_ps, "of_another_version"),))
    before = _backend_pdf_ps.get_glyphs_subset
    with pdf_fonts.quickly_embedded():
        assert _backend_pdf_ps.get_glyphs_subset is before
    assert drawn.vector(drawing, "pdf").startswith(b"%PDF")


def _font_file(cut, face, glyphs):
    with cut(face, glyphs) as found:
        return (_backend_pdf_ps.font_as_file(found.font).getvalue(),
                {glyph: found.glyph_index_map[glyph] for glyph in glyphs})


def test_an_exported_figure_holds_on_to_no_bitmap(finished, tmp_path):
    finished.export(tmp_path / "fig-x")
    assert set(finished._made) == {("svg", 0), ("png", 300)}
    drawn_by = {type(text._renderer).__name__ for text in finished.drawing.texts}
    assert drawn_by == {"MixedModeRenderer"}, "one of Agg holds on to its pixels"


def test_a_font_is_looked_for_once_in_a_drawing(drawing, monkeypatch):
    sought = []
    find = fontManager._find_fonts_by_props
    monkeypatch.setattr(fontManager, "_find_fonts_by_props",
                        lambda prop: sought.append(prop.copy()) or find(prop))
    drawing.text(0.5, 0.2, "Progression-free survival")
    for draw in (lambda: drawn.vector(drawing, "svg"), lambda: drawn.bitmap(drawing, 100)):
        sought.clear()
        draw()
        assert len(sought) == 1


def test_letters_of_another_font_are_outlines_in_pdf(drawing, monkeypatch):
    from pypdf import PdfReader

    looked_at = []
    monkeypatch.setattr(drawn, "foreign", lambda text: looked_at.append(text) or True)
    page = PdfReader(io.BytesIO(drawn.vector(drawing, "pdf"))).pages[0]
    assert not page.extract_text().strip()
    assert [text.strip() for text in looked_at] == ["Overall survival"]

"""A drawing becomes files once each, whatever asks for it, and says nothing of when."""

import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Drawing
from matplotlib.font_manager import fontManager
from PIL import Image

from cohortbook.display.drawing import drawn
from cohortbook.display.drawing import figure as module
from cohortbook.display.drawing.figure import Figure


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
            module,
            name,
            lambda *given, draw=draw, name=name: (
                drawings.append((name, *given[1:])) or draw(*given)
            ),
        )
    finished.export(tmp_path / "fig-x")
    finished._repr_mimebundle_()
    # 300 dpi is reduced from 600, PDF made of the SVG
    assert drawings == [("bitmap", 600), ("vector",)]


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


def test_words_in_pdf_are_text_in_a_font_of_their_letters(drawing):
    from pypdf import PdfReader

    page = PdfReader(io.BytesIO(drawn.pdf_of_svg(drawn.vector(drawing).decode()))).pages[0]
    assert page.extract_text().strip() == "Overall survival"
    wide, high = (inches * 72 for inches in drawing.get_size_inches())
    assert [float(page.mediabox.width), float(page.mediabox.height)] == pytest.approx([wide, high])
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert [font["/BaseFont"].partition("+")[2] for font in fonts] == ["DejaVuSans"]


def test_an_exported_figure_holds_on_to_no_bitmap(finished, tmp_path):
    finished.export(tmp_path / "fig-x")
    assert set(finished._made) == {("svg", 0), ("png", 300)}
    drawn_by = {type(text._renderer).__name__ for text in finished.drawing.texts}
    assert drawn_by == {"MixedModeRenderer"}, "one of Agg holds on to its pixels"


def test_a_font_is_looked_for_once_in_a_drawing(drawing, monkeypatch):
    sought = []
    find = fontManager._find_fonts_by_props
    monkeypatch.setattr(
        fontManager, "_find_fonts_by_props", lambda prop: sought.append(prop.copy()) or find(prop)
    )
    drawing.text(0.5, 0.2, "Progression-free survival")
    for draw in (lambda: drawn.vector(drawing), lambda: drawn.bitmap(drawing, 100)):
        sought.clear()
        draw()
        assert len(sought) == 1

"""A drawing as bytes of each format: undated, and drawn no oftener than it must be."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Drawing
from matplotlib.font_manager import fontManager
from PIL import Image

from .svg_text import with_text

if TYPE_CHECKING:
    import typst

UNDATED = {"Date": None}
SVG = {"svg.hashsalt": "cohortbook", "svg.fonttype": "path", "svg.image_inline": True}
PAGE = "#set page(width: auto, height: auto, margin: 0pt)\n"
WHITE = 255
PNG_LEVEL = 3  # of zlib: a little larger than the usual 6, in two thirds of the time
INNER_DPI = 300  # of bitmaps inside a vector file


def vector(drawing: Drawing, **how: Any) -> bytes:
    """Draw as SVG without a date, so that the same figure gives the same bytes.

    Text becomes outlines, which look alike where the fonts of figures are not installed. `how` is
    for `savefig`. What names its parts is set here: a notebook may have set other defaults.
    """
    buffer = io.BytesIO()
    with _fonts_found_once(), matplotlib.rc_context(SVG):
        drawing.savefig(buffer, format="svg", metadata=UNDATED, dpi=INNER_DPI, **how)
    return buffer.getvalue()


def pdf_of_svg(svg: str) -> bytes:
    """Turn an SVG of `vector`, or a panel of it, into PDF: a tenth of the time of drawing it again.

    Text becomes text, its font embedded; what `with_text` leaves as outlines stays that.
    """
    import typst

    words = json.dumps(with_text(svg), ensure_ascii=False)
    source = f'{PAGE}#image(bytes({words}), format: "svg")'
    return typst.compile(
        source.encode(),
        format="pdf",
        # undated, as all formats: the same figure is the same bytes
        timestamp=0,
        font_paths=_main_font(),
        pdf_tags=False,
    )


@cache
def _main_font() -> typst.Fonts:
    """Give the font of figures as Typst wants it; reading it takes longer than most drawings."""
    import typst

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[folder],
    )


def bitmap(drawing: Drawing, dpi: int) -> Image.Image:
    """Draw as a picture (RGB on white), from which PNG and TIFF are both written."""
    before, canvas_before, paper = drawing.get_dpi(), drawing.canvas, drawing.patch
    drawing.set_dpi(dpi)
    try:
        renderer = FigureCanvasAgg(drawing).get_renderer()
        pixels = np.asarray(renderer.buffer_rgba())
        pixels.fill(WHITE)  # a tenth of the time of drawing white paper
        paper.set_visible(False)
        with _fonts_found_once():
            drawing.draw(renderer)
        # without the fourth channel, which is white paper throughout
        high, wide = pixels.shape[:2]
        return Image.frombytes("RGB", (wide, high), pixels, "raw", "RGBX")
    finally:
        paper.set_visible(True)
        drawing.set_dpi(before)
        # A page at 600 dpi has eighty megabytes of them.
        drawing.set_canvas(canvas_before)  # the other holds on to its pixels


def encoded(picture: Image.Image, kind: str, dpi: int) -> bytes:
    """Write a picture as "png" or "tiff" (LZW), with its resolution."""
    how = {"compress_level": PNG_LEVEL} if kind == "png" else {"compression": "tiff_lzw"}
    buffer = io.BytesIO()
    picture.save(buffer, kind, dpi=(dpi, dpi), **how)
    return buffer.getvalue()


@contextmanager
def _fonts_found_once() -> Iterator[None]:
    """Look for the font of each look of text once for a drawing.

    matplotlib does so each time that a text is measured or drawn, a fifth of the time of figures
    with much text.
    """
    find = fontManager._find_fonts_by_props
    # for one drawing only: fonts may be added while a notebook runs
    fontManager._find_fonts_by_props = lru_cache(maxsize=None)(find)
    try:
        yield
    finally:
        fontManager._find_fonts_by_props = find

"""A drawing as bytes of each format: undated, and drawn no oftener than it must be."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Drawing
from matplotlib.font_manager import fontManager
from PIL import Image

from .letters import foreign
from .pdf_fonts import quickly_embedded

UNDATED = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
COMMENT = re.compile(rb"<!--(.*?)-->", re.DOTALL)
WHITE = 255
PNG_LEVEL = 3  # of zlib: a little larger than the usual 6, in two thirds of the time
INNER_DPI = 300  # of bitmaps inside a vector file


def vector(drawing: Drawing, kind: str, svg: bytes = b"") -> bytes:
    """Draw as "svg" or "pdf" without a date, so that the same figure gives the same bytes.

    Text in PDF is text, in SVG outlines; letters that the main font lacks make outlines of a PDF's
    text too, for the fonts that have them are seconds to take apart. `svg` is the drawing as SVG,
    if it is known already: there all its texts stand, as comments.
    """
    if kind == "pdf":
        svg = svg or vector(drawing, "svg")
        if foreign(b"".join(COMMENT.findall(svg)).decode("utf-8")):
            with TemporaryDirectory() as folder:
                file = Path(folder) / "drawing.svg"
                file.write_bytes(svg)
                return pdf_of_svg(file)
    buffer = io.BytesIO()
    with quickly_embedded(), _fonts_found_once():
        drawing.savefig(buffer, format=kind, metadata=UNDATED[kind], dpi=INNER_DPI)
    return buffer.getvalue()


def pdf_of_svg(svg: Path) -> bytes:
    """Turn an SVG file of outlines into PDF: a hundredth of the time of drawing it again."""
    import typst

    page = "#set page(width: auto, height: auto, margin: 0pt)\n"
    source = f'{page}#image({json.dumps(svg.name)})'
    return typst.compile(
        source.encode(), root=str(svg.parent), format="pdf", timestamp=0, ignore_system_fonts=True
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
        high, wide = pixels.shape[:2]
        return Image.frombytes("RGB", (wide, high), pixels, "raw", "RGBX")
    finally:
        paper.set_visible(True)
        drawing.set_dpi(before)
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
    fontManager._find_fonts_by_props = lru_cache(maxsize=None)(find)
    try:
        yield
    finally:
        fontManager._find_fonts_by_props = find

"""One panel of a drawing on its own: cut out of the bitmap, or drawn with the others hidden."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from matplotlib.artist import Artist
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

from .canvas import CM_PER_INCH, SYNTHETIC, Region
from .canvas import height_cm as line_cm
from .style import SMALL

MARK_CM = 2.6  # room of the words that mark synthetic data


def cut(picture: Image.Image, box: Region, drawing: Drawing, dpi: int) -> Image.Image:
    """Cut a panel out of the bitmap of the whole drawing; a mark of synthetic data goes with it."""
    left, top, right, bottom = _pixels(box, dpi)
    wide, high = picture.size
    right, bottom = min(right, wide), min(bottom, high)
    if _mark(drawing) is None:
        return picture.crop((left, top, right, bottom))
    strip = round(line_cm(SMALL) / CM_PER_INCH * dpi)
    sample = picture.crop((wide - round(MARK_CM / CM_PER_INCH * dpi), high - strip, wide, high))
    panel = picture.crop((left, top, right, bottom + strip))
    panel.paste("white", (0, bottom - top, right - left, bottom - top + strip))
    panel.paste(sample, (right - left - sample.width, bottom - top))
    return panel


@contextmanager
def alone(drawing: Drawing, box: Region) -> Iterator[Bbox]:
    """Hide what is not in a panel; give its rectangle in inches from the lower left corner."""
    wide, high = drawing.get_size_inches() * CM_PER_INCH
    mark = _mark(drawing)
    foot = line_cm(SMALL) if mark else 0.0
    others = [a for a in drawing.get_children()
              if a is not mark and a is not drawing.patch and not _inside(a, box, wide, high)]
    seen = [artist for artist in others if artist.get_visible()]
    place = mark.get_position() if mark else None
    try:
        for artist in seen:
            artist.set_visible(False)
        if mark:
            right, bottom = box.left + box.width - 0.05, box.top + box.height + foot - 0.05
            mark.set_position((right / wide, 1 - bottom / high))
        yield Bbox([
            [box.left / CM_PER_INCH, (high - box.top - box.height - foot) / CM_PER_INCH],
            [(box.left + box.width) / CM_PER_INCH, (high - box.top) / CM_PER_INCH],
        ])
    finally:
        for artist in seen:
            artist.set_visible(True)
        if mark:
            mark.set_position(place)


def _pixels(box: Region, dpi: int) -> tuple[int, int, int, int]:
    corners = (box.left, box.top, box.left + box.width, box.top + box.height)
    return tuple(round(cm / CM_PER_INCH * dpi) for cm in corners)


def _mark(drawing: Drawing) -> Text | None:
    return next((text for text in drawing.texts if text.get_label() == SYNTHETIC), None)


def _inside(artist: Artist, box: Region, wide: float, high: float) -> bool:
    """Say whether the middle of an artist lies in a panel; a text's anchor stands for it."""
    x, y = _middle(artist)
    x, y = x * wide, (1 - y) * high
    return (box.left - 1e-6 <= x < box.left + box.width + 1e-6
            and box.top - 1e-6 <= y < box.top + box.height + 1e-6)


def _middle(artist: Artist) -> tuple[float, float]:
    """Give the middle in shares of the drawing, in which everything on a canvas is placed."""
    if isinstance(artist, Text):
        return artist.get_position()
    if isinstance(artist, Line2D):
        return tuple(artist.get_xydata().mean(axis=0))
    place = artist.get_position() if hasattr(artist, "get_position") else artist.get_bbox()
    return (place.x0 + place.x1) / 2, (place.y0 + place.y1) / 2

"""One panel of a drawing on its own: cut out of the bitmap and out of the SVG."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from matplotlib.artist import Artist
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D
from matplotlib.text import Text
from PIL import Image

from .canvas import CM_PER_INCH, CM_PER_POINT, SYNTHETIC, Region
from .canvas import height_cm as line_cm
from .style import SMALL

MARK_CM = 2.6  # room of the words that mark synthetic data
MARKED = "synthetic"
# as matplotlib writes SVG: what stands on the page is indented by two
FIRST = ' <g id="figure_1">\n'
GROUP = re.compile(r'^  <g id="([^"]*)">\n.*?^  </g>\n', re.MULTILINE | re.DOTALL)
SIZE = re.compile(r'width="[^"]*" height="[^"]*" viewBox="[^"]*"')
DEFINITIONS = re.compile(r"<defs>.*?</defs>", re.DOTALL)
DEFINED = re.compile(r'<(\w+) id="([^"]*)"[^>]*(?:/>|>.*?</\1>)', re.DOTALL)
REFERENCE = re.compile(r'href="#([^"]*)"|url\(#([^)]*)\)')


def cut(picture: Image.Image, box: Region, drawing: Drawing, dpi: int) -> Image.Image:
    """Cut a panel out of the bitmap of the whole drawing; a mark of synthetic data goes with it."""
    left, top, right, bottom = _pixels(box, dpi)
    wide, high = picture.size
    right, bottom = min(right, wide), min(bottom, high)
    if _mark(drawing) is None:
        return picture.crop((left, top, right, bottom))
    strip = round(line_cm(SMALL) / CM_PER_INCH * dpi)
    # cut out, not drawn again: a panel is made of the pixels of the whole
    sample = picture.crop((wide - round(MARK_CM / CM_PER_INCH * dpi), high - strip, wide, high))
    panel = picture.crop((left, top, right, bottom + strip))
    # what lies below the panel belongs to the next row
    panel.paste("white", (0, bottom - top, right - left, bottom - top + strip))
    panel.paste(sample, (right - left - sample.width, bottom - top))
    return panel


@contextmanager
def named(drawing: Drawing, panels: Mapping[str, Region]) -> Iterator[None]:
    """Let an SVG name what is in a panel by its letter and a number, so that it can be cut out."""
    wide, high = drawing.get_size_inches() * CM_PER_INCH
    mark = _mark(drawing)
    others = [
        artist
        for artist in drawing.get_children()
        if artist is not mark and artist is not drawing.patch
    ]
    # given back as it was: the names are for this one file
    before = [(artist, artist.get_gid()) for artist in (mark, *others) if artist]
    try:
        if mark and panels:
            mark.set_gid(MARKED)
        for letter, box in panels.items():
            inside = [artist for artist in others if _inside(artist, box, wide, high)]
            for number, artist in enumerate(inside, 1):
                artist.set_gid(f"{letter}-{number}")
        yield
    finally:
        for artist, name in before:
            artist.set_gid(name)


def cut_svg(svg: str, letter: str, box: Region, drawing: Drawing) -> str:
    """Cut a panel out of the SVG of the whole drawing, in which it is `named`.

    A mark of synthetic data goes with it. Letters, markers, hatches and clipping paths that it uses
    and others define go with it too; nothing else of the others does.
    """
    left, top, wide, high = (cm / CM_PER_POINT for cm in (box.left, box.top, box.width, box.height))
    groups = {found[1]: found[0] for found in GROUP.finditer(svg)}
    kept = [text for name, text in groups.items() if name.startswith(f"{letter}-")]
    if MARKED in groups:
        full = [inches * 72 for inches in drawing.get_size_inches()]
        foot = line_cm(SMALL) / CM_PER_POINT
        right, down = left + wide - full[0], top + high + foot - full[1]
        kept.append(f'<g transform="translate({right:.6f} {down:.6f})">\n{groups[MARKED]}</g>\n')
        high += foot
    head = SIZE.sub(
        f'width="{wide:.6f}pt" height="{high:.6f}pt" viewBox="0 0 {wide:.6f} {high:.6f}"',
        svg[: svg.index(FIRST)],
        count=1,
    )
    paper = f'<rect width="{wide:.6f}" height="{high:.6f}" style="fill: #ffffff"/>\n'
    inner = "".join(kept)
    return (
        f"{head}<defs>\n{_lacking(svg, inner)}</defs>\n{paper}"
        f'<g transform="translate({-left:.6f} {-top:.6f})">\n{inner}</g>\n</svg>\n'
    )


def _lacking(svg: str, part: str) -> str:
    """Give the definitions that a part of an SVG refers to and does not hold itself."""
    defined = {
        found[2]: found[0]
        for block in DEFINITIONS.findall(svg)
        for found in DEFINED.finditer(block)
    }
    # matplotlib defines a letter where it is first used, which may be in another panel
    own = {found[2] for block in DEFINITIONS.findall(part) for found in DEFINED.finditer(block)}
    names = dict.fromkeys(name for pair in REFERENCE.findall(part) for name in pair if name)
    return "".join(f"{defined[name]}\n" for name in names if name in defined and name not in own)


def _pixels(box: Region, dpi: int) -> tuple[int, int, int, int]:
    corners = (box.left, box.top, box.left + box.width, box.top + box.height)
    return tuple(round(cm / CM_PER_INCH * dpi) for cm in corners)


def _mark(drawing: Drawing) -> Text | None:
    return next((text for text in drawing.texts if text.get_label() == SYNTHETIC), None)


def _inside(artist: Artist, box: Region, wide: float, high: float) -> bool:
    """Say whether the middle of an artist lies in a panel; a text's anchor stands for it."""
    x, y = _middle(artist)
    x, y = x * wide, (1 - y) * high
    return (
        box.left - 1e-6 <= x < box.left + box.width + 1e-6
        and box.top - 1e-6 <= y < box.top + box.height + 1e-6
    )


def _middle(artist: Artist) -> tuple[float, float]:
    """Give the middle in shares of the drawing, in which everything on a canvas is placed."""
    # a text's box is known only once it is drawn, its anchor at once
    if isinstance(artist, Text):
        return artist.get_position()
    if isinstance(artist, Line2D):
        return tuple(artist.get_xydata().mean(axis=0))
    place = artist.get_position() if hasattr(artist, "get_position") else artist.get_bbox()
    return (place.x0 + place.x1) / 2, (place.y0 + place.y1) / 2

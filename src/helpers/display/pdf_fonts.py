"""Fonts inside a PDF: cut down to its letters in two steps, the first of them once a process.

matplotlib takes the whole font apart (six thousand glyphs) for each face of each PDF, which is most
of the time that a PDF takes. Here it does so once a face, for the letters that reports are written
in; each PDF then takes its own from these few hundred. The bytes are the same.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

from fontTools.subset import Options
from matplotlib.backends import _backend_pdf_ps
from matplotlib.font_manager import get_font

LAYOUT_TABLES = ("GSUB", "GPOS", "GDEF")
COMMON = (  # ASCII, Latin, Greek, punctuation, raised and lowered digits, arrows, signs, ligatures
    (0x20, 0x7E), (0xA0, 0x17F), (0x391, 0x3C9), (0x2010, 0x2044), (0x2070, 0x2089),
    (0x2190, 0x2193), (0x2212, 0x2212), (0x2248, 0x2248), (0x2260, 0x2265), (0xFB00, 0xFB04),
    (0xFFFD, 0xFFFD),
)

Cut = Callable[[Any, Iterable[int]], AbstractContextManager[Any]]

REPLACED = (
    (_backend_pdf_ps, "get_glyphs_subset"), (_backend_pdf_ps, "font_as_file"),
    (Options, "_drop_tables_default"),
)


class Subset(NamedTuple):
    """What matplotlib asks for: the font, and where each glyph of the whole font is in it."""

    font: Any
    glyph_index_map: dict[int, int]


@contextmanager
def quickly_embedded() -> Iterator[None]:
    """Let matplotlib cut fonts for PDF as described above, and without tables for laying out text.

    Glyphs are placed and viewers never read those tables. matplotlib has no setting for either; one
    that does it in other functions embeds as it likes, more slowly.
    """
    if not all(hasattr(place, name) for place, name in REPLACED):
        yield
        return
    cut, dropped = _backend_pdf_ps.get_glyphs_subset, Options._drop_tables_default
    _backend_pdf_ps.get_glyphs_subset = lambda file, glyphs: _cut_twice(cut, file, glyphs)
    Options._drop_tables_default = [*dropped, *LAYOUT_TABLES]
    try:
        yield
    finally:
        _backend_pdf_ps.get_glyphs_subset, Options._drop_tables_default = cut, dropped


def _cut_twice(cut: Cut, file: Any, glyphs: Iterable[int]) -> AbstractContextManager[Any]:
    if isinstance(glyphs, str):  # matplotlib 3.10 names letters
        return cut(file, glyphs)
    small, where = _common(cut, file)
    if not where.keys() >= set(glyphs):
        return cut(file, glyphs)
    return _cut_small(small, where, glyphs)


@contextmanager
def _cut_small(
    small: bytes, where: dict[int, int], glyphs: Iterable[int]
) -> Iterator[Subset]:
    from fontTools import subset

    options = subset.Options(glyph_names=True, recommended_glyphs=True)  # as matplotlib
    font = subset.load_font(io.BytesIO(small), options)
    cutter = subset.Subsetter(options=options)
    cutter.populate(gids={where[glyph] for glyph in glyphs})
    cutter.subset(font)
    with font:
        yield Subset(font, {glyph: cutter.glyph_index_map[where[glyph]] for glyph in glyphs})


@lru_cache(maxsize=16)
def _common(cut: Cut, file: Any) -> tuple[bytes, dict[int, int]]:
    """Give a font file with the common letters of a font, and where its glyphs have gone."""
    there = get_font(file).get_charmap()
    wanted = [there[code] for low, high in COMMON for code in range(low, high + 1) if code in there]
    with cut(file, {0, *wanted}) as found:
        return _backend_pdf_ps.font_as_file(found.font).getvalue(), dict(found.glyph_index_map)

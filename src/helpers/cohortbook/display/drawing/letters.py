"""Letters as figures draw them: DejaVu Sans, and a wider font for what it lacks.

DejaVu Sans comes with matplotlib, so that figures are alike everywhere. It has no Chinese, Japanese
or Korean letters. Noto Sans SC, which has Chinese ones, is a package of its own (the extra
`chinese`), so that they are alike everywhere too; without it, a font of the machine is used for
such letters, and for nothing else, and the provenance says so. Without either, each is drawn as
U+FFFD.
"""

from __future__ import annotations

import importlib.util
import logging
import unicodedata
from functools import cache
from pathlib import Path

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.ft2font import FT2Font, LoadFlags

from ...formats import seen

MAIN = "DejaVu Sans"
WIDER = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "SimHei",
    "Arial Unicode MS",
    "Droid Sans Fallback",
)
PACKAGE, FILE, PACKAGED = "pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf", "Noto Sans SC"
EAST_ASIAN = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "FULLWIDTH", "IDEOGRAPHIC")
MISSING_GLYPH = "\ufffd"
UNDRAWN = ("Cc", "Cf", "Cs", "Mn")  # controls, formats, surrogates, combining marks

# A wider font often has no bold face. The regular one is then drawn, of which nobody need be told.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)


@cache
def packaged_font() -> Path | None:
    """Give the file of Noto Sans SC, known to matplotlib; None without the extra `chinese`."""
    found = importlib.util.find_spec(PACKAGE)
    files = [Path(folder) / FILE for folder in (found and found.submodule_search_locations) or ()]
    there = next((file for file in files if file.is_file()), None)
    if there:
        # a file of the same name on this machine may be another version
        fontManager.ttflist[:] = [font for font in fontManager.ttflist if font.name != PACKAGED]
        fontManager.addfont(there)
    return there


@cache
def wider_font() -> str | None:
    """Give the font of the extra `chinese`, or the first of `WIDER` that this machine has."""
    if packaged_font():
        return PACKAGED
    installed = {font.name for font in fontManager.ttflist}
    return next((name for name in WIDER if name in installed), None)


def wider_files() -> list[Path]:
    """Give the files of the wider font, regular and bold, for other programs; none without one."""
    if wider_font() is None:
        return []
    found = [
        findfont(FontProperties(family=wider_font(), weight=weight))
        for weight in ("normal", "bold")
    ]
    return list(dict.fromkeys(Path(path) for path in found))


def families() -> list[str]:
    """Give the fonts of figures; each letter is taken from the first that has it."""
    return [MAIN, *([wider_font()] if wider_font() else [])]


def clean(text: object) -> str:
    """Give a text of data or study file as one line that the figure's fonts can draw."""
    flat = " ".join(seen(text).split())
    drawn = (c for c in flat if unicodedata.category(c) not in UNDRAWN)
    return "".join(c if _has(MAIN, c) or _wider_has(c) else MISSING_GLYPH for c in drawn)


def foreign(text: str) -> bool:
    """Say whether a text holds letters that the main font lacks."""
    return any(not _has(MAIN, c) for c in _letters(text))


def without_glyph(text: str) -> str:
    """Give the letters of a text, each once and in order, that figures can only mark."""
    return "".join(sorted(c for c in _letters(text) if not (_has(MAIN, c) or _wider_has(c))))


def what_to_install(letters: str) -> str:
    """Say in plain words how letters without a glyph become legible in figures."""
    east = any(unicodedata.name(c, "").startswith(EAST_ASIAN) for c in letters)
    if east and wider_font() is None:
        return (
            "Install a font with Chinese letters, of this project (`uv sync --extra chinese`, or "
            "`pip install cohortbook[chinese]`) or of the machine (package fonts-noto-cjk of "
            "Debian and Ubuntu, google-noto-sans-cjk-fonts of Fedora)."
        )
    return "Write it with other letters; documents show it where the reader's fonts have it."


def _letters(text: str) -> set[str]:
    """Give the letters of a text that are drawn."""
    return {c for c in " ".join(seen(text).split()) if unicodedata.category(c) not in UNDRAWN}


@cache
def advance(letter: str, bold: bool) -> float:
    """Give how far a letter moves the pen, as a share of the type size.

    A letter that no font here has counts as a whole one, as an emoji is.
    """
    if not (_has(MAIN, letter) or _wider_has(letter)):
        return 0.0 if unicodedata.category(letter) in UNDRAWN else 1.0
    font = _font(MAIN if _has(MAIN, letter) or not wider_font() else wider_font(), bold)
    # at a large size and without hinting: a width that scales to any other
    font.set_size(100, 72)
    return font.load_char(ord(letter), flags=LoadFlags.NO_HINTING).linearHoriAdvance / 65536 / 100


def _font(family: str, bold: bool) -> FT2Font:
    properties = FontProperties(family=family, weight="bold" if bold else "normal")
    return get_font(findfont(properties))


@cache
def _glyphs(family: str) -> frozenset[int]:
    # in both faces: a label may be bold
    return frozenset(_font(family, False).get_charmap()) & frozenset(
        _font(family, True).get_charmap()
    )


def _has(family: str, letter: str) -> bool:
    return ord(letter) in _glyphs(family)


def _wider_has(letter: str) -> bool:
    return wider_font() is not None and _has(wider_font(), letter)

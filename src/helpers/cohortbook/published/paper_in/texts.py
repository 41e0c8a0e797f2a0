"""Texts of papers made plain: one kind of space, dash, point and sign."""

from __future__ import annotations

import re
import unicodedata

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")
_OTHER = {
    ord("﹤"): "<",
    ord("＜"): "<",
    ord("〈"): "<",
    ord("﹥"): ">",
    ord("＞"): ">",
    ord("＝"): "=",
    ord("﹦"): "=",
    ord("∼"): "~",
    ord("～"): "~",
    ord("％"): "%",
    ord("（"): "(",
    ord("）"): ")",
    ord("⩽"): "≤",
    ord("⩾"): "≥",
    ord("\u200b"): None,
    ord("\ufeff"): None,
    ord("\u00ad"): None,
}
_POINT = re.compile(r"(?<=\d)\s?[·•∙⋅]\s?(?=\d)")
_LONE_POINT = re.compile(r"(?<![\d\w])[·∙⋅](?=\d)")
_THOUSANDS = re.compile(r"(?<![\d.,])([1-9]\d{0,2}(?:,\d{3})+)(?![\d,])")
_SPACED = re.compile(r"(?<![\d.,-])([1-9]\d{0,2}(?: \d{3})+)(?![\d.,%])")
_COMMA = re.compile(r"(?<![\d.,])\d+,\d+(?![\d,])")
_MARKS = "*†‡§¶#‖∥^"


def plain(text: str) -> str:
    """Give a text with plain spaces, hyphens, points and signs."""
    text = unicodedata.normalize("NFC", text).translate(_DASHES | _OTHER)
    text = re.sub(r"[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+", " ", text).strip()
    text = re.sub(r"\+\s?/\s?-|\+-", "±", text)
    return _LONE_POINT.sub(".", _POINT.sub(".", text))


def without_marks(text: str) -> str:
    """Drop the marks of footnotes at the ends of a text (not letters)."""
    return text.strip(_MARKS + " ").strip()


def commas_are_points(texts: list[str]) -> bool:
    """Tell whether the commas of a table's numbers are decimal points.

    They are if some cannot be thousands (12,5 or 0,034) outside brackets, where two numbers may be
    parted by a comma, and no number has a point.
    """
    seen = 0
    for text in texts:
        if re.search(r"\d\.\d", text):
            return False
        outside = re.sub(r"[\(\[][^)\]]*[\)\]]", " ", text)
        seen += sum(not _THOUSANDS.fullmatch(number) for number in _COMMA.findall(outside))
    return seen >= 2


def with_points(text: str, decimal_comma: bool) -> str:
    """Give a text whose numbers have decimal points and no thousands' commas."""
    if decimal_comma:
        text = _SPACED.sub(lambda found: found[0].replace(" ", ""), text)
        return re.sub(r"(?<=\d),(?=\d)", ".", text)
    text = _THOUSANDS.sub(lambda found: found[0].replace(",", ""), text)
    return _SPACED.sub(lambda found: found[0].replace(" ", ""), text)


def slug(text: str, most: int = 40) -> str:
    """Give a short name of letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:most].strip("_")

"""Numbers of a table's column set so that their decimal points stand below each other.

Each cell is filled up, left and right, with spaces as wide as digits (U+2007) and points (U+2008).
Centred, the cells of a column then line up in a browser, in Typst and in Word alike, without tab
stops, which HTML lacks; copied text holds spaces only. Fonts set figures of one width for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

FIGURE, POINT = "\u2007", "\u2008"
NUMBER = re.compile(r"(?P<left>[<>≤≥−+-]?\d+)(?P<right>.*)", re.DOTALL)
# widths in digits, of what stands beside them in results; other characters are letters
WIDTHS = {
    **dict.fromkeys("0123456789–−+<>≤≥" + FIGURE, 1.0),
    **dict.fromkeys(".,;: \u00a0" + POINT, 0.5),
    **dict.fromkeys("()[]/", 0.65),
}
LETTER = 0.95
SHORT = 14  # as "58.5 (47–71)" is, and no interval with three decimals


def aligned(texts: Sequence[str]) -> list[str]:
    """Fill up the cells of a column that begin with a number; others are given back as they are.

    Cells are aligned at the end of their first whole number: where the decimal point is or would
    be.

    Examples
    --------
    >>> aligned(["13 (41.9)", "1 (3.2)", "–"])
    ['13\xa0(41.9)', '\u20071\xa0(3.2)\u2007', '–']
    """
    found = [NUMBER.fullmatch(text) for text in texts]
    numbers = [match for match in found if match]
    left = max((_width(match["left"]) for match in numbers), default=0.0)
    right = max((_width(match["right"]) for match in numbers), default=0.0)
    return [
        _space(left - _width(match["left"]))
        + _whole(match[0])
        + _space(right - _width(match["right"]))
        if match
        else text
        for text, match in zip(texts, found, strict=True)
    ]


def is_number(text: str) -> bool:
    """Say whether a cell begins with a number."""
    return NUMBER.fullmatch(text) is not None


def _whole(text: str) -> str:
    """Keep a short cell on one line; the spaces that fill it up must not push it over."""
    return text.replace(" ", "\u00a0") if len(text) <= SHORT else text


def _width(text: str) -> float:
    return sum(WIDTHS.get(letter, LETTER) for letter in text)


def _space(width: float) -> str:
    """Give spaces of about a width in digits, to half a digit."""
    halves = round(2 * width)
    return FIGURE * (halves // 2) + POINT * (halves % 2)

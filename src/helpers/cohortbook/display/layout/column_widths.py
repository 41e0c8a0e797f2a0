"""Widths of a table's columns: as asked for, but none so narrow that a number or word breaks."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ...formats import HAN

TYPE = 9.0  # points, as in Word
PADDING = 0.27  # of both sides of a cell, cm
WHOLE = 32  # letters: a longer cell of a centred column is a sentence, and may be broken
INDENT = 0.35  # of a level, cm
# Chinese text may be broken between any two letters, but not before a stop or after a bracket.
OPENS, STOPS = "（《“", "，；：、。？！）》”"
PART = re.compile(rf"[{OPENS}]*(?:[{HAN}]|[^\s{HAN}{OPENS}{STOPS}]+)?[{STOPS}]*")
AFTER_STOP = re.compile(rf" |(?<=[{STOPS}])(?=[^{STOPS}])|(?<=[^{OPENS}])(?=[{OPENS}])")


def needed(header: str, cells: Sequence[str], words: bool, indents: Sequence[int] = ()) -> float:
    """Give the narrowest width of a column in centimetres at which nothing in it is torn apart.

    Parameters
    ----------
    header : str
        Broken at its spaces only, of which U+00A0 is none, and at the stops of Chinese.
    cells : sequence of str
    words : bool
        Whether cells are text, to be broken between words; otherwise short ones stay on one line.
    indents : sequence of int
        Level of each cell; none if not given.
    """
    from ..drawing.canvas import width_cm  # matplotlib: needed only where a table is laid out

    heads = AFTER_STOP.split(header)
    widest = max((width_cm(part, TYPE, bold=True) for part in heads), default=0.0)
    for place, cell in enumerate(cells):
        parts = PART.findall(cell) if words or len(cell) > WHOLE else [cell]
        indent = INDENT * (indents[place] if indents else 0)
        widest = max([widest, *(indent + width_cm(part, TYPE) for part in parts)])
    return widest + PADDING


def shares(
    asked: Sequence[float], needs: Sequence[float], total: float | None = None
) -> list[float]:
    """Divide 100 percent of `total` centimetres as asked, with at least what each column needs.

    What a narrow column lacks comes from those that have more than they need, in proportion to it.
    Where all need more than there is, they share it by their needs. `total` is that of a page if
    not given.
    """
    from ..drawing.style import DOUBLE_CM

    total = DOUBLE_CM if total is None else total
    wanted, least = np.array(asked, float), np.array(needs, float)
    if least.sum() >= total:
        return list(100 * least / least.sum())
    widths = total * wanted / wanted.sum()
    spare = np.clip(widths - least, 0, None)
    lacking = np.clip(least - widths, 0, None).sum()
    taken = spare * lacking / spare.sum() if lacking else 0.0
    return list(100 * (np.maximum(widths, least) - taken) / total)

"""A user's own matplotlib figure or pandas table, shown and exported as those of this package are.

Matplotlib figures and axes, seaborn's grids, arrays of axes; data frames, series and stylers.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.figure import Figure as Drawing
from matplotlib.transforms import Bbox
from PIL import Image

from ...errors import CohortbookError
from ..layout.table import Row, Table
from .artists import drawn_data
from .drawn import vector
from .figure import Figure

LABEL = re.compile(r"(fig|tbl)-[A-Za-z0-9_-]*[A-Za-z0-9]")
LARGEST_CM = 40.0  # beyond it a bitmap of 600 dpi needs gigabytes
PAD_INCHES = 0.04
CM = 2.54


@dataclass
class OwnFigure(Figure):
    """A figure that the user drew: whatever stands beyond its edge is kept, as Jupyter keeps it."""

    @property
    def nothing(self) -> bool:
        """Whoever draws something of their own means it, whatever it holds."""
        return False

    @property
    def width_cm(self) -> float:
        """Width at final size, with what stands beyond the edge."""
        return round(self._box.width * CM, 2)

    @cached_property
    def _box(self) -> Bbox:
        """What is exported, in inches: found once, so that every format has the same size."""
        # where things end up is known only once they are laid out
        self.drawing.draw_without_rendering()
        self.drawing.set_layout_engine("none")  # laid out by now; again would move a little
        return self.drawing.get_tightbbox().padded(PAD_INCHES)

    @cached_property
    def drawn(self) -> pd.DataFrame:
        """What stands in the drawing, as data: a change of it is seen without looking."""
        return drawn_data(self.drawing)

    def _about(self) -> dict[str, Any]:
        return super()._about() | {"own": True}

    def _vector(self) -> bytes:
        return vector(self.drawing, bbox_inches=self._box)

    def _bitmap(self, dpi: int) -> Image.Image:
        buffer = io.BytesIO()
        self.drawing.savefig(
            buffer, format="png", dpi=dpi, bbox_inches=self._box, facecolor="white"
        )
        size = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = None  # our own picture, of a size that was checked
        try:
            return Image.open(buffer).convert("RGB")
        finally:
            Image.MAX_IMAGE_PIXELS = size


@dataclass
class OwnTable(Table):
    """A table that the user made."""

    def _about(self) -> dict[str, Any]:
        return super()._about() | {"own": True}

    @property
    def names(self) -> frozenset[str]:
        """What its columns are called, and its first row and column, of a table on its side."""
        return frozenset([*map(str, self.columns), *(str(row.cells[0]) for row in self.rows)])


def prepared(label: str, shown: Any, caption: str, alt: str) -> Figure | Table:
    """Give what is to be shown under a label as a figure or table of this package.

    Parameters
    ----------
    label : str
        "fig-..." for a figure, "tbl-..." for a table: letters, digits, - and _.
    shown : Figure, Table, matplotlib Figure or Axes, seaborn grid, DataFrame, Series or Styler
        Ours are given back as they are.
    caption, alt : str
        Needed for a user's own: the caption (Markdown), and of a figure what it shows, in words.

    Raises
    ------
    CohortbookError
        With all that is wrong at once.
    """
    ours = isinstance(shown, Figure | Table)
    drawing = None if ours else _drawing(shown)
    frame = None if ours or drawing is not None else _frame(shown)
    kind = "fig" if drawing is not None or isinstance(shown, Figure) else "tbl"
    known = ours or drawing is not None or frame is not None
    wrong = [*_of_label(label, kind if known else "")]
    if not known:
        wrong.append(
            f"{_named(shown)} is neither a figure nor a table. Give a matplotlib Figure "
            "or Axes, a seaborn grid, or a pandas DataFrame."
        )
    elif not ours:
        wrong += _of_words(kind, caption, alt)
    if drawing is not None:
        wrong += _of_size(drawing)
    if wrong:
        raise CohortbookError(" ".join(wrong), f'book.show("{label}", ...)')
    if ours:
        shown.caption = caption.strip() or shown.caption
        if kind == "fig":
            shown.alt = alt.strip() or shown.alt
        return shown
    if drawing is not None:
        _let_go(drawing)
        return OwnFigure(drawing, caption.strip(), alt.strip(), pd.DataFrame())
    return own_table(frame, caption.strip())


def _of_label(label: str, kind: str) -> Iterable[str]:
    if not LABEL.fullmatch(label):
        yield (
            f"The label '{label}' is not of the form {kind or 'fig'}-name. Use letters, digits, "
            f"- and _ after {'fig- or tbl-' if not kind else f'{kind}-'}."
        )
    elif kind and not label.startswith(kind):
        noun = {"fig": "figure", "tbl": "table"}[kind]
        yield (
            f"This is a {noun}, and its label begins with {label[:4]}. Call it {kind}{label[3:]}."
        )


def _of_words(kind: str, caption: str, alt: str) -> Iterable[str]:
    if not caption.strip():
        yield 'It has no caption. Add caption="..." (Markdown).'
    if kind == "fig" and not alt.strip():
        yield (
            'It has no alternative text. Add alt="...": what the figure shows, in words, for '
            "those who cannot see it."
        )


def _of_size(drawing: Drawing) -> Iterable[str]:
    if not drawing.get_children()[1:]:
        yield "The figure is empty. Draw before it is shown."
        return
    wide, high = (CM * inches for inches in _inches(drawing))
    if not 0 < max(wide, high) <= LARGEST_CM:
        yield (
            f"The figure is {wide:.0f} by {high:.0f} cm, and at most {LARGEST_CM:.0f} by "
            f"{LARGEST_CM:.0f} cm can be exported. Make figsize smaller: a page is 17 cm wide."
        )


def _inches(drawing: Drawing) -> tuple[float, float]:
    """Give width and height of what is drawn, with what stands beyond the edge."""
    drawing.draw_without_rendering()
    box = drawing.get_tightbbox()
    return box.width + 2 * PAD_INCHES, box.height + 2 * PAD_INCHES


def _drawing(shown: Any) -> Drawing | None:
    """Find the matplotlib figure of whatever holds one."""
    if isinstance(shown, np.ndarray | list | tuple):
        # an array of axes of one figure is that figure; axes of two are two
        found = {id(one): one for one in map(_drawing, np.asarray(shown, dtype=object).ravel())}
        return next(iter(found.values())) if len(found) == 1 else None
    # bounded: an object whose `figure` is itself, or another without end, is no figure
    for _ in range(5):  # axes in a subfigure in a figure
        if isinstance(shown, Drawing):
            return shown
        inner = getattr(shown, "figure", None)
        if inner is None or isinstance(shown, pd.DataFrame | pd.Series):
            return None
        if not isinstance(shown, Artist) and not isinstance(inner, Artist):
            return None
        shown = inner
    return None


def _frame(shown: Any) -> pd.DataFrame | None:
    if isinstance(shown, pd.DataFrame):
        return shown
    if isinstance(shown, pd.Series):
        return shown.to_frame(shown.name if shown.name is not None else "Value")
    data = getattr(shown, "data", None)  # a styler; its colours are not kept
    return data if type(shown).__name__ == "Styler" and isinstance(data, pd.DataFrame) else None


def _named(shown: Any) -> str:
    return "Nothing (None)" if shown is None else f"An object of type {type(shown).__name__}"


def _let_go(drawing: Drawing) -> None:
    """Let pyplot forget a figure, which would show it a second time at the end of the cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot and getattr(drawing, "number", None) is not None:
        pyplot.close(drawing)


def own_table(frame: pd.DataFrame, caption: str) -> OwnTable:
    """Give a data frame as a table; an index that is not just a count becomes its first columns."""
    # the count that pandas puts there says nothing; any other index is a column that somebody
    # chose
    counts = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    index = (
        [] if counts else [_text(name) if name is not None else "" for name in frame.index.names]
    )
    columns = [
        *index,
        *(
            ", ".join(map(_text, name)) if isinstance(name, tuple) else _text(name)
            for name in frame.columns
        ),
    ]
    rows = []
    for key, values in zip(frame.index, frame.itertuples(index=False, name=None), strict=True):
        keys = [] if counts else list(key) if isinstance(key, tuple) else [key]
        rows.append(Row(tuple(_text(value) for value in (*keys, *values))))
    left = tuple(range(max(len(index), 1)))
    return OwnTable(columns, rows, caption, left=left, widths=[1.0] * len(columns))


def _text(value: Any) -> str:
    """Print a value: numbers with at most six digits after the point, missing ones as nothing."""
    if value is None or (np.isscalar(value) and pd.isna(value)) or value is pd.NaT:
        return ""
    # a bool is an Integral for Python, and 1 in place of True would be a number
    if isinstance(value, bool | np.bool_ | Integral) or not isinstance(value, Real):
        return str(value)
    if value != 0 and not 1e-4 <= abs(value) < 1e15:
        return f"{value:.4g}"
    return np.format_float_positional(float(value), precision=6, trim="-")

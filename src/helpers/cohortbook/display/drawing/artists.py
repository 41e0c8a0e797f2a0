"""What stands in a matplotlib figure, as data: lines, bars, points, pictures, words.

Two drawings of the same numbers give the same data, whatever the machine, its fonts or the size of
the picture: positions on the page have no part in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch
from matplotlib.spines import Spine
from matplotlib.text import Text

COLUMNS = ["axes", "artist", "kind", "point", "x", "y", "text"]
DIGITS = 10  # significant: what differs beyond them is how a sum was rounded
SHORT = 12  # letters of a digest


def drawn_data(drawing: Figure) -> pd.DataFrame:
    """Give what a figure shows.

    Returns
    -------
    DataFrame
        One row a point of a line, bar or marker, or a piece of text: `axes` and `artist` count
        from 0, `kind` is line, patch, collection, image or text; `x` and `y` are in the units of
        the data, `text` words, a colour scale's digest, or a legend's entry.
    """
    rows = [
        (number, order, kind, *row)
        for number, axes in enumerate(drawing.axes)
        for order, (kind, part) in enumerate(_parts(axes))
        for row in part
    ]
    rows += [(-1, 0, "text", 0, None, None, words) for words in _of_figure(drawing)]
    return pd.DataFrame(rows, columns=COLUMNS)


def digest_of(drawing: Figure) -> str:
    """Give a short hash of what a figure shows."""
    text = drawn_data(drawing).to_csv(index=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:SHORT]


def _parts(axes: Any) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    for artist in axes.get_children():
        if artist is not axes.patch and artist.get_visible():
            kind, rows = _of_artist(artist)
            if rows:
                yield kind, rows
    words = [axes.get_xlabel(), axes.get_ylabel(), *_ticks(axes)]
    legend = axes.get_legend()
    words += [text.get_text() for text in legend.get_texts()] if legend else []
    yield "text", [(0, None, None, text) for text in words if text]


def _of_artist(artist: Artist) -> tuple[str, list[tuple[Any, ...]]]:
    # as data, before any transformation: the same line on a wider page is the same
    if isinstance(artist, Line2D):
        return "line", _points(np.column_stack([_plain(a) for a in artist.get_data(orig=False)]))
    # where spines and arrows lie depends on the page
    if isinstance(artist, Patch) and not isinstance(artist, Spine | FancyArrowPatch):
        return "patch", _points(_plain(_of_data(artist)))
    if isinstance(artist, Collection):
        return "collection", _of_collection(artist)
    if isinstance(artist, AxesImage):
        return "image", [(0, None, None, _hash(artist.get_array()))]
    if isinstance(artist, Text) and artist.get_text():
        x, y = artist.get_position()
        words = artist.get_text()
        return "text", [(0, _rounded(x), _rounded(y), words)]
    return "", []


def _of_collection(artist: Collection) -> list[tuple[Any, ...]]:
    """Give points by where they are; areas and contours, which have one place, by their outline."""
    rows = _points(_plain(artist.get_offsets()))
    if len(rows) <= 1:
        for path in artist.get_paths():
            rows += _points(_plain(path.vertices))
    # the colours of points, where a scale gives them
    values = artist.get_array()
    return rows + ([(0, None, None, _hash(values))] if values is not None else [])


def _of_data(patch: Patch) -> np.ndarray:
    """Give the outline of a bar, wedge or polygon in the units of the data."""
    return patch.get_patch_transform().transform_path(patch.get_path()).vertices


def _ticks(axes: Any) -> Iterator[str]:
    """Give the words at an axis of categories; the numbers at any other follow from its limits."""
    for axis in (axes.xaxis, axes.yaxis):
        labels = [text.get_text() for text in axis.get_ticklabels()]
        if any(any(letter.isalpha() for letter in label) for label in labels):
            yield ", ".join(labels)


def _of_figure(drawing: Figure) -> list[str]:
    words = [text.get_text() for text in drawing.texts]
    words += [text.get_text() for legend in drawing.legends for text in legend.get_texts()]
    return [text for text in [drawing.get_suptitle(), *words] if text]


def _points(found: np.ndarray) -> list[tuple[Any, ...]]:
    found = np.asarray(found, dtype=float).reshape(-1, 2)
    return [(at, _rounded(x), _rounded(y), "") for at, (x, y) in enumerate(found)]


def _plain(values: Any) -> np.ndarray:
    """Give numbers as an array, masked ones as missing."""
    return np.ma.filled(np.ma.asarray(values, dtype=float), np.nan)


def _rounded(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):  # a category or a date, which has its words
        return None
    return float(f"{number:.{DIGITS}g}") if np.isfinite(number) else None


def _hash(values: Any) -> str:
    # rounded before it is hashed: a hash has no tolerance
    numbers = np.round(_plain(values), DIGITS)
    return hashlib.sha256(repr(numbers.shape).encode() + numbers.tobytes()).hexdigest()[:SHORT]

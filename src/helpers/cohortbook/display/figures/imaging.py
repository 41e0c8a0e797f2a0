"""Imaging cases: lettered pictures with arrows and labels, and the patient's course below them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch
from matplotlib.patheffects import withStroke

from ...analysis.cases import ImagingCase
from ...cohort.imaging.pictures import Picture
from ...formats import markdown as md
from ...study.cases import Mark
from ...study.study import Study
from ..drawing.canvas import CM_PER_INCH, Canvas, clean, height_cm, width_cm
from ..drawing.figure import PRINT_DPI, Figure
from ..drawing.style import DOUBLE_CM, INK, MAX_HEIGHT_CM, SMALL
from ..words import capital, counted
from .cases import SERIES_HEIGHT, axis_name, course_text, draw_series, procedure_sentence
from .spider import MARKER

TITLE, GAP, LETTERS_ONLY = 0.55, 0.3, 0.45
COLUMNS = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3, 9: 3}
MANY = 4
PHANTOMS = "The pictures are synthetic phantoms; they show no patient."


def imaging_figure(case: ImagingCase, study: Study) -> Figure:
    """Draw the panels of one case.

    Parameters
    ----------
    case : ImagingCase
        From `analysis.cases.imaging_cases`.
    study : Study

    Returns
    -------
    Figure
        Pictures keep their shape; each row is as high as its tallest. Serial measurements of the
        case's patient follow as line charts.
    """
    columns = case.spec.columns or COLUMNS.get(len(case.pictures), MANY)
    wide = (DOUBLE_CM - (columns - 1) * GAP) / columns
    series = case.panels[case.panels["kind"] == "series"]
    below = SERIES_HEIGHT if len(series) else 0.0
    rows = _rows(case, columns, wide, MAX_HEIGHT_CM - below)
    canvas = Canvas(DOUBLE_CM, sum(high for _, high in rows) + below, study)
    canvas.know(case.spec.title, *(mark.text for panel in case.spec.panels for mark in panel.marks))
    top = 0.0
    for letters, high in rows:
        for place, letter in enumerate(letters):
            _picture(canvas, case, letter, (place * (wide + GAP), top, wide, high))
        top += high
    if len(series):
        draw_series(canvas, top, case.course, study, "".join(series["panel"]))
    return Figure.of(canvas, _caption(case, study), _alt(case, study), _data(case))


def _rows(
    case: ImagingCase, columns: int, wide: float, room: float
) -> list[tuple[list[str], float]]:
    """Give the letters of each row and its height, all lower if they would not fit the page."""
    letters = list(case.pictures)
    lines = [letters[i : i + columns] for i in range(0, len(letters), columns)]
    title = TITLE if (case.panels["title"].fillna("") != "").any() else LETTERS_ONLY
    high = [max(case.pictures[letter].shape for letter in line) * wide for line in lines]
    share = min(1.0, (room - len(lines) * (title + GAP)) / sum(high))
    return [(line, title + h * share + GAP) for line, h in zip(lines, high, strict=True)]


def _picture(
    canvas: Canvas, case: ImagingCase, letter: str, room: tuple[float, float, float, float]
) -> None:
    left, top, wide, high = room
    spec = case.spec.panels[list(case.pictures).index(letter)]
    picture = case.pictures[letter]
    title = TITLE if (case.panels["title"].fillna("") != "").any() else LETTERS_ONLY
    canvas.panel_title(left, top + 0.24, letter, spec.title, wide)
    tall = high - title - GAP
    width = min(wide, tall / picture.shape)
    size = (width, width * picture.shape)
    ax = canvas.axes(left, top + title, *size, label="picture")
    _show(ax, picture, size)
    for mark in spec.marks:
        _mark(canvas, ax, mark, size)


def _show(ax: Axes, picture: Picture, size: tuple[float, float]) -> None:
    ax.imshow(
        _at_size(picture.pixels, size),
        cmap="gray",
        vmin=0,
        vmax=255,
        interpolation="none",
        aspect="auto",
    )
    ax.set_axis_off()


def _at_size(pixels: np.ndarray, size: tuple[float, float]) -> np.ndarray:
    """Average a picture that is finer than print down to it; a coarser one keeps its pixels."""
    from PIL import Image

    wide, high = (max(1, round(cm / CM_PER_INCH * PRINT_DPI)) for cm in size)
    if pixels.shape[1] <= wide and pixels.shape[0] <= high:
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((wide, high), Image.Resampling.LANCZOS))


def _mark(canvas: Canvas, ax: Axes, mark: Mark, size: tuple[float, float]) -> None:
    x, y = mark.at
    if mark.tail:
        arrow = FancyArrowPatch(
            (mark.tail[0], 1 - mark.tail[1]),
            (x, 1 - y),
            transform=ax.transAxes,
            arrowstyle="-|>",
            mutation_scale=8,
            linewidth=1.3,
            color=mark.color,
            shrinkA=0,
            shrinkB=0,
            label="arrow",
            zorder=5,
            path_effects=[withStroke(linewidth=2.6, foreground=INK)],
        )
        ax.add_patch(arrow)
    if mark.text:
        _label(canvas, ax, mark, size)


def _label(canvas: Canvas, ax: Axes, mark: Mark, size: tuple[float, float]) -> None:
    """Write beyond the arrow's tail, or over the spot; never beyond the picture's edge."""
    wide, high = size
    text = canvas.fit(mark.text, wide - 0.2, SMALL, bold=True)
    half, line = width_cm(text, SMALL, bold=True) / 2, height_cm(SMALL) / 2
    x, y = (share * length for share, length in zip(mark.tail or mark.at, size, strict=True))
    if mark.tail:
        back = (mark.tail[0] - mark.at[0]) * wide, (mark.tail[1] - mark.at[1]) * high
        length = math.hypot(*back) or 1.0
        x += back[0] / length * (half + 0.1)
        y += back[1] / length * (line + 0.1)
    x = min(max(x, half + 0.1), max(wide - half - 0.1, half + 0.1))
    y = min(max(y, line + 0.05), max(high - line - 0.05, line + 0.05))
    ax.text(
        x / wide,
        1 - y / high,
        text,
        transform=ax.transAxes,
        ha="center",
        va="center",
        fontsize=SMALL,
        color=mark.color,
        weight="bold",
        parse_math=False,
        label="mark",
        zorder=6,
        path_effects=[withStroke(linewidth=1.8, foreground=INK)],
    )


def _caption(case: ImagingCase, study: Study) -> str:
    parts = [f"{md(case.spec.title)}."]
    for row in case.panels.itertuples():
        what = _series(row.title, study) if row.kind == "series" else row.label.rstrip(". ")
        parts.append(f"({row.panel}) {md(what)}.")
    parts += [procedure_sentence(case.course, study)]
    if study.synthetic and case.pictures:
        parts.append(PHANTOMS)
    return " ".join(part for part in parts if part)


def _series(measure: str, study: Study) -> str:
    scale = ", on a logarithmic axis" if measure == MARKER else ""
    return f"{capital(axis_name(measure, study))} over time{scale}"


def _alt(case: ImagingCase, study: Study) -> str:
    count = len(case.pictures)
    parts = [f"{clean(case.spec.title)}: {counted(count, 'picture')}."]
    parts += _described(case)
    if len(case.course):
        parts.append(course_text(case.course, study))
    if study.synthetic:
        parts.append(PHANTOMS)
    return " ".join(parts)


def _described(case: ImagingCase) -> Iterator[str]:
    for panel, letter in zip(case.spec.panels, case.pictures, strict=True):
        text = f"{letter}: {clean(panel.alt or panel.label).rstrip('. ')}"
        marked = [clean(mark.text) for mark in panel.marks if mark.text]
        yield text + (f"; marked: {', '.join(marked)}." if marked else ".")


def _data(case: ImagingCase) -> pd.DataFrame:
    """Give the panels, and under them the patient's measurements, in one frame."""
    course = case.course.assign(kind="series: " + case.course["kind"].astype(str))
    parts = [part for part in (case.panels, course) if len(part)]
    return pd.concat(parts, ignore_index=True)

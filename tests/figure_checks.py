"""What every figure must pass, whatever it shows."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from cohortbook.analysis.lesions import case_numbers, case_series
from cohortbook.display.drawing.shorten import ELLIPSIS

SMALLEST = 6.5  # points at final size
DPI = 150


def one_patient(cohort):
    """The serial measurements of the patient who would be chosen if no pictures were shown."""
    plain = replace(cohort, study=cohort.study.model_copy(update={"cases": []}))
    return case_series(plain, case_numbers(plain)[0])


def texts(figure) -> list[Text]:
    """All texts that are seen."""
    spare = _not_drawn(figure.drawing)
    found = figure.drawing.findobj(Text)
    return [t for t in found if t.get_visible() and t.get_text().strip() and t not in spare]


def _not_drawn(drawing) -> set[Text]:
    """Ticks beyond the ends of an axis, and spare ones, keep their text but are not drawn."""
    hidden = set()
    for axis in (axis for axes in drawing.axes for axis in (axes.xaxis, axes.yaxis)):
        drawn = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        for tick in (*axis.majorTicks, *axis.minorTicks):
            if tick not in drawn or not _inside(axis.get_view_interval(), tick.get_loc()):
                hidden |= {tick.label1, tick.label2}
        if not axis.axes.axison:
            hidden |= {text for tick in drawn for text in (tick.label1, tick.label2)}
    return hidden


def _inside(ends, place: float) -> bool:
    low, high = sorted(ends)
    return low - 1e-9 <= place <= high + 1e-9


def boxes(figure) -> list[tuple[Text, object]]:
    """Each text with the rectangle it fills, in pixels at `DPI`."""
    figure.drawing.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure.drawing)
    canvas.draw()
    renderer = canvas.get_renderer()
    return [(text, Text.get_window_extent(text, renderer)) for text in texts(figure)]


def assert_sound(figure, slack: float = 2.0) -> None:
    """No text clipped by the page, none over another, none too small; words for all."""
    found = boxes(figure)
    wide, high = figure.drawing.get_size_inches() * DPI
    for text, box in found:
        assert box.x0 >= -slack and box.x1 <= wide + slack, f"clipped: {text.get_text()!r}"
        assert box.y0 >= -slack and box.y1 <= high + slack, f"clipped: {text.get_text()!r}"
        assert text.get_fontsize() >= SMALLEST, f"too small: {text.get_text()!r}"
        assert not text.get_parse_math() or "$" not in text.get_text()
    for i, (one, a) in enumerate(found):
        for other, b in found[i + 1 :]:
            across = min(a.x1, b.x1) - max(a.x0, b.x0)
            up = min(a.y1, b.y1) - max(a.y0, b.y0)
            assert across <= slack or up <= 2 * slack, (
                f"{one.get_text()!r} overprints {other.get_text()!r}"
            )
    assert figure.alt.endswith(".") and len(figure.alt) > 20
    assert "nan" not in (figure.alt + figure.caption).lower().replace("finance", "")
    assert figure.width_cm == 17.0
    assert figure.drawing.get_figheight() * 2.54 <= 22.5


def assert_panels_stand_alone(figure, below: str = "") -> None:
    """No panel has a text cut off; `below` is under each, the other axis' name beside it."""
    found, high = boxes(figure), figure.drawing.get_figheight() * 2.54
    assert figure.panels
    for letter, panel in figure.panels.items():
        right, inside = panel.left + panel.width, []
        for text, box in found:
            x0, x1, y0, y1 = (pixel / DPI * 2.54 for pixel in (box.x0, box.x1, box.y0, box.y1))
            across, down = (x0 + x1) / 2, high - (y0 + y1) / 2
            if panel.left <= across < right and panel.top <= down < panel.top + panel.height:
                inside.append(text)
                assert panel.left - 0.05 <= x0 and x1 <= right + 0.05, (letter, text.get_text())
        told = [text.get_text() for text in inside]
        if below:
            assert below in told, letter
            assert any(text.get_rotation() == 90 for text in inside), letter
        assert not [text for text in told if ELLIPSIS in text], letter


def assert_same_bytes(figure, again) -> None:
    """Two drawings of the same frames are the same bytes, and no identifier comes twice."""
    first = figure.render("svg")
    assert first == again.render("svg")
    identifiers = [e.get("id") for e in ElementTree.fromstring(first).iter() if e.get("id")]
    assert len(identifiers) == len(set(identifiers))


def named(figure, label: str) -> list:
    """Artists by the name that the figure gave them, in drawing order."""
    return [artist for artist in figure.drawing.findobj() if artist.get_label() == label]


def words(figure, label: str) -> list[str]:
    """The texts with a name."""
    return [artist.get_text() for artist in named(figure, label)]


def line_data(figure, label: str) -> np.ndarray:
    """The points (n, 2) of all lines with a name."""
    return np.vstack([line.get_xydata() for line in named(figure, label)])

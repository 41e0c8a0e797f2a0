"""The first page of a PDF as a drawing."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from .drawing import MARKS, NEAR, RISE, Drawing, Line, Sign, refused


def read_pdf(path: Path) -> Drawing:
    """Read what the first page draws.

    Raises
    ------
    StudyError
        If the file is no PDF.
    """
    import pdfplumber

    try:
        page = pdfplumber.open(BytesIO(path.read_bytes())).pages[0]
    except Exception as error:  # pdfminer raises a dozen kinds of its own
        raise refused(path, "a PDF with one figure", f"It cannot be read: {error}") from None
    lines = [Line([(float(x), float(y)) for x, y in c["pts"]], str(c.get("stroking_color")))
             for c in page.curves if c.get("stroke")]  # fmt: skip
    drawing = Drawing(lines, [], list(_words(page)))
    for item in [*page.lines, *page.rects, *page.curves]:
        ink = "stroking_color" if item.get("stroke") else "non_stroking_color"
        drawing.sign((item["x0"], item["top"], item["x1"], item["bottom"]), str(item.get(ink)))
    for char in page.chars:
        if char["text"] in MARKS:
            box = char["x0"], char["top"], char["x1"], char["bottom"]
            drawing.signs.append(Sign(box, 4 * NEAR, str(char.get("non_stroking_color"))))
    return drawing


def _words(page: Any) -> Iterator[dict[str, Any]]:
    """Give the words of the page; those written upwards, as R's y axis, the right way round."""
    for upright in (True, False):
        part = page.filter(
            lambda o, want=upright: o.get("object_type") == "char" and o["upright"] == want
        )
        for word in part.extract_words(return_chars=True):
            x, y = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
            text = word["text"] if upright else word["text"][::-1]
            yield {"text": text, **_by_digits(word["chars"][0], x, y)}


def _by_digits(char: dict[str, Any], x: float, y: float) -> dict[str, float]:
    """Give the middle of a word by the height of a digit: a font's own box reaches further down."""
    _, upwards, _, _, right, base = char["matrix"]
    wide, high, below = char["x1"] - char["x0"], char["bottom"] - char["top"], base - char["y0"]
    if char["upright"] and 0 <= below <= high:
        y = char["bottom"] - below - RISE * high
    elif not char["upright"] and upwards > 0 and char["x0"] <= right <= char["x1"]:
        x = right - RISE * wide
    return {"x": x, "y": y}

"""The first page of a PDF as a drawing."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from .drawing import MARKS, NEAR, Drawing, Line, Sign, refused


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
    words = [{"text": w["text"], "x": (w["x0"] + w["x1"]) / 2, "y": (w["top"] + w["bottom"]) / 2}
             for w in _words(page)]  # fmt: skip
    drawing = Drawing(lines, [], words)
    for item in [*page.lines, *page.rects, *page.curves]:
        ink = "stroking_color" if item.get("stroke") else "non_stroking_color"
        drawing.sign((item["x0"], item["top"], item["x1"], item["bottom"]), str(item.get(ink)))
    for char in page.chars:
        if char["text"] in MARKS:
            box = char["x0"], char["top"], char["x1"], char["bottom"]
            drawing.signs.append(Sign(box, 4 * NEAR, str(char.get("non_stroking_color"))))
    return drawing


def _words(page: Any) -> list[dict[str, Any]]:
    """Give the words of the page; those written upwards, as R's y axis, the right way round."""
    flat = page.filter(lambda o: o.get("object_type") != "char" or o.get("upright", True))
    tall = page.filter(lambda o: o.get("object_type") != "char" or not o.get("upright", True))
    turned = [w | {"text": w["text"][::-1]} for w in tall.extract_words()]
    return [*flat.extract_words(), *turned]

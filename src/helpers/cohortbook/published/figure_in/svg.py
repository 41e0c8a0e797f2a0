"""An SVG as a drawing: paths and lines with their transforms, text, and text drawn as outlines.

Nothing outside the file is read: no entities, no style sheets, no links. matplotlib writes the
words of outlines as a comment before them; outlines without it (R's svg()) cannot be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from .drawing import MARKS, NEAR, RISE, Drawing, Line, Point, Sign, refused
from .svg_path import Matrix, moved, numbers, outlines, times, transform

MOST_BYTES = 20_000_000
MOST_SHAPES = 200_000
DEEPEST = 60
HIDDEN = ("defs", "symbol", "clipPath", "mask", "marker", "pattern", "metadata", "style", "title")
DIGIT, DOT = 0.556, 0.278  # widths of digits, of the font size
POINTS = {"pt": 1.0, "px": 0.75, "": 0.75, "in": 72.0, "mm": 72 / 25.4, "cm": 72 / 2.54}
USUAL = 432.0  # points: the width of a page that does not tell it
_LENGTH = re.compile(r"([\d.]+)\s*([a-z]*)")
_LOOK = re.compile(r"([\w-]+)\s*:\s*([^;]+)")
_INHERITED = ("stroke", "fill", "font-size", "text-anchor", "display")
Look = dict[str, str]


def read_svg(path: Path) -> Drawing:
    """Read what an SVG draws.

    Raises
    ------
    StudyError
        If the file is no SVG, or too large.
    """
    if path.stat().st_size > MOST_BYTES:
        raise refused(path, f"at most {MOST_BYTES // 1_000_000} MB", "It is larger.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except etree.XMLSyntaxError as error:
        raise refused(path, "an SVG with one figure", f"It cannot be read: {error}") from None
    if _name(root) != "svg":
        raise refused(path, "an SVG with one figure", f"It is <{_name(root)}>.")
    reader = _Reader(path, root)
    sheet = {"stroke": "#000000", "fill": "none"} if root.get("class") == "svglite" else {}
    reader.walk(root, _page(root), sheet, 0)  # what svglite's own style sheet says
    return reader.drawing


class _Reader:
    """Goes through the elements with the transform and the look that they inherit."""

    def __init__(self, path: Path, root: etree._Element) -> None:
        self.path, self.drawing, self.shapes = path, Drawing(), 0
        self.named = {n.get("id"): n for n in root.iter(etree.Element) if n.get("id")}

    def walk(self, node: etree._Element, matrix: Matrix, look: Look, depth: int) -> None:
        """Draw what an element holds."""
        self.shapes += 1
        if depth > DEEPEST or self.shapes > MOST_SHAPES:
            raise refused(self.path, "one figure", "It holds too much, or refers to itself.")
        words = None
        for child in node:
            if child.tag is etree.Comment:
                words = " ".join((child.text or "").split())
            elif isinstance(child.tag, str):
                self._draw(child, matrix, look, depth, words if _name(child) == "g" else None)
                words = None

    def _draw(
        self, node: etree._Element, matrix: Matrix, look: Look, depth: int, words: str | None
    ) -> None:
        name, own = _name(node), look | _look(node)
        if name in HIDDEN or own.get("display") == "none":
            return
        matrix = times(matrix, transform(node.get("transform")))
        if words is not None:
            self._outlined(node, words, matrix, depth)
        elif name == "text":
            for word in _texts(node, matrix, own):
                self.drawing.words.append(word)
                if word["text"] in MARKS:
                    x, y = word["x"], word["y"]
                    self.drawing.signs.append(Sign((x, y, x, y), 4 * NEAR, own.get("fill", "")))
        elif name == "use":
            to, place = self._used(node)
            if to is not None and not _glyph(node):
                at = times(matrix, place)
                held = own | _look(to)
                if _name(to) in ("g", "symbol", "svg"):
                    self.walk(to, times(at, transform(to.get("transform"))), held, depth + 1)
                else:
                    self._draw(to, at, own, depth + 1, None)
        else:
            self._shape(node, matrix, own)
            self.walk(node, matrix, own, depth + 1)

    def _used(self, node: etree._Element) -> tuple[etree._Element | None, Matrix]:
        """Give the element that is drawn again, and the shift to its new place."""
        shift = [next(iter(numbers(node.get(key))), 0.0) for key in ("x", "y")]
        return self.named.get(_link(node)[1:]), (1, 0, 0, 1, shift[0], shift[1])

    def _shape(self, node: etree._Element, matrix: Matrix, look: Look) -> None:
        stroked = look.get("stroke", "none") != "none"
        if not stroked and look.get("fill") == "none":
            return
        parts = [([moved(matrix, p) for p in line], ok) for line, ok in _outline(node)]
        if not parts:
            return
        color = look.get("stroke" if stroked else "fill", "")
        if stroked:
            self.drawing.lines += [Line(line, color) for line, straight in parts if straight]
        xs, ys = zip(*(p for line, _ in parts for p in line), strict=True)
        self.drawing.sign((min(xs), min(ys), max(xs), max(ys)), color)

    def _outlined(self, node: etree._Element, words: str, matrix: Matrix, depth: int) -> None:
        """Keep words drawn as outlines, by the middle of their ink."""
        letters = _Reader(self.path, node)
        letters.named = self.named
        inside = letters.ink(node, matrix, depth)
        self.shapes += letters.shapes
        if inside:
            xs, ys = zip(*inside, strict=True)
            middle = {"x": (min(xs) + max(xs)) / 2, "y": (min(ys) + max(ys)) / 2}
            self.drawing.words.append({"text": words, **middle})

    def ink(self, node: etree._Element, matrix: Matrix, depth: int) -> list[Point]:
        """Give the points of all letters under an element."""
        found: list[Point] = []
        self.shapes += 1
        if depth > DEEPEST or self.shapes > MOST_SHAPES:
            raise refused(self.path, "one figure", "It holds too much, or refers to itself.")
        for child in node.iterchildren(etree.Element):
            inner = times(matrix, transform(child.get("transform")))
            if _name(child) in HIDDEN:
                continue
            if _name(child) == "use":
                to, place = self._used(child)
                if to is not None:
                    inner = times(times(inner, place), transform(to.get("transform")))
                    found += [moved(inner, p) for line, _ in _outline(to) for p in line]
            else:
                found += [moved(inner, p) for line, _ in _outline(child) for p in line]
                found += self.ink(child, inner, depth + 1)
        return found


def _name(node: etree._Element) -> str:
    return str(node.tag).rpartition("}")[2]


def _link(node: etree._Element) -> str:
    return node.get("href") or node.get("{http://www.w3.org/1999/xlink}href") or ""


def _glyph(node: etree._Element) -> bool:
    """Tell a letter of cairo, which has no mark's place."""
    return _link(node).startswith("#glyph")


def _look(node: etree._Element) -> Look:
    given = {key: node.get(key) for key in _INHERITED if node.get(key)}
    styled = {k: v.strip() for k, v in _LOOK.findall(node.get("style") or "") if k in _INHERITED}
    return given | styled


def _page(root: etree._Element) -> Matrix:
    """Give the transform from the units of the file to points."""
    box = numbers(root.get("viewBox"))
    width = _LENGTH.fullmatch((root.get("width") or "").strip())
    known = float(width[1]) * POINTS[width[2]] if width and width[2] in POINTS else None
    if len(box) == 4 and box[2] > 0:
        scale = (known or USUAL) / box[2]
        return (scale, 0, 0, scale, -box[0] * scale, -box[1] * scale)
    scale = POINTS["px"]
    return (scale, 0, 0, scale, 0, 0)


def _outline(node: etree._Element) -> list[tuple[list[Point], bool]]:
    """Give the parts of a basic shape; a circle by the corners of its box."""
    name = _name(node)

    def value(key: str) -> float:
        return next(iter(numbers(node.get(key))), 0.0)

    if name == "path":
        return outlines(node.get("d"))
    if name in ("polyline", "polygon"):
        flat = numbers(node.get("points"))
        points = list(zip(flat[::2], flat[1::2], strict=False))
        return [(points, True)] if points else []
    if name == "line":
        return [([(value("x1"), value("y1")), (value("x2"), value("y2"))], True)]
    if name == "rect":
        x, y, w, h = map(value, ("x", "y", "width", "height"))
        return [([(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)], True)]
    if name in ("circle", "ellipse"):
        x, y = value("cx"), value("cy")
        wide, high = value("rx") or value("r"), value("ry") or value("r")
        return [([(x - wide, y - high), (x + wide, y + high)], False)]
    return []


def _texts(node: etree._Element, matrix: Matrix, look: Look) -> Iterator[dict[str, Any]]:
    """Give the text of an element, and of each part that has a place of its own."""
    placed = [part for part in node.iterchildren(etree.Element) if part.get("x")]
    for part in placed or [node]:
        text = " ".join("".join(part.itertext()).split())
        own = look | (_look(part) if part is not node else {})
        x, y = ((numbers(part.get(k)) or numbers(node.get(k)) or [0.0])[0] for k in ("x", "y"))
        size = next(iter(numbers(own.get("font-size"))), 12.0)
        guess = sum(DOT if c in ".,|' " else DIGIT for c in text) * size
        width = next(iter(numbers(part.get("textLength"))), guess)
        shift = {"middle": 0.0, "end": -0.5}.get(own.get("text-anchor", "start"), 0.5)
        at = moved(matrix, (x + shift * width, y - RISE * size))
        if text:
            yield {"text": text, "x": at[0], "y": at[1]}

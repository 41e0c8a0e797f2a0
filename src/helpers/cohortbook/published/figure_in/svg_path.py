"""Paths and transforms of SVG as points (SVG 1.1, sections 7.6 and 8.3)."""

from __future__ import annotations

import math
import re

from .drawing import Point

Matrix = tuple[float, float, float, float, float, float]
SAME: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_COMMAND = re.compile(r"([MmLlHhVvCcSsQqTtAaZz])([^MmLlHhVvCcSsQqTtAaZz]*)")
_ARC = re.compile(r"[\s,]*".join([f"({_NUMBER.pattern})"] * 3 + ["([01])"] * 2
                                 + [f"({_NUMBER.pattern})"] * 2))  # fmt: skip
_TRANSFORM = re.compile(r"(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^)]*)\)")
_TAKES = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7}


def numbers(text: str | None) -> list[float]:
    """Give the numbers of an attribute."""
    return [float(n) for n in _NUMBER.findall(text or "")]


def times(outer: Matrix, inner: Matrix) -> Matrix:
    """Give the transform that applies `inner` first."""
    a, b, c, d, e, f = outer
    g, h, i, j, k, m = inner
    return (a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j,
            a * k + c * m + e, b * k + d * m + f)  # fmt: skip


def moved(matrix: Matrix, point: Point) -> Point:
    """Give where a point comes to lie."""
    a, b, c, d, e, f = matrix
    x, y = point
    return a * x + c * y + e, b * x + d * y + f


def transform(text: str | None) -> Matrix:
    """Read a transform attribute; what is written wrongly moves nothing."""
    whole = SAME
    for name, inside in _TRANSFORM.findall(text or ""):
        whole = times(whole, _one(name, numbers(inside)))
    return whole


def _one(name: str, given: list[float]) -> Matrix:
    first = given[0] if given else 0.0
    if name == "matrix" and len(given) == 6:
        return (given[0], given[1], given[2], given[3], given[4], given[5])
    if name == "translate":
        return (1, 0, 0, 1, first, given[1] if len(given) > 1 else 0.0)
    if name == "scale" and given:
        return (first, 0, 0, given[1] if len(given) > 1 else first, 0, 0)
    turn = math.radians(first)
    if name == "rotate":
        spin = (math.cos(turn), math.sin(turn), -math.sin(turn), math.cos(turn), 0.0, 0.0)
        x, y = given[1:3] if len(given) == 3 else (0.0, 0.0)
        return times(times((1, 0, 0, 1, x, y), spin), (1, 0, 0, 1, -x, -y))
    lean = math.tan(turn)
    return {"skewX": (1, 0, lean, 1, 0, 0), "skewY": (1, lean, 0, 1, 0, 0)}.get(name, SAME)


def outlines(data: str | None) -> list[tuple[list[Point], bool]]:
    """Give each part of a path: its points, and whether all pieces are straight.

    Of bent pieces the control points are given too, between which the piece lies.
    """
    parts: list[tuple[list[Point], bool]] = []
    here = start = (0.0, 0.0)
    for letter, inside in _COMMAND.findall(data or ""):
        kind = letter.upper()
        if kind == "Z":
            if parts:
                parts[-1][0].append(start)
            here = start
            continue
        given = [float(n) for arc in _ARC.findall(inside) for n in arc] if kind == "A" \
            else numbers(inside)  # fmt: skip
        takes = _TAKES[kind]
        for k in range(0, len(given) - takes + 1, takes):
            base = here if letter.islower() else (0.0, 0.0)
            points = _points(kind, given[k : k + takes], here, base)
            if kind == "M" and k == 0:
                start = points[-1]
                parts.append(([], True))
            elif not parts or not parts[-1][0]:
                parts.append(([here], True))
            line, straight = parts[-1]
            line.extend(points)
            parts[-1] = (line, straight and kind in "MLHV")
            here = points[-1]
    return [part for part in parts if part[0]]


def _points(kind: str, given: list[float], here: Point, base: Point) -> list[Point]:
    """Give the points of one piece, its end last."""
    if kind == "H":
        return [(base[0] + given[0], here[1])]
    if kind == "V":
        return [(here[0], base[1] + given[0])]
    if kind == "A":
        given = given[5:]
    return [(base[0] + x, base[1] + y) for x, y in zip(given[::2], given[1::2], strict=True)]

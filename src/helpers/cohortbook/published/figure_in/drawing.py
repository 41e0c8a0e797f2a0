"""What a page of a PDF or an SVG draws: lines, small signs, words; and its refusal."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import Problem, StudyError

Point = tuple[float, float]
NEAR = 1.5  # points: how far a mark may be from its curve
SMALL = 15.0  # points: the longest side of a mark
RISE = 0.36  # half the height of a digit, of the font size
MARKS = "+|x×'"  # letters that are drawn as marks
MEND = (
    "Export the figure as PDF (R: pdf(); matplotlib: savefig), or as SVG with its text kept (R: "
    "svglite::svglite(), not svg())."
)


@dataclass(frozen=True)
class Line:
    """A stroked line of straight pieces."""

    points: list[Point]
    color: str = ""


@dataclass(frozen=True)
class Sign:
    """A small shape: left, top, right, bottom, and how far from a curve its middle may be."""

    box: tuple[float, float, float, float]
    near: float = NEAR
    color: str = ""

    @property
    def middle(self) -> Point:
        """Where it sits."""
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2


@dataclass
class Drawing:
    """A page, in points from its top left corner; words have "text" and their middle "x", "y"."""

    lines: list[Line] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    words: list[dict[str, Any]] = field(default_factory=list)

    def sign(self, box: tuple[float, float, float, float], color: str) -> None:
        """Keep a shape if it is as small as a mark."""
        left, top, right, bottom = box
        if 0.5 < max(right - left, bottom - top) < SMALL:
            self.signs.append(Sign(box, color=color))


def refused(path: str | Path, expected: str, found: str) -> StudyError:
    """Give the refusal of a figure."""
    return StudyError([Problem(str(path), expected, MEND, found)])

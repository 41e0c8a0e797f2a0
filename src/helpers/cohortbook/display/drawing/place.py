"""Where a label has room: boxes against the lines that are drawn, in centimetres."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Box:
    """A rectangle by its left, bottom, width and height."""

    left: float
    bottom: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Right edge."""
        return self.left + self.width

    @property
    def top(self) -> float:
        """Upper edge."""
        return self.bottom + self.height

    def grown(self, by: float) -> Box:
        """Give the box with a margin around it."""
        return Box(self.left - by, self.bottom - by, self.width + 2 * by, self.height + 2 * by)

    def meets(self, other: Box) -> bool:
        """Say whether two boxes overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )


class Steps:
    """A step function that is level after each point, as a Kaplan-Meier curve is."""

    def __init__(self, x: Iterable[float], y: Iterable[float]) -> None:
        self.x, self.y = np.asarray(list(x), float), np.asarray(list(y), float)

    def span(self, left: float, right: float) -> tuple[float, float] | None:
        """Give the lowest and highest value between two abscissae; None where it is not drawn."""
        if not len(self.x) or right < self.x[0] or left > self.x[-1]:
            return None
        # the step that began before the box is still the level inside it
        first = max(int(np.searchsorted(self.x, left, side="right")) - 1, 0)
        last = int(np.searchsorted(self.x, right, side="right"))
        part = self.y[first:last]
        part = part[np.isfinite(part)]
        return (float(part.min()), float(part.max())) if len(part) else None

    def meets(self, box: Box) -> bool:
        """Say whether the curve passes through a box."""
        span = self.span(box.left, box.right)
        return span is not None and span[0] < box.top and span[1] > box.bottom

    def distance(self, box: Box) -> float:
        """Give the vertical distance between the curve and a box."""
        span = self.span(box.left, box.right)
        if span is None:
            return np.inf
        return max(span[0] - box.top, box.bottom - span[1], 0.0)


def corner(
    width: float,
    height: float,
    plot: Box,
    lines: list[Steps],
    taken: list[Box],
    margin: float = 0.12,
) -> Box | None:
    """Find a free place for a box: the corners first, then along the edges.

    Returns
    -------
    Box or None
        None if every place meets a line or a box already taken.
    """
    if width > plot.width or height > plot.height:
        return None
    lefts = np.linspace(plot.left + margin, plot.right - width, 13)
    bottoms = np.linspace(plot.bottom + margin, plot.top - height, 13)
    # bottom left, top right, bottom right: curves begin at the top left, where no corner is free
    outer = [(0, 0), (-1, -1), (-1, 0)]
    inner = [(i, 0) for i in range(1, 12)] + [(-1, j) for j in range(11, 0, -1)]
    inner += [(i, -1) for i in range(11, 3, -1)]
    for i, j in outer + inner:
        box = Box(float(lefts[i]), float(bottoms[j]), width, height)
        wide = box.grown(margin)
        if not any(line.meets(wide) for line in lines) and not any(wide.meets(b) for b in taken):
            return box
    return None


def beside(
    width: float,
    height: float,
    own: Steps,
    others: list[Steps],
    plot: Box,
    taken: list[Box],
    gap: float = 0.09,
    clear: float = 0.3,
) -> Box | None:
    """Find a place for a curve's label, close to its own curve and clear of all others.

    Returns
    -------
    Box or None
        The free place nearest to the curve's end; None if there is none.
    """
    best, best_score = None, -np.inf
    for left in np.linspace(plot.right - width, plot.left + 0.4, 60):
        span = own.span(left, left + width)
        if span is None or own.x[-1] < left + 0.6 * width:
            continue
        for bottom in (span[1] + gap, span[0] - gap - height):
            box = Box(float(left), float(bottom), width, height)
            if not (plot.bottom <= box.bottom and box.top <= plot.top):
                continue
            if own.meets(box.grown(0.05)) or any(box.grown(0.05).meets(b) for b in taken):
                continue
            near = min((line.distance(box) for line in others), default=np.inf)
            if near < clear:
                continue
            # Where the curve falls under its label, which part the label means is a guess.
            loose = span[1] - span[0]  # a level stretch of the curve holds its label best
            # room beyond 1.5 cm is as good as more of it; of equals the place nearest to the end
            score = min(near, 1.5) - 1.2 * loose + 0.05 * left
            if score > best_score:
                best, best_score = box, score
    return best

"""Curves of a figure drawn as vectors: steps in time and survival by the numbers at the ticks."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from .at_risk import give_rows, rows_of
from .curve import Curve, Figure
from .drawing import Drawing, Line, Point, Sign, refused

_NUMBER = re.compile(r"\d+(?:\.\d+)?%?")
LEAST_STEPS = 2
SEVERAL = "Several panels, side by side or stacked: give each in a file of its own"
FAR = 0.15  # a curve may begin so far below one, if some had the event at once
AT_ONCE = 0.002
ABOVE = 0.5  # points above one from which the axis was read wrongly
LEAST_NUMBERS = 3  # two lie on a line of any axis, logarithmic ones too
BESIDE_LINE = 0.5  # points: how far a tick may be from the line through all
NUMBER_BESIDE_LINE = 2.0  # points: the same of the middle of a number, where there are no ticks
SAME_PLACE = 0.1  # points: curves that lie on one another
SIDE_BY_SIDE = 20.0  # points: curves that begin so far apart are of several panels
TICK = 4.0  # points: how far the middle of a number may be from its tick
BESIDE = 30.0  # points: how far a number may stand from the end of its tick
THIN = 0.05  # points: across a tick


@dataclass(frozen=True)
class Axis:
    """A line of numbers: value = slope * place + shift; its ticks, if it has any."""

    slope: float
    shift: float
    numbers: list[float]
    words: list[dict[str, Any]]
    ticks: list[Sign]

    def at(self, place: float) -> float:
        """Give the value at a place."""
        return self.slope * place + self.shift


def read_figure(path: str | Path) -> Figure:
    """Read the Kaplan-Meier curves of the first page of a PDF, or of an SVG.

    Raises
    ------
    StudyError
        If the file is neither, holds no steps, or its axes have no numbers.
    """
    page = _drawn(Path(path))
    lines = [line for line in page.lines if _is_steps(line.points)]
    if not lines:
        raise refused(path, "curves drawn as steps", "No step curve is drawn in it as a vector.")
    starts = [line.points[0][0] for line in lines]
    if max(starts) - min(starts) > SIDE_BY_SIDE:
        raise refused(path, "one panel", f"{SEVERAL}: curves begin at different places.")
    lowest = max(y for line in lines for _, y in line.points)
    left = min(x for line in lines for x, _ in line.points)
    across = _axis(path, page, "x", lowest)
    down = _axis(path, page, "y", left, [id(word) for word in across.words])
    scale = 100.0 if max(down.numbers) > 1.5 else 1.0
    point = abs(down.slope) / scale  # survival of a point
    drawn = []
    for line in lines:
        time = [max(across.at(x), 0.0) for x, _ in line.points]
        drawn.append((time, [down.at(y) / scale for _, y in line.points], line))
    if any(not -FAR <= share[0] <= 1 + FAR for _, share, _ in drawn):
        raise refused(path, "one panel", f"{SEVERAL}: a curve begins beyond the axis.")
    drawn = [one for one in drawn if abs(one[1][0] - 1) <= FAR]
    off = _off(path, max((share[0] for _, share, _ in drawn), default=1.0), point, down)
    curves = []
    marks = _marks(_no_ticks(page.signs, across, down), [line for _, _, line in drawn])
    for (time, share, _), sitting in zip(drawn, marks, strict=True):
        curve = _curve(time, [x + off for x in share], point)
        if curve is not None:
            curve.marks = [max(across.at(x), 0.0) for x in sitting]
            curves.append(curve)
    if not curves:
        raise refused(path, "curves that begin at one", "Its steps are no survival curve.")
    places = {t: (t - across.shift) / across.slope for t in across.numbers}
    give_rows(curves, rows_of([w for w in page.words if w["y"] > lowest], places))
    return Figure(curves, across.numbers)


def _drawn(path: Path) -> Drawing:
    if path.suffix.lower() == ".svg":
        from .svg import read_svg

        return read_svg(path)
    from .pdf import read_pdf

    return read_pdf(path)


def _is_steps(points: list[Point]) -> bool:
    """Tell a line of level and upright pieces that never rises."""
    if len(points) < 2 * LEAST_STEPS:
        return False
    moves = list(pairwise(points))
    if any(abs(a[0] - b[0]) > 1e-3 and abs(a[1] - b[1]) > 1e-3 for a, b in moves):
        return False
    falls = sum(b[1] > a[1] + 1e-3 for a, b in moves)
    back = any(b[0] < a[0] - 1e-3 or b[1] < a[1] - 1e-3 for a, b in moves)
    return not back and falls >= LEAST_STEPS


def _axis(
    path: Path | str, page: Drawing, along: str, edge: float, taken: Collection[int] = ()
) -> Axis:
    """Fit the numbers at an axis, those of the other axis left out, to their places.

    Raises
    ------
    StudyError
        If there are too few, or they do not lie on one line with their ticks.
    """
    across = "y" if along == "x" else "x"
    beyond = [w for w in page.words if _NUMBER.fullmatch(w["text"]) and id(w) not in taken
              and (w[across] > edge if along == "x" else w[across] < edge)]  # fmt: skip
    found = "Numbers of an axis are not text in it, or fewer than three."
    for start in sorted(beyond, key=lambda w: abs(w[across] - edge)):
        row = [w for w in beyond if abs(w[across] - start[across]) < (3 if along == "x" else 12)]
        values = np.array([float(w["text"].rstrip("%")) for w in row])
        if len(np.unique(values)) < LEAST_NUMBERS:
            continue
        ticks = _ticks(page, row, along)
        places = np.array([t.middle[along == "y"] for t in ticks] or [w[along] for w in row])
        slope, shift = np.polyfit(places, values, 1)
        away = np.abs(slope * places + shift - values).max() / max(abs(slope), 1e-12)
        rises = slope > 0 if along == "x" else slope < 0
        if rises and away < (BESIDE_LINE if ticks else NUMBER_BESIDE_LINE):
            return Axis(float(slope), float(shift), sorted(values.tolist()), row, ticks)
        if len(np.unique(values)) < len(values):
            found = f"{SEVERAL}: numbers of an axis stand twice."
            continue
        found = (f"Unsure: the numbers {', '.join(w['text'] for w in row)} do not lie on one line "
                 "with their ticks; an axis may be broken or logarithmic.")  # fmt: skip
    raise refused(path, "an even axis of three numbers or more on both sides", found)


def _ticks(page: Drawing, row: list[dict], along: str) -> list[Sign]:
    """Give the ticks of an axis, if each of its numbers has one, all in a line; else none."""
    side = 0 if along == "x" else 1  # of a sign: the coordinate along the axis; the other across
    found = []
    for word in row:
        across = word["y" if along == "x" else "x"]
        found.append([
            sign for sign in page.signs
            if sign.box[side + 2] - sign.box[side] < THIN
            and abs(sign.middle[side] - word[along]) < TICK
            and abs(sign.middle[1 - side] - across) < BESIDE
        ])  # fmt: skip
    # all with the ends of the longest, so that none between the numbers is taken for one of theirs
    for first in sorted(found[0], key=lambda tick: tick.box[1 - side] - tick.box[3 - side]):
        line = [[tick for tick in near if _ends_apart(tick, first, side) < 0.1] for near in found]
        if all(line):
            return [min(near, key=lambda tick, w=word: abs(tick.middle[side] - w[along]))
                    for near, word in zip(line, row, strict=True)]  # fmt: skip
    return []


def _ends_apart(one: Sign, other: Sign, side: int) -> float:
    return max(abs(one.box[k] - other.box[k]) for k in (1 - side, 3 - side))


def _off(path: Path | str, first: float, point: float, axis: Axis) -> float:
    """Give what is added to survival where there are numbers without ticks, a hair beside them.

    Raises
    ------
    StudyError
        If no curve begins at one, so that the axis was read wrongly.
    """
    off = 1 - first
    if off < -(ABOVE if axis.ticks else TICK) * point or (off > TICK * point and not axis.ticks):
        found = f"Unsure: the first curve would begin at {first:.3f} by the numbers of its axis."
        raise refused(path, "curves that begin at one", found)
    return 0.0 if axis.ticks else off


def _no_ticks(signs: list[Sign], across: Axis, down: Axis) -> list[Sign]:
    """Leave out the ticks of both axes, small ones too, which inside the axes look like marks."""
    kept = signs
    for side, axis in enumerate((across, down)):
        for first in axis.ticks[:1]:
            start, end = first.box[1 - side] - 0.1, first.box[3 - side] + 0.1
            kept = [s for s in kept if s.box[side + 2] - s.box[side] >= THIN
                    or s.box[1 - side] < start or s.box[3 - side] > end]  # fmt: skip
    return kept


def _curve(time: list[float], share: list[float], unit: float) -> Curve | None:
    """Give the drops of one curve, if it begins at all."""
    times, survival = ([time[0]], [share[0]]) if share[0] < 1 - AT_ONCE else ([], [])
    for k in range(1, len(share)):
        if share[k] < share[k - 1] - 1e-9:
            if times and abs(times[-1] - time[k]) < 1e-9:
                survival[-1] = share[k]
            else:
                times.append(time[k])
                survival.append(share[k])
    return Curve(times, survival, precision=0.02 * unit) if times else None


def _marks(signs: list[Sign], lines: list[Line]) -> list[list[float]]:
    """Give where small signs sit on each curve: on those of their colour, else on the nearest."""
    found: list[list[float]] = [[] for _ in lines]
    for sign in signs:
        x, y = sign.middle
        gaps = {k: gap for k, line in enumerate(lines)
                if (gap := _height(line.points, x, y)) <= sign.near}  # fmt: skip
        own = [k for k in gaps if lines[k].color == sign.color]
        nearest = min((gaps[k] for k in own or gaps), default=0.0)
        for k in own or gaps:
            if gaps[k] <= nearest + SAME_PLACE:
                found[k].append(x)
    ordered = [sorted(on) for on in found]
    return [[x for k, x in enumerate(on) if k == 0 or x - on[k - 1] > 0.05] for on in ordered]


def _height(points: list[Point], x: float, y: float) -> float:
    """Give how far above or below the level pieces of a curve a place is (infinite: beside it)."""
    gaps = [abs(a[1] - y) for a, b in pairwise(points)
            if a[0] - 0.05 <= x <= b[0] + 0.05 and b[0] - a[0] > 1e-3]  # fmt: skip
    return min(gaps, default=float("inf"))

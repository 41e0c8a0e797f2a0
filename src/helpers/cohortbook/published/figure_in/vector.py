"""Curves of a figure drawn as vectors: steps in time and survival by the numbers at the ticks."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import numpy as np

from .at_risk import give_rows, rows_of
from .curve import Curve, Figure
from .drawing import Drawing, Line, Point, refused

_NUMBER = re.compile(r"\d+(?:\.\d+)?%?")
LEAST_STEPS = 2
FAR = 0.15  # a curve may begin so far below one, if some had the event at once
AT_ONCE = 0.002
OFF = 0.01  # of survival: so much may the middle of a number be beside its height
SAME_PLACE = 0.1  # points: curves that lie on one another
SIDE_BY_SIDE = 20.0  # points: curves that begin so far apart are of several panels
TICK = 4.0  # points: how far the middle of a number may be from its tick
BESIDE = 30.0  # points: how far a number may stand from the end of its tick


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
        raise refused(path, "one panel", "Its curves begin at different places.")
    lowest = max(y for line in lines for _, y in line.points)
    left = min(x for line in lines for x, _ in line.points)
    across, down = _axis(page, "x", lowest), _axis(page, "y", left)
    if across is None or down is None:
        raise refused(path, "numbers at both axes", "Numbers of an axis are not text in it.")
    (slope_x, shift_x, ticks), (slope_y, shift_y, levels) = across, down
    scale = 100.0 if max(levels) > 1.5 else 1.0
    drawn = []
    for line in lines:
        time = [max(slope_x * x + shift_x, 0.0) for x, _ in line.points]
        drawn.append((time, [(slope_y * y + shift_y) / scale for _, y in line.points], line))
    drawn = [one for one in drawn if abs(one[1][0] - 1) <= FAR]
    # numbers stand beside their ticks by the middle of their letters, a hair off the tick itself
    off = 1 - max((share[0] for _, share, _ in drawn), default=1.0)
    off = off if abs(off) < OFF else 0.0
    curves = []
    marks = _marks(page, [line for _, _, line in drawn])
    for (time, share, _), sitting in zip(drawn, marks, strict=True):
        curve = _curve(time, [x + off for x in share], abs(slope_y) / scale)
        if curve is not None:
            curve.marks = [max(slope_x * x + shift_x, 0.0) for x in sitting]
            curves.append(curve)
    if not curves:
        raise refused(path, "curves that begin at one", "Its steps are no survival curve.")
    places = {t: (t - shift_x) / slope_x for t in ticks}
    give_rows(curves, rows_of([w for w in page.words if w["y"] > lowest], places))
    return Figure(curves, ticks)


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


def _axis(page: Drawing, along: str, edge: float) -> tuple[float, float, list[float]] | None:
    """Fit the numbers at an axis to their places: slope, shift and the numbers."""
    across = "y" if along == "x" else "x"
    beyond = [w for w in page.words if _NUMBER.fullmatch(w["text"])
              and (w[across] > edge if along == "x" else w[across] < edge)]  # fmt: skip
    for start in sorted(beyond, key=lambda w: abs(w[across] - edge)):
        row = [w for w in beyond if abs(w[across] - start[across]) < (3 if along == "x" else 12)]
        if len(row) < 2:
            continue
        places = np.array(_ticks(page, row, along) or [w[along] for w in row])
        values = np.array([float(w["text"].rstrip("%")) for w in row])
        if len(np.unique(values)) < 2:
            continue
        slope, shift = np.polyfit(places, values, 1)
        if np.abs(slope * places + shift - values).max() < 0.02 * np.ptp(values):
            return float(slope), float(shift), sorted(values.tolist())
    return None


def _ticks(page: Drawing, row: list[dict], along: str) -> list[float] | None:
    """Give where the ticks of an axis are, if each of its numbers has one, all in a line."""
    side = 0 if along == "x" else 1  # of a sign: the coordinate along the axis; the other across
    found, boxes = [], [sign.box for sign in page.signs]
    for word in row:
        across = word["y" if along == "x" else "x"]
        near = [
            (abs(box[side] - word[along]), box[side], box[1 - side]) for box in boxes
            if box[side + 2] - box[side] < 0.05 and abs(box[side] - word[along]) < TICK
            and abs((box[1 - side] + box[3 - side]) / 2 - across) < BESIDE
        ]  # fmt: skip
        if not near:
            return None
        found.append(near)
    for _, _, level in found[0]:
        line = [[tick for tick in near if abs(tick[2] - level) < 0.1] for near in found]
        if all(line):
            return [min(near)[1] for near in line]
    return None


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


def _marks(page: Drawing, lines: list[Line]) -> list[list[float]]:
    """Give where small signs sit on each curve: on those of their colour, else on the nearest."""
    found: list[list[float]] = [[] for _ in lines]
    for sign in page.signs:
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

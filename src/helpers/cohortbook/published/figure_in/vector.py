"""Curves of a figure in a PDF: steps in time and survival by the numbers at the ticks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import Problem, StudyError

_NUMBER = re.compile(r"\d+(?:\.\d+)?%?")
MARKS = "+|x×'"
NEAR = 1.5  # points: how far a mark may be from its curve
SMALL = 15.0  # points: the longest side of a mark
LEAST_STEPS = 2
FAR = 0.15  # a curve may begin so far below one, if some had the event at once
AT_ONCE = 0.002
Point = tuple[float, float]


@dataclass
class Curve:
    """One curve: times of its drops, survival after each, and times of censor marks."""

    times: list[float]
    survival: list[float]
    marks: list[float] = field(default_factory=list)
    at_risk: dict[float, int] = field(default_factory=dict)
    precision: float = 0.0  # of survival, as the file was written


@dataclass
class Figure:
    """A Kaplan-Meier figure as read."""

    curves: list[Curve]
    ticks: list[float]


def read_figure(path: str | Path) -> Figure:
    """Read the Kaplan-Meier curves of the first page of a PDF.

    Raises
    ------
    StudyError
        If the file is no PDF, holds no steps, or its axes have no numbers.
    """
    page = _page(Path(path))
    steps = [found for curve in page.curves if (found := _steps(curve)) is not None]
    if not steps:
        raise _refused(path, "curves drawn as steps", "No step curve is drawn in it as a vector.")
    words = [w | {"x": (w["x0"] + w["x1"]) / 2, "y": (w["top"] + w["bottom"]) / 2}
             for w in _words(page)]  # fmt: skip
    lowest = max(y for points in steps for _, y in points)
    left = min(x for points in steps for x, _ in points)
    across, down = _axis(words, "x", lowest), _axis(words, "y", left)
    if across is None or down is None:
        raise _refused(path, "numbers at both axes", "Numbers of an axis are not text in it.")
    (slope_x, shift_x, ticks), (slope_y, shift_y, levels) = across, down
    scale = 100.0 if max(levels) > 1.5 else 1.0
    drawn = []
    for points in steps:
        time = [slope_x * x + shift_x for x, _ in points]
        drawn.append((time, [(slope_y * y + shift_y) / scale for _, y in points], points))
    drawn = [one for one in drawn if abs(one[1][0] - 1) <= FAR]
    # numbers stand beside their ticks by the middle of their letters, a hair off the tick itself
    off = 1 - max((share[0] for _, share, _ in drawn), default=1.0)
    curves = []
    for time, share, points in drawn:
        curve = _curve(time, [x + off for x in share], abs(slope_y) / scale)
        if curve is not None:
            curve.marks = [slope_x * x + shift_x for x in _marks(page, points)]
            curves.append(curve)
    if not curves:
        raise _refused(path, "curves that begin at one", "Its steps are no survival curve.")
    for row in _risk_rows(words, ticks, slope_x, shift_x, lowest):
        _give(curves, row)
    return Figure(curves, ticks)


def _page(path: Path) -> Any:
    import pdfplumber

    try:
        return pdfplumber.open(BytesIO(path.read_bytes())).pages[0]
    except Exception as error:  # pdfminer raises a dozen kinds of its own
        raise _refused(path, "a PDF with one figure", f"It cannot be read: {error}") from None


def _refused(path: str | Path, expected: str, found: str) -> StudyError:
    mend = "Export the figure as PDF with text kept as text (R: pdf(); matplotlib: savefig)."
    return StudyError([Problem(str(path), expected, mend, found)])


def _words(page: Any) -> list[dict[str, Any]]:
    """Give the words of the page; those written upwards, as R's y axis, the right way round."""
    flat = page.filter(lambda o: o.get("object_type") != "char" or o.get("upright", True))
    tall = page.filter(lambda o: o.get("object_type") != "char" or not o.get("upright", True))
    turned = [w | {"text": w["text"][::-1]} for w in tall.extract_words()]
    return [*flat.extract_words(), *turned]


def _steps(curve: dict[str, Any]) -> list[Point] | None:
    """Give the corners of a drawn line of level and upright pieces that never rises."""
    points = [(float(x), float(y)) for x, y in curve["pts"]]
    if not curve.get("stroke") or len(points) < 2 * LEAST_STEPS:
        return None
    moves = list(pairwise(points))
    if any(abs(a[0] - b[0]) > 1e-3 and abs(a[1] - b[1]) > 1e-3 for a, b in moves):
        return None
    falls = sum(b[1] > a[1] + 1e-3 for a, b in moves)
    back = any(b[0] < a[0] - 1e-3 or b[1] < a[1] - 1e-3 for a, b in moves)
    return None if back or falls < LEAST_STEPS else points


def _axis(words: list[dict], along: str, edge: float) -> tuple[float, float, list[float]] | None:
    """Fit the numbers at an axis to their places: slope, shift and the numbers."""
    across = "y" if along == "x" else "x"
    beyond = [w for w in words if _NUMBER.fullmatch(w["text"])
              and (w[across] > edge if along == "x" else w[across] < edge)]  # fmt: skip
    for start in sorted(beyond, key=lambda w: abs(w[across] - edge)):
        row = [w for w in beyond if abs(w[across] - start[across]) < (3 if along == "x" else 12)]
        if len(row) < 2:
            continue
        places = np.array([w[along] for w in row])
        values = np.array([float(w["text"].rstrip("%")) for w in row])
        if len(np.unique(values)) < 2:
            continue
        slope, shift = np.polyfit(places, values, 1)
        if np.abs(slope * places + shift - values).max() < 0.02 * np.ptp(values):
            return float(slope), float(shift), sorted(values.tolist())
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


def _marks(page: Any, points: list[Point]) -> list[float]:
    """Give where small signs sit on a curve."""
    found = []
    for item in [*page.lines, *page.rects, *page.curves]:
        width, height = item["x1"] - item["x0"], item["bottom"] - item["top"]
        if 0.5 < max(width, height) < SMALL:
            found.append(((item["x0"] + item["x1"]) / 2, (item["top"] + item["bottom"]) / 2, NEAR))
    for char in page.chars:
        if char["text"] in MARKS:
            middle = (char["x0"] + char["x1"]) / 2, (char["top"] + char["bottom"]) / 2
            found.append((*middle, 4 * NEAR))
    on = sorted(x for x, y, slack in found if _height(points, x, y) <= slack)
    return [x for k, x in enumerate(on) if k == 0 or x - on[k - 1] > 0.05]


def _height(points: list[Point], x: float, y: float) -> float:
    """Give how far above or below the level pieces of a curve a place is (infinite: beside it)."""
    gaps = [abs(a[1] - y) for a, b in pairwise(points)
            if a[0] - 0.05 <= x <= b[0] + 0.05 and b[0] - a[0] > 1e-3]  # fmt: skip
    return min(gaps, default=float("inf"))


def _risk_rows(
    words: list[dict], ticks: list[float], slope: float, shift: float, lowest: float
) -> list[dict[float, int]]:
    """Give rows of whole numbers under the ticks that do not rise: patients at risk."""
    places = {t: (t - shift) / slope for t in ticks}
    rows: dict[int, dict[float, int]] = {}
    for word in words:
        at = [t for t, x in places.items() if abs(word["x"] - x) < SMALL / 3]
        if word["text"].isdigit() and word["y"] > lowest and at:
            rows.setdefault(round(word["y"] / 4), {})[at[0]] = int(word["text"])
    ordered = [dict(sorted(row.items())) for row in rows.values() if len(row) > 1]
    return [row for row in ordered if min(row) <= min(ticks) + 1e-9
            and all(a >= b for a, b in pairwise(row.values()))]  # fmt: skip


def _give(curves: list[Curve], row: dict[float, int]) -> None:
    """Give a row of numbers at risk to the curve whose survival it follows best."""
    first = next(iter(row.values()))
    free = [curve for curve in curves if not curve.at_risk]

    def off(curve: Curve) -> float:
        level = [([1.0, *curve.survival])[sum(x <= t for x in curve.times)] for t in row]
        return sum(max(0.0, n / first - s) + 0.1 * abs(n / first - s)
                   for n, s in zip(row.values(), level, strict=True))  # fmt: skip

    if free and first > 0:
        min(free, key=off).at_risk = row

"""Labels of levels that are cut from a number: made from the cut-points, and held against them.

A label that names a number has to name its own cut-point, on the right side of it; one that names
none (low, high) is printed with the cut-points beside it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

MEDIAN = "median"
Point = float | str  # a number, or "median"
SAME, DIGITS = 1e-9, 4

BELOW, UP_TO, ABOVE, FROM = "<", "≤", ">", "≥"
SIGNS = {
    "<": BELOW,
    "≤": UP_TO,
    "⩽": UP_TO,
    "<=": UP_TO,
    "=<": UP_TO,
    ">": ABOVE,
    "≥": FROM,
    "⩾": FROM,
    ">=": FROM,
    "=>": FROM,
}
LOW_WORDS = (
    "under",
    "below",
    "less than",
    "fewer than",
    "lower than",
    "younger than",
    "up to",
    "at most",
    "not more than",
    "no more than",
)
HIGH_WORDS = (
    "over",
    "above",
    "more than",
    "older than",
    "greater than",
    "higher than",
    "at least",
    "from",
    "not less than",
)
AFTER_LOW = r"(?:and|or) (?:under|below|less|fewer|lower|younger)"
AFTER_HIGH = r"\+|(?:and|or) (?:over|above|more|higher|older|greater)"
NUMBER = re.compile(r"(?<![A-Za-z\d.,^])[-−]?\d+(?:[.,]\d+)*")
SIGN = re.compile(r"(<=|>=|=<|=>|[<>≤≥⩽⩾])\s*$")
WORD = re.compile(rf"\b({'|'.join((*LOW_WORDS, *HIGH_WORDS))})\s*$", re.IGNORECASE)
AFTER = re.compile(rf"\s*(?:[A-Za-z/%]+ )??(?:({AFTER_LOW})|({AFTER_HIGH}))", re.IGNORECASE)
TO = re.compile(r"\s*(?:[-–—~]|to|bis)\s*(?:[<≤]=?\s*)?", re.IGNORECASE)
ORDER = re.compile(
    r"(?:quartile|tertile|quintile|group|level|category|grade|class|stage|arm|no\.?)\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Mark:
    """A number in a label: its side ("low" = the level ends there, "high" = it begins there, ""),
    whether a sign says if it belongs to the level, and its decimals."""

    value: float
    side: str
    sign: str
    decimals: int


@dataclass(frozen=True)
class Bounds:
    """Where a level begins and ends (None: nowhere), and whether its end is inside it."""

    low: Point | None
    high: Point | None
    end_inside: bool
    computed: bool = False  # from the data: a label gives them rounded

    def rounded(self, decimals: int) -> Bounds:
        """Round both ends."""
        ends = (None if end is None else round(end, decimals) for end in (self.low, self.high))
        return Bounds(*ends, self.end_inside)

    def __str__(self) -> str:
        start, end = (ABOVE, UP_TO) if self.end_inside else (FROM, BELOW)
        low, high = (shown(point, self.computed) for point in (self.low, self.high))
        if self.low is None or self.high is None:
            return f"{end}{high}" if self.low is None else f"{start}{low}"
        return f"{start}{low} to {end}{high}"


def bounds_of(points: Sequence[Point], cut_point_in: str, computed: bool = False) -> list[Bounds]:
    """Give the bounds of the levels that cut-points make, the lowest first."""
    ends = [None, *points, None]
    return [Bounds(low, high, cut_point_in == "lower", computed) for low, high in pairwise(ends)]


def written_points(given: object) -> list[Point] | None:
    """Read cut-points as a study file has them (numbers may be text); None if they are none."""
    if not isinstance(given, list) or not given:
        return None
    try:
        points = [at if at == MEDIAN else float(at) for at in given]
    except (TypeError, ValueError):
        return None
    return points if all(at == MEDIAN or math.isfinite(at) for at in points) else None


def shown(point: Point | None, computed: bool = False) -> str:
    """Print a cut-point; one that was computed to four digits, or whole."""
    if point is None or isinstance(point, str):
        return point or ""
    if computed and point:
        point = round(point, max(0, DIGITS - 1 - math.floor(math.log10(abs(point)))))
    return f"{point:.12g}".replace("-", "−")


def default_levels(points: Sequence[Point], cut_point_in: str) -> list[dict[str, str]]:
    """Give the levels that cut-points make, where the study file names none: <65 and ≥65."""
    texts = [str(bounds) for bounds in bounds_of(points, cut_point_in)]
    return [{"code": plain(text), "label": text} for text in texts]


def plain(text: str) -> str:
    """Give a code without signs that a keyboard lacks."""
    return text.replace(FROM, ">=").replace(UP_TO, "<=").replace("−", "-")


def label_with_points(text: str, bounds: Bounds, of_median: bool = False) -> str:
    """Print a level's label with its cut-points beside it: Low (<400).

    Where the only cut-point is the median and the label says so, its value follows: <median (12.3).
    """
    if of_median and MEDIAN in text.casefold():
        return f"{text} ({shown(bounds.high if bounds.low is None else bounds.low, True)})"
    return f"{text} ({bounds})"


def names_numbers(text: str) -> bool:
    """Say whether a label names a number that can be a cut-point: ≥400, but not T2 or Group 2."""
    return bool(_marks(text))


def names_a_side(text: str) -> bool:
    """Say whether a label compares with a number: AFP ≥400."""
    return any(mark.side for mark in _marks(text))


def contradicts(text: str, bounds: Bounds, strict: bool = True) -> bool:
    """Say whether a label names other bounds than those of its level.

    A median is compared as far as the label's decimals go. Neighbouring whole numbers say the same
    as a bound: 1 and <2, 20–39 and <40. With `strict` off only numbers with a sign or a word of
    comparison count, as in a label of several things.
    """
    marks = [mark for mark in _marks(text) if strict or mark.side]
    if bounds.computed and marks:
        bounds = bounds.rounded(max(mark.decimals for mark in marks))
    with_side = [mark for mark in marks if mark.side]
    if any(not _fits(mark, bounds) for mark in with_side):
        return True
    free = [mark for mark in marks if not mark.side]
    if not free:
        return False
    inside = all(_at_least(m, bounds.low) and _at_most(m, bounds.high) for m in free)
    ends = [_near(m, bounds.low, (0, 1)) for m in free if bounds.low is not None]
    tops = [_near(m, bounds.high, (-1, 0)) for m in free if bounds.high is not None]
    low_told = bounds.low is None or any(ends) or any(m.side == "high" for m in with_side)
    high_told = bounds.high is None or any(tops) or any(m.side == "low" for m in with_side)
    if len(free) == 1 and not with_side:
        return not (inside and (any(ends) or any(tops)))
    return not (inside and low_told and high_told)


def numbers_levels(texts: Sequence[str]) -> bool:
    """Say whether codes only number the levels: 0, 1 or 1, 2, 3."""
    try:
        numbers = [int(text) for text in texts]
    except ValueError:
        return False
    return numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] in (0, 1)


def _marks(text: str) -> list[Mark]:
    """Read the numbers of a label; beside some with a side or in a range, others are units."""
    matches = [m for m in NUMBER.finditer(text) if not ORDER.search(text[: m.start()])]
    ranged = {
        place + second
        for place, (one, other) in enumerate(pairwise(matches))
        for second in (0, 1)
        if TO.fullmatch(text[one.end() : other.start()])
    }
    found = [_mark(text, match) for match in matches]
    marked = [mark for place, mark in enumerate(found) if mark.side or place in ranged]
    # one without either is a bound where the label begins with it: 1, 65 years; not in "Type (1)"
    return marked or [
        mark
        for mark, match in zip(found, matches, strict=True)
        if not text[: match.start()].strip()
    ]


def _mark(text: str, match: re.Match[str]) -> Mark:
    before, after = text[: match.start()], text[match.end() :]
    sign, word, later = SIGN.search(before), WORD.search(before), AFTER.match(after)
    side, kind = "", ""
    if sign:
        kind = SIGNS[sign[1]]
        side = "low" if kind in (BELOW, UP_TO) else "high"
    elif word:
        side = "low" if word[1].casefold() in LOW_WORDS else "high"
    elif later:
        side = "low" if later[1] else "high"
    digits = _plain_number(match[0])
    return Mark(float(digits), side, kind, len(digits.partition(".")[2]))


def _plain_number(text: str) -> str:
    text = text.replace("−", "-")
    if re.fullmatch(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        return text.replace(",", "")
    if re.fullmatch(r"-?\d+[.,]\d+", text) or re.fullmatch(r"-?\d+", text):
        return text.replace(",", ".")
    return re.sub(r"[.,]", "", text)


def _fits(mark: Mark, bounds: Bounds) -> bool:
    """Say whether a number with a side names the bound on that side, inside or outside as it is."""
    bound = bounds.high if mark.side == "low" else bounds.low
    if bound is None:
        return False
    if not mark.sign:  # words are used for both
        return _near(mark, bound, (-1, 0, 1))
    if mark.side == "low":
        same = (mark.sign == UP_TO) == bounds.end_inside
        return _near(mark, bound, (0,) if same else (1,) if bounds.end_inside else (-1,))
    same = (mark.sign == ABOVE) == bounds.end_inside
    return _near(mark, bound, (0,) if same else (1,) if bounds.end_inside else (-1,))


def _near(mark: Mark, bound: float, steps: Sequence[int]) -> bool:
    """Say whether a number is the bound, or so many of its last decimals beside it."""
    unit = 10.0 ** -max(mark.decimals, _decimals(bound))
    return any(abs(mark.value - bound - step * unit) < SAME * max(1, abs(bound)) for step in steps)


def _decimals(bound: float) -> int:
    return len(f"{bound:.6f}".rstrip("0").partition(".")[2])


def _at_least(mark: Mark, bound: float | None) -> bool:
    return bound is None or mark.value >= bound - SAME


def _at_most(mark: Mark, bound: float | None) -> bool:
    return bound is None or mark.value <= bound + SAME

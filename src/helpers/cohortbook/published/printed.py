"""Printed numbers: the text, its decimals, and every value that rounds to it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_NUMBER = re.compile(r"^\s*(?P<relation>[<>=]?)\s*(?P<number>[-−]?\d*\.?\d+)\s*%?\s*$")
_CELL = re.compile(
    r"^\s*(?:(?P<count>\d+)(?:\s*/\s*(?P<total>\d+))?)?"
    r"\s*(?:\(?\s*(?P<percent>\d+(?:\.\d+)?)\s*%?\s*\)?)?\s*$"
)
_SPREAD = re.compile(r"^\s*(?P<first>[^\s(]+)\s*\(\s*(?P<rest>[^)]*?)\s*\)\s*$")
_RANGE = re.compile(
    r"^(?P<low>[-−]?[\d.]+)\s*%?\s*(?:-|–|,|;|to)\s*(?P<high>[-−]?[\d.]+|NR|NE|∞)\s*%?$"
)
NONE = ("", "-", "–", "—", "NR", "NE", "∞")
SLACK = 1e-9  # a tie exactly half-way may have been rounded either way


_WAYS = (
    (re.compile(r"\d\s*(?:±|\+/-)\s*\d"), 'a mean with its SD is written "61.2 (9.8)", with '
     "`form: mean (sd)`"),
    (re.compile(r"\b[1-9]\d{0,2}(?:[, ]\d{3})+\b"), 'thousands are written without a mark: "1234"'),
    (re.compile(r"\d[,·]\d"), 'decimals are written with a point: "0.03"'),
    (re.compile(r"^\s*n\.?s\.?\s*$", re.I), 'not significant is written as a bound, ">0.05"'),
    (re.compile(r"^\s*[pP]\s*[=<>]"), 'a P value is written without its letter: "0.03", "<0.001"'),
    (re.compile(r"\d\s*[*†‡§a-d]\s*\)?$"), "marks of footnotes are left out"),
    (re.compile(r"\[.*\]"), 'brackets are round: "0.57 (0.38-0.91)"; limits of a percentage stand '
     "under `ci`"),
    (re.compile(r"^\s*\d+/\d+\s*$"), 'two levels are written as two: "30" and "20" under `levels`'),
)  # fmt: skip


class PrintedError(ValueError):
    """A text that is not a printed number of the kind expected; it says how to write it."""

    def __init__(self, says: str, text: str = "") -> None:
        way = next((way for pattern, way in _WAYS if pattern.search(text)), "")
        super().__init__(f"{says}: {way}" if way else says)


@dataclass(frozen=True)
class Printed:
    """A number as it was printed.

    `decimals` is how many were meant: 1.03 in a column of three decimals whose trailing zeros
    were dropped stands for 1.030. `low` and `high` hold every value that prints so.
    """

    text: str
    value: float
    decimals: int
    relation: str = "="

    @property
    def low(self) -> float:
        """Least value that prints so; 0 for a number printed as below another."""
        if self.relation == ">":
            return self.value
        return 0.0 if self.relation == "<" else self.value - self._half

    @property
    def high(self) -> float:
        """Greatest value that prints so; infinite for a number printed as above another."""
        if self.relation == "<":
            return self.value
        return math.inf if self.relation == ">" else self.value + self._half

    @property
    def _half(self) -> float:
        return 0.5 * 10.0**-self.decimals

    def agrees(self, low: float, high: float | None = None) -> bool:
        """Tell whether a value, or some value between two, prints so."""
        high = low if high is None else high
        return low <= self.high + SLACK and high >= self.low - SLACK

    def gap(self, low: float, high: float | None = None) -> float:
        """Give how far the values between two are from those that print so (0: they agree)."""
        high = low if high is None else high
        return max(0.0, low - self.high, self.low - high)

    def like(self, value: float) -> str:
        """Print another value with these decimals."""
        return f"{value:.{self.decimals}f}"


def read_number(text: str, decimals: int | None = None) -> Printed:
    """Read one printed number: 0.031, <0.001, 12, 9.7%.

    Parameters
    ----------
    text : str
        As printed.
    decimals : int, optional
        Decimals meant where trailing zeros may have been dropped; more printed ones win.
    """
    found = _NUMBER.match(text)
    if not found:
        raise PrintedError(f"'{text}' is not a number such as 0.031, <0.001 or 9.7%", text)
    digits = found["number"].replace("−", "-")
    seen = len(digits.partition(".")[2])
    relation = found["relation"] or "="
    return Printed(text.strip(), float(digits), max(seen, decimals or 0), relation)


def read_cell(text: str, decimals: int | None = None) -> dict[str, Printed]:
    """Read a count, a percentage, or both: "26 (83.9)", "6/21 (28.6%)", "3/31", "9.7%", "0".

    Returns
    -------
    dict
        Those printed of `count`, `total` and `percent`. A bare number is a count unless it has a
        percent sign or a decimal point.
    """
    bare = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?\s*%|\d+\.\d+", bare):
        return {"percent": read_number(bare, decimals)}
    found = _CELL.match(bare)
    if not found or found["count"] is None:
        raise PrintedError(
            f"'{text}' is not a cell such as 26 (83.9), 6/21 (28.6), 9.7% or 0", text
        )
    given = {name: digits for name, digits in found.groupdict().items() if digits is not None}
    wanted = {"count": 0, "total": 0, "percent": decimals}
    return {name: read_number(digits, wanted[name]) for name, digits in given.items()}


def read_spread(text: str, decimals: int | None = None) -> list[Printed | None]:
    """Read "59 (48-71)" or "0.585 (0.155-0.992)": a number and two others, or only the number.

    What is not reached or not given is None.
    """
    found = _SPREAD.match(text)
    first = found["first"] if found else text.strip()
    numbers: list[str] = [first]
    if found:
        limits = _RANGE.match(found["rest"])
        if not limits:
            raise PrintedError(f"'{text}' is not of the form 59 (48-71)", text)
        numbers += [limits["low"], limits["high"]]
    return [None if x in NONE else read_number(x, decimals) for x in numbers]

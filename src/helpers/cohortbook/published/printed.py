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
DASHES = ("", "-", "–", "—")
NONE = (*DASHES, "NR", "NE", "∞")
SLACK = 1e-9  # a tie exactly half-way may have been rounded either way


_WAYS = (
    (r"^\s*(?:-|–|—|n\.?a\.?|n/a|\.\.\.)\s*$", "a cell that is not printed is left out"),
    (r"\bref(?:erence|\.)?\b", "the reference has no number: leave its row out"),
    (r"not (?:yet )?(?:reached|estimable|evaluable)", 'what is not reached is written "NR"'),
    (r"\d\s*(?:±|\+/-)\s*\d", 'a mean with its SD is written "61.2 (9.8)", with `form: mean (sd)`; '
     "limits take the place of a standard error"),
    (r"\d\s*[x×*·]\s*10\s*[-−^⁻]|\d[eE][-−+]?\d", 'powers of ten are written out: "0.000013"'),
    (r"\b[1-9]\d{0,2}(?:[, \u2009\u202f]\d{3})+\b", 'thousands are written without a mark: "1234"'),
    (r"\d[,·]\d", 'decimals are written with a point: "0.03"'),
    (r"^\s*n\.?s\.?\s*$", 'not significant is written as a bound, ">0.05"'),
    (r"[≤≥]", 'a bound is written "<0.001" or ">0.05"'),
    (r"^\s*p\s*[=<>]", 'a P value is written without its letter: "0.03", "<0.001"'),
    (r"\d\s*[*†‡§a-d]\s*\)?$", "marks of footnotes are left out"),
    (r"\[.*\]", 'brackets are round: "0.57 (0.38-0.91)"; limits of a percentage stand under `ci`'),
    (r"^\s*\d+ of \d+", 'patients of a number are written "12/40"'),
    (r"^\s*\d+\.\d+\s*%?\s*\(\s*\d+\s*\)", 'the count stands first: "26 (83.9)"'),
    (r"^\s*[<>]\s*\d+\s*$", "a count that is only bounded is left out"),
    (r"[a-z]{2,}", 'words and units are left out: "0.57 (0.38-0.91)", "16.8"'),
    (r"^\s*[\d.]+\s*,\s*[\d.]+\s*[-–]\s*[\d.]+\s*$", 'limits stand in brackets: "0.57 '
     '(0.38-0.91)"'),
    (r"^[^()]*\([^)]*$", "a bracket is missing"),
    (r"^\s*[\d.]+\s*[-–]\s*[\d.]+\s*$", "two numbers are written as two; a range of a P value, as "
     "0.05-0.1, as its bound"),
    (r"\(.*[-–,]\s*[-–—]?\s*\)", 'a limit that is not reached is written "NR": "16.8 (12.0-NR)"'),
)  # fmt: skip


class PrintedError(ValueError):
    """A text that is not a printed number of the kind expected; `way` says how to write it."""

    def __init__(self, says: str, text: str = "") -> None:
        self.way = next((way for pattern, way in _WAYS if re.search(pattern, text, re.I)), "")
        super().__init__(f"{says}: {self.way}" if self.way else says)


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

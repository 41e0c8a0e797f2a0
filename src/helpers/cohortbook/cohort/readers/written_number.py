"""One number as somebody wrote it: what it is with a decimal point, and what with a comma."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

POINT, COMMA = ".", ","
BLANKS = " \u00a0\u2009\u202f"
APOSTROPHES = "'\u2019"
# how a thousands mark is named in the study file, and the characters that it stands for
THOUSANDS = {POINT: POINT, COMMA: COMMA, " ": BLANKS, "'": APOSTROPHES}
MINUS = "-\u2212\u2013\ufe63\uff0d"
CELL = re.compile(
    rf"(?P<before>(?:[<>≤≥~≈]=?\s*)?)(?P<sign>[+\-{MINUS[1:]}]?)"
    rf"(?P<digits>[0-9](?:[0-9.,{BLANKS}{APOSTROPHES}]*[0-9.,])?|[.,][0-9]+)"
    r"(?P<after>(?:[eE][+-]?[0-9]+)?(?:\s*(?:%|‰|[A-Za-zµμ][\w/²³%.^*]{0,11}))?)"
)
ONE_DECIMAL = {POINT: re.compile(r"[0-9]*\.?[0-9]*"), COMMA: re.compile(r"[0-9]*,?[0-9]*")}
# the same mark between all groups of three; what begins with 0 is not grouped
GROUPED = {
    decimal: re.compile(
        rf"[1-9][0-9]{{0,2}}(?P<mark>[^0-9{decimal}])[0-9]{{3}}(?:(?P=mark)[0-9]{{3}})*"
        rf"(?:[{decimal}][0-9]*)?"
    )
    for decimal in (POINT, COMMA)
}
PLAIN = re.compile(r"-?(?:[0-9]*\.(?:[0-9]{1,2}|[0-9]{4,})|0?\.[0-9]+|[0-9]{4,}\.[0-9]+)")
ALL_MARKS = tuple(THOUSANDS)


@dataclass(frozen=True)
class Written:
    """A cell that may be a number.

    Attributes
    ----------
    point, comma : str
        The number in ordinary notation if its decimal mark is a point, or a comma; "" if it is no
        number then.
    grouped : str
        The thousands mark that it can only be read with, " " or "'"; else "".
    bare : bool
        Whether it is digits alone.
    """

    point: str
    comma: str
    grouped: str = ""
    bare: bool = False

    @property
    def says(self) -> str:
        """The decimal mark that the cell shows; "" if both fit, alike or not."""
        if bool(self.point) == bool(self.comma):
            return ""
        return POINT if self.point else COMMA

    @property
    def unclear(self) -> bool:
        """Whether it is one number with a decimal point and another with a decimal comma."""
        return bool(self.point and self.comma) and self.point != self.comma

    def read(self, mark: str) -> str:
        """Give the number by its decimal mark; "" if it is none."""
        return self.point if mark == POINT else self.comma


def written(cell: str, thousands: Collection[str] = ALL_MARKS) -> Written | None:
    """Read a cell both ways; None if it is a number in neither.

    A sign of comparison before the number, and a unit or % after it, stay where they are; a minus
    of any form becomes "-".

    Parameters
    ----------
    cell : str
    thousands : collection of {".", ",", " ", "'"}
        The thousands marks that are possible.
    """
    if cell.isascii() and cell.isdigit():
        return Written(cell, cell, bare=True)
    if PLAIN.fullmatch(cell):  # nearly all cells of a large table: there is no other reading
        return Written(cell, "")
    found = CELL.fullmatch(cell)
    if not found:
        return None
    digits = found["digits"]
    sign = found["sign"] and ("+" if found["sign"] == "+" else "-")
    point, comma = (_ordinary(digits, mark, thousands) for mark in (POINT, COMMA))
    if not point and not comma:
        return None
    around = (found["before"] + sign, found["after"])
    used = next((name for name in " '" for mark in THOUSANDS[name] if mark in digits), "")
    return Written(*(number and number.join(around) for number in (point, comma)), used)


def _ordinary(digits: str, decimal: str, thousands: Collection[str]) -> str:
    if ONE_DECIMAL[decimal].fullmatch(digits):
        return digits.replace(decimal, POINT)
    found = GROUPED[decimal].fullmatch(digits)
    if found and any(found["mark"] in THOUSANDS[name] for name in thousands):
        return digits.replace(found["mark"], "").replace(decimal, POINT)
    return ""

"""Text that looks like a number: what a reader would take it for, and never a silent guess."""

from __future__ import annotations

import re
import unicodedata

UNIT = r"(?:\s*(?:%|months?|mo|days?|d|years?|yrs?|y|weeks?|wks?|cm|mm|kg|g|mg|ml))?"
DECIMAL_COMMA = re.compile(rf"([+-]?\d+),(\d{{1,2}}|\d{{4,}}){UNIT}", re.I)
THOUSANDS = re.compile(rf"([+-]?\d{{1,3}}(?:[ ,'\u00a0\u2009]\d{{3}})+(?:\.\d+)?){UNIT}", re.I)
PLAIN = re.compile(rf"[<>≤≥~≈]?\s*([+-]?(?:\d+\.?\d*|\.\d+)){UNIT}", re.I)
LETTERS = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "−": "-", "–": "-"})


def as_written(text: object) -> str:
    """Give the number that a text seems to stand for, such as 1.5 for "1,5"; "" if none.

    Decimal commas, thousands separators, full-width digits, a unit behind the number, a limit
    sign before it, the letters O and l among digits.
    """
    plain = unicodedata.normalize("NFKC", str(text)).strip()
    if any(c.isdigit() for c in plain):
        plain = re.sub(
            r"[OolI](?=[\d.,OolI]*$)|(?<=\d)[OolI]",
            lambda m: m[0].translate(LETTERS),
            plain.translate({8722: "-", 8211: "-"}),
        )
    if found := DECIMAL_COMMA.fullmatch(plain):
        return f"{found[1]}.{found[2]}"
    if found := THOUSANDS.fullmatch(plain):
        return re.sub(r"[^\d.+-]", "", found[1])
    found = PLAIN.fullmatch(plain)
    return found[1] if found and found[1] != str(text).strip() else ""

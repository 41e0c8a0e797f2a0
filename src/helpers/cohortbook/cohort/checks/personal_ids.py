"""National numbers, known by their form and, where they have one, by their check digit."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

LETTERS_OF_SPAIN = "TRWAGMYFPDXBNJZSQVHLCKE"
VERHOEFF = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
TURNS = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)


def china(text: str) -> bool:
    """Resident identity number, 18 places, ISO 7064 MOD 11-2."""
    weights = [pow(2, 17 - place, 11) for place in range(17)]
    rest = sum(int(c) * w for c, w in zip(text[:17], weights, strict=True)) % 11
    return "10X98765432"[rest] == text[17].upper() and _a_date(text[6:10], text[10:12], text[12:14])


def united_states(text: str) -> bool:
    """Social Security number: no area 000, 666 or 900 and above, no empty group."""
    area, group, serial = text.split("-")
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def united_kingdom(text: str) -> bool:
    """NHS number: ten digits, modulus 11."""
    digits = _digits(text)
    check = 11 - sum(d * (10 - place) for place, d in enumerate(digits[:9])) % 11
    return check % 11 == digits[9] and check != 10 and len(set(digits)) > 1


def india(text: str) -> bool:
    """Aadhaar: twelve digits, Verhoeff; the first is neither 0 nor 1."""
    state = 0
    for place, digit in enumerate(reversed(_digits(text))):
        state = int(VERHOEFF[state][int(TURNS[place % 8][digit])])
    return state == 0


def france(text: str) -> bool:
    """Social security number: thirteen digits and a key."""
    digits = re.sub(r"\D", "", text)
    return 97 - int(digits[:13]) % 97 == int(digits[13:])


def spain(text: str) -> bool:
    """Identity number: eight digits and their letter."""
    return LETTERS_OF_SPAIN[int(text[:8]) % 23] == text[8].upper()


def brazil(text: str) -> bool:
    """CPF: eleven digits, the last two of them check digits."""
    digits = _digits(text)
    for length in (9, 10):
        rest = sum(d * (length + 1 - p) for p, d in enumerate(digits[:length])) * 10 % 11 % 10
        if rest != digits[length]:
            return False
    return len(set(digits)) > 1


def netherlands(text: str) -> bool:
    """BSN: nine digits, the eleven-test."""
    digits = _digits(text)
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return any(digits) and sum(d * w for d, w in zip(digits, weights, strict=True)) % 11 == 0


def poland(text: str) -> bool:
    """PESEL: eleven digits."""
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
    digits = _digits(text)
    return any(digits) and sum(d * w for d, w in zip(digits, weights, strict=True)) % 10 == 0


def begins_with_a_day(text: str) -> bool:
    """Danish, Finnish, Swedish and Korean numbers begin with the day of birth."""
    digits = re.sub(r"\D", "", text)
    year, month, day = digits[:2], digits[2:4], digits[4:6]
    return any(
        _a_date(f"{century}{y}", month, d)
        for century in ("19", "20")
        for y, d in ((year, day), (day, year))
    )


def taiwan(text: str) -> bool:
    """Identity number: a letter and nine digits."""
    order = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
    value = order.index(text[0].upper()) + 10
    digits = [value // 10, value % 10, *map(int, text[1:])]
    weights = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
    return sum(d * w for d, w in zip(digits, weights, strict=True)) % 10 == 0


def _digits(text: str) -> list[int]:
    return [int(c) for c in text if c.isdigit()]


def _a_date(year: str, month: str, day: str) -> bool:
    try:
        return date(int(year), int(month), int(day)).year >= 1880
    except ValueError:
        return False


# form of the whole cell, and what must hold beside
FORMS: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = tuple(
    (re.compile(form, re.I | re.A), holds)
    for form, holds in (
        (r"\d{17}[\dX]", china),
        (r"\d{3}-\d\d-\d{4}", united_states),
        (r"\d{3}[ -]?\d{3}[ -]?\d{4}", united_kingdom),
        (r"[2-9]\d{3} ?\d{4} ?\d{4}", india),
        (r"[12] ?\d\d ?\d\d ?\d\d ?\d{3} ?\d{3} ?\d\d", france),
        (r"\d{8}[A-Z]", spain),
        (r"\d{3}\.?\d{3}\.?\d{3}-?\d\d", brazil),
        (r"\d{9}", netherlands),
        (r"\d{11}", poland),
        (r"\d{6}-?[1-8]\d{6}|\d{6}[-+A]\d{3}[\dA-Z]|\d{6}-\d{4}", begins_with_a_day),
        (r"[A-Z][12]\d{8}", taiwan),
        (r"[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]", lambda _: True),  # Italy
        (r"[STFGM]\d{7}[A-Z]", lambda _: True),  # Singapore
        (r"[A-Z]{1,2}\d{6}\([\dA]\)", lambda _: True),  # Hong Kong
    )
)


def is_national_id(text: str) -> bool:
    """Say whether a whole text is a national number with a right check digit."""
    return any(form.fullmatch(text) and holds(text) for form, holds in FORMS)

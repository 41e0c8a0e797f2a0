"""How the names of columns and levels are taken apart: what one is about, its key, its label."""

from __future__ import annotations

import re
import unicodedata

from .phrases import endpoint_phrase, of_both
from .vocabulary import (
    ACRONYM_SHOWN,
    ACRONYMS,
    CHINESE_NAMES,
    ENDPOINTS,
    EUROPEAN_NAMES,
    FEMALE,
    LETTERED,
    LEVEL_LABELS,
    MALE,
    OUTCOME_OF_STATUS,
    SEX,
    STEM_LETTERS,
    STEM_WORDS,
    UNITS,
    UNITS_IN_CELLS,
)

GROWN_TOGETHER = re.compile(r"^(dead|death|died)|(dead|death|died)$")
GLUED_DATE = re.compile(r"(\w{3,})(?:dt|date|datum)")
LETTER_NAME = re.compile(r"([tedc])(\w?)")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
CHINESE = re.compile(r"[\u3400-\u9fff]")


def compact(text: str) -> str:
    """Give a name in lower case without anything between its letters and digits."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def words(text: str) -> set[str]:
    """Take a name apart: osMonths -> os, months; OS_time (d) -> os, time, d; RANDDT -> rand."""
    plain = CAMEL.sub(" ", unicodedata.normalize("NFKC", text))
    found = {word for word in re.split(r"[\W_]+", plain.casefold()) if word}
    return found | {date[1] for date in map(GLUED_DATE.fullmatch, found) if date}


def mentions(text: str, known) -> bool:
    """Say whether a name has one of the known words; Chinese ones may stand within others."""
    found = words(text)
    lowered = re.sub(r"[\W_]+", " ", CAMEL.sub(" ", text).casefold())
    return any(
        (word in lowered) if CHINESE.search(word) or " " in word else (word in found)
        for word in known
    )


def unit_named(text: str) -> str:
    """Give the unit of time that a name or label says in a word, not a letter; "" if none."""
    for unit, names in UNITS.items():
        if mentions(text, [name for name in names if len(name) > 1 or CHINESE.search(name)]):
            return unit
    return ""


def is_baseline_status(text: str) -> bool:
    """Say whether a name is the status of something known at the start: er_status."""
    others = {word for word in words(text) if not word.isdigit()} - {"status", "stat"}
    named = words(text) & {"status", "stat"}
    return bool(named and others) and not others & OUTCOME_OF_STATUS and not stem(text)


def letter_pair(time: str, state: str) -> bool:
    """Say whether two names are a letter for a time and one for its event: T and E, t2 and d2."""
    one, other = (LETTER_NAME.fullmatch(compact(name)) for name in (time, state))
    return bool(one and other and one[1] == "t" and other[1] in "edc" and one[2] == other[2])


def same_letter(name: str, other: str) -> bool:
    """Say whether two names are one letter with a digit each: d1, d3."""
    one, two = (LETTER_NAME.fullmatch(compact(text)) for text in (name, other))
    return bool(one and two and one[1] == two[1] and one[2].isdigit() and two[2].isdigit())


def stem(text: str) -> str:
    """Give the endpoint that a name is about ("os", "pfs"), or ""."""
    found, short = words(text), compact(text)
    if key := of_both(text) or endpoint_phrase(text):
        return key
    joined = "|".join(sorted(ENDPOINTS, key=len, reverse=True))
    tail = r"time|t|months?|mo|m|days?|d|years?|weeks?|surv|event|e|status|stat|s|c|cens\w*|cnsr"
    tail += r"|aval|dur|ind|i"
    match = re.fullmatch(rf"({joined})(?:{tail})*\d?", short)
    if match and (match[1] in LETTERED or len(short) != len(match[1]) + 1 or short[-1].isdigit()):
        return match[1]
    glued = re.fullmatch(r"([dpr])(?:time|stat|status|event|months|days)", short)
    if glued:
        return STEM_LETTERS[glued[1]]
    for key in ENDPOINTS:
        if key in found:
            return key
    for key, known in STEM_WORDS.items():
        if mentions(text, known):
            return key
    return "os" if says_dead(text) else ""


def says_dead(text: str) -> bool:
    """Say whether a name begins or ends with a word for death, grown together: censdead."""
    return bool(GROWN_TOGETHER.search(compact(text)))


def is_sex(name: str) -> bool:
    """Say whether a column holds the sex, by its name."""
    return compact(name) in SEX or "性别" in name


def sex_of(cell: str) -> str:
    """Give Male or Female for a word or letter that means it in a column of the sex, or ""."""
    word = cell.strip().casefold()
    return "Male" if word in MALE else "Female" if word in FEMALE else ""


def level_label(shown: str, sex: bool) -> str:
    """Give the English word for a level; letters (m, f) mean one only in a column of the sex."""
    known = LEVEL_LABELS.get(shown.casefold(), "") or (sex and sex_of(shown))
    spelt = len(shown) > 2 or shown.casefold() == "ja"
    return known if known and (sex or CHINESE.search(shown) or spelt) else shown


def key_of(text: str, place: int, taken: set[str]) -> str:
    """Make a key for the study file: lower-case letters, digits and underscores,
    not taken yet."""
    known = next((names[0] for word, names in CHINESE_NAMES.items() if word in text), "")
    known = known or EUROPEAN_NAMES.get(compact(_unit(text)[0]), ("",))[0]
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    key = known or re.sub(r"[^a-z0-9]+", "_", plain.casefold()).strip("_")
    if not key or not key[0].isalpha():
        key = f"column_{place}" if not key else f"x_{key}"
    key = key[:34].rstrip("_")
    number, made = 2, key
    while made in taken:
        made, number = f"{key}_{number}", number + 1
    taken.add(made)
    return made


def label_of(name: str, label: str = "") -> tuple[str, str]:
    """Give label and unit of a variable from the label in the file, or from its column's name."""
    for word, (_, english, unit) in CHINESE_NAMES.items():
        if word in name and not label:
            return english, unit or _unit(name)[1]
    text, unit = _unit((label or name).strip())
    if compact(text) in EUROPEAN_NAMES:
        return EUROPEAN_NAMES[compact(text)][1], unit or EUROPEAN_NAMES[compact(text)][2]
    if not label:
        text = " ".join(re.split(r"[_.\s]+", text)).strip() or name
        if words(name) & ACRONYMS:
            parts = [
                ACRONYM_SHOWN.get(p.casefold(), p.upper() if p.casefold() in ACRONYMS else p)
                for p in text.split()
            ]
            text = " ".join(parts)
        text = text[:1].upper() + text[1:]
    if not unit and words(name) & {"age"}:
        unit = "years"
    return text, unit


def _unit(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"(.+?)\s*[(（\[]\s*([^()（）\[\]]{1,15})\s*[)）\]]", text)
    if found and re.search(
        r"/|%|^(岁|years?|yrs?|mm|cm|kg|m2|g|mg|ml|[µμu]mol|days?|months?|s|sec"
        r"|jahre|ans|años|tage|jours|monate|mois|jaar|jaren|dagen|maanden|mnd)$",
        found[2],
        re.I,
    ):
        known = UNITS_IN_CELLS.get(found[2].casefold(), "")
        return found[1], known if known in ("years", "months", "days") else found[2]
    return text, ""

"""What one cell of a table holds: a count, a percentage, a mean, a ratio, a P value, or none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .texts import without_marks

N = r"(?:\d+(?:\.\d+)?|\.\d+)"
SIGNED = rf"(?:-?{N})"
_TO = r"\s*(?:-|to|,|;|~|/)\s*"
_OPEN, _CLOSE = r"\s*[\(\[]\s*", r"\s*[\)\]]"
_LETTER = r"\s*(?:[a-f]|\*+|[†‡§¶#‖]+)?"
_CI = r"(?:\d\d\s*%\s*)?(?:CI|CL)?\s*[:,=]?\s*"
EMPTY = (
    "",
    "-",
    "--",
    "---",
    "na",
    "n/a",
    "nd",
    "n.d.",
    "/",
    "...",
    "…",
    "not applicable",
    "nr",
    "ne",
    "not reached",
    "not estimable",
    "not reported",
)
_REFERENCE = re.compile(
    rf"(?:1(?:\.0+)?)?(?:{_OPEN})?(?:ref(?:erence|erent)?\.?|baseline)(?: group| category)?"
    rf"(?:{_CLOSE})?"
    r"|1(?:\.0+)?",
    re.I,
)
_P = re.compile(rf"[pP]?\s*([<>=≤≥]?)\s*(0?\.\d+|[01](?:\.0+)?|0){_LETTER}")
_NS = re.compile(r"n\.?s\.?|not significant", re.I)
PATTERNS: list[tuple[str, re.Pattern[str]]] = [
    ("fraction", re.compile(rf"(\d+)\s*/\s*(\d+){_OPEN}({N})\s*%?{_CLOSE}")),
    ("fraction", re.compile(r"(\d+)\s*/\s*(\d+)()")),
    (
        "count ci",
        re.compile(
            rf"(\d+)(?:\s*/\s*(\d+))?{_OPEN}({N})(?:\s*%?{_CLOSE}{_OPEN}|\s*%?\s*[;,]|\s*%\s)"
            rf"\s*{_CI}({N})\s*%?\s*(?:-|to)\s*({N})\s*%?{_CLOSE}",
            re.I,
        ),
    ),
    ("split", re.compile(r"(\d+)\s*/\s*(\d+)(?:\s*/\s*\d+)+")),
    ("count", re.compile(rf"(\d+){_OPEN}(<?{N})\s*%?{_CLOSE}")),
    ("count", re.compile(rf"(\d+)\s*[,;/]?\s+({N})\s*%")),
    ("percent first", re.compile(rf"({N})\s*%?{_OPEN}(?:n\s*=\s*)?(\d+){_CLOSE}")),
    ("percent", re.compile(rf"({N})\s*%")),
    (
        "spread",
        re.compile(rf"({N})\s*%{_OPEN}{_CI}({N})\s*%?{_TO}({N})\s*%?{_CLOSE}", re.I),
    ),
    ("mean", re.compile(rf"({SIGNED})\s*±\s*({N})")),
    (
        "spread",
        re.compile(
            rf"({SIGNED}){_OPEN}{_CI}({SIGNED}|NR|NE|∞){_TO}({SIGNED}|NR|NE|∞|inf)"
            rf"{_CLOSE}",
            re.I,
        ),
    ),
    ("spread", re.compile(rf"({SIGNED})\s*[,;]\s*({SIGNED})\s*-\s*({SIGNED})")),
    ("spread", re.compile(rf"({SIGNED})\s+({N})\s*-\s*({N})")),
    ("limits", re.compile(rf"[\(\[]?\s*{_CI}({SIGNED}){_TO}({SIGNED}|NR|NE)\s*[\)\]]?", re.I)),
    ("pair", re.compile(rf"({SIGNED}){_OPEN}({SIGNED}){_CLOSE}")),
    ("number", re.compile(rf"({SIGNED})")),
]


@dataclass(frozen=True)
class Reading:
    """What a text holds: its kind, and its numbers as they are printed."""

    kind: str
    parts: tuple[str, ...] = ()


def read(text: str) -> Reading:
    """Read the text of a cell, whatever column it stands in.

    Kinds: empty, reference, count (n, per cent), fraction (n, of, per cent), count ci (with
    percentage and limits), percent, percent first, split (30/20/10), mean (with its SD), spread
    (three numbers), limits (two), pair (a number and one in brackets), number, or text.
    """
    bare = without_marks(text)
    if bare.endswith(")") and bare.count(")") > bare.count("("):
        bare = bare[:-1].rstrip()
    if bare.lower() in EMPTY:
        return Reading("empty")
    if re.search("ref|baseline", bare, re.I) and _REFERENCE.fullmatch(bare):
        return Reading("reference")
    for kind, pattern in PATTERNS:
        found = pattern.fullmatch(bare)
        if found:
            return Reading(kind, tuple(x or "" for x in found.groups()))
    lettered = re.fullmatch(r"(.*[\d)\]%])\s?[a-f]", bare)
    return read(lettered[1]) if lettered else Reading("text", (bare,))


def read_p(text: str) -> str | None:
    """Read a P value as the file of printed results writes it (None: it is none)."""
    bare = re.sub(r"^[pP]\s*(?:value)?\s*(?=[<>=≤≥])", "", without_marks(text))
    if _NS.fullmatch(bare):
        return ">0.05"
    found = _P.fullmatch(bare)
    if not found or (found[1] == "" and found[2] in ("0", "1") and bare not in ("0", "1", "1.0")):
        return None
    relation = {"≤": "<", "≥": ">", "=": ""}.get(found[1], found[1])
    return f"{relation}{found[2]}"


def ratio_text(parts: tuple[str, ...]) -> str:
    """Write a ratio with its limits."""
    return f"{parts[0]} ({parts[1]}-{parts[2]})" if len(parts) > 2 else parts[0]


def is_statistic(text: str) -> bool:
    """Tell whether a text holds numbers of a statistic."""
    return read(text).kind not in ("empty", "reference", "text") or read_p(text) is not None

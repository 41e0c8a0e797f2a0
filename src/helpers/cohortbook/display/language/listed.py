"""Whether what stands in a slot of a pattern is one thing, or a list of things of one kind.

A slot that takes "1 with A and 2" out of "1 with A and 2 with B" would put a number beside another
arm: the parts of such a text are not of one shape (a number and a label; a number alone).
"""

from __future__ import annotations

import re

MARK = "\ue000"  # of a label
BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
INTERVAL = re.compile(
    r",? ?(?:the )?\d[\d.]*% CI (?:not estimable|[\d.−∞NR-]+(?: to |–)[\d.−∞NR-]+)"
)
OF_NUMBER = re.compile(r"(?<=\d)[,;] \*?P\*? [=<>≥] [\d.]+")
SEPARATOR = re.compile(r"; and |, and |; |, | and | against | but ")
PLACE = re.compile(r"\b(?:months?|grade|patient) \d[\d.]*")
TOKEN = re.compile(
    r"(?P<N>[<>≥≤~]?[−-]?\d[\d.,]*%?|\b(?:NR|none|no|nobody|one|two|three|four|five|six|seven|eight|nine)\b)"
    r"|(?P<L>\ue000|[^\W\d_]+)",
    re.IGNORECASE,
)
NUMERIC = re.compile(r"\d|\b(?:NR|none|no|one|two|three|four|five|six|seven|eight|nine)\b")
NO_LABEL = re.compile(
    r"(?:an?|and|are|as|at|be|by|for|from|had|has|have|in|is|it|of|on|or|the|to|was|were|which"
    r"|with|than|that|its|their|each|all|both|only|not|per|cent|up|down|months?|patients?|days?"
    r"|years?|percentage|points)",
    re.IGNORECASE,
)


def of_one_kind(text: str, own: re.Pattern[str] | None) -> bool:
    """Say whether the parts of a text that lists something are alike in numbers and labels.

    Parameters
    ----------
    text : str
        English.
    own : Pattern or None
        Finds the study's own words, which may hold separators themselves.
    """
    if not (SEPARATOR.search(text) and NUMERIC.search(text)):
        return True
    parts = SEPARATOR.split(_bare(text, own))
    shapes = {shape for part in parts if (shape := _shape(part))}
    return len(shapes) < 2 or not any("N" in shape for shape in shapes)


def _bare(text: str, own: re.Pattern[str] | None) -> str:
    """Give a text with a mark for each of the study's words, without brackets and intervals."""
    text = own.sub(MARK, text) if own else text
    before = ""
    while before != text:
        before, text = text, BRACKETED.sub("", text)
    return PLACE.sub(MARK, OF_NUMBER.sub("", INTERVAL.sub("", text)))


def _shape(part: str) -> str:
    """Give the order of numbers (N) and labels (L) of a part, neighbours of a kind as one."""
    found = (
        token.lastgroup or "" for token in TOKEN.finditer(part) if not NO_LABEL.fullmatch(token[0])
    )
    return re.sub(r"(.)\1+", r"\1", "".join(found))

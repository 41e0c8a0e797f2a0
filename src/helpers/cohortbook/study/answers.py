"""Yes and no as exports write them, in English, German, French, Spanish, Italian, Dutch
and Chinese."""

from __future__ import annotations

# whole words, which mean it wherever they stand
YES_WORDS = {"yes", "true", "ja", "oui", "sí", "sì", "si", "是"}
NO_WORDS = {"no", "false", "nein", "non", "nee", "neen", "否"}
# with letters and marks, which mean it beside their opposite
YES = YES_WORDS | {"y", "t", "j", "有", "checked", "x"}
NO = NO_WORDS | {"n", "f", "无", "none", "geen", "unchecked"}
DIGITS = {"1": True, "1.0": True, "0": False, "0.0": False}


def answer(text: str) -> bool | None:
    """Say whether a cell is yes (True) or no (False), in a word, a letter or 1 and 0."""
    word = text.strip().casefold()
    return True if word in YES else False if word in NO else DIGITS.get(word)

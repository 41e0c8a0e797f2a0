"""Whether a translated sentence has each number beside the label that it has in English.

The study's own words stand in a translation as they are, and so do numbers: both can be found in
the two texts without any pattern. A language may put a label before its number that English has
after it, and a total before its part; it may not carry a number past another label, nor change the
order of arms, of endpoints or of other words of the study.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

NUMBER = r"(?<![A-Za-z0-9_.])\d+(?:[.,]\d+)*(?:(?![A-Za-z])|(?=th\b))"
COUNTS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
IN_WORDS = {word: str(n) for n, word in enumerate(COUNTS, 1)}
DECIMAL = r"\d+(?:\.\d+)?"
MONTH = re.compile(
    rf"\bmonth ({DECIMAL})(?: to month ({DECIMAL}))?|第({DECIMAL})(?:～({DECIMAL}))?个月"
)
OF_TYPE = (  # percentages, P values
    re.compile(rf"({NUMBER})[ \u00a0]?%"),
    re.compile(rf"P\*? ?[=<>≥] ?({NUMBER})"),
)
RANGE = re.compile(rf"({NUMBER})%?(?: to |–|～)([−<>]*{NUMBER})")
SHARE = re.compile(rf"({NUMBER})(?: of (?:the )?|/)({NUMBER})")
OF_TOTAL = re.compile(
    rf"({NUMBER})[^\d，。；：、（）]{{0,24}}中(?![期位间心])[^\d，。；：、（）]{{0,14}}({NUMBER})"
)


class Word(NamedTuple):
    """A number or a label of a text, the how-manieth of its like, and of which run of labels."""

    kind: str  # "" of a number
    text: str
    time: int
    run: int  # of a number: how many runs of labels stand before it; of a label: which run it is in


class Labels:
    """The words of a study that a translation leaves as they are, in kinds: arms, endpoints, ..."""

    def __init__(self, kinds: Iterable[Iterable[str]]) -> None:
        named = enumerate(kinds, 1)
        self.kind = {text: str(n) for n, texts in named for text in texts if len(text) > 1}
        texts = sorted(self.kind, key=lambda text: (-len(text), text))
        parts = (rf"(?<![A-Za-z]){re.escape(text)}(?![A-Za-z])" for text in texts)
        words = rf"(?i:\b(?:{'|'.join(IN_WORDS)})\b)"
        self._found = re.compile("|".join(["\ue000.*?\ue001", *parts, NUMBER, words]))

    def words(self, text: str) -> list[Word]:
        """Give numbers and labels of a text in order."""
        times: Counter[str] = Counter()
        run, found = 0, []
        after_label = False
        for read in self._found.findall(MONTH.sub(_month, text)):
            one = read if read in self.kind else IN_WORDS.get(read.lower(), read)
            kind = "month" if one[0] == "\ue000" else self.kind.get(one, "")
            run += bool(after_label and not kind)
            found.append(Word(kind, one, times[one], run))
            times[one] += 1
            after_label = bool(kind)
        return found


def _month(found: re.Match[str]) -> str:
    """Give a month, or the time between two, as a mark that is alike in both languages."""
    return f"\ue000{'～'.join(filter(None, found.groups()))}\ue001"


def same_places(english: str, other: str, labels: Labels) -> bool:
    """Say whether numbers and labels of two texts stand with each other alike.

    Parameters
    ----------
    english, other : str
        A sentence and its translation, without what is for the renderer.
    labels : Labels
        Of the study.
    """
    before, after = _in_both(labels.words(english), labels.words(other))
    return (
        all(Counter(kind.findall(english)) == Counter(kind.findall(other)) for kind in OF_TYPE)
        and _pairs(english, other)
        and _same_order(before, after)
        and _neighbours(before, after)
    )


def _pairs(english: str, other: str) -> bool:
    """Say whether ranges have the same ends, and no share has become its total."""
    english, other = (MONTH.sub(" ", text) for text in (english, other))
    shares = {pair for text in (english, other) for pair in SHARE.findall(text)}
    turned = {(total, part) for part, total in shares if part != total} - set(
        SHARE.findall(english)
    )
    parts = {*SHARE.findall(other), *(pair[::-1] for pair in OF_TOTAL.findall(other))}
    return not (turned & parts) and not Counter(RANGE.findall(other)) - Counter(
        RANGE.findall(english)
    )


def _in_both(before: list[Word], after: list[Word]) -> tuple[list[Word], list[Word]]:
    """Leave out what does not stand in both texts as often."""
    often = [Counter(word.text for word in words) for words in (before, after)]
    return (
        [word for word in before if often[0][word.text] == often[1][word.text]],
        [word for word in after if often[0][word.text] == often[1][word.text]],
    )


def _same_order(before: list[Word], after: list[Word]) -> bool:
    """Say whether labels of a kind, decimals, and numbers with a label between keep their order."""
    for kind in {word.kind for word in before} - {""}:
        first, second = ([w.text for w in words if w.kind == kind] for words in (before, after))
        if first != second:
            return False
    decimals = (
        [w.text for w in words if not w.kind and "." in w.text] for words in (before, after)
    )
    if next(decimals) != next(decimals):
        return False
    run = {(word.text, word.time): word.run for word in before if not word.kind}
    runs = [run[word.text, word.time] for word in after if not word.kind]
    return runs == sorted(runs)


def _neighbours(before: list[Word], after: list[Word]) -> bool:
    """Say whether the number that follows a label stands beside that label in English, too."""
    run = {(word.text, word.time): word.run for word in before}
    for word, following in pairwise(after):
        if word.kind and not following.kind:
            apart = run[following.text, following.time] - run[word.text, word.time]
            if apart not in (0, 1):
                return False
    return True

"""Sentence patterns of a language, found again in finished English text.

A pattern is English text with slots: "Median {label} was {a} against {b}." What stands in a slot is
the study's own, a number, or again a text with a pattern; else the pattern does not fit. A slot
that is named {own} or {own2} takes only the study's own, {num} only what has no letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from ...study.languages import SLOT

WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+")
LONGEST = 1200  # letters of what may stand in one slot

Said = Callable[
    [str, str, bool], str | None
]  # of a slot: name, what stands in it, whether it moves


@dataclass(frozen=True)
class Pattern:
    """One pattern: the literals around its slots, their names, and the text in the language."""

    literals: tuple[str, ...]
    slots: tuple[str, ...]
    other: str

    @classmethod
    def of(cls, english: str, other: str) -> Pattern:
        parts = SLOT.split(english)
        return cls(tuple(parts[::2]), tuple(parts[1::2]), other)

    @cached_property
    def moved(self) -> frozenset[str]:
        """The slots that change their place: among the others, or at an end of the text."""
        parts = SLOT.split(self.other)
        places = zip(self.slots, parts[1::2], strict=True)
        moved = {slot for pair in places for slot in pair if pair[0] != pair[1]}
        for at, slot in ((0, self.slots[0]), (-1, self.slots[-1])):
            if bool(self.literals[at]) != bool(parts[at]):
                moved.add(slot)
        return frozenset(moved)

    @property
    def weight(self) -> tuple[int, int]:
        """How much of a text is the pattern's own: the more, the earlier it is tried."""
        return sum(map(len, self.literals)), -len(self.slots)

    def could_fit(self, text: str) -> bool:
        return (
            text.startswith(self.literals[0])
            and text.endswith(self.literals[-1])
            and all(part in text for part in self.literals[1:-1])
        )

    def fill(self, text: str, said: Said) -> str | None:
        """Give the text in the language; None where what stands in a slot has no words."""
        if not self.slots:
            return self.other if text == self.literals[0] else None
        values = self._values(text, len(self.literals[0]), 0, said)
        if values is None:
            return None
        return SLOT.sub(lambda found: values[self.slots.index(found[1])], self.other)

    def _values(self, text: str, start: int, at: int, said: Said) -> list[str] | None:
        """Fill the slots from `at` on, the shortest text first that has words."""
        after = self.literals[at + 1]
        if at == len(self.slots) - 1:
            end = len(text) - len(after)
            fits = end > start and text.endswith(after)
            value = self._said(at, text[start:end], said) if fits else None
            return None if value is None else [value]
        for end in _places(text, after, start + 1):
            value = self._said(at, text[start:end], said)
            if value is not None:
                rest = self._values(text, end + len(after), at + 1, said)
                if rest is not None:
                    return [value, *rest]
        return None

    def _said(self, at: int, text: str, said: Said) -> str | None:
        slot = self.slots[at]
        return said(slot, text, slot in self.moved)


def _places(text: str, part: str, start: int) -> Iterator[int]:
    at = text.find(part, start)
    while 0 <= at <= start + LONGEST:
        yield at
        at = text.find(part, at + 1)


class Patterns:
    """All patterns of a language, those that say most first."""

    def __init__(self, words: Mapping[str, str]) -> None:
        made = [Pattern.of(english, other) for english, other in words.items()]
        self.exact = {one.literals[0]: one.other for one in made if not one.slots}
        self._open = sorted(
            (one for one in made if one.slots), key=lambda p: p.weight, reverse=True
        )
        self._vocabulary = {
            word for one in made for part in one.literals for word in words_of(part)
        }

    def fitting(self, text: str) -> Iterator[Pattern]:
        """Give the patterns that may fit, in order."""
        return (one for one in self._open if one.could_fit(text))

    def knows(self, words: Iterable[str]) -> bool:
        """Say whether all of these words stand in some pattern: others cannot be translated."""
        return self._vocabulary.issuperset(words)


def words_of(text: str) -> list[str]:
    """Give the words of a text in letters."""
    return WORD.findall(text)

"""What was changed within a paragraph: stretches of its text, each deleted, replaced or put in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from ..formats import HAN

# A number with its sign and point is one token: 0.58 to 0.68 is a new number, not a new digit. Each
# letter of Chinese is one: it puts no blank between a word and the number after it.
TOKEN = re.compile(rf"[+\-\u2212]?\d+(?:[.,]\d+)*|[{HAN}]|(?:(?![{HAN}])\w)+|\s|.", re.DOTALL)
LONGEST = 10_000  # tokens of a paragraph that are compared
SAME = str.maketrans({"\u00a0": " ", "\u202f": " ", "\t": " ", "\n": " ", "\u2011": "-"})


@dataclass(frozen=True)
class Operation:
    """`text[start:stop]` of the report became `other[begin:end]`; either may be empty."""

    start: int
    stop: int
    begin: int
    end: int


@dataclass(frozen=True)
class Span:
    """A stretch of a paragraph that is no text of the sources: a value, a reference, a citation."""

    start: int
    stop: int
    kind: str
    source: str

    @property
    def key(self) -> str:
        """The name of a value: `survival.overall`."""
        found = re.match(r"\{\{<\s*(?:var|meta)\s+(\S+)\s*>\}\}", self.source)
        return found[1] if found else self.source


class TooLong(Exception):
    """A paragraph with more words than are compared."""


def operations(text: str, other: str, spans: Sequence[Span]) -> list[Operation]:
    """Compare two texts word by word, numbers being words.

    Where a change can stand in several places, as with the blank before or after a word, it is put
    where it touches no span.

    Raises
    ------
    TooLong
    """
    one, two = TOKEN.findall(text), TOKEN.findall(other)
    if max(len(one), len(two)) > LONGEST:
        raise TooLong
    here, there = _offsets(one), _offsets(two)
    matcher = SequenceMatcher(None, _keys(one), _keys(two), autojunk=False)
    found = [
        Operation(here[i1], here[i2], there[j1], there[j2])
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
    ]
    return _slid(found, text, other, spans)


def _keys(tokens: Sequence[str]) -> list[str]:
    return [token.translate(SAME) if token != "\n\n" else token for token in tokens]


def _offsets(tokens: Sequence[str]) -> list[int]:
    found = [0]
    for token in tokens:
        found.append(found[-1] + len(token))
    return found


def touches(operation: Operation, span: Span) -> bool:
    """Say whether an operation changes what is inside a span."""
    if operation.start == operation.stop:
        # text put in at the edge of a value is beside it
        return span.start < operation.start < span.stop
    return operation.start < span.stop and operation.stop > span.start


def _slid(
    found: Sequence[Operation], text: str, other: str, spans: Sequence[Span]
) -> list[Operation]:
    done: list[Operation] = []
    for position, one in enumerate(found):
        low = done[-1].stop if done else 0
        high = found[position + 1].start if position + 1 < len(found) else len(text)
        placed = one
        # a replacement has one place only
        alone = one.start == one.stop or one.begin == one.end
        if alone and any(touches(one, span) for span in spans):
            placed = next(
                (
                    moved
                    for moved in _moves(one, text, other, low, high)
                    if not any(touches(moved, span) for span in spans)
                ),
                one,
            )
        done.append(placed)
    return done


def _moves(one: Operation, text: str, other: str, low: int, high: int) -> list[Operation]:
    """Give the places at which the same insertion or deletion could stand as well."""
    found = []
    for step in (1, -1):
        moved = one
        while True:
            into = text if moved.begin == moved.end else other
            start, stop = (
                (moved.start, moved.stop) if moved.begin == moved.end else (moved.begin, moved.end)
            )
            edge = moved.stop if step > 0 else moved.start
            if (step > 0 and edge >= high) or (step < 0 and edge <= low):
                break
            entering = into[stop : stop + 1] if step > 0 else into[start - 1 : start]
            leaving = into[start] if step > 0 else into[stop - 1]
            if not entering or entering.translate(SAME) != leaving.translate(SAME):
                break
            moved = Operation(
                moved.start + step, moved.stop + step, moved.begin + step, moved.end + step
            )
            found.append(moved)
    return found

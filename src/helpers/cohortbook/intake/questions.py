"""What `new` asks: one question a decision, for a terminal and for a page, with one set of answers.

Every decision that somebody may know better is a `Question` with its place, its options with
counts and the guess. An answer is kept by the place, and the draft is made again with it: so a
terminal and a page change the same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Place = tuple[str, ...]
Answers = dict[Place, tuple[str, ...]]
LONGEST_ANSWER = 200  # letters


@dataclass(frozen=True)
class Option:
    """One answer: the value that is kept, how it is shown, and a count or remark beside it."""

    value: str
    shown: str
    note: str = ""

    @property
    def text(self) -> str:
        """What is shown with its remark."""
        return f"{self.shown} ({self.note})" if self.note else self.shown


@dataclass(frozen=True)
class Question:
    """One decision about an export.

    Attributes
    ----------
    place : tuple of str
        What it decides; answers are kept by it.
    text : str
        The question.
    options : tuple of Option
        What can be answered; empty where any text can.
    guess : tuple of str
        Values that are taken where nobody answers.
    sure : bool
        Whether a name, a label, dates or the command line say so. A terminal asks only the others.
    several : int
        How many values an answer has at least; 1 and `most` 1 is the usual choice of one.
    most : int
    free : bool
        Whether a text that is no option is an answer too.
    why : str
        Why the guess, and what the data say against it.
    value : tuple of str
        What is taken: the answer or the guess.
    answered : bool
    """

    place: Place
    text: str
    options: tuple[Option, ...]
    guess: tuple[str, ...]
    sure: bool = False
    several: int = 1
    most: int = 1
    free: bool = False
    why: str = ""
    value: tuple[str, ...] = ()
    answered: bool = False

    @property
    def numbered(self) -> bool:
        """Whether options can be named by their place: not where one is a number itself."""
        return not any(
            text.isdigit() for option in self.options for text in (option.value, option.shown)
        )

    def fits(self, answer: Sequence[str]) -> bool:
        """Say whether these values answer it."""
        if not self.several <= len(answer) <= self.most or len(set(answer)) != len(answer):
            return False
        known = {option.value for option in self.options}
        return all(
            value in known or (self.free and 0 < len(value.strip()) <= LONGEST_ANSWER)
            for value in answer
        )

    def read(self, text: str) -> tuple[str, ...] | None:
        """Read what somebody typed: numbers of options, values or shown texts, with commas between.

        Returns None where it is no answer.
        """
        typed = " ".join(text.split())
        for parts in ([typed], [part.strip() for part in typed.split(",")]):
            values = [self._one(part) for part in parts]
            found = tuple(value for value in values if value is not None)
            if len(found) == len(parts) and self.fits(found):
                return found
        return None

    def _one(self, typed: str) -> str | None:
        for option in self.options:
            if typed and typed in (option.value, option.shown):
                return option.value
        folded = [o.value for o in self.options if typed.casefold() == o.shown.casefold() and typed]
        if len(folded) == 1:
            return folded[0]
        if self.numbered and typed.isdigit() and 1 <= int(typed) <= len(self.options):
            return self.options[int(typed) - 1].value
        return typed if self.free and typed else None


Ask = Callable[[Question], "tuple[str, ...] | None"]


def nobody(_question: Question) -> None:
    """Answer nothing, as where nobody is at the terminal: every guess is taken."""

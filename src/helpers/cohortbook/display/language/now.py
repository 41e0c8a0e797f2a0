"""The language in which figures are drawn now: English unless a verb draws in another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Draws(Protocol):
    """What says a text of a figure in a language."""

    def drawn(self, text: str) -> str: ...


_now: ContextVar[Draws | None] = ContextVar("language", default=None)


@contextmanager
def drawing_in(speech: Draws | None) -> Iterator[None]:
    """Draw in a language while this lasts."""
    before = _now.set(speech)
    try:
        yield
    finally:
        _now.reset(before)


def drawn(text: str) -> str:
    """Give a text as the language that is drawn in has it."""
    speech = _now.get()
    return speech.drawn(text) if speech and text else text

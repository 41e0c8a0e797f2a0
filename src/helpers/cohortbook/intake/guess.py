"""What `new` took for what, as data: one decision an object, for the study file and for a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# kinds of guesses, those that change results most first
KINDS = {
    "event": "Which value is the event",
    "unit": "Units of times",
    "pair": "Which time belongs to which status",
    "endpoint": "What an endpoint is",
    "arms": "Arms",
    "patients": "Patients and their rows",
    "outcome": "Response, events and measurements",
    "table": "Tables",
    "privacy": "Personal data",
    "variable": "Variables",
    "left out": "Left out",
    "cells": "Cells read as something else",
}
FEW = 4  # of one kind that are shown one by one
SHORT = 8  # guesses in all that are shown without headings


@dataclass(frozen=True)
class Guess:
    """One decision about an export.

    Attributes
    ----------
    place : tuple of str
        Keys of the study file that it decides: ("endpoints", "os", "unit").
    value : object
        What was decided: a column, a code, a unit, codes of events; None for a remark.
    reason : str
        Why, as a sentence or a phrase without a full stop.
    sure : bool
        Whether a name, a label, a codebook, dates or the user say so; if not, it is UNSURE.
    kind : str
        One of `KINDS`.
    evidence : tuple of str
        What the data say, in phrases: "42 of 73 had the event".
    alternatives : tuple
        What else it could be, the likeliest first.
    columns : tuple of str
        Columns that it is about.
    """

    place: tuple[str, ...]
    value: object
    reason: str
    sure: bool
    kind: str = "variable"
    evidence: tuple[str, ...] = ()
    alternatives: tuple[object, ...] = ()
    columns: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The reason with its evidence."""
        return "; ".join([self.reason, *self.evidence])


def worst_first(guesses: Iterable[Guess]) -> list[Guess]:
    """Give the unsure guesses, those that change results most first, each text once."""
    order = list(KINDS)
    unsure = {guess.text: guess for guess in reversed([g for g in guesses if not g.sure])}
    return sorted(reversed(unsure.values()), key=lambda guess: order.index(guess.kind))


def grouped(guesses: Iterable[Guess], where: str = "study.yml") -> list[str]:
    """Give lines for a terminal: unsure guesses by kind with counts, the rest of a kind counted.

    A few are listed as they are; many get a heading a kind, and of each kind only the first lines.
    """
    found = worst_first(guesses)
    if len(found) <= SHORT:
        return [guess.text for guess in found]
    lines = []
    for kind, title in KINDS.items():
        members = [guess.text for guess in found if guess.kind == kind]
        if not members:
            continue
        lines.append(f"{title} ({len(members)}):")
        lines += [f"  {text}" for text in members[:FEW]]
        if len(members) > FEW:
            lines.append(f"  and {len(members) - FEW} more, named in {where}")
    return lines

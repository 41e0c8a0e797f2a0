"""A study file in the making: its content, why each guess was made, and what remained unsure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pandas as pd

Ask = Callable[[str, Sequence[str], str], str]


def take_default(_question: str, _options: Sequence[str], default: str) -> str:
    """Answer every question with the guess, as where nobody is at the terminal."""
    return default


@dataclass(frozen=True)
class Wishes:
    """What the command line says; what it does not say is guessed.

    Attributes
    ----------
    id, arm, response : str or None
        Columns.
    arms : tuple of str
        Codes of the two arms that are compared.
    reference : str or None
        Code of the reference arm.
    endpoints : tuple of str
        NAME:TIME:EVENT or NAME:TIME:EVENT:CODE (the code that is an event).
    unit : str or None
        Unit of the endpoints' times.
    cutoff : str or None
        Data cut-off, yyyy-mm-dd.
    title : str or None
    pseudonyms : bool
        Replace the identifiers by P001, P002 and so on.
    keep : tuple of str
        Columns that stay although they look personal.
    single_arm : bool
        Describe all patients as one arm.
    dates : str or None
        Order of dates written with numbers: ymd, dmy or mdy.
    """

    id: str | None = None
    arm: str | None = None
    response: str | None = None
    arms: tuple[str, ...] = ()
    reference: str | None = None
    endpoints: tuple[str, ...] = ()
    unit: str | None = None
    cutoff: str | None = None
    title: str | None = None
    pseudonyms: bool = False
    keep: tuple[str, ...] = ()
    single_arm: bool = False
    dates: str | None = None


@dataclass
class Draft:
    """What `new` writes: tables by role, the study's keys, comments by key, and doubts.

    `kept` says which patients are in one of the two arms, None where all are. `comments`
    maps a path of keys, such as ("endpoints", "os"), to the lines above it. `used` holds columns
    of the patient table that have a meaning already, `events` the number of events of each
    endpoint. `varying` holds columns made from several rows of a patient.
    """

    wishes: Wishes
    ask: Ask
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    study: dict[str, object] = field(default_factory=dict)
    comments: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    events: dict[str, int] = field(default_factory=dict)
    kept: pd.Series | None = None
    varying: set[str] = field(default_factory=set)
    adam_arm: str | None = None
    keys: set[str] = field(default_factory=lambda: {"patient_id", "arm"})

    def of_arms(self, cells: pd.Series) -> pd.Series:
        """Keep the cells of the patients who are compared."""
        return cells if self.kept is None else cells[self.kept]

    def comment(self, *path: str, text: str) -> None:
        """Put a comment above a key."""
        self.comments.setdefault(path, []).append(text)

    def unsure(self, *path: str, text: str) -> None:
        """Put a doubt above a key and among those shown at the end."""
        self.comment(*path, text=f"UNSURE: {text}")
        self.doubts.append(text)

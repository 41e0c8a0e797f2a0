"""A study file in the making: its content, why each guess was made, and what remained unsure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from ..study.unconfirmed import DATA
from .guess import Guess, worst_first
from .questions import Answers, Ask, Place, Question, nobody

RIGHT = "right"  # the place of a doubt that somebody called right: (RIGHT, its text)
# the kind of guess that stands above a key of the study file
KIND_OF_KEY = {
    "endpoints": "endpoint",
    "arms": "arms",
    "reference_arm": "arms",
    "other_arms": "arms",
    "columns": "patients",
    "response": "outcome",
    "adverse_events": "outcome",
    "measurements": "outcome",
    "privacy": "privacy",
    "tables": "table",
    "variables": "variable",
}


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
    without : tuple of str
        Columns that are left out as if the export did not have them.
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
    without: tuple[str, ...] = ()


@dataclass
class Draft:
    """What `new` writes: tables by role, the study's keys, comments by key, and guesses.

    `kept` says which patients are in one of the two arms, None where all are. `comments`
    maps a path of keys, such as ("endpoints", "os"), to the lines above it. `used` holds columns
    of the patient table that have a meaning already, `events` the number of events of each
    endpoint. `aside` holds columns that are no baseline variables, and why; `varying` columns made
    from several rows of a patient; `patients_from` the name of the table that the patients come
    from; `unconfirmed` what the report must not tell as fact.
    `answers` holds what somebody answered, `questions` all that could be. `adverse` holds keys of
    the adverse events: the column of the grade, criteria that are not CTCAE. `idents` says of each
    endpoint by which column its answers are kept; `shown` that a page shows the draft, so that what
    must be chosen is guessed and does not end it.
    """

    wishes: Wishes
    ask: Ask = nobody
    answers: Answers = field(default_factory=dict)
    questions: dict[Place, Question] = field(default_factory=dict)
    idents: dict[str, str] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    study: dict[str, object] = field(default_factory=dict)
    comments: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    guesses: list[Guess] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    events: dict[str, int] = field(default_factory=dict)
    kept: pd.Series | None = None
    varying: set[str] = field(default_factory=set)
    aside: dict[str, str] = field(default_factory=dict)
    adam_arm: str | None = None
    patients_from: str = ""
    unconfirmed: list[str] = field(default_factory=lambda: [DATA])
    adverse: dict[str, str] = field(default_factory=dict)
    shown: bool = False
    keys: set[str] = field(default_factory=lambda: {"patient_id", "arm"})

    def of_arms(self, cells: pd.Series) -> pd.Series:
        """Keep the cells of the patients who are compared."""
        return cells if self.kept is None else cells[self.kept]

    @property
    def has_arms(self) -> bool:
        """Whether two arms are compared."""
        return len(self.study["arms"]) > 1

    def choose(self, question: Question) -> Question:
        """Give a question with its value: the answer, else asked if unsure, else the guess."""
        given = self.answers.get(question.place)
        if given is None and not question.sure:
            given = self.ask(question)
            if given is not None:
                self.answers[question.place] = given
        answered = given is not None and question.fits(given)
        value = given if answered else question.guess
        settled = replace(question, value=tuple(value), answered=answered)
        self.questions[question.place] = settled
        return settled

    def comment(self, *path: str, text: str) -> None:
        """Put a comment above a key."""
        self.comments.setdefault(path, []).append(text)

    def unsure(
        self,
        *path: str,
        text: str,
        kind: str = "",
        value: object = None,
        evidence: Sequence[str] = (),
        alternatives: Sequence[object] = (),
        columns: Sequence[str] = (),
        confirm: str = "",
    ) -> None:
        """Put a doubt above a key and among those shown at the end.

        `confirm` is a place of the study file that is unconfirmed by it: see `unconfirmed`. What
        somebody called right is none any more.
        """
        kind = kind or KIND_OF_KEY.get(path[0] if path else "", "variable")
        guess = Guess(
            path, value, text, False, kind, tuple(evidence), tuple(alternatives), tuple(columns)
        )
        if (RIGHT, guess.text) in self.answers:
            self.guesses.append(replace(guess, sure=True))
            self.comment(*path[:2], text=f"Confirmed: {guess.text}")
            return
        self.guesses.append(guess)
        self.comment(*path[:2], text=f"UNSURE: {guess.text}")
        if confirm and confirm not in self.unconfirmed:
            self.unconfirmed.append(confirm)

    def sure(
        self,
        *path: str,
        value: object,
        text: str,
        kind: str,
        evidence: Sequence[str] = (),
        alternatives: Sequence[object] = (),
        columns: Sequence[str] = (),
    ) -> None:
        """Record a decision that a name, a label, dates or the user make sure."""
        self.guesses.append(
            Guess(
                path, value, text, True, kind, tuple(evidence), tuple(alternatives), tuple(columns)
            )
        )

    @property
    def doubts(self) -> list[str]:
        """Texts of what is unsure, that which changes results most first."""
        return [guess.text for guess in worst_first(self.guesses)]

"""What a verb gives back: the numbers, the doors to them, and the settings they were made with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ..analysis.small_cells import refuse_small, withhold
from ..cohort.cohort import Cohort
from ..cohort.seal import LARGEST, digest_of, refuse_changed
from ..display.language.now import drawing_in
from ..display.language.shown import figure_in, table_in
from ..display.language.speech import speech_of
from ..errors import CohortbookError

SHOWN = 6  # rows of the frame that a notebook shows of a result
ABSTRACT = "abstract"
IN_WORDS = ("analysis", "population", "method", "note")  # columns that are not shown with them


class Sentences(str):
    """Computed prose (Markdown), shown as text in a notebook; `parts` has it by name.

    Parts whose names begin with "abstract" say it shorter for the abstract, and are not shown.
    """

    parts: dict[str, str]
    made_from: Cohort | None
    endpoint: str

    def __new__(
        cls, parts: Mapping[str, str], made_from: Cohort | None = None, endpoint: str = ""
    ) -> Sentences:
        shown = [text for name, text in parts.items() if text and not name.startswith(ABSTRACT)]
        told = super().__new__(cls, "\n\n".join(shown))
        told.parts, told.made_from, told.endpoint = dict(parts), made_from, endpoint
        return told

    def _repr_markdown_(self) -> str:
        return str(self)


def said_in(told: Sentences) -> Sentences:
    """Give sentences in the language of the study that they were made from."""
    speech = speech_of(told.made_from)
    if speech is None:
        return told
    parts = {name: speech.text(text) for name, text in told.parts.items()}
    return Sentences(parts, told.made_from, told.endpoint)


@dataclass
class Result:
    """A result with four doors: `.frame`, `.table()`, `.figure()`, `.sentence()`.

    Attributes
    ----------
    verb : str
        What was asked, such as "cox".
    cohort : Cohort
        The cohort, with the study file and the choices that the result was made with.
    frame : DataFrame
        Tidy, one row a statistic (`results.COLUMNS`); for some figures the points that are drawn.
    frames : dict
        Further frames behind the result, by name.
    endpoint : str
        The endpoint it is about; "" if it is about none, or about all.
    """

    verb: str
    cohort: Cohort
    frame: pd.DataFrame
    endpoint: str = ""
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    tables: Callable[..., Any] | None = None
    figures: Callable[..., Any] | None = None
    sentences: Callable[..., dict[str, str]] | None = None
    _seal: dict[str, tuple[list[Any], str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        refuse_changed(self.cohort)
        # a verb that forgets `shown` is refused here, before any door is open
        if self.cohort.study.privacy.smallest_count:
            for frame in (self.frame, *self.frames.values()):
                refuse_small(frame, self.cohort)
        self._seal = {
            name: ([*frame], digest_of(frame, frame))
            for name, frame in self._every_frame().items()
            if len(frame) <= LARGEST
        }

    def _every_frame(self) -> dict[str, pd.DataFrame]:
        return {".frame": self.frame} | {
            f".frames[{name!r}]": frame for name, frame in self.frames.items()
        }

    def refuse_edited(self) -> None:
        """Refuse numbers that were changed by hand after they were computed.

        Raises
        ------
        CohortbookError
            As tables and sentences would say others than `results.json`.
        """
        every = self._every_frame()
        for name, (columns, digest) in self._seal.items():
            frame = every.get(name)
            known = frame is not None and set(columns) <= set(frame)
            if not known or digest_of(frame, columns) != digest:
                raise CohortbookError(
                    f"{name} of this result of {self.verb} was changed after it was computed, and "
                    "what is shown and said of it would no longer be what was found.",
                    mend=f"Work on a copy, {name}.copy(). New columns may be added.",
                )

    @property
    def study(self):
        """The study as it was in force."""
        return self.cohort.study

    def table(self, **how: Any):
        """Lay the result out as a table (`display.table.Table`)."""
        made = table_in(self._made("table", self.tables, how), speech_of(self.cohort))
        made.made_from = self.cohort
        return made

    def figure(self, **how: Any):
        """Draw the result (`display.figure.Figure`)."""
        speech = speech_of(self.cohort)
        with drawing_in(speech):
            return figure_in(self._made("figure", self.figures, how), speech)

    def sentence(self, **how: Any) -> Sentences:
        """Say the result in words (Markdown)."""
        if self.sentences is None:
            raise self._no_door("sentence")
        self.refuse_edited()
        return said_in(Sentences(self.sentences(**how), self.cohort, self.endpoint))

    def _made(self, door: str, make: Callable[..., Any] | None, how: dict[str, Any]) -> Any:
        if make is None:
            raise self._no_door(door)
        self.refuse_edited()
        made = make(**how)
        made.made_from = self.cohort
        return made

    def _no_door(self, door: str) -> CohortbookError:
        doors = {"table": self.tables, "figure": self.figures, "sentence": self.sentences}
        open_ = [f".{name}()" for name, make in doors.items() if make]
        return CohortbookError(
            f"{self.verb} has no {door}.",
            mend=f"It has {', '.join(open_)} and .frame." if open_ else "It has .frame.",
        )

    def __repr__(self) -> str:
        of = f" of {self.endpoint}" if self.endpoint else ""
        return f"{self.verb}{of}: {len(self.frame)} rows"

    def _repr_html_(self) -> str:
        frame = self.frame
        kept = [
            column
            for column in frame
            if column not in IN_WORDS
            and not frame[column].isin(["", None]).all()
            and frame[column].notna().any()
        ]
        rows = (
            frame[kept]
            .head(SHOWN)
            .to_html(
                index=False, border=0, float_format="%.4g", na_rep="", justify="left", max_cols=None
            )
        )
        more = len(frame) - SHOWN
        return rows + (f"<p>{more} more rows in <code>.frame</code></p>" if more > 0 else "")


def shown(results: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    """Withhold the small counts of a frame where the study asks for it: once, for all doors."""
    return withhold(results, cohort)

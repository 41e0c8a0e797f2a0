"""One family of errors: what is wrong, where, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a study's files; `row` counts as a spreadsheet does (header = row 1)."""

    file: str
    expected: str
    mend: str
    found: str = ""
    row: int | None = None
    patient: str = ""
    column: str = ""
    severity: str = "error"

    def as_row(self) -> dict[str, object]:
        """Give the problem as one row of the table that `check` prints and writes."""
        return asdict(self)

    def __str__(self) -> str:
        place = [self.file]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.patient:
            place.append(f"patient {self.patient}")
        if self.column:
            place.append(self.column)
        found = f"found {self.found}; " if self.found else ""
        return f"{', '.join(place)}: {found}expected {self.expected}. {self.mend}"


class CohortbookError(Exception):
    """Anything a user can mend: says what is wrong, where, and what to do."""

    def __init__(self, what: str, where: str = "", mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        super().__init__(self._text())

    def _text(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}" + (f" {self.mend}" if self.mend else "")


class StudyError(CohortbookError):
    """A study file or table that cannot be used, with all of its problems at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        count = len(self.problems)
        noun = "problem" if count == 1 else "problems"
        super().__init__("\n".join([f"{count} {noun} found.", *map(str, self.problems)]))


class ParameterError(CohortbookError):
    """A notebook parameter that does not exist or has an impossible value."""


class NotebookError(CohortbookError):
    """A notebook cell that raised while the report was built."""


class RenderError(CohortbookError):
    """A document that could not be rendered, or a gate before or after rendering that failed."""

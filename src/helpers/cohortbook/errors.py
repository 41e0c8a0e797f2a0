"""One family of errors: what is wrong, where, and how to mend it."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from linecache import getline
from pathlib import Path
from traceback import walk_tb
from types import TracebackType


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
    times: int = 1  # how many rows this one stands for

    @property
    def kind(self) -> tuple[str, ...]:
        """What this problem has in common with others of its kind."""
        return (self.file, self.column, self.expected, self.severity)

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


@dataclass(frozen=True)
class Wrong:
    """One thing wrong in a text that a person writes: what it is, where it stands, what to do."""

    what: str
    where: str
    mend: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.mend}"


def shortened(problems: Iterable[Problem], most: int = 20) -> list[Problem]:
    """Keep the first problems of each kind; the rest of a kind becomes one line that counts them.

    Parameters
    ----------
    problems : iterable of Problem
    most : int
        Problems of one kind that are kept.
    """
    kinds: dict[tuple[str, ...], list[Problem]] = {}
    for problem in problems:
        kinds.setdefault(problem.kind, []).append(problem)
    shown = []
    for members in kinds.values():
        named = [problem for problem in members if problem.times == 1][:most]
        rest = sum(problem.times for problem in members) - len(named)
        shown += named
        if rest:
            more = f"{rest} more {'row' if rest == 1 else 'rows'} like these"
            shown.append(replace(members[-1], found=more, row=None, patient="", times=rest))
    return shown


def count(problems: Iterable[Problem], severity: str = "error") -> int:
    """Count problems of a severity, those included that a line stands for."""
    return sum(problem.times for problem in problems if problem.severity == severity)


class CohortbookError(Exception):
    """Anything a user can mend: says what is wrong, where, and what to do."""

    def __init__(self, what: str, where: str = "", mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        super().__init__(self._text())

    def _text(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}" + (f" {self.mend}" if self.mend else "")

    def _render_traceback_(self) -> list[str]:
        """Show in a notebook which line of whose code was refused, and why; not our own lines."""
        return [*_lines_of_users(self.__traceback__), f"{type(self).__name__}: {self}"]


def _lines_of_users(raised: TracebackType | None) -> list[str]:
    """Give the lines of cells, and of modules that are not installed, as IPython writes them."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    ours = (str(Path(__file__).parent), *map(str, sysconfig.get_paths().values()), sys.base_prefix)
    told = []
    for frame, line in walk_tb(raised):
        name = frame.f_code.co_filename
        cell = shell.compile.format_code_name(name) if shell else None
        if cell:
            told.append(f"{' '.join(cell)}, line {line}\n----> {getline(name, line).strip()}\n")
        elif name.startswith("<timed ") or not name.startswith(("<", *ours)):
            told.append(f"File {name}:{line}, in {frame.f_code.co_name}")
    return told


class StudyError(CohortbookError):
    """A study file or table that cannot be used, with all of its problems at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        total = sum(problem.times for problem in self.problems)
        noun = "problem" if total == 1 else "problems"
        lines = map(str, shortened(self.problems))
        super().__init__("\n".join([f"{total} {noun} found.", *lines]))


class ParameterError(CohortbookError):
    """A notebook parameter that does not exist or has an impossible value."""


class NotebookError(CohortbookError):
    """A notebook cell that raised while the report was built."""


class RenderError(CohortbookError):
    """A document that could not be rendered, or a gate before or after rendering that failed."""

"""Where in a notebook an error was raised: cell, line, and what stands there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..project.report_copy import cell_title, shortened
from .bounds import WIDEST, plain

CELL = re.compile(r"^\s*Cell In\s*\[(\d+)\](?:, line (\d+))?")
TIMED = re.compile(r"^\s*File <timed \w+>:(\d+)")
MODULE = re.compile(r"^\s*File (?!<)(.+?\.py):(\d+)(?:, in (.+))?$")


@dataclass(frozen=True)
class Place:
    """A line of a cell; `line` counts from 1 and is 0 where it is not known."""

    cell: int
    line: int


def failing_line(source: str, count: int, traceback: Sequence[str]) -> int:
    """Give the number of the line that failed, from 1, or 0 if the traceback does not say.

    Parameters
    ----------
    source : str
        The cell.
    count : int
        Its execution count.
    traceback : sequence of str
        As IPython gives it.
    """
    lines = _lines(traceback)
    if source.lstrip().startswith("%%"):  # %%time takes the line that it stands in away
        timed = [found for line in lines if (found := TIMED.match(line))]
        # the traceback counts from the line below %%time
        return int(timed[0][1]) + 1 if timed else 0
    places = [place for place in _places(lines) if place.cell == count and place.line]
    return places[0].line if places else 0


def further_in(count: int, traceback: Sequence[str], outside: str) -> str:
    """Name the innermost line of another cell, or of a module outside of the environment.

    Parameters
    ----------
    count : int
        Execution count of the cell that failed.
    traceback : sequence of str
    outside : str
        A pattern of the files of the environment, which are not named.
    """
    last = ""
    for line in _lines(traceback):
        cell, module = CELL.match(line), MODULE.match(line)
        if cell and cell[2]:
            last = "" if int(cell[1]) == count else f"in cell [{cell[1]}], line {cell[2]}"
        elif module and not re.search(outside, module[1]):
            last = f"in {module[1]}, line {module[2]}"
    return last


def cell_name(source: str, count: int, line: int = 0, verb: str = "raised") -> str:
    """Name a cell by its number, its label if it has one, and the line that failed.

    Where the line is not known, the first line of code stands for the cell.
    """
    lines, name = source.splitlines(), cell_title(source, count)
    if 0 < line <= len(lines):
        return f"{name}, line {line} {verb}: {shortened(lines[line - 1], WIDEST)}"
    code = next((text for text in map(str.strip, lines) if text and not text.startswith("#")), "")
    return f"{name} {verb}, beginning with: {shortened(code, WIDEST)}"


def _lines(traceback: Sequence[str]) -> list[str]:
    return [line for part in traceback for line in plain(part).splitlines()]


def _places(lines: Sequence[str]) -> list[Place]:
    found = [match for line in lines if (match := CELL.match(line))]
    return [Place(int(match[1]), int(match[2] or 0)) for match in found]

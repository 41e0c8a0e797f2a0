"""The frame of the manuscript, `report/index.qmd`: its sections and parts, places among them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from .sources import FIRST, INCLUDE, Line, marked, without_comments

HEADING = re.compile(r"^(#{1,6})\s+\S")
LABELLED = re.compile(r"\{[^}]*#sec-([\w-]+)[^}]*\}\s*$")
RESULTS = "results"


@dataclass(frozen=True)
class Spot:
    """A place between two lines: before line `at` (from 0), under a section of level `under`.

    `until` is behind the last line that is replaced; `at` where none is.
    """

    at: int
    under: int
    until: int = -1


@dataclass(frozen=True)
class Section:
    """A section: its heading's line and level, the end of its own text, and of all under it."""

    line: int
    level: int
    text_end: int
    end: int


class Frame:
    """The lines of a manuscript's main file."""

    def __init__(self, text: str, shown: str) -> None:
        self.text = text.splitlines()
        self._lines: Sequence[Line] = list(marked(without_comments(text), shown))

    @cached_property
    def sections(self) -> dict[str, Section]:
        """Sections by name, without sec-."""
        heads = [(at, len(found[1])) for at, found in self._headings()]
        found: dict[str, Section] = {}
        for number, (at, level) in enumerate(heads):
            later = heads[number + 1 :]
            text_end = later[0][0] if later else len(self.text)
            end = next((line for line, other in later if other <= level), len(self.text))
            label = LABELLED.search(self.text[at])
            if label:
                found[label[1]] = Section(at, level, text_end, end)
        return found

    @cached_property
    def parts(self) -> dict[str, int]:
        """Lines of the includes, by the name of the part."""
        found = ((at, INCLUDE.match(line.text)) for at, line in enumerate(self._lines))
        return {
            PurePosixPath(include[1]).stem: at
            for at, include in found
            if include and self._lines[at].kind == "text" and FIRST not in include[1]
        }

    def spot(self, kind: str, target: str) -> Spot | None:
        """Find a place; None if there is no such section or part.

        `after` means a section where there is one of that name, the others a part.
        """
        section, part = self.sections.get(target), self.parts.get(target)
        if kind == "after":
            part = None if section else part
        if part is not None:
            until = part + 1 if kind == "replaces" else -1
            return Spot(part if kind == "replaces" else part + 1, self.level_at(part), until)
        if section is None:
            return None
        if kind == "after":
            return Spot(section.end, section.level - 1)
        if kind == "replaces":
            return Spot(section.line + 1, section.level, section.text_end)
        return Spot(section.text_end, section.level)

    @property
    def last(self) -> Spot:
        """The end of the Results."""
        return self.spot("after", RESULTS) or Spot(len(self.text), 0)

    def level_at(self, line: int) -> int:
        """Give the level of the section that a line stands in; 0 before the first."""
        above = [len(found[1]) for at, found in self._headings() if at < line]
        return above[-1] if above else 0

    def _headings(self):
        for at, line in enumerate(self._lines):
            found = HEADING.match(line.text) if line.kind == "text" else None
            if found:
                yield at, found

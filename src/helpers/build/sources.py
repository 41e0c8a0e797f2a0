"""The report's sources as one list of lines: includes followed, every line knowing its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import RenderError

MAIN = "report/index.qmd"
SHORTCODE = re.compile(r"\{\{<\s*(.*?)\s*>\}\}")
FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})")
INCLUDE = re.compile(r"^\s*\{\{<\s*include\s+(\S+)\s*>\}\}\s*$")


@dataclass(frozen=True)
class Line:
    """One line of source; `kind` is "front" (YAML), "code" (in a fence) or "text"."""

    text: str
    file: str
    number: int
    kind: str = "text"

    @property
    def where(self) -> str:
        """File and line, as error messages name them."""
        return f"{self.file}:{self.number}"

    @property
    def shortcodes(self) -> list[list[str]]:
        """The words of each shortcode on this line; none in code."""
        if self.kind == "code":
            return []
        return [found.split() for found in SHORTCODE.findall(self.text)]


def read_sources(project: Path, main: str = MAIN) -> list[Line]:
    """Give the lines of the report in reading order, without comments, includes in their place.

    Raises
    ------
    RenderError
        If a file is missing or includes itself.
    """
    return list(_read(project.resolve(), (project / main).resolve(), ()))


def main_folder(project: Path, main: str = MAIN) -> Path:
    """The folder that paths in an `embed` are relative to, wherever the line stands."""
    return (project / main).resolve().parent


def _read(project: Path, path: Path, above: tuple[Line, ...]) -> Iterator[Line]:
    shown = path.relative_to(project).as_posix() if path.is_relative_to(project) else str(path)
    if any(line.file == shown for line in above):
        raise RenderError(f"{shown} includes itself.", above[-1].where, "Remove one include.")
    if not path.is_file():
        raise RenderError(
            f"There is no {shown}.", above[-1].where if above else "", "Correct the path, or "
            "build the report first: files under _generated/ are written by the build.",
        )
    if above:  # a blank line on either side: what follows an include is a paragraph of its own
        yield Line("", shown, 0)
    for line in _mark(_without_comments(path.read_text(encoding="utf-8")), shown):
        included = INCLUDE.match(line.text) if line.kind == "text" else None
        if included:
            yield from _read(project, (path.parent / included[1]).resolve(), (*above, line))
        else:
            yield line
    if above:
        yield Line("", shown, 0)


def _mark(text: str, shown: str) -> Iterator[Line]:
    front, fence = text.startswith("---\n"), ""
    for number, content in enumerate(text.splitlines(), start=1):
        if front:
            yield Line(content, shown, number, "front")
            front = not (number > 1 and content.strip() in ("---", "..."))
            continue
        found = FENCE.match(content)
        kind = "code" if fence or found else "text"
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence) and content.strip() == found[1]:
            fence = ""
        yield Line(content, shown, number, kind)


def _without_comments(text: str) -> str:
    """Blank out HTML comments; the lines keep their numbers."""
    return re.sub(
        r"<!--.*?-->", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL
    )


def flat(groups: object, prefix: str = "") -> Iterable[tuple[str, object]]:
    """Give the leaves of nested YAML by their dotted names."""
    if isinstance(groups, dict):
        for name, value in groups.items():
            yield from flat(value, f"{prefix}.{name}" if prefix else str(name))
    else:
        yield prefix, groups

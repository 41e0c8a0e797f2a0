"""The report's sources as one list of lines: includes followed, every line knowing its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import RenderError

MAIN = "report/index.qmd"
GENERATED = "_generated"
PARTS, COPIES = "report/sections/", "_generated/sections/"
ORIGIN = "main.json"
# what Quarto names where nothing was built: the main file includes it before all else
FIRST = "build-a-report-first"
OWN, STUDY_SHOWN = "_generated/own/", "STUDY/"  # parts of the study folder, and how they are named
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


def to_edit(path: Path, project: Path) -> str:
    """Name a source by the file that one edits: a part is copied to `_generated` by the build."""
    if not path.is_relative_to(project):
        return str(path)
    inside = path.relative_to(project).as_posix()
    if inside.startswith(OWN):
        shown = STUDY_SHOWN + inside.removeprefix(OWN)
        return shown.removesuffix(".qmd") + ".ipynb" if "/notebooks/" in shown else shown
    return PARTS + inside.removeprefix(COPIES) if inside.startswith(COPIES) else inside


def by_source(text: str) -> str:
    """Give a program's message with the files that one edits in place of their copies."""
    return text.replace(COPIES, PARTS).replace(OWN, STUDY_SHOWN)


def main_folder(project: Path, main: str = MAIN) -> Path:
    """The folder that paths in an `embed` are relative to, wherever the line stands."""
    return (project / main).resolve().parent


def _read(project: Path, path: Path, above: tuple[Line, ...]) -> Iterator[Line]:
    shown = to_edit(path, project)
    if any(line.file == shown for line in above):
        raise RenderError(f"{shown} includes itself.", above[-1].where, "Remove one include.")
    if not path.is_file():
        raise RenderError(
            f"There is no {shown}.",
            above[-1].where if above else "",
            "Write that part, or remove the include."
            if shown.startswith(PARTS)
            else "Correct the path, or build the report "
            "first: files under _generated/ are written by the build.",
        )
    if above:  # a blank line on either side: what follows an include is a paragraph of its own
        yield Line("", shown, 0)
    origin = _origin(project) if shown == MAIN else []
    for found in marked(without_comments(read_text(path, shown)), shown, _length(path, project)):
        line = replace(found, number=origin[found.number - 1]) if origin else found
        included = INCLUDE.match(line.text) if line.kind == "text" else None
        if included:
            yield from _read(project, (path.parent / included[1]).resolve(), (*above, line))
        else:
            yield line
    if above:
        yield Line("", shown, 0)


def _origin(project: Path) -> list[int]:
    """Give for each line of a staged main file the number that it has where one edits it."""
    path = project / OWN / ORIGIN
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def read_text(path: Path, shown: str) -> str:
    """Read a source.

    Raises
    ------
    RenderError
        If it is no text in UTF-8, with the line.
    """
    content = path.read_bytes()
    try:
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise RenderError(
            "This is not text in UTF-8.", f"{shown}:{line}", "Save the file in UTF-8."
        ) from None


def _length(path: Path, project: Path) -> int:
    """Give how many lines the source of a copied part has: some are copied several times."""
    shown = to_edit(path, project)
    counted = path.with_suffix(".lines")
    if counted.is_file():
        return int(counted.read_text(encoding="utf-8"))
    source = project / shown
    if source == path or not source.is_file():
        return 0
    return read_text(source, shown).count("\n") + 1


def marked(text: str, shown: str, length: int = 0) -> Iterator[Line]:
    """Give the lines of a source with their kinds; `length` is that of one which was repeated."""
    front, fence = text.startswith("---\n"), ""
    for counted, content in enumerate(text.splitlines(), start=1):
        number = (counted - 1) % length + 1 if length else counted
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


def without_comments(text: str) -> str:
    """Blank out HTML comments; the lines keep their numbers."""
    return re.sub(r"<!--.*?-->", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)


def flat(groups: object, prefix: str = "") -> Iterable[tuple[str, object]]:
    """Give the leaves of nested YAML by their dotted names."""
    if isinstance(groups, dict):
        for name, value in groups.items():
            yield from flat(value, f"{prefix}.{name}" if prefix else str(name))
    else:
        yield prefix, groups

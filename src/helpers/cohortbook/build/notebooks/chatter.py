"""What libraries say on stderr while a notebook runs: left out of what is kept and published.

It depends on the machine: its fonts, its settings, the versions of what is installed. What the
user's own code says there stays: the warnings of a cell or of a module beside the notebook, without
the place where they arose, and everything of a cell that itself writes to stderr or logs. It is
kept as plain output: what is no error does not look like one.
"""

from __future__ import annotations

import re
import sysconfig
from pathlib import Path
from typing import Any

HEAD = re.compile(r"(?P<place>\S.*?):\d+: (?P<said>(?:\w+\.)*\w*Warning: .*)")
MEANT = re.compile(r"\bstderr\b|\blog(?:ging|ger)?\b")
LIBRARIES = ("site-packages", "dist-packages")
PACKAGE = Path(__file__).resolve().parents[2]


def without_chatter(cell: Any) -> list[Any]:
    """Give the outputs of a code cell, its streams of errors with the user's own words only."""
    kept = []
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            output.text = users_own(output.text, bool(MEANT.search(cell.source)))
            if not output.text:
                continue
            output.name = "stdout"
        kept.append(output)
    return kept


def users_own(text: str, meant: bool = False) -> str:
    """Give what a user's code says in a text from stderr.

    Parameters
    ----------
    text : str
    meant : bool
        The cell writes there on purpose: what is no warning stays too.
    """
    lines, kept, at = text.splitlines(), [], 0
    while at < len(lines):
        found = HEAD.fullmatch(lines[at])
        after = _end_of_warning(lines, at) if found else at + 1
        if not found:
            kept += [lines[at]] * meant
        elif not _of_library(found["place"]):
            kept += [found["said"], *lines[at + 1 : after - 1]]
        at = after
    return "\n".join(kept) + "\n" if kept else ""


def _end_of_warning(lines: list[str], at: int) -> int:
    """Give the line after a warning: its text may have several, then comes the code, indented."""
    for number, line in enumerate(lines[at + 1 :], start=at + 1):
        if line.startswith("  "):
            return number + 1
        if HEAD.fullmatch(line):
            break
    return at + 1


def _of_library(place: str) -> bool:
    """Say whether a file is of Python, of an installed package, or of this one."""
    path = Path(place)
    if not path.is_absolute():
        return place.startswith("<frozen")
    standard = sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")
    return (
        any(part in LIBRARIES for part in path.parts)
        or any(path.is_relative_to(folder) for folder in standard)
        or path.is_relative_to(PACKAGE)
    )

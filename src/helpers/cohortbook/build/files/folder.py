"""The files of a folder that a build reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

EXPECTED = "expected"  # in a study folder: what its notebooks found when they were tested


def read_files(folder: Path, output: Path | None = None) -> Iterator[Path]:
    """Give every file under a folder, but for hidden and compiled ones and those of `output`."""
    folder = folder.resolve()
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        hidden = any(part.startswith((".", "__pycache__")) for part in inside)
        if not hidden and path.is_file() and not (output and path.is_relative_to(output)):
            yield path

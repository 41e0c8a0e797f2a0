"""What the last run of a notebook opened, and whether it is still what it was then."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ...opened import stamp
from ..files.commit import digest, file_hash

OPENED, READS = "opened.json", "reads.json"
ABSENT, FOLDER, NEVER = "absent", "a folder", "not known"


@dataclass(frozen=True)
class Around:
    """Where a notebook looks: the study folder, an output folder that is none of its inputs."""

    study: Path
    output: Path

    @cached_property
    def _study(self) -> Path:
        return self.study.resolve()

    def name(self, kind: str, path: str) -> str:
        """Name what was opened: in the study folder by its place there, which may be moved."""
        for folder in (self._study, self.study.absolute()):
            if kind in ("file", "folder") and Path(path).is_relative_to(folder):
                # without the folder's own path: a study that is moved finds its kept runs again
                inside = Path(path).relative_to(folder).as_posix()
                return f"{kind} {inside}"
        return f"{kind} {path}"

    def now(self, name: str) -> str:
        """Give the state of something opened: a hash, or that it is not there."""
        kind, _, place = name.partition(" ")
        if kind == "variable":
            return _variable(place)
        if kind not in ("file", "folder"):
            return NEVER
        path = self._study / place
        try:
            if kind == "folder":
                return self._names(path)
            return FOLDER if path.is_dir() else file_hash(path)
        except (OSError, ValueError):
            return ABSENT

    def no_input(self, path: str) -> bool:
        """Say whether a path lies in the output folder."""
        return Path(path).is_relative_to(self.output)

    def _names(self, folder: Path) -> str:

        found = sorted(
            entry.name + ("/" if entry.is_dir() else "")
            for entry in os.scandir(folder)
            # what editors and Python leave behind is no input
            if not entry.name.startswith((".", "__pycache__"))
            and not self.no_input(str(folder / entry.name))
        )
        return digest("\n".join(found))


def _variable(name: str) -> str:
    from .environment import kernel_environment

    here = Path()
    # as a kernel would see it: what a build sets itself is the same everywhere
    given = kernel_environment(here, here)
    if name == "*":
        return digest(json.dumps(given, sort_keys=True))
    return digest(given[name]) if name in given else ABSENT


def settled(folder: Path, around: Around) -> dict[str, str] | None:
    """Give what a finished run opened, by name, with the state it has.

    None if that cannot be known: something has changed since it was opened, or the record is
    damaged. A run without a record had no kernel.
    """
    record = folder / OPENED
    try:
        found = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
    except (OSError, json.JSONDecodeError):
        return None
    reads = {}
    for kind, names in found.items():
        for place, then in names.items():
            if kind in ("file", "folder") and around.no_input(place):
                continue
            # saved since it was opened: which of the two the notebook has read is not known
            if kind == "file" and stamp(place) != then and not Path(place).is_dir():
                return None
            name = around.name(kind, place)
            reads[name] = around.now(name)
    return reads


def keep_reads(folder: Path, reads: Mapping[str, str]) -> None:
    """Write beside a finished run what it opened; the record itself is done with."""
    text = json.dumps(dict(sorted(reads.items())), indent=1)
    (folder / READS).write_text(text, encoding="utf-8")
    (folder / OPENED).unlink(missing_ok=True)


def kept_reads(folder: Path) -> dict[str, str] | None:
    """Read what `keep_reads` wrote, or None."""
    try:
        return json.loads((folder / READS).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return None


def changed(reads: Mapping[str, str], around: Around) -> list[str]:
    """Name what is not as it was."""
    return [name for name, then in reads.items() if then == NEVER or around.now(name) != then]


def study_files_read(reads: Mapping[str, str]) -> dict[str, str]:
    """Give the SHA-256 of those files of the study folder that were opened."""
    files = {
        name.partition(" ")[2]: then
        for name, then in reads.items()
        if name.startswith("file ") and then not in (ABSENT, FOLDER)
    }
    return {name: then for name, then in files.items() if not Path(name).is_absolute()}

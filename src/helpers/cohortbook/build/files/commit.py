"""The commit that a report is built from, and the hash of a file."""

from __future__ import annotations

import hashlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ...errors import CohortbookError

SOURCES = ("notebooks", "report", "src", "data", "pyproject.toml", "uv.lock", "_quarto.yml")
NO_DATE = 315532800  # 1980-01-01, the first date a zip file can hold


@dataclass(frozen=True)
class Source:
    """The commit that a report was built from; `commit` is empty outside a git checkout."""

    commit: str = ""
    changed: bool = False
    date: int = NO_DATE

    @property
    def epoch(self) -> str:
        """The date that documents bear, in seconds since 1970: SOURCE_DATE_EPOCH, or the commit's.

        Raises
        ------
        CohortbookError
            If SOURCE_DATE_EPOCH is no such number.
        """
        given = os.environ.get("SOURCE_DATE_EPOCH") or str(self.date)
        if not (given.isascii() and given.isdigit()):
            raise CohortbookError(
                f"'{given}' is no number of seconds.",
                "SOURCE_DATE_EPOCH",
                "Set it to a whole number, or do not set it.",
            )
        return given


def read_source(root: Path) -> Source:
    """Ask git for the commit of the project at `root`, and whether its sources differ from it."""
    top = _git(root, "rev-parse", "--show-toplevel")
    if not top or Path(top).resolve() != root.resolve():
        return Source()
    commit, _, date = _git(root, "log", "-1", "--format=%H %ct").partition(" ")
    if not commit:
        return Source()
    present = [name for name in SOURCES if (root / name).exists()]
    changed = _git(root, "--no-optional-locks", "status", "--porcelain", "--", *present)
    return Source(commit, bool(changed), int(date))


def _git(root: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def file_hash(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(text: str) -> str:
    """Give the SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()

"""Executed notebooks kept by what decides their results; never by name or date."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..files.commit import digest, file_hash
from ..files.publish import NEW, OLD, replace_text, share
from .execute import Run
from .reach import PACKAGE, reachable
from .reads import Around, changed, kept_reads

# what turns finished notebooks into documents has no part in their results
NOT_READ = ("cli/", "build/")
BUT_READ = tuple(
    f"build/notebooks/{name}.py"
    for name in (
        "bounds",
        "chatter",
        "environment",
        "execute",
        "fonts",
        "kernel",
        "named",
        "notebooks",
        "reads",
        "recorded",
        "template",
        "tidy",
    )
)


@dataclass(frozen=True)
class Cache:
    """A folder of executed notebooks, each under the hash of everything that decides it."""

    folder: Path

    @property
    def empty(self) -> bool:
        """Whether nothing is kept."""
        return not any((self.folder / "runs").glob("[!.]*"))

    def restore(self, run: Run, key: str, around: Around) -> bool:
        """Bring the executed notebook and its results back.

        False if they are not kept, or what the notebook opened is not as it was.
        """
        kept = self.folder / "runs" / key
        reads = kept_reads(kept)
        if reads is None or changed(reads, around):
            return False
        # linked where the file system can: figures in five formats are large, and nothing changes
        # them
        shutil.copytree(kept, run.folder, copy_function=share, dirs_exist_ok=True)
        os.utime(kept)  # used now: the last to be dropped
        return True

    def keep(self, run: Run, key: str) -> None:
        """Keep a finished run; it appears in one step."""
        runs = self.folder / "runs"
        runs.mkdir(parents=True, exist_ok=True)
        # under a name that nobody asks for, until it is whole
        made = Path(tempfile.mkdtemp(prefix=NEW, dir=runs))
        shutil.copytree(run.folder, made, copy_function=share, dirs_exist_ok=True)
        try:
            made.rename(runs / key)
        except OSError:  # another build kept the same results meanwhile
            shutil.rmtree(made, ignore_errors=True)

    def forget(self, key: str) -> None:
        """Drop a kept run, so that a fresh one takes its place."""
        self._drop(self.folder / "runs" / key)

    def _drop(self, path: Path) -> None:
        """Remove a kept run; killed meanwhile, it leaves no half of one under its name."""
        aside = path.with_name(f"{OLD}{uuid.uuid4().hex}")
        with suppress(OSError):  # it is not there, or another build has dropped it
            # first another name: a build that looks meanwhile finds all of it or nothing
            path.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)

    def prune(self, most: int = 100) -> None:
        """Drop the runs that were not used for longest, and what killed builds left behind."""
        runs = self.folder / "runs"
        dates = {path: _date(path) for path in runs.glob("*")}
        # a younger one may be another build's that is still copying
        yesterday = time.time() - 24 * 3600
        left = [
            path
            for path, date in dates.items()
            if path.name.startswith((NEW, OLD)) and date < yesterday
        ]
        kept = [path for path in dates if not path.name.startswith(".")]
        kept.sort(key=dates.get, reverse=True)
        for path in left:
            shutil.rmtree(path, ignore_errors=True)
        for path in kept[most:]:
            self._drop(path)

    def why(self, run: Run, study: str, parts: dict[str, str], around: Around) -> str:
        """Say what has changed since the last run of this notebook on this study."""
        path = self._last(run, study)
        if not path.is_file():
            return "it was not run on this study before"
        last = json.loads(path.read_text(encoding="utf-8"))
        before, reads = last.get("parts", {}), last.get("reads", {})
        names = [name for name in parts if before.get(name) != parts[name]]
        names += [name for name in before if name not in parts]
        names += [name for name in changed(reads, around)]
        # a file may count as one of the study's and as one that was opened
        names = list(
            dict.fromkeys(
                name.removeprefix("data ").removeprefix("file ")
                if name.startswith(("data ", "file "))
                else name
                for name in names
            )
        )
        return "changed: " + ", ".join(names) if names else "not kept any more"

    def note(self, run: Run, study: str, parts: dict[str, str], reads: Mapping[str, str]) -> None:
        """Remember the parts of the key of this run, and what it opened, for `why`."""
        text = json.dumps({"parts": parts, "reads": dict(reads)}, indent=1)
        replace_text(self._last(run, study), text)

    def _last(self, run: Run, study: str) -> Path:
        return self.folder / "last" / f"{digest(study)[:16]}-{run.notebook.name}.json"


def _date(path: Path) -> float:
    """Give when a folder was last used; 0 for one that another build has just removed."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def key_parts(run: Run, shown_study: str, files: dict[str, str]) -> dict[str, str]:
    """Give everything that decides a notebook's results, by name.

    Parameters
    ----------
    run : Run
    shown_study : str
        How the executed notebook names the study.
    files : dict
        A hash of each file of the study: of what it says, where only that decides.
    """
    # by reach, so that an edit of one figure runs only the notebooks that draw it
    helpers = helper_sources(run.notebook.sources)
    parts: dict[str, Any] = {
        # cells alone: outputs that an editor stores decide nothing
        "notebook": run.notebook.code,
        "parameters": json.dumps(run.parameters, sort_keys=True, default=str),
        "study": shown_study,
        **{f"data {name}": found for name, found in files.items()},
        **{f"helpers {name}": found for name, found in helpers.items()},
        # all that is installed: which of it a notebook reads nobody knows
        "versions": installed(),
    }
    return {name: digest(part) for name, part in parts.items()}


def key_of_parts(parts: dict[str, str]) -> str:
    """Give the one hash of all parts."""
    return digest(json.dumps(parts, sort_keys=True))[:40]


def helper_sources(sources: Sequence[str]) -> dict[str, str]:
    """Give the hash of each source file of this package that decides a notebook's results.

    Those are the files that it can reach by imports (all, where that cannot be known), and those
    that run it.
    """
    reached, found = reachable(sources), {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        mine = not name.startswith(NOT_READ) if reached is None else name in reached
        if mine or name in BUT_READ:
            found[name] = file_hash(path)
    return found


@cache
def installed() -> str:
    """Name this Python and every installed distribution with its version."""
    # the names of these folders hold the versions: nothing has to be opened
    folders = [Path(folder) for folder in sys.path if folder]
    names = {path.name for folder in folders for path in folder.glob("*.dist-info")}
    return "\n".join([sys.version, sys.platform, *sorted(names)])

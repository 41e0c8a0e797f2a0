"""What killed builds left behind, cleared by the next one: only where whoever made it is dead."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...scratch import clear_abandoned
from ..request import Request
from .locks import if_free, one_of_several
from .publish import NEW, OLD, recover

DRAFT = "draft-"  # copies of studies, which `draft` makes before it builds
WORK = re.compile(r".+-[0-9a-f]{8}-\w+")  # as `report` names the folders it works in


def lock_of(final: Path) -> Path:
    """Give the lock that a build of this output holds."""
    return final.with_name(f".{final.name}.lock")


@contextmanager
def building(root: Path) -> Iterator[None]:
    """Be a build that works in this folder; clear what dead ones left if there is no other."""
    clear_abandoned()
    with one_of_several(root / "_build" / ".alive.lock", lambda: _clear_project(root)):
        yield


def clear(request: Request) -> None:
    """Clear what killed builds left, where nothing is to be built."""
    with building(request.work), if_free(lock_of(request.final)) as held:
        if held:
            recover(request.final)


def _clear_project(root: Path) -> None:
    """Clear what lies in the project; nobody else is building there."""
    kept = root / ".cache" / "notebooks"
    for folder in (root / "_build").glob("*"):
        if folder.is_dir() and WORK.fullmatch(folder.name):
            shutil.rmtree(folder, ignore_errors=True)
    for folder in (root / "_build").glob(f"{DRAFT}*"):
        with if_free(folder.with_suffix(".lock")) as dead:
            if dead and folder.is_dir():
                shutil.rmtree(folder, ignore_errors=True)
    unfinished = [
        *(kept / "runs").glob(f"{NEW}*"),
        *(kept / "runs").glob(f"{OLD}*"),
        *(kept / "last").glob(f".*{NEW}*"),
        *root.glob(f"._variables.yml{NEW}*"),
        *root.glob(f"._generated{NEW}*"),
    ]
    for path in unfinished:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

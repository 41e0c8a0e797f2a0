"""One build of an output folder at a time: a lock that ends with the process that holds it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import CohortbookError

try:
    import fcntl
except ImportError:  # Windows
    import msvcrt

    fcntl = None


@contextmanager
def only_one(
    path: Path, wait: float = 600, tell: Callable[[str], None] = lambda _: None
) -> Iterator[None]:
    """Hold the lock file at `path`; wait for another process that holds it.

    The system gives the lock up when its process ends, however it ends: none is ever stale.

    Raises
    ------
    CohortbookError
        If the other process still holds it after `wait` seconds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        if not _try(file):
            tell("Another build of this study is running; waiting for it.")
            _wait(file, time.monotonic() + wait, path)
        try:
            yield
        finally:
            _release(file)


@contextmanager
def if_free(path: Path) -> Iterator[bool]:
    """Hold the lock file at `path` if nobody does, and say whether it is held; never wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        held = _try(file)
        try:
            yield held
        finally:
            if held:
                _release(file)


@contextmanager
def one_of_several(path: Path, alone: Callable[[], None]) -> Iterator[None]:
    """Hold a share of the lock file at `path`; first call `alone` if nobody else has one.

    Where locks cannot be shared (Windows) nothing is held, and `alone` is never called.
    """
    if not fcntl:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        if _try(file):
            alone()
        fcntl.flock(file, fcntl.LOCK_SH)
        try:
            yield
        finally:
            _release(file)


def _wait(file, deadline: float, path: Path) -> None:
    while not _try(file):
        if time.monotonic() > deadline:
            raise CohortbookError(
                "Another build of this study is still running.",
                str(path.parent),
                "Wait for it, or give this one another folder with --out.",
            )
        time.sleep(0.2)


def _try(file) -> bool:
    try:
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    return True


def _release(file) -> None:
    if fcntl:
        fcntl.flock(file, fcntl.LOCK_UN)
    else:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

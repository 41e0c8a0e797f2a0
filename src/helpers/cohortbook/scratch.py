"""Folders for what is thrown away; their owner holds a lock, so that a dead one's are known."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .processes import removed_with_us

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

PREFIX = "cohortbook-"
OWNER, CLAIM = ".owner", ".owner-to-be"
NEW = 600  # seconds in which an empty folder may yet get its owner


@contextmanager
def scratch_folder(prefix: str = PREFIX, parent: Path | None = None) -> Iterator[Path]:
    """Give an empty folder that is removed with the block, or by `clear_abandoned`.

    The owner's lock ends with its process, however that ends, and is seen from other containers
    that share the folder: neither is true of a process number.
    """
    where = Path(parent or tempfile.gettempdir())
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=where)).resolve()
    with removed_with_us(folder):
        try:
            with _owned(folder):
                yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _owned(folder: Path) -> Iterator[None]:
    with (folder / CLAIM).open("wb") as file:
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX)
        if os.name == "posix":
            (folder / CLAIM).rename(folder / OWNER)  # which nobody sees without its lock
        yield


def clear_abandoned(prefix: str = PREFIX, parent: Path | None = None) -> None:
    """Remove the scratch folders whose owner is dead; those of others stay as they are."""
    where = Path(parent or tempfile.gettempdir())
    for folder in where.glob(f"{prefix}*"):
        with suppress(OSError):
            if folder.is_symlink() or not _mine(folder):
                continue
            if (folder / OWNER).is_file():
                _remove_if_free(folder)
            elif not fcntl and (folder / CLAIM).is_file():
                (folder / CLAIM).unlink()  # refused there while the owner has it open
                shutil.rmtree(folder, ignore_errors=True)
            elif time.time() - folder.stat().st_mtime > NEW:
                (folder / CLAIM).unlink(missing_ok=True)
                folder.rmdir()  # only where it is empty: it may be anybody's


def _mine(folder: Path) -> bool:
    return not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()


def _remove_if_free(folder: Path) -> None:
    with (folder / OWNER).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)

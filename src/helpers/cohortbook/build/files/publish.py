"""A finished folder takes the place of the last one at once; until then the last one is whole."""

from __future__ import annotations

import ctypes
import glob
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import CohortbookError
from ...processes import removed_with_us

MARK = "provenance.json"  # an output folder without it is not one of ours
NEW, OLD = ".new-", ".old-"


def new_folder(final: Path) -> Path:
    """Make an empty folder beside `final`, on the same file system, to be published as it."""
    final.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{final.name}{NEW}", dir=final.parent))
    made.chmod(0o755)
    return made


@contextmanager
def made_beside(final: Path) -> Iterator[Path]:
    """Give a new folder beside `final`; what is not published is removed with the block."""
    made = new_folder(final)
    try:
        with removed_with_us(made):
            yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def publish(made: Path, final: Path) -> None:
    """Put the finished folder or file `made` in the place of `final`.

    Where the system can swap two names in one step (Linux, macOS) it does, and `final` is the old
    or the new at any moment. Elsewhere the old one is moved aside first; `recover` brings it back
    if the process ended between the two steps.
    """
    if not final.exists() or made.is_file():
        made.replace(final)
        return
    if _swap(made, final):
        shutil.rmtree(made, ignore_errors=True)
        return
    aside = made.with_name(f".{final.name}{OLD}{made.name.rpartition('-')[2]}")
    final.rename(aside)
    try:
        made.rename(final)
    except OSError:
        aside.rename(final)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def recover(final: Path) -> None:
    """Clear away what a killed build left beside `final`; only its lock's holder may call this."""
    name = glob.escape(final.name)
    for aside in sorted(final.parent.glob(f".{name}{OLD}*")):
        if final.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.rename(final)
    notes = final.parent.glob(f"..{name}.*{NEW}*")
    for unfinished in (*final.parent.glob(f".{name}{NEW}*"), *notes):
        if unfinished.is_dir():
            shutil.rmtree(unfinished, ignore_errors=True)
        else:
            unfinished.unlink(missing_ok=True)


def claim(final: Path, study: Path) -> None:
    """Refuse to replace a folder that is not a report of this study.

    Raises
    ------
    CohortbookError
        If `final` holds files but no report, or the report of another study folder that has the
        same name and is still there.
    """
    place = str(final)
    if final.exists() and not final.is_dir():
        raise CohortbookError("The output must be a folder.", place, "Give another with --out.")
    if final.exists() and any(final.iterdir()) and not (final / MARK).is_file():
        raise CohortbookError(
            "This folder holds files that are not a report; a build would replace them.",
            place,
            "Give a new or empty folder with --out.",
        )
    note = _note(final)
    if final.exists() and note.is_file():
        other = Path(json.loads(note.read_text("utf-8"))["study"])
        if other != study and (other / "study.yml").is_file():
            raise CohortbookError(
                f"The report of another study folder of this name is here ({other}).",
                place,
                "Give another folder with --out.",
            )


def remember(final: Path, study: Path) -> None:
    """Note beside the output which study folder it is of; never inside: it is a machine path."""
    replace_text(_note(final), json.dumps({"study": str(study)}))


def share(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where that cannot be; neither is written to again."""
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)


def replace_text(path: Path, text: str) -> None:
    """Write a text file in one step; nothing is left beside it if it cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}{NEW}", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def beside(final: Path, what: str) -> Path:
    """Name a note about an output folder that is kept beside it, never inside."""
    return final.with_name(f".{final.name}.{what}")


def _note(final: Path) -> Path:
    return beside(final, "study.json")


def _swap(a: Path, b: Path) -> bool:
    """Exchange two names in one step; False where the system or file system cannot."""
    names = os.fsencode(a), os.fsencode(b)
    try:
        libc = ctypes.CDLL(None)
        if sys.platform == "darwin":
            failed = libc.renamex_np(*names, 2)  # RENAME_SWAP
        else:
            failed = libc.renameat2(-100, names[0], -100, names[1], 2)  # RENAME_EXCHANGE
    except (AttributeError, OSError, TypeError):
        return False
    return not failed

"""How much is read of one file, and what is said where a reader fails: each in this one place.

What a file declares of its own size is compared with `LIMITS` before memory is taken for it, and
`guarded` turns whatever a reader raises into one message. docs/safety.md lists the limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MIB, GIB = 1 << 20, 1 << 30
AS_PARQUET = "Write it as Parquet (docs/registries.md)."
FEWER = "Write fewer columns or rows (docs/registries.md)."
AS_TEXT = "Write it as CSV or Parquet."
FROM_WORD = "Take out what is not text of the report, and save it again."
SMALLER = "Save it smaller, or name another picture."
LONGEST = 200  # characters of what a library says that are shown


@dataclass(frozen=True)
class Limit:
    """The most that is read of something, and what to do with a file that has more."""

    most: int
    what: str
    mend: str

    @property
    def shown(self) -> str:
        """The limit with its unit, as messages and the documentation have it."""
        return _shown(self.most, self.what)


LIMITS = {
    "yaml file": Limit(2_000_000, "bytes of YAML", "Leave out what is no setting."),
    "yaml values": Limit(100_000, "values in a YAML file", "Leave out what is no setting."),
    "text table": Limit(4 * GIB, "bytes of a text table", AS_PARQUET),
    "text cells": Limit(1_000_000_000, "cells of a text table", AS_PARQUET),
    "uneven cells": Limit(
        50_000_000,
        "cells of a text table whose rows differ in length",
        "Give all rows as many cells as the header has, or write it as Parquet.",
    ),
    "columns": Limit(100_000, "columns of a table", "Leave out columns that are not used."),
    "workbook": Limit(1 * GIB, "bytes of a workbook", AS_TEXT),
    "workbook parts": Limit(20_000, "parts of a workbook", AS_TEXT),
    "sheet": Limit(1 * GIB, "bytes of a sheet, expanded", AS_TEXT),
    "sheet texts": Limit(300 * MIB, "bytes of a workbook's texts, expanded", AS_TEXT),
    "workbook part": Limit(50 * MIB, "bytes of another part of a workbook, expanded", AS_TEXT),
    "sheet rows": Limit(1_048_576, "rows of a sheet", AS_TEXT),
    "sheet cells": Limit(20_000_000, "cells of a sheet", AS_TEXT),
    "sheet row": Limit(32 * MIB, "bytes of one row of a sheet, expanded", AS_TEXT),
    "statistical cells": Limit(
        200_000_000, "cells of a file of SPSS, Stata or SAS", "Export it as CSV or Parquet."
    ),
    "statistical file": Limit(
        8 * GIB, "bytes of a file of SPSS, Stata or SAS, expanded", "Export it as CSV or Parquet."
    ),
    "parquet cells": Limit(
        4_000_000_000, "cells of a Parquet file in the columns that the study names", FEWER
    ),
    "parquet file": Limit(64 * GIB, "bytes of a Parquet file, expanded", FEWER),
    "document": Limit(256 * MIB, "bytes of a DOCX", FROM_WORD),
    "document parts": Limit(5_000, "parts of a DOCX", FROM_WORD),
    "document part": Limit(64 * MIB, "bytes of a part of a DOCX, expanded", FROM_WORD),
    "document tags": Limit(2_000_000, "tags of a part of a DOCX", FROM_WORD),
    "document paragraphs": Limit(10_000, "paragraphs of a DOCX", FROM_WORD),
    "document comments": Limit(5_000, "comments of a DOCX", FROM_WORD),
    "results": Limit(512 * MIB, "bytes of statistics of a build", "Name a results.json."),
    "picture file": Limit(1 * GIB, "bytes of a picture's file", SMALLER),
    "picture expanded": Limit(512 * MIB, "bytes of a deflated DICOM file, expanded", SMALLER),
    "pixels": Limit(40_000_000, "pixels of a picture", SMALLER),
}


class Unreadable(Exception):
    """A file that cannot be used: what was expected, how to mend it, what was found."""

    def __init__(self, expected: str, mend: str, found: str = "") -> None:
        self.expected, self.mend, self.found = expected, mend, found
        super().__init__(f"found {found}; expected {expected}. {mend}")


def within(name: str, size: int) -> None:
    """Compare a size with a limit.

    Parameters
    ----------
    name : str
        A key of `LIMITS`.
    size : int
        In the limit's own unit.

    Raises
    ------
    Unreadable
        If it is more.
    """
    limit = LIMITS[name]
    if size > limit.most:
        raise Unreadable(f"at most {limit.shown}", limit.mend, _shown(size, limit.what))


def file_within(name: str, path: Path) -> None:
    """Compare the size of a file with a limit (see `within`)."""
    within(name, path.stat().st_size)


def inside(folder: Path, name: str) -> Path:
    """Give the path of a file of a folder; Unreadable if it leads outside, links followed."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise Unreadable("a file inside the study folder", "Move the file there.")
    return path


@contextmanager
def guarded(kind: type[Unreadable], expected: str, mend: str) -> Iterator[None]:
    """Turn whatever is raised inside into one kind of error.

    Libraries that read files raise nearly anything for a damaged one; none of it is a fault of the
    program that the user could be shown as such.

    Parameters
    ----------
    kind : type
        The error to raise; errors of this kind pass unchanged, limits become of this kind.
    expected, mend : str
        What is said where an error says neither.
    """
    try:
        yield
    except Unreadable as error:
        if isinstance(error, kind):
            raise
        raise kind(error.expected, error.mend, error.found) from None
    except MemoryError:
        raise kind(
            "a file that the memory of this machine can hold", AS_TEXT, "not enough memory"
        ) from None
    except RecursionError:
        raise kind(expected, mend, "parts inside parts without end") from None
    except Exception as error:
        raise kind(expected, mend, short(error)) from error  # the cause is kept for whoever debugs


def short(error: BaseException) -> str:
    """Give in one line what an error says: what the system or a library calls it."""
    said = getattr(error, "strerror", None) or str(error)
    plain = "".join(c if c.isprintable() else " " for c in said)
    return " ".join(plain.split())[:LONGEST] or type(error).__name__


def _shown(size: int, what: str) -> str:
    if what.startswith("bytes"):
        for unit, name in ((GIB, "GiB"), (MIB, "MiB")):
            if size >= 16 * MIB and size >= unit:
                # never rounded down to a limit that it exceeds
                return f"{-(-size * 10 // unit) / 10:g} {name}{what.removeprefix('bytes')}"
    return f"{size:,} {what}"

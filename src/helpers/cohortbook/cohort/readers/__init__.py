"""Tables read from files of any common kind into text cells, with a record of how they were read.

One module a family of formats; each gives a `FileTable`. Nothing is typed here: a table of text is
checked first, so that a wrong cell can be named by file, row and column.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from ...bounds import guarded
from ...study.parts import DEFAULT_READING as DEFAULT
from ...study.parts import Reading
from .table import FileTable, UnreadableTable

DELIMITED = (".csv", ".tsv", ".txt", ".tab", ".dat")
EXCEL = (".xlsx", ".xlsm")
STATISTICAL = (".sav", ".zsav", ".por", ".dta", ".xpt", ".sas7bdat")
PARQUET = (".parquet", ".pq")
SUFFIXES = (*DELIMITED, *EXCEL, *STATISTICAL, *PARQUET)
TEXT_TABLE = ("a text table", "Check that the file is whole, and how it is to be read.")
EXPECTED = {
    "read_delimited": TEXT_TABLE,
    "read_marked": TEXT_TABLE,
    "read_excel": (
        "an Excel workbook (.xlsx)",
        "Open it in Excel and save it again; a password must be taken off.",
    ),
    "read_statistical": ("a file of SPSS, Stata or SAS", "Save it again, or export it as CSV."),
    "read_parquet": ("a Parquet file", "Write it again."),
}
NOT_READ = {
    ".xls": "Open it in Excel or LibreOffice and save it as .xlsx.",
    ".ods": "Open it in LibreOffice and save it as .xlsx.",
    ".rds": "In R, write it with write.csv or haven::write_sav.",
    ".rda": "In R, write it with write.csv or haven::write_sav.",
    ".rdata": "In R, write it with write.csv or haven::write_sav.",
}


def read_file(path: Path, reading: Reading = DEFAULT, used: Collection[str] = ()) -> FileTable:
    """Read one table.

    Parameters
    ----------
    path : Path
        A file whose ending names its kind (see `SUFFIXES`).
    reading : Reading
        What the study file says about the file; the rest is found out and recorded.
    used : collection of str
        Columns that are needed; of a large text or Parquet file only these are taken apart.

    Returns
    -------
    FileTable

    Raises
    ------
    UnreadableTable
        If the file is not of a kind that is read, is damaged or empty, or has more than is read of
        one file (see `bounds.LIMITS`).
    """
    reader = _reader(path)
    with guarded(UnreadableTable, *EXPECTED[reader.__name__]):
        if path.suffix.lower() in (*DELIMITED, *PARQUET):
            return reader(path, reading, used)
        return reader(path, reading)


def _reader(path: Path) -> Callable[..., FileTable]:
    # each library is loaded for its own files only
    suffix = path.suffix.lower()
    if suffix in DELIMITED and path.is_file() and _marked(path):
        from .cbioportal import read_marked as reader
    elif suffix in DELIMITED:
        from .delimited import read_delimited as reader
    elif suffix in EXCEL:
        from .excel import read_excel as reader
    elif suffix in STATISTICAL:
        from .statistical import read_statistical as reader
    elif suffix in PARQUET:
        from .parquet import read_parquet as reader
    else:
        raise UnreadableTable(
            "a table: " + ", ".join(SUFFIXES),
            NOT_READ.get(suffix, "Save it in one of these formats."),
            path.name,
        )
    return reader


def _marked(path: Path) -> bool:
    from .cbioportal import has_marked_header

    return has_marked_header(path)

"""Files of SPSS, Stata and SAS, with their variable labels, value labels and missing values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ...bounds import LIMITS, Unreadable, short, within
from ...study.parts import DEFAULT_READING as DEFAULT
from ...study.parts import Reading
from .cells import text_column, text_of
from .stored_texts import numbers_in_texts
from .table import Body, FileTable, UnreadableTable

READERS = {
    ".sav": ("read_sav", "SPSS"),
    ".zsav": ("read_sav", "SPSS"),
    ".por": ("read_por", "SPSS portable"),
    ".dta": ("read_dta", "Stata"),
    ".xpt": ("read_xport", "SAS transport"),
    ".sas7bdat": ("read_sas7bdat", "SAS"),
}
ENCODINGS = (None, "GB18030", "LATIN1")  # tried in turn where the file does not say its own


def read_statistical(path: Path, reading: Reading = DEFAULT) -> FileTable:
    """Read a file of a statistics program.

    Cells hold the stored codes, not their labels. Values that the file declares missing
    (user-missing in SPSS, `.a` to `.z` in Stata) are missing.

    Parameters
    ----------
    path : Path
    reading : Reading
        `encoding`, `missing`; `decimal`, `decimal_in`, `thousands` of numbers stored as text.

    Raises
    ------
    UnreadableTable
    """
    frame, meta, encoding = _read(path, reading.encoding)
    if frame.empty:
        raise UnreadableTable("variables and cases", "Check that the file is whole.", "no rows")
    dates = frozenset(name for name in frame if _holds_dates(frame[name]))
    facts = [READERS[path.suffix.lower()][1], *_encoding_fact(meta, encoding)]
    frame, declared = _without_declared(frame, meta.missing_ranges or {})
    single = {n for n, kind in meta.readstat_variable_types.items() if kind == "float"}
    text = {
        name: text_column(frame[name].astype(np.float32) if name in single else frame[name])
        for name in frame
    }
    levels = {
        str(name): {str(text_of(_plain(code))): str(label) for code, label in given.items()}
        for name, given in (meta.variable_value_labels or {}).items()
    }
    labels = {n: label for n, label in meta.column_names_to_labels.items() if label}
    typed = {
        n: np.zeros(len(frame), dtype=bool)
        for n in frame
        if frame[n].dtype == object and n not in dates and n not in levels
    }
    text, numbers = numbers_in_texts(text, typed, reading)
    frame = Body(text, []).frame(reading.missing)
    return FileTable(
        frame,
        (*facts, *declared, *numbers.facts),
        (),
        labels,
        levels,
        dates,
        unsure=numbers.unsure,
        wrong=numbers.wrong,
    )


def _read(path: Path, encoding: str | None):
    import pyreadstat

    reader = getattr(pyreadstat, READERS[path.suffix.lower()][0])
    problem = ""
    for name in [encoding] if encoding else ENCODINGS:
        try:
            most = _most_rows(reader(str(path), **_options(path, name), metadataonly=True)[1])
            frame, meta = reader(str(path), **_options(path, name), row_limit=most + 1)
            within("statistical cells", len(frame) * max(1, len(frame.columns)))
            return frame, meta, name
        except (Unreadable, MemoryError):
            raise
        except UnicodeDecodeError as error:
            problem = short(error)
        except Exception as error:  # its errors have no common class of their own
            problem = short(error)
            if "encod" not in problem.lower() and "invalid byte" not in problem.lower():
                break
    raise UnreadableTable(
        f"a file of {READERS[path.suffix.lower()][1]}",
        "Save it again, or export it as CSV.",
        problem,
    )


def _most_rows(meta) -> int:
    """Check the size that a file declares; give the rows to read where it declares none."""
    columns, rows = max(1, meta.number_columns or 0), max(0, meta.number_rows or 0)
    within("columns", columns)
    within("statistical cells", rows * columns)
    within("statistical file", rows * sum((meta.variable_storage_width or {}).values()))
    return LIMITS["statistical cells"].most // columns


def _plain(code: object) -> object:
    return float(code) if isinstance(code, int | np.integer) else code


def _holds_dates(column: pd.Series) -> bool:
    import datetime as dt

    if pd.api.types.is_datetime64_any_dtype(column):
        return True
    first = next((value for value in column if not pd.isna(value)), None)
    return isinstance(first, dt.date)


def _encoding_fact(meta, encoding: str | None) -> list[str]:
    found = encoding or meta.file_encoding
    return [found] if found else []


def _options(path: Path, encoding: str | None) -> dict[str, object]:
    """Portable files know no encoding; SPSS's own are read with what they declare missing."""
    suffix = path.suffix.lower()
    given = {} if suffix == ".por" else {"encoding": encoding}
    return {**given, "user_missing": True} if suffix in (".sav", ".zsav") else given


def _without_declared(
    frame: pd.DataFrame, ranges: dict[str, list[dict]]
) -> tuple[pd.DataFrame, list[str]]:
    """Make the values missing that the file declares so; say which, and how many cells."""
    facts = []
    for name, given in ranges.items():
        inside = pd.Series(False, index=frame.index)
        for item in given:
            inside |= frame[name].map(lambda value, item=item: _between(value, item))
        frame = frame.assign(**{name: frame[name].mask(inside)})
        facts.append(f"declared missing in {name}: {_ranges(given)} ({int(inside.sum())} cells)")
    return frame, facts


def _between(value: object, item: dict) -> bool:
    text = isinstance(value, str)
    if pd.isna(value) or text != isinstance(item["lo"], str):
        return False
    return value.strip() == item["lo"].strip() if text else item["lo"] <= value <= item["hi"]


def _ranges(given: list[dict]) -> str:
    shown = []
    for item in given:
        low, high = text_of(_plain(item["lo"])), text_of(_plain(item["hi"]))
        shown.append(str(low) if low == high else f"{low} to {high}")
    return ", ".join(shown)

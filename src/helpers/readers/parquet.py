"""Parquet files, as data frames are kept between programs."""

from __future__ import annotations

from pathlib import Path

from ..study import DEFAULT_READING as DEFAULT
from ..study import Reading
from .cells import text_column
from .table import Body, FileTable, UnreadableTable


def read_parquet(path: Path, reading: Reading = DEFAULT) -> FileTable:
    """Read a Parquet file; columns that are not numbers, texts, dates or truth values are texts.

    Parameters
    ----------
    path : Path
    reading : Reading
        `missing`.

    Raises
    ------
    UnreadableTable
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise UnreadableTable("a Parquet file", "Write it again.", str(error)) from None
    frame = table.to_pandas(integer_object_nulls=True, ignore_metadata=True)
    if frame.empty:
        raise UnreadableTable("rows", "Check that the file is whole.", "no rows")
    text = {str(name): text_column(frame[name]) for name in frame}
    dates = frozenset(
        field.name for field in table.schema
        if pa.types.is_date(field.type) or pa.types.is_timestamp(field.type)
    )
    return FileTable(Body(text, []).frame(reading.missing), ("Parquet",), dates=dates)

"""Parquet files, as data frames are kept between programs: one column in memory at a time."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

from ...bounds import short, within
from ...study.parts import DEFAULT_READING as DEFAULT
from ...study.parts import Reading
from .cells import text_of
from .stored_texts import numbers_in_texts
from .table import Body, Column, FileTable, UnreadableTable

LARGE = 50_000  # rows


def read_parquet(path: Path, reading: Reading = DEFAULT, used: Collection[str] = ()) -> FileTable:
    """Read a Parquet file; columns that are not numbers, texts, dates or truth values are texts.

    Parameters
    ----------
    path : Path
    reading : Reading
        `missing`; `decimal`, `decimal_in`, `thousands` of numbers stored as text.
    used : collection of str
        Of a large file only these become text; the others stay as the file has them, in memory of
        pyarrow, for whoever asks what else lies in the file.

    Raises
    ------
    UnreadableTable
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            if not file.metadata.num_rows:
                raise UnreadableTable("rows", "Check that the file is whole.", "no rows")
            names = file.schema_arrow.names
            _check_size(file, used or names)
            rest = set(names).difference(used) if used and file.metadata.num_rows > LARGE else set()
            texts = {n: _column(file.read([n]).column(0)) for n in names if n not in rest}
            others = {n: _as_it_is(file.read([n]).column(0)) for n in names if n in rest}
            fields = list(file.schema_arrow)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise UnreadableTable("a Parquet file", "Write it again.", short(error)) from None
    pa.default_memory_pool().release_unused()
    stored = {
        f.name
        for f in fields
        if pa.types.is_string(_values_of(f.type)) or pa.types.is_large_string(_values_of(f.type))
    }
    typed = {
        n: np.zeros(len(column.codes), dtype=bool) for n, column in texts.items() if n in stored
    }
    texts, numbers = numbers_in_texts(texts, typed, reading)
    frame = Body(texts, []).frame(reading.missing)
    if others:
        frame = pd.DataFrame({n: others[n] if n in others else frame[n] for n in names})
    dates = frozenset(
        field.name
        for field in fields
        if pa.types.is_date(field.type) or pa.types.is_timestamp(field.type)
    )
    return FileTable(
        frame, ("Parquet", *numbers.facts), dates=dates, unsure=numbers.unsure, wrong=numbers.wrong
    )


def _values_of(kind):
    import pyarrow as pa

    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _check_size(file, used: Collection[str]) -> None:
    meta = file.metadata
    within("columns", meta.num_columns)
    within("parquet cells", meta.num_rows * len(used))
    groups = (meta.row_group(place) for place in range(meta.num_row_groups))
    within("parquet file", sum(group.total_byte_size for group in groups))


def _column(cells) -> Column:
    """Give a column of a file as text: what a registry repeats becomes text once."""
    import pyarrow as pa

    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    single = pa.types.is_float32(cells.type)
    try:
        encoded = cells.dictionary_encode().combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # lists, structures
        return Column.of(pd.Series([text_of(v) for v in cells.to_pylist()], dtype=object))
    values = encoded.dictionary.to_pylist()
    if single:
        values = [None if v is None else float(f"{v:.7g}") for v in values]
    texts = [text if isinstance(text, str) else "" for text in map(text_of, values)]
    codes = encoded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
    return Column(codes, np.array([*texts, ""], dtype=object))


def _as_it_is(cells) -> pd.Series:
    import pyarrow as pa

    kind = pa.string() if pa.types.is_large_string(cells.type) else cells.type
    return pd.Series(pd.array(cells, dtype=pd.ArrowDtype(kind)))

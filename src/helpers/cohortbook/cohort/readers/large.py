"""Large tidy text files: only the columns that a study uses are taken apart cell by cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection

import numpy as np
import pandas as pd

from ...study.parts import Reading
from .marks import ordinary_numbers
from .table import Body, Column, FileTable

LARGE = 5_000_000  # characters
SAMPLE = 2000  # evenly spaced rows of the other columns, for the decimal mark


def read_large(
    text: str, separator: str, reading: Reading, used: Collection[str]
) -> FileTable | None:
    """Read a large file whose first row is the header and whose rows are all alike.

    The columns in `used` are as `read_delimited` gives them; the others stay as the file has them,
    in memory of pyarrow, for whoever asks what else lies in the file.

    Parameters
    ----------
    text : str
    separator : str
    reading : Reading
    used : collection of str
        The first of them has a value in every row.

    Returns
    -------
    FileTable or None
        None if the file is small or not of this kind; nothing is known about it then.
    """
    if len(text) < LARGE:
        return None
    header = next(csv.reader(io.StringIO(text[:1_000_000]), delimiter=separator))
    names = [" ".join(name.split()) for name in header]
    first = next(iter(used), None)
    if not all(names) or len(set(names)) < len(names) or first not in names:
        return None
    table = _strings(text, separator, names)
    if table is None:
        return None
    full = {name: _column(table[name]) for name in names if name in used}
    if not len(table) or full[first].where(lambda cell: not cell).any():
        return None
    rest = [name for name in names if name not in full]
    rows = np.linspace(0, len(table) - 1, min(SAMPLE, len(table))).astype(int)
    sample = table.select(rest).take(rows)
    looked_at = {name: _column(sample[name]) for name in rest}
    numbers = ordinary_numbers({**full, **looked_at}, reading, separator)
    out = Body({name: numbers.columns[name] for name in full}, []).frame(reading.missing)
    others = {name: pd.Series(pd.array(table[name], dtype="string[pyarrow]")) for name in rest}
    frame = pd.DataFrame({name: out[name] if name in full else others[name] for name in names})
    return FileTable(
        frame,
        numbers.facts,
        unsure={name: said for name, said in numbers.unsure.items() if name in full},
        wrong={name: rows for name, rows in numbers.wrong.items() if name in full},
    )


def _strings(text: str, separator: str, names: list[str]):
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    header, _, _ = text.partition("\n")
    if header.count('"') % 2:  # a line end inside a name
        return None
    try:
        return arrow_csv.read_csv(
            pa.py_buffer(text.encode("utf-8")),
            arrow_csv.ReadOptions(column_names=names, skip_rows=1, block_size=1 << 23),
            arrow_csv.ParseOptions(
                delimiter=separator, newlines_in_values='"' in text, ignore_empty_lines=False
            ),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    except pa.ArrowInvalid:
        return None


def _column(cells) -> Column:
    encoded = cells.combine_chunks().dictionary_encode()
    texts = np.array(encoded.dictionary.to_pylist(), dtype=object)
    return Column(encoded.indices.to_numpy(), texts).map(str.strip)

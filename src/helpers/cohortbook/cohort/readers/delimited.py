"""Text files with a separator: encoding, separator and decimal mark found out and recorded."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from ...bounds import file_within, within
from ...study.parts import DEFAULT_READING as DEFAULT
from ...study.parts import Reading
from .large import read_large
from .marks import ordinary_numbers
from .table import Column, FileTable, Grid, UnreadableTable, from_grid

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
BLANK = " "
NOTHING = "".join(SEPARATORS) + " \r\n"
ALIKE = 0.9  # share of the first records with as many words, in a file separated by blanks
SAMPLE = 200  # records looked at to find the separator
BOMS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
csv.field_size_limit(2**31 - 1)


def read_delimited(path: Path, reading: Reading = DEFAULT, used: Collection[str] = ()) -> FileTable:
    """Read a text file of separated values.

    Quoted cells may hold separators, quotes (doubled) and line ends. A row with fewer cells than
    the header is filled up with missing cells, and one with more is an error.

    Parameters
    ----------
    path : Path
    reading : Reading
        `encoding`, `separator`, `decimal`, `decimal_in`, `thousands`, `missing`, where the study
        file states them.
    used : collection of str
        Columns that are needed, see `read_large`.

    Raises
    ------
    UnreadableTable
    """
    file_within("text table", path)
    text, encoding = decode(path.read_bytes(), reading.encoding)
    skipped = 0
    if text[:4].lower() == "sep=":  # Excel's own hint in the first line
        line, _, text = text.partition("\n")
        skipped, reading = (
            1,
            reading.model_copy(update={"separator": reading.separator or line.strip()[4:5]}),
        )
    if not text.strip(NOTHING):
        raise UnreadableTable(
            "a header and rows under it", "Check that the file is whole.", "an empty file"
        )
    separator = reading.separator or find_separator(text)
    _check_size(text, separator)
    shown = "blanks" if separator == BLANK else SEPARATORS.get(separator, repr(separator))
    facts = (encoding, f"separator {shown}")
    if separator == BLANK:
        text, separator = _with_tabs(text), "\t"
    large = None if skipped else read_large(text, separator, reading, used)
    if large:
        return replace(large, facts=(*facts, *large.facts))
    columns = _columns_at_once(text, separator) or _columns_one_by_one(text, separator)
    body = from_grid(Grid(columns, 1 + skipped))
    numbers = ordinary_numbers(body.columns, reading, separator)
    frame = replace(body, columns=numbers.columns).frame(reading.missing)
    return FileTable(
        frame,
        (*facts, *numbers.facts, *body.facts),
        tuple(body.doubts),
        unsure=numbers.unsure,
        wrong=numbers.wrong,
    )


def _check_size(text: str, separator: str) -> None:
    """Compare the cells that the file has at most with the limits."""
    within("text cells", text.count(separator) + text.count("\n") + 1)
    line_end = text.find("\n")
    within("columns", text.count(separator, 0, line_end if line_end >= 0 else len(text)) + 1)


def decode(content: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Decode a file's bytes; give the text and the name of the encoding.

    A byte order mark decides; then UTF-8 if the bytes are valid; then GB18030 if the bytes beyond
    ASCII come in the pairs of Chinese text; else Latin-1 as Windows writes it.
    """
    try:
        if encoding:
            return content.decode(encoding).removeprefix("\ufeff"), encoding
        for mark, name in BOMS.items():
            if content.startswith(mark):
                return content[len(mark) :].decode(name), f"{name.upper()} with byte order mark"
    except (UnicodeDecodeError, LookupError) as error:
        raise UnreadableTable(
            f"text in {encoding or 'the encoding of its byte order mark'}",
            "Mend 'encoding' in study.yml, or save the file as UTF-8.",
            str(error),
        ) from None
    if content[:4000].count(0):
        raise UnreadableTable(
            "a text file", "Save it as CSV UTF-8, or mend its ending.", "bytes that are not text"
        )
    for name, shown in (("utf-8", "UTF-8"), ("gb18030", "GB18030")):
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if name == "utf-8" or _looks_chinese(content):
            return text, shown
    try:
        return content.decode("cp1252"), "Latin-1 (Windows-1252)"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "Latin-1"


def _looks_chinese(content: bytes) -> bool:
    """Say whether bytes beyond ASCII stand in pairs, as in GB2312; single letters do not."""
    paired = single = run = 0
    for byte in [*content[:2_000_000], 0]:
        if byte >= 0xA1:
            run += 1
            continue
        paired, single, run = paired + run - run % 2, single + run % 2, 0
    return paired > 4 * single


def find_separator(text: str) -> str:
    """Choose the separator that cuts the first records into most cells of equal number.

    Blanks are one only where nothing else cuts, and where nearly all records have as many words.
    """
    sample = text[:500_000]
    usual = {separator: _usual_width(_records(sample, separator)) for separator in SEPARATORS}
    best = max(SEPARATORS, key=lambda separator: (usual[separator][0] - 1) * usual[separator][1])
    if usual[best][0] == 1:
        words, share = _usual_width(_records(_without_margins(sample), BLANK))
        if words > 1 and share >= ALIKE:
            return BLANK
    return best


def _usual_width(records: Iterable[list[str]]) -> tuple[int, float]:
    """Give the commonest number of cells of the first records that are not empty, its share."""
    filled = (len(record) for record in records if any(cell.strip() for cell in record))
    widths = list(itertools.islice(filled, SAMPLE))
    if not widths:
        return 1, 0.0
    usual = max(set(widths), key=lambda width: (widths.count(width), width))
    return usual, widths.count(usual) / len(widths)


def _records(text: str, separator: str) -> Iterator[list[str]]:
    return csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=separator == BLANK
    )


def _without_margins(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines())


def _with_tabs(text: str) -> str:
    """Put one tab in place of each run of blanks between cells."""
    out = io.StringIO()
    blanks_only = _without_margins(text.replace("\t", BLANK))
    csv.writer(out, delimiter="\t", lineterminator="\n").writerows(_records(blanks_only, BLANK))
    return out.getvalue()


def _columns_at_once(text: str, separator: str) -> list[Column] | None:
    """Read a tidy file with pyarrow, ten times as fast; None if a row is not like the others."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    width = len(next(csv.reader(io.StringIO(text, newline=""), delimiter=separator)))
    names = [str(number) for number in range(width)]
    kinds = dict.fromkeys(names, pa.dictionary(pa.int32(), pa.string()))
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(text.encode("utf-8")),
            arrow_csv.ReadOptions(column_names=names, block_size=1 << 24),
            arrow_csv.ParseOptions(
                delimiter=separator, newlines_in_values=True, ignore_empty_lines=False
            ),
            arrow_csv.ConvertOptions(column_types=kinds),
        )
    except pa.ArrowInvalid:
        return None
    columns = [table[name].unify_dictionaries().combine_chunks() for name in names]
    return [
        Column(
            column.indices.to_numpy(), np.array(column.dictionary.to_pylist(), dtype=object)
        ).map(str.strip)
        for column in columns
    ]


def _columns_one_by_one(text: str, separator: str) -> list[Column]:
    within("uneven cells", text.count(separator) + text.count("\n"))
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    records = [_without_empty_end([cell.strip() for cell in record]) for record in records]
    records = _with_row_names(records)
    width = _width(records)
    within("columns", width)
    within("uneven cells", width * len(records))
    longer = [number for number, record in enumerate(records, start=1) if len(record) > width]
    if longer:
        raise UnreadableTable(
            f"{width} cells in each row",
            "Put quotes round cells that hold the separator.",
            f"{len(records[longer[0] - 1])} cells in row {longer[0]}"
            + (f" and more than {width} in {len(longer) - 1} others" if longer[1:] else ""),
        )
    rows = [record + [""] * (width - len(record)) for record in records]
    return [Column.of(pd.Series(cells, dtype=object)) for cells in zip(*rows, strict=True)]


def _with_row_names(records: list[list[str]]) -> list[list[str]]:
    """Give the first column an empty name where R wrote row names and no name above them."""
    first, *rest = [record for record in records if record] or [[]]
    if rest and {len(record) for record in rest} == {len(first) + 1}:
        first.insert(0, "")
    return records


def _without_empty_end(record: list[str]) -> list[str]:
    while record and not record[-1]:
        record = record[:-1]
    return record


def _width(records: list[list[str]]) -> int:
    """The header's width: that of the first record about as wide as the first ones are."""
    widths = [len(record) for record in records[:20]]
    return next(width for width in widths if width >= 0.6 * max(widths))

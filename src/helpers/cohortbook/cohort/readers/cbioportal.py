"""Clinical files of cBioPortal: rows of # with labels, descriptions and types above the header."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from ...bounds import file_within
from ...study.parts import DEFAULT_READING as DEFAULT
from ...study.parts import Reading
from .delimited import decode, read_delimited
from .table import FileTable, Rows

MARK = "#"
FEWEST, MOST = 2, 8  # rows of # above the header
START = 200_000  # bytes that are looked at
TYPES = {"STRING", "NUMBER", "BOOLEAN"}


def has_marked_header(path: Path) -> bool:
    """Say whether a text file begins with several rows of # that are as wide as the header."""
    with path.open("rb") as file:
        start = file.read(START)
    if not start.lstrip(b"\xef\xbb\xbf").startswith(MARK.encode()):
        return False
    lines = start.decode("utf-8", errors="replace").lstrip("\ufeff").splitlines()[: MOST + 1]
    marked = [line for line in lines if line.startswith(MARK)]
    if not FEWEST <= len(marked) <= MOST or len(marked) == len(lines):
        return False
    header = lines[len(marked)].count("\t")
    return header > 0 and all(line.count("\t") == header for line in marked)


def read_marked(path: Path, reading: Reading = DEFAULT, used: Collection[str] = ()) -> FileTable:
    """Read a file whose header stands under rows of #; the first of these holds the labels.

    Raises
    ------
    UnreadableTable
    """
    file_within("text table", path)
    text, encoding = decode(path.read_bytes(), reading.encoding)
    lines = text.splitlines(keepends=True)
    marked = next(n for n, line in enumerate(lines) if not line.startswith(MARK))
    with tempfile.TemporaryDirectory() as folder:
        rest = Path(folder) / path.name
        rest.write_text("".join(lines[marked:]), encoding="utf-8", newline="")
        table = read_delimited(rest, reading.model_copy(update={"encoding": "utf-8"}), used)
    rows = table.frame.attrs.get("rows") or range(2, len(table.frame) + 2)
    table.frame.attrs["rows"] = Rows(row + marked for row in rows)
    names = next(csv.reader([lines[marked]], delimiter="\t"))
    fact = f"{marked} rows of # above the header, as cBioPortal writes them"
    return replace(
        table, facts=(encoding, *table.facts[1:], fact), labels=_labels(lines[:marked], names)
    )


def _labels(marked: list[str], names: list[str]) -> dict[str, str]:
    """Give the label of each column: the first row of # that holds no types."""
    for line in marked:
        cells = next(csv.reader([line[1:]], delimiter="\t"))
        if len(cells) == len(names) and not {cell.strip() for cell in cells} <= TYPES:
            return {
                name.strip(): cell.strip()
                for name, cell in zip(names, cells, strict=True)
                if cell.strip()
            }
    return {}

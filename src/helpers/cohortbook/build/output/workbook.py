"""All tables in one XLSX file, a sheet each: numbers and text, no formula, the same bytes."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font

FIRST_DATE = (1980, 1, 1, 0, 0, 0)
NUMBER = re.compile(r"−?\d{1,15}(?:\.(\d{1,6}))?")  # as tables print it; anything else is text
LONGEST = 32_767  # characters that a cell can hold


def write_workbook(tables: Mapping[str, Mapping[str, Any]], path: Path) -> None:
    """Write tables as sheets.

    Parameters
    ----------
    tables : mapping
        Sheet name to {caption, columns, rows, notes}; all texts. A cell that holds nothing but a
        number, outside the first column, is written as a number. `machine_rows` has the rows with a
        decimal point where the report prints another.
    path : Path
    """
    book = Workbook()
    book.remove(book.active)
    book.properties.creator = "cohortbook"
    book.properties.created = datetime.datetime(*FIRST_DATE)
    for name, table in tables.items():
        _fill(book.create_sheet(name[:31]), table)
    if not tables:
        book.create_sheet("No tables")
    buffer = io.BytesIO()
    book.save(buffer)
    path.write_bytes(_undated(buffer))


def _fill(sheet, table: Mapping[str, Any]) -> None:
    lines = [[table["caption"]], table["columns"], *table["rows"], *([n] for n in table["notes"])]
    machine = [
        *lines[:2],
        *table.get("machine_rows", table["rows"]),
        *lines[2 + len(table["rows"]) :],
    ]
    for number, pair in enumerate(zip(lines, machine, strict=True), 1):
        _write(sheet, number, *pair)
    for cell in [*sheet[1], *sheet[2]]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "B3"
    for position, width in enumerate(_widths([table["columns"], *table["rows"]]), 1):
        sheet.column_dimensions[sheet.cell(2, position).column_letter].width = width
    for row in sheet.iter_rows(min_row=2, min_col=2):
        for cell in row:
            cell.alignment = Alignment(horizontal="center")


def _write(sheet, number: int, line: Iterable[str], machine: Iterable[str]) -> None:
    for position, (text, read) in enumerate(zip(line, machine, strict=True), 1):
        cell = sheet.cell(number, position)
        plain = NUMBER.fullmatch(str(read)) if position > 1 else None
        if plain:  # a number stays one, with the decimals that are printed
            cell.value = float(plain[0].replace("−", "-"))
            cell.number_format = "0" + (f".{'0' * len(plain[1])}" if plain[1] else "")
        else:
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", str(text))[:LONGEST]
            cell.data_type = "s"  # a text that begins with "=" stays a text
            cell.quotePrefix = True


def _widths(lines: Iterable[Iterable[str]]) -> list[float]:
    columns = zip(*lines, strict=False)
    return [min(60, 2 + max(len(str(text)) for text in column)) for column in columns]


def _undated(buffer: io.BytesIO) -> bytes:
    """Rewrite the zip file without the time of day, which openpyxl puts into it twice."""
    out = io.BytesIO()
    fixed = datetime.datetime(*FIRST_DATE).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", fixed, content)
            entry = zipfile.ZipInfo(name, FIRST_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            new.writestr(entry, content)
    return out.getvalue()

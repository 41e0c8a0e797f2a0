"""Rows as a CSV file, alike on every system."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path


def write_rows(path: Path, rows: Iterable[Sequence[object]], encoding: str = "utf-8") -> None:
    """Write rows, the header first, with line feeds."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def write_sheet(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Write rows of text that a spreadsheet opens: what looks like a formula stays text.

    A mark of the encoding stands first, without which Excel reads UTF-8 as another.
    """
    write_rows(path, ([harmless(cell) for cell in row] for row in rows), "utf-8-sig")


def harmless(text: str) -> str:
    """Keep a spreadsheet from reading a text cell as a formula."""
    return "'" + text if text.lstrip()[:1] in ("=", "+", "-", "@", "\t", "\r") else text

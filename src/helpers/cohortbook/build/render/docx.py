"""A finished DOCX made fit for print, and the same bytes every time."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..project.sources import Line
from .docx_comments import with_comments
from .docx_fields import with_fields
from .docx_map import origins, with_map, without_marks
from .submission import double_spaced, line_numbered, lower_pictures

FIXED = (1980, 1, 1, 0, 0, 0)
ROW = re.compile(r"<w:tr(?: [^>]*)?>.*?</w:tr>", re.DOTALL)
TABLE = re.compile(r"<w:tbl>.*?</w:tbl>", re.DOTALL)
STYLED = re.compile(r'(<w:pStyle w:val="Table\w+" ?/>)(?!\s*<w:keepNext)')
FIRST_ROWS, LAST_ROWS = 3, 2  # the header among the first
SHORT = 16  # rows: a table up to here is not broken over pages
GRID = re.compile(r"<w:tblGrid>.*?</w:tblGrid>", re.DOTALL)
COLUMN = re.compile(r'(<w:gridCol w:w=")(\d+)(")')
PICTURE = re.compile(r'(<pic:cNvPr [^>]*descr=")[^"]*/([^"/]*")')
DOCUMENT, STYLES = "word/document.xml", "word/styles.xml"


def finish_docx(
    path: Path,
    for_submission: bool = False,
    lines: Sequence[Line] = (),
    comments: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Make fields of references, keep rows whole and the ends of tables together, fix dates.

    Tables are set to the text's width. Where each piece comes from is kept in a part of its own.

    Parameters
    ----------
    path : Path
        The document, which is rewritten.
    for_submission : bool
        Double spacing, line numbers, and pictures that leave room for a caption so spaced.
    lines : sequence of Line
        The report's sources, if the document bears marks of them.
    comments : sequence of mapping
        Comments of readers that the study keeps (see `docx_comments`).
    """
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    # while the marks are in it, and before widths and fields change what stands around them
    found = origins(parts[DOCUMENT], lines, parts) if lines else None
    text = without_marks(parts[DOCUMENT].decode("utf-8"))
    if comments:
        text = with_comments(text, parts, comments)
    # in text, by patterns: ElementTree would name every namespace anew
    text = with_fields(forget_paths(fill_width(keep_ends(keep_rows_whole(text)))))
    if for_submission:
        text = line_numbered(lower_pictures(text))
        parts[STYLES] = double_spaced(parts[STYLES].decode("utf-8")).encode("utf-8")
    parts[DOCUMENT] = text.encode("utf-8")
    if found:
        with_map(parts, found)
    write_parts(path, parts)


def write_parts(path: Path, parts: Mapping[str, bytes]) -> None:
    """Write the parts of a document of Office with a fixed date."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            # a DOCX is an archive that keeps the time of each part: two builds would differ by it
            # alone
            entry = zipfile.ZipInfo(name, FIXED)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, data)


def keep_rows_whole(xml: str) -> str:
    """Mark every table row as not to be broken over two pages."""

    def whole(found: re.Match[str]) -> str:
        row = found[0]
        if "<w:cantSplit" in row:
            return row
        if "<w:trPr>" in row:
            return row.replace("<w:trPr>", "<w:trPr><w:cantSplit/>", 1)
        head, _, rest = row.partition(">")
        return f"{head}><w:trPr><w:cantSplit/></w:trPr>{rest}"

    return ROW.sub(whole, xml)


def keep_ends(xml: str) -> str:
    """Keep the first rows of each table with what follows, and the last rows with the notes.

    A short table stays whole.
    """

    def kept(found: re.Match[str]) -> str:
        rows = ROW.findall(found[0])
        # Word breaks a table between any two rows unless the first is told to keep with the next
        first = len(rows) if len(rows) <= SHORT else FIRST_ROWS
        ends = {*range(first), *range(len(rows) - LAST_ROWS, len(rows))}
        numbers = iter(range(len(rows)))
        return ROW.sub(
            lambda row: STYLED.sub(r"\1<w:keepNext/>", row[0]) if next(numbers) in ends else row[0],
            found[0],
        )

    return TABLE.sub(kept, xml)


def forget_paths(xml: str) -> str:
    """Name each picture by its file alone: pandoc writes the path on the machine that rendered."""
    return PICTURE.sub(r"\1\2", xml)


def fill_width(xml: str) -> str:
    """Stretch the columns of each table to the width between the margins, in proportion.

    pandoc lays tables out for its own page, and Word takes its column widths at their word.
    """
    page, margins = re.search(r'<w:pgSz [^>]*w:w="(\d+)"', xml), re.search(r"<w:pgMar [^>]*>", xml)
    if not page or not margins:
        return xml
    sides = re.findall(r'w:(?:left|right)="(\d+)"', margins[0])
    width = int(page[1]) - sum(map(int, sides))

    def stretched(found: re.Match[str]) -> str:
        # of each table alone: one that is wide must not make the others narrow
        factor = width / (sum(int(column[2]) for column in COLUMN.finditer(found[0])) or width)
        return COLUMN.sub(
            lambda column: f"{column[1]}{round(int(column[2]) * factor)}{column[3]}", found[0]
        )

    return GRID.sub(stretched, xml)

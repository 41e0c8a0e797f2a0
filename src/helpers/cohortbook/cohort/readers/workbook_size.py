"""How large a workbook is inside, seen from its parts as they stream by, before any is parsed."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

from ...bounds import MIB, file_within, within
from .table import UnreadableTable

PIECE = 1 * MIB
HEAD = 4096
TAGS_OF_A_CELL = 6  # <c><is><t></t></is></c>
FAR_ROW = re.compile(rb' r="([0-9]{8,300})"')
HIDDEN = re.compile(rb'<(?:\w+:)?row\s[^<>]*?\bhidden="(?:1|true)"[^<>]*(?<!/)>(?!</)')
ROWS = (b"<row ", b"<row>", b":row ")
SHEET, TEXTS = b"worksheet", b"sst"


def check_workbook(path: Path) -> bool:
    """Compare a workbook and its parts with the limits; say whether a sheet has formulas.

    Raises
    ------
    Unreadable
    """
    file_within("workbook", path)
    with zipfile.ZipFile(path) as book:
        parts = book.infolist()
        within("workbook parts", len(parts))
        return any([_formulas(book, part) for part in parts if not part.is_dir()])


def _formulas(book: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Check one part; pictures and other parts that are not parsed may have any size."""
    with book.open(part) as file:
        head = file.read(HEAD)
    if not head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<"):
        return False
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise UnreadableTable(
            "a workbook without entities",
            "Save it again in Excel.",
            f"a document type in {part.filename}",
        )
    root = _root(head)
    name = {SHEET: "sheet", TEXTS: "sheet texts"}.get(root, "workbook part")
    within(name, part.file_size)
    if root != SHEET:
        return False
    with closing(_pieces(book, part)) as pieces:
        return _sheet(pieces)


def _root(head: bytes) -> bytes:
    """Give the name of the outermost element, without its prefix."""
    for tag in head.split(b"<")[1:]:
        if tag[:1] not in b"?!":
            name = tag.split(b">")[0].split()[0] if tag.split(b">")[0].split() else b""
            return name.strip(b"/").rpartition(b":")[2]
    return b""


def _pieces(book: zipfile.ZipFile, part: zipfile.ZipInfo) -> Generator[bytes, None, None]:
    with book.open(part) as file:
        while piece := file.read(PIECE):
            yield piece


def _sheet(pieces: Iterator[bytes]) -> bool:
    """Count the tags of a sheet, and how far its rows are apart."""
    tags = rows = without_row = 0
    formulas = False
    for piece in pieces:
        tags += piece.count(b"<")
        if found := FAR_ROW.search(piece):  # the rows before it would be made, all empty
            within("sheet rows", int(found[1]))
        rows += sum(map(piece.count, ROWS))
        within("sheet rows", rows)
        within("sheet cells", tags // TAGS_OF_A_CELL)
        without_row = 0 if b"row" in piece else without_row + len(piece)
        within("sheet row", without_row)
        formulas = formulas or b"<f" in piece or b":f" in piece
    return formulas


def hidden_rows(path: Path, part: str) -> int:
    """Count the rows with cells that a sheet hides."""
    count, rest = 0, b""
    with zipfile.ZipFile(path) as book, closing(_pieces(book, book.getinfo(part))) as pieces:
        for piece in pieces:
            text = rest + piece
            count += sum(1 for _ in HIDDEN.finditer(text))
            # a tag may go on in the next piece
            rest = text[text.rfind(b"<") :][:HEAD] if text.rfind(b">") < text.rfind(b"<") else b""
    return count


def check_sheet(rows: int, width: int) -> None:
    """Compare the rows and cells that were read so far with the limits."""
    within("sheet rows", rows)
    within("sheet cells", rows * width)

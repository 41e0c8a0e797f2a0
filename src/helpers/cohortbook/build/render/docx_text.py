"""What stands in a DOCX: paragraphs with their formats, tables, comments; before and after changes.

A tracked change is read both ways: `old` is what a reader sees who refuses all of them, `new` what
one sees who takes them all. Text boxes and what is no text are counted, not read as paragraphs.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
INSERTED, DELETED = {f"{W}ins", f"{W}moveTo"}, {f"{W}del", f"{W}moveFrom"}
FORMATS = {"b": "b", "i": "i", "strike": "s"}
OFF = {"0", "false", "off", "none"}
BREAKS = {f"{W}br": "\n", f"{W}cr": "\n", f"{W}tab": "\t", f"{W}noBreakHyphen": "\u2011"}
MARK = f"{W}cohortbook"
MADE_ANEW = r"PAGEREF|PAGE|NUMPAGES|SUBJECT|TITLE|DOCPROPERTY|DATE|TIME|FILENAME"
PAGES = re.compile(rf"\s*(?:{MADE_ANEW})\b", re.IGNORECASE)
ANY_PAGE = "…"  # page numbers and the like are found anew by each program that opens the file
LEVELS = {"superscript": "^", "subscript": "~"}


@dataclass(frozen=True)
class Piece:
    """A stretch of text of one format: of the letters b, i, s, and ^ or ~ for raised, lowered."""

    text: str
    form: str = ""
    new: bool = True
    old: bool = True


@dataclass
class Block:
    """A paragraph, or a table as rows of texts.

    `at` is which paragraph of the document it is, those in tables counted. `marks` are (offset in
    the old text, attributes) of marks of origin; `comments` are (number, offset at which it begins,
    offset at which it ends) in the new text. `inside` are the paragraphs of a table, `marked` the
    words that are highlighted or underlined, which a report's own never are; `listed` says that a
    paragraph is an item of a list.
    """

    kind: str
    style: str = ""
    pieces: list[Piece] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    old_rows: list[list[str]] = field(default_factory=list)
    marks: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    comments: list[tuple[str, int, int]] = field(default_factory=list)
    authors: set[str] = field(default_factory=set)
    end_inserted: bool = False
    end_deleted: bool = False
    at: int = 0
    drawings: int = 0
    boxes: list[str] = field(default_factory=list)
    inside: list[Block] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)
    listed: bool = False

    @property
    def new(self) -> str:
        """The text with all tracked changes taken."""
        return "".join(piece.text for piece in self.pieces if piece.new)

    @property
    def old(self) -> str:
        """The text without them."""
        return "".join(piece.text for piece in self.pieces if piece.old)

    @property
    def new_pieces(self) -> list[Piece]:
        """The pieces of the text with all tracked changes taken."""
        return [piece for piece in self.pieces if piece.new]


def blocks_of(document: bytes) -> list[Block]:
    """Read `word/document.xml`.

    Returns
    -------
    list of Block
        Paragraphs and tables of the body, in their order; those in content controls too.
    """
    body = ET.fromstring(document).find(f"{W}body")
    reader = _Reader()
    return [] if body is None else list(reader.blocks(body, True, True))


def texts_of(part: bytes) -> list[str]:
    """Give the paragraphs of a header, footer or notes part that have text."""
    root = ET.fromstring(part)
    reader = _Reader()
    found = [reader.paragraph(one, True, True).new.strip() for one in root.iter(f"{W}p")]
    return [text for text in found if text]


class _Reader:
    """Reads blocks; comments may begin in one paragraph and end in another."""

    def __init__(self) -> None:
        self.open: dict[str, tuple[Block, int]] = {}
        self.count = 0
        self.fields: list[list[str]] = []  # code and state of each open field

    def blocks(self, parent: ET.Element, new: bool, old: bool) -> Iterator[Block]:
        """Read the paragraphs and tables under an element."""
        for child in parent:
            if child.tag == f"{W}p":
                yield self.paragraph(child, new, old)
            elif child.tag == f"{W}tbl":
                yield self.table(child)
            elif child.tag in INSERTED:
                yield from self.blocks(child, new, False)
            elif child.tag in DELETED:
                yield from self.blocks(child, False, old)
            elif child.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}customXml", f"{W}smartTag"):
                yield from self.blocks(child, new, old)

    def paragraph(self, element: ET.Element, new: bool, old: bool) -> Block:
        """Read one paragraph."""
        block = Block("paragraph", at=self.count)
        self.count += 1
        about = element.find(f"{W}pPr")
        if about is not None:
            style = about.find(f"{W}pStyle")
            block.style = style.get(f"{W}val", "") if style is not None else ""
            block.listed = about.find(f"{W}numPr") is not None or "List" in block.style
            end = about.find(f"{W}rPr")
            if end is not None:
                block.end_inserted = any(end.find(tag) is not None for tag in INSERTED)
                block.end_deleted = any(end.find(tag) is not None for tag in DELETED)
                block.authors |= {
                    mark.get(f"{W}author", "") for mark in end if mark.tag in INSERTED | DELETED
                }
        self._inside(element, block, new, old)
        return block

    def table(self, element: ET.Element) -> Block:
        """Read a table: each cell is its text, paragraphs joined by blanks."""
        block = Block("table")
        for row in element.iter(f"{W}tr"):
            about = row.find(f"{W}trPr")
            marks = set() if about is None else {child.tag for child in about}
            cells = [self._cell(cell, block) for cell in row.findall(f"{W}tc")]
            # a row may be deleted or inserted as a whole, with nothing marked in its cells
            if not marks & DELETED:
                block.rows.append([new for new, _ in cells])
            if not marks & INSERTED:
                block.old_rows.append([old for _, old in cells])
        return block

    def _cell(self, cell: ET.Element, table: Block) -> tuple[str, str]:
        inside = [self.paragraph(one, True, True) for one in cell.iter(f"{W}p")]
        for one in inside:
            table.authors |= one.authors
            table.inside.append(one)
            table.drawings += one.drawings
            table.marked += one.marked
        return tuple(" ".join(t for t in texts if t) for texts in (
            [one.new for one in inside], [one.old for one in inside]))  # fmt: skip

    def _inside(self, parent: ET.Element, block: Block, new: bool, old: bool) -> None:
        for child in parent:
            tag = child.tag
            if tag in INSERTED or tag in DELETED:
                block.authors.add(child.get(f"{W}author", ""))
                self._inside(child, block, new and tag in INSERTED, old and tag in DELETED)
            elif tag == f"{W}r":
                self._run(child, block, new, old)
            elif tag == f"{W}fldSimple" and PAGES.match(child.get(f"{W}instr", "")):
                block.pieces.append(Piece(ANY_PAGE, "", new, old))
            elif tag == MARK:
                block.marks.append((len(block.old), dict(child.attrib)))
            elif tag == f"{W}commentRangeStart":
                self.open[child.get(f"{W}id", "")] = (block, len(block.new))
            elif tag == f"{W}commentRangeEnd":
                self._comment(child.get(f"{W}id", ""), block)
            elif tag != f"{W}pPr":
                self._inside(child, block, new, old)

    def _comment(self, number: str, block: Block) -> None:
        # a comment over several paragraphs is told at the one in which it begins
        began, start = self.open.pop(number, (block, len(block.new)))
        end = len(block.new) if began is block else len(began.new)
        began.comments.append((number, start, end))

    def _field(self, kind: str, block: Block, form: str, new: bool, old: bool) -> None:
        """Follow a field from its code to its end."""
        if kind == "begin":
            self.fields.append(["", "code"])
        elif kind == "separate" and self.fields:
            self.fields[-1][1] = "result"
            if PAGES.match(self.fields[-1][0]):
                block.pieces.append(Piece(ANY_PAGE, form, new, old))
        elif kind == "end" and self.fields:
            self.fields.pop()

    def _in_page(self) -> bool:
        return any(state == "result" and PAGES.match(code) for code, state in self.fields)

    def _run(self, run: ET.Element, block: Block, new: bool, old: bool) -> None:
        form = _form(run.find(f"{W}rPr"))
        if new and _is_marked(run.find(f"{W}rPr")):
            words = "".join(one.text or "" for one in run.iter(f"{W}t"))
            block.marked += [words] if words.strip() else []
        for child in run:
            if child.tag in (f"{W}t", f"{W}delText") and self._in_page():
                continue
            if child.tag in (f"{W}t", f"{W}delText"):
                block.pieces.append(Piece(child.text or "", form, new, old))
            elif child.tag == f"{W}fldChar":
                self._field(child.get(f"{W}fldCharType", ""), block, form, new, old)
            elif child.tag == f"{W}instrText" and self.fields:
                self.fields[-1][0] += child.text or ""
            elif child.tag in BREAKS:
                block.pieces.append(Piece(BREAKS[child.tag], form, new, old))
            elif child.tag == f"{W}commentReference":
                number = child.get(f"{W}id", "")
                if number in self.open:
                    self._comment(number, block)
                # a comment without a range, as some programs write it, stands where it is referred
                # to
                elif number not in {known for known, _, _ in block.comments}:
                    block.comments.append((number, len(block.new), len(block.new)))
            elif child.tag in (f"{W}drawing", f"{W}pict", f"{W}object", f"{MC}AlternateContent"):
                block.drawings += new
                block.boxes += [
                    text
                    # each text box is written twice, for programs of two ages: once is enough
                    for box in list(child.iter(f"{W}txbxContent"))[:1]
                    for one in box.iter(f"{W}p")
                    if (text := "".join(t.text or "" for t in one.iter(f"{W}t")).strip())
                ]


def _is_marked(about: ET.Element | None) -> bool:
    """Whether a run is highlighted or underlined by hand; a link is so by its style."""
    if about is None or about.find(f"{W}rStyle") is not None:
        return False
    found = (about.find(f"{W}{name}") for name in ("highlight", "u"))
    return any(one is not None and one.get(f"{W}val", "") not in {*OFF, ""} for one in found)


def _form(about: ET.Element | None) -> str:
    """Give the format of a run by its letters."""
    if about is None:
        return ""
    found = ""
    for name, letter in FORMATS.items():
        one = about.find(f"{W}{name}")
        if one is not None and one.get(f"{W}val", "1") not in OFF:
            found += letter
    level = about.find(f"{W}vertAlign")
    return found + (LEVELS.get(level.get(f"{W}val", ""), "") if level is not None else "")

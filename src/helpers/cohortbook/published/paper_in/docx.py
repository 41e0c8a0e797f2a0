"""Manuscripts as DOCX: tables with merged cells, captions above or below, and paragraphs.

Read with lxml alone: what is needed of the format is little (rows, merged cells, marks set high),
and python-docx gives merged cells once for each place without saying so.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from ...errors import Problem, StudyError
from .model import Paper, PaperTable, Paragraph, RawCell, grid
from .texts import plain

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LABEL = re.compile(r"\s*((?:supplementary\s+)?table\s+[\w.-]*[\divxIVX]\w*)\s*[.:|]?\s*", re.I)
SYMBOLS = {"B1": "±", "A3": "≤", "B3": "≥", "2D": "-", "3C": "<", "3E": ">", "D7": "·"}
MOST_BYTES = 200_000_000


def read_docx(path: Path) -> Paper:
    """Read a DOCX file.

    Raises
    ------
    StudyError
        If it is no DOCX.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("word/document.xml").file_size > MOST_BYTES:
                raise KeyError
            content = archive.read("word/document.xml")
    except (zipfile.BadZipFile, KeyError):
        raise StudyError(
            [Problem(path.name, "a DOCX file", "Save it from a word processor as DOCX.")]
        ) from None
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    body = etree.fromstring(content, parser).find(f"{W}body")
    paper, where, before = Paper(), "Text", ""
    waiting: PaperTable | None = None
    for node in _blocks(body) if body is not None else ():
        if node.tag == f"{W}p":
            text = plain(_text(node))
            if not text:
                continue
            if waiting is not None and not waiting.caption and _LABEL.match(text):
                _name(waiting, text)
                waiting = None
                continue
            style = node.find(f"{W}pPr/{W}pStyle")
            heading = style is not None and "heading" in style.get(f"{W}val", "").lower()
            where = text[:80] if heading else where
            before = text
            if not heading and not _LABEL.match(text):
                paper.paragraphs.append(Paragraph(where, text))
        elif node.tag == f"{W}tbl":
            table = _table(node, len(paper.tables) + 1)
            if _LABEL.match(before):
                _name(table, before)
            before = ""
            paper.tables.append(table)
            waiting = table
    return paper


def _blocks(body: etree._Element) -> Iterator[etree._Element]:
    """Give paragraphs and tables in their order, those inside content controls too."""
    for node in body:
        if node.tag == f"{W}sdt":
            for content in node.findall(f"{W}sdtContent"):
                yield from _blocks(content)
        else:
            yield node


def _name(table: PaperTable, caption: str) -> None:
    table.where = plain(_LABEL.match(caption)[1]).capitalize()
    table.caption = caption


def _table(node: etree._Element, number: int) -> PaperTable:
    raw: list[list[RawCell]] = []
    open_: dict[int, tuple[int, int]] = {}  # column: where the cell that goes on below stands
    heads = 0
    for i, row in enumerate(node.findall(f"{W}tr")):
        cells: list[RawCell] = []
        column = _number(row.find(f"{W}trPr/{W}gridBefore"), 0)
        cells += [RawCell("")] * column
        for cell in row.findall(f".//{W}tc"):
            span = _number(cell.find(f"{W}tcPr/{W}gridSpan"), 1)
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            goes_on = merge is not None and merge.get(f"{W}val", "continue") == "continue"
            if goes_on and column in open_:
                at, place = open_[column]
                above = raw[at][place]
                raw[at][place] = RawCell(above.text, above.columns, i - at + 1, above.indent)
            else:
                text = " ".join(_text(p) for p in cell.findall(f"{W}p"))
                cells.append(RawCell(plain(text), span, 1, _indent(cell, text)))
                open_.pop(column, None)
                if merge is not None:
                    open_[column] = (i, len(cells) - 1)
            column += span
        head = row.find(f"{W}trPr/{W}tblHeader") is not None
        heads += int(head and heads == i)
        raw.append(cells)
    return PaperTable(f"Table {number}", "", grid(raw), heads)


def _number(node: etree._Element | None, default: int) -> int:
    value = node.get(f"{W}val", "") if node is not None else ""
    return int(value) if value.isdigit() else default


def _indent(cell: etree._Element, text: str) -> int:
    left = cell.find(f"{W}p/{W}pPr/{W}ind")
    set_in = left is not None and any(
        left.get(f"{W}{x}", "0") not in ("0", "") for x in ("left", "start", "firstLine")
    )
    return len(text) - len(text.lstrip()) + (2 if set_in else 0)


def _text(node: etree._Element) -> str:
    """Give the text of a paragraph; what is set high is a mark, unless it is a power."""
    parts: list[str] = []
    for run in node.iter(f"{W}r"):
        if any(parent.tag == f"{W}del" for parent in run.iterancestors()):
            continue
        inner = "".join(_piece(x) for x in run)
        high = run.find(f"{W}rPr/{W}vertAlign")
        if high is not None and high.get(f"{W}val") == "superscript":
            before = "".join(parts).rstrip()
            power = re.fullmatch(r"-?\d{1,2}", inner.strip()) and re.search(
                r"(?:(?<![\d.,])10|mm|cm|\bm)$", before
            )
            parts.append(f"^{inner.strip()}" if power else "")
        else:
            parts.append(inner)
    return "".join(parts)


def _piece(node: etree._Element) -> str:
    """Give the text of a part of a run; signs of the Symbol font by their meaning."""
    if node.tag == f"{W}t":
        return node.text or ""
    if node.tag == f"{W}sym":
        return SYMBOLS.get(node.get(f"{W}char", "").upper()[-2:], "")
    return {f"{W}tab": "\t", f"{W}br": " ", f"{W}noBreakHyphen": "-"}.get(node.tag, "")

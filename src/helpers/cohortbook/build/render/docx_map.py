"""Where each piece of a DOCX comes from, kept inside the document itself.

The built-in renderer marks values, references and paragraphs of the sources (`origins.lua`). The
marks are taken out again; what they say becomes a part of custom XML, which Word and LibreOffice
carry along. `cohortbook word` reads it to know what somebody changed, and what may be changed.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from ..project.paragraphs import paragraphs_of, part_texts
from ..project.sources import Line
from .docx_text import Block, blocks_of, texts_of

MARKS = re.compile(r"<w:cohortbook [^>]*/>")
VERSION = 1
SPACE = "https://cohortbook.invalid/origins"
PART, ABOUT = "customXml/item7.xml", "customXml/itemProps7.xml"
ITEM_ID = "{6B1F0B6E-52C4-4C0B-9F5D-0C0A0B00C047}"
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PROPERTIES = "application/vnd.openxmlformats-officedocument.customXmlProperties+xml"
RELATIONS = "customXml/_rels/item7.xml.rels"
DOCUMENT_RELATIONS, TYPES = "word/_rels/document.xml.rels", "[Content_Types].xml"
ADDED = re.compile(
    rb'<Relationship Id="rIdOrigins" [^>]*/>|<Override PartName="/%b" [^>]*/>' % ABOUT.encode()
)
OTHER = re.compile(r"word/(?:header|footer|footnotes|endnotes)\d*\.xml")
LABEL = re.compile(r'<w:bookmarkStart [^>]*w:name="((?:fig|tbl)[-_][\w-]+)"')


def without_marks(xml: str) -> str:
    """Give the document without the marks of origin."""
    return MARKS.sub("", xml)


def origins(document: bytes, lines: Sequence[Line], parts: Mapping[str, bytes]) -> dict[str, Any]:
    """Describe a document whose marks are still in it.

    Parameters
    ----------
    document : bytes
        `word/document.xml` with marks.
    lines : sequence of Line
        The report's sources.
    parts : mapping
        All parts of the document, by name.

    Returns
    -------
    dict
        `blocks` (paragraphs with style, pieces, spans and sources; tables with their rows),
        `paragraphs` of the sources by number, `parts` (name to text), `other` (texts of headers,
        footers and notes).
    """
    sources = paragraphs_of(lines)
    return {
        "version": VERSION,
        "blocks": [_block(block) for block in blocks_of(document)],
        "paragraphs": [
            {"part": one.part, "lead": one.lead, "text": one.text, "joined": one.joined}
            for one in sources
        ],
        "parts": part_texts(lines),
        "other": [
            text
            for name in sorted(parts)
            if OTHER.fullmatch(name)
            for text in texts_of(parts[name])
        ],
    }


def _block(block: Block) -> dict[str, Any]:
    if block.kind == "table":
        return {"kind": "table", "rows": block.rows, "drawings": block.drawings}
    spans, open_at, points = [], [], []
    for offset, said in block.marks:
        if said["at"] == "start":
            open_at.append((offset, said))
        elif said["at"] == "end" and open_at:
            # marks nest as the filter wrote them: the last that was opened ends first
            start, begun = open_at.pop()
            if not open_at and offset > start:  # what lies inside another belongs to it
                spans.append([start, offset, begun["kind"], begun["source"]])
        elif said["at"] == "point":
            points.append([offset, int(said["source"])])
    return {
        "kind": "paragraph",
        "style": block.style,
        "pieces": [[piece.text, piece.form] for piece in _merged(block)],
        "spans": spans,
        "sources": points,
        "drawings": block.drawings,
    }


def _merged(block: Block) -> list[Any]:
    """Join neighbours of one format."""
    merged: list[Any] = []
    for piece in block.pieces:
        if merged and merged[-1].form == piece.form:
            merged[-1] = type(piece)(merged[-1].text + piece.text, piece.form)
        elif piece.text:
            merged.append(piece)
    return merged


def with_map(parts: dict[str, bytes], found: Mapping[str, Any]) -> None:
    """Add a description to the parts of a document."""
    # sorted: two builds give the same bytes
    text = json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # packed: it holds the whole text a second time
    packed = base64.b64encode(zlib.compress(text.encode("utf-8"), 9)).decode("ascii")
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    parts[PART] = f'{head}<origins xmlns="{SPACE}">{packed}</origins>'.encode()
    store = "http://schemas.openxmlformats.org/officeDocument/2006/customXml"
    parts[ABOUT] = (
        f'{head}<ds:datastoreItem ds:itemID="{ITEM_ID}" xmlns:ds="{store}"><ds:schemaRefs>'
        f'<ds:schemaRef ds:uri="{SPACE}"/></ds:schemaRefs></ds:datastoreItem>'
    ).encode()
    parts[RELATIONS] = _relations(
        head, f'<Relationship Id="rId1" Type="{KIND}/customXmlProps" Target="itemProps7.xml"/>'
    )
    add_relation(parts, "rIdOrigins", "customXml", f"../{PART}")
    add_type(parts, f"/{ABOUT}", PROPERTIES)


def without_map(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Give the parts of a document without the description that `with_map` added."""
    kept = {name: part for name, part in parts.items() if name not in (PART, ABOUT, RELATIONS)}
    for name in (DOCUMENT_RELATIONS, TYPES):
        kept[name] = ADDED.sub(b"", kept[name])
    return kept


def _relations(head: str, inside: str) -> bytes:
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'{head}<Relationships xmlns="{space}">{inside}</Relationships>'.encode()


def add_relation(parts: dict[str, bytes], name: str, kind: str, target: str) -> None:
    """Let the document refer to another part."""
    file = DOCUMENT_RELATIONS
    line = f'<Relationship Id="{name}" Type="{KIND}/{kind}" Target="{target}"/>'
    parts[file] = parts[file].replace(b"</Relationships>", line.encode() + b"</Relationships>")


def add_type(parts: dict[str, bytes], name: str, kind: str) -> None:
    """Say what a part is."""
    file = TYPES
    line = f'<Override PartName="{name}" ContentType="{kind}"/>'
    if f'PartName="{name}"'.encode() not in parts[file]:
        parts[file] = parts[file].replace(b"</Types>", line.encode() + b"</Types>")

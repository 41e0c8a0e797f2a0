"""Read a DOCX that may come from anywhere: within limits, without entities, nothing written."""

from __future__ import annotations

import base64
import json
import re
import xml.etree.ElementTree as ET
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..bounds import LIMITS, Unreadable, file_within, guarded, within
from ..build.render.docx_map import OTHER, SPACE, VERSION
from ..build.render.docx_text import Block, W, blocks_of, texts_of
from ..errors import CohortbookError
from .record import checked

EXPECTED = "a DOCX that a report was"
MEND = "Save it again in Word or LibreOffice, as DOCX."
READ = re.compile(r"(?:word|customXml)/[^/]+\.xml")
DEEPEST = 256
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
W15 = "{http://schemas.microsoft.com/office/word/2012/wordml}"


@dataclass(frozen=True)
class Comment:
    """A comment as Word keeps it, with the words that it stands at."""

    number: str
    author: str
    text: str
    date: str = ""
    initials: str = ""
    on: str = ""
    paragraph: str = ""
    at: int = 0
    done: bool = False
    answers: str = ""


@dataclass
class Document:
    """What was read: blocks in order, comments, texts beside the body, the record of origins."""

    blocks: list[Block]
    comments: list[Comment] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    origins: dict[str, Any] | None = None


def read_document(path: Path) -> Document:
    """Read a DOCX.

    Raises
    ------
    CohortbookError
        If there is none, or it is larger than the limits of `bounds`.
    """
    if not path.is_file():
        raise CohortbookError("There is no such file.", str(path), "Look at its name and folder.")
    try:
        with guarded(Unreadable, EXPECTED, MEND):
            return _read(path)
    except Unreadable as error:
        found = f"Found {error.found}; expected {error.expected}."
        raise CohortbookError(found, str(path), error.mend) from None


def _read(path: Path) -> Document:
    file_within("document", path)
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        within("document parts", len(entries))
        parts = {
            entry.filename: _part(archive, entry)
            for entry in entries
            if READ.fullmatch(entry.filename)
        }
    if "word/document.xml" not in parts:
        raise Unreadable(EXPECTED, MEND, "no text of a document in it")
    blocks = blocks_of(parts["word/document.xml"])
    within("document paragraphs", len(blocks))
    other = [
        text for name in sorted(parts) if OTHER.fullmatch(name) for text in texts_of(parts[name])
    ]
    return Document(blocks, _comments(parts, blocks), other, _origins(parts))


def _part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Read one part, no further than its limit whatever it says of its size; check its form."""
    within("document part", entry.file_size)
    most = LIMITS["document part"].most
    with archive.open(entry) as file:
        # one byte more than is allowed: an archive may say anything of a part's size
        content = file.read(most + 1)
    within("document part", len(content))
    # counted in the bytes: a tree of millions of elements would fill the memory before it is
    # refused
    within("document tags", content.count(b"<"))
    if b"<!" in re.sub(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>", b"", content, flags=re.DOTALL) or (
        # UTF-16 could hide a "<!" from this search
        content[:2] in (b"\xff\xfe", b"\xfe\xff")
    ):
        raise Unreadable("a DOCX without entities", MEND, f"a document type in {entry.filename}")
    depth = 0
    # read in pieces: a part nested a million deep could end the interpreter as a tree
    for what, _ in ET.iterparse(_Bytes(content), ("start", "end")):
        depth += 1 if what == "start" else -1
        if depth > DEEPEST:
            raise Unreadable(EXPECTED, MEND, "parts inside parts without end")
    return content


class _Bytes:
    """A file of bytes that is read in pieces."""

    def __init__(self, content: bytes) -> None:
        self.content, self.position = content, 0

    def read(self, size: int = -1) -> bytes:
        """Give the next bytes."""
        end = len(self.content) if size < 0 else self.position + size
        found = self.content[self.position : end]
        self.position += len(found)
        return found


def _origins(parts: dict[str, bytes]) -> dict[str, Any] | None:
    """Find the record of origins, under whatever name it was saved again."""
    for name, content in parts.items():
        if not name.startswith("customXml/") or SPACE.encode() not in content:
            continue
        root = ET.fromstring(content)
        if root.tag != f"{{{SPACE}}}origins" or not root.text:
            continue
        most = LIMITS["document part"].most
        # no further than the limit: a few kilobytes can hold gigabytes of zeros
        unpacked = zlib.decompressobj().decompress(base64.b64decode(root.text), most)
        found = json.loads(unpacked)
        if isinstance(found, dict) and found.get("version") == VERSION:
            return checked(found)
    return None


def _comments(parts: dict[str, bytes], blocks: list[Block]) -> list[Comment]:
    if "word/comments.xml" not in parts:
        return []
    places = {}
    for block in blocks:
        for one in [block, *block.inside]:
            for number, start, end in one.comments:
                places[number] = (one.new[start:end], one.new, one.at)
    entries = ET.fromstring(parts["word/comments.xml"]).findall(f"{W}comment")
    within("document comments", len(entries))
    threads = _threads(parts)
    names = {_thread(entry): entry for entry in entries if _thread(entry)}
    found = []
    for entry in entries:
        number = entry.get(f"{W}id", "")
        done, parent = threads.get(_thread(entry), (False, ""))
        on, paragraph, at = places.get(number, ("", "", 0))
        answered = names.get(parent)
        found.append(
            Comment(
                number,
                entry.get(f"{W}author", ""),
                _text(entry),
                entry.get(f"{W}date", ""),
                entry.get(f"{W}initials", ""),
                on,
                paragraph,
                at,
                done,
                _text(answered)[:80] if answered is not None else "",
            )
        )
    return found


def _text(comment: ET.Element) -> str:
    lines = [
        "".join(one.text or "" for one in paragraph.iter(f"{W}t"))
        for paragraph in comment.iter(f"{W}p")
    ]
    return "\n".join(lines).strip()


def _thread(comment: ET.Element) -> str:
    """Give the number by which Word knows a comment in a conversation."""
    last = comment.findall(f"{W}p")
    # Word names a comment in a conversation by its last paragraph
    return last[-1].get(f"{W14}paraId", "") if last else ""


def _threads(parts: dict[str, bytes]) -> dict[str, tuple[bool, str]]:
    """Give for each comment whether it is settled, and which one it answers."""
    content = parts.get("word/commentsExtended.xml")
    if not content:
        return {}
    return {
        one.get(f"{W15}paraId", ""): (
            one.get(f"{W15}done") in ("1", "true"),
            one.get(f"{W15}paraIdParent", "") or "none",
        )
        for one in ET.fromstring(content).iter(f"{W15}commentEx")
    }

"""Comments of readers, which a study keeps in `comments.yml`, in the next DOCX again.

A comment stands at the words that it was made on. Where these are gone it stands at the paragraph
that is nearest to its own, and says what it was made on: none is left out.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ...errors import CohortbookError
from ...study.yaml_in import YamlError, read_yaml_file
from .docx_map import add_relation, add_type
from .docx_text import blocks_of

FILE = "comments.yml"
PLACE = Path("_generated") / FILE
SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"
PARAGRAPH = re.compile(r"<w:p(?: [^>]*)?>(?:(?!<w:p[ >]).)*?</w:p>", re.DOTALL)
HEAD = re.compile(r"<w:p(?: [^>]*)?>(?:\s*<w:pPr>.*?</w:pPr>|\s*<w:pPr ?/>)?", re.DOTALL)
RUN = re.compile(r"<w:r(?: [^>]*)?>(?:(?!<w:r[ >]).)*?</w:r>", re.DOTALL)
FIRST = 1000  # numbers of our comments
LIKE = 0.6


def stage_comments(study: Path, project: Path) -> None:
    """Bring the comments of a study to where the renderer reads them."""
    if (study / FILE).is_file():
        # A mistake in it would otherwise be told after minutes of work.
        comments_in(study / FILE)  # refused before anything is rendered
        shutil.copyfile(study / FILE, project / PLACE)


def read_comments(project: Path) -> list[dict[str, Any]]:
    """Give the comments of a staged project."""
    path = project / PLACE
    return comments_in(path) if path.is_file() else []


def comments_in(path: Path) -> list[dict[str, Any]]:
    """Read a `comments.yml`: a list of mappings with author, date, text, on and paragraph.

    Raises
    ------
    CohortbookError
        If it is no YAML, or no list.
    """
    try:
        found = read_yaml_file(path, nothing=False) or []
    except YamlError as error:
        where = f"line {error.line}: " if error.line else ""
        raise CohortbookError(f"{where}{error.what}.", str(path), "Mend it.") from None
    if not isinstance(found, list):
        raise CohortbookError("This is no list of comments.", str(path), "Begin each with '- '.")
    return [dict(one) for one in found if isinstance(one, Mapping) and one.get("text")]


def with_comments(xml: str, parts: dict[str, bytes], comments: Sequence[Mapping[str, Any]]) -> str:
    """Put comments into a document.

    Parameters
    ----------
    xml : str
        `word/document.xml`.
    parts : dict
        All parts; takes `word/comments.xml`.
    comments : sequence of mapping
        Each with `author`, `text`, and where known `date`, `initials`, `on` (the words), and
        `paragraph` (the whole paragraph when it was made).
    """
    paragraphs = list(PARAGRAPH.finditer(xml))
    texts = [_text(found[0]) for found in paragraphs]
    placed: dict[int, list[int]] = {}
    written = []
    for number, comment in enumerate(comments, FIRST):
        position, exact = _place(comment, texts)
        placed.setdefault(position, []).append(number)
        written.append(_comment(number, comment, exact))
    out, done = [], 0
    for position, found in enumerate(paragraphs):
        out.append(xml[done : found.start()])
        text = found[0]
        for number in placed.get(position, ()):
            text = _marked(text, number, str(comments[number - FIRST].get("on", "")))
        out.append(text)
        done = found.end()
    parts["word/comments.xml"] = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<w:comments xmlns:w="{SPACE}">'
        + "".join(written)
        + "</w:comments>"
    ).encode("utf-8")
    if b'/comments"' not in parts["word/_rels/document.xml.rels"]:
        add_relation(parts, "rIdComments", "comments", "comments.xml")
    add_type(parts, "/word/comments.xml", TYPE)
    return "".join(out) + xml[done:]


def _text(paragraph: str) -> str:
    space = f'<w:document xmlns:w="{SPACE}"><w:body>'
    bare = re.sub(r"<w:drawing>.*?</w:drawing>", "", paragraph, flags=re.DOTALL)
    bare = re.sub(r' (?!w:)[\w]+:\w+="[^"]*"', "", bare)
    blocks = blocks_of(f"{space}{bare}</w:body></w:document>".encode())
    return blocks[0].new if blocks else ""


def _place(comment: Mapping[str, Any], texts: Sequence[str]) -> tuple[int, bool]:
    """Give the paragraph for a comment, and whether the words that it was made on stand there."""
    on, whole = str(comment.get("on", "")), str(comment.get("paragraph", ""))
    at = int(comment["at"]) if str(comment.get("at", "")).isdecimal() else 0
    same = [position for position, text in enumerate(texts) if text == whole] if whole else []
    if same:
        # of paragraphs that read alike the one nearest to where it was made
        return min(same, key=lambda position: abs(position - at)), True
    likes = [
        # the place turned: of equals `max` takes the first paragraph
        (SequenceMatcher(None, whole, text, autojunk=False).ratio(), -position)
        if _near(whole, text)
        else (0.0, -position)
        for position, text in enumerate(texts)
    ]
    best, position = max(likes, default=(0.0, 0))
    position = -position
    if best >= LIKE and (not on or on in texts[position]):
        return position, True
    # a short word stands in many places: to find it again elsewhere means nothing
    if on and len(on) > 10:
        for other, text in enumerate(texts):
            if on in text:
                return other, True
    return position, not on


def _near(one: str, other: str) -> bool:
    """Say cheaply whether two texts may be alike."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.real_quick_ratio() >= LIKE and matcher.quick_ratio() >= LIKE


def _marked(paragraph: str, number: int, on: str) -> str:
    """Put the ends of a comment around the runs that hold its words, or around all."""
    head = HEAD.match(paragraph)
    begin, end = head.end() if head else 0, paragraph.rfind("</w:p>")
    runs = [found for found in RUN.finditer(paragraph, begin)]
    if on and runs:
        texts = [_text(f"<w:p>{found[0]}</w:p>") for found in runs]
        start = "".join(texts).find(on)
        if start >= 0:
            begin, end = _around(runs, texts, start, start + len(on), begin, end)
    opened = f'<w:commentRangeStart w:id="{number}"/>'
    closed = f'<w:commentRangeEnd w:id="{number}"/><w:r><w:commentReference w:id="{number}"/></w:r>'
    return paragraph[:begin] + opened + paragraph[begin:end] + closed + paragraph[end:]


def _around(
    runs: Sequence[re.Match[str]], texts: Sequence[str], start: int, stop: int, begin: int, end: int
) -> tuple[int, int]:
    """Give the places of the first and last run that hold some letters; never inside a field."""
    offset, first, last = 0, begin, end
    for run, text in zip(runs, texts, strict=True):
        if offset <= start:
            first = run.start()
        if offset < stop:
            last = run.end()
        offset += len(text)
    outer = runs[0].string
    inside = outer[first:last]
    whole = all(
        # a range that begins inside a link and ends outside is no XML that Word opens
        inside.count(f"<w:{tag}") == inside.count(f"</w:{tag}>")
        for tag in ("hyperlink", "ins")
    )
    return (first, last) if whole else (begin, end)


def _comment(number: int, comment: Mapping[str, Any], exact: bool) -> str:
    text = str(comment["text"])
    if not exact:
        text = f"(made on: {comment.get('on')}) {text}"
    about = {"w:id": str(number), "w:author": str(comment.get("author", ""))}
    about["w:initials"] = str(comment.get("initials", "")) or about["w:author"][:1]
    if date := _moment(comment.get("date")):
        about["w:date"] = date
    words = " ".join(f"{name}={quoteattr(_printable(value))}" for name, value in about.items())
    paragraphs = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{escape(_printable(line))}</w:t></w:r></w:p>'
        for line in text.split("\n")
    )
    return f"<w:comment {words}>{paragraphs}</w:comment>"


def _moment(said: object) -> str:
    """Give a date as Word reads it; nothing for what is none, such as 0-00-00 of LibreOffice."""
    try:
        read = datetime.fromisoformat(str(said))
    except ValueError:
        return ""
    return read.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _printable(text: str) -> str:
    """Leave out letters that XML cannot hold."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)

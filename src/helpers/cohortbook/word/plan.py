"""All that a changed document does to a study, worked out in full before anything is written."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..build.render.docx_comments import FILE as COMMENTS
from ..build.render.docx_comments import comments_in
from ..errors import CohortbookError
from ..study.study import STUDY_FILE
from .align import edited_paragraphs, plain
from .changes import CHANGE, DONE, NOTE, UNPLACED, Addition, Edit, Finding, Known, Wording, findings
from .comments import file_text, merged
from .document import Comment, Document, read_document
from .own_parts import Changed, OwnParts
from .reasons import reasons
from .study_texts import texts_of, with_wordings

DOCUMENT = "report.docx"
NO_RECORD = "This DOCX has no record of what it was made from."
# of the paragraphs of two builds of a study so many are alike but for numbers, at least
OF_ONE_STUDY, OF_ONE_TITLE = 0.4, 0.1
DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
TWICE = "It is changed in two ways in this document; the first is taken."


@dataclass
class Plan:
    """What was found, and the files as they shall be."""

    findings: list[Finding]
    files: dict[Path, str] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    gone: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def changes(self) -> list[Finding]:
        """What is written, once it is agreed to."""
        return [one for one in self.findings if one.outcome == CHANGE]

    @property
    def left(self) -> list[Finding]:
        """What is refused or has no place."""
        return [one for one in self.findings if one.outcome not in (CHANGE, NOTE)]


def plan(study: Path, edited: Path, output: Path, against: Path | None = None) -> Plan:
    """Compare a changed document with the report it was, and work out what to write.

    Parameters
    ----------
    study : Path
        The study folder; nothing is written.
    edited : Path
        The DOCX.
    output : Path
        The output folder of the report, for the results and for the DOCX as it was built.
    against : Path, optional
        The DOCX as it was built, if it is not the one in the output folder.

    Raises
    ------
    CohortbookError
        If something cannot be read, or the DOCX is none of ours, or of another study.
    """
    texts = texts_of(study)
    document = read_document(edited)
    built = _built(edited, against or output / DOCUMENT)
    # what was changed is told by the record in the file itself: it may be of an older build
    origins = document.origins if document.origins and not against else built
    _refuse_another(edited, document, document.origins if origins is not built else None, built)
    found = findings(document, origins, Known(texts, reasons(output)))
    made = Plan([])
    parts = OwnParts(study, built["parts"])
    wordings: dict[tuple[str | int, ...], Wording] = {}
    made.findings = [_placed(one, parts, wordings) for one in found]
    made.files |= parts.texts
    if wordings:
        path = study / STUDY_FILE
        text = path.read_text("utf-8-sig")
        made.files[path] = with_wordings(text, list(wordings.values()))
    _with_comments(made, study, document.comments)
    return made


def _built(edited: Path, path: Path) -> dict[str, Any]:
    """Give the record of the DOCX as it was built here.

    What is written comes from it: the record in a file from elsewhere only says what was changed.
    """
    if path.is_file():
        origins = read_document(path).origins
        if origins:
            return origins
        raise CohortbookError(NO_RECORD, str(path), "Build it with --renderer pandoc.")
    raise CohortbookError(
        f"There is no {path.name} of this study to compare it with.",
        str(edited),
        "Build the report first, or name the DOCX as it was built with --against.",
    )


def _refuse_another(
    edited: Path, document: Document, record: Mapping[str, Any] | None, built: Mapping[str, Any]
) -> None:
    """Refuse a report of another study, or in another language.

    Each of its paragraphs would be new, or, compared with its own record, nothing changed. Two
    builds of a study share most of their paragraphs but for numbers, two studies a quarter; with
    one title they may share fewer.
    """
    own = (
        _paragraphs(record)
        if record
        else {_blind(one.text) for one in edited_paragraphs(document.blocks)}
    )
    ours = _paragraphs(built)
    shared = len(own & ours)
    least = OF_ONE_TITLE if _title(built) in own else OF_ONE_STUDY
    if shared < least * max(len(own), len(ours)):
        raise CohortbookError(
            f"This is no report of this study: {shared} of its {len(own)} paragraphs are of the "
            "report that was built here.",
            str(edited),
            "Name the study that it is of, in the language that it is in; or, with --against, the "
            "DOCX that it was made from.",
        )


def _paragraphs(record: Mapping[str, Any]) -> set[str]:
    found = ("".join(text for text, _ in one["pieces"]) for one in record["blocks"])
    return {_blind(text) for text in found if text.strip()}


def _title(record: Mapping[str, Any]) -> str:
    first = next((one for one in record["blocks"] if one["style"] == "Title"), {"pieces": []})
    return _blind("".join(text for text, _ in first["pieces"]))


def _blind(text: str) -> str:
    """Give a paragraph without its numbers, which another cut-off changes."""
    return DIGITS.sub("9", plain(text))


def _placed(
    one: Finding, parts: OwnParts, wordings: dict[tuple[str | int, ...], Wording]
) -> Finding:
    """Enter a change; give the finding as it then is."""
    try:
        if isinstance(one.write, Edit):
            new = parts.edit(one.write)
        elif isinstance(one.write, Addition):
            new = parts.add(one.write)
        elif isinstance(one.write, Wording):
            # a text of the study stands in several paragraphs: all must have been changed alike
            known = wordings.setdefault(one.write.path, one.write)
            if known.new != one.write.new:
                return replace(one, outcome=UNPLACED, why=TWICE)
            new = known is one.write
        else:
            return one
    except Changed as error:
        why = f"{error} is no longer as it was when this DOCX was built."
        return replace(one, outcome=UNPLACED, why=why)
    return one if new else replace(one, outcome=NOTE, why=DONE)


def _with_comments(made: Plan, study: Path, found: Sequence[Comment]) -> None:
    path = study / COMMENTS
    kept = comments_in(path) if path.is_file() else []
    every, made.comments, made.gone = merged(kept, found)
    if made.comments:
        made.files[path] = file_text(every)


def write(files: Mapping[Path, str]) -> None:
    """Write all files, or none: each is written beside its place first."""
    # kept in memory: a disk that is full may not take a copy
    before = {path: path.read_bytes() if path.is_file() else None for path in files}
    folders = {path.parent for path in files if not path.parent.is_dir()}
    waiting: dict[Path, Path] = {}
    done: list[Path] = []
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
            waiting[path] = Path(name)
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            # a temporary file can be read by its owner alone
            Path(name).chmod(0o644)
        for path, new in waiting.items():
            new.replace(path)
            done.append(path)
    except BaseException:
        for path in done:
            if before[path] is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(before[path])
        for new in waiting.values():
            new.unlink(missing_ok=True)
        for folder in folders:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        raise

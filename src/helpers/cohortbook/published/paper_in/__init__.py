"""Reads a paper: JATS, HTML, DOCX or PDF with text, made a draft of its printed results.

Nothing is guessed: a cell is read, is no statistic, or is listed as not understood. Works offline
and downloads nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...bounds import Unreadable, file_within, guarded
from ...errors import Problem, StudyError
from .draft import Draft, draft_of
from .model import Paper

SUFFIXES = (".xml", ".nxml", ".html", ".htm", ".xhtml", ".docx", ".pdf")


def read_paper(path: str | Path) -> Paper:
    """Read the tables and paragraphs of a paper.

    Parameters
    ----------
    path : path
        .xml or .nxml (JATS), .html, .docx, or .pdf with text.

    Raises
    ------
    StudyError
        If the file cannot be read as what its name says.
    """
    path = Path(path)
    if not path.is_file():
        raise StudyError(
            [Problem(str(path), "a paper", f"Name a file: {', '.join(SUFFIXES)}.", "no such file")]
        )
    read = _reader(path)
    told = None
    try:
        with guarded(Unreadable, f"a paper as {path.suffix[1:].upper()}", "Save it again."):
            file_within("document", path)
            try:
                return read(path)
            except StudyError as error:
                told = error
    except Unreadable as error:
        wrong = Problem(path.name, error.expected, error.mend, error.found)
        raise StudyError([wrong]) from error
    raise told


def _reader(path: Path) -> Callable[[Path], Paper]:
    """Give what reads a file of this suffix; what one format needs is not loaded for another."""
    suffix = path.suffix.lower()
    if suffix in (".xml", ".nxml"):
        from .jats import read_jats as read
    elif suffix in (".html", ".htm", ".xhtml"):
        from .html import read_html as read
    elif suffix == ".docx":
        from .docx import read_docx as read
    elif suffix == ".pdf":
        from .pdf import read_pdf as read
    else:
        raise StudyError(
            [
                Problem(
                    path.name,
                    f"a paper: {', '.join(SUFFIXES)}",
                    "Save it in one of these formats.",
                    suffix or "no suffix",
                )
            ]
        )
    return read


__all__ = ["SUFFIXES", "Draft", "Paper", "draft_of", "read_paper"]

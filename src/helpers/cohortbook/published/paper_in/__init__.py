"""Reads a paper: JATS, HTML, DOCX or PDF with text, made a draft of its printed results.

Nothing is guessed: a cell is read, is no statistic, or is listed as not understood. Works offline
and downloads nothing.
"""

from __future__ import annotations

from pathlib import Path

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
    suffix = path.suffix.lower()
    # imported only here: what one format needs is not loaded for another
    if suffix in (".xml", ".nxml"):
        from .jats import read_jats

        return read_jats(path)
    if suffix in (".html", ".htm", ".xhtml"):
        from .html import read_html

        return read_html(path)
    if suffix == ".docx":
        from .docx import read_docx

        return read_docx(path)
    if suffix == ".pdf":
        from .pdf import read_pdf

        return read_pdf(path)
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


__all__ = ["SUFFIXES", "Draft", "Paper", "draft_of", "read_paper"]

"""The paragraphs of the report's sources: which lines each has, and which part of the report it is.

A paragraph is what somebody edits in the DOCX, and what such an edit is written back to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .sources import MAIN, Line

# blocks that are no paragraph: divs, tables, quotes of code, definitions of notes, HTML, pictures
NO_PARAGRAPH = re.compile(
    r"\s*(?::::|\{\{<\s*(?:embed|pagebreak|include)\b|[|+]|<|!\[|\[[^\]]*\]:|\$\$|---+\s*$|===|\\)"
    r"|\s{4,}|\t"
)
LEAD = re.compile(r"#{1,6}\s+|\s{0,3}(?:[-*+]|\d+[.)])\s+|\s{0,3}>\s?")
RULER = re.compile(r"\s*[|+:]?\s*[-=]{2,}[-\s=:+|]*$")
JOINED = re.compile(r":{3,}\s*\{[^}]*\.paragraph\b")
FENCE = re.compile(r"\s*:{3,}")
PART = re.compile(r"(?:^|/)report/(?:sections/)?([\w-]+)\.qmd$")


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of the sources.

    Attributes
    ----------
    number : int
        From 0, in reading order.
    first, last : int
        Positions of its lines in the list of all lines, the last one included.
    file : str
        As `Line.file`.
    lead : str
        What begins its first line and is no text: `## `, `- `.
    text : str
        Its lines as they are written, with the lead.
    joined : bool
        Whether it stands in `::: {.paragraph}` and is joined with others of that name.
    """

    number: int
    first: int
    last: int
    file: str
    lead: str
    text: str
    joined: bool

    @property
    def part(self) -> str:
        """The part of the report that it stands in, by its name; empty for the frame itself."""
        return part_of(self.file)


def part_of(file: str) -> str:
    """Give the name of the part that a source is; empty for `index.qmd` and for notebooks."""
    found = PART.search(file)
    return found[1] if found and file != MAIN else ""


def paragraphs_of(lines: Sequence[Line]) -> list[Paragraph]:
    """Give all paragraphs of the sources, in reading order; headings and items of lists count."""
    found: list[Paragraph] = []
    position, joined = 0, False
    while position < len(lines):
        line = lines[position]
        if line.kind == "text" and FENCE.match(line.text):
            joined = bool(JOINED.match(line.text))
        if line.kind != "text" or not line.text.strip() or NO_PARAGRAPH.match(line.text):
            position += 1
            continue
        last = position
        while _goes_on(lines, last):
            last += 1
        if not any(RULER.match(one.text) for one in lines[position + 1 : last + 2]):
            lead = LEAD.match(line.text)
            text = "\n".join(one.text for one in lines[position : last + 1])
            found.append(
                Paragraph(
                    len(found), position, last, line.file, lead[0] if lead else "", text, joined
                )
            )
        position = last + 1
    return found


def _goes_on(lines: Sequence[Line], last: int) -> bool:
    """Say whether the next line belongs to the same paragraph."""
    if last + 1 >= len(lines) or lines[last].text.startswith("#"):
        return False
    line = lines[last + 1]
    return (
        line.kind == "text"
        and line.file == lines[last].file
        and bool(line.text.strip())
        and not FENCE.match(line.text)
        and not re.match(r"\s*\{\{<\s*(?:embed|pagebreak|include)\b", line.text)
        and not re.match(r"\s{0,3}(?:[-*+]|\d+[.)])\s+", line.text)
    )


def part_texts(lines: Sequence[Line]) -> dict[str, str]:
    """Give the text of each part as it is rendered, by its name."""
    texts: dict[str, list[str]] = {}
    for line in lines:
        if part_of(line.file) and line.number:
            texts.setdefault(part_of(line.file), []).append(line.text)
    return {name: "\n".join(found).strip("\n") + "\n" for name, found in texts.items()}

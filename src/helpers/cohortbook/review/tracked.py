"""The report of a build as DOCX, with what changed since another build as tracked changes.

What is compared are paragraphs and tables of the text. Headers, notes and pictures are those of the
new build.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from lxml import etree

from ..bounds import Unreadable, file_within, guarded, within
from ..build.render.docx import DOCUMENT, write_parts
from ..build.render.docx_map import without_map
from ..build.render.docx_text import W
from ..errors import CohortbookError
from .builds import DOCUMENT as REPORT
from .tracked_runs import (
    ABOUT,
    Marks,
    atoms_of,
    deleted,
    mark_inserted,
    mark_words,
    said,
    without_open_fields,
)

PARAGRAPH, TABLE, ROW, CELL = f"{W}p", f"{W}tbl", f"{W}tr", f"{W}tc"
ALIKE = 0.3  # share of words in common from which one paragraph is another one changed
Element = Any  # of lxml, which has no types
Pair = tuple[Element | None, Element | None]


def write_tracked(old: Path, new: Path, to: Path) -> None:
    """Write the DOCX of a build with its differences from another build's as tracked changes.

    Parameters
    ----------
    old, new : Path
        Output folders, or a file in them.
    to : Path

    Raises
    ------
    CohortbookError
        If a build has no DOCX, or one that cannot be read.
    """
    before, after = (_parts(place if place.is_dir() else place.parent) for place in (old, new))
    document = etree.fromstring(after[DOCUMENT])
    bodies = [one.find(f"{W}body") for one in (etree.fromstring(before[DOCUMENT]), document)]
    _mark_blocks(*map(without_open_fields, bodies), Marks())
    # it is read, not taken back: `cohortbook word` would take these changes for a co-author's
    parts = without_map(after)
    parts[DOCUMENT] = etree.tostring(
        document, xml_declaration=True, encoding="UTF-8", standalone=True
    )
    made = to.with_name(f".{to.name}.new")
    write_parts(made, parts)
    made.replace(to)


def _parts(folder: Path) -> dict[str, bytes]:
    path = folder / REPORT
    if not path.is_file():
        raise CohortbookError(
            f"There is no {REPORT}.", str(folder), "Build the report with `--formats docx`."
        )
    try:
        with guarded(Unreadable, "the document of a build", "Build it again."):
            file_within("document", path)
            with zipfile.ZipFile(path) as archive:
                within("document part", archive.getinfo(DOCUMENT).file_size)
                parts = {name: archive.read(name) for name in archive.namelist()}
                etree.fromstring(parts[DOCUMENT])
            return parts
    except Unreadable as error:
        said = f"Found {error.found}; expected {error.expected}."
        raise CohortbookError(said, str(path), error.mend) from None


def _mark_blocks(old: Element, new: Element, marks: Marks) -> None:
    """Mark what differs between the paragraphs and tables of two bodies or cells."""
    kinds = (PARAGRAPH, TABLE)
    before, after = ([one for one in parent if one.tag in kinds] for parent in (old, new))
    _mark(
        _paired(before, after),
        new,
        lambda one, other: _mark_pair(one, other, marks),
        lambda one: _inserted(one, marks),
        lambda one: _deleted(one, marks),
    )


def _mark(
    pairs: Sequence[Pair],
    parent: Element,
    both: Callable[[Element, Element], None],
    put_in: Callable[[Element], None],
    taken: Callable[[Element], Element],
) -> None:
    last = None
    for one, other in pairs:
        if other is None:
            gone = taken(one)
            if last is not None:
                last.addnext(gone)
            else:
                _put_first(parent, gone)
            last = gone
            continue
        if one is None:
            put_in(other)
        elif said(one) != said(other):
            both(one, other)
        last = other


def _put_first(parent: Element, child: Element) -> None:
    """Put a block before the others, behind what says how the parent looks."""
    place = sum(one.tag in (f"{W}tcPr", f"{W}tblPr", f"{W}tblGrid") for one in parent)
    parent.insert(place, child)


def _paired(old: Sequence[Element], new: Sequence[Element]) -> list[Pair]:
    """Pair what stands in two lists, in their order, so that most words are in common."""
    words = [[set(said(one).split()) for one in side] for side in (old, new)]

    def alike(row: int, column: int) -> float:
        if old[row].tag != new[column].tag:
            return 0.0
        one, other = words[0][row], words[1][column]
        share = len(one & other) / len(one | other) if one | other else 1.0
        return share if share >= ALIKE else 0.0

    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for row in reversed(range(len(old))):
        for column in reversed(range(len(new))):
            share = alike(row, column)
            best[row][column] = max(
                best[row + 1][column],
                best[row][column + 1],
                best[row + 1][column + 1] + share if share else 0.0,
            )
    return list(_followed(old, new, best, alike))


def _followed(
    old: Sequence[Element],
    new: Sequence[Element],
    best: list[list[float]],
    alike: Callable[[int, int], float],
) -> Iterator[Pair]:
    row = column = 0
    while row < len(old) and column < len(new):
        share = alike(row, column)
        if share and best[row][column] == best[row + 1][column + 1] + share:
            yield old[row], new[column]
            row, column = row + 1, column + 1
        elif best[row][column] == best[row + 1][column]:
            yield old[row], None
            row += 1
        else:
            yield None, new[column]
            column += 1
    yield from ((one, None) for one in old[row:])
    yield from ((None, other) for other in new[column:])


def _mark_pair(old: Element, new: Element, marks: Marks) -> None:
    if new.tag == PARAGRAPH:
        mark_words(old, new, marks)
        return
    _mark(
        _paired(old.findall(ROW), new.findall(ROW)),
        new,
        lambda one, other: _mark_row(one, other, marks),
        lambda row: _inserted_row(row, marks),
        lambda row: _deleted_row(row, marks),
    )


def _mark_row(old: Element, new: Element, marks: Marks) -> None:
    before, after = old.findall(CELL), new.findall(CELL)
    if len(before) != len(after):  # other columns: which cell became which is not known
        new.addprevious(_deleted_row(old, marks))
        _inserted_row(new, marks)
        return
    for one, other in zip(before, after, strict=True):
        _mark_blocks(one, other, marks)


def _inserted(block: Element, marks: Marks) -> None:
    if block.tag == TABLE:
        for row in block.findall(ROW):
            _inserted_row(row, marks)
        return
    _mark_end(block, marks.mark("ins"))
    mark_inserted(block, marks)


def _inserted_row(row: Element, marks: Marks) -> None:
    _about_row(row).append(marks.mark("ins"))
    for paragraph in row.iter(PARAGRAPH):
        _inserted(paragraph, marks)


def _deleted(block: Element, marks: Marks) -> Element:
    """Give a paragraph or table of the old document as taken out, its text alone."""
    if block.tag == TABLE:
        made = etree.Element(TABLE)
        for part in block:
            if part.tag == ROW:
                made.append(_deleted_row(part, marks))
            elif part.tag in (f"{W}tblPr", f"{W}tblGrid"):
                made.append(deepcopy(part))
        return made
    made = etree.Element(PARAGRAPH)
    about = block.find(ABOUT)
    if about is not None:
        kept = etree.SubElement(made, ABOUT)
        kept.extend(deepcopy(part) for part in about if part.tag == f"{W}pStyle")
    _mark_end(made, marks.mark("del"))
    made.extend(deleted([atom for atom in atoms_of(block) if atom.text], marks))
    return made


def _deleted_row(row: Element, marks: Marks) -> Element:
    made = etree.Element(ROW)
    _about_row(made).append(marks.mark("del"))
    for cell in row.findall(CELL):
        kept = etree.SubElement(made, CELL)
        kept.extend(deepcopy(part) for part in cell if part.tag == f"{W}tcPr")
        paragraphs = [_deleted(one, marks) for one in cell.iter(PARAGRAPH)]
        kept.extend(paragraphs or [etree.Element(PARAGRAPH)])
    return made


def _about_row(row: Element) -> Element:
    about = row.find(f"{W}trPr")
    if about is None:
        about = etree.Element(f"{W}trPr")
        row.insert(0, about)
    return about


def _mark_end(paragraph: Element, mark: Element) -> None:
    """Mark the end of a paragraph, so that one that is refused leaves no empty line."""
    about = paragraph.find(ABOUT)
    if about is None:
        about = etree.Element(ABOUT)
        paragraph.insert(0, about)
    form = about.find(f"{W}rPr")
    if form is None:
        form = etree.Element(f"{W}rPr")
        after = next((one for one in about if one.tag in (f"{W}sectPr", f"{W}pPrChange")), None)
        about.append(form) if after is None else after.addprevious(form)
    form.insert(0, mark)

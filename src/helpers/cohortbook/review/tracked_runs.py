"""A paragraph of a DOCX marked with what changed in it: words taken out, words put in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import count
from typing import Any

from lxml import etree

from ..build.render.docx_text import ANY_PAGE, PAGES, W

AUTHOR = "cohortbook diff"
MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
RUN, TEXT, LINK, ABOUT = f"{W}r", f"{W}t", f"{W}hyperlink", f"{W}pPr"
INSERTED = f"{W}ins"
WORDS = re.compile(r"\s+|\S+")
Element = Any  # of lxml, which has no types


class Marks:
    """Makes marks of tracked changes, numbered in their order and without a date."""

    def __init__(self) -> None:
        self._numbers = count(700_000)  # above what pandoc gives its own

    def mark(self, kind: str) -> Element:
        """Give an empty `ins` or `del`."""
        made = etree.Element(W + kind)
        made.set(f"{W}id", str(next(self._numbers)))
        made.set(f"{W}author", AUTHOR)
        return made


@dataclass(frozen=True)
class Atom:
    """A word, or what is not taken apart: a field, a link, a bookmark, a picture.

    `form` is the format of a word's run, as XML.
    """

    text: str
    elements: tuple[Element, ...]
    form: bytes | None = None


def said(block: Element) -> str:
    """Give the text of a paragraph or table: blanks alike, one mark for page numbers."""
    paragraphs = [block] if block.tag == f"{W}p" else block.iter(f"{W}p")
    return " ".join(" ".join("".join(a.text for a in atoms_of(one)) for one in paragraphs).split())


def without_open_fields(body: Element) -> Element:
    """Take out the ends of fields over several paragraphs, of which one alone could be refused.

    Such a field is the list of references, whose code stands in one run.
    """
    for paragraph in body.iter(f"{W}p"):
        opened: list[Element] = []
        alone: list[Element] = []
        for run in paragraph.iter(RUN):
            kinds = [field.get(f"{W}fldCharType") for field in run.iter(f"{W}fldChar")]
            if kinds.count("begin") > kinds.count("end"):
                opened.append(run)
            elif kinds.count("end") > kinds.count("begin"):
                alone += [] if opened else [run]
                del opened[-1:]
        for run in [*opened, *alone]:
            run.getparent().remove(run)
    return body


def _text(elements: Sequence[Element]) -> str:
    codes = "".join(code.text or "" for one in elements for code in one.iter(f"{W}instrText"))
    if PAGES.match(codes):  # found anew by each program
        return ANY_PAGE
    return "".join(piece.text or "" for one in elements for piece in one.iter(f"{W}t", f"{MATH}t"))


def atoms_of(paragraph: Element) -> list[Atom]:
    """Take a paragraph apart, in its order; a field is one piece from its code to its end."""
    found: list[Atom] = []
    group: list[Element] = []
    depth = 0
    for child in paragraph:
        if child.tag == ABOUT:
            continue
        kinds = [field.get(f"{W}fldCharType") for field in child.iter(f"{W}fldChar")]
        depth += kinds.count("begin") - kinds.count("end")
        group.append(child)
        if depth <= 0:
            found += _words(group[0]) if len(group) == 1 else [Atom(_text(group), tuple(group))]
            group, depth = [], 0
    return found + ([Atom(_text(group), tuple(group))] if group else [])


def _words(child: Element) -> list[Atom]:
    inside = [one for one in child if one.tag != f"{W}rPr"] if child.tag == RUN else []
    if len(inside) != 1 or inside[0].tag != TEXT:
        return [Atom(_text([child]), (child,))]
    about = child.find(f"{W}rPr")
    form = b"" if about is None else etree.tostring(about, with_tail=False)
    return [
        Atom(word, (_run(word, about, TEXT),), form) for word in WORDS.findall(inside[0].text or "")
    ]


def _run(text: str, about: Element | None, tag: str) -> Element:
    made = etree.Element(RUN)
    if about is not None:
        made.append(deepcopy(about))
    inside = etree.SubElement(made, tag)
    inside.text = text
    inside.set(SPACE, "preserve")
    return made


def mark_words(old: Element, new: Element, marks: Marks) -> None:
    """Mark in a paragraph what differs from another one."""
    before, after = atoms_of(old), atoms_of(new)
    said = [atom for atom in before if atom.text]
    places = [place for place, atom in enumerate(after) if atom.text]
    taken: dict[int, list[Atom]] = {}
    put_in: set[int] = set()
    matcher = SequenceMatcher(
        None, [atom.text for atom in said], [after[place].text for place in places], autojunk=False
    )
    for kind, start, end, first, last in matcher.get_opcodes():
        words = [*said[start:end], *(after[place] for place in places[first:last])]
        # blanks alone: numbers of a column are padded to stand under one another
        if kind != "equal" and any(atom.text.strip() for atom in words):
            taken[places[first] if first < len(places) else len(after)] = said[start:end]
            put_in |= {*places[first:last]}
    made: list[Element] = []
    for place, atom in enumerate([*after, Atom("", ())]):
        made += deleted(taken.get(place, []), marks)
        made += inserted(atom.elements, marks) if place in put_in else atom.elements
    _refill(new, made)


def _refill(paragraph: Element, children: Sequence[Element]) -> None:
    """Give a paragraph other children; words that were taken apart become one run again."""
    for child in list(paragraph):
        if child.tag != ABOUT:
            paragraph.remove(child)
    last = None
    for child in children:
        if last is not None and _form(last) is not None and _form(last) == _form(child):
            _run_of(last)[-1].text += _run_of(child)[-1].text
        else:
            paragraph.append(child)
            last = child


def _run_of(child: Element) -> Element:
    return child[0] if child.tag == INSERTED else child


def _form(child: Element) -> tuple[str, bytes] | None:
    """Give whether a run of words is put in, and its format; None of what is no such run."""
    if child.tag == INSERTED and len(child) != 1:
        return None
    run = _run_of(child)
    inside = [one for one in run if one.tag != f"{W}rPr"] if run.tag == RUN else []
    if len(inside) != 1 or inside[0].tag != TEXT:
        return None
    about = run.find(f"{W}rPr")
    return child.tag, b"" if about is None else etree.tostring(about, with_tail=False)


def deleted(atoms: Sequence[Atom], marks: Marks) -> Iterator[Element]:
    """Give words as taken out, those of one format together."""
    runs: list[tuple[bytes | None, str, Element | None]] = []
    for atom in atoms:
        source = next((one.find(f"{W}rPr") for one in atom.elements if one.tag == RUN), None)
        form = atom.form or b""
        if runs and runs[-1][0] == form:
            runs[-1] = (form, runs[-1][1] + atom.text, runs[-1][2])
        else:
            runs.append((form, atom.text, source))
    for _, text, about in runs:
        mark = marks.mark("del")
        mark.append(_run(text, about, f"{W}delText"))
        yield mark


def inserted(elements: Sequence[Element], marks: Marks) -> Iterator[Element]:
    """Give what stands in a paragraph as put in; of a link what it shows, as Word has it."""
    for element in elements:
        if element.tag == RUN:
            mark = marks.mark("ins")
            mark.append(element)
            yield mark
            continue
        if element.tag == LINK:
            for run in element.findall(RUN):
                mark = marks.mark("ins")
                run.addprevious(mark)
                mark.append(run)
        yield element


def mark_inserted(paragraph: Element, marks: Marks) -> None:
    """Mark all that stands in a paragraph as put in."""
    children = [child for child in paragraph if child.tag != ABOUT]
    _refill(paragraph, list(inserted(children, marks)))

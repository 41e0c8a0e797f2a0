"""What a changed document asks for: what can be written, what is refused, what has no place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from ..build.render.docx_text import Block
from .align import Edited, Pair, align, edited_paragraphs, plain
from .document import Document
from .operations import SAME, Operation, Span, TooLong, operations, touches
from .rewrite import forms_of, rewritten, with_lead

CHANGE, REFUSED, UNPLACED, NOTE = "change", "refused", "no place", "note"
NUMBER, LETTER = re.compile(r"\d"), re.compile(r"[^\W\d_]")
STYLES = {
    "Caption": "a caption, which is written with the figure or table",
    "TableNote": "a note of a table, which is written with the table",
    "TableNoteLast": "a note of a table, which is written with the table",
    "Bibliography": "an entry of the references, which comes from the bibliography",
    "Abstract": "the abstract, which is put together from the report",
    "AbstractTitle": "a heading of the frame",
    "CalloutTitle": "a heading of the frame",
    "Title": "the title",
    "Subtitle": "the subtitle, which is put together from the study file",
}
WORDS = {
    "reference": "a reference to a figure, table or section, which is numbered by the report",
    "citation": "a citation, which is numbered by the report",
    "link": "a link",
    "code": "code",
    "formula": "a formula",
    "footnote": "a footnote",
}
AROUND = 90  # letters on either side of a change in which its numbers are looked for
CUT = "Its words were cut from this paragraph, which stays as it is."
IN_ORDER = "The order of the report is that of its parts; move it in the sources."
UNFAITHFUL = "Its source cannot be written anew as it is; edit it by hand."
DONE = "That is done already."
LOOK = "How words look that were computed is not kept; what it was to say can be a comment."
LISTED = "An item of a list becomes a paragraph; mark it in the file that is written."
MARKED = "Highlights and underlines are not kept; what they were to say can be a comment."
LOOKS = {"b": "bold", "i": "italic", "s": "struck through", "^": "raised", "~": "lowered"}
TYPED = "It holds a typed number, which nothing keeps true."


@dataclass(frozen=True)
class Edit:
    """A paragraph of a part of the manuscript, as it is and as it shall be (empty: taken out)."""

    part: str
    old: str
    new: str


@dataclass(frozen=True)
class Addition:
    """A paragraph that is new, to stand after a part of the manuscript."""

    after: str
    text: str


@dataclass(frozen=True)
class Wording:
    """A text of the study file, by its place, as it is and as it shall be."""

    path: tuple[str | int, ...]
    old: str
    new: str

    @property
    def name(self) -> str:
        """The place as messages have it: texts.limitations.0."""
        return ".".join(map(str, ("texts", *self.path)))


@dataclass(frozen=True)
class Finding:
    """One thing that differs: what is to be done with it, where, from what to what, and why."""

    outcome: str
    where: str
    before: str
    after: str
    why: str = ""
    authors: tuple[str, ...] = ()
    write: Edit | Addition | Wording | None = None


@dataclass(frozen=True)
class Known:
    """What the study and the analysis say: texts by place, and the reason why a value stays."""

    texts: Mapping[tuple[str | int, ...], str]
    says: Callable[..., str]


def findings(document: Document, origins: Mapping[str, Any], known: Known) -> list[Finding]:
    """Compare a document with the report that it was.

    Parameters
    ----------
    document : Document
    origins : mapping
        As `docx_map.origins` wrote it.
    known : Known

    Returns
    -------
    list of Finding
        In the order of the document. Nothing that differs is left out.
    """
    base = [one for one in origins["blocks"] if one["kind"] == "paragraph" and _text(one).strip()]
    edited = edited_paragraphs(document.blocks)
    pairs = align([_text(one) for one in base], edited)
    compared = _Comparison(base, edited, origins, known)
    found = [one for pair in _placed(pairs) for one in compared.pair(*pair)]
    found += _tables(document.blocks, origins["blocks"], known)
    return [*found, *_beside(document, origins)]


def _text(block: Mapping[str, Any]) -> str:
    return "".join(text for text, _ in block["pieces"])


def _placed(pairs: Sequence[Pair]) -> Iterator[tuple[Pair, int | None]]:
    """Give each pair with the paragraph of the report that stands before it."""
    last = None
    for pair in pairs:
        yield pair, last
        # a paragraph that was moved says nothing of where the next one stands
        if pair.base and pair.edited and not pair.moved:
            last = pair.base[-1]


class _Comparison:
    """Compares pairs of paragraphs."""

    def __init__(
        self,
        base: Sequence[Mapping[str, Any]],
        edited: Sequence[Edited],
        origins: Mapping[str, Any],
        known: Known,
    ) -> None:
        self.base, self.edited, self.known = base, edited, known
        self.sources = origins["paragraphs"]
        cells = (c for one in origins["blocks"] for row in one.get("rows", []) for c in row)
        self.report = "\n".join(map(plain, (*map(_text, base), *cells)))

    def pair(self, pair: Pair, before: int | None) -> Iterator[Finding]:
        """Compare one pair."""
        if not pair.base:
            one = self.edited[pair.edited[0]]
            yield self._cut(one, pair.torn) or self._new(one, before)
            return
        joined = _Joined([self.base[here] for here in pair.base], self.sources)
        if not pair.edited:
            yield self._gone(joined)
            return
        others = [self.edited[there] for there in pair.edited]
        authors = tuple(sorted({name for one in others for name in one.authors if name}))
        if pair.moved:
            yield Finding(
                UNPLACED,
                joined.where,
                joined.text,
                "moved: it now follows "
                + (f"“{_short(_text(self.base[before]))}”" if before is not None else "nothing"),
                IN_ORDER,
                authors,
            )
        yield from _Paragraph(joined, others, authors, self.known, self.report).findings()

    def _cut(self, one: Edited, torn: int | None) -> Finding | None:
        """Tell of words that were cut from a paragraph which the report writes, or of its values.

        Written as a new paragraph, they would stand twice, and their numbers be typed ones.
        """
        if torn is None:
            return None
        joined, text = _Joined([self.base[torn]], self.sources), one.text.strip()
        start = joined.text.translate(SAME).find(text.translate(SAME))
        stop = start + len(text) if start >= 0 else len(joined.text)
        if joined.writable and not any(s.start < stop and start < s.stop for s in joined.spans):
            return None
        authors = tuple(sorted(name for name in one.authors if name))
        return Finding(UNPLACED, joined.where, joined.text, text, CUT, authors)

    def _new(self, one: Edited, before: int | None) -> Finding:
        authors = tuple(sorted(name for name in one.authors if name))
        part = next(
            (
                self.sources[number]["part"]
                # the nearest before it that comes from a part: values and captions come from none
                for here in range(before if before is not None else -1, -1, -1)
                for _, number in reversed(self.base[here]["sources"])
                if self.sources[number]["part"]
            ),
            "",
        )
        text = one.text.strip()
        where = f"new, after part {part}" if part else "new"
        if not part:
            why = "No part of the manuscript stands before it. Write it as a part of the study."
            return Finding(UNPLACED, where, "", text, why, authors)
        source = rewritten("", [], text, _stripped_forms(one), [], [Operation(0, 0, 0, len(text))],
                           [Operation(0, 0, 0, len(text))], (0, 0))  # fmt: skip
        why = [TYPED] * bool(NUMBER.search(text)) + [LISTED] * one.listed
        return Finding(CHANGE, where, "", text, " ".join(why), authors, Addition(part, source))

    def _gone(self, joined: _Joined) -> Finding:
        values = [span for span in joined.spans if span.kind == "value"]
        # taking out a value's sentence takes a result out of the report: that is for its notebook
        if values or not joined.writable:
            why = "; ".join(
                dict.fromkeys(self.known.says(span.key, joined.of(span)) for span in values)
            )
            return Finding(REFUSED, joined.where, joined.text, "", why or joined.reason)
        _, number, _ = joined.stretches[0]
        if len(joined.stretches) > 1:
            why = "It is joined from several parts; take its sentences out one by one."
            return Finding(REFUSED, joined.where, joined.text, "", why)
        source = self.sources[number]
        if source["lead"].startswith("#"):
            return Finding(REFUSED, joined.where, joined.text, "", "A heading names its section.")
        write = Edit(source["part"], source["text"], "")
        return Finding(CHANGE, joined.where, joined.text, "", "", (), write)


def _stripped_forms(one: Edited) -> list[str]:
    text, forms = one.text, forms_of(one.pieces)
    start = len(text) - len(text.lstrip())
    return forms[start : start + len(text.strip())]


class _Joined:
    """One or several paragraphs of the report as one text, with spans and sources."""

    def __init__(
        self, blocks: Sequence[Mapping[str, Any]], sources: Sequence[Mapping[str, Any]]
    ) -> None:
        self.sources, self.text = sources, ""
        self.forms: list[str] = []
        self.spans: list[Span] = []
        self.stretches: list[tuple[int, int, int]] = []
        points: list[tuple[int, int]] = []
        for block in blocks:
            if self.text:
                self.text += " "
                self.forms.append("")
            offset = len(self.text)
            self.text += _text(block)
            self.forms += [form for text, form in block["pieces"] for _ in text]
            self.spans += [Span(a + offset, b + offset, k, s) for a, b, k, s in block["spans"]]
            points += [(at + offset, number) for at, number in block["sources"]]
        ends = [*(at for at, _ in points[1:]), len(self.text)][: len(points)]
        self.stretches = [(at, number, end) for (at, number), end in zip(points, ends, strict=True)]
        self.style = blocks[0]["style"]

    def of(self, span: Span) -> str:
        """The words of a span."""
        return self.text[span.start : span.stop]

    @property
    def writable(self) -> bool:
        """Whether it comes from parts of the manuscript alone."""
        return bool(self.stretches) and all(
            self.sources[number]["part"] for _, number, _ in self.stretches
        )

    @property
    def where(self) -> str:
        """What messages name it by."""
        parts = dict.fromkeys(self.sources[number]["part"] for _, number, _ in self.stretches)
        named = ", ".join(part for part in parts if part)
        return f"part {named}" if named else STYLES.get(self.style, "the frame").partition(",")[0]

    @property
    def reason(self) -> str:
        """Why it cannot be written back."""
        if self.style in STYLES:
            return f"It stands in {STYLES[self.style]}."
        return "It stands in report/index.qmd, the frame of every report."


class _Paragraph:
    """One paragraph of the report and what became of it."""

    def __init__(
        self,
        joined: _Joined,
        others: Sequence[Edited],
        authors: tuple[str, ...],
        known: Known,
        report: str,
    ) -> None:
        self.base, self.authors, self.known, self.report = joined, authors, known, report
        self.other, self.other_forms = "", []
        self.every: list[Operation] = []
        for one in others:
            if self.other:
                self.other += "\n\n"
                self.other_forms += ["", ""]
            self.other += one.text
            self.other_forms += forms_of(one.pieces)

    def findings(self) -> Iterator[Finding]:
        """Sort out each operation, then write the stretches of sources that changed."""
        same = self.other == self.base.text and self.other_forms == self.base.forms
        if same:
            return
        try:
            every = operations(self.base.text, self.other, self.base.spans)
        except TooLong:
            why = "It is too long to be compared word by word."
            yield self._finding(UNPLACED, self.base.text, self.other, why)
            return
        self.every = every
        taken, wordings = [], {}
        set_before = [self._set_before(one) for one in every]
        for name in sorted(set(filter(None, set_before))):
            yield Finding(NOTE, name, "", "", DONE, self.authors)
        for one, name in zip(every, set_before, strict=True):
            if name or self._only_blanks(one):
                continue
            wording = self._wording(one)
            refusal = "" if wording else self._refusal(one)
            if wording:
                wordings.setdefault(wording[0], []).append((wording[1], one))
            elif refusal:
                yield self._refused(one, refusal)
            else:
                taken.append(one)
        yield from self._wordings(wordings)
        yield from self._sources(taken)
        yield from self._looks()

    def _looks(self) -> Iterator[Finding]:
        """Tell which words changed their look only and come from no source that could say so."""
        changed: dict[str, list[tuple[int, int]]] = {}
        for start, stop, shift in _kept(self.every, len(self.base.text)):
            for k in range(start, stop):
                there = k + shift
                if not self.base.text[k].strip() or self._has_source(k):
                    continue
                before, after = set(self.base.forms[k]), set(self.other_forms[there])
                # words typed anew beside others lose their look by that: nobody meant it
                lost = set() if self.every else before - after
                if look := ", ".join(LOOKS[one] for one in LOOKS if one in lost | (after - before)):
                    places = changed.setdefault(look, [])
                    together = places and not self.base.text[places[-1][1] : k].strip()
                    places.append((places.pop()[0] if together else k, k + 1))
        for look, places in changed.items():
            words = " … ".join(self.base.text[start:stop] for start, stop in places)
            yield self._finding(UNPLACED, words, f"{look}: {_short(words)}", LOOK)

    def _has_source(self, place: int) -> bool:
        """Whether a letter is of a part's own words, whose look is written with them."""
        if any(span.start <= place < span.stop for span in self.base.spans):
            return False
        at = [number for start, number, end in self.base.stretches if start <= place < end]
        return bool(at) and bool(self.base.sources[at[-1]]["part"])

    def _only_blanks(self, one: Operation) -> bool:
        before, after = self.base.text[one.start : one.stop], self.other[one.begin : one.end]
        return (
            not plain(before)
            and not plain(after)
            and (bool(before.strip("\n") == "" and after == "") or "\n\n" not in after)
        )

    def _finding(self, outcome: str, before: str, after: str, why: str, write=None) -> Finding:
        return Finding(outcome, self.base.where, before, after, why, self.authors, write)

    def _refused(self, one: Operation, why: str) -> Finding:
        start, stop = _widened(self.base.text, one.start, one.stop)
        begin, end = _widened(self.other, one.begin, one.end)
        return self._finding(
            REFUSED, self.base.text[start:stop], self.other[begin:end].strip("\n"), why
        )

    def _refusal(self, one: Operation) -> str:
        """Say why an operation is refused; nothing if it is not."""
        spans = [span for span in self.base.spans if touches(one, span)]
        values = [span for span in spans if span.kind == "value"]
        if values:
            words = self.base.text[one.start : one.stop] or self.base.of(values[0])
            around = self.base.text[max(0, one.start - AROUND) : one.stop + AROUND]
            told = (self.known.says(span.key, words, around) for span in values)
            return "; ".join(dict.fromkeys(told))
        for span in spans:
            if not (one.start <= span.start and span.stop <= one.stop):
                return f"It is {WORDS.get(span.kind, span.kind)}: {span.source}."
            if one.begin != one.end:
                return f"It would replace {WORDS.get(span.kind, span.kind)}: {span.source}."
        # at the border of two stretches it counts to the later one
        at = [number for start, number, end in self.base.stretches if start <= one.start <= end]
        if not at or not all(self.base.sources[number]["part"] for number in at[-1:]):
            return self.base.reason
        joined = self.base.sources[at[-1]]["joined"] or len(self.base.stretches) > 1
        if joined and "\n\n" in self.other[one.begin : one.end]:
            return "The paragraph is joined from several parts, and stays one."
        return ""

    def _wording(self, one: Operation) -> tuple[tuple[tuple[str | int, ...], Span], int] | None:
        """Give the text of the study file in which an operation lies whole, and where it begins."""
        for span in self.base.spans:
            inside = span.start <= one.start and one.stop <= span.stop
            if not inside or not span.key.startswith("study.") or not touches(one, span):
                continue
            words = self.base.of(span)
            for path, text in self.known.texts.items():
                at = words.find(text) if text else -1
                # twice in one stretch: which of the two was meant cannot be known
                if at < 0 or words.find(text, at + 1) >= 0:
                    continue
                begin = span.start + at
                if begin <= one.start and one.stop <= begin + len(text):
                    return (path, span), begin
        return None

    def _set_before(self, one: Operation) -> str:
        """Name the text of the study file that says by now what this operation would make of it."""
        spans = [span for span in self.base.spans if touches(one, span)]
        if not spans or not all(span.key.startswith("study.") for span in spans):
            return ""
        words = self.other.translate(SAME)
        for path, text in self.known.texts.items():
            at = words.find(text)
            # what the report has as well, such as the name of an arm, may be meant elsewhere
            if 0 <= at <= one.begin and one.end <= at + len(text) and text not in self.report:
                return Wording(path, "", text).name
        return ""

    def _wordings(self, found: Mapping[Any, list[tuple[int, Operation]]]) -> Iterator[Finding]:
        for (path, _), changes in found.items():
            old = self.known.texts[path]
            new, shift = old, 0
            for begin, one in changes:
                put = plain(self.other[one.begin : one.end]) if one.end > one.begin else ""
                put = _with_blanks(put, self.other[one.begin : one.end])
                at = one.start - begin + shift
                new = new[:at] + put + new[at + one.stop - one.start :]
                shift += len(put) - (one.stop - one.start)
            new = " ".join(new.split())
            wording = Wording(path, old, new)
            if new == old:
                yield self._finding(UNPLACED, self.base.text, self.other, "It stays one paragraph.")
            elif new:
                yield Finding(CHANGE, wording.name, old, new, "", self.authors, wording)
            else:
                why = f"{wording.name} would be empty; take it out of study.yml."
                yield Finding(REFUSED, wording.name, old, "", why, self.authors)

    def _sources(self, taken: Sequence[Operation]) -> Iterator[Finding]:
        for start, number, end in self.base.stretches:
            source = self.base.sources[number]
            if not source["part"]:
                continue
            written = [
                self._written(start, end, [], None),
                self._written(start, end, taken, self.other_forms),
            ]
            # both written by the same rules: what differs is what somebody changed, not how we
            # write
            if written[0] == written[1]:
                continue
            new = with_lead(source["lead"], source["text"], written[1])
            if source["lead"].startswith("#") and (not written[1] or "\n" in written[1]):
                yield self._finding(
                    REFUSED, self.base.text, self.other, "A heading names its section."
                )
                continue
            if not self._faithful(start, end, source["text"]):
                yield self._finding(UNPLACED, self.base.text[start:end], self.other, UNFAITHFUL)
                continue
            mine = [one for one in taken if start <= one.start <= end]
            # taken all the same: it may be a year or a dose, but nothing will notice when it grows
            # old
            typed = any(NUMBER.search(self.other[one.begin : one.end]) for one in mine)
            before, after = self.base.text[start:end].strip(), self._shown(
                self._written(start, end, taken, [""] * len(self.other), [""] * len(self.base.text))
            )  # fmt: skip
            if plain(before) == plain(after):
                before, after = self._shown(written[0]), self._shown(written[1])
            write = Edit(source["part"], source["text"], new)
            yield self._finding(CHANGE, before, after, TYPED if typed else "", write)

    def _faithful(self, start: int, end: int, source: str) -> bool:
        """Whether all that would be written and is no text stands in the source already."""
        flat = " ".join(source.split())
        spans = [span for span in self.base.spans if start <= span.start < end]
        return all(" ".join(span.source.split()) in flat for span in spans)

    def _shown(self, source: str) -> str:
        """Give a source as it is read: with the words of values and references."""
        for span in self.base.spans:
            source = source.replace(span.source, self.base.of(span), 1)
        return re.sub(r"\\([^A-Za-z0-9\s])", r"\1", source)

    def _written(
        self,
        start: int,
        end: int,
        taken: Sequence[Operation],
        forms: Sequence[str] | None,
        base_forms: Sequence[str] | None = None,
    ) -> str:
        """Write a stretch with some operations made; without `forms` as it was."""
        text, before = self.base.text, self.base.forms if base_forms is None else base_forms
        if forms is None:
            return rewritten(text, before, text, before, self.base.spans, [], [], (start, end))
        return rewritten(
            text, before, self.other, forms, self.base.spans, taken, self.every, (start, end)
        )


def _kept(every: Sequence[Operation], length: int) -> Iterator[tuple[int, int, int]]:
    """Give the stretches of a text that stayed, and how far on they stand in the other."""
    begin, shift = 0, 0
    for one in every:
        yield begin, one.start, shift
        begin, shift = one.stop, one.end - one.stop
    yield begin, length, shift


def _with_blanks(put: str, raw: str) -> str:
    if not put:
        return " " if raw.strip("\n") and not raw.strip() else ""
    return " " * raw[:1].isspace() + put + " " * raw[-1:].isspace()


def _widened(text: str, start: int, stop: int) -> tuple[int, int]:
    """Give a stretch with the words that it begins and ends in, and two words before them."""
    while stop < len(text) and not text[stop].isspace():
        stop += 1
    for _ in range(3):
        start -= start > 0
        while start > 0 and not text[start - 1].isspace():
            start -= 1
    return start, stop


def _short(text: str, most: int = 60) -> str:
    text = plain(text)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


# Tables, pictures, and what stands beside the body -------------------------------------------


def _tables(
    blocks: Sequence[Block], base: Sequence[Mapping[str, Any]], known: Known
) -> Iterator[Finding]:
    theirs = [block for block in blocks if block.kind == "table" and (block.rows or block.boxes)]
    ours = [
        (_caption(base, position), one)
        for position, one in enumerate(base)
        if one["kind"] == "table"
    ]
    free = list(range(len(theirs)))
    for name, one in ours:
        likes = [(_alike_tables(one["rows"], theirs[k].rows), -k) for k in free]
        # by their cells, not by place: a table may have been moved with its caption
        best, position = max(likes, default=(0.0, 0))
        if best < 0.3:
            yield Finding(REFUSED, name, name, "", f"{name} stays: it was computed.")
            continue
        free.remove(-position)
        yield from _rows(name, one["rows"], theirs[-position], known)
    for k in free:
        rows = [" | ".join(row) for row in theirs[k].rows]
        why = "Tables come from notebooks. Write a notebook of the study that makes it."
        yield Finding(UNPLACED, "new table", "", "\n".join(rows), why, _names(theirs[k]))


def _names(block: Block) -> tuple[str, ...]:
    return tuple(sorted(name for name in block.authors if name))


def _caption(base: Sequence[Mapping[str, Any]], position: int) -> str:
    for one in reversed(base[:position]):
        if one["kind"] == "paragraph" and one["style"] in ("Caption", "TableCaption"):
            found = re.match(r"\w+\s\d+", _text(one))
            return plain(found[0]) if found else "a table"
        if one["kind"] == "table":
            break
    return "a table"


def _alike_tables(ours: Sequence[Sequence[str]], theirs: Sequence[Sequence[str]]) -> float:
    one = {plain(cell) for row in ours for cell in row}
    other = {plain(cell) for row in theirs for cell in row}
    return 2 * len(one & other) / (len(one) + len(other) or 1)


def _rows(
    name: str, ours: Sequence[Sequence[str]], table: Block, known: Known
) -> Iterator[Finding]:
    one = [tuple(map(plain, row)) for row in ours]
    other = [tuple(map(plain, row)) for row in table.rows]
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        if i2 - i1 == j2 - j1 and all(
            len(a) == len(b) for a, b in zip(one[i1:i2], other[j1:j2], strict=True)
        ):
            for row, changed in zip(range(i1, i2), range(j1, j2), strict=True):
                yield from _cells(name, one, row, other[changed], table, known)
            continue
        yield Finding(
            REFUSED,
            name,
            "\n".join(" | ".join(row) for row in one[i1:i2]),
            "\n".join(" | ".join(row) for row in other[j1:j2]),
            f"{name} was computed: its rows and columns stay.",
            _names(table),
        )


def _cells(
    name: str,
    ours: Sequence[tuple[str, ...]],
    row: int,
    theirs: tuple[str, ...],
    table: Block,
    known: Known,
) -> Iterator[Finding]:
    for column, (was, now) in enumerate(zip(ours[row], theirs, strict=True)):
        if was == now:
            continue
        head = ours[0][column] if row and column < len(ours[0]) else ""
        place = ", ".join(part for part in (name, ours[row][0] if column else "", head) if part)
        why = known.says(name, was, " ".join(ours[row]))
        yield Finding(REFUSED, place, was, now, why, _names(table))


def _beside(document: Document, origins: Mapping[str, Any]) -> Iterator[Finding]:
    # programs repeat headers for the first page, and number pages anew
    ours = {text for one in origins["other"] if LETTER.search(text := plain(one))}
    theirs = {text for one in document.other if LETTER.search(text := plain(one))}
    why = "Headers, footers and notes are made with the report."
    # sorted: two runs list them alike
    for text in sorted(theirs - ours):
        yield Finding(UNPLACED, "beside the text", "", text, why)
    for text in sorted(ours - theirs):
        yield Finding(UNPLACED, "beside the text", text, "", why)
    for block in document.blocks:
        for text in [*block.boxes, *(text for one in block.inside for text in one.boxes)]:
            why = "Text boxes are no part of the report."
            yield Finding(UNPLACED, "text box", "", text, why, _names(block))
        for words in block.marked:
            told = f"“{_short(words)}”"
            yield Finding(UNPLACED, "highlighted or underlined", "", told, MARKED, _names(block))
    before = sum(one["drawings"] for one in origins["blocks"])
    after = sum(block.drawings for block in document.blocks)
    if before != after:
        why = "Figures come from notebooks; the report keeps its own."
        yield Finding(UNPLACED, "pictures", f"{before} pictures", f"{after} pictures", why)

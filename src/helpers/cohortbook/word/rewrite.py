"""A paragraph of the sources written anew from what stands in the DOCX."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..build.render.docx_text import Piece
from ..formats import markdown
from .operations import Operation, Span

ENDS = re.compile(r"\s*\{[^{}]*\}\s*$")  # {#sec-methods} after a heading
OPENING = {"b": "**", "i": "*", "s": "~~", "^": "^", "~": "~"}


def forms_of(pieces: Iterable[Piece]) -> list[str]:
    """Give the format of each letter."""
    return [piece.form for piece in pieces for _ in piece.text]


def rewritten(
    text: str,
    forms: Sequence[str],
    other: str,
    other_forms: Sequence[str],
    spans: Sequence[Span],
    accepted: Sequence[Operation],
    every: Sequence[Operation],
    stretch: tuple[int, int],
) -> str:
    """Write a stretch of a paragraph as Markdown, with the operations that were accepted.

    Parameters
    ----------
    text, forms : str and sequence of str
        The report's paragraph, and the format of each letter.
    other, other_forms : str and sequence of str
        What it was changed to.
    spans : sequence of Span
        They are written as their source.
    accepted, every : sequence of Operation
        Those that are made, and all there are, in their order.
    stretch : (int, int)
        Which part of `text` is written.

    Returns
    -------
    str
        Without the lead of a heading or an item of a list.
    """
    low, high = stretch
    last = high == len(text)
    out: list[tuple[str, str, bool]] = []
    by_start = {span.start: span for span in spans}
    inside = {k: span for span in spans for k in range(span.start, span.stop)}
    shift, waiting = 0, list(every)
    k = 0
    while k <= len(text):
        while waiting and waiting[0].start == k:
            one = waiting.pop(0)
            within = low <= one.start and (one.start < high or last)
            if one in accepted:
                if within:
                    new = zip(
                        other[one.begin : one.end],
                        other_forms[one.begin : one.end],
                        strict=True,
                    )
                    out += [(letter, form, False) for letter, form in new]
            elif within or one.stop > low:
                _keep(text, forms, one, by_start, inside, (low, high), out)
            # from here on a letter of the report stands so much further on in the other text
            shift = one.end - one.stop
            k = one.stop
        if k >= len(text):
            break
        if low <= k < high:
            if k in inside:
                if k in by_start:
                    out.append((by_start[k].source, _form(other_forms, k + shift), True))
            else:
                out.append((text[k], _form(other_forms, k + shift), False))
        k += 1
    return _as_markdown(out)


def _keep(
    text: str,
    forms: Sequence[str],
    one: Operation,
    by_start: dict[int, Span],
    inside: dict[int, Span],
    stretch: tuple[int, int],
    out: list[tuple[str, str, bool]],
) -> None:
    """Write what a refused operation would have changed, as it was."""
    for k in range(max(one.start, stretch[0]), min(one.stop, stretch[1])):
        if k in by_start:
            out.append((by_start[k].source, forms[k], True))
        elif k not in inside:
            out.append((text[k], forms[k], False))


def _form(forms: Sequence[str], position: int) -> str:
    return forms[position] if 0 <= position < len(forms) else ""


def _as_markdown(letters: Sequence[tuple[str, str, bool]]) -> str:
    """Join letters of one format; emphasis begins and ends at a word."""
    runs: list[tuple[str, str]] = []
    text, form = "", ""
    for letter, its, source in letters:
        if source:
            runs += [(text, form)] if text else []
            runs.append((letter, "source"))
            text = ""
            continue
        if text and its != form:
            runs.append((text, form))
            text = ""
        text, form = text + letter, its
    runs += [(text, form)] if text else []
    parts = []
    for number, (words, its) in enumerate(runs):
        parts.append(words if its == "source" else _run(words, its, not number))
    return "\n\n".join(
        " ".join(block.split(" ")).strip() for block in re.split(r"\n{2,}", "".join(parts))
    ).strip()


def _run(words: str, form: str, first: bool) -> str:
    # ** beside a blank is no emphasis for Markdown: blanks go outside of it
    lead = words[: len(words) - len(words.lstrip())]
    tail = words[len(words.rstrip()) :] if words.strip() else ""
    core = words.strip()
    blocks = [_escaped(block, first and not number) for number, block in
              enumerate(core.split("\n\n"))]  # fmt: skip
    marks = "".join(OPENING[letter] for letter in form if letter in OPENING)
    if not core:
        return words
    closing = "".join(OPENING[letter] for letter in reversed(form) if letter in OPENING)
    if "^" in form or ("~" in form and "s" not in form):
        blocks = [block.replace(" ", "\\ ") for block in blocks]
    return lead + "\n\n".join(f"{marks}{block}{closing}" for block in blocks) + tail


def _escaped(words: str, first: bool) -> str:
    """Escape what Markdown would read; no-break blanks stay."""
    kept = words.replace("\u00a0", "\ue000").replace("\u202f", "\ue001").replace("\u2060", "\ue002")
    # Only the first letters of a paragraph can begin a list or a heading.
    text = markdown(kept if first else f"0x{kept}")  # it begins no list
    if not first:
        text = text[2:]
    text = text.replace("\ue000", "\u00a0").replace("\ue001", "\u202f").replace("\ue002", "\u2060")
    # or pandoc would turn it into another apostrophe than the one that was typed
    return text.replace("'", "\\'")


def with_lead(lead: str, source: str, text: str) -> str:
    """Give a paragraph with what its source begins and a heading's source ends with."""
    if not text:
        return ""
    end = ENDS.search(source) if lead.startswith("#") else None
    return lead + text + (f" {end[0].strip()}" if end else "")

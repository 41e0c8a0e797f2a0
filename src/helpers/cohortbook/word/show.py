"""A plan on the terminal: each change as a difference, each refusal with its reason."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from .changes import CHANGE, NOTE, REFUSED, UNPLACED, Finding
from .plan import Plan

HEADS = {
    CHANGE: "Changes",
    REFUSED: "Refused: what was computed stays",
    UNPLACED: "Found, but without a place; nothing is done",
    NOTE: "Done already",
}
LONGEST = 2_000


def lines_of(plan: Plan) -> Iterator[str]:
    """Give what is shown, line by line."""
    number = 0
    for outcome, head in HEADS.items():
        found = [one for one in plan.findings if one.outcome == outcome]
        if found:
            yield f"{head} ({len(found)}):"
        for one in found:
            number += 1
            yield from _finding(number, one)
    if plan.comments:
        yield f"Comments, kept in comments.yml and in the next DOCX ({len(plan.comments)}):"
        for comment in plan.comments:
            on = f" on “{_plain(comment.on)}”" if comment.on else ""
            yield f"  {_plain(comment.author) or 'nobody'}{on}: {_plain(comment.text)}"
    for comment in plan.gone:
        author, text = _plain(str(comment.get("author", ""))), _plain(str(comment["text"]))
        yield f"No longer in the document: a comment of {author}: “{text}”."
        yield "  It stays in comments.yml; if it is settled, take it out there."


def _finding(number: int, one: Finding) -> Iterator[str]:
    by = f", by {', '.join(map(_plain, one.authors))}" if one.authors else ""
    yield f"{number}. {_plain(one.where)}{by}"
    if one.before:
        yield f"   - {_plain(one.before)}"
    if one.after:
        yield f"   + {_plain(one.after)}"
    if one.why:
        yield f"   {_plain(one.why)}"


def _plain(text: str) -> str:
    """Give a text that cannot move the cursor or colour the terminal."""
    # the file is anybody's: an escape sequence could hide what is about to be written
    safe = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    safe = re.sub(r"\s+", " ", safe).strip()
    return safe if len(safe) <= LONGEST else f"{safe[:LONGEST]}… ({len(safe)} characters)"

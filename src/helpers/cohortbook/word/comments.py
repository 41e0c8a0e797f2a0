"""Comments of readers, kept in the study folder with author, date and place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from .document import Comment

HEAD = """\
# Comments of readers, from DOCX files that `cohortbook word` took back. They stand in the next DOCX
# again; one that is settled is taken out here.
"""
AGAIN = re.compile(r"\A\(made on: .*?\) (?=\S)", re.DOTALL)


def merged(
    kept: Sequence[Mapping[str, Any]], found: Sequence[Comment]
) -> tuple[list[dict[str, Any]], list[Comment], list[Mapping[str, Any]]]:
    """Put comments that were found to those that are kept.

    Returns
    -------
    list of dict
        All of them: those that are kept as they are, then the new ones.
    list of Comment
        The new ones.
    list of mapping
        Those that are kept and that the document has no more.
    """
    # by author and words: numbers and dates are given anew by each program that saves the file
    known = [(one.get("author", ""), _text(str(one["text"]))) for one in kept]
    new, seen = [], set()
    for comment in found:
        name = (comment.author, _text(comment.text))
        if name in known:
            seen.add(name)
        else:
            new.append(comment)
    missing = [one for one, name in zip(kept, known, strict=True) if name not in seen]
    return [*map(dict, kept), *map(_entry, new)], new, missing


def _text(text: str) -> str:
    return " ".join(AGAIN.sub("", text).split())


def _entry(comment: Comment) -> dict[str, Any]:
    """Give a comment as the file has it; what is empty is left out."""
    values = {
        "author": comment.author,
        "initials": comment.initials,
        "date": comment.date,
        "text": AGAIN.sub("", comment.text),
        "on": comment.on,
        "paragraph": comment.paragraph,
        "at": str(comment.at) if comment.paragraph else "",
        "settled": "yes" if comment.done else "",
        "answers": comment.answers,
    }
    return {name: value for name, value in values.items() if value or name in ("author", "text")}


def file_text(comments: Sequence[Mapping[str, Any]]) -> str:
    """Give the file: every value quoted, so that none is read as anything but text."""
    body = yaml.dump(
        # a comment that says "no" or 1.0 must come back as words
        list(map(dict, comments)),
        default_style='"',
        allow_unicode=True,
        sort_keys=False,
        width=98,
    )
    return HEAD + body

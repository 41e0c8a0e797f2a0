"""Findings of several rows that have one cause, told once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from .findings import Finding, listing

_ELSEWHERE = re.compile(r"The percentages of (?P<what>.+) fit only if they are of (?P<base>.+)\.")


def one_denominator(findings: Iterable[Finding]) -> list[Finding]:
    """Join the rows of a table whose percentages are all of the row, or all of all patients."""
    out: list[Finding] = []
    groups: dict[tuple[str, str], list[tuple[Finding, str]]] = {}
    for item in findings:
        found = _ELSEWHERE.fullmatch(item.message)
        if found is None:
            out.append(item)
        else:
            groups.setdefault((item.where, found["base"]), []).append((item, found["what"]))
    for (_, base), same in groups.items():
        first = same[0][0]
        names = listing(what for _, what in same)
        keys = dict.fromkeys(key for item, _ in same for key in (item.key, *item.also))
        keys.pop(first.key)
        out.append(replace(
            first, also=tuple(keys),
            message=f"The percentages of {names} fit only if they are of {base}.",
        ))  # fmt: skip
    return out

"""Differences between two builds as text, CSV and Markdown."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from ..display.layout.csv_rows import harmless
from .differences import CHANGED, SECTIONS, STATISTICS, Difference

COLUMNS = ("section", "kind", "name", "column", "before", "after", "was", "now", "notebook")
SHOWN = 30  # of a section, as text
MARKS = re.compile(r"([\\`*_\[\]<>|#])")


def as_text(found: Sequence[Difference]) -> str:
    """Give the differences for a terminal: each section with its number, the first ones in full."""
    lines = []
    for section, head in SECTIONS.items():
        mine = [one for one in found if one.section == section]
        lines.append(f"{head}: {_counted(mine)}")
        lines += [f"  {_line(one)}" for one in mine[:SHOWN]]
        if len(mine) > SHOWN:
            lines.append(f"  and {len(mine) - SHOWN} more; --csv writes all of them")
    return "\n".join(lines) + "\n"


def as_markdown(found: Sequence[Difference]) -> str:
    """Give all differences as a report of their own."""
    parts = ["# What changed between two builds\n"]
    for section, head in SECTIONS.items():
        mine = [one for one in found if one.section == section]
        parts.append(f"## {head}\n\n{_counted(mine).capitalize()}.\n")
        if mine:
            rows = ["| What | | Before | After |", "|---|---|---|---|"]
            for one in mine:
                column = one.column if one.kind == CHANGED else one.kind
                cells = (one.name, column, one.before or "–", one.after or "–")
                rows.append("| " + " | ".join(map(_escaped, cells)) + " |")
            parts.append("\n".join(rows) + "\n")
    return "\n".join(parts)


def as_csv(found: Sequence[Difference]) -> str:
    """Give all differences as CSV; a cell that looks like a formula stays text."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in found:
        values = [getattr(one, name) for name in COLUMNS]
        writer.writerow([_cell(value) for value in values])
    return file.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value)
    text = str(value)
    number = re.fullmatch(r"[-+]?[\d.,]+(?:e[-+]?\d+)?", text)
    return text if number else harmless(text)


def _counted(found: Sequence[Difference]) -> str:
    if not found:
        return "no difference"
    if found[0].section != STATISTICS:
        return f"{len(found)} difference{'s' if len(found) > 1 else ''}"
    kinds = {}
    for one in found:
        kinds.setdefault(one.kind, set()).add((one.notebook, one.name))
    return ", ".join(f"{len(names)} {kind}" for kind, names in kinds.items())


def _line(one: Difference) -> str:
    if one.kind != CHANGED:
        return f"{one.name}: {one.kind} ({one.before or one.after})"
    column = f" {one.column}" if one.column else ""
    return f"{one.name}{column}: {one.before or '–'} → {one.after or '–'}{_seen(one)}"


def _seen(one: Difference) -> str:
    """Give the numbers themselves where both print alike."""
    if one.before != one.after or one.was is None or one.now is None:
        return ""
    return f" ({one.was:.8g} → {one.now:.8g})"


def _escaped(text: str) -> str:
    return MARKS.sub(r"\\\1", " ".join(text.split()))

"""Grades of an event, or parts of a condition, against the patients with any of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .. import Published, key_of
from ..blocks import Block, Counts
from .counts import CountBook, counts_behind
from .findings import Finding, listing
from .variables import ANY, Row, rows_of_item

_GRADE = re.compile(r"(?:g|gr|grade)?[ _]?(?:[1-5]|i{1,3}|iv|v)(?:[ ]?[-–/][ ]?[1-5])?", re.I)
_OTHER = ("severe", "mild", "moderate", "unknown", "life-threatening", "fatal")
_SEVERE = re.compile(r"(?:g|gr|grade)?[ _]?[345](?:[ ]?[-–/][ ]?[45])?", re.I)
ENOUGH = 3  # lines of a table whose grades add up to any, to take that as its rule


@dataclass(frozen=True)
class Graded:
    """The grades and the "any" of one event in one group."""

    row: Row
    level: str
    group: str
    parts: dict[str, int]
    any: tuple[int, ...]  # the counts that print allows

    @property
    def total(self) -> int:
        """Patients at all grades together."""
        return sum(self.parts.values())

    @property
    def adds_up(self) -> bool:
        """Tell whether the grades add up to any."""
        return self.total in self.any

    @property
    def impossible(self) -> bool:
        """Tell whether one grade alone has more patients than any."""
        return max(self.any) < max(self.parts.values())


def graded(rows: list[Row], item: Counts) -> Iterator[Graded]:
    """Give the events of one item that have grades and an "any"."""
    lines = item.lines()
    level = item.total or next((x for x in lines if x.lower() in ANY), None)
    parts = [x for x in lines if _GRADE.fullmatch(x) or x.lower() in _OTHER]
    if item.total:
        parts = [x for x in lines if x != item.total]
    if any(_SEVERE.fullmatch(x) for x in parts):
        parts = [x for x in parts if x.lower() != "severe"]
    if level is None or not parts or item.levels_are_terms:
        return
    row = next(r for r in rows if level in r.levels)
    book, block = row.book, row.block
    for group in lines[level]:
        counts = {x: book.count(block, item, x, group) for x in parts if group in lines[x]}
        if not counts or None in counts.values():
            continue
        cell = book.cell(block, item, level, group)
        if cell.count is not None:
            allowed = (int(cell.count.value),)
        elif cell.percent is not None and cell.total:
            near = round(cell.percent.value * cell.total / 100)
            allowed = tuple(counts_behind(cell.percent, cell.total)) or (near,)
        else:
            continue
        yield Graded(row, level, group, counts, allowed)


def sums_are_the_rule(book: CountBook, block: Block) -> bool:
    """Tell whether the grades of a table add up to its "any" in nearly all lines."""
    found = [
        one.adds_up
        for item in block.counts
        for one in graded(list(rows_of_item(book, block, item)), item) if len(one.parts) > 1
    ]  # fmt: skip
    off = len(found) - sum(found)
    return sum(found) >= ENOUGH and off <= max(1, 0.2 * len(found))


def grade_finding(one: Graded, rule: bool) -> Finding | None:
    """Word grades and an "any" that do not fit (None: they fit)."""
    row, total, most = one.row, one.total, max(one.any)
    highest = max(one.parts, key=lambda x: one.parts[x])
    cell = row.columns[one.group].cells[one.level]
    own = cell.count or cell.percent
    statistic = row.count_name if cell.count is not None else "percent"
    size = cell.total
    right = str(total) if cell.count is not None else f"{100 * total / size:.{own.decimals}f}%"
    also = tuple(row.key(x, one.group, row.count_name) for x in one.parts)
    shown = own.text if cell.count is not None else own.text.rstrip("% ") + "%"
    told = listing(f"{n} at {x}" for x, n in one.parts.items())
    if row.item.total and not one.adds_up:
        severity, why = "conflict", ""
        proof = (
            f"{' + '.join(map(str, one.parts.values()))} = {total}, and the file says that the "
            "levels add up"
        )
    elif one.impossible and (rule or len(one.parts) == 1):
        severity, why = "conflict", ""
        proof = f"the {one.parts[highest]} at {highest} are among those with any, {most} at most"
    elif one.impossible:
        severity, proof = "fits only if", ""
        why = " It fits only if the grades are of events and not of patients."
    elif len(one.parts) == 1 or one.adds_up or not rule:
        return None
    elif most < total:
        severity, proof = "fits only if", ""
        why = " It fits only if patients are counted at several grades; other lines add up."
    else:
        severity, proof = "fits only if", ""
        why = " It fits only if a grade is not printed; other lines add up."
    return Finding(
        row.key(one.level, one.group, statistic), row.block.where, "grades and any", shown, right,
        f"{told} make {right}; {shown} is printed for {one.level}.{why}",
        f"{right} instead of {shown}", severity, total, total, abs(most - total), proof, also,
        f"{row.item.term}, {one.group}",
    )  # fmt: skip


def other_grades(published: Published) -> Iterator[Finding]:
    """Check that severe events of one table are among any in another."""
    book = CountBook(published)
    for block in published.blocks:
        for item in block.counts:
            lines = item.lines()
            level = next((x for x in lines if x.lower() == "severe"), None)
            if level is None or any(x.lower() in ANY for x in lines):
                continue
            for group in lines[level]:
                severe = book.count(block, item, level, group)
                line = book.line(block, item, level)
                some = [
                    n for x in ANY if (n := book.known(line._replace(level=x), group)) is not None
                ]
                if severe is None or not some or severe <= min(some):
                    continue
                yield Finding(
                    key_of(**line._asdict(), group=group), block.where, "grades and any",
                    str(severe), f"at most {min(some)}",
                    f"{severe} patients with a severe event are printed; {min(some)} with any.", "",
                    "conflict", 0, min(some), severe - min(some),
                    f"the {severe} with a severe event are among the {min(some)} with any",
                    subject=f"{item.term}, {group}",
                )  # fmt: skip

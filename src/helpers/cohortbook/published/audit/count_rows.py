"""Rows of counts, judged whole: percentages, sizes, sums and P, with one finding for one cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from .. import Published
from ..blocks import DIFFERENCE, OVERALL, Block, Counts
from .counts import CountBook
from .denominators import Diagnosis, Off, diagnose, finding_of, recorded_findings, slip_findings
from .findings import Finding, listing
from .grades import Graded, grade_finding, graded, sums_are_the_rule
from .p_from_counts import Case, cases, cases_of_item, check, fits_print
from .variables import Row, rows_of_item


def count_rows(published: Published) -> Iterator[Finding]:
    """Check every row of counts: against its percentages, its sizes, the whole and its P value.

    One number that is off breaks several of these at once; a change that mends them all is looked
    for first, and is then the one finding.
    """
    book = CountBook(published)
    every = cases(published)
    together: dict[tuple[str, str], list[Diagnosis]] = defaultdict(list)
    for block in published.blocks:
        rule = sums_are_the_rule(book, block)
        diagnoses: list[Diagnosis] = []
        for item in block.counts:
            rows = list(rows_of_item(book, block, item))
            found = [diagnose(row) for row in rows]
            diagnoses += found
            graded_ = list(_grades(rows, item, found, rule))
            yield from (finding for finding, _ in graded_)
            mended = [one for _, one in graded_ if one.impossible]
            yield from _item(rows, item, found, every, mended)
        together[block.analysis, block.population] += diagnoses
        yield from slip_findings(diagnoses)
    for diagnoses in together.values():
        yield from recorded_findings(diagnoses)


def _grades(
    rows: list[Row], item: Counts, found: list[Diagnosis], rule: bool
) -> Iterator[tuple[Finding, Graded]]:
    """Give what is wrong between grades and any; no other finding is made of such an any."""
    for one in graded(rows, item):
        finding = grade_finding(one, rule)
        if finding is None:
            continue
        for diagnosis in found:
            if diagnosis.row is one.row and one.impossible:
                diagnosis.recorded.pop(one.group, None)
                diagnosis.off = [off for off in diagnosis.off if off.group != one.group]
                diagnosis.slips = [s for s in diagnosis.slips if s.group != one.group]
        yield finding, one


def _settled_by_grades(case: Case, mended: list[Graded]) -> bool:
    """Tell whether P fits once the any of an event is the sum of its grades."""
    for one in mended:
        row = one.row
        arms = row.book.arms(row.item.lines()[one.level])
        if row.key(one.level, DIFFERENCE, "p_value") != case.key or one.group not in arms:
            continue
        size = row.columns[one.group].size
        for table in (case.table, *case.alike):
            changed = table.copy()
            changed[:, arms.index(one.group)] = [one.total, size - one.total]
            if (changed >= 0).all() and fits_print(case, changed):
                return True
    return False


def _item(
    rows: list[Row], item: Counts, found: list[Diagnosis], every: list[Case],
    graded_: list[Graded],
) -> Iterator[Finding]:  # fmt: skip
    """Give the findings of one item, joined where one change mends several."""
    printed = list(cases_of_item(rows, item))
    settled = {case.key for case in printed if _nobody_missing(case, found)
               or _settled_by_grades(case, graded_)}  # fmt: skip
    off = [one for diagnosis in found for one in diagnosis.off]
    whole = list(_whole(rows, item))
    notes: dict[int, str] = {}
    mended: set[str] = set()
    for case in printed:
        if case.key in settled:
            continue
        joint = next((i for i, one in enumerate(off) if _gives(case, one, item)), None)
        if off and fits_print(case, case.table):
            for one in off:
                one.percent_right = False if one.percent_right is None else one.percent_right
        elif joint is not None:
            off[joint].percent_right = True
            notes[joint] = " (which also gives the printed P)"
        else:
            moved = _sum_and_p(case, found)
            if moved is not None:
                mended.add(moved.key)
                yield moved
            else:
                yield from check(case, every)
    for i, one in enumerate(off):
        finding = finding_of(one, notes.get(i, ""))
        same = [w for w in whole if w.mends(one)]
        whole = [w for w in whole if not w.mends(one)]
        yield finding if not same else replace(
            finding, mend=f"{finding.mend} (with which the arms add up)",
            also=(*finding.also, *(w.key for w in same)),
        )  # fmt: skip
    yield from (f for diagnosis in found for f in diagnosis.found if f.key not in mended)
    for of in dict.fromkeys(w.of for w in whole):
        yield from _whole_finding(rows, [w for w in whole if w.of == of])


def _nobody_missing(case: Case, found: list[Diagnosis]) -> bool:
    """Take back what patients not recorded explain, if P shows that nobody was missing.

    One percentage may fit a smaller size by chance; if P fits the printed sizes and none of the
    smaller, that percentage is off.
    """
    if case.at_size is None or case.printed.relation != "=" or not fits_print(case, case.at_size):
        return False
    if any(fits_print(case, table) for table in (case.table, *case.alike)):
        return False
    for diagnosis in found:
        row, level = diagnosis.row, diagnosis.row.levels[0]
        same = len(row.levels) == 1 and row.key(level, DIFFERENCE, "p_value") == case.key
        if not same or len(diagnosis.recorded) != 1:
            continue
        group = next(iter(diagnosis.recorded))
        column = row.columns[group]
        cell = column.cells[level]
        if cell.count is not None and cell.percent is not None:
            diagnosis.recorded.clear()
            off = Off(row, level, group, cell, column.size, percent_right=False, by_p=True)
            diagnosis.off.append(off)
            return True
    return False


def _gives(case: Case, off: Off, item: Counts) -> bool:
    """Tell whether the count that a percentage asks for gives the printed P."""
    table = _changed(case, off, item)
    return table is not None and (table >= 0).all() and fits_print(case, table)


def _changed(case: Case, off: Off, item: Counts) -> np.ndarray | None:
    if off.count is None or off.cell.count is None:
        return None
    levels, arms = list(item.lines()), off.row.book.arms(item.lines()[off.level])
    if off.group not in arms or len(arms) != case.table.shape[1]:
        return None
    table, column = case.table.copy(), arms.index(off.group)
    change = off.count - int(off.cell.count.value)
    if case.table.shape[0] >= len(levels) and len(levels) > 1 and isinstance(item.p, str):
        table[levels.index(off.level), column] += change
    else:
        table[0, column] += change
        table[1, column] -= change
    return table


def _sum_and_p(case: Case, found: list[Diagnosis]) -> Finding | None:
    """Give the finding of a sum that is off, if one count mends both it and the P value."""
    sums = [(d, f) for d in found for f in d.found
            if f.check in ("sum", "patients recorded") and len(d.row.levels) > 1]  # fmt: skip
    if len(sums) != 1:
        return None
    diagnosis, finding = sums[0]
    row = diagnosis.row
    group = finding.key.rsplit("/", 1)[-1]
    arms = row.book.arms(row.item.lines()[row.levels[0]])
    if group not in arms or case.table.shape != (len(row.levels), len(arms)):
        return None
    if fits_print(case, case.table):
        return None
    change, column = int(finding.implied_low) - int(finding.printed), arms.index(group)
    for i, level in enumerate(row.levels):
        table = case.table.copy()
        table[i, column] += change
        if table[i, column] >= 0 and fits_print(case, table):
            mend = (
                f"{table[i, column]} instead of {case.table[i, column]} in {level} (which also "
                "gives the printed P)"
            )
            return replace(finding, mend=mend, also=(*finding.also, case.key))
    return None


class Whole:
    """A count of all patients that is not the sum of the arms."""

    def __init__(self, row: Row, level: str, arms: dict[str, int], whole: int, of: str) -> None:
        self.row, self.level, self.whole, self.of = row, level, whole, of
        self.names, self.arms = (*arms, of), list(arms.values())
        self.key = row.key(level, of, "line")

    def mends(self, off: Off) -> bool:
        """Tell whether the count of a cell that is off makes the arms add up."""
        if (
            off.level != self.level
            or off.group not in self.names
            or off.count is None
            or off.cell.count is None
        ):
            return False
        if off.percent_right is False:
            return False
        change = off.count - int(off.cell.count.value)
        if off.group == self.of:
            return self.whole + change == sum(self.arms)
        return sum(self.arms) + change == self.whole


def _whole(rows: list[Row], item: Counts) -> Iterator[Whole]:
    book, block = rows[0].book, rows[0].block
    made = {OVERALL: list(book.published.groups), **book.published.together}
    for row, level in ((one, level) for one in rows for level in one.levels):
        line = book.line(block, item, level)
        for of in [group for group in made if group in item.lines()[level]]:
            arms = {g: _arm(book, block, item, level, line, g) for g in made[of]}
            whole = book.count(block, item, level, of)
            if whole is not None and None not in arms.values() and whole != sum(arms.values()):
                yield Whole(row, level, arms, whole, of)


def _arm(
    book: CountBook, block: Block, item: Counts, level: str, line: tuple, group: str
) -> int | None:
    """Give the count of an arm: in this row, or printed elsewhere."""
    if group in item.lines()[level]:
        return book.count(block, item, level, group)
    return book.known(line, group)


def _whole_finding(rows: list[Row], found: list[Whole]) -> Iterator[Finding]:
    """Word the counts of all patients that are not the sums of the arms: one finding a row."""
    row, published, of = rows[0], rows[0].published, found[0].of
    spare = (published.spare or 0) if of == OVERALL else 0
    who, alone = "The arms", ", and no patient is in another arm"
    if of != OVERALL:
        who, alone = f"{listing(found[0].names[:-1])} (together: {of})", f": {of} is both together"
    extra = [w.whole - sum(w.arms) for w in found]
    fits = spare > 0 and all(0 <= x <= spare for x in extra)
    told = listing(f"{sum(w.arms)} where {w.whole} is printed" + (f" ({w.level})" if w.level
                   else "") for w in found)  # fmt: skip
    sums, wholes = (listing(str(x) for x in xs) for xs in (
        [sum(w.arms) for w in found], [w.whole for w in found]))  # fmt: skip
    mend = listing(f"{sum(w.arms)} instead of {w.whole}" for w in found)
    proof = f"{' + '.join(map(str, found[0].arms))} = {sum(found[0].arms)}{alone}"
    yield Finding(
        found[0].key, row.block.where, "sum", wholes, sums,
        f"{who} add up to {told}."
        + (f" It fits only if patients of no arm are counted ({spare} at most)." if fits else ""),
        mend, "fits only if" if fits else "conflict", sum(found[0].arms), sum(found[0].arms),
        max(map(abs, extra)), "" if fits else proof, tuple(w.key for w in found[1:]),
        row.item.term or found[0].row.name,
    )  # fmt: skip

"""Decimal and thousands marks: which each column uses, and its numbers in ordinary notation.

A mark is decided for a column as a whole, from all its cells. 3,5 has a decimal comma and 3.5 a
decimal point, while 1.286 could be 1286 in a table with decimal commas. Where the cells of a column
do not show it, the other columns of the file and its separator do, and where both readings still
fit, that is said. What the study file states is not doubted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ...study.parts import DEFAULT_READING as DEFAULT
from ...study.parts import Reading
from .table import MISSING, Column
from .written_number import ALL_MARKS, COMMA, MINUS, POINT, THOUSANDS, Written, written

OTHER = {POINT: COMMA, COMMA: POINT}
NAMES = {POINT: "point", COMMA: "comma"}
ALIKE = 0.5  # share of a column's cells that are numbers, above which it is one of numbers
WORDS = 3  # different words beside the numbers of a column that may be more than they
FEW = 0.5  # share of its numbers below which marks that the file contradicts are mistakes
NAMED = 6  # columns named in a fact
MARKS = frozenset("".join(THOUSANDS.values()) + MINUS[1:])


@dataclass(frozen=True)
class Numbers:
    """Columns with numbers in ordinary notation, and how they were read.

    Attributes
    ----------
    columns : dict of Column
    facts : tuple of str
        The decimal mark of the file first, then what was decided for single columns.
    unsure : dict
        Column to a sentence: what can be read in two ways, and how it was read.
    wrong : dict
        Column to the rows, counted from 0, whose cells contradict the others, and what is expected.
    """

    columns: dict[str, Column]
    facts: tuple[str, ...] = ()
    unsure: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, tuple[np.ndarray, str]] = field(default_factory=dict)

    @property
    def plain(self) -> bool:
        """Whether nothing but decimal points was found."""
        return self.facts == ("decimal point",)


@dataclass
class _Look:
    """One column of numbers: its different cells, each read both ways, and how many rows have it.

    `rows` counts, by decimal mark, the rows whose cells can be read with this mark only.
    """

    cells: dict[str, Written]
    counts: dict[str, int]
    rows: dict[str, int]
    unclear: list[str]

    @property
    def grouped_beside_small(self) -> bool:
        """Whether 3, 980 and 1.286 stand together: whole numbers below 1000 and none above."""
        bare = [int(cell) for cell, found in self.cells.items() if found.bare]
        return any(0 < number < 1000 for number in bare) and max(bare, default=0) < 1000


@dataclass(frozen=True)
class _Decision:
    mark: str
    sure: bool = True
    stated: bool = False


def ordinary_numbers(
    columns: dict[str, Column], reading: Reading = DEFAULT, separator: str = ""
) -> Numbers:
    """Write numbers with a decimal point and without thousands marks.

    Only columns most of whose cells look like numbers are touched.

    Parameters
    ----------
    columns : dict of Column
    reading : Reading
        `decimal`, `decimal_in`, `thousands` and `texts`, where the study file states them.
    separator : str
        Of a text file; "" where there is none.

    Returns
    -------
    Numbers
    """
    looks = {
        name: look
        for name, column in columns.items()
        if name not in reading.texts and (look := _look(column, reading))
    }
    out, unsure, wrong, decided = dict(columns), {}, {}, {}
    total = {mark: sum(look.rows[mark] for look in looks.values()) for mark in OTHER}
    for name, look in looks.items():
        others = {mark: total[mark] - look.rows[mark] for mark in OTHER}
        decision = decided[name] = _decide(look, _stated(name, reading), others, separator)
        new = {cell: found.read(decision.mark) or cell for cell, found in look.cells.items()}
        if any(cell != text for cell, text in new.items()):
            out[name] = columns[name].map(lambda cell, new=new: new.get(cell, cell))
        if not decision.sure:
            unsure[name] = _unsure(name, look, decision.mark)
        if look.rows[OTHER[decision.mark]]:
            against = {c for c, f in look.cells.items() if f.says == OTHER[decision.mark]}
            rows = np.flatnonzero(columns[name].where(against.__contains__))
            wrong[name] = (
                rows,
                f"a number with a decimal {NAMES[decision.mark]}, as "
                + ("the study file states" if decision.stated else "in other cells"),
            )
    return Numbers(out, tuple(_facts(looks, decided, reading)), unsure, wrong)


def _stated(name: str, reading: Reading) -> str:
    """Give the decimal mark that the study file states for a column, "" if it states none."""
    implied = OTHER.get(reading.thousands or "", "")
    return reading.decimal_in.get(name) or reading.decimal or implied


def _look(column: Column, reading: Reading) -> _Look | None:
    """Read the cells of a column both ways; None if it is not one of numbers with marks."""
    if not any(MARKS.intersection(cell) for cell in column.cells):
        return None
    thousands = ALL_MARKS if reading.thousands is None else {reading.thousands} & {*ALL_MARKS}
    missing = {*MISSING, *reading.missing}
    counts = np.bincount(column.codes % len(column.cells), minlength=len(column.cells))
    filled = {
        cell: int(n)
        for cell, n in zip(column.cells, counts, strict=True)
        if n and cell not in missing
    }
    cells = {cell: found for cell in filled if (found := written(cell, thousands))}
    few_words = len(filled) - len(cells) <= min(WORDS, len(cells) - 1)  # unknown, not done
    if sum(filled[cell] for cell in cells) <= ALIKE * sum(filled.values()) and not few_words:
        return None
    used = {found.grouped for found in cells.values()} - {""}
    if used and _one_shape(cells):
        return None
    if used and reading.thousands is None:  # nobody writes 12 450 and 1.286 for 1286
        cells = {cell: found for cell in cells if (found := written(cell, used))}
    rows = _says({cell: (found, filled[cell]) for cell, found in cells.items()})
    unclear = sorted(cell for cell, found in cells.items() if found.unclear)
    if not any(rows.values()) and not unclear and all(f.read(POINT) == c for c, f in cells.items()):
        return None
    return _Look(cells, filled, rows, unclear)


def _one_shape(cells: Mapping[str, Written]) -> bool:
    """Whether all cells are of one form with several groups, as 046 454 286: names, not amounts."""
    several = all(
        found.grouped and sum(map(cell.count, THOUSANDS[found.grouped])) > 1
        for cell, found in cells.items()
    )
    return several and len({len(cell) for cell in cells}) == 1 and len(cells) > 1


def _says(found: Mapping[str, tuple[Written, int]]) -> dict[str, int]:
    return {mark: sum(n for cell, n in found.values() if cell.says == mark) for mark in OTHER}


def _most(rows: Mapping[str, int]) -> str:
    """Give the mark of more rows, "" if there is none."""
    if rows[POINT] == rows[COMMA]:
        return ""
    return max(rows, key=rows.__getitem__)


def _decide(look: _Look, stated: str, others: dict[str, int], separator: str) -> _Decision:
    if stated:
        return _Decision(stated, stated=True)
    if any(look.rows.values()):
        return _Decision(_shown(look, others))
    if not look.unclear:
        return _Decision(POINT)  # thousands marks and minus signs alone
    # 1.286 and 1,286: a thousands mark under the one reading, a decimal mark under the other
    marks = {mark for cell in look.unclear for mark in OTHER if mark in cell}
    thousands_if = OTHER[marks.pop()] if len(marks) == 1 else ""
    beside_small = look.grouped_beside_small
    known = _most(others)
    if known:
        as_thousands = known == thousands_if
        return _Decision(known, sure=bool(thousands_if) and as_thousands == beside_small)
    if beside_small and thousands_if and (separator != COMMA or thousands_if == POINT):
        return _Decision(thousands_if, sure=False)
    return _Decision(COMMA if separator == ";" and thousands_if == POINT else POINT, sure=False)


def _shown(look: _Look, others: dict[str, int]) -> str:
    """Give the mark that a column shows itself, unless a few cells stand against the file."""
    own = _most(look.rows) or _most(others) or POINT
    if look.rows[OTHER[own]]:
        return own
    numbers = sum(look.counts[cell] for cell in look.cells)
    stray = look.rows[own] < min(FEW * numbers, others[OTHER[own]])
    return OTHER[own] if stray and _most(others) == OTHER[own] else own


def _unsure(name: str, look: _Look, mark: str) -> str:
    cell = look.unclear[0]
    found = look.cells[cell]
    return (
        f"column '{name}': {cell} is read as {found.read(mark)}, but may be "
        f"{found.read(OTHER[mark])}"
    )


def _facts(
    looks: dict[str, _Look], decided: dict[str, _Decision], reading: Reading
) -> Iterable[str]:
    """Say the mark of the file, the columns that have another, and what was read as thousands."""
    having = {
        mark: [
            name
            for name, look in looks.items()
            if decided[name].mark == mark and (look.rows[mark] or look.unclear)
        ]
        for mark in OTHER
    }
    mark = reading.decimal or OTHER.get(reading.thousands or "", "")
    mark = mark or (COMMA if len(having[COMMA]) > len(having[POINT]) else POINT)
    examples = {
        name: cell for name, look in looks.items() if (cell := _grouped(look, decided[name].mark))
    }
    by_commas = mark == POINT and any(COMMA in cell for cell in examples.values())
    yield f"decimal {NAMES[mark]}" + ", thousands separated by commas" * by_commas
    if having[OTHER[mark]]:
        yield f"decimal {NAMES[OTHER[mark]]} in {_listed(having[OTHER[mark]])}"
    if examples:
        name, cell = next(iter(examples.items()))
        number = looks[name].cells[cell].read(decided[name].mark)
        yield f"thousands marks in {_listed([*examples])} ({cell} is {number})"


def _grouped(look: _Look, mark: str) -> str:
    """Give a cell that was read with thousands marks, one that may be read otherwise first."""
    found = (
        c
        for c in (*look.unclear, *look.cells)
        if look.cells[c].read(mark) and (look.cells[c].grouped or OTHER[mark] in c)
    )
    return next(found, "")


def _listed(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(f"'{name}'" for name in names[:NAMED]) + (
        f" and {more} more" if more > 0 else ""
    )

"""Counts, percentages and sizes of a row: whether they fit, and if not, what would make them.

A column of levels is tried with the printed size; with smaller ones, since patients in whom a
variable was not recorded are often left out; with the sums of the row and all patients; and with
slips of rounding. Only what no size at all can give is a conflict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..blocks import OVERALL
from ..printed import SLACK
from .counts import Cell, counts_behind, sizes_that_fit
from .findings import Finding, listing, span
from .slips import CUT, slip_of
from .variables import Column, Row

MOST_BASES = 40


@dataclass
class Off:
    """A cell that no size explains: the percentage it should have, or the count."""

    row: Row
    level: str
    group: str
    cell: Cell
    base: int
    count: int | None = None  # the count that the percentage has
    sum_mended: bool = False  # that count also makes the levels add up
    percent_right: bool | None = None  # None: count or percentage, nothing tells which
    by_p: bool = False  # a smaller size would fit, and the printed P excludes it


@dataclass
class Slip:
    """A percentage that was not rounded as it should have been."""

    row: Row
    level: str
    group: str
    kind: str
    printed: str
    right: str


@dataclass
class Diagnosis:
    """What is wrong with one row, column by column."""

    row: Row
    recorded: dict[str, list[int]] = field(default_factory=dict)
    slips: list[Slip] = field(default_factory=list)
    off: list[Off] = field(default_factory=list)
    found: list[Finding] = field(default_factory=list)

    def mended(self, level: str, group: str) -> int | None:
        """Give the count that would mend a cell, if its count is the number that is off."""
        for item in self.off:
            if (item.level, item.group) == (level, group) and item.sum_mended:
                return item.count
        return None


def diagnose(row: Row) -> Diagnosis:
    """Try to explain every column of a row."""
    out = Diagnosis(row)
    for column in row.columns.values():
        out.found += _hundred(row, column)
    broken = [c for c in row.columns.values() if c.size and not c.whole]
    if not broken:
        return out
    other = _other_denominator(row) if any(_percent_off(c) for c in broken) else None
    if other is not None:
        out.found.append(other)
        return out
    for column in broken:
        _column(out, column)
    return out


def _hundred(row: Row, column: Column) -> Iterator[Finding]:
    """Check that the percentages of levels printed without counts can add up to 100."""
    percents = [cell.percent for cell in column.cells.values()]
    if not column.partition or column.counts or None in percents or len(percents) < 2:
        return
    low, high = (sum(getattr(x, end) for x in percents) for end in ("low", "high"))
    if low <= 100 + SLACK and high >= 100 - SLACK:
        return
    over, total = low > 100, sum(x.value for x in percents)
    shown = f"{total:.{max(x.decimals for x in percents)}f}"
    yield Finding(
        row.sum_key(column.group), row.block.where, "sum", shown, "100",
        f"The percentages of {row.name} in {column.group} add up to {shown}."
        + ("" if over else " It fits only if some patients have none of these levels."),
        "", "conflict" if over else "fits only if", 100, 100, abs(total - 100),
        f"even rounded up each, they make at least {low:.4g}" if over else "",
        tuple(row.key(x, column.group) for x in column.cells),
    )  # fmt: skip


def _percent_off(column: Column) -> bool:
    return any(not cell.fits(column.size) for cell in column.cells.values())


def _column(out: Diagnosis, column: Column) -> None:
    """Explain one column: slips, patients not recorded, or numbers that are off."""
    row, size = out.row, column.size
    slips = _slips(row, column, size)
    off = [x for x, cell in column.cells.items() if not cell.fits(size)]
    adds_up = not (column.partition and column.complete) or column.least == size
    if off and adds_up and len(slips) == len(off):
        out.slips += slips
    elif column.recorded:
        out.recorded[column.group] = column.recorded
    elif off and (larger := _larger(row, column)):
        out.recorded[column.group] = [larger]
    elif not off and column.least < size:
        out.found.append(_do_not_add_up(row, column))
    elif column.least > size and not (column.partition and off):
        out.found.append(_too_many(row, column))
    else:
        _off(out, column)


def _larger(row: Row, column: Column) -> int:
    """Give a larger size that the paper prints of the group and all cells fit (0: none)."""
    sizes = {int(b.sizes[column.group]) for b in row.published.blocks if column.group in b.sizes}
    sizes |= {row.published.size(column.group) or 0}
    cells = list(column.cells.values())
    fitting = [n for n in sizes if n > column.size and all(cell.fits(n) for cell in cells)]
    return min(fitting, default=0)


def _slips(row: Row, column: Column, size: int) -> list[Slip]:
    found = []
    for level, cell in column.cells.items():
        if cell.fits(size) or cell.count is None or cell.percent is None:
            continue
        implied = 100 * cell.count.value / size
        kind = slip_of(cell.percent, implied, padded=True)
        if kind:
            right = span(implied, implied, cell.percent.decimals)
            found.append(Slip(row, level, column.group, kind, _bare(cell), right))
    return found


def _bare(cell: Cell) -> str:
    """Give a percentage without its sign."""
    return cell.percent.text.rstrip("% ")


# -- what is off ----------------------------------------------------------------------------


def _off(out: Diagnosis, column: Column) -> None:
    """Name the cells that do not fit the size that most of the others fit."""
    row, base = out.row, _base(column)
    slips = {slip.level: slip for slip in _slips(row, column, base)}
    missing = column.size - column.least if column.partition and column.complete else 0
    mended = False
    for level, cell in column.cells.items():
        if cell.fits(base) or cell.percent is None:
            continue
        if level in slips and not missing:
            out.slips.append(slips[level])
            continue
        item = Off(row, level, column.group, cell, base)
        fitting = counts_behind(cell.percent, base)
        if cell.count is not None and fitting:
            wanted = int(cell.count.value) + missing
            item.sum_mended = bool(missing) and wanted in fitting
            item.count = wanted if item.sum_mended else fitting[0]
            if column.partition and column.complete and not missing:
                item.percent_right = False  # another count would break the sum
            mended |= item.sum_mended
        out.off.append(item)
    if base != column.size and not (column.partition and column.complete):
        out.recorded[column.group] = [base]
    if missing < 0 and not mended:
        out.found.append(_too_many(row, column))


def _base(column: Column) -> int:
    """Give the size that most cells fit, the printed one if no other fits more."""
    cells = list(column.cells.values())
    bases = [column.size]
    if not column.told:
        for cell in cells if len(cells) > 2 else ():
            bases += sizes_that_fit([cell], column.least, column.size)[:MOST_BASES]
    fitting = {base: sum(cell.fits(base) for cell in cells) for base in bases}
    best = max(bases, key=lambda base: (fitting[base], base == column.size, base))
    return best if fitting[best] >= 2 else column.size


def finding_of(off: Off, more: str = "") -> Finding:
    """Word a cell that no size explains."""
    if off.cell.count is None:
        return _no_count(off)
    row, percent, count = off.row, off.cell.percent, int(off.cell.count.value)
    implied = 100 * count / off.base
    right = span(implied, implied, percent.decimals)
    shown = _bare(off.cell)
    by_count = f"{off.count} instead of {count}" if off.count is not None else ""
    by_percent = f"{right} instead of {shown}"
    if off.sum_mended or off.percent_right:
        also = " (which also makes the levels add up)" if off.sum_mended else ""
        mend = by_count + also
    elif off.percent_right is False or not by_count:
        mend = by_percent
    else:
        mend = f"{by_percent}, or {by_count}"
    shares = " with which the other levels are printed" if len(row.levels) > 1 else ""
    size = row.columns[off.group].size
    proof = f"{count}/{off.base} is {right}%; " + (
        "the size is printed for this line" if off.cell.told
        else f"the printed P is of these counts and {size} patients" if off.by_p
        else f"no other size up to {size} gives {shown}%{shares}"
    )  # fmt: skip
    return Finding(
        row.key(off.level, off.group), row.block.where, "percentage and count", shown, right,
        f"{count} of {off.base} is {right}%; {shown}% is printed.",
        mend + more, "conflict", implied, implied, percent.gap(implied), proof,
        subject=f"{row.name}, {off.group}",
    )  # fmt: skip


def _no_count(off: Off) -> Finding:
    row, percent, size = off.row, off.cell.percent, off.base
    nearest = min(max(round(percent.value * size / 100), 0), size)
    implied = 100 * nearest / size
    right, shown = span(implied, implied, percent.decimals), _bare(off.cell)
    return Finding(
        row.key(off.level, off.group), row.block.where, "percentage of whole patients", shown,
        right,
        f"No number of patients out of {size} gives {shown}%; the "
        f"nearest, {nearest}, gives {right}%.",
        f"{right} instead of {shown}", "conflict", implied, implied, percent.gap(implied),
        f"no whole number out of {size}" + ("" if off.cell.told else " or fewer")
        + f" is {shown}% when rounded", subject=f"{row.name}, {off.group}",
    )  # fmt: skip


def _too_many(row: Row, column: Column) -> Finding:
    """Word counts that are more than the patients."""
    size, total = column.size, column.least
    level = next(iter(column.cells))
    if len(column.cells) == 1:
        count = max(column.counts)
        events = row.block.analysis in ("safety", "procedure")
        says = f"{count} patients are printed of {size}."
        return Finding(
            row.key(level, column.group, row.count_name), row.block.where, "count and denominator",
            str(count), f"at most {size}",
            says + (" It fits only if events are counted, not patients." if events else ""),
            f"a count of at most {size}", "fits only if" if events else "conflict", 0, size,
            count - size, "" if events else f"{count} is more than all {size}",
            subject=f"{row.name}, {column.group}",
        )  # fmt: skip
    key = row.sum_key(column.group)
    return Finding(
        key, row.block.where, "sum", str(total), str(size),
        f"The levels of {row.name} in {column.group} add up to {total}, its patients are {size}.",
        f"{size} instead of {total}", "conflict", size, size, abs(total - size),
        f"levels that exclude one another cannot hold {total} of {size} patients",
        tuple(row.key(x, column.group, row.count_name) for x in column.cells),
    )  # fmt: skip


def _do_not_add_up(row: Row, column: Column) -> Finding:
    """Word levels that are fewer than the patients though the percentages are of all."""
    size, total = column.size, column.least
    key = row.sum_key(column.group)
    lost = size - total
    told = any(cell.percent is not None for cell in column.cells.values())
    return Finding(
        key, row.block.where, "patients recorded", str(total), str(size),
        f"The levels of {row.name} in {column.group} add up to {total} of {size} patients"
        + (", and the percentages are of all" if told else "")
        + f". It fits only if {lost} {'has' if lost == 1 else 'have'} none of these levels or "
        f"{'was' if lost == 1 else 'were'} not recorded.",
        f"a level of {lost}, or the number recorded", "fits only if", size, size, lost,
        also=tuple(row.key(x, column.group, row.count_name) for x in column.cells),
    )  # fmt: skip


# -- what another denominator explains ------------------------------------------------------


def _other_denominator(row: Row) -> Finding | None:
    """Say so if all percentages of the row are of its own sum, or of all patients."""
    arms = [c for g, c in row.columns.items() if g != OVERALL and c.size]
    cells = [(c, x, cell) for c in arms for x, cell in c.cells.items() if cell.percent is not None]
    if len(arms) < 2 or any(c.told for c in arms) or all(c.whole or c.recorded for c in arms):
        return None
    if any(cell.count is None for _, _, cell in cells) or len(cells) < 2:
        return None
    sums = {x: sum(int(c.cells[x].count.value) for c in arms if x in c.cells
                   and c.cells[x].count is not None) for x in row.levels}  # fmt: skip
    total = row.book.denominator(row.block, OVERALL) or sum(c.size for c in arms)
    for what, sizes in (("the sum of their row", sums), (f"all {total} patients",
                        dict.fromkeys(row.levels, total))):  # fmt: skip
        if all(sizes[x] and cell.fits(sizes[x]) for _, x, cell in cells):
            return _elsewhere(row, cells, what)
    return None


def _elsewhere(row: Row, cells: list[tuple[Column, str, Cell]], what: str) -> Finding:
    keys = [row.key(x, c.group) for c, x, cell in cells if not cell.fits(c.size)]
    off = next((c, x, cell) for c, x, cell in cells if not cell.fits(c.size))
    implied = 100 * off[2].count.value / off[0].size
    right = span(implied, implied, off[2].percent.decimals)
    return Finding(
        keys[0], row.block.where, "percentage and count", _bare(off[2]), right,
        f"The percentages of {row.name} fit only if they are of {what}.", "", "fits only if",
        implied, implied, off[2].percent.gap(implied), also=tuple(keys[1:]),
    )  # fmt: skip


def recorded_findings(found: list[Diagnosis]) -> Iterator[Finding]:
    """Word patients not recorded: once for all rows that the same numbers explain."""
    left = [item for item in found if item.recorded]
    while left:
        common = {group: set(sizes) for group, sizes in left[0].recorded.items()}
        together, rest = [], []
        for item in left:
            both = {g: common.get(g, set(s)) & set(s) for g, s in item.recorded.items()}
            if all(both.values()):
                common |= both
                together.append(item)
            else:
                rest.append(item)
        yield _recorded(together, {g: sorted(s, reverse=True) for g, s in common.items()})
        left = rest


def _recorded(items: list[Diagnosis], sizes: dict[str, list[int]]) -> Finding:
    row = items[0].row
    keys, texts, partition = [], [], False
    for item in items:
        for group in item.recorded:
            column = item.row.columns[group]
            partition |= column.partition
            for level, cell in column.cells.items():
                if not cell.fits(column.size) and cell.percent is not None:
                    keys.append(item.row.key(level, group))
                    texts.append(_bare(cell))
            if column.partition and column.complete and column.least < column.size:
                keys.append(item.row.sum_key(group))
                texts += [] if _percent_off(column) else [str(column.least)]
    every = {group: column for item in items for group, column in item.row.columns.items()}
    told = []
    for group, fitting in sizes.items():
        shown = str(fitting[0])
        shown += {1: "", 2: f" (or {fitting[-1]})"}.get(len(fitting), " (or fewer)")
        same = [g for g, n in row.published.groups.items() if n in fitting and g != group]
        hint = f" ({fitting[0]} is the size of {same[0]})" if same and len(fitting) == 1 else ""
        if fitting[0] > every[group].size:
            told.append(f"{shown}, the size of {group} elsewhere, not {every[group].size},")
            continue
        told.append(f"{shown} of {every[group].size} in {group}{hint}")
    names = listing(dict.fromkeys(item.row.name for item in items))
    where = "; ".join(dict.fromkeys(item.row.block.where for item in items))
    return Finding(
        keys[0], where, "patients recorded", listing(texts, 4), listing(told),
        f"{names}: possible with {listing(told)} recorded.",
        "the number recorded beside the variable", "fits only if",
        min(s[-1] for s in sizes.values()), max(s[0] for s in sizes.values()),
        also=tuple(dict.fromkeys(keys[1:])),
    )  # fmt: skip


def slip_findings(found: list[Diagnosis]) -> Iterator[Finding]:
    """Word slips of rounding: once for each kind in a block."""
    slips = [slip for item in found for slip in item.slips]
    for kind in dict.fromkeys(slip.kind for slip in slips):
        same = [slip for slip in slips if slip.kind == kind]
        keys = [slip.row.key(slip.level, slip.group) for slip in same]
        one = len(same) == 1
        how = f"{kind} instead of rounded" if kind == CUT else kind
        told = listing(f"{s.printed} for {s.right} ({s.row.name}, {s.group})" for s in same)
        yield Finding(
            keys[0], same[0].row.block.where, "percentage and count",
            listing((s.printed for s in same), 4), listing((s.right for s in same), 4),
            f"{'One percentage was' if one else f'{len(same)} percentages were'} {how}: {told}.",
            listing(f"{s.right} instead of {s.printed}" for s in same), "rounding",
            also=tuple(keys[1:]),
        )  # fmt: skip

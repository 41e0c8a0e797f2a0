"""The patients of a witness before they have times: arms, and covariates with printed margins.

What is printed of a term by arm is exact from the start and stays so, because covariates only
change places within an arm: counts of levels, or median with range or quartiles. A term of which
nothing is printed is free.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from .. import Published
from ..audit.counts import CountBook
from ..blocks import OVERALL, Summary, read_summary
from .aims import ALL, Table

ARM = "arm"
SWAP, FLIP, SHIFT = 0, 1, 2  # what a move may do with a unit
FREE_SPREAD = 10.0  # standard deviation of values of which nothing is printed
REST = "(the others)"


@dataclass(frozen=True)
class Unit:
    """Neighbouring columns that change places together: the levels of a term, or its values.

    Values have two columns more: the least and the greatest that this patient's may become.
    """

    term: str
    start: int
    stop: int
    move: int
    levels: tuple[str, ...] = ()


@dataclass
class People:
    """Patients sorted by arm, shape (n, columns), and what the columns are."""

    arms: list[str]
    first: np.ndarray  # place of the first patient of each arm, and of the end
    x: np.ndarray
    units: list[Unit] = field(default_factory=list)
    members: dict[str, tuple[int, float]] = field(default_factory=dict)  # population: column, value
    notes: list[str] = field(default_factory=list)

    @property
    def n(self) -> int:
        """Patients."""
        return int(self.first[-1])

    def unit(self, term: str) -> Unit | None:
        """Give the columns of a term (None: it has none)."""
        return next((unit for unit in self.units if unit.term == term), None)

    def column(self, term: str, level: str) -> int:
        """Give the column of a level, or of the values of a term."""
        unit = self.unit(term)
        return unit.start + (unit.levels.index(level) if unit.levels and level else 0)


def people_of(published: Published, table: Table, rng: np.random.Generator) -> People:
    """Draw patients with the printed margins of every term that the table needs."""
    sizes = list(published.groups.values())
    first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    people = People(list(published.groups), first, np.zeros((int(first[-1]), 0)))
    arm = np.repeat(np.arange(len(sizes)), sizes)
    _add(people, ARM, (arm[:, None] == np.arange(len(sizes))).astype(float), -1, people.arms)
    for term, levels in _wanted(published, table).items():
        if term != ARM:
            _add_term(people, published, term, levels, rng)
    for population in _populations(table):
        _add_population(people, published, population, rng)
    return people


def _wanted(published: Published, table: Table) -> dict[str, list[str]]:
    """Give the terms of models, contrasts and populations, with the levels that they name."""
    found: dict[str, list[str]] = {}
    for model in table.models:
        for row in model.rows:
            found.setdefault(row.term, []).append(row.level)
    for test in table.tests:
        if test.contrast:
            found.setdefault(test.contrast, [])
    for population in _populations(table):
        for term, level in published.populations.get(population, {}).items():
            found.setdefault(term, []).append(level)
    return {term: [x for x in dict.fromkeys(levels) if x] for term, levels in found.items()}


def _populations(table: Table) -> list[str]:
    parts = (*table.curves, *table.tests, *table.models)
    return list(dict.fromkeys(part.population for part in parts if part.population != ALL))


def _add(people: People, term: str, columns: np.ndarray, move: int, levels: list[str]) -> Unit:
    start = people.x.shape[1]
    people.x = np.ascontiguousarray(np.column_stack([people.x, columns]))
    people.units.append(Unit(term, start, people.x.shape[1], move, tuple(levels)))
    return people.units[-1]


def _add_term(
    people: People, published: Published, term: str, levels: list[str], rng: np.random.Generator
) -> None:
    """Add a term: with printed counts, with a printed summary, or free."""
    counts = _counts(published, term, levels)
    if counts is not None:
        _with_counts(people, term, counts, rng)
        return
    summary = None if levels else _summary(published, term)
    if summary is not None:
        _with_summary(people, *summary, rng)
    elif levels:
        people.notes.append(f"how many have {term} {' or '.join(levels)} is not printed by arm")
        values = rng.integers(0, len(levels) + 1, people.n)
        shown = [*levels, REST]
        _add(people, term, (values[:, None] == np.arange(len(shown))).astype(float), FLIP, shown)
    else:
        people.notes.append(f"nothing is printed of the values of {term} by arm")
        values = np.round(rng.normal(0, FREE_SPREAD, people.n))
        far = np.full(people.n, 4 * FREE_SPREAD)
        _add(people, term, np.column_stack([values, -far, far]), SHIFT, [])


def _counts(published: Published, term: str, levels: list[str]) -> dict[str, list[int]] | None:
    """Give the patients of each level by arm, if they are printed for every arm."""
    book, best = CountBook(published), None
    for block in published.blocks:
        for item in block.counts if block.population == ALL else ():
            if item.term != term or not set(levels) <= set(item.levels) or not item.levels:
                continue
            found = {
                level: [book.count(block, item, level, arm) if arm in cells else None
                        for arm in published.groups]
                for level, cells in item.levels.items()
            }  # fmt: skip
            whole = all(n is not None for line in found.values() for n in line)
            if whole and (best is None or len(found) > len(best)):
                best = found
    return best


def _with_counts(
    people: People, term: str, counts: dict[str, list[int]], rng: np.random.Generator
) -> None:
    codes, rest = [], False
    for arm, size in enumerate(np.diff(people.first)):
        own = [code for code, line in enumerate(counts.values()) for _ in range(line[arm])]
        own = own[:size]
        rest |= len(own) < size
        codes.append(rng.permutation(own + [len(counts)] * (size - len(own))))
    levels = list(counts) + ([REST] if rest else [])
    if rest:
        people.notes.append(f"patients without a printed level of {term} make a level of their own")
    columns = (np.concatenate(codes)[:, None] == np.arange(len(levels))).astype(float)
    _add(people, term, columns, SWAP, levels)


def _summary(published: Published, term: str) -> tuple[Summary, dict[str, list[float]]] | None:
    for block in published.blocks:
        for item in block.summaries if block.population == ALL else ():
            if item.term == term and set(published.groups) <= set(item.groups):
                read = {arm: read_summary(block, item, item.groups[arm])
                        for arm in published.groups}  # fmt: skip
                if all(len(one) > 1 and None not in one for one in read.values()):
                    return item, {arm: [x.value for x in one] for arm, one in read.items()}
    return None


def _with_summary(
    people: People, item: Summary, printed: dict[str, list[float]], rng: np.random.Generator
) -> None:
    """Draw values whose summary by arm is the printed one, and how far each may move."""
    parts = []
    for arm, size in zip(people.arms, np.diff(people.first), strict=True):
        made = np.array(list(_values(item, printed[arm], int(size), rng)))
        parts.append(rng.permutation(made))
    _add(people, item.term, np.concatenate(parts), SHIFT, [])


def _values(
    item: Summary, printed: list[float], n: int, rng: np.random.Generator
) -> Iterator[tuple[float, float, float]]:
    """Give value, least and greatest of each patient of an arm.

    Ranks that the summary names stand still; the others stay between these.
    """
    step = item.step or 1.0
    if item.form == "mean (sd)":
        z = np.sort(rng.normal(size=n))
        z = (z - z.mean()) / max(z.std(ddof=1), 1e-9) if n > 1 else z * 0
        for value in printed[0] + printed[1] * z:
            yield value, value, value
        return
    middle, low, high = printed
    ranks = np.arange(n)
    if item.form == "median (q1-q3)":
        spread = max(high - low, step)
        fixed = {(n - 1) * 0.25: low, (n - 1) * 0.5: middle, (n - 1) * 0.75: high}
        ends = (low - spread, high + spread)
    else:
        fixed, ends = {0.0: low, (n - 1) * 0.5: middle, n - 1.0: high}, (low, high)
    for rank in ranks:
        near = [value for at, value in fixed.items() if abs(at - rank) < 1]
        if near:
            yield near[0], near[0], near[0]
            continue
        least = max([ends[0], *(value for at, value in fixed.items() if at < rank)])
        most = min([ends[1], *(value for at, value in fixed.items() if at > rank)])
        steps = round((most - least) / step)
        yield least + step * rng.integers(0, steps + 1), least, most


def _add_population(
    people: People, published: Published, name: str, rng: np.random.Generator
) -> None:
    """Say who is in a population: those of a level, or patients of whom the number is known."""
    told = published.populations.get(name, {})
    if len(told) == 1:
        ((term, level),) = told.items()
        people.members[name] = (people.column(term, level), 1.0)
        return
    sizes = next((block.sizes for block in published.blocks if block.population == name
                  and set(published.groups) <= set(block.sizes)), None)  # fmt: skip
    inside = rng.random(people.n) < 0.5
    if sizes:
        for arm, name_ in enumerate(people.arms):
            own = np.arange(people.first[arm], people.first[arm + 1])
            inside[own] = False
            inside[rng.permutation(own)[: int(sizes[name_])]] = True
    people.notes.append(f"who is in the population {name} is not told (`populations`)")
    column = inside[:, None].astype(float)
    unit = _add(people, f"in {name}", column, SWAP if sizes else FLIP, [name])
    people.members[name] = (unit.start, 1.0)


def sizes_known(published: Published) -> bool:
    """Tell whether every arm has a printed size."""
    return OVERALL not in published.groups and None not in published.groups.values()

"""The smallest set of printed numbers that a search does not hold together; this proves nothing.

Numbers are left out in halves, then in ever smaller parts (Zeller and Hildebrandt's delta
debugging): where the others still are not met, the part is not needed. What is left fails as a
whole, and is met as soon as any part of it is left out.
"""

from __future__ import annotations

from collections.abc import Callable

from .aims import Table

Tried = Callable[[list[str]], bool | None]


def units_of(table: Table, without: set[str]) -> list[tuple[str, ...]]:
    """Give what is left out together: the numbers of a row, each number of a curve, each test."""
    units = [(aim.key,) for curve in table.curves for aim in curve.aims.values()]
    units += [(test.p.key,) for test in table.tests]
    units += [tuple(aim.key for aim in row.parts.values())
              for model in table.models for row in model.rows]  # fmt: skip
    kept = [tuple(key for key in unit if key not in without) for unit in units]
    return [unit for unit in kept if unit]


def smallest(units: list[tuple[str, ...]], missed: set[str], met: Tried) -> tuple[list[str], bool]:
    """Give the numbers of the smallest set found, and whether every part of it was tried.

    Parameters
    ----------
    units : list of tuple of str
        Keys that are left out together.
    missed : set of str
        Keys that the search on all of them missed: they are left out last.
    met : callable
        Whether a search meets the numbers of a list; None if the evaluations are used up.
    """
    held = sorted(units, key=lambda unit: bool(missed & set(unit)))
    size, whole = max(len(held) // 2, 1), True
    while whole:
        start, left = 0, False
        while start < len(held) and len(held) > 1:
            rest = held[:start] + held[start + size :]
            found = met([key for unit in rest for key in unit]) if rest else True
            if found is None:
                whole = False
                break
            if found:
                start += size
            else:
                held, left = rest, True
        if size == 1 and not left:
            break
        size = size if left and size == 1 else max(size // 2, 1)
    return [key for unit in held for key in unit], whole

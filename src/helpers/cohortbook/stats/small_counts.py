"""Which counts of a table must be withheld so that no small one can be told from the others.

Counts are sums over disjoint groups of patients ("atoms"). A count from 1 to k - 1 is shown as
"<k". Whoever reads the other counts knows linear equations about the atoms; further counts are
withheld until the equations leave at least two values for each small one. The idea is that of
secondary cell suppression: Hundepool et al., Statistical Disclosure Control, Wiley 2012, chapter 4.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

import numpy as np

FEW, WITHHELD = "few", "withheld"
Atoms = frozenset
Counts = Mapping[Atoms, int]
Counted = frozenset[tuple[Atoms, int]]
EPS = 1e-6


def protect(published: Counts, fixed: Counts, smallest: int, hidden: Counts) -> dict[Atoms, str]:
    """Choose the counts that are not shown.

    Parameters
    ----------
    published : mapping
        Atoms to the count that a table shows.
    fixed : mapping
        Counts that are known whatever is withheld, such as the patients of an arm.
    smallest : int
        Counts from 1 to below this one are small.
    hidden : mapping
        Counts that no table shows but that must not be told either, such as a complement.

    Returns
    -------
    dict
        Atoms of the counts that are not shown: "few" for a small one of which only that is told,
        "withheld" for one of which nothing is told. Zeros stay, unless all must go.
    """
    marks: dict[Atoms, str] = {}
    for part in _parts([*published, *fixed, *hidden]):
        own = (
            frozenset((a, n) for a, n in counts.items() if a <= part)
            for counts in (published, fixed, hidden)
        )
        marks |= _protect_part(*own, smallest)
    return marks


def _parts(keys: list[Atoms]) -> list[Atoms]:
    """Give the groups of atoms that no count connects: each is protected by itself."""
    parts: list[Atoms] = []
    for key in keys:
        touched = [part for part in parts if part & key]
        parts = [part for part in parts if not part & key] + [key.union(*touched)]
    return parts


@cache
def _protect_part(
    of_published: Counted, of_fixed: Counted, of_hidden: Counted, smallest: int
) -> dict[Atoms, str]:
    """Do as `protect` says; tables and the flow ask for the same counts again."""
    published, fixed, hidden = dict(of_published), dict(of_fixed), dict(of_hidden)
    small = sorted(
        (
            atoms
            for counts in (published, hidden)
            for atoms, count in counts.items()
            if 0 < count < smallest
        ),
        # sets have no order: without one two builds could withhold different counts
        key=lambda atoms: sorted(map(repr, atoms)),
    )
    marks = {atoms: FEW for atoms, count in published.items() if 0 < count < smallest}
    while True:
        seen = [a for a in small if told(a, published, fixed, marks, smallest)]
        if not seen:
            return _pruned(marks, small, published, fixed, smallest)
        # the least count is withheld: readers lose least
        left = [a for a, count in published.items() if count >= smallest and a not in marks]
        # one that overlaps first: withholding an unrelated one does not help
        left = [a for a in left if any(a & b for b in seen)] or left
        if not left:
            # even "<k" for each says too much: nothing but what is known anyway is shown
            return dict.fromkeys(published, WITHHELD)
        marks[min(left, key=lambda atoms: (published[atoms], sorted(map(repr, atoms))))] = WITHHELD


def _pruned(
    marks: dict[Atoms, str], small: list[Atoms], published: Counts, fixed: Counts, smallest: int
) -> dict[Atoms, str]:
    """Show again what later ones made needless, the largest count first."""
    for atoms in sorted(marks, key=lambda a: (-published[a], sorted(map(repr, a)))):
        fewer = {key: mark for key, mark in marks.items() if key != atoms}
        if marks[atoms] == WITHHELD and not any(
            told(a, published, fixed, fewer, smallest) for a in small
        ):
            marks = fewer
    return marks


def feasible(
    atoms: Atoms, published: Counts, fixed: Counts, marks: Mapping[Atoms, str], smallest: int
) -> tuple[float, float]:
    """Give the least and the largest value that a count can have for who reads the tables.

    A reader knows the rules: a small count is from 1 to `smallest` - 1 and a withheld one is not
    small, unless everything is withheld.
    """
    from scipy.optimize import linprog

    names = sorted({a for key in (*published, *fixed, atoms) for a in key}, key=repr)
    place = {name: i for i, name in enumerate(names)}

    def line(key: Atoms) -> np.ndarray:
        found = np.zeros(len(names))
        found[[place[name] for name in key]] = 1
        return found

    known = {**{a: n for a, n in published.items() if a not in marks}, **fixed}
    at_most = [(line(a), smallest - 1) for a, mark in marks.items() if mark == FEW]
    # a reader knows that "<k" is no zero: zeros are shown
    at_most += [(-line(a), -1) for a, mark in marks.items() if mark == FEW]
    if set(marks) != set(published) or FEW in marks.values():
        at_most += [(-line(a), -smallest) for a, mark in marks.items() if mark == WITHHELD]
    bounds = {}
    for sign in (1, -1):
        done = linprog(
            sign * line(atoms),
            bounds=(0, None),
            A_eq=[line(a) for a in known] or None,
            b_eq=list(known.values()) or None,
            A_ub=[a for a, _ in at_most] or None,
            b_ub=[b for _, b in at_most] or None,
        )
        bounds[sign] = sign * done.fun if done.status == 0 else -sign * math.inf
    return bounds[1], bounds[-1]


def told(
    atoms: Atoms, published: Counts, fixed: Counts, marks: Mapping[Atoms, str], smallest: int
) -> bool:
    """Say whether the tables leave a single value for a count."""
    low, high = feasible(atoms, published, fixed, marks, smallest)
    return math.floor(high + EPS) - math.ceil(low - EPS) < 1

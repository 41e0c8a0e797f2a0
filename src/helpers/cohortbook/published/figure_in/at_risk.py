"""Numbers at risk under a figure, and to which curve each row of them belongs."""

from __future__ import annotations

from itertools import pairwise, permutations
from typing import Any

from .curve import Curve
from .drawing import SMALL
from .patients import off_risk, patients_behind

MOST_ORDERS = 5  # rows of which every order is tried
Row = dict[float, int]


def rows_of(words: list[dict[str, Any]], places: dict[float, float]) -> list[Row]:
    """Give rows of whole numbers under the ticks that do not rise: patients at risk."""
    rows: dict[int, Row] = {}
    for word in words:
        at = [t for t, x in places.items() if abs(word["x"] - x) < SMALL / 3]
        if word["text"].isdigit() and at:
            rows.setdefault(round(word["y"] / 4), {})[at[0]] = int(word["text"])
    ordered = [dict(sorted(row.items())) for row in rows.values() if len(row) > 1]
    return [row for row in ordered if min(row) <= min(places) + 1e-9 and next(iter(row.values()))
            and all(a >= b for a, b in pairwise(row.values()))]  # fmt: skip


def give_rows(curves: list[Curve], rows: list[Row]) -> None:
    """Give each row to a curve: that from which patients follow, then that which it follows best.

    The rows need not stand in the order of the curves.
    """
    rows = rows[: len(curves)]
    if not rows:
        return
    costs = {(k, m): _cost(curve, row) for k, curve in enumerate(curves)
             for m, row in enumerate(rows)}  # fmt: skip
    if len(curves) <= MOST_ORDERS:
        orders = permutations(range(len(curves)), len(rows))
        best = min(orders, key=lambda order: _sum([costs[k, m] for m, k in enumerate(order)]))
    else:
        best = ()
        for m in range(len(rows)):
            free = [k for k in range(len(curves)) if k not in best]
            best = (*best, min(free, key=lambda k: costs[k, m]))
    for m, k in enumerate(best):
        curves[k].at_risk = rows[m]


def _cost(curve: Curve, row: Row) -> tuple[int, int, float]:
    """Give how badly a row fits: no patients, numbers that are off, distance from survival."""
    tried = Curve(curve.times, curve.survival, curve.marks, row, curve.precision)
    found = patients_behind(tried)
    first = next(iter(row.values()))
    level = [([1.0, *curve.survival])[sum(x <= t for x in curve.times)] for t in row]
    away = sum(max(0.0, n / first - s) + 0.1 * abs(n / first - s)
               for n, s in zip(row.values(), level, strict=True))  # fmt: skip
    return int(found is None), len(off_risk(tried, found)) if found else 0, away


def _sum(costs: list[tuple[int, int, float]]) -> tuple[float, ...]:
    return tuple(map(sum, zip(*costs, strict=True)))

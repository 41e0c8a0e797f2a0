"""Smaller sizes of a single line, the fewest missing first: patients who were not recorded."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

SHARE, FEW = 0.75, 5  # fewest recorded of an arm; so many may be missing of a small one
MOST = 256  # combinations that are tried


def fewer_recorded(table: NDArray[np.int64]) -> list[tuple[int, ...]]:
    """List sizes by arm (columns; events in the first row), the nearest to all patients first."""
    return sorted(_sizes(table), key=lambda sizes: -min(
        n / m for n, m in zip(sizes, table.sum(axis=0), strict=True)))  # fmt: skip


def _sizes(table: NDArray[np.int64]) -> Iterator[tuple[int, ...]]:
    each, steps_of_arm = [], max(2, int(MOST ** (1 / table.shape[1])))
    for events, whole in zip(table[0], table.sum(axis=0), strict=True):
        least = max(int(events), min(math.ceil(SHARE * whole), int(whole) - FEW), 1)
        steps = np.linspace(whole, least, min(steps_of_arm, int(whole) - least + 1)).round()
        each.append([int(n) for n in dict.fromkeys(steps)])
    whole = tuple(int(n) for n in table.sum(axis=0))
    yield from (sizes for sizes in product(*each) if sizes != whole)

"""Fisher's test of a table that has too many alternatives to enumerate: by random tables.

The tables are drawn with both margins given, cell by cell, each from the hypergeometric
distribution that the cells before it leave (Patefield, Appl Stat 1981; 30:91-97, states the same
chain). The seed is fixed and the margins are sorted, so that the same table gives the same P in
every build, and in whatever order its rows and columns stand.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from .fisher import TIE

DRAWS, BLOCK, SEED = 1_000_000, 100_000, 1

Ints = NDArray[np.int64]


def simulated_p(counts: Ints, draws: int = DRAWS, seed: int = SEED) -> tuple[float, float]:
    """Give Fisher's two-sided P of a table by random tables, and its standard error.

    Parameters
    ----------
    counts : array of shape (r, c)
        Counts, without empty rows and columns.
    draws : int
        Random tables.
    seed : int

    Returns
    -------
    p, error : float
        (1 + tables no more likely than the one seen) / (1 + draws), which is never 0 (R:
        ``fisher.test(table, simulate.p.value = TRUE)``), and sqrt(p (1 - p) / draws).
    """
    rows, columns = np.sort(counts.sum(axis=1)), np.sort(counts.sum(axis=0))
    if len(rows) < len(columns):
        rows, columns = columns, rows  # fewer cells are drawn along the longer margin's chain
    seen = gammaln(counts + 1.0).sum()
    rng, extreme = np.random.default_rng(seed), 0
    for begin in range(0, draws, BLOCK):
        size = min(BLOCK, draws - begin)
        # with the margins given a table's probability falls with the product of its x!
        extreme += int((_log_factorials(rows, columns, size, rng) >= seen - TIE).sum())
    p = (1 + extreme) / (1 + draws)
    return p, math.sqrt(p * (1 - p) / draws)


def _log_factorials(
    rows: Ints, columns: Ints, size: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw tables and give of each the sum of log x! over its cells; likelier ones have less."""
    of = gammaln(np.arange(int(rows.max()) + int(columns.max()) + 1) + 1.0)
    total = np.zeros(size)
    left = np.tile(columns, (size, 1)).T  # what each column still has to give, by draw
    for row in rows[:-1]:
        need = np.full(size, row)
        rest = left.sum(axis=0)
        for column in range(len(columns) - 1):
            rest -= left[column]
            cell = rng.hypergeometric(left[column], rest, need)
            left[column] -= cell
            need = need - cell
            total += of[cell]
        left[-1] -= need
        total += of[need]
    return total + of[left].sum(axis=0)

"""Levels that were taken together in print, and may have been tested one by one.

Splitting a level can only raise Pearson's chi-squared and its degrees of freedom: with chi-squared
x on d degrees of the printed table, k more levels give a P value of at most sf(x, d + k (c - 1)).
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ...stats.tables import chi_squared
from ..printed import Printed

# "I and II", "III/IV", "T3-4", "N1+N2", "1 or 2", "A, B"; not a span of a measured value
JOINED = re.compile(
    r"\b(?:and|or)\b|[/+,&]|^[A-Za-z]*\d?\s*[-\u2013]\s*[A-Za-z]*\d$|^[IV]+[AB]?\s*[-\u2013]\s*[IV]+[AB]?$",
    re.I,
)
MOST_PARTS = 3  # levels that one printed level may hold


def finer_levels(table: NDArray[np.int64], levels: tuple[str, ...], printed: Printed) -> str:
    """Say so if P can be of levels that the printed ones join ("" if not, or if none do)."""
    joined = [level for level in levels if JOINED.search(level)]
    if not joined or min(table.shape) < 2 or not table.sum(axis=0).all():
        return ""
    found = chi_squared(table[table.sum(axis=1) > 0])
    df = (table.shape[0] - 1) * (table.shape[1] - 1)
    more = len(joined) * (MOST_PARTS - 1) * (table.shape[1] - 1)
    chi2 = float(stats.chi2.isf(found.p_value, df)) if found.p_value > 0 else np.inf
    if printed.low > float(stats.chi2.sf(chi2, df + more)):
        return ""
    return f"It fits only if the levels that {' and '.join(joined)} join were tested one by one."

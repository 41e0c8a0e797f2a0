"""One evaluation of the likelihood of very many rows that share few times.

Every sum that the likelihood needs is one of the rows of a time, and those stand together. So one
pass over the times, with products small enough for a processor's cache, does the work of several
passes over all rows, and nothing of the size of the data is held but the risks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .risksets import CoxRows
from .times import Array

ROWS_A_TIME = 64
"""Rows a distinct time above which this pays."""


@dataclass
class GroupSums:
    """Sums over the rows of each distinct time (G, ...), and over its events alone (K, ...).

    `s` of the risks r, `d` of those of the events; 0, 1, 2 = of r, r x and r x x'. `first` (p,) is
    the weighted sum of x over all events.
    """

    s0: Array
    s1: Array
    s2: Array
    d0: Array
    d1: Array
    d2: Array
    first: Array


def pays(rows: CoxRows) -> bool:
    """Say whether rows have few enough times, and neither strata nor entries."""
    nested = rows.group_stratum is None and rows.entry is None
    return nested and rows.n > ROWS_A_TIME * rows.starts.size


def group_sums(rows: CoxRows, x: Array, r: Array, weights: Array | None) -> GroupSums:
    """Sum risks and their products with the covariates over each time's rows.

    Parameters
    ----------
    rows : CoxRows
        Events stand first among the rows of a time.
    x : array of shape (n, p)
    r : array of shape (n,)
        Weighted risk.
    weights : array of shape (n,), optional
    """
    p, groups = x.shape[1], rows.starts.size
    ends = np.r_[rows.starts[1:], rows.n]
    died = np.zeros(groups, dtype=int)
    died[rows.event_groups] = np.bincount(rows.event_k, minlength=rows.k)
    s0, s1, s2 = np.empty(groups), np.empty((groups, p)), np.empty((groups, p, p))
    d0, d1, d2 = np.zeros(groups), np.zeros((groups, p)), np.zeros((groups, p, p))
    first = np.zeros(p)
    for g, (a, b, d) in enumerate(zip(rows.starts, ends, died, strict=True)):
        here, risk = x[a:b], r[a:b]
        product = here.T * risk
        s0[g], s1[g], s2[g] = risk.sum(), product.sum(axis=1), product @ here
        if d:
            mine = here[:d]
            d0[g], d1[g], d2[g] = risk[:d].sum(), risk[:d] @ mine, product[:, :d] @ mine
            first += mine.sum(axis=0) if weights is None else weights[a : a + d] @ mine
    k = rows.event_groups
    return GroupSums(s0, s1, s2, d0[k], d1[k], d2[k], first)

"""Is there a direction along which a Cox likelihood rises for ever, and which coefficients go too?

The partial likelihood has no finite maximum when some direction g puts every event at the top of
its risk set, x_i g >= x_j g for all j at risk, with at least one inequality strict (Jacobsen, Scand
J Stat 1989; 16:335). In the limit the patients below the top leave their risk sets. What that
limiting likelihood says nothing about has no finite estimate (Geyer, Electron J Stat 2009; 3:259):
not only the coefficients that run away, but also those that only they made estimable.
"""

from __future__ import annotations

import numpy as np

from .risksets import CoxRows
from .times import Array

PROOF_CONSTRAINTS = 10_000
"""Distinct patients up to which separation is proved or refuted by linear programming."""
_CAP = 0.5
"""A strict inequality is one whose slack, at most 1 in the programme, exceeds this."""
_LEVEL = 1e-4
"""Gap, relative to the range of x g, within which patients stand level at the top."""
_NULL = 1e-10
"""Eigenvalue, relative to the largest, of a direction without information."""


def monotone_direction(rows: CoxRows, x: Array) -> Array | None:
    """Give a direction of recession that holds as many strict inequalities as possible.

    Found by linear programming: slacks of at most 1 are maximised in sum over all directions, so
    that each inequality that can be strict is.

    Parameters
    ----------
    rows : CoxRows
        Sorted rows of the fit.
    x : array of shape (n, p)
        Covariates in the order of `rows`, on comparable scales.

    Returns
    -------
    array of shape (p,), or None
        Zeros when the estimate is finite; None when the programme is too large to be tried, or
        was not solved.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array, hstack, vstack

    p, k = x.shape[1], rows.k
    if not k or not p:
        return np.zeros(p)
    # patients who leave between the same event times with the same covariates are one constraint
    leaves = np.flatnonzero(rows.last_k >= rows.first_k)
    kinds = np.unique(np.column_stack([rows.last_k[leaves], x[leaves]]), axis=0)
    if kinds.shape[0] > PROOF_CONSTRAINTS:
        return None
    last, left = kinds[:, 0].astype(int), kinds[:, 1:]
    # top_k - x_j g = slack_j for whoever leaves between event times k and k + 1,
    # top_k - top_(k+1) = slack_k, and every event at k is at the top: x_i g >= top_k
    chain = np.flatnonzero(_same_stratum(rows))
    row, one = np.arange(chain.size), np.ones(chain.size)
    links = coo_array(
        (np.r_[one, -one], (np.r_[row, row], np.r_[p + chain, p + chain + 1])),
        shape=(chain.size, p + k),
    )
    equal = vstack([_tops(left, last, k), links])
    slacks = equal.shape[0]
    identity = coo_array((np.ones(slacks), (np.arange(slacks), np.arange(slacks))))
    events = np.unique(np.column_stack([rows.event_k, x[rows.event_rows]]), axis=0)
    reach = _tops(events[:, 1:], events[:, 0].astype(int), k)
    # an event's own slack would be the negative of `reach`, so the slacks are at most what is left
    found = linprog(
        np.r_[np.zeros(p + k), -np.ones(slacks)],
        A_ub=vstack(
            [
                hstack([-equal, identity]),
                hstack([reach, coo_array((reach.shape[0], slacks))]),
            ]
        ).tocsr(),
        b_ub=np.zeros(slacks + reach.shape[0]),
        # slacks are capped: a direction may be taken any number of times, and the sum has no
        # maximum
        bounds=[(None, None)] * (p + k) + [(0, 1)] * slacks,
    )
    if found.x is None:
        return None
    direction = found.x[:p]
    return direction if (found.x[p + k :] > _CAP).any() else np.zeros(p)


def without_estimate(
    rows: CoxRows, x: Array, direction: Array, weights: Array | None = None
) -> np.ndarray | None:
    """Mark the coefficients without a finite estimate, given a direction of recession.

    Parameters
    ----------
    rows : CoxRows
    x : array of shape (n, p)
        Covariates in the order of `rows`, on comparable scales.
    direction : array of shape (p,)
        Need be one only nearly, such as the step that Newton's method would still take.
    weights : array of shape (n,), optional
        Rows of weight 0 are not there.

    Returns
    -------
    bool array of shape (p,), or None
        None where the direction is not one of recession.
    """
    eta = x @ direction
    present = np.ones(rows.n, dtype=bool) if weights is None else weights > 0
    spread = np.ptp(eta[present]) if present.any() else 0.0
    if not (np.isfinite(spread) and spread > 0):
        return None
    eta = np.where(present, eta, -np.inf)
    tops = _risk_set_tops(rows, eta)
    # Newton's last step is a direction of recession only to the digits that the search has
    level = _LEVEL * spread
    mine = rows.event_rows[present[rows.event_rows]]
    mine_k = rows.event_k[present[rows.event_rows]]
    if (eta[mine] < tops[mine_k] - level).any():
        return None
    used = np.unique(mine_k)
    null = _null_space(rows, x, eta, tops - level, used)
    return (np.abs(null) > 1e-5).any(axis=1)


def _same_stratum(rows: CoxRows) -> Array:
    """Whether event times k and k + 1 belong to one stratum: (K - 1,)."""
    if rows.group_stratum is None:
        return np.ones(max(rows.k - 1, 0), dtype=bool)
    return np.diff(rows.group_stratum[rows.event_groups]) == 0


def _tops(x: Array, k_of_row: Array, k: int):
    """Rows top_k - x g as a sparse matrix over (g, top)."""
    from scipy.sparse import coo_array

    n, p = x.shape
    row = np.r_[np.repeat(np.arange(n), p), np.arange(n)]
    column = np.r_[np.tile(np.arange(p), n), p + k_of_row]
    return coo_array((np.r_[-x.ravel(), np.ones(n)], (row, column)), shape=(n, p + k))


def _risk_set_tops(rows: CoxRows, eta: Array) -> Array:
    """Largest eta in each risk set: (K,)."""
    tops = np.maximum.reduceat(eta, rows.starts)
    for piece in rows.stratum_slices:
        part = tops[piece][::-1]
        np.maximum.accumulate(part, out=part)
    return tops[rows.event_groups]


def _null_space(rows: CoxRows, x: Array, eta: Array, floor: Array, used: Array) -> Array:
    """Directions that do not vary among the patients left at the top of the risk sets: (p, m)."""
    # the tops fall with time, so a patient is among them from some event time until the last
    first = rows.first_k.copy()
    for piece in rows.stratum_slices:
        inside = (rows.group >= piece.start) & (rows.group < piece.stop)
        lived = np.unique(
            np.flatnonzero((rows.event_groups >= piece.start) & (rows.event_groups < piece.stop))
        )
        if lived.size:
            falling = -floor[lived]
            first[inside] = lived[0] + np.searchsorted(falling, -eta[inside], side="left")
    # only event times with an event of positive weight count: number them
    number = np.searchsorted(used, first)
    stop = np.searchsorted(used, rows.last_k, side="right")
    there = (stop > number) & np.isfinite(eta)
    first_u, stop_u, seen = number[there], stop[there], x[there]
    size = np.zeros(used.size + 1)
    np.add.at(size, first_u, 1.0)
    np.subtract.at(size, stop_u, 1.0)
    sums = np.zeros((used.size + 1, x.shape[1]))
    np.add.at(sums, first_u, seen)
    np.subtract.at(sums, stop_u, seen)
    size, sums = np.cumsum(size)[:-1], np.cumsum(sums, axis=0)[:-1]
    spread = (seen * (stop_u - first_u)[:, None]).T @ seen - (sums / size[:, None]).T @ sums
    values, vectors = np.linalg.eigh(spread)
    whole = float((seen**2).sum(axis=0).max()) if seen.size else 0.0
    return vectors[:, values <= _NULL * max(whole, values[-1], 1e-300)]

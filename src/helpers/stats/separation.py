"""Is there a direction along which a Cox likelihood rises for ever?"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, vstack

from .risksets import CoxRows
from .times import Array

_MARGIN = 1e-6


def monotone_direction(rows: CoxRows, x: Array) -> Array:
    """Coefficients without a finite maximum likelihood estimate, proved by linear programming.

    The partial likelihood has no finite maximum when some direction g puts every event at the top
    of its risk set, x_i g >= x_j g for all j at risk, with at least one inequality strict (Jacobsen
    1989). The programme seeks the g in [-1, 1]^p with the largest sum of slacks.

    Parameters
    ----------
    rows : CoxRows
        Sorted rows of the fit.
    x : array of shape (n, p)
        Covariates in the order of `rows`, on comparable scales.

    Returns
    -------
    array of shape (p,)
        A direction of recession; zeros when the estimate is finite.
    """
    p, k = x.shape[1], rows.k
    if not k or not p:
        return np.zeros(p)
    # top_k >= x_j g for whoever leaves between event times k and k + 1, top_k >= top_(k+1),
    # and every event at k reaches top_k
    leaves = np.flatnonzero(rows.last_k >= rows.first_k)
    chain = np.array([q for q in range(k - 1) if _same_stratum(rows, q)], dtype=int)
    events = rows.event_rows
    upper = _constraints(x[leaves], rows.last_k[leaves], p, k, 1.0)
    row, one = np.arange(chain.size), np.ones(chain.size)
    links = coo_array(
        (np.r_[one, -one], (np.r_[row, row], np.r_[p + chain + 1, p + chain])),
        shape=(chain.size, p + k),
    )
    reach = _constraints(-x[events], rows.event_k, p, k, -1.0)
    # to minimise: less the sum of all slacks, top_k - x_j g and top_k - top_(k+1)
    slack = np.zeros(p + k)
    slack[:p] = x[leaves].sum(axis=0)
    np.subtract.at(slack, p + rows.last_k[leaves], 1.0)
    slack[p + chain] -= 1.0
    slack[p + chain + 1] += 1.0
    matrix = vstack([upper, links, reach]).tocsr()
    bounds = [(-1, 1)] * p + [(None, None)] * k
    found = linprog(slack, A_ub=matrix, b_ub=np.zeros(matrix.shape[0]), bounds=bounds)
    if found.x is None or -found.fun < _MARGIN:
        return np.zeros(p)
    return np.where(np.abs(found.x[:p]) > _MARGIN, found.x[:p], 0.0)


def _same_stratum(rows: CoxRows, k: int) -> bool:
    """Whether event times k and k + 1 belong to one stratum."""
    if rows.group_stratum is None:
        return True
    groups = rows.event_groups
    return rows.group_stratum[groups[k]] == rows.group_stratum[groups[k + 1]]


def _constraints(x: Array, k_of_row: Array, p: int, k: int, sign: float):
    """Rows x g - sign * top_k <= 0 as a sparse matrix over (g, top)."""
    n = x.shape[0]
    row = np.r_[np.repeat(np.arange(n), p), np.arange(n)]
    column = np.r_[np.tile(np.arange(p), n), p + k_of_row]
    return coo_array((np.r_[x.ravel(), np.full(n, -sign)], (row, column)), shape=(n, p + k))

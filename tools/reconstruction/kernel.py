"""Rows of Cox models as costs, at the published coefficients and without fitting; compiled.

The sums are those of `cohortbook.published.witness.likelihood`, which says how they are made. Ties
are Breslow's, as in SPSS.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from cohortbook.published.witness.likelihood import (
    half_step,
    invert_lower,
    newton_step,
    of_all,
    of_levels,
    of_values,
)

from .state import AGE, TREATED, WIDTH, N

TERMS = TREATED + 1
Z = 1.959963984540054
STEEP = 20.0
SINGULAR = 1e5  # cost of a model that cannot be fitted


@njit(cache=True)
def over(value, limit, weight):
    """Square of what lies over a limit."""
    excess = abs(value) - limit
    return weight * excess * excess if excess > 0 else 0.0


@njit(cache=True)
def row_cost(goal, delta, se):
    """Cost of one row: squared per-cent errors of HR and limits, then P.

    `goal` is a row of `targets.row_targets` with the power of large costs, the weight of the
    endpoint and that of the extra terms, which begin where the goals of the reconstruction would
    be missed (HR 1.5 %, limits 2 % and 5 %, P 0.02 and its side of 0.05).
    One death more in a small group moves a ratio by tens of per cent: from STEEP on the cost grows
    with a small power of itself, or the search could never try it.
    """
    a = 100 * delta
    low = 100 * (goal[0] + delta - Z * se - goal[1])
    high = 100 * (goal[0] + delta + Z * se - goal[2])
    cost = goal[7] ** 2 * (a * a + low * low + high * high)
    extra = over(a, 1.2, 8.0)
    extra += over(low, 1.8, 2.0) + over(high, 1.8, 2.0)
    extra += over(low, 3.5, 15.0) + over(high, 3.5, 15.0)
    z = abs(goal[0] + delta) / se
    miss = abs(goal[4] + goal[5] * (goal[6] - z) - goal[3]) - 0.010
    if miss > 0:
        extra += 3e4 * miss * miss if miss < 0.03 else 27 + 1800 * (miss - 0.03)
    short = 1.963 - z if goal[3] < 0.05 else z - 1.957
    if short > 0:
        extra += 4.0 + 3000 * short * short
    cost += goal[10] * extra
    if cost > STEEP:
        cost = STEEP * (1 + ((cost / STEEP) ** goal[8] - 1) / goal[8])
    return goal[9] * cost


@njit(cache=True, fastmath=True)
def binary_rows(x, order, e, deaths, goal, ratios, out):
    """Cost of the univariable rows of all binary columns, into `out`."""
    width = x.shape[1]  # not the constant: loops of unknown length are vectorised
    ones = np.zeros(WIDTH)
    score = np.zeros(WIDTH)
    information = np.zeros(WIDTH)
    for place in range(N - 1, -1, -1):
        who = order[place]
        event = float(e[who])
        for c in range(width):
            ones[c] += x[who, c]
            score[c] += event * x[who, c]
        d = float(deaths[place])
        if d > 0:
            n = float(N - place)
            for c in range(width):
                weighted = ones[c] * ratios[c]
                share = weighted / (n - ones[c] + weighted)
                score[c] -= d * share
                information[c] += d * share * (1 - share)
    for c in range(1, TERMS):
        if information[c] < 1e-9:
            out[c] = SINGULAR
        else:
            out[c] = row_cost(goal[c], score[c] / information[c], 1 / math.sqrt(information[c]))


@njit(cache=True, fastmath=True)
def binary_row(x, order, e, deaths, goal, ratio, c):
    """Cost of the univariable row of one binary column."""
    score, information = of_levels(x, order, e, deaths, ratio, c)
    if information < 1e-9:
        return SINGULAR
    return row_cost(goal, score / information, 1 / math.sqrt(information))


@njit(cache=True, fastmath=True)
def age_row(x, order, e, deaths, goal):
    """Cost of the univariable row of age."""
    score, information = of_values(x, order, e, deaths, goal[0], AGE)
    if information < 1e-9:
        return SINGULAR
    return row_cost(goal, score / information, 1 / math.sqrt(information))


@njit(cache=True, fastmath=True)
def score_only(x, w, order, e, deaths, score):
    """Fill the score of the model with all columns."""
    width = x.shape[1]
    s1 = np.zeros(WIDTH)
    s0 = 0.0
    score[:] = 0.0
    for place in range(N - 1, -1, -1):
        who = order[place]
        weight = w[who]
        event = float(e[who])
        s0 += weight
        for c in range(width):
            s1[c] += weight * x[who, c]
            score[c] += event * x[who, c]
        d = deaths[place]
        if d > 0:
            part = d / s0
            for c in range(width):
                score[c] -= part * s1[c]


@njit(cache=True, fastmath=True)
def rows_from(score, inverse, goal, ceiling):
    """Cost of the multivariable rows from the score and the inverted factor of I."""
    half = np.empty(TERMS)
    half_step(score, inverse, TERMS, half)
    cost = 0.0
    for c in range(TERMS):
        delta, variance = newton_step(half, inverse, TERMS, c)
        cost += row_cost(goal[c], delta, math.sqrt(variance))
        if cost > ceiling:
            break
    return cost


@njit(cache=True, fastmath=True)
def all_rows(x, w, order, e, deaths, goal, ceiling, inverse):
    """Cost of the multivariable rows; stops adding once over `ceiling`. Fills `inverse`."""
    score = np.empty(WIDTH)
    matrix = np.empty((WIDTH, WIDTH))
    lower = np.empty((WIDTH, WIDTH))
    of_all(x, w, order, e, deaths, TERMS, score, matrix)
    if not invert_lower(matrix, TERMS, lower, inverse):
        return SINGULAR
    return rows_from(score, inverse, goal, ceiling)


@njit(cache=True, fastmath=True)
def guess_rows(x, w, order, e, deaths, goal, ceiling, inverse):
    """Cost of the multivariable rows with the information of before the move: a quick guess."""
    score = np.empty(WIDTH)
    score_only(x, w, order, e, deaths, score)
    return rows_from(score, inverse, goal, ceiling)


@njit(cache=True)
def relative_hazard(x, who, goal):
    """Relative hazard of a patient at the published multivariable coefficients."""
    total = 0.0
    for c in range(TERMS):
        total += x[who, c] * goal[c, 0]
    return math.exp(total)

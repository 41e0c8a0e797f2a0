"""Cox models scored at given coefficients, without fitting; compiled.

At coefficients b the score U and the information I give the error of the estimate,
delta = U / I to first order (one Newton step), and its standard error, I^-1/2. Ties are Breslow's:
the information is sum d [S2/S0 - (S1/S0)^2] over event times. The second moments are not kept per
event time: sum_k d_k S2_k / S0_k = sum_i w_i H_i x_i x_i', with H the Breslow cumulative hazard at
the time of patient i.

Everywhere `order` (n,) lists patients by time, and `deaths` (n,) holds the events of a group of
tied times at its first place; x is (n, columns), e (n,) events, w (n,) relative hazards.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True)
def sort_and_tie(order, t, e, deaths):
    """Sort patients by time and count the events of each tie group at its first place."""
    for place in range(1, len(order)):
        who = order[place]
        k = place - 1
        while k >= 0 and t[order[k]] > t[who]:
            order[k + 1] = order[k]
            k -= 1
        order[k + 1] = who
    count = 0
    for place in range(len(order) - 1, -1, -1):
        who = order[place]
        count += e[who]
        deaths[place] = 0
        if place == 0 or t[order[place - 1]] < t[who]:
            deaths[place] = count
            count = 0


@njit(cache=True, fastmath=True)
def of_levels(x, order, e, deaths, ratio, c):
    """Score and information of the model of one column of noughts and ones."""
    n = len(order)
    ones = score = information = 0.0
    for place in range(n - 1, -1, -1):
        who = order[place]
        ones += x[who, c]
        score += e[who] * x[who, c]
        d = deaths[place]
        if d > 0:
            weighted = ones * ratio
            share = weighted / (n - place - ones + weighted)
            score -= d * share
            information += d * share * (1 - share)
    return score, information


@njit(cache=True, fastmath=True)
def of_values(x, order, e, deaths, slope, c):
    """Score and information of the model of one column of values."""
    s0 = s1 = s2 = score = information = 0.0
    for place in range(len(order) - 1, -1, -1):
        who = order[place]
        value = x[who, c]
        weight = math.exp(slope * value)
        s0 += weight
        s1 += weight * value
        s2 += weight * value * value
        score += e[who] * value
        d = deaths[place]
        if d > 0:
            mean = s1 / s0
            score -= d * mean
            information += d * (s2 / s0 - mean * mean)
    return score, information


@njit(cache=True, fastmath=True)
def of_all(x, w, order, e, deaths, terms, score, matrix):
    """Fill score and the lower triangle of the information of the first `terms` columns."""
    n, width = x.shape  # of unknown length: such loops are vectorised
    s1 = np.zeros(width)
    hazard = np.zeros(n)
    s0 = 0.0
    score[:] = 0.0
    matrix[:] = 0.0
    for place in range(n - 1, -1, -1):
        who = order[place]
        weight = w[who]
        event = float(e[who])
        s0 += weight
        for c in range(width):
            s1[c] += weight * x[who, c]
            score[c] += event * x[who, c]
        d = deaths[place]
        if d > 0:
            hazard[place] = d / s0
            for a in range(terms):
                score[a] -= hazard[place] * s1[a]
                part = hazard[place] / s0 * s1[a]
                for b in range(a + 1):
                    matrix[a, b] -= part * s1[b]
    total = 0.0
    for place in range(n):
        who = order[place]
        total += hazard[place]
        if total > 0.0:
            part = total * w[who]
            for a in range(terms):
                if x[who, a] != 0.0:
                    value = part * x[who, a]
                    for b in range(a + 1):
                        matrix[a, b] += value * x[who, b]


@njit(cache=True, fastmath=True)
def invert_lower(matrix, terms, lower, inverse):
    """Cholesky factor of the leading block and its inverse; False if it is singular."""
    for a in range(terms):
        for b in range(a + 1):
            value = matrix[a, b]
            for k in range(b):
                value -= lower[a, k] * lower[b, k]
            if a == b:
                if value < 1e-7:
                    return False
                lower[a, a] = math.sqrt(value)
            else:
                lower[a, b] = value / lower[b, b]
    for b in range(terms):
        inverse[b, b] = 1 / lower[b, b]
        for a in range(b + 1, terms):
            value = 0.0
            for k in range(b, a):
                value -= lower[a, k] * inverse[k, b]
            inverse[a, b] = value / lower[a, a]
    return True


@njit(cache=True, fastmath=True)
def half_step(score, inverse, terms, half):
    """Fill `half` with the score times the inverted factor of the information."""
    for a in range(terms):
        value = 0.0
        for k in range(a + 1):
            value += inverse[a, k] * score[k]
        half[a] = value


@njit(cache=True, fastmath=True)
def newton_step(half, inverse, terms, c):
    """Error of the coefficient of a column, and its variance."""
    delta = variance = 0.0
    for a in range(c, terms):
        delta += inverse[a, c] * half[a]
        variance += inverse[a, c] * inverse[a, c]
    return delta, variance

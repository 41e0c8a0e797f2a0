"""What a cohort costs: how far each printed number is from the values that print so; compiled."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from .likelihood import half_step, invert_lower, newton_step, of_all, of_levels, of_values
from .problem import AT, BEFORE, CURVE, EVENTS, TEST

STEEP = 20.0
FAR_STEP = 2.0  # the most that a coefficient moves in one Newton step
SINGULAR = 1e5  # cost of a model that cannot be fitted
MISSED = 0.3  # the least cost of a number that is not met


class State(NamedTuple):
    """What the search changes.

    x : (n, columns) covariates; t, e : (endpoints, n) ticks and events; order, deaths :
    (endpoints, n) as in `likelihood`; costs : (parts,) as last priced.
    """

    x: np.ndarray
    t: np.ndarray
    e: np.ndarray
    order: np.ndarray
    deaths: np.ndarray
    costs: np.ndarray


def copy(state: State) -> State:
    """Give an independent copy."""
    return State(*(part.copy() for part in state))


@njit(cache=True)
def off(value, low, high, scale):
    """Cost of a value outside of its bounds; from STEEP on it grows with the distance only."""
    gap = low - value if value < low else value - high
    if gap <= 0:
        return 0.0
    u = gap / scale
    cost = MISSED + u * u
    return cost if cost < STEEP else 2 * math.sqrt(STEEP * cost) - STEEP


@njit(cache=True)
def row_cost(goal, delta, se, quantile):
    """Cost of ratio, limits and P of one row, `delta` from the log ratio aimed at."""
    b = goal[0] + delta
    cost = off(b, goal[1], goal[2], 0.01)
    cost += off(b - quantile * se, goal[3], goal[4], 0.01)
    cost += off(b + quantile * se, goal[5], goal[6], 0.01)
    return cost + off(abs(b) / se, goal[7], goal[8], 0.02)


@njit(cache=True)
def in_curve(problem, x, who, arm, inside):
    """Tell whether a patient is of the arm (-1: any) and population (-1: all) of a curve."""
    return (arm < 0 or problem.arm[who] == arm) and (inside < 0 or x[who, inside] > 0.5)


@njit(cache=True)
def item_cost(what, goal, before, survival, died, at_risk, after):
    """Cost of one number of a curve at its time."""
    low, high, scale = goal
    if what == BEFORE:
        return off(before, low, high, scale)
    if what == AT:
        return off(survival, low, high, scale)
    if what == EVENTS:
        return off(died, low, high, scale)
    # those whose time is the tick itself may be counted or not
    return min(off(at_risk, low, high, scale), off(after, low, high, scale))


@njit(cache=True)
def curve_cost(problem, state, k, place, inside):
    """Cost of medians, percentages, events and numbers at risk of one curve."""
    arm, start, stop, first, last = problem.curves[place]
    x, t, e, order = state.x, state.t[k], state.e[k], state.order[k]
    n = len(order)
    risk = 0
    for who in range(n):
        risk += in_curve(problem, x, who, arm, inside)
    survival, died, at, cost = 1.0, 0, 0, 0.0
    for j in range(start, stop):
        tick = problem.ticks[j]
        before, at_risk = survival, risk
        while at < n and t[order[at]] <= tick:
            now = t[order[at]]
            gone = events = 0
            while at < n and t[order[at]] == now:
                if in_curve(problem, x, order[at], arm, inside):
                    gone += 1
                    events += e[order[at]]
                at += 1
            at_risk = risk if now == tick else risk - gone
            if events > 0:
                survival *= 1 - events / risk
            before = before if now == tick else survival
            risk -= gone
            died += events
        for item in range(first, last):
            if problem.items[item, 0] == j:
                cost += item_cost(problem.items[item, 1], problem.item_goals[item], before,
                                  survival, float(died), float(at_risk), float(risk))  # fmt: skip
    return cost


@njit(cache=True)
def test_cost(problem, state, k, place, inside):
    """Cost of a log-rank P, by its |z|."""
    column = problem.tests[place]
    x, t, e, order = state.x, state.t[k], state.e[k], state.order[k]
    risk = ones = died = died_ones = 0
    excess = variance = 0.0
    for at in range(len(order) - 1, -1, -1):
        who = order[at]
        if inside < 0 or x[who, inside] > 0.5:
            risk += 1
            died += e[who]
            if x[who, column] > 0.5:
                ones += 1
                died_ones += e[who]
        if at == 0 or t[order[at - 1]] < t[who]:
            if died > 0 and risk > 1:
                share = ones / risk
                excess += died_ones - died * share
                variance += died * share * (1 - share) * (risk - died) / (risk - 1)
            died = died_ones = 0
    z = abs(excess) / math.sqrt(variance) if variance > 1e-9 else 0.0
    return off(z, problem.test_goals[place, 0], problem.test_goals[place, 1], 0.02)


@njit(cache=True)
def model_cost(problem, state, k, place, inside):
    """Cost of the rows of a Cox model, by one Newton step from the printed coefficients.

    Where one is not printed, or not aimed at, more steps are made.
    """
    start, stop, binary, steps = problem.models[place]
    quantile = problem.quantiles[place]
    if stop - start == 1 and inside < 0 and steps == 1:
        goal, column = problem.row_goals[start], problem.columns[start]
        if binary:
            score, information = of_levels(
                state.x, state.order[k], state.e[k], state.deaths[k], math.exp(goal[0]), column
            )
        else:
            score, information = of_values(
                state.x, state.order[k], state.e[k], state.deaths[k], goal[0], column
            )
        if information < 1e-9:
            return SINGULAR
        return row_cost(goal, score / information, 1 / math.sqrt(information), quantile)
    return many_rows(problem, state, k, start, stop, inside, quantile, steps)


@njit(cache=True)
def many_rows(problem, state, k, start, stop, inside, quantile, steps):
    """Cost of a model of several columns, of a part of the patients, or by several steps."""
    terms, n = stop - start, len(state.order[k])
    x = np.empty((n, terms))
    w = np.empty(n)
    at = np.empty(terms)
    e, deaths = state.e[k].copy(), state.deaths[k].copy()
    for c in range(terms):
        at[c] = problem.row_goals[start + c, 0]
    for who in range(n):
        for c in range(terms):
            x[who, c] = state.x[who, problem.columns[start + c]]
        if inside >= 0 and state.x[who, inside] < 0.5:
            e[who] = 0
    if inside >= 0:
        count_deaths(state.order[k], state.t[k], e, deaths)
    score = np.empty(terms)
    matrix = np.empty((terms, terms))
    lower = np.empty((terms, terms))
    inverse = np.zeros((terms, terms))
    half = np.empty(terms)
    for step in range(steps):
        for who in range(n):
            total = 0.0
            for c in range(terms):
                total += x[who, c] * at[c]
            outside = inside >= 0 and state.x[who, inside] < 0.5
            w[who] = 0.0 if outside else math.exp(min(total, 50.0))
        of_all(x, w, state.order[k], e, deaths, terms, score, matrix)
        if not invert_lower(matrix, terms, lower, inverse):
            return SINGULAR
        half_step(score, inverse, terms, half)
        if step < steps - 1:
            for c in range(terms):
                at[c] += min(max(newton_step(half, inverse, terms, c)[0], -FAR_STEP), FAR_STEP)
    cost = 0.0
    for c in range(terms):
        goal = problem.row_goals[start + c]
        delta, variance = newton_step(half, inverse, terms, c)
        delta += at[c] - goal[0]
        cost += row_cost(goal, delta, math.sqrt(variance), quantile)
    return cost


@njit(cache=True)
def count_deaths(order, t, e, deaths):
    """Count the events of each group of tied times at its first place."""
    count = 0
    for place in range(len(order) - 1, -1, -1):
        count += e[order[place]]
        deaths[place] = 0
        if place == 0 or t[order[place - 1]] < t[order[place]]:
            deaths[place] = count
            count = 0


@njit(cache=True)
def price(problem, state, times, touched, ceiling, new):
    """Cost after a move, or anything above `ceiling` once that is passed; parts go to `new`.

    `times` has a bit for each endpoint whose times or events changed, `touched` is of the units
    that changed. What a move left alone keeps its price.
    """
    count = len(problem.parts)
    stale = np.zeros(count, np.bool_)
    total = 0.0
    for part in range(count):
        if (times >> problem.parts[part, 0]) & 1:
            stale[part] = True
        else:
            for unit in range(len(touched)):
                if touched[unit] and problem.needs[part, unit]:
                    stale[part] = True
        if not stale[part]:
            new[part] = state.costs[part]
            total += new[part]
    for part in range(count):
        if total > ceiling:
            return total
        if not stale[part]:
            continue
        k, kind, place, inside = problem.parts[part]
        if kind == CURVE:
            new[part] = curve_cost(problem, state, k, place, inside)
        elif kind == TEST:
            new[part] = test_cost(problem, state, k, place, inside)
        else:
            new[part] = model_cost(problem, state, k, place, inside)
        total += new[part]
    return total

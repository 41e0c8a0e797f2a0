"""The annealing loop: propose, price in order of expense, accept or undo; compiled."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from cohortbook.published.witness.chance import uniform
from cohortbook.published.witness.likelihood import sort_and_tie

from .curves import course_cost, group_cost, logrank_cost, survival_cost
from .kernel import (
    TERMS,
    age_row,
    all_rows,
    binary_row,
    binary_rows,
    guess_rows,
    relative_hazard,
)
from .moves import propose
from .state import AFP, TREATED, WIDTH, N, State

CEILING = 1e18  # no ceiling; the compiled code may assume that numbers are finite
MODEL, CURVES, COURSE = 11, 12, 13  # places of prices after the univariable rows


class Problem(NamedTuple):
    """What does not change.

    goals : (2, 2, 11, 11), `row_targets` with the power and the weights of `row_cost`;
    ratios : (2, 12) univariable hazard ratios; medians : (2, 5) in tenths of a
    month; events : (2,) deaths and PFS events;
    weights : (6,) of a missed median, of a missed log-rank test of PFS, of a patient lost before
    the least possible follow-up, of another log-rank P of OS than the one printed; how many times
    more than the other medians the OS median of the combination counts; and how many times more
    than usual the log-rank test of PFS with AFP < 400;
    hold : bool, no move takes a PFS event from a woman;
    groups : (4,) PFS events to aim at in ICI with AFP < 400, with AFP >= 400, and so in the
    combination; negative: free.
    """

    goals: np.ndarray
    ratios: np.ndarray
    medians: np.ndarray
    events: np.ndarray
    weights: np.ndarray
    hold: bool
    groups: np.ndarray


@njit(cache=True)
def curves(state, problem, k):
    """Cost of the medians and log-rank tests of an endpoint."""
    order, e, deaths = state.order[k], state.e[k], state.deaths[k]
    cost = survival_cost(
        state.x,
        state.t[k],
        order,
        e,
        deaths,
        problem.medians[k],
        problem.weights[0],
        problem.weights[4] if k == 0 else 1.0,
    ) + logrank_cost(
        state.x, order, e, deaths, k, problem.weights[1], problem.weights[3], problem.weights[5]
    )
    cost *= problem.goals[k, 0, 0, 9]
    return cost + group_cost(state.x, e, problem.groups) if k == 1 else cost


@njit(cache=True)
def price_simple(state, problem, k, times, touched, ceiling, total, new):
    """Add to `total` what a move changed of an endpoint's univariable rows and curves."""
    x, order, e, deaths = state.x, state.order[k], state.e[k], state.deaths[k]
    goal, ratios = problem.goals[k, 0], problem.ratios[k]
    if times:
        binary_rows(x, order, e, deaths, goal, ratios, new[k])
        for c in range(1, TERMS):
            total += new[k, c]
    else:
        for c in range(1, TREATED):
            if touched[c]:
                new[k, c] = binary_row(x, order, e, deaths, goal[c], ratios[c], c)
                total += new[k, c]
    if times or touched[0]:
        new[k, 0] = age_row(x, order, e, deaths, goal[0])
        total += new[k, 0]
    if total <= ceiling and (times or touched[AFP]):
        new[k, CURVES] = curves(state, problem, k)
        total += new[k, CURVES]
    return total


@njit(cache=True)
def unchanged(state, what, touched, new):
    """Keep in `new` the prices a move leaves alone, zero for the others; give their sum."""
    total = 0.0
    for k in range(2):
        times = (what >> k) & 1
        for c in range(COURSE):
            changed = (
                times == 1
                or (c < TERMS and touched[c])
                or (what & 4 and (c == MODEL or (c == CURVES and touched[AFP])))
            )
            new[k, c] = 0.0 if changed else state.costs[k, c]
            total += new[k, c]
    return total


@njit(cache=True)
def price(state, problem, what, touched, ceiling, slack, new, inverse):
    """Cost after a move, or anything above `ceiling` once it is passed; parts go to `new`.

    `what` and `touched` are as in `moves`; what a move did not touch keeps its price. The
    multivariable models are first guessed with the information of before the move: a guess that
    passes the ceiling by more than `slack` is not computed (a negative slack: always computed).
    """
    total = unchanged(state, what, touched, new)
    new[0, COURSE] = (
        course_cost(state.t, state.e, problem.events, problem.weights[2])
        if what & 3
        else state.course[0]
    )
    total += new[0, COURSE]
    for k in range(2):
        if total > ceiling:
            return total
        if (what >> k) & 1 or what & 4:
            total = price_simple(state, problem, k, (what >> k) & 1, touched, ceiling, total, new)
    if slack >= 0:
        guess = total
        for k in range(2):
            if guess > ceiling + slack:
                return CEILING
            if (what >> k) & 1 or what & 4:
                guess += guess_rows(
                    state.x,
                    state.w[k],
                    state.order[k],
                    state.e[k],
                    state.deaths[k],
                    problem.goals[k, 1],
                    ceiling + slack - guess,
                    state.inverse[k],
                )
        if guess > ceiling + slack:
            return CEILING
    for k in range(2):
        if total > ceiling:
            return total
        if (what >> k) & 1 or what & 4:
            new[k, MODEL] = all_rows(
                state.x,
                state.w[k],
                state.order[k],
                state.e[k],
                state.deaths[k],
                problem.goals[k, 1],
                ceiling - total,
                inverse[k],
            )
            total += new[k, MODEL]
    return total


@njit(cache=True)
def refresh(state, problem):
    """Recompute everything that follows from covariates, times and events; give the cost."""
    for k in range(2):
        sort_and_tie(state.order[k], state.t[k], state.e[k], state.deaths[k])
        for i in range(N):
            state.w[k, i] = relative_hazard(state.x, i, problem.goals[k, 1])
    new = np.zeros((2, COURSE + 1))
    cost = price(state, problem, 7, np.ones(WIDTH, np.bool_), CEILING, -1.0, new, state.inverse)
    state.costs[:] = new[:, :COURSE]
    state.course[0] = new[0, COURSE]
    return cost


@njit(cache=True)
def current(state):
    """Cost of a state whose parts are up to date."""
    total = state.course[0]
    for k in range(2):
        for c in range(COURSE):
            total += state.costs[k, c]
    return total


@njit(cache=True)
def blank():
    """Give a state to copy into."""
    return State(
        np.zeros((N, WIDTH)),
        np.zeros((2, N), np.int64),
        np.zeros((2, N), np.int64),
        np.zeros((2, N), np.int64),
        np.zeros((2, N), np.int64),
        np.zeros((2, N)),
        np.zeros((2, COURSE)),
        np.zeros(1),
        np.zeros((2, WIDTH, WIDTH)),
    )


@njit(cache=True)
def assign(target, source):
    """Copy one state into another."""
    target.x[:] = source.x
    target.t[:] = source.t
    target.e[:] = source.e
    target.order[:] = source.order
    target.deaths[:] = source.deaths
    target.w[:] = source.w
    target.costs[:] = source.costs
    target.course[:] = source.course
    target.inverse[:] = source.inverse


@njit(cache=True)
def prepare(state, problem, what, pair):
    """Bring order and relative hazards up to date after a move."""
    if what & 4:
        for who in pair:
            for k in range(2):
                state.w[k, who] = relative_hazard(state.x, who, problem.goals[k, 1])
    for k in range(2):
        if (what >> k) & 1:
            sort_and_tie(state.order[k], state.t[k], state.e[k], state.deaths[k])


@njit(cache=True)
def carry(source, target, what, pair):
    """Copy what a move touched: to keep it, or to take it back."""
    if what & 4:
        for who in pair:
            target.x[who] = source.x[who]
            for k in range(2):
                target.w[k, who] = source.w[k, who]
    for k in range(2):
        if (what >> k) & 1:
            target.t[k] = source.t[k]
            target.e[k] = source.e[k]
            target.order[k] = source.order[k]
            target.deaths[k] = source.deaths[k]


@njit(cache=True)
def book(state, what, new, inverse):
    """Enter the prices of an accepted move."""
    state.course[0] = new[0, COURSE]
    for k in range(2):
        for c in range(COURSE):
            state.costs[k, c] = new[k, c]
        if (what >> k) & 1 or what & 4:
            state.inverse[k] = inverse[k]


@njit(cache=True)
def anneal(state, best, problem, rng, hot, cold, start, stop, total):
    """Run evaluations start..stop-1 of `total`, temperature falling geometrically.

    Changes `state` and `best` in place; returns the number of accepted moves.
    """
    pair = np.zeros(2, np.int64)
    touched = np.zeros(WIDTH, np.bool_)
    counts = np.zeros((2, 25), np.int64)
    new = np.zeros((2, COURSE + 1))
    kept = blank()
    assign(kept, state)
    inverse = state.inverse.copy()
    cost, lowest, accepted = current(state), current(best), 0
    temperature = hot
    for step in range(start, stop):
        if step % 256 == 0 or step == start:
            temperature = hot * math.exp(math.log(cold / hot) * (step - step % 256) / total)
        touched[:] = False
        what = propose(
            state.x,
            state.t,
            state.e,
            state.order,
            problem.medians,
            rng,
            pair,
            touched,
            counts,
            problem.hold,
        )
        while what == 0:
            carry(kept, state, 3, pair)
            what = propose(
                state.x,
                state.t,
                state.e,
                state.order,
                problem.medians,
                rng,
                pair,
                touched,
                counts,
                problem.hold,
            )
        prepare(state, problem, what, pair)
        ceiling = cost - temperature * math.log(1.0 - uniform(rng))
        slack = 0.2 + 0.5 * temperature  # some 1 in 10,000 acceptable moves is lost
        now = price(state, problem, what, touched, ceiling, slack, new, inverse)
        if now > ceiling:
            carry(kept, state, what, pair)
            continue
        accepted += 1
        cost = now
        carry(state, kept, what, pair)
        book(state, what, new, inverse)
        if cost < lowest - 1e-9:
            lowest = cost
            assign(best, state)
    return accepted

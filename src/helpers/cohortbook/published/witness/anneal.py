"""The annealing loop: propose, price, accept or undo; compiled."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from .chance import uniform
from .cost import price
from .likelihood import sort_and_tie
from .moves import COVARIATES, propose

CEILING = 1e18
EVERY = -1  # all endpoints


@njit(cache=True)
def refresh(problem, state):
    """Compute everything that follows from covariates, times and events; give the cost."""
    for k in range(len(state.t)):
        sort_and_tie(state.order[k], state.t[k], state.e[k], state.deaths[k])
    touched = np.ones(len(problem.units), np.bool_)
    new = np.zeros(len(state.costs))
    cost = price(problem, state, EVERY, touched, CEILING, new)
    state.costs[:] = new
    return cost


@njit(cache=True)
def carry(source, target, what, pair):
    """Copy what a move touched: to keep it, or to take it back."""
    if what & COVARIATES:
        for who in pair:
            target.x[who] = source.x[who]
    for k in range(len(source.t)):
        if (what >> k) & 1:
            target.t[k] = source.t[k]
            target.e[k] = source.e[k]
            target.order[k] = source.order[k]
            target.deaths[k] = source.deaths[k]


@njit(cache=True)
def assign(target, source):
    """Copy one state into another."""
    target.x[:] = source.x
    target.t[:] = source.t
    target.e[:] = source.e
    target.order[:] = source.order
    target.deaths[:] = source.deaths
    target.costs[:] = source.costs


@njit(cache=True)
def anneal(problem, state, kept, best, rng, temperature, steps, share):
    """Run so many evaluations at one temperature; changes `state` and `best` in place.

    `kept` is a copy of `state` to take refused moves back from. Returns the cost of `best`.
    """
    pair = np.zeros(2, np.int64)
    touched = np.zeros(len(problem.units), np.bool_)
    new = np.zeros(len(state.costs))
    cost, lowest = state.costs.sum(), best.costs.sum()
    everything = (1 << len(state.t)) - 1
    assign(kept, state)
    for _ in range(steps):
        if lowest == 0.0:
            break
        touched[:] = False
        pair[:] = 0
        what = propose(problem, state.x, state.t, state.e, state.order, rng, pair, touched, share)
        if what == 0:
            carry(kept, state, everything | COVARIATES, pair)
            continue
        for k in range(len(state.t)):
            if (what >> k) & 1:
                sort_and_tie(state.order[k], state.t[k], state.e[k], state.deaths[k])
        ceiling = cost - temperature * math.log(1.0 - uniform(rng))
        now = price(problem, state, what & everything, touched, ceiling, new)
        if now > ceiling:
            carry(kept, state, what, pair)
            continue
        cost = now
        carry(state, kept, what, pair)
        state.costs[:] = new
        if cost < lowest - 1e-9:
            lowest = cost
            assign(best, state)
    return lowest

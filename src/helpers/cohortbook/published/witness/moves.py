"""Random changes of a cohort that keep every printed margin; compiled.

Covariates change places between two patients of one arm, values move within what their summary
allows, and only terms of which nothing is printed change freely. A move returns what it touched: a
bit for each endpoint, COVARIATES, or 0 where it was not possible.
"""

from __future__ import annotations

from numba import njit

from .chance import pick, uniform
from .people import FLIP, SHIFT

COVARIATES = 1 << 20
NEAR_SHARE = 0.5  # partners taken from the neighbours in time


@njit(cache=True)
def partners(arm, first, order, rng, same_arm, pair):
    """Choose two different patients, often neighbours in time.

    `arm` (n,) is of patients sorted by arm, `first` (arms + 1,) as in `problem.Problem`.
    """
    n = len(arm)
    if uniform(rng) < NEAR_SHARE:
        k, place = pick(rng, len(order)), pick(rng, n)
        step = 1 if uniform(rng) < 0.5 else -1
        i = order[k, place]
        skip = pick(rng, 3)
        place += step
        while 0 <= place < n:
            j = order[k, place]
            if not same_arm or arm[i] == arm[j]:
                if skip == 0:
                    pair[0], pair[1] = i, j
                    return True
                skip -= 1
            place += step
        return False
    i = pick(rng, n)
    if same_arm:
        start = first[arm[i]]
        j = start + pick(rng, first[arm[i] + 1] - start)
    else:
        j = pick(rng, n)
    pair[0], pair[1] = i, j
    return i != j


@njit(cache=True)
def swap_unit(problem, x, unit, i, j, touched):
    """Let two patients change their levels, or values, of one term; tell whether they differ."""
    differs = False
    for c in range(problem.units[unit, 0], problem.units[unit, 1]):
        if x[i, c] != x[j, c]:
            x[i, c], x[j, c] = x[j, c], x[i, c]
            differs = True
    touched[unit] |= differs
    return differs


@njit(cache=True)
def alter_unit(problem, x, unit, i, rng, touched):
    """Give a patient another level of a free term, or another value within his bounds."""
    start, stop, move = problem.units[unit]
    if move == SHIFT:
        step = 1.0 + pick(rng, 4)
        value = x[i, start] + (step if uniform(rng) < 0.5 else -step)
        if not x[i, start + 1] <= value <= x[i, start + 2]:
            return False
        x[i, start] = value
    elif move == FLIP:
        if stop - start == 1:
            x[i, start] = 1.0 - x[i, start]
        else:
            level = start + pick(rng, stop - start)
            if x[i, level] > 0.5:
                return False
            x[i, start:stop] = 0.0
            x[i, level] = 1.0
    else:
        return False
    touched[unit] = True
    return True


@njit(cache=True)
def change_covariates(problem, x, order, rng, pair, touched):
    """Swap one term or several, or alter one."""
    units = len(problem.units)
    u = uniform(rng)
    if u < 0.25:
        pair[0] = pair[1] = pick(rng, len(problem.arm))
        unit = 1 + pick(rng, units - 1)
        return COVARIATES if alter_unit(problem, x, unit, pair[0], rng, touched) else 0
    if not partners(problem.arm, problem.first, order, rng, True, pair):
        return 0
    if u < 0.85:
        unit = 1 + pick(rng, units - 1)
        return COVARIATES if swap_unit(problem, x, unit, pair[0], pair[1], touched) else 0
    share, changed = 0.2 + 0.4 * uniform(rng), False
    for unit in range(1, units):
        if uniform(rng) < share:
            changed |= swap_unit(problem, x, unit, pair[0], pair[1], touched)
    return COVARIATES if changed else 0


@njit(cache=True)
def allowed(problem, t, e, i):
    """Tell whether the times and events of a patient are possible: death ends progression-free."""
    for k in range(len(t)):
        if t[k, i] < 1 or t[k, i] > problem.longest[k]:
            return False
        end = problem.within[k]
        if end >= 0 and (t[k, i] > t[end, i] or (e[end, i] == 1 and e[k, i] == 0)):
            return False
    return True


@njit(cache=True)
def move_time(problem, t, e, rng):
    """Move one time: beside another patient's, to a printed time, or a step."""
    k, i = pick(rng, len(t)), pick(rng, len(problem.arm))
    marks = problem.mark_places[k + 1] - problem.mark_places[k]
    u = uniform(rng)
    if u < 0.4:
        now = t[k, pick(rng, len(problem.arm))] + pick(rng, 3) - 1
    elif u < 0.6 and marks > 0:
        now = problem.marks[problem.mark_places[k] + pick(rng, marks)] + pick(rng, 3) - 1
    else:
        step = 1 + pick(rng, 4 if uniform(rng) < 0.5 else 25)
        now = t[k, i] + (step if uniform(rng) < 0.5 else -step)
    old = t[k, i]
    if now == old:
        return 0
    t[k, i] = now
    what = 1 << k
    for other in range(len(t)):
        end = problem.within[other]
        if end == k and t[other, i] == old and (now < old or uniform(rng) < 0.7):
            t[other, i] = now
            what |= 1 << other
    return what if allowed(problem, t, e, i) else 0


@njit(cache=True)
def swap_records(problem, t, e, order, rng, pair):
    """Swap the times and events of two patients, of one endpoint or of all."""
    if not partners(problem.arm, problem.first, order, rng, False, pair):
        return 0
    i, j = pair
    one = pick(rng, len(t) + 1)
    what = 0
    for k in range(len(t)):
        if one in (k, len(t)):
            t[k, i], t[k, j] = t[k, j], t[k, i]
            e[k, i], e[k, j] = e[k, j], e[k, i]
            what |= 1 << k
    return what if allowed(problem, t, e, i) and allowed(problem, t, e, j) else 0


@njit(cache=True)
def change_events(problem, t, e, order, rng, pair):
    """Turn one event into a censoring or back, or swap the events of two patients."""
    k = pick(rng, len(t))
    if uniform(rng) < 0.5:
        if not partners(problem.arm, problem.first, order, rng, False, pair):
            return 0
        i, j = pair
        if e[k, i] == e[k, j]:
            return 0
        e[k, i], e[k, j] = e[k, j], e[k, i]
        return 1 << k if allowed(problem, t, e, i) and allowed(problem, t, e, j) else 0
    i = pick(rng, len(problem.arm))
    e[k, i] = 1 - e[k, i]
    return 1 << k if allowed(problem, t, e, i) else 0


@njit(cache=True)
def shift_group(problem, t, e, rng):
    """Move all patients of one time, sometimes onto another time."""
    k, n = pick(rng, len(t)), len(problem.arm)
    old = t[k, pick(rng, n)]
    if uniform(rng) < 0.3:
        now = t[k, pick(rng, n)]
    else:
        step = 1 + pick(rng, 6)
        now = old + (step if uniform(rng) < 0.5 else -step)
    if now == old:
        return 0
    for i in range(n):
        if t[k, i] == old:
            t[k, i] = now
            if not allowed(problem, t, e, i):
                return 0
    return 1 << k


@njit(cache=True)
def propose(problem, x, t, e, order, rng, pair, touched, share):
    """Make one random move in place, of covariates in that share of tries; the caller undoes it."""
    if uniform(rng) < share and len(problem.units) > 1:  # the arm itself never changes
        return change_covariates(problem, x, order, rng, pair, touched)
    u = uniform(rng)
    if u < 0.5:
        return move_time(problem, t, e, rng)
    if u < 0.75:
        return swap_records(problem, t, e, order, rng, pair)
    if u < 0.94:
        return change_events(problem, t, e, order, rng, pair)
    return shift_group(problem, t, e, rng)

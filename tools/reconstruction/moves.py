"""Random changes of a cohort that keep Table I and the order of a patient's events; compiled.

Covariates only ever change places between two patients of one arm, so every count stays exact;
ages may also shift when the checks of `curves.ages_fit` still hold. A move returns what it
touched: 1 = OS, 2 = PFS, 4 = covariates, 0 = nothing (the move was not possible).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from cohortbook.published.witness.chance import pick, uniform
from cohortbook.published.witness.moves import partners

from .curves import FIRST_COMBINATION, ages_fit
from .state import AGE, FEMALE, IIB, IIIB, N

SHORTEST, LONGEST = 10, 415  # tenths of a month: 1.0; January 2022 to June 2025 is 41.9
GRID, GRID_SHARE = 5, 0.4  # PFS is often brought to a half-month: heavy ties
FIRST = np.array([0, FIRST_COMBINATION, N])  # patients are sorted by arm
ARM = np.repeat(np.array([0, 1]), np.diff(FIRST))


@njit(cache=True)
def breaks(x, e, i, hold):
    """Tell whether a woman has no PFS event although the events of women are held."""
    return hold and x[i, FEMALE] == 1 and e[1, i] == 0


@njit(cache=True)
def swap_column(x, e, i, j, column, touched, hold):
    """Swap a covariate (CNLC: both dummies) between two patients; tell whether it differs."""
    if column == FEMALE and hold and not (e[1, i] == 1 and e[1, j] == 1):
        return False
    last = IIIB if column == IIB else column
    differs = False
    for c in range(column, last + 1):
        if x[i, c] != x[j, c]:
            x[i, c], x[j, c] = x[j, c], x[i, c]
            touched[c] = differs = True
    return differs


@njit(cache=True)
def swap_one(x, e, order, rng, pair, touched, hold):
    """Swap one covariate of two patients of one arm."""
    column = pick(rng, 9)
    column += column >= IIIB
    return (
        4
        if (
            partners(ARM, FIRST, order, rng, True, pair)
            and swap_column(x, e, pair[0], pair[1], column, touched, hold)
        )
        else 0
    )


@njit(cache=True)
def swap_several(x, e, order, rng, pair, touched, hold):
    """Swap a random choice of covariates of two patients of one arm."""
    if not partners(ARM, FIRST, order, rng, True, pair):
        return 0
    share = 0.2 + 0.4 * uniform(rng)
    changed = False
    for column in range(10):
        if (
            column != IIIB
            and uniform(rng) < share
            and swap_column(x, e, pair[0], pair[1], column, touched, hold)
        ):
            changed = True
    return 4 if changed else 0


@njit(cache=True)
def shift_ages(x, rng, pair, touched, counts):
    """Change the ages of two patients, mostly one up and one down, within Table I."""
    i, j = pick(rng, N), pick(rng, N)
    if i == j:
        return 0
    pair[0], pair[1] = i, j
    old_i, old_j = x[i, AGE], x[j, AGE]
    x[i, AGE] += 1 + pick(rng, 4)
    x[j, AGE] += (1 + pick(rng, 4)) * (-1 if uniform(rng) < 0.8 else 1)
    if not ages_fit(x, counts):
        x[i, AGE], x[j, AGE] = old_i, old_j
        return 0
    touched[AGE] = True
    return 4


@njit(cache=True)
def allowed(t, e, i):
    """Tell whether the times and events of a patient are possible."""
    if not SHORTEST <= t[1, i] <= t[0, i] <= LONGEST:
        return False
    if e[0, i] == 1 and e[1, i] == 0:
        return False
    return e[1, i] == 0 or e[0, i] == 1 or t[1, i] < t[0, i]


@njit(cache=True)
def new_time(t, medians, endpoint, i, rng):
    """Propose a time: beside or at another patient's, at a median, or a small step."""
    u = uniform(rng)
    if u < 0.4:
        shift = pick(rng, 3) - 1 if endpoint == 0 or uniform(rng) < 0.3 else 0
        return t[endpoint, pick(rng, N)] + shift
    if u < 0.55:
        return medians[endpoint, pick(rng, 5)]
    step = 1 + pick(rng, 4 if uniform(rng) < 0.5 else 25)
    return t[endpoint, i] + (step if uniform(rng) < 0.5 else -step)


@njit(cache=True)
def move_time(t, e, medians, endpoint, rng):
    """Move one time; an OS that falls below an uncounted or fatal PFS takes it along."""
    i = pick(rng, N)
    now = new_time(t, medians, endpoint, i, rng)
    if endpoint == 1 and uniform(rng) < GRID_SHARE:
        now = GRID * int((now + GRID // 2) // GRID)
    if now == t[endpoint, i]:
        return 0
    together = t[1, i] == t[0, i] and e[0, i] == e[1, i]
    t[endpoint, i] = now
    if together and endpoint == 0 and (now < t[1, i] or uniform(rng) < 0.7):
        t[1, i] = now
        return 3 if allowed(t, e, i) else 0
    return endpoint + 1 if allowed(t, e, i) else 0


@njit(cache=True)
def swap_records(x, t, e, order, rng, pair, hold):
    """Swap OS, PFS or both of two patients."""
    if not partners(ARM, FIRST, order, rng, False, pair):
        return 0
    i, j = pair
    which = pick(rng, 3)
    for endpoint in range(2):
        if which in (2, endpoint):
            t[endpoint, i], t[endpoint, j] = t[endpoint, j], t[endpoint, i]
            e[endpoint, i], e[endpoint, j] = e[endpoint, j], e[endpoint, i]
    if not (allowed(t, e, i) and allowed(t, e, j)):
        return 0
    if breaks(x, e, i, hold) or breaks(x, e, j, hold):
        return 0
    return 3 if which == 2 else which + 1


@njit(cache=True)
def change_events(x, t, e, order, rng, pair, hold):
    """Turn one event into a censoring or back, or swap the events of two patients."""
    endpoint = pick(rng, 2)
    if uniform(rng) < 0.5:
        if not partners(ARM, FIRST, order, rng, False, pair):
            return 0
        i, j = pair
        if e[endpoint, i] == e[endpoint, j]:
            return 0
        e[endpoint, i], e[endpoint, j] = e[endpoint, j], e[endpoint, i]
        if breaks(x, e, i, hold) or breaks(x, e, j, hold):
            return 0
        return endpoint + 1 if allowed(t, e, i) and allowed(t, e, j) else 0
    i = pick(rng, N)
    e[endpoint, i] = 1 - e[endpoint, i]
    if breaks(x, e, i, hold):
        return 0
    return endpoint + 1 if allowed(t, e, i) else 0


@njit(cache=True)
def shift_group(t, e, endpoint, rng):
    """Move all patients of one tie group, sometimes onto another group."""
    i = pick(rng, N)
    old = t[endpoint, i]
    if uniform(rng) < 0.3:
        now = t[endpoint, pick(rng, N)]
    else:
        step = 1 + pick(rng, 6)
        now = old + (step if uniform(rng) < 0.5 else -step)
    if now == old:
        return 0
    for k in range(N):
        if t[endpoint, k] == old:
            t[endpoint, k] = now
            if not allowed(t, e, k):
                return 0
    return endpoint + 1


@njit(cache=True)
def propose(x, t, e, order, medians, rng, pair, touched, counts, hold):
    """Make one random move in place; the caller restores times and rows when it is refused."""
    u = uniform(rng)
    if u < 0.36:
        what = swap_one(x, e, order, rng, pair, touched, hold)
    elif u < 0.42:
        what = swap_several(x, e, order, rng, pair, touched, hold)
    elif u < 0.48:
        what = shift_ages(x, rng, pair, touched, counts)
    elif u < 0.77:
        what = move_time(t, e, medians, 0 if u < 0.60 else 1, rng)
    elif u < 0.90:
        what = swap_records(x, t, e, order, rng, pair, hold)
    elif u < 0.96:
        what = change_events(x, t, e, order, rng, pair, hold)
    else:
        what = shift_group(t, e, 1 if uniform(rng) < 0.7 else 0, rng)
    return what

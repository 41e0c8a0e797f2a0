"""Random numbers of the searches; compiled. The whole state is one integer, so runs repeat."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def uniform(rng):
    """Next number of [0, 1): splitmix64, whose whole state is one integer."""
    rng[0] += np.uint64(0x9E3779B97F4A7C15)
    z = rng[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True)
def pick(rng, n):
    """Random integer of 0..n-1."""
    return int(uniform(rng) * n)


def seeds(seed, count):
    """Give so many independent states, shape (count, 1), of one seed."""
    return np.random.SeedSequence(seed).generate_state(count, np.uint64)[:, None]

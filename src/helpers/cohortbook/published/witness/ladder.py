"""Replica exchange: what a ladder of temperatures needs, whatever stands on its rungs.

A single cohort that cools is caught in the valley it is in. Here one cohort stands on each rung of
a ladder of temperatures. Between stretches of annealing at constant temperature two neighbours
change places with the chance that keeps each rung's distribution (Swendsen and Wang, Physical
Review Letters 57:2607, 1986), so that a good valley found on a hot rung sinks to the coldest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from .chance import uniform


def temperatures(cold: float, hot: float, rungs: int) -> np.ndarray:
    """Give the temperature of each rung, in equal ratios from cold to hot."""
    return np.geomspace(cold, hot, rungs)


def neighbours(turn: int, rungs: int) -> Iterator[int]:
    """Give the lower rungs of the pairs that may change places in a turn: even ones, then odd."""
    return iter(range(turn % 2, rungs - 1, 2))


def change_places(gain: float, rng: np.ndarray) -> bool:
    """Decide on an exchange; `gain` is the sum of the falls of cost over temperature."""
    return uniform(rng) < math.exp(min(gain, 0.0))

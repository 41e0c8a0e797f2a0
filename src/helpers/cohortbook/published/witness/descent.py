"""The way down to a first cohort, before the exchange: one cohort that cools, in legs.

A table of many numbers is far from any draw, and a ladder of temperatures, most of whose rungs are
hot, hardly nears it. So one cohort cools slowly (Kirkpatrick, Gelatt and Vecchi, Science 220:671,
1983): first times and events alone, to the curves, tests and crude rows of the arms, which is
cheap; then covariates alone, which change places within their arms while the curves stand; then
all. How long a leg is follows from how much is printed, not from how long the search may be. A
table of few numbers does without: the ladder alone meets it sooner.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .anneal import anneal, refresh
from .cost import State, copy
from .problem import Problem

STRETCH = 1500  # evaluations at one temperature, and between two exchanges
COVARIATE_SHARE = 0.42  # of the moves, where all may move
CURVES, COVARIATES, ALL_MOVES = 0.0, 1.0, COVARIATE_SHARE
FEW = 60  # numbers
HOT, WARM, COLD = 300.0, 30.0, 0.3
CURVES_EACH, COVARIATES_EACH, ALL_EACH = 500, 3000, 6000  # evaluations for every number


def size_of(problem: Problem) -> int:
    """Say about how many numbers are aimed at: those of curves, tests, and ratios with limits."""
    return len(problem.items) + len(problem.tests) + 3 * len(problem.columns)


def state_of(problem: Problem, state: State) -> State:
    """Price a cohort under a problem; gives an independent copy."""
    made = copy(state)._replace(costs=np.zeros(len(problem.parts)))
    refresh(problem, made)
    return made


@dataclass
class Leg:
    """One cooling of one cohort, from hot to cold in equal ratios."""

    problem: Problem
    share: float  # of the moves that are of covariates
    hot: float
    evaluations: int
    done: int = 0
    states: list[State] = field(default_factory=list)  # that moves, to take back from, best

    @property
    def ended(self) -> bool:
        """Tell whether the leg is over: cold, or all is met."""
        return self.done >= self.evaluations or bool(self.states and not self.states[2].costs.any())

    def cool(self, start: State, rng: np.ndarray) -> State:
        """Anneal for a stretch, the first time from `start`; give the best cohort of the leg."""
        if not self.states:
            self.states = [state_of(self.problem, start) for _ in range(3)]
        heat = self.hot * (COLD / self.hot) ** (self.done / self.evaluations)
        anneal(self.problem, *self.states, rng, heat, STRETCH, self.share)
        self.done += STRETCH
        return self.states[2]


def legs_of(problem: Problem, curves: Problem) -> list[Leg]:
    """Give the legs of a search (none for few numbers); `curves` has no parts of covariates."""
    numbers = size_of(problem)
    if numbers <= FEW:
        return []
    legs = [Leg(curves, CURVES, HOT, CURVES_EACH * numbers)] if len(curves.parts) else []
    if len(problem.units) > 1:  # the arm never moves
        legs.append(Leg(problem, COVARIATES, HOT, COVARIATES_EACH * numbers))
    return [*legs, Leg(problem, ALL_MOVES, WARM, ALL_EACH * numbers)]


def short_leg(problem: Problem, evaluations: int) -> list[Leg]:
    """Give the leg of a search that begins near, half as long as it is."""
    few = size_of(problem) <= FEW
    return [] if few else [Leg(problem, ALL_MOVES, WARM, max(evaluations // 2, 1))]

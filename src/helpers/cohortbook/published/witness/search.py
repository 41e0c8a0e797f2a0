"""The search for a witness: one cohort cools, then a ladder of them; it stops when all is met."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from .aims import FAR, Curve, Table
from .anneal import anneal
from .chance import seeds
from .cost import State, copy
from .descent import ALL_MOVES, FEW, STRETCH, Leg, size_of, state_of
from .ladder import change_places, neighbours, temperatures
from .people import People
from .problem import Problem, Scale

RUNGS, COLD, HOT = 8, 0.15, 40.0
APART = 5.0  # rungs of many numbers are nearer to one another, or cohorts would not change places
EVENT_SHARE = 0.6  # of patients, where no number of events is printed


@dataclass
class Run:
    """A search in progress: legs still to go, rungs, coldest first; `done` counts evaluations."""

    problem: Problem
    best: State
    rngs: np.ndarray
    legs: list[Leg] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    kept: list[State] = field(default_factory=list)
    done: int = 0
    turns: int = 0

    @property
    def cost(self) -> float:
        """Cost of the best cohort: 0 if it meets every number."""
        return float(self.best.costs.sum())

    def not_yet(self) -> None:
        """Go on although the best cohort meets all to first order: any other one is better."""
        self.legs = []
        self.best = self.best._replace(costs=self.best.costs + 1.0)


def first_state(table: Table, people: People, scale: Scale, rng: np.random.Generator) -> State:
    """Draw times and events, about as the printed medians and events are."""
    k, n = len(scale.endpoints), people.n
    t, e = np.ones((k, n), np.int64), np.zeros((k, n), np.int64)
    for row, endpoint in enumerate(scale.endpoints):
        for arm, name in enumerate(people.arms):
            own = np.arange(people.first[arm], people.first[arm + 1])
            curves = [c for c in table.curves if c.endpoint == endpoint
                      and c.population == "all" and c.group in (name, "overall")]  # fmt: skip
            curves.sort(key=lambda curve: curve.group == "overall")
            middle = _median(curves) / scale.step or scale.longest[endpoint] / 3
            drawn = rng.exponential(middle / math.log(2), len(own))
            t[row, own] = np.clip(np.ceil(drawn), 1, scale.longest[endpoint])
            events = _events(curves, name, len(own))
            e[row, rng.permutation(own)[:events]] = 1
    return State(people.x.copy(), t, e, np.argsort(t, axis=1, kind="stable"),
                 np.zeros((k, n), np.int64), np.zeros(0))  # fmt: skip


def _median(curves: list[Curve]) -> float:
    found = [curve.aims[("median", 0.0)] for curve in curves if ("median", 0.0) in curve.aims]
    known = [(aim.low + aim.high) / 2 for aim in found if aim.high < FAR]
    return known[0] if known else 0.0


def _events(curves: list[Curve], arm: str, size: int) -> int:
    for curve in curves:
        if curve.group == arm and ("events", 0.0) in curve.aims:
            return min(round(curve.aims[("events", 0.0)].low + 0.5), size)
    return round(EVENT_SHARE * size)


def begin(problem: Problem, state: State, seed: int, legs: Sequence[Leg] = ()) -> Run:
    """Start from a cohort, whose events and times are made possible first."""
    state = copy(state)
    for k, end in enumerate(problem.within):
        if end >= 0:
            state.t[k] = np.minimum(state.t[k], state.t[end])
            state.e[k] |= state.e[end]
    return Run(problem, state_of(problem, state), seeds(seed, RUNGS + 1), list(legs))


def advance(run: Run) -> None:
    """Cool for a stretch, or let each rung anneal for one and neighbours change places."""
    if not run.legs:
        _exchange(run)
        return
    leg = run.legs[0]
    best = leg.cool(run.best, run.rngs[0])
    if leg.problem is run.problem:
        run.best = best
    elif leg.ended:
        run.best = state_of(run.problem, best)
    if leg.ended:
        run.legs = run.legs[1:]
    run.done += STRETCH


def _exchange(run: Run) -> None:
    if not run.states:
        run.states, run.kept = ([state_of(run.problem, run.best) for _ in range(RUNGS)]
                                for _ in range(2))  # fmt: skip
    size = size_of(run.problem)
    hot = HOT if size <= FEW else COLD * (1 + APART / math.sqrt(size)) ** (RUNGS - 1)
    heat = temperatures(COLD, hot, RUNGS)
    for rung, state in enumerate(run.states):
        if anneal(run.problem, state, run.kept[rung], run.best, run.rngs[rung], heat[rung],
                  STRETCH, ALL_MOVES) == 0:  # fmt: skip
            break
    costs = [float(state.costs.sum()) for state in run.states]
    for rung in neighbours(run.turns, RUNGS):
        gain = (costs[rung] - costs[rung + 1]) * (1 / heat[rung] - 1 / heat[rung + 1])
        if change_places(gain, run.rngs[-1]):
            pair = slice(rung, rung + 2)
            run.states[pair], run.kept[pair] = run.states[pair][::-1], run.kept[pair][::-1]
    run.turns += 1
    run.done += RUNGS * STRETCH


def search(run: Run, evaluations: int, go_on: Callable[[Run], bool] = lambda run: True) -> bool:
    """Search until every number is met, the evaluations are used up or `go_on` says no.

    Whatever ends it, a run of as many evaluations has the same end: none depends on how many were
    asked for.
    """
    while run.cost > 0 and run.done < evaluations and go_on(run):
        advance(run)
    return run.cost == 0

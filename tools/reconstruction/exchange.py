"""Replica exchange of cohorts (`cohortbook.published.witness.ladder`): goals, legs, checkpoints."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from cohortbook.published.witness.chance import seeds
from cohortbook.published.witness.ladder import change_places, neighbours, temperatures

from . import search
from .anneal import Problem, anneal, refresh
from .goals import FURTHER, GOALS, missed
from .score import summary
from .search import Settings
from .state import State, copy, to_core
from .targets import Targets

STRETCH = 4000  # evaluations of a rung between two exchanges
SMOOTH = 0.005  # an extra cost below this share is left out

Rank = tuple[int, float]  # goals and further wishes missed, and the rms error


@dataclass
class Ladder:
    """A run in progress, coldest rung first.

    Attributes
    ----------
    states, lowest : list of State
        The cohort of each rung, and the cheapest that stood there.
    rngs : ndarray, shape (rungs + 1, 1)
        Of the moves on each rung, and of the exchanges.
    best : State
        The cohort that misses the fewest goals, and of those has the least rms error.
    done : int
        Evaluations of all rungs together.
    """

    settings: Settings
    states: list[State]
    lowest: list[State]
    rngs: np.ndarray
    best: State
    done: int = 0
    taken: list[int] = field(default_factory=lambda: [0, 0])  # exchanges done, and tried


def make_problems(targets: Targets, settings: Settings) -> list[Problem]:
    """Give the problem of each rung: the hotter, the smoother."""
    shares = settings.strict_fall ** np.arange(settings.rungs)
    return [
        search.make_problem(targets, replace(settings, strict=settings.strict * float(share)))
        for share in np.where(shares < SMOOTH, 0.0, shares)
    ]


def begin(settings: Settings, start: pd.DataFrame, problems: list[Problem]) -> Ladder:
    """Start all rungs from one core table."""
    states = [search.begin(settings, start, problem).state for problem in problems]
    return Ladder(
        settings,
        states,
        [copy(state) for state in states],
        seeds(settings.seed, len(problems) + 1),
        copy(states[0]),
    )


def advance(run: Ladder, problems: list[Problem]) -> bool:
    """Run one leg; False when the run is complete."""
    plan = run.settings
    heat = temperatures(plan.cold, plan.hot, plan.rungs)
    turn = len(problems) * STRETCH
    stop = min(run.done + plan.leg, plan.evaluations)
    while run.done < stop:
        for rung, problem in enumerate(problems):
            anneal(
                run.states[rung],
                run.lowest[rung],
                problem,
                run.rngs[rung],
                heat[rung],
                heat[rung],
                0,
                STRETCH,
                STRETCH,
            )
        for rung in neighbours(run.done // turn, len(problems)):
            _exchange(run, problems, heat, rung)
        run.done += turn
    return run.done < plan.evaluations


def _exchange(run: Ladder, problems: list[Problem], heat: np.ndarray, rung: int) -> None:
    """Let the cohorts of a rung and of the next change places, or leave them."""
    cold, hot = run.states[rung], run.states[rung + 1]
    risen, sunk = copy(cold), copy(hot)
    gain = (search.cost(cold) - refresh(sunk, problems[rung])) / heat[rung]
    gain += (search.cost(hot) - refresh(risen, problems[rung + 1])) / heat[rung + 1]
    run.taken[1] += 1
    if change_places(gain, run.rngs[-1]):
        run.taken[0] += 1
        run.states[rung : rung + 2] = sunk, risen
        for place in (rung, rung + 1):
            if search.cost(run.states[place]) < search.cost(run.lowest[place]):
                run.lowest[place] = copy(run.states[place])


def rank(state: State, targets: Targets) -> Rank:
    """Say how near a cohort is to the goals."""
    found = summary(to_core(state), targets)
    return len(missed(found, (*GOALS, *FURTHER))), found["rms"]


def exchange(
    run: Ladder,
    targets: Targets,
    folder: Path | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> pd.DataFrame:
    """Run to the end, with a checkpoint and a line of progress after each leg.

    Returns
    -------
    DataFrame
        The best core table found: after each leg each rung's cohort and its cheapest are compared.
        With `give_rung`, the cheapest of that rung.
    """
    problems, more = make_problems(targets, run.settings), True
    standing = rank(run.best, targets)
    while more:
        before, clock = run.done, time.perf_counter()
        more = advance(run, problems)
        speed = (run.done - before) / max(time.perf_counter() - clock, 1e-9)
        for state in run.lowest + run.states:
            found = rank(state, targets)
            if found < standing:
                standing, run.best = found, copy(state)
        report(
            f"{run.done:>13,} of {run.settings.evaluations:,}  cost "
            f"{search.cost(run.states[0]):8.1f}  best: {standing[0]} goals and wishes missed, rms "
            f"{standing[1]:.2f} %  exchanged {run.taken[0] / max(run.taken[1], 1):.0%}  "
            f"{speed:9,.0f}/s"
        )
        if folder is not None:
            save(run, folder)
    given = run.settings.give_rung
    return to_core(run.best if given is None else run.lowest[given])


def save(run: Ladder, folder: Path) -> None:
    """Write checkpoint.npz and best.csv, whole or not at all."""
    rungs = {
        f"{part}{rung}": state
        for part, held in (("state", run.states), ("low", run.lowest))
        for rung, state in enumerate(held)
    }
    search.keep(
        folder,
        run.settings,
        {**rungs, "best": run.best},
        rng=run.rngs,
        done=run.done,
        taken=run.taken,
    )


def load(folder: Path) -> Ladder:
    """Read the checkpoint of a folder."""
    settings, held = search.kept(folder)
    states, lowest = (
        [search.state_in(held, f"{part}{rung}") for rung in range(settings.rungs)]
        for part in ("state", "low")
    )
    return Ladder(
        settings,
        states,
        lowest,
        held["rng"],
        search.state_in(held, "best"),
        int(held["done"]),
        held["taken"].tolist(),
    )

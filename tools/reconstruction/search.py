"""The search as a resumable run: legs of annealing, checkpoints, the best cohort as CSV."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cohortbook.errors import CohortbookError

from .anneal import Problem, anneal, refresh
from .state import FEMALE, TREATED, WIDTH, State, copy, from_core, to_core
from .targets import ENDPOINTS, GROUPS, MODELS, TERMS, Targets, row_targets

PAIRS = ("weights", "pfs_groups")  # settings that JSON and YAML give as lists
LEG = 2_000_000  # evaluations between two checkpoints


@dataclass(frozen=True)
class Settings:
    """One annealing run. The same settings and start give the same cohort.

    Attributes
    ----------
    seed : int
        Of the moves, and of the random cohort where no other start is given.
    evaluations : int
        Cohorts to try.
    hot, cold : float
        First and last temperature; it falls geometrically.
    deaths, pfs_events : int
        Numbers of events to aim at. The paper prints none; its standard errors bound them: a
        binary covariate has at most a quarter of the events as information, which needs 23 deaths
        and 43 PFS events, and one more or fewer strains other rows.
    weights : tuple of 3 float
        Cost of a missed median and of a missed log-rank test of PFS, times their usual cost; cost
        of a patient lost before the least possible follow-up.
    power : float
        How the cost of a row that is far off grows with the squared error: a small power lets the
        search cross between cohorts, a larger one mends the last rows.
    pfs_weight : float
        Of all costs of PFS: large, OS is searched again beside a PFS that hardly changes.
    row_weights : dict of str to float
        Of single rows, named as "os/univariable/afp_ge400": one whose P lies near 0.05, or whose
        group is so small that one event more or fewer moves it far.
    combination_median : float, optional
        OS median of the combination, months, to aim at instead of the printed one.
    hold_women : bool
        Keep a PFS event for each of the six women, as the interval of their row implies. A woman
        who has none at the start changes events with a man of her arm.
    combination_weight : float
        How many times more than the other medians the OS median of the combination counts.
    strict : float
        Of the extra cost of rows that miss a goal: without it the landscape is smooth, and a search
        that begins from a random cohort is not caught early.
    rungs : int
        1: one cohort, annealed. More: so many cohorts, each at a temperature of its own between
        `cold` and `hot`, that change places (see `exchange`); they share the evaluations.
    strict_fall : float
        Ratio of the extra cost of each rung to that of the colder one below it.
    give_rung : int, optional
        Give the cheapest cohort of this rung, 0 the coldest, to the next stage: a warmer one costs
        less there than the best so far, and may end better. None: the best so far.
    give_last : bool
        With one rung: give the cohort in which the run ends to the next stage, not its best, which
        may be the start. A run that ends warm with one endpoint weighted less melts that endpoint.
    logrank_os : float
        Cost of another log-rank P of OS in AFP >= 400 than the printed one, times its usual cost.
    logrank_low : float
        Cost of a log-rank P of PFS in AFP < 400 below 0.05, times its usual cost.
    pfs_groups : tuple of 4 int
        PFS events to aim at in ICI with AFP < 400, in ICI with AFP >= 400, and so in the
        combination; negative: free.
    leg : int
        Evaluations between two checkpoints.
    """

    seed: int = 1
    evaluations: int = 200_000_000
    hot: float = 20.0
    cold: float = 0.4
    deaths: int = 24
    pfs_events: int = 44
    weights: tuple[float, float, float] = (1.0, 1.0, 0.5)
    power: float = 0.5
    pfs_weight: float = 1.0
    row_weights: dict[str, float] = field(default_factory=dict)
    combination_median: float | None = None
    combination_weight: float = 1.0
    strict: float = 1.0
    hold_women: bool = False
    rungs: int = 1
    strict_fall: float = 0.6
    give_rung: int | None = None
    give_last: bool = False
    logrank_os: float = 1.0
    logrank_low: float = 1.0
    pfs_groups: tuple[int, int, int, int] = (-1, -1, -1, -1)
    leg: int = LEG


@dataclass
class Run:
    """A run in progress: what a checkpoint holds."""

    settings: Settings
    state: State
    best: State
    rng: np.ndarray
    done: int = 0


def make_problem(targets: Targets, settings: Settings) -> Problem:
    """Turn the targets and a run's settings into the arrays of the compiled loop."""
    goals = row_targets(targets)
    extra = np.empty((*goals.shape[:-1], 3))
    extra[..., 0], extra[0, ..., 1], extra[1, ..., 1] = settings.power, 1.0, settings.pfs_weight
    for name, weight in settings.row_weights.items():
        extra[(*_row(name), 1)] *= weight
    extra[..., 2] = settings.strict
    goals = np.concatenate([goals, extra], axis=-1)
    ratios = np.ones((2, WIDTH))
    ratios[:, : goals.shape[2]] = np.exp(goals[:, 0, :, 0])
    medians = np.rint(targets.medians * 10).astype(np.int64)
    if settings.combination_median is not None:
        medians[0, GROUPS.index("MWA+ICI")] = round(10 * settings.combination_median)
    return Problem(
        goals,
        ratios,
        medians,
        np.array([settings.deaths, settings.pfs_events]),
        np.array(
            [
                *settings.weights,
                settings.logrank_os,
                settings.combination_weight,
                settings.logrank_low,
            ]
        ),
        settings.hold_women,
        np.array(settings.pfs_groups),
    )


def _row(name: str) -> tuple[int, int, int]:
    """Find a row by its name, ENDPOINT/MODEL/TERM."""
    try:
        endpoint, model, term = name.split("/")
        return ENDPOINTS.index(endpoint), MODELS.index(model), TERMS.index(term)
    except ValueError:
        raise CohortbookError(
            f"there is no row '{name}'; one is os/univariable/afp_ge400 "
            f"(terms: {', '.join(TERMS)})."
        ) from None


def begin(settings: Settings, start: pd.DataFrame, problem: Problem) -> Run:
    """Start a run from a core table."""
    state = from_core(start)
    if settings.hold_women:
        _women_progress(state)
    refresh(state, problem)
    rng = np.array([np.random.SeedSequence(settings.seed).generate_state(1, np.uint64)[0]])
    return Run(settings, state, copy(state), rng)


def _women_progress(state: State) -> None:
    """Let each woman without a PFS event change events with a man of her arm, near in PFS."""
    x, t, e = state.x, state.t, state.e
    for woman in np.flatnonzero((x[:, FEMALE] == 1) & (e[1] == 0)):
        men = np.flatnonzero(
            (x[:, FEMALE] == 0) & (x[:, TREATED] == x[woman, TREATED]) & (e[1] == 1) & (e[0] == 0)
        )
        man = men[np.argmin(np.abs(t[1, men] - t[1, woman]))]
        e[1, [woman, man]] = 1, 0
        t[1, woman] = min(t[1, woman], t[0, woman] - 1)  # a progression before the end of OS


def cost(state: State) -> float:
    """Cost of a state as last priced."""
    return float(state.costs.sum() + state.course.sum())


def advance(run: Run, problem: Problem) -> bool:
    """Run one leg; False when the run is complete."""
    plan = run.settings
    stop = min(run.done + plan.leg, plan.evaluations)
    if stop > run.done:
        anneal(
            run.state,
            run.best,
            problem,
            run.rng,
            plan.hot,
            plan.cold,
            run.done,
            stop,
            plan.evaluations,
        )
        run.done = stop
    return run.done < plan.evaluations


def save(run: Run, folder: Path) -> None:
    """Write checkpoint.npz and best.csv, whole or not at all."""
    keep(folder, run.settings, {"state": run.state, "best": run.best}, rng=run.rng, done=run.done)


def keep(folder: Path, settings: Settings, states: dict[str, State], **more: Any) -> None:
    """Write a checkpoint of named states and arrays, and the state "best" as CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {
        f"{part}_{name}": array
        for part, held in states.items()
        for name, array in held._asdict().items()
    }
    partial = folder / "checkpoint.partial.npz"
    np.savez(partial, settings=json.dumps(asdict(settings)), **arrays, **more)
    partial.replace(folder / "checkpoint.npz")
    partial = folder / "best.partial.csv"
    to_core(states["best"]).to_csv(partial, index=False, lineterminator="\n")
    partial.replace(folder / "best.csv")


def load(folder: Path) -> Run:
    """Read the checkpoint of a folder."""
    settings, held = kept(folder)
    return Run(
        settings, state_in(held, "state"), state_in(held, "best"), held["rng"], int(held["done"])
    )


def kept(folder: Path) -> tuple[Settings, dict[str, np.ndarray]]:
    """Give the settings and the arrays of a checkpoint."""
    path = folder / "checkpoint.npz"
    if not path.exists():
        raise CohortbookError(f"there is no checkpoint in {folder}; start without --resume.")
    with np.load(path) as held:
        told = json.loads(str(held["settings"]))
        return Settings(**told | {name: tuple(told[name]) for name in PAIRS}), dict(held)


def state_in(held: dict[str, np.ndarray], part: str) -> State:
    """Give a named state of a checkpoint."""
    return State(*(held[f"{part}_{name}"] for name in State._fields))


def search(
    run: Run,
    problem: Problem,
    folder: Path | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> pd.DataFrame:
    """Run to the end, with a checkpoint and a line of progress after each leg.

    Returns
    -------
    DataFrame
        The best core table found; with `give_last`, the one in which the run ended.
    """
    more = True
    while more:
        before, clock = run.done, time.perf_counter()
        more = advance(run, problem)
        speed = (run.done - before) / max(time.perf_counter() - clock, 1e-9)
        plan = run.settings
        heat = plan.hot * (plan.cold / plan.hot) ** (run.done / max(plan.evaluations, 1))
        report(
            f"{run.done:>13,} of {plan.evaluations:,}  temperature {heat:6.2f}  "
            f"cost {cost(run.state):8.1f}  best {cost(run.best):8.1f}  {speed:9,.0f}/s"
        )
        if folder is not None:
            save(run, folder)
    return to_core(run.state if run.settings.give_last else run.best)

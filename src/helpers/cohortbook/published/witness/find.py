"""A witness of a printed survival table, or the numbers that cannot be held together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ...errors import Problem, StudyError
from .. import Published
from .aims import Table, table_of
from .descent import legs_of, short_leg
from .measure import measure
from .people import People, people_of, sizes_known
from .problem import Scale, problem_of, scale_of
from .proofs import Clash, proved
from .search import Run, begin, first_state, search
from .smallest import smallest, units_of

SECONDS = 60.0  # of the search on everything, where no evaluations are asked for,
MORE, AGAIN = 30.0, 25.0  # of the searches for the smallest set, and of the last one on it alone
TRIES = 12  # each of a twelfth of the evaluations
LEAST, MOST = 4, 2000  # patients
SAY_EVERY = 5.0  # seconds


@dataclass
class Found:
    """What a search found.

    Attributes
    ----------
    clashes : list of Clash
        Sets of numbers that no data hold together, each with its proof; what they
        leave out was not aimed at.
    fit : DataFrame
        Every number beside the nearest cohort's (`measure.measure`), with `aimed`.
    unheld : list of str
        The smallest set that the search did not hold together; empty if it met all it aimed at, and
        all of it if a longer search met the set that short ones left.
    whole : bool
        Whether each part of that set was tried; otherwise it may be smaller.
    alone : tuple of int and float
        Cohorts tried on that set alone, and how far the nearest is from the number that it misses
        most, as a share of print.
    clock : bool
        Whether the clock, not a number of evaluations, stopped the search.
    """

    table: Table
    people: People
    scale: Scale
    run: Run
    clashes: list[Clash]
    fit: pd.DataFrame
    unheld: list[str]
    whole: bool
    alone: tuple[int, float]
    clock: bool

    @property
    def complete(self) -> bool:
        """Tell whether the cohort gives every number of the table."""
        return bool(self.fit["met"].all())


def find_witness(
    published: Published,
    seed: int = 1,
    evaluations: int | None = None,
    say: Callable[[str], None] = lambda line: None,
    path: str | Path = "published.yml",
) -> Found:
    """Search a cohort that gives a printed survival table.

    Parameters
    ----------
    published : Published
        The printed results.
    seed : int
        The same seed and evaluations give the same cohort.
    evaluations : int, optional
        Cohorts to try; by default as many as about two minutes allow.
    say : callable
        Is given the lines of progress.
    path : path
        The file, for messages.

    Raises
    ------
    StudyError
        If there is no survival table, or arms without sizes.
    """
    table = table_of(published)
    _possible(published, table, path)
    clashes = proved(published, table)
    without = {key for clash in clashes for key in clash.left_out}
    rng = np.random.default_rng(seed)
    people, scale = people_of(published, table, rng), scale_of(table)
    say(f"{len(list(table.aims()))} printed numbers, {people.n} patients; preparing")
    problem = problem_of(table, people, scale, without)
    curves = problem_of(table, people, scale, without | table.of_covariates())
    first = first_state(table, people, scale, rng)
    run = begin(problem, first, seed, legs_of(problem, curves))
    clock = _Clock(evaluations, say)
    _until_met(run, table, people, scale, without, clock)
    fit = measure(table, people, scale, run.best)
    fit["aimed"] = ~fit["key"].isin(without)
    missed = set(fit.loc[fit["aimed"] & ~fit["met"], "key"])
    unheld, whole, alone = [], True, (0, 0.0)
    if missed:
        say("looking for the smallest set that is not held together")
        tries = _Tries(run, table, people, scale, clock, evaluations or run.done)
        unheld, whole = smallest(units_of(table, without), missed, tries)
        met, alone = tries.again(unheld)
        if met:
            unheld, whole = fit.loc[fit["aimed"], "key"].tolist(), False
    return Found(table, people, scale, run, clashes, fit, unheld, whole, alone, clock.stopped)


def _possible(published: Published, table: Table, path: str | Path) -> None:
    """Refuse a paper in which there is nothing to search."""
    said = None
    sizes = [size for size in published.groups.values() if size is not None]
    if not list(table.aims()):
        said = ("a survival table", "It holds no medians, events, numbers at risk, log-rank P or "
                "hazard ratios.")  # fmt: skip
    elif not sizes_known(published):
        said = ("the size of every arm", "A group has none (null).")
    elif not LEAST <= sum(sizes) <= MOST:
        said = (f"{LEAST} to {MOST} patients", f"{sum(sizes)} patients.")
    if said:
        mend = "See docs/audit.md, the witness."
        raise StudyError([Problem(str(path), said[0], mend, said[1])])


class _Clock:
    """Says when to stop, and how far a search is."""

    def __init__(self, evaluations: int | None, say: Callable[[str], None]) -> None:
        self.evaluations, self.say, self.stopped = evaluations, say, False
        self.said = self.begun = 0.0

    def go_on(self, run: Run) -> bool:
        """Tell whether there is time for more; the first stretch, which compiles, is free."""
        now = time.monotonic()
        self.begun = self.begun or (now if run.done else 0.0)
        if now - self.said > SAY_EVERY and run.done:
            self.said = now
            self.say(f"{run.done:>12,} cohorts tried, cost {run.cost:.1f}")
        if self.evaluations is None and self.begun and now - self.begun > SECONDS:
            self.stopped = True
        return not self.stopped


def _until_met(
    run: Run, table: Table, people: People, scale: Scale, without: set[str], clock: _Clock
) -> None:
    """Search until the cohort gives all by a full fit, which the search itself does not make."""
    most = clock.evaluations or 1 << 60
    while search(run, most, clock.go_on):
        fit = measure(table, people, scale, run.best)
        if fit.loc[~fit["key"].isin(without), "met"].all() or run.done >= most:
            return
        run.not_yet()


class _Tries:
    """Searches that leave numbers out, each from the best cohort so far."""

    def __init__(
        self, run: Run, table: Table, people: People, scale: Scale, clock: _Clock, whole: int
    ) -> None:
        self.run, self.clock, self.whole = run, clock, whole
        self.table, self.people, self.scale = table, people, scale
        self.done, self.begun = 0, time.monotonic()

    def __call__(self, keys: list[str]) -> bool | None:
        """Tell whether a short search meets these numbers (None: no search is left)."""
        if self.done >= TRIES or self._late(MORE):
            return None
        return self._try(keys, max(self.whole // TRIES, 1)).cost == 0

    def again(self, keys: list[str]) -> tuple[bool, tuple[int, float]]:
        """Tell whether a search as long as the first one meets these numbers alone.

        Gives also how many cohorts it tried, and how far the nearest is from print.
        """
        self.begun = time.monotonic()
        run = self._try(keys, self.whole)
        fit = measure(self.table, self.people, self.scale, run.best)
        off = float(fit.loc[fit["key"].isin(keys), "off"].max()) if keys else 0.0
        return off == 0, (run.done, off)

    def _late(self, seconds: float) -> bool:
        return self.clock.evaluations is None and time.monotonic() - self.begun > seconds

    def _try(self, keys: list[str], evaluations: int) -> Run:
        self.done += 1
        left_out = {aim.key for aim in self.table.aims()} - set(keys)
        problem = problem_of(self.table, self.people, self.scale, left_out)
        run = begin(problem, self.run.best, self.done, short_leg(problem, evaluations))
        met = search(run, evaluations, lambda run: not self._late(AGAIN))
        self.clock.say(f"{len(keys):>5} of the numbers alone: {'met' if met else 'not met'}")
        return run

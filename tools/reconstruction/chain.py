"""The recorded search: a few runs, each beginning where the one before ended, then completion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd
import yaml

from cohortbook.errors import CohortbookError

from . import exchange, search
from .complete import complete, write_study
from .details_core import read_core
from .search import Settings
from .start import random_core
from .targets import Targets

CHAIN = Path("data/wei2026/reconstruction/chain.yml")
CORE = Path("reconstruction/core.csv")  # within the folder of the study


@dataclass(frozen=True)
class Chain:
    """The runs in their order, and the seed that completes their core table to a study.

    `start` is the core table that the first run begins from; None: a random one of its seed.
    """

    stages: list[Settings]
    completion_seed: int
    start: Path | None = None

    def first_core(self, goals: Targets) -> pd.DataFrame:
        """Give the core table that the first run begins from."""
        if self.start is not None:
            return pd.read_csv(self.start)
        return random_core(self.stages[0].seed, goals)


def load_chain(path: Path = CHAIN) -> Chain:
    """Read a recorded search.

    Raises
    ------
    CohortbookError
        If the file cannot be read, or a setting is unknown or missing.
    """
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
        stages = [
            Settings(**stage | {n: tuple(stage[n]) for n in search.PAIRS if n in stage})
            for stage in told["stages"]
        ]
        if not stages:
            raise KeyError("stages")
        start = path.parent / told["start"] if told.get("start") else None
        return Chain(stages, int(told["completion_seed"]), start)
    except (OSError, yaml.YAMLError, TypeError, KeyError, ValueError) as error:
        known = ", ".join(field.name for field in fields(Settings))
        raise CohortbookError(
            f"not a recorded search ({error}).",
            str(path),
            mend=f"Give completion_seed, and stages with {known}.",
        ) from None


def run_chain(
    chain: Chain, goals: Targets, folder: Path, report: Callable[[str], None] = lambda line: None
) -> pd.DataFrame:
    """Run all stages, each in its folder; what an earlier call finished is not done again.

    Parameters
    ----------
    chain, goals : Chain, Targets
        What to run, and what to aim at.
    folder : Path
        For the checkpoints: stage-1, stage-2 and so on.
    report : callable
        Is given the lines of progress.

    Returns
    -------
    DataFrame
        The best core table of the last stage.
    """
    core = chain.first_core(goals)
    for stage, place in _places(chain, folder):
        report(f"{place.name}: seed {stage.seed}")
        core = run_stage(stage, core, goals, place, report)
    return core


def run_stage(
    stage: Settings,
    core: pd.DataFrame,
    goals: Targets,
    folder: Path,
    report: Callable[[str], None] = lambda line: None,
) -> pd.DataFrame:
    """Run one stage, or go on from the checkpoint in its folder; give its best core table.

    Raises
    ------
    CohortbookError
        If the folder holds a run with other settings.
    """
    if (folder / "checkpoint.npz").exists():
        settings, _ = search.kept(folder)
        if settings != stage:
            raise CohortbookError(
                f"{folder} holds a run with other settings.",
                mend="Name an empty folder for the checkpoints.",
            )
        return resume(goals, folder, report)
    if stage.rungs > 1:
        run = exchange.begin(stage, core, exchange.make_problems(goals, stage))
        return exchange.exchange(run, goals, folder, report)
    problem = search.make_problem(goals, stage)
    return search.search(search.begin(stage, core, problem), problem, folder, report)


def resume(
    goals: Targets, folder: Path, report: Callable[[str], None] = lambda line: None
) -> pd.DataFrame:
    """Go on from the checkpoint in a folder; give the best core table."""
    settings, _ = search.kept(folder)
    if settings.rungs > 1:
        return exchange.exchange(exchange.load(folder), goals, folder, report)
    return search.search(search.load(folder), search.make_problem(goals, settings), folder, report)


def _places(chain: Chain, folder: Path) -> Iterator[tuple[Settings, Path]]:
    for number, stage in enumerate(chain.stages, start=1):
        yield stage, folder / f"stage-{number}"


def rebuild(chain: Chain, core: pd.DataFrame, folder: Path) -> list[Path]:
    """Write a core table and the three tables completed from it into the folder of a study."""
    path = folder / CORE
    path.parent.mkdir(parents=True, exist_ok=True)
    core.to_csv(path, index=False, lineterminator="\n")
    return [path, *write_study(complete(read_core(path), chain.completion_seed), folder)]

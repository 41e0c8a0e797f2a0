"""The same tasks on the cores of this machine, or on a cluster: results in order, none lost.

A task is a function of one item that can be pickled, and so must its value be. One that raises is
an outcome with an error; the others go on.
"""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from multiprocessing import active_children, get_context, parent_process
from pathlib import Path
from typing import Any, Protocol

from .errors import CohortbookError
from .processes import die_with_parent

SCHEDULER = "COHORTBOOK_SCHEDULER"
"""Variable of the environment in which a build names its cluster to the notebooks' kernels."""
ATTEMPTS = 3  # a process that was killed may not be the task's fault; three may be


@dataclass(frozen=True)
class Outcome:
    """What became of the item at `index`: its value, or why there is none."""

    index: int
    value: Any = None
    error: str = ""


Done = Callable[[Outcome], None]


class Executor(Protocol):
    """Whoever runs tasks."""

    def run(
        self, function: Callable[[Any], Any], items: Sequence[Any], done: Done = lambda _: None
    ) -> list[Outcome]:
        """Run the function on each item; `done` is told each outcome as it comes.

        Returns
        -------
        list of Outcome
            In the order of the items, whoever finished first.
        """


def executor(scheduler: str | None = None, workers: int = 0) -> Executor:
    """Give the cluster behind a Dask scheduler's address, or this machine's cores."""
    return Cluster(scheduler) if scheduler else Local(workers)


@lru_cache
def sources_digest() -> str:
    """Give the hash of this package's sources: a worker must have the same."""
    package = Path(__file__).parent
    found = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        found.update(path.relative_to(package).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


@dataclass(frozen=True)
class Local:
    """Processes on this machine; 0 workers is one a processor."""

    workers: int = 0

    def run(
        self, function: Callable[[Any], Any], items: Sequence[Any], done: Done = lambda _: None
    ) -> list[Outcome]:
        """As `Executor.run`. A process that is killed takes no result of another with it."""
        outcomes: dict[int, Outcome] = {}
        for attempt in range(1, ATTEMPTS + 1):
            waiting = [i for i in range(len(items)) if i not in outcomes]
            # after a kill one at a time, so that only the task that kills is blamed
            for group in [waiting] if attempt == 1 else [[i] for i in waiting]:
                for outcome in self._try(function, items, group):
                    outcomes[outcome.index] = outcome
                    done(outcome)
        for index in range(len(items)):
            if index not in outcomes:
                outcomes[index] = Outcome(index, error="Its process was killed, each time.")
                done(outcomes[index])
        return [outcomes[index] for index in range(len(items))]

    def _try(
        self, function: Callable[[Any], Any], items: Sequence[Any], group: list[int]
    ) -> Iterator[Outcome]:
        """Give the outcomes of a group until a process dies."""
        if not group:
            return
        workers = min(self.workers or os.cpu_count() or 1, len(group))
        with ProcessPoolExecutor(
            workers, mp_context=get_context("spawn"), initializer=_end_with_parent
        ) as pool:
            futures = [pool.submit(_guarded, function, i, items[i]) for i in group]
            try:
                for future in as_completed(futures):
                    with suppress(BrokenProcessPool):
                        yield future.result()
            except KeyboardInterrupt:
                for worker in active_children():
                    worker.kill()
                raise


def _end_with_parent() -> None:
    """End this process when its parent does, and not before: Ctrl-C is the parent's to obey.

    A worker holds both ends of the pipe that its tasks come through: if its parent is killed, it
    would wait for the next one for ever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()

    def watch() -> None:
        parent_process().join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@dataclass(frozen=True)
class Cluster:
    """Workers behind a Dask scheduler, such as tcp://10.0.0.1:8786."""

    address: str

    def run(
        self, function: Callable[[Any], Any], items: Sequence[Any], done: Done = lambda _: None
    ) -> list[Outcome]:
        """As `Executor.run`. The scheduler gives what a killed worker had to another.

        A worker that has other sources of this package refuses its tasks.

        Raises
        ------
        CohortbookError
            If Dask distributed is not installed, or no scheduler answers.
        """
        distributed = _distributed()
        task = partial(_guarded, partial(_same_sources, sources_digest(), function))
        outcomes: dict[int, Outcome] = {}
        with self._client(distributed) as client, client.as_current():
            futures = {
                client.submit(task, i, item, pure=False, retries=ATTEMPTS): i
                for i, item in enumerate(items)
            }
            for future in distributed.as_completed(list(futures)):
                index = futures[future]
                if future.status == "finished":
                    outcomes[index] = future.result()
                else:
                    outcomes[index] = Outcome(index, error=_said(future.exception()))
                future.release()
                done(outcomes[index])
        return [outcomes[index] for index in range(len(items))]

    def _client(self, distributed: Any) -> Any:
        try:
            return distributed.Client(self.address, timeout="15s", set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise CohortbookError(
                f"No Dask scheduler answers ({error}).",
                self.address,
                "Start one with `dask scheduler`, workers with `dask worker ADDRESS`.",
            ) from None


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise CohortbookError(
            "Dask distributed is not installed.",
            "--scheduler",
            'Install the extra "cluster": uv sync --extra cluster.',
        ) from None
    return distributed


def _same_sources(digest: str, function: Callable[[Any], Any], item: Any) -> Any:
    if digest != sources_digest():
        raise CohortbookError(
            "This worker has another version of cohortbook.", mend="Install the same on each."
        )
    return function(item)


def _guarded(function: Callable[[Any], Any], index: int, item: Any) -> Outcome:
    """Run a task; an exception crosses as text, for not every class can be pickled."""
    try:
        return Outcome(index, function(item))
    except Exception as error:
        return Outcome(index, error=_said(error))


def _said(error: BaseException) -> str:
    """Our own errors speak for themselves; any other is named by its class."""
    if isinstance(error, CohortbookError):
        return str(error)
    return f"{type(error).__name__}: {error}"

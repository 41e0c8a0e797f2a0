"""Who follows a build on a terminal sees a bar that names the notebooks; a log gets plain lines."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from .heartbeat import Heartbeat
from .report import Watcher

READING = "Reading the study"


@contextmanager
def watching(console: Console) -> Iterator[Watcher]:
    """Give a watcher that reports on `console` while the block runs."""
    if console.is_terminal:
        with _Bar(console) as bar:
            yield Watcher(bar.notebook, bar.tell, bar.plan)
    else:
        with _Lines() as lines:
            yield Watcher(lines.notebook, lines.tell, lines.plan)


class _Bar:
    """A bar over the notebooks, or a clock; its text names what is being done."""

    def __init__(self, console: Console) -> None:
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self.running: list[str] = []
        self.done = self.total = 0
        self.task = self.progress.add_task(READING, total=None)

    def __enter__(self) -> _Bar:
        self.progress.start()
        return self

    def __exit__(self, *_error) -> None:
        self.progress.stop()

    def plan(self, names: list[str]) -> None:
        if names:
            self.total = len(names)
            self._step("Starting the notebooks")

    def tell(self, text: str) -> None:
        self.progress.console.print(text)
        self._step(_step_of(text))

    def notebook(self, name: str, state: str) -> None:
        if state == "started":
            self.running.append(name)
        else:
            self.running.remove(name)
            self.done += 1
        names = ", ".join(self.running) or "Gathering results"
        self._step(f"{names} ({self.done} of {self.total} notebooks done)")

    def _step(self, text: str) -> None:
        if text:
            self.progress.update(self.task, description=text)


class _Lines:
    """One line an event, written at once, so that a log shows where a build stands."""

    def __init__(self) -> None:
        self.started: dict[str, float] = {}
        self.life = Heartbeat(self._write, READING)

    def __enter__(self) -> _Lines:
        self.life.__enter__()
        return self

    def __exit__(self, *error) -> None:
        self.life.__exit__(*error)

    def tell(self, text: str) -> None:
        self._write(text)
        step = _step_of(text)
        self.life.begin(step) if step else self.life.heard()

    def _write(self, text: str) -> None:
        sys.stderr.write(text + "\n")  # in one piece: several threads report
        sys.stderr.flush()

    def plan(self, names: list[str]) -> None:
        if names:
            self.tell(f"Running {len(names)} notebooks: {', '.join(names)}.")

    def notebook(self, name: str, state: str) -> None:
        if state == "started":
            self.started[name] = time.monotonic()
        else:
            self._write(f"  {name} done in {time.monotonic() - self.started.pop(name):.1f} s")
        self.life.begin(
            "Running " + ", ".join(self.started) if self.started else "Gathering results"
        )


def _step_of(text: str) -> str:
    """Give the step that a sentence announces; a warning or a fact announces none."""
    first, _, _ = text.partition(" ")
    return (
        text.rstrip(".")
        if first.endswith("ing") and first != "Warning:"
        else "Waiting for another build"
        if text.startswith("Another build")
        else ""
    )

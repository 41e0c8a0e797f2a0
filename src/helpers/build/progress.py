"""Who follows a build on a terminal sees a bar that names the notebooks; a log gets plain lines."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from .report import Watcher


@contextmanager
def watching(console: Console) -> Iterator[Watcher]:
    """Give a watcher that reports on `console` while the block runs."""
    if console.is_terminal:
        with _Bar(console) as bar:
            yield Watcher(bar.notebook, console.print, bar.plan)
    else:
        lines = _Lines()
        yield Watcher(lines.notebook, lines.tell, lines.plan)


class _Bar:
    """A bar over the notebooks; its text names those that run."""

    def __init__(self, console: Console) -> None:
        self.progress = Progress(
            TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(),
            TimeElapsedColumn(), console=console, transient=True,
        )
        self.running: list[str] = []
        self.task = None

    def __enter__(self) -> _Bar:
        self.progress.start()
        return self

    def __exit__(self, *_error) -> None:
        self.progress.stop()

    def plan(self, names: list[str]) -> None:
        if names:
            self.task = self.progress.add_task("Notebooks", total=len(names))

    def notebook(self, name: str, state: str) -> None:
        if state == "started":
            self.running.append(name)
        else:
            self.running.remove(name)
            self.progress.advance(self.task)
        text = ", ".join(self.running) or "Notebooks done"
        self.progress.update(self.task, description=text)


class _Lines:
    """One line an event, written at once, so that a log shows where a build stands."""

    def __init__(self) -> None:
        self.started: dict[str, float] = {}

    def tell(self, text: str) -> None:
        sys.stderr.write(text + "\n")  # in one piece: several threads report
        sys.stderr.flush()

    def plan(self, names: list[str]) -> None:
        if names:
            self.tell(f"Running {len(names)} notebooks: {', '.join(names)}.")

    def notebook(self, name: str, state: str) -> None:
        if state == "started":
            self.started[name] = time.monotonic()
        else:
            self.tell(f"  {name} done in {time.monotonic() - self.started[name]:.1f} s")

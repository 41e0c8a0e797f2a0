"""A sign of life: a build that is busy for long says so, whatever it is busy with."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType

EVERY = 5.0  # seconds of silence after which something is said


class Heartbeat:
    """Says what is being done whenever nothing was said for a while.

    Parameters
    ----------
    say : function
        Takes a sentence.
    doing : str
        What is being done, to begin with.
    every : float
        Seconds.
    """

    def __init__(
        self, say: Callable[[str], None], doing: str = "Working", every: float = EVERY
    ) -> None:
        self._say, self._every = say, every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self.begin(doing)

    def begin(self, doing: str) -> None:
        """A step begins."""
        self.doing = doing
        self.since = self.last = time.monotonic()

    def heard(self) -> None:
        """Something else was said."""
        self.last = time.monotonic()

    def _beat(self) -> None:
        while not self._ended.wait(self._every / 8):
            now = time.monotonic()
            if now - self.last >= self._every:
                self.last = now
                self._say(f"  {self.doing} ... {now - self.since:.0f} s")

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join(1)

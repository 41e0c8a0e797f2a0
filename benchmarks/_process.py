"""A command measured as a whole: wall and CPU seconds, peak memory, its descendants included."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOOK_EVERY = 0.2  # seconds between two looks at the memory of a process and its descendants


@dataclass(frozen=True)
class Measured:
    """Seconds and megabytes of one run; `peak` is of the largest process alone."""

    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True)
class Ended:
    """How a run ended: what it took, its exit code (0 = success), and what it said."""

    took: Measured
    code: int
    output: str
    errors: str


def measure(command: Sequence[str], cwd: Path) -> Measured:
    """Run a command to its end; it must succeed."""
    ended = run(command, cwd)
    if ended.code:
        raise RuntimeError(f"{command} failed:\n{ended.errors}")
    return ended.took


def run(command: Sequence[str], cwd: Path, most_mb: int = 0) -> Ended:
    """Run a command to its end, however that is.

    With `most_mb` no process of it may have more private memory (RLIMIT_DATA: what is mapped and
    writable, touched or not; Linux).
    """
    if most_mb:
        command = ["sh", "-c", 'ulimit -d "$0" && exec "$@"', str(most_mb * 1024), *command]
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        start = time.perf_counter()
        child = subprocess.Popen(command, cwd=cwd, stdout=said, stderr=subprocess.PIPE)
        errors = child.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
        said.seek(0)
        took = Measured(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
        return Ended(took, child.returncode, said.read(), errors)


def peak_together(command: Sequence[str], cwd: Path) -> float:
    """Give the peak of the memory of a command and its descendants, megabytes (PSS, Linux)."""
    peak, ended = 0.0, threading.Event()
    child = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def look() -> None:
        nonlocal peak
        while not ended.wait(LOOK_EVERY):
            peak = max(peak, sum(_share(pid) for pid in _family(child.pid)))

    watcher = threading.Thread(target=look)
    watcher.start()
    child.wait()
    ended.set()
    watcher.join()
    return peak


def _family(pid: int) -> list[int]:
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            about = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(folder.name)] = int(about[1])
    found = [pid]
    for member in found:
        found += [child for child, parent in parents.items() if parent == member]
    return found


def _share(pid: int) -> float:
    """Proportional share of a process: memory that several share is counted once."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)

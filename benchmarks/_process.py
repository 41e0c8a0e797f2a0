"""A command measured as a whole: wall and CPU seconds, peak memory, its descendants included."""

from __future__ import annotations

import os
import subprocess
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


def measure(command: Sequence[str], cwd: Path) -> Measured:
    """Run a command to its end; it must succeed."""
    start = time.perf_counter()
    child = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if child.returncode:
        raise RuntimeError(f"{command} failed:\n{said.decode(errors='replace')}")
    return Measured(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


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

"""The whole report from 52 patients to a million: how much more it takes than that of 52."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ._process import Measured, measure
from ._table import ONE_THREAD, table
from .registry import ROOT, report, write

os.environ |= ONE_THREAD  # before numerical libraries start their threads

TITLE = "How a report grows with its patients"
SIZES = (52, 1_000, 3_000, 10_000, 100_000, 1_000_000)
LARGE = 10_000
"""Patients from which a size is built once."""


def run(rounds: int) -> str:
    """Build the report of every size, rounds interleaved; give Markdown."""
    found: dict[int, list[Measured]] = {n: [] for n in SIZES}
    with tempfile.TemporaryDirectory(prefix="cohortbook-benchmark-") as folder:
        for n in SIZES:
            write(Path(folder) / str(n), n)
        for number in range(rounds):
            for n in SIZES:
                if number == 0 or n < LARGE:
                    found[n].append(measure(report(Path(folder) / str(n)), ROOT))
    return _text(found)


def _text(found: dict[int, list[Measured]]) -> str:
    middle = {n: sorted(runs, key=lambda one: one.cpu)[len(runs) // 2] for n, runs in found.items()}
    least = middle[SIZES[0]]
    rows = [
        [
            f"{n:,}",
            f"{one.wall:.3g}",
            f"{one.wall / least.wall:.1f}",
            f"{one.cpu:.3g}",
            f"{one.cpu / least.cpu:.1f}",
            f"{one.peak:.0f}",
        ]
        for n, one in middle.items()
    ]
    first = f"times {SIZES[0]} patients"
    return (
        "The registry above with two endpoints, response, a subgroup and robustness, nothing "
        "cached, all its notebooks and documents in three formats, on all cores; medians of the "
        f"rounds, from {LARGE:,} patients built once. CPU time is that of all processes, memory "
        "that of the largest.\n\n"
        + table(["patients", "wall s", first, "CPU s", first, "peak MB"], rows)
    )

"""Fisher's exact test of large tables, beside R's, and how far the two agree."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import time

import numpy as np

from ._table import ONE_THREAD, ratio_rows, table

os.environ |= ONE_THREAD  # before numerical libraries start their threads

TITLE = "Fisher's exact test of larger tables"
OURS = "cohortbook"
WORKSPACE = 400_000_000  # R gives an error with less
R_CODE = """
t <- proc.time()
p <- fisher.test(matrix(c({}), {}), workspace = {})$p.value
cat(sprintf("%.15g %.6f", p, sum((proc.time() - t)[1:2])))
"""


def tables() -> dict[str, np.ndarray]:
    """Give the tables: groups by event or not, and groups by levels."""
    rng = np.random.default_rng(1)

    def drawn(rows: int, n: int, shares: list[float]) -> np.ndarray:
        shares = np.outer(np.full(rows, 1 / rows), shares).ravel()
        return rng.multinomial(n, shares).reshape(rows, -1)

    return {
        "12 x 2, n = 5,000, 30 events": drawn(12, 5000, [0.994, 0.006]),
        "12 x 2, n = 5,000, 60 events": drawn(12, 5000, [0.988, 0.012]),
        "8 x 2, n = 2,000, 100 events": drawn(8, 2000, [0.95, 0.05]),
        "4 x 3, n = 1,000": drawn(4, 1000, [0.97, 0.02, 0.01]),
        "3 x 6, n = 150": drawn(3, 150, [1 / 6] * 6),
        "5 x 3, n = 200": drawn(5, 200, [0.3, 0.3, 0.4]),
    }


def run(rounds: int) -> str:
    """Measure every table, rounds interleaved; give Markdown."""
    sections = [
        "CPU time of the test alone, one thread; no program's start is counted. Medians of "
        f"{rounds} interleaved rounds. R's `fisher.test` has a workspace of {WORKSPACE:,}. It "
        "takes path lengths within 1e-7 for one, and cohortbook those within 1e-10."
    ]
    for name, counts in tables().items():
        measured, p = _measured(counts, rounds)
        text = table(["program", "CPU s", "times ours"], ratio_rows(measured, OURS))
        if len(p) == 1:
            text += f"\n\nP = {p[OURS]:.6g}; R gives an error, or is not here."
        else:
            text += f"\n\nP = {p[OURS]:.6g}; R's differs by {abs(p['R'] / p[OURS] - 1):.0e} of it."
        sections.append(f"### {name}\n\n{text}")
    return "\n\n".join(sections)


def _measured(counts: np.ndarray, rounds: int) -> tuple[dict[str, list[float]], dict[str, float]]:
    programs = {OURS: _ours} | ({"R": _r} if shutil.which("Rscript") else {})
    measured: dict[str, list[float]] = {name: [] for name in programs}
    p: dict[str, float] = {}
    for _ in range(rounds):
        for name, measure in programs.items():
            p[name], seconds = measure(counts)
            measured[name].append(seconds)
    if math.isnan(p.get("R", 0.0)):
        return {OURS: measured[OURS]}, {OURS: p[OURS]}
    return measured, p


def _ours(counts: np.ndarray) -> tuple[float, float]:
    from cohortbook.stats.tables import fisher_exact

    start = time.process_time()
    p = fisher_exact(counts).p_value
    return p, time.process_time() - start


def _r(counts: np.ndarray) -> tuple[float, float]:
    cells = ", ".join(map(str, counts.T.ravel()))
    code = R_CODE.format(cells, len(counts), WORKSPACE)
    done = subprocess.run(
        ["Rscript", "--vanilla", "-e", code], capture_output=True, text=True, check=False
    )
    if done.returncode:
        return math.nan, math.nan
    p, seconds = done.stdout.split()
    return float(p), float(seconds)

"""A registry of up to a million patients from Parquet: check, tables, curves, models, figure."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ._process import Measured, measure
from ._table import ONE_THREAD, table

os.environ |= ONE_THREAD  # before numerical libraries start their threads

TITLE = "A registry of 10,000 to 1,000,000 patients"
ROOT = Path(__file__).parents[1]
SIZES = (10_000, 100_000, 1_000_000)
OURS, DUCKDB, R = "cohortbook", "cohortbook, read by DuckDB", "R"
REPORT, REPORTED = "cohortbook, whole report", SIZES[:2]


def run(rounds: int) -> str:
    """Measure every size, rounds interleaved; give Markdown."""
    found: dict[tuple[int, str], list[Measured]] = {}
    with tempfile.TemporaryDirectory(prefix="cohortbook-benchmark-") as folder:
        for n in SIZES:
            study = Path(folder) / str(n)
            commands = _commands(study, n)
            for _ in range(rounds if n < SIZES[-1] else 1):
                for name, command in commands.items():
                    found.setdefault((n, name), []).append(measure(command, ROOT))
            if n in REPORTED:
                found[n, REPORT] = [measure(report(study), ROOT)]
    return _text(found, rounds)


def _commands(study: Path, n: int) -> dict[str, list[str]]:
    write(study, n)
    commands = {OURS: ours(study, "text"), DUCKDB: ours(study, "typed")}
    if shutil.which("Rscript"):
        commands[R] = by_r(study)
    return commands


def write(study: Path, n: int) -> None:
    """Write a registry of n patients."""
    # in a process of its own: the peak of a child counts what its parent held when it was started
    subprocess.run(
        [sys.executable, "-m", "benchmarks._registry_study", str(study), str(n)],
        cwd=ROOT,
        check=True,
    )


def ours(study: Path, how: str) -> list[str]:
    """Give the command that analyses a registry read as "text" or "typed"."""
    return [sys.executable, "-m", "benchmarks._registry_run", str(study), how]


def by_r(study: Path) -> list[str]:
    """Give the command that does the same in R."""
    script, plain = Path(__file__).with_name("registry.R"), study / "patients.csv"
    return ["Rscript", "--vanilla", str(script), str(plain), str(study)]


def report(study: Path) -> list[str]:
    """Give the command that builds the whole report of a registry, nothing cached."""
    return [
        sys.executable,
        "-m",
        "cohortbook.entry",
        "report",
        str(study / "whole"),
        "--fresh",
        "--out",
        str(study / "report"),
    ]


def _rounds(rounds: int) -> str:
    return "run once" if rounds == 1 else f"medians of {rounds} rounds, the largest size run once"


def _text(found: dict[tuple[int, str], list[Measured]], rounds: int) -> str:
    rows, before = [], {}
    for (n, name), runs in found.items():
        middle = sorted(runs, key=lambda one: one.cpu)[len(runs) // 2]
        growth = f"{middle.cpu / before[name]:.1f}" if name in before else ""
        before[name] = middle.cpu
        rows.append(
            [
                f"{n:,}",
                name,
                f"{middle.wall:.3g}",
                f"{middle.cpu:.3g}",
                f"{middle.peak:.0f}",
                growth,
            ]
        )
    return (
        "Twenty columns. The study is read and checked; then Table 1 with tests, Kaplan-Meier "
        "curves, log-rank test, univariable and multivariable Cox models, the test of "
        "proportional hazards, and the figure as SVG. From text, each wrong cell could be named; "
        "DuckDB, which takes over above two million patients, was made to read all sizes here. R "
        "reads the same rows as CSV, with `read.csv`, and checks nothing. One thread (DuckDB: "
        f"{os.cpu_count()}); {_rounds(rounds)}.\n\nThe whole report, with two endpoints, response, "
        "a subgroup, robustness and documents in three formats, uses all cores and is built once; "
        "its memory is that of its largest process.\n\n"
        + table(
            ["patients", "program", "wall s", "CPU s", "peak MB", "CPU, times the size before"],
            rows,
        )
    )

"""A registry under a limit on memory that its table exceeds: who still gives the numbers?"""

from __future__ import annotations

import csv
import shutil
import sys
import tempfile
from pathlib import Path

from . import _process
from ._table import table
from .registry import ROOT, by_r, ours, write

TITLE = "A registry larger than the memory that a process may have"
PATIENTS, MOST_MB = 5_000_000, 2048
READ = "import pandas, sys; pandas.read_parquet(sys.argv[1])"
OURS, PANDAS, R = "cohortbook, whole analysis", "pandas.read_parquet, nothing more", "R"
LONGEST = 70  # characters of what a program said at its end


def run(rounds: int, patients: int = PATIENTS, most_mb: int = MOST_MB) -> str:
    """Run each program with and without the limit, once whatever `rounds`; give Markdown."""
    del rounds  # the question is who comes to the end
    with tempfile.TemporaryDirectory(prefix="cohortbook-benchmark-") as folder:
        study = Path(folder)
        write(study, patients)
        ended = {
            (name, most): _process.run(command, ROOT, most)
            for name, command in _commands(study).items()
            for most in (most_mb, 0)
        }
    return _text(ended, patients, most_mb)


def _commands(study: Path) -> dict[str, list[str]]:
    found = {
        OURS: ours(study, "typed"),
        PANDAS: [sys.executable, "-c", READ, str(study / "patients.parquet")],
    }
    if shutil.which("Rscript"):
        found[R] = by_r(study)
    return found


def _text(ended: dict[tuple[str, int], _process.Ended], patients: int, most_mb: int) -> str:
    rows = [
        [
            name,
            f"{most} MB" if most else "none",
            _ending(one),
            f"{one.took.wall:.3g}",
            f"{one.took.peak:.0f}",
        ]
        for (name, most), one in ended.items()
    ]
    return (
        f"{patients:,} patients, twenty columns, the same work as in the registry above; what a "
        f"process may have is limited by `ulimit -d` (private memory, mapped or used). pandas only "
        "reads the table, R reads it as CSV and does all. Run once.\n\n"
        + table(["program", "limit", "ended", "wall s", "peak MB"], rows)
        + f"\n\n{_agreement(ended, most_mb)}"
    )


def _ending(one: _process.Ended) -> str:
    """Say how a run ended: in its own last words if not well."""
    if not one.code:
        return "with all numbers" if one.output else "well"
    words = [line.strip() for line in one.errors.splitlines() if "rror" in line]
    return f"`{words[-1][:LONGEST]}`" if words else f"killed ({one.code})"


def _agreement(ended: dict[tuple[str, int], _process.Ended], most_mb: int) -> str:
    """Compare our numbers under the limit with R's without it."""
    found = ended[OURS, most_mb]
    others = ended.get((R, 0))
    if found.code or others is None or others.code:
        return "Our numbers could not be compared with R's."
    mine, theirs = numbers(found.output), numbers(others.output)
    gap = max(abs(value / theirs[key] - 1) for key, value in mine.items())
    return (
        f"{len(mine)} medians, limits, coefficients, standard errors and test statistics that "
        f"cohortbook found under the limit agree with R's without it to {gap:.0e} (relative)."
    )


def numbers(printed: str) -> dict[tuple[str, str], float]:
    """Read lines of what,name,value."""
    return {(what, name): float(value) for what, name, value in csv.reader(printed.splitlines())}

"""Run by a test in a process of its own: say what memory it takes to read or analyse a registry.

python larger_than_memory.py FOLDER plain|cohortbook
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb  # noqa: F401  loaded before the limit, as everything is
import pandas as pd
from pyarrow import parquet  # noqa: F401

from helpers import registry
from helpers.analysis.baseline import baseline
from helpers.analysis.cox import prognostic_factors, proportional_hazards
from helpers.analysis.survival import survival
from helpers.cohort import load_cohort


def peak() -> int:
    """Give the largest resident size so far, megabytes (Linux)."""
    # not that of getrusage, which begins with what the parent held
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:"))


def main() -> None:
    """Read the table whole, or analyse it; print what came of it."""
    folder, how, before = Path(sys.argv[1]), sys.argv[2], peak()
    if how == "plain":
        pd.read_parquet(folder / "patients.parquet")
    else:
        registry.LARGE = 0
        cohort = load_cohort(folder)
        baseline(cohort)
        survival(cohort, "os")
        prognostic_factors(cohort, "os")
        proportional_hazards(cohort, "os")
    print(peak() - before)


if __name__ == "__main__":
    main()

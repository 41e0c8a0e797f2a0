"""A registry of up to a million patients from Parquet: check, tables, curves, models, figure."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from ._process import Measured, measure
from ._registry_study import write_registry
from ._table import ONE_THREAD, table

os.environ |= ONE_THREAD  # before numerical libraries start their threads

TITLE = "A registry of 10,000 to 1,000,000 patients"
ROOT = Path(__file__).parents[1]
SIZES = (10_000, 100_000, 1_000_000)
OURS, R = "cohortbook", "R"


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
    return _text(found)


def _commands(study: Path, n: int) -> dict[str, list[str]]:
    import pandas as pd

    write_registry(study, n)
    commands = {OURS: [sys.executable, "-m", "benchmarks.registry", str(study)]}
    if shutil.which("Rscript"):
        table_ = pd.read_parquet(study / "patients.parquet")
        plain = study.with_suffix(".csv")
        table_.to_csv(plain, index=False)
        script = Path(__file__).with_name("registry.R")
        commands[R] = ["Rscript", "--vanilla", str(script), str(plain), str(study)]
    return commands


def _text(found: dict[tuple[int, str], list[Measured]]) -> str:
    rows, before = [], {}
    for (n, name), runs in found.items():
        middle = sorted(runs, key=lambda one: one.cpu)[len(runs) // 2]
        growth = f"{middle.cpu / before[name]:.1f}" if name in before else ""
        before[name] = middle.cpu
        rows.append([f"{n:,}", name, f"{middle.wall:.3g}", f"{middle.cpu:.3g}",
                     f"{middle.peak:.0f}", growth])
    return (
        "Twenty columns. The study is read and checked; then Table 1 with tests, Kaplan-Meier "
        "curves, log-rank test, univariable and multivariable Cox models, the test of "
        "proportional hazards, and the figure as SVG. R reads the same rows as CSV, with "
        "`read.csv`, and checks nothing. One thread; the largest size is run once.\n\n"
        + table(["patients", "program", "wall s", "CPU s", "peak MB", "CPU, times the size before"],
                rows)
    )


def child(study: Path) -> None:
    """Do with a registry what notebooks 01, 03 and 04 do."""
    from helpers.analysis.baseline import baseline
    from helpers.analysis.cox import prognostic_factors, proportional_hazards
    from helpers.analysis.survival import km_panel
    from helpers.cohort import load_cohort
    from helpers.display import figures, tables

    cohort = load_cohort(study)
    tables.baseline_table(baseline(cohort), cohort.study, cohort.n_by_arm).html()
    panel = km_panel(cohort, "os")
    figures.km_figure([panel], cohort.study).render("svg")
    results = prognostic_factors(cohort, "os")
    tables.cox_table(results, cohort.study, "os").html()
    proportional_hazards(cohort, "os")


if __name__ == "__main__":
    child(Path(sys.argv[1]))

"""One Cox fit of many rows: time and peak memory of each program in a process of its own."""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from ._table import ONE_THREAD, medians, ratio_rows, table

TITLE = "One Cox fit of 10,000 to 1,000,000 rows"
SIZES = (10_000, 100_000, 1_000_000)
COLUMNS = 5
PROGRAMS = ("cohortbook", "lifelines", "statsmodels", "R coxph", "R coxph.fit")
SLOW = {"statsmodels": 100_000}
"""Rows beyond which a program is left out: it would take hours or all memory."""


def data(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw n patients with 360 distinct times and about 36 % events."""
    rng = np.random.default_rng(7)
    x = np.column_stack([rng.integers(0, 2, (n, 3)), rng.normal(size=(n, COLUMNS - 3))])
    rate = np.exp(x @ np.array([0.5, -0.3, 0.2, 0.1, -0.2]) - 6.2)
    time_to = rng.exponential(1 / rate)
    end = rng.uniform(1, 360, n)
    return np.ceil(np.minimum(time_to, end)), (time_to <= end).astype(float), x.astype(float)


def run(rounds: int) -> str:
    """Measure all sizes, rounds interleaved over the programs; give Markdown."""
    programs = [p for p in PROGRAMS if not p.startswith("R ") or shutil.which("Rscript")]
    with tempfile.TemporaryDirectory() as folder:
        sections = [_size(n, programs, rounds, Path(folder)) for n in SIZES]
    about = (
        f"{COLUMNS} covariates, 360 distinct times, Efron ties, one thread. Each program loads the "
        "same arrays in a process of its own, lifelines in its batch mode; time is CPU time of the "
        "fit alone. Memory is the peak resident size during the fit, counted anew before it, less "
        "the resident size before it, read in one way (/proc/self/status) in all programs. Medians "
        f"of {rounds} interleaved rounds."
    )
    return "\n\n".join([about, *sections])


def _size(n: int, programs: list[str], rounds: int, folder: Path) -> str:
    t, e, x = data(n)
    for name, values in (("t", t), ("e", e), ("x", x.T)):
        np.ascontiguousarray(values).tofile(folder / name)
    inside = [p for p in programs if n <= SLOW.get(p, n)]
    found: dict[str, list[dict]] = {p: [] for p in inside}
    for _ in range(rounds):
        for program in inside:
            found[program].append(_measure(program, n, folder))
    seconds = {p: [one["seconds"] for one in found[p]] for p in inside}
    memory = {p: [one["megabytes"] for one in found[p]] for p in inside}
    rows = ratio_rows(seconds, PROGRAMS[0])
    rows = [
        [
            *row,
            f"{medians(memory)[row[0]]:.0f}",
            f"{medians(memory)[row[0]] / max(medians(memory)[PROGRAMS[0]], 1):.1f}",
        ]
        for row in rows
    ]
    coefs = [np.array(found[p][0]["coef"]) for p in inside]
    apart = max(float(np.abs(c / coefs[0] - 1).max()) for c in coefs)
    events = f"{e.mean():.0%}".replace("%", " %")
    return (
        f"### {n:,} rows\n\n"
        + table(["program", "CPU s", "times ours", "peak MB above the data", "times ours"], rows)
        + f"\n\n{events} events; coefficients agree to {apart:.0e} (relative)."
    )


def _measure(program: str, n: int, folder: Path) -> dict:
    if program.startswith("R "):
        script = Path(__file__).with_name("cox_large.R")
        command = ["Rscript", "--vanilla", str(script), program.split()[1], str(n), str(folder)]
    else:
        command = [sys.executable, "-m", "benchmarks.cox_large", program, str(n), str(folder)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=os.environ | ONE_THREAD,
        cwd=Path(__file__).parents[1],
        check=True,
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def _status(key: str) -> float:
    """Megabytes of this process: VmRSS now, VmHWM at its peak since `_forget_peak` (Linux).

    The peak of getrusage would not do: a child starts with that of the process it was forked from.
    """
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(key))


def _forget_peak() -> None:
    """Start the count of VmHWM anew, as cox_large.R does: loading may have taken more."""
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")


def _ours(t, e, x):
    from cohortbook.stats.cox import cox_fit

    return lambda: cox_fit(t, e, x, ties="efron").coef


def _lifelines(t, e, x):
    import pandas as pd
    from lifelines import CoxPHFitter

    frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(x.shape[1])]).assign(t=t, e=e)

    def fit():
        # the faster of its two ways where many rows share a time; it does not always choose it
        return CoxPHFitter().fit(frame, "t", "e", batch_mode=True).params_.to_numpy()

    return fit


def _statsmodels(t, e, x):
    from statsmodels.duration.hazard_regression import PHReg

    return lambda: PHReg(t, x, status=e, ties="efron").fit().params


def child(program: str, n: int, folder: Path) -> dict:
    """Fit once in this process: CPU seconds, megabytes above the loaded data, coefficients."""
    t, e = (np.fromfile(folder / name) for name in ("t", "e"))
    x = np.ascontiguousarray(np.fromfile(folder / "x").reshape(COLUMNS, n).T)
    ready = {"cohortbook": _ours, "lifelines": _lifelines, "statsmodels": _statsmodels}[program]
    small = slice(0, 500)
    ready(t[small], e[small], x[small])()  # everything imported and warm before the clock
    fit = ready(t, e, x)
    gc.collect()
    _forget_peak()
    before, start = _status("VmRSS"), time.process_time()
    coef = fit()
    return {
        "seconds": time.process_time() - start,
        "megabytes": _status("VmHWM") - before,
        "coef": list(coef),
    }


if __name__ == "__main__":
    print(json.dumps(child(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))))

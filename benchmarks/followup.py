"""Rows that enter late, competing risks, weighted clones, imputation: beside R on the same rows."""

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
from .cox_large import _forget_peak, _status

TITLE = "Start-stop rows, competing risks, weighted clones, imputation"
OURS = "cohortbook"
ROWS, PATIENTS, COLUMNS = 1_000_000, 25_000, 5
CLONES, RESAMPLES = 500, 1_000
IMPUTED, VARIABLES, COPIES, PART = 500, 15, 50, 5
"""mice makes `PART` copies in each round, and its time is scaled to all."""


def start_stop() -> dict[str, np.ndarray]:
    """Draw a million rows at risk between two of 1,500 days, of 8 % events."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(ROWS, COLUMNS))
    entry = rng.integers(0, 1_000, ROWS).astype(float)
    rate = np.exp(x @ np.array([0.5, -0.3, 0.2, 0.1, -0.2])[:COLUMNS]) / 3_000
    end = np.ceil(np.minimum(rng.exponential(1 / rate), rng.uniform(1, 500, ROWS)))
    event = rng.exponential(1 / rate) < end
    return {"a": entry, "t": entry + end, "e": event.astype(float), "x": x}


def competing() -> dict[str, np.ndarray]:
    """Draw patients with two kinds of event whose weighted rows are about a million."""
    rng = np.random.default_rng(8)
    x = rng.normal(size=(PATIENTS, COLUMNS))
    first = rng.exponential(150, PATIENTS) / np.exp(0.4 * x[:, 0])
    second, censor = rng.exponential(200, PATIENTS), rng.uniform(1, 360, PATIENTS)
    when = np.minimum(np.minimum(first, second), censor)
    cause = np.where(when == censor, 0.0, np.where(when == first, 1.0, 2.0))
    return {"t": np.ceil(when / 3), "e": cause, "x": x}


def gaps() -> dict[str, np.ndarray]:
    """Draw 15 variables of 500 patients that go together, a fifth of the values missing."""
    rng = np.random.default_rng(9)
    x = rng.normal(size=(IMPUTED, VARIABLES)) + rng.normal(size=(IMPUTED, 1))
    x[rng.random(x.shape) < 0.2] = np.nan
    return {"x": x}


def run(rounds: int) -> str:
    """Measure all, rounds interleaved over the programs; give Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        sections = [
            _beside("start-stop", start_stop(), rounds, Path(folder), "R coxph"),
            _beside("fine-gray", competing(), rounds, Path(folder), "R coxph of finegray's rows"),
            _clones(rounds),
            _imputed(rounds, Path(folder)),
        ]
    about = (
        "One thread. CPU time of the fit alone and the peak of memory above the loaded data, each "
        f"in a process of its own, as above. Medians of {rounds} interleaved rounds."
    )
    return "\n\n".join([about, *sections])


def _write(data: dict[str, np.ndarray], folder: Path) -> None:
    for name, values in data.items():
        np.ascontiguousarray(values.T).tofile(folder / name)


def _beside(task: str, data: dict[str, np.ndarray], rounds: int, folder: Path, other: str) -> str:
    _write(data, folder)
    n = len(data["x"])
    programs = [OURS, other] if shutil.which("Rscript") else [OURS]
    found: dict[str, list[dict]] = {program: [] for program in programs}
    for _ in range(rounds):
        for program in programs:
            found[program].append(_measure(task, program, n, folder))
    rows = ratio_rows({p: [one["seconds"] for one in found[p]] for p in programs}, OURS)
    memory = medians({p: [one["megabytes"] for one in found[p]] for p in programs})
    rows = [[*row, f"{memory[row[0]]:.0f}"] for row in rows]
    text = f"### {_heading(task, n, found[programs[-1]][0]['rows'])}\n\n" + table(
        ["program", "CPU s", "times ours", "peak MB above the data"], rows)  # fmt: skip
    if len(programs) > 1:
        ours, theirs = (np.array(found[p][0]["coef"]) for p in programs)
        text += f"\n\nCoefficients agree to {np.abs(theirs / ours - 1).max():.0e} (relative)."
    return text


def _heading(task: str, n: int, rows: int) -> str:
    if task == "start-stop":
        return f"One Cox fit of {n:,} start-stop rows, Efron ties"
    return (f"A Fine-Gray model of {n:,} patients, {rows:,} rows where they are written out, Efron "
            "ties")  # fmt: skip


def _measure(task: str, program: str, n: int, folder: Path, *more: str) -> dict:
    script = str(Path(__file__).with_name("followup.R"))
    command = ["Rscript", "--vanilla", script, task] if program != OURS else [
        sys.executable, "-m", "benchmarks.followup", task]  # fmt: skip
    done = subprocess.run([*command, str(n), str(folder), *more], capture_output=True, text=True,
                          env=os.environ | ONE_THREAD, cwd=Path(__file__).parents[1],
                          check=True)  # fmt: skip
    return json.loads(done.stdout.strip().splitlines()[-1])


def _clones(rounds: int) -> str:
    """Time clone-censor-weight with its bootstrap."""
    from cohortbook.stats.clone_censor import clone_censor_weight

    rng = np.random.default_rng(3)
    x = rng.normal(size=(CLONES, 5))
    start = rng.exponential(4, CLONES) / np.exp(0.3 * x[:, 0])
    death = rng.exponential(14, CLONES) / np.exp(0.4 * x[:, 0])
    censor = rng.uniform(6, 36, CLONES)
    seconds = []
    for _ in range(rounds):
        begun = time.process_time()
        clone_censor_weight(np.minimum(death, censor), death <= censor, start, 3.0, x,
                            truncate=0.99, resamples=RESAMPLES)  # fmt: skip
        seconds.append(time.process_time() - begun)
    return (f"### Clone-censor-weight\n\n{CLONES} patients, 5 covariates, weights truncated, "
            f"{RESAMPLES:,} bootstrap samples with weights of their own: "
            f"{medians({OURS: seconds})[OURS]:.1f} CPU s.")  # fmt: skip


def _imputed(rounds: int, folder: Path) -> str:
    data = gaps()
    _write(data, folder)
    programs = [OURS, f"R mice ({PART} of {COPIES})"] if shutil.which("Rscript") else [OURS]
    seconds: dict[str, list[float]] = {program: [] for program in programs}
    for _ in range(rounds):
        seconds[OURS].append(_measure("mice", OURS, IMPUTED, folder)["seconds"])
        for program in programs[1:]:
            one = _measure("mice", program, IMPUTED, folder, str(PART))
            seconds[program].append(one["seconds"] * COPIES / PART)
    return (f"### {COPIES} imputations\n\n{IMPUTED} patients, {VARIABLES} continuous variables, a "
            "fifth of the values missing, 5 rounds of predictive mean matching.\n\n"
            + table(["program", "CPU s", "times ours"], ratio_rows(seconds, OURS)))  # fmt: skip


def child(task: str, n: int, folder: Path) -> dict:
    """Do one task in this process."""
    from cohortbook.stats.cox import cox_fit
    from cohortbook.stats.fine_gray import fine_gray
    from cohortbook.stats.imputation import Incomplete, impute

    def read(name: str) -> np.ndarray:
        return np.fromfile(folder / name)

    x = np.ascontiguousarray(read("x").reshape(-1, n).T)
    if task == "start-stop":
        a, t, e = read("a"), read("t"), read("e")

        def work(k: int) -> np.ndarray:
            return cox_fit(t[:k], e[:k], x[:k], entry=a[:k], ties="efron").coef
    elif task == "fine-gray":
        t, e = read("t"), read("e")

        def work(k: int) -> np.ndarray:
            return fine_gray(t[:k], e[:k], x[:k], ties="efron").coef
    else:

        def work(k: int) -> np.ndarray:
            columns = [Incomplete(f"x{j}", "continuous", x[:k, j]) for j in range(x.shape[1])]
            impute(columns, m=COPIES if k == n else 1, iterations=5)
            return np.zeros(1)

    work(min(500, n - 1))  # everything imported and warm before the clock
    gc.collect()
    _forget_peak()
    before, begun = _status("VmRSS"), time.process_time()
    coef = work(n)
    return {"seconds": time.process_time() - begun, "megabytes": _status("VmHWM") - before,
            "rows": n, "coef": list(coef)}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(child(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))))

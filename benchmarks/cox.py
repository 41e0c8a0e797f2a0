"""Thousands of Cox refits of one small cohort: bootstrap resamples and sets of covariates."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ._table import ONE_THREAD, ratio_rows, table

os.environ |= ONE_THREAD  # before numerical libraries start their threads

TITLE = "Cox refits of one small cohort"
ROOT = Path(__file__).parents[1]
OURS = "cohortbook"
REFITS, SUBSETS, SINGLE = 2000, 1024, 200
PART = {"lifelines": 20, "statsmodels": 50, "R coxph": 200}
"""Refits that a slow program does in each round; its time is scaled to all of them."""


class Cohort:
    """The default study's progression-free survival: 52 patients, a model of 11 terms."""

    def __init__(self) -> None:
        from cohortbook.analysis.design import design, model_terms
        from cohortbook.cohort.cohort import load_cohort

        cohort = load_cohort(ROOT / "data" / "wei2026")
        data = design(cohort, "pfs", model_terms(cohort, cohort.study.cox.covariates))
        self.time, self.event, self.x = data.time, data.event, data.x
        n, p = self.x.shape
        self.weights = np.random.default_rng(1).multinomial(n, np.full(n, 1 / n), size=REFITS)
        bits = (np.arange(SUBSETS)[:, None] >> np.arange(p - 1) & 1).astype(bool)
        self.columns = np.column_stack([bits, np.ones(SUBSETS, dtype=bool)])

    def jobs(self, task: str, count: int):
        """Give the rows and columns of some refits, spread evenly over all of the task."""
        n, p = self.x.shape
        if task == "one fit":
            yield from [(np.arange(n), np.arange(p))] * count
        elif task == "refits":
            for row in self.weights[:: len(self.weights) // count][:count]:
                yield np.repeat(np.arange(n), row), np.arange(p)
        else:
            for row in self.columns[:: len(self.columns) // count][:count]:
                yield np.arange(n), np.flatnonzero(row)


TASKS = {"one fit": SINGLE, "refits": REFITS, "subsets": SUBSETS}
HEADINGS = {
    "one fit": "One fit",
    "refits": f"{REFITS:,} bootstrap refits",
    "subsets": f"{SUBSETS:,} subsets of the covariates",
}


def run(rounds: int) -> str:
    """Measure every task, rounds interleaved over the programs; give Markdown."""
    cohort = Cohort()
    n, p = cohort.x.shape
    sections = [
        f"{n} patients, {int(cohort.event.sum())} events, {p} terms, Efron ties, one thread. CPU "
        "time of the fits alone: no program's start, and no reading of data, is counted. Medians "
        f"of {rounds} interleaved rounds. A program with a number of refits beside its name does "
        "that many in each round, spread over all, and its time is scaled."
    ]
    for task, count in TASKS.items():
        measured, agreement = _task(cohort, task, count, rounds)
        rows = [[_called(name, count), *rest] for name, *rest in ratio_rows(measured, OURS)]
        sections.append(
            f"### {HEADINGS[task]}\n\n"
            + table(["program", "CPU s", "times ours"], rows)
            + agreement
        )
    return "\n\n".join(sections)


def _called(name: str, count: int) -> str:
    part = PART.get(name, count)
    return name if part >= count else f"{name} ({part} of {count:,})"


def _task(cohort: Cohort, task: str, count: int, rounds: int):
    programs: dict[str, Callable[[], float]] = {
        OURS: lambda: _ours(cohort, task),
        "lifelines": lambda: _scaled(_lifelines, cohort, task, "lifelines", count),
        "statsmodels": lambda: _scaled(_statsmodels, cohort, task, "statsmodels", count),
    }
    coef: dict[str, np.ndarray] = {}
    if shutil.which("Rscript"):
        programs["R coxph"] = lambda: (
            _r(cohort, task, "coxph", min(PART["R coxph"], count), coef)
            * count
            / min(PART["R coxph"], count)
        )
        programs["R coxph.fit"] = lambda: _r(cohort, task, "coxph.fit", count, coef)
    measured: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, measure in programs.items():
            measured[name].append(measure())
    return measured, _agreement(cohort, task, coef.get("coxph.fit"))


def _agreement(cohort: Cohort, task: str, theirs) -> str:
    if theirs is None or task == "one fit":
        return ""
    ours = _batch(cohort, task)
    regular = ours.complete()
    asked = np.isfinite(ours.coef) & regular[:, None] & np.isfinite(theirs)
    gap = np.abs(ours.coef[asked] - theirs[asked]) / np.maximum(np.abs(theirs[asked]), 1)
    return (
        f"\n\n{int(regular.sum()):,} of {len(regular):,} fits have finite estimates; their "
        f"coefficients agree with R's to {gap.max():.0e}."
    )


def _batch(cohort: Cohort, task: str):
    from cohortbook.stats.cox_batch import cox_batch

    given = {"weights": cohort.weights} if task == "refits" else {"columns": cohort.columns}
    return cox_batch(cohort.time, cohort.event, cohort.x, ties="efron", **given)


def _ours(cohort: Cohort, task: str) -> float:
    from cohortbook.stats.cox import cox_fit

    start = time.process_time()
    if task == "one fit":
        for _ in range(SINGLE):
            cox_fit(cohort.time, cohort.event, cohort.x, ties="efron")
    else:
        _batch(cohort, task)
    return time.process_time() - start


def _scaled(fit: Callable, cohort: Cohort, task: str, name: str, count: int) -> float:
    part = min(PART[name], count)
    seconds = 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for rows, columns in cohort.jobs(task, part):
            seconds += fit(cohort.time[rows], cohort.event[rows], cohort.x[np.ix_(rows, columns)])
    return seconds * count / part


def _lifelines(t, e, x) -> float:
    import pandas as pd
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError

    frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(x.shape[1])]).assign(t=t, e=e)
    start = time.process_time()
    with contextlib.suppress(ConvergenceError):  # separation: it stops there, its time counts
        CoxPHFitter().fit(frame, "t", "e")
    return time.process_time() - start


def _statsmodels(t, e, x) -> float:
    from statsmodels.duration.hazard_regression import PHReg

    start = time.process_time()
    with contextlib.suppress(np.linalg.LinAlgError):
        PHReg(t, x, status=e, ties="efron").fit()
    return time.process_time() - start


def _r(cohort: Cohort, task: str, how: str, count: int, coef: dict) -> float:
    with tempfile.TemporaryDirectory() as folder:
        data = np.column_stack([cohort.time, cohort.event, cohort.x])
        np.savetxt(f"{folder}/data.csv", data, delimiter=",", fmt="%.17g")
        jobs = cohort.weights if task == "refits" else cohort.columns.astype(int)
        step = max(len(jobs) // count, 1)
        np.savetxt(f"{folder}/jobs.csv", jobs[::step][:count], delimiter=",", fmt="%d")
        command = [
            "Rscript",
            "--vanilla",
            str(Path(__file__).with_name("cox.R")),
            how,
            task,
            str(count),
            folder,
        ]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env=os.environ | ONE_THREAD
        )
        if how == "coxph.fit" and task != "one fit":
            coef[how] = np.genfromtxt(f"{folder}/coef.csv", delimiter=",", missing_values="NA")
    return float(json.loads(done.stdout.strip().splitlines()[-1])["seconds"])

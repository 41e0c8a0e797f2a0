"""One point as a task that can be sent to another process or machine, and what comes back."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ..analysis.survival import curves, survival
from ..build.files.commit import Source
from ..build.notebooks import patient_rows
from ..build.notebooks.execute import Place, Run, run_notebooks
from ..build.notebooks.notebooks import asked
from ..build.notebooks.own_notebooks import notebooks_of
from ..build.report import Request, build
from ..build.request import REPORT
from ..build.unchanged import files
from ..cohort.cohort import Cohort, load_cohort
from ..errors import CohortbookError
from ..scratch import scratch_folder
from ..study.study import study_keys
from .grid import Point
from .variant import write_variant

_ONE_AT_A_TIME = threading.Lock()  # a worker may have several threads; a build sets its process


@dataclass(frozen=True)
class Task:
    """A point with everything that decides its results, as bytes: no shared disk is needed.

    `notebooks` are those to run, None for a whole report; `formats` are the report's.
    """

    point: Point
    study: dict[str, bytes]
    study_name: str
    project: dict[str, bytes]
    source: Source
    notebooks: tuple[str, ...] | None = None
    formats: tuple[str, ...] = ("html",)
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PointResult:
    """What came of a point: tidy results of its endpoint, curves by arm, and the files made."""

    point: Point
    endpoint: str
    results: pd.DataFrame
    curves: pd.DataFrame
    files: dict[str, bytes]


def project_files(root: Path) -> dict[str, bytes]:
    """Read what a build needs of the project: notebooks, report, settings of the renderer."""
    found = [root / "_quarto.yml", *sorted((root / "notebooks").glob("*.ipynb"))]
    found += [path for path in sorted((root / REPORT).rglob("*")) if path.is_file()]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def folder_files(folder: Path) -> dict[str, bytes]:
    """Read a folder, hidden files apart."""
    return {name: (folder / name).read_bytes() for name in files(folder)}


def run_task(task: Task) -> PointResult:
    """Build one point in a folder of its own, which is removed.

    Raises
    ------
    CohortbookError
        If the build fails.
    """
    with _ONE_AT_A_TIME, scratch_folder() as folder:
        return _in_folder(task, folder)


def _in_folder(task: Task, place: Path) -> PointResult:
    root, given = place / "project", place / "given"
    write_files(task.project, root)
    write_files(task.study, given)
    study = root / "data" / task.study_name
    write_variant(given, task.point, study)
    cohort = load_cohort(study)
    endpoint = task.point.endpoint or next(iter(cohort.study.endpoints))
    made = (
        _report(task, root, study)
        if task.notebooks is None
        else _notebooks(task, root, study, cohort)
    )
    results = survival(cohort, endpoint).assign(population=task.point.name)
    return PointResult(
        task.point,
        endpoint,
        results[results["analysis"] == "survival"],
        curves(cohort, endpoint),
        made,
    )


def _report(task: Task, root: Path, study: Path) -> dict[str, bytes]:
    request = Request(
        study,
        root,
        root / "out" / task.study_name,
        "auto",
        task.formats,
        settings=task.settings,
        workers=1,
        source=task.source,
    )
    return folder_files(build(request).out)


def _notebooks(task: Task, root: Path, study: Path, cohort: Cohort) -> dict[str, bytes]:
    found = [n for n in notebooks_of(root, study) if n.name in task.notebooks]
    if not found:
        return {}
    runs = [
        Run(n, root / "runs" / n.name, parameters)
        for n, parameters in asked(found, task.settings, study_keys(study))
    ]
    scratch = root / "scratch"
    scratch.mkdir()
    shown = f"../data/{task.study_name}"
    hidden = {str(study): shown, str(root): "..", str(Path.home()): "~"}
    run_notebooks(runs, Place(study, shown, scratch, root / ".cache", hidden), 1)
    patient_rows.guard([run.executed for run in runs], cohort)
    out: dict[str, bytes] = {}
    for run in runs:
        out[f"notebooks/{run.executed.name}"] = run.executed.read_bytes()
        out |= {f"results/{name}": data for name, data in folder_files(run.results).items()}
    return out


def write_files(content: Mapping[str, bytes], folder: Path) -> None:
    """Write files by their relative names."""
    for name, data in content.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def known_notebooks(root: Path, study: Path, names: Sequence[str] | None) -> tuple[str, ...] | None:
    """Check names of notebooks, and those of the study's own; None stays None.

    Raises
    ------
    CohortbookError
        For a name that no notebook has.
    """
    there = [notebook.name for notebook in notebooks_of(root, study)]
    if names is None:
        return None
    for name in names:
        if name not in there:
            raise CohortbookError(
                f"There is no notebook '{name}'.", "--notebooks", f"There are {', '.join(there)}."
            )
    return tuple(names)

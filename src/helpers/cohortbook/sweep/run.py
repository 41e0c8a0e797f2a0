"""A sweep from its grid file to its published folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from ..build.files.commit import file_hash, read_source
from ..build.files.leftovers import lock_of
from ..build.files.locks import only_one
from ..build.files.publish import MARK, claim, made_beside, publish, recover, remember
from ..build.where import made_in, named
from ..errors import CohortbookError
from ..parallel import Outcome, executor
from ..scratch import clear_abandoned
from .grid import Point, points_of, read_grid
from .overview import provenance_text, write_overview
from .task import Task, folder_files, known_notebooks, project_files, run_task
from .variant import check_points


@dataclass(frozen=True)
class SweepRequest:
    """What is to be swept.

    Attributes
    ----------
    study, grid, root : Path
        The study folder, the grid file, the project.
    out : Path or None
        Default `_output/<study>-sweep`, in a clone or else beside the study.
    notebooks : sequence of str or None
        Those to run at each point; none of them if empty, a whole report if None.
    formats : sequence of str
        Of the reports.
    scheduler : str or None
        Address of a Dask scheduler; this machine's cores if None.
    workers : int
        Processes on this machine; 0 is one a processor.
    settings : mapping
        Parameters of the notebooks.
    """

    study: Path
    grid: Path
    root: Path
    out: Path | None = None
    notebooks: Sequence[str] | None = None
    formats: Sequence[str] = ("html",)
    scheduler: str | None = None
    workers: int = 0
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def final(self) -> Path:
        """The output folder as an absolute path."""
        name = f"{self.study.resolve().name}-sweep"
        return named(self.out or made_in(self.root, self.study) / name)


@dataclass(frozen=True)
class Sweep:
    """What was built: the page, and why points were not."""

    page: Path
    points: list[Point]
    failed: dict[str, str]


Tell = Callable[[Point, str], None]


def sweep(request: SweepRequest, tell: Tell = lambda _point, _error: None) -> Sweep:
    """Build every point of a grid and the page that compares them.

    Parameters
    ----------
    request : SweepRequest
    tell : function
        Told each point as it is finished, with "" or why it failed.

    Raises
    ------
    CohortbookError
        If the grid or the study cannot be used: nothing is then run. A point that fails is
        reported and the others finish; if all fail, the page says so.
    """
    grid = read_grid(request.grid)
    points = points_of(grid)
    studies = check_points(request.study, points, request.grid.name)
    if any(study.privacy.smallest_count for study in studies):
        raise CohortbookError(
            "Points that differ by a few patients give small counts away by subtraction.",
            "privacy.smallest_count",
            "A study that withholds small counts cannot be swept.",
        )
    tasks = _tasks(request, points)
    final = request.final
    clear_abandoned()
    with only_one(lock_of(final)):
        recover(final)
        claim(final, request.study.resolve())
        outcomes = executor(request.scheduler, request.workers).run(
            run_task, tasks, lambda outcome: tell(points[outcome.index], outcome.error)
        )
        with made_beside(final) as made:
            write_overview(made, grid, studies[0], points, outcomes)
            (made / MARK).write_text(_provenance(request, tasks[0]), encoding="utf-8")
            publish(made, final)
        remember(final, request.study.resolve())
    return Sweep(final / "overview.html", points, _failed(points, outcomes))


def _tasks(request: SweepRequest, points: Sequence[Point]) -> list[Task]:
    study = folder_files(request.study)
    project, source = project_files(request.root), read_source(request.root)
    notebooks = known_notebooks(request.root, request.study, request.notebooks)
    name = request.study.resolve().name
    return [
        Task(
            point,
            study,
            name,
            project,
            source,
            notebooks,
            tuple(request.formats),
            dict(request.settings),
        )
        for point in points
    ]


def _failed(points: Sequence[Point], outcomes: Sequence[Outcome]) -> dict[str, str]:
    return {points[o.index].label: o.error for o in outcomes if o.error}


def _provenance(request: SweepRequest, task: Task) -> str:
    return provenance_text(
        {
            "cohortbook": version("cohortbook"),
            "study": task.study_name,
            "grid_sha256": file_hash(request.grid),
            "files_sha256": {name: file_hash(request.study / name) for name in sorted(task.study)},
            "source": {"commit": task.source.commit, "changed": task.source.changed},
            "notebooks": None if task.notebooks is None else list(task.notebooks),
            "parameters": dict(task.settings),
        }
    )

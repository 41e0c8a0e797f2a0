"""`sweep`: one study at every point of a grid."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..build.request import near
from ..processes import say_when_stopped
from .options import (
    Settings,
    StudyFolder,
    formats_in,
    names_in,
    pairs_in,
)

if TYPE_CHECKING:
    from ..sweep.grid import Point


def sweep(
    study: StudyFolder,
    grid: Annotated[
        Path, typer.Argument(help="What is varied; see docs/sweeps.md.", metavar="GRID.yml")
    ],
    *,
    notebooks: Annotated[
        str | None,
        typer.Option(
            help="Run only these notebooks at each point, separated by commas, or "
            "`none`. Default: a whole report."
        ),
    ] = None,
    formats: Annotated[
        str, typer.Option(help="Documents of each report, separated by commas.")
    ] = "html",
    out: Annotated[
        Path | None,
        typer.Option(
            help="Output folder. Default: _output/STUDY-sweep in a clone, or else beside the study."
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Run on the cluster of this Dask scheduler."),
    ] = None,
    settings: Settings = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes on this machine; 0 is one a processor.")
    ] = 0,
) -> None:
    """Build a study at each point of a grid, and one page that compares the points.

    A point that cannot be built is reported and the others finish; the exit code is then 1.
    """
    say_when_stopped("Stopped; the last finished sweep is unchanged.")
    from ..build.notebooks.own_notebooks import announce, notebooks_of, own_notebooks
    from ..build.request import project_root
    from ..sweep.run import SweepRequest, sweep

    request = SweepRequest(
        study,
        grid,
        project_root(),
        out,
        names_in(notebooks),
        formats_in(formats),
        scheduler,
        workers,
        pairs_in(settings or []),
    )
    own = own_notebooks(notebooks_of(request.root, study), study)
    if own:
        typer.echo(announce(own), err=True)
    finished: list[str] = []

    def tell(point: Point, error: str) -> None:
        finished.append(point.name)
        typer.echo(
            f"  {len(finished)} finished: {point.label}{': ' + error if error else ''}", err=True
        )

    done = sweep(request, tell)
    typer.echo(near(done.page))
    if done.failed:
        typer.echo(f"{len(done.failed)} of {len(done.points)} points failed.", err=True)
        raise typer.Exit(1)

"""`report`: the report of a study, built once or again as files are saved."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..build.request import near
from ..processes import ending_with_us, say_when_stopped
from .options import (
    JOURNALS,
    Fresh,
    Renderer,
    Settings,
    StudyFolder,
    Workers,
    formats_in,
    pairs_in,
)

if TYPE_CHECKING:
    from ..build.request import Report, Request

STOPPED = "Stopped; the last finished report is unchanged."
LOOK_EVERY = 0.5  # seconds between two looks of --watch


def report(
    study: StudyFolder,
    *,
    renderer: Annotated[
        Renderer,
        typer.Option(help="auto takes Quarto if it is installed, the built-in renderer if not."),
    ] = Renderer.auto,
    formats: Annotated[
        str,
        typer.Option(
            help="Documents to make, separated by commas: also pptx (slides); with Quarto its own, "
            "as jats or gfm."
        ),
    ] = "html,pdf,docx",
    out: Annotated[
        Path | None,
        typer.Option(
            help="Output folder; it is replaced as a whole. Default: _output/STUDY in a clone, or "
            "else beside the study."
        ),
    ] = None,
    fresh: Fresh = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say of each notebook why it ran or did not.")
    ] = False,
    settings: Settings = None,
    list_settings: Annotated[
        bool,
        typer.Option(
            "--settings",
            help="List every parameter of every notebook, with its value for this study, and end.",
        ),
    ] = False,
    workers: Workers = 0,
    for_submission: Annotated[
        bool,
        typer.Option("--for-submission", help="Double-space the DOCX and number its lines."),
    ] = False,
    journal: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            autocompletion=lambda: JOURNALS,
            help=f"Journal that figure files are checked against: {', '.join(JOURNALS)}.",
        ),
    ] = "",
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Refit large cohorts on the cluster of this Dask "
            "scheduler; patients' data are sent there.",
        ),
    ] = None,
    draft: Annotated[
        bool,
        typer.Option(
            "--draft", help="For a first look: no resampling, HTML only, in _output/STUDY-draft."
        ),
    ] = False,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Build again as files are saved; show it in the browser."),
    ] = False,
    port: Annotated[int, typer.Option(min=0, help="Port of --watch; 0 takes a free one.")] = 0,
) -> None:
    """Build the report of a study: documents, figures, tables and every statistic.

    A notebook whose code, data and settings are those of an earlier build is not run again. The
    output folder is replaced when everything is finished: if anything fails, the last report
    stays as it was, and the message says which notebook, which cell, and why.
    """
    say_when_stopped(STOPPED)
    from ..build.files.leftovers import clear
    from ..build.heartbeat import Heartbeat
    from ..build.request import Request, project_root
    from ..build.unchanged import published

    if scheduler:
        from ..parallel import SCHEDULER

        os.environ[SCHEDULER] = scheduler  # the kernels of the notebooks inherit it
    request = Request(
        study,
        project_root(),
        out,
        renderer.value,
        formats_in(formats, others=True),
        fresh,
        pairs_in(settings or []),
        workers,
        for_submission=for_submission,
        journal=journal,
    )
    if list_settings:
        _list_settings(request)
        return
    from ..build.draft import draft_output, drafted

    if watch:
        _watch(replace(request, out=draft_output(request)) if draft else request, port)
        return
    if draft:
        with drafted(request) as asked:
            _tell_built(_build(asked), explain)
        return
    built = None
    if not fresh:
        with Heartbeat(partial(typer.echo, err=True), "Looking for changes"):
            built = published(request)
    if built:
        clear(request)
        typer.echo("Nothing has changed: the report stands as it was built.")
    else:
        built = _build(request)
    _tell_built(built, explain)


def _tell_built(built: Report, explain: bool) -> None:
    """Say what was built, and with `explain` why each notebook ran."""
    if explain:
        for name, reason in built.reasons.items():
            typer.echo(f"{name}: {'ran, ' + reason if reason else 'kept, nothing changed'}")
    typer.echo(f"Rendered with {built.renderer}.")
    for document in built.documents:
        typer.echo(near(document))
    _tell_misfits(built.misfits)
    typer.echo(f"{near(built.out)} also has figures/, tables/, notebooks/ and results.json.")


def _watch(request: Request, port: int) -> None:
    """Build, serve the report to this machine, and build again as files are saved."""
    say_when_stopped("Stopped watching.")
    import time

    from ..build.watch import Server, Watch, snapshot

    once = ("--watch", "--fresh")
    command = [
        sys.executable,
        "-m",
        "cohortbook.entry",
        *(w for w in sys.argv[1:] if w not in once),
    ]

    def build() -> str:
        # a process of its own: it reads helpers that were edited as they are now
        import subprocess

        said = []
        with (
            subprocess.Popen(
                command, stderr=subprocess.PIPE, text=True, start_new_session=os.name == "posix"
            ) as process,
            ending_with_us(process),
        ):
            for line in process.stderr:
                typer.echo(line, err=True, nl=False)
                said.append(line)
        text = "".join(said)
        return text[text.find("Error: ") :] if process.returncode else ""

    watching = Watch(lambda: snapshot(request), build)
    build()
    with Server(request.final, watching, port) as server:
        typer.echo(f"Watching; the report is at {server.url} (Ctrl-C ends).")
        while True:
            watching.step()
            time.sleep(LOOK_EVERY)


def _build(request: Request) -> Report:
    """Build with a bar or lines on the terminal."""
    from ..build.notebooks.begin import begun

    with begun(request) as template:  # it imports beside this process
        from rich.console import Console

        from ..build.progress import watching
        from ..build.report import build

        with watching(Console(stderr=True)) as watcher:
            return build(request, watcher, template)


def _tell_misfits(misfits: tuple[str, ...], most: int = 5) -> None:
    """Say what the journal would refuse, the first few in full."""
    for misfit in misfits[:most]:
        typer.echo(f"For the journal: {misfit}.")
    if len(misfits) > most:
        typer.echo(f"For the journal: {len(misfits) - most} more in figures/journal_check.csv.")


def _list_settings(request: Request) -> None:
    from ..build.notebooks.own_notebooks import notebooks_of
    from ..build.notebooks.settings_list import settings_list
    from ..study.study import study_keys, study_of

    said = study_keys(request.study)
    study_of(dict(said))
    notebooks = notebooks_of(request.root, request.study)
    typer.echo(settings_list(notebooks, request.settings, said))

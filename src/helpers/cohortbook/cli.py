"""The command line: `cohortbook report STUDY`, and what one needs on the way there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .build.request import FORMATS
from .errors import CohortbookError
from .processes import ending_with_us, obey_signals, say_when_stopped

if TYPE_CHECKING:
    from .build.request import Report, Request
    from .sweep.grid import Point

STOPPED = "Stopped; the last finished report is unchanged."
LOOK_EVERY = 0.5  # seconds between two looks of --watch

# Commands import what they need when they run: `--help` answers at once.

app = typer.Typer(
    name="cohortbook",
    help="From a two-arm cohort to the Results section of a paper.\n\n"
    "A STUDY is a folder with study.yml and its tables, such as data/wei2026. Start with "
    "`cohortbook check STUDY`; when it finds no error, `cohortbook report STUDY` writes the "
    "report in HTML, PDF and DOCX.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(asked: bool) -> None:
    if asked:
        version()
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_tell_version, is_eager=True),
    ] = False,
) -> None:
    """Take the options that stand before a command; its help is that of `app`."""


JOURNALS = sorted(path.stem for path in Path(__file__).with_name("journals").glob("*.yml"))

StudyFolder = Annotated[
    Path, typer.Argument(help="A study folder: study.yml and its tables.", metavar="STUDY")
]


class Renderer(StrEnum):
    """Who makes the documents."""

    auto = "auto"
    quarto = "quarto"
    pandoc = "pandoc"


@app.command()
def report(
    study: StudyFolder,
    *,
    renderer: Annotated[
        Renderer,
        typer.Option(help="auto takes Quarto if it is installed, the built-in renderer if not."),
    ] = Renderer.auto,
    formats: Annotated[
        str, typer.Option(help="Documents to make, separated by commas.")
    ] = "html,pdf,docx",
    out: Annotated[
        Path | None,
        typer.Option(help="Output folder; it is replaced as a whole. Default: _output/STUDY."),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Run every notebook, also those that did not change.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say of each notebook why it ran or did not.")
    ] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="[NOTEBOOK.]NAME=VALUE",
            help="Set a parameter of all notebooks that have it, or of one: "
            "03-survival.conf_level=0.9; may be given again. `report STUDY --settings` lists them.",
        ),
    ] = None,
    list_settings: Annotated[
        bool,
        typer.Option(
            "--settings",
            help="List every parameter of every notebook, with its value for this study, and end.",
        ),
    ] = False,
    workers: Annotated[
        int, typer.Option(min=0, help="Notebooks run at a time; 0 is one a processor.")
    ] = 0,
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
    from .build.files.leftovers import clear
    from .build.heartbeat import Heartbeat
    from .build.request import Request, project_root
    from .build.unchanged import published

    if scheduler:
        from .parallel import SCHEDULER

        os.environ[SCHEDULER] = scheduler  # the kernels of the notebooks inherit it
    request = Request(
        study,
        project_root(),
        out,
        renderer.value,
        _formats(formats),
        fresh,
        _pairs(settings or []),
        workers,
        for_submission=for_submission,
        journal=journal,
    )
    if list_settings:
        _list_settings(request)
        return
    if watch:
        _watch(request, port)
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
    if explain:
        for name, reason in built.reasons.items():
            typer.echo(f"{name}: {'ran, ' + reason if reason else 'kept, nothing changed'}")
    typer.echo(f"Rendered with {built.renderer}.")
    for document in built.documents:
        typer.echo(_near(document))
    _tell_misfits(built.misfits)
    typer.echo(f"{_near(built.out)} also has figures/, tables/, notebooks/ and results.json.")


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="The study folder to write; it must not exist.")],
    *,
    files: Annotated[
        list[Path],
        typer.Option("--from", metavar="FILE", help="File of the export; may be given again."),
    ],
    id_column: Annotated[
        str | None, typer.Option("--id", help="Column that identifies the patient.")
    ] = None,
    arm: Annotated[str | None, typer.Option(help="Column that gives the arm.")] = None,
    arms: Annotated[
        str | None, typer.Option(metavar="A,B", help="The two arms, where there are more.")
    ] = None,
    reference: Annotated[str | None, typer.Option(help="The reference arm.")] = None,
    single_arm: Annotated[
        bool, typer.Option("--single-arm", help="Describe all patients as one arm.")
    ] = False,
    endpoint: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME:TIME:EVENT",
            help="An endpoint by its columns, such as "
            "os:time:status, or os:time:status:2 where 2 is the event; may be given "
            "again.",
        ),
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="Unit of the times: days, weeks, months, years.")
    ] = None,
    response: Annotated[str | None, typer.Option(help="Column with the best response.")] = None,
    cutoff: Annotated[str | None, typer.Option(help="Data cut-off, such as 2025-06-30.")] = None,
    title: Annotated[str | None, typer.Option(help="Title of the report.")] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Keep a column that looks personal."),
    ] = None,
    pseudonyms: Annotated[
        bool, typer.Option("--pseudonyms", help="Replace the identifiers by P1, P2 and so on.")
    ] = False,
    encoding: Annotated[str | None, typer.Option(help="Encoding of text files.")] = None,
    separator: Annotated[str | None, typer.Option(help="Separator of text files.")] = None,
    decimal: Annotated[str | None, typer.Option(help="Decimal mark, . or ,")] = None,
    thousands: Annotated[
        str | None, typer.Option(help="Thousands mark: . or , or ' or a blank, or none.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.")] = None,
    dates: Annotated[str | None, typer.Option(help="Order of dates: ymd, dmy or mdy.")] = None,
) -> None:
    """Write a study folder from an export: CSV, Excel, SPSS, Stata, SAS, Parquet, CDISC ADaM.

    Guesses what each column is, asks on a terminal where it is not sure, and writes study.yml with
    a comment on each guess. The files of the export are not changed. Ends with exit code 0 if the
    study is ready for a report, 3 if it was written but `check` finds errors in it, 1 if nothing
    was written.
    """
    from .intake import Wishes
    from .intake.command import run

    wishes = Wishes(
        id_column,
        arm,
        response,
        tuple(part.strip() for part in (arms or "").split(",") if part),
        reference,
        tuple(endpoint or ()),
        unit,
        cutoff,
        title,
        pseudonyms,
        tuple(keep or ()),
        single_arm,
        dates,
    )
    given = {
        "encoding": encoding,
        "separator": separator,
        "decimal": decimal,
        "thousands": thousands,
        "sheet": sheet,
        "dates": dates,
    }
    if run(folder, files, wishes, {key: value for key, value in given.items() if value}):
        raise typer.Exit(3)


@app.command()
def check(
    study: StudyFolder,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Also write the problems to this file.")
    ] = None,
    ids: Annotated[
        bool,
        typer.Option("--ids", help="Name patients by their identifier, not their place."),
    ] = False,
) -> None:
    """Read a study and show all its problems in one table, without building anything.

    Ends with exit code 1 if there are errors; warnings alone do not stop a report.
    """
    from .display.problems import find_problems, print_problems, write_problems

    files, problems = find_problems(study, ids or None)
    if csv_file:
        _write(partial(write_problems, files=files), problems, csv_file)
    errors = print_problems(problems, files)
    if errors:
        raise typer.Exit(1)


@app.command()
def audit(
    published: Annotated[
        Path,
        typer.Argument(help="A published.yml, or the folder that holds one.", metavar="PUBLISHED"),
    ],
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Also write the findings to this file.")
    ] = None,
) -> None:
    """Compare the printed numbers of a paper with one another; no patient data are needed.

    Ends with exit code 0 if all of them can hold together, 1 if the file cannot be read, and 3 if
    there are findings. docs/published.md says how to write the file, docs/audit.md what is checked.
    """
    from .display.findings import print_findings, write_findings
    from .published import load_published
    from .published.audit import audit as find

    printed = load_published(published)
    findings = find(printed)
    if csv_file:
        _write(write_findings, findings, csv_file)
    print_findings(findings, len(printed.statistics()))
    if len(findings):
        raise typer.Exit(3)


@app.command()
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
        Path | None, typer.Option(help="Output folder. Default: _output/STUDY-sweep.")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Run on the cluster of this Dask scheduler."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="[NOTEBOOK.]NAME=VALUE",
            help="Set a parameter of all notebooks that have it, or of one: "
            "03-survival.conf_level=0.9; may be given again. `report STUDY --settings` lists them.",
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes on this machine; 0 is one a processor.")
    ] = 0,
) -> None:
    """Build a study at each point of a grid, and one page that compares the points.

    A point that cannot be built is reported and the others finish; the exit code is then 1.
    """
    stopped = "Stopped; the last finished sweep is unchanged."
    say_when_stopped(stopped)
    from .build.notebooks.own_notebooks import announce, notebooks_of, own_notebooks
    from .build.request import project_root
    from .sweep.run import SweepRequest, sweep

    request = SweepRequest(
        study,
        grid,
        project_root(),
        out,
        _names(notebooks),
        _formats(formats),
        scheduler,
        workers,
        _pairs(settings or []),
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

    try:
        done = sweep(request, tell)
    except KeyboardInterrupt:
        typer.echo(stopped, err=True)
        raise typer.Exit(130) from None
    typer.echo(_near(done.page))
    if done.failed:
        typer.echo(f"{len(done.failed)} of {len(done.points)} points failed.", err=True)
        raise typer.Exit(1)


@app.command(context_settings={"ignore_unknown_options": True})
def lab(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[STUDY] [FLAGS]",
            help="A study folder (data/wei2026 if none is given), and any other flag of "
            "JupyterLab, written with =, such as --ServerApp.base_url=/lab.",
        ),
    ] = None,
    *,
    copy: Annotated[
        bool, typer.Option("--copy", help="Only copy the notebooks; do not open JupyterLab.")
    ] = False,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address; do not open a browser.")
    ] = False,
    port: Annotated[
        int | None, typer.Option(min=1, help="Port; the next free one if it is taken.")
    ] = None,
    ip: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Listen here, not to this machine only.")
    ] = None,
    allow_root: Annotated[
        bool, typer.Option("--allow-root", help="Run as root; given by itself where you are root.")
    ] = False,
) -> None:
    """Open JupyterLab on the notebooks of STUDY, with its study file, tables and the manuscript.

    The default study opens the project's own notebooks. For any other they are copied to
    STUDY/notebooks, where they show that study; `report STUDY` runs those that you edit in place of
    the project's. Flags of JupyterLab are passed on to it.
    """
    import importlib.util

    from .build.notebooks.lab import lab_command, open_at, split_words
    from .build.notebooks.own_notebooks import copy_notebooks
    from .build.request import REPORT, project_root
    from .study.study import load_study

    if not copy and importlib.util.find_spec("jupyterlab") is None:
        raise CohortbookError(
            "JupyterLab is not installed.",
            mend="Run `make lab`, or `uv run --extra lab cohortbook lab`.",
        )
    study, flags = split_words(words or [])
    load_study(study)
    root = project_root()
    default = study.resolve() == (root / "data" / "wei2026").resolve()
    notebooks = root / "notebooks" if default else copy_notebooks(root, study)
    typer.echo(f"Notebooks: {_near(notebooks)}")
    if copy:
        return
    flags += ["--no-browser"] * no_browser + ["--allow-root"] * allow_root
    flags += [f"--{name}={value}" for name, value in (("port", port), ("ip", ip)) if value]
    folder = open_at(root, study)
    if not (root / REPORT).is_relative_to(folder):
        typer.echo(f"The manuscript is elsewhere: {_near(root / REPORT)}")
    _become(lab_command(folder, notebooks, flags))


def _become(command: list[str]) -> None:
    """Run a program in the place of this one, where the system can: Ctrl-C is then its own."""
    if os.name == "posix":
        sys.stdout.flush()
        os.execv(command[0], command)
    import subprocess

    raise typer.Exit(subprocess.run(command, check=False).returncode)


@app.command()
def schema(
    out: Annotated[
        Path | None, typer.Option(help="Write to this file, such as data/study.schema.json.")
    ] = None,
) -> None:
    """Print the JSON Schema of study.yml, with which editors complete and check it."""
    from .study.schema import schema_text

    if out:
        out.write_text(schema_text(), encoding="utf-8", newline="\n")
    else:
        typer.echo(schema_text(), nl=False)


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    typer.echo(installed("cohortbook"))


def _watch(request: Request, port: int) -> None:
    """Build, serve the report to this machine, and build again as files are saved."""
    say_when_stopped("Stopped watching.")
    import time

    from .build.watch import Server, Watch, snapshot

    once = ("--watch", "--fresh")
    command = [sys.executable, "-m", "cohortbook.cli", *(w for w in sys.argv[1:] if w not in once)]

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
        try:
            while True:
                watching.step()
                time.sleep(LOOK_EVERY)
        except KeyboardInterrupt:
            typer.echo("Stopped watching.", err=True)


def _build(request: Request) -> Report:
    """Build with a bar or lines on the terminal; being interrupted is not a failure."""
    from .build.notebooks.begin import begun

    try:
        with begun(request) as template:  # it imports beside this process
            from rich.console import Console

            from .build.progress import watching
            from .build.report import build

            with watching(Console(stderr=True)) as watcher:
                return build(request, watcher, template)
    except KeyboardInterrupt:
        typer.echo(STOPPED, err=True)
        raise typer.Exit(130) from None


def _tell_misfits(misfits: tuple[str, ...], most: int = 5) -> None:
    """Say what the journal would refuse, the first few in full."""
    for misfit in misfits[:most]:
        typer.echo(f"For the journal: {misfit}.")
    if len(misfits) > most:
        typer.echo(f"For the journal: {len(misfits) - most} more in figures/journal_check.csv.")


def _formats(text: str) -> tuple[str, ...]:
    given = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    wrong = [name for name in given if name not in FORMATS]
    if wrong or not given:
        raise CohortbookError(
            f"'{', '.join(wrong)}' is not a format.",
            "--formats",
            f"There are {', '.join(FORMATS)}.",
        )
    return given


def _names(text: str | None) -> list[str] | None:
    """Read names separated by commas; `none` is no name, and nothing given stays nothing."""
    if text is None:
        return None
    return [name.strip() for name in text.split(",") if name.strip() not in ("", "none")]


def _list_settings(request: Request) -> None:
    from .build.notebooks.own_notebooks import notebooks_of
    from .build.notebooks.settings_list import settings_list
    from .study.study import study_keys, study_of

    said = study_keys(request.study)
    study_of(dict(said))
    notebooks = notebooks_of(request.root, request.study)
    typer.echo(settings_list(notebooks, request.settings, said))


def _pairs(settings: list[str]) -> dict[str, str]:
    pairs = {}
    for text in settings:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise CohortbookError(f"'{text}' is not NAME=VALUE.", "--set")
        pairs[name.strip()] = value.strip()
    return pairs


def _write(write: Callable[[Any, Path], None], what: Any, path: Path) -> None:
    """Write a file the user asked for; one that cannot be written is a message."""
    try:
        write(what, path)
    except OSError as error:
        raise CohortbookError(
            f"{path} cannot be written ({error.strerror}).", "--csv", "Name another file."
        ) from None


def _near(path: Path) -> str:
    """Give a path as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def main() -> None:
    """Run the command line; what a user can mend is one message and exit code 1."""
    try:
        app()
    except CohortbookError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except OSError as error:  # a folder that cannot be written, a full disk
        said = CohortbookError(
            f"{error.strerror or error}.",
            str(error.filename or ""),
            "See whether it exists, may be read and written, and has room.",
        )
        typer.echo(f"Error: {said}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    obey_signals()
    main()

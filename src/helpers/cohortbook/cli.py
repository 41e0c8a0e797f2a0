"""The command line: `cohortbook report STUDY`, and what one needs on the way there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .build.request import FORMATS, SLIDES, near
from .errors import CohortbookError
from .processes import ending_with_us, obey_signals, say_when_stopped

if TYPE_CHECKING:
    from .build.notebooks.notebooks import Notebook
    from .build.regression import Outcome
    from .build.request import Report, Request
    from .sweep.grid import Point

STOPPED = "Stopped; the last finished report is unchanged."
LOOK_EVERY = 0.5  # seconds between two looks of --watch

# Commands import what they need when they run: `--help` answers at once.

app = typer.Typer(
    name="cohortbook",
    help="From a two-arm cohort to the Results section of a paper.\n\n"
    "A STUDY is a folder with study.yml and its tables; `cohortbook example FOLDER` copies one to "
    "try. Start with `cohortbook check STUDY`; when it finds no error, `cohortbook report STUDY` "
    "writes the report in HTML, PDF and DOCX.",
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


JOURNALS = sorted(
    path.stem for path in (Path(__file__).parent / "study" / "journals").glob("*.yml")
)

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
        _formats(formats, others=True),
        fresh,
        _pairs(settings or []),
        workers,
        for_submission=for_submission,
        journal=journal,
    )
    if list_settings:
        _list_settings(request)
        return
    from .build.draft import draft_output, drafted

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


PagePort = Annotated[int, typer.Option(help="Port of the page; 0 takes a free one.")]
OpenBrowser = Annotated[
    bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")
]


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
    without: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Leave a column out, as if the export did not have it; may be given again.",
        ),
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
    page: Annotated[
        bool, typer.Option("--page", help="Ask on a page in the browser, with counts and curves.")
    ] = False,
    port: PagePort = 0,
    browser: OpenBrowser = True,
) -> None:
    """Write a study folder from an export: CSV, Excel, SPSS, Stata, SAS, Parquet, CDISC ADaM.

    Guesses what each column is, asks on a terminal or on a page in the browser (--page, served to
    this machine only) where it is not sure, and writes study.yml with a comment on each guess. The
    files of the export are not changed. Ends with exit code 0 if the study is ready for a report, 3
    if it was written but `check` finds errors in it, 1 if nothing was written.
    """
    from .intake import Wishes
    from .intake.command import check_wishes, read_with, run

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
        tuple(without or ()),
    )
    given = {
        "encoding": encoding,
        "separator": separator,
        "decimal": decimal,
        "thousands": thousands,
        "sheet": sheet,
        "dates": dates,
    }
    stated = {key: value for key, value in given.items() if value}
    if page:
        from .page.command import show_new

        check_wishes(wishes)
        show_new(folder, files, wishes, read_with(stated), port, browser)
    elif run(folder, files, wishes, stated):
        raise typer.Exit(3)


@app.command()
def example(
    folder: Annotated[Path, typer.Argument(help="A folder to write, new or empty.")],
    study: Annotated[
        str, typer.Option(metavar="NAME", help="Which study: wei2026 or hcc-cxcl17.")
    ] = "wei2026",
) -> None:
    """Copy a study to try: wei2026 (synthetic, two arms) or hcc-cxcl17 (real, public domain)."""
    from .build.example import copy_example
    from .build.request import project_root

    for name in copy_example(project_root(), study, folder):
        typer.echo(f"{near(folder.absolute())}/{name}")
    typer.echo(f"Now: cohortbook report {near(folder.absolute())}")


@app.command()
def setup(study: StudyFolder, *, port: PagePort = 0, browser: OpenBrowser = True) -> None:
    """Look at a study on a page in the browser, and change what it says: counts, curves, reasons.

    The page is served to this machine only. Saving changes in study.yml what was answered; its
    comments, and whatever else it says, stay.
    """
    from .page.command import show_again

    show_again(study, port, browser)


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
    from .build.project.own_checks import own_problems
    from .build.request import project_root
    from .display.problems import find_problems, print_problems, write_problems

    files, problems = find_problems(study, ids or None)
    if files:
        with suppress(CohortbookError):  # outside of a project nothing is said of notebooks
            problems += own_problems(project_root(), study)
        problems.sort(key=lambda problem: problem.severity != "error")
    if csv_file:
        _write(partial(write_problems, files=files), problems, csv_file)
    errors = print_problems(problems, files)
    if errors:
        raise typer.Exit(1)


@app.command()
def audit(
    published: Annotated[
        Path,
        typer.Argument(help="A published.yml, the folder that holds one, or a paper: .xml (JATS), "
                       ".html, .docx, .pdf.", metavar="PUBLISHED"),
    ],
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Also write the findings to this file.")
    ] = None,
    km: Annotated[
        bool,
        typer.Option("--km", help="The file is a Kaplan-Meier figure, PDF or SVG drawn as vectors, "
                     "or a CSV of points clicked along its curves: its steps, and "
                     "the patients behind them, are written beside it."),
    ] = False,
    cohort: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Of a figure: also write a study folder of the "
                     "patients, labelled synthetic. It must not exist."),
    ] = None,
    draft: Annotated[
        Path | None,
        typer.Option(help="Of a paper: write the draft of its published.yml here. Default: beside "
                     "the paper, as NAME.published.yml."),
    ] = None,
) -> None:  # fmt: skip
    """Compare the printed numbers of a paper with one another; no patient data are needed.

    Of a paper itself the numbers are read first, into a draft of published.yml and an account of
    every cell (NAME.cells.csv): confirm the draft, mend it, and audit it in its turn.

    Ends with exit code 0 if all of them can hold together, 1 if the file cannot be read, and 3 if
    there are findings. docs/published.md says how to write the file, docs/audit.md what is checked.
    """
    if km:
        from .published.figure_in.report import read_and_write

        lines, agrees, curves = read_and_write(published)
        typer.echo("\n".join(lines))
        written = cohort is None or _cohort_of_figure(cohort, published, curves)
        raise typer.Exit(0 if agrees and written else 3)
    if cohort:
        raise CohortbookError("A cohort is written of a figure.", "--cohort", "Give --km too.")
    from .display.findings import print_findings, write_findings
    from .published import load_published
    from .published.audit import audit as find
    from .published.paper_in import SUFFIXES

    if published.suffix.lower() in SUFFIXES:
        published = _read_paper(published, draft)
    printed = load_published(published)
    findings = find(printed)
    if csv_file:
        _write(write_findings, findings, csv_file)
    print_findings(findings, len(printed.statistics()))
    if len(findings):
        raise typer.Exit(3)


def _cohort_of_figure(folder: Path, figure: Path, curves: int) -> bool:
    """Write a study of the patients behind a figure; tell whether it is ready for a report."""
    from .intake import Wishes
    from .intake.command import run

    if not curves:
        typer.echo("No study is written: of a curve no patients are known.")
        return False
    wishes = Wishes(
        arm="curve" if curves > 1 else None,
        endpoints=("event:time:event",),
        title=f"Patients rebuilt from the Kaplan-Meier figure {figure.name}",
        single_arm=curves == 1,
    )
    rows = [figure.with_suffix(".patients.csv")]
    return not run(folder, rows, wishes, {}, {("data",): ("synthetic",)})


@app.command()
def word(
    study: StudyFolder,
    edited: Annotated[
        Path, typer.Argument(help="The DOCX of this study's report, as changed.", metavar="DOCX")
    ],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Apply the changes without asking.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Output folder of the report. Default: _output/STUDY.")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(metavar="DOCX", help="The DOCX as it was built, if the record is lost."),
    ] = None,
) -> None:
    """Take back a DOCX of the report that somebody changed, tracked or not.

    Shows each change of the text as a difference and, after a yes, writes it into the study: as a
    part of its own manuscript (STUDY/report/) or a text of study.yml. What was computed stays, and
    the message says what the analysis says. Comments are kept in STUDY/comments.yml. Ends with
    exit code 0 if all of it was taken, 3 if something was refused, has no place or waits for a
    yes, 1 if the file cannot be read; docs/word.md says more.
    """
    from .build.request import Request, project_root
    from .word.plan import plan, write
    from .word.show import lines_of

    output = Request(study, project_root(), out).final
    found = plan(study, edited, output, against)
    for line in lines_of(found):
        typer.echo(line)
    if not found.files and not found.findings:
        typer.echo("Nothing was changed in this document.")
    agreed = bool(found.files) and (yes or _agreed(f"Write {len(found.files)} files?"))
    if agreed:
        write(found.files)
        for path in found.files:
            typer.echo(f"Written: {near(path)}")
    elif found.files:
        typer.echo("Nothing was written; --yes applies the changes.", err=True)
    if found.left or (found.files and not agreed):
        raise typer.Exit(3)


@app.command()
def diff(
    old: Annotated[
        Path, typer.Argument(help="An output folder, or its results.json.", metavar="OLD")
    ],
    new: Annotated[Path, typer.Argument(help="Another of the same study.", metavar="NEW")],
    *,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Write all differences to this file as CSV.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Write them to this file as Markdown.")
    ] = None,
) -> None:
    """Say what changed between two builds: patients, events, verdicts, settings, statistics.

    Ends with exit code 0 if nothing differs, 3 if something does, 1 if a build cannot be read.
    """
    from .build.files.publish import replace_text
    from .review.builds import load_build
    from .review.differences import differences
    from .review.written import as_csv, as_markdown, as_text

    found = differences(load_build(old), load_build(new))
    if csv_file:
        _write(lambda text, path: replace_text(path, text), as_csv(found), csv_file)
    if markdown:
        _write(
            lambda text, path: replace_text(path, text), as_markdown(found), markdown, "--markdown"
        )
    typer.echo(as_text(found), nl=False)
    if found:
        raise typer.Exit(3)


@app.command()
def response(
    reviews: Annotated[
        Path, typer.Argument(help="Points of reviewers with answers.", metavar="REVIEWS.md")
    ],
    study: StudyFolder,
    *,
    before: Annotated[
        Path | None,
        typer.Option(metavar="OLD", help="Output folder of the build that the reviewers had."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Output folder of the report. Default: _output/STUDY.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="Write the answer here, not to the terminal.")
    ] = None,
) -> None:
    """Write a point-by-point answer to reviewers in which each claimed change is checked.

    In REVIEWS.md lines that begin with > answer what stands above them, and hold claims such as
    {changed: KEY} of a statistic of results.json; docs/response.md lists them. The answer is
    written only if all of them hold and every point is answered; if not, exit code 3.
    """
    from .build.files.publish import replace_text
    from .build.request import Request, project_root
    from .review.builds import load_build
    from .review.response import read_reviews, respond

    text = read_reviews(reviews)
    new = load_build(Request(study, project_root(), out).final)
    answer = respond(text, new, load_build(before) if before else None)
    if answer.wrong:
        for one in answer.wrong:
            typer.echo(f"{reviews.name}, {one}", err=True)
        typer.echo("Nothing was written.", err=True)
        raise typer.Exit(3)
    if to:
        _write(lambda text, path: replace_text(path, text), answer.text, to, "--to")
        typer.echo(f"{answer.claims} claims hold. Written: {near(to)}")
    else:
        typer.echo(answer.text, nl=False)


def _agreed(question: str) -> bool:
    """Ask on a terminal; elsewhere the answer is no."""
    return sys.stdin.isatty() and typer.confirm(question)


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
        Path | None,
        typer.Option(
            help="Output folder. Default: _output/STUDY-sweep in a clone, or else beside the study."
        ),
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
    say_when_stopped("Stopped; the last finished sweep is unchanged.")
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

    done = sweep(request, tell)
    typer.echo(near(done.page))
    if done.failed:
        typer.echo(f"{len(done.failed)} of {len(done.points)} points failed.", err=True)
        raise typer.Exit(1)


@app.command()
def notebook(
    study: StudyFolder,
    name: Annotated[str, typer.Argument(help="Its name, such as mine.", metavar="NAME")],
) -> None:
    """Write a first notebook of your own into STUDY/notebooks, which runs as it is.

    It is run with the project's, and what it shows stands in the report where its first cell says.
    """
    from .build.notebooks.first import write_first
    from .build.request import project_root
    from .study.study import load_study

    path = write_first(project_root(), study, load_study(study), name)
    typer.echo(f"Wrote {near(path)}")
    typer.echo(f"Next: cohortbook lab {study}, or cohortbook report {study}")


@app.command("test")
def test_notebooks(
    study: StudyFolder,
    *,
    accept: Annotated[
        bool, typer.Option("--accept", help="Store what the notebooks find now: it is right.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Run every notebook, also those that did not change.")
    ] = False,
    workers: Annotated[
        int, typer.Option(min=0, help="Notebooks run at a time; 0 is one a processor.")
    ] = 0,
) -> None:
    """Hold what the notebooks of STUDY find against what they found before.

    The first time it is stored, in STUDY/expected; later every number, label and text and the data
    behind every figure are compared, and each difference is named by notebook and cell. Ends with
    exit code 1 if there are differences.
    """
    say_when_stopped("Stopped; what is stored is unchanged.")
    from rich.console import Console

    from .build.progress import watching
    from .build.regression import compare_study
    from .build.request import Request, project_root

    request = Request(study, project_root(), fresh=fresh, workers=workers)
    with watching(Console(stderr=True)) as watcher:
        outcome = compare_study(request, accept, watcher)
    _tell_outcome(outcome, study, accept)


test_notebooks.__test__ = False  # for pytest: a command, not a test


def _tell_outcome(outcome: Outcome, study: Path, accept: bool, most: int = 20) -> None:
    """Say what a comparison of notebooks has found, of each notebook the first differences."""
    for name in {found.notebook: "" for found in outcome.differences}:
        found = [one for one in outcome.differences if one.notebook == name]
        for one in found[:most]:
            typer.echo(str(one))
        if len(found) > most:
            typer.echo(f"{name}: {len(found) - most} more differences.")
    if outcome.stored:
        when = "" if accept else " for the first time"
        typer.echo(f"Stored{when} in {near(outcome.folder)}: {', '.join(outcome.stored)}.")
    if outcome.ignored:
        typer.echo(f"Cells that are not compared (NBVAL_IGNORE_OUTPUT): {outcome.ignored}.")
    if outcome.differences:
        noun = "difference" if len(outcome.differences) == 1 else "differences"
        typer.echo(
            f"{len(outcome.differences)} {noun}. Where they are meant: "
            f"cohortbook test {study} --accept"
        )
        raise typer.Exit(1)
    if outcome.compared:
        typer.echo(f"{len(outcome.compared)} notebooks compared: nothing has changed.")
    elif not outcome.stored:
        typer.echo("Nothing has changed.")


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
    compare: Annotated[
        bool,
        typer.Option("--compare", help="Show how edited notebooks differ from the project's."),
    ] = False,
    take: Annotated[
        list[str] | None,
        typer.Option(metavar="NOTEBOOK", help="With --compare: take the project's in its place."),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(metavar="NOTEBOOK", help="With --compare: keep yours, and ask no more."),
    ] = None,
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

    With --compare, edited copies are shown beside the project's notebooks: in a browser where
    there is one and nbdime is installed, or else as text.
    """
    import importlib.util

    from .build.notebooks.lab import DEFAULT_STUDY, lab_command, open_at, split_words
    from .build.notebooks.own_notebooks import copy_notebooks
    from .build.request import REPORT, project_root
    from .build.where import packaged
    from .study.study import load_study

    opens = not (copy or compare or take or keep)
    if opens and importlib.util.find_spec("jupyterlab") is None:
        raise CohortbookError(
            "JupyterLab is not installed.",
            mend="Run `make lab` in a clone; elsewhere install `cohortbook[lab]`.",
        )
    root = project_root()
    study, flags = split_words(words or [])
    if packaged(root) and study == DEFAULT_STUDY and not study.exists():
        raise CohortbookError(
            "No study was named.",
            mend="Give a study folder; `cohortbook example FOLDER` copies one to try.",
        )
    load_study(study)
    if compare or take or keep:
        _compare(root, study, take or [], keep or [], not no_browser)
        return
    default = study.resolve() == (root / "data" / "wei2026").resolve()
    if packaged(root) and study.resolve().is_relative_to(root):
        raise CohortbookError(
            "This study belongs to the installed package, which is only read.",
            str(study),
            "Copy it with `cohortbook example FOLDER`.",
        )
    notebooks = root / "notebooks" if default else copy_notebooks(root, study)
    typer.echo(f"Notebooks: {near(notebooks)}")
    if copy:
        return
    flags += ["--no-browser"] * no_browser + ["--allow-root"] * allow_root
    flags += [f"--{name}={value}" for name, value in (("port", port), ("ip", ip)) if value]
    folder = study.resolve() if packaged(root) else open_at(root, study)
    if not packaged(root) and not (root / REPORT).is_relative_to(folder):
        typer.echo(f"The manuscript is elsewhere: {near(root / REPORT)}")
    _become(lab_command(folder, notebooks, flags))


def _compare(root: Path, study: Path, taken: list[str], kept: list[str], browser: bool) -> None:
    """Show edited copies beside the project's notebooks, and take these or keep those."""
    from .build.notebooks.compare_copies import edited_copies, has_browser
    from .build.notebooks.own_notebooks import keep, take

    both = {name.removesuffix(".ipynb") for name in taken} & {
        name.removesuffix(".ipynb") for name in kept
    }
    if both:
        raise CohortbookError(f"'{both.pop()}' cannot be taken and kept.", "--take, --keep")
    for name in taken:
        ((copy, _),) = edited_copies(root, study, name)
        typer.echo(f"Took the project's {copy.name}; yours is now {near(take(root, copy))}")
    for name in kept:
        ((copy, _),) = edited_copies(root, study, name)
        keep(root, copy)
        typer.echo(f"Kept yours: {near(copy.path)}")
    if taken or kept:
        return
    copies = edited_copies(root, study)
    if not copies:
        typer.echo("No copy of a notebook of the project is edited in this study.")
    browser = browser and sys.stdout.isatty() and has_browser()
    for copy, late in copies:
        said = "the project's has changed since" if late else "the project's is as it was"
        typer.echo(f"{copy.name}: edited; {said}.")
        _show_difference(root, copy, browser)
        answer = _ask() if sys.stdin.isatty() and sys.stdout.isatty() else ""
        if answer == "t":
            typer.echo(f"Yours is now {near(take(root, copy))}")
        elif answer == "k":
            keep(root, copy)
        else:
            typer.echo(
                f"Take the project's: cohortbook lab {study} --compare --take {copy.name}\n"
                f"Keep yours:         cohortbook lab {study} --compare --keep {copy.name}"
            )


def _ask() -> str:
    said = typer.prompt("t: take the project's, k: keep yours, l: later", default="l")
    return said.strip().lower()[:1]


def _show_difference(root: Path, copy: Notebook, browser: bool) -> None:
    import subprocess

    from .build.notebooks.compare_copies import difference, web_command, without_outputs
    from .build.notebooks.notebooks import Notebook
    from .scratch import scratch_folder

    ours = Notebook(root / "notebooks" / copy.path.name)
    if not browser:
        typer.echo(difference(ours, copy))
        return
    with scratch_folder() as folder:
        pair = [
            without_outputs(one, folder, name) for one, name in ((ours, "project"), (copy, "yours"))
        ]
        typer.echo("Close the tool in the browser to go on.")
        subprocess.run(web_command(*pair), check=False)


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
        while True:
            watching.step()
            time.sleep(LOOK_EVERY)


def _build(request: Request) -> Report:
    """Build with a bar or lines on the terminal."""
    from .build.notebooks.begin import begun

    with begun(request) as template:  # it imports beside this process
        from rich.console import Console

        from .build.progress import watching
        from .build.report import build

        with watching(Console(stderr=True)) as watcher:
            return build(request, watcher, template)


def _tell_misfits(misfits: tuple[str, ...], most: int = 5) -> None:
    """Say what the journal would refuse, the first few in full."""
    for misfit in misfits[:most]:
        typer.echo(f"For the journal: {misfit}.")
    if len(misfits) > most:
        typer.echo(f"For the journal: {len(misfits) - most} more in figures/journal_check.csv.")


def _formats(text: str, others: bool = False) -> tuple[str, ...]:
    """Read names of documents; `others` are those that only Quarto makes."""
    from .build.render.quarto import is_format

    given = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    known = (*FORMATS, SLIDES) if others else FORMATS
    wrong = [name for name in given if name not in known and not (others and is_format(name))]
    if wrong or not given:
        raise CohortbookError(
            f"'{', '.join(wrong)}' is not a format.",
            "--formats",
            f"There are {', '.join(known)}{' and, with Quarto, its own' if others else ''}.",
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


def _write(
    write: Callable[[Any, Path], None], what: Any, path: Path, option: str = "--csv"
) -> None:
    """Write a file the user asked for; one that cannot be written is a message."""
    try:
        write(what, path)
    except OSError as error:
        raise CohortbookError(
            f"{path} cannot be written ({error.strerror}).", option, "Name another file."
        ) from None


def _read_paper(paper: Path, draft: Path | None) -> Path:
    """Read a paper into a draft of its printed results, beside it; give the draft's path."""
    from .display.paper_read import print_account, write_account
    from .published.paper_in import draft_of, read_paper

    target = draft or paper.with_suffix(".published.yml")
    if target.exists():
        raise CohortbookError(
            f"{target} exists and may have been mended by hand.", "",
            f"Audit it (`cohortbook audit {target}`), or name another file with --draft.",
        )  # fmt: skip
    made = draft_of(read_paper(paper))
    _write(lambda what, path: path.write_text(what, "utf-8"), made.text(), target, "--draft")
    stem = target.name.removesuffix(".yml").removesuffix(".published")
    cells = target.with_name(f"{stem}.cells.csv")
    _write(write_account, made.account, cells, "--draft")
    print_account(made.account, made.columns)
    for note in made.notes:
        typer.echo(f"not read: {note}")
    typer.echo(f"Draft: {near(target)}; every cell: {near(cells)}.")
    return target


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

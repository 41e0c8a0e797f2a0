"""A study folder: from an export, as an example, on a page, and checked."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..build.request import near
from ..errors import CohortbookError
from .options import (
    OpenBrowser,
    PagePort,
    StudyFolder,
    write_to,
)

if TYPE_CHECKING:
    pass


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
    from ..intake import Wishes
    from ..intake.command import check_wishes, read_with, run

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
        from ..page.command import show_new

        check_wishes(wishes)
        show_new(folder, files, wishes, read_with(stated), port, browser)
    elif run(folder, files, wishes, stated):
        raise typer.Exit(3)


def example(
    folder: Annotated[Path, typer.Argument(help="A folder to write, new or empty.")],
    study: Annotated[
        str, typer.Option(metavar="NAME", help="Which study: wei2026 or hcc-cxcl17.")
    ] = "wei2026",
) -> None:
    """Copy a study to try: wei2026 (synthetic, two arms) or hcc-cxcl17 (real, public domain)."""
    from ..build.example import copy_example
    from ..build.request import project_root

    for name in copy_example(project_root(), study, folder):
        typer.echo(f"{near(folder.absolute())}/{name}")
    typer.echo(f"Now: cohortbook report {near(folder.absolute())}")


def setup(study: StudyFolder, *, port: PagePort = 0, browser: OpenBrowser = True) -> None:
    """Look at a study on a page in the browser, and change what it says: counts, curves, reasons.

    The page is served to this machine only. Saving changes in study.yml what was answered; its
    comments, and whatever else it says, stay.
    """
    from ..page.command import show_again

    show_again(study, port, browser)


def check(
    study: StudyFolder,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Also write the problems to this file.")
    ] = None,
    ids: Annotated[
        bool,
        typer.Option("--ids", help="Name patients by their identifier, not their place."),
    ] = False,
    every: Annotated[
        bool,
        typer.Option("--all", help="Show each problem, also where they fill more than a screen."),
    ] = False,
) -> None:
    """Read a study and show all its problems on one screen, without building anything.

    More than a screen of them are told by kind, the worst first, with counts. Ends with exit code 1
    if there are errors; warnings alone do not stop a report.
    """
    from ..build.project.checklist import suggested
    from ..build.project.own_checks import own_problems
    from ..build.request import project_root
    from ..display.problems import find_problems, print_problems, write_problems
    from ..study.study import load_study

    files, problems = find_problems(study, ids or None)
    if files:
        with suppress(CohortbookError):  # outside of a project nothing is said of notebooks
            problems += own_problems(project_root(), study)
        problems.sort(key=lambda problem: problem.severity != "error")
    if csv_file:
        write_to(partial(write_problems, files=files), problems, csv_file)
    errors = print_problems(problems, files, every=every)
    with suppress(CohortbookError):  # a study file that cannot be read is among the problems
        if told := suggested(load_study(study)):
            typer.echo(told)
    if errors:
        raise typer.Exit(1)

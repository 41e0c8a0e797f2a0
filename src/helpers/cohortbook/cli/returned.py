"""What comes back: a DOCX that was changed, another build, the points of reviewers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..build.request import near
from .options import (
    StudyFolder,
    write_to,
)

if TYPE_CHECKING:
    pass


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
    from ..build.request import Request, project_root
    from ..word.plan import plan, write
    from ..word.show import lines_of

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
    docx: Annotated[
        Path | None,
        typer.Option(
            "--docx", help="Write the new report.docx to this file, changes since OLD tracked."
        ),
    ] = None,
) -> None:
    """Say what changed between two builds: patients, events, verdicts, settings, statistics.

    Ends with exit code 0 if nothing differs, 3 if something does, 1 if a build cannot be read.
    """
    from ..build.files.publish import replace_text
    from ..review.builds import load_build, of_two_studies
    from ..review.differences import differences
    from ..review.tracked import write_tracked
    from ..review.written import as_csv, as_markdown, as_text

    was, now = load_build(old), load_build(new)
    found = differences(was, now)
    if told := of_two_studies(was, now):
        typer.echo(told, err=True)
    if csv_file:
        write_to(lambda text, path: replace_text(path, text), as_csv(found), csv_file)
    if markdown:
        write_to(
            lambda text, path: replace_text(path, text), as_markdown(found), markdown, "--markdown"
        )
    if docx:
        write_to(lambda _, path: write_tracked(old, new, path), None, docx, "--docx")
    typer.echo(as_text(found), nl=False)
    if found:
        raise typer.Exit(3)


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
    from ..build.files.publish import replace_text
    from ..build.request import Request, project_root
    from ..review.builds import load_build, of_two_studies
    from ..review.response import read_reviews, respond

    text = read_reviews(reviews)
    new = load_build(Request(study, project_root(), out).final)
    old = load_build(before) if before else None
    if old and (told := of_two_studies(old, new)):
        typer.echo(told, err=True)
    answer = respond(text, new, old)
    if answer.wrong:
        for one in answer.wrong:
            typer.echo(f"{reviews.name}, {one}", err=True)
        typer.echo("Nothing was written.", err=True)
        raise typer.Exit(3)
    if to:
        write_to(lambda text, path: replace_text(path, text), answer.text, to, "--to")
        typer.echo(f"{answer.claims} claims hold. Written: {near(to)}")
    else:
        typer.echo(answer.text, nl=False)


def _agreed(question: str) -> bool:
    """Ask on a terminal; elsewhere the answer is no."""
    return sys.stdin.isatty() and typer.confirm(question)

"""The command line: `cohortbook report STUDY`, and what one needs on the way there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..errors import CohortbookError
from .notebooks import lab, notebook, test_notebooks
from .papers import audit
from .reports import report
from .returned import diff, response, word
from .studies import check, example, new, setup
from .sweeps import sweep

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


def schema(
    out: Annotated[
        Path | None, typer.Option(help="Write to this file, such as data/study.schema.json.")
    ] = None,
) -> None:
    """Print the JSON Schema of study.yml, with which editors complete and check it."""
    from ..study.schema import schema_text

    if out:
        out.write_text(schema_text(), encoding="utf-8", newline="\n")
    else:
        typer.echo(schema_text(), nl=False)


def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    typer.echo(installed("cohortbook"))


# as `--help` lists them
for command in (report, new, example, setup, check, audit, word, diff, response, sweep, notebook):
    app.command()(command)
app.command("test")(test_notebooks)
app.command(context_settings={"ignore_unknown_options": True})(lab)
for command in (schema, version):
    app.command()(command)


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

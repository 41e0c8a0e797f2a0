"""The notebooks of a study: a first one, all held against what they found, JupyterLab."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..build.request import near
from ..errors import CohortbookError
from ..processes import say_when_stopped
from .options import (
    Fresh,
    StudyFolder,
    Workers,
)

if TYPE_CHECKING:
    from ..build.notebooks.notebooks import Notebook
    from ..build.regression import Outcome


def notebook(
    study: StudyFolder,
    name: Annotated[str, typer.Argument(help="Its name, such as mine.", metavar="NAME")],
) -> None:
    """Write a first notebook of your own into STUDY/notebooks, which runs as it is.

    It is run with the project's, and what it shows stands in the report where its first cell says.
    """
    from ..build.notebooks.first import write_first
    from ..build.request import project_root
    from ..study.study import load_study

    path = write_first(project_root(), study, load_study(study), name)
    typer.echo(f"Wrote {near(path)}")
    typer.echo(f"Next: cohortbook lab {study}, or cohortbook report {study}")


def test_notebooks(
    study: StudyFolder,
    *,
    accept: Annotated[
        bool, typer.Option("--accept", help="Store what the notebooks find now: it is right.")
    ] = False,
    fresh: Fresh = False,
    workers: Workers = 0,
) -> None:
    """Hold what the notebooks of STUDY find against what they found before.

    The first time it is stored, in STUDY/expected; later every number, label and text and the data
    behind every figure are compared, and each difference is named by notebook and cell. Ends with
    exit code 1 if there are differences.
    """
    say_when_stopped("Stopped; what is stored is unchanged.")
    from rich.console import Console

    from ..build.progress import watching
    from ..build.regression import compare_study
    from ..build.request import Request, project_root

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

    from ..build.notebooks.lab import DEFAULT_STUDY, lab_command, open_at, split_words
    from ..build.notebooks.own_notebooks import copy_notebooks
    from ..build.request import REPORT, project_root
    from ..build.where import packaged
    from ..study.study import load_study

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
    from ..build.notebooks.compare_copies import edited_copies, has_browser
    from ..build.notebooks.own_notebooks import keep, take

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

    from ..build.notebooks.compare_copies import difference, web_command, without_outputs
    from ..build.notebooks.notebooks import Notebook
    from ..scratch import scratch_folder

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

"""The page as the commands `new --page` and `setup` open it."""

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import Sequence
from pathlib import Path

import typer

from ..errors import CohortbookError
from ..intake.draft import Wishes
from ..study.parts import DEFAULT_READING, Reading
from ..study.study import STUDY_FILE, load_study
from .state import Setup, SetupAgain


def show_new(
    folder: Path,
    files: Sequence[Path],
    wishes: Wishes,
    reading: Reading,
    port: int = 0,
    browser: bool = True,
) -> None:
    """Open the page on an export, until it is ended; the study is written when it is saved there.

    Raises
    ------
    CohortbookError
        If the folder exists, or the files hold nothing that could be a study.
    """
    if folder.exists():
        raise CohortbookError(
            "This folder exists already.",
            str(folder),
            f"Name a new one, or change it: cohortbook setup {folder}",
        )
    _show(Setup(folder, files, wishes, reading), port, browser)


def show_again(study: Path, port: int = 0, browser: bool = True) -> None:
    """Open the page on a study that exists, until it is ended.

    Raises
    ------
    CohortbookError
        If there is no study, or it cannot be used.
    """
    load_study(study)
    _show(SetupAgain(study, [study / STUDY_FILE], Wishes(), DEFAULT_READING), port, browser)


def _show(setup: Setup, port: int, browser: bool) -> None:
    from .server import served

    setup.open()

    def say(url: str) -> None:
        typer.echo(f"The page is at {url}")
        typer.echo("Only this computer can reach it. Ctrl-C ends it.")
        if browser:
            webbrowser.open(url)

    try:
        asyncio.run(served(setup, port, say))
    except KeyboardInterrupt:
        typer.echo("Ended.", err=True)
    if setup.saved:
        typer.echo(f"{setup.folder} is as it was saved. Next: cohortbook report {setup.folder}")
    else:
        typer.echo("Nothing was written.")

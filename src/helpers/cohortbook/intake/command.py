"""The command `new`: questions on a terminal, and what was found, in words."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import typer
from pydantic import ValidationError

from ..errors import CohortbookError, count
from ..study.parts import Reading
from .create import Created, create_study
from .draft import Ask, Wishes, take_default
from .guess import grouped

UNITS = ("days", "weeks", "months", "years")


def run(folder: Path, files: Sequence[Path], wishes: Wishes, reading: dict[str, str]) -> int:
    """Write a study folder and say what was found, what is unsure, and what comes next.

    Returns
    -------
    int
        How many errors `check` finds in what was written.
    """
    if wishes.unit and wishes.unit not in UNITS:
        raise CohortbookError(
            f"'{wishes.unit}' is not a unit.", "--unit", f"There are {', '.join(UNITS)}."
        )
    _check_cutoff(wishes.cutoff)
    ask: Ask = _ask if sys.stdin.isatty() and sys.stdout.isatty() else take_default
    return _say(create_study(folder, files, wishes, _reading(reading), ask))


def _check_cutoff(cutoff: str | None) -> None:
    from datetime import date

    try:
        date.fromisoformat(cutoff or "2000-01-01")
    except ValueError:
        raise CohortbookError(
            f"'{cutoff}' is not a date.", "--cutoff", "Write it as 2025-06-30."
        ) from None


def _reading(given: dict[str, str]) -> Reading:
    try:
        return Reading(**given)
    except ValidationError as error:
        first = error.errors()[0]
        raise CohortbookError(
            f"'{first['input']}' cannot be used.", f"--{first['loc'][0]}", f"{first['msg']}."
        ) from None


def _ask(question: str, options: Sequence[str], guess: str) -> str:
    if options:
        typer.echo(f"  {' | '.join(_plain(option) for option in options)}")
    while True:
        answer = typer.prompt(_plain(question), default=guess, show_default=bool(guess)).strip()
        if understood(answer, options, guess):
            return answer
        typer.echo(f"  '{_plain(answer)}' is none of these; write one as it stands above.")


def understood(answer: str, options: Sequence[str], guess: str) -> bool:
    """Say whether an answer is the guess, one of the options, or several of them with commas."""
    parts = [part.strip() for part in answer.split(",")]
    return not options or answer in (guess, *options) or all(part in options for part in parts)


def _say(made: Created) -> int:
    for line in made.read:
        typer.echo(_plain(line))
    typer.echo("\nFound:")
    for line in made.found:
        typer.echo(f"  {_plain(line)}")
    doubts = grouped(made.guesses, f"{made.folder}/study.yml")
    if doubts:
        typer.echo("\nUnsure, please look:")
    for line in doubts:
        typer.echo(f"  {_plain(line)}")
    errors, warnings = count(made.problems), count(made.problems, "warning")
    patients = _counted(made.patients, "patient")
    typer.echo(
        f"\nWrote {made.folder}/study.yml for {patients}; check finds "
        f"{_counted(errors, 'error')} and {_counted(warnings, 'warning')}."
    )
    if made.unconfirmed:
        typer.echo(
            f"Not confirmed: {', '.join(made.unconfirmed)}. A report says so until these "
            "lines of study.yml are deleted."
        )
    if errors:
        typer.echo(
            f"Not ready for a report: cohortbook check {made.folder} names each error and "
            "how to mend it."
        )
    else:
        typer.echo(f"Next: read study.yml, then cohortbook report {made.folder}")
    return errors


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _plain(text: str) -> str:
    """Give a text that cannot write over the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)

"""The command `new`: questions on a terminal, and what was found, in words."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import typer
from pydantic import ValidationError

from ..cohort.cohort import StudyFiles
from ..errors import CohortbookError, count
from ..formats import counted
from ..study.expected import expected
from ..study.parts import Reading
from .create import Created, create_study
from .draft import Draft, Wishes
from .guess import grouped, worst_first
from .overview import Seen, endpoints_seen, overview
from .questions import Answers, Question, nobody

MOST_OPTIONS = 12  # that are listed; any other is named
UNITS = ("days", "weeks", "months", "years")


def run(
    folder: Path,
    files: Sequence[Path],
    wishes: Wishes,
    reading: dict[str, str],
    known: Answers | None = None,
) -> int:
    """Write a study folder and say what was found, what is unsure, and what comes next.

    `known` are questions that are answered already.

    Returns
    -------
    int
        How many errors `check` finds in what was written.
    """
    check_wishes(wishes)
    answers: Answers = dict(known or {})
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _say(create_study(folder, files, wishes, read_with(reading), nobody, answers))
    made = create_study(
        folder,
        files,
        wishes,
        read_with(reading),
        _ask,
        answers,
        lambda draft, study: _reviewed(draft, study, answers),
    )
    return _say(made)


def check_wishes(wishes: Wishes) -> None:
    """Refuse a unit or a cut-off that is none."""
    if wishes.unit and wishes.unit not in UNITS:
        raise CohortbookError(
            f"'{wishes.unit}' is not a unit.", "--unit", f"There are {', '.join(UNITS)}."
        )
    try:
        date.fromisoformat(wishes.cutoff or "2000-01-01")
    except ValueError:
        raise CohortbookError(
            f"'{wishes.cutoff}' is not a date.", "--cutoff", "Write it as 2025-06-30."
        ) from None


def read_with(given: dict[str, str]) -> Reading:
    """Give how files are read, as stated on the command line."""
    try:
        return Reading(**given)
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:  # each of them may be, but not both
            where, mend = "--decimal, --thousands", "State two marks that differ."
            raise CohortbookError(f"{expected(first)}.", where, mend) from None
        raise CohortbookError(
            f"'{first['input']}' cannot be used.",
            f"--{first['loc'][0]}",
            f"It takes {expected(first)}.",
        ) from None


def _ask(question: Question) -> tuple[str, ...]:
    """Ask on the terminal, with values and counts, until the answer is understood."""
    typer.echo(f"\n{_plain(question.text)}")
    if question.why:
        typer.echo(f"  {_plain(question.why)}")
    for number, option in enumerate(question.options[:MOST_OPTIONS], start=1):
        coded = option.value and option.value != option.shown
        name = number if question.numbered else option.value if coded else ""
        typer.echo(f"  {_plain(str(name))}  {_plain(option.text)}")
    if len(question.options) > MOST_OPTIONS:
        typer.echo(f"  and {len(question.options) - MOST_OPTIONS} more, by their names")
    shown = {option.value: option.shown for option in question.options}
    guess = question.value or question.guess
    default = ", ".join(shown.get(value, value) for value in guess)
    hint = "number or name" if question.numbered else "value or name"
    hint += ", or several with commas between" if question.most > 1 else ""
    while True:
        typed = typer.prompt(hint if question.options else "text", default=_plain(default))
        answer = guess if typed == _plain(default) else question.read(typed)
        if answer is not None and question.fits(answer):
            return tuple(answer)
        typer.echo(f"  '{_plain(typed)}' is no answer; write one as it stands in the list.")


def _reviewed(draft: Draft, study: StudyFiles, answers: Answers) -> bool:
    """Show the draft on one screen; True to write it, False after something was changed."""
    typer.echo("\nThis will be written:")
    for line in [*overview(draft, study), *draft.found]:
        typer.echo(f"  {_plain(line)}")
    doubts = [*worst_first(draft.guesses)]
    typer.echo(f"  {counted(len(doubts), 'guess', 'guesses')} unsure; study.yml will name each.")
    while True:
        typed = typer.prompt(
            "Write it? (yes, no, or what to change: arm, title, an endpoint, a column)",
            default="yes",
        ).strip()
        if typed.casefold() in ("yes", "y"):
            return True
        if typed.casefold() in ("no", "n"):
            raise typer.Abort
        found = named(draft, typed, endpoints_seen(draft, study))
        for question in found:
            answers[question.place] = _ask(question)
        if found:
            return False
        typer.echo(f"  There is no '{_plain(typed)}' to change.")


def named(draft: Draft, typed: str, endpoints: Iterable[Seen]) -> list[Question]:
    """Give the questions about what somebody named: arm, title, data, an endpoint, a column."""
    word = typed.strip().casefold()
    idents = {n.casefold(): seen.ident for seen in endpoints for n in (seen.key, seen.short)}
    about_arms = (("columns", "arm"), ("arms",), ("reference_arm",))
    found = []
    for place, question in draft.questions.items():
        arm = word in ("arm", "arms", "reference") and (
            place in about_arms or place[:1] == ("arms",) or place == ("texts", "exposure")
        )
        last = place[-1].casefold() == word and place[0] in ("texts", "data", "response")
        endpoint = place[0] == "endpoints" and place[1] in (typed.strip(), idents.get(word))
        column = place[0] in ("variables", "labels", "cox") and place[1].casefold() == word
        if arm or last or endpoint or column:
            found.append(question)
    return found


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
    patients = counted(made.patients, "patient")
    typer.echo(
        f"\nWrote {made.folder}/study.yml for {patients}; check finds "
        f"{counted(errors, 'error')} and {counted(warnings, 'warning')}."
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


def _plain(text: str) -> str:
    """Give a text that cannot write over the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)

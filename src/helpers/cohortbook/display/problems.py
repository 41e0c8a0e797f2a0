"""All problems of a study in one table: on the terminal, and as CSV for whoever mends them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..cohort.checks import missing_values
from ..cohort.checks.missing import Missing
from ..cohort.cohort import StudyFiles, read_study
from ..errors import Problem, StudyError, count, shortened
from ..study.study import STUDY_FILE, Study
from .layout.csv_rows import write_sheet
from .problem_kinds import LINES, kinds_on_a_screen

COLUMNS = ("severity", "file", "row", "patient", "column", "found", "expected", "mend")
MOST_LINES = 200
SCREEN, NAMED = 12, 6  # columns with missing values that have a line each, that are named
FEWEST = 15  # lines for problems, however many tell of files and missing values
MOST_LETTERS = 20
BEYOND_LATIN = "\u0250"


def find_problems(
    study: Path, show_ids: bool | None = None
) -> tuple[StudyFiles | None, list[Problem]]:
    """Read a study; give its files (None if the study file has errors) and every problem."""
    try:
        files = read_study(study, show_ids)
    except StudyError as error:
        return None, error.problems
    # errors first; a stable sort keeps the order of the tables
    problems = [*files.problems, *undrawn(files.study, files.tables.get("adverse_events"))]
    return files, sorted(problems, key=lambda problem: problem.severity != "error")


def printed_texts(study: Study, events: pd.DataFrame | None) -> str:
    """Give all that a report can print of a study file, and the terms of its adverse events."""
    texts = [json.dumps(study.model_dump(mode="json"), ensure_ascii=False)]
    if study.adverse_events and events is not None and study.adverse_events.term in events:
        texts += map(str, events[study.adverse_events.term].dropna().unique())
    return " ".join(texts)


def undrawn(study: Study, events: pd.DataFrame | None) -> list[Problem]:
    """Warn of letters that no font of this machine can draw in figures; none if all can."""
    texts = printed_texts(study, events)
    if max(texts) < BEYOND_LATIN:
        return []  # fonts are looked into, which takes a second, only if it may matter
    from .drawing.letters import what_to_install, without_glyph

    lacking = without_glyph(texts)
    if not lacking:
        return []
    more = "…" if len(lacking) > MOST_LETTERS else ""
    shown = f"{lacking[:MOST_LETTERS]}{more} ({len(lacking)})"
    return [
        Problem(
            STUDY_FILE,
            "letters that a font of this machine has: figures show these as marks",
            what_to_install(lacking),
            f"no glyph for {shown}",
            severity="warning",
        )
    ]


def print_problems(
    problems: Sequence[Problem],
    files: StudyFiles | None,
    console: Console | None = None,
    *,
    every: bool = False,
) -> int:
    """Print the problems, the missing values, a closing line; give the number of errors.

    How each file was read comes first. Problems that fill no more than a screen are a table, and
    so are all of them with `every`, where of each kind the first rows are named and the rest
    counted. More than a screen are told by kind. The CSV file has them all.
    """
    console = console or Console()
    notes = [Text(_shown(note)) for note in (files.notes if files else ())]
    missing = missing_values(files.study, files.tables) if files else []
    empty = _table(
        ("file", "column", "missing", "rule"),
        [[m.file, *cells, m.rule] for m, cells in missing_on_a_screen(missing)],
    )
    around = sum(map(len, map(console.render_lines, [*notes, *[empty] * bool(missing)])))
    room = max(FEWEST, LINES - around - 1 - bool(missing))
    rows = [[line.as_row()[c] for c in COLUMNS] for line in shortened(problems)]
    for note in notes:
        console.print(note)
    if rows and (every or _fits(console, rows, room)):
        console.print(_table(COLUMNS, rows))
        if len(rows) > MOST_LINES:
            more = len(rows) - MOST_LINES
            console.print(f"{more} more lines are not shown; --csv writes them all.")
    elif rows:
        for line in kinds_on_a_screen(problems, console.width, room):
            console.print(Text(_shown(line)))
    if missing:
        console.print("Missing values, and the rule in force:")
        console.print(empty)
    errors, warnings = count(problems), count(problems, "warning")
    console.print(f"{_size(files)}{_count(errors, 'error')}, {_count(warnings, 'warning')}.")
    return errors


def missing_on_a_screen(missing: Sequence[Missing]) -> list[tuple[Missing, tuple[str, str]]]:
    """Give columns and counts of empty cells; where columns are many, one line a file and rule.

    Those with the most empty cells are named first.
    """
    if len(missing) <= SCREEN:
        return [(m, (m.column, f"{m.missing} of {m.rows}")) for m in missing]
    kinds: dict[tuple[str, str], list[Missing]] = {}
    for one in sorted(missing, key=lambda m: -m.missing):
        kinds.setdefault((one.file, one.rule), []).append(one)
    lines = []
    for members in kinds.values():
        first, last = members[0], members[-1]
        rest = len(members) - NAMED
        named = ", ".join(m.column for m in members[:NAMED])
        named += f" and {rest} more" if rest > 0 else ""
        least = f"{last.missing} to " if last.missing != first.missing else ""
        lines.append((first, (named, f"{least}{first.missing} of {first.rows}")))
    return lines


def _fits(console: Console, rows: list[list[object]], room: int) -> bool:
    """Say whether a table of rows fills no more than so many lines."""
    return len(rows) <= room and len(console.render_lines(_table(COLUMNS, rows))) <= room


def _table(columns: Sequence[str], rows: list[list[object]]) -> Table:
    table = Table(show_lines=False, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows[:MOST_LINES]:
        # Text, not markup: a cell of the study may hold square brackets
        table.add_row(*(Text(_shown(cell)) for cell in row))
    return table


def _size(files: StudyFiles | None) -> str:
    patients = files.tables.get("patients") if files else None
    return "" if patients is None else f"{len(patients)} patients read; "


def write_problems(
    problems: Sequence[Problem], path: Path, files: StudyFiles | None = None
) -> None:
    """Write the problems, then the missing values (severity "missing"), as CSV.

    Cells that look like formulas stay text in a spreadsheet.
    """
    names = [field.name for field in fields(Problem)]
    missing = missing_values(files.study, files.tables) if files else []
    rows = (problem.as_row() for problem in [*problems, *map(_as_problem, missing)])
    write_sheet(path, [names, *([_shown(row[name]) for name in names] for row in rows)])


def _as_problem(missing: Missing) -> Problem:
    return Problem(
        missing.file,
        "a value, or none",
        f"Rule in force: {missing.rule}.",
        f"{missing.missing} of {missing.rows} empty",
        column=missing.column,
        severity="missing",
        times=missing.missing,
    )


def _shown(value: object) -> str:
    text = "" if value is None else str(value)
    # control and direction characters would write over the terminal or hide what stands there
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")

"""All problems of a study in one table: on the terminal, and as CSV for whoever mends them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..cohort import Cohort, load_cohort
from ..errors import Problem, StudyError

COLUMNS = ("severity", "file", "row", "patient", "column", "found", "expected", "mend")


def find_problems(study: Path) -> tuple[Cohort | None, list[Problem]]:
    """Read a study; give the cohort (None if it has errors) and every problem."""
    try:
        cohort = load_cohort(study)
    except StudyError as error:
        return None, error.problems
    return cohort, list(cohort.warnings)


def print_problems(
    problems: Sequence[Problem], cohort: Cohort | None, console: Console | None = None
) -> int:
    """Print one table of problems and a closing line; give the number of errors."""
    console = console or Console()
    if problems:
        table = Table(*COLUMNS, show_lines=False, pad_edge=False)
        for problem in problems:
            row = problem.as_row()
            # Text, not markup: a cell of the study may hold square brackets
            table.add_row(*(Text(_shown(row[column])) for column in COLUMNS))
        console.print(table)
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    size = f"{len(cohort)} patients read; " if cohort else ""
    console.print(f"{size}{_count(errors, 'error')}, {_count(warnings, 'warning')}.")
    return errors


def write_problems(problems: Sequence[Problem], path: Path) -> None:
    """Write the problems as CSV; cells that look like formulas stay text in a spreadsheet."""
    from .table import harmless

    names = [field.name for field in fields(Problem)]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        for problem in problems:
            row = problem.as_row()
            writer.writerow([harmless(_shown(row[name])) for name in names])


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")

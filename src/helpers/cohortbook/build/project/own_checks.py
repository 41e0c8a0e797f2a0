"""What `check` says of the notebooks and parts of the manuscript in a study folder."""

from __future__ import annotations

from pathlib import Path

from ...errors import CohortbookError, Problem, Wrong
from ..notebooks.own_notebooks import (
    FOLDER,
    added_notebooks,
    behind,
    behind_said,
    edited,
    unused,
    wrong_notebooks,
)
from .own_parts import wrong_parts


def own_problems(root: Path, study: Path) -> list[Problem]:
    """Give what would stop a report of the study, and what in its folder is not used or is old."""
    try:
        added = added_notebooks(root, edited(study.resolve()))
        wrong = [*wrong_notebooks(root, study), *wrong_parts(root, study, added)]
        late = [behind_said(notebook) for notebook in behind(root, study)]
        warned = [*unused(root, study), *late]
    except CohortbookError as error:  # a file that is no notebook
        wrong, warned = [Wrong(error.what, f"{FOLDER}/{error.where}", error.mend)], []
    return [
        *(_problem(found, "error") for found in wrong),
        *(_problem(found, "warning") for found in warned),
    ]


def _problem(found: Wrong, severity: str) -> Problem:
    return Problem(found.where, "", found.mend, found.what, severity=severity)

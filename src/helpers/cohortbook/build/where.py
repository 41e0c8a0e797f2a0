"""Where the project is, and where a build may write: in a clone, or beside an installed package.

The project (`notebooks/`, `report/`, `_quarto.yml`, `data/`) is the clone that this package is
imported from, or the clone one stands in; an installed package brings its own, in `project/`. That
one is only read: another user, or the next version, has it too. What a build keeps then goes to
the user's cache folder, and what it makes beside the study.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import CohortbookError

PACKAGE = Path(__file__).resolve().parents[1]
PACKAGED = PACKAGE / "project"
PARTS = ("_quarto.yml", "notebooks", "report/index.qmd")  # a study has no _quarto.yml
CACHE = "COHORTBOOK_CACHE"  # names another folder than the system's


def project_root() -> Path:
    """Find the project: the clone that holds this package, the clone one stands in, the package's.

    Raises
    ------
    CohortbookError
        If there is none.
    """
    here = Path.cwd()
    # the clone that this code is of before the one that one stands in: notebooks of another
    # version would call verbs that are not here
    for folder in (PACKAGE.parents[2], here, *here.parents, PACKAGED):
        if all((folder / part).exists() for part in PARTS):
            return folder
    raise CohortbookError(
        "No project with notebooks/ and report/ was found.",
        str(here),
        "Run the command inside a clone of the repository, or install the package again.",
    )


def packaged(root: Path) -> bool:
    """Say whether a project is the one inside the installed package, which is only read."""
    return root.resolve() == PACKAGED


def kept_in(root: Path) -> Path:
    """Give the folder that holds `.cache` and `_build`: the project, or the user's cache folder.

    The latter is `~/.cache/cohortbook` on Linux (or in XDG_CACHE_HOME), `~/Library/Caches/
    cohortbook` on macOS, `%LOCALAPPDATA%/cohortbook/Cache` on Windows; COHORTBOOK_CACHE names
    another.

    Raises
    ------
    CohortbookError
        If it cannot be made.
    """
    if not packaged(root):
        return root
    from platformdirs import user_cache_path

    given = os.environ.get(CACHE)
    folder = Path(given).absolute() if given else user_cache_path("cohortbook", appauthor=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CohortbookError(
            f"The folder for what is kept between builds cannot be made ({error.strerror}).",
            str(folder),
            f"Name one that can be written with {CACHE}.",
        ) from None
    return folder


def made_in(root: Path, study: Path) -> Path:
    """Give the folder of the reports: `_output` in a clone, else beside the study.

    A study inside the package, as it is, is reported where one stands.
    """
    if not packaged(root):
        return root / "_output"
    beside = study.resolve().parent
    return (Path.cwd() if beside.is_relative_to(PACKAGED) else beside) / "_output"


def named(out: Path) -> Path:
    """Give an output folder as an absolute path.

    Raises
    ------
    CohortbookError
        If it has no name, as the root of the file system.
    """
    final = out.resolve()
    if not final.name:
        raise CohortbookError(
            "The output must be a folder with a name.", str(final), "Give another with --out."
        )
    return final

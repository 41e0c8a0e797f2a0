"""An edited copy of a notebook beside the project's: as text, or cell by cell in a browser."""

from __future__ import annotations

import difflib
import importlib.util
import json
import sys
import webbrowser
from collections.abc import Iterator
from pathlib import Path

from ...errors import NotebookError
from .notebooks import Notebook
from .own_notebooks import FOLDER, SET_BY_BUILD, behind, edited

KINDS = {"markdown": "text", "code": "code", "raw": "raw"}


def edited_copies(root: Path, study: Path, name: str = "") -> list[tuple[Notebook, bool]]:
    """Give the edited copies of a study, each with whether the project's has changed since.

    Raises
    ------
    NotebookError
        If `name` is given and is none of them.
    """
    known = {path.stem for path in (root / FOLDER).glob("*.ipynb")}
    late = {notebook.name for notebook in behind(root, study)}
    # a notebook that the study adds has nothing of ours to be compared with
    found = [(n, n.name in late) for n in edited(study.resolve()) if n.name in known]
    if not name:
        return found
    wanted = [pair for pair in found if pair[0].name == name.removesuffix(".ipynb")]
    if not wanted:
        there = ", ".join(notebook.name for notebook, _ in found)
        raise NotebookError(
            f"The study has no edited copy of '{name}'.",
            f"{FOLDER}/",
            f"There are: {there}." if there else "There are none.",
        )
    return wanted


def difference(ours: Notebook, theirs: Notebook) -> str:
    """Give what differs between the cells of two notebooks, as a text of lines with + and -."""
    return "\n".join(
        difflib.unified_diff(
            list(_lines(ours)),
            list(_lines(theirs)),
            f"the project's {ours.name}",
            f"{FOLDER}/{theirs.path.name}",
            lineterm="",
        )
    )


def _lines(notebook: Notebook) -> Iterator[str]:
    for cell in notebook.content["cells"]:
        yield f"[{KINDS.get(cell['cell_type'], cell['cell_type'])}]"
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        # what a build sets differs between every copy and the project's
        yield from (line for line in source.splitlines() if not SET_BY_BUILD.match(line))


def has_browser() -> bool:
    """Say whether notebooks can be compared in a browser here: nbdime and a browser are there."""
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return has_nbdime()


def has_nbdime() -> bool:
    return importlib.util.find_spec("nbdime") is not None


def web_command(ours: Path, theirs: Path) -> list[str]:
    """Give the command that shows two notebooks beside each other in a browser (nbdime)."""
    return [
        sys.executable,
        "-m",
        "nbdime.webapp.nbdiffweb",
        "--ip=127.0.0.1",
        str(ours),
        str(theirs),
    ]


def without_outputs(notebook: Notebook, folder: Path, name: str) -> Path:
    """Write a notebook for a comparison that is of cells only."""
    # a copy in depth: the notebook goes on being read
    content = json.loads(json.dumps(notebook.content))
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    path = folder / f"{name}.ipynb"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path

"""Notebooks of a study folder: copies to edit, and edited ones in place of the project's.

They are code that a build runs. That a study has its own is said when it is built, and stands in
the provenance.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import NotebookError
from ..files.commit import digest, file_hash
from ..files.folder import read_files
from ..files.publish import replace_text
from .notebooks import PARAMETERS_TAG, Notebook, find_notebooks

FOLDER = "notebooks"
MARK = "cohortbook"


def notebooks_of(root: Path, study: Path) -> list[Notebook]:
    """Give the project's notebooks, those in their place that the study's folder has edited.

    Parameters
    ----------
    root : Path
        The project.
    study : Path
        The study folder; notebooks under `notebooks/` count by their name.

    Raises
    ------
    NotebookError
        For a notebook of the study that has the name of none of the project's.
    """
    found = find_notebooks(root / FOLDER)
    own = {notebook.name: notebook for notebook in edited(study.resolve())}
    known = [notebook.name for notebook in found]
    for name in own:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            raise NotebookError(
                "No notebook of the project has this name.",
                f"{FOLDER}/{name}.ipynb",
                f"Rename it to {close[0]}."
                if close
                else "Its name says which one it replaces: " + ", ".join(known) + ".",
            )
    return [own.get(notebook.name, notebook) for notebook in found]


def own_notebooks(notebooks: Sequence[Notebook], study: Path) -> dict[str, str]:
    """Give those that are the study's own, as paths in its folder, and their SHA-256."""
    folder = study.resolve() / FOLDER
    return {
        f"{FOLDER}/{notebook.path.name}": file_hash(notebook.path)
        for notebook in notebooks
        if notebook.path.parent == folder
    }


def announce(own: Mapping[str, str]) -> str:
    """Say that code of the study folder is run."""
    return f"Notebooks of the study folder are run: {', '.join(own)}."


def unused(root: Path, study: Path, output: Path | None = None) -> list[str]:
    """Say of each notebook and part of a manuscript in the study folder that no build uses it.

    Copies of the project's notebooks that were not changed are left out: they wait to be edited.
    """
    study = study.resolve()
    known = {notebook.name for notebook in find_notebooks(root / FOLDER)}
    said = []
    for path in read_files(study, output):
        kind = path.suffix.lower()
        if kind not in (".ipynb", ".qmd") or (
            path.parent == study / FOLDER and path.stem in known and path.suffix == ".ipynb"
        ):
            continue
        name = path.relative_to(study).as_posix()
        if kind == ".qmd":
            mend = "The manuscript is that of the project, in report/."
        elif path.stem in known:
            mend = f"Move it to {FOLDER}/{path.stem}.ipynb."
        else:
            close = difflib.get_close_matches(path.stem, known, n=1)
            near = f"{FOLDER}/{close[0] if close else 'NAME'}.ipynb"
            mend = f"Only notebooks with the name of one of the project's are run: {near}."
        said.append(f"{name}: this file of the study folder is not used. {mend}")
    return said


def edited(study: Path) -> list[Notebook]:
    """Give the notebooks of a study folder that are not just copies, by name."""
    found = [Notebook(path) for path in sorted((study / FOLDER).glob("*.ipynb"))]
    return [notebook for notebook in found if _copied_from(notebook) != _says(notebook.content)]


def copy_notebooks(root: Path, study: Path) -> Path:
    """Copy the project's notebooks into the study folder, this study preset; give their folder.

    A notebook that is there already stays as it is.
    """
    folder = study / FOLDER
    folder.mkdir(exist_ok=True)
    for notebook in find_notebooks(root / FOLDER):
        path = folder / notebook.path.name
        if not path.exists():
            replace_text(path, json.dumps(_preset(notebook), ensure_ascii=False, indent=1) + "\n")
    return folder


def _preset(notebook: Notebook) -> dict[str, Any]:
    content = json.loads(json.dumps(notebook.content))
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        if _holds_parameters(cell):
            source = "".join(cell["source"]).replace('"../data/wei2026"', '".."')
            cell["source"] = source.splitlines(keepends=True)
    content["metadata"][MARK] = {"copied": _says(content)}
    return content


def _copied_from(notebook: Notebook) -> str:
    return notebook.content.get("metadata", {}).get(MARK, {}).get("copied", "")


def _says(content: dict[str, Any]) -> str:
    """Give a hash of the cells, but of the parameters, which a build sets."""
    cells = [
        [cell["cell_type"], "".join(cell["source"])]
        for cell in content["cells"]
        if not _holds_parameters(cell)
    ]
    return digest(json.dumps(cells, ensure_ascii=False))


def _holds_parameters(cell: dict[str, Any]) -> bool:
    return PARAMETERS_TAG in cell.get("metadata", {}).get("tags", [])

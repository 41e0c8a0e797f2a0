"""Notebooks of a study folder: copies to edit, edited ones in place of the project's, added ones.

They are code that a build runs. That a study has its own is said when it is built, and stands in
the provenance.
"""

from __future__ import annotations

import ast
import difflib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import NotebookError, Wrong
from ..files.commit import digest, file_hash
from ..files.folder import read_files
from ..files.publish import replace_text
from .notebooks import PARAMETERS_TAG, Notebook, find_notebooks

FOLDER, REPORT = "notebooks", "report"
MARK = "cohortbook"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
# names among the values of the manuscript, and of a notebook that the build itself writes
TAKEN = {"abstract", "study", "provenance", "checklist"}
# what JupyterLab calls a notebook before somebody has named it
UNNAMED = re.compile(r"Untitled\d*|.*-Copy\d+")
SET_BY_BUILD = re.compile(r"^\s*(?:study|results_dir)\s*=")
MAIN_FILE = "index"


def notebooks_of(root: Path, study: Path) -> list[Notebook]:
    """Give what is run: the project's notebooks, or the study's edited copies, then what it adds.

    Parameters
    ----------
    root : Path
        The project.
    study : Path
        The study folder; notebooks under `notebooks/` replace the project's of the same name, and
        those of other names are added.

    Raises
    ------
    NotebookError
        For names that cannot be, all at once.
    """
    found = find_notebooks(root / FOLDER)
    own = {notebook.name: notebook for notebook in edited(study.resolve())}
    wrong = list(_wrong(found, own))
    if len(wrong) == 1:
        raise NotebookError(wrong[0].what, wrong[0].where, wrong[0].mend)
    if wrong:
        raise NotebookError("\n".join([f"{len(wrong)} problems of notebooks.", *map(str, wrong)]))
    return [*(own.get(notebook.name, notebook) for notebook in found), *_added(found, own)]


def wrong_notebooks(root: Path, study: Path) -> list[Wrong]:
    """Give all for which `notebooks_of` would refuse the notebooks of a study."""
    own = {notebook.name: notebook for notebook in edited(study.resolve())}
    return list(_wrong(find_notebooks(root / FOLDER), own))


def _wrong(found: Sequence[Notebook], own: Mapping[str, Notebook]) -> Iterator[Wrong]:
    yield from _wrong_names(_added(found, own), found)
    yield from _wrong_starts(list(own.values()))


def _added(found: Sequence[Notebook], own: Mapping[str, Notebook]) -> list[Notebook]:
    known = {notebook.name for notebook in found}
    return [notebook for name, notebook in own.items() if name not in known]


def _wrong_names(added: Sequence[Notebook], found: Sequence[Notebook]) -> Iterator[Wrong]:
    """Say which names of added notebooks cannot be, and what is a copy under a mistyped name."""
    count = Counter(notebook.variable for notebook in [*found, *added])
    known = [notebook.name for notebook in found]
    for notebook in added:
        where = f"{FOLDER}/{notebook.path.name}"
        close = difflib.get_close_matches(notebook.name, known, n=1, cutoff=0.8)
        if not NAME.fullmatch(notebook.name):
            better = re.sub(r"[^A-Za-z0-9_]+", "-", notebook.name).strip("-") or "08-mine"
            yield Wrong(
                "A notebook's name has letters (a to z), digits, - and _.",
                where,
                f"Rename it to {better}.",
            )
        elif notebook.variable in TAKEN or notebook.name in TAKEN:
            yield Wrong(f"The name '{notebook.variable}' is taken.", where, "Rename it.")
        elif close and MARK in notebook.content.get("metadata", {}):
            yield Wrong(
                "This is a copy of a notebook of the project, under another name.",
                where,
                f"Rename it to {close[0]} to be run in its place, or give it a name of its own.",
            )
        elif count[notebook.variable] > 1:
            others = [n.name for n in [*found, *added] if n.variable == notebook.variable]
            yield Wrong(
                f"{' and '.join(others)} have the same name in the manuscript, "
                f"'{notebook.variable}'.",
                where,
                "Rename it.",
            )


def _wrong_starts(own: Sequence[Notebook]) -> Iterator[Wrong]:
    """Find notebooks whose `start("name", ...)` names another: their results would be lost."""
    for notebook in own:
        for number, source in enumerate(notebook.sources, start=1):
            for name in _started(source):
                if name != notebook.name:
                    yield Wrong(
                        f'It begins with start("{name}", ...).',
                        f"{FOLDER}/{notebook.path.name}, code cell {number}",
                        f'Write start("{notebook.name}", ...), the name of its file.',
                    )


def _started(source: str) -> Iterator[str]:
    try:
        calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    except SyntaxError:  # %magic, or a mistake that the run will name
        return
    for call in calls:
        given = [*call.args[:1], *(word.value for word in call.keywords if word.arg == "notebook")]
        name = getattr(given[0], "value", None) if given else None
        if getattr(call.func, "id", getattr(call.func, "attr", "")) == "start" and name:
            yield from [name] if isinstance(name, str) else []


def own_notebooks(notebooks: Sequence[Notebook], study: Path) -> dict[str, str]:
    """Give those that are the study's own, as paths in its folder, and their SHA-256."""
    folder = study.resolve() / FOLDER
    return {
        f"{FOLDER}/{notebook.path.name}": file_hash(notebook.path)
        for notebook in notebooks
        if notebook.path.parent == folder
    }


def added_notebooks(root: Path, notebooks: Sequence[Notebook]) -> list[Notebook]:
    """Give those of the notebooks, each once, that have the name of none of the project's."""
    known = {path.stem for path in (root / FOLDER).glob("*.ipynb")}
    return list({n.stem: n for n in notebooks if n.stem not in known}.values())


def announce(own: Mapping[str, str]) -> str:
    """Say that code of the study folder is run."""
    return f"Notebooks of the study folder are run: {', '.join(own)}."


def unused(root: Path, study: Path, output: Path | None = None) -> list[Wrong]:
    """Say of each notebook and part of a manuscript in the study folder that no build uses it.

    Copies of the project's notebooks that were not changed are left out: they wait to be edited.
    """
    study = study.resolve()
    known = {notebook.name for notebook in find_notebooks(root / FOLDER)}
    said = []
    for path in read_files(study, output):
        kind = path.suffix.lower()
        why = {".ipynb": _why_not_run, ".qmd": _why_not_stitched}.get(kind)
        mend = why(path, study, known) if why else ""
        if mend:
            name = path.relative_to(study).as_posix()
            said.append(Wrong("this file of the study folder is not used.", name, mend))
    return said


def _why_not_run(path: Path, study: Path, known: set[str]) -> str:
    place = f"{FOLDER}/{path.stem}.ipynb"
    if path.parent != study / FOLDER or path.suffix != ".ipynb":
        return f"Move it to {place}."
    if path.stem not in known and UNNAMED.fullmatch(path.stem):
        return f"Give it a name, such as {FOLDER}/08-mine.ipynb, and it is run."
    return ""


def _why_not_stitched(path: Path, study: Path, _known: set[str]) -> str:
    if path.parent != study / REPORT or path.suffix != ".qmd":
        return f"Move it to {REPORT}/{path.stem}.qmd."
    if path.stem == MAIN_FILE:
        return "The frame of the manuscript is the project's; parts of it have other names."
    return "Its name begins with _; rename it." if path.stem.startswith("_") else ""


def edited(study: Path) -> list[Notebook]:
    """Give the notebooks of a study folder that are not just copies, by name."""
    # a copy that nobody has changed is not run in place of ours: ours may be newer
    found = [Notebook(path) for path in sorted((study / FOLDER).glob("*.ipynb"))]
    return [
        notebook
        for notebook in found
        if not UNNAMED.fullmatch(notebook.name) and not _untouched(notebook)
    ]


def behind(root: Path, study: Path) -> list[Notebook]:
    """Give the edited copies of notebooks that the project has changed since they were copied."""
    known = {notebook.name: notebook for notebook in find_notebooks(root / FOLDER)}
    return [
        notebook
        for notebook in edited(study.resolve())
        if notebook.name in known and _is_behind(notebook, known[notebook.name])
    ]


def behind_said(notebook: Notebook) -> Wrong:
    """Say that the project's notebook has changed since this one was copied, and what to do."""
    return Wrong(
        "the project's notebook has changed since this copy of it was made.",
        f"{FOLDER}/{notebook.path.name}",
        "`cohortbook lab STUDY --compare` shows how, and takes or leaves it.",
    )


def copy_notebooks(root: Path, study: Path) -> Path:
    """Copy the project's notebooks into the study folder, this study preset; give their folder.

    A notebook that is there already stays as it is, but for a copy of an earlier version that
    nobody has changed.
    """
    folder = study / FOLDER
    folder.mkdir(exist_ok=True)
    for notebook in find_notebooks(root / FOLDER):
        path = folder / notebook.path.name
        if not path.exists() or _is_old(Notebook(path), notebook):
            _write(path, _preset(notebook))
    return folder


def take(root: Path, notebook: Notebook) -> Path:
    """Put the project's notebook in the place of an edited copy; give where the copy is kept."""
    # not an .ipynb: it must not be run, nor found by JupyterLab as a notebook of the study
    kept = notebook.path.with_name(f"{notebook.path.name}.yours")
    number = 1
    while kept.exists():
        number += 1
        kept = notebook.path.with_name(f"{notebook.path.name}.yours{number}")
    # first the copy, then the new one in its place: killed in between, nothing is lost
    kept.write_bytes(notebook.path.read_bytes())
    _write(notebook.path, _preset(Notebook(root / FOLDER / notebook.path.name)))
    return kept


def keep(root: Path, notebook: Notebook) -> None:
    """Let an edited copy count as one of the project's present notebook."""
    content = json.loads(json.dumps(notebook.content))
    ours = Notebook(root / FOLDER / notebook.path.name)
    # as if it were made of the present one: what has been looked at is not asked about again
    content.setdefault("metadata", {})[MARK] = {"copied_from": _says(ours.content)}
    _write(notebook.path, content)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    replace_text(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def _preset(notebook: Notebook) -> dict[str, Any]:
    content = json.loads(json.dumps(notebook.content))
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        if _holds_parameters(cell):
            source = "".join(cell["source"]).replace('"../data/wei2026"', '".."')
            cell["source"] = source.splitlines(keepends=True)
    content["metadata"][MARK] = {"copied_from": _says(content)}
    return content


def _mark(notebook: Notebook) -> dict[str, str]:
    found = notebook.content.get("metadata", {}).get(MARK, {})
    return found if isinstance(found, dict) else {}


def _untouched(notebook: Notebook) -> bool:
    """Say whether a notebook is a copy that nobody has changed."""
    mark = _mark(notebook)
    if "copied_from" in mark:
        return mark["copied_from"] == _says(notebook.content)
    # copies that an earlier version made bear the hash that it took
    return mark.get("copied", "") == _says(notebook.content, choices=False)


def _is_old(copy: Notebook, ours: Notebook) -> bool:
    try:
        return _untouched(copy) and _is_behind(copy, ours)
    except NotebookError:  # somebody is still to mend it
        return False


def _is_behind(copy: Notebook, ours: Notebook) -> bool:
    """Say whether the project's notebook is not the one that was copied; False if unknown."""
    mark = _mark(copy)
    if "copied_from" in mark:
        return mark["copied_from"] != _says(ours.content)
    return "copied" in mark and mark["copied"] != _says(ours.content, choices=False)


def _says(content: dict[str, Any], choices: bool = True) -> str:
    """Give a hash of the cells, but of the parameters that a build sets.

    Without `choices` the whole cell of parameters is left out, as earlier versions did.
    """
    cells = []
    for cell in content["cells"]:
        source = "".join(cell["source"])
        if _holds_parameters(cell):
            if not choices:
                continue
            lines = source.splitlines()
            source = "\n".join(line for line in lines if not SET_BY_BUILD.match(line))
        cells.append([cell["cell_type"], source])
    return digest(json.dumps(cells, ensure_ascii=False))


def _holds_parameters(cell: dict[str, Any]) -> bool:
    return PARAMETERS_TAG in cell.get("metadata", {}).get("tags", [])

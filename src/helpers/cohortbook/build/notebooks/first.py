"""The first notebook of a study's own: written such that it runs, and shows where to go on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ...errors import NotebookError
from ...study.study import Study
from ..files.publish import replace_text
from .notebook_format import notebook_format
from .notebooks import PARAMETERS_TAG, Notebook
from .own_notebooks import FOLDER, NAME, TAKEN

PARAMETERS = """\
study = ".."  # the study folder
results_dir = ""  # where a build keeps results; empty while editing
# A name that the study or a verb knows may stand here too; None is the study's own choice.
conf_level = None  # as in 0.9"""
QUESTION = """\
# {title}

**Question.** Write here, in a sentence, what this notebook asks.

The first cell, above, says where its results stand in the report: `after`, `replaces` or `adds-to`
a section or part. `title` is the heading."""
HOW = """\
**How.** `book.save` keeps every number for `results.json`, `book.show` a figure or table for the
report, `book.say` a sentence. Any matplotlib figure and any data frame can be shown, with `caption`
and `alt`."""


def write_first(root: Path, study: Path, about: Study, name: str) -> Path:
    """Write a notebook into the study folder: verbs, one figure, one sentence; give its path.

    Parameters
    ----------
    root, study : Path
    about : Study
        What the study has decides what the notebook shows.
    name : str
        Such as "mine"; a number is put before it where it has none, so that it runs last.

    Raises
    ------
    NotebookError
        For a name that cannot be, is one of the project's, or is there already.
    """
    name = name.removesuffix(".ipynb")
    ours = sorted(path.stem for path in (root / FOLDER).glob("*.ipynb"))
    there = sorted(path.stem for path in (study / FOLDER).glob("*.ipynb"))
    # the number decides where it runs: last, when all that it could quote is there
    wanted = name if re.match(r"\d+-", name) else f"{_next([*ours, *there]):02d}-{name}"
    _refuse(name, wanted, ours, there)
    path = study / FOLDER / f"{wanted}.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat = notebook_format()
    content = nbformat.v4.new_notebook(cells=_cells(Notebook(path), about))
    content.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    replace_text(path, nbformat.writes(content) + "\n")
    return path


def _next(names: Sequence[str]) -> int:
    numbers = [int(found[1]) for name in names if (found := re.match(r"(\d+)-", name))]
    return max(numbers, default=0) + 1


def _refuse(name: str, wanted: str, ours: Sequence[str], there: Sequence[str]) -> None:
    variables = {Notebook(Path(f"{known}.ipynb")).variable: known for known in ours}
    variable = Notebook(Path(f"{wanted}.ipynb")).variable
    if not NAME.fullmatch(wanted) or not re.search(r"[A-Za-z]", variable):
        raise NotebookError(
            f"'{name}' is no name of a notebook.", mend="Use letters (a to z), digits, - and _."
        )
    if variable in TAKEN or wanted in TAKEN:
        raise NotebookError(f"The name '{name}' is taken.", mend="Choose another one.")
    if variable in variables:
        raise NotebookError(
            f"The project has a notebook of this name, {variables[variable]}.",
            mend="`cohortbook lab STUDY` copies it, to be edited; or choose another name.",
        )
    same = [one for one in there if Notebook(Path(f"{one}.ipynb")).variable == variable]
    if same:
        raise NotebookError(
            "This notebook is there already; nothing was written.",
            f"{FOLDER}/{same[0]}.ipynb",
            "Open it, or choose another name.",
        )


def _cells(notebook: Notebook, about: Study) -> list:
    new = notebook_format().v4
    label = f"fig-{notebook.variable.replace('_', '-')}"
    title = notebook.variable.replace("_", " ").capitalize()
    verb, place = ("km", "survival") if about.endpoints else ("flow", "patients")
    code = [
        f"from cohortbook import {verb}, start",
        f'cohort, book = start("{notebook.name}", study, results_dir, conf_level=conf_level)',
        f'found = book.save("{verb}", {verb}(cohort))\nfound',
        f'#| label: {label}\nbook.show("{label}", found.figure())',
        f'book.say(summary=f"@{label} shows {{len(cohort)}} patients.")',
    ]
    cells = [
        new.new_code_cell(source, id=f"{verb}-{number}") for number, source in enumerate(code, 1)
    ]
    return [
        new.new_raw_cell(f"---\ntitle: {title}\nafter: {place}\n---", id="place"),
        new.new_markdown_cell(QUESTION.format(title=title), id="question"),
        new.new_code_cell(PARAMETERS, id="parameters", metadata={"tags": [PARAMETERS_TAG]}),
        *cells[:2],
        new.new_markdown_cell(HOW, id="how"),
        *cells[2:],
    ]

"""The notebooks of a project: which there are, and the parameters each may be given."""

from __future__ import annotations

import ast
import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import NotebookError, ParameterError

PARAMETERS_TAG = "parameters"
SET_BY_BUILD = ("study", "results_dir")


@dataclass(frozen=True)
class Notebook:
    """A source notebook; its name is the file's, such as "03-survival"."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def variable(self) -> str:
        """Its name among the values of the manuscript: without number, underscores for dashes."""
        number, _, rest = self.name.partition("-")
        return (rest if number.isdigit() else self.name).replace("-", "_")

    @cached_property
    def content(self) -> dict[str, Any]:
        """The notebook file as JSON.

        Raises
        ------
        NotebookError
            If it is no notebook in the present format (4).
        """
        try:
            content, why = json.loads(self.path.read_text(encoding="utf-8")), "it has no cells"
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            content, why = None, str(error)
        if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
            raise NotebookError(
                f"This is not a notebook file ({why}).", self.path.name, "Save it again in Jupyter."
            )
        return content

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """Names and defaults of the cell tagged `parameters`; literal values only."""
        return dict(self._assignments())

    def _assignments(self) -> Iterable[tuple[str, Any]]:
        for cell in self.content["cells"]:
            if PARAMETERS_TAG in cell.get("metadata", {}).get("tags", []):
                yield from _literals("".join(cell["source"]), self.name)

    @property
    def sources(self) -> list[str]:
        """The Python of each code cell."""
        cells = self.content["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]

    @property
    def code(self) -> str:
        """What decides its results: every cell's kind and source, and nothing that was stored."""
        cells = [
            [cell["cell_type"], "".join(cell["source"]), cell.get("metadata", {}).get("tags", [])]
            for cell in self.content["cells"]
        ]
        return json.dumps(cells, ensure_ascii=False)


def _literals(source: str, where: str) -> Iterable[tuple[str, Any]]:
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise ParameterError(
            f"The cell of parameters is not Python: {error.msg} (line {error.lineno}).", where,
            "Write one name = value a line.",
        ) from None
    for statement in statements:
        if isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets, value = [statement.target], statement.value
        elif isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        else:
            continue
        for target in targets:
            try:
                yield ast.unparse(target), ast.literal_eval(value)
            except ValueError:
                raise ParameterError(
                    f"The default of '{ast.unparse(target)}' is not a plain value.", where,
                    "Give a number, a text, True, False, None or a list of these.",
                ) from None


def find_notebooks(folder: Path) -> list[Notebook]:
    """Give the notebooks of a folder in the order of their names.

    Raises
    ------
    NotebookError
        If there are none, or two would have the same name in the manuscript.
    """
    found = [Notebook(path) for path in sorted(folder.glob("*.ipynb"))]
    if not found:
        raise NotebookError("There are no notebooks here.", str(folder))
    names: dict[str, str] = {}
    for notebook in found:
        other = names.setdefault(notebook.variable, notebook.name)
        if other != notebook.name:
            raise NotebookError(
                f"{other} and {notebook.name} have the same name in the manuscript.",
                mend="Rename one of them.",
            )
    return found


def share_parameters(
    notebooks: Iterable[Notebook], settings: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Give each notebook those of the settings that it has a parameter for.

    Parameters
    ----------
    notebooks : iterable of Notebook
    settings : mapping
        Parameter names to values as text, as given on the command line.

    Returns
    -------
    dict
        Notebook name to its parameters, each read as the type of the notebook's default.

    Raises
    ------
    ParameterError
        For a name that no notebook has, with the nearest one; for one that the build sets itself;
        for a value of another type than the default.
    """
    notebooks = list(notebooks)
    known = sorted({name for notebook in notebooks for name in notebook.parameters})
    free = [name for name in known if name not in SET_BY_BUILD]
    for name in settings:
        if name in SET_BY_BUILD:
            raise ParameterError(f"The parameter '{name}' is set by the build itself.")
        if name not in known:
            raise ParameterError(f"No notebook has a parameter '{name}'.", mend=_hint(name, free))
    return {
        notebook.name: {
            name: _as_type_of(notebook.parameters[name], text, name, notebook.name)
            for name, text in settings.items()
            if name in notebook.parameters
        }
        for notebook in notebooks
    }


def _hint(name: str, free: list[str]) -> str:
    close = difflib.get_close_matches(name, free, n=1, cutoff=0.5)
    if close:
        return f"Did you mean '{close[0]}'?"
    return f"There are: {', '.join(free)}." if free else "There are none to set."


def _as_type_of(default: Any, text: str, name: str, where: str) -> Any:
    """Read a text as the type that a notebook's default has; a text stays a text."""
    if isinstance(default, str):
        return text
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = text
    wanted = type(default)
    if isinstance(default, float) and type(value) is int:
        return float(value)
    if default is None or type(value) is wanted:
        return value
    raise ParameterError(
        f"The parameter '{name}' cannot be {text!r}.", where,
        f"Give a value like its default, {default!r}.",
    )

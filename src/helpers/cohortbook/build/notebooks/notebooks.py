"""The notebooks of a project: which there are, and the parameters each may be given."""

from __future__ import annotations

import ast
import difflib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ...errors import NotebookError, ParameterError
from ...session.cells import NEEDS

PARAMETERS_TAG = "parameters"
SET_BY_BUILD = ("study", "results_dir")
STARTS_WITH = re.compile(r"\bneeds\s*=\s*(\[[^\]]*\]|\"[^\"]*\"|'[^']*')")
WORD = re.compile(r"\w+")
ENDPOINT = "endpoint"  # a notebook with this parameter is run once for each endpoint


@dataclass(frozen=True)
class Notebook:
    """A source notebook; its name is the file's, such as "03-survival".

    One that is asked of each endpoint has the endpoint's key behind its name.
    """

    path: Path
    endpoint: str = ""

    @property
    def stem(self) -> str:
        """The name of its file."""
        return self.path.stem

    @property
    def name(self) -> str:
        return f"{self.stem}-{self.endpoint}" if self.endpoint else self.stem

    @property
    def variable(self) -> str:
        """Its name among the values of the manuscript: without number, underscores for dashes."""
        number, _, rest = self.stem.partition("-")
        return (rest if number.isdigit() else self.stem).replace("-", "_")

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
        cells = content.get("cells") if isinstance(content, dict) else None
        if not isinstance(cells, list) or not all(
            isinstance(cell, dict) and {"cell_type", "source"} <= set(cell) for cell in cells
        ):
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
    def sections(self) -> frozenset[str]:
        """The sections that it says it needs: those that it makes (`start(needs=...)`, cells)."""
        text = "\n".join(self.sources)
        told = [name for listed in NEEDS.findall(text) for name in listed.split(",")]
        for given in STARTS_WITH.findall(text):
            told += WORD.findall(given)
        return frozenset(name.strip() for name in told)

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
            f"The cell of parameters is not Python: {error.msg} (line {error.lineno}).",
            where,
            "Write one name = value a line.",
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ParameterError(
            f"The cell of parameters cannot be read as Python ({error}).",
            where,
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
                # read, not run: nothing of a notebook is executed before its names are checked
                yield ast.unparse(target), ast.literal_eval(value)
            except (ValueError, TypeError, RecursionError, MemoryError):
                raise ParameterError(
                    f"The default of '{ast.unparse(target)}' is not a plain value.",
                    where,
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


def asked(
    notebooks: Iterable[Notebook], settings: Mapping[str, str], said: Mapping[str, Any]
) -> list[tuple[Notebook, dict[str, Any]]]:
    """Give the notebooks as they are run, each with its parameters; one an endpoint where it asks.

    Parameters
    ----------
    notebooks : iterable of Notebook
    settings : mapping
        Names of parameters to values as text, as given on the command line; a notebook may stand
        before the name (04-prognostic-factors.ties, 04-prognostic-factors-os.ties).
    said : mapping
        What the study file says.

    Raises
    ------
    ParameterError
        For a name that no notebook has, with the nearest one; for one that the build sets itself;
        for a value that the parameter does not take. Edited defaults are checked alike.
    """
    found = [variant for notebook in notebooks for variant in _variants(notebook, settings, said)]
    _check_names(found, settings)
    for name, times in Counter(notebook.name for notebook in found).items():
        if times > 1:
            raise NotebookError(
                f"Two notebooks would be run as '{name}': one has an endpoint's key in its name, "
                "the other is run for that endpoint.",
                mend="Rename one of them.",
            )
    return [(notebook, _parameters(notebook, settings, said)) for notebook in found]


def _variants(
    notebook: Notebook, settings: Mapping[str, str], said: Mapping[str, Any]
) -> list[Notebook]:
    if ENDPOINT not in notebook.parameters:
        return [notebook]
    known = list(said.get("endpoints") or {})
    one = _given(notebook, settings).get(ENDPOINT) or notebook.parameters[ENDPOINT]
    if one is not None and one not in known:
        raise ParameterError(
            f"The study has no endpoint '{one}'.", notebook.stem, _hint(str(one), known)
        )
    wanted = [one] if one is not None else known
    return [replace(notebook, endpoint=name) for name in wanted] or [notebook]


def _given(notebook: Notebook, settings: Mapping[str, str]) -> dict[str, str]:
    """Give those of the settings that are meant for a notebook, by the names of its parameters."""
    found: dict[str, str] = {}
    # from the widest to the narrowest: what is said of one notebook wins over what is said of all
    for prefix in ("", notebook.stem, notebook.name):
        for key, text in settings.items():
            place, _, name = key.rpartition(".")
            if place == prefix and name in notebook.parameters:
                found[name] = text
    return found


def _check_names(notebooks: list[Notebook], settings: Mapping[str, str]) -> None:
    names = {name for notebook in notebooks for name in notebook.parameters}
    places = list(
        dict.fromkeys(name for notebook in notebooks for name in (notebook.stem, notebook.name))
    )
    for key in settings:
        place, _, name = key.rpartition(".")
        if name in SET_BY_BUILD:
            raise ParameterError(f"The parameter '{name}' is set by the build itself.")
        if place and place not in places:
            raise ParameterError(f"There is no notebook '{place}'.", mend=_hint(place, places))
        free = (
            sorted(names - set(SET_BY_BUILD))
            if not place
            else [
                other
                for notebook in notebooks
                if place in (notebook.stem, notebook.name)
                for other in notebook.parameters
                if other not in SET_BY_BUILD
            ]
        )
        if name not in free:
            who = f"The notebook {place} has" if place else "No notebook has"
            raise ParameterError(
                f"{who} {'no' if place else 'a'} parameter '{name}'.",
                mend=_hint(name, list(dict.fromkeys(free))),
            )


def _parameters(
    notebook: Notebook, settings: Mapping[str, str], said: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the parameters that are set, each read as what its choice takes, or as its default."""
    # for a build with nothing to do the study's models need not be loaded
    from ...study.choices import CHOICES, read_choice, study_with

    found: dict[str, Any] = {}
    for name, text in _given(notebook, settings).items():
        if name in CHOICES:
            found[name] = read_choice(name, text, notebook.stem)
        elif name != ENDPOINT:
            found[name] = _as_type_of(notebook.parameters[name], text, name, notebook.stem)
    in_force = {**notebook.parameters, **found}
    study_with(said, {name: in_force[name] for name in CHOICES if name in in_force}, notebook.stem)
    return found | ({ENDPOINT: notebook.endpoint} if notebook.endpoint else {})


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
    # 2 where 0.5 is the default; but True is no number, though Python takes it for one
    if isinstance(default, float) and type(value) is int:
        return float(value)
    if default is None or type(value) is wanted:
        return value
    raise ParameterError(
        f"The parameter '{name}' cannot be {text!r}.",
        where,
        f"Give a value like its default, {default!r}.",
    )

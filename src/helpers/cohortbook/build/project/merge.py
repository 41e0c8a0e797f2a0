"""What the notebooks wrote, gathered into one folder: values, frames, figures, tables."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import RenderError
from ...sections import SECTIONS
from ..files.publish import share
from ..notebooks.execute import Run


@dataclass
class Gathered:
    """The results of all notebooks.

    Attributes
    ----------
    folder : Path
        Holds `{notebook}.{frame}.csv`, `figures/` and `tables/`.
    values : dict
        Notebook name in the manuscript to its values (name to Markdown).
    omitted : dict
        Section to the sentence in its place ("" if another sentence says it).
    used : dict
        Notebook as it was run to its outputs, each with the settings it was made with where they
        are not the study file's (`used.used_by`).
    untranslated : set of str
        Texts without words in the study's language.
    """

    folder: Path
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    omitted: dict[str, str] = field(default_factory=dict)
    used: dict[str, dict[str, Any]] = field(default_factory=dict)
    untranslated: set[str] = field(default_factory=set)


def gather(runs: Sequence[Run], folder: Path) -> Gathered:
    """Copy the results of all runs into `folder` and read their values and omissions.

    Raises
    ------
    RenderError
        If two notebooks wrote a file of the same name, such as a figure with the same label.
    """
    gathered = Gathered(folder)
    makers = {section: _makers(section, runs) for section in SECTIONS}
    owner: dict[Path, str] = {}
    for run in runs:
        name = run.notebook.name
        for path in sorted(p for p in run.results.rglob("*") if p.is_file()):
            inside = path.relative_to(run.results)
            if owner.setdefault(inside, name) != name:
                each = run.notebook.endpoint and owner[inside].startswith(run.notebook.stem)
                mend = f'Name the endpoint: f"{inside.stem}-{{endpoint}}".' if each else ""
                raise RenderError(
                    f"{owner[inside]} and {name} both wrote {inside.as_posix()}.",
                    mend=mend or "Give one of them another label.",
                )
            (folder / inside).parent.mkdir(parents=True, exist_ok=True)
            # figures are large and final; a table may be written again under its name
            (share if inside.parts[0] == "figures" else shutil.copyfile)(path, folder / inside)
        values = gathered.values.setdefault(run.notebook.variable, {})
        for key, text in values_said(run).items():
            values.setdefault(key, text)  # the abstract has what is said of the first endpoint
            if run.notebook.endpoint:
                values.setdefault(by_endpoint(key, run.notebook.endpoint), text)
        gathered.untranslated |= set(_read(run.results / f"{name}.untranslated.json"))
        gathered.used[name] = _read(run.results / f"{name}.used.json")
        for section, sentence in _read(run.results / f"{name}.omitted.json").items():
            # only those that would make it are asked: another may have fewer endpoints
            if run not in makers.get(section, runs):
                continue
            # two notebooks may leave out one section; the one that says why is quoted
            gathered.omitted[section] = gathered.omitted.get(section) or sentence
    return gathered


def values_said(run: Run) -> dict[str, str]:
    """Give the values that a run quotes, by the names that it gave them."""
    return _read(run.results / f"{run.notebook.name}.values.json")


def by_endpoint(name: str, endpoint: str) -> str:
    """Name a value of a notebook that is run for each endpoint by the endpoint it is of."""
    return name if name.endswith(f"_{endpoint}") else f"{name}_{endpoint}"


def _makers(section: str, runs: Sequence[Run]) -> list[Run]:
    """Give the runs that make a section, or what it stands in; all if none says that it does."""
    name = section
    while name:
        found = [run for run in runs if name in run.notebook.sections]
        if found:
            return found
        name = SECTIONS[name].parent
    return list(runs)


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

"""A notebook run in this process with its cells edited, and all that it says, by name.

Bitmaps are not drawn: of a figure the caption, the alternative text, the data and what stands in
the drawing (texts and colours) are kept.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.colors import to_hex
from tiny import ROOT

from cohortbook.build.notebooks.execute import Run
from cohortbook.build.notebooks.notebooks import Notebook
from cohortbook.build.project.in_force import InForce
from cohortbook.build.project.merge import gather
from cohortbook.cohort.cohort import Cohort, load_cohort
from cohortbook.display.drawing.figure import Figure
from cohortbook.display.methods.manuscript import study_values
from cohortbook.session.book import read_ahead

STUDY = ROOT / "data" / "wei2026"
# a hundred small files a run: in memory where there is such a place
MEMORY = next((path for path in ("/dev/shm",) if os.access(path, os.W_OK)), None)
NOTEBOOKS = {path.stem[:2]: path for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}


@dataclass
class Edited:
    """What a notebook said.

    `parts` has every output by name: frames ("survival.csv"), figures (label, with caption, alt,
    data, texts, colours), tables (label, with caption, notes, cells), values ("say: arms") and the
    Methods ("methods: survival_methods"). `error` is the message of the cell that failed.
    """

    parts: dict[str, str] = field(default_factory=dict)
    error: str = ""
    printed: str = ""
    deviations: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    used: dict[str, Any] = field(default_factory=dict)
    levels: dict[str, dict[str, float]] = field(default_factory=dict)

    def differs(self, other: Edited) -> set[str]:
        """Name the parts that are not the same in both."""
        names = self.parts.keys() | other.parts.keys()
        return {name for name in names if self.parts.get(name) != other.parts.get(name)}


def _drawn(figure: Figure, stem: Path) -> list[Path]:
    """Keep what a figure says, in place of its files."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    texts, colours = [], set()
    for artist in figure.drawing.findobj():
        if hasattr(artist, "get_text") and artist.get_text():
            texts.append(str(artist.get_text()))
        for name in ("get_color", "get_facecolor"):
            with contextlib.suppress(Exception):
                colours.add(to_hex(getattr(artist, name)()))
    said = {
        "caption": figure.caption,
        "alt": figure.alt,
        "texts": texts,
        "colours": sorted(colours),
        "data": figure.data.to_csv(index=False),
    }
    stem.with_suffix(".txt").write_text(json.dumps(said), encoding="utf-8")
    return []


def run(
    number: str,
    edit: Callable[[list[str]], list[str]] | None = None,
    study: Path = STUDY,
    **parameters: Any,
) -> Edited:
    """Run a notebook's cells, with other parameters and with its list of sources edited."""
    notebook = Notebook(NOTEBOOKS[number], parameters.get("endpoint") or "")
    sources = list(notebook.sources)
    if edit:
        sources = edit(sources)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder, pytest.MonkeyPatch.context() as patch:
        results = Path(folder) / "run"
        ran = Run(notebook, results, {})
        ran.results.mkdir(parents=True)
        given = {"study": str(study), "results_dir": str(ran.results)} | parameters
        set_ = "\n".join(f"{name} = {value!r}" for name, value in given.items())
        patch.setattr(Figure, "export", _drawn)
        patch.setattr(
            Figure, "_repr_mimebundle_", lambda *_a, **_k: ({"text/plain": "a figure"}, {})
        )
        found = Edited()
        cohort = _read_once(study, (study / "study.yml").read_text("utf-8"))
        _in_shell([sources[0], set_, *sources[1:]], found)
        _read(ran, found)
        _of_report(ran, cohort, found)
    if edit:  # the cells may have changed the cohort itself; a kernel has a copy of its own
        _read_once.cache_clear()
    return found


@lru_cache(maxsize=4)
def _read_once(study: Path, _said: str) -> Cohort:
    """Read a study ahead, as a build does; `start` sees whether a file of it changes later."""
    read_ahead(study)
    return load_cohort(study)


@contextlib.contextmanager
def own_shell() -> Iterator[InteractiveShell]:
    """Give an IPython of its own; tests after it find none, and the process's own `__main__`."""
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    try:
        yield shell
    finally:
        shell.restore_sys_module_state()
        InteractiveShell.clear_instance()


def _in_shell(sources: list[str], found: Edited) -> None:
    with own_shell() as shell:
        _run(shell, sources, found)


def _run(shell: InteractiveShell, sources: list[str], found: Edited) -> None:
    shell.user_ns["display"] = lambda *shown: None
    said = io.StringIO()
    with contextlib.redirect_stdout(said), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of seaborn about matplotlib are not ours
        for source in sources:
            ran = shell.run_cell(source, store_history=False)
            error = ran.error_before_exec or ran.error_in_exec
            if error is not None:
                found.error = f"{type(error).__name__}: {error}"
                break
    found.printed = said.getvalue()


def _read(ran: Run, found: Edited) -> None:
    name = ran.notebook.name
    for path in sorted(ran.results.rglob("*")):
        if path.name.startswith(f"{name}.") and path.suffix == ".csv":
            found.parts[path.name.removeprefix(f"{name}.")] = path.read_text("utf-8")
        elif path.parent.name == "figures":
            said = json.loads(path.read_text("utf-8"))
            found.parts |= {f"{path.stem} {part}": str(text) for part, text in said.items()}
        elif path.parent.name == "tables" and path.suffix == ".json":
            said = json.loads(path.read_text("utf-8"))
            found.parts |= {
                f"{path.stem} caption": said["caption"],
                f"{path.stem} notes": "\n".join(said["notes"]),
                f"{path.stem} cells": json.dumps([said["columns"], said["rows"]]),
            }
    values = ran.results / f"{name}.values.json"
    if values.is_file():
        said = json.loads(values.read_text("utf-8"))
        found.parts |= {f"say: {key}": text for key, text in said.items()}
    omitted = ran.results / f"{name}.omitted.json"
    if omitted.is_file():
        found.parts["omitted"] = omitted.read_text("utf-8")


def _of_report(ran: Run, cohort: Cohort, found: Edited) -> None:
    gathered = gather([ran], ran.folder / "gathered")
    found.used = gathered.used[ran.notebook.name]
    in_force = InForce.of(cohort, [ran], gathered)
    found.deviations, found.levels = in_force.sentences, in_force.levels
    found.facts = in_force.facts[ran.notebook.name]
    said = study_values(cohort, in_force.study, ())
    found.parts |= {f"methods: {key}": text for key, text in said.items()}

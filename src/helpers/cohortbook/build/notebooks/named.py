"""Files that a notebook may read without a trace, found by reading its cells.

Readers written in C or Rust (Parquet, DuckDB, HDF5, R) and programs open files that Python does not
hear of. A notebook that only calls this package cannot: every other one depends on the whole study
folder, and on what its cells name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from ... import EXPORTS
from ..files.folder import EXPECTED, read_files
from .notebooks import Notebook
from .reach import PACKAGE

# parts of this package that read no file but the study's
CLOSED = ("analysis", "display", "formats", "published", "results", "session", "stats", "verbs")
FREE = {
    "open",
    "exec",
    "eval",
    "compile",
    "__import__",
    "getattr",
    "globals",
    "vars",
    "input",
    "get_ipython",
    "builtins",
    "__builtins__",
    "load_cohort",
    "load_study",
    "os",
    "sys",
    "pd",
    "np",
    "Path",
}
QUOTED = re.compile(r"""(['"])((?:(?!\1)[^\\\n]|\\.){1,400})\1""")
WORD = re.compile(r"""[^\s"'(),;=\[\]{}|<>]{2,400}""")
PATTERN = re.compile(r"\*.*\.\w+$")
VARIABLE = re.compile(r"\b[A-Z][A-Z0-9_]+\b")
MOST = 10_000


def closed(notebook: Notebook) -> bool:
    """Say whether the cells of a notebook only call functions that read nothing but the study."""
    return all(_closed(source) for source in notebook.sources)


def _closed(source: str) -> bool:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # %magic, !program
        return False
    for node in ast.walk(tree):
        # `import` alone brings a whole module, and with it whatever that can open
        if isinstance(node, ast.Import):
            return False
        if isinstance(node, ast.ImportFrom):
            if not all(_of_package(node.module or "", alias.name) for alias in node.names):
                return False
            if {alias.name for alias in node.names} & (FREE | {"*"}):
                return False
        name = getattr(node, "id", getattr(node, "attr", ""))
        if name in FREE or (isinstance(name, str) and name.startswith("__")):
            return False
    return True


def _of_package(module: str, name: str) -> bool:
    """Say whether what is imported lies in a part of this package that reads but the study."""
    parts = module.split(".")
    if module == PACKAGE.name:
        parts = [module, *EXPORTS.get(name, name).split(".")]
    return parts[0] == PACKAGE.name and len(parts) > 1 and parts[1] in CLOSED


def may_read(notebook: Notebook, study: Path, output: Path | None = None) -> dict[str, Path]:
    """Give the files that a notebook may read without a trace, by the name to call them.

    Parameters
    ----------
    notebook : Notebook
    study : Path
        Its folder; all of it counts, but for hidden files, notebooks that are run by themselves,
        parts of the manuscript, and what was stored to be compared with.
    output : Path, optional
        A folder in it that does not count.
    """
    if closed(notebook):
        return {}
    study = study.resolve()
    found = {
        path.relative_to(study).as_posix(): path
        for path in read_files(study, output)
        if path.suffix not in (".ipynb", ".qmd") and path.parent != study / EXPECTED
    }
    for path in _named(notebook.sources, study, notebook.path.resolve().parent):
        inside = path.is_relative_to(study)
        if not (output and path.is_relative_to(output)):
            found.setdefault(path.relative_to(study).as_posix() if inside else str(path), path)
    return found


def variables(notebook: Notebook) -> set[str]:
    """Give the words of a notebook that may name a variable of the environment."""
    if closed(notebook):
        return set()
    return {word for source in notebook.sources for word in VARIABLE.findall(source)}


def _named(sources: Iterable[str], study: Path, notebooks: Path) -> Iterator[Path]:
    # where a relative name may lead: where cells run, and where people think they do
    bases = [study, study.parent, notebooks, notebooks.parent]
    names = {name for source in sources for name in _names(source)}
    folders = [
        folder
        for name in names
        for folder in _paths(name, bases)
        # a folder that holds the study or the notebooks, or lies in them, counts otherwise
        if folder.is_dir()
        and not (
            study.is_relative_to(folder)
            or folder.is_relative_to(study)
            or notebooks.is_relative_to(folder)
        )
    ]
    for folder in folders:
        yield from list(read_files(folder))[:MOST]
    for name in names:
        for base in [*bases, *folders]:
            yield from _files(name, base)


def _names(source: str) -> set[str]:
    quoted = {found[1] for found in QUOTED.findall(source)}
    return {name for name in {*quoted, *WORD.findall(source)} if name.strip("./\\*~ ")}


def _paths(name: str, bases: Iterable[Path]) -> Iterator[Path]:
    for base in bases:
        try:
            yield (base / Path(name).expanduser()).resolve()
        except (OSError, ValueError, RuntimeError):
            continue


def _files(name: str, base: Path) -> Iterator[Path]:
    try:
        path = (base / Path(name).expanduser()).resolve()
        if path.is_file():
            yield path
        elif PATTERN.search(name):
            start = Path(path.anchor) if Path(name).is_absolute() else base
            pattern = str(Path(name).relative_to(start)) if Path(name).is_absolute() else name
            # at most so many: a pattern from the root would walk the whole machine
            found = islice(start.glob(pattern), MOST)
            yield from (one.resolve() for one in found if one.is_file())
    except (OSError, ValueError, RuntimeError, NotImplementedError):
        return

"""Which source files of this package a notebook can reach: by reading imports, not by running."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ... import EXPORTS

PACKAGE = Path(__file__).resolve().parents[2]
HIDDEN_IMPORTS = {"import_module", "__import__", "exec", "eval", "get_ipython", "runpy"}


def reachable(sources: Iterable[str]) -> set[str] | None:
    """Give the files of this package that Python sources import, directly or through others.

    Imports inside functions count, and the packages that a module lies in.

    Parameters
    ----------
    sources : iterable of str
        The code cells of a notebook.

    Returns
    -------
    set of str, or None
        Paths relative to the package; None if it cannot be known: the source is not plain Python,
        or imports what is named by a text.
    """
    found: set[str] = set()
    try:
        trees = [ast.parse(source) for source in sources]
    except SyntaxError:
        return None
    waiting = []
    for tree in trees:
        # by name alone, so also a variable that is called so: then all sources count, which is
        # only slow
        names = {getattr(n, "id", getattr(n, "attr", "")) for n in ast.walk(tree)}
        if names & HIDDEN_IMPORTS:
            return None
        waiting += _imported(tree, ())
    while waiting:
        path = waiting.pop()
        name = path.relative_to(PACKAGE).as_posix()
        if name not in found:
            found.add(name)
            waiting += _of_file(path, path.read_bytes())
    return found


@cache
def _of_file(path: Path, content: bytes) -> tuple[Path, ...]:
    package = (PACKAGE.name, *path.relative_to(PACKAGE).parent.parts)
    return tuple(_imported(ast.parse(content), package))


def _imported(tree: ast.AST, package: tuple[str, ...]) -> Iterable[Path]:
    """Give the files that the import statements of a module in `package` load."""
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files(tuple(alias.name.split(".")))
        elif isinstance(node, ast.ImportFrom):
            # one dot is the package itself, each further one the package above
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = above + (tuple(node.module.split(".")) if node.module else ())
            for alias in node.names:
                yield from _files((*base, *_exported(base, alias.name)))


def _exported(base: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Give where a name lies: what the package itself offers is loaded when it is asked for."""
    home = EXPORTS.get(name) if base == (PACKAGE.name,) else None
    return tuple(home.split(".")) if home else (name,)


def _statements(tree: ast.AST) -> Iterable[ast.AST]:
    """Give all statements, nested ones too; expressions, which hold no import, are not entered."""
    waiting = [tree]
    while waiting:
        inside = ast.iter_child_nodes(waiting.pop())
        found = [
            n
            for n in inside
            if isinstance(n, (ast.stmt, ast.excepthandler, ast.match_case)) and not _for_editors(n)
        ]
        yield from found
        waiting += found


def _for_editors(node: ast.AST) -> bool:
    """Say whether a statement is `if TYPE_CHECKING:`, which never runs."""
    return isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"


@cache
def _files(parts: tuple[str, ...]) -> tuple[Path, ...]:
    """Give the files behind a dotted name: of each package on the way, and of the module."""
    if parts[0] != PACKAGE.name:
        return ()
    folder, found = PACKAGE, []
    for part in ("", *parts[1:]):
        folder = folder / part if part else folder
        for path in (folder / "__init__.py", folder.with_suffix(".py")):
            if path.is_file() and path.is_relative_to(PACKAGE):
                found.append(path)
    return tuple(found)

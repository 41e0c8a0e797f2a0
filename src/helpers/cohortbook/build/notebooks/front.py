"""What a notebook or a part of the manuscript of a study says of its place: YAML, as in Quarto.

A `.qmd` begins with it, between two lines of three dashes; in a notebook it is the first cell, of
the kind raw. One of three keys says where it stands:

    after: survival       behind that section, or behind a part of the study of that name
    replaces: safety      in place of that part
    adds-to: survival     at the end of that part

`title` gives it a heading. Keys of Quarto itself are passed over.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import Wrong
from ..project.report_copy import joined
from .notebooks import Notebook

KINDS = ("after", "replaces", "adds-to")
KEYS = (*KINDS, "title")
# what somebody may write for Quarto, whose own rendering of the file is not hindered
OF_QUARTO = {
    *("abstract", "author", "bibliography", "categories", "csl", "date", "description", "engine"),
    *("execute", "format", "jupyter", "lang", "number-sections", "subtitle", "toc"),
}
FRONT = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Front:
    """What stands before a text; `kind` and `target` are empty where it does not say its place.

    `lines` is how many lines it takes.
    """

    kind: str = ""
    target: str = ""
    title: str = ""
    lines: int = 0
    wrong: tuple[Wrong, ...] = ()


def read_front(text: str, where: str) -> Front:
    """Read what stands before a text; `where` is how messages name its file."""
    found = FRONT.match(text)
    if not found:
        return Front()
    from ...study.yaml_in import YamlError, read_typed  # a build with nothing to do reads none

    lines = found[0].count("\n") or 1
    try:
        said = read_typed(found[1]) or {}
    except YamlError as error:
        place = f"{where}:{error.line + 1}" if error.line else where
        return Front(lines=lines, wrong=(_wrong(f"This is not YAML ({error.what}).", place),))
    if not isinstance(said, Mapping):
        return Front(lines=lines, wrong=(_wrong("This is not a list of keys.", where),))
    given = {str(key): value for key, value in said.items()}
    wrong = [*_keys(given, where), *_values(given, where)]
    kind = next((key for key in KINDS if key in given), "")
    return Front(kind, _name(given.get(kind)), str(given.get("title") or ""), lines, tuple(wrong))


def notebook_front(notebook: Notebook) -> Front:
    """Read the front matter of a notebook: its first cell, raw (or Markdown, as Quarto reads too).

    `lines` is 1 where the first cell is one.
    """
    cells = notebook.content["cells"]
    first = cells[0] if cells else {"cell_type": "code"}
    if first["cell_type"] not in ("raw", "markdown"):
        return Front()
    return read_front(
        joined(first["source"]).lstrip(), f"notebooks/{notebook.path.name}, first cell"
    )


def _keys(given: Mapping[str, Any], where: str) -> Iterator[Wrong]:
    for key in given:
        # only what looks like one of ours is wrong: any other key may be Quarto's, or an
        # extension's
        close = difflib.get_close_matches(key.lower().replace("_", "-"), KEYS, n=1, cutoff=0.6)
        if key not in KEYS and key not in OF_QUARTO and close:
            yield Wrong(f"There is no key '{key}'.", where, f"Did you mean '{close[0]}'?")
    placed = [key for key in KINDS if key in given]
    if len(placed) > 1:
        said = " and ".join(f"`{key}`" for key in placed)
        yield Wrong(f"{said} cannot both be.", where, "Keep one of them.")


def _values(given: Mapping[str, Any], where: str) -> Iterator[Wrong]:
    for key in KINDS:
        if key in given and not _name(given[key]):
            yield Wrong(
                f"`{key}` takes one name, and {given[key]!r} is none.", where,
                f"Write for example `{key}: survival`.",
            )  # fmt: skip
    if not isinstance(given.get("title", ""), str | int | float):
        yield Wrong("`title` takes a text.", where, "Write `title: Body mass`.")


def _name(value: Any) -> str:
    """Give a name as it is written, with the mark of a label or the ending of a file taken off."""
    if not isinstance(value, str):
        return ""
    return (
        value.strip().lstrip("@#").removeprefix("sec-").removesuffix(".qmd").removesuffix(".ipynb")
    )


def _wrong(what: str, where: str) -> Wrong:
    return Wrong(what, where, "Between the two lines --- stands `key: value`, one a line.")

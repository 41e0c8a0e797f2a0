"""References of a study beside those of the project: `.bib` files, and CSL JSON of Zotero.

pandoc takes the last of two entries with one key, so that a study's `li2018` would stand where the
Methods cite another Li: that is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import RenderError, Wrong
from ...processes import run
from .sources import STUDY_SHOWN, read_text

KEY = re.compile(r"^\s*@(?!(?:comment|string|preamble)\b)\w+\s*\{\s*([^\s,]+)\s*,", re.M | re.I)
BRACED = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"  # with braces in it, two deep
TITLE = re.compile(rf'\btitle\s*=\s*(?:{BRACED}|"([^"]*)")', re.IGNORECASE)


def reference_files(folder: Path) -> tuple[Path, ...]:
    """Find the files of references in a study's `report/`."""
    exported = [path for path in sorted(folder.glob("*.json")) if _items(path)]
    return (*sorted(folder.glob("*.bib")), *exported)


def _items(path: Path) -> list[dict[str, Any]]:
    """Give the entries of a file of CSL JSON; none if it is another kind of file."""
    try:
        found = json.loads(path.read_text("utf-8-sig"))
    except ValueError:
        return []
    known = isinstance(found, list) and all(
        isinstance(one, Mapping) and "id" in one and "type" in one for one in found
    )
    # the id may be an address; the key that one cites by stands beside it
    return [{**one, "id": str(one.get("citation-key") or one["id"])} for one in found if known]


def wrong_references(project: Path, files: Sequence[Path]) -> Iterator[Wrong]:
    """Find the keys that stand for another work already.

    Parameters
    ----------
    project : Path
        The project's own file of references.
    files : sequence of Path
        Those of the study.
    """
    text = read_text(project, project.name) if project.is_file() else ""
    seen = {key: (title, "the project") for key, title in _titles(text)}
    for path in files:
        where = f"{STUDY_SHOWN}{path.parent.name}/{path.name}"
        for key, title in _keyed(path, where):
            other, owner = seen.setdefault(key, (title, where))
            if other != title:
                what = f"'{key}' is another work in the references of {owner}."
                yield Wrong(what, where, "Give it another key, here and where it is cited.")


def _keyed(path: Path, where: str) -> Iterator[tuple[str, str]]:
    if path.suffix == ".json":
        return ((one["id"], _letters(str(one.get("title", "")))) for one in _items(path))
    return _titles(read_text(path, where))


def _titles(text: str) -> Iterator[tuple[str, str]]:
    """Give each key with the letters of its title: exports differ in braces, capitals and dots."""
    found = list(KEY.finditer(text))
    ends = [one.start() for one in found[1:]] + [len(text)]
    for one, end in zip(found, ends, strict=True):
        title = TITLE.search(text, one.end(), end)
        yield one[1], _letters((title[1] or title[2] or "") if title else "")


def _letters(title: str) -> str:
    return re.sub(r"\\[a-zA-Z]+|[^\w]|_", "", title).casefold()


def add_references(target: Path, files: Sequence[Path]) -> None:
    """Add references to a file of them.

    Raises
    ------
    RenderError
        If a file cannot be read as references.
    """
    texts = [target.read_text(encoding="utf-8")] if target.is_file() else []
    for path in files:
        where = f"{STUDY_SHOWN}{path.parent.name}/{path.name}"
        if path.suffix == ".json":
            texts.append(_biblatex(_items(path), target.with_suffix(".json"), where))
        else:
            texts.append(read_text(path, where).removeprefix("\ufeff"))
    if files:
        target.write_text("\n".join(texts), encoding="utf-8", newline="\n")


def _biblatex(items: Sequence[Mapping[str, Any]], waiting: Path, where: str) -> str:
    import pypandoc

    waiting.write_text(json.dumps(items), encoding="utf-8")
    program = [pypandoc.get_pandoc_path(), "--from=csljson", "--to=biblatex", waiting]
    done = run(program)
    waiting.unlink()
    if done.returncode:
        said = f"pandoc does not read it: {done.stderr.strip()}"
        raise RenderError(said, where, "Export it as BibTeX.")
    return done.stdout

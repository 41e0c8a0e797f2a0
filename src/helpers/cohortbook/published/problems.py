"""What is wrong with a file of printed results: every problem, each with its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import Problem, StudyError
from ..study.expected import expected
from ..study.yaml_in import YamlError, read_yaml_file
from .blocks import Block, Counts, Model, Ratio, Summary, Survival
from .statistics import statistics_of_block

GUIDE = "See docs/published.md and docs/published-template.yml."
ITEMS = {"counts": Counts, "summaries": Summary, "survival": Survival, "ratios": Ratio}
TOP = (
    "paper", "groups", "total", "alpha", "conf_level", "note", "together", "sums",
    "populations", "blocks"
)  # fmt: skip


def read_texts(path: Path) -> Any:
    """Read a file of printed results as YAML whose scalars are all texts.

    Raises
    ------
    StudyError
        If there is no such file, or it is not YAML in UTF-8.
    """
    try:
        return read_yaml_file(path, nothing=False)
    except OSError as error:
        found = error.strerror or str(error)
        raise StudyError([Problem(str(path), "a readable file", GUIDE, found)]) from None
    except YamlError as error:
        said, row = str(error).splitlines()[0], getattr(error, "line", None)
        mend = "Check indentation, quotes and colons near this line."
        found = said.removeprefix("found ")
        raise StudyError([Problem(path.name, "valid YAML in UTF-8", mend, found, row)]) from None


def problems_of(given: Any, file: str, errors: ValidationError | None) -> list[Problem]:
    """List what is wrong: the form (as pydantic found it), then texts that are no numbers."""
    if not isinstance(given, dict):
        return [Problem(file, "keys and values", GUIDE, "nothing" if given is None else "a text "
                        "or a list")]  # fmt: skip
    places = _places(given)
    out = [_of_form(item, file, places) for item in (errors.errors() if errors else [])]
    return [*out, *_unreadable(given, file)]


def _places(given: dict) -> list[str]:
    """Name each block as its author does, or by its number."""
    blocks = given.get("blocks")
    blocks = blocks if isinstance(blocks, list) else []
    names = [block.get("where") if isinstance(block, dict) else None for block in blocks]
    return [name if isinstance(name, str) and name else f"block {i}"
            for i, name in enumerate(names, start=1)]  # fmt: skip


def _of_form(item: dict[str, Any], file: str, places: list[str]) -> Problem:
    """Turn one pydantic error into a line that a transcriber can act on."""
    at = list(item["loc"])
    if at[:1] == ["blocks"] and len(at) > 1 and isinstance(at[1], int) and at[1] < len(places):
        at = [places[at[1]], *at[2:]]
    place = ", ".join(f"item {part + 1}" if isinstance(part, int) else str(part) for part in at)
    if item["type"] == "extra_forbidden":
        key = str(item["loc"][-1])
        mend = f"Mend or delete it{_nearest(key, _known(item['loc']))}."
        return Problem(file, "a key that exists", mend, key, column=place)
    held = item.get("input")
    found = "" if isinstance(held, dict | list) else repr(held)[:120]
    found = "nothing" if item["type"] == "missing" else found
    return Problem(file, expected(item), GUIDE, found, column=place)


def _known(location: tuple[Any, ...]) -> tuple[str, ...]:
    """Give the keys that exist where an unknown one was found."""
    names = [part for part in location[:-1] if isinstance(part, str)]
    if names[:1] != ["blocks"]:
        return ("analysis", "total", "parts") if names else TOP
    model: type[Model] = ITEMS.get(names[1], Block) if len(names) > 1 else Block
    return tuple(model.model_fields)


def _nearest(word: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f" (did you mean '{close[0]}'?)" if close else ""


def _unreadable(given: dict, file: str) -> Iterator[Problem]:
    """Give a problem for each item with a text that is no printed number.

    Items are read one by one, so that one that cannot be read does not hide the next; what is
    wrong in its form is told by pydantic.
    """
    blocks = given.get("blocks")
    for block in blocks if isinstance(blocks, list) else []:
        for part in _parts(block) if isinstance(block, dict) else []:
            try:
                statistics_of_block(part)
            except ValueError as error:
                way = getattr(error, "way", "")
                found = str(error).removesuffix(f": {way}") if way else str(error)
                mend = f"{way[:1].upper()}{way[1:]}." if way else "Copy it as it is printed."
                yield Problem(file, "printed numbers", mend, found, column=part.where)


def _parts(block: dict) -> Iterator[Block]:
    """Give a block as many blocks of one item each; what has not the right form is left out."""
    own = {key: value for key, value in block.items() if key not in (*ITEMS, "sizes")}
    items = [{"sizes": block["sizes"]}] if "sizes" in block else []
    for kind in ITEMS:
        given = block.get(kind)
        items += [{kind: [item]} for item in (given if isinstance(given, list) else [])]
    for item in items:
        try:
            yield Block.model_validate(own | item)
        except ValidationError:
            continue

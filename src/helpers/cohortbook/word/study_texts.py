"""The texts of a study file, set anew in the file as it is written: comments and order stay."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ..errors import CohortbookError
from ..study.study import STUDY_FILE, load_study, study_of
from ..study.yaml_in import read_yaml
from .changes import Wording

KEY = "texts"
SHORTEST = 3  # letters of a text that is looked for in the report
NOT_PRINTED = {"abbreviations"}


def texts_of(study: Path) -> dict[tuple[str | int, ...], str]:
    """Give the texts of a study by place, the longest first: `("limitations", 0)`."""
    said = load_study(study).texts.model_dump()
    found = {path: text for path, text in _leaves(said, ()) if path[0] not in NOT_PRINTED}
    kept = {path: text for path, text in found.items() if len(text) >= SHORTEST}
    # the longest first: a short text may stand inside a long one
    return dict(sorted(kept.items(), key=lambda one: -len(one[1])))


def _leaves(value: Any, path: tuple[str | int, ...]) -> list[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        return [(path, " ".join(value.split()))]
    inside = value.items() if isinstance(value, Mapping) else enumerate(value)
    if isinstance(value, Mapping) or (
        isinstance(value, Sequence) and not isinstance(value, str | bytes)
    ):
        return [one for name, part in inside for one in _leaves(part, (*path, name))]
    return []


def with_wordings(text: str, wordings: Sequence[Wording]) -> str:
    """Give a study file with some of its texts set anew.

    Parameters
    ----------
    text : str
        The file as it is written.
    wordings : sequence of Wording

    Raises
    ------
    CohortbookError
        If a text is not where it is said to be, or the file would say anything else than meant.
    """
    root = yaml.compose(text, yaml.SafeLoader)
    # from the end: what is written does not move the places of those before it
    places = sorted(((_node(root, one), one) for one in wordings), key=lambda p: -p[0][0])
    out = text
    for (start, stop), one in places:
        ends = "\n" if out[start:stop].endswith("\n") else ""
        # a text of JSON is one of YAML, with every quote and line break in it safe
        out = out[:start] + json.dumps(one.new, ensure_ascii=False) + ends + out[stop:]
    wished = _set(read_yaml(text), wordings)
    # read again: whatever the layout of the file, it must say what is meant and nothing else
    if read_yaml(out) != wished:
        raise CohortbookError(
            "The new texts cannot be written into the file as it is.",
            STUDY_FILE,
            "Edit it by hand.",
        )
    study_of(wished)
    return out


def _node(root: Any, wording: Wording) -> tuple[int, int]:
    node = root
    for step in (KEY, *wording.path):
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step] if step < len(node.value) else None
        else:
            node = None
    if not isinstance(node, yaml.ScalarNode) or " ".join(node.value.split()) != wording.old:
        raise CohortbookError(f"{wording.name} is not what the report says.", STUDY_FILE,
                              "Build the report again.")  # fmt: skip
    return node.start_mark.index, node.end_mark.index


def _set(said: Any, wordings: Sequence[Wording]) -> Any:
    for one in wordings:
        place = said[KEY]
        for step in one.path[:-1]:
            place = place[step]
        place[one.path[-1]] = one.new
    return said

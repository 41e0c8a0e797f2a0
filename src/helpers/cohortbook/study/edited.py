"""A study file set to say something else, as it is written: comments, order and the rest stay.

Only the values that change are written anew, from the last to the first, so that places found in
the text stay right. What comes out is read again and must say what was meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from ..errors import CohortbookError
from .yaml_in import read_yaml

WIDE = 98
Edit = tuple[int, int, str]  # from, to, and what stands there instead


def edited(text: str, wished: Mapping[str, Any]) -> str:
    """Give a study file that says what is wished.

    Parameters
    ----------
    text : str
        The file as it is written.
    wished : mapping
        All its keys, as read from YAML; what is new may hold numbers, which are written as such.

    Raises
    ------
    CohortbookError
        If that cannot be written into the file as it is.
    """
    root = yaml.compose(text, yaml.SafeLoader)
    edits = sorted(_edits(text, root, read_yaml(text), wished), reverse=True)
    out = text
    for start, stop, new in edits:
        out = out[:start] + new + out[stop:]
    if read_yaml(out) != read_yaml(yaml.safe_dump(dict(wished), allow_unicode=True)):
        raise CohortbookError(
            "The answers cannot be written into this study file as it is.",
            "study.yml",
            "Edit it by hand.",
        )
    return out


def _edits(text: str, node: yaml.Node, old: Any, new: Any) -> Iterator[Edit]:
    if old == new:
        return
    if isinstance(old, list) and isinstance(new, list) and not node.flow_style and new:
        yield from _items(text, node, old, new)
        return
    plain = isinstance(node, yaml.MappingNode) and isinstance(old, Mapping)
    if not plain or node.flow_style or not isinstance(new, Mapping) or not (set(old) & set(new)):
        yield _replaced(text, node, new)
        return
    for key, value in node.value:
        if key.value not in new:
            yield _removed(text, key, value)
        elif old[key.value] != new[key.value]:
            inner = value.flow_style if isinstance(value, yaml.CollectionNode) else False
            same = all(isinstance(x[key.value], Mapping) for x in (old, new))
            items = all(isinstance(x[key.value], list) and x[key.value] for x in (old, new))
            if (same or items) and not inner:
                yield from _edits(text, value, old[key.value], new[key.value])
            else:
                yield _entry(text, key, value, new[key.value])
    added = {key: value for key, value in new.items() if key not in old}
    if added:
        indent = node.start_mark.column
        end = _end(text, node.value[-1][1])
        lead = "" if text[:end].endswith("\n") else "\n"
        yield end, end, lead + "".join(_dump({k: v}, indent) for k, v in added.items())


def _items(text: str, node: yaml.Node, old: list, new: list) -> Iterator[Edit]:
    """Take items out, or write those anew that are others; more are put at the end."""
    if len(new) < len(old) and new == [item for item in old if item in new]:
        for item, value in zip(node.value, old, strict=True):
            if value not in new:
                start = text.rfind("\n", 0, item.start_mark.index) + 1
                yield start, _end(text, item), ""
        return
    for item, before, after in zip(node.value, old, new, strict=False):
        if before != after:
            yield _replaced(text, item, after)
    if len(new) > len(old):
        end = _end(text, node.value[-1])
        lead = "" if text[:end].endswith("\n") else "\n"
        line = " " * node.start_mark.column + "- "
        yield end, end, lead + "".join(f"{line}{_flow(value)}\n" for value in new[len(old) :])
    elif len(new) < len(old):
        start = text.rfind("\n", 0, node.value[len(new)].start_mark.index) + 1
        yield start, _end(text, node.value[-1]), ""


def _flow(value: Any) -> str:
    flow = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, width=10**6, sort_keys=False
    )
    return flow.strip().removesuffix("\n...")


def _entry(text: str, key: yaml.Node, value: yaml.Node, new: Any) -> Edit:
    """Write one key anew, its comments above kept."""
    start = key.start_mark.index
    written = _dump({key.value: new}, key.start_mark.column)[key.start_mark.column :]
    return start, _end(text, value), written


def _replaced(text: str, node: yaml.Node, new: Any) -> Edit:
    return node.start_mark.index, _last(text, node), _flow(new)


def _removed(text: str, key: yaml.Node, value: yaml.Node) -> Edit:
    """Take one key out, with the comments right above it."""
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    while start > 0:
        before = text.rfind("\n", 0, start - 1) + 1
        if not text[before:start].lstrip().startswith("#"):
            break
        start = before
    return start, _end(text, value), ""


def _last(text: str, node: yaml.Node) -> int:
    """Give where a node ends, without the blanks and comments after it."""
    stop = node.end_mark.index
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        parts = node.value
        if parts:
            last = parts[-1][1] if isinstance(node, yaml.MappingNode) else parts[-1]
            return _last(text, last)
    return len(text[:stop].rstrip()) if isinstance(node, yaml.ScalarNode) else stop


def _end(text: str, node: yaml.Node) -> int:
    """Give where the line ends that a node ends in."""
    stop = text.find("\n", _last(text, node))
    return len(text) if stop < 0 else stop + 1


def _dump(content: dict[str, Any], indent: int) -> str:
    inner = [
        part
        for value in content.values()
        if isinstance(value, dict | list)
        for part in (value.values() if isinstance(value, dict) else value)
    ]
    nested = any(isinstance(part, dict | list) for part in inner)
    written = yaml.safe_dump(
        content,
        allow_unicode=True,
        sort_keys=False,
        width=WIDE,
        default_flow_style=None if nested else False,
    )
    return "".join(f"{' ' * indent}{line}\n" for line in written.splitlines())

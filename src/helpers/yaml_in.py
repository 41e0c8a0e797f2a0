"""YAML that is data and nothing else: no objects, no key twice, no text that grows without end."""

from __future__ import annotations

import re
from typing import Any

import yaml

LONGEST = 2_000_000  # characters
MOST = 100_000  # values, each repeat of an alias counted
DEEPEST = 40


class YamlError(Exception):
    """What is wrong with a YAML file, and in which line if that is known (counted from 1)."""

    def __init__(self, what: str, line: int | None = None) -> None:
        self.what, self.line = what, line
        super().__init__(what)


class _Texts(yaml.SafeLoader):
    """Reads every value as the text it is written with; tags of objects are errors."""


class _TextsOrNothing(_Texts):
    """An empty value, ~ and null are None."""


_Texts.yaml_implicit_resolvers = {}
_TextsOrNothing.yaml_implicit_resolvers = {}
_TextsOrNothing.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"(?:~|null|Null|NULL|)\Z"), ["~", "n", "N", ""]
)


def read_yaml(text: str, nothing: bool = True) -> Any:
    """Read YAML as mappings, lists and texts.

    Values keep the form in which they are written: 010 is not 8, No is not false, 1.10 is not 1.1.
    Whoever knows what a key means reads its number.

    Parameters
    ----------
    text : str
    nothing : bool
        Read an empty value, ~ and null as None, not as texts.

    Raises
    ------
    YamlError
        If it is not YAML, has a key twice, or aliases that repeat one another.
    """
    if len(text) > LONGEST:
        raise YamlError(f"{len(text):,} characters; {LONGEST:,} are read")
    reader = None
    try:
        reader = (_TextsOrNothing if nothing else _Texts)(text)
        node = reader.get_single_node()
        if node is None:
            return None
        _count(node, {}, ())
        return reader.construct_document(node)
    except yaml.YAMLError as error:
        raise _said(error) from None
    except RecursionError:
        raise YamlError("brackets inside brackets without end") from None
    except ValueError as error:
        raise YamlError(str(error)) from None
    finally:
        if reader is not None:
            reader.dispose()


def _said(error: yaml.YAMLError) -> YamlError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    return YamlError(str(what), mark.line + 1 if mark else None)


def _count(node: yaml.Node, known: dict[int, int], above: tuple[int, ...]) -> int:
    """Count the values of a node as if each alias were written out."""
    line = node.start_mark.line + 1
    if id(node) in above:
        raise YamlError("an alias inside what it stands for", line)
    if len(above) > DEEPEST:
        raise YamlError("keys inside keys without end", line)
    if id(node) not in known:
        parts: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            _no_key_twice(node)
            parts = [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            parts = node.value
        total = 1
        for part in parts:
            total += _count(part, known, (*above, id(node)))
            if total > MOST:
                raise YamlError(f"aliases that repeat more than {MOST:,} values", line)
        known[id(node)] = total
    return known[id(node)]


def _no_key_twice(node: yaml.MappingNode) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in seen and key.value != "<<":
                raise YamlError(f"the key '{key.value}' stands twice here", key.start_mark.line + 1)
            seen.add(key.value)

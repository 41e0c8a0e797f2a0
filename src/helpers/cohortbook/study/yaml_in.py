"""YAML that is data and nothing else: no objects, no key twice, no text that grows without end."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from ..bounds import LIMITS, Unreadable, file_within, guarded, within

DEEPEST = 40


class YamlError(Unreadable):
    """What is wrong with a YAML file, and in which line if that is known (counted from 1)."""

    def __init__(self, what: str, line: int | None = None) -> None:
        self.what, self.line = what, line
        super().__init__("valid YAML in UTF-8", "", what)
        self.args = (what,)


class _Texts(yaml.SafeLoader):
    """Reads every value as the text it is written with, and stops where there are too many."""

    composed = 0

    def compose_node(self, parent, index):
        self.composed += 1
        if self.composed > LIMITS["yaml values"].most:
            raise _too_many(self.peek_event().start_mark.line + 1)
        return super().compose_node(parent, index)


class _TextsOrNothing(_Texts):
    """An empty value, ~ and null are None."""


TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq", "null"))
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
    try:
        with guarded(Unreadable, "YAML", ""):
            within("yaml file", len(text))
            return _read(text, _TextsOrNothing if nothing else _Texts)
    except YamlError:
        raise
    except Unreadable as error:
        limit = "" if error.expected == "YAML" else f"; expected {error.expected}"
        raise YamlError(error.found + limit) from None


def read_yaml_file(path: Path, nothing: bool = True) -> Any:
    """Read a YAML file in UTF-8 (see `read_yaml`).

    Raises
    ------
    YamlError
    OSError
    """
    try:
        file_within("yaml file", path)
        text = path.read_text(encoding="utf-8-sig")
    except Unreadable as error:
        raise YamlError(f"{error.found}; expected {error.expected}") from None
    except UnicodeDecodeError as error:
        raise YamlError(str(error)) from None
    return read_yaml(text, nothing)


def read_typed(text: str) -> Any:
    """Read YAML with the types of its values, as front matter and options of cells have them.

    Raises
    ------
    YamlError
        Also for a value that its own tag does not fit, as `!!timestamp x`.
    """
    try:
        within("yaml file", len(text))
        reader = yaml.SafeLoader(text)
        node = reader.get_single_node()
        if node is None:
            return None
        _count(node, {}, (), typed=True)
        return reader.construct_document(node)
    except Unreadable as error:
        raise YamlError(f"{error.found}; expected {error.expected}") from None
    except yaml.YAMLError as error:
        raise _said(error) from None
    except _NO_VALUE as error:
        raise YamlError(f"a value that its tag does not fit: {error}") from None


_NO_VALUE = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)


def _read(text: str, kind: type[_Texts]) -> Any:
    reader = kind(text)
    try:
        node = reader.get_single_node()
        if node is None:
            return None
        _count(node, {}, ())
        return reader.construct_document(node)
    except yaml.YAMLError as error:
        raise _said(error) from None
    except (ValueError, OverflowError):  # of chr()
        raise YamlError("an escape, as \\UFFFFFFFF, that is no letter", reader.line + 1) from None
    finally:
        reader.dispose()


def _said(error: yaml.YAMLError) -> YamlError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    return YamlError(str(what), mark.line + 1 if mark else None)


def _too_many(line: int) -> YamlError:
    most = LIMITS["yaml values"].shown
    return YamlError(f"more than {most}, each alias written out", line)


def _count(
    node: yaml.Node, known: dict[int, int], above: tuple[int, ...], typed: bool = False
) -> int:
    """Count the values of a node as if each alias were written out; `typed` ones may have tags."""
    line = node.start_mark.line + 1
    if id(node) in above:
        raise YamlError("an alias inside what it stands for", line)
    if len(above) > DEEPEST:
        raise YamlError("keys inside keys without end", line)
    if not typed and node.tag not in TAGS:
        tag = node.tag.replace("tag:yaml.org,2002:", "!!")[:60]
        raise YamlError(f"the tag {tag}: values are read as they are written, take it out", line)
    if id(node) not in known:
        parts: list[yaml.Node] = []
        if isinstance(node, yaml.ScalarNode):
            _no_letter_without_meaning(node, line)
        if isinstance(node, yaml.MappingNode):
            if not typed:
                _no_key_twice(node)
            parts = [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            parts = node.value
        total = 1
        for part in parts:
            total += _count(part, known, (*above, id(node)), typed)
            if total > LIMITS["yaml values"].most:
                raise _too_many(line)
        known[id(node)] = total
    return known[id(node)]


def _no_letter_without_meaning(node: yaml.ScalarNode, line: int) -> None:
    """Refuse halves of letters, written as \\ud800, which no file can hold."""
    try:
        node.value.encode("utf-8")
    except UnicodeEncodeError:
        raise YamlError("half a letter (a surrogate)", line) from None


def _no_key_twice(node: yaml.MappingNode) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in seen and key.value != "<<":
                raise YamlError(f"the key '{key.value}' stands twice here", key.start_mark.line + 1)
            seen.add(key.value)

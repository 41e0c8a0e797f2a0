"""What a key of a file must be, in plain words: pydantic's own are for programmers."""

from __future__ import annotations

from typing import Any

from .model import COLOUR, NAME

WORDS = {
    "missing": "this key",
    "string": "a text",
    "list": "a list",
    "dict": "keys and values",
    "model": "keys and values",
    "int": "a whole number",
    "float": "a number",
    "finite_number": "a finite number",
    "bool": "true or false",
    "date": "a date such as 2025-06-30",
}
BOUNDS = {
    "greater_than": ("gt", "a number greater than {:g}"),
    "greater_than_equal": ("ge", "a number of {:g} or more"),
    "less_than": ("lt", "a number less than {:g}"),
    "less_than_equal": ("le", "a number of at most {:g}"),
    "string_too_short": ("min_length", "a text; fewest letters: {}"),
    "string_too_long": ("max_length", "a text; most letters: {}"),
    "too_short": ("min_length", "a list; fewest entries: {}"),
    "too_long": ("max_length", "a list; most entries: {}"),
    "literal_error": ("expected", "{}"),
}
PATTERNS = {
    NAME: "small letters, digits and _, a letter first",
    COLOUR: "a colour such as #2F6DB5",
}


def expected(item: dict[str, Any]) -> str:
    """Say what was expected where pydantic found something else.

    Parameters
    ----------
    item : dict
        One of the errors of a ValidationError.
    """
    kind, context = item["type"], item.get("ctx") or {}
    if kind in BOUNDS:
        key, words = BOUNDS[kind]
        return words.format(context[key])
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(context["pattern"], f"a text of the form {context['pattern']}")
    known = WORDS.get(kind) or WORDS.get(kind.partition("_")[0])
    return known or item["msg"].removeprefix("Value error, ")

"""Why a value stays: the notebook that computed it, and the statistics that print that number."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

NUMBER = re.compile(r"\d+(?:[.,\u202f]\d+)*")
COMMA_IS_POINT = str.maketrans(".,\u202f", ",.,")  # "0,394" and "10.000", as German prints them
KEY_WORD = re.compile(r"[a-z]{4,}")
MOST = 3
RESULTS = "results.json"


def reasons(output: Path) -> Callable[..., str]:
    """Give the function that says why words stay.

    Parameters
    ----------
    output : Path
        The output folder of the report; without its results the notebook alone is named.

    Returns
    -------
    function
        Of a value's name (`survival.overall`) or a table's ("Table 2"), and the words that were to
        be changed, and optionally those around them.
    """
    rows = _statistics(output / RESULTS)

    def says(key: str, words: str, around: str = "") -> str:
        group = key.partition(".")[0]
        # a notebook that runs once an endpoint has its key behind the name
        mine = [row for row in rows if _variable(row["notebook"]).startswith(group)]
        table = key.startswith("Table")
        found = _printing(rows if table else mine, words, around)
        if group in ("study", "provenance", "abstract") and not mine:
            text = {
                "study": f"{key} is written from the study file and its settings.",
                "provenance": f"{key} says what the report was built from.",
                "abstract": f"{key} repeats what the notebooks found.",
            }[group]
            found = _printing(rows, words, around) if group == "abstract" else []
        elif table:
            text = f"The cells of {key} are computed."
        else:
            notebook = mine[0]["notebook"] if mine else group
            text = f"{key} is computed in notebook {notebook}."
        return " ".join([text, *([_said(found)] if found else [])])

    return says


def _statistics(path: Path) -> list[Mapping[str, Any]]:
    try:
        found = json.loads(path.read_text("utf-8"))
        return [row for row in found["statistics"] if isinstance(row.get("notebook"), str)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def _variable(notebook: str) -> str:
    return re.sub(r"^\d+-", "", notebook).replace("-", "_")


def _printing(
    rows: Sequence[Mapping[str, Any]], words: str, around: str
) -> list[tuple[Mapping[str, Any], str]]:
    """Give the statistics that print a number of some words, each with the number as it is.

    Of many that print the same one, those are meant that share most numbers with the words around,
    and of these those whose key is named there (`response/all/...` by "response rate").
    """
    numbers, near = _numbers(words), _numbers(around)
    is_p = bool(
        re.search(r"\b[Pp]\s*[=<>]?\s*$", around[: around.find(words)].replace("\u00a0", " "))
    )
    found = []
    for row in rows:
        p = set(NUMBER.findall(str(row.get("printed_p") or "")))
        other = set(NUMBER.findall(str(row.get("printed") or "")))
        shared = len(near & (p | other)) + 0.01 * _named(str(row.get("key", "")), around)
        if numbers & p and isinstance(row.get("p_value"), float | int):
            found.append((shared + is_p, row, f"P {row['p_value']:.6g}"))
        elif numbers & other and isinstance(row.get("estimate"), float | int):
            found.append((shared, row, f"{row['estimate']:.6g}"))
    best = max((shared for shared, _, _ in found), default=0)
    return [(row, value) for shared, row, value in found if shared == best]


def _numbers(text: str) -> set[str]:
    """Give the numbers of a text, as results have them whatever the decimal mark of the report."""
    found = set(NUMBER.findall(text))
    return found | {number.translate(COMMA_IS_POINT) for number in found}


def _named(key: str, around: str) -> int:
    """Count the words of a key that stand in a text; short ones stand in any."""
    return sum(word in around.casefold() for word in KEY_WORD.findall(key.casefold()))


def _said(found: Sequence[tuple[Mapping[str, Any], str]]) -> str:
    shown = [
        f"{row['key']} = {value} (printed {row['printed_p' if value[0] == 'P' else 'printed']})"
        for row, value in found[:MOST]
    ]
    more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
    return f"The analysis says: {'; '.join(shown)}{more}."

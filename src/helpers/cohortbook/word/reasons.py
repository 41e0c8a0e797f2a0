"""Why a value stays: the notebook that computed it, and the statistics that print that number."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

NUMBER = re.compile(r"\d+(?:\.\d+)?")
MOST = 3
RESULTS = "results.json"


def reasons(output: Path) -> Callable[[str, str], str]:
    """Give the function that says why words stay.

    Parameters
    ----------
    output : Path
        The output folder of the report; without its results the notebook alone is named.

    Returns
    -------
    function
        Of a value's name (`survival.overall`) or a table's ("Table 2"), and the words that were to
        be changed.
    """
    rows = _statistics(output / RESULTS)

    def says(key: str, words: str) -> str:
        group = key.partition(".")[0]
        mine = [row for row in rows if _variable(row["notebook"]).startswith(group)]
        table = key.startswith("Table")
        found = _printing(rows if table else mine, words)
        if group in ("study", "provenance", "abstract") and not mine:
            text = {
                "study": f"{key} is written from the study file and its settings.",
                "provenance": f"{key} says what the report was built from.",
                "abstract": f"{key} repeats what the notebooks found.",
            }[group]
            found = _printing(rows, words) if group == "abstract" else []
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


def _printing(rows: Sequence[Mapping[str, Any]], words: str) -> list[tuple[Mapping[str, Any], str]]:
    """Give the statistics that print a number of some words, each with the number as it is."""
    numbers = set(NUMBER.findall(words))
    found = []
    for row in rows:
        p = set(NUMBER.findall(str(row.get("printed_p") or "")))
        other = set(NUMBER.findall(str(row.get("printed") or "")))
        if numbers & p:
            found.append((row, f"P {row['p_value']:.6g}" if row.get("p_value") else "P"))
        elif numbers & other and row.get("estimate") is not None:
            found.append((row, f"{row['estimate']}"))
    return found


def _said(found: Sequence[tuple[Mapping[str, Any], str]]) -> str:
    shown = [
        f"{row['key']} = {value} (printed {row['printed_p' if value[0] == 'P' else 'printed']})"
        for row, value in found[:MOST]
    ]
    more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
    return f"The analysis says: {'; '.join(shown)}{more}."

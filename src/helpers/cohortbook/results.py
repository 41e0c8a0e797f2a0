"""Tidy results: one row a statistic, read alike by tables, figures, prose, exports and tests."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

KEYS = ["analysis", "endpoint", "population", "term", "level", "group", "statistic"]
NUMBERS = ["estimate", "conf_low", "conf_high", "p_value", "n", "n_events"]
COLUMNS = [*KEYS, *NUMBERS, "method", "note"]
OVERALL = "overall"  # the group of all patients


def row(analysis: str, statistic: str, estimate: float = math.nan, **cells: Any) -> dict[str, Any]:
    """Make one result row; the cells not given are empty text or NaN.

    Parameters
    ----------
    analysis, statistic : str
        What was done, and the name of the number.
    estimate : float
        The number, not rounded.
    **cells
        Any other column of `COLUMNS`. `population` is "all" unless given.
    """
    unknown = set(cells) - set(COLUMNS)
    if unknown:
        raise TypeError(f"not a result column: {sorted(unknown)}")
    blank = dict.fromkeys(KEYS, "") | dict.fromkeys(NUMBERS, math.nan) | {"method": "", "note": ""}
    given = {"analysis": analysis, "statistic": statistic, "estimate": estimate}
    return blank | {"population": "all"} | given | cells


def frame(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Stack result rows into a frame with the columns `COLUMNS`."""
    out = pd.DataFrame(list(rows), columns=COLUMNS)
    return out.astype(dict.fromkeys(NUMBERS, float))


def pick(results: pd.DataFrame, **keys: Any) -> pd.DataFrame:
    """Keep the rows whose key columns equal the given values (a list: any of them)."""
    keep = np.ones(len(results), dtype=bool)
    for column, value in keys.items():
        cells = results[column]
        several = isinstance(value, list | tuple | set)
        # ten thousand times a report: comparing an array takes a fifth of the time of `isin`
        keep &= cells.isin(list(value)) if several else cells.to_numpy() == value
    return results[keep]


def one(results: pd.DataFrame, **keys: Any) -> pd.Series:
    """Give the single row with these keys; anything but one row is an error."""
    found = pick(results, **keys)
    if len(found) != 1:
        raise LookupError(f"{len(found)} results match {keys}; one was expected")
    return found.iloc[0]


def mark_of(result: pd.Series, column: str = "estimate") -> str:
    """Give how a count that is withheld (NaN) is marked: <5 or withheld; "" if it is shown."""
    if column == "estimate":
        return str(result["note"]) if math.isnan(result["estimate"]) else ""
    found = dict(part.split(" ", 1) for part in str(result["note"]).split(";") if " " in part)
    return found.get(column, "withheld") if math.isnan(result[column]) else ""


def key_of(result: pd.Series | dict[str, Any]) -> str:
    """Give the key of a result: its key columns, empty ones left out, joined by slashes."""
    return "/".join(str(result[column]) for column in KEYS if str(result[column]))


@dataclass
class ResultBook:
    """What one notebook found: frames by name, and the values that prose quotes.

    `folder` is where they are written (None while editing: nothing is written); `cells` holds for
    each value the execution count of the notebook cell that computed it, `used` for each output
    the settings that it was made with where they are not the study file's, and `found` the sections
    that turned out to have nothing to show, each with its sentence.
    """

    notebook: str
    folder: Path | None = None
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    cells: dict[str, int] = field(default_factory=dict)
    used: dict[str, Any] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)

    def save(self, name: str, results: pd.DataFrame) -> pd.DataFrame:
        """Keep a frame under a name and give it back."""
        self.frames[name] = results
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
            results.to_csv(self.folder / f"{self.notebook}.{name}.csv", index=False)
        return results

    def quote(self, **values: str) -> None:
        """Keep printed values for the prose, as Markdown."""
        self.values |= {name: str(value) for name, value in values.items()}
        self.cells |= dict.fromkeys(values, running_cell())
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
            for kind in ("values", "cells"):
                text = json.dumps(getattr(self, kind), ensure_ascii=False, indent=1, sort_keys=True)
                (self.folder / f"{self.notebook}.{kind}.json").write_text(text, encoding="utf-8")


def running_cell() -> int:
    """Give the execution count of the notebook cell that runs; 0 outside of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    # the counter itself steps on before a cell runs in some versions, and after it in others
    return len(shell.history_manager.input_hist_raw) - 1 if shell else 0


def plain_number(value: Any) -> float | int | str | None:
    """Give a number as JSON can hold it: NaN as None, infinities as text, whole floats as int."""
    if value is None or (isinstance(value, float | np.floating) and math.isnan(value)):
        return None
    if isinstance(value, float | np.floating):
        if math.isinf(value):
            return "Inf" if value > 0 else "-Inf"
        return int(value) if float(value).is_integer() and abs(value) < 1e15 else float(value)
    return int(value) if isinstance(value, int | np.integer) else str(value)

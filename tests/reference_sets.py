"""Readers of R's reference values in tests/reference (see its README for every key)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from cohortbook.stats.design import is_missing

HERE = Path(__file__).parent / "reference"
REAL = ("lung", "lung_months", "veteran", "ovarian", "kidney_first")
EDGE = tuple(sorted(f"edge/{path.stem}" for path in (HERE / "edge").glob("*.json")))
LARGER = tuple(sorted(f"larger/{path.stem}" for path in (HERE / "larger").glob("*.json")))
ALL = REAL + EDGE + LARGER


@cache
def reference(name: str) -> dict:
    """R's values of one set."""
    return json.loads((HERE / f"{name}.json").read_text())


@cache
def cohort(name: str) -> pd.DataFrame:
    """The set's rows, categories as text, without rows lacking time, event or arm."""
    covariates = reference(name)["meta"]["covariates"] or {}
    text = {v: str for v, about in covariates.items() if about["type"] == "categorical"}
    frame = pd.read_csv(
        HERE / f"{name}.csv", dtype={"arm": str, **text}, float_precision="round_trip"
    )
    return frame.dropna(subset=["time", "event", "arm"]).reset_index(drop=True)


def arms(name: str) -> list[str]:
    """Reference arm, experimental arm."""
    about = reference(name)["meta"]["arms"]
    return [about["reference"], about["experimental"]]


def number(value) -> float:
    """A reference value as a float: null is NaN, "Inf" infinite."""
    return np.nan if value is None else float(value)


def assert_close(got, want, rel=1e-6, abs_=1e-10, label=""):
    """Compare with a reference value, NaN equal to null."""
    got, want = np.asarray(got, dtype=float), np.vectorize(number, otypes=[float])(want)
    np.testing.assert_allclose(got, want, rtol=rel, atol=abs_, equal_nan=True, err_msg=label)


def design(name: str, variables: list[str], complete: list[str]):
    """Rows complete in the given covariates, design, R's term names, columns per variable."""
    frame = cohort(name)
    rows = ~np.logical_or.reduce([is_missing(frame[v]) for v in [*complete, "time"]])
    frame = frame[rows].reset_index(drop=True)
    about = {"arm": {"levels": arms(name), "type": "categorical"}}
    about |= reference(name)["meta"]["covariates"] or {}
    blocks, names, groups = [], [], {}
    for v in variables:
        if about[v]["type"] == "continuous":
            block, terms = frame[[v]].to_numpy(float), [v]
        else:
            # R's treatment contrasts: the first level that occurs is the reference
            present = [level for level in about[v]["levels"] if (frame[v] == level).any()]
            columns = [np.where(frame[v].isna(), np.nan, frame[v] == level) for level in present]
            block = np.column_stack([*columns[1:], np.empty((len(frame), 0))]).astype(float)
            terms = [f"{v}{level}" for level in present[1:]]
        groups[v] = list(range(len(names), len(names) + len(terms)))
        blocks.append(block)
        names += terms
    return frame, np.column_stack(blocks), names, groups

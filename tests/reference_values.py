"""Readers of the oracles that write what,index,value (tests/reference/followup and others)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent / "reference"


@cache
def values(folder: str, name: str) -> dict[str, np.ndarray]:
    """R's values of one script by name, each an array."""
    found = pd.read_csv(HERE / folder / f"{name}_values.csv", float_precision="round_trip")
    return {what: part["value"].to_numpy(float) for what, part in found.groupby("what")}


@cache
def rows(folder: str, name: str) -> pd.DataFrame:
    """The data that they belong to."""
    return pd.read_csv(HERE / folder / f"{name}.csv", float_precision="round_trip")


def close(got, want, rel=1e-6, abs_=1e-9, label=""):
    """Compare with R's values; NaN equals NaN."""
    np.testing.assert_allclose(
        np.ravel(np.asarray(got, dtype=float)), np.ravel(want), rtol=rel, atol=abs_,
        equal_nan=True, err_msg=label,
    )  # fmt: skip

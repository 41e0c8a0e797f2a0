"""Design matrices: treatment-coded columns of a factor, complete cases, and their order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .times import Array


def is_missing(values: ArrayLike) -> np.ndarray:
    """Mask of None and NaN in an array of any type."""
    values = np.asarray(values)
    if values.dtype.kind in "fc":
        return np.isnan(values)
    if values.dtype.kind in "biuUS":
        return np.zeros(values.shape, dtype=bool)
    return np.asarray(pd.isna(values), dtype=bool)


def complete_cases(*columns: ArrayLike) -> np.ndarray:
    """Mask of the rows with no missing value in any column (R: ``complete.cases``)."""
    masks = [~is_missing(column) for column in columns]
    return np.logical_and.reduce(masks)


def dummy_columns(
    values: ArrayLike, levels: list[Any], rows: np.ndarray | None = None
) -> tuple[Array, list[Any]]:
    """Indicator columns of every level but the first (the reference), as R's treatment contrasts.

    Parameters
    ----------
    values : array of shape (n,)
        Labels; None or NaN = missing, which gives NaN in every column.
    levels : list
        Order of the levels; the first one present is the reference.
    rows : bool array of shape (n,), optional
        Rows that enter the model. A level that none of them has is dropped (R: ``droplevels``).

    Returns
    -------
    columns : array of shape (n, levels present - 1)
    kept : list
        The levels present, reference first.

    Raises
    ------
    ValueError
        A value that is not among the levels.
    """
    values = np.asarray(values, dtype=object)
    missing = is_missing(values)
    used = ~missing if rows is None else ~missing & rows
    unknown = sorted(set(map(str, values[~missing])) - set(map(str, levels)))
    if unknown:
        raise ValueError(f"values {unknown} are not among the levels {levels}")
    present = [level for level in levels if (values[used] == level).any()]
    columns = np.column_stack(
        [np.where(missing, np.nan, values == level) for level in present[1:]]
        or [np.empty((values.size, 0))]
    ).astype(float)
    return columns, present

"""What is missing in the columns of a model."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike


def is_missing(values: ArrayLike) -> np.ndarray:
    """Mask of None and NaN in an array of any type."""
    values = np.asarray(values)
    if values.dtype.kind in "fc":
        return np.isnan(values)
    if values.dtype.kind in "biuUS":
        return np.zeros(values.shape, dtype=bool)
    return np.asarray(pd.isna(values), dtype=bool)

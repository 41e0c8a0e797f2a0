"""Points of a small panel, of very many those that do not cover one another."""

from __future__ import annotations

import numpy as np
import pandas as pd

MOST_POINTS = 5000  # more than these on one panel lie over one another
ACROSS, UP = 300, 200  # places of a small panel: a fifth of a point's width


def spread(points: pd.DataFrame, x: str, y: str) -> pd.DataFrame:
    """Keep one of the points of a small panel that fall on one place of it.

    Points cover one another where they lie this close; the outermost stay where they are.

    Parameters
    ----------
    points : DataFrame
    x, y : str
        Columns of numbers that are drawn.
    """
    if len(points) <= MOST_POINTS:
        return points
    place = np.zeros(len(points), dtype=np.int64)
    for name, steps in ((x, ACROSS), (y, UP)):
        values = points[name].to_numpy(float)
        low, high = np.nanmin(values), np.nanmax(values)
        share = (values - low) / (high - low) if high > low else np.zeros(len(values))
        place = place * (steps + 1) + np.nan_to_num(np.floor(share * steps)).astype(np.int64)
    return points.iloc[np.sort(np.unique(place, return_index=True)[1])]

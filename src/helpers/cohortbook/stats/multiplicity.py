"""P values adjusted for how many there are."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from statsmodels.stats.multitest import fdrcorrection

Adjustment = Literal["holm", "benjamini-hochberg"]


def adjust(p_values: ArrayLike, method: Adjustment = "holm") -> NDArray[np.float64]:
    """Adjust P values for multiplicity, in the order given.

    "holm" controls the chance of any false positive (Scand J Stat 1979; 6:65),
    "benjamini-hochberg" the expected share of false ones among the positive (J R Stat Soc B
    1995; 57:289). R: `p.adjust(p, "holm")`, `p.adjust(p, "BH")`.

    Parameters
    ----------
    p_values : array of shape (n,)
        NaN stays NaN and is not counted.
    method : {"holm", "benjamini-hochberg"}
    """
    given = np.asarray(p_values, dtype=float)
    if method not in get_args(Adjustment):
        raise ValueError(f"method is one of {get_args(Adjustment)}, not {method!r}")
    out, known = np.full(given.shape, np.nan), ~np.isnan(given)
    if known.any():
        values = given[known]
        out[known] = _holm(values) if method == "holm" else fdrcorrection(values)[1]
    return out


def _holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust as Holm does; `multipletests` collects garbage each time, for up to half a second."""
    order, n = np.argsort(p_values), len(p_values)
    out = np.empty(n)
    out[order] = np.minimum(np.maximum.accumulate(np.arange(n, 0, -1) * p_values[order]), 1)
    return out

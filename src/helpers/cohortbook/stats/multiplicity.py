"""P values adjusted for how many there are."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from statsmodels.stats.multitest import multipletests

Adjustment = Literal["holm", "benjamini-hochberg"]
_STATSMODELS_NAME = {"holm": "holm", "benjamini-hochberg": "fdr_bh"}


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
    if method not in _STATSMODELS_NAME:
        raise ValueError(f"method is one of {tuple(_STATSMODELS_NAME)}, not {method!r}")
    out, known = np.full(given.shape, np.nan), ~np.isnan(given)
    if known.any():
        out[known] = multipletests(given[known], method=_STATSMODELS_NAME[method])[1]
    return out

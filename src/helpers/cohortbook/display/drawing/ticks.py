"""Ticks of logarithmic axes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator


def log_ticks(ax: Axes, values: pd.Series) -> None:
    """Set a logarithmic axis of plain powers of ten (with 2 and 5 where it is short)."""
    positive = values[(values > 0) & np.isfinite(values)]
    ax.set_yscale("log")
    # matplotlib would label the minor ticks of a short axis as 2 × 10⁰
    ax.yaxis.set_minor_locator(NullLocator())
    if positive.empty:
        ax.set_ylim(0.5, 20)
        ax.set_yticks([1, 10], ["1", "10"])
        return
    low, high = float(positive.min()) / 1.3, float(positive.max()) * 1.3
    short = high / low < 30
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    ticks = [m * 10.0**p for p in powers for m in ((1, 2, 5) if short else (1,))]
    ticks = [t for t in ticks if low <= t <= high]
    ax.set_ylim(low, high)
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.set_yticks(ticks, [_plain(t) for t in ticks])


def _plain(value: float) -> str:
    """Print a round number, its thousands apart as in the text: 10,000."""
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"

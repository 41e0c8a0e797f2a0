"""Sentences about agreement with print."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...study import Study


def summary(compared: pd.DataFrame, study: Study) -> str:
    """Count the printed statistics that came out equal, nearly so, and otherwise."""
    counts = compared["verdict"].value_counts()
    total = len(compared)

    def share(name: str) -> str:
        count = int(counts.get(name, 0))
        return f"{count} ({formats.percent(count, total)}%)"

    text = (
        f"Of {total} printed statistics, {share('equal')} came out equal at the printed precision, "
        f"{share('rounding')} within one unit of the last printed digit, and {share('differs')} "
        f"differ; {share('absent')} have no counterpart here."
    )
    if study.synthetic:
        text += (
            " The cohort was generated to agree with these numbers, so agreement shows that the "
            "analysis is the one described in print and nothing about patients."
        )
    return text

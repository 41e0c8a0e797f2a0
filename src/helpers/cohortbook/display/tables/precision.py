"""What is told of resampling below a table: how often, and how well its limits are known."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ... import formats


def resamples_told(made: pd.Series, errors: Mapping[str, pd.Series]) -> list[str]:
    """Say how many resamples were made, and to how much their limits are known; [] without any.

    Parameters
    ----------
    made : Series
        Number of resamples of each result.
    errors : mapping of str to Series
        Kind of limit, such as "percentile", with Monte Carlo standard errors in per cent; NaN = not
        known, as where resamples ran away.
    """
    numbers = sorted({f"{n:,.0f}": n for n in made if n}.items(), key=lambda one: one[1])
    if not numbers:
        return []
    ends = [numbers[0][0], numbers[-1][0]][: len(numbers)]
    parts = []
    for name, found in errors.items():
        known = found.dropna()
        if len(known):
            worst = f"{formats.percentage(known.max(), 1)}%".replace("<", "less than ")
            parts.append(f"of a {name} limit at most {worst} of it")
    told = f"Resamples: {' to '.join(ends)}."
    if parts:
        told += f" Monte Carlo standard error {', '.join(parts)}"
        lost = any(found.isna().any() for found in errors.values())
        told += " (not known where resamples ran to infinity)." if lost else "."
    return [told]

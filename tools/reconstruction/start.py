"""A random cohort with the margins of Table I, for the search to begin from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from . import details_counts as paper
from .curves import ages_fit
from .details_core import COLUMNS
from .state import AGE, AGE_ORIGIN, TREATED, WIDTH, N
from .targets import ENDPOINTS, MODELS, TERMS, Z_975, Targets

DEATHS = {"ICI": 15, "MWA+ICI": 9}
PFS_EVENTS = {"ICI": 29, "MWA+ICI": 15}
MEAN_MONTHS = {"ICI": (6.0, 5.0), "MWA+ICI": (9.0, 8.0)}  # PFS, and from there to the end
TRIES = 2_000_000
RARE = {"female": "sex", "hbsag_positive": "hbsag"}  # covariates with a group of 6 patients


def random_core(seed: int, goals: Targets) -> pd.DataFrame:
    """Give a core table whose Table I is exact and whose times are drawn at random.

    The events of the two small groups, women and patients without HBsAg, are as many as their
    printed intervals imply: the search would hardly ever cross from one such number to another.

    Raises
    ------
    RuntimeError
        If no such table was drawn; another seed may do.
    """
    rng = np.random.default_rng(seed)
    core = _with_events(rng, rare_events(goals))
    core["age"] = _ages(rng)
    core["id"] = np.arange(1, len(core) + 1)
    return core[COLUMNS]


def rare_events(goals: Targets) -> dict[tuple[str, str], int]:
    """Count the events of the small groups, by endpoint and covariate, from printed intervals.

    With d events, d1 of them in the group, the standard error of a log hazard ratio near 0 is
    about sqrt(1 / d1 + 1 / (d - d1)); d1 is the smaller solution, rounded.
    """
    found = {}
    for k, (name, by_arm) in enumerate(zip(ENDPOINTS, (DEATHS, PFS_EVENTS), strict=True)):
        d = sum(by_arm.values())
        for term, column in RARE.items():
            low, high = goals.hr[k, MODELS.index("univariable"), TERMS.index(term), 1:3]
            information = (2 * Z_975 / np.log(high / low)) ** 2
            found[name, column] = round(float(d - np.sqrt(d * d - 4 * d * information)) / 2)
    return found


def _with_events(rng: np.random.Generator, wanted: dict[tuple[str, str], int]) -> pd.DataFrame:
    """Draw both arms until the small groups have the events wanted."""
    for _ in range(TRIES):
        core = pd.concat([_arm(name, rng) for name in paper.ARMS], ignore_index=True)
        small = {"sex": core["sex"] == "F", "hbsag": core["hbsag"] == 0}
        if all(
            core.loc[small[column], f"{name}_event"].sum() == count
            for (name, column), count in wanted.items()
        ):
            return core
    raise RuntimeError("no cohort with the events of the small groups was drawn; try another seed")


def _arm(name: str, rng: np.random.Generator) -> pd.DataFrame:
    """Draw covariates and times of one arm; hepatitis C where hepatitis B is absent."""
    n = paper.SIZES[name]
    columns: dict[str, object] = {"arm": [name] * n}
    for column, levels in paper.TABLE_1.items():
        values = [v for v, counts in levels.items() for _ in range(paper.by_arm(counts, name))]
        columns[column] = rng.permutation(np.array(values, dtype=object))
    columns["hcv"] = 1 - columns["hbsag"]
    first, rest = MEAN_MONTHS[name]
    pfs = np.clip(rng.exponential(first, n), 1.0, 18.0).round(1)
    deaths, events = np.zeros(n, int), np.zeros(n, int)
    events[rng.permutation(n)[: PFS_EVENTS[name]]] = 1
    deaths[rng.permutation(np.flatnonzero(events))[: DEATHS[name]]] = 1
    columns |= {
        "pfs": pfs,
        "pfs_event": events,
        "os_event": deaths,
        "os": (pfs + 0.1 + np.minimum(rng.exponential(rest, n), 20.0)).round(1),
    }
    return pd.DataFrame(columns)


def _ages(rng: np.random.Generator) -> np.ndarray:
    """Draw ages with the printed medians, ranges, counts of 65 or more and P, by trial."""
    x = np.zeros((N, WIDTH))
    x[paper.SIZES["ICI"] :, TREATED] = 1
    counts = np.zeros((2, 25), np.int64)
    for _ in range(TRIES):
        ages = np.concatenate(
            [
                _arm_ages(
                    rng, paper.AGE_SUMMARY[name], paper.AGE_65_OR_MORE[name], paper.SIZES[name]
                )
                for name in paper.ARMS
            ]
        )
        x[:, AGE] = ages - AGE_ORIGIN
        if ages_fit(x, counts):
            return ages
    raise RuntimeError("no ages with the printed summaries were found; try another seed")


def _arm_ages(
    rng: np.random.Generator, printed: tuple[int, int, int], older: int, n: int
) -> np.ndarray:
    """Draw the ages of one arm around its median, in random order."""
    median, low, high = printed
    below = rng.integers(low, median + 1, (n - 1) // 2 - 1)
    above = rng.integers(median, 65, n - n // 2 - 1 - older)
    top = rng.integers(65, high + 1, older - 1)
    return rng.permutation(np.concatenate([[low, high, median], below, above, top]))

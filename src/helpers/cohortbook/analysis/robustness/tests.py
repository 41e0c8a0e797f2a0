"""All tests of the treatment in one table, their P values adjusted for how many there are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...cohort.cohort import Cohort
from ...results import frame, pick, row
from ...stats.multiplicity import adjust
from ..cox import fit_model, hr_cells
from ..response import response
from ..survival import survival
from .model import ADJUSTED, models

ADJUSTMENTS = {"holm": "holm", "benjamini-hochberg": "benjamini_hochberg"}
LOGRANK, COX, RATE = "logrank", "cox", "rate"


def all_tests(cohort: Cohort) -> pd.DataFrame:
    """Gather the tests that compare the arms in the main analysis: one row a test.

    Returns
    -------
    DataFrame
        Tidy results, analysis "tests", statistic "test": term "rate" (level ORR or DCR), "logrank"
        (per endpoint and population: all, and each subgroup) or "cox" (the adjusted hazard ratio);
        estimate and limits where the test has an effect, `p_value`, `method`.
    """
    rows = [*_rates(cohort)] if cohort.study.response else []
    # subgroups belong to the family too: they are where findings by chance come from
    parts = {"all": cohort} | {
        group.name: cohort.subgroup(group) for group in cohort.study.subgroups
    }
    for endpoint in cohort.study.endpoints:
        for population, part in parts.items():
            rows += _logrank(part, endpoint, population)
        rows += _cox(cohort, endpoint)
    return frame(rows)


def _rates(cohort: Cohort):
    found = pick(response(cohort), population="all", group="difference")
    for term in dict.fromkeys(found["term"]):
        part = pick(found, term=term).set_index("statistic")
        test, gap = part.loc["p_value"], part.loc["risk_difference"]
        yield row(
            "tests",
            "test",
            gap["estimate"],
            term=RATE,
            level=term,
            conf_low=gap["conf_low"],
            conf_high=gap["conf_high"],
            n=test["n"],
            p_value=test["p_value"],
            method=test["method"],
            note=test["note"],
        )


def _logrank(cohort: Cohort, endpoint: str, population: str):
    found = pick(survival(cohort, endpoint), group="difference").set_index("statistic")
    test, hr = found.loc["logrank"], found.loc["hr"]
    yield row(
        "tests",
        "test",
        hr["estimate"],
        term=LOGRANK,
        endpoint=endpoint,
        population=population,
        conf_low=hr["conf_low"],
        conf_high=hr["conf_high"],
        p_value=test["p_value"],
        method=test["method"],
        note=test["note"],
        n=test["n"],
        n_events=test["n_events"],
    )


def _cox(cohort: Cohort, endpoint: str):
    model = models(cohort, endpoint).get(ADJUSTED)
    if model is not None:
        cells = hr_cells(fit_model(cohort, model.data), model.arm)
        yield row("tests", "test", term=COX, endpoint=endpoint, **cells)


def adjusted_tests(tests: pd.DataFrame) -> pd.DataFrame:
    """Adjust the P values of a table of tests, as one family.

    Parameters
    ----------
    tests : DataFrame
        Tidy rows with a `p_value`; those without one are not counted.

    Returns
    -------
    DataFrame
        The rows given and, for each, rows with statistic "holm" and "benjamini_hochberg" whose
        `p_value` is adjusted.
    """
    parts = [tests]
    for method, statistic in ADJUSTMENTS.items():
        p = adjust(tests["p_value"], method)
        parts.append(tests.assign(statistic=statistic, p_value=p, n=tests["p_value"].notna().sum()))
    return pd.concat(parts, ignore_index=True)


def p_values(tests: pd.DataFrame) -> pd.DataFrame:
    """Give the P of each row of `adjusted_tests` as its estimate, for the figure of all of them.

    The order of the tests is kept; of each the unadjusted P stands first (`group`: which it is).
    """
    place = tests.groupby("statistic").cumcount()
    out = tests.assign(
        estimate=tests["p_value"], group=tests["statistic"], conf_low=np.nan, conf_high=np.nan
    )
    out = out.assign(place=place).sort_values("place", kind="stable")
    return out[out["p_value"].notna()].drop(columns="place").reset_index(drop=True)

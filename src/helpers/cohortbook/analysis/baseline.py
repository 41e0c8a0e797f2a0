"""Baseline characteristics by arm: the numbers of Table 1."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..results import OVERALL, frame, row
from ..stats.ranks import describe
from ..stats.records import HypothesisTest
from ..stats.smd import smd_categorical, smd_continuous
from ..study.parts import BaselineRow
from .compare import compare_counts, compare_values, cross_table, without_p


def baseline(cohort: Cohort) -> pd.DataFrame:
    """Describe each variable of the study's baseline list by arm and overall.

    Parameters
    ----------
    cohort : Cohort

    Returns
    -------
    DataFrame
        Tidy results, analysis "baseline". Categorical variables: `n` and `percent` per level and
        group (denominator: patients with a value, in column `n`). Continuous: `median`, `q1`,
        `q3`, `min`, `max`, `mean`, `sd`. Both: `missing` per group, `smd` and, where the study
        asks for a test, `p_value` of all arms (group "difference"), with its method. Of three or
        more arms `smd` is that of the two that differ most, and `smd_pair` has all (level against
        group).
    """
    rows: list[dict] = []
    for item in cohort.study.baseline:
        variable = cohort.study.variables[item.variable]
        describe = _continuous if variable.kind == "continuous" else _categorical
        rows += describe(cohort, item)
    return frame(rows)


def measured(cohort: Cohort) -> pd.DataFrame:
    """Give each patient's values of the continuous variables that are read from a column.

    Returns
    -------
    DataFrame
        Columns variable (name), arm (code), value; missing values left out. In the order of the
        study file.
    """
    names = [
        name
        for name, variable in cohort.study.variables.items()
        if variable.kind == "continuous" and not variable.cut
    ]
    parts = [
        pd.DataFrame(
            {
                # codes: of a registry the name as text in each row would be larger than the values
                "variable": pd.Categorical.from_codes(np.full(len(cohort), place), names),
                "arm": cohort.patients["arm"],
                "value": cohort.patients[name],
            }
        ).dropna()
        for place, name in enumerate(names)
    ]
    blank = pd.DataFrame({"variable": [], "arm": [], "value": []})
    return pd.concat(parts or [blank], ignore_index=True)


def groups(cohort: Cohort) -> Iterator[tuple[str, pd.DataFrame]]:
    """Give the patients of each arm, the reference arm first, and of all."""
    for code in cohort.study.arm_codes:
        yield code, cohort.patients[cohort.patients["arm"] == code]
    yield OVERALL, cohort.patients


def _categorical(cohort: Cohort, item: BaselineRow) -> Iterator[dict]:
    name, levels = item.variable, cohort.study.levels(item.variable)
    for group, patients in groups(cohort):
        known = patients[name].dropna()
        keys = {"term": name, "group": group, "n": len(known)}
        for level in levels:
            count = int((known == level).sum())
            yield row("baseline", "n", count, level=level, **keys)
            # of those with a value: a missing one is not a level, and is counted in a row of its
            # own
            share = 100 * count / len(known) if len(known) else float("nan")
            yield row("baseline", "percent", share, level=level, **keys)
        yield row("baseline", "missing", len(patients) - len(known), **keys)
    if not cohort.study.compares:
        return
    table = cross_table(cohort, name, levels)
    counts = dict(zip(cohort.study.arm_codes, table.T, strict=True))
    yield from _distances(name, {
        pair: smd_categorical(*(counts[code] for code in pair)).estimate
        for pair in combinations(counts, 2)
    })  # fmt: skip
    if item.test:
        test = compare_counts(cohort, table)
        alone = np.count_nonzero(table.sum(axis=0)) < 2
        yield _test_row(name, without_p(test) if alone else test)


def _continuous(cohort: Cohort, item: BaselineRow) -> Iterator[dict]:
    name = item.variable
    # the definitions of SPSS and R differ in small groups, by more than rounding
    kind = 6 if cohort.study.statistics.quartiles == "type 6" else 7
    for group, patients in groups(cohort):
        found = describe(patients[name], kind)
        statistics = ("median", "q1", "q3", "min", "max", "mean", "sd", "missing")
        numbers = {statistic: getattr(found, statistic) for statistic in statistics}
        for statistic, value in numbers.items():
            yield row("baseline", statistic, value, term=name, group=group, n=found.n)
    if not cohort.study.compares:
        return
    values = {
        code: cohort.patients.loc[cohort.patients["arm"] == code, name].dropna()
        for code in cohort.study.arm_codes
    }
    yield from _distances(name, {
        pair: smd_continuous(*(values[code] for code in pair)).estimate
        for pair in combinations(values, 2)
    })  # fmt: skip
    if item.test:
        yield _test_row(name, compare_values(cohort, name))


def _distances(name: str, of_pairs: dict[tuple[str, str], float]) -> Iterator[dict]:
    """Give the standardised difference of two arms; of more that of each pair, and the largest."""
    if len(of_pairs) > 1:
        for (first, second), smd in of_pairs.items():
            yield row("baseline", "smd_pair", smd, term=name, level=second, group=first)
    known = [smd for smd in of_pairs.values() if not math.isnan(smd)]
    largest = max(known, key=abs, default=math.nan)
    yield row("baseline", "smd", largest, term=name, group="difference")


def _test_row(name: str, test: HypothesisTest) -> dict:
    return row(
        "baseline",
        "p_value",
        test.p_value,
        term=name,
        group="difference",
        p_value=test.p_value,
        method=test.method,
        note=test.note,
    )

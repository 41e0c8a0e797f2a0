"""Short-term efficacy: best response, objective response and disease control by arm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import pandas as pd

from ..cohort.cohort import Cohort
from ..results import frame, row
from ..stats.multiplicity import adjust
from ..stats.odds import odds_ratio
from ..stats.proportions import clopper_pearson, newcombe
from ..stats.records import HypothesisTest
from ..study.study import Study
from .compare import compare_counts, without_p
from .counts import CONTROL, OBJECTIVE, best_responses

EVALUABLE, EVERYBODY = "evaluable", "everybody"
"""The population of the sensitivity analysis: without those not evaluable, or with them as failures
where the main analysis leaves them out."""


def response(cohort: Cohort) -> pd.DataFrame:
    """Count best responses and compare response rates between the arms.

    In the main rates (population "all") those not evaluable are in the denominator as failures, or
    left out, as `response.not_evaluable_is` says. The same rates are then given the other way:
    without them (population "evaluable"), or with them as failures ("everybody").

    Returns
    -------
    DataFrame
        Tidy results, analysis "response": `n` and `percent` per category and arm; for the terms
        ORR and DCR `n`, `percent` with Clopper-Pearson limits per arm, and with group
        "difference" `p_value`, `risk_difference` (percentage points, other arm minus reference
        arm, Newcombe limits) and `odds_ratio` (conditional maximum likelihood, exact limits). Of
        three or more arms `p_value` is of all, and each two of them (level against group) have
        `pair` (P unadjusted), `pair_adjusted` (as `robustness.p_adjustment` says) and
        `pair_difference` (percentage points, level minus group, Newcombe limits).
    """
    spec, rows = cohort.study.response, list(best_responses(cohort))
    if spec.not_evaluable is None:
        return frame([*rows, *_rates(cohort, "all")])
    # a patient without an assessment has not responded: a failure by intention to treat
    main, other = cohort, without_not_evaluable(cohort)
    if spec.not_evaluable_is == "excluded":
        main, other = other, main
    return frame([*rows, *_rates(main, "all"), *_rates(other, other_population(cohort.study))])


def other_population(study: Study) -> str:
    """Name the population of the sensitivity analysis."""
    return EVALUABLE if study.response.not_evaluable_is == "failure" else EVERYBODY


def without_not_evaluable(cohort: Cohort) -> Cohort:
    """Leave out the patients whose response was not evaluable."""
    spec = cohort.study.response
    keep = cohort.patients[spec.column] != spec.not_evaluable
    return replace(cohort, patients=cohort.patients[keep].reset_index(drop=True))


def _rates(cohort: Cohort, population: str) -> Iterator[dict]:
    spec = cohort.study.response
    for term, codes in ((OBJECTIVE, spec.objective), (CONTROL, spec.control)):
        yield from _rate(cohort, population, term, codes)


def _rate(cohort: Cohort, population: str, term: str, codes: list[str]) -> Iterator[dict]:
    level, keys = cohort.study.statistics.conf_level, {"term": term, "population": population}
    counts = []
    for arm in cohort.study.arm_codes:
        best = cohort.patients.loc[cohort.patients["arm"] == arm, cohort.study.response.column]
        successes = int(best.isin(codes).sum())
        counts.append((successes, len(best)))
        # exact limits: they hold also for a dozen patients and rates near 0 or 1
        exact = clopper_pearson(successes, len(best), level)
        yield row("response", "n", successes, group=arm, n=len(best), **keys)
        yield row(
            "response",
            "percent",
            100 * exact.estimate,
            group=arm,
            n=len(best),
            conf_low=100 * exact.conf_low,
            conf_high=100 * exact.conf_high,
            method=exact.method,
            **keys,
        )
    if cohort.study.compares:
        yield from _contrast(cohort, counts, keys)


def _contrast(cohort: Cohort, counts: list[tuple[int, int]], keys: dict) -> Iterator[dict]:
    """Compare (successes, patients) of the arms, the reference arm first: all, and two by two."""
    level = cohort.study.statistics.conf_level
    test = _test(cohort, counts)
    pairs, keys = keys, keys | {"group": "difference", "n": sum(n for _, n in counts)}
    yield row(
        "response",
        "p_value",
        test.p_value,
        p_value=test.p_value,
        method=test.method,
        note=test.note,
        **keys,
    )
    if len(counts) > 2:
        yield from _pairs(cohort, counts, pairs)
        return
    (x0, n0), (x1, n1) = counts
    # Newcombe's, since Wald's has no width where a rate is 0 or 1
    gap = newcombe(x1, n1, x0, n0, level)
    yield row(
        "response",
        "risk_difference",
        100 * gap.estimate,
        conf_low=100 * gap.conf_low,
        conf_high=100 * gap.conf_high,
        method=gap.method,
        note=gap.note,
        **keys,
    )
    odds = odds_ratio([[x1, n1 - x1], [x0, n0 - x0]], level)
    yield row(
        "response",
        "odds_ratio",
        odds.estimate,
        conf_low=odds.conf_low,
        conf_high=odds.conf_high,
        method=odds.method,
        note=odds.note,
        **keys,
    )


def _test(cohort: Cohort, counts: list[tuple[int, int]]) -> HypothesisTest:
    test = compare_counts(cohort, [[x, n - x] for x, n in reversed(counts)])
    return without_p(test) if sum(n > 0 for _, n in counts) < 2 else test


def _pairs(cohort: Cohort, counts: list[tuple[int, int]], keys: dict) -> Iterator[dict]:
    """Compare every two of three or more arms, each test on those two alone."""
    how, level = cohort.study.robustness.p_adjustment, cohort.study.statistics.conf_level
    pairs = list(combinations(zip(cohort.study.arm_codes, counts, strict=True), 2))
    tests = [_test(cohort, [first, other]) for (_, first), (_, other) in pairs]
    alone = [test.p_value for test in tests]
    adjusted = alone if how == "none" else adjust(alone, how)
    for ((code, first), (other_code, other)), test, p in zip(pairs, tests, adjusted, strict=True):
        cells = keys | {"level": other_code, "group": code, "n": first[1] + other[1]}
        gap = newcombe(*other, *first, level)
        yield row("response", "pair", p_value=test.p_value, method=test.method, note=test.note,
                  **cells)  # fmt: skip
        yield row("response", "pair_adjusted", p_value=float(p), method=how, **cells)
        yield row("response", "pair_difference", 100 * gap.estimate, conf_low=100 * gap.conf_low,
                  conf_high=100 * gap.conf_high, method=gap.method, note=gap.note,
                  **cells)  # fmt: skip

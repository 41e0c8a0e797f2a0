"""Short-term efficacy: best response, objective response and disease control by arm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from ..cohort.cohort import Cohort
from ..results import frame, row
from ..stats.odds import odds_ratio
from ..stats.proportions import clopper_pearson, newcombe
from ..study.study import Study
from .compare import compare_counts
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
        arm, Newcombe limits) and `odds_ratio` (conditional maximum likelihood, exact limits).
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
    """Compare (successes, patients) of the reference arm and of the other arm."""
    level = cohort.study.statistics.conf_level
    (x0, n0), (x1, n1) = counts
    test = compare_counts(cohort, [[x1, n1 - x1], [x0, n0 - x0]])
    keys = keys | {"group": "difference", "n": n0 + n1}
    yield row(
        "response",
        "p_value",
        test.p_value,
        p_value=test.p_value,
        method=test.method,
        note=test.note,
        **keys,
    )
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

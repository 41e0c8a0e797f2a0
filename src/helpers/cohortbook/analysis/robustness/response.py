"""Response: rates under each treatment of the patients not evaluable, and the fragility index."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ...cohort.cohort import Cohort
from ...results import frame, row
from ...stats.fragility import fragility_index
from ...stats.proportions import newcombe
from ..compare import compare_counts, without_p
from ..counts import CONTROL, OBJECTIVE

FAILURE, EXCLUDED, SUCCESS = "failure", "excluded", "success"


def response_robustness(cohort: Cohort) -> pd.DataFrame:
    """Compare response rates with the patients not evaluable as failures, left out, as successes.

    Returns
    -------
    DataFrame
        Tidy results, analysis "response_robustness", term "ORR" or "DCR", level "failure",
        "excluded" or "success": `n` per arm (`n` = denominator), `p_value` and
        `risk_difference` (percentage points, other arm minus reference arm, Newcombe). The level
        of the main analysis also has `fragility` (patients whose other outcome would turn the
        result by Fisher's exact test; p_value = Fisher's P at the start, note if the result was not
        significant to begin with) and `not_evaluable` (their number).
    """
    spec = cohort.study.response
    rows: list[dict] = []
    # one rule for both arms: an assumption that differs between them could make any result
    levels = [FAILURE] if spec.not_evaluable is None else [FAILURE, EXCLUDED, SUCCESS]
    main = main_level(cohort)
    for term, codes in ((OBJECTIVE, spec.objective), (CONTROL, spec.control)):
        counts = {level: _counts(cohort, codes, level) for level in levels}
        for level, arms in counts.items():
            rows += _comparison(cohort, arms, {"term": term, "level": level})
        rows += _fragility(cohort, counts[main], {"term": term, "level": main})
    return frame(rows)


def main_level(cohort: Cohort) -> str:
    """Say how the main analysis treats the patients not evaluable: FAILURE or EXCLUDED."""
    spec = cohort.study.response
    return FAILURE if spec.not_evaluable is None else spec.not_evaluable_is


def _counts(cohort: Cohort, codes: list[str], level: str) -> list[tuple[int, int]]:
    """Give (successes, patients) of the reference arm and of the other arm."""
    spec, out = cohort.study.response, []
    for arm in cohort.study.arm_codes:
        best = cohort.patients.loc[cohort.patients["arm"] == arm, spec.column]
        unknown = best == spec.not_evaluable
        success = best.isin(codes) | (unknown if level == SUCCESS else False)
        out.append(
            (int(success.sum()), int(len(best) - (unknown.sum() if level == EXCLUDED else 0)))
        )
    return out


def _comparison(cohort: Cohort, counts: list[tuple[int, int]], keys: dict) -> Iterator[dict]:
    for arm, (x, n) in zip(cohort.study.arm_codes, counts, strict=True):
        yield row("response_robustness", "n", x, group=arm, n=n, **keys)
    (x0, n0), (x1, n1) = counts
    keys = keys | {"group": "difference", "n": n0 + n1}
    test = compare_counts(cohort, [[x1, n1 - x1], [x0, n0 - x0]])
    test = test if n0 and n1 else without_p(test)
    yield row(
        "response_robustness",
        "p_value",
        test.p_value,
        p_value=test.p_value,
        method=test.method,
        note=test.note,
        **keys,
    )
    gap = newcombe(x1, n1, x0, n0, cohort.study.statistics.conf_level)
    yield row(
        "response_robustness",
        "risk_difference",
        100 * gap.estimate,
        method=gap.method,
        conf_low=100 * gap.conf_low,
        conf_high=100 * gap.conf_high,
        note=gap.note,
        **keys,
    )


def _fragility(cohort: Cohort, counts: list[tuple[int, int]], keys: dict) -> Iterator[dict]:
    spec = cohort.study.response
    (x0, n0), (x1, n1) = counts
    # by Fisher's test whatever the main test is: so the index is defined
    found = fragility_index((x0, x1), (n0, n1), cohort.study.statistics.alpha)
    kind = "reverse fragility index" if found.reverse else "fragility index"
    yield row(
        "response_robustness",
        "fragility",
        found.index,
        group="difference",
        n=n0 + n1,
        p_value=found.p_start,
        method=kind,
        note=found.note,
        **keys,
    )
    unknown = (
        0
        if spec.not_evaluable is None
        else int((cohort.patients[spec.column] == spec.not_evaluable).sum())
    )
    yield row("response_robustness", "not_evaluable", unknown, n=n0 + n1, **keys)

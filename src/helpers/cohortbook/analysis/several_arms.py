"""Three or more arms: one test of all, every pair, and each arm against the reference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..results import OVERALL, frame, row
from ..stats.cox import cox_fit
from ..stats.logrank import logrank
from ..stats.weighted_curves import pairwise_logrank
from .cox import hr_cells
from .design import ARM, Term, design, model_terms
from .follow_up import completeness
from .survival import described

ANALYSIS = "several_arms"
CRUDE, ADJUSTED = "crude", "adjusted"


def several_arms(cohort: Cohort, endpoint: str, term: str = CRUDE) -> pd.DataFrame:
    """Compare all arms of one endpoint.

    Parameters
    ----------
    cohort : Cohort
        As of `Cohort.of_all_arms`.
    term : {"crude", "adjusted"}
        The arms alone, or beside the covariates: then hazard ratios only.

    Returns
    -------
    DataFrame
        Tidy results, analysis "several_arms". Per arm `events` (crude); `hr` of each arm (level)
        against the reference, one Cox model of all arms. Crude: `global` (log-rank test of all
        arms; estimate = chi-squared) and `pair` (log-rank test of two arms, level and group; P
        unadjusted) with `pair_adjusted` (P adjusted as `robustness.p_adjustment` says). Of the
        endpoint whose follow-up is told also `follow_up`, `lost` and `completeness` of each arm, as
        in `survival` and `follow_up`.
    """
    keys = {"endpoint": endpoint, "population": cohort.population, "term": term}
    if term == CRUDE:
        rows = [*_tests(cohort, endpoint, keys), *_ratios(cohort, endpoint, keys, [])]
        rows += _follow_up(cohort, endpoint, keys)
    else:
        terms = model_terms(cohort, cohort.study.covariates, treatment=False)
        rows = list(_ratios(cohort, endpoint, keys, terms))
    return frame(rows)


def _tests(cohort: Cohort, endpoint: str, keys: dict[str, Any]) -> Iterator[dict]:
    data, codes = cohort.survival(endpoint, entry=True), cohort.study.arm_codes
    arm = data[ARM].astype(object).to_numpy()
    for code in codes:
        own = data[arm == code]
        yield row(ANALYSIS, "events", int(own["event"].sum()), group=code, n=len(own),
                  n_events=int(own["event"].sum()), **keys)  # fmt: skip
    counts = {"n": len(data), "n_events": int(data["event"].sum())}
    given = data["time"].to_numpy(float), data["event"].to_numpy(float), arm
    present = [code for code in codes if (arm == code).any()]
    late = data["entry"].to_numpy(float) if "entry" in data else None
    test = logrank(*given, levels=present, entry=late)
    yield row(ANALYSIS, "global", test.chi2, p_value=test.p, note=test.note,
              method=f"log-rank test of {len(present)} arms", **keys | counts)  # fmt: skip
    how = cohort.study.robustness.p_adjustment
    for pair in pairwise_logrank(*given, levels=present, method=how, entry=late):
        both = data[(arm == pair.first) | (arm == pair.second)]
        cells = keys | {"level": pair.second, "group": pair.first, "n": len(both),
                        "n_events": int(both["event"].sum())}  # fmt: skip
        yield row(ANALYSIS, "pair", pair.chi2, p_value=pair.p, method="log-rank test", **cells)
        yield row(ANALYSIS, "pair_adjusted", p_value=pair.p_adjusted, method=how, **cells)


def _follow_up(cohort: Cohort, endpoint: str, keys: dict[str, Any]) -> Iterator[dict]:
    """Say of each arm how long and how completely it was followed."""
    if endpoint != cohort.study.followed_endpoint:
        return
    rows = [*described(cohort, endpoint), *completeness(cohort).to_dict("records")]
    for found in rows:
        asked = found["statistic"] in ("follow_up", "lost", "completeness")
        if asked and found["group"] != OVERALL:
            yield found | keys | {"analysis": ANALYSIS}


def _ratios(cohort: Cohort, endpoint: str, keys: dict[str, Any], covariates: list[Term]
            ) -> Iterator[dict]:  # fmt: skip
    codes = cohort.study.arm_codes[1:]
    terms = [*covariates, *(Term(ARM, code) for code in codes)]
    data = design(cohort, endpoint, terms, entry=True)
    settings = cohort.study.statistics
    if not data.event.any():
        counts = {"n": len(data.time), "n_events": 0}
        for code in codes:
            yield row(ANALYSIS, "hr", level=code, group="difference", note="no events",
                      **keys | counts)  # fmt: skip
        return
    fit = cox_fit(data.time, data.event, data.x, [term.name for term in data.terms],
                  entry=data.entry, ties=settings.ties,
                  conf_level=settings.conf_level)  # fmt: skip
    for place, code in enumerate(codes):
        if not np.any(data.x[:, len(covariates) + place]):
            yield row(ANALYSIS, "hr", level=code, group="difference", note="nobody in this arm",
                      n=len(data.time), n_events=int(data.event.sum()), **keys)  # fmt: skip
            continue
        cells = hr_cells(fit, len(covariates) + place, ARM in data.adrift)
        yield row(ANALYSIS, "hr", level=code, group="difference", **keys | cells)

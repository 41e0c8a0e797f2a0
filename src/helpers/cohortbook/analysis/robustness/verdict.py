"""The verdict: each finding of the main analysis, and which of the checks it survives."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd

from ...cohort.cohort import Cohort
from ...results import frame, pick, row
from .bootstrap import best_limits
from .landmark import last_procedure
from .model import ADJUSTED, CRUDE
from .response import EXCLUDED, FAILURE, SUCCESS, main_level
from .tests import ADJUSTMENTS, COX, RATE

SHARE = 95.0
"""Per cent of the sets of covariates that must agree with the finding."""


@dataclass(frozen=True)
class _Finding:
    """A test of the main analysis: its effect (no effect at `null`) and side of the level."""

    test: pd.Series
    null: float
    alpha: float

    @property
    def significant(self) -> bool:
        return bool(self.test["p_value"] < self.alpha)

    @property
    def level(self) -> str:
        """Model that the survival findings rest on."""
        return ADJUSTED if self.test["term"] == COX else CRUDE

    def same(self, significant: bool, estimate: float) -> bool:
        """Say whether another result leads to the same conclusion."""
        if significant != self.significant:
            return False
        if math.isnan(self.test["estimate"]):  # separation: it has no finite side to compare
            return True
        side = (estimate > self.null) == (self.test["estimate"] > self.null)
        return side or not significant

    def by_p(self, result: pd.Series, null: float | None = None) -> float:
        """Compare with a result by its P; NaN if it has none."""
        if math.isnan(result["p_value"]):
            return math.nan
        shifted = result["estimate"] - (self.null if null is None else null) + self.null
        return float(self.same(bool(result["p_value"] < self.alpha), shifted))

    def by_limits(self, result: pd.Series) -> float:
        """Compare with a result by whether its interval holds no effect; NaN if it has none."""
        low, high = result["conf_low"], result["conf_high"]
        if math.isnan(low) or math.isnan(high):
            return math.nan
        return float(self.same(not low <= self.null <= high, result["estimate"]))


def verdict(cohort: Cohort, tests: pd.DataFrame, evidence: list[pd.DataFrame]) -> pd.DataFrame:
    """Hold each finding of the main analysis against the checks that were made.

    A check is survived if it leads to the same conclusion: a significant difference that stays
    significant on the same side, or one that was not significant and stays so.

    Parameters
    ----------
    cohort : Cohort
    tests : DataFrame
        From `adjusted_tests(all_tests(cohort))`.
    evidence : list of DataFrame
        Results of the other modules of this package; a check without results is left out.

    Returns
    -------
    DataFrame
        Tidy results, analysis "verdict", with the finding's term, level and endpoint: `finding`
        (its estimate, limits and P), one `check` per check (method = its key, estimate = 1
        survived, 0 not, NaN if it could not be made) and `survived` (estimate = checks survived,
        `n` = checks made).
    """
    found = pd.concat(evidence, ignore_index=True) if evidence else frame([])
    rows: list[dict] = []
    for _, test in pick(tests, statistic="test", population="all").iterrows():
        if not math.isnan(test["p_value"]):
            rows += _finding_rows(cohort, test, tests, found)
    return frame(rows)


def _finding_rows(
    cohort: Cohort, test: pd.Series, tests: pd.DataFrame, found: pd.DataFrame
) -> Iterator[dict]:
    finding = _Finding(test, 0.0 if test["term"] == RATE else 1.0, cohort.study.statistics.alpha)
    keys = {name: test[name] for name in ("term", "level", "endpoint", "population")}
    yield row(
        "verdict",
        "finding",
        test["estimate"],
        **{name: test[name] for name in ("conf_low", "conf_high", "p_value", "n", "n_events")},
        **keys,
    )
    made = _response_checks if test["term"] == RATE else _survival_checks
    part = (
        pick(found, term=test["level"])
        if test["term"] == RATE
        else pick(found, endpoint=test["endpoint"])
    )
    checks = {**made(cohort, finding, part), "multiplicity": _adjusted(cohort, finding, tests)}
    known = {name: value for name, value in checks.items() if value is not None}
    for name, value in known.items():
        yield row("verdict", "check", value, method=name, **keys)
    passed = [value for value in known.values() if not math.isnan(value)]
    yield row("verdict", "survived", sum(passed), **keys | {"n": len(passed)})


def _response_checks(
    cohort: Cohort, finding: _Finding, found: pd.DataFrame
) -> dict[str, float | None]:
    checks: dict[str, float | None] = {}
    tests = pick(found, analysis="response_robustness", statistic="p_value")
    gaps = pick(found, analysis="response_robustness", statistic="risk_difference")
    for level in [one for one in (FAILURE, EXCLUDED, SUCCESS) if one != main_level(cohort)]:
        test, gap = pick(tests, level=level), pick(gaps, level=level)
        if len(test):
            result = gap.iloc[0].copy()
            result["p_value"] = test.iloc[0]["p_value"]
            checks[f"not_evaluable_{level}"] = finding.by_p(result)
    index = pick(found, statistic="fragility")
    unknown = pick(found, statistic="not_evaluable")
    if len(index):
        turn, least = index.iloc[0]["estimate"], max(unknown.iloc[0]["estimate"], 1)
        checks["fragility"] = float(math.isnan(turn) or turn > least)
    return checks


def _survival_checks(
    cohort: Cohort, finding: _Finding, found: pd.DataFrame
) -> dict[str, float | None]:
    level = finding.level
    checks = {
        "specification": _specifications(finding, found),
        "bootstrap": _bootstrap(finding, pick(found, analysis="bootstrap", level=level)),
        "firth": _one(finding.by_p, pick(found, analysis="sparse", term="firth", level=level)),
        "leave_one_out": _nobody_decides(found, level),
        "landmark": _landmarks(finding, found, level, last_procedure(cohort)),
        "overlap": _weights(finding, found, "overlap"),
        "inverse": _weights(finding, found, "inverse"),
        "restricted": _restricted(finding, found),
    }
    if level == CRUDE:
        sparse = pick(found, analysis="sparse", term="likelihood", level=ADJUSTED)
        checks = {"adjustment": _one(finding.by_p, sparse)} | checks
        del checks["specification"]
    return checks


def _one(compare: Callable[[pd.Series], float], results: pd.DataFrame) -> float | None:
    """Compare with the single result there is; None if there is none."""
    return compare(results.iloc[0]) if len(results) else None


def _specifications(finding: _Finding, found: pd.DataFrame) -> float | None:
    curve = pick(found, analysis="specification")
    agree = [finding.by_p(result) for _, result in curve.iterrows()]
    agree = [value for value in agree if not math.isnan(value)]
    return float(100 * sum(agree) >= SHARE * len(agree)) if agree else None


def _bootstrap(finding: _Finding, found: pd.DataFrame) -> float | None:
    """Judge by the BCa limits, or by the percentiles where there is a doubt about them."""
    return _one(finding.by_limits, best_limits(found))


def _nobody_decides(found: pd.DataFrame, level: str) -> float | None:
    decides = pick(found, analysis="leave_one_out_summary", statistic="decides", level=level)
    if decides.empty:
        return None
    # where no model could be fitted, nobody was seen to decide and nobody not to
    return float(decides.iloc[0]["estimate"] == 0) if decides.iloc[0]["n"] else math.nan


def _landmarks(
    finding: _Finding, found: pd.DataFrame, level: str, last: float | None
) -> float | None:
    """Judge by the landmark of the last procedure; without one, by all landmarks.

    A landmark by which nobody was lost repeats the main analysis: it is no check.
    """
    results = pick(found, analysis="landmark", statistic="hr", term=level)
    lost = pick(found, analysis="landmark", statistic="lost").groupby("level")["estimate"].sum()
    results = results[(results["level"] != "0") & (results["level"].map(lost) != 0)]
    if last is not None:
        results = pick(results, level=f"{last:g}")
    same = [finding.by_p(result) for _, result in results.iterrows()]
    same = [value for value in same if not math.isnan(value)]
    return float(all(same)) if same else math.nan if len(lost) else None


def _weights(finding: _Finding, found: pd.DataFrame, kind: str) -> float | None:
    return _one(finding.by_limits, pick(found, analysis="weighting", statistic="hr", level=kind))


def _restricted(finding: _Finding, found: pd.DataFrame) -> float | None:
    """Judge by the difference of restricted means; longer survival is a hazard ratio below 1."""
    results = pick(found, analysis="restricted", term="rmst", statistic="difference")
    if results.empty:
        return None
    turned = results.iloc[0].copy()
    turned["estimate"] = -turned["estimate"]
    return finding.by_p(turned, null=0.0)


def _adjusted(cohort: Cohort, finding: _Finding, tests: pd.DataFrame) -> float | None:
    asked = cohort.study.robustness.p_adjustment
    if asked == "none" or (tests["statistic"] == "test").sum() < 2:
        return None
    keys = {name: finding.test[name] for name in ("term", "level", "endpoint", "population")}
    return _one(finding.by_p, pick(tests, statistic=ADJUSTMENTS[asked], **keys))

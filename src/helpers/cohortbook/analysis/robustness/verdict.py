"""Each finding of the main analysis beside the checks of it: the same contrast made otherwise.

A finding is one contrast with one test. The unadjusted hazard ratio is held against unadjusted
checks and the adjusted one against adjusted ones, both by Wald's test, and by the log-rank test
where there is no finite ratio (separation); a check that repeats the main analysis, has no
estimate, or could not come out otherwise, is shown with its result and not judged. The checks
depend on one another and are not counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from ...cohort.cohort import Cohort
from ...results import frame, pick, row
from ..cox import fit_model, hr_cells
from ..rules import AGREEING_SETS
from .bootstrap import best_limits
from .landmark import last_procedure
from .model import ADJUSTED, CRUDE, treatment_model
from .response import EXCLUDED, FAILURE, SUCCESS, main_level
from .tests import ADJUSTMENTS, COX, LOGRANK, RATE

KEEPS, SIDE, UNCLEAR, OPPOSITE, NEW = "keeps", "side", "unclear", "opposite", "new"
"""What a check makes of a finding: the same; its limits take in no effect, the estimate on the same
side or on the other; an effect on the other side; an effect where the finding has none."""

NOBODY_LOST = "nobody had the event by then: the same sets at risk as in the main analysis"
CANNOT_FAIL = "the P of the finding is not below the level before adjustment"
NO_ESTIMATE = "no estimate"
NOBODY_UNKNOWN = "no patient was not evaluable"


class Check(NamedTuple):
    """One check: its name, result, what it makes of the finding, and why it is not judged."""

    name: str
    result: pd.Series
    outcome: str = ""
    why: str = ""


@dataclass(frozen=True)
class _Finding:
    """A contrast of the main analysis: its effect (no effect at `null`) and side of the level."""

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

    def outcome(self, significant: bool, estimate: float, null: float | None = None) -> str:
        """Say what another result makes of this one; `null` is that result's value of no effect."""
        at = self.null if null is None else null
        own = self.test["estimate"]
        # separation: it has no finite side to compare
        same = math.isnan(own) or (estimate > at) == (own > self.null)
        if significant:
            return (KEEPS if same else OPPOSITE) if self.significant else NEW
        if not self.significant:
            return KEEPS
        return SIDE if same else UNCLEAR

    def by_p(self, name: str, result: pd.Series, null: float | None = None) -> Check:
        """Judge by a result's P."""
        if math.isnan(result["p_value"]) or math.isnan(result["estimate"]):
            return Check(name, result, why=str(result["note"]) or NO_ESTIMATE)
        low = bool(result["p_value"] < self.alpha)
        return Check(name, result, self.outcome(low, result["estimate"], null))

    def by_limits(self, name: str, result: pd.Series) -> Check:
        """Judge by whether a result's interval holds no effect."""
        low, high = result["conf_low"], result["conf_high"]
        if any(math.isnan(number) for number in (result["estimate"], low, high)):
            return Check(name, result, why=str(result["note"]) or NO_ESTIMATE)
        return Check(name, result, self.outcome(not low <= self.null <= high, result["estimate"]))


def verdict(cohort: Cohort, tests: pd.DataFrame, evidence: list[pd.DataFrame]) -> pd.DataFrame:
    """Hold each finding of the main analysis against the checks that were made of it.

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
        Tidy results, analysis "verdict", with the finding's term ("logrank" is the unadjusted
        hazard ratio), level and endpoint: `finding` (its estimate, limits and P; method = its test)
        and one `check` per check: group = its name (a landmark with its month), method = what it
        makes of the finding ("keeps", "side", "unclear", "opposite", "new"; "" = not judged, and
        `note` says why), estimate, limits and P of the check itself. The limits of the checks
        "specification" and "leave_one_out" are the smallest and largest of their refits; the
        estimate of "restricted" is a difference in months.
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
    keys = {name: test[name] for name in ("term", "level", "endpoint", "population")}
    # checks are of the ratio, by Wald's test: held against the log-rank P a check could differ by
    # its kind of test alone
    own = _by_wald(cohort, test) if test["term"] == LOGRANK else test
    finding = _Finding(own, 0.0 if test["term"] == RATE else 1.0, cohort.study.statistics.alpha)
    numbers = ("estimate", "conf_low", "conf_high", "p_value", "n", "n_events")
    yield row("verdict", "finding", method=own["method"], note=own["note"],
              **{name: own[name] for name in numbers}, **keys)  # fmt: skip
    made = _response_checks if test["term"] == RATE else _survival_checks
    part = (
        pick(found, term=test["level"])
        if test["term"] == RATE
        else pick(found, endpoint=test["endpoint"])
    )
    for check in [*made(cohort, finding, part), *_adjusted(cohort, finding, test, tests)]:
        found = {name: check.result.get(name, math.nan) for name in numbers}
        yield row("verdict", "check", group=check.name, method=check.outcome, note=check.why,
                  **found, **keys)  # fmt: skip


def _by_wald(cohort: Cohort, test: pd.Series) -> pd.Series:
    """Give the unadjusted hazard ratio with its own test, as its checks have.

    Where the ratio ran away it has no such test, and keeps that of the log-rank statistic.
    """
    model = treatment_model(cohort, test["endpoint"], CRUDE)
    cells = hr_cells(fit_model(cohort, model.data), model.arm)
    if math.isnan(cells.get("p_value", math.nan)):
        cells |= {"p_value": test["p_value"], "method": test["method"]}
    blank = dict.fromkeys(("estimate", "conf_low", "conf_high", "p_value"), math.nan)
    return pd.Series({**test, **blank, **cells})


def _response_checks(cohort: Cohort, finding: _Finding, found: pd.DataFrame) -> Iterator[Check]:
    tests = pick(found, analysis="response_robustness", statistic="p_value")
    gaps = pick(found, analysis="response_robustness", statistic="risk_difference")
    unknown = pick(found, statistic="not_evaluable")
    nobody = len(unknown) and not unknown["estimate"].sum()
    for level in [one for one in (FAILURE, EXCLUDED, SUCCESS) if one != main_level(cohort)]:
        test, gap = pick(tests, level=level), pick(gaps, level=level)
        if len(test):
            result = gap.iloc[0].copy()
            result["p_value"] = test.iloc[0]["p_value"]
            made = finding.by_p(f"not_evaluable_{level}", result)
            # it would repeat the finding, and look like support
            yield made._replace(outcome="", why=NOBODY_UNKNOWN) if nobody else made


def _survival_checks(cohort: Cohort, finding: _Finding, found: pd.DataFrame) -> Iterator[Check]:
    level = finding.level
    if level == CRUDE:
        for _, result in pick(
            found, analysis="sparse", term="likelihood", level=ADJUSTED
        ).iterrows():
            yield finding.by_p("adjustment", result)
    else:
        yield from _specifications(finding, found)
    for _, result in best_limits(pick(found, analysis="bootstrap", level=level)).iterrows():
        yield finding.by_limits("bootstrap", result)
    for _, result in pick(found, analysis="sparse", term="firth", level=level).iterrows():
        yield finding.by_p("firth", result)
    yield from _left_out(finding, found, level)
    yield from _landmarks(cohort, finding, found, level)
    if level == ADJUSTED:
        for kind in ("overlap", "inverse"):
            part = pick(found, analysis="weighting", statistic="hr", level=kind)
            for _, result in part.iterrows():
                yield finding.by_limits(kind, result)
    else:
        part = pick(found, analysis="restricted", term="rmst", statistic="difference")
        for _, result in part.iterrows():
            # longer survival is a hazard ratio below 1
            turned = result.copy()
            turned["estimate"] = -turned["estimate"]
            yield finding.by_p("restricted", turned, null=0.0)._replace(result=result)


def _specifications(finding: _Finding, found: pd.DataFrame) -> Iterator[Check]:
    curve = pick(found, analysis="specification")
    known = curve.dropna(subset=["p_value"])
    if curve.empty:
        return
    result = curve.iloc[0].copy()
    hr = known["estimate"]
    result[["estimate", "conf_low", "conf_high", "p_value"]] = (
        hr.median(),
        hr.min(),
        hr.max(),
        math.nan,
    )
    if known.empty:
        yield Check("specification", result, why=NO_ESTIMATE)
        return
    outcomes = [finding.by_p("", one).outcome for _, one in known.iterrows()]
    agree = 100 * outcomes.count(KEEPS) / len(outcomes)
    others = [one for one in outcomes if one != KEEPS]
    # sorted: of two outcomes that are as frequent the same one in every build
    most = max(sorted(set(others)), key=others.count) if others else KEEPS
    yield Check("specification", result, KEEPS if agree >= AGREEING_SETS else most)


def _left_out(finding: _Finding, found: pd.DataFrame, level: str) -> Iterator[Check]:
    part = pick(found, analysis="leave_one_out_summary", level=level)
    hr, decides = (pick(part, statistic=name) for name in ("hr_range", "decides"))
    if hr.empty or decides.empty:
        return
    result, decided = hr.iloc[0].copy(), decides.iloc[0]
    result["p_value"] = math.nan
    if not decided["n"]:
        # where no model could be fitted, nobody was seen to decide and nobody not to
        yield Check("leave_one_out", result, why=NO_ESTIMATE)
    elif decided["estimate"]:
        yield Check("leave_one_out", result, SIDE if finding.significant else NEW)
    else:
        yield Check("leave_one_out", result, KEEPS)


def _landmarks(
    cohort: Cohort, finding: _Finding, found: pd.DataFrame, level: str
) -> Iterator[Check]:
    """Judge each landmark by which somebody had the event; the others repeat the main analysis.

    Patients who leave follow-up before the first event after a landmark are in no set at risk.
    """
    part = pick(found, analysis="landmark", statistic="hr", term=level)
    start, last = pick(part, level="0"), last_procedure(cohort)
    for _, result in part.iterrows():
        if float(result["level"]) == 0:
            continue
        ends = last is not None and result["level"] == f"{last:g}"
        name = f"landmark_{result['level']}" + "_last" * ends
        if len(start) and _same_sets(cohort, result, start.iloc[0]):
            yield Check(name, result, why=NOBODY_LOST)
        else:
            yield finding.by_p(name, result)


def _same_sets(cohort: Cohort, result: pd.Series, start: pd.Series) -> bool:
    """Say whether a landmark left every set at risk as it was."""
    # who enters after the landmark is left out, and was in later sets
    same = cohort.study.entry is None or result["n"] == start["n"]
    return bool(same and result["n_events"] == start["n_events"])


def _adjusted(
    cohort: Cohort, finding: _Finding, test: pd.Series, tests: pd.DataFrame
) -> Iterator[Check]:
    """Hold the P of the test in the family of tests against itself, adjusted for their number."""
    asked = cohort.study.robustness.p_adjustment
    # a family of one is not adjusted
    if asked == "none" or (tests["statistic"] == "test").sum() < 2:
        return
    keys = {name: test[name] for name in ("term", "level", "endpoint", "population")}
    for _, result in pick(tests, statistic=ADJUSTMENTS[asked], **keys).iterrows():
        if math.isnan(result["p_value"]):
            continue
        if not test["p_value"] < finding.alpha:
            yield Check("multiplicity", result, why=CANNOT_FAIL)
        else:
            yield Check(
                "multiplicity", result, KEEPS if result["p_value"] < finding.alpha else SIDE
            )

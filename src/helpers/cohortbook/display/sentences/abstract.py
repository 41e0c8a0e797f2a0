"""What the abstract says of each analysis: one finding a sentence, short enough for a journal.

Limits stand with hazard ratios and differences, not with medians; tests have no names but the
log-rank; of the response rates the objective one is told. The results have the rest.
"""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...analysis.rules import FEW_EVENTS
from ...formats import markdown as md
from ...results import one, pick
from ...study.study import Study
from ..words import (
    arm,
    capital,
    hidden_share,
    listed,
    lower,
    p_equals,
    ratio_limits,
    significant,
)
from . import cox, response, safety
from . import survival as curves

IN_FULL = 2
"""Endpoints of which the abstract gives each adjusted hazard ratio; of more the others' unadjusted
ones are listed."""


def survival(results: pd.DataFrame, study: Study) -> dict[str, str]:
    """Give follow-up and the primary endpoint ("abstract_primary"), and the others, by name."""
    first, *others = sorted(study.endpoints, key=lambda key: key != study.primary_endpoint)
    if not study.compares:
        follow = curves.follow_up_of_everybody(results, study)
        medians = [curves.of_everybody(results, study, key) for key in (first, *others)]
        return {
            "abstract_primary": f"{medians[0]} {follow}",
            "abstract_others": " ".join(medians[1:]),
        }
    told = [_follow_up(results, study), _compared(results, study, first)]
    return {
        "abstract_primary": " ".join(filter(None, told)),
        "abstract_others": _ratios(results, study, others) if others else "",
    }


def _label(study: Study, key: str) -> str:
    return lower(md(study.endpoints[key].label))


def _follow_up(results: pd.DataFrame, study: Study) -> str:
    key = study.followed_endpoint
    found = pick(results, endpoint=key, population="all", statistic="follow_up")
    told = [
        f"{_months(own.iloc[0])} with {arm(study, code)}"
        for code in reversed(study.arm_codes)
        if len(own := found.loc[found["group"] == code, "estimate"])
    ]
    return f"Median follow-up was {listed(told)}." if told else ""


def _months(value: float) -> str:
    return "not reached" if pd.isna(value) else f"{formats.months(value)} months"


def _compared(results: pd.DataFrame, study: Study, endpoint: str) -> str:
    """Give the medians with their events, and then the unadjusted hazard ratio with its test."""
    found = curves.comparison(results, study, endpoint)
    if found is None:
        return curves.contrast(results, study, endpoint)
    label, p = _label(study, endpoint), p_equals(found.test["p_value"], study)
    arms = [
        f"{_months(row['estimate'])} with {arm(study, row['group'])}{events}"
        for row, events in found.arms
    ]
    medians = f"Median {label} was {listed(arms)}."
    ratio = found.ratio
    if pd.isna(ratio["estimate"]):
        return f"{medians} No hazard ratio for {label} could be estimated (log-rank {p})."
    return (
        f"{medians} Unadjusted, the hazard ratio was "
        f"{formats.ratio(ratio['estimate'])} ({ratio_limits(ratio, study)}; log-rank {p})."
    )


def _ratios(results: pd.DataFrame, study: Study, endpoints: list[str]) -> str:
    """List the unadjusted hazard ratios of several endpoints, and those that have none."""
    told, without = [], []
    for key in endpoints:
        found = curves.comparison(results, study, key)
        if found is None or pd.isna(found.ratio["estimate"]):
            without.append(_label(study, key))
            continue
        told.append(
            f"{formats.ratio(found.ratio['estimate'])} ({ratio_limits(found.ratio, study)}) for "
            f"{_label(study, key)}"
        )
    start = f"The unadjusted hazard ratio{'s were' if len(told) > 1 else ' was'} "
    parts = [f"{start}{listed(told)}."] if told else []
    if without:
        parts.append(f"No hazard ratio could be estimated for {listed(without)}.")
    return " ".join(parts)


def adjusted(results: pd.DataFrame, study: Study, endpoint: str) -> str:
    """Give the adjusted hazard ratio with what weakens it; "" where there is none."""
    if not study.compares or not study.covariates:
        return ""
    found, label = cox.of_treatment(results, study, endpoint), _label(study, endpoint)
    if pd.isna(found["estimate"]):
        return f"Adjusted for the covariates, no hazard ratio for {label} could be estimated."
    same = pick(results, endpoint=endpoint, statistic="hr_same_patients")
    whom = f" in {int(same.iloc[0]['n'])} patients with all covariates" if len(same) else ""
    doubts = [*_few(results, endpoint), *_not_proportional(found)]
    return (
        f"Adjusted, the hazard ratio for {label}{whom} was {formats.ratio(found['estimate'])} "
        f"({ratio_limits(found, study)}; {p_equals(found['p_value'], study)}"
        f"{_permuted(results, study, found)}){', with ' * bool(doubts)}{listed(doubts)}."
    )


def _few(results: pd.DataFrame, endpoint: str) -> list[str]:
    per = one(results, endpoint=endpoint, statistic="events_per_parameter")["estimate"]
    if pd.isna(per) or per >= FEW_EVENTS:
        return []
    return [f"only {formats.number(per, 1)} events per parameter"]


def _permuted(results: pd.DataFrame, study: Study, found: pd.Series) -> str:
    """Give the P by permutation where it lies on the other side of the level."""
    again = pick(results, endpoint=found["endpoint"], statistic="permutation")["p_value"].dropna()
    if again.empty or significant(again.iloc[0], study) == significant(found["p_value"], study):
        return ""
    return f", by permutation {p_equals(again.iloc[0], study)}"


def _not_proportional(found: pd.Series) -> list[str]:
    noted = cox.NOT_PROPORTIONAL in str(found["note"])
    return ["evidence against proportional hazards"] * noted


def rates(results: pd.DataFrame, study: Study) -> str:
    """Give the objective response rate, of a study of response alone the disease control rate too.

    With the difference of the arms, without the names of tests.
    """
    terms = ["ORR"] if study.endpoints else list(response.NAMES)
    return " ".join(response.rate(results, study, term, brief=True) for term in terms)


def harms(results: pd.DataFrame, study: Study) -> str:
    """Give the patients with severe events by arm, and with events above those grades."""
    told = [_harm(results, study, level) for level in ("severe", "above")]
    return " ".join(filter(None, told))


def _harm(results: pd.DataFrame, study: Study, level: str) -> str:
    rows = pick(results, term="any_term", level=level)
    if rows.empty:
        return ""
    counts = pick(rows, statistic="patients").set_index("group", drop=False)
    shares = [_share(counts.loc[code], study) for code in reversed(study.arm_codes)]
    known = pick(rows, statistic="p_value")["p_value"].dropna()
    p = f" ({p_equals(known.iloc[0], study)})" if len(known) else ""
    above = f"Adverse events above grade {study.adverse_events.highest_grade}"
    what = above if level == "above" else capital(_severe(study))
    return f"{what} occurred in {listed(shares)}{p}."


def _severe(study: Study) -> str:
    """Name severe events, of a table of some terms as those listed there."""
    some = "listed " * safety.counts_listed(study)
    return f"{some}adverse events of {study.adverse_events.severe_grades()}"


def _share(found: pd.Series, study: Study) -> str:
    with_arm = f" with {arm(study, found['group'])}" if study.compares else ""
    if hidden_share(found):
        return f"{hidden_share(found)}{with_arm}"
    share = formats.percent(found["estimate"], found["n"])
    return f"{int(found['estimate'])}/{int(found['n'])} ({share}%){with_arm}"


def harms_concluded(results: pd.DataFrame, study: Study) -> str:
    """Say in which arm severe events were more frequent, or that it is not known.

    "" where the arms are not compared, or a count is withheld.
    """
    rows = pick(results, term="any_term", level="severe")
    test, counts = pick(rows, statistic="p_value"), pick(rows, statistic="patients")
    if test.empty or counts["estimate"].isna().any():
        return ""
    if not counts["estimate"].sum():
        return f"No {_severe(study).replace('events', 'event')} occurred."
    found = significant(test.iloc[0]["p_value"], study)
    if not found:
        return f"Whether {_severe(study)} were more frequent in one arm remains open."
    share, other = (
        one(rows, statistic="percent", group=code)["estimate"]
        for code in (study.comparison_arm.code, study.reference_arm)
    )
    return (
        f"{capital(_severe(study))} were {'more' if share > other else 'less'} frequent with "
        f"{arm(study, study.comparison_arm.code)}."
    )

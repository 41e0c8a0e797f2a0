"""Sentences about survival."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from ... import formats
from ...formats import markdown as md
from ...results import mark_of, one, pick
from ...study.parts import Endpoint, Subgroup
from ...study.study import Study
from ..words import (
    arm,
    calls_significant,
    clauses,
    closing,
    everybody,
    hr,
    listed,
    lower,
    median,
    p_equals,
    ratio_limits,
    significant,
)
from . import competing, entry, follow_up


def overall(results: pd.DataFrame, study: Study) -> str:
    """Give the median of each endpoint in all patients, and the follow-up."""
    parts = [of_everybody(results, study, endpoint) for endpoint in study.endpoints]
    parts.append(follow_up_of_everybody(results, study))
    return " ".join(
        filter(
            None,
            [
                *parts,
                follow_up.completeness(results, study),
                competing.happened(results, study),
                entry.told(results, study),
            ],
        )
    )


def of_everybody(results: pd.DataFrame, study: Study, endpoint: str) -> str:
    """Give the median of an endpoint in all patients, with its events."""
    spec = study.endpoints[endpoint]
    found = one(results, endpoint=endpoint, population="all", group="overall", statistic="median")
    counts = _events_of(results[results["endpoint"] == endpoint], spec, "overall")
    return (
        f"Median {lower(md(spec.label))} of {_together(study)} was {median(found, study)}, with "
        f"{counts.strip(' ()')}."
    )


def _together(study: Study) -> str:
    """Name the patients of both arms as one group, where there are further arms."""
    return everybody(study) + ("" if study.all_arms == study.arms else " together")


def follow_up_of_everybody(results: pd.DataFrame, study: Study) -> str:
    """Give the median follow-up of all patients; for which endpoint where several differ."""
    key = study.followed_endpoint
    found = one(results, endpoint=key, population="all", group="overall", statistic="follow_up")
    of = (
        ""
        if key == study.death_endpoint or len(study.endpoints) == 1
        else f" for {_label(study, key)}"
    )
    whose = "" if study.all_arms == study.arms else f" of {_together(study)}"
    return f"Median follow-up{of}{whose} by reverse Kaplan-Meier was {median(found, study)}."


def by_arm(results: pd.DataFrame, study: Study, population: str = "all") -> str:
    """Compare the arms on each endpoint in one population; "" if there is one arm."""
    if not study.compares:
        return ""
    return " ".join(contrast(results, study, key, population) for key in study.endpoints)


def _label(study: Study, key: str) -> str:
    return lower(md(study.endpoints[key].label))


def subgroups(results: pd.DataFrame, study: Study) -> str:
    """Compare the arms within each subgroup, and warn against reading them one by one."""
    parts = [
        f"{_patients_of(group)}, {lower(by_arm(results, study, group.name))}"
        for group in study.subgroups
    ]
    tests = pick(results, statistic="interaction")
    known = [
        f"{lower(md(study.variables[r['term']].label))} "
        f"{p_equals(r['p_value'], study)} for {_label(study, r['endpoint'])}"
        for _, r in tests.dropna(subset=["p_value"]).iterrows()
    ]
    if known:
        parts.append(
            "Whether the hazard ratio differs between subgroups is asked by tests of interaction: "
            f"{clauses(known)}."
        )
    lost = [
        f"{lower(md(study.variables[r['term']].label))} for {_label(study, r['endpoint'])}"
        for _, r in tests[tests["p_value"].isna()].iterrows()
    ]
    if lost:
        parts.append(f"Interaction could not be tested with {listed(lost)}.")
    parts.append(
        "Subgroups are smaller than the whole; a difference seen in one and not in another is not "
        "evidence that the two differ."
    )
    return " ".join(parts)


def _patients_of(group: Subgroup) -> str:
    # a label with a colon, Sex: Female, is no phrase that follows "with"
    return f"In {'the subgroup' if ': ' in group.label else 'patients with'} {md(group.label)}"


def contrast(results: pd.DataFrame, study: Study, endpoint: str, population: str = "all") -> str:
    """Compare the arms on one endpoint in one population, or say why they are not compared."""
    part = pick(results, endpoint=endpoint, population=population)
    spec = study.endpoints[endpoint]
    if pick(part, statistic="median").empty:
        return f"{md(spec.label)} could not be estimated."
    label, arms = lower(md(spec.label)), _arms(part, study, spec)
    if empty := [code for code in study.arm_codes if not _events_of(part, spec, code)]:
        there = arms[1 if empty[0] == study.comparison_arm.code else 0]
        return f"Median {label} was {there}; there were no patients with {arm(study, empty[0])}."
    if population == "all" and _no_event(part):
        return _nothing_happened(part, spec, study)
    test, ratio = (one(part, group="difference", statistic=name) for name in ("logrank", "hr"))
    if ratio["note"] == formats.WITHHELD:
        return f"Median {label} was {arms[0]} against {arms[1]}; they are not compared."
    if population != "all":
        return _within(label, arms, ratio, study)
    return _compared(label, arms, test, ratio, study)


class Comparison(NamedTuple):
    """Of each arm its median and its events in words; the log-rank test and the hazard ratio."""

    arms: list[tuple[pd.Series, str]]
    test: pd.Series
    ratio: pd.Series


def comparison(results: pd.DataFrame, study: Study, endpoint: str) -> Comparison | None:
    """Give what compares the arms on an endpoint; None where `contrast` says that nothing does."""
    part, spec = pick(results, endpoint=endpoint, population="all"), study.endpoints[endpoint]
    if not all(_events_of(part, spec, code) for code in study.arm_codes) or _no_event(part):
        return None
    test, ratio = (one(part, group="difference", statistic=name) for name in ("logrank", "hr"))
    if ratio["note"] == formats.WITHHELD:
        return None
    arms = [
        (pick(part, statistic="median", group=code).iloc[0], _events_of(part, spec, code))
        for code in reversed(study.arm_codes)
    ]
    return Comparison(arms, test, ratio)


def _arms(part: pd.DataFrame, study: Study, spec: Endpoint) -> list[str]:
    return [
        f"{_median_of(part, study, code)} with {arm(study, code)}{_events_of(part, spec, code)}"
        for code in reversed(study.arm_codes)
    ]


def _no_event(part: pd.DataFrame) -> bool:
    """Say whether nobody had the event; a count that is withheld is not none."""
    events = pick(part, statistic="median")["n_events"]
    return bool(events.notna().all() and not events.sum())


def _within(label: str, arms: list[str], ratio: pd.Series, study: Study) -> str:
    """Compare the arms of a subgroup: by a test of interaction with others, not by its own P."""
    if calls_significant(study) or pd.isna(ratio["estimate"]):
        return f"Median {label} was {arms[0]} against {arms[1]} ({hr(ratio, study)})."
    return (
        f"The hazard ratio for {label} was {formats.ratio(ratio['estimate'])} "
        f"({ratio_limits(ratio, study)}), with medians of {arms[0]} and {arms[1]}."
    )


def _compared(label: str, arms: list[str], test: pd.Series, ratio: pd.Series, study: Study) -> str:
    end = closing("the difference", test["p_value"], study) + _though(test, ratio, study)
    if calls_significant(study) or pd.isna(ratio["estimate"]):
        return (
            f"Median {label} was {arms[0]} against {arms[1]} (log-rank "
            f"{p_equals(test['p_value'], study)}; {hr(ratio, study)}){end}."
        )
    return (
        f"The hazard ratio for {label}, {arm(study, study.comparison_arm.code)} against "
        f"{arm(study, study.reference_arm)}, was {formats.ratio(ratio['estimate'])} "
        f"({ratio_limits(ratio, study)}; log-rank {p_equals(test['p_value'], study)}), with "
        f"medians of {arms[0]} and {arms[1]}{end}."
    )


def _nothing_happened(part: pd.DataFrame, spec: Endpoint, study: Study) -> str:
    """Say of an endpoint whose event nobody had that there is nothing to compare."""
    followed = [
        f"{_patients(_count(pick(part, statistic='median', group=code).iloc[0], 'n'))} with "
        f"{arm(study, code)}"
        for code in reversed(study.arm_codes)
    ]
    return (
        f"None of {listed(followed)} had the event of {lower(md(spec.label))} "
        f"({md(spec.event_label)}), so the arms could not be compared for it."
    )


def _though(test: pd.Series, ratio: pd.Series, study: Study) -> str:
    """Say where the log-rank test and the interval of the ratio, of one level, do not agree."""
    found, limits = significant(test["p_value"], study), ratio[["conf_low", "conf_high"]]
    same_level = abs(1 - study.statistics.conf_level - study.statistics.alpha) < 1e-9
    if found is None or limits.isna().any() or not same_level:
        return ""
    holds_one = limits["conf_low"] <= 1 <= limits["conf_high"]
    if found != holds_one:
        return ""
    if not calls_significant(study):
        side = "excludes" if not holds_one else "includes"
        low = "below" if found else "not below"
        return (
            f"; the interval {side} one while the log-rank *P* is {low} "
            f"{formats.level(study.statistics.alpha)}"
        )
    does = "includes" if holds_one else "excludes"
    return f", though the interval of the hazard ratio {does} one"


def _count(found: pd.Series, column: str) -> str:
    mark = mark_of(found, column)
    return (
        "an unstated number of" if mark == formats.WITHHELD else formats.count(found[column], mark)
    )


def _events_of(part: pd.DataFrame, spec: Endpoint, code: str) -> str:
    """Give events and patients of an arm: (20 deaths in 31 patients)."""
    found = pick(part, statistic="median", group=code)
    if found.empty:
        return ""
    # of several populations all patients come first
    counts = [_count(found.iloc[0], name) for name in ("n_events", "n")]
    events = spec.event_label if counts[0] == "1" else spec.events_label
    return f" ({md(counts[0])} {md(events)} in {_patients(counts[1])})"


def _patients(count: str) -> str:
    return f"{md(count)} patient{'s' if count != '1' else ''}"


def _median_of(part: pd.DataFrame, study: Study, code: str) -> str:
    found = pick(part, statistic="median", group=code)
    return median(found.iloc[0], study) if len(found) else ""

"""Sentences about survival."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...formats import markdown as md
from ...results import mark_of, one, pick
from ...study.parts import Subgroup
from ...study.study import Study
from ..words import arm, hr, lower, median, p_equals, significant, verdict
from . import competing


def overall(results: pd.DataFrame, study: Study) -> str:
    """Give the median of each endpoint in all patients, and the follow-up."""
    parts = []
    for endpoint, spec in study.endpoints.items():
        found = one(
            results, endpoint=endpoint, population="all", group="overall", statistic="median"
        )
        parts.append(
            f"Median {lower(md(spec.label))} of all patients was {median(found, study)}, with "
            f"{md(_count(found, 'n_events'))} {md(spec.events_label)} in "
            f"{md(_count(found, 'n'))} patients."
        )
    key = "os" if "os" in study.endpoints else next(iter(study.endpoints))
    follow = one(results, endpoint=key, population="all", group="overall", statistic="follow_up")
    of = "" if key == "os" or len(parts) == 1 else f" for {lower(md(study.endpoints[key].label))}"
    parts.append(f"Median follow-up{of} by reverse Kaplan-Meier was {median(follow, study)}.")
    return " ".join(filter(None, [*parts, competing.happened(results, study)]))


def by_arm(results: pd.DataFrame, study: Study, population: str = "all") -> str:
    """Compare the arms on each endpoint in one population; "" if there is one arm."""
    if not study.compares:
        return ""
    return " ".join(_contrast(results, study, key, population) for key in study.endpoints)


def subgroups(results: pd.DataFrame, study: Study) -> str:
    """Compare the arms within each subgroup, and warn against reading them one by one."""
    parts = [
        f"{_patients_of(group)}, {lower(by_arm(results, study, group.name))}"
        for group in study.subgroups
    ]
    parts.append(
        "Subgroups are small and the tests in them are not adjusted for multiplicity; a difference "
        "seen in one subgroup and not in another is not evidence that the effect differs."
    )
    return " ".join(parts)


def _patients_of(group: Subgroup) -> str:
    # a label with a colon, Sex: Female, is no phrase that follows "with"
    return f"In {'the subgroup' if ': ' in group.label else 'patients with'} {md(group.label)}"


def _contrast(results: pd.DataFrame, study: Study, endpoint: str, population: str) -> str:
    part = pick(results, endpoint=endpoint, population=population)
    spec = study.endpoints[endpoint]
    if pick(part, statistic="median").empty:
        return f"{md(spec.label)} could not be estimated."
    arms = [
        f"{_median_of(part, study, code)} with {arm(study, code)}"
        for code in reversed(study.arm_codes)
    ]
    test, ratio = (one(part, group="difference", statistic=name) for name in ("logrank", "hr"))
    if ratio["note"] == formats.WITHHELD:
        return (
            f"Median {lower(md(spec.label))} was {arms[0]} against {arms[1]}; they are not "
            "compared."
        )
    return (
        f"Median {lower(md(spec.label))} was {arms[0]} against {arms[1]} (log-rank "
        f"{p_equals(test['p_value'], study)}; {hr(ratio, study)}); the difference "
        f"{verdict(test['p_value'], study)}{_though(test, ratio, study)}."
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
    does = "includes" if holds_one else "excludes"
    return f", though the interval of the hazard ratio {does} one"


def _count(found: pd.Series, column: str) -> str:
    mark = mark_of(found, column)
    return (
        "an unstated number of" if mark == formats.WITHHELD else formats.count(found[column], mark)
    )


def _median_of(part: pd.DataFrame, study: Study, code: str) -> str:
    found = pick(part, statistic="median", group=code)
    return median(found.iloc[0], study) if len(found) else "not estimable"

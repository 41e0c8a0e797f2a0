"""Follow-up and endpoints: medians, events, and the ratio of the arms without covariates."""

from __future__ import annotations

import pandas as pd

from .... import formats
from ....formats import markdown as md
from ....results import one, pick
from ....study.study import Study
from ...words import arm, capital, listed, lower, median, p_equals, ratio_limits
from .. import survival as curves


def survival(results: pd.DataFrame, study: Study) -> dict[str, str]:
    """Give follow-up and the primary endpoint ("abstract_primary"), and the others, by name.

    Of one arm also what the abstract concludes of the primary endpoint ("abstract_conclusion").
    """
    first, *others = sorted(study.endpoints, key=lambda key: key != study.primary_endpoint)
    if not study.compares:
        follow = curves.follow_up_of_everybody(results, study)
        medians = [curves.of_everybody(results, study, key) for key in (first, *others)]
        return {
            "abstract_primary": f"{medians[0]} {follow}",
            "abstract_others": " ".join(medians[1:]),
            "abstract_conclusion": _concluded(results, study, first),
        }
    told = [_follow_up(results, study), _compared(results, study, first)]
    return {
        "abstract_primary": " ".join(filter(None, told)),
        "abstract_others": _ratios(results, study, others) if others else "",
    }


def _concluded(results: pd.DataFrame, study: Study, endpoint: str) -> str:
    """Give the median of one arm with its limits; where it was not reached the last milestone.

    No milestone after the end of follow-up or without an interval, nor of an endpoint with
    competing events, which such an estimate takes for censored. "" where the number of events is
    withheld.
    """
    part = pick(results, endpoint=endpoint, population="all", group="overall")
    found, label = one(part, statistic="median"), _label(study, endpoint)
    event = md(study.endpoints[endpoint].event_label)
    if pd.isna(found["n_events"]):
        return ""
    if not found["n_events"]:
        return f"No patient had the event of {label} ({event}) during follow-up."
    if pd.notna(found["estimate"]):
        return f"Median {label} was {median(found, study)}."
    at = pick(part, statistic="survival")
    at = at[at["note"].eq("") & at["estimate"].between(0, 100, inclusive="neither")]
    if at.empty or study.endpoints[endpoint].competing:
        return f"Median {label} was {median(found, study)}."
    last = at.iloc[-1]
    conf = formats.conf_label(study.statistics.conf_level)
    limits = " to ".join(formats.percentage(last[f"conf_{end}"]) for end in ("low", "high"))
    return (
        f"{capital(label)} was {formats.percentage(last['estimate'])}% ({conf} {limits}) at "
        f"{last['level']} months; its median was not reached."
    )


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


def _label(study: Study, key: str) -> str:
    return lower(md(study.endpoints[key].label))

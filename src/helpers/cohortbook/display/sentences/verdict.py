"""Sentences about response, the number of tests, and how the findings fare under all checks."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...analysis.robustness.verdict import KEEPS, NEW, NO_ESTIMATE, OPPOSITE, SIDE, UNCLEAR
from ...formats import markdown as md
from ...results import one, pick
from ...study.study import Study
from ..words import (
    SAME,
    arm,
    below,
    calls_significant,
    clauses,
    counted,
    listed,
    lower,
    number_beside,
    p_equals,
    p_text,
    ratio_limits,
    ratio_side,
)
from .checks import (
    MULTIPLICITY,
    RATES,
    check_name,
    check_names,
    check_result,
    effect,
    finding_name,
    outcome,
)


def response(results: pd.DataFrame, study: Study) -> str:
    """Say whether the treatment of the not evaluable, or a few patients, decide the rates."""
    return " ".join(_rate(pick(results, term=term), name, study) for term, name in RATES.items())


def _rate(part: pd.DataFrame, name: str, study: Study) -> str:
    tests = pick(part, statistic="p_value")
    known = tests["p_value"].dropna()
    below_it = int((known < study.statistics.alpha).sum())
    unknown = pick(part, statistic="not_evaluable")["estimate"]
    if len(known) < 2 or not unknown.sum():
        text = f"The {name} was compared in one way only."
    elif below_it in (0, len(known)):
        kind = "significant" if below_it else "not significant"
        was = (
            f"was {kind}"
            if calls_significant(study)
            else f"had *P* {'' if below_it else 'not '}{below(study)}"
        )
        text = f"The difference in {name} {was} in whichever way"
        text += f" the patients not evaluable were counted ({_between(known, study)})."
    else:
        text = (
            f"Whether the difference in {name} {_was(study)} depended on how the patients "
            f"not evaluable were counted ({_between(known, study)})."
        )
    if _turns(part, study):
        text += " Its direction depended on how they were counted."
    return f"{text} {_fragility(one(part, statistic='fragility'), study)}".strip()


def _turns(part: pd.DataFrame, study: Study) -> bool:
    """Say whether two ways of counting have P below the level and differences of unlike sign."""
    p, gap = (
        pick(part, statistic=name).set_index("level")["estimate"]
        for name in ("p_value", "risk_difference")
    )
    clear = gap[p.index][p < study.statistics.alpha]
    return bool((clear > 0).any() and (clear < 0).any())


def _was(study: Study) -> str:
    return "was significant" if calls_significant(study) else f"had *P* {below(study)}"


def _between(known: pd.Series, study: Study) -> str:
    """Print the span of several P values, between 0.029 and 0.034, or what all print alike."""
    low, high = (p_text(value, study) for value in (known.min(), known.max()))
    return f"*P* between {low} and {high}" if low != high else p_equals(known.min(), study)


def _fragility(found: pd.Series, study: Study) -> str:
    if pd.isna(found["estimate"]):
        return ""
    return (
        f"By Fisher's exact test {counted(int(found['estimate']), 'patient')} with the other "
        f"outcome would have moved its *P* across {formats.level(study.statistics.alpha)}."
    )


def adjustment(study: Study) -> str:
    """Say what stands beside the *P* values of all tests; nothing if they are not adjusted."""
    if study.robustness.p_adjustment == "none":
        return ""
    return "Each *P* value is given before and after adjustment for their number."


def multiplicity(results: pd.DataFrame, study: Study) -> str:
    """Say which tests stay significant after adjustment for their number."""
    asked, alpha = study.robustness.p_adjustment, study.statistics.alpha
    tests = pick(results, statistic="test")
    before = int((tests["p_value"] < alpha).sum())
    made = int(tests["p_value"].notna().sum())
    text = (
        f"Of {counted(made, 'test')} of the main analysis, "
        f"{number_beside(before, made)} had a *P* value {below(study)}"
    )
    if asked == "none":
        return f"{text}."
    after = pick(results, statistic=asked.replace("-", "_"))
    kept = after[after["p_value"] < alpha]
    names = [md(finding_name(test, study)) for _, test in kept.iterrows()]
    named = f": {listed(names)}" if names else ""
    return (
        f"{text}, and {number_beside(len(kept), made)} after adjustment by "
        f"{MULTIPLICITY[asked]}'s method{named}."
    )


def findings(results: pd.DataFrame, study: Study) -> dict[str, str]:
    """Say what the checks make of the findings of the primary endpoint, and draw the conclusion."""
    return {"verdict": verdicts(results, study), "conclusion": conclusion(results, study)}


def verdicts(results: pd.DataFrame, study: Study) -> str:
    """Tell each finding of the primary endpoint (or of response) under its checks.

    What differs from the main analysis is named with its result; what was not judged with its
    result and the rule. Nothing is counted up: the checks depend on one another.
    """
    told = [
        _finding(found, results, study)
        for _, found in pick(results, statistic="finding").iterrows()
        if found["endpoint"] == study.primary_endpoint
    ]
    if told or study.primary_endpoint not in study.endpoints:
        return " ".join(told) or "No finding of the main analysis could be put to a check."
    label = lower(md(study.endpoints[study.primary_endpoint].label))
    return f"No hazard ratio for {label} could be put to a check."


def _checks_of(found: pd.Series, results: pd.DataFrame) -> pd.DataFrame:
    keys = {name: found[name] for name in ("term", "level", "endpoint", "population")}
    return pick(results, statistic="check", **keys)


def _finding(found: pd.Series, results: pd.DataFrame, study: Study) -> str:
    checks = _checks_of(found, results)
    judged = checks[checks["method"] != ""]
    name = f"The {KINDS.get(found['term'], 'difference in')}{_of_what(found, study)}"
    shown = (
        f"without a finite estimate (log-rank {p_equals(found['p_value'], study)})"
        if pd.isna(found["estimate"])
        else md(effect(found))
    )
    value = f"{name}, {shown}"
    if judged.empty:
        left = _left(checks, study)
        return f"{value}, was put to no check that could have come out otherwise.{left}"
    differ = judged[judged["method"] != KEEPS]
    agree = check_names(list(judged.loc[judged["method"] == KEEPS, "group"]))
    parts = []
    if agree:
        all_of = "each of its checks: " if differ.empty and len(agree) > 1 else ""
        parts.append(f"came out alike under {all_of}{listed(agree)}")
    if len(differ):
        named = [f"{check_name(r['group'])} ({check_result(r, study, inside=True)}: {outcome(r)})"
                 for _, r in differ.iterrows()]  # fmt: skip
        parts.append(f"differed under {clauses(named)}")
    return f"{value}, {'; it '.join(parts)}.{_left(checks, study)}"


def _left(checks: pd.DataFrame, study: Study) -> str:
    """Name the checks that are not judged with result and reason, those of one result together."""
    left = checks[checks["method"] == ""]
    if left.empty:
        return ""
    told = []
    for why, rows in left.groupby("note", sort=False):
        alike: dict[str, list[str]] = {}
        for _, check in rows.iterrows():
            alike.setdefault(check_result(check, study, inside=True), []).append(check["group"])
        names = []
        for result, keys in alike.items():
            each = "each " if len(keys) > 1 and result != NO_ESTIMATE else ""
            names.append(f"{listed(check_names(keys))} ({each}{result})")
        told.append(f"{clauses(names)}, as {_because(why)}")
    return f" Not judged: {clauses(told)}."


def _because(why: str) -> str:
    if why == NO_ESTIMATE:
        return f"there was {why}"
    if why.lower().startswith("no patients"):
        return "there were no patients"
    told = lower(md(why.replace(":", ",", 1)))
    return f"there was {told}" if told.startswith("no finite estimate") else told


KINDS = {"logrank": "unadjusted hazard ratio", "cox": "adjusted hazard ratio"}


def _of_what(found: pd.Series, study: Study) -> str:
    if found["term"] == "rate":
        return f" {RATES[found['level']]}"
    return " for " + lower(md(study.endpoints[found["endpoint"]].label))


def _no_ratio(found: pd.DataFrame, results: pd.DataFrame, study: Study) -> str:
    """Say of a primary endpoint without a hazard ratio what can be said of it."""
    label = lower(md(study.endpoints[study.primary_endpoint].label))
    tested = found.dropna(subset=["p_value"])
    if tested.empty:
        return f"The arms could not be compared for {label}: no hazard ratio could be estimated."
    p = p_equals(tested.iloc[0]["p_value"], study)
    firth = _checks_of(tested.iloc[0], results)
    firth = firth[firth["group"] == "firth"].dropna(subset=["estimate"])
    penalised = "".join(
        f"; Firth's penalised hazard ratio, {arm(study, study.comparison_arm.code)} against "
        f"{arm(study, study.reference_arm)}, was {formats.ratio(r['estimate'])}, "
        f"{ratio_limits(r, study)}"
        for _, r in firth.iterrows()
    )
    return (
        f"No finite hazard ratio could be estimated for {label}, as all events were on one side "
        f"(log-rank {p}){penalised}."
    )


def _rates(found: pd.DataFrame, study: Study) -> str:
    """Give the differences of the response rates, where the study has no other endpoint."""
    arms = f"{arm(study, study.comparison_arm.code)} minus {arm(study, study.reference_arm)}"
    told = [
        f"{md(effect(rate))} for the {RATES[rate['level']]}"
        for _, rate in found.dropna(subset=["estimate"]).iterrows()
    ]
    return f"The difference ({arms}) was {listed(told)}." if told else ""


def _crude_otherwise(found: pd.DataFrame, side: str, study: Study) -> str:
    """Give the unadjusted ratio beside the adjusted one where it lies on the other side of one."""
    crude = found[found["term"] == "logrank"]
    if len(found) < 2 or crude.empty or ratio_side(crude.iloc[0]["estimate"]) == side:
        return ""
    first = crude.iloc[0]
    return (
        f"; without adjustment it was {ratio_side(first['estimate'])}, hazard ratio "
        f"{formats.ratio(first['estimate'])}, {ratio_limits(first, study)}"
    )


def conclusion(results: pd.DataFrame, study: Study) -> str:
    """Give direction, size and robustness of the primary endpoint's finding in a sentence or two.

    The adjusted hazard ratio where there is one, otherwise the unadjusted one.
    """
    found = pick(results, statistic="finding", endpoint=study.primary_endpoint)
    if not study.endpoints:
        return _rates(found, study)
    found = found[found["term"] != "rate"]
    if study.primary_endpoint in study.endpoints and found["estimate"].isna().all():
        return _no_ratio(found, results, study)
    found = found.dropna(subset=["estimate", "conf_low", "conf_high"])
    if found.empty:
        return ""
    best = found.iloc[-1]
    side = ratio_side(best["estimate"])
    than = "as" if side == SAME else "than"
    arms = f"{arm(study, study.comparison_arm.code)} {than} with {arm(study, study.reference_arm)}"
    event = md(study.endpoints[best["endpoint"]].event_label)
    inside = bool(best["conf_low"] <= 1 <= best["conf_high"])
    start = (
        f"The {'estimated ' * inside}hazard of {event} was {side} with {arms} "
        f"({KINDS[best['term']]} {formats.ratio(best['estimate'])}, {ratio_limits(best, study)}"
        f"{_crude_otherwise(found, side, study)})"
    )
    doubt = "; the interval takes in no difference and differences in both directions" * inside
    checks = _checks_of(best, results)
    judged = checks[checks["method"] != ""]
    if judged.empty:
        return f"{start}{doubt}. No check of it could have come out otherwise."
    return f"{start}{doubt}. {_robustness(judged, inside)}."


OTHERWISE = {
    (SIDE, UNCLEAR): "was less certain",
    (OPPOSITE,): "was turned round",
    (NEW,): "was less uncertain",
}
"""What checks that differ from the main analysis make of its finding, by their outcomes."""


def _robustness(judged: pd.DataFrame, uncertain: bool) -> str:
    """Say under which checks a finding came out otherwise, and how."""
    told = [
        f"{was} under {listed(check_names(list(under)))}"
        for methods, was in OTHERWISE.items()
        if len(under := judged.loc[judged["method"].isin(methods), "group"])
    ]
    same = "was as uncertain" if uncertain else "held"
    return f"It {'; it '.join(told) or f'{same} under each check that was judged'}"

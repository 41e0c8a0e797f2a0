"""Sentences about safety."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...formats import markdown as md
from ...results import one, pick
from ...study.study import Study
from ..words import arm, below, capital, counted, hidden_share, listed, lower, number_word, p_equals


def summary(results: pd.DataFrame, study: Study, brief: bool = False) -> str:
    """Give patients with any and with severe events by arm, and the terms that differ.

    `brief`: without the terms.
    """
    spec = study.adverse_events
    parts = []
    whole = (
        "any of the adverse events in the table" if counts_listed(study) else "any adverse event"
    )
    levels = {
        "any": whole,
        "severe": f"one of {spec.severe_grades()}",
        "above": f"an event above grade {spec.highest_grade}",
    }
    for level, name in levels.items():
        if pick(results, level=level).empty:
            continue
        shares = [_share(results, study, code, "any_term", level) for code in study.arm_codes]
        parts.append(f"{name} occurred in {listed(shares)}")
    had = f"{capital('; '.join(parts))}."
    return had if brief or not study.compares else f"{had} {compared(results, study)}"


def compared(results: pd.DataFrame, study: Study) -> str:
    """Say which terms differ between the arms, and what such comparisons are worth."""
    return (
        f"{_differences(results, study)} "
        "Safety comparisons are descriptive: they are many, small and not adjusted."
    )


def counts_listed(study: Study) -> bool:
    """Say whether the table holds some of the events only."""
    return bool(study.adverse_events.other_terms)


def common(results: pd.DataFrame, study: Study, how_many: int = 2) -> str:
    """Name the most frequent terms of each arm."""
    parts = []
    for code in study.arm_codes:
        found = pick(results, statistic="patients", level="any", group=code)
        if (found["note"] == formats.WITHHELD).any():
            return ""  # one that is not shown may be the most frequent
        found = found[(found["term"] != "any_term") & (found["estimate"] > 0)]
        found = found.sort_values("estimate", ascending=False, kind="stable").head(how_many)
        terms = [
            f"{lower(md(r.term))} ({formats.percent(r.estimate, r.n)}%)" for r in found.itertuples()
        ]
        with_arm = f" with {arm(study, code)}" if study.compares else ""
        parts.append(f"{listed(terms) or 'none'}{with_arm}")
    of_table = " of the table" if counts_listed(study) else ""
    return f"The most frequent{of_table} were {'; '.join(parts)}."


def discontinuation(results: pd.DataFrame, study: Study) -> str:
    """Give each reason for stopping treatment by arm."""
    parts = []
    for reason in study.discontinuation.reasons:
        shares = [_share(results, study, code, reason.code, "") for code in study.arm_codes]
        parts.append(f"for {lower(md(reason.printed))} in {listed(shares)}")
    return f"Treatment was stopped for good {'; '.join(parts)}."


def procedure(results: pd.DataFrame, study: Study) -> str:
    """Count patients with events in each window after the procedure."""
    spec, parts = study.adverse_events, []
    for window in spec.windows:
        found = pick(results, level=window.name, statistic="patients")
        found = found[found["estimate"] != 0]
        terms = [
            f"{lower(md(r['term']))} in {hidden_share(r) or int(r['estimate'])}"
            for _, r in found.iterrows()
        ]
        parts.append(f"{lower(md(window.label))}, {listed(terms) or 'none'}")
    severe = pick(results, statistic="highest_grade")["estimate"].max()
    worst = "" if pd.isna(severe) else f" The highest grade was {int(severe)}."
    return (
        f"Counted by patients, events related to the {md(spec.procedure_label)} were: "
        f"{'; '.join(parts)}.{worst}"
    )


def _share(results: pd.DataFrame, study: Study, code: str, term: str, level: str) -> str:
    found = one(results, statistic="patients", term=term, level=level, group=code)
    with_arm = f" with {arm(study, code)}" if study.compares else ""
    if hidden_share(found):
        return f"{hidden_share(found)}{with_arm}"
    share = formats.percent(found["estimate"], found["n"])
    return f"{int(found['estimate'])}/{int(found['n'])} ({share}%){with_arm}"


def _differences(results: pd.DataFrame, study: Study) -> str:
    tests = pick(results, statistic="p_value")
    tests = tests[tests["term"] != "any_term"].dropna(subset=["p_value"])
    low = tests[tests["p_value"] < study.statistics.alpha]
    text = f"Of {counted(len(tests), 'comparison')} by term and grade, "
    text += f"{number_word(len(low))} had a *P* value {below(study)}"
    if low.empty:
        return text + "."
    spec = study.adverse_events
    grades = spec.severe_grades()
    names = [
        f"{lower(md(r.term))}, "
        + ("any grade" if r.level == "any" else grades)
        + f" ({p_equals(r.p_value, study)})"
        for r in low.itertuples()
    ]
    return f"{text}: {listed(names)}."

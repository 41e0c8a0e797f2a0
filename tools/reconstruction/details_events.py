"""Adverse events with the counts of Table V: who had which, when, how severe, from what."""

from __future__ import annotations

import numpy as np
import pandas as pd

from . import details_counts as paper

# What made patients stop for toxicity: one of these each, grade 3, or grade 2 and intolerable.
CAUSES = {
    "ICI": [
        ("Hyperbilirubinemia", 3),
        ("Pneumonitis", 2),
        ("Hyperbilirubinemia", 3),
        ("Pneumonitis", 2),
        ("Rash", 2),
    ],
    "MWA+ICI": [("Transaminitis", 3), ("Pneumonitis", 2), ("Hyperbilirubinemia", 3)],
}
# Combination arm: term -> (patients whose event followed the ablation, hours after it)
AFTER_ABLATION = {
    "Transaminitis": (5, (14, 70)),
    "Hyperbilirubinemia": (8, (26, 200)),
    "Fever": (3, (3, 40)),
}
PAIN_PATIENTS, PAIN_HOURS = 9, (1, 60)
LATE_TERMS = {"Hypothyroidism": 60, "Hyperthyroidism": 40, "Pneumonitis": 30}  # usual first day
LASTING = {"Hypothyroidism"}  # goes on under replacement
REPEATED = 4  # patients in whom one term came back
COLUMNS = [
    "patient_id",
    "ae_term",
    "ctcae_grade",
    "onset_day",
    "relation",
    "hours_after_procedure",
    "resolved_day",
]


def events(patients: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Give the adverse-event table: one row an event, days counted from the start of treatment."""
    rows = [
        event
        for arm in paper.ARMS
        for event in _arm_events(patients[patients["arm"] == arm], arm, rng)
    ]
    rows += _repeats(rows, patients, rng)
    table = pd.DataFrame(rows, columns=COLUMNS)
    table = table.sort_values(["patient_id", "onset_day", "ae_term"], ignore_index=True)
    return table.astype({"hours_after_procedure": "Int64", "resolved_day": "Int64"})


def last_day(row: pd.Series) -> int:
    """Give the last day on which an adverse event counts."""
    return min(
        paper.in_days(row["os_months"]), paper.in_days(row["treatment_months"]) + paper.SAFETY_DAYS
    )


def _arm_events(arm_patients: pd.DataFrame, arm: str, rng: np.random.Generator) -> list[list]:
    stopped = arm_patients.index[arm_patients["discontinuation_reason"] == "toxicity"]
    causes = dict(zip(stopped, CAUSES[arm], strict=True))
    result = []
    for term, (any_grade, severe) in paper.TABLE_5.items():
        forced = [i for i, cause in causes.items() if cause[0] == term]
        chosen = _choose(arm_patients, term, paper.by_arm(any_grade, arm), forced, rng)
        grave = [i for i in forced if causes[i][1] >= 3]
        able = [i for i in chosen if i in grave or i not in forced]
        grave = _sample(able, paper.by_arm(severe, arm), grave, rng)
        after = _after_ablation(arm, term, [i for i in chosen if i not in forced], rng)
        for i in chosen:
            row = arm_patients.loc[i]
            mild = 2 if i in forced else int(rng.choice([1, 2], p=[0.65, 0.35]))
            grade = (4 if i == grave[-1] and len(grave) > 4 else 3) if i in grave else mild
            make = _cause if i in forced else _after if i in after else _during
            result.append(make(row, term, grade, rng))
    if arm == "MWA+ICI":
        for i in _sample(list(arm_patients.index), PAIN_PATIENTS, [], rng):
            grade = int(rng.choice([1, 2], p=[0.7, 0.3]))
            result.append(_after(arm_patients.loc[i], paper.PAIN, grade, rng))
    return result


def _choose(
    rows: pd.DataFrame, term: str, count: int, forced: list, rng: np.random.Generator
) -> list:
    """Choose the patients of a term; raised bilirubin follows high baseline, late terms time."""
    weight = pd.Series(1.0, index=rows.index)
    if term == "Hyperbilirubinemia":
        weight[rows["bilirubin_umol_l"] > 20] = 2.0
    if term in LATE_TERMS:
        weight[rows.apply(last_day, axis=1) < LATE_TERMS[term] + 10] = 0.05
    return _sample(list(rows.index), count, forced, rng, weight)


def _sample(
    pool: list, count: int, forced: list, rng: np.random.Generator, weight: pd.Series | None = None
) -> list:
    """Draw without replacement, the forced ones included; sorted."""
    free = [i for i in pool if i not in forced]
    p = None if weight is None else (weight[free] / weight[free].sum()).to_numpy()
    drawn = rng.choice(len(free), count - len(forced), replace=False, p=p) if free else []
    return sorted([*forced, *(free[k] for k in drawn)])


def _after_ablation(arm: str, term: str, pool: list, rng: np.random.Generator) -> list:
    if arm != "MWA+ICI" or term not in AFTER_ABLATION:
        return []
    return _sample(pool, min(AFTER_ABLATION[term][0], len(pool)), [], rng)


def _event(
    row: pd.Series, what: tuple[str, int], onset: int, lasts: int, hours: int | None = None
) -> list:
    """Make one row of a term and grade; what outlasts follow-up has no day of resolution."""
    term, grade = what
    end: int | None = onset + lasts
    if term in LASTING or end > paper.in_days(row["os_months"]):
        end = None
    relation = "treatment" if hours is None else "procedure"
    return [row["patient_id"], term, grade, onset, relation, hours, end]


def _during(row: pd.Series, term: str, grade: int, rng: np.random.Generator) -> list:
    """An event some weeks into treatment."""
    window, first = last_day(row), LATE_TERMS.get(term, 3)
    onset = first + int(rng.exponential(45))
    if onset > window:
        onset = int(rng.integers(min(first, window), window + 1))
    return _event(row, (term, grade), onset, 5 + int(rng.exponential(8 + 6 * grade)))


def _cause(row: pd.Series, term: str, grade: int, rng: np.random.Generator) -> list:
    """The event for which treatment was stopped, in its last three weeks."""
    stop = paper.in_days(row["treatment_months"])
    onset = max(1, stop - int(rng.integers(2, 21)))
    return _event(row, (term, grade), onset, 21 + int(rng.exponential(20)))


def _after(row: pd.Series, term: str, grade: int, rng: np.random.Generator) -> list:
    """An event of the ablation: it comes within hours or days and passes within days."""
    low, high = AFTER_ABLATION[term][1] if term in AFTER_ABLATION else PAIN_HOURS
    hours = int(rng.integers(low, high))
    onset = paper.in_days(row["ablation_months"]) + hours // 24
    lasts = int(rng.integers(1, 5)) if term in ("Fever", paper.PAIN) else int(rng.integers(5, 20))
    return _event(row, (term, grade), onset, lasts, hours)


def _repeats(rows: list[list], patients: pd.DataFrame, rng: np.random.Generator) -> list[list]:
    """Let a few resolved events come back in the same patient, no worse than before."""
    by_id = patients.set_index("patient_id", drop=False)
    able = [
        event
        for event in rows
        if event[1] in ("Diarrhea", "Rash", "Pruritus")
        and event[6] is not None
        and last_day(by_id.loc[event[0]]) > event[6] + 40
    ]
    drawn = rng.choice(len(able), min(REPEATED, len(able)), replace=False)
    return [
        _event(
            by_id.loc[able[k][0]],
            (able[k][1], 1),
            able[k][6] + int(rng.integers(7, 40)),
            int(rng.integers(4, 20)),
        )
        for k in sorted(drawn)
    ]

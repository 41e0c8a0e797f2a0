"""Safety: patients with adverse events by term and grade, discontinuation, procedure windows."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ..cohort.cohort import Cohort
from ..results import frame, row
from ..stats.tables import fisher_exact

ANY, SEVERE, ABOVE = "any", "severe", "above"
ANY_TERM = "any_term"


def safety(cohort: Cohort) -> pd.DataFrame:
    """Count patients with each adverse event and compare the arms by Fisher's exact test.

    A patient counts once a term, at the highest grade. Every patient of the arm is in the
    denominator.

    Returns
    -------
    DataFrame
        Tidy results, analysis "safety": for each term (and "any_term") and level "any" or
        "severe": `patients` (count; `n` = denominator) and `percent` per arm, and `p_value`
        (group "difference"). No P where nobody had the event. Where a grade lies above those
        called severe, "any_term" has the level "above" too: who had such an event of any term.
    """
    spec = cohort.study.adverse_events
    main = spec.terms or sorted(cohort.adverse_events[spec.term].dropna().unique())
    events = cohort.adverse_events[cohort.adverse_events[spec.term].isin(main)]
    rows: list[dict] = []
    # who had any of the terms is who is counted in one of their rows, at each grade
    anybody: dict[str, set] = {ANY: set(), SEVERE: set()}
    for term in main:
        # patients, not events: one with five episodes is one, at the highest grade
        worst = events[events[spec.term] == term].groupby("patient_id")[spec.grade].max()
        # where grades 3 to 4 are called severe, a death from the event is above them, and told
        # apart
        severe = worst[worst.between(spec.severe_grade, spec.highest_grade)]
        for level, who in ((ANY, set(worst.index)), (SEVERE, set(severe.index))):
            anybody[level] |= who
            rows += _counts(cohort, "safety", term, level, who)
    for level, who in anybody.items():
        rows += _counts(cohort, "safety", ANY_TERM, level, who)
    every = cohort.adverse_events
    above = every.loc[every[spec.grade] > spec.highest_grade, "patient_id"]
    if len(above):
        rows += _counts(cohort, "safety", ANY_TERM, ABOVE, set(above))
    return frame(rows)


def discontinuation(cohort: Cohort) -> pd.DataFrame:
    """Count patients by the reason for which treatment was stopped (analysis "discontinuation")."""
    spec = cohort.study.discontinuation
    rows: list[dict] = []
    for reason in spec.reasons:
        stopped = cohort.patients.loc[cohort.patients[spec.column] == reason.code, "patient_id"]
        rows += _counts(cohort, "discontinuation", reason.code, "", set(stopped))
    return frame(rows)


def procedure_events(cohort: Cohort) -> pd.DataFrame:
    """Count patients with procedure-related events by time window (analysis "procedure").

    Only the arm that had the procedure; hours are counted from the procedure, and the upper
    limit of a window is inside it.
    """
    spec = cohort.study.adverse_events
    events = cohort.adverse_events.dropna(subset=[spec.procedure_hours])
    n, rows = cohort.n_by_arm[spec.procedure_arm], []
    for term in dict.fromkeys(events[spec.term]):
        for window in spec.windows:
            hours = events[spec.procedure_hours]
            inside = events[
                (events[spec.term] == term) & (hours > window.after) & (hours <= window.until)
            ]
            keys = {"term": term, "level": window.name, "group": spec.procedure_arm, "n": n}
            count = inside["patient_id"].nunique()
            rows.append(row("procedure", "patients", count, **keys))
            rows.append(row("procedure", "percent", 100 * count / n if n else float("nan"), **keys))
            worst = inside[spec.grade].max()
            rows.append(row("procedure", "highest_grade", worst, **keys))
    return frame(rows)


def _counts(cohort: Cohort, analysis: str, term: str, level: str, who: set) -> Iterator[dict]:
    keys, table = {"term": term, "level": level}, []
    for arm, n in cohort.n_by_arm.items():
        in_arm = cohort.patients.loc[cohort.patients["arm"] == arm, "patient_id"]
        count = int(in_arm.isin(who).sum())
        table.append([count, n - count])
        yield row(analysis, "patients", count, group=arm, n=n, **keys)
        share = 100 * count / n if n else float("nan")
        yield row(analysis, "percent", share, group=arm, n=n, **keys)
    if not cohort.study.compares:
        return
    # Fisher's throughout: most terms are rare, and one table with two tests is hard to read
    test = fisher_exact(table)
    p_value = test.p_value if sum(count for count, _ in table) else float("nan")
    yield row(
        analysis,
        "p_value",
        p_value,
        group="difference",
        p_value=p_value,
        method=test.method,
        note=test.note,
        **keys,
    )

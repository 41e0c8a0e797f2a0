"""What harm came with the treatments, and who stopped them."""

from __future__ import annotations

from collections.abc import Sequence

from ..analysis import safety as analysis
from ..cohort.cohort import Cohort
from ..display.sentences import safety as sentences
from ..display.sentences.abstract import harms as abstract
from ..display.tables.safety import discontinuation_table, procedure_table, safety_table
from .given import require, takes
from .result import Result, shown


@takes("id by events term grade", needed="events", section="safety")
def safety(
    cohort: Cohort,
    *,
    terms: Sequence[str] | None = None,
    severe_grade: int | None = None,
) -> Result:
    """Count patients with each adverse event, any grade and severe, and compare the arms.

    A patient counts once a term, at the highest grade; everybody in the arm is in the denominator.

    Doors: `.table()`, `.figure()`, `.sentence()` (parts "counts", "compared", "common",
    "abstract_harms", "abstract_conclusion").

    >>> from cohortbook import load_cohort, safety
    >>> found = safety(load_cohort("data/wei2026"), terms=["Rash"]).frame
    >>> found.query("term == 'Rash' and level == 'any' and statistic == 'patients'").n.tolist()
    [31.0, 21.0]

    Returns
    -------
    Result
        `.frame`, analysis "safety": `patients` (n = denominator) and `percent` (0 to 100) by arm,
        `p_value` of Fisher's exact test of all arms, two-sided. Grades 1 to 5; level "severe" is
        from the lowest grade called so to the highest.

    Source
    ------
    CTCAE (National Cancer Institute). R: `fisher.test`.
    """
    from ..display.figures.safety import safety_butterfly_figure

    cohort = cohort.choose(terms=terms, severe_grade=severe_grade)
    all_arms = cohort.of_all_arms
    study, results = all_arms.study, shown(analysis.safety(all_arms), cohort)
    return Result(
        "safety",
        cohort,
        results,
        tables=lambda: safety_table(results, study, all_arms.n_by_arm),
        figures=lambda: safety_butterfly_figure(results, study),
        sentences=lambda: {
            "counts": sentences.summary(results, study, brief=True),
            "compared": sentences.compared(results, study) if study.compares else "",
            "common": sentences.common(results, study),
            "abstract_harms": abstract.harms(results, study),
            "abstract_conclusion": abstract.harms_concluded(results, study),
        },
    )


@takes("reason by", needed="reason")
def discontinuation(cohort: Cohort) -> Result:
    """Count patients by the reason for which treatment was stopped for good.

    Doors: `.table()`, `.figure()`, `.sentence()` (part "discontinuation").

    >>> from cohortbook import discontinuation, load_cohort
    >>> found = discontinuation(load_cohort("data/wei2026")).frame
    >>> found.query("term == 'toxicity' and statistic == 'patients'").estimate.tolist()
    [5.0, 3.0]

    Returns
    -------
    Result
        `.frame`, analysis "discontinuation": `patients` (n = denominator) and `percent` (0 to 100)
        by reason and arm, `p_value` of Fisher's exact test of all arms.

    Source
    ------
    R: `fisher.test`.
    """
    from ..display.figures.estimates import PERCENT, estimates_figure

    if not cohort.study.discontinuation:
        require(cohort, "discontinuation", "discontinuation")
    all_arms = cohort.of_all_arms
    study, results = all_arms.study, shown(analysis.discontinuation(all_arms), cohort)
    return Result(
        "discontinuation",
        cohort,
        results,
        tables=lambda: discontinuation_table(results, study, all_arms.n_by_arm),
        figures=lambda: estimates_figure(
            results,
            study,
            PERCENT,
            "Patients who stopped treatment for good, by reason.",
            {reason.code: reason.printed for reason in study.discontinuation.reasons},
            statistic="percent",
        ),
        sentences=lambda: {"discontinuation": sentences.discontinuation(results, study)},
    )


@takes("id by events term grade hours", needed="events hours", section="safety")
def procedure_events(cohort: Cohort, *, windows: Sequence[float] | None = None) -> Result:
    """Count patients with events related to the procedure, by hours since it.

    Doors: `.table()`, `.figure()`, `.sentence()` (part "procedure").

    >>> from cohortbook import load_cohort, procedure_events
    >>> found = procedure_events(load_cohort("data/wei2026"), windows=[24, 720]).frame
    >>> found.query("term == 'Fever' and statistic == 'patients'").estimate.tolist()
    [2.0, 1.0]

    Returns
    -------
    Result
        `.frame`, analysis "procedure": `patients`, `percent` (0 to 100) and `highest_grade` by term
        and window (level); the upper limit of a window is inside it.

    Source
    ------
    The data, counted.
    """
    from ..display.figures.estimates import PERCENT, estimates_figure

    cohort = cohort.choose(windows=windows)
    require(cohort, "procedure", "procedure_events")
    study, results = cohort.study, shown(analysis.procedure_events(cohort), cohort)
    return Result(
        "procedure_events",
        cohort,
        results,
        tables=lambda: procedure_table(results, study),
        figures=lambda: estimates_figure(
            results,
            study,
            PERCENT,
            "Patients with events related to the procedure, by time since it.",
            {window.name: window.label for window in study.adverse_events.windows},
            statistic="percent",
        ),
        sentences=lambda: {"procedure": sentences.procedure(results, study)},
    )

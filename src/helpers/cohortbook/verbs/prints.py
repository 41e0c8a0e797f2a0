"""What a paper printed, beside our own results and beside itself."""

from __future__ import annotations

from ..analysis import published as analysis
from ..cohort.cohort import Cohort
from ..display.sentences import published as sentences
from ..display.tables.published import findings_table, published_table, tests_table
from ..published import load_published
from ..published.audit import audit as audit_of
from ..published.audit import tests_behind as tests_of
from .given import takes
from .result import Result, shown


@takes("the printed results (published.yml) of a study folder", section="published", frames=False)
def compare_with_print(cohort: Cohort) -> Result:
    """Put each printed statistic of the study's `published.yml` beside the one computed here.

    Doors: `.table()`, `.figure()` (hazard ratios), `.sentence()` (part "summary").

    >>> from cohortbook import compare_with_print, load_cohort
    >>> compare_with_print(load_cohort("data/wei2026")).sentence()[:49]
    'Of 550 printed statistics, 336 (61.1%) came out e'
    """
    from ..display.figures.published import published_figure

    study, printed = cohort.study, load_published(cohort.folder)
    compared = shown(
        analysis.compare_with_print(analysis.statistics_of(cohort), cohort.folder), cohort
    )
    return Result(
        "compare_with_print",
        cohort,
        compared,
        tables=lambda: published_table(compared),
        figures=lambda: published_figure(analysis.ratios_in_print(compared, study), study),
        sentences=lambda: {"summary": sentences.summary(compared, study, printed.note)},
    )


@takes("the printed results (published.yml) of a study folder", section="published", frames=False)
def tests_behind(cohort: Cohort, compared: Result) -> Result:
    """Say which tests of the printed counts give each printed P value. Doors: `.table()`.

    >>> from cohortbook import compare_with_print, load_cohort, tests_behind
    >>> cohort = load_cohort("data/wei2026")
    >>> len(tests_behind(cohort, compare_with_print(cohort)).frame) > 0
    True
    """
    tests = tests_of(load_published(cohort.folder))
    return Result(
        "tests_behind",
        cohort,
        tests,
        tables=lambda: tests_table(tests, compared.frame, cohort.study),
    )


@takes("the printed results (published.yml) of a study folder", section="published", frames=False)
def print_findings(cohort: Cohort, compared: Result) -> Result:
    """Give the printed numbers that cannot stand beside one another, the gravest first.

    Doors: `.table()`, `.sentence()` (parts "findings", "logrank_bound").

    >>> from cohortbook import compare_with_print, load_cohort, print_findings
    >>> cohort = load_cohort("data/wei2026")
    >>> len(print_findings(cohort, compare_with_print(cohort)).frame) > 0
    True
    """
    findings = audit_of(cohort.folder)
    return Result(
        "print_findings",
        cohort,
        findings,
        tables=lambda: findings_table(findings, compared.frame, cohort.study),
        sentences=lambda: {
            "findings": sentences.findings(findings, compared.frame),
            "logrank_bound": sentences.logrank_bound(findings),
        },
    )

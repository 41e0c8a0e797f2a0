"""What a paper printed, beside our own results and beside itself."""

from __future__ import annotations

from .. import formats
from ..analysis import published as analysis
from ..cohort.cohort import Cohort
from ..display.sentences import published as sentences
from ..display.statistic_names import statistic_name
from ..display.tables.published import findings_table, published_table, tests_table
from ..published import load_published
from ..published.audit import audit as audit_of
from ..published.audit import tests_behind as tests_of
from .given import takes
from .result import Result, shown


@takes("the printed results (published.yml) of a study folder", section="published", frames=False)
def compare_with_print(cohort: Cohort) -> Result:
    """Put each printed statistic of the study's `published.yml` beside the one computed here.

    Doors: `.table()`, `.figure()` (hazard ratios), `.sentence()` (parts "summary", "bearing": on
    which settings nothing in print depends).

    >>> from cohortbook import compare_with_print, load_cohort
    >>> compare_with_print(load_cohort("data/wei2026")).sentence()[:49]
    'Of 550 printed statistics, 337 (61.3%) came out e'

    Returns
    -------
    Result
        `.frame`, one row a printed statistic: printed, computed, difference and verdict ("equal",
        "rounding", "differs", "absent").

    Source
    ------
    The study's `published.yml`.
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
        sentences=lambda: {
            "summary": sentences.summary(compared, study, printed.note),
            "bearing": sentences.bearing(compared),
        },
    )


@takes("the printed results (published.yml) of a study folder", section="published", frames=False)
def tests_behind(cohort: Cohort, compared: Result) -> Result:
    """Say which tests of the printed counts give each printed P value.

    Doors: `.table()`, `.figure()`, `.sentence()` (part "tests").

    >>> from cohortbook import compare_with_print, load_cohort, tests_behind
    >>> cohort = load_cohort("data/wei2026")
    >>> len(tests_behind(cohort, compare_with_print(cohort)).frame) > 0
    True

    Parameters
    ----------
    data : Cohort
    compared : Result
        Of `compare_with_print`.

    Returns
    -------
    Result
        `.frame`, one row a printed P value: the tests that give it, and the P of each test.

    Source
    ------
    R: `fisher.test`, `chisq.test`, `wilcox.test`, `kruskal.test`.
    """
    from ..display.figures.estimates import Axis, estimates_figure

    study = cohort.study
    tests = tests_of(load_published(cohort.folder))
    return Result(
        "tests_behind",
        cohort,
        tests,
        tables=lambda: tests_table(tests, compared.frame, study),
        figures=lambda: estimates_figure(
            analysis.spread_of_tests(tests),
            study,
            Axis("P value", "P", formats.p_value, spread="range of the tests"),
            "Printed P values (squares), and from the smallest to the largest that a test of the "
            "printed counts gives (lines).",
            {
                item["key"]: statistic_name(item, study)
                for item in compared.frame.to_dict("records")
            },
        ),
        sentences=lambda: {"tests": sentences.tests(tests)},
    )


@takes("the printed results (published.yml) of a study folder", section="published", frames=False)
def print_findings(cohort: Cohort, compared: Result) -> Result:
    """Give the printed numbers that cannot stand beside one another, the gravest first.

    Doors: `.table()`, `.figure()`, `.sentence()` (parts "findings", "logrank_bound").

    >>> from cohortbook import compare_with_print, load_cohort, print_findings
    >>> cohort = load_cohort("data/wei2026")
    >>> len(print_findings(cohort, compare_with_print(cohort)).frame) > 0
    True

    Parameters
    ----------
    data : Cohort
    compared : Result
        Of `compare_with_print`.

    Returns
    -------
    Result
        `.frame`, one row a finding: what is printed, what the other numbers imply, severity, the
        smallest change that would mend it.

    Source
    ------
    Each finding names its rule; `docs/audit.md` has them.
    """
    from ..display.figures.estimates import Axis, estimates_figure

    findings = audit_of(cohort.folder)
    return Result(
        "print_findings",
        cohort,
        findings,
        tables=lambda: findings_table(findings, compared.frame, cohort.study),
        figures=lambda: estimates_figure(
            analysis.counted_findings(findings),
            cohort.study,
            Axis("Findings", "n", lambda value: f"{value:.0f}"),
            "Findings in the printed numbers, by what was checked and how grave they are.",
        ),
        sentences=lambda: {
            "findings": sentences.findings(findings, compared.frame),
            "logrank_bound": sentences.logrank_bound(findings),
        },
    )

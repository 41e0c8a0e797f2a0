"""Whether tumours responded: rates, depth, duration, course and pictures."""

from __future__ import annotations

import pandas as pd

from ..analysis import cases, lanes, lesions
from ..analysis import response as analysis
from ..cohort.cohort import Cohort
from ..display.sentences import cases as case_sentences
from ..display.sentences import response as sentences
from ..display.tables.response import response_table
from ..errors import ParameterError
from .given import takes
from .result import Result, shown


@takes("best by", needed="best", section="response")
def response(
    cohort: Cohort,
    *,
    not_evaluable: str | None = None,
    conf_level: float | None = None,
) -> Result:
    """Count best responses, and compare response rates between the arms.

    Doors: `.table()`, `.table(main=False)` (the sensitivity analysis), `.sentence()` (parts "orr",
    "dcr", "sensitivity").

    >>> from cohortbook import load_cohort, response
    >>> found = response(load_cohort("data/wei2026")).frame
    >>> found.query("term == 'ORR' and statistic == 'n' and population == 'all'").estimate.tolist()
    [3.0, 6.0]

    Parameters
    ----------
    cohort : Cohort
    not_evaluable : {"failure", "excluded"}, optional
        In the main rates: patients not evaluable count as failures, or are left out.
    conf_level : float, optional
        Level of the limits: Clopper-Pearson of rates, Newcombe of differences.

    Returns
    -------
    Result
        `.frame`, analysis "response" (see `analysis.response.response`): percent, 0 to 100.
    """
    cohort = cohort.choose(not_evaluable=not_evaluable, conf_level=conf_level)
    study, results = cohort.study, shown(analysis.response(cohort), cohort)
    return Result(
        "response",
        cohort,
        results,
        tables=lambda main=True: response_table(
            results, study, cohort.n_by_arm, "all" if main else analysis.other_population(study)
        ),
        sentences=lambda: {
            "orr": sentences.rate(results, study, "ORR"),
            "dcr": sentences.rate(results, study, "DCR"),
            "sensitivity": sentences.sensitivity(results, study),
        },
    )


@takes("change best by", needed="change best", section="waterfall")
def waterfall(cohort: Cohort) -> Result:
    """Give the best change of target lesions of each patient, and hold it against the response.

    Doors: `.figure()`, `.sentence()` (parts "shrinkage", "contradictions").

    >>> from cohortbook import load_cohort, waterfall
    >>> waterfall(load_cohort("data/wei2026")).frame.shape[0]  # patients with a change
    52

    Returns
    -------
    Result
        `.frame`: one row a bar (see `analysis.lesions.waterfall`); `.frames["contradictions"]`:
        patients whose bar and category cannot both be right, by study number.
    """
    from ..display.figures.waterfall import waterfall_figure

    bars, conflicts = lesions.waterfall(cohort), lesions.contradictions(cohort)
    return Result(
        "waterfall",
        cohort,
        bars,
        frames={"contradictions": shown(conflicts, cohort)},
        figures=lambda: waterfall_figure(bars, cohort.study),
        sentences=lambda: {
            "shrinkage": sentences.shrinkage(bars, cohort.study),
            "contradictions": sentences.contradictions(conflicts),
        },
    )


@takes("duration time event unit by best", needed="duration time event", section="swimmer")
def swimmer(cohort: Cohort) -> Result:
    """Give the course of each patient as a lane, months from time zero.

    Doors: `.figure()`, `.sentence()` (part "treatment_courses").

    >>> from cohortbook import load_cohort, swimmer
    >>> len(swimmer(load_cohort("data/wei2026")).frame)  # lanes
    52
    """
    from ..display.figures.swimmer import swimmer_figure

    courses = lanes.lanes(cohort)
    return Result(
        "swimmer",
        cohort,
        courses,
        figures=lambda: swimmer_figure(courses, cohort.study),
        sentences=lambda: {"treatment_courses": sentences.treatment_courses(courses, cohort.study)},
    )


@takes("id by measurements visit size marker", needed="measurements", section="lesions")
def lesion_course(cohort: Cohort) -> Result:
    """Give target lesions and marker of each patient over time.

    Doors: `.figure()`, `.sentence()` (part "serial_measurements").

    >>> from cohortbook import lesion_course, load_cohort
    >>> lesion_course(load_cohort("data/wei2026")).frame["number"].nunique()  # patients
    52
    """
    from ..display.figures.spider import spider_figure

    course = lesions.course(cohort)
    return Result(
        "lesion_course",
        cohort,
        course,
        figures=lambda: spider_figure(course, cohort.study),
        sentences=lambda: {
            "serial_measurements": sentences.serial_measurements(course, cohort.study)
        },
    )


@takes("id by measurements visit size marker", needed="measurements")
def patient_course(cohort: Cohort, number: int | str | None = None) -> Result:
    """Give one patient's measurements, around the procedure; the study's first case if not named.

    Doors: `.figure()`.

    >>> from cohortbook import load_cohort, patient_course
    >>> sorted(patient_course(load_cohort("data/wei2026"), 36).frame["measure"].unique())
    ['marker', 'size']
    """
    from ..display.figures.cases import case_series_figure

    if number is None:
        numbers = lesions.case_numbers(cohort)
        if not numbers:
            raise ParameterError(
                "The study names no patient whose measurements are shown one by one.",
                mend="Give a study number: patient_course(cohort, 36).",
            )
        number = numbers[0]
    series = lesions.case_series(cohort, number)
    return Result(
        "patient_course", cohort, series, figures=lambda: case_series_figure(series, cohort.study)
    )


@takes("the pictures that a study file names", frames=False)
def imaging_cases(cohort: Cohort) -> list[Result]:
    """Give the imaging cases of the study file, each with `.figure()`; `label` is its label.

    >>> from cohortbook import imaging_cases, load_cohort
    >>> [case.verb for case in imaging_cases(load_cohort("data/wei2026"))]
    ['fig-imaging-1', 'fig-imaging-2', 'fig-imaging-3']
    """
    from ..display.figures.imaging import imaging_figure

    found = []
    for case in cases.imaging_cases(cohort):
        found.append(
            Result(
                case.label,
                cohort,
                pd.DataFrame(),
                figures=lambda case=case: imaging_figure(case, cohort.study),
                sentences=lambda case=case: case_sentences.pictures([case]),
            )
        )
    return found

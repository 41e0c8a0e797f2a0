"""Whether tumours responded: rates, depth, duration, course and pictures."""

from __future__ import annotations

from ..analysis import cases, lanes, lesions
from ..analysis import response as analysis
from ..cohort.cohort import Cohort
from ..display.layout.table import Table
from ..display.sentences import cases as case_sentences
from ..display.sentences import response as sentences
from ..display.sentences.abstract import response as abstract
from ..display.tables.response import response_pairs_table, response_table
from ..display.tables.tidy import rows_table
from ..errors import ParameterError
from ..formats import markdown as md
from .given import takes
from .result import Result, shown

RATES = {"ORR": "objective response rate", "DCR": "disease control rate"}
PATIENT = {"number": "Patient", "arm": "Arm"}
BARS = {"response": "Best response", "change": "Change (%)", "new_lesion": "New lesion (1 = yes)"}
LANES = {
    "response": "Best response",
    "treatment": "Treated",
    "response_start": "Response from",
    "response_end": "Response until",
    "progression": "Progression",
    "end": "Last contact or death",
    "died": "Died (1 = yes)",
}
COURSE = {"measure": "Measure", "time": "Month", "value": "Value", "change": "Change (%)"}
PANELS = {"panel": "Panel", "kind": "Kind", "title": "Title", "columns": "Width (pixels)",
          "rows": "Height (pixels)", "marks": "Marks"}  # fmt: skip


@takes("best by", needed="best", section="response")
def response(
    cohort: Cohort,
    *,
    not_evaluable: str | None = None,
    conf_level: float | None = None,
) -> Result:
    """Count best responses, and compare response rates between the arms.

    Three or more arms (`further_arms`) are compared by one test of all, and two by two.

    Doors: `.table()`, `.table(main=False)` (the sensitivity analysis), `.table(pairs=True)` (of
    three or more arms every two), `.figure()`, `.sentence()` (parts "orr", "dcr", "sensitivity",
    "abstract_rates", "abstract_conclusion").

    >>> from cohortbook import load_cohort, response
    >>> found = response(load_cohort("data/wei2026")).frame
    >>> found.query("term == 'ORR' and statistic == 'n' and population == 'all'").estimate.tolist()
    [3.0, 6.0]

    Parameters
    ----------
    data : Cohort or DataFrame
    not_evaluable : {"failure", "excluded"}, optional
        In the main rates: patients not evaluable count as failures, or are left out.
    conf_level : float, optional
        Level of the limits: Clopper-Pearson of rates, Newcombe of differences.

    Returns
    -------
    Result
        `.frame`, analysis "response" (see `analysis.response.response`): percent, 0 to 100.

    Source
    ------
    RECIST 1.1 (Eisenhauer et al., 2009), Clopper and Pearson (1934), Newcombe (1998, method 10).
    R: `binom.test`, `fisher.test`.
    """
    from ..display.figures.estimates import PERCENT, estimates_figure

    cohort = cohort.choose(not_evaluable=not_evaluable, conf_level=conf_level)
    all_arms = cohort.of_all_arms
    study, results = all_arms.study, shown(analysis.response(all_arms), cohort)

    def table(main: bool = True, pairs: bool = False) -> Table:
        if pairs:
            return response_pairs_table(results, study)
        population = "all" if main else analysis.other_population(study)
        return response_table(results, study, all_arms.n_by_arm, population)

    return Result(
        "response",
        cohort,
        results,
        tables=table,
        figures=lambda: estimates_figure(
            results,
            study,
            PERCENT,
            "Response rates with their exact limits (Clopper-Pearson).",
            RATES,
            statistic="percent",
            term=list(RATES),
            population="all",
        ),
        sentences=lambda: {
            "orr": sentences.rate(results, study, "ORR"),
            "dcr": sentences.rate(results, study, "DCR"),
            "sensitivity": sentences.sensitivity(results, study),
            "abstract_rates": abstract.rates(results, study),
            "abstract_conclusion": abstract.concluded(results, study),
        },
    )


@takes("change best by", needed="change best", section="waterfall")
def waterfall(cohort: Cohort) -> Result:
    """Give the best change of target lesions of each patient, and hold it against the response.

    Doors: `.table()`, `.figure()`, `.sentence()` (parts "shrinkage", "contradictions").

    >>> from cohortbook import load_cohort, waterfall
    >>> waterfall(load_cohort("data/wei2026")).frame.shape[0]  # patients with a change
    52

    Returns
    -------
    Result
        `.frame`: one row a bar (see `analysis.lesions.waterfall`); `.frames["contradictions"]`:
        patients whose bar and category cannot both be right, by study number. Change in per cent
        of the first measurement, -30 = shrunk by 30 %; new_lesion 1 = progressed by a new one.

    Source
    ------
    RECIST 1.1 (Eisenhauer et al., 2009).
    """
    from ..display.figures.waterfall import waterfall_figure

    all_arms = cohort.of_all_arms
    study = all_arms.study
    bars, conflicts = lesions.waterfall(all_arms), lesions.contradictions(all_arms)
    return Result(
        "waterfall",
        cohort,
        bars,
        frames={"contradictions": shown(conflicts, cohort)},
        tables=lambda: rows_table(
            bars, study, PATIENT | BARS, "Best change of the target lesions by patient."
        ),
        figures=lambda: waterfall_figure(bars, study),
        sentences=lambda: {
            "shrinkage": sentences.shrinkage(bars, study),
            "contradictions": sentences.contradictions(conflicts),
        },
    )


@takes("duration time event unit by best", needed="duration time event", section="swimmer")
def swimmer(cohort: Cohort) -> Result:
    """Give the course of each patient as a lane, months from time zero.

    Doors: `.table()`, `.figure()`, `.sentence()` (part "treatment_courses").

    >>> from cohortbook import load_cohort, swimmer
    >>> len(swimmer(load_cohort("data/wei2026")).frame)  # lanes
    52

    Returns
    -------
    Result
        `.frame`, one row a patient (see `analysis.lanes.lanes`): times in months from time zero,
        died 1 = yes, 0 = no, ongoing 1 = still treated.

    Source
    ------
    The data, drawn as they are.
    """
    from ..display.figures.swimmer import swimmer_figure

    study, courses = cohort.of_all_arms.study, lanes.lanes(cohort.of_all_arms)
    return Result(
        "swimmer",
        cohort,
        courses,
        tables=lambda: rows_table(
            courses, study, PATIENT | LANES, "Course of each patient, months from time zero."
        ),
        figures=lambda: swimmer_figure(courses, study),
        sentences=lambda: {"treatment_courses": sentences.treatment_courses(courses, study)},
    )


@takes("id by measurements visit size marker", needed="measurements", section="lesions")
def lesion_course(cohort: Cohort) -> Result:
    """Give target lesions and marker of each patient over time.

    Doors: `.table()`, `.figure()`, `.sentence()` (part "serial_measurements").

    >>> from cohortbook import lesion_course, load_cohort
    >>> lesion_course(load_cohort("data/wei2026")).frame["number"].nunique()  # patients
    52

    Returns
    -------
    Result
        `.frame`, one row a measurement (see `analysis.lesions.course`): time in months, value as
        recorded, change in per cent of the first.

    Source
    ------
    The data, drawn as they are.
    """
    from ..display.figures.spider import spider_figure

    study, course = cohort.of_all_arms.study, lesions.course(cohort.of_all_arms)
    return Result(
        "lesion_course",
        cohort,
        course,
        tables=lambda: rows_table(
            course, study, PATIENT | COURSE, "Measurements of each patient over time."
        ),
        figures=lambda: spider_figure(course, study),
        sentences=lambda: {"serial_measurements": sentences.serial_measurements(course, study)},
    )


@takes("id by measurements visit size marker", needed="measurements")
def patient_course(cohort: Cohort, number: int | str | None = None) -> Result:
    """Give one patient's measurements, around the procedure; the study's first case if not named.

    Doors: `.table()`, `.figure()`, `.sentence()` (part "patient").

    >>> from cohortbook import load_cohort, patient_course
    >>> sorted(patient_course(load_cohort("data/wei2026"), 36).frame["measure"].unique())
    ['marker', 'size']

    Parameters
    ----------
    data : Cohort or DataFrame
    number : int or str, optional
        What `analysis.lesions.numbers` calls the patient: the place in the table, or the identifier
        where the study shows it.

    Returns
    -------
    Result
        `.frame` as of `lesion_course`, of this patient.

    Source
    ------
    The data, drawn as they are.
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
    known = lesions.numbers(cohort)
    if number not in set(known):
        raise ParameterError(
            f"There is no patient {number}.", mend=f"Patients: {known.iloc[0]} to {known.iloc[-1]}."
        )
    series = lesions.case_series(cohort, number)
    return Result(
        "patient_course",
        cohort,
        series,
        tables=lambda: rows_table(
            series, cohort.study, COURSE, "Measurements of one patient over time."
        ),
        figures=lambda: case_series_figure(series, cohort.study),
        sentences=lambda: {"patient": sentences.serial_measurements(series, cohort.study)},
    )


@takes("the pictures that a study file names", frames=False)
def imaging_cases(cohort: Cohort) -> list[Result]:
    """Give the imaging cases of the study file, a result each; `verb` is the figure's label.

    Doors: `.table()` (the panels), `.figure()`, `.sentence()`.

    >>> from cohortbook import imaging_cases, load_cohort
    >>> [case.verb for case in imaging_cases(load_cohort("data/wei2026"))]
    ['fig-imaging-1', 'fig-imaging-2', 'fig-imaging-3']

    Returns
    -------
    list of Result
        `.frame`, one row a panel (see `analysis.cases.ImagingCase`): sizes in pixels, window in the
        units of the picture.

    Source
    ------
    The pictures; DICOM PS3.3 for windows.
    """
    from ..display.figures.imaging import imaging_figure

    found = []
    for case in cases.imaging_cases(cohort):
        found.append(
            Result(
                case.label,
                cohort,
                case.panels,
                tables=lambda case=case: rows_table(
                    case.panels, cohort.study, PANELS, md(case.spec.title)
                ),
                figures=lambda case=case: imaging_figure(case, cohort.study),
                sentences=lambda case=case: case_sentences.pictures([case]),
            )
        )
    return found

"""A treatment that began during follow-up: comparisons, curves and the time that is misclassified.

For studies whose file names `treatment_start`.
"""

from __future__ import annotations

from typing import Any

from ..analysis import time_dependent as analysis
from ..analysis.endpoints import each_endpoint
from ..analysis.survival import tick_months
from ..cohort.cohort import Cohort
from ..display.sentences import late_treatment as sentences
from ..display.tables import late_treatment as tables
from ..errors import ParameterError
from .given import one_endpoint
from .result import Result, shown


def late_treatment(
    cohort: Cohort,
    *,
    grace: float | None = None,
    weight_model: str | None = None,
    truncate: float | None = None,
    clone_resamples: int | None = None,
    seed: int | None = None,
) -> Result:
    """Compare a treatment that began during follow-up in five ways, one of them biased.

    Doors: `.table()`, `.table(weights=True)`, `.figure(endpoint)` (a forest), `.sentence()` (parts
    "immortal", "effects", "others", "weights", "limitation", "abstract").

    >>> from cohortbook import late_treatment, load_cohort
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"], covariates=["age"])
    >>> found = late_treatment(cohort, clone_resamples=100).frame
    >>> found.query("statistic == 'hr' and term == 'crude'").estimate.round(2).tolist()
    [0.39, 0.39, 0.39, 0.37, 0.44]

    Parameters
    ----------
    cohort : Cohort
        Of a study with `treatment_start`.
    grace, weight_model, truncate, clone_resamples, seed
        See `choices.CHOICES`; None is the study's.

    Returns
    -------
    Result
        `.frame`, analysis "time_dependent" (`analysis.time_dependent`).
    """
    cohort = _with_start(cohort).choose(grace=grace, weight_model=weight_model, truncate=truncate,
                                        clone_resamples=clone_resamples, seed=seed)  # fmt: skip
    study = cohort.study
    results = shown(each_endpoint(analysis.time_dependent, cohort), cohort)

    def table(weights: bool = False):
        make = tables.clone_weights_table if weights else tables.late_treatment_table
        return make(results, study)

    def figure(endpoint: str):
        from ..display.figures.late_treatment import late_treatment_figure

        return late_treatment_figure(results, study, endpoint)

    return Result(
        "late_treatment",
        cohort,
        results,
        tables=table,
        figures=figure,
        sentences=lambda: sentences.told(results, study),
    )


def immortal_time(cohort: Cohort, endpoint: str | None = None) -> Result:
    """Show how long the treated lived before their treatment, which counts as treated otherwise.

    Doors: `.figure()`.

    >>> from cohortbook import immortal_time, load_cohort
    >>> found = immortal_time(load_cohort("data/wei2026"), "os").frame
    >>> found.estimate.round(1).tolist()[:2]
    [2.2, 1.2]
    """
    cohort = _with_start(cohort)
    name = one_endpoint(cohort, endpoint or cohort.study.primary_endpoint)
    lanes, results = analysis.waits(cohort, name), analysis.immortal(cohort, name)

    def figure():
        from ..display.figures.late_treatment import immortal_time_figure

        return immortal_time_figure(lanes, results, cohort.study, name)

    return Result(
        "immortal_time", cohort, shown(results, cohort), name, {"lanes": lanes}, figures=figure
    )


def current_treatment(cohort: Cohort, endpoint: str | None = None) -> Result:
    """Draw survival by the treatment that each patient has begun (Simon and Makuch, 1984).

    Doors: `.figure()`: the curves, and how many are at risk by current treatment.

    >>> from cohortbook import current_treatment, load_cohort
    >>> found = current_treatment(load_cohort("data/wei2026"), "os").frame
    >>> found.groupby("group").n_risk.first().tolist()
    [0.0, 52.0]
    """
    cohort = _with_start(cohort)
    name = one_endpoint(cohort, endpoint)
    curves = analysis.simon_makuch_curves(cohort, name)
    risk = analysis.current_risk_table(cohort, name, tick_months(cohort, name))

    def figure():
        from ..display.figures.current_treatment import current_treatment_figure

        return current_treatment_figure(_panel(cohort, name, curves, risk), cohort.study)

    return Result("current_treatment", cohort, curves, name, {"risk": risk}, figures=figure)


def _panel(cohort: Cohort, endpoint: str, curves, risk) -> dict[str, Any]:
    """Give a panel's curves as those of the two arms, whose colours they take."""
    study = cohort.study
    codes = {analysis.UNTREATED: study.reference_arm, analysis.TREATED: study.comparison_arm.code}
    return {
        "curves": curves.assign(group=curves["group"].map(codes)),
        "risk": risk.assign(group=risk["group"].map(codes)),
        "tests": shown(analysis.byar(cohort, endpoint), cohort),
        "endpoint": endpoint,
        "population": cohort.population,
    }


def _with_start(cohort: Cohort) -> Cohort:
    if cohort.study.treatment_start is None:
        raise ParameterError(
            "The study file does not say when the treatment began.",
            mend="As in  treatment_start: {column: ablation_months, grace: 1}.",
        )
    return cohort

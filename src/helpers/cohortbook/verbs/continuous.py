"""Continuous covariates: how the hazard runs over them, and what a cut-point hides."""

from __future__ import annotations

from ..analysis import continuous as analysis
from ..analysis.endpoints import each_endpoint
from ..cohort.cohort import Cohort
from ..display.sentences import continuous as sentences
from ..display.tables.continuous import continuous_table
from ..errors import ParameterError
from .given import one_endpoint, takes
from .result import Result, shown


@takes("time event entry by unit covariates", needed="time event covariates")
def continuous_effects(
    cohort: Cohort, *, knots: int | None = None, conf_level: float | None = None
) -> Result:
    """Let continuous covariates have an effect that is no straight line, and test for it.

    Those that the study file names (`splines`), or else all.

    Doors: `.table()`, `.figure(endpoint)` (the hazard ratio over each covariate), `.sentence()`
    (parts "curves", "cut_points", "limitation").

    >>> from cohortbook import continuous_effects, load_cohort
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"], covariates=["age"])
    >>> found = continuous_effects(cohort, knots=3).frame
    >>> found.query("statistic == 'knot'").estimate.round(1).tolist()
    [49.1, 58.5, 71.0]

    Returns
    -------
    Result
        `.frame`, analysis "splines", term = the covariate: `knot`, `reference`, `quarter`,
        `nonlinearity`, `spline`, `hr_quarters`, and `slope_within_levels` of what is cut from it;
        `.frames["curves"]`: the hazard ratio over it.

    Source
    ------
    Harrell, Regression Modeling Strategies (2015). R: `rms::rcs`, `coxph`.
    """
    cohort = cohort.choose(conf_level=conf_level)
    if not cohort.study.splines:
        if not cohort.study.continuous_covariates:
            raise ParameterError(
                "No covariate is continuous, and none is cut from a continuous variable.",
                mend="Name one among the covariates.",
            )
        cohort = cohort.choose(splines=cohort.study.continuous_covariates)
    cohort = cohort.choose(knots=knots)
    study = cohort.study
    results = shown(each_endpoint(analysis.spline_effects, cohort), cohort)
    curves = each_endpoint(analysis.spline_effect_curve, cohort)

    def figure(endpoint: str | None = None):
        from ..display.figures.continuous import continuous_figure

        return continuous_figure(curves, results, study, one_endpoint(cohort, endpoint))

    return Result(
        "continuous_effects",
        cohort,
        results,
        frames={"curves": curves},
        tables=lambda: continuous_table(results, study),
        figures=figure,
        sentences=lambda: sentences.told(results, study),
    )

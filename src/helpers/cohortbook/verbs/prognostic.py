"""Which factors go with survival, and what remains of the treatment's effect beside them."""

from __future__ import annotations

from collections.abc import Sequence

from ..analysis import cox as analysis
from ..analysis import cox_checks
from ..cohort.cohort import Cohort
from ..display.sentences import cox as sentences
from ..display.sentences.abstract import adjusted as abstract
from ..display.tables.cox import cox_table, influence_table, interactions_table
from ..display.tables.tidy import results_table
from ..errors import ParameterError
from ..formats import markdown as md
from .given import one_endpoint, takes
from .result import Result, shown


@takes("time event entry by unit", needed="time event")
def cox(
    cohort: Cohort,
    endpoint: str | None = None,
    *,
    covariates: Sequence[str] | None = None,
    cut_points: object = None,
    ties: str | None = None,
    conf_level: float | None = None,
    univariable_coding: str | None = None,
) -> Result:
    """Fit Cox models of one endpoint: each factor alone, and all together with the treatment.

    Doors: `.table()`, `.figure()` (forest plot), `.sentence()` (parts "treatment", "factors",
    "stability", "abstract_adjusted"). `.hazards` and `.influence` are the checks of the
    multivariable model.

    >>> import pandas as pd
    >>> from cohortbook import cox
    >>> people = pd.DataFrame({"months": [5, 8, 3, 9, 6, 2], "died": [1, 1, 1, 0, 1, 1],
    ...                        "arm": list("ababab"), "age": [60, 52, 71, 49, 66, 58]})
    >>> found = cox(people, time="months", event="died", by="arm", covariates=["age"]).frame
    >>> found.query("analysis == 'cox_multivariable' and term == 'age'").estimate.round(3).tolist()
    [1.319]

    Parameters
    ----------
    data : Cohort or DataFrame
    endpoint : str, optional
        An endpoint of the study; its first if not given.
    covariates : sequence of str, optional
        Variables of the study, or columns. "ecog=1" has this reference level, "age/10" is for ten
        units.

    Returns
    -------
    Result
        `.frame`, analyses "cox_univariable" and "cox_multivariable": `hr` with Wald limits and P
        by term and level (`n`, `n_events` of the level), `factor_p`, `events_per_parameter`,
        `concordance`, `likelihood_ratio`; doubts in `note`.

    Source
    ------
    Cox (1972), Efron (1977), Breslow (1974). R: `coxph`.
    """
    cohort = cohort.choose(
        covariates=covariates,
        cut_points=cut_points,
        ties=ties,
        conf_level=conf_level,
        univariable_coding=univariable_coding,
    )
    name = one_endpoint(cohort, endpoint)
    if not cohort.study.compares and not cohort.study.covariates:
        raise ParameterError(
            "There is nothing to model: one arm, and no covariates.",
            mend='Name some: covariates=["age", "sex"].',
        )
    return PrognosticModels.of(cohort, name)


class PrognosticModels(Result):
    """The models of one endpoint, with their checks."""

    hazards: Result
    influence: Result

    @classmethod
    def of(cls, cohort: Cohort, name: str) -> PrognosticModels:
        """Fit and check the models; every doubt goes into the note of its hazard ratio."""
        from ..display.figures.forest import forest_figure

        hazards, moved = proportional_hazards(cohort, name), influence(cohort, name)
        study = cohort.study
        results = shown(
            cox_checks.with_doubts(
                analysis.prognostic_factors(cohort, name), hazards.frame, moved.frame, study
            ),
            cohort,
        )
        made = cls(
            "cox",
            cohort,
            results,
            name,
            tables=lambda: cox_table(results, study, name),
            figures=lambda: forest_figure(*analysis.models(results), study, name),
            sentences=lambda: {
                **sentences.model(results, study, name),
                "abstract_adjusted": abstract.adjusted(results, study, name),
            },
        )
        made.hazards, made.influence = hazards, moved
        return made


@takes("time event entry by unit covariates", needed="time event", section="prognostic")
def proportional_hazards(cohort: Cohort, endpoint: str | None = None) -> Result:
    """Test whether the hazards of the multivariable model are proportional.

    The score test on Schoenfeld residuals, for each factor and for all together; the figure has
    the residuals with a smooth of each effect over time.

    Doors: `.table()`, `.figure()`, `.sentence()` (part "proportionality").

    >>> from cohortbook import load_cohort, proportional_hazards
    >>> found = proportional_hazards(load_cohort("data/wei2026"), "os").frame
    >>> found.p_value.round(3).tolist()[:2]  # age, sex
    [0.238, 0.851]

    Returns
    -------
    Result
        `.frame`, analysis "proportional_hazards", statistic `zph` (chi-squared) with P by term,
        GLOBAL for all.

    Source
    ------
    Grambsch and Therneau (1994). R: `cox.zph`.
    """
    from ..display.figures.schoenfeld import schoenfeld_figure

    name, study = one_endpoint(cohort, endpoint), cohort.study
    tests = shown(analysis.proportional_hazards(cohort, name), cohort)
    return Result(
        "proportional_hazards",
        cohort,
        tests,
        name,
        tables=lambda: results_table(
            tests,
            study,
            f"Tests of proportional hazards, {md(study.endpoints[name].label)}.",
            {"zph": ("chi-squared", "number")},
            {"GLOBAL": "All together", "arm": study.exposure_label},
        ),
        figures=lambda: schoenfeld_figure(*cox_checks.schoenfeld(cohort, name), tests, study, name),
        sentences=lambda: {"proportionality": sentences.proportionality(tests, study, name)},
    )


@takes("time event entry by unit covariates", needed="time event", section="prognostic")
def influence(cohort: Cohort, endpoint: str | None = None) -> Result:
    """Say how far single patients move the coefficients of the multivariable model.

    Dfbetas, in standard errors, and the model without each of the patients who move one most.

    Doors: `.table()`, `.figure()`, `.sentence()` (part "influence").

    >>> from cohortbook import influence, load_cohort
    >>> influence(load_cohort("data/wei2026"), "os").sentence()[:70]
    'For overall survival, the patient who moves a coefficient most (study '

    Returns
    -------
    Result
        `.frame`, analysis "influence": `dfbetas` (in standard errors) by term and patient (study
        number, in `group`), `hr_without` the treatment's ratio without a patient ("" = with all).

    Source
    ------
    Therneau and Grambsch (2000), chapter 7. R: `residuals(fit, "dfbetas")`.
    """
    from ..display.figures.estimates import RATIO, estimates_figure

    name, study = one_endpoint(cohort, endpoint), cohort.study
    moved = shown(cox_checks.influence(cohort, name), cohort)
    return Result(
        "influence",
        cohort,
        moved,
        name,
        tables=lambda: influence_table(moved, study),
        figures=lambda: estimates_figure(
            moved.assign(
                group=[
                    f"without no. {g}" if g else "all patients" for g in moved["group"].astype(str)
                ]
            ),
            study,
            RATIO,
            f"The {study.texts.exposure}'s adjusted hazard ratio with all patients, and without "
            "each of those who move a coefficient most.",
            statistic="hr_without",
        ),
        sentences=lambda: {"influence": sentences.influence(moved, study, name)},
    )


@takes("time event entry by unit covariates", needed="time event", section="prognostic_subgroups")
def subgroup_effects(cohort: Cohort, endpoint: str | None = None) -> Result:
    """Give the crude effect of the treatment within each level of each factor.

    Doors: `.table()` (the tests of interaction), `.figure()`, `.sentence()` (part "subgroups").

    >>> from cohortbook import load_cohort, subgroup_effects
    >>> found = subgroup_effects(load_cohort("data/wei2026"), "os").frame
    >>> found.query("term == 'sex' and statistic == 'hr'").estimate.round(3).tolist()
    [0.425, nan]

    Returns
    -------
    Result
        `.frame`, analysis "subgroup": `hr` with limits by term and level (NaN = not estimable),
        `interaction` with P by term.

    Source
    ------
    Wald's test of the product. R: `coxph(Surv(time, event) ~ arm * factor)`.
    """
    from ..display.figures.subgroups import subgroup_forest_figure

    name, study = one_endpoint(cohort, endpoint), cohort.study
    results = shown(analysis.subgroup_effects(cohort, name), cohort)
    return Result(
        "subgroup_effects",
        cohort,
        results,
        name,
        tables=lambda: interactions_table(results, study, name),
        figures=lambda: subgroup_forest_figure(results, study, name),
        sentences=lambda: {"subgroups": sentences.interactions(results, study, name)},
    )

"""Three or more arms: one test of all, every pair, and each arm against the reference."""

from __future__ import annotations

from ..analysis import several_arms as analysis
from ..analysis import survival
from ..analysis.endpoints import each_endpoint
from ..cohort.cohort import Cohort
from ..display.sentences.several_arms import told
from ..display.tables.several_arms import several_arms_table
from .given import one_endpoint, takes
from .result import Result, shown


@takes("a study file with further_arms", section="several_arms", frames=False)
def several_arms(
    cohort: Cohort,
    endpoint: str | None = None,
    *,
    adjusted: bool = False,
    p_adjustment: str | None = None,
) -> Result:
    """Compare three or more arms: the two of the report and those of `further_arms`.

    Doors: `.table()`, `.figure(endpoint)` (Kaplan-Meier curves of all arms), `.sentence()` (part
    "all_arms").

    >>> from cohortbook import load_cohort, several_arms
    >>> several_arms(load_cohort("data/wei2026"))  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ParameterError: several_arms has nothing to work with.

    Parameters
    ----------
    endpoint : str, optional
        An endpoint of the study; all of them if not given.
    adjusted : bool
        Hazard ratios beside the covariates of `cox`; otherwise of the arms alone, with the tests.
    p_adjustment : str, optional
        Adjustment of the pairwise tests: holm, benjamini-hochberg or none.

    Returns
    -------
    Result
        `.frame`, analysis "several_arms": `events`, `global`, `pair`, `pair_adjusted`, and `hr` of
        each arm (level) against the reference. `.frames["curves"]`: the step functions.

    Source
    ------
    Holm (1979), Benjamini and Hochberg (1995). R: `survdiff`, `survminer::pairwise_survdiff`,
    `coxph`.
    """
    cohort = cohort.choose(p_adjustment=p_adjustment)
    name = one_endpoint(cohort, endpoint) if endpoint else ""
    alone = cohort.choose(endpoints=[name]) if name else cohort
    together = alone.of_all_arms
    study, term = together.study, analysis.ADJUSTED if adjusted else analysis.CRUDE
    results = each_endpoint(lambda one, key: analysis.several_arms(one, key, term), together)
    results = shown(results, cohort)

    def figure(endpoint: str | None = None):
        from ..display.figures.several_arms import several_arms_figure

        asked = one_endpoint(alone, endpoint)
        ticks = survival.tick_months(together, asked)
        curves, risk = (
            survival.curves(together, asked),
            survival.risk_table(together, asked, ticks),
        )
        return several_arms_figure(curves, risk, results, study, asked)

    return Result(
        "several_arms",
        cohort,
        results,
        name,
        frames={"curves": each_endpoint(survival.curves, together)},
        tables=lambda: several_arms_table(results, study),
        figures=figure,
        sentences=lambda: {"all_arms": told(results, study)},
    )

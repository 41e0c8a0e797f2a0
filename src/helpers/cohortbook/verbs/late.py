"""A treatment that began during follow-up: comparisons, curves, and the time before it."""

from __future__ import annotations

from ..analysis import time_dependent as analysis
from ..analysis.endpoints import each_endpoint
from ..analysis.survival import tick_months
from ..cohort.cohort import Cohort
from ..display.sentences import late_treatment as sentences
from ..display.tables import late_treatment as tables
from ..errors import ParameterError
from .given import one_endpoint, takes
from .result import Result, shown

FIGURES = ("effects", "waits", "curves")


@takes(
    "time event by unit start grace covariates",
    needed="time event by start grace",
    section="late_treatment",
)
def late_treatment(
    cohort: Cohort,
    *,
    weight_model: str | None = None,
    truncate: float | None = None,
    clone_resamples: int | None = None,
    seed: int | None = None,
) -> Result:
    """Compare a treatment that began during follow-up in five ways, one of them biased.

    Doors: `.table()`, `.table(weights=True)`, `.figure(endpoint)` (a forest), `.figure(endpoint,
    kind="waits")` (who waited how long), `.figure(endpoint, kind="curves")` (by current
    treatment), `.sentence()` (parts "immortal", "effects", "others", "weights", "limitation",
    "abstract_effects").

    >>> from cohortbook import late_treatment, load_cohort
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"], covariates=["age"])
    >>> found = late_treatment(cohort, clone_resamples=100).frame
    >>> found.query("statistic == 'hr' and term == 'crude'").estimate.round(2).tolist()
    [0.39, 0.39, 0.39, 0.4, 0.38]

    Returns
    -------
    Result
        `.frame`, analysis "time_dependent": `hr` by level (naive, landmark, time_dependent_cox,
        clone_censor_weight, sequential_trials) and term (crude, adjusted), `mantel_byar`, the
        weights, and the immortal time; `.frames["curves"]`: Simon-Makuch step functions.

    Source
    ------
    Suissa (2008), Mantel and Byar (1974), Simon and Makuch (1984), Hernán (2018), Gran (2010).
    R: `coxph(Surv(start, stop, event) ~ ...)`.
    """
    cohort = cohort.choose(weight_model=weight_model, truncate=truncate,
                           clone_resamples=clone_resamples, seed=seed)  # fmt: skip
    study = cohort.study
    results = shown(each_endpoint(analysis.time_dependent, cohort), cohort)
    curves = each_endpoint(analysis.simon_makuch_curves, cohort)

    def table(weights: bool = False):
        make = tables.clone_weights_table if weights else tables.late_treatment_table
        return make(results, study)

    def figure(endpoint: str | None = None, kind: str = "effects"):
        from ..display.figures import late_treatment as figures

        name = one_endpoint(cohort, endpoint)
        if kind == "effects":
            return figures.late_treatment_figure(results, study, name)
        if kind == "waits":
            return figures.immortal_time_figure(analysis.waits(cohort, name), results, study, name)
        if kind == "curves":
            risk = analysis.current_risk_table(cohort, name, tick_months(cohort, name))
            return figures.current_treatment_figure(curves, risk, results, study, name)
        raise ParameterError(
            f"There is no figure of {kind!r}.", mend=f"One of {', '.join(FIGURES)}."
        )

    return Result(
        "late_treatment",
        cohort,
        results,
        frames={"curves": curves},
        tables=table,
        figures=figure,
        sentences=lambda: sentences.told(results, study),
    )

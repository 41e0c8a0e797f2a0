"""Arms made alike by their covariates: weighted, matched, standardised."""

from __future__ import annotations

from ..analysis import weighted_survival as analysis
from ..analysis.endpoints import each_endpoint
from ..analysis.robustness.weighting import balance
from ..analysis.survival import tick_months
from ..cohort.cohort import Cohort
from ..display.sentences import weighted as sentences
from ..display.tables.weighted import weighted_table
from ..errors import ParameterError
from .given import one_endpoint, takes
from .result import Result, shown

FIGURES = ("curves", "balance")


@takes(
    "a study file with 'weighting', which says what is made alike and how",
    section="weighted",
    frames=False,
)
def weighted_survival(
    cohort: Cohort,
    *,
    estimand: str | None = None,
    match_method: str | None = None,
    match_order: str | None = None,
    caliper: float | None = None,
    match_ratio: int | None = None,
    standardise: bool | None = None,
    standard_resamples: int | None = None,
    seed: int | None = None,
) -> Result:
    """Compare the arms once their covariates are alike: by weights, in matched pairs, by a model.

    Doors: `.table()`, `.figure(endpoint)` (weighted, matched and standardised curves, with numbers
    at risk), `.figure(kind="balance")`, `.sentence()` (parts "balance", "matched", "effects",
    "standardised").

    >>> from cohortbook import load_cohort, weighted_survival
    >>> cohort = load_cohort("data/wei2026").with_study({"weighting": {"match": {}}})
    >>> found = weighted_survival(cohort.choose(endpoints=["os"], covariates=["age"])).frame
    >>> found.query("statistic == 'matched'")[["group", "estimate", "n"]].values.tolist()
    [['ICI', 13.0, 31.0], ['MWA+ICI', 13.0, 21.0]]

    Returns
    -------
    Result
        `.frame`, analysis "weighted_survival", by level ("unweighted", that of the weights,
        "matched", "standardised"): `hr`, `hr_paired`, `logrank`, `survival` and `difference` in
        per cent at milestones (months), `effective_n`, `matched`, `smd`. `.frames["curves"]`: the
        step functions.

    Source
    ------
    Li, Morgan and Zaslavsky (2018), Xie and Liu (2005), Austin (2014), Makuch (1982). R: `survfit`
    and `coxph` with weights, `MatchIt`.
    """
    cohort = cohort.choose(
        estimand=estimand,
        match_method=match_method,
        match_order=match_order,
        caliper=caliper,
        match_ratio=match_ratio,
        standardise=standardise,
        standard_resamples=standard_resamples,
        seed=seed,
    )
    study, results = cohort.study, shown(analysis.weighted_survival(cohort), cohort)
    curves = each_endpoint(analysis.weighted_curves, cohort)

    def figure(endpoint: str | None = None, kind: str = "curves"):
        from ..display.figures.balance import balance_figure
        from ..display.figures.weighted import weighted_figure

        if kind == "balance":
            return balance_figure(balance(results), study)
        if kind != "curves":
            told = f"There is no figure of {kind!r}."
            raise ParameterError(told, mend=f"One of {', '.join(FIGURES)}.")
        ends = study.weighted_endpoints
        name = one_endpoint(cohort, endpoint or ends[0])
        if name not in ends:
            told = f"This is not asked of the endpoint '{name}'."
            raise ParameterError(told, mend=f"Asked of {', '.join(ends)}.")
        risk = analysis.weighted_risk(cohort, name, tick_months(cohort, name))
        return weighted_figure(curves[curves["endpoint"] == name], risk, results, study, name)

    return Result(
        "weighted_survival",
        cohort,
        results,
        frames={"curves": curves},
        tables=lambda: weighted_table(results, study),
        figures=figure,
        sentences=lambda: sentences.told(results, study),
    )

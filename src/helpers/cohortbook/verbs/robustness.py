"""How much the treatment's effect depends on the choices made: one verb a check.

Each check is asked of every endpoint of the cohort; `cohort.choose(endpoints=["os"])` asks it of
one. The figure of a check that has one an endpoint takes its name: `.figure(endpoint="os")`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .. import formats
from ..analysis.endpoints import each_endpoint
from ..analysis.robustness import bootstrap as boot
from ..analysis.robustness import covariates as steps
from ..analysis.robustness import landmark as starts
from ..analysis.robustness import leave_one_out as loo
from ..analysis.robustness import response as rates
from ..analysis.robustness import restricted as means
from ..analysis.robustness import sparse as penalties
from ..analysis.robustness import specification as sets
from ..analysis.robustness import tests as families
from ..analysis.robustness import verdict as judging
from ..analysis.robustness import weighting as weights
from ..analysis.second_opinion import second_opinion as opinion
from ..cohort.cohort import Cohort
from ..display.sentences import confounding
from ..display.sentences import robustness as sentences
from ..display.sentences import verdict as verdicts
from ..display.tables import robustness_models as model_tables
from ..display.tables import robustness_results as result_tables
from ..display.tables import tidy
from ..formats import markdown as md
from .given import one_endpoint, takes
from .result import Result, shown

MODELS = {
    "crude": "alone",
    "adjusted": "adjusted",
    "likelihood": "maximum likelihood",
    "firth": "Firth's penalty",
    "percentile": "percentile limits",
    "bca": "bias-corrected and accelerated limits",
}
NOT_EVALUABLE = {
    "ORR": "objective response rate",
    "DCR": "disease control rate",
    "failure": "as failures",
    "excluded": "left out",
    "success": "as successes",
}
TESTS = NOT_EVALUABLE | {
    "rate": "",
    "logrank": "log-rank",
    "cox": "adjusted Cox model",
    "test": "as it is",
    "holm": "Holm",
    "benjamini_hochberg": "Benjamini-Hochberg",
}
SECOND = {"survival": "survival curves", "logrank": "log-rank tests", "cox": "Cox models"}


@takes(
    "time event entry by unit covariates",
    needed="time event by",
    section="robustness_specification",
)
def specification_curve(
    cohort: Cohort,
    *,
    covariates: Sequence[str] | None = None,
    specifications: int | None = None,
) -> Result:
    """Fit the treatment beside every set of the covariates (Simonsohn et al., 2020).

    Doors: `.table()`, `.figure(endpoint)`, `.sentence()` (parts "specification", "movers").

    >>> from cohortbook import load_cohort, specification_curve
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"])
    >>> len(specification_curve(cohort, covariates=["age", "sex"]).frames["curve"])
    4

    Returns
    -------
    Result
        `.frame`, analysis "specification_summary": the range of the `hr`, and shares in per cent;
        `.frames["curve"]`: every model.

    Source
    ------
    Simonsohn, Simmons and Nelson (2020).
    """
    cohort = cohort.choose(covariates=covariates, specifications=specifications)
    study, curve = cohort.study, each_endpoint(sets.specification_curve, cohort)
    summary = shown(sets.specification_summary(curve, cohort), cohort)

    def figure(endpoint: str | None = None):
        from ..display.figures.specification import specification_curve_figure

        name = one_endpoint(cohort, endpoint)
        return specification_curve_figure(
            sets.specification_choices(curve, cohort, name), study, name
        )

    return Result(
        "specification_curve",
        cohort,
        summary,
        frames={"curve": curve},
        figures=figure,
        tables=lambda: model_tables.specification_table(summary, study),
        sentences=lambda: sentences.covariate_sets(summary, study),
    )


@takes(
    "time event entry by unit covariates",
    needed="time event by",
    section="robustness_specification",
)
def added_covariates(cohort: Cohort) -> Result:
    """Add the covariates to the treatment one by one, in the order of the study file.

    Doors: `.table()`, `.figure()`, `.sentence()` (part "added").

    >>> from cohortbook import added_covariates, load_cohort
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"], covariates=["age"])
    >>> added_covariates(cohort).frame.estimate.round(3).tolist()
    [0.394, 0.435]

    Returns
    -------
    Result
        `.frame`, analysis "added_covariates": `hr` of the treatment with Wald limits, a row for
        each covariate that was added (`term`; "arm" is the treatment alone).

    Source
    ------
    R: `coxph`, one covariate more each time.
    """
    from ..display.figures.estimates import RATIO, estimates_figure

    study, path = cohort.study, shown(each_endpoint(steps.added_covariates, cohort), cohort)
    return Result(
        "added_covariates",
        cohort,
        path,
        tables=lambda: model_tables.added_covariates_table(path, study),
        figures=lambda: estimates_figure(
            path,
            study,
            RATIO,
            f"The {study.texts.exposure}'s hazard ratio alone, and as each covariate is added to "
            "those above it.",
            {name: f"+ {variable.label}" for name, variable in study.variables.items()}
            | {"arm": f"{study.exposure_label} alone"},
            statistic="hr",
        ),
        sentences=lambda: {"added": sentences.added(path, study)},
    )


@takes("time event entry by unit covariates", needed="time event by", section="robustness_survival")
def leave_one_out(cohort: Cohort) -> Result:
    """Fit the treatment's models without each patient in turn.

    Doors: `.table()`, `.figure()`, `.sentence()` (part "leave_one_out").

    >>> from cohortbook import leave_one_out, load_cohort
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"], covariates=["age"])
    >>> leave_one_out(cohort).frame.statistic.unique().tolist()
    ['hr_range', 'p_range', 'decides']

    Returns
    -------
    Result
        `.frame`, one row an endpoint, model and statistic; `.frames["each"]`: every refit.
        `hr_range` and `p_range` have the smallest and the largest as limits.

    Source
    ------
    R: `coxph` without each row in turn.
    """
    from ..display.figures.estimates import RATIO, estimates_figure

    study, each = cohort.study, shown(each_endpoint(loo.leave_one_out, cohort), cohort)
    summary = shown(loo.leave_one_out_summary(each, cohort), cohort)
    return Result(
        "leave_one_out",
        cohort,
        summary,
        frames={"each": each},
        tables=lambda: model_tables.leave_one_out_table(summary, study),
        figures=lambda: estimates_figure(
            summary,
            study,
            replace(RATIO, spread="range"),
            f"The {study.texts.exposure}'s hazard ratio with all patients (squares); the lines go "
            "from the smallest to the largest without one of them, and are no intervals.",
            MODELS,
            statistic="hr_range",
        ),
        sentences=lambda: {"leave_one_out": sentences.left_out(summary, study)},
    )


@takes("time event entry by unit covariates", needed="time event by", section="robustness_survival")
def bootstrap(
    cohort: Cohort,
    left_out: Result | None = None,
    *,
    resamples: int | None = None,
    seed: int | None = None,
) -> Result:
    """Draw the patients again with replacement: percentile and BCa limits of the hazard ratios.

    Doors: `.table()`, `.figure()`, `.sentence()` (part "bootstrap").

    >>> from cohortbook import bootstrap, load_cohort
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"], covariates=["age"])
    >>> bootstrap(cohort, resamples=100).frame.term.unique().tolist()
    ['percentile', 'bca', '']

    Parameters
    ----------
    data : Cohort or DataFrame
    left_out : Result, optional
        Of `leave_one_out`, which the BCa limits need; computed if not given.

    Returns
    -------
    Result
        `.frame`, analysis "bootstrap": `hr` with the limits of each kind (`term`) and model
        (`level`), and of the draws `resamples`, and in per cent `not_estimable`, `below_one`.

    Source
    ------
    Efron (1987), DiCiccio and Efron (1996). R: `boot::boot.ci`.
    """
    from ..display.figures.bootstrap import bootstrap_density_figure

    cohort = cohort.choose(resamples=resamples, seed=seed)
    study, draws = cohort.study, each_endpoint(boot.bootstrap_draws, cohort)
    each = (left_out or leave_one_out(cohort)).frames["each"]
    results = shown(boot.bootstrap(cohort, draws, each), cohort)
    return Result(
        "bootstrap",
        cohort,
        results,
        frames={"draws": draws},
        tables=lambda: tidy.results_table(
            results,
            study,
            f"The {study.texts.exposure}'s hazard ratio with bootstrap limits.",
            {"hr": ("HR", "ratio"), "resamples": ("resamples", "count")},
            MODELS,
        ),
        figures=lambda: bootstrap_density_figure(
            *boot.bootstrap_panels(cohort, draws, results), study
        ),
        sentences=lambda: {"bootstrap": sentences.resampled(results, study)},
    )


@takes("time event entry by unit covariates", needed="time event by", section="robustness_survival")
def sparse_data(cohort: Cohort) -> Result:
    """Put Firth's penalised likelihood beside maximum likelihood, alone and adjusted.

    Doors: `.table(resampled)` (beside the result of `bootstrap`, if given), `.figure()`,
    `.sentence()` (part "sparse").

    >>> from cohortbook import load_cohort, sparse_data
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"], covariates=["age"])
    >>> sparse_data(cohort).frame.estimate.round(3).tolist()
    [0.394, 0.41, 0.435, 0.448]

    Returns
    -------
    Result
        `.frame`, analysis "sparse": `hr` with limits and P by estimator (`term`) and model
        (`level`); limits of Firth's are of the profile likelihood.

    Source
    ------
    Firth (1993), Heinze and Schemper (2001). R: `coxphf`.
    """
    from ..display.figures.estimates import RATIO, estimates_figure

    study, results = cohort.study, shown(each_endpoint(penalties.sparse_data, cohort), cohort)
    return Result(
        "sparse_data",
        cohort,
        results,
        tables=lambda resampled=None: model_tables.estimates_table(
            results, (resampled or bootstrap(cohort)).frame, study
        ),
        figures=lambda: estimates_figure(
            results,
            study,
            RATIO,
            f"The {study.texts.exposure}'s hazard ratio by maximum likelihood and with Firth's "
            "penalty.",
            MODELS,
            statistic="hr",
        ),
        sentences=lambda: {"sparse": sentences.penalised(results, study)},
    )


@takes("time event entry by unit covariates", needed="time event by", section="robustness_survival")
def landmark(cohort: Cohort, *, months: Sequence[float] | None = None) -> Result:
    """Compare the patients event-free and in follow-up beyond each landmark, from there on.

    Doors: `.table()`, `.figure()`, `.sentence()` (part "landmark").

    >>> from cohortbook import landmark, load_cohort
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"], covariates=["age"])
    >>> found = landmark(cohort, months=[6]).frame
    >>> found.query("statistic == 'hr'").estimate.round(3).tolist()
    [0.394, 0.394, 0.487, 0.435, 0.435, 0.553]

    Parameters
    ----------
    data : Cohort or DataFrame
    months : sequence of float, optional
        Landmarks, in months from time zero; None is the study's.

    Returns
    -------
    Result
        `.frame`, analysis "landmark": `hr` from each landmark (`level`, month) on, crude and
        adjusted (`term`); how many were `lost` before it, by arm.

    Source
    ------
    Anderson, Cain and Gelber (1983).
    """
    from ..display.figures.estimates import RATIO, estimates_figure

    cohort = cohort.choose(landmarks=months)
    study, results = cohort.study, shown(each_endpoint(starts.landmarks, cohort), cohort)
    return Result(
        "landmark",
        cohort,
        results,
        tables=lambda: model_tables.landmark_table(results, study),
        figures=lambda: estimates_figure(
            results.assign(level="month " + results["level"].astype(str)),
            study,
            RATIO,
            f"The {study.texts.exposure}'s hazard ratio among patients event-free and in follow-up "
            "beyond each landmark, from there on.",
            MODELS,
            statistic="hr",
        ),
        sentences=lambda: {"landmark": sentences.time_zero(results, study)},
    )


@takes("time event by unit covariates", needed="time event by", section="robustness_weighting")
def weighting(cohort: Cohort, *, covariates: Sequence[str] | None = None) -> Result:
    """Weigh patients by their propensity score: overlap, and inverse probability weights.

    Doors: `.table()`, `.figure()` (balance), `.sentence()` (parts "balance", "weights",
    "weighted").

    >>> from cohortbook import load_cohort, weighting
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"], resamples=100)
    >>> weighting(cohort, covariates=["age", "sex"]).frame.analysis.unique().tolist()
    ['weighting']

    Returns
    -------
    Result
        `.frame`, analysis "weighting": `hr` by kind of weights (`term`), `smd` of each covariate
        before and after, effective sample sizes.

    Source
    ------
    Li, Morgan and Zaslavsky (2018), Austin (2009). R: `WeightIt`, `cobalt`.
    """
    from ..display.figures.balance import balance_figure

    cohort = cohort.choose(covariates=covariates)
    study, results = cohort.study, shown(weights.weighting(cohort), cohort)
    return Result(
        "weighting",
        cohort,
        results,
        tables=lambda: model_tables.weights_table(results, study),
        figures=lambda: balance_figure(weights.balance(results), study),
        sentences=lambda: confounding.weights(results, study),
    )


@takes("time event entry by unit covariates", needed="time event by", section="robustness_survival")
def e_values(cohort: Cohort, sparse: Result | None = None) -> Result:
    """Say how strong an unmeasured confounder would have to be (VanderWeele and Ding, 2017).

    Doors: `.table()`, `.figure()`, `.sentence()` (part "e_value").

    >>> from cohortbook import e_values, load_cohort
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"], covariates=["age"])
    >>> e_values(cohort).frame.estimate.round(2).tolist()
    [3.2, 1.18, 2.94, 1.0]

    Parameters
    ----------
    data : Cohort or DataFrame
    sparse : Result, optional
        Of `sparse_data`, whose hazard ratios are taken; computed if not given.

    Returns
    -------
    Result
        `.frame`, analysis "e_value": of the `estimate` and of the `limit` nearer to no effect, by
        model (`level`); 1 = none is needed.

    Source
    ------
    VanderWeele and Ding (2017). R: `EValue`.
    """
    from ..display.figures.estimates import Axis, estimates_figure

    fits = (sparse or sparse_data(cohort)).frame
    study = cohort.study
    found = shown(weights.e_values(cohort, fits[fits["term"] == "likelihood"]), cohort)
    kinds = {"estimate": ("of the estimate", "ratio"), "limit": ("of the limit", "ratio")}
    return Result(
        "e_values",
        cohort,
        found,
        tables=lambda: tidy.results_table(
            found, study, "E-values of the hazard ratios.", kinds, MODELS
        ),
        figures=lambda: estimates_figure(
            found.assign(group=[kinds[name][0] for name in found["statistic"]]),
            study,
            Axis("E-value", "E-value", formats.ratio, 1.0, log=True),
            "How strong an unmeasured confounder would have to be (E-value), of each hazard ratio "
            "and of its limit nearer to no effect.",
            MODELS,
        ),
        sentences=lambda: {"e_value": confounding.e_value(found, study)},
    )


@takes("time event entry by unit covariates", needed="time event by", section="robustness_survival")
def restricted_means(
    cohort: Cohort,
    *,
    milestones: Sequence[float] | None = None,
    horizon: float | None = None,
    horizon_at_risk: float | None = None,
) -> Result:
    """Compare restricted mean survival, and survival at milestones; no hazards are assumed.

    Doors: `.table()`, `.figure()` (the difference over the horizon), `.sentence()` (part
    "restricted").

    >>> from cohortbook import load_cohort, restricted_means
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"])
    >>> restricted_means(cohort, milestones=[12]).frame.statistic.unique().tolist()
    ['mean', 'difference', 'ratio', 'survival']

    Returns
    -------
    Result
        `.frame`, analysis "restricted": `mean` by arm and their `difference` in months to the
        horizon (`level`), `ratio`, `survival` (per cent) at milestones;
        `.frames["over_horizon"]`: the difference to each horizon.

    Source
    ------
    Uno et al. (2014). R: `survRM2`.
    """
    from ..display.figures.restricted import restricted_figure

    cohort = cohort.choose(milestones=milestones, horizon=horizon, horizon_at_risk=horizon_at_risk)
    study, results = cohort.study, shown(each_endpoint(means.restricted_means, cohort), cohort)
    curve = each_endpoint(means.difference_curve, cohort)
    return Result(
        "restricted_means",
        cohort,
        results,
        frames={"over_horizon": curve},
        tables=lambda: result_tables.restricted_table(results, study),
        figures=lambda: restricted_figure(curve, study),
        sentences=lambda: {"restricted": confounding.restricted(results, study)},
    )


@takes("best by", needed="best by", section="robustness_response")
def response_robustness(cohort: Cohort) -> Result:
    """Count patients not evaluable as failures, leave them out, and count them as successes.

    Doors: `.table()`, `.figure()`, `.sentence()` (part "response").

    >>> from cohortbook import load_cohort, response_robustness
    >>> found = response_robustness(load_cohort("data/wei2026")).frame
    >>> found.query("statistic == 'p_value' and term == 'ORR'").p_value.round(3).tolist()
    [0.133, 0.133, 0.188]

    Returns
    -------
    Result
        `.frame`, analysis "response_robustness": `n`, `risk_difference` (points, Newcombe), P by
        rate (`term`) and by what the not evaluable count as (`level`), and `fragility` (patients).

    Source
    ------
    Newcombe (1998), Walsh et al. (2014). R: `fisher.test`.
    """
    from ..display.figures.estimates import Axis, estimates_figure

    study, results = cohort.study, shown(rates.response_robustness(cohort), cohort)
    return Result(
        "response_robustness",
        cohort,
        results,
        tables=lambda: result_tables.response_robustness_table(results, study),
        figures=lambda: estimates_figure(
            results,
            study,
            Axis("Difference (percentage points)", "Points", none=0.0),
            f"Difference of the response rates, {md(study.comparison_arm.label)} minus "
            f"{md(study.reference.label)}, by what patients not evaluable count as.",
            NOT_EVALUABLE,
            statistic="risk_difference",
        ),
        sentences=lambda: {"response": verdicts.response(results, study)},
    )


@takes("time event entry by unit covariates best", needed="by", section="robustness")
def adjusted_tests(cohort: Cohort, *, p_adjustment: str | None = None) -> Result:
    """Adjust the P values of all tests of the main analysis that compare the arms, as one family.

    Doors: `.table()`, `.figure()`, `.sentence()` (parts "multiplicity", "adjustment").

    >>> from cohortbook import adjusted_tests, load_cohort
    >>> found = adjusted_tests(load_cohort("data/wei2026"), p_adjustment="holm").frame
    >>> found.statistic.unique().tolist()
    ['test', 'holm', 'benjamini_hochberg']

    Returns
    -------
    Result
        `.frame`, analysis "tests": P of each `test` with its effect, and P adjusted by `holm` and
        `benjamini_hochberg`; n = tests in the family.

    Source
    ------
    Holm (1979), Benjamini and Hochberg (1995). R: `p.adjust`.
    """
    from ..display.figures.estimates import Axis, estimates_figure

    cohort = cohort.choose(p_adjustment=p_adjustment)
    study = cohort.study
    results = shown(families.adjusted_tests(families.all_tests(cohort)), cohort)
    return Result(
        "adjusted_tests",
        cohort,
        results,
        tables=lambda: result_tables.adjusted_tests_table(results, study),
        figures=lambda: estimates_figure(
            families.p_values(results),
            study,
            Axis("P value", "P", formats.p_value, study.statistics.alpha),
            "*P* of each test of the main analysis as it is, and adjusted for their number; the "
            "line is at the significance level.",
            TESTS,
        ),
        sentences=lambda: {
            "multiplicity": verdicts.multiplicity(results, study),
            "adjustment": verdicts.adjustment(study),
        },
    )


@takes("time event entry by unit covariates", needed="time event by", section="robustness_survival")
def second_opinion(cohort: Cohort) -> Result:
    """Compute curves and tests again with lifelines, and the adjusted models with statsmodels.

    Doors: `.table()`, `.figure()`, `.sentence()` (part "agreement").

    >>> from cohortbook import load_cohort, second_opinion
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"], covariates=["age"])
    >>> second_opinion(cohort).sentence()[:60]
    'Computed again by independent libraries: survival probabilit'

    Returns
    -------
    Result
        `.frame`, analysis "second_opinion": `largest_difference`, absolute for survival (0 to 1)
        and log-rank P, of log hazard ratios for Cox, by library (`method`).

    Source
    ------
    lifelines (curves, log-rank test), statsmodels (Cox).
    """
    from ..display.figures.estimates import Axis, estimates_figure

    study, results = cohort.study, shown(each_endpoint(opinion, cohort), cohort)
    return Result(
        "second_opinion",
        cohort,
        results,
        tables=lambda: tidy.results_table(
            results,
            study,
            "Largest differences from independent libraries.",
            {"largest_difference": ("largest difference", "small")},
            SECOND,
        ),
        figures=lambda: estimates_figure(
            results,
            study,
            Axis("Largest difference", "Difference", tidy.PRINTED["small"], 0.0),
            "Largest differences between our numbers and those of independent libraries.",
            SECOND,
        ),
        sentences=lambda: {"agreement": sentences.agreement(results, study)},
    )


@takes("time event entry by unit covariates best", needed="by", section="robustness")
def verdict(cohort: Cohort, tests: Result, evidence: Sequence[Result]) -> Result:
    """Hold each finding of the main analysis against each check that was made.

    Doors: `.table()`, `.figure(endpoint)`, `.sentence()` (parts "verdict", "conclusion").

    >>> from cohortbook import adjusted_tests, landmark, load_cohort, verdict
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"], covariates=["age"])
    >>> found = verdict(cohort, adjusted_tests(cohort), [landmark(cohort)]).frame
    >>> found.query("statistic == 'check'").group.unique().tolist()[:2]
    ['multiplicity', 'landmark_0.46_last']

    Parameters
    ----------
    data : Cohort or DataFrame
    tests : Result
        Of `adjusted_tests`.
    evidence : sequence of Result
        Of the checks, in the order in which they are told.

    Returns
    -------
    Result
        `.frame`, analysis "verdict": each `finding` and under it each `check`, with estimate,
        limits and P, and in `method` what the check makes of it.

    Source
    ------
    The rules in `docs/rules.md`.
    """
    from ..display.figures.checks import checks_figure

    study, frames = cohort.study, [one.frames.get("curve", one.frame) for one in evidence]
    results = shown(judging.verdict(cohort, tests.frame, frames), cohort)
    return Result(
        "verdict",
        cohort,
        results,
        tables=lambda: result_tables.verdict_table(results, study),
        figures=lambda endpoint=None: checks_figure(results, study, endpoint),
        sentences=lambda: verdicts.findings(results, study),
    )

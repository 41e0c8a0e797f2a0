"""How much the treatment's effect depends on the choices made: one verb a check.

Each check is asked of every endpoint of the cohort; `cohort.choose(endpoints=["os"])` asks it of
one. The figure of a check that has one an endpoint takes its name: `.figure(endpoint="os")`.
"""

from __future__ import annotations

from collections.abc import Sequence

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
from .given import takes
from .result import Result, shown


@takes("time event by unit covariates", needed="time event by", section="robustness_specification")
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
        `.frame`, analysis "specification_summary"; `.frames["curve"]`: every model.
    """
    cohort = cohort.choose(covariates=covariates, specifications=specifications)
    study, curve = cohort.study, each_endpoint(sets.specification_curve, cohort)
    summary = shown(sets.specification_summary(curve, cohort), cohort)

    def figure(endpoint: str):
        from ..display.figures.specification import specification_curve_figure

        choices = sets.specification_choices(curve, cohort, endpoint)
        return specification_curve_figure(choices, study, endpoint)

    return Result(
        "specification_curve",
        cohort,
        summary,
        frames={"curve": curve},
        figures=figure,
        tables=lambda: model_tables.specification_table(summary, study),
        sentences=lambda: sentences.covariate_sets(summary, study),
    )


@takes("time event by unit covariates", needed="time event by", section="robustness_specification")
def added_covariates(cohort: Cohort) -> Result:
    """Add the covariates to the treatment one by one, in the order of the study file.

    Doors: `.table()`, `.sentence()` (part "added").

    >>> from cohortbook import added_covariates, load_cohort
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"], covariates=["age"])
    >>> added_covariates(cohort).frame.estimate.round(3).tolist()
    [0.391, 0.363]
    """
    study, path = cohort.study, shown(each_endpoint(steps.added_covariates, cohort), cohort)
    return Result(
        "added_covariates",
        cohort,
        path,
        tables=lambda: model_tables.added_covariates_table(path, study),
        sentences=lambda: {"added": sentences.added(path, study)},
    )


@takes("time event by unit covariates", needed="time event by", section="robustness_survival")
def leave_one_out(cohort: Cohort) -> Result:
    """Fit the treatment's models without each patient in turn.

    Doors: `.table()`, `.sentence()` (part "leave_one_out").

    >>> from cohortbook import leave_one_out, load_cohort
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"], covariates=["age"])
    >>> leave_one_out(cohort).frame.statistic.unique().tolist()
    ['hr_range', 'p_range', 'decides']

    Returns
    -------
    Result
        `.frame`: the summary, an endpoint and model a group; `.frames["each"]`: every refit.
    """
    study, each = cohort.study, shown(each_endpoint(loo.leave_one_out, cohort), cohort)
    summary = shown(loo.leave_one_out_summary(each, cohort), cohort)
    return Result(
        "leave_one_out",
        cohort,
        summary,
        frames={"each": each},
        tables=lambda: model_tables.leave_one_out_table(summary, study),
        sentences=lambda: {"leave_one_out": sentences.left_out(summary, study)},
    )


@takes("time event by unit covariates", needed="time event by", section="robustness_survival")
def bootstrap(
    cohort: Cohort,
    left_out: Result | None = None,
    *,
    resamples: int | None = None,
    seed: int | None = None,
) -> Result:
    """Draw the patients again with replacement: percentile and BCa limits of the hazard ratios.

    Doors: `.figure()`, `.sentence()` (part "bootstrap").

    >>> from cohortbook import bootstrap, load_cohort
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"], covariates=["age"])
    >>> bootstrap(cohort, resamples=100).frame.term.unique().tolist()
    ['percentile', 'bca', '']

    Parameters
    ----------
    cohort : Cohort
    left_out : Result, optional
        Of `leave_one_out`, which the BCa limits need; computed if not given.
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
        figures=lambda: bootstrap_density_figure(
            *boot.bootstrap_panels(cohort, draws, results), study
        ),
        sentences=lambda: {"bootstrap": sentences.resampled(results, study)},
    )


@takes("time event by unit covariates", needed="time event by", section="robustness_survival")
def sparse_data(cohort: Cohort) -> Result:
    """Put Firth's penalised likelihood beside maximum likelihood, alone and adjusted.

    Doors: `.table(resampled)` (with the result of `bootstrap`), `.sentence()` (part "sparse").

    >>> from cohortbook import load_cohort, sparse_data
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"], covariates=["age"])
    >>> sparse_data(cohort).frame.estimate.round(3).tolist()
    [0.391, 0.401, 0.363, 0.375]
    """
    study, results = cohort.study, shown(each_endpoint(penalties.sparse_data, cohort), cohort)
    return Result(
        "sparse_data",
        cohort,
        results,
        tables=lambda resampled: model_tables.estimates_table(results, resampled.frame, study),
        sentences=lambda: {"sparse": sentences.penalised(results, study)},
    )


@takes("time event by unit covariates", needed="time event by", section="robustness_survival")
def landmark(cohort: Cohort, *, months: Sequence[float] | None = None) -> Result:
    """Compare the patients event-free and in follow-up beyond each landmark, from there on.

    Doors: `.table()`, `.sentence()` (part "landmark").

    >>> from cohortbook import landmark, load_cohort
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"], covariates=["age"])
    >>> found = landmark(cohort, months=[6]).frame
    >>> found.query("statistic == 'hr'").estimate.round(3).tolist()
    [0.391, 0.391, 0.341, 0.363, 0.363, 0.299]
    """
    cohort = cohort.choose(landmarks=months)
    study, results = cohort.study, shown(each_endpoint(starts.landmarks, cohort), cohort)
    return Result(
        "landmark",
        cohort,
        results,
        tables=lambda: model_tables.landmark_table(results, study),
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


@takes("time event by unit covariates", needed="time event by", section="robustness_survival")
def e_values(cohort: Cohort, sparse: Result | None = None) -> Result:
    """Say how strong an unmeasured confounder would have to be (VanderWeele and Ding, 2017).

    Doors: `.sentence()` (part "e_value").

    >>> from cohortbook import e_values, load_cohort
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"], covariates=["age"])
    >>> e_values(cohort).frame.estimate.round(2).tolist()
    [3.22, 1.13, 3.42, 1.27]
    """
    fits = (sparse or sparse_data(cohort)).frame
    study = cohort.study
    found = shown(weights.e_values(cohort, fits[fits["term"] == "likelihood"]), cohort)
    return Result(
        "e_values", cohort, found, sentences=lambda: {"e_value": confounding.e_value(found, study)}
    )


@takes("time event by unit covariates", needed="time event by", section="robustness_survival")
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

    Doors: `.table()`, `.sentence()` (part "response").

    >>> from cohortbook import load_cohort, response_robustness
    >>> found = response_robustness(load_cohort("data/wei2026")).frame
    >>> found.query("statistic == 'p_value' and term == 'ORR'").p_value.round(3).tolist()
    [0.133, 0.133, 0.188]
    """
    study, results = cohort.study, shown(rates.response_robustness(cohort), cohort)
    return Result(
        "response_robustness",
        cohort,
        results,
        tables=lambda: result_tables.response_robustness_table(results, study),
        sentences=lambda: {"response": verdicts.response(results, study)},
    )


@takes("time event by unit covariates best", needed="by", section="robustness")
def adjusted_tests(cohort: Cohort, *, p_adjustment: str | None = None) -> Result:
    """Adjust the P values of all tests of the main analysis that compare the arms, as one family.

    Doors: `.table()`, `.sentence()` (parts "multiplicity", "adjustment").

    >>> from cohortbook import adjusted_tests, load_cohort
    >>> found = adjusted_tests(load_cohort("data/wei2026"), p_adjustment="holm").frame
    >>> found.statistic.unique().tolist()
    ['test', 'holm', 'benjamini_hochberg']
    """
    cohort = cohort.choose(p_adjustment=p_adjustment)
    study = cohort.study
    results = shown(families.adjusted_tests(families.all_tests(cohort)), cohort)
    return Result(
        "adjusted_tests",
        cohort,
        results,
        tables=lambda: result_tables.adjusted_tests_table(results, study),
        sentences=lambda: {
            "multiplicity": verdicts.multiplicity(results, study),
            "adjustment": verdicts.adjustment(study),
        },
    )


@takes("time event by unit covariates", needed="time event by", section="robustness_survival")
def second_opinion(cohort: Cohort) -> Result:
    """Compute curves and tests again with lifelines, and the adjusted models with statsmodels.

    Doors: `.sentence()` (part "agreement").

    >>> from cohortbook import load_cohort, second_opinion
    >>> cohort = load_cohort("data/wei2026").choose(endpoints=["os"], covariates=["age"])
    >>> second_opinion(cohort).sentence()[:60]
    'Computed again by independent libraries: survival probabilit'
    """
    study, results = cohort.study, shown(each_endpoint(opinion, cohort), cohort)
    return Result(
        "second_opinion",
        cohort,
        results,
        sentences=lambda: {"agreement": sentences.agreement(results, study)},
    )


@takes("time event by unit covariates best", needed="by", section="robustness")
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
    cohort : Cohort
    tests : Result
        Of `adjusted_tests`.
    evidence : sequence of Result
        Of the checks, in the order in which they are told.
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

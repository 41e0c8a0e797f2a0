"""The settings in force, as a table for the notebooks and as sentences for the Methods."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ...analysis.rules import BAND_PATHS, FEW_EVENTS, MOST_LEFT_OUT, PERMUTATIONS
from ...cohort.cohort import Cohort
from ...formats import conf_label, level, percentage
from ...formats import markdown as md
from ...study.settings import FEWEST_COPIES, MOST_COPIES, Statistics
from ...study.settings import PRESETS as study_presets
from ...study.study import Study
from ..layout.table import Row, Table
from ..sentences import entry
from ..words import capital, clauses, listed, lower, number_word

TIES = {"breslow": "Breslow", "efron": "Efron"}
CONF_TYPES = {
    "plain": "inverting untransformed (linear) confidence limits, as Brookmeyer and Crowley "
    "described",
    "log": "inverting confidence limits of the log of the survival",
    "log-log": "inverting confidence limits on the log-log scale",
}
DENSITY = (
    "dividing the standard error of the curve there by the curve's slope about it, its density"
)
MEDIANS = {
    "first": "the first time at which survival is at or below one half",
    "midpoint": "the first time at which survival is below one half, or the middle of the time "
    "during which it is exactly one half (its beginning if the curve ends there)",
}
SUMMARIES = {
    "median_range": "medians with ranges",
    "median_iqr": "medians with quartiles",
    "mean_sd": "means with standard deviations",
}
PARTS = study_presets
PRESETS = {"spss": "IBM SPSS Statistics", "r": "R and its survival package"}


def settings_table(cohort: Cohort) -> Table:
    """Show the settings that this notebook works with."""
    study, s = cohort.study, cohort.study.statistics
    rows = [
        ("Study", study.texts.title),
        ("Data", "synthetic" if study.synthetic else "not marked as synthetic"),
        ("Patients", _patients(cohort)),
        ("Arms", " / ".join(f"{arm.label} ({cohort.n_by_arm[arm.code]})" for arm in study.arms)),
        *_other_arms(cohort),
        *([("Reference arm", study.reference.label)] if study.compares else []),
        ("Preset", s.preset),
        ("Significance level", level(s.alpha)),
        ("Intervals", conf_label(s.conf_level)),
        *([("Entry", f"after time zero: {study.entry.column}")] if study.entry else []),
        ("Ties in Cox models", TIES[s.ties]),
        ("Limits of Kaplan-Meier curves", s.conf_type),
        ("Median", s.median),
        *([("Limits of a median", "density")] if s.median_limits == "density" else []),
        ("Quartiles", s.quartiles),
    ]
    return Table(
        ["Setting", "In force"],
        [Row(cells) for cells in rows],
        "Settings in force.",
        widths=[1, 2],
        left=(0, 1),
    )


def _other_arms(cohort: Cohort) -> list[tuple[str, str]]:
    """Name the arms beyond the two, which are compared with them in parts."""
    sizes, further = cohort.of_all_arms.n_by_arm, cohort.study.further_arms
    told = [f"{arm.label} ({sizes[arm.code]})" for arm in further if arm.code in sizes]
    return [("Further arms", " / ".join(told))] if told else []


def _patients(cohort: Cohort) -> str:
    """Count the patients; where some were left out in the notebook, of how many, and why."""
    kept = cohort.kept
    return f"{len(cohort)} of {kept.of} ({kept.why})" if kept else str(len(cohort))


def comparison_methods(study: Study) -> str:
    """Describe the tests of baseline variables, response and safety."""
    if not study.compares:
        return f"{_described(study)}{_quartiles(study)}{_withheld(study)}"
    s = study.statistics
    beyond = (
        "; the same rule was applied to larger tables"
        if s.fisher_beyond_2x2
        else "; larger tables were compared by Pearson's chi-squared test"
    )
    many = len(study.all_arms) > 2
    ranks = "Kruskal-Wallis test" if many else "Mann-Whitney U test"
    pair = " of the two arms that differ most" * many
    return (
        f"{_of_all_arms(study)}{_described(study)} Two-by-two tables were "
        "compared by Fisher's exact test when any expected count was below five and otherwise by "
        f"Pearson's chi-squared test without continuity correction{beyond}. Continuous variables "
        f"were compared by the {ranks} (asymptotic, without continuity correction). "
        f"Balance is also described by the absolute standardised mean difference{pair}."
        f"{_quartiles(study)}{_withheld(study)}"
    )


def _described(study: Study) -> str:
    """Say how variables are summarised, those of each kind that the baseline table has."""
    asked = {row.summary for row in study.baseline
             if study.variables[row.variable].kind == "continuous"}  # fmt: skip
    ways = [told for key, told in SUMMARIES.items() if key in asked]
    continuous = f", continuous ones as {' or '.join(ways)}" if ways else ""
    return f"Categorical variables are given as numbers and percentages{continuous}."


def _of_all_arms(study: Study) -> str:
    """Say in which parts arms beyond the two are compared with them."""
    arms = study.all_arms
    if len(arms) < 3:
        return ""
    names = listed([md(arm.label) for arm in arms])
    return (
        f"Baseline characteristics, response and safety are of all {number_word(len(arms))} arms "
        f"({names}), which were compared by one test for each row. Survival models and checks of "
        f"robustness compare {md(study.comparison_arm.label)} with {md(study.reference.label)}, "
        "and all patients are there those of these two arms. "
    )


def _quartiles(study: Study) -> str:
    """Say how quartiles were computed, where the baseline table prints any."""
    if all(row.summary != "median_iqr" for row in study.baseline):
        return ""
    return f" Quartiles are of {study.statistics.quartiles} (Hyndman and Fan)."


def _withheld(study: Study) -> str:
    smallest = study.privacy.smallest_count
    if not smallest:
        return ""
    return (
        f" Counts from 1 to {smallest - 1} are not shown, nor counts, percentages, tests and "
        "estimates from which one of them could be computed."
    )


def survival_methods(study: Study) -> str:
    """Describe the survival analysis in force."""
    s = study.statistics
    ends = listed([lower(md(spec.label)) for spec in study.endpoints.values()])
    was = "was" if len(study.endpoints) == 1 else "were"
    compared = " and compared by the log-rank test" if study.compares else ""
    limits = DENSITY if s.median_limits == "density" else CONF_TYPES[s.conf_type]
    return (
        f"{capital(ends)} {was} estimated by the Kaplan-Meier method{compared}. "
        f"The median is {MEDIANS[s.median]}; its limits were found by {limits}. Numbers at risk "
        "count patients whose time is not smaller than the time shown. Median follow-up was "
        f"estimated by the reverse Kaplan-Meier method.{entry.methods(study)}{_strata(study)}"
        f"{_several_arms(study)}"
    )


def _several_arms(study: Study) -> str:
    """Say how arms beyond the two are compared."""
    if not study.further_arms or study.privacy.smallest_count:
        return ""
    names = listed([md(arm.label) for arm in study.further_arms])
    how = ADJUSTMENTS.get(study.robustness.p_adjustment)
    pairs = f", with *P* values adjusted {how}" if how else ", without adjustment"
    return (
        f" {names} {'is' if len(study.further_arms) == 1 else 'are'} beyond the two arms that the "
        "models compare: all arms were compared by one log-rank test, every pair by another"
        f"{pairs}, and each arm with the reference arm by Cox models of all arms."
    )


def _strata(study: Study) -> str:
    """Say within what the arms are also compared, and by what limits are also made."""
    ways = _ways(study, "with robust variances by {} (clusters)")
    return f" The arms were also compared {ways}, by log-rank tests and Cox models." if ways else ""


def _ways(study: Study, by_cluster: str) -> str:
    """List how strata and clusters are allowed for; empty where the report does neither."""
    if not study.compares or study.cox is None or study.privacy.smallest_count:
        return ""
    asked = ((study.cox.strata, "within strata of {}"), (study.cox.cluster, by_cluster))
    return listed([
        words.format(lower(md(study.variables[name].label))) for name, words in asked if name
    ])  # fmt: skip


def cox_methods(study: Study) -> str:
    """Describe the regression models in force."""
    if study.cox is None or study.privacy.smallest_count:
        return ""
    s = study.statistics
    factors = listed([lower(md(study.variables[c.variable].label)) for c in study.covariates])
    coding = (
        "In univariable models each level of a factor was compared with all other levels; in the "
        "multivariable model with the reference level."
        if study.cox.univariable_coding == "indicator"
        else "Levels of a factor were compared with its reference level."
    )
    checked = (
        "Proportional hazards were tested by the score test on Schoenfeld residuals. The influence "
        "of single patients is given by dfbetas."
    )
    if not study.covariates:
        return (
            f"Hazard ratios come from Cox proportional hazards models of the "
            f"{md(study.texts.exposure)}, without covariates, with {TIES[s.ties]}'s handling of "
            f"ties. {checked}"
        )
    return (
        f"Hazard ratios come from Cox proportional hazards models with {TIES[s.ties]}'s handling "
        "of ties. Univariable models hold one factor; the multivariable model holds "
        f"{f'the {md(study.texts.exposure)} and ' * study.compares}"
        f"all of these covariates, without selection: {factors}. {coding} Patients "
        "with a missing covariate are left out of the models that need it. A factor of "
        "several levels has also Wald's test of all its levels together, or the likelihood ratio "
        f"test where a level has no finite estimate.{_permuted(study)}{_strata_adjusted(study)} "
        f"{checked}"
    )


def _strata_adjusted(study: Study) -> str:
    """Say how the adjusted ratio was also estimated; of strata and clusters of the study file."""
    ways = _ways(study, "with robust limits by {}")
    return f" The {md(study.texts.exposure)}'s ratio was also estimated {ways}." if ways else ""


def _permuted(study: Study) -> str:
    if not (study.compares and study.covariates):
        return ""
    return (
        f" With fewer than {FEW_EVENTS:g} events for each parameter the adjusted hazard ratio of "
        f"the {md(study.texts.exposure)} has also a *P* value by {PERMUTATIONS:,} permutations "
        "of the martingale residuals."
    )


ADJUSTMENTS = {
    "holm": "by Holm's method",
    "benjamini-hochberg": "by the method of Benjamini and Hochberg",
}


def robustness_methods(study: Study) -> str:
    """Describe the robustness checks in force."""
    if not study.compares or study.privacy.smallest_count:
        return ""
    told = [_survival_checks(study)] if study.endpoints else []
    if study.response:
        told.append(
            "Response rates were computed with patients not evaluable as failures, left out, and "
            "as successes, and the fragility index by Fisher's exact test."
        )
    if not told:
        return ""
    told.append(
        "Each finding was held against checks of the same contrast, and one that repeats the main "
        "analysis or cannot come out otherwise was not judged."
    )
    return f"The robustness of the findings was examined. {' '.join(told)}"


def _survival_checks(study: Study) -> str:
    """Describe the checks of a hazard ratio, those of covariates where there are any."""
    r, adjusted = study.robustness, study.covariates
    sets = (
        f"The hazard ratio was computed with every set of the covariates (a random sample above "
        f"{r.specifications:,} sets). "
        if adjusted
        else ""
    )
    weights = (
        " Propensity scores gave overlap and inverse probability weights; E-values say how strong "
        "an unmeasured confounder would have to be."
        if adjusted and not study.entry
        else ""
    )
    months = [f"{month:g}" for month in r.landmarks]
    landmarks = (
        f" Landmark analyses started at month{'s' if len(months) > 1 else ''} {listed(months)}"
        f"{', among those under observation by then' * bool(study.entry)}."
        if months
        else ""
    )
    return (
        f"{sets}Patients were left out one at a time (above {MOST_LEFT_OUT:,} patients those with "
        f"the largest influence) and resampled {r.resamples:,} times (fewer where the Monte Carlo "
        "standard error of each percentile limit was sooner below "
        f"{percentage(100 * r.precision, 1)}% of it, and for models of very many patients), with "
        "percentile and bias-corrected and accelerated intervals. "
        "Firth's penalised likelihood was used beside maximum likelihood, and restricted mean "
        f"survival beside hazard ratios, {_horizon(study)}.{landmarks}{weights}"
    )


def _horizon(study: Study) -> str:
    r = study.robustness
    if r.horizon is not None:
        return f"to month {r.horizon:g}"
    share = percentage(100 * r.horizon_at_risk, 0)
    return f"to the last month at which at least {share}% of each arm were at risk"


def competing_methods(study: Study) -> str:
    """Describe the analysis of events that compete."""
    ends = [lower(md(spec.label)) for spec in study.endpoints.values() if spec.competing]
    if not ends or study.privacy.smallest_count:
        return ""
    text = (
        f"Of {listed(ends)} the cumulative incidence of each cause was estimated by Aalen-Johansen"
    )
    if not study.compares:
        return f"{text}."
    adjusted = ", alone and with the covariates" * bool(study.cox and study.cox.covariates)
    compared, late = " and compared by Gray's test", ""
    if study.entry:
        compared = ""
        late = (
            " In Fine-Gray models, patients who had another event are weighted by the chance to "
            "have entered, as by that not to be censored. Gray's test does not allow for late "
            "entry and was not made."
        )
    return (
        f"{text}{compared}. Cause-specific hazard ratios come from Cox models in which the other "
        "causes are censored, and subdistribution hazard ratios from Fine-Gray models"
        f"{adjusted}.{late}"
    )


def changing_methods(study: Study) -> str:
    """Describe how arms are compared where hazards need not be proportional."""
    asked = study.non_proportional
    ends = [lower(md(spec.label)) for key, spec in study.endpoints.items()
            if asked and (asked.endpoints is None or key in asked.endpoints)]  # fmt: skip
    if not ends or study.privacy.smallest_count:
        return ""
    how = [
        *_weighted_tests([(f"{rho:g}", f"{gamma:g}") for rho, gamma in asked.weighted_tests]),
        *[f"hazard ratios of their own in the periods that end at month"
          f"{'s' if len(asked.periods) > 1 else ''} "
          f"{listed([f'{end:g}' for end in asked.periods])}, and "
          "after them, with a Wald test that all are one"] * bool(asked.periods),
        *["a Cox model in which the log hazard ratio is a straight line over the log of time"]
        * asked.log_time,
        *_bands(asked.differences),
    ]  # fmt: skip
    if not how:
        return ""
    return (
        f"Whatever the test of proportional hazards found, the arms were also compared for "
        f"{listed(ends)}, without covariates, by {clauses(how)}."
    )


def _weighted_tests(pairs: list[tuple[str, str]]) -> list[str]:
    if not pairs:
        return []
    named = [f"({rho}, {gamma})" for rho, gamma in pairs]
    several = len(pairs) > 1
    text = f"Fleming-Harrington's test{'s' * several} with (rho, gamma) = {listed(named)}"
    together = " and MaxCombo, which judges the largest of them by their joint distribution"
    return [text + together * several]


def _bands(differences: Sequence[str]) -> list[str]:
    names = {"survival": "Kaplan-Meier curves", "restricted_mean": "restricted means"}
    if not differences:
        return []
    return [
        f"differences of {listed([names[of] for of in differences])} over time, with limits at "
        f"each time and a band for the whole curve from {BAND_PATHS:,} simulated paths"
    ]


def spline_methods(study: Study) -> str:
    """Describe how continuous covariates were modelled as curves."""
    if not study.splines or not study.endpoints or study.privacy.smallest_count:
        return ""
    counts: dict[int, list[str]] = {}
    for name, spec in study.splines.items():
        counts.setdefault(spec.knots, []).append(lower(md(study.variables[name].label)))
    told = [f"{listed(names)} with {knots} knots" for knots, names in counts.items()]
    cut = any(study.cut_from(name) for name in study.splines)
    slope = (
        " Where models have a continuous covariate in levels, it was also put beside its own "
        "levels: a likelihood ratio test asks whether a slope is left within them."
    )
    return (
        f"Restricted cubic splines ({listed(told)}, at fixed quantiles), each in turn in a model "
        "with the other covariates, let an effect be no straight line; Wald tests ask for any "
        "effect and for one that is not straight, and curves have limits at each value and "
        f"Scheffé's band for the whole curve.{slope * cut}"
    )


def missing_methods(study: Study) -> str:
    """Describe how missing covariates were imputed."""
    if not study.covariates or not study.endpoints or study.privacy.smallest_count:
        return ""
    moved = " Imputed values were also moved by fixed amounts (tipping points)." * bool(
        study.missing.tipping
    )
    outcome = "the event and the Nelson-Aalen estimate"
    if study.entry:
        outcome = "the event, the Nelson-Aalen estimate and the time of entry"
    return (
        f"Where a covariate is missing in more than {percentage(100 * study.missing.over, 0)}% of "
        "patients, the multivariable model of complete cases stands beside multiple imputation by "
        f"chained equations ({_copies(study)}; predictive mean matching, logistic and "
        f"multinomial models, with {outcome}), pooled by Rubin's rules."
        f"{moved}"
    )


def _copies(study: Study) -> str:
    if study.missing.copies:
        return f"{study.missing.copies} copies"
    share = percentage(100 * study.missing.precision, 0)
    return (
        f"{FEWEST_COPIES} to {MOST_COPIES} copies, as many as brought the Monte Carlo standard "
        f"error of each pooled coefficient to at most {share}% of its standard error, if any did"
    )


def weighted_methods(study: Study) -> str:
    """Describe how the arms were made alike: by weights, in matched pairs, by standardisation."""
    asked = study.weighting
    if asked is None or not study.endpoints or study.privacy.smallest_count:
        return ""
    factors = listed([lower(md(study.variables[c.variable].label)) for c in study.covariates])
    other = md(study.comparison_arm.label)
    ends = [lower(md(study.endpoints[key].label)) for key in study.weighted_endpoints]
    of = f" of {listed(ends)}" if len(ends) < len(study.endpoints) else ""
    weights = {
        "overlap": "overlap weights, for patients who might have been in either arm",
        "ate": "inverse probability weights, for all patients",
        "att": f"weights for patients like those with {other}",
    }[asked.estimand]
    text = (
        "The propensity score, the chance of "
        f"{other} given these covariates by a logistic model ({factors}), gave {weights}. Weighted "
        f"Kaplan-Meier curves, log-rank tests and Cox models{of} have robust variances, which take "
        "the score as known."
    )
    if asked.match:
        pairs = asked.match
        first = {
            "closest": "the closest pair of all first",
            "largest": "those with the largest scores first",
            "data": "in the order of the data",
        }[pairs.order]
        how = {
            "nearest": f"each to the nearest that was left, {first}",
            "optimal": "as many as could be, with the least sum of distances",
        }[pairs.method]
        near = (
            f"within {pairs.caliper:g} standard deviations of it"
            if pairs.caliper
            else "without a caliper"
        )
        text += (
            f" Patients with {other} were also matched 1:{pairs.ratio} on the logit of the score, "
            f"without replacement, {near}, {how}; the matched were compared by Cox models with "
            "pairs as clusters, and with pairs as strata."
        )
    if asked.standardise:
        text += (
            " Standardised curves (g-formula) average over all patients what a Cox model with "
            f"these covariates predicts for them in each arm, with limits of up to "
            f"{asked.resamples:,} bootstrap resamples."
        )
    return f"{text} All suppose that no other factor decided on the {md(study.texts.exposure)}."


def model_methods(study: Study) -> str:
    """Describe how the prognostic model was made and judged."""
    spec = study.model
    if spec is None or not study.endpoints or study.privacy.smallest_count:
        return ""
    end = study.endpoints[study.predicted_endpoint]
    kind = "Fine-Gray model" if end.competing else "Cox model"
    names = [lower(md(study.variables[c.variable].label)) for c in study.predictors]
    names += [md(study.texts.exposure)] if spec.arm and study.compares else []
    shrunk = (
        ""
        if spec.penalty == "none"
        else f" Its coefficients were shrunken ({spec.penalty}, on the scale of one standard "
        f"deviation); the penalty is the one of least deviance in {spec.folds}-fold "
        "cross-validation, and was chosen anew in each resample."
    )
    competing = (
        " Patients with another event count as never having this one; observed risks are "
        "Aalen-Johansen estimates."
        if end.competing
        else ""
    )
    return (
        f"A prognostic model of the risk of {md(end.event_label)} ({md(end.short)}) by month "
        f"{spec.horizon:g}, whose covariates were named in advance, is a {kind} of "
        f"{listed(names)}, in patients who lack none of them.{shrunk} It was judged by Harrell's "
        "and Uno's C, the calibration slope, the observed over the predicted risk, the Brier score "
        "and the net benefit of acting on it; each was corrected for optimism by making the model "
        f"anew in {spec.resamples:,} bootstrap resamples. The calibration curve is a restricted "
        f"cubic spline of the predicted risk with three knots.{competing} No other patients tried "
        "the model."
    )


def late_treatment_methods(study: Study) -> str:
    """Describe the analyses of a treatment that began during follow-up."""
    start = study.treatment_start
    if start is None or not study.endpoints or study.privacy.smallest_count or study.entry:
        return ""
    name, adjusted = md(study.comparison_arm.label), bool(study.cox and study.cox.covariates)
    model = {"cox": "a Cox model", "logistic": "a pooled logistic model"}[start.weights]
    cut = f", at most their {100 * start.truncate:g}th percentile" if start.truncate else ""
    return (
        f"Patients had to live until {name} began to be counted in that arm. Beside the analysis "
        "by final group, four count nobody as treated before: the patients in follow-up at month "
        f"{start.grace:g}, by whether {name} had begun (landmark); a Cox model in which it begins "
        "when it did, with the Mantel-Byar test; two strategies, to begin by month "
        f"{start.grace:g} or not to, followed by copies of each patient that are censored when "
        f"they depart from theirs and weighted for that by {model} and a logistic model{cut}, "
        f"with robust limits and those of up to {start.resamples:,} bootstrap resamples with the "
        "weights estimated anew, fewer where the Monte Carlo standard error of each limit was "
        f"sooner below {percentage(100 * study.robustness.precision, 1)}% of it and in large "
        "cohorts (clone-censor-weight); and a sequence of trials, one from each "
        "time at which somebody began, whose controls leave when they begin. "
        + ("Each was made alone and with the covariates of the Cox models. " if adjusted else "")
        + "Curves are by current treatment (Simon-Makuch). All suppose that, given the covariates, "
        "who began and when had nothing to do with how long they would have lived."
    )


def response_methods(study: Study) -> str:
    """Describe the response criteria and rates in force."""
    spec = study.response
    if spec is None:
        return ""
    text = (
        f"Best overall response was assessed by {md(spec.criteria)}. The objective response rate "
        f"counts {md(listed(list(spec.objective)))}, the disease control rate "
        f"{md(listed(list(spec.control)))}"
    )
    if spec.not_evaluable:
        text += (
            "; patients not evaluable stay in the denominator as failures, and a sensitivity "
            "analysis leaves them out"
            if spec.not_evaluable_is == "failure"
            else "; patients not evaluable are left out, and a sensitivity analysis counts them as "
            "failures"
        )
    difference = " and their difference Newcombe's limits" if study.compares else ""
    if len(study.all_arms) > 2:
        how = ADJUSTMENTS.get(study.robustness.p_adjustment)
        pairs = f"with *P* values adjusted {how}" if how else "without adjustment"
        difference = f" and differences of pairs Newcombe's; every pair was also tested, {pairs}"
    return f"{text}. Rates have Clopper-Pearson limits{difference}.{_duration(study)}"


def _duration(study: Study) -> str:
    """Describe the duration of response, where it is asked for."""
    spec = study.response.duration
    if spec is None or study.privacy.smallest_count or study.entry:
        return ""
    end = study.endpoints[spec.endpoint]
    compared = (
        " Responders are not a randomised group and were selected after time zero: their "
        "comparison by arm describes them, and is no effect of treatment."
        if study.compares
        else ""
    )
    return (
        " Duration of response is the time from the first response to "
        f"{md(end.event_label)}, among responders alone, by Kaplan and Meier's method.{compared}"
    )


def safety_methods(study: Study) -> str:
    """Describe how adverse events were graded and counted."""
    spec = study.adverse_events
    if spec is None:
        return ""
    compared = ", and arms were compared by Fisher's exact test" if study.compares else ""
    return (
        f"Adverse events were graded by {md(spec.criteria)}; a patient counts once a term at the "
        f"highest grade{compared}."
    )


def level_methods(
    settings: Statistics, used: Mapping[str, Mapping[str, float]] | None = None
) -> str:
    """Describe significance level, intervals and whose conventions are followed.

    Parameters
    ----------
    settings : Statistics
        The study file's.
    used : mapping, optional
        "alpha" and "conf_level": of each section of the report that has one, by its name.
    """
    used = used or {}
    alphas = {name: level(one) for name, one in used.get("alpha", {}).items()}
    intervals = {name: conf_label(one) for name, one in used.get("conf_level", {}).items()}
    return (
        "Tests are two-sided at a significance level of "
        f"{_with_exceptions(level(settings.alpha), alphas)}, without "
        "adjustment for multiple comparisons unless stated; intervals are "
        f"{_with_exceptions(conf_label(settings.conf_level), intervals)}. "
        f"{_conventions(settings)}"
    )


def _with_exceptions(usual: str, used: Mapping[str, str]) -> str:
    """Give what most sections used, and behind it where another was: 0.05 (0.01 in Survival)."""
    if used and usual not in used.values():
        usual = Counter(used.values()).most_common(1)[0][0]
    others: dict[str, list[str]] = {}
    for name, text in used.items():
        if text != usual:
            others.setdefault(text, []).append(name)
    told = "; ".join(f"{text} in {listed(names)}" for text, names in others.items())
    return f"{usual} ({told})" if told else usual


def _conventions(settings: Statistics) -> str:
    """Say whose conventions are followed, and where they are not."""
    own = {
        "ties": f"ties in Cox models are {TIES[settings.ties]}'s",
        "conf_type": f"limits of curves are {settings.conf_type}",
        "quartiles": f"quartiles are of {settings.quartiles}",
        "median": f"the median is {MEDIANS[settings.median]}",
    }
    apart = [own[name] for name, usual in PARTS[settings.preset].items()
             if getattr(settings, name) != usual]  # fmt: skip
    if (settings.preset == "spss") != (settings.median_limits == "density"):
        # its KM procedure prints t +- z se(S) / f(t), with the curve's slope as density f
        apart.append(
            "limits of a median, which it takes from an estimate of the density and which here "
            "invert the limits of the curve"
            if settings.preset == "spss"
            else "limits of a median, which are from an estimate of the density"
        )
    text = f"Ties, limits of curves, medians and quartiles follow {PRESETS[settings.preset]}"
    return f"{text}, except for this: {clauses(apart)}." if apart else f"{text}."


def families_methods(study: Study) -> str:
    """Name the primary endpoint and the families of tests; "" where nothing is compared."""
    if not study.compares or not study.endpoints:
        return ""
    first = lower(md(study.endpoints[study.primary_endpoint].label))
    told = (
        f"The primary endpoint is {first}."
        if study.primary
        else f"The study file names no primary endpoint; {first}, its first, stands first here, "
        "and no test was set apart to confirm anything."
    )
    how = ADJUSTMENTS.get(study.robustness.p_adjustment)
    hidden = bool(study.privacy.smallest_count)
    family = [
        *["the response rates"] * bool(study.response),
        *["each adjusted hazard ratio"] * bool(study.covariates and not hidden),
        "each endpoint by the log-rank test, in all patients"
        + " and in the subgroups named" * bool(study.subgroups and not hidden),
    ]
    adjusted = f" *P* values of this family were also adjusted {how}." if how and not hidden else ""
    others = [
        *["tests of interaction"] * bool(study.covariates and not hidden),
        *["survival at milestones"] * any(e.milestones for e in study.endpoints.values()),
        *["adverse events"] * bool(study.adverse_events),
        *["reasons for stopping treatment"] * bool(study.discontinuation),
        *["baseline variables"] * bool(study.baseline),
    ]
    rest = (
        f" Tests of {listed([one.removeprefix('tests of ') for one in others])} are families of "
        "their own, exploratory and not adjusted."
        if others
        else ""
    )
    style = (
        " A *P* value below the significance level is called significant."
        if study.texts.style == "significance"
        else " Effects are given with their intervals, and no test is called significant or not."
    )
    return (
        f"{told} The tests of the main analysis are one family: {listed(family)}."
        f"{adjusted}{rest}{style}"
    )

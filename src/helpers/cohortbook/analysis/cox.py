"""Cox models: the treatment alone, each factor alone, and all together."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..formats import counted, number
from ..results import frame, pick, row
from ..stats.cox import CoxFit, cox_fit
from ..stats.zph import cox_zph
from ..study.parts import Covariate
from .design import ARM, Design, Term, design, has_level, known, model_terms, reference_level
from .permutation import permuted, without_treatment, worth_permuting
from .rules import FEW_EVENTS

UNIVARIABLE, MULTIVARIABLE = "cox_univariable", "cox_multivariable"
NO_REFERENCE = "not estimable: nobody in the model has the reference level"
NO_FINITE_ESTIMATE = (
    "no finite estimate, as among patients at risk together all events were on one side "
    "(separation)"
)


def treatment_effect(cohort: Cohort, endpoint: str) -> dict[str, Any]:
    """Give the crude hazard ratio of the treatment as the cells of a result row."""
    data = design(cohort, endpoint, [Term(ARM, cohort.study.comparison_arm.code)], entry=True)
    return hr_cells(fit_model(cohort, data), 0)


def prognostic_factors(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Fit each factor alone and all factors together; the treatment too where there are two arms.

    Each model uses the patients who have its covariates. Factors of several levels alone are
    coded as the study says: against the reference level, or each level against all others.

    Returns
    -------
    DataFrame
        Tidy results, analyses "cox_univariable" and "cox_multivariable": `hr` per term and level
        (reference levels have estimate 1 and note "reference"; `n`, `n_events` are those of the
        level), `factor_p` (Wald test of a factor of several levels, estimate = degrees of
        freedom), `factor_lr` (likelihood ratio test of a factor without a finite estimate), and
        for the multivariable model `events_per_parameter`, `concordance`, `likelihood_ratio`.
        Where a missing covariate leaves patients out of it, `hr_same_patients` is the treatment's
        crude ratio in the rest; where events are few, `permutation` has another P of the adjusted
        ratio.
    """
    covariates = cohort.study.covariates
    rows: list[dict] = []
    for covariate in covariates:
        rows += _alone(cohort, endpoint, covariate)
    if cohort.study.compares:
        rows += _model_rows(cohort, endpoint, UNIVARIABLE, model_terms(cohort, []), [])
    rows += _model_rows(
        cohort, endpoint, MULTIVARIABLE, model_terms(cohort, covariates), covariates
    )
    if cohort.study.compares and covariates:
        rows += _treatment_again(cohort, endpoint)
    return frame(rows)


def _treatment_again(cohort: Cohort, endpoint: str) -> Iterator[dict]:
    """Test the adjusted ratio by permutation where events are few, and give the crude ratio in the
    patients of the multivariable model where some are left out.
    """
    # built anew: kept through the fit above, it would hold the data of a registry twice
    data = design(cohort, endpoint, model_terms(cohort, cohort.study.covariates), entry=True)
    if worth_permuting(data):
        # residuals of the model without the treatment: under no effect they belong to nobody's arm
        rest = fit_model(cohort, without_treatment(data))
        if rest.likelihood is not None and len(rest.kept) == len(data.time):
            yield from permuted(cohort, endpoint, data, rest.martingale())
    if not data.dropped:
        return
    # beside the adjusted ratio the crude one of the same patients: else the patients left out
    # would look like an effect of the adjustment
    alone = replace(data, x=data.x[:, -1:], terms=data.terms[-1:])
    yield row(
        UNIVARIABLE,
        "hr_same_patients",
        endpoint=endpoint,
        population=cohort.population,
        term=ARM,
        level=cohort.study.comparison_arm.code,
        group="difference",
        **hr_cells(fit_model(cohort, alone), 0),
    )


def models(results: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split the rows of `prognostic_factors` into univariable and multivariable ones."""
    return pick(results, analysis=UNIVARIABLE), pick(results, analysis=MULTIVARIABLE)


def proportional_hazards(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Test proportional hazards in the multivariable model, per variable and globally.

    The score test of R's `cox.zph` (survival 3.0 and later), transform "km".

    Returns
    -------
    DataFrame
        Tidy results, analysis "proportional_hazards", statistic "zph": estimate = chi-squared,
        `p_value`; term "GLOBAL" is the global test.
    """
    terms = model_terms(cohort, cohort.study.covariates)
    # the design goes when the fit is made: of a registry one copy is large enough
    found = cox_zph(fit_model(cohort, design(cohort, endpoint, terms, entry=True)))
    keys = {
        "endpoint": endpoint,
        "population": cohort.population,
        "note": found.note,
        "method": "score test on Schoenfeld residuals, Kaplan-Meier transform",
    }
    return frame(
        row("proportional_hazards", "zph", test.chi2, term=name, p_value=test.p, **keys)
        for name, test in [*found.by_variable.items(), ("GLOBAL", found.overall)]
    )


def subgroup_effects(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Give the crude treatment effect within each level of each categorical covariate.

    Returns
    -------
    DataFrame
        Tidy results, analysis "subgroup": `hr` per term and level (and term "all"), `events` of
        each arm there (`n` the patients), and `interaction` (Wald P of treatment by factor, in a
        model with both and their product).
    """
    rows = [*_effect(cohort, endpoint, term="all")]
    for covariate in cohort.study.covariates:
        if cohort.study.variables[covariate.variable].kind == "categorical":
            rows += _subgroup(cohort, endpoint, covariate)
    return frame(rows)


def fit_model(cohort: Cohort, data: Design) -> CoxFit:
    """Fit a Cox model with the study's ties and confidence level."""
    settings = cohort.study.statistics
    return cox_fit(
        data.time,
        data.event,
        data.x,
        names=[term.name for term in data.terms],
        entry=data.entry,
        ties=settings.ties,
        conf_level=settings.conf_level,
        groups=data.factors,
    )


def hr_cells(fit: CoxFit, column: int, adrift: bool = False) -> dict[str, Any]:
    """Give one coefficient as the cells of a result row; NaN and a note if it is none.

    `adrift`: it is of a factor whose reference level nobody in the model has.
    """
    if adrift or fit.infinite[column]:
        # the likelihood rises for ever: where the search stopped is not an estimate
        return {
            "note": NO_REFERENCE if adrift else NO_FINITE_ESTIMATE,
            "n": fit.n,
            "n_events": fit.events,
            "method": f"Cox model, {fit.ties.title()} ties",
        }
    return {
        "estimate": fit.hr[column],
        "conf_low": fit.conf_low[column],
        "conf_high": fit.conf_high[column],
        "p_value": fit.p[column],
        "method": f"Cox model, {fit.ties.title()} ties",
        "note": fit.term_notes[column],
        "n": fit.n,
        "n_events": fit.events,
    }


def _alone(cohort: Cohort, endpoint: str, covariate: Covariate) -> Iterator[dict]:
    terms = model_terms(cohort, [covariate], treatment=False)
    # each level against all others is how some papers print a factor alone
    one_by_one = cohort.study.cox.univariable_coding == "indicator"
    if not one_by_one or len(terms) == 1:
        yield from _model_rows(cohort, endpoint, UNIVARIABLE, terms, [covariate])
        return
    yield from _reference_row(cohort, endpoint, UNIVARIABLE, covariate)
    for term in terms:
        yield from _model_rows(cohort, endpoint, UNIVARIABLE, [term], [])
    # the joint test is of the factor, and the same in either coding
    together = design(cohort, endpoint, terms, entry=True)
    yield from _factor_tests(cohort, endpoint, UNIVARIABLE, together, fit_model(cohort, together))


def _model_rows(
    cohort: Cohort, endpoint: str, analysis: str, terms: list[Term], covariates: list[Covariate]
) -> Iterator[dict]:
    """Give the rows of one fitted model, reference levels first within their factor."""
    data = design(cohort, endpoint, terms, entry=True)
    references = {c.variable: c for c in covariates}
    # one level against all others has no reference level that could be missing
    adrift, seen = data.adrift & references.keys(), set()
    parameters = data.parameters
    # the fit has its own copy, in order: of a registry one is large enough for what follows
    fit, data = fit_model(cohort, data), data.without_rows()
    for column, term in enumerate(terms):
        if term.level and term.variable not in seen and term.variable in references:
            yield from _reference_row(cohort, endpoint, analysis, references[term.variable])
        if term.variable == ARM:
            yield _level_row(cohort, endpoint, analysis, ARM, cohort.study.reference_arm)
        seen.add(term.variable)
        cells = hr_cells(fit, column, term.variable in adrift)
        cells |= _level_counts(cohort, endpoint, term.variable, term.level)
        yield row(
            analysis,
            "hr",
            endpoint=endpoint,
            population=cohort.population,
            term=term.variable,
            level=term.level,
            group="difference",
            **cells,
        )
    yield from _factor_tests(cohort, endpoint, analysis, data, fit)
    if analysis == MULTIVARIABLE:
        yield from _model_summary(cohort, endpoint, data.dropped, parameters, fit)


def _reference_row(cohort, endpoint, analysis: str, covariate: Covariate) -> Iterator[dict]:
    if cohort.study.variables[covariate.variable].kind == "categorical":
        level = reference_level(cohort, covariate)
        yield _level_row(cohort, endpoint, analysis, covariate.variable, level)


def _level_row(cohort, endpoint: str, analysis: str, variable: str, level: str) -> dict:
    return row(
        analysis,
        "hr",
        1.0,
        endpoint=endpoint,
        population=cohort.population,
        term=variable,
        level=level,
        group="difference",
        note="reference",
        **_level_counts(cohort, endpoint, variable, level),
    )


def _level_counts(cohort: Cohort, endpoint: str, variable: str, level: str) -> dict[str, int]:
    patients = cohort.patients
    # of those with an outcome, whether in the model or not: the table says how many there are
    keep = known(patients, [f"{endpoint}_time", f"{endpoint}_event", ARM])
    values = patients[variable]
    keep &= has_level(values, level) if level else values.notna().to_numpy()
    events = patients[f"{endpoint}_event"].to_numpy()[keep].sum()
    return {"n": int(keep.sum()), "n_events": int(events)}


def _factor_tests(cohort, endpoint, analysis, data: Design, fit: CoxFit) -> Iterator[dict]:
    for name, columns in data.factors.items():
        if fit.infinite[columns].any():
            # Wald's statistic is nothing where the estimate runs away; the likelihood's is not
            test = fit.factor_lr[name]
            yield row(
                analysis,
                "factor_lr",
                test.df,
                endpoint=endpoint,
                term=name,
                population=cohort.population,
                group="difference",
                p_value=test.p,
                method="likelihood ratio test",
            )
        if len(columns) > 1:
            test = fit.factor_wald[name]
            yield row(
                analysis,
                "factor_p",
                test.df,
                endpoint=endpoint,
                term=name,
                population=cohort.population,
                group="difference",
                p_value=math.nan if fit.infinite[columns].any() else test.p,
                method="Wald test",
            )


def _model_summary(
    cohort: Cohort, endpoint: str, dropped: int, parameters: int, fit: CoxFit
) -> Iterator[dict]:
    keys = {
        "endpoint": endpoint,
        "population": cohort.population,
        "n": fit.n,
        "n_events": fit.events,
    }
    # events per parameter, not per variable: a factor of four levels has three
    per = fit.events / parameters if parameters else math.nan
    note = (
        f"The multivariable model has {counted(fit.events, 'event')} for "
        f"{counted(parameters, 'parameter')} ({number(per, 1)} events for each)."
    )
    if not fit.events:
        note += " Nothing could be estimated."
    elif per < FEW_EVENTS:
        note += " With so few, estimates may be unstable and intervals too narrow."
    if dropped:
        note += f" {counted(dropped, 'patient')} {'was' if dropped == 1 else 'were'} "
        note += "left out because a covariate is missing."
    yield row(MULTIVARIABLE, "events_per_parameter", per, note=note, **keys)
    yield row(MULTIVARIABLE, "concordance", fit.concordance[0], **keys)
    yield row(MULTIVARIABLE, "likelihood_ratio", fit.lr_test.chi2, p_value=fit.lr_test.p, **keys)


def _subgroup(cohort: Cohort, endpoint: str, covariate: Covariate) -> Iterator[dict]:
    name = covariate.variable
    for level in cohort.study.levels(name):
        keep = has_level(cohort.patients[name], level)
        part = Cohort(cohort.study, cohort.patients[keep].reset_index(drop=True))
        yield from _effect(part, endpoint, term=name, level=level)
    yield interaction(cohort, endpoint, covariate)


def _effect(cohort: Cohort, endpoint: str, **keys: str) -> Iterator[dict]:
    """Give the treatment effect in some patients, and the events and patients of each arm."""
    yield row("subgroup", "hr", endpoint=endpoint, **keys, **treatment_effect(cohort, endpoint))
    data = design(cohort, endpoint, [Term(ARM, cohort.study.comparison_arm.code)], entry=True)
    for code, inside in zip(
        cohort.study.arm_codes, (data.x[:, 0] == 0, data.x[:, 0] == 1), strict=True
    ):
        events = float(np.sum(data.event[inside]))
        yield row(
            "subgroup",
            "events",
            events,
            endpoint=endpoint,
            group=code,
            n_events=events,
            n=int(inside.sum()),
            **keys,
        )


def interaction(cohort: Cohort, endpoint: str, covariate: Covariate) -> dict:
    """Give Wald's test of treatment by factor, in a model with both and their product."""
    terms = model_terms(cohort, [covariate])
    data = design(cohort, endpoint, terms, entry=True)
    # the treatment is the last column: each other one times it
    products = data.x[:, :-1] * data.x[:, -1:]
    names = [term.name for term in terms] + [f"{term.name}:arm" for term in terms[:-1]]
    columns = list(range(len(terms), len(names)))
    fit = cox_fit(
        data.time,
        data.event,
        np.hstack([data.x, products]),
        names=names,
        entry=data.entry,
        ties=cohort.study.statistics.ties,
        groups={"interaction": columns},
    )
    keys = {
        "endpoint": endpoint,
        "term": covariate.variable,
        "method": "Wald test of the interaction",
    }
    # Wald's statistic means nothing where an estimate runs away, in whatever column
    if fit.infinite.any():
        return row("subgroup", "interaction", note=NO_FINITE_ESTIMATE, **keys)
    test = fit.factor_wald["interaction"]
    return row("subgroup", "interaction", test.df, p_value=test.p, **keys)

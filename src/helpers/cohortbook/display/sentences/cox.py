"""Sentences about prognostic factors."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...formats import markdown as md
from ...results import one, pick
from ...study.study import Study
from ..words import (
    counted,
    exposures,
    hr,
    hr_with_p,
    listed,
    lower,
    number_word,
    p_equals,
    part_of,
    significant,
    was,
)

WIDE = 10.0  # an upper limit this many times the lower one says little about the size


def model(results: pd.DataFrame, study: Study, endpoint: str) -> dict[str, str]:
    """Give the sentences about one endpoint's models: treatment, factors, stability."""
    parts = (treatment, factors, stability)
    return {part.__name__: part(results, study, endpoint) for part in parts}


def treatment(results: pd.DataFrame, study: Study, endpoint: str) -> str:
    """Give the treatment's hazard ratio before and after adjustment, and how far it moved.

    "" with one arm.
    """
    if not study.compares:
        return ""
    crude, adjusted = (
        one(
            results,
            analysis=f"cox_{kind}",
            endpoint=endpoint,
            term="arm",
            statistic="hr",
            level=study.comparison_arm.code,
        )
        for kind in ("univariable", "multivariable")
    )
    label, of_what = lower(md(study.endpoints[endpoint].label)), exposures(study)
    alone, together = (
        "" if pd.isna(r["estimate"]) else hr_with_p(r, study) for r in (crude, adjusted)
    )
    if not (alone and together):
        return _not_estimable(f"For {label}, the {of_what}", alone, together, adjusted["note"])
    text = (
        f"For {label}, the {of_what} HR of {alone} alone became {together} with all covariates "
        "in the model"
    )
    return f"{text}{_agreement(crude, adjusted, study)}."


def _not_estimable(start: str, alone: str, together: str, why: str) -> str:
    """Say which of the two models gives no hazard ratio of the treatment; `why` is its note."""
    if alone:
        return (
            f"{start} HR of {alone} stands alone: with all covariates in "
            f"the model it could not be estimated{f' ({md(why)})' * bool(why)}."
        )
    if together:
        return (
            f"{start} hazard ratio could not be estimated alone; with "
            f"all covariates in the model it was {together}."
        )
    return (
        f"{start} hazard ratio could not be estimated, neither alone nor "
        "with all covariates in the model."
    )


def _agreement(crude: pd.Series, adjusted: pd.Series, study: Study) -> str:
    before, after = (significant(r["p_value"], study) for r in (crude, adjusted))
    if None in (before, after):
        return ", and at least one of the two could not be tested"
    if before == after:
        return f"; {'both were' if before else 'neither was'} statistically significant"
    return f"; only the {'crude' if before else 'adjusted'} one was statistically significant"


def factors(results: pd.DataFrame, study: Study, endpoint: str) -> str:
    """Name the other factors that are significant in the multivariable model."""
    part = pick(results, analysis="cox_multivariable", endpoint=endpoint, statistic="hr")
    part = part[(part["term"] != "arm") & (part["p_value"] < study.statistics.alpha)]
    label, other = lower(md(study.endpoints[endpoint].label)), "other " * study.compares
    if part.empty:
        return f"No {other}factor was significantly associated with {label}."
    references = pick(results, analysis="cox_multivariable", endpoint=endpoint, note="reference")
    named = [_factor(study, r, pick(references, term=r["term"])) for _, r in part.iterrows()]
    return f"Of the {other}factors, {listed(named)} {was(len(named))} associated with {label}."


def stability(results: pd.DataFrame, study: Study, endpoint: str) -> str:
    """Say how many events the model rests on, and which estimates are very wide."""
    per = one(results, endpoint=endpoint, statistic="events_per_parameter")
    part = pick(results, analysis="cox_multivariable", endpoint=endpoint, statistic="hr")
    wide = part[part["conf_high"] / part["conf_low"] > WIDE]
    text = md(per["note"])
    if len(wide):
        text += (
            f" For {counted(len(wide), 'of its estimates', 'of its estimates')} the upper limit is "
            f"more than {WIDE:.0f} times the lower limit."
        )
    return text


def proportionality(results: pd.DataFrame, study: Study, endpoint: str) -> str:
    """Say whether the proportional-hazards test finds a departure."""
    part = pick(results, endpoint=endpoint, statistic="zph")
    whole, label = pick(part, term="GLOBAL"), lower(md(study.endpoints[endpoint].label))
    if whole.empty or pd.isna(whole.iloc[0]["p_value"]):
        return f"Proportional hazards could not be tested for {label}."
    terms = part[(part["term"] != "GLOBAL") & (part["p_value"] < study.statistics.alpha)]
    text = f"The global test of proportional hazards for {label} gave "
    text += p_equals(whole.iloc[0]["p_value"], study)
    if terms.empty:
        return f"{text}, and no single term departed from proportional hazards."
    names = [
        f"{_term(study, r['term'])} ({p_equals(r['p_value'], study)})" for _, r in terms.iterrows()
    ]
    return (
        f"{text}; there was evidence against proportional hazards for {listed(names)}, and the "
        "hazard ratio there is an average over time."
    )


def influence(moved: pd.DataFrame, study: Study, endpoint: str) -> str:
    """Say how far single patients move the model, and the treatment's hazard ratio without them."""
    part, label = pick(moved, endpoint=endpoint), lower(md(study.endpoints[endpoint].label))
    of_what = exposures(study)
    changes = pick(part, statistic="dfbetas")
    changes = changes[changes["estimate"].notna()]
    if changes.empty:
        return f"The influence of single patients could not be measured for {label}."
    most = changes.loc[changes["estimate"].abs().idxmax()]
    text = (
        f"For {label}, the patient who moves a coefficient most (study number {most['group']}) "
        f"moves that of {_name(study, most)} by {formats.number(abs(most['estimate']), 2)} "
        "standard errors"
    )
    if not study.compares:
        above = counted(len(pick(part, statistic="time")), "patient")
        return f"{text}; the table shows {above} above the usual threshold."
    without = pick(part, statistic="hr_without")
    without = without[without["group"] != ""]
    if without.empty:
        return f"{text}; no patient is above the usual threshold."
    if without["estimate"].isna().all():
        return f"{text}; the {of_what} adjusted HR is not estimable with or without one of them."
    if without["estimate"].isna().any():
        return f"{text}; the {of_what} adjusted HR is not estimable, or not without one of them."
    low, high = (formats.ratio(f(without["estimate"])) for f in (min, max))
    found = f"between {low} and {high}" if len(without) > 1 else low
    who = "the most influential patients, one at a time" if len(without) > 1 else "this patient"
    return f"{text}; without {who}, the {of_what} adjusted HR was {found}."


def interactions(results: pd.DataFrame, study: Study, endpoint: str) -> str:
    """Say in how many subgroups the effect has the direction of the whole, and what tests find.

    "" where no factor has levels to be looked at.
    """
    part = pick(results, endpoint=endpoint)
    ratios = pick(part, statistic="hr")
    whole = one(ratios, term="all")["estimate"]
    ratios = ratios[(ratios["term"] != "all")]["estimate"].dropna()
    tests = pick(part, statistic="interaction").dropna(subset=["p_value"])
    if ratios.empty or pd.isna(whole):
        return ""
    alike = int(((ratios < 1) == (whole < 1)).sum())
    text = (
        f"The {exposures(study)} crude hazard ratio for "
        f"{lower(md(study.endpoints[endpoint].label))} was on the same side of one as in all "
        f"patients in {part_of(alike, len(ratios), 'subgroup')} that gave an estimate."
    )
    if tests.empty:
        return text
    low = tests[tests["p_value"] < study.statistics.alpha]
    names = [
        f"{_term(study, r['term'])} ({p_equals(r['p_value'], study)})" for _, r in low.iterrows()
    ]
    found = f"{number_word(len(low))} had a *P* value below the significance level"
    found += f": {listed(names)}" if names else ""
    return f"{text} Of {counted(len(tests), 'test')} of interaction, {found}."


def _name(study: Study, result: pd.Series) -> str:
    name = _term(study, result["term"])
    if result["term"] == "arm":
        return name
    if not result["level"]:
        per = study.per(result["term"])
        return name if per == 1 else f"{name} per {md(study.per_units(result['term']))}"
    return f"{name} ({_level(study, result)})"


def _level(study: Study, result: pd.Series) -> str:
    return md(study.level_label(result["term"], result["level"]))


def _factor(study: Study, result: pd.Series, reference: pd.DataFrame) -> str:
    """Give a factor's ratio with what it is for: age per year, sex (Female against Male).

    `reference` holds the row of the factor's reference level, if it has levels.
    """
    name, term = _term(study, result["term"]), result["term"]
    if result["level"]:
        against = "".join(f" against {_level(study, r)}" for _, r in reference.iterrows())
        return f"{name} ({_level(study, result)}{against}; {hr(result, study)})"
    per = study.per(term) != 1 or study.variables[term].unit
    return f"{name}{f' per {md(study.per_units(term))}' * bool(per)} ({hr(result, study)})"


def _term(study: Study, term: str) -> str:
    return md(study.texts.exposure) if term == "arm" else lower(md(study.variables[term].label))

"""Sentences about prognostic factors."""

from __future__ import annotations

import math

import pandas as pd

from ... import formats
from ...analysis.cox import NO_FINITE_ESTIMATE
from ...analysis.cox_checks import MOST_SHOWN
from ...analysis.rules import FEW_EVENTS, WIDE
from ...formats import markdown as md
from ...results import one, pick
from ...study.study import Study
from ..words import (
    arm,
    below,
    calls_significant,
    capital,
    clauses,
    counted,
    exposures,
    hr,
    hr_with_p,
    listed,
    lower,
    number_word,
    p_equals,
    part_of,
    ratio_limits,
    ratio_side,
    significant,
    was,
)

KINDS = ("univariable", "multivariable")
ABOVE = "above 2/√n"
"""The threshold of dfbetas that Belsley, Kuh and Welsch gave (1980)."""
NOT_PROPORTIONAL = "Evidence against proportional hazards"
"""How a note of a hazard ratio begins that is an average over time."""
ALIKE = 1e-9
"""Relative difference under which two patients move a coefficient alike."""
LEAST = 0.01
"""Standard errors that a patient must move a coefficient by to be told."""


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
    crude, adjusted = (of_treatment(results, study, endpoint, kind) for kind in KINDS)
    label, of_what = lower(md(study.endpoints[endpoint].label)), exposures(study)
    alone, together = (
        "" if pd.isna(r["estimate"]) else hr_with_p(r, study) for r in (crude, adjusted)
    )
    if not study.covariates:
        shown = f"was {alone}" if alone else "could not be estimated"
        return (
            f"For {label}, the {of_what} hazard ratio {shown}; there were no covariates."
            + _doubt(adjusted, study)
        )
    if not (alone and together):
        return _not_estimable(f"For {label}, the {of_what}", alone, together, adjusted["note"])
    return (
        f"For {label}, the {of_what} HR of {alone} alone{_in_whom(results, study, endpoint)} "
        f"became {together} with all covariates in the model{_model_size(results, study, endpoint)}"
        f"{_agreement(crude, adjusted, study)}.{_doubt(adjusted, study)}"
    )


def of_treatment(
    results: pd.DataFrame, study: Study, endpoint: str, model: str = "multivariable"
) -> pd.Series:
    """Give the treatment's hazard ratio in one of the two models."""
    keys = {"endpoint": endpoint, "term": "arm", "statistic": "hr"}
    return one(results, analysis=f"cox_{model}", level=study.comparison_arm.code, **keys)


def _doubt(adjusted: pd.Series, study: Study) -> str:
    """Say beside the number what its note says of it, such as hazards that are not proportional."""
    note = md(str(adjusted["note"])).replace("(P ", "(*P* ").replace("\\<", "<")
    words = {
        NOT_PROPORTIONAL: "There was evidence against proportional hazards",
        ": the ratio is an average": f": the {exposures(study)} "
        f"{'adjusted ' * bool(study.covariates)}ratio is an average",
        "this coefficient by": f"the {exposures(study)} coefficient by",
        "with this level": f"with {arm(study, study.comparison_arm.code)}",
        "with the reference level": f"with {arm(study, study.reference_arm)}",
    }
    for ours, said in words.items():
        note = note.replace(ours, said)
    return f" {capital(note)}" if note else ""


def _in_whom(results: pd.DataFrame, study: Study, endpoint: str) -> str:
    """Say in how many patients the crude ratio is, and what it is in those of the other model."""
    same = pick(results, endpoint=endpoint, statistic="hr_same_patients")
    if same.empty:
        return ""
    arms = pick(results, analysis="cox_univariable", endpoint=endpoint, term="arm", statistic="hr")
    again = same.iloc[0]
    told = (
        f"HR {formats.ratio(again['estimate'])}, {ratio_limits(again, study)}"
        if pd.notna(again["estimate"])
        else "not estimable"
    )
    return (
        f" in {int(arms['n'].sum())} patients ({told}, in the {int(again['n'])} patients of the "
        "other model)"
    )


def _model_size(results: pd.DataFrame, study: Study, endpoint: str) -> str:
    """Give the events for each parameter where they are few: beside the number, not elsewhere."""
    per = one(results, endpoint=endpoint, statistic="events_per_parameter")
    if pd.isna(per["estimate"]) or per["estimate"] >= FEW_EVENTS:
        return ""
    again = pick(results, endpoint=endpoint, statistic="permutation")
    permuted = f"; {p_equals(again.iloc[0]['p_value'], study)} by permutation" if len(again) else ""
    number = formats.number(per["estimate"], 1)
    return f" ({number} events for each parameter, which is few{permuted})"


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
    sides = {ratio_side(one["estimate"]) for one in (crude, adjusted)}
    crossed = sides == {"lower", "higher"}
    turned = "; adjustment moved it across one" * crossed
    before, after = (significant(r["p_value"], study) for r in (crude, adjusted))
    if None in (before, after):
        return f"{turned}, and at least one of the two could not be tested"
    if not calls_significant(study):
        return turned
    if before == after:
        return f"{turned}; {'both were' if before else 'neither was'} statistically significant"
    which = "crude" if before else "adjusted"
    return f"{turned}; only the {which} one was statistically significant"


def factors(results: pd.DataFrame, study: Study, endpoint: str) -> str:
    """Name the other factors that the multivariable model associates with the endpoint.

    A factor of several levels is judged by the joint test of its levels, one without a finite
    estimate by its likelihood ratio test (`analysis.rules`); what has no test is named too.
    """
    part = pick(results, analysis="cox_multivariable", endpoint=endpoint)
    part = part[part["term"] != "arm"]
    ratios, alpha = pick(part, statistic="hr"), study.statistics.alpha
    if ratios.empty:
        return ""
    label, other = lower(md(study.endpoints[endpoint].label)), "other " * study.compares
    named, apart, unknown, tested = [], [], [], 0
    for term in dict.fromkeys(ratios["term"]):
        rows = ratios[(ratios["term"] == term) & (ratios["note"] != "reference")]
        references = ratios[(ratios["term"] == term) & (ratios["note"] == "reference")]
        p_value, joint, separated = _test_of(pick(part, term=term), rows)
        if separated:
            apart.append(f"{_term(study, term)} ({joint} {p_equals(p_value, study)})")
        if pd.isna(p_value):
            unknown += [] if separated else [_term(study, term)]
            continue
        tested += 1
        if p_value < alpha and not separated:
            named.append(
                f"{_term(study, term)} ({joint} {p_equals(p_value, study)}; "
                f"{'; '.join(_against(study, r, references) for _, r in rows.iterrows())})"
                if joint
                else _factor(study, rows.iloc[0], references)
            )
        elif p_value < alpha:
            named.append(_term(study, term))
    told = [_associated(named, label, other, tested, study)]
    if apart:
        told.append(
            f"No finite estimate could be had for {listed(apart)}, as all events were on one side "
            f"of {'it' if len(apart) == 1 else 'each'}."
        )
    if unknown and (tested or apart):
        told.append(f"{capital(listed(unknown))} could not be tested.")
    return " ".join(filter(None, told))


def _test_of(part: pd.DataFrame, rows: pd.DataFrame) -> tuple[float, str, bool]:
    """Give the P that judges a factor, its name if it is not the ratio's own, and if it ran away.

    `part` has all results of the factor in the model, `rows` its hazard ratios without reference.
    """
    separated = bool(rows["note"].str.startswith(NO_FINITE_ESTIMATE).any())
    ratio, wald = (pick(part, statistic=name) for name in ("factor_lr", "factor_p"))
    if separated:
        return (ratio.iloc[0]["p_value"] if len(ratio) else math.nan), "likelihood ratio", True
    if len(wald):
        return wald.iloc[0]["p_value"], "joint", False
    return (rows.iloc[0]["p_value"] if len(rows) else math.nan), "", False


def _associated(named: list[str], label: str, other: str, tested: int, study: Study) -> str:
    if not tested:
        return f"No {other}factor could be tested for {label}."
    word = "significantly " * calls_significant(study)
    if named:
        return (
            f"Of the {other}factors, {listed(named) if len(named) < 2 else clauses(named)} "
            f"{was(len(named))} {word}associated with {label}"
            + ("." if word else f" (*P* {below(study)}).")
        )
    if word:
        return f"No {other}factor was significantly associated with {label}."
    return f"No {other}factor had a *P* value {below(study)} for {label}."


def _against(study: Study, result: pd.Series, references: pd.DataFrame) -> str:
    """Give one level of a factor with its ratio: 3 against 2, HR 2.1, 95% CI 1.2 to 3.6."""
    against = "".join(f" against {_level(study, r)}" for _, r in references.iterrows())
    return f"{_level(study, result)}{against}, {hr(result, study)}"


def stability(results: pd.DataFrame, study: Study, endpoint: str) -> str:
    """Say how many events the model rests on, and which estimates are very wide."""
    if not study.covariates:
        return ""
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
    single = part[part["term"] != "GLOBAL"]
    terms = single[single["p_value"] < study.statistics.alpha]
    text = f"The global test of proportional hazards for {label} gave "
    text += p_equals(whole.iloc[0]["p_value"], study)
    untested = [_term(study, term) for term in single.loc[single["p_value"].isna(), "term"]]
    if len(terms):
        names = [
            f"{_term(study, r['term'])} ({p_equals(r['p_value'], study)})"
            for _, r in terms.iterrows()
        ]
        text += (
            f"; there was evidence against proportional hazards for {listed(names)}, and the "
            "hazard ratio there is an average over time"
        )
    elif len(untested) < len(single):
        tested = counted(len(single) - len(untested), "term")
        text += f", and none of the tests of {tested} had a *P* value {below(study)}"
    if terms.empty and whole.iloc[0]["p_value"] >= study.statistics.alpha:
        text += "; that does not show that hazards are proportional"
    return f"{text}." + f" {capital(listed(untested))} could not be tested." * bool(untested)


def influence(moved: pd.DataFrame, study: Study, endpoint: str) -> str:
    """Say how far single patients move the model, and the treatment's hazard ratio without them."""
    part, label = pick(moved, endpoint=endpoint), lower(md(study.endpoints[endpoint].label))
    of_what = exposures(study)
    changes = pick(part, statistic="dfbetas")
    changes = changes[changes["estimate"].notna()]
    if changes.empty:
        return f"The influence of single patients could not be measured for {label}."
    if changes["estimate"].abs().max() < LEAST / 2:  # would be printed as 0.00
        return f"For {label}, no patient moves a coefficient by {LEAST} standard errors."
    text = f"For {label}, {_who_moves_most(changes, study)}; {_above(part, changes)}"
    without = pick(part, statistic="hr_without")
    without = without[without["group"] != ""]
    if without.empty:  # nobody is above it, or there is one arm
        return f"{text}."
    if without["estimate"].isna().all():
        return f"{text}; the {of_what} adjusted HR is not estimable with or without one of them."
    if without["estimate"].isna().any():
        return f"{text}; the {of_what} adjusted HR is not estimable, or not without one of them."
    low, high = (formats.ratio(f(without["estimate"])) for f in (min, max))
    found = f"between {low} and {high}" if len(without) > 1 else low
    who = "the most influential patients, one at a time" if len(without) > 1 else "this patient"
    return f"{text}; without {who}, the {of_what} adjusted HR was {found}."


def _who_moves_most(changes: pd.DataFrame, study: Study) -> str:
    """Name the patient who moves a coefficient most, or all who move one alike."""
    size = changes["estimate"].abs()
    most = changes[size >= size.max() * (1 - ALIKE)]
    by = f"{formats.number(size.max(), 2)} standard errors"
    who = list(dict.fromkeys(most["group"]))
    one_term = len(most[["term", "level"]].drop_duplicates()) == 1
    if len(who) == 1:
        return (
            f"the patient who moves a coefficient most (study number {who[0]}) moves that of "
            f"{_name(study, most.iloc[0])} by {by}"
        )
    numbers = f" (study numbers {listed(who)})" if len(who) <= MOST_SHOWN else ""
    of = f"that of {_name(study, most.iloc[0])} " * one_term
    return f"{counted(len(who), 'patient')}{numbers} move a coefficient most, each {of}by {by}"


def _above(part: pd.DataFrame, changes: pd.DataFrame) -> str:
    """Count the patients who move a coefficient farther than 2 / sqrt(n).

    Of a large cohort only the farthest are kept: where all of them are above, more may be.
    """
    threshold = one(part, statistic="threshold")
    kept = changes["group"].nunique()
    above = changes.loc[changes["estimate"].abs() > threshold["estimate"], "group"].nunique()
    if not above:
        return f"no patient is {ABOVE}"
    least = "at least " if above == kept < threshold["n"] else ""
    are = "is" if above == 1 else "are"
    return f"{least}{counted(above, 'patient')} {are} {ABOVE}"


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
    where = f"in {part_of(alike, len(ratios), 'subgroup')} that gave an estimate"
    if len(ratios) == 1:
        where = "in the one subgroup that gave an estimate"
    text = (
        f"The {exposures(study)} crude hazard ratio for "
        f"{lower(md(study.endpoints[endpoint].label))} was "
        f"{'not ' if len(ratios) == 1 and not alike else ''}on the same side of one as in all "
        f"patients {where}."
    )
    if tests.empty:
        return text
    if len(tests) == 1:
        only = tests.iloc[0]
        return (
            f"{text} The test of interaction with {_term(study, only['term'])} gave "
            f"{p_equals(only['p_value'], study)}."
        )
    low = tests[tests["p_value"] < study.statistics.alpha]
    names = [
        f"{_term(study, r['term'])} ({p_equals(r['p_value'], study)})" for _, r in low.iterrows()
    ]
    found = f"{number_word(len(low))} had a *P* value {below(study)}"
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

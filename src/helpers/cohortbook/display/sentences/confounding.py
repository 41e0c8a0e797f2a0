"""Sentences about balance, propensity weights and unmeasured confounding."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...analysis.rules import HALF_SIZE, IMBALANCE
from ...formats import markdown as md
from ...results import one, pick
from ...study.study import Study
from ..words import (
    arm,
    calls_significant,
    capital,
    counted,
    listed,
    lower,
    p_equals,
    ratio_limits,
    significant,
    was,
)

BALANCED, HALF = IMBALANCE, HALF_SIZE


def weights(results: pd.DataFrame, study: Study) -> dict[str, str]:
    """Say how alike the arms are, how large the weights, and what the weighted effect is."""
    return {
        "balance": balance(results, study),
        "weights": extreme_weights(results, study),
        "weighted": weighted(results, study),
    }


def balance(results: pd.DataFrame, study: Study) -> str:
    """Count the covariates out of balance before and after weighting."""
    counts = []
    for level in ("unweighted", "overlap", "inverse"):
        known = pick(results, statistic="smd", level=level)["estimate"].dropna().abs()
        counts.append(f"{int((known > BALANCED).sum())} of {len(known)}" if len(known) else "none")
    start = f"Standardised mean differences above {BALANCED:g} were"
    if counts[1] == counts[2] == "none":
        return f"{start} found in {counts[0]} covariates; there are no weights."
    return (
        f"{start} left in {counts[0]} covariates without weights and in {counts[2]} with inverse "
        f"probability weights, and in {counts[1]} with overlap weights, which make these means "
        "alike by construction."
    )


def extreme_weights(results: pd.DataFrame, study: Study) -> str:
    """Say whether inverse probability weights are extreme here: the usual reason to decline them.

    They are called so if any is above ten or if an arm keeps less than half its size.
    """
    found = one(results, statistic="extreme")
    if pd.isna(found["estimate"]):
        return f"Propensity weights are {md(found['note'])}."
    part = pick(results, level="inverse")
    largest = pick(part, statistic="largest_weight")["estimate"].max()
    sizes = pick(part, statistic="effective_n")
    share = (sizes["estimate"] / sizes["n"]).min()
    count = int(found["estimate"])
    told = [
        f"{formats.number(r['estimate'], 1)} of {r['n']:.0f} with {arm(study, r['group'])}"
        for _, r in sizes.iterrows()
    ]
    extreme = count > 0 or share < HALF
    return (
        f"The inverse probability weights were {'' if extreme else 'not '}extreme: the largest was "
        f"{formats.number(largest, 1)}, {counted(count, 'patient')} had one above ten, and the "
        f"effective sample sizes were {listed(told)}.{_outside(results)}"
    )


def _outside(results: pd.DataFrame) -> str:
    count = int(one(results, statistic="outside")["estimate"])
    if not count:
        return ""
    return (
        f" {capital(counted(count, 'patient'))} {was(count)} of a kind that the other arm does not "
        "have."
    )


def weighted(results: pd.DataFrame, study: Study) -> str:
    """Give the weighted hazard ratios."""
    parts = []
    for endpoint, spec in study.endpoints.items():
        effects = pick(results, endpoint=endpoint, statistic="hr").set_index("level")
        names = {"overlap": "overlap weights", "inverse": "inverse probability weights"}
        known = effects["estimate"].notna()
        found = [
            _weighted_hr(effects.loc[key], name, study) for key, name in names.items() if known[key]
        ]
        lost = [name for key, name in names.items() if not known[key]]
        told = [f"was {listed(found)}"] if found else []
        told += [f"could not be estimated with {listed(lost)}"] if lost else []
        parts.append(f"Weighted, the hazard ratio for {lower(md(spec.label))} {listed(told)}.")
    return " ".join(parts)


def _weighted_hr(effect: pd.Series, weights: str, study: Study) -> str:
    shown = formats.ratio(effect["estimate"])
    return f"{shown} ({ratio_limits(effect, study)}) with {weights}"


def e_value(results: pd.DataFrame, study: Study) -> str:
    """Say how strong an unmeasured confounder would have to be."""
    parts, lost = [], []
    for endpoint, spec in study.endpoints.items():
        part = pick(results, endpoint=endpoint)
        level = list(part["level"])[-1]
        point, limit = (
            one(part, level=level, statistic=s)["estimate"] for s in ("estimate", "limit")
        )
        if pd.isna(point):
            lost.append(lower(md(spec.label)))
            continue
        parts.append(
            f"{formats.number(point, 2)} for the {level} hazard ratio for {lower(md(spec.label))} "
            f"({formats.number(limit, 2)} for its limit nearer to one"
            f"{', as the interval takes in one' if limit <= 1 else ''})"
        )
    told = [f"was {listed(parts)}"] if parts else []
    told += [f"could not be computed for {listed(lost)}"] if lost else []
    return (
        "The E-value, the least strength as a risk ratio that an unmeasured confounder would need "
        f"with both exposure and outcome to explain a result away, {listed(told)}."
    )


def _horizon(gap: pd.Series, study: Study, first: bool) -> str:
    """Say by what rule the horizon was chosen, once."""
    if not first:
        return ""
    asked = study.robustness.horizon
    if asked is not None and float(gap["level"]) < asked:
        return f", as far as both curves are known ({asked:g} were asked for),"
    if asked is not None:
        return ", the horizon asked for,"
    share = formats.percentage(100 * study.robustness.horizon_at_risk, 0)
    return f", to when at least {share}% of each arm were at risk,"


def restricted(results: pd.DataFrame, study: Study) -> str:
    """Give the difference of the restricted means by endpoint."""
    parts, conf = [], formats.conf_label(study.statistics.conf_level)
    for endpoint, spec in study.endpoints.items():
        found = pick(results, endpoint=endpoint, term="rmst", statistic="difference")
        if found.empty:
            continue
        gap = found.iloc[0]
        horizon = formats.number(float(gap["level"]), 1).removesuffix(".0")
        if pd.isna(gap["p_value"]) and gap["conf_low"] == gap["conf_high"]:
            parts.append(
                f"Over {horizon} months{_horizon(gap, study, not parts)} nobody had the event of "
                f"{lower(md(spec.label))}, so the restricted means do not differ."
            )
            continue
        sign, told = significant(gap["p_value"], study), ""
        if sign is None:
            told = ", which could not be tested"
        elif calls_significant(study):
            told = ", which was significant" if sign else ", which was not significant"
        minus = (
            ""
            if parts
            else (
                f"{arm(study, study.comparison_arm.code)} minus "
                f"{arm(study, study.reference.code)}; "
            )
        )
        parts.append(
            f"Over {horizon} months{_horizon(gap, study, not parts)} the restricted mean for "
            f"{lower(md(spec.label))} differed by "
            f"{formats.number(gap['estimate'], 1)} months ({minus}{conf} "
            f"{formats.number(gap['conf_low'], 1)} to {formats.number(gap['conf_high'], 1)}; "
            f"{p_equals(gap['p_value'], study)}){told}."
        )
    return " ".join(parts)

"""Sentences about arms made alike: balance, who was matched, what is left of the effect."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...analysis.rules import IMBALANCE
from ...analysis.weighted_survival import ESTIMANDS, MATCHED, STANDARDISED, UNWEIGHTED
from ...formats import markdown as md
from ...results import pick
from ...study.study import Study
from ..words import arm, capital, counted, hr_with_p, listed, lower, p_equals, was


def weights_name(study: Study) -> str:
    """Name the weights of the study's estimand (Markdown)."""
    return {
        "overlap": "overlap weights",
        "ate": "inverse probability weights",
        "att": f"weights to patients with {arm(study, study.comparison_arm.code)}",
    }[study.weighting.estimand]


def told(results: pd.DataFrame, study: Study) -> dict[str, str]:
    """Give each part by its name."""
    return {
        "balance": _balance(results, study),
        "matched": _matched(results, study),
        "effects": " ".join(_effects(results, key, study) for key in study.weighted_endpoints),
        "standardised": " ".join(
            filter(None, (_standardised(results, key, study) for key in study.weighted_endpoints))
        ),
    }


def _balance(results: pd.DataFrame, study: Study) -> str:
    """Count the covariates out of balance as they are and made alike."""
    level = ESTIMANDS[study.weighting.estimand][0]
    names = {UNWEIGHTED: "as observed", level: f"with {weights_name(study)}",
             MATCHED: "among the matched"}  # fmt: skip
    parts = []
    for key, name in names.items():
        known = pick(results, statistic="smd", level=key)["estimate"].dropna().abs()
        if len(known):
            parts.append(f"in {int((known > IMBALANCE).sum())} of {len(known)} covariates {name}")
    text = f"Standardised mean differences were above {IMBALANCE:g} {listed(parts)}."
    outside = int(pick(results, statistic="outside")["estimate"].iloc[0])
    if outside:
        text += (
            f" {capital(counted(outside, 'patient'))} {was(outside)} of a kind that the other arm "
            "does not have."
        )
    return text


def _matched(results: pd.DataFrame, study: Study) -> str:
    """Say how many were matched of how many, of the endpoint where most were."""
    if not study.weighting.match:
        return ""
    part = pick(results, statistic="matched", level=MATCHED)
    if part.empty:
        notes = pick(results, statistic="hr", level=MATCHED)["note"]
        return f"No pairs were made: {md(notes.iloc[0])}." if len(notes) else ""
    sentences = []
    for endpoint in study.weighted_endpoints:
        own = pick(part, endpoint=endpoint)
        counts = [f"{row['estimate']:.0f} of {row['n']:.0f} with {arm(study, row['group'])}"
                  for _, row in own.iterrows()]  # fmt: skip
        sentences.append((listed(counts), lower(md(study.endpoints[endpoint].label))))
    asked = study.weighting.match
    how = f"{capital(asked.method)} matching"
    if len({counts for counts, _ in sentences}) == 1:
        return f"{how} paired {sentences[0][0]}."
    each = [f"{counts} for {name}" for counts, name in sentences]
    return f"{how} paired {'; '.join(each)}."


def _effects(results: pd.DataFrame, endpoint: str, study: Study) -> str:
    """Give the hazard ratio of each way, and the weighted log-rank test."""
    level = ESTIMANDS[study.weighting.estimand][0]
    part = pick(results, endpoint=endpoint, group="difference")
    ways = {
        (UNWEIGHTED, "hr"): "as observed",
        (level, "hr"): f"with {weights_name(study)}",
        (MATCHED, "hr"): "among the matched",
        (MATCHED, "hr_paired"): "within the pairs",
    }
    known, lost = [], []
    for (way, statistic), name in ways.items():
        for _, found in pick(part, level=way, statistic=statistic).iterrows():
            estimable = pd.notna(found["estimate"])
            (known if estimable else lost).append(
                f"{hr_with_p(found, study)} {name}" if estimable else name
            )
    label = lower(md(study.endpoints[endpoint].label))
    against = f"{arm(study, study.comparison_arm.code)} against {arm(study, study.reference_arm)}"
    parts = [f"was {listed(known)}"] if known else []
    parts += [f"could not be estimated {listed(lost)}"] if lost else []
    text = f"The hazard ratio for {label}, {against}, {', and '.join(parts)}"
    test = pick(part, level=level, statistic="logrank")
    if len(test) and pd.notna(test.iloc[0]["p_value"]):
        text += f"; the weighted log-rank test gave {p_equals(test.iloc[0]['p_value'], study)}"
    return f"{text}."


def _standardised(results: pd.DataFrame, endpoint: str, study: Study) -> str:
    """Give the standardised difference at the last milestone."""
    part = pick(results, endpoint=endpoint, level=STANDARDISED)
    gaps = pick(part, statistic="difference")
    gaps = gaps[gaps["estimate"].notna()]
    if gaps.empty:
        return ""
    gap, conf = gaps.iloc[-1], formats.conf_label(study.statistics.conf_level)
    at = pick(part, statistic="survival", term=gap["term"]).set_index("group")["estimate"]
    shares = [
        f"{formats.percentage(at[code], 1)}% with {arm(study, code)}" for code in study.arm_codes
    ]
    limits = ""
    if pd.notna(gap["conf_low"]):
        low, high = (formats.number(gap[name], 1) for name in ("conf_low", "conf_high"))
        limits = f" ({conf} {low} to {high})"
    label = md(study.endpoints[endpoint].label)
    return (
        f"{capital(label)} at month {gap['term']}, standardised to all patients, was "
        f"{listed(shares)}, a difference of {formats.number(gap['estimate'], 1)} percentage "
        f"points{limits}."
    )

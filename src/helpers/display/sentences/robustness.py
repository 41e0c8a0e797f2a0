"""Sentences about the robustness of the treatment's effect."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...formats import markdown as md
from ...results import one, pick
from ...study import Study
from .words import counted, listed, lower

TINY = 1e-6  # agreement to this is agreement


def added(results: pd.DataFrame, study: Study) -> str:
    """Give the range of the hazard ratio over the models, and how many are significant."""
    parts = []
    for endpoint, spec in study.endpoints.items():
        found = pick(results, endpoint=endpoint).dropna(subset=["estimate"])
        low = int((found["p_value"] < study.statistics.alpha).sum())
        parts.append(
            f"for {lower(md(spec.label))} it ranged from {formats.ratio(found['estimate'].min())} "
            f"to {formats.ratio(found['estimate'].max())} and was below the significance level in "
            f"{low} of {counted(len(found), 'model')}"
        )
    return f"As covariates were added the treatment's hazard ratio moved: {listed(parts)}."


def left_out(results: pd.DataFrame, study: Study) -> str:
    """Give the range without one patient, and whether any single patient decides."""
    return " ".join(
        _left_out(pick(results, endpoint=endpoint, level=level), study, endpoint, level)
        for endpoint in study.endpoints for level in dict.fromkeys(results["level"])
    )


def _left_out(part: pd.DataFrame, study: Study, endpoint: str, level: str) -> str:
    whole, rest = one(part, term="0"), part[part["term"] != "0"].dropna(subset=["p_value"])
    alpha = study.statistics.alpha
    changed = int(((rest["p_value"] < alpha) != (whole["p_value"] < alpha)).sum())
    verdict = (
        "no single patient decided whether it was significant" if not changed
        else f"leaving out any one of {counted(changed, 'patient')} changed whether it was "
        "significant"
    )
    return (
        f"With each patient left out in turn, the {level} hazard ratio for "
        f"{lower(md(study.endpoints[endpoint].label))} ranged from "
        f"{formats.ratio(rest['estimate'].min())} to {formats.ratio(rest['estimate'].max())}; "
        f"{verdict}."
    )


def agreement(results: pd.DataFrame, study: Study) -> str:
    """Say how near independent libraries come to the curves, tests and models of this report."""
    names = {"survival": "survival probabilities", "logrank": "log-rank *P* values",
             "cox": "adjusted hazard ratios and standard errors"}
    agreed, others = [], []
    for term, name in names.items():
        part = pick(results, term=term)
        known, library = part["estimate"].dropna(), part.iloc[0]["method"]
        if known.empty:
            others.append(f"{library} gave no answer for {name}")
        elif known.max() < TINY:
            agreed.append(f"{name} ({library})")
        else:
            others.append(f"{name} differ from {library} by up to {known.max():.1e}")
    together = f"{listed(agreed)} agree to {TINY:.0e} or better" if agreed else ""
    found = "; ".join(filter(None, [together, *others]))
    return f"Computed again by independent libraries: {found}."

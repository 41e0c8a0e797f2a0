"""Sentences about the robustness of the treatment's effect."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ... import formats
from ...formats import markdown as md
from ...results import one, pick
from ...stats.firth import TOO_LARGE
from ...study import Study
from .words import clauses, counted, hr, listed, lower, part_of, significant, was

TINY = 1e-6  # agreement to this is agreement


def added(results: pd.DataFrame, study: Study) -> str:
    """Give the range of the hazard ratio over the models, and how many are significant."""
    parts = []
    for endpoint, spec in study.endpoints.items():
        found = pick(results, endpoint=endpoint).dropna(subset=["estimate"])
        low = int((found["p_value"] < study.statistics.alpha).sum())
        parts.append(
            f"from {formats.ratio(found['estimate'].min())} to "
            f"{formats.ratio(found['estimate'].max())} for {lower(md(spec.label))}, with a *P* "
            f"value below the significance level in {part_of(low, len(found), 'model')}"
        )
    return f"As covariates were added the treatment's hazard ratio ranged {clauses(parts)}."


def covariate_sets(summary: pd.DataFrame, study: Study) -> dict[str, str]:
    """Say what all sets of covariates give, and which covariate moves the hazard ratio most."""
    return {"specification": specification(summary, study), "movers": movers(summary, study)}


def specification(summary: pd.DataFrame, study: Study) -> str:
    """Give how many models there are, their range, and the share that would be significant."""
    parts, sets = [], ""
    for endpoint, spec in study.endpoints.items():
        part = pick(summary, endpoint=endpoint, term="")
        hr, share = one(part, statistic="hr_range"), one(part, statistic="significant")
        if not hr["n"]:
            parts.append(f"For {lower(md(spec.label))} no model could be estimated.")
            continue
        again, sets = sets, f"{hr['n']:,.0f} sets of covariates{_sampled(hr['note'])}"
        over = "Over the same sets" if sets == again else f"Over {sets}"
        parts.append(
            f"{over} the treatment's hazard ratio for {lower(md(spec.label))} ranged from "
            f"{formats.ratio(hr['conf_low'])} to {formats.ratio(hr['conf_high'])} (median "
            f"{formats.ratio(hr['estimate'])}); {_share(share['estimate'])} of the models would be "
            "called significant."
        )
    return " ".join(parts)


def _sampled(note: str) -> str:
    return f" ({md(note)})" if note else ""


def _share(percent: float) -> str:
    """Print a percentage: all, none, or with its sign."""
    if percent in (0, 100):
        return "all" if percent else "none"
    return f"{formats.number(percent, 1)}%"


def movers(summary: pd.DataFrame, study: Study) -> str:
    """Name the covariate that moves the hazard ratio most, by endpoint."""
    parts = []
    for endpoint, spec in study.endpoints.items():
        shifts = pick(summary, endpoint=endpoint, statistic="shift").dropna(subset=["estimate"])
        if shifts.empty:
            continue
        sizes = np.log(shifts["estimate"]).abs()
        most = shifts.loc[sizes.idxmax()]
        parts.append(
            f"{lower(md(study.variables[most['term']].label))} for {lower(md(spec.label))} (times "
            f"{formats.ratio(most['estimate'])} on average)"
        )
    return f"The covariate that moved the hazard ratio most was {listed(parts)}." if parts else ""


def resampled(results: pd.DataFrame, study: Study) -> str:
    """Give the bootstrap limits and the share of resamples without an estimate."""
    parts, drawn, conf = [], 0, formats.conf_label(study.statistics.conf_level)
    for endpoint, spec in study.endpoints.items():
        part = pick(results, endpoint=endpoint)
        part = pick(part, level=list(part["level"])[-1]) if len(part) else part
        if part.empty or not one(part, statistic="resamples")["estimate"]:
            continue
        size, lost, whole = (one(part, statistic=name)["estimate"]
                             for name in ("resamples", "not_estimable", "incomplete"))
        percentile, bca = (one(part, statistic="hr", term=t) for t in ("percentile", "bca"))
        again, drawn = drawn, size
        number = "as many resamples" if drawn == again else f"{size:,.0f} resamples of the patients"
        parts.append(
            f"In {number} the {part.iloc[0]['level']} hazard ratio for {lower(md(spec.label))} had "
            f"the percentile {conf} {_limits(percentile)} and the BCa interval {_limits(bca)}, "
            f"without a finite estimate in {formats.number(lost, 1)}% and some coefficient of its "
            f"model without one in {formats.number(whole, 1)}%."
        )
    return " ".join(parts)


def _limits(result: pd.Series) -> str:
    low, high = (formats.ratio(result[name]) for name in ("conf_low", "conf_high"))
    return f"{low} to {high}"


def penalised(results: pd.DataFrame, study: Study) -> str:
    """Say how far Firth's penalty moves the estimate, and whether it changes the conclusion."""
    parts, level = [], ""
    for endpoint, spec in study.endpoints.items():
        part = pick(results, endpoint=endpoint)
        level = list(part["level"])[-1]
        plain, firth = (one(part, level=level, term=t) for t in ("likelihood", "firth"))
        if firth["note"] == TOO_LARGE:
            continue
        before, after = (significant(r["p_value"], study) for r in (plain, firth))
        told = (
            "could not be compared" if None in (before, after)
            else "did not change the conclusion" if before == after
            else "changed which side of the significance level it is on"
        )
        parts.append(
            f"for {lower(md(spec.label))} from {formats.ratio(plain['estimate'])} to "
            f"{formats.ratio(firth['estimate'])}, which {told}"
        )
    if not parts:
        return f"Firth's penalty was {TOO_LARGE.replace(':', ', as', 1)}."
    return f"Firth's penalty moved the {level} hazard ratio {clauses(parts)}."


def left_out(summary: pd.DataFrame, study: Study) -> str:
    """Give the range without one patient, and whether any single patient decides."""
    parts = summary.groupby(["endpoint", "level"], sort=False)
    told = " ".join(_left_out(part.set_index("statistic"), study) for _, part in parts)
    return f"With each patient left out in turn, {told[:1].lower()}{told[1:]}" if told else ""


def _left_out(part: pd.DataFrame, study: Study) -> str:
    hr, decides = part.loc["hr_range"], part.loc["decides"]
    if not decides["n"]:
        verdict = "it could not be estimated without one patient"
    elif not decides["estimate"]:
        verdict = "no single patient decided whether it was significant"
    else:
        verdict = (
            f"leaving out any one of {counted(int(decides['estimate']), 'patient')} changed "
            f"whether it was significant, most of all patient {decides['term']} "
            f"({formats.p_equals(decides['p_value'])})"
        )
    label = lower(md(study.endpoints[hr["endpoint"]].label))
    return (
        f"The {hr['level']} hazard ratio for {label} ranged from {formats.ratio(hr['conf_low'])} "
        f"to {formats.ratio(hr['conf_high'])}; {verdict}."
    )


def time_zero(results: pd.DataFrame, study: Study) -> str:
    """Say who is lost by the landmark of the last procedure, or the last one, and the effect.

    Where no landmark loses anybody the check repeats the main analysis, and the text says so.
    """
    parts, lost_to_any = [], pick(results, statistic="lost")["estimate"].sum()
    if not lost_to_any:
        months = sorted({float(level) for level in pick(results, statistic="hr")["level"]})
        return (
            f"Nobody had an event or left follow-up by month {months[-1]:g}, the last landmark: "
            "the comparisons from each landmark hold the patients of the main analysis, and can "
            "show no advantage of those who had to live to their treatment."
        )
    unlost: dict[str, list[str]] = {}
    for endpoint, spec in study.endpoints.items():
        part, label = pick(results, endpoint=endpoint), lower(md(spec.label))
        last, effects = pick(part, statistic="last_procedure"), pick(part, statistic="hr")
        level = last.iloc[0]["level"] if len(last) else list(effects["level"])[-1]
        result = pick(effects, level=level).iloc[-1]
        lost = int(pick(part, statistic="lost", level=level)["estimate"].sum())
        name = "when the last patient had the procedure" if len(last) else "the last landmark"
        if not lost:
            unlost.setdefault(f"By month {level}, {name},", []).append(label)
            continue
        parts.append(
            f"By month {level}, {name}, {counted(lost, 'patient')} {was(lost)} lost for {label}; "
            f"from there the {result['term']} effect was {hr(result, study)} "
            f"({formats.p_equals(result['p_value'])})."
        )
    return " ".join([*(_nobody_lost(when, labels) for when, labels in unlost.items()), *parts])


def _nobody_lost(when: str, labels: list[str]) -> str:
    return (
        f"{when} nobody was lost for {' or '.join(labels)}; this landmark repeats the main "
        "analysis and is no check of it."
    )


def agreement(results: pd.DataFrame, study: Study) -> str:
    """Say how near independent libraries come to the curves, tests and models of this report."""
    names = {"survival": "survival probabilities", "logrank": "log-rank *P* values",
             "cox": "adjusted hazard ratios and standard errors"}
    agreed, others = [], []
    for term, name in names.items():
        part = pick(results, term=term)
        known, library = part["estimate"].dropna(), part.iloc[0]["method"]
        asked, _, why = str(part.iloc[0]["note"]).partition(": ")
        if asked == "not asked":
            others.append(f"{library} was not asked for {name} ({why})")
        elif known.empty:
            others.append(f"{library} gave no answer for {name}")
        elif known.max() < TINY:
            agreed.append(f"{name} ({library})")
        else:
            others.append(f"{name} differ from {library} by up to {known.max():.1e}")
    together = f"{listed(agreed)} agree to {TINY:.6f} or better" if agreed else ""
    found = "; ".join(filter(None, [together, *others]))
    return f"Computed again by independent libraries: {found}."

"""Sentences about the robustness of the treatment's effect."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from ... import formats
from ...formats import markdown as md
from ...results import one, pick
from ...stats.firth import TOO_LARGE
from ...study.study import Study
from ..words import (
    SAME,
    below,
    calls_significant,
    clauses,
    counted,
    exposures,
    hr_with_p,
    listed,
    lower,
    p_equals,
    part_of,
    ratio_side,
    significant,
    was,
)

TINY = 1e-6  # agreement to this is agreement


def added(results: pd.DataFrame, study: Study) -> str:
    """Give the range of the hazard ratio over the models, and how many are significant."""
    parts, lost, crossed, of_what = [], [], [], exposures(study)
    for endpoint, spec in study.endpoints.items():
        found = pick(results, endpoint=endpoint).dropna(subset=["estimate"])
        low = int((found["p_value"] < study.statistics.alpha).sum())
        if found.empty:
            lost.append(lower(md(spec.label)))
            continue
        parts.append(
            f"from {formats.ratio(found['estimate'].min())} to "
            f"{formats.ratio(found['estimate'].max())} for {lower(md(spec.label))}, with a *P* "
            f"value {below(study)} in {part_of(low, len(found), 'model')}"
        )
        if _across_one(found["estimate"].min(), found["estimate"].max()):
            crossed.append(lower(md(spec.label)))
    told = []
    if parts:
        told.append(f"As covariates were added the {of_what} hazard ratio ranged {clauses(parts)}.")
        told += _on_both_sides(crossed)
    if lost:
        told.append(
            f"However many covariates were added, the {of_what} hazard ratio could not "
            f"be estimated for {listed(lost)}."
        )
    return " ".join(told)


def covariate_sets(summary: pd.DataFrame, study: Study) -> dict[str, str]:
    """Say what all sets of covariates give, and which covariate moves the hazard ratio most."""
    return {"specification": specification(summary, study), "movers": movers(summary, study)}


def specification(summary: pd.DataFrame, study: Study) -> str:
    """Give how many models there are, their range, and the share that would be significant."""
    parts, crossed, sets = [], [], ""
    for endpoint, spec in study.endpoints.items():
        part = pick(summary, endpoint=endpoint, term="")
        hr, share = one(part, statistic="hr_range"), one(part, statistic="significant")
        if not hr["n"]:
            parts.append(f"For {lower(md(spec.label))} no model could be estimated.")
            continue
        again, sets = sets, f"{hr['n']:,.0f} sets of covariates{_sampled(hr['note'])}"
        small = f"had *P* {below(study)}"
        told = "would be called significant" if calls_significant(study) else small
        over = "Over the same sets" if sets == again else f"Over {sets}"
        parts.append(
            f"{over} the {exposures(study)} hazard ratio for {lower(md(spec.label))} ranged from "
            f"{formats.ratio(hr['conf_low'])} to {formats.ratio(hr['conf_high'])} (median "
            f"{formats.ratio(hr['estimate'])}); {_share(share['estimate'])} of the models {told}."
        )
        if _across_one(hr["conf_low"], hr["conf_high"]):
            crossed.append(lower(md(spec.label)))
    return " ".join([*parts, *_on_both_sides(crossed)])


def _across_one(low: float, high: float) -> bool:
    return (ratio_side(low), ratio_side(high)) == ("lower", "higher")


def _on_both_sides(labels: list[str]) -> list[str]:
    """Say of which endpoints the models disagree in direction: each may have a small *P*."""
    return [
        f"Their directions differ for {listed(labels)}: the ratios lie on both sides of one."
    ] * (bool(labels))


def _sampled(note: str) -> str:
    return f" ({md(note)})" if note else ""


def _share(percent: float) -> str:
    """Print a percentage: all, none, or with its sign."""
    if percent in (0, 100):
        return "all" if percent else "none"
    return f"{formats.percentage(percent, 1)}%"


def movers(summary: pd.DataFrame, study: Study) -> str:
    """Name the covariate that moves the hazard ratio most, by endpoint."""
    names, parts, still = [], [], []
    for endpoint, spec in study.endpoints.items():
        shifts = pick(summary, endpoint=endpoint, statistic="shift").dropna(subset=["estimate"])
        if shifts.empty:
            continue
        sizes = np.log(shifts["estimate"]).abs()
        most = shifts.loc[sizes.idxmax()]
        if ratio_side(most["estimate"]) == SAME:
            still.append(lower(md(spec.label)))
            continue
        names.append(lower(md(study.variables[most["term"]].label)))
        parts.append(
            f"for {lower(md(spec.label))} (by a factor of "
            f"{formats.ratio(most['estimate'])} on average)"
        )
    unmoved = f"No covariate moved the hazard ratio for {listed(still)}." if still else ""
    if not parts:
        return unmoved
    told = (
        f"{names[0]}, {listed(parts)}"
        if len(set(names)) == 1
        else listed([" ".join(pair) for pair in zip(names, parts, strict=True)])
    )
    return f"The covariate that moved the hazard ratio most was {told}. {unmoved}".strip()


def resampled(results: pd.DataFrame, study: Study) -> str:
    """Give the bootstrap limits and the share of resamples without an estimate."""
    parts, drawn, conf = [], 0, formats.conf_label(study.statistics.conf_level)
    for endpoint, spec in study.endpoints.items():
        part = pick(results, endpoint=endpoint)
        part = pick(part, level=list(part["level"])[-1]) if len(part) else part
        if part.empty or not one(part, statistic="resamples")["estimate"]:
            continue
        size, lost, whole = (
            one(part, statistic=name)["estimate"]
            for name in ("resamples", "not_estimable", "incomplete")
        )
        percentile, bca = (one(part, statistic="hr", term=t) for t in ("percentile", "bca"))
        again, drawn = drawn, size
        number = "as many resamples" if drawn == again else f"{size:,.0f} resamples of the patients"
        ratio = f"the {part.iloc[0]['level']} hazard ratio for {lower(md(spec.label))}"
        if pd.isna(percentile["estimate"]):
            parts.append(
                f"In {number}, as in the cohort, {ratio} had no finite estimate "
                f"({formats.percentage(lost, 1)}% of them), and so no interval."
            )
            continue
        if pd.isna(percentile["conf_low"]):
            parts.append(
                f"In {number} {ratio} had mostly no finite estimate "
                f"({formats.percentage(lost, 1)}% of them), and so no interval."
            )
            continue
        parts.append(
            f"In {number} {ratio} had the percentile {conf} {_limits(percentile)} and "
            f"{_bca(bca)}{_without_estimate(lost, whole)}."
        )
    return " ".join(parts)


def _limits(result: pd.Series) -> str:
    low, high = (formats.ratio(result[name]) for name in ("conf_low", "conf_high"))
    return f"{low} to {high}"


def _bca(result: pd.Series) -> str:
    known = not result[["conf_low", "conf_high"]].isna().any()
    return f"the BCa interval {_limits(result)}" if known else "no BCa interval"


def _without_estimate(lost: float, whole: float) -> str:
    """Say in what share of resamples the ratio, or another coefficient, ran away; "" in none."""
    if not whole:
        return "; every resample gave an estimate"
    if not lost:
        return (
            f"; every resample gave an estimate of it, but {_some(whole)} gave none of some "
            "other coefficient"
        )
    more = f", and {_some(whole)} none of some coefficient of its model" if whole > lost else ""
    return f"; {_some(lost)} of the resamples gave no finite estimate of it{more}"


def _some(percent: float) -> str:
    """Print a share that is not none: 3.2%, or less than 0.1%."""
    return f"{formats.percentage(percent, 1)}%".replace("<", "less than ")


def penalised(results: pd.DataFrame, study: Study) -> str:
    """Say how far Firth's penalty moves the estimate, and whether it changes the conclusion."""
    parts, apart, lost, level = [], [], [], ""
    for endpoint, spec in study.endpoints.items():
        part = pick(results, endpoint=endpoint)
        level = list(part["level"])[-1]
        plain, firth = (one(part, level=level, term=t) for t in ("likelihood", "firth"))
        if firth["note"] == TOO_LARGE:
            continue
        label = lower(md(spec.label))
        if pd.isna(firth["estimate"]):
            lost.append(label)
            continue
        if pd.isna(plain["estimate"]):
            apart.append(f"HR {hr_with_p(firth, study)} for {label}")
            continue
        before, after = (significant(r["p_value"], study) for r in (plain, firth))
        told = (
            "could not be compared"
            if None in (before, after)
            else _kept(before, study)
            if before == after
            else _turned(after, study)
        )
        parts.append(
            f"for {label} from {formats.ratio(plain['estimate'])} to "
            f"{formats.ratio(firth['estimate'])}, which {told}"
        )
    if not parts and not apart and not lost:
        return f"Firth's penalty was {TOO_LARGE.replace(':', ', as', 1)}."
    told = []
    if parts:
        told.append(f"Firth's penalty moved the {level} hazard ratio {clauses(parts)}.")
    if apart:
        told.append(
            f"Where maximum likelihood gave no finite {level} hazard ratio, Firth's "
            f"penalised likelihood gave {clauses(apart)}."
        )
    if lost:
        told.append(f"Firth's penalty gave no {level} hazard ratio for {listed(lost)}.")
    return " ".join(told)


def _kept(found: bool, study: Study) -> str:
    if calls_significant(study):
        return "did not change the conclusion"
    return f"left *P* {'' if found else 'not '}{below(study)}"


def _turned(found: bool, study: Study) -> str:
    """Say that a result is on the other side of the level."""
    if calls_significant(study):
        return f"made it {'' if found else 'not '}significant"
    return f"brought *P* {'' if found else 'to not '}{below(study)}"


def left_out(summary: pd.DataFrame, study: Study) -> str:
    """Give the range without one patient, and whether any single patient decides."""
    parts = [
        part.set_index("statistic")
        for _, part in summary.groupby(["endpoint", "level"], sort=False)
    ]
    told, before = [], ""
    for part in parts:
        text, who = _left_out(part, study), _who(part.loc["hr_range"])
        start = f"With {who} left out in turn, " if who != before else ""
        told.append(f"{start}{text[:1].lower()}{text[1:]}" if start else text)
        before = who
    return " ".join(told)


def _who(result: pd.Series) -> str:
    """Name whom the refits leave out: everybody, or in a large cohort some of them."""
    if not result.get("note"):
        return "each patient"
    return f"each of the {int(result['n']):,} patients with the largest influence"


def _left_out(part: pd.DataFrame, study: Study) -> str:
    hr, decides = part.loc["hr_range"], part.loc["decides"]
    label = lower(md(study.endpoints[hr["endpoint"]].label))
    if not decides["n"]:
        return (
            f"The {hr['level']} hazard ratio for {label} could not be estimated, whichever "
            "patient was left out."
        )
    if not decides["estimate"]:
        verdict = (
            "no single patient decided whether it was significant"
            if calls_significant(study)
            else "no single one of them moved its *P* across "
            f"{formats.level(study.statistics.alpha)}"
        )
        if calls_significant(study) and hr.get("note"):
            verdict = "none of them decided whether it was significant"
    else:
        verdict = _decided_by_one(decides, study)
    return (
        f"The {hr['level']} hazard ratio for {label} ranged from {formats.ratio(hr['conf_low'])} "
        f"to {formats.ratio(hr['conf_high'])}; {verdict}."
    )


def _decided_by_one(decides: pd.Series, study: Study) -> str:
    who = f"patient {decides['term']}"
    without = p_equals(decides["p_value"], study)
    number = int(decides["estimate"])
    if not calls_significant(study):
        level = formats.level(study.statistics.alpha)
        if number == 1:
            return f"leaving out {who}, and no other, moved its *P* across {level} ({without})"
        return (
            f"leaving out any one of {counted(number, 'patient')} moved its *P* across {level}, "
            f"farthest {who} ({without})"
        )
    if number == 1:
        return (
            f"leaving out {who} changed whether it was significant ({without}), and leaving "
            "out any other did not"
        )
    return (
        f"leaving out any one of {counted(number, 'patient')} changed whether it was "
        f"significant, most of all {who} ({without})"
    )


def time_zero(results: pd.DataFrame, study: Study) -> str:
    """Say who is lost by the landmark of the last procedure, or the last one, and the effect.

    Where no landmark loses anybody the check repeats the main analysis, and the text says so.
    """
    if not pick(results, statistic="lost")["estimate"].sum():
        months = sorted({float(level) for level in pick(results, statistic="hr")["level"]})
        return (
            f"Nobody had an event or left follow-up by month {months[-1]:g}, the last landmark: "
            "the comparisons from each landmark hold the patients of the main analysis, and can "
            "show no advantage of those who had to live long enough to be in their arm."
        )
    unlost: dict[str, list[str]] = {}
    some: dict[tuple[str, str], list[_Landmark]] = {}
    for endpoint, spec in study.endpoints.items():
        part, label = pick(results, endpoint=endpoint), lower(md(spec.label))
        last, effects = pick(part, statistic="last_procedure"), pick(part, statistic="hr")
        level = last.iloc[0]["level"] if len(last) else list(effects["level"])[-1]
        result = pick(effects, level=level).iloc[-1]
        lost = int(pick(part, statistic="lost", level=level)["estimate"].sum())
        name = "when the last patient had the procedure" if len(last) else "the last landmark"
        when = f"By month {level}, {name},"
        if lost:
            some.setdefault((when, result["term"]), []).append(_Landmark(label, lost, result))
        else:
            unlost.setdefault(when, []).append(label)
    return " ".join(
        [
            *(_nobody_lost(when, labels) for when, labels in unlost.items()),
            *(_some_lost(*said, found, study) for said, found in some.items()),
        ]
    )


class _Landmark(NamedTuple):
    """An endpoint's name, the patients lost by its landmark, and the effect from there."""

    label: str
    lost: int
    result: pd.Series


def _some_lost(when: str, model: str, found: list[_Landmark], study: Study) -> str:
    """Speak of all endpoints with one landmark in one sentence."""
    first, *others = found
    lost = [
        f"{counted(first.lost, 'patient')} {was(first.lost)} lost for {first.label}",
        *(f"{one.lost} for {one.label}" for one in others),
    ]
    known = [one for one in found if pd.notna(one.result["estimate"])]
    effects = clauses(
        [hr_with_p(one.result, study) + f" for {one.label}" * bool(others) for one in known]
    )
    unknown = listed([one.label for one in found if pd.isna(one.result["estimate"])])
    told = [f"was {effects}"] if known else []
    if unknown:
        told.append("could not be estimated" + f" for {unknown}" * bool(others))
    return f"{when} {listed(lost)}; from there the {model} hazard ratio {', and '.join(told)}."


def _nobody_lost(when: str, labels: list[str]) -> str:
    return (
        f"{when} nobody had been lost for {' or '.join(labels)}; this landmark repeats the main "
        "analysis and is no check of it."
    )


def agreement(results: pd.DataFrame, study: Study) -> str:
    """Say how near independent libraries come to the curves, tests and models of this report."""
    names = {
        "survival": "survival probabilities",
        "logrank": "log-rank *P* values",
        "cox": "adjusted hazard ratios and standard errors",
    }
    agreed, others = [], []
    for term, name in names.items():
        part = pick(results, term=term)
        known, library = part["estimate"].dropna(), part.iloc[0]["method"]
        asked, _, why = str(part.iloc[0]["note"]).partition(": ")
        if asked == "not asked" and known.empty:
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

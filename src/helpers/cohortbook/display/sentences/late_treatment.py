"""Sentences about a treatment that began during follow-up: the time that is misclassified, and
what the analyses find that count nobody as treated before."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ... import formats
from ...analysis.time_dependent import ADJUSTED, CLONES, CRUDE, LANDMARK, NAIVE, STATE, TRIALS
from ...formats import markdown as md
from ...results import one, pick
from ...study.study import Study
from ..words import (
    arm,
    capital,
    clauses,
    counted,
    hr_with_p,
    listed,
    lower,
    number_beside,
    ratio_limits,
)

NAMES = {
    NAIVE: "the analysis by final group",
    LANDMARK: "the landmark at month {grace}",
    STATE: "the time-dependent Cox model",
    CLONES: "clone-censor-weight",
    TRIALS: "the sequential trials",
}
"""How each analysis is called within a sentence; tables and figures begin it with a capital."""
MODELS = {CRUDE: "Crude", ADJUSTED: "Adjusted"}
SAME = 1e-9
"""Difference of the log hazard ratios under which an analysis repeats the naive one."""


def name_of(level: str, study: Study) -> str:
    """Name an analysis: the landmark at month 3."""
    grace = study.treatment_start.grace if study.treatment_start else np.nan
    return NAMES[level].format(grace=f"{grace:g}")


def heading_of(level: str, study: Study) -> str:
    """Name an analysis as the head of a row: Landmark at month 3."""
    return capital(name_of(level, study).removeprefix("the ").removeprefix("analysis "))


def model_of(results: pd.DataFrame) -> str:
    """Give the models that sentences tell of: the adjusted ones where there are any."""
    return ADJUSTED if len(pick(results, term=ADJUSTED)) else CRUDE


def told(results: pd.DataFrame, study: Study) -> dict[str, str]:
    """Give each part by its name."""
    return {
        "immortal": immortal(results, study),
        "effects": _effects(results, study.primary_endpoint, study),
        "others": " ".join(
            _effects(results, endpoint, study)
            for endpoint in study.endpoints
            if endpoint != study.primary_endpoint
        ),
        "weights": weights(results, study),
        "limitation": limitation(results, study),
        "abstract_effects": in_brief(results, study),
    }


def immortal(results: pd.DataFrame, study: Study) -> str:
    """Say how long the treated waited, and how much time an analysis by final group misplaces."""
    key = study.primary_endpoint
    part = pick(results, endpoint=key)
    share, wait = (one(part, statistic=name) for name in ("immortal_share", "median_wait"))
    treated = int(share["n"])
    if not treated:
        return f"No patient began {arm(study, study.comparison_arm.code)} during follow-up."
    last = one(part, statistic="last_start")["estimate"]
    began = (
        f"{capital(counted(treated, 'patient'))} began {arm(study, study.comparison_arm.code)} "
        "during follow-up"
    )
    if not wait["n"]:
        return f"{began}, all at time zero: no time before it counts as treated."
    text = (
        f"{began}, after a median of {formats.number(wait['estimate'], 2)} months"
        f"{_who_waited(wait, treated)}, the last at month {formats.number(last, 2)}."
    )
    lived = [_lived(pick(results, endpoint=name), name, study) for name in study.endpoints]
    return (
        f"{text} An analysis by final group counts as treated the time until then: "
        f"{clauses(lived)}. {_early(results, study)}"
    )


def _who_waited(wait: pd.Series, treated: int) -> str:
    if wait["n"] == treated:
        return ""
    one_of_them = wait["n"] == 1
    who = "the one" if one_of_them else f"the {int(wait['n'])}"
    return f" {'for' if one_of_them else 'among'} {who} who did not begin at once"


def _lived(part: pd.DataFrame, endpoint: str, study: Study) -> str:
    own, whole, months = (
        one(part, statistic=name)["estimate"]
        for name in ("immortal_share", "immortal_share_of_all", "immortal_months")
    )
    return (
        f"for {lower(md(study.endpoints[endpoint].label))} {formats.number(months, 1)} months, "
        f"{formats.percentage(own, 1)}% of their follow-up and {formats.percentage(whole, 1)}% of "
        "everybody's"
    )


def _early(results: pd.DataFrame, study: Study) -> str:
    """Say how many events came while somebody still waited."""
    counts = []
    for endpoint, spec in study.endpoints.items():
        early = one(results, endpoint=endpoint, statistic="early_events")
        number, of = int(early["estimate"]), int(early["n_events"])
        noun = md(spec.event_label if of == 1 else spec.events_label)
        of_all = f"{number if number else 'none'} of {of} {noun}"
        counts.append(of_all if of else f"no {noun} (nor later)")
    return f"By the last start there had been {listed(counts)}."


def _repeats(part: pd.DataFrame, level: str) -> bool:
    """Say whether an analysis is the naive one over again."""
    found, naive = (one(part, level=name)["estimate"] for name in (level, NAIVE))
    return bool(found > 0 and naive > 0 and abs(np.log(found) - np.log(naive)) < SAME)


def _ratios(part: pd.DataFrame) -> pd.DataFrame:
    return pick(part, statistic="hr", term=model_of(part))


def _effects(results: pd.DataFrame, endpoint: str, study: Study) -> str:
    """Tell one endpoint's hazard ratios."""
    part = pick(results, endpoint=endpoint)
    ratios, model = _ratios(part), model_of(part)
    naive, label = one(ratios, level=NAIVE), lower(md(study.endpoints[endpoint].label))
    if pd.isna(naive["estimate"]):
        start = f"The {model} hazard ratio for {label} by final group could not be estimated."
    else:
        start = (
            f"By final group the {model} hazard ratio for {label} was {hr_with_p(naive, study)}."
        )
    same = [level for level in (LANDMARK, STATE) if _repeats(ratios, level)]
    others = [
        one(ratios, level=level) for level in (LANDMARK, STATE, CLONES, TRIALS) if level not in same
    ]
    known = [found for found in others if pd.notna(found["estimate"])]
    lost = [name_of(found["level"], study) for found in others if pd.isna(found["estimate"])]
    parts = [start]
    if same:
        again = listed([name_of(level, study) for level in same])
        verb = "repeats it and is" if len(same) == 1 else "repeat it and are"
        parts.append(f"{capital(again)} {verb} no check of it, as no event came by the last start.")
    if known:
        gave = [_gave(found, part, model, study) for found in known]
        parts.append(f"{capital(clauses(gave))}.")
    if lost:
        parts.append(f"{capital(listed(lost))} gave no estimate.")
    return " ".join([*parts, *_inside(naive, known, study)])


def _gave(found: pd.Series, part: pd.DataFrame, model: str, study: Study) -> str:
    text = f"{name_of(found['level'], study)} gave {hr_with_p(found, study)}"
    if found["level"] != CLONES:
        return text
    drawn = one(part, statistic="hr_bootstrap", term=model)
    if pd.isna(drawn["conf_low"]):
        return text
    return f"{text}, by bootstrap {ratio_limits(drawn, study)}"


def _inside(naive: pd.Series, known: list[pd.Series], study: Study) -> Iterator[str]:
    """Say where an interval holds no effect, and the naive one does not; or the reverse."""

    def holds(found: pd.Series) -> bool:
        return bool(found["conf_low"] <= 1 <= found["conf_high"])

    known = [found for found in known if pd.notna(found["conf_low"])]
    if pd.isna(naive["conf_low"]) or not known:
        return
    moved = [found for found in known if holds(found) != holds(naive)]
    if not moved:
        return
    several = len(moved) > 1
    side = ("exclude" if several else "excludes") if holds(naive) else (
        "take in" if several else "takes in")  # fmt: skip
    names = listed([name_of(found["level"], study) for found in moved])
    yield (
        f"The interval{'s' * several} of {names} {side} one; that of the analysis by final group "
        "does not."
    )


def weights(results: pd.DataFrame, study: Study) -> str:
    """Say how far the weights of clone-censor-weight reach, for the primary endpoint."""
    part = pick(results, endpoint=study.primary_endpoint, term=model_of(results))
    most = pick(part, statistic="weight_max").dropna(subset=["estimate"])
    if most.empty:
        return ""
    worth = [
        one(part, statistic="weight_effective", group=group) for group in ("within", "without")
    ]
    begin, wait = (f"{formats.number(row['estimate'], 1)} of {int(row['n'])}" for row in worth)
    largest = formats.number(most["estimate"].max(), 1)
    return (
        f"The weights of clone-censor-weight reached {largest}; of those at risk after "
        f"the grace period the weighted copies are worth {begin} who began and {wait} who did not."
    )


def _others(results: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Give the ratios of the primary endpoint that count nobody as treated before the start.

    Those that repeat the analysis by final group are left out.
    """
    ratios = _ratios(pick(results, endpoint=study.primary_endpoint))
    own = [level for level in (LANDMARK, STATE) if not _repeats(ratios, level)]
    return pick(ratios, level=[*own, CLONES, TRIALS]).dropna(subset=["estimate"])


def _span(found: pd.DataFrame) -> str:
    ratios = found["estimate"]
    low, high = formats.ratio(ratios.min()), formats.ratio(ratios.max())
    return low if low == high else f"from {low} to {high}"


def limitation(results: pd.DataFrame, study: Study) -> str:
    """Say what immortal time leaves in doubt, for the limitations."""
    share = one(results, endpoint=study.primary_endpoint, statistic="immortal_share")["estimate"]
    if not share > 0:  # nobody waited
        return ""
    label = lower(md(study.endpoints[study.primary_endpoint].label))
    name = arm(study, study.comparison_arm.code)
    return (
        f"Patients had to live until {name} began to be counted in that arm: "
        f"{formats.percentage(share, 1)}% of their follow-up for {label} was before "
        "it. The analyses that do not count this time as treated suppose that, given the "
        "covariates, who began and when had nothing to do with how long they would have lived."
    )


def in_brief(results: pd.DataFrame, study: Study) -> str:
    """Give the hazard ratios beside the naive one in a sentence, for the abstract."""
    others, key = _others(results, study), study.primary_endpoint
    if others.empty:
        return ""
    label, name = lower(md(study.endpoints[key].label)), arm(study, study.comparison_arm.code)
    wide = int((others["conf_low"].le(1) & others["conf_high"].ge(1)).sum())
    doubt = ""
    if wide:
        of = f"s of {number_beside(wide, len(others))} of them" if wide > 1 else " of one of them"
        every = "its interval" if len(others) == 1 else "each interval"
        whose = every if wide == len(others) else f"the interval{of}"
        doubt = f"; {whose} took in one"
    many = counted(len(others), "analysis", "analyses")
    return (
        f"With nobody counted as treated before {name} began, the {model_of(results)} hazard ratio "
        f"for {label} was {_span(others)} in {many}{doubt}."
    )

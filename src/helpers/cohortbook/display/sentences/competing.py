"""Sentences about competing states: who is censored at one, and what the estimates then are.

Kaplan-Meier supposes that the censored could still have the event. After a competing state they
cannot, and one minus the estimate overestimates the share with the event (Gooley et al., Statistics
in Medicine 1999); a Cox model gives cause-specific hazard ratios.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from ...formats import markdown as md
from ...formats import unescaped
from ...results import pick
from ...study.parts import Endpoint
from ...study.study import Study
from ..words import arm, capital, counted, listed, lower


def definition(study: Study) -> str:
    """Name the competing states of each endpoint for the Methods; "" if none is declared."""
    return " ".join(
        f"For {lower(md(spec.label))}, {_states(spec)}: patients are censored at it, and one minus "
        f"the Kaplan-Meier estimate overestimates how many have {_the_event(spec)}."
        for spec in study.endpoints.values()
        if spec.competing
    )


def happened(results: pd.DataFrame, study: Study) -> str:
    """Count the patients who ended in each competing state; "" if none is declared."""
    told = [
        _happened(results, study, key) for key, spec in study.endpoints.items() if spec.competing
    ]
    return " ".join(told)


def note(study: Study, endpoints: Iterable[str], model: bool = False) -> str:
    """Say in a caption what competes with its endpoints; "" if nothing does.

    `model`: it shows hazard ratios and no curves.
    """
    told = []
    for key in dict.fromkeys(endpoints):
        spec = study.endpoints.get(key)
        if spec is not None and spec.competing:
            of = f"{md(spec.short)}: {_states(spec)}, at which patients are censored; "
            told.append(
                of
                + (
                    "hazard ratios are cause-specific."
                    if model
                    else f"Kaplan-Meier estimates overestimate how many have {_the_event(spec)}."
                )
            )
    return " ".join(told)


def plain_note(study: Study, endpoints: Iterable[str], model: bool = False) -> str:
    """Give the note as plain text, as notes of tables are."""
    return unescaped(note(study, endpoints, model))


def _happened(results: pd.DataFrame, study: Study, key: str) -> str:
    spec = study.endpoints[key]
    label, all_states = lower(md(spec.label)), listed([_name(state) for state in spec.competing])
    caution = (
        "the Kaplan-Meier estimate takes such patients as if they could still have "
        f"{_the_event(spec)}"
    )
    parts, total = [], 0
    for state in spec.competing:
        found = pick(
            results, endpoint=key, population="all", statistic="competing", level=state.code
        )
        if found.empty:  # small counts are withheld
            return f"Patients who ended in {all_states} are censored there in {label}; {caution}."
        count = {row["group"]: int(row["estimate"]) for _, row in found.iterrows()}
        arms = [
            f"{count[code]} with {arm(study, code)}" for code in study.arm_codes if code in count
        ]
        total += count.get("overall", 0)
        by_arm = f" ({listed(arms)})" if study.compares and arms and any(count.values()) else ""
        parts.append(
            f"{counted(count.get('overall', 0), 'patient')}{by_arm} ended in {_name(state)}"
        )
    if not total:
        return f"For {label}, nobody ended in {all_states}."
    return (
        f"{capital(listed(parts))}, and {'is' if total == 1 else 'are'} censored there in {label}; "
        f"{caution}."
    )


def _states(spec: Endpoint) -> str:
    names = [_name(state) for state in spec.competing]
    return f"{listed(names)} {'is a competing event' if len(names) == 1 else 'compete'}"


def _name(state) -> str:
    return md(state.label) if state.label else f"the state “{md(state.code)}”"


def _the_event(spec: Endpoint) -> str:
    return f"the {md(spec.event_label)}" if spec.event_label == "event" else md(spec.event_label)

"""Days to death and days to last contact are one time: to death, or to the last contact."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..study.vital import bare, vital
from . import words as w
from .columns import Column
from .draft import Draft
from .phrases import DEATHS
from .words import unit_named

LAST = {
    "last",
    "follow",
    "followup",
    "fu",
    "lfu",
    "contact",
    "lastfollowup",
    "lastcontact",
    "letzte",
    "letzter",
    "letzten",
    "nachbeobachtung",
    "derniere",
    "dernieres",
    "dernier",
    "suivi",
    "ultimo",
    "ultima",
    "seguimiento",
    "contacto",
    "contatto",
    "censoring",
    "laatste",
}
TIMES = {
    "days",
    "day",
    "months",
    "month",
    "time",
    "weeks",
    "years",
    "tage",
    "monate",
    "zeit",
    "jours",
    "mois",
    "temps",
    "delai",
    "dias",
    "meses",
    "tiempo",
    "giorni",
    "mesi",
    "tempo",
    "to",
    "dagen",
    "maanden",
    "weken",
    "tijd",
}
NOT = {
    "age",
    "cause",
    "date",
    "birth",
    "known",
    "disease",
    "new",
    "tumor",
    "recurrence",
    "progression",
}
EITHER, SAME = 0.9, 0.95  # shares of the patients
ONE_WAY = 0.02  # of the patients may lack the time of death at least


def join_times(draft: Draft, columns: dict[str, Column]) -> dict[str, Column]:
    """Make one time of a time to death and a time to last contact, where there are both.

    The dead have the one, the living the other. Of a patient who is dead by the status and has no
    time of death the time is not known. Without a status those with a time of death are dead.
    """
    free = {name: c for name, c in columns.items() if name not in draft.used and _is_number(c)}
    deaths = [c for c in free.values() if _about(c, DEATHS)]
    lasts = [c for c in free.values() if _about(c, LAST) and c not in deaths]
    for death in deaths:
        for last in lasts:
            if _complete(death, last):
                return _joined(draft, columns, death, last)
    return columns


def _is_number(column: Column) -> bool:
    return column.is_number and not column.is_date and len(column.different) > 2


def _about(column: Column, known: set[str]) -> bool:
    for text in (column.name, column.label):
        found = set(bare(text).split())
        if found & known and found & TIMES and not found & (NOT - known):
            return True
    return False


def _complete(death: Column, last: Column) -> bool:
    """Say whether nearly all have one of two times, and one of them alone would not do."""
    died, seen = death.numbers.notna(), last.numbers.notna()
    if (died | seen).mean() < EITHER or (~died).mean() < ONE_WAY or not died.any():
        return False
    both = died & seen
    same = (
        both.sum() == died.sum()
        and np.isclose(death.numbers[both], last.numbers[both]).mean() >= SAME
    )
    return not same  # else the last contact of the dead is their death


def _joined(
    draft: Draft, columns: dict[str, Column], death: Column, last: Column
) -> dict[str, Column]:
    time = death.cells.where(death.numbers.notna(), last.cells)
    status = next((c for c in columns.values() if _says_dead(c)), None)
    lost = 0
    if status is not None:
        dead = status.cells.map({code: vital(status.shown(code)) for code in status.different})
        unknown = dead.eq(True) & death.numbers.isna()
        lost = int(unknown.sum())
        time = time.mask(unknown)
    unit = unit_named(death.name) or unit_named(death.label) or "time"
    name = _new(columns, f"os_{unit}")
    made = {name: Column(name, time, f"{unit} to death or last contact")}
    if status is None and not any(
        w.stem(c.name) == "os" and len(c.different) <= 3 for c in columns.values()
    ):
        happened = pd.Series(np.where(death.numbers.notna(), "1", "0"), index=time.index)
        event = _new(columns, "os_event")
        made[event] = Column(event, happened.where(time.notna()))
    draft.used |= {death.name, last.name}
    text = f"'{name}' is '{death.name}', or '{last.name}' where there is none"
    draft.found.append(text)
    draft.comment("endpoints", text=text)
    if lost:
        draft.unsure(
            "endpoints",
            kind="pair",
            text=f"{lost} patients are dead without '{death.name}': their time is not known",
        )
    return {**columns, **made}


def _says_dead(column: Column) -> bool:
    said = [vital(column.shown(code)) for code in column.different[:9]]
    return len(column.different) <= 6 and {True, False} <= {*said}


def _new(columns: dict[str, Column], name: str) -> str:
    number, made = 2, name
    while made in columns:
        made, number = f"{name}_{number}", number + 1
    return made

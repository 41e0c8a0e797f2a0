"""The auditor of printed results: what print implies, and what cannot hold together.

Needs no patient data. Each check is a function from `Published` to findings, registered in
`CHECKS`; every one allows for the rounding of every printed number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from .. import Published, load_published
from .count_rows import count_rows
from .count_tests import NAMES
from .curves import curves
from .effects import effects
from .findings import COLUMNS, SEVERITIES, Finding, as_frame
from .follow_up import follow_up
from .grades import other_grades
from .information import events_behind
from .logrank import log_rank
from .milestones import milestones
from .p_from_counts import tests_behind
from .ranges import ranges
from .ratios import ratios
from .repeats import repeats
from .smd import standardised_differences
from .summaries import summaries, survival_medians
from .summary_tests import p_from_means
from .sums import sums
from .together import one_denominator
from .values import values

CHECKS: list[Callable[[Published], Iterable[Finding]]] = [
    values, count_rows, other_grades, sums, repeats, ratios, log_rank, events_behind, summaries,
    p_from_means, standardised_differences, survival_medians, curves, follow_up,
    ranges, milestones, effects,
]  # fmt: skip


def audit(published: Published | str | Path) -> pd.DataFrame:
    """Check the printed results of a paper against one another.

    Parameters
    ----------
    published : Published or path
        The printed results, or the file (or study folder) that holds them.

    Returns
    -------
    DataFrame
        One row a cause, the gravest first: `key`, `where`, `check`, `severity` ("conflict",
        "fits only if", "unusual", "rounding"), `printed`, `implied` (text), `implied_low`,
        `implied_high`, `gap`, `mend` (the smallest change that would make print agree),
        `message`, `proof` (of a conflict, in one line) and `also` (keys of the other printed
        numbers of the same cause). Empty if everything can hold together.
    """
    if not isinstance(published, Published):
        published = load_published(published)
    found = _without_echoes([f for check in CHECKS for f in check(published)])
    return as_frame(one_denominator(found))


def _without_echoes(findings: list[Finding]) -> list[Finding]:
    """Drop the slip between two places if a slip of rounding is already found in one of them."""
    slips = {key for item in findings if item.severity == "rounding"
             and item.check != "repeated statement" for key in (item.key, *item.also)}  # fmt: skip
    return [
        item for item in findings
        if (item.check, item.severity) != ("repeated statement", "rounding")
        or item.key not in slips
    ]  # fmt: skip


__all__ = ["CHECKS", "COLUMNS", "NAMES", "SEVERITIES", "Finding", "audit", "tests_behind"]

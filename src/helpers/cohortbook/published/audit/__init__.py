"""The auditor of printed results: what print implies, and what cannot hold together.

Needs no patient data. Each check is a function from `Published` to findings, registered in
`CHECKS`; every one allows for the rounding of every printed number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from .. import Published, load_published
from .findings import COLUMNS, Finding, as_frame
from .logrank import log_rank
from .p_from_counts import NAMES, p_from_counts, tests_behind
from .percentages import percentages
from .ratios import ratios
from .repeats import repeats
from .summaries import summaries, survival_medians
from .sums import sums
from .values import values

CHECKS: list[Callable[[Published], Iterable[Finding]]] = [
    values, percentages, sums, repeats, p_from_counts, ratios, log_rank, summaries,
    survival_medians,
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
        One row a finding, the gravest first: `key`, `where`, `check`, `severity` ("conflict",
        "unusual", "drift"), `printed`, `implied` (text), `implied_low`, `implied_high`, `gap`,
        `mend` (the smallest change of one number that would make print agree) and `message`.
        Empty if everything can hold together.
    """
    if not isinstance(published, Published):
        published = load_published(published)
    return as_frame(finding for check in CHECKS for finding in check(published))


__all__ = ["CHECKS", "COLUMNS", "NAMES", "Finding", "audit", "tests_behind"]

"""What the rules of `small_cells` share: counts over arms, their marks, and how a row is hidden."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..formats import WITHHELD
from ..results import OVERALL
from ..stats.small_counts import FEW, Atoms, protect

ESTIMATES = ["estimate", "conf_low", "conf_high", "p_value"]
Count = tuple[Atoms, int]


def marked(mark: str | None, cohort: Cohort) -> str:
    """Give a mark of `stats.small_counts` as it is printed; "" for a count that is shown."""
    return f"<{cohort.study.privacy.smallest_count}" if mark == FEW else mark or ""


def arms_of_groups(cohort: Cohort) -> dict[str, list[str]]:
    """Give the arms that each group of results is made of."""
    codes = cohort.study.arm_codes
    return {OVERALL: codes} | {code: [code] for code in codes}


def protect_arms(
    cohort: Cohort, published: Iterable[Count], hidden: Iterable[Count], rest: Iterable[object]
) -> dict[Atoms, str]:
    """Protect counts of atoms (arm, what); `rest` names all kinds of atom that make up an arm."""
    smallest = cohort.study.privacy.smallest_count
    return protect(dict(published), whole_arms(cohort, rest), smallest, dict(hidden))


def whole_arms(cohort: Cohort, rest: Iterable[object]) -> dict[Atoms, int]:
    """Give the patients of each arm, which every table shows."""
    rest = list(rest)
    return {frozenset((code, what) for what in rest): n for code, n in cohort.n_by_arm.items()}


def complements(published: Iterable[Count], cohort: Cohort, rest: Iterable[object]) -> list[Count]:
    """Give the patients whom a count leaves out, of the same arms."""
    rest, found = list(rest), []
    for atoms, count in published:
        arms = {arm for arm, _ in atoms}
        everyone = frozenset((arm, what) for arm in arms for what in rest)
        found.append((everyone - atoms, sum(cohort.n_by_arm[arm] for arm in arms) - count))
    return found


def hide(results: pd.DataFrame, rows: pd.Series, note: str = WITHHELD) -> None:
    """Blank the numbers of some rows of results, in place; `note` says how they are marked."""
    results.loc[rows, ESTIMATES] = np.nan
    results.loc[rows, "note"] = note

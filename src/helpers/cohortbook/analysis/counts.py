"""Plain counts that two analyses show alike: best responses, and why treatment was stopped.

The rules of `small_cells`, by which every notebook's results pass, count with these and so need
none of the tests and limits beside them.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ..cohort.cohort import Cohort
from ..results import row

OBJECTIVE, CONTROL = "ORR", "DCR"


def best_responses(cohort: Cohort) -> Iterator[dict]:
    """Count each category of best response: rows `n` and `percent` (0 to 100) of `response`."""
    spec = cohort.study.response
    for arm in cohort.study.arm_codes:
        best = cohort.patients.loc[cohort.patients["arm"] == arm, spec.column]
        for category in spec.categories:
            keys = {"term": category.code, "group": arm, "n": len(best)}
            count = int((best == category.code).sum())
            yield row("response", "n", count, **keys)
            share = 100 * count / len(best) if len(best) else float("nan")
            yield row("response", "percent", share, **keys)


def stopped(cohort: Cohort, code: str) -> list[tuple[str, int]]:
    """Count the patients of an arm by why treatment was stopped, and who still has it, by label."""
    spec, swimmer = cohort.study.discontinuation, cohort.study.swimmer
    patients = cohort.patients[cohort.patients["arm"] == code]
    # who has no reason is still treated, unless the swimmer's column says otherwise
    reason = patients[spec.column].replace("", pd.NA)
    found = [
        (f"Stopped: {item.printed}", int((reason == item.code).sum())) for item in spec.reasons
    ]
    known = {item.code for item in spec.reasons}
    unlisted = int((reason.notna() & ~reason.isin(known)).sum())
    if unlisted:
        found.append(("Stopped: another reason", unlisted))
    going = reason.isna()
    if swimmer and swimmer.ongoing:
        unknown = int((going & (patients[swimmer.ongoing] != 1)).sum())
        going &= patients[swimmer.ongoing] == 1
        if unknown:
            found.append(("Treatment status not recorded", unknown))
    return [*found, ("Ongoing", int(going.sum()))]

"""Duration of response: an endpoint of the responders alone, from their first response."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ..cohort.cohort import Cohort
from ..results import OVERALL, frame, row
from .responders import ENDPOINT, objective, responders
from .survival import survival

ANALYSIS = "response_duration"
AMONG = "among responders, who are selected after time zero"


def response_duration(cohort: Cohort) -> pd.DataFrame:
    """Count the responders, and estimate how long their responses lasted.

    Returns
    -------
    DataFrame
        Tidy results, analysis "response_duration", endpoint "dor". Per group (overall and each
        arm): `responders` (estimate; n = patients) and `without_start` (responders whose start or
        end is unknown); then all that `survival.survival` gives, of the responders. Rows of group
        "difference" have the note that responders are selected after time zero.
    """
    among = responders(cohort)
    found = survival(among, ENDPOINT).assign(analysis=ANALYSIS)
    of_arms = found["group"] == "difference"
    notes = found.loc[of_arms, "note"].map(lambda note: "; ".join(filter(None, (AMONG, note))))
    found.loc[of_arms, "note"] = notes
    return pd.concat([frame(_counts(cohort, among)), found], ignore_index=True)


def _counts(cohort: Cohort, among: Cohort) -> Iterator[dict]:
    yes = objective(cohort)
    for group in (OVERALL, *cohort.study.arm_codes):
        own = (cohort.patients["arm"] == group) | (group == OVERALL)
        kept = len(among.patients) if group == OVERALL else among.n_by_arm[group]
        keys = {"endpoint": ENDPOINT, "population": cohort.population, "group": group}
        yield row(ANALYSIS, "responders", int((yes & own).sum()), n=int(own.sum()), **keys)
        yield row(ANALYSIS, "without_start", int((yes & own).sum()) - kept,
                  n=int((yes & own).sum()), **keys)  # fmt: skip

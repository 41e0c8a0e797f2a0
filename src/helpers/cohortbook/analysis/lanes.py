"""The lanes of the swimmer plot: one row a patient, times in months from time zero."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from .lesions import numbers

TIMES = ["treatment", "response_start", "response_end", "progression", "end"]


def lanes(cohort: Cohort) -> pd.DataFrame:
    """Give what happened to each patient, and when.

    Returns
    -------
    DataFrame
        Columns number (see `lesions.numbers`), arm, response (code of
        best response or ""), treatment (duration), ongoing (1 = still treated), response_start,
        response_end, progression (time of progression, NaN = none), end (death or last contact),
        died (1/0); times in months, NaN = did not happen or not recorded. Sorted within arm
        (reference arm first) by `end`, the longest lane first.
    """
    study, patients = cohort.study, cohort.patients
    spec = study.swimmer

    def column(name: str | None) -> np.ndarray:
        return patients[name].to_numpy(float) if name else np.full(len(patients), np.nan)

    best = patients[study.response.column].fillna("") if study.response else ""
    out = pd.DataFrame(
        {
            "number": numbers(cohort).to_numpy(),
            "arm": patients["arm"].astype("object"),
            "response": best,
            "treatment": column(spec.treatment),
            "ongoing": column(spec.ongoing),
            "response_start": column(spec.response_start),
            "response_end": column(spec.response_end),
            "progression": _progression_time(cohort),
            "end": column(f"{spec.survival}_time"),
            "died": column(f"{spec.survival}_event"),
        }
    )
    order = out["arm"].map({code: place for place, code in enumerate(study.arm_codes)})
    # treatment may outlast what is recorded of survival: the lane is as long as what is drawn
    out = out.assign(_arm=order, _lane=out[["end", "treatment"]].max(axis=1))
    out = out.sort_values(["_arm", "_lane", "number"], ascending=[True, False, True])
    return out.drop(columns=["_arm", "_lane"]).reset_index(drop=True)


def _progression_time(cohort: Cohort) -> np.ndarray:
    """Time of progression; without a column that says so, an event of its endpoint counts.

    An event of progression-free survival may be a death, so the study's column decides.
    """
    spec, patients = cohort.study.swimmer, cohort.patients
    if not spec.progression_time:
        return np.full(len(patients), np.nan)
    time = patients[f"{spec.progression_time}_time"].to_numpy(float)
    flag = spec.progression or f"{spec.progression_time}_event"
    return np.where(patients[flag].to_numpy(float) == 1, time, np.nan)

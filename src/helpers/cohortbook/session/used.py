"""The settings that an output was made with, where they are not those of the study file.

A book keeps them with each output; Methods, captions and provenance of the report read them.
"""

from __future__ import annotations

import hashlib
from typing import Any

import pandas as pd

from ..cohort.cohort import Cohort
from ..study.changes import differences

LARGEST = 100_000  # patients whose table is looked at again with every output
CHANGED_IN_PLACE = "the table of patients was changed in the notebook"


def used_by(cohort: Cohort, base: Cohort, begun: Cohort, digest: str) -> dict[str, Any]:
    """Give how the study behind an output differs from the study file.

    Parameters
    ----------
    cohort : Cohort
        What the output was made with.
    base, begun : Cohort
        As the study file has it, and as the notebook began with it.
    digest : str
        `digest_of` the patients that the notebook began with.

    Returns
    -------
    dict
        Empty where nothing differs. `said`: what the study file would say; `paths`: dotted paths
        of the keys that differ; `patients`: how many were analysed, of how many, and why.
    """
    found: dict[str, Any] = {}
    paths = differences(base.study.model_dump(mode="json"), cohort.study.model_dump(mode="json"))
    if paths:
        found["said"], found["paths"] = cohort.said, sorted(paths)
    of = cohort.kept.of if cohort.kept else len(base)
    reasons = [cohort.kept.why] if cohort.kept else []
    if cohort.population != "all":
        reasons.append(f"subgroup {cohort.population}")
    elif (
        (cohort.said, cohort.kept) == (begun.said, begun.kept)
        and digest
        and digest_of(cohort.patients) != digest
    ):
        reasons.append(CHANGED_IN_PLACE)
    if reasons:
        found["patients"] = {"n": len(cohort), "of": of, "why": "; ".join(reasons)}
    return found


def digest_of(patients: pd.DataFrame) -> str:
    """Give a hash of a table of patients; "" of one so large that each look at it would cost."""
    if len(patients) > LARGEST:
        return ""
    rows = pd.util.hash_pandas_object(patients, index=False).to_numpy()
    return hashlib.sha256(rows.tobytes() + "|".join(map(str, patients)).encode()).hexdigest()

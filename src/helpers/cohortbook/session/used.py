"""The settings that an output was made with, where they are not those of the study file.

A book keeps them with each output; Methods, captions and provenance of the report read them.
"""

from __future__ import annotations

from typing import Any

from ..cohort.cohort import Cohort
from ..study.changes import differences

FOLLOW = ("cases", "measurements.cases")


def used_by(cohort: Cohort, base: Cohort) -> dict[str, Any]:
    """Give how the study behind an output differs from the study file.

    Parameters
    ----------
    cohort : Cohort
        What the output was made with.
    base : Cohort
        As the study file has it.

    Returns
    -------
    dict
        Empty where nothing differs. `said`: what the study file would say; `paths`: dotted paths
        of the keys that differ; `patients`: how many were analysed, of how many, and why.
    """
    found: dict[str, Any] = {}
    paths = differences(base.study.model_dump(mode="json"), cohort.study.model_dump(mode="json"))
    if cohort.kept:  # cases of those who are left out are left out with them
        paths = {path: both for path, both in paths.items() if path not in FOLLOW}
    if list(base.study.endpoints) != list(cohort.study.endpoints):  # their order is a choice too
        paths.setdefault("endpoints", ())
    if paths:
        found["said"], found["paths"] = cohort.said, sorted(paths)
    of = cohort.kept.of if cohort.kept else len(base)
    reasons = [cohort.kept.why] if cohort.kept else []
    if cohort.population != "all":
        reasons.append(f"subgroup {cohort.part.label if cohort.part else cohort.population}")
    if reasons:
        found["patients"] = {"n": len(cohort), "of": of, "why": "; ".join(reasons)}
    return found

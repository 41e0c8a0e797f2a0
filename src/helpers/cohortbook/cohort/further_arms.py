"""Arms beyond the two of a report: each is derived beside the reference arm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..study.changes import changed
from ..study.parts import Arm
from ..study.study import Study, study_of

NO_PART = {
    "weighting": None,
    "non_proportional": None,
    "model": None,
    "treatment_start": None,
    "response": None,
    "swimmer": None,
    "adverse_events": None,
    "discontinuation": None,
    "measurements": None,
    "cases": [],
    "subgroups": [],
    "baseline": [],
    "unconfirmed": [],
    "further_arms": [],
    "tables.adverse_events": None,
    "tables.measurements": None,
    "other_arms": "exclude",
}
"""What arms beyond the two are not asked of, and what may name the two."""


def beside_reference(study: Study, arm: Arm) -> dict[str, Any]:
    """Give the changes of a study file that make its arms the reference arm and one other."""
    return NO_PART | {"arms": [study.reference.model_dump(), arm.model_dump()]}


def studies_of(said: Mapping[str, Any], study: Study) -> list[Study]:
    """Give the study of each arm beyond the two, beside the reference arm."""
    return [
        study_of(changed(dict(said), beside_reference(study, arm))) for arm in study.further_arms
    ]

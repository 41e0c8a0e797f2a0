"""Arms beyond the two of a report: each is derived beside the reference arm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from ..study.changes import changed
from ..study.parts import Arm, Flow
from ..study.study import Study, study_of
from .derive.arms import IN_TABLE, other_arm

NO_PART = {
    "weighting": None,
    "non_proportional": None,
    "model": None,
    "treatment_start": None,
    "cases": [],
    "subgroups": [],
    "unconfirmed": [],
    "further_arms": [],
    "other_arms": "exclude",
}
"""What arms beyond the two are not asked of, and what may name the two or their patients."""
TABLES = ("adverse_events", "measurements")


def beside_reference(study: Study, arm: Arm) -> dict[str, Any]:
    """Give the changes of a study file that make its arms the reference arm and one other."""
    changes = NO_PART | {"arms": [study.reference.model_dump(), arm.model_dump()]}
    if study.adverse_events:  # after a procedure that one of the two arms had
        changes["adverse_events.windows"] = []
    if study.measurements:
        changes["measurements.cases"] = []
    return changes


def studies_of(said: Mapping[str, Any], study: Study) -> list[Study]:
    """Give the study of each arm beyond the two, beside the reference arm."""
    return [
        study_of(changed(dict(said), beside_reference(study, arm))) for arm in study.further_arms
    ]


def together(cohort: Any) -> Any:
    """Give the patients of all arms, those of `further_arms` derived as the others are.

    Its study has all arms as its `arms`. Cut-points at a median are those of the two arms. Of a
    cohort from which patients were left out by hand those of further arms are too. The cohort
    itself, where there are two arms or fewer, or small counts are withheld.

    Parameters
    ----------
    cohort : Cohort

    Returns
    -------
    Cohort
    """
    study = cohort.study
    if study.all_arms == study.arms:
        return cohort
    others = [
        (arm.code, cohort.with_study(beside_reference(study, arm) | _medians(cohort)))
        for arm in study.further_arms
    ]
    changes = {"arms": study.all_arms, "further_arms": [], "flow": _flow(study)}
    whole = study.model_copy(update=changes)
    patients = [cohort.patients]
    patients += [_of_arm(other.patients, other.patients["arm"] == code) for code, other in others]
    tables = {}
    for name in TABLES:
        parts = [getattr(cohort, name)]
        for own, (_, other) in zip(patients[1:], others, strict=True):
            table = getattr(other, name)
            if table is not None:
                parts.append(_of_arm(table, table["patient_id"].isin(own["patient_id"])))
        tables[name] = None if parts[0] is None else pd.concat(parts, ignore_index=True)
    return replace(cohort, study=whole, patients=_joined(patients, whole), seal=None, **tables)


def _medians(cohort: Any) -> dict[str, Any]:
    """Give the changes that fix cut-points at a median at those of the two arms."""
    study, medians = cohort.study, {}
    for name, variable in study.variables.items():
        if "median" in variable.at:
            points = variable.cut_points(cohort.patients[variable.cut])
            levels = [{"code": code} for code in study.levels(name)]  # named by the median
            medians |= {f"variables.{name}.at": points, f"variables.{name}.levels": levels}
    return medians


def _flow(study: Study) -> Flow:
    """Take the further arms from those who were left out."""
    names = {other_arm(arm.label) for arm in study.further_arms}
    excluded = [box for box in study.flow.excluded if box.label not in names]
    screened = study.flow.screened
    if screened and screened.label == IN_TABLE and not excluded:
        screened = None
    return study.flow.model_copy(update={"excluded": excluded, "screened": screened})


def _of_arm(table: pd.DataFrame, mine: pd.Series) -> pd.DataFrame:
    return table[mine.to_numpy(bool, na_value=False)]


def _joined(parts: list[pd.DataFrame], study: Study) -> pd.DataFrame:
    """Put the patients of all arms under one another, each column of the kind that it was."""
    columns = [name for name in parts[0] if all(name in part for part in parts)]
    patients = pd.concat([_plain(part[columns]) for part in parts], ignore_index=True)
    for name in columns:
        kind = parts[0][name].dtype
        if name == "arm":
            kind = pd.CategoricalDtype(study.arm_codes, ordered=True)
        patients[name] = patients[name].astype(kind)
    return patients


def _plain(part: pd.DataFrame) -> pd.DataFrame:
    """Take the categories off: they are put on again when the arms stand together."""
    categories = part.select_dtypes("category").columns
    return part.astype(dict.fromkeys(categories, object))

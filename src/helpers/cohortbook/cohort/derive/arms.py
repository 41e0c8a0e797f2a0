"""Two arms of several: the patients of the others are left out and counted in the flow."""

from __future__ import annotations

import pandas as pd

from ...study.parts import FlowBox
from ..readers.table import Rows
from .state import Resolved

CHILDREN = ("adverse_events", "measurements")
IN_TABLE = "In the patient table"


def keep_two_arms(state: Resolved) -> Resolved:
    """Leave out patients of further arms, or of none, where the study file says `exclude`.

    In a study of one arm without an arm column everybody is in it.
    """
    study, patients = state.study, state.tables["patients"]
    column = study.columns.arm
    if len(study.arms) == 1 and column not in {**study.variables, **patients}:
        everybody = patients.assign(**{column: study.reference_arm})
        return state.with_table("patients", everybody)
    further = {arm.code: arm.label for arm in study.further_arms}
    asked = study.other_arms == "exclude" or further
    if not asked or column in study.variables or column not in patients:
        return state
    arm = patients[column]
    keep = arm.isin(study.arm_codes) if study.other_arms == "exclude" else ~arm.isin(further)
    if keep.all():
        return state
    counts = arm[~keep].fillna("").value_counts(sort=False).sort_index()
    boxes = [FlowBox(label=_label(code, column, further), n=int(n)) for code, n in counts.items()]
    state.notes.append(
        f"{study.tables.patients}: {int((~keep).sum())} of {len(patients)} patients left out: "
        + ", ".join(f"{box.label} {box.n}" for box in boxes)
        + "."
    )
    for role in CHILDREN:
        if role in state.tables and study.columns.patient_id in patients:
            state = state.with_table(role, _of_kept(state, role, patients, keep))
    flow = study.flow
    before = sum(box.n for box in flow.excluded)
    screened = flow.screened or FlowBox(label=IN_TABLE, n=len(patients) + before)
    flow = flow.model_copy(update={"screened": screened, "excluded": [*flow.excluded, *boxes]})
    return state.with_table("patients", rows_kept(patients, keep)).with_study(flow=flow)


def rows_kept(table: pd.DataFrame, keep: pd.Series) -> pd.DataFrame:
    """Keep rows of a table as text; they remember where in the file they stood."""
    lines = table.attrs.get("rows") or range(2, len(table) + 2)
    out = table[keep].reset_index(drop=True)
    out.attrs["rows"] = Rows(line for line, kept in zip(lines, keep, strict=True) if kept)
    return out


def other_arm(name: str) -> str:
    """Give what the flow calls the patients of another arm."""
    return f"Other arm: {name}"


def _label(code: str, column: str, further: dict[str, str]) -> str:
    return other_arm(further.get(code, code)) if code else f"No {column} recorded"


def _of_kept(state: Resolved, role: str, patients: pd.DataFrame, keep: pd.Series) -> pd.DataFrame:
    table, name = state.tables[role], state.study.columns.patient_id
    if name not in table:
        return table
    left_out = set(patients.loc[~keep, name].dropna())
    return rows_kept(table, ~table[name].isin(left_out))

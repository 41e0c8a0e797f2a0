"""The patient flow: boxes counted from the data; those before the cohort as the study states."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ..cohort.cohort import Cohort
from ..errors import CohortbookError
from .counts import stopped
from .responders import responders

COLUMNS = ["box", "arm", "role", "label", "n", "note"]
BOX, ITEM = "box", "item"


def flow(cohort: Cohort) -> pd.DataFrame:
    """Count the patient flow.

    Returns
    -------
    DataFrame
        Columns box (screened, excluded, cohort, arm, treatment, response, analysed), arm (code, or
        ""), role ("box": the heading and its number; "item": a line in the box), label, n, note
        (a doubt). Screened and excluded come from the study file and are absent if it has none;
        all others are counted from the patient table.

    Raises
    ------
    CohortbookError
        If boxes counted in different ways disagree.
    """
    rows = [*_before(cohort), _row("cohort", "", BOX, "Included in the cohort", len(cohort))]
    for code in cohort.study.arm_codes:
        rows.append(_row("arm", code, BOX, cohort.study.arm_label(code), cohort.n_by_arm[code]))
        rows += [*_treatment(cohort, code), *_response(cohort, code), *_analysed(cohort, code)]
    out = pd.DataFrame(rows, columns=COLUMNS).astype({"n": int})
    _check(out, cohort)
    return out


def _row(box: str, arm: str, role: str, label: str, n: int, note: str = "") -> dict:
    return {"box": box, "arm": arm, "role": role, "label": label, "n": int(n), "note": note}


def _before(cohort: Cohort) -> Iterator[dict]:
    spec = cohort.study.flow
    lost = sum(item.n for item in spec.excluded)
    if spec.screened:
        note, left = "", spec.screened.n - lost
        # a doubt and no error: only the authors know what lies between screening and the table
        if left != len(cohort):
            note = (
                f"The study file counts {spec.screened.n} screened and {lost} excluded, which "
                f"leaves {left}; the patient table has {len(cohort)}."
            )
        yield _row("screened", "", BOX, spec.screened.label, spec.screened.n, note)
    if spec.excluded:
        yield _row("excluded", "", BOX, "Excluded", lost)
        for item in spec.excluded:
            yield _row("excluded", "", ITEM, item.label, item.n)


def _of_arm(cohort: Cohort, code: str) -> pd.DataFrame:
    return cohort.patients[cohort.patients["arm"] == code]


def _treatment(cohort: Cohort, code: str) -> Iterator[dict]:
    """Count why treatment was stopped, and who still has it."""
    if not cohort.study.discontinuation:
        return
    yield _row("treatment", code, BOX, "Treated", len(_of_arm(cohort, code)))
    for label, n in stopped(cohort, code):
        yield _row("treatment", code, ITEM, label, n)


def _response(cohort: Cohort, code: str) -> Iterator[dict]:
    spec = cohort.study.response
    if not spec:
        return
    best = _of_arm(cohort, code)[spec.column]
    # not recorded and not evaluable are two things: the second was looked at
    missing = int(best.isna().sum())
    unclear = int((best == spec.not_evaluable).sum()) if spec.not_evaluable is not None else 0
    yield _row("response", code, BOX, "Evaluable for response", len(best) - missing - unclear)
    if spec.not_evaluable is not None:
        label = next(c.printed for c in spec.categories if c.code == spec.not_evaluable)
        yield _row("response", code, ITEM, label, unclear)
    if missing:
        yield _row("response", code, ITEM, "Response not recorded", missing)


def _analysed(cohort: Cohort, code: str) -> Iterator[dict]:
    """Count who is in each analysis."""
    endpoints, n = cohort.study.endpoints, cohort.n_by_arm[code]
    counts = {
        spec.label: int((cohort.survival(name, entry=True)["arm"] == code).sum())
        for name, spec in endpoints.items()
    }
    if cohort.study.response and cohort.study.response.duration and not cohort.study.entry:
        among = responders(cohort).patients
        counts["Duration of response (responders)"] = int((among["arm"] == code).sum())
    if cohort.adverse_events is not None:
        counts["Safety"] = n
    if counts:
        yield _row("analysed", code, BOX, "Analysed", n)
    for label, count in counts.items():
        yield _row("analysed", code, ITEM, label, count)
    of_arm = cohort.patients["arm"] == code
    for name, spec in endpoints.items():
        unseen = int((cohort.unseen(name) & of_arm).sum())
        if unseen:
            yield _row("analysed", code, ITEM, f"Never at risk of {spec.event_label}", unseen)
        if cohort.study.leave_out_incomplete and counts[spec.label] + unseen < n:
            label = f"Without time or status of {spec.short}"
            yield _row("analysed", code, ITEM, label, n - counts[spec.label] - unseen)


def _check(out: pd.DataFrame, cohort: Cohort) -> None:
    """Hold the boxes against each other: arms to cohort, reasons and responses to arms."""
    boxes = out[out["role"] == BOX]
    total = int(boxes.loc[boxes["box"] == "arm", "n"].sum())
    if total != len(cohort):
        _disagree("arms", total, len(cohort))
    for code, n in cohort.n_by_arm.items():
        part = out[out["arm"] == code]
        response = part.loc[part["box"] == "response", "n"]
        if len(response) and int(response.sum()) != n:
            _disagree(f"responses of arm {code}", int(response.sum()), n)
        items = part.loc[(part["box"] == "treatment") & (part["role"] == ITEM), "n"]
        if len(items) and int(items.sum()) != n:
            _disagree(f"treatment of arm {code}", int(items.sum()), n)


def _disagree(what: str, found: int, expected: int) -> None:
    raise CohortbookError(
        f"The {what} add up to {found}, but {expected} patients are in the table.",
        "patient flow",
        "Look for empty or unknown codes in these columns.",
    )

"""Time zero: the treatment's effect among those still event-free at a landmark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from ...cohort.cohort import Cohort
from ...formats import counted
from ...results import frame, row
from ...stats.times import join_notes
from ..cox import fit_model, hr_cells
from .model import TreatmentModel, models


def landmarks(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Repeat the comparison among patients event-free and in follow-up beyond each landmark.

    Patients had to live to their treatment to be counted in its arm, a time during which they
    could not die there. After a landmark both arms start anew (Anderson, Cain and Gelber, J Clin
    Oncol 1983; 1:710). The grid is month 0, the study's landmarks, and the month of the last
    procedure if the study records it: from there on nobody's arm lies in the future.

    Returns
    -------
    DataFrame
        Tidy results, analysis "landmark", level = months: statistic "hr" (term "crude" or
        "adjusted"), "lost" per arm (estimate = patients lost before the landmark, `n` of how
        many, `n_events` with an event among them), and "last_procedure" (its month), if recorded.
    """
    rows: list[dict] = []
    for term, model in models(cohort, endpoint).items():
        for months in landmark_grid(cohort):
            part = _after(model, months)
            cells = hr_cells(fit_model(cohort, part.data), part.arm)
            cells["note"] = join_notes(cells["note"], _later(model, months))
            rows.append(row("landmark", "hr", term=term, level=f"{months:g}", **cells | model.keys))
    rows += _lost(cohort, endpoint)
    last = last_procedure(cohort)
    if last is not None:
        rows.append(row("landmark", "last_procedure", last, endpoint=endpoint, level=f"{last:g}"))
    return frame(rows)


def landmark_grid(cohort: Cohort) -> list[float]:
    """Give the landmarks in months, rising."""
    last = last_procedure(cohort)
    extra = [] if last is None else [last]
    return sorted({0.0, *cohort.study.robustness.landmarks, *extra})


def last_procedure(cohort: Cohort) -> float | None:
    """Give the month of the last patient's procedure, if the study records procedures."""
    spec = cohort.study.measurements
    if spec is None or spec.procedure_time is None:
        return None
    known = cohort.patients[spec.procedure_time].dropna()
    return float(known.max()) if len(known) else None


def _after(model: TreatmentModel, months: float) -> TreatmentModel:
    """Keep the patients at risk beyond the landmark and count their time from it."""
    if not months > 0:
        return model  # the main analysis, times of 0 included
    # an event at the landmark came before it
    keep = model.data.time > months
    if model.data.entry is not None:
        keep &= model.data.entry <= months
    data = model.data.only(keep)
    return replace(model, data=replace(data, time=data.time - months, entry=None))


def _later(model: TreatmentModel, months: float) -> str:
    """Say how many were still to come under observation at a landmark."""
    if model.data.entry is None or not months > 0:
        return ""
    later = int((model.data.entry > months).sum())
    return f"{counted(later, 'patient')} who entered later left out" if later else ""


def _lost(cohort: Cohort, endpoint: str) -> Iterator[dict]:
    data = cohort.survival(endpoint, entry=True)
    for months in landmark_grid(cohort):
        for code in cohort.study.arm_codes:
            arm = data[data["arm"] == code]
            gone = arm[arm["time"] <= months] if months > 0 else arm.iloc[:0]
            yield row(
                "landmark",
                "lost",
                len(gone),
                level=f"{months:g}",
                group=code,
                n=len(arm),
                n_events=int(gone["event"].sum()),
                endpoint=endpoint,
                population=cohort.population,
            )

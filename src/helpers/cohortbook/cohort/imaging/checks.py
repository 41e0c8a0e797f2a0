"""Checks of the pictures that a study file names: all problems at once, and what none can see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...errors import Problem, StudyError
from ...study.cases import Panel
from ...study.study import STUDY_FILE, Study
from .pictures import read_picture

LOOK = "Look at each picture: text in the pixels is not found by any check."


def check_cases(study: Study, folder: Path, patients: set[str]) -> list[Problem]:
    """Check each picture of the study's cases.

    Parameters
    ----------
    study : Study
    folder : Path
        The study folder.
    patients : set of str
        The ids of the patient table.

    Returns
    -------
    list of Problem
        Files that are missing, outside the folder, unreadable, or name somebody; and, unless the
        study is synthetic, a warning that only a person sees names burned into a picture.
    """
    problems = [p for place, panel in panels(study) for p in _of_panel(folder, panel, place)]
    problems += _of_patients(study, patients)
    count = len(list(panels(study)))
    if count and not study.synthetic:
        problems.append(
            Problem(
                STUDY_FILE,
                "no name, date or number burned into a picture",
                LOOK,
                f"{count} picture{'' if count == 1 else 's'}",
                column="cases",
                severity="warning",
            )
        )
    return problems


def panels(study: Study) -> Iterator[tuple[str, Panel]]:
    """Give every panel with its place in the study file."""
    for i, case in enumerate(study.cases):
        for j, panel in enumerate(case.panels):
            yield f"cases.{i}.panels.{j}", panel


def picture_files(study: Study) -> list[str]:
    """Give the files that the cases show, once each, in order."""
    return list(dict.fromkeys(panel.file for _, panel in panels(study)))


def _of_panel(folder: Path, panel: Panel, place: str) -> list[Problem]:
    try:
        read_picture(folder, panel, place)
    except StudyError as error:
        return error.problems
    return []


def _of_patients(study: Study, patients: set[str]) -> Iterator[Problem]:
    for i, case in enumerate(study.cases):
        if case.patient is not None and case.patient not in patients:
            yield Problem(
                STUDY_FILE,
                "a patient of the patient table",
                "Correct the id, or delete the key.",
                case.patient,
                column=f"cases.{i}.patient",
            )
        if case.patient is not None and study.measurements is None:
            yield Problem(
                STUDY_FILE,
                "serial measurements of this patient",
                "Add 'measurements', or delete the key.",
                case.patient,
                column=f"cases.{i}.patient",
            )

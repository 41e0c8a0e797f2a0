"""Patients shown by pictures: the panels of each case, and the patient's own measurements."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_uppercase

import pandas as pd

from ..cohort.cohort import Cohort
from ..cohort.imaging.pictures import Picture, read_picture
from ..study.cases import Case
from .lesions import COURSE, MARKER, SIZE, case_series, numbers

PANELS = [
    "panel",
    "kind",
    "title",
    "label",
    "alt",
    "columns",
    "rows",
    "window_center",
    "window_width",
    "marks",
]


@dataclass(frozen=True)
class ImagingCase:
    """One case, read.

    Attributes
    ----------
    number : int
        From 1, in the order of the study file.
    spec : Case
        As the study file has it.
    panels : DataFrame
        One row a panel: panel (letter), kind ("PNG", "JPEG", "TIFF", "DICOM", "series"), title,
        label, alt, columns and rows (pixels), window_center and window_width (NaN where pixels are
        shown as they are), marks (how many).
    pictures : dict
        Letter to `Picture`.
    course : DataFrame
        The patient's serial measurements (see `analysis.lesions.course`); no row without patient.
    """

    number: int
    spec: Case
    panels: pd.DataFrame
    pictures: dict[str, Picture]
    course: pd.DataFrame

    @property
    def label(self) -> str:
        """Label of the figure in the report."""
        return f"fig-imaging-{self.number}"


def imaging_cases(cohort: Cohort) -> list[ImagingCase]:
    """Read the cases of a study, pictures included.

    Raises
    ------
    StudyError
        If a picture cannot be used any more; `load_cohort` has checked them before.
    """
    return [_case(cohort, i, spec) for i, spec in enumerate(cohort.study.cases, 1)]


def _case(cohort: Cohort, number: int, spec: Case) -> ImagingCase:
    course = _course(cohort, spec)
    pictures = {
        letter: read_picture(cohort.folder, panel)
        for letter, panel in zip(ascii_uppercase, spec.panels, strict=False)
    }
    rows = [
        _picture_row(letter, panel, pictures[letter])
        for letter, panel in zip(ascii_uppercase, spec.panels, strict=False)
    ]
    shown = [measure for measure in (SIZE, MARKER) if (course["measure"] == measure).any()]
    letters = ascii_uppercase[len(rows) :]
    rows += [
        {"panel": letter, "kind": "series", "title": measure, "marks": 0}
        for letter, measure in zip(letters, shown, strict=False)
    ]
    return ImagingCase(number, spec, pd.DataFrame(rows, columns=PANELS), pictures, course)


def _picture_row(letter: str, panel, picture: Picture) -> dict:
    center, width = picture.window or (float("nan"), float("nan"))
    return {
        "panel": letter,
        "kind": picture.kind,
        "title": panel.title,
        "label": panel.label,
        "alt": panel.alt or panel.label,
        "columns": picture.pixels.shape[1],
        "rows": picture.pixels.shape[0],
        "window_center": center,
        "window_width": width,
        "marks": len(panel.marks),
    }


def _course(cohort: Cohort, spec: Case) -> pd.DataFrame:
    known = numbers(cohort)
    if spec.patient is None or spec.patient not in known.index:
        return pd.DataFrame(columns=COURSE)
    return case_series(cohort, known[spec.patient])

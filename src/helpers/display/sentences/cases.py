"""Sentences about imaging cases."""

from __future__ import annotations

from collections.abc import Sequence

from ...analysis.cases import ImagingCase
from ...formats import markdown as md
from .words import counted


def pictures(cases: Sequence[ImagingCase]) -> dict[str, str]:
    """Say by what each case is documented, without a full stop; by the case's number."""
    return {f"imaging_{case.number}": _shown(case) for case in cases}


def _shown(case: ImagingCase) -> str:
    what = counted(len(case.pictures), "picture")
    if len(case.course):
        what += " and the serial measurements of the patient"
    return f"{md(case.spec.title)}: {what}"

"""Sentences about imaging cases."""

from __future__ import annotations

from collections.abc import Sequence

from ...analysis.cases import ImagingCase
from ...formats import markdown as md
from ..words import counted, lower


def pictures(cases: Sequence[ImagingCase]) -> dict[str, str]:
    """Say what each case's figure holds, as the end of a sentence without its full stop."""
    return {f"imaging_{case.number}": _shown(case) for case in cases}


def _shown(case: ImagingCase) -> str:
    what = counted(len(case.pictures), "picture")
    if len(case.course):
        what += " and serial measurements"
    return f"{what}: {lower(md(case.spec.title))}"

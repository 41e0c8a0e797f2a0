"""Journal profiles: what a journal asks of figure files, dated, one YAML file each."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field

from ..errors import CohortbookError
from ..study_model import Model, Text

DEFAULT = "generic"
FOLDER = Path(__file__).parent
Range = Annotated[tuple[float, float], Field(description="Lowest and highest, both allowed.")]


class Journal(Model):
    """What is asked; `read` says when the journal's own pages said so."""

    label: Text
    read: Text = Field(description="Year and month in which the source was read.")
    source: Text = Field(description="Where the journal says it.")
    widths_mm: list[Range] = Field(description="Widths of a whole figure.")
    max_height_mm: float
    tiff_dpi: list[int] = Field(description="Resolutions of the TIFF files.")
    compression: list[str] = Field(description="Of TIFF files, as Pillow names it.")
    colours: list[str] = Field(description="Colour modes of TIFF files, as Pillow names them.")
    text_pt: Range = Field(description="Type sizes at final size.")
    embedded_fonts: bool = True
    max_mb: float


def journal_names() -> list[str]:
    """Give the names of all profiles."""
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


def load_journal(name: str) -> Journal:
    """Read a profile.

    Raises
    ------
    CohortbookError
        If there is none of this name.
    """
    if name not in journal_names():
        close = difflib.get_close_matches(name, journal_names(), n=1)
        hint = f"Did you mean '{close[0]}'? " if close else ""
        raise CohortbookError(
            f"There is no journal profile '{name}'.", "journal",
            f"{hint}There are {', '.join(journal_names())}.",
        )
    text = (FOLDER / f"{name}.yml").read_text(encoding="utf-8")
    return Journal.model_validate(yaml.safe_load(text))

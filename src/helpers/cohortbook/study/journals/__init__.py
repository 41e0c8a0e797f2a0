"""Journal profiles: what a journal asks of figure files and P values, dated, one YAML file each."""

from __future__ import annotations

import difflib
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, model_validator

from ...errors import CohortbookError
from ..model import Model, Text

NOT_VERIFIED = "not verified"
DEFAULT = "generic"
FOLDER = Path(__file__).parent
Range = Annotated[tuple[float, float], Field(description="Lowest and highest, both allowed.")]


class Journal(Model):
    """What is asked, and for each value where it comes from."""

    label: Text
    read: Text = Field(description="Year and month in which the sources were looked up.")
    source: Text = Field(description="The journal's own page, to be read before submission.")
    origin: dict[str, Text] = Field(
        description="For each value the page that says it and the form in which it was seen, or "
        f"'{NOT_VERIFIED}'."
    )
    widths_mm: list[Range] = Field(description="Widths of a whole figure.")
    max_height_mm: float
    tiff_dpi: list[int] = Field(description="Resolutions of the TIFF files.")
    compression: list[str] = Field(description="Of TIFF files, as Pillow names it.")
    colours: list[str] = Field(description="Colour modes of TIFF files, as Pillow names them.")
    text_pt: Range = Field(description="Type sizes at final size.")
    fonts: list[str] = Field(description="Typefaces in figures; none named: any.")
    embedded_fonts: bool = True
    max_mb: float
    p_decimals: Literal[2, 3] = Field(description="Decimals of a P value from 0.01 on.")

    @model_validator(mode="after")
    def _every_value_has_an_origin(self):
        values = set(type(self).model_fields) - {"label", "read", "source", "origin"}
        if values != set(self.origin):
            raise ValueError(f"origin: {sorted(values ^ set(self.origin))} without value or origin")
        return self

    def doubt(self, value: str) -> str:
        """Give what to add where a value is quoted that no page of the journal was seen to ask."""
        return f" ({NOT_VERIFIED})" if self.origin[value].startswith(NOT_VERIFIED) else ""


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
            f"There is no journal profile '{name}'.",
            "journal",
            f"{hint}There are {', '.join(journal_names())}.",
        )
    text = (FOLDER / f"{name}.yml").read_text(encoding="utf-8")
    return Journal.model_validate(yaml.safe_load(text))


@cache
def p_decimals(name: str) -> int:
    """Give the decimals that a journal prints of a P value from 0.01 on; 3 if it has no profile."""
    return load_journal(name).p_decimals if name in journal_names() else 3

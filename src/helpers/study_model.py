"""What every part of the study file is made of: the strict model and the types of its texts."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Colour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
Text = Annotated[str, Field(max_length=10_000)]
LONGEST_LABEL = 160


def _short(text: str) -> str:
    """Keep a label to a length that a table or figure can hold: its beginning and its end."""
    if len(text) <= LONGEST_LABEL:
        return text
    half = LONGEST_LABEL // 2
    return f"{text[: half - 1].rstrip()}…{text[-half:].lstrip()}"


Label = Annotated[str, Field(max_length=10_000), AfterValidator(_short)]
Column = Annotated[str, Field(min_length=1, max_length=300)]  # of a table; or the name of a file
Code = Annotated[str, Field(min_length=1, max_length=200)]
Month = Annotated[float, Field(gt=0)]


class Model(BaseModel):
    """Unknown keys, nan and inf are errors: a misspelt key must never be silently ignored."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, coerce_numbers_to_str=True, allow_inf_nan=False
    )

"""The `cases` of a study file: pictures of patients, with what is marked in them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .model import Code, Colour, Model, Text

Share = Annotated[float, Field(ge=0, le=1)]
Spot = tuple[Share, Share]


class GreyWindow(Model):
    """Which values are drawn from black to white, in the picture's unit (Hounsfield for CT)."""

    center: float
    width: float = Field(gt=0)


class Mark(Model):
    """An arrow, a label or both; places are shares of width and height from the upper left."""

    at: Spot = Field(description="Tip of the arrow, or middle of a label without arrow: [x, y].")
    tail: Spot | None = Field(None, description="Where an arrow starts; its label stands here.")
    text: Text = Field("", description="A short label in the picture.")
    color: Colour = Field("#FFFFFF", description="Drawn with a dark rim, as #RRGGBB.")


class Panel(Model):
    """One picture: PNG, JPEG, TIFF or DICOM."""

    file: str = Field(description="File inside the study folder, such as cases/before.png.")
    label: Text = Field(description="What the picture shows, for the caption.")
    title: Text = Field("", description="A few words above the picture.")
    alt: Text = Field("", description="What is seen, for those who cannot; the label if empty.")
    frame: int = Field(1, ge=1, description="Frame of a file of several, from 1.")
    window: GreyWindow | None = Field(None, description="Default: what the DICOM file says.")
    marks: list[Mark] = Field(default_factory=list, max_length=20)


class Case(Model):
    """One figure of lettered pictures, in the order of reading."""

    title: Text = Field(description="First sentence of the caption, without a full stop.")
    panels: list[Panel] = Field(min_length=1, max_length=16)
    columns: int | None = Field(None, ge=1, le=4, description="Pictures side by side.")
    patient: Code | None = Field(
        None, description="Patient whose serial measurements follow as further panels."
    )

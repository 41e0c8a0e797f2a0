"""A finished figure: the drawing, its caption and alternative text, and the data behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure as Drawing
from PIL.Image import Image

from .drawn import bitmap, encoded, vector

SCREEN_DPI, PRINT_DPI = 110, 300
VECTOR = ("svg", "pdf")
PICTURES = (*VECTOR, "png", "tiff")


@dataclass
class Figure:
    """What a notebook cell shows for a figure.

    Attributes
    ----------
    drawing : matplotlib Figure
        At its final size.
    caption, alt : str
        Markdown caption, and plain alternative text computed from the result.
    data : DataFrame
        What was drawn.
    publish : bool
        True in a build: the output then holds SVG and 300 dpi PNG; while editing, a screen PNG.
    """

    drawing: Drawing
    caption: str
    alt: str
    data: pd.DataFrame
    publish: bool = False
    _made: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def width_cm(self) -> float:
        """Width at final size."""
        return round(self.drawing.get_figwidth() * 2.54, 2)

    def _repr_mimebundle_(self, include=None, exclude=None):
        bundle = {"text/plain": self.alt}
        if self.publish:
            bundle["image/svg+xml"] = self.render("svg").decode("utf-8")
        bundle["image/png"] = self.render("png", PRINT_DPI if self.publish else SCREEN_DPI)
        about = {
            "kind": "figure", "caption": self.caption, "alt": self.alt, "width_cm": self.width_cm,
        }
        return bundle, {"cohortbook": about}

    def render(self, kind: str, dpi: int = PRINT_DPI) -> bytes:
        """Give the drawing as bytes of a format; a finished figure is drawn once for each."""
        key = kind, 0 if kind in VECTOR else dpi
        if key not in self._made:
            self._made[key] = (
                vector(self.drawing, kind) if kind in VECTOR
                else encoded(self._picture(dpi), kind, dpi)
            )
        return self._made[key]

    def _picture(self, dpi: int) -> Image:
        if dpi not in self._made:
            self._made[dpi] = bitmap(self.drawing, dpi)
        return self._made[dpi]

    def export(self, stem: Path) -> list[Path]:
        """Write SVG, PDF, PNG and TIFF (300 dpi, LZW) beside `stem`, and the data as CSV."""
        stem.parent.mkdir(parents=True, exist_ok=True)
        written = [stem.with_suffix(f".{kind}") for kind in PICTURES]
        for path, kind in zip(written, PICTURES, strict=True):
            path.write_bytes(self.render(kind))
        self.data.to_csv(stem.with_suffix(".csv"), index=False)
        return [*written, stem.with_suffix(".csv")]

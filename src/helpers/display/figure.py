"""A finished figure: the drawing, its caption and alternative text, and the data behind it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure as Drawing

SCREEN_DPI, PRINT_DPI = 110, 300


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
        """Draw to bytes without a date, so that the same figure gives the same bytes."""
        undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {"Software": None}}
        buffer = io.BytesIO()
        self.drawing.savefig(buffer, format=kind, dpi=dpi, metadata=undated.get(kind))
        return buffer.getvalue()

    def export(self, stem: Path) -> list[Path]:
        """Write SVG, PDF, PNG and TIFF (300 dpi, LZW) beside `stem`, and the data as CSV."""
        from PIL import Image

        stem.parent.mkdir(parents=True, exist_ok=True)
        written = []
        for kind in ("svg", "pdf", "png"):
            path = stem.with_suffix(f".{kind}")
            path.write_bytes(self.render(kind))
            written.append(path)
        tiff = stem.with_suffix(".tiff")
        with Image.open(written[-1]) as picture:
            picture.convert("RGB").save(
                tiff, compression="tiff_lzw", dpi=(PRINT_DPI, PRINT_DPI)
            )
        self.data.to_csv(stem.with_suffix(".csv"), index=False)
        return [*written, tiff, stem.with_suffix(".csv")]

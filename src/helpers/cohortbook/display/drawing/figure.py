"""A finished figure: the drawing, its caption and alternative text, and the data behind it."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure as Drawing
from PIL.Image import Image

from .canvas import Canvas, Region
from .drawn import bitmap, encoded, pdf_of_svg, vector
from .letters import families
from .panels import cut, cut_svg, named
from .style import use

SCREEN_DPI, PRINT_DPI, FINE_DPI = 110, 300, 600
VECTOR = ("svg", "pdf")
PICTURES = (*VECTOR, "png", "tiff")
SHOWN = (("svg", 0), ("png", PRINT_DPI))  # what a notebook stores of a figure that was exported


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
    panels : dict of Region
        Rectangle of each lettered panel, by letter; empty for a figure of one.
    publish : bool
        True in a build: the output then holds SVG and 300 dpi PNG; while editing, a screen PNG.
    fine : bool
        False in a draft, which nobody prints: SVG and a PNG for the screen are all that is written.
    """

    drawing: Drawing
    caption: str
    alt: str
    data: pd.DataFrame
    panels: dict[str, Region] = field(default_factory=dict)
    publish: bool = False
    fine: bool = True
    label: str = ""
    _made: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, canvas: Canvas, caption: str, alt: str, data: pd.DataFrame) -> Figure:
        """Finish what was drawn on a canvas; the caption gives in full what was shortened."""
        told = " ".join(filter(None, (caption, canvas.labels.caption)))
        return cls(canvas.drawing, told, alt, data, canvas.panels)

    @property
    def nothing(self) -> bool:
        """Say whether nothing was drawn: no row, or no estimate in any."""
        return self.data.empty or (
            "estimate" in self.data and bool(self.data["estimate"].isna().all())
        )

    @property
    def width_cm(self) -> float:
        """Width at final size."""
        return round(self.drawing.get_figwidth() * 2.54, 2)

    def _repr_mimebundle_(self, include=None, exclude=None):
        bundle = {"text/plain": self.alt}
        if self.publish:
            bundle["image/svg+xml"] = self.render("svg").decode("utf-8")
        # a small picture while one edits: a cell should answer at once
        dpi = PRINT_DPI if self.publish and self.fine else SCREEN_DPI
        bundle["image/png"] = self.render("png", dpi)
        return bundle, {"cohortbook": self._about()}

    def _about(self) -> dict[str, Any]:
        return {
            "kind": "figure",
            "caption": self.caption,
            "alt": self.alt,
            "width_cm": self.width_cm,
            "label": self.label,
        }

    def _vector(self) -> bytes:
        with named(self.drawing, self.panels):
            return vector(self.drawing)

    def _bitmap(self, dpi: int) -> Image:
        return bitmap(self.drawing, dpi)

    def render(self, kind: str, dpi: int = PRINT_DPI) -> bytes:
        """Give the drawing as bytes of a format; a finished figure is drawn once for each."""
        key = kind, 0 if kind in VECTOR else dpi
        if key not in self._made:
            if kind == "svg":
                self._made[key] = self._vector()
            elif kind == "pdf":
                # of the SVG, not drawn again: both are then the same drawing
                self._made[key] = pdf_of_svg(self.render("svg").decode("utf-8"))
            else:
                self._made[key] = encoded(self._picture(dpi), kind, dpi)
        return self._made[key]

    def _picture(self, dpi: int) -> Image:
        """Draw as a bitmap; what goes to print twice is drawn once, fine, and averaged down."""
        if dpi not in self._made:
            self._made[dpi] = (
                # 600 is twice 300: each point is the mean of four, and both are one drawing
                self._picture(FINE_DPI).reduce(FINE_DPI // dpi)
                if dpi == PRINT_DPI
                else self._bitmap(dpi)
            )
        return self._made[dpi]

    def export(self, stem: Path) -> list[Path]:
        """Write the figure, each of its panels, and the data as CSV.

        Beside `stem`: SVG, PDF, PNG (300 dpi) and TIFF (300 dpi; 600 dpi with "_600dpi" in its
        name), LZW compressed. A panel has its letter in the name: fig-os_A.tiff. Of a figure that
        is not fine: SVG and PNG of the whole.
        """
        stem.parent.mkdir(parents=True, exist_ok=True)
        if not self.fine:
            self.data.to_csv(stem.with_suffix(".csv"), index=False)
            written = {stem.with_suffix(f".{kind}"): kind for kind in ("png", "svg")}
            for path, kind in written.items():
                path.write_bytes(self.render(kind, SCREEN_DPI))
            return [*written, stem.with_suffix(".csv")]
        # before the vector files: texts hold on to what drew them last, which must not be a bitmap
        self._picture(FINE_DPI)
        written = [path for letter in ("", *self.panels) for path in self._write(stem, letter)]
        written.append(stem.with_suffix(".csv"))
        self.data.to_csv(written[-1], index=False)
        # bitmaps are a hundred megabytes a figure, and a notebook holds on to its figures
        self._made = {key: self._made[key] for key in SHOWN if key in self._made}
        return written

    def _write(self, stem: Path, letter: str) -> list[Path]:
        name = f"{stem.name}_{letter}" if letter else stem.name
        files = {stem.parent / f"{name}.{kind}": (kind, PRINT_DPI) for kind in PICTURES}
        files[stem.parent / f"{name}_{FINE_DPI}dpi.tiff"] = ("tiff", FINE_DPI)
        for path, (kind, dpi) in files.items():
            path.write_bytes(self._panel(letter, kind, dpi))
        return list(files)

    def _panel(self, letter: str, kind: str, dpi: int) -> bytes:
        if not letter:
            return self.render(kind, dpi)
        box = self.panels[letter]
        if kind in VECTOR:
            key = "svg", letter
            if key not in self._made:
                whole = self.render("svg").decode("utf-8")
                self._made[key] = cut_svg(whole, letter, box, self.drawing)
            svg = self._made[key]
            return pdf_of_svg(svg) if kind == "pdf" else svg.encode("utf-8")
        return encoded(cut(self._picture(dpi), box, self.drawing, dpi), kind, dpi)


def rehearse() -> None:
    """Draw a word in most formats: what this loads need not be loaded again by a copied process.

    Of Typst, which makes PDF, only the module: what it draws with are threads, which no copy has.
    """
    importlib.import_module("typst")
    use()
    drawing = Drawing(figsize=(1, 1))
    for look in ({}, {"weight": "bold"}, {"style": "italic"}):
        drawing.text(0, 0, "P", fontfamily=families(), **look)
    for kind in ("svg", "png", "tiff"):
        Figure(drawing, "", "", pd.DataFrame()).render(kind)

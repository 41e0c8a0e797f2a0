"""Exported figure files held against a journal profile; what does not fit is told, not mended."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from ...display.drawing.letters import families
from ...display.drawing.style import POINT, SMALL
from ...display.layout.csv_rows import write_rows
from ...study.journals import Journal

MM_PER_INCH, MM_PER_POINT = 25.4, 25.4 / 72
LARGEST_TEXT = POINT + 2  # letters of panels
ROUNDING_MM = 0.5
STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
MEDIA_BOX = re.compile(rb"/MediaBox\s*\[\s*([\d.+-]+\s+[\d.+-]+\s+[\d.+-]+\s+[\d.+-]+)\s*\]")
DESCRIPTOR = re.compile(rb"/Type\s*/FontDescriptor\b")
FONT_FILE = re.compile(rb"/FontFile[23]?\b")


@dataclass(frozen=True)
class Misfit:
    """One thing that a journal would send back."""

    file: str
    what: str
    found: str
    wanted: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what} is {self.found}, wanted {self.wanted}"


def check_figures(folder: Path, journal: Journal) -> list[Misfit]:
    """Check all figure files of a folder as they were written.

    Parameters
    ----------
    folder : Path
        With Figure_1.tiff and so on. Files of panels (Figure_1_A.tiff) may be narrower than a
        column.
    journal : Journal

    Returns
    -------
    list of Misfit
        In the order of the files' names.
    """
    found = [*_type(journal)]
    for path in sorted(folder.glob("Figure_*")):
        if path.suffix == ".tiff":
            found += _of_tiff(path, journal)
        elif path.suffix == ".pdf":
            found += _of_pdf(path, journal)
    return found


def write_misfits(misfits: list[Misfit], path: Path) -> None:
    """Write what was found as CSV, a header alone if everything fits."""
    write_rows(path, [[f.name for f in fields(Misfit)], *map(astuple, misfits)])


def _type(journal: Journal) -> Iterator[Misfit]:
    """Hold the typeface and the sizes of type, which all figures share, against the profile."""
    face = families()[0]
    if journal.fonts and face not in journal.fonts:
        yield Misfit(
            "all figures", "typeface", face, _either(journal.fonts) + journal.doubt("fonts")
        )
    low, high = journal.text_pt
    if low > SMALL or high < LARGEST_TEXT:
        yield Misfit(
            "all figures",
            "type size",
            f"{SMALL:g} to {LARGEST_TEXT:g} pt",
            f"{low:g} to {high:g} pt{journal.doubt('text_pt')}",
        )


def _of_tiff(path: Path, journal: Journal) -> Iterator[Misfit]:
    from PIL import Image

    with Image.open(path) as picture:
        dpi = round(float(picture.info.get("dpi", (0, 0))[0]))
        compression = str(picture.info.get("compression", "none"))
        mode, pixels = picture.mode, picture.size
    if dpi not in journal.tiff_dpi:
        yield Misfit(
            path.name,
            "resolution",
            f"{dpi} dpi",
            _either(journal.tiff_dpi, " dpi") + journal.doubt("tiff_dpi"),
        )
    if compression not in journal.compression:
        yield Misfit(
            path.name,
            "compression",
            compression,
            _either(journal.compression) + journal.doubt("compression"),
        )
    if mode not in journal.colours:
        yield Misfit(
            path.name, "colour mode", mode, _either(journal.colours) + journal.doubt("colours")
        )
    if dpi:
        size = [count / dpi * MM_PER_INCH for count in pixels]
        yield from _of_size(path, size, journal)


def _of_pdf(path: Path, journal: Journal) -> Iterator[Misfit]:
    content = plain_pdf(path.read_bytes())
    bare = len(DESCRIPTOR.findall(content)) - len(FONT_FILE.findall(content))
    if journal.embedded_fonts and bare > 0:
        yield Misfit(
            path.name, "fonts not embedded", str(bare), "none" + journal.doubt("embedded_fonts")
        )
    box = MEDIA_BOX.search(content)
    if box:
        left, bottom, right, top = (float(number) for number in box[1].split())
        size = [(right - left) * MM_PER_POINT, (top - bottom) * MM_PER_POINT]
        yield from _of_size(path, size, journal)


def _of_size(path: Path, size: list[float], journal: Journal) -> Iterator[Misfit]:
    wide, high = size
    megabytes = path.stat().st_size / 1e6
    panel = path.stem.count("_") > 1 and path.stem.split("_")[2].isalpha()
    ranges = [(0.0, max(high for _, high in journal.widths_mm))] if panel else journal.widths_mm
    if not any(low - ROUNDING_MM <= wide <= most + ROUNDING_MM for low, most in ranges):
        shown = " or ".join(f"{low:g} to {most:g}" for low, most in ranges)
        yield Misfit(
            path.name, "width", f"{wide:.1f} mm", f"{shown} mm{journal.doubt('widths_mm')}"
        )
    if high > journal.max_height_mm + ROUNDING_MM:
        yield Misfit(
            path.name,
            "height",
            f"{high:.1f} mm",
            f"at most {journal.max_height_mm:g} mm{journal.doubt('max_height_mm')}",
        )
    if megabytes > journal.max_mb:
        yield Misfit(
            path.name,
            "size",
            f"{megabytes:.1f} MB",
            f"at most {journal.max_mb:g} MB{journal.doubt('max_mb')}",
        )


def plain_pdf(content: bytes) -> bytes:
    """Give a PDF with what its compressed streams hold appended, so that it can be searched."""
    inside = [content]
    for found in STREAM.finditer(content):
        try:
            inside.append(zlib.decompressobj().decompress(found[1]))
        except zlib.error:
            continue  # a stream that is not compressed, or otherwise
    return b"\n".join(inside)


def _either(wanted: list, unit: str = "") -> str:
    return " or ".join(f"{item}{unit}" for item in wanted)

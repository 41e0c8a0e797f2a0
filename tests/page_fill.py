"""How full the pages of a PDF are: the share of each that is not a wide empty stretch."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
from PIL import Image

DPI = 36
TOP, BOTTOM = 2.2, 2.1  # margins of the report's pages (cm), as in `typst-floats.typ`
EMPTY = 1.2  # a white stretch of this height (cm) or more is space that nothing fills


def filled_shares(pdf: Path, folder: Path) -> list[float]:
    """Give for each page the filled share of its text area, 0 to 1; `folder` takes the pictures."""
    subprocess.run(
        ["pdftoppm", "-r", str(DPI), "-gray", pdf, folder / "page"],
        check=True,
        capture_output=True,
    )
    return [_share(path) for path in sorted(folder.glob("page-*.pgm"))]


def _share(path: Path) -> float:
    pixels, cm = np.asarray(Image.open(path)), DPI / 2.54
    ink = (pixels[round(TOP * cm) - 2 : round(-BOTTOM * cm) + 2] < 200).any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[True], ink, [True]]).astype(int)))
    white = edges[1::2] - edges[::2]
    return 1 - white[white > EMPTY * cm].sum() / len(ink)

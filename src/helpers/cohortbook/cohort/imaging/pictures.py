"""One picture of a study folder, ready to be drawn: PNG, JPEG, TIFF or DICOM."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ...bounds import LIMITS, file_within, guarded, inside, short, within
from ...errors import Problem, StudyError
from ...study.cases import GreyWindow, Panel
from .dicom import is_dicom, read_dicom
from .refused import Refused
from .window import full_range, windowed

KINDS = ("PNG", "JPEG", "TIFF")


@dataclass(frozen=True)
class Picture:
    """Pixels as they are seen.

    Attributes
    ----------
    pixels : array of uint8
        Grey (rows, columns) or colour (rows, columns, 3).
    kind : str
        "PNG", "JPEG", "TIFF" or "DICOM".
    pixel_shape : float
        Height of a pixel over its width.
    window : (center, width) or None
        Which stored values became black to white; None where 8-bit pixels are shown as they are.
    """

    pixels: np.ndarray
    kind: str
    pixel_shape: float = 1.0
    window: tuple[float, float] | None = None

    @property
    def shape(self) -> float:
        """Height over width, as seen."""
        return self.pixels.shape[0] * self.pixel_shape / self.pixels.shape[1]


def read_picture(folder: Path, panel: Panel, place: str = "") -> Picture:
    """Read the picture of a panel.

    Parameters
    ----------
    folder : Path
        The study folder; a file outside it is refused.
    panel : Panel
    place : str
        Where the panel stands in the study file, for messages.

    Raises
    ------
    StudyError
        With what is wrong with the file and how to mend it.
    """
    try:
        with guarded(Refused, "a picture that can be read", "Export it again."):
            return _read(folder, panel)
    except Refused as refused:
        raise StudyError(
            [Problem(panel.file, refused.expected, refused.mend, refused.found, column=place)]
        ) from None


def _read(folder: Path, panel: Panel) -> Picture:
    path = inside(folder, panel.file)
    if not path.is_file():
        raise Refused("a file of this name", "Add it, or mend 'file'.", "no file")
    file_within("picture file", path)
    if is_dicom(path):
        pixels, shape, window = read_dicom(path, panel.frame, panel.window)
        return Picture(pixels, "DICOM", shape, window)
    return _plain(path, panel)


def _plain(path: Path, panel: Panel) -> Picture:
    from PIL import ImageOps

    with (
        guarded(Refused, "a PNG, JPEG, TIFF or DICOM file", "Export it again."),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # size is checked below, before pixels are read
        with path.open("rb") as file, _opened(file) as opened:
            kind = opened.format
            within("pixels", opened.width * opened.height)
            _seek(opened, panel.frame)
            within("pixels", opened.width * opened.height)  # each frame has a size of its own
            values = _values(ImageOps.exif_transpose(opened))
    pixels, window = _eight_bits(values, panel.window)
    return Picture(pixels, kind, 1.0, window)


def _opened(file: BinaryIO):
    from PIL import Image

    try:
        return Image.open(file, formats=KINDS)
    except Image.DecompressionBombError as error:  # so many pixels that it is not opened at all
        limit = LIMITS["pixels"]
        raise Refused(f"at most {limit.shown}", limit.mend, short(error)) from None


def _seek(opened, frame: int) -> None:
    count = getattr(opened, "n_frames", 1)
    if frame > count:
        raise Refused(f"frame 1 to {count}", "Mend 'frame'.", str(frame))
    if frame > 1:
        opened.seek(frame - 1)


def _values(opened) -> np.ndarray:
    """Give grey or colour values; what is transparent lies on white."""
    from PIL import Image

    if opened.mode in ("L", "RGB", "F") or opened.mode.startswith("I"):
        return np.asarray(opened)
    if opened.mode == "1":
        return np.asarray(opened.convert("L"))
    layered = opened.convert("RGBA")
    ground = Image.new("RGBA", layered.size, "white")
    return np.asarray(Image.alpha_composite(ground, layered).convert("RGB"))


def _eight_bits(
    values: np.ndarray, window: GreyWindow | None
) -> tuple[np.ndarray, tuple[float, float] | None]:
    if values.ndim == 3 or (values.dtype == np.uint8 and window is None):
        return values, None
    if window:
        return windowed(values, window.center, window.width), (window.center, window.width)
    whole = full_range(values)
    return windowed(values, *whole, "LINEAR_EXACT"), whole

"""One frame of a DICOM file as it is to be seen: rescaled, windowed, white where it is bright."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..study_cases import GreyWindow
from .identity import identifying
from .refused import Refused
from .window import full_range, windowed

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

PREFIX_AT, PREFIX = 128, b"DICM"
ENDINGS = (".dcm", ".dicom", ".ima")


def is_dicom(path: Path) -> bool:
    """Say whether a file is DICOM: by its mark, or by its name where the mark was left out."""
    with path.open("rb") as file:
        file.seek(PREFIX_AT)
        return file.read(4) == PREFIX or path.suffix.lower() in ENDINGS


def read_dicom(
    path: Path, frame: int = 1, window: GreyWindow | None = None
) -> tuple[np.ndarray, float, tuple[float, float] | None]:
    """Read one frame.

    Parameters
    ----------
    path : Path
    frame : int
        From 1.
    window : GreyWindow, optional
        Instead of the file's own; without either, all values are shown.

    Returns
    -------
    (array of uint8, float, (center, width) or None)
        Grey (rows, columns) or colour (rows, columns, 3); height of a pixel over its width; the
        window in force, None for a picture in colour.

    Raises
    ------
    Refused
        If tags identify somebody, or the picture cannot be decoded.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # remarks on slightly malformed tags
        dataset = _dataset(path)
        named = identifying(dataset)
        if named:
            raise Refused(
                "a file without identifying tags", "Empty them with a de-identification tool.",
                ", ".join(named),
            )
        values = _frame(dataset, frame)
        return _seen(dataset, values, window)


def _dataset(path: Path) -> Dataset:
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        dataset = pydicom.dcmread(path, force=True)
        list(dataset.iterall())  # tags are read when they are looked at
    except (InvalidDicomError, OSError, ValueError, KeyError, EOFError, AttributeError,
            NotImplementedError, TypeError) as error:
        raise Refused("a readable DICOM file", "Export it again.", _short(error)) from None
    if "PixelData" not in dataset:
        raise Refused("a DICOM file with a picture", "Name another file.", "no pixel data")
    return dataset


def _frame(dataset: Dataset, frame: int) -> np.ndarray:
    from pydicom.pixels import apply_color_lut, pixel_array

    count = int(dataset.get("NumberOfFrames", 1) or 1)
    if frame > count:
        raise Refused(f"frame 1 to {count}", "Mend 'frame'.", str(frame))
    try:
        values = pixel_array(dataset, index=frame - 1)
        if dataset.get("PhotometricInterpretation") == "PALETTE COLOR":
            values = apply_color_lut(values, dataset)
    except Exception as error:  # decoders of compressed pictures raise whatever they like
        raise Refused(
            "a picture that can be decoded", "Export it uncompressed.", _short(error)
        ) from None
    return values


def _seen(
    dataset: Dataset, values: np.ndarray, window: GreyWindow | None
) -> tuple[np.ndarray, float, tuple[float, float] | None]:
    from pydicom.pixels import apply_modality_lut

    shape = _pixel_shape(dataset)
    if values.ndim == 3:
        deep = values.dtype.itemsize > 1
        return (values >> 8 if deep else values).astype(np.uint8), shape, None
    values = np.asarray(apply_modality_lut(values, dataset), dtype=float)
    center, width, function = _window(dataset, values, window)
    grey = windowed(values, center, width, function)
    if dataset.get("PhotometricInterpretation") == "MONOCHROME1":
        grey = 255 - grey
    return grey, shape, (center, width)


def _window(
    dataset: Dataset, values: np.ndarray, given: GreyWindow | None
) -> tuple[float, float, str]:
    function = str(dataset.get("VOILUTFunction", "") or "LINEAR").upper()
    if given:
        return given.center, given.width, function
    center, width = _first(dataset.get("WindowCenter")), _first(dataset.get("WindowWidth"))
    if center is None or width is None or width <= 0:
        return (*full_range(values), "LINEAR_EXACT")
    return center, width, function


def _pixel_shape(dataset: Dataset) -> float:
    """Give the height of a pixel over its width, from its spacing or its aspect ratio."""
    for name in ("PixelSpacing", "ImagerPixelSpacing", "PixelAspectRatio"):
        pair = dataset.get(name)
        if pair is not None and len(pair) == 2 and float(pair[0]) > 0 and float(pair[1]) > 0:
            return float(pair[0]) / float(pair[1])
    return 1.0


def _first(value: object) -> float | None:
    """Give the first of one or several windows."""
    if value is None or value == "":
        return None
    return float(value[0] if hasattr(value, "__getitem__") else value)


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__

"""One frame of a DICOM file as it is to be seen: rescaled, windowed, white where it is bright."""

from __future__ import annotations

import math
import warnings
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...bounds import LONGEST, MIB, guarded, within
from ...study.cases import GreyWindow
from .identity import identifying
from .refused import Refused
from .window import full_range, windowed

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

PREFIX_AT, PREFIX = 128, b"DICM"
DEEPEST = 32  # bits of a pixel, above which it counts as several
READABLE = "a readable DICOM file", "Export it again."
RLE_HEAD = 4096  # bytes: more than the head of run lengths, and the ends of their segments
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
    with guarded(Refused, *READABLE), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # remarks on slightly malformed tags
        _check_expanded(path)
        dataset = _dataset(path)
        named = identifying(dataset)
        if named:
            raise Refused(
                "a file without identifying tags",
                "Empty them with a de-identification tool.",
                ", ".join(named),
            )
        values = _frame(dataset, frame)
        return _seen(dataset, values, window)


def _dataset(path: Path) -> Dataset:
    import pydicom

    dataset = pydicom.dcmread(path, force=True)
    list(dataset.iterall())  # tags are read when they are looked at
    if "PixelData" not in dataset:
        raise Refused("a DICOM file with a picture", "Name another file.", "no pixel data")
    return dataset


def _check_expanded(path: Path) -> None:
    """Compare what a deflated file expands to with the limit, a piece at a time."""
    # as dcmread does, which expands all of it at once; it has no public way to ask before
    from pydicom.filereader import (
        _read_command_set_elements,
        _read_file_meta_info,
        read_preamble,
    )
    from pydicom.uid import DeflatedExplicitVRLittleEndian

    with path.open("rb") as file:
        read_preamble(file, force=True)
        meta = _read_file_meta_info(file)
        if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
            return
        _read_command_set_elements(file)
        stream, size, rest = zlib.decompressobj(-zlib.MAX_WBITS), 0, b""
        while not stream.eof and (rest := rest or file.read(MIB)):
            size += len(stream.decompress(rest, MIB))
            rest = stream.unconsumed_tail
            within("picture expanded", size)


def _frame(dataset: Dataset, frame: int) -> np.ndarray:
    from pydicom.pixels import apply_color_lut, pixel_array

    count = int(_number(dataset, "NumberOfFrames") or 1)
    if frame > count:
        raise Refused(f"frame 1 to {count}", "Mend 'frame'.", str(frame))
    _check_frame(dataset, frame, count)
    # decoders of compressed pictures raise whatever they like
    with guarded(Refused, "a picture that can be decoded", "Export it uncompressed."):
        values = pixel_array(dataset, index=frame - 1)
        if dataset.get("PhotometricInterpretation") == "PALETTE COLOR":
            values = apply_color_lut(values, dataset)
    if values.ndim not in (2, 3) or not values.size:
        raise Refused("one frame with pixels", "Export it again.", f"an array of {values.shape}")
    return values


def _check_frame(dataset: Dataset, frame: int, count: int) -> None:
    """Compare the pixels that the tags declare with the limit, before any is decoded.

    Run lengths expand up to 64 times whatever the tags declare, so those of a frame must not be
    longer than its pixels may make them.
    """
    from pydicom.encaps import get_frame
    from pydicom.uid import RLELossless

    rows, columns = (_number(dataset, name) or 0 for name in ("Rows", "Columns"))
    bits = (_number(dataset, "SamplesPerPixel") or 1) * (_number(dataset, "BitsAllocated") or 8)
    within("pixels", int(rows * columns * max(1, bits / DEEPEST)))
    if dataset.file_meta.get("TransferSyntaxUID") == RLELossless:
        with guarded(Refused, "a picture that can be decoded", "Export it uncompressed."):
            stored = len(get_frame(dataset.PixelData, frame - 1, number_of_frames=count))
        if stored > 2 * rows * columns * bits / 8 + RLE_HEAD:
            raise Refused(
                "run lengths of as many pixels as the tags say",
                "Export it uncompressed.",
                f"{stored:,} bytes of one frame",
            )


def _number(dataset: Dataset, name: str) -> float | None:
    """Give the first value of a tag as a number; None if it is not there, empty, or no number."""
    numbers = _numbers(dataset, name)
    return numbers[0] if numbers else None


def _numbers(dataset: Dataset, name: str) -> list[float]:
    """Give the values of a tag as finite numbers; none of them if one is no number."""
    value = dataset.get(name)
    if value is None or value == "":
        return []
    several = not isinstance(value, str | bytes) and hasattr(value, "__iter__")
    try:
        found = [float(item) for item in (value if several else [value])]
    except (TypeError, ValueError):
        raise Refused(
            f"numbers in {name}", "Export it again, or empty this tag.", str(value)[:LONGEST]
        ) from None
    if not all(map(math.isfinite, found)):
        raise Refused(
            f"numbers in {name}", "Export it again, or empty this tag.", str(value)[:LONGEST]
        )
    return found


def _seen(
    dataset: Dataset, values: np.ndarray, window: GreyWindow | None
) -> tuple[np.ndarray, float, tuple[float, float] | None]:
    from pydicom.pixels import apply_modality_lut

    shape = _pixel_shape(dataset)
    if values.ndim == 3:
        deep = values.dtype.itemsize > 1
        return (values >> 8 if deep else values).astype(np.uint8), shape, None
    values = np.asarray(apply_modality_lut(values, dataset), dtype=float)
    if not np.isfinite(values).all():
        raise Refused("finite values of all pixels", "Export it again.", "some that are not")
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
    center, width = (_number(dataset, name) for name in ("WindowCenter", "WindowWidth"))
    if center is None or width is None or width <= 0:
        return (*full_range(values), "LINEAR_EXACT")
    return center, width, function


def _pixel_shape(dataset: Dataset) -> float:
    """Give the height of a pixel over its width, from its spacing or its aspect ratio."""
    for name in ("PixelSpacing", "ImagerPixelSpacing", "PixelAspectRatio"):
        pair = _numbers(dataset, name)
        if pair and len(pair) != 2:
            raise Refused(
                f"two values in {name}, of rows and of columns",
                "Export it again, or empty this tag.",
                f"{len(pair)}",
            )
        if pair and min(pair) > 0:
            return pair[0] / pair[1]
    return 1.0

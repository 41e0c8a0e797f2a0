"""Pictures of nobody: CT-like and MRI-like slices of an upper abdomen, drawn from formulae.

They stand where a study of patients has its imaging cases. Shapes are ellipses with soft edges,
values are typical of the tissue; every picture carries the word PHANTOM in its pixels.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cohortbook.cohort.imaging.window import windowed

COLUMNS, ROWS = 224, 176
EDGE = 0.012  # half-width of an edge, in units of the half-picture
CT_WINDOW = (50.0, 400.0)
MRI_WINDOW = (130.0, 260.0)

# Tissue values: Hounsfield units for CT, arbitrary signal for MRI.
TISSUES: dict[str, dict[str, float]] = {
    "ct": {
        "air": -1000,
        "fat": -105,
        "muscle": 55,
        "liver": 95,
        "spleen": 110,
        "vessel": 150,
        "bone": 420,
        "marrow": 180,
        "fluid": 12,
        "gas": -850,
        "grain": 7,
    },
    "ct arterial": {
        "air": -1000,
        "fat": -105,
        "muscle": 55,
        "liver": 65,
        "spleen": 125,
        "vessel": 290,
        "bone": 420,
        "marrow": 180,
        "fluid": 12,
        "gas": -850,
        "grain": 7,
    },
    "t1": {
        "air": 4,
        "fat": 70,
        "muscle": 75,
        "liver": 125,
        "spleen": 85,
        "vessel": 45,
        "bone": 25,
        "marrow": 85,
        "fluid": 35,
        "gas": 5,
        "grain": 4,
    },
    "t1 arterial": {
        "air": 4,
        "fat": 70,
        "muscle": 85,
        "liver": 130,
        "spleen": 185,
        "vessel": 245,
        "bone": 25,
        "marrow": 90,
        "fluid": 35,
        "gas": 5,
        "grain": 4,
    },
    "t1 portal": {
        "air": 4,
        "fat": 70,
        "muscle": 95,
        "liver": 175,
        "spleen": 165,
        "vessel": 225,
        "bone": 25,
        "marrow": 95,
        "fluid": 35,
        "gas": 5,
        "grain": 4,
    },
}


@dataclass(frozen=True)
class Slice:
    """One picture: the sequence, and a round lesion with its rim.

    Places and radii are in units of the half-picture, from its middle, right and down.
    """

    file: str
    sequence: str
    at: tuple[float, float]
    radius: float
    core: float
    rim: float
    rim_width: float = 0.03
    needle: bool = False

    @property
    def is_ct(self) -> bool:
        return self.sequence.startswith("ct")


LATERAL, DOME, RIGHT, CAUDATE = (-0.52, 0.12), (-0.30, -0.20), (-0.46, -0.04), (-0.14, 0.06)
SLICES = (
    Slice("before-1.dcm", "ct arterial", LATERAL, 0.15, 40, 150, 0.05),
    Slice("after-1.dcm", "ct arterial", LATERAL, 0.19, 28, 60),
    Slice("before-2.dcm", "ct arterial", DOME, 0.075, 140, 120),
    Slice("after-2.dcm", "ct arterial", DOME, 0.14, 25, 58),
    Slice("mri-before-t1.png", "t1", RIGHT, 0.16, 80, 84),
    Slice("mri-before-arterial.png", "t1 arterial", RIGHT, 0.16, 215, 205),
    Slice("mri-before-portal.png", "t1 portal", RIGHT, 0.16, 120, 205, 0.02),
    Slice("mri-after-t1.png", "t1", RIGHT, 0.2, 165, 95),
    Slice("mri-after-arterial.png", "t1 arterial", RIGHT, 0.19, 72, 132),
    Slice("mri-after-portal.png", "t1 portal", RIGHT, 0.19, 78, 172),
    Slice("course-1.png", "ct", CAUDATE, 0.16, 45, 80),
    Slice("course-2.png", "ct", CAUDATE, 0.22, 40, 78),
    Slice("course-3.png", "ct", CAUDATE, 0.2, 330, 220, 0.06),
    Slice("course-4.png", "ct arterial", CAUDATE, 0.2, 90, 165, 0.07),
    Slice("course-5.png", "ct", CAUDATE, 0.2, 45, 78, needle=True),
    Slice("course-6.png", "ct", CAUDATE, 0.18, 38, 88),
    Slice("course-7.png", "ct", CAUDATE, 0.15, 40, 92),
    Slice("course-8.png", "ct", CAUDATE, 0.11, 42, 92),
)


def _grid() -> tuple[np.ndarray, np.ndarray]:
    across, down = (np.arange(count) + 0.5 - count / 2 for count in (COLUMNS, ROWS))
    return np.meshgrid(across / (COLUMNS / 2), down / (COLUMNS / 2))


def _ellipse(x0: float, y0: float, rx: float, ry: float, turn: float = 0.0) -> np.ndarray:
    """Give the share of each pixel inside an ellipse (turned by `turn` degrees), with soft edge."""
    x, y = _grid()
    angle = np.deg2rad(turn)
    u = (x - x0) * np.cos(angle) + (y - y0) * np.sin(angle)
    v = (y - y0) * np.cos(angle) - (x - x0) * np.sin(angle)
    distance = (np.hypot(u / rx, v / ry) - 1) * min(rx, ry)
    return np.clip(0.5 - distance / (2 * EDGE), 0, 1)


def _organs() -> Iterator[tuple[str, np.ndarray]]:
    """Give tissues with their shapes, from the outside inwards; later ones cover earlier ones."""
    yield "fat", _ellipse(0, 0, 0.93, 0.72)
    yield "muscle", _ellipse(0, 0, 0.87, 0.66)
    yield "fat", _ellipse(0, -0.02, 0.81, 0.59)
    yield "muscle", np.maximum(_ellipse(-0.2, 0.5, 0.2, 0.12), _ellipse(0.2, 0.5, 0.2, 0.12))
    yield (
        "liver",
        np.maximum(_ellipse(-0.37, -0.02, 0.42, 0.5, -12), _ellipse(0.02, -0.26, 0.38, 0.19, 14)),
    )
    yield "spleen", _ellipse(0.62, 0.14, 0.14, 0.31, 18)
    yield "fluid", _ellipse(0.38, -0.1, 0.25, 0.26, -20)
    yield "gas", _ellipse(0.4, -0.24, 0.16, 0.09)
    yield "bone", _ellipse(0, 0.36, 0.155, 0.13)
    yield "marrow", _ellipse(0, 0.36, 0.125, 0.1)
    yield "fluid", _ellipse(0, 0.53, 0.05, 0.04)
    yield "vessel", _ellipse(0.09, 0.14, 0.06, 0.06)
    yield "vessel", _ellipse(-0.13, 0.2, 0.075, 0.05)
    for x, y, rx, turn in (
        (-0.3, -0.32, 0.13, 55),
        (-0.52, -0.2, 0.11, 20),
        (-0.36, 0.25, 0.1, -35),
    ):
        yield "vessel", _ellipse(x, y, rx, 0.018, turn)


def draw(slice_: Slice, seed: int) -> np.ndarray:
    """Give the values of a slice (ROWS, COLUMNS), in Hounsfield units or signal."""
    tissue = TISSUES[slice_.sequence]
    values = np.full((ROWS, COLUMNS), float(tissue["air"]))
    for name, share in _organs():
        values += share * (tissue[name] - values)
    x, y = slice_.at
    for radius, value in (
        (slice_.radius, slice_.rim),
        (slice_.radius - slice_.rim_width, slice_.core),
    ):
        values += _ellipse(x, y, radius, radius * 0.92, 25) * (value - values)
    if slice_.needle:
        middle = x - 0.29, y - 0.32
        shaft = _ellipse(*middle, 0.43, 0.008, 48) * _ellipse(*middle, 0.43, 0.43)
        values += shaft * (1800 - values)
    values += _grain(seed) * tissue["grain"]
    return values + _stamp() * (1000 if slice_.is_ct else 255)


def _grain(seed: int) -> np.ndarray:
    """Give smooth noise of unit spread, as a reconstructed picture has it."""
    from scipy.ndimage import gaussian_filter

    noise = gaussian_filter(np.random.default_rng(seed).standard_normal((ROWS, COLUMNS)), 1.2)
    return noise / noise.std()


def _stamp() -> np.ndarray:
    """Give the word PHANTOM as 0 and 1, in a lower corner."""
    from PIL import Image, ImageDraw, ImageFont

    ground = Image.new("L", (COLUMNS, ROWS))
    ImageDraw.Draw(ground).text(
        (4, ROWS - 14), "PHANTOM", fill=255, font=ImageFont.load_default_imagefont()
    )
    return np.asarray(ground) / 255


def write_phantoms(folder: Path) -> list[Path]:
    """Write all phantoms: PNG of 8 bits, and DICOM where the name ends in .dcm."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, slice_ in enumerate(SLICES):
        path, values = folder / slice_.file, draw(slice_, seed)
        if path.suffix == ".dcm":
            _write_dicom(path, values, seed)
        else:
            _write_png(path, values, CT_WINDOW if slice_.is_ct else MRI_WINDOW)
    return [folder / slice_.file for slice_ in SLICES]


def _write_png(path: Path, values: np.ndarray, window: tuple[float, float]) -> None:
    from PIL import Image

    grey = windowed(values, *window) // 3 * 3  # fewer levels: a third of the bytes, as good a look
    Image.fromarray(grey).save(path, optimize=True)


def _write_dicom(path: Path, values: np.ndarray, seed: int) -> None:
    """Write a CT slice as a deflated DICOM file that names nobody."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, DeflatedExplicitVRLittleEndian, generate_uid

    uid = generate_uid(entropy_srcs=["cohortbook phantom", str(seed)])
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, uid
    meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dataset = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, uid
    dataset.Modality, dataset.PatientName, dataset.PatientID = "CT", "", ""
    dataset.PatientIdentityRemoved, dataset.BurnedInAnnotation = "YES", "NO"
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = ROWS, COLUMNS, 1
    dataset.PhotometricInterpretation, dataset.PixelSpacing = "MONOCHROME2", [1.6, 1.6]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.RescaleSlope, dataset.RescaleIntercept = 4, -1024
    dataset.WindowCenter, dataset.WindowWidth = CT_WINDOW
    stored = np.clip(np.rint((values + 1024) / 4), 0, 4095).astype("<u2")
    dataset.PixelData = stored.tobytes()
    dataset.save_as(path, enforce_file_format=True)


def main(arguments: list[str] | None = None) -> int:
    """Write the phantoms of the default study."""
    parser = argparse.ArgumentParser(prog="reconstruction.phantoms", description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=Path("data/wei2026/cases"), help="folder; default: %(default)s"
    )
    print(f"{len(write_phantoms(parser.parse_args(arguments).out))} pictures written.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

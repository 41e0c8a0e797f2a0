"""Pictures of a study folder: windowing by the standard's formula, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

from cohortbook.bounds import LIMITS, Limit
from cohortbook.cohort.cohort import load_cohort
from cohortbook.cohort.imaging.checks import check_cases
from cohortbook.cohort.imaging.pictures import read_picture
from cohortbook.cohort.imaging.window import windowed
from cohortbook.errors import StudyError
from cohortbook.study.cases import Panel
from reconstruction.phantoms import write_phantoms

SHIPPED = Path("data/wei2026/cases")
HOUNSFIELD = np.array([[-1000, -160, -159, 39, 40], [41, 239, 240, 241, 3000]])


def dicom(path, values=HOUNSFIELD, **tags):
    """Write a picture with nothing in it but what a picture needs, and the given tags."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["test"])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta[0x00020002].value, meta[0x00020003].value
    dataset.Rows, dataset.Columns = values.shape[-2:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 0
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
    for name, value in tags.items():
        setattr(dataset, name, value)
    dataset.PixelData = (values + 1024).astype("<u2").tobytes()
    dataset.save_as(path, enforce_file_format=True)
    return path.name


def read(folder, file, **keys):
    return read_picture(folder, Panel(file=file, label="A picture", **keys))


def refusal(folder, file, **keys):
    with pytest.raises(StudyError) as error:
        read(folder, file, **keys)
    (problem,) = error.value.problems
    assert problem.file == file
    assert problem.mend
    return f"{problem.expected}: {problem.found}"


def test_a_window_is_the_standard_s_formula():
    # PS3.3 C.11.2.1.2.1: ((x - (c - 0.5)) / (w - 1) + 0.5) * (ymax - ymin) + ymin
    at = {-160: 0, -159: 0.320, 39: 127.18, 40: 127.82, 41: 128.46, 239: 255, 240: 255}
    shown = windowed(np.array(list(at)), 40, 400)
    by_hand = [
        0 if x <= 39.5 - 199.5 else 255 if x > 39.5 + 199.5 else ((x - 39.5) / 399 + 0.5) * 255
        for x in at
    ]
    assert np.allclose(by_hand, list(at.values()), atol=0.7)
    assert shown.tolist() == [round(y) for y in by_hand]


def test_exact_and_sigmoid_windows_meet_the_standard_at_the_centre_and_edges():
    assert windowed(np.array([0, 50, 100]), 50, 100, "LINEAR_EXACT").tolist() == [0, 128, 255]
    sigmoid = windowed(np.array([50, 75]), 50, 100, "SIGMOID")
    assert sigmoid.tolist() == [128, round(255 / (1 + np.exp(-1)))]


def test_dicom_is_rescaled_and_windowed_as_the_file_says(tmp_path):
    name = dicom(tmp_path / "a.dcm", WindowCenter=[40, 500], WindowWidth=[400, 2000])
    picture = read(tmp_path, name)
    assert picture.window == (40, 400)
    assert np.array_equal(picture.pixels, windowed(HOUNSFIELD, 40, 400))


def test_the_study_file_s_window_wins(tmp_path):
    name = dicom(tmp_path / "a.dcm", WindowCenter=40, WindowWidth=400)
    picture = read(tmp_path, name, window={"center": 0, "width": 100})
    assert np.array_equal(picture.pixels, windowed(HOUNSFIELD, 0, 100))


def test_without_a_window_the_whole_range_is_shown(tmp_path):
    picture = read(tmp_path, dicom(tmp_path / "a.dcm"))
    assert (picture.pixels.min(), picture.pixels.max()) == (0, 255)
    assert picture.window == (1000, 4000)


def test_monochrome1_is_shown_white_for_low_values(tmp_path):
    tags = {"WindowCenter": 40, "WindowWidth": 400, "PhotometricInterpretation": "MONOCHROME1"}
    picture = read(tmp_path, dicom(tmp_path / "a.dcm", **tags))
    assert np.array_equal(picture.pixels, 255 - windowed(HOUNSFIELD, 40, 400))


def test_pixels_that_are_not_square_keep_the_patient_s_shape(tmp_path):
    picture = read(tmp_path, dicom(tmp_path / "a.dcm", PixelSpacing=[2.0, 1.0]))
    assert picture.shape == pytest.approx(2 * 2 / 5)


def test_one_frame_of_several_is_read_and_one_too_many_refused(tmp_path):
    frames = np.stack([HOUNSFIELD, HOUNSFIELD[:, ::-1]])
    tags = {"NumberOfFrames": 2, "WindowCenter": 40, "WindowWidth": 400}
    name = dicom(tmp_path / "a.dcm", frames, **tags)
    second = read(tmp_path, name, frame=2).pixels
    assert np.array_equal(second, windowed(HOUNSFIELD[:, ::-1], 40, 400))
    assert "frame 1 to 2: 3" in refusal(tmp_path, name, frame=3)


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("PatientName", "Wang^Li"),
        ("PatientID", "00123"),
        ("PatientBirthDate", "19700101"),
        ("StudyDate", "20240102"),
        ("AccessionNumber", "A1"),
        ("InstitutionName", "Some hospital"),
        ("OperatorsName", "Doe^Jane"),
        ("ReferringPhysicianName", "Roe^Richard"),
        ("BurnedInAnnotation", "YES"),
        ("PatientAddress", "A street"),
    ],
)
def test_a_tag_that_identifies_somebody_is_named_and_its_value_is_not(tmp_path, tag, value):
    text = refusal(tmp_path, dicom(tmp_path / "a.dcm", **{tag: value}))
    assert text == f"a file without identifying tags: {tag}"


def test_empty_tags_placeholders_and_moved_dates_are_accepted(tmp_path):
    tags = {
        "PatientName": "ANONYMOUS^",
        "PatientID": "",
        "StudyDate": "19000101",
        "LongitudinalTemporalInformationModified": "MODIFIED",
    }
    assert read(tmp_path, dicom(tmp_path / "a.dcm", **tags)).kind == "DICOM"


def test_identities_hidden_in_sequences_and_private_tags_are_found(tmp_path):
    from pydicom.dataset import Dataset

    inner = Dataset()
    inner.OtherPatientIDs = "77"
    name = dicom(tmp_path / "a.dcm", OtherPatientIDsSequence=[inner])
    assert refusal(tmp_path, name).endswith("OtherPatientIDs")
    private = Dataset()
    private.add_new(0x00091010, "LO", "Wang Li")
    name = dicom(tmp_path / "b.dcm", ReferencedImageSequence=[private])
    assert refusal(tmp_path, name).endswith("private tags")


@pytest.mark.parametrize(
    ("mode", "shape"),
    [
        ("1", (3, 4)),
        ("L", (3, 4)),
        ("LA", (3, 4, 3)),
        ("P", (3, 4, 3)),
        ("RGB", (3, 4, 3)),
        ("RGBA", (3, 4, 3)),
        ("I;16", (3, 4)),
    ],
)
def test_every_kind_of_png_becomes_eight_bits_of_grey_or_colour(tmp_path, mode, shape):
    Image.new(mode, (4, 3)).save(tmp_path / "a.png")
    pixels = read(tmp_path, "a.png").pixels
    assert pixels.shape == shape
    assert pixels.dtype == np.uint8


def test_jpeg_is_turned_upright_and_tiff_pages_are_frames(tmp_path):
    turned = Image.new("L", (4, 3))
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees
    turned.save(tmp_path / "a.jpg", exif=exif)
    assert read(tmp_path, "a.jpg").pixels.shape == (4, 3)
    Image.new("L", (4, 3)).save(
        tmp_path / "a.tiff", save_all=True, append_images=[Image.new("L", (2, 2), 9)]
    )
    assert (read(tmp_path, "a.tiff", frame=2).pixels == 9).all()


def test_what_is_no_picture_is_refused_with_a_way_to_mend_it(tmp_path, monkeypatch):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "a.png").write_text("not a picture")
    (tmp_path / "study" / "a.dcm").write_text("not a picture")
    Image.new("L", (4, 3)).save(tmp_path / "outside.png")
    Image.new("L", (4, 3)).save(tmp_path / "study" / "b.gif")
    folder = tmp_path / "study"
    assert "inside the study folder" in refusal(folder, "../outside.png")
    assert "inside the study folder" in refusal(folder, str(tmp_path / "outside.png"))
    assert "no file" in refusal(folder, "none.png")
    for name in ("a.png", "b.gif"):
        assert "PNG, JPEG, TIFF or DICOM" in refusal(folder, name)
    assert "DICOM" in refusal(folder, "a.dcm")
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    assert "inside the study folder" in refusal(folder, "link.png")
    monkeypatch.setitem(LIMITS, "pixels", Limit(11, "pixels of a picture", "Save it smaller."))
    Image.new("L", (4, 3)).save(folder / "big.png")
    assert "at most 11 pixels" in refusal(folder, "big.png")


def test_all_problems_come_at_once_and_real_pictures_need_a_person_s_eye(tmp_path):
    study = load_cohort("data/wei2026").study
    found = check_cases(study.model_copy(update={"synthetic": False}), tmp_path, set())
    count = sum(len(case.panels) for case in study.cases)
    missing = [p for p in found if p.found == "no file"]
    assert len(missing) == count
    assert missing[0].column == "cases.0.panels.0"
    assert [p.found for p in found if p.column.endswith("patient")] == ["P33"]
    (warning,) = [p for p in found if p.severity == "warning"]
    assert f"{count} pictures" in warning.found and "burned into" in warning.expected


def test_the_default_study_s_phantoms_are_what_the_generator_draws(tmp_path):
    study = load_cohort("data/wei2026").study
    drawn = {path.name for path in write_phantoms(tmp_path)}
    used = {panel.file.removeprefix("cases/") for case in study.cases for panel in case.panels}
    assert used == drawn
    for name in sorted(drawn):
        here, shipped = (read(folder, name).pixels.astype(int) for folder in (tmp_path, SHIPPED))
        assert np.abs(here - shipped).max() <= 3, name  # one grey level, which are 3 apart

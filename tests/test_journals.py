"""Journal profiles, and figure files held against them: each misfit is found by its number."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image

from cohortbook.build.output.journal_check import check_figures, plain_pdf, write_misfits
from cohortbook.display.drawing.canvas import Canvas
from cohortbook.display.drawing.drawn import pdf_of_svg, vector
from cohortbook.errors import CohortbookError
from cohortbook.study.journals import Journal, journal_names, load_journal


@pytest.fixture
def journal():
    return load_journal("oncology-letters-2026")


def tiff(folder, name, size=(2008, 1000), dpi=300, mode="RGB", compression="tiff_lzw"):
    Image.new(mode, size).save(folder / name, dpi=(dpi, dpi), compression=compression)


def told(folder, journal):
    return [(misfit.what, misfit.found) for misfit in check_figures(folder, journal)]


@pytest.mark.parametrize("name", journal_names())
def test_every_profile_is_complete_and_dated(name):
    journal = load_journal(name)
    assert journal.read.startswith("20") and journal.source
    assert all(low <= high for low, high in [*journal.widths_mm, journal.text_pt])


def test_a_value_without_origin_is_refused_and_a_doubtful_one_says_so(tmp_path, journal):
    assert journal.doubt("widths_mm") == ""
    assert journal.doubt("max_height_mm") == " (not verified)"
    given = journal.model_dump() | {"origin": {"widths_mm": "a page"}}
    with pytest.raises(ValueError, match="max_height_mm"):
        Journal.model_validate(given)
    tiff(tmp_path, "Figure_1.tiff", size=(2008, 2800))
    assert check_figures(tmp_path, journal)[0].wanted == "at most 230 mm (not verified)"


def test_an_unknown_profile_names_the_nearest():
    with pytest.raises(CohortbookError, match="Did you mean 'oncology-letters-2026'"):
        load_journal("oncology-letter")


def test_a_figure_of_17_cm_with_lzw_at_300_dpi_fits(tmp_path, journal):
    tiff(tmp_path, "Figure_1.tiff")
    assert told(tmp_path, journal) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"dpi": 200, "size": (1339, 500)}, ("resolution", "200 dpi")),
        ({"compression": "raw"}, ("compression", "raw")),
        ({"mode": "1"}, ("colour mode", "1")),
        ({"size": (1300, 900)}, ("width", "110.1 mm")),
        ({"size": (2008, 2800)}, ("height", "237.1 mm")),
    ],
)
def test_a_tiff_that_does_not_fit_is_told(tmp_path, journal, given, expected):
    tiff(tmp_path, "Figure_1.tiff", **given)
    assert told(tmp_path, journal) == [expected]


def test_a_panel_may_be_narrower_than_a_column(tmp_path, journal):
    tiff(tmp_path, "Figure_1_A.tiff", (1000, 900))
    tiff(tmp_path, "Figure_1_600dpi.tiff", (2600, 900), dpi=600)
    assert told(tmp_path, journal) == [("width", "110.1 mm")]


def test_a_typeface_that_a_journal_does_not_take_is_told(tmp_path, journal):
    asked = journal.model_copy(update={"fonts": ["Arial", "Times"]})
    found = check_figures(tmp_path, asked)
    assert [str(misfit) for misfit in found] == [
        "all figures: typeface is DejaVu Sans, wanted Arial or Times (not verified)"
    ]
    assert check_figures(tmp_path, asked.model_copy(update={"fonts": ["DejaVu Sans"]})) == []


def test_a_file_too_large_and_type_too_small_are_told(tmp_path, journal):
    tiff(tmp_path, "Figure_1.tiff", compression="tiff_lzw")
    small = journal.model_copy(update={"max_mb": 1e-6, "text_pt": (9, 12)})
    assert [what for what, _ in told(tmp_path, small)] == ["type size", "size"]


def test_fonts_in_a_pdf_are_embedded_or_told(tmp_path, journal):
    canvas = Canvas(17, 8)
    canvas.text(8, 4, "Text")
    content = pdf_of_svg(vector(canvas.drawing).decode())
    (tmp_path / "Figure_1.pdf").write_bytes(content)
    assert told(tmp_path, journal) == []
    (tmp_path / "Figure_1.pdf").write_bytes(content.replace(b"/FontFile2", b"/NoSuchKey"))
    assert told(tmp_path, journal)[0][0] == "fonts not embedded"
    assert b"endcmap" in plain_pdf(content) and b"endcmap" not in content


def test_misfits_are_written_as_csv_and_read_as_sentences(tmp_path, journal):
    tiff(tmp_path, "Figure_1.tiff", mode="1")
    found = check_figures(tmp_path, journal)
    write_misfits(found, tmp_path / "check.csv")
    assert (tmp_path / "check.csv").read_text() == (
        "file,what,found,wanted\nFigure_1.tiff,colour mode,1,RGB or L or CMYK\n"
    )
    assert str(replace(found[0], file="F")) == "F: colour mode is 1, wanted RGB or L or CMYK"

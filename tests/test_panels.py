"""A figure's files: every panel on its own, in each format and resolution."""

from __future__ import annotations

import re

import numpy as np
import pytest
from figure_checks import one_patient
from PIL import Image

from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.drawing.canvas import SYNTHETIC, Canvas, Region
from cohortbook.display.drawing.panels import REFERENCE, named
from cohortbook.display.figures.cases import case_series_figure


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/wei2026")


@pytest.fixture(scope="module")
def exported(cohort, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    figure = case_series_figure(one_patient(cohort), cohort.study)
    return figure, figure.export(folder / "fig-case")


def test_panels_reach_to_their_neighbours_and_share_the_page():
    canvas = Canvas(17, 10)
    for letter, x, y in (("A", 1, 0.25), ("B", 9, 0.25), ("C", 1, 5.25)):
        canvas.panel_title(x, y, letter, "Title", 5)
    assert canvas.panels == {
        "A": Region(0, 0, 8.9, 5),
        "B": Region(8.9, 0, 8.1, 5),
        "C": Region(0, 5, 17, 5),
    }
    assert Canvas(17, 10).panels == {}


def test_a_panel_ends_where_it_is_told_to():
    canvas = Canvas(17, 10)
    for letter, x in (("A", 0.1), ("B", 5.6)):
        canvas.panel_title(x, 0.25, letter, "Title", 5, right=x + 5.0)
    assert canvas.panels == {"A": Region(0, 0, 5.1, 10), "B": Region(5.5, 0, 5.1, 10)}, (
        "the last has no empty column"
    )


def test_every_panel_has_every_format(exported):
    _, written = exported
    endings = ["{}.svg", "{}.pdf", "{}.png", "{}.tiff", "{}_600dpi.tiff"]
    names = [
        end.format(stem) for stem in ("fig-case", "fig-case_A", "fig-case_B") for end in endings
    ]
    assert [path.name for path in written] == [*names, "fig-case.csv"]
    assert all(path.stat().st_size for path in written)


@pytest.mark.parametrize(("name", "dpi"), [("", 300), ("_A", 300), ("_B_600dpi", 600)])
def test_a_tiff_says_its_resolution_and_has_its_size(exported, name, dpi):
    figure, written = exported
    path = next(p for p in written if p.name == f"fig-case{name}.tiff")
    panel = figure.panels.get(name[1:2])
    with Image.open(path) as picture:
        assert picture.info["dpi"] == (dpi, dpi)
        assert picture.info["compression"] == "tiff_lzw"
        assert picture.mode == "RGB"
        wide = picture.width / dpi * 2.54
    assert wide == pytest.approx(panel.width if panel else 17.0, abs=0.02)


def test_a_panel_says_that_its_data_are_synthetic(exported):
    _, written = exported
    whole, panel = (
        np.asarray(Image.open(next(p for p in written if p.name == f"fig-case{end}.png")))
        for end in ("", "_A")
    )
    assert np.array_equal(whole[-20:, -200:], panel[-20:, -200:]), "the mark stands in the corner"
    assert (panel[-20:, -200:] < 200).any()
    svg = [p.read_text("utf-8") for p in written if p.suffix == ".svg"]
    assert all(SYNTHETIC in text for text in svg), "texts stand as comments in the SVG"


def test_a_panel_s_vector_holds_nothing_of_the_others(exported):
    _, written = exported
    first, second = (
        next(p for p in written if p.name == f"fig-case_{x}.svg").read_text("utf-8") for x in "AB"
    )
    assert "Target lesions" in first and "Serum marker" not in first
    assert "Serum marker" in second and "Target lesions" not in second
    assert re.search(r'width="[\d.]+pt"', first)


def test_a_panel_s_vector_has_all_that_it_refers_to(exported):
    _, written = exported
    for letter in "AB":
        panel = next(p for p in written if p.name == f"fig-case_{letter}.svg").read_text("utf-8")
        names = {name for pair in REFERENCE.findall(panel) for name in pair if name}
        assert any(name.startswith("p") for name in names), "a clipping path"
        assert any(name.startswith("DejaVuSans-") for name in names)
        assert all(panel.count(f' id="{name}"') == 1 for name in names)


def test_naming_panels_leaves_the_figure_as_it_was(exported):
    figure, _ = exported
    with named(figure.drawing, figure.panels):
        assert {artist.get_gid() for artist in figure.drawing.axes} == {"A-1", "B-1"}
    assert all(artist.get_gid() is None for artist in figure.drawing.get_children())

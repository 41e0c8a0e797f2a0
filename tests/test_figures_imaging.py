"""Imaging cases as figures: every pixel of the file, letters in order, marks where they belong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from figure_checks import DPI, assert_same_bytes, assert_sound, boxes, named, words
from PIL import Image

from cohortbook.analysis.cases import imaging_cases
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.figures.imaging import imaging_figure
from cohortbook.display.sentences.cases import pictures
from cohortbook.study.cases import Case

LONG = "A title that goes on and on <b>$x$</b> 肝癌 " * 9


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/wei2026")


@pytest.fixture(scope="module")
def cases(cohort):
    return imaging_cases(cohort)


def made(cohort, folder, shapes, **keys):
    """A case of black pictures of given sizes (wide, high)."""
    panels = []
    for i, shape in enumerate(shapes):
        Image.new("L", shape).save(folder / f"{i}.png")
        panels.append({"file": f"{i}.png", "label": "Black", "title": keys.pop("title", "")})
    case = Case(title="Made", panels=panels, **keys)
    study = cohort.study.model_copy(update={"cases": [case]})
    return imaging_cases(replace(cohort, study=study, folder=folder))[0]


def test_the_default_cases_are_four_six_and_eight_with_two_series(cohort, cases):
    letters = ["".join(case.panels["panel"]) for case in cases]
    assert letters == ["ABCD", "ABCDEF", "ABCDEFGHIJ"]
    for case in cases:
        figure = imaging_figure(case, cohort.study)
        assert_sound(figure)
        assert "synthetic phantoms" in figure.caption and "synthetic phantoms" in figure.alt
        assert all(f"({letter})" in figure.caption for letter in case.panels["panel"])
        marks = [mark.text for panel in case.spec.panels for mark in panel.marks]
        assert words(figure, "mark") == [text for text in marks if text]
    treated = cohort.patients.set_index("patient_id")["ablation_months"]
    assert treated.notna()[cases[2].spec.patient], "panels I and J mark the ablation"


def test_every_pixel_of_a_file_is_drawn_and_none_other(cohort, cases):
    figure = imaging_figure(cases[0], cohort.study)
    drawn = [ax.images[0].get_array() for ax in figure.drawing.axes if ax.images]
    files = [picture.pixels for picture in cases[0].pictures.values()]
    assert all(np.array_equal(one, other) for one, other in zip(drawn, files, strict=True))


def test_an_arrow_ends_at_its_spot(cohort, cases):
    figure = imaging_figure(cases[0], cohort.study)
    marks = [mark for panel in cases[0].spec.panels for mark in panel.marks]
    for arrow, mark in zip(named(figure, "arrow"), marks, strict=True):
        x, y = arrow._posA_posB[1]
        assert (x, y) == pytest.approx((mark.at[0], 1 - mark.at[1]))


def test_a_label_never_leaves_its_picture(cohort, tmp_path):
    case = made(cohort, tmp_path, [(40, 40)] * 4)
    corners = [{"at": [x, y], "tail": [x, y], "text": "Corner"} for x in (0, 1) for y in (0, 1)]
    panel = case.spec.panels[0].model_copy(
        update={
            "marks": Case(title="x", panels=[{"file": "0.png", "label": "x", "marks": corners}])
            .panels[0]
            .marks
        }
    )
    spec = case.spec.model_copy(update={"panels": [panel, *case.spec.panels[1:]]})
    figure = imaging_figure(replace(case, spec=spec), cohort.study)
    edges = figure.drawing.axes[0].get_position().extents * np.tile(
        figure.drawing.get_size_inches() * DPI, 2
    )
    inside = [box for text, box in boxes(figure) if text.get_label() == "mark"]
    assert len(inside) == 4
    for box in inside:
        assert edges[0] <= box.x0 and box.x1 <= edges[2]
        assert edges[1] <= box.y0 and box.y1 <= edges[3]


@pytest.mark.parametrize(
    "shapes",
    [
        [(30, 30)],
        [(30, 90)] * 3,
        [(90, 10)] * 16,
        [(10, 40), (40, 10)] * 6,
        [(3000, 2000)],
    ],
    ids=["one", "tall", "sixteen", "mixed", "large"],
)
def test_any_number_and_shape_of_pictures_fits_a_page(cohort, tmp_path, shapes):
    case = made(cohort, tmp_path, shapes)
    figure = imaging_figure(case, cohort.study)
    assert_sound(figure)
    inches = figure.drawing.get_size_inches()
    for ax, (wide, high) in zip(figure.drawing.axes, shapes, strict=True):
        box = ax.get_position()
        drawn = box.height * inches[1] / (box.width * inches[0])
        assert drawn == pytest.approx(high / wide, rel=0.02), "pictures keep their shape"


def test_a_picture_finer_than_print_is_averaged_down(cohort, tmp_path):
    figure = imaging_figure(made(cohort, tmp_path, [(3000, 2000)]), cohort.study)
    assert figure.drawing.axes[0].images[0].get_array().shape == (1339, 2008)  # 17 cm at 300 dpi


def test_long_and_hostile_titles_are_text(cohort, tmp_path):
    figure = imaging_figure(made(cohort, tmp_path, [(30, 30)] * 4, title=LONG), cohort.study)
    assert_sound(figure)


def test_patients_of_a_real_study_are_not_called_phantoms(cohort, cases):
    real = cohort.study.model_copy(update={"synthetic": False})
    figure = imaging_figure(cases[0], real)
    assert "phantom" not in figure.caption + figure.alt
    assert "P33" not in imaging_figure(cases[2], real).alt


def test_the_manuscript_names_each_case(cases):
    said = pictures(cases)
    assert said["imaging_1"] == "four pictures: CT before and after ablation in two patients"
    assert "serial measurements" in said["imaging_3"]


def test_the_same_case_gives_the_same_bytes(cohort, cases):
    assert_same_bytes(*(imaging_figure(cases[2], cohort.study) for _ in range(2)))

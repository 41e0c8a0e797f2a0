"""Labels from a study file are text and nothing else, however long and whatever they hold."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from figure_checks import assert_sound, one_patient, words

from cohortbook.analysis import cox, survival
from cohortbook.analysis.flow import flow
from cohortbook.analysis.lanes import lanes
from cohortbook.analysis.lesions import course, waterfall
from cohortbook.analysis.safety import safety
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.drawing.canvas import Labels, clean, width_cm
from cohortbook.display.drawing.letters import MISSING_GLYPH
from cohortbook.display.figures.cases import case_series_figure
from cohortbook.display.figures.flow import flow_figure
from cohortbook.display.figures.forest import forest_figure
from cohortbook.display.figures.km import km_figure
from cohortbook.display.figures.safety import safety_butterfly_figure
from cohortbook.display.figures.spider import spider_figure
from cohortbook.display.figures.subgroups import subgroup_forest_figure
from cohortbook.display.figures.swimmer import swimmer_figure
from cohortbook.display.figures.waterfall import waterfall_figure

NASTY = "$\\frac{a}{b$ <script>alert(1)</script> --> *bold* [x](http://e.org) | `c` 肝癌 \u202e"
LONG = "An arm whose name goes on for ever and ever and says very little " * 4


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/wei2026")


def renamed(cohort, label: str):
    """The study with a label put everywhere that a figure prints one."""
    study = cohort.study
    arms = [arm.model_copy(update={"label": f"{label}{i}"}) for i, arm in enumerate(study.arms)]
    variables = {
        name: variable.model_copy(
            update={
                "label": label,
                "unit": label,
                "levels": [level.model_copy(update={"label": label}) for level in variable.levels],
            }
        )
        for name, variable in study.variables.items()
    }
    endpoints = {
        name: end.model_copy(update={"label": label}) for name, end in study.endpoints.items()
    }
    response = study.response.model_copy(
        update={
            "criteria": label,
            "categories": [
                c.model_copy(update={"label": label}) for c in study.response.categories
            ],
        }
    )
    events = study.adverse_events.model_copy(update={"procedure_label": label})
    measured = study.measurements.model_copy(update={"size_label": label, "marker_label": label})
    return study.model_copy(
        update={
            "arms": arms,
            "variables": variables,
            "endpoints": endpoints,
            "response": response,
            "adverse_events": events,
            "measurements": measured,
        }
    )


def everything(cohort, study, label: str):
    """One of each figure that prints labels of the study."""
    given = {
        "curves": survival.curves(cohort, "os"),
        "results": survival.survival(cohort, "os"),
        "risk": survival.risk_table(cohort, "os", [0, 12, 24]),
        "endpoint": "os",
        "title": label,
    }
    yield km_figure([given], study)
    yield km_figure([given] * 4, study)
    yield waterfall_figure(waterfall(cohort), study)
    yield swimmer_figure(lanes(cohort), study)
    table = flow(cohort)
    yield flow_figure(table.assign(label=label, note=label), study)
    yield spider_figure(course(cohort), study)
    yield case_series_figure(one_patient(cohort), study)
    factors = cox.prognostic_factors(cohort, "os")
    yield forest_figure(
        factors[factors["analysis"] == "cox_univariable"],
        factors[factors["analysis"] == "cox_multivariable"],
        study,
        "os",
    )
    yield subgroup_forest_figure(cox.subgroup_effects(cohort, "os"), study, "os")
    events = safety(cohort)
    yield safety_butterfly_figure(
        events.assign(
            term=events["term"].where(events["term"] == "any_term", label + events["term"])
        ),
        study,
    )


@pytest.mark.parametrize("label", [NASTY, LONG], ids=["nasty", "long"])
def test_every_figure_is_sound_with_any_label(cohort, label):
    for figure in everything(cohort, renamed(cohort, label), label):
        assert_sound(figure)
        assert not re.search(r"(?<!\\)(\*bold|\]\(http|<script)", figure.caption)


def test_svg_holds_no_script_and_is_well_formed(cohort):
    figure = waterfall_figure(waterfall(cohort), renamed(cohort, NASTY))
    tags = {
        element.tag.rsplit("}")[-1]
        for element in ElementTree.fromstring(figure.render("svg")).iter()
    }
    assert not tags & {"script", "a", "image", "foreignObject"}


def test_dollars_are_printed_and_not_typeset(cohort):
    study = renamed(cohort, "$x_1$ for $2")
    figure = swimmer_figure(lanes(cohort), study)
    shown = [text.get_text() for text in figure.drawing.texts]
    assert "$x_1$ for $21" in shown
    assert all(not text.get_parse_math() for text in figure.drawing.texts)


def test_letters_that_no_font_has_are_marked_and_control_letters_dropped():
    assert clean("\U000f0000 a\u202eb\nc\x00") == f"{MISSING_GLYPH} ab c"
    assert clean("Überleben ≥400 μmol/l α") == "Überleben ≥400 μmol/l α"


def test_a_text_is_shortened_to_its_room():
    labels = Labels(LONG)
    for room in (0.1, 1.0, 3.0):
        assert width_cm(labels.fit(LONG, room)) <= max(room, width_cm("[1]"))
    assert labels.fit("short", 5) == "short"
    lines = labels.wrap(LONG, 4.0, lines=3)
    assert len(lines) == 3
    assert all(width_cm(line) <= 4.0 for line in lines)
    assert " ".join(labels.wrap("one two three", 20)) == "one two three"


def test_the_tallest_labels_still_name_their_rows(cohort):
    figure = forest_figure(
        cox.prognostic_factors(cohort, "os"),
        cox.prognostic_factors(cohort, "os").iloc[:0],
        renamed(cohort, LONG),
        "os",
    )
    assert all(text.startswith("An arm") or text == "Treatment" for text in words(figure, "label"))

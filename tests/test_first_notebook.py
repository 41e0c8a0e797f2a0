"""`cohortbook notebook STUDY NAME` writes a notebook that runs as it is, into the report too."""

import json
import re

import pytest
from test_own_parts import built, order, sectioned, told_in
from tiny import edit

from cohortbook.build.notebooks.first import write_first
from cohortbook.errors import NotebookError
from cohortbook.study.study import load_study


@pytest.fixture
def place(tmp_path):
    root = sectioned(tmp_path / "project", "1")
    return root, root / "data" / "tiny"


def test_it_runs_as_it_is_and_its_figure_and_sentence_stand_in_the_report(place):
    root, study = place
    path = write_first(root, study, load_study(study), "body-mass")
    assert path == study / "notebooks" / "03-body-mass.ipynb"
    _, html, told = built(root, study)
    # the figure of the six patients of the tiny study, in the section on survival
    order(html, "2.1 Survival", "2.2 Body mass", "Figure 1 shows 6 patients.", "2.3 Safety")
    assert html.count('id="fig-body-mass"') == 1
    assert not any("does not say its place" in text for text in told)
    assert "03-body-mass" in told_in(html)


def test_without_an_endpoint_it_shows_the_flow_of_patients(place):
    root, study = place
    edit(study, lambda raw: raw.pop("endpoints"))
    write_first(root, study, load_study(study), "mine")
    source = (study / "notebooks" / "03-mine.ipynb").read_text("utf-8")
    assert "after: patients" in source and "import flow" in source


def test_cells_are_short_and_none_has_an_output(place):
    root, study = place
    path = write_first(root, study, load_study(study), "mine")
    cells = json.loads(path.read_text("utf-8"))["cells"]
    assert cells[0]["cell_type"] == "raw"
    for cell in cells:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and len(cell["source"]) <= 5


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("first", "The project has a notebook of this name, 01-first."),
        ("01-first", "The project has a notebook of this name"),
        ("my notes", "is no name of a notebook. Use letters"),
        ("../mine", "is no name of a notebook"),
        ("42", "is no name of a notebook"),
        ("study", "The name 'study' is taken."),
    ],
)
def test_names_that_cannot_be_are_refused(place, name, said):
    root, study = place
    with pytest.raises(NotebookError, match=re.escape(said)):
        write_first(root, study, load_study(study), name)
    assert not (study / "notebooks").exists()


def test_a_notebook_that_is_there_is_never_written_over(place):
    root, study = place
    path = write_first(root, study, load_study(study), "mine")
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(NotebookError, match="is there already; nothing was written"):
        write_first(root, study, load_study(study), "mine")
    assert path.read_text("utf-8") == "mine"
    assert write_first(root, study, load_study(study), "other").name == "04-other.ipynb"

"""`report --draft`: HTML only, nothing resampled, the study folder as it was."""

import pandas as pd
import pytest
import tiny
from PIL import Image
from typer.testing import CliRunner

from cohortbook.build.draft import drafted
from cohortbook.build.files.leftovers import building
from cohortbook.build.request import Request
from cohortbook.cli.main import app
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.drawing.canvas import Canvas
from cohortbook.display.drawing.figure import SCREEN_DPI, Figure
from cohortbook.display.methods.manuscript import study_values
from cohortbook.errors import CohortbookError
from cohortbook.sections import omission


def request(tmp_path, **kw):
    root = tiny.project(tmp_path)
    return Request(root / "data" / "tiny", root, **kw)


def test_a_draft_is_of_a_copy_that_says_so(tmp_path):
    asked = request(tmp_path)
    before = tiny.contents(asked.study)
    with drafted(asked) as given:
        assert (tuple(given.formats), given.study.name) == (("html",), "tiny")
        assert given.final == (tmp_path / "_output" / "tiny-draft").resolve()
        cohort = load_cohort(given.study)
        assert cohort.study.draft and len(cohort) == 6
        copy = given.study
    assert tiny.contents(asked.study) == before and not copy.exists()
    with drafted(asked) as again:
        assert again.study == copy  # the output folder belongs to one study


def test_checks_of_robustness_are_left_out_with_a_sentence(tmp_path):
    asked = request(tmp_path)
    assert omission(load_cohort(asked.study), "robustness") is None
    with drafted(asked) as given:
        cohort = load_cohort(given.study)
    assert omission(cohort, "robustness").startswith("This is a draft")
    assert omission(cohort, "robustness_survival") == ""  # its parent says so
    assert omission(cohort, "survival") is None
    values = study_values(cohort)
    assert values["notice"].startswith("Draft") and "draft" in values["subtitle"]
    assert "raft" not in study_values(load_cohort(asked.study))["notice"]


def test_what_lies_in_the_study_folder_is_there_but_for_an_output_in_it(tmp_path):
    asked = request(tmp_path)
    (asked.study / "notebooks").mkdir()
    (asked.study / "notebooks" / "08-mine.ipynb").write_text("{}")
    (asked.study / "out").mkdir()
    (asked.study / "out" / "report.html").write_text("old")
    asked = Request(asked.study, asked.root, out=asked.study / "out")
    with drafted(asked) as given:
        assert (given.study / "notebooks" / "08-mine.ipynb").is_file()
        assert not (given.study / "out").exists()


def test_a_study_that_cannot_be_read_gives_no_draft(tmp_path):
    with (
        pytest.raises(CohortbookError, match=r"No study\.yml"),
        drafted(Request(tmp_path / "none", tmp_path)),
    ):
        pass


@pytest.mark.build
def test_a_draft_is_built_and_built_again(tmp_path):
    from cohortbook.build.report import build

    root = tiny.sentence_project(tmp_path, "print(1)")
    asked = Request(root / "data" / "tiny", root, renderer="pandoc")
    for _ in range(2):
        with drafted(asked) as given:
            made = build(given)
        assert [path.name for path in made.documents] == ["report.html"]
    assert made.out == (tmp_path / "_output" / "tiny-draft").resolve()


def test_the_copy_lies_where_the_build_works_and_a_dead_one_is_cleared(tmp_path, monkeypatch):
    """An installed package is only read: its copies are in the user's cache folder."""
    monkeypatch.setattr("cohortbook.build.request.kept_in", lambda root: tmp_path / "cache")
    asked = request(tmp_path)
    left = tmp_path / "cache" / "_build" / "draft-0123456789ab" / "other"
    left.mkdir(parents=True)
    with drafted(asked) as given:
        assert given.study.is_relative_to(tmp_path / "cache" / "_build")
        with building(asked.work):
            assert given.study.is_dir() and not left.parent.exists()
    assert not (asked.root / "_build").exists()


def test_a_watched_draft_is_served_where_drafts_are_built(tmp_path, monkeypatch):
    asked = request(tmp_path)
    served = []
    monkeypatch.setattr(
        "cohortbook.cli.reports._watch", lambda given, port: served.append(given.final)
    )
    monkeypatch.setattr("cohortbook.build.request.project_root", lambda: asked.root)
    found = CliRunner().invoke(app, ["report", str(asked.study), "--watch", "--draft"])
    assert found.exit_code == 0, found.output
    with drafted(asked) as given:
        assert served == [given.final]


def test_figures_of_a_draft_are_for_the_screen(tmp_path):
    canvas = Canvas(6, 4)
    canvas.axes(1, 1, 3, 2).plot([0, 1], [0, 1])
    figure = Figure(canvas.drawing, "A line.", "A line.", pd.DataFrame({"x": [0]}), fine=False)
    written = figure.export(tmp_path / "fig-a")
    assert {path.name for path in written} == {"fig-a.csv", "fig-a.png", "fig-a.svg"}
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in written}
    with Image.open(tmp_path / "fig-a.png") as drawn:
        assert round(drawn.info["dpi"][0]) == SCREEN_DPI

"""Notebooks of a study folder: copied to edit, run in place of the project's once edited."""

import json

import pytest
from tiny import project

from helpers.build.execute import Place, run_notebooks
from helpers.build.notebooks import Notebook
from helpers.build.own_notebooks import copy_notebooks, edited, notebooks_of, own_notebooks
from helpers.build.report import _plan
from helpers.build.request import Request
from helpers.errors import NotebookError


@pytest.fixture
def place(tmp_path):
    root = project(tmp_path)
    return root, root / "data" / "tiny"


def edit(path, old, new):
    path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")


def test_copies_show_the_study_and_do_not_count_as_edited(place):
    root, study = place
    folder = copy_notebooks(root, study)
    assert sorted(path.name for path in folder.iterdir()) == ["01-first.ipynb", "02-second.ipynb"]
    assert Notebook(folder / "02-second.ipynb").parameters["depth"] == 3
    assert edited(study) == []
    assert [n.path.parent for n in notebooks_of(root, study)] == [root / "notebooks"] * 2


def test_the_default_study_is_replaced_by_that_of_the_folder(place):
    root, study = place
    edit(root / "notebooks" / "01-first.ipynb", "../data/tiny", "../data/wei2026")
    copied = copy_notebooks(root, study) / "01-first.ipynb"
    assert Notebook(copied).parameters["study"] == ".."


def test_an_edited_copy_is_run_in_place_of_the_projects(place):
    root, study = place
    folder = copy_notebooks(root, study)
    edit(folder / "02-second.ipynb", "print(depth)", "print(depth + 1)")
    found = notebooks_of(root, study)
    assert [n.path.parent.name for n in found] == ["notebooks", "notebooks"]
    assert found[1].path == folder / "02-second.ipynb"
    assert found[0].path == root / "notebooks" / "01-first.ipynb"


def test_what_was_edited_stays_when_copied_again_and_stored_outputs_do_not_count(place):
    root, study = place
    folder = copy_notebooks(root, study)
    edit(folder / "02-second.ipynb", "print(depth)", "print(0)")
    path = folder / "01-first.ipynb"
    content = json.loads(path.read_text("utf-8"))
    content["cells"][2]["execution_count"] = 7
    path.write_text(json.dumps(content), encoding="utf-8")
    copy_notebooks(root, study)
    assert [notebook.name for notebook in edited(study)] == ["02-second"]


def test_a_notebook_of_another_name_is_refused(place):
    root, study = place
    folder = copy_notebooks(root, study)
    (folder / "02-second.ipynb").rename(folder / "02-seconds.ipynb")
    edit(folder / "02-seconds.ipynb", "print(depth)", "print(0)")
    with pytest.raises(NotebookError, match="Rename it to 02-second"):
        notebooks_of(root, study)


def test_the_build_runs_the_edited_notebook(place, tmp_path):
    root, study = place
    edit(copy_notebooks(root, study) / "02-second.ipynb", "print(depth)", "print(depth * 7)")
    request = Request(study, root)
    run = _plan(request, tmp_path / "work")[1]
    (tmp_path / "scratch").mkdir()
    run_notebooks([run], Place(study, "study", tmp_path / "scratch", tmp_path / "cache"))
    assert "21" in run.executed.read_text("utf-8")


def test_a_build_names_the_notebooks_of_the_study(place):
    root, study = place
    edit(copy_notebooks(root, study) / "02-second.ipynb", "print(depth)", "print(0)")
    assert list(own_notebooks(notebooks_of(root, study), study)) == ["notebooks/02-second.ipynb"]

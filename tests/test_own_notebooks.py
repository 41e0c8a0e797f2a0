"""Notebooks of a study folder: copied to edit, run in place of the project's once edited."""

import json
import shutil

import pytest
from tiny import project

from cohortbook.build.notebooks.execute import Place, run_notebooks
from cohortbook.build.notebooks.notebooks import Notebook
from cohortbook.build.notebooks.own_notebooks import (
    copy_notebooks,
    edited,
    notebooks_of,
    own_notebooks,
    unused,
)
from cohortbook.build.report import _plan
from cohortbook.build.request import Request
from cohortbook.cohort.cohort import load_cohort
from cohortbook.errors import NotebookError


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
    run = _plan(request, load_cohort(study), tmp_path / "work")[1]
    (tmp_path / "scratch").mkdir()
    run_notebooks([run], Place(study, "study", tmp_path / "scratch", tmp_path / "cache"))
    assert "21" in run.executed.read_text("utf-8")


def test_a_build_names_the_notebooks_of_the_study(place):
    root, study = place
    edit(copy_notebooks(root, study) / "02-second.ipynb", "print(depth)", "print(0)")
    assert list(own_notebooks(notebooks_of(root, study), study)) == ["notebooks/02-second.ipynb"]


def test_a_file_of_the_study_that_no_build_uses_is_named(place):
    root, study = place
    folder = copy_notebooks(root, study)
    assert unused(root, study) == []
    for name in (
        "01-first.ipynb",
        "notebook/02-second.ipynb",
        "notebooks/old/01-first.ipynb",
        "notebooks/01-frist.ipynb",
        "notebooks/01-first.IPYNB",
        "sections/safety.qmd",
    ):
        (study / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / "01-first.ipynb", study / name)
    (study / "out").mkdir()
    shutil.copyfile(folder / "01-first.ipynb", study / "out" / "01-first.ipynb")
    said = "\n".join(unused(root, study, study / "out"))
    assert said.count("\n") == 5 and "out/" not in said
    assert "01-first.ipynb: this file of the study folder is not used. Move it to note" in said
    assert "notebooks/01-frist.ipynb: " in said and "are run: notebooks/01-first.ipynb." in said
    assert "sections/safety.qmd: " in said and "that of the project, in report/." in said

"""Notebooks of a study folder: copied to edit, run in place of the project's once edited."""

import io
import json
import re
import shutil
import sys
from pathlib import Path

import pytest
from tiny import notebook, project

from cohortbook.build.notebooks import compare_copies
from cohortbook.build.notebooks.compare_copies import difference
from cohortbook.build.notebooks.execute import Place, run_notebooks
from cohortbook.build.notebooks.notebooks import Notebook
from cohortbook.build.notebooks.own_notebooks import (
    added_notebooks,
    behind,
    copy_notebooks,
    edited,
    keep,
    notebooks_of,
    own_notebooks,
    take,
    unused,
)
from cohortbook.build.project.own_checks import own_problems
from cohortbook.build.report import _plan
from cohortbook.build.request import Request
from cohortbook.cli import main as cli
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


def test_a_copy_under_a_mistyped_name_is_refused(place):
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


def test_a_notebook_of_another_name_is_run_after_the_projects(place):
    root, study = place
    (study / "notebooks").mkdir()
    shutil.copyfile(root / "notebooks" / "02-second.ipynb", study / "notebooks" / "08-mine.ipynb")
    found = notebooks_of(root, study)
    assert [notebook.name for notebook in found] == ["01-first", "02-second", "08-mine"]
    assert list(own_notebooks(found, study)) == ["notebooks/08-mine.ipynb"]
    assert [notebook.name for notebook in added_notebooks(root, found)] == ["08-mine"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("my notes", "Rename it to my-notes."),
        ("study", "The name 'study' is taken."),
        ("08-first", "01-first and 08-first have the same name in the manuscript"),
    ],
)
def test_names_that_cannot_be_are_refused(place, name, said):
    root, study = place
    (study / "notebooks").mkdir()
    shutil.copyfile(root / "notebooks" / "02-second.ipynb", study / "notebooks" / f"{name}.ipynb")
    with pytest.raises(NotebookError, match=re.escape(said)):
        notebooks_of(root, study)


def test_a_notebook_that_begins_under_another_name_is_refused(place):
    root, study = place
    notebook(study / "notebooks", "08-mine", "c, b = start('03-survival', study, results_dir)")
    with pytest.raises(NotebookError, match=r'Write start."08-mine"') as caught:
        notebooks_of(root, study)
    assert "notebooks/08-mine.ipynb, code cell 2" in str(caught.value)


def test_parameters_that_were_edited_count_and_the_place_of_the_study_does_not(place):
    root, study = place
    folder = copy_notebooks(root, study)
    edit(folder / "02-second.ipynb", "../data/tiny", "../elsewhere")
    assert edited(study) == []
    edit(folder / "02-second.ipynb", "depth = 3", "depth = 4")
    assert [found.name for found in edited(study)] == ["02-second"]


def test_an_edited_copy_says_so_when_ours_has_changed_since(place):
    root, study = place
    folder = copy_notebooks(root, study)
    edit(folder / "02-second.ipynb", "print(depth)", "print(0)")
    assert behind(root, study) == []
    edit(root / "notebooks" / "02-second.ipynb", "print(depth)", "print(depth + 1)")
    edit(root / "notebooks" / "01-first.ipynb", "# Title", "# Other title")
    assert [found.name for found in behind(root, study)] == ["02-second"]
    # a copy that nobody has changed is brought up to date, an edited one stays
    copy_notebooks(root, study)
    assert "Other title" in (folder / "01-first.ipynb").read_text("utf-8")
    assert "print(0)" in (folder / "02-second.ipynb").read_text("utf-8")


def test_ours_is_taken_or_theirs_is_kept(place):
    root, study = place
    folder = copy_notebooks(root, study)
    for name in ("01-first", "02-second"):
        edit(folder / f"{name}.ipynb", "# Title", "# My title")
        edit(root / "notebooks" / f"{name}.ipynb", "# Title", "# New title")
    first, second = behind(root, study)
    kept = take(root, first)
    assert kept == folder / "01-first.ipynb.yours" and "My title" in kept.read_text("utf-8")
    assert "New title" in (folder / "01-first.ipynb").read_text("utf-8")
    keep(root, second)
    assert behind(root, study) == []
    assert [found.name for found in edited(study)] == ["02-second"]
    assert unused(root, study) == []


def test_the_difference_is_told_as_text(place):
    root, study = place
    folder = copy_notebooks(root, study)
    edit(folder / "02-second.ipynb", "print(depth)", "print(0)")
    (found,) = edited(study)
    lines = difference(Notebook(root / "notebooks" / "02-second.ipynb"), found).splitlines()
    assert lines[:2] == ["--- the project's 02-second", "+++ notebooks/02-second.ipynb"]
    assert {"-print(depth)", "+print(0)"} <= set(lines)
    assert not any("../data/tiny" in line and line[0] in "+-" for line in lines)


def test_a_file_of_the_study_that_no_build_uses_is_named(place):
    root, study = place
    folder = copy_notebooks(root, study)
    assert unused(root, study) == []
    used = ("notebooks/08-mine.ipynb", "report/mine.qmd")
    not_used = {
        "01-first.ipynb": "Move it to notebooks/01-first.ipynb.",
        "notebook/02-second.ipynb": "Move it to notebooks/02-second.ipynb.",
        "notebooks/old/01-first.ipynb": "Move it to notebooks/01-first.ipynb.",
        "notebooks/03-third.IPYNB": "Move it to notebooks/03-third.ipynb.",
        "notebooks/Untitled.ipynb": "Give it a name, such as notebooks/08-mine.ipynb",
        "notebooks/01-first-Copy1.ipynb": "Give it a name",
        "sections/safety.qmd": "Move it to report/safety.qmd.",
        "report/index.qmd": "The frame of the manuscript is the project's",
        "report/_draft.qmd": "Its name begins with _",
    }
    for name in (*used, *not_used, "out/01-first.ipynb"):
        (study / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / "01-first.ipynb", study / name)
    said = unused(root, study, study / "out")
    assert len(said) == len(not_used)
    for name, mend in not_used.items():
        start = f"{name}: this file of the study folder is not used. {mend}"
        assert any(str(text).startswith(start) for text in said), name


@pytest.fixture
def command(place, monkeypatch, capsys):
    """Run the command line on a project of its own; give exit code and what it said."""
    monkeypatch.setattr("cohortbook.build.request.project_root", lambda: place[0])

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["cohortbook", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    return run


def test_compare_shows_the_difference_and_takes_or_keeps(place, command):
    root, study = place
    assert "No copy of a notebook" in command("lab", study, "--compare")[1]
    folder = copy_notebooks(root, study)
    edit(folder / "02-second.ipynb", "print(depth)", "print(0)")
    edit(folder / "01-first.ipynb", "# Title", "# Mine")
    edit(root / "notebooks" / "02-second.ipynb", "# Title", "# New title")
    code, said = command("lab", study, "--compare", "--no-browser")
    assert code == 0
    assert "01-first: edited; the project's is as it was." in said
    assert "02-second: edited; the project's has changed since." in said
    assert "-print(depth)" in said and "+print(0)" in said and "-# New title" in said
    assert f"cohortbook lab {study} --compare --take 02-second" in said
    code, said = command("lab", study, "--compare", "--take", "02-second", "--keep", "01-first")
    assert code == 0 and "02-second.ipynb.yours" in said and "Kept yours" in said
    assert [found.name for found in edited(study)] == ["01-first"]
    code, said = command("lab", study, "--compare", "--take", "02-second")
    assert code == 1 and "no edited copy of '02-second'" in said and "There are: 01-first." in said


class Typed(io.StringIO):
    """A terminal on which somebody has typed."""

    def isatty(self):
        return True


def cells_of(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells]


@pytest.mark.parametrize("answer", ["t", "k", "", None])
def test_what_is_answered_to_a_comparison_is_done(place, command, monkeypatch, answer):
    root, study = place
    folder = copy_notebooks(root, study)
    mine, ours = folder / "02-second.ipynb", root / "notebooks" / "02-second.ipynb"
    edit(mine, "print(depth)", "print(0)")
    edit(ours, "# Title", "# New title")
    before = cells_of(mine)
    if answer is not None:
        monkeypatch.setattr("sys.stdin", Typed(f"{answer}\n"))
        monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
        monkeypatch.setattr(compare_copies, "has_browser", lambda: False)
    code, said = command("lab", study, "--compare")
    assert code == 0 and "+print(0)" in said and "-# New title" in said
    # asked for on a terminal only, and told how to answer where it is left open
    assert ("k: keep yours" in said) == (answer is not None)
    assert ("--compare --take 02-second" in said) == (not answer)
    kept = folder / "02-second.ipynb.yours"
    if answer == "t":
        assert cells_of(kept) == before
        assert cells_of(mine) == cells_of(ours)
        assert edited(study) == behind(root, study) == []
        assert "No copy of a notebook" in command("lab", study, "--compare")[1]
        return
    assert cells_of(mine) == before and not kept.exists()
    assert [found.path for found in edited(study)] == [mine]
    assert [found.path for found in behind(root, study)] == ([] if answer == "k" else [mine])
    assert notebooks_of(root, study)[1].path == mine


def test_a_notebook_is_not_taken_and_kept_at_once(place, command):
    root, study = place
    mine = copy_notebooks(root, study) / "02-second.ipynb"
    edit(mine, "print(depth)", "print(0)")
    before = mine.read_bytes()
    code, said = command("lab", study, "--compare", "--take", "02-second", "--keep",
                         "02-second.ipynb")  # fmt: skip
    assert code == 1 and "'02-second' cannot be taken and kept" in said
    assert mine.read_bytes() == before


def test_the_browser_is_shown_both_without_outputs(place, command, monkeypatch):
    root, study = place
    folder = copy_notebooks(root, study)
    edit(folder / "02-second.ipynb", "print(depth)", "print(0)")
    asked = []
    monkeypatch.setattr(compare_copies, "has_browser", lambda: True)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr("subprocess.run", lambda words, **_how: asked.append(words))
    command("lab", study, "--compare")
    (words,) = asked
    assert words[1:3] == ["-m", "nbdime.webapp.nbdiffweb"]
    assert [Path(word).name for word in words[-2:]] == ["project.ipynb", "yours.ipynb"]


def test_check_and_build_tell_of_copies_that_are_behind_and_of_what_cannot_be(place, command):
    root, study = place
    folder = copy_notebooks(root, study)
    edit(folder / "02-second.ipynb", "print(depth)", "print(0)")
    edit(root / "notebooks" / "02-second.ipynb", "# Title", "# New title")
    shutil.copyfile(folder / "01-first.ipynb", study / "01-first.ipynb")
    told = [(one.severity, one.file, one.found) for one in own_problems(root, study)]
    assert told == [
        ("warning", "01-first.ipynb", "this file of the study folder is not used."),
        (
            "warning",
            "notebooks/02-second.ipynb",
            "the project's notebook has changed since this copy of it was made.",
        ),
    ]
    assert command("check", study)[0] == 0
    (study / "report").mkdir()
    (study / "report" / "x.qmd").write_text("---\nafter: nowhere\n---\n")
    code, said = command("check", study)
    assert code == 1 and "1 error" in said
    assert "names no section or part" in own_problems(root, study)[0].found

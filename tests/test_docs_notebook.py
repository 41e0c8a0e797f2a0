"""The tasks of docs/notebook.md run as they stand, one after another in one notebook."""

import re
import shlex
import shutil
import subprocess
import sys

import nbformat
import pytest
from edited import own_shell
from tiny import ROOT

from cohortbook.build.notebooks.notebooks import asked, find_notebooks
from cohortbook.cli.options import pairs_in
from cohortbook.study.study import study_keys

PAGE = (ROOT / "docs" / "notebook.md").read_text("utf-8")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with the data that the page reads, in which it runs."""
    shutil.copytree(ROOT / "data" / "wei2026", tmp_path / "data" / "wei2026")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def tasks():
    """Give the code of each task: Python, of the last one the command."""
    found = re.findall(r"^## \d+\. .*?(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    return [re.search(r"```(?:python|console)\n(.*?)```", text, re.DOTALL)[1] for text in found]


def test_ten_tasks_of_three_to_eight_lines():
    lines = [[line for line in code.splitlines() if line.strip()] for code in tasks()]
    assert len(lines) == 10
    assert all(3 <= len(code) <= 8 for code in lines), [len(code) for code in lines]


def test_they_run_one_after_another_and_show_something(place, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    with own_shell() as shell:
        for block in tasks()[:-1]:
            ran = shell.run_cell(block, store_history=False)
            assert ran.success, (block, ran.error_in_exec)
            assert ran.result is not None or "export" in block
        assert (place / "_output" / "mine" / "curves.svg").is_file()
        assert (place / "_output" / "mine" / "models.csv").is_file()
        book = shell.user_ns["book"]
        assert book.values["treatment_os"] == "The treatment went with longer survival."


def test_nbval_runs_them_as_a_notebook(place):
    """In a kernel of its own, cell by cell, as `make test` runs the project's notebooks."""
    cells = [nbformat.v4.new_code_cell(code, id=f"task-{n}") for n, code in enumerate(tasks()[:-1])]
    about = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=about), place / "page.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "page.ipynb", "-q", "-p", "no:xdist"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert f"{len(cells)} passed" in done.stdout


def test_the_settings_of_the_command_are_taken():
    (console,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    words = shlex.split(console.replace("\\\n", " ").splitlines()[-1].removeprefix("$ "))
    given = [words[place + 1] for place, word in enumerate(words) if word == "--set"]
    said = study_keys(ROOT / "data" / "wei2026")
    found = {
        notebook.name: parameters
        for notebook, parameters in asked(find_notebooks(ROOT / "notebooks"), pairs_in(given), said)
    }
    assert found["03-survival"] == {"conf_level": 0.9}
    assert found["04-prognostic-factors-os"]["covariates"] == ["age", "ecog=1"]

"""Paths of this machine are taken out of executed notebooks, and nothing else."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from cohortbook.build.notebooks.tidy import ended_early, tidy, without


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/me/project/data/x", "STUDY"),
        ("/home/me/project/src", "../src"),
        ("/home/me/other", "~/other"),
        ("5 mg/day, a/b", "5 mg/day, a/b"),
    ],
)
def test_the_longest_path_is_replaced_first_and_the_root_folder_never(text, shown):
    places = {
        "/": "~",
        "/home/me": "~",
        "/home/me/project": "..",
        "/home/me/project/data/x": "STUDY",
    }
    assert without(text, places) == shown


def test_pictures_are_left_as_they_are():
    data = {"image/png": "AAA/x0x123456789", "text/plain": "<A at 0x123456789>"}
    cell = new_code_cell("x", outputs=[new_output("display_data", data=data)])
    kept = tidy(new_notebook(cells=[cell]), {}, {"/x": "?"}).cells[0].outputs[0].data
    assert kept == {"image/png": "AAA/x0x123456789", "text/plain": "<A at 0x0>"}


def test_an_error_keeps_its_traceback_without_paths():
    error = new_output("error", ename="E", evalue="in /x/y", traceback=["/x/y:1"])
    made = tidy(new_notebook(cells=[new_code_cell("x", outputs=[error])]), {}, {"/x": "X"})
    assert made.cells[0].outputs[0].evalue == "in X/y"
    assert made.cells[0].outputs[0].traceback == ["X/y:1"]
    assert not ended_early(made)


def test_metadata_do_not_depend_on_the_python_that_ran():
    notebook = new_notebook(metadata={"language_info": {"name": "python", "version": "3.11.7"}})
    text = nbformat.writes(tidy(notebook, {}, {}))
    assert "3.11.7" not in text

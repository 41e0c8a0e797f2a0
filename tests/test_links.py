"""Links of the report: each value names its cell, each figure its notebook and its files."""

import json
from dataclasses import replace

import pytest
from tiny import project

from cohortbook.build.notebooks.execute import Run
from cohortbook.build.notebooks.notebooks import find_notebooks
from cohortbook.build.project.links import _cell, with_sources, write_links


@pytest.fixture
def run(tmp_path):
    notebook = find_notebooks(project(tmp_path / "project") / "notebooks")[0]
    made = Run(notebook, tmp_path / "runs" / notebook.name)
    (made.results / "figures").mkdir(parents=True)
    (made.results / "figures" / "fig-x.svg").write_text("x")
    code = {
        "cell_type": "code",
        "id": "c1",
        "execution_count": 4,
        "source": "#| label: fig-x\nbook.say(**told)",
    }
    (made.results / f"{notebook.name}.cells.json").write_text('{"n": 4, "none": 4}')
    made.executed.write_text(json.dumps({"cells": [code]}))
    return made


def test_a_value_names_the_cell_that_says_it(run):
    marked = with_sources({"first": {"n": "52 patients", "other": "text"}}, [run])
    assert marked["first"]["n"] == (
        '[52 patients]{.computed page="notebooks/01-first.html#fig-x" notebook="01-first"}'
    )
    assert 'page="notebooks/01-first.html"' in marked["first"]["other"]


def test_a_value_of_an_endpoint_names_the_page_of_that_endpoint(run, tmp_path):
    runs = []
    for endpoint in ("os", "pfs"):
        notebook = replace(run.notebook, endpoint=endpoint)
        made = Run(notebook, tmp_path / "each" / notebook.name)
        made.results.mkdir(parents=True)
        (made.results / f"{notebook.name}.cells.json").write_text('{"n": 4}')
        (made.results / f"{notebook.name}.values.json").write_text('{"n": "1", "unsaid": "2"}')
        made.executed.write_text(run.executed.read_text())
        runs.append(made)
    names = ("n", "n_os", "n_pfs", "unsaid", "unsaid_os", "unsaid_pfs")
    group = runs[0].notebook.variable
    marked = with_sources({group: dict.fromkeys(names, "text")}, runs)[group]
    pages = {
        name: marked[name].partition('page="notebooks/')[2].partition('"')[0] for name in names
    }
    assert pages == {
        "n": "01-first-os.html#fig-x",
        "n_os": "01-first-os.html#fig-x",
        "n_pfs": "01-first-pfs.html#fig-x",
        "unsaid": "01-first-os.html",
        "unsaid_os": "01-first-os.html",
        "unsaid_pfs": "01-first-pfs.html",
    }


def test_an_empty_value_stays_empty(run):
    assert with_sources({"first": {"none": ""}}, [run]) == {"first": {"none": ""}}


def test_only_files_that_were_written_are_offered(run, tmp_path):
    (tmp_path / "staged" / "_generated").mkdir(parents=True)
    (tmp_path / "out" / "figures").mkdir(parents=True)
    (tmp_path / "out" / "figures" / "Figure_1.svg").write_text("x")
    write_links(tmp_path / "staged", tmp_path / "out", [run], {"fig-x": "Figure_1"})
    written = json.loads((tmp_path / "staged" / "_generated" / "links.json").read_text())
    assert written["floats"]["fig-x"] == {
        "name": "Figure 1",
        "notebook": "01-first",
        "page": "notebooks/01-first.html#fig-x",
        "files": [["SVG", "figures/Figure_1.svg"]],
    }


def test_a_cell_that_shows_several_figures_is_found():
    assert _cell("fig-imaging-2", {"fig-imaging", "fig-x"}) == "fig-imaging"
    assert _cell("fig-x", {"fig-imaging", "fig-x"}) == "fig-x"

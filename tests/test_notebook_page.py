"""Notebooks as static pages: every cell has a name, one form of each output, nothing runs."""

import json
import re

import pytest
from rendering import ROOT, cell, figure_output, notebook, table_output

from cohortbook.build.notebooks.notebook_page import (
    anchor,
    anchors_by_count,
    simplified,
    write_pages,
)


def said(source, name="03-09"):
    return {
        "cell_type": "code",
        "id": name,
        "execution_count": 1,
        "metadata": {},
        "source": source,
        "outputs": [],
    }


def text_output(**data):
    return {"output_type": "display_data", "metadata": {}, "data": data}


def test_an_executed_cell_is_found_by_its_count():
    content = notebook(said("x", "one") | {"execution_count": 7}, cell("fig-flow"))
    assert anchors_by_count(content) == {7: "cell-one", 1: "fig-flow"}


def test_a_labelled_cell_is_named_by_its_label():
    assert anchor(cell("fig-flow"), 3) == "fig-flow"
    assert anchor(said("x"), 3) == "cell-03-09"


def test_an_output_is_shown_in_its_best_form():
    one = simplified(
        notebook(
            said("x")
            | {
                "outputs": [text_output(**{"text/plain": "'*a*'", "text/markdown": "*a*"})],
            }
        )
    )
    assert one["cells"][1]["outputs"] == []
    assert "*a*" in one["cells"][2]["source"], "pandoc would drop it among the outputs"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    hostile = text_output(**{"text/plain": "<script>alert(1)</script>"})
    content = notebook(
        cell("fig-wide", figure_output(17.0, "A caption.", alt='A "rising" <line>.')),
        cell("tbl-short", table_output(2, "A table.", hostile=True)),
        said("print(1)", "p") | {"outputs": [hostile]},
    )
    (folder / "01-cohort.ipynb").write_text(json.dumps(content), encoding="utf-8")
    write_pages([folder / "01-cohort.ipynb"], ROOT / "report", folder)
    return (folder / "01-cohort.html").read_text(encoding="utf-8")


def test_every_cell_can_be_linked_to(page):
    assert {"fig-wide", "tbl-short", "cell-p"} <= set(re.findall(r'<div id="([\w-]+)"', page))


def test_a_picture_has_its_alternative_text(page):
    assert 'alt="A &quot;rising&quot; &lt;line&gt;."' in page


def test_wide_pictures_and_tables_are_moved_sideways_by_the_keyboard_too(page):
    for kind in ("figure", "table"):
        assert f'<div class="{kind}-scroll" tabindex="0" role="group"' in page


def test_what_cells_print_is_text(page):
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_page_may_load_nothing(page):
    assert "default-src 'none'" in page
    assert not re.search(r'src="(?!data:)', page)


def test_what_a_cell_says_in_markdown_stands_on_its_page(tmp_path):
    says = text_output(**{"text/markdown": "The ratio was *0.4*.", "text/plain": "x"})
    told = said("say()") | {"outputs": [says]}
    (tmp_path / "01-cohort.ipynb").write_text(json.dumps(notebook(told, cell("fig-flow"))))
    write_pages([tmp_path / "01-cohort.ipynb"], ROOT / "report", tmp_path)
    page = (tmp_path / "01-cohort.html").read_text("utf-8")
    assert "The ratio was <em>0.4</em>." in page
